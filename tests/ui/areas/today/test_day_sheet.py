"""The day sheet on paper: what tells people apart is never cut."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtGui import QFont, QFontMetricsF

from app.documents.day_sheet import BORN
from app.kernel.i18n import LANGUAGES, set_language
from app.ui.parts.words import birth


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_date_of_birth_fits_into_its_column(language: str) -> None:
    set_language(language)
    font = QFont("Inter")
    font.setPixelSize(10)
    widest = max(QFontMetricsF(font).horizontalAdvance(birth(date(2000, month, 28))) for month in range(1, 13))
    assert widest <= BORN - 6

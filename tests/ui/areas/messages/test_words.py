"""When a message was read, as it stands within a line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.ui.parts.messages.words import receipt_word

ZONE = ZoneInfo("America/New_York")
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("read_at", "words"),
    [
        (None, "not read yet"),
        (datetime(2026, 11, 23, 15, 58, tzinfo=UTC), "read today 10:58"),
        (datetime(2026, 11, 22, 12, 47, tzinfo=UTC), "read Sun 22 Nov 07:47"),
        (datetime(2025, 11, 22, 12, 47, tzinfo=UTC), "read 22 Nov 2025 07:47"),
    ],
)
def test_since_when_the_patient_has_read_it(read_at: datetime | None, words: str) -> None:
    assert receipt_word(read_at, ZONE, TODAY) == words

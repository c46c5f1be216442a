"""The form beside a letter is as wide as its place: long names of tests are cut with their whole text beside."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.domain.labs import LabResult
from app.kernel.i18n import set_language
from app.queries.referrals import Attached, LetterMaterial
from app.ui.parts.papers.referral_editor import ReferralEditor
from tests.support.shell import FakeShell, FakeWorkspace

LONG = "Glomerular filtration rate/1.73 sq M.predicted by creatinine-based formula (CKD-EPI 2021)"


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_form_needs_no_scrolling_sideways(qtbot: QtBot, language: str) -> None:
    set_language(language)
    place = QWidget()
    qtbot.addWidget(place)
    editor = ReferralEditor(FakeShell(FakeWorkspace()), place)
    editor.resize(1000, 700)
    result = LabResult(code="98979-8", name=LONG, value=61, unit="mL/min/1.73 m²")
    attached = (Attached("lab_orders", "o1", LONG, None),)
    editor._material(LetterMaterial(("Asthma",), (), (), True, (result,), attached))
    place.show()
    (box,) = editor.ticks.results
    qtbot.waitUntil(box.isVisible, timeout=10_000)
    assert LONG in box.toolTip()
    for scroll in editor.findChildren(QScrollArea):
        inner = scroll.widget()
        if inner is not None and inner.isAncestorOf(box):
            assert inner.minimumSizeHint().width() <= scroll.viewport().width()
            assert not scroll.horizontalScrollBar().isVisible()
    editor.resize(568, 700)  # beside a panel in a window of 1280
    qtbot.waitUntil(editor.paper.isHidden, timeout=10_000)
    assert editor._scroll.geometry().right() <= editor.rect().right()

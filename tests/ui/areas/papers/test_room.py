"""The form beside a letter is as wide as its place: long names of tests are cut with their whole text beside."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from app.domain.enums import ReferralPriority, ReferralStatus
from app.domain.labs import LabResult
from app.domain.referrals import Recipient
from app.kernel.i18n import set_language
from app.queries.referrals import Attached, LetterMaterial, ReferralRow, ReferralView
from app.ui.parts.papers.referral_editor import ReferralEditor
from app.ui.parts.papers.referral_steps import ReferralSteps
from tests.support.shell import NOW, FakeShell, FakeWorkspace

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


def test_the_leaves_are_turned_below_the_page_in_a_low_window(qtbot: QtBot) -> None:
    place = QWidget()
    qtbot.addWidget(place)
    editor = ReferralEditor(FakeShell(FakeWorkspace()), place)
    editor.resize(1024, 428)  # in a chart at 1280 × 720
    place.show()
    paper = editor.paper
    qtbot.waitUntil(lambda: paper.sheet.height() > 0 and paper.where.geometry().height() > 0, timeout=10_000)
    assert paper.sheet.geometry().bottom() < paper.back.geometry().top()
    assert paper.back.geometry().bottom() <= paper.rect().bottom()


def sent_referral() -> ReferralView:
    row = ReferralRow(
        id="r1", patient_id="p1", patient_name="Zygmunt Lis", born=None, specialty="Nephrology", reason="Albumin",
        priority=ReferralPriority.URGENT, status=ReferralStatus.SENT, referred_to="Bay", provider_id="pr",
        provider_name="Dr Okafor", created_at=NOW, sent_at=NOW, due_at=None, overdue=False, appointment_on=None,
    )  # fmt: skip
    return ReferralView(
        row=row, visit_id=None, notes="", letter="", recipient=Recipient(), answer="", attached=(), sent_by="",
        accepted_at=None, completed_at=None, cancel_reason="", provider_specialties=(), updated_at=NOW,
    )  # fmt: skip


def test_what_comes_next_stands_under_the_newest_that_may_be_attached(qtbot: QtBot) -> None:
    """Twelve orders to tick had pushed Accepted, and cancelling, out of sight."""
    steps = ReferralSteps(FakeShell(FakeWorkspace()))
    qtbot.addWidget(steps)
    steps.show_referral(sent_referral())
    steps.offer(tuple(Attached("lab_orders", f"o{n}", f"Order {n}", None) for n in range(12)))
    steps.show()
    boxes = [box for _, box in steps.attached]
    assert [box.isVisible() for box in boxes] == [True] * 3 + [False] * 9
    assert steps.more.text() == "9 more to attach"
    boxes[1].setChecked(True)
    steps.more.click()
    assert all(box.isVisible() for box in boxes)
    assert (steps.more.isVisible(), boxes[1].isChecked(), boxes[0].isChecked()) == (False, True, False)
    steps.show_referral(None)
    assert not steps.more.isVisible()
    steps.show_referral(sent_referral())
    steps.offer(tuple(Attached("lab_orders", f"o{n}", f"Order {n}", None) for n in range(2)))
    assert not steps.more.isVisible()


def test_an_urgent_referral_that_is_only_read_is_no_draft(qtbot: QtBot) -> None:
    """Its priority, put into the form, had counted as typed: who left it was told of a draft."""
    editor = ReferralEditor(FakeShell(FakeWorkspace()))
    qtbot.addWidget(editor)
    editor._show(sent_referral())
    assert (editor.priority.current, editor.dirty) == ("URGENT", False)
    editor.priority.set_current("STAT")
    assert editor.dirty


def test_the_letter_is_offered_what_is_out_of_range_first_and_in_words(qtbot: QtBot) -> None:
    """Whatever panel it stands in: the tenth test of a list was neither offered nor ticked."""
    fine = [LabResult(code=f"t{n}", name=f"Test {n}", value=1.0, unit="mg/dL") for n in range(9)]
    high = LabResult(code="4548-4", name="A1C", value=8.0, unit="%", flag="H", observed_at=NOW)
    cells = LabResult(code="6690-2", name="White cells", value=0.00001, unit="10*3/uL", flag="LL")
    editor = ReferralEditor(FakeShell(FakeWorkspace()))
    qtbot.addWidget(editor)
    editor._material(LetterMaterial((), (), (), False, (*fine, high, cells), ()))
    boxes = editor.ticks.results
    assert len(boxes) == 8
    assert [box.isChecked() for box in boxes] == [True, True, *[False] * 6]
    assert boxes[0].text().startswith("A1C 8 % (high), ")
    assert [box.text() for box in boxes[1:3]] == ["White cells 0.00001 10³/µL (critical)", "Test 0 1 mg/dL"]
    assert dict(editor.ticks.parts())["Results"][1] == boxes[1].text()

"""Two people changed the same: whatever it is, both sides stand there in words, and one chooses by mouse or key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.care_plans import ChangeCarePlan
from app.commands.clinical_lists import ChangeListItem
from app.commands.excuse_notes import EditExcuseNote
from app.commands.patients import EditPatient, FieldChange
from app.commands.referral_heard import Heard
from app.commands.referrals import AcceptReferral, CompleteReferral, EditReferral, TrackReferral
from app.commands.registry import Command
from app.commands.visit_notes import WriteVisitNote
from app.domain.care_plan_edits import PlanEdit, PlanEditKind
from app.domain.clinical_lists import ListKind
from app.kernel.i18n import set_language
from app.queries.named import Named, NamedPatient, named
from app.ui.areas.attention.page import AttentionPage
from app.ui.areas.attention.spec import SPEC
from app.ui.shell.shell import Shell
from tests.support.shell import FakeWorkspace
from tests.support.sync import FakeSync, an_item

FOUND = Named(patients={"p-1": NamedPatient("Zygmunt Lis", "")}, providers={"d-1": "Dr Okafor", "d-2": "Dr Chen"},
              slots={}, visits={})  # fmt: skip
SEEN = Heard(answer="Seen on Monday")
Sides = tuple[str, Any, Any, Any]


def changes(*sides: Sides) -> tuple[FieldChange, ...]:
    return tuple(FieldChange(name, base, mine) for name, base, mine, _ in sides)


def edits(*sides: Sides) -> tuple[PlanEdit, ...]:
    return tuple(
        PlanEdit(kind=PlanEditKind.SET_TASK, task="t-1", field=name, old=base, new=mine)
        for name, base, mine, _ in sides
    )


NAME: Sides = ("preferredName", "Zyg", "Zygi", "Ziggy")
DOSE: Sides = ("severity", "mild", "severe", "moderate")
PLAN: Sides = ("assessment", "", "Asthma", "Bronchitis")
PRIORITY: Sides = ("priority", "ROUTINE", "URGENT", "STAT")
SIGNER: Sides = ("providerId", "", "d-1", "d-2")
DAYS: Sides = ("endDate", "2026-11-24", "2026-11-26", "2026-11-27")
OFTEN: Sides = ("frequency", "daily", "weekly", "monthly")
ANSWER: Sides = ("answer", "Seen on Monday", "All well", "Comes again")
VISIT: Sides = ("appointmentOn", None, "2026-12-01", "2026-12-02")

CASES: dict[str, tuple[Command, Sides, tuple[str, str, str]]] = {
    "patient": (EditPatient(patient_id="p-1", changes=changes(NAME)), NAME, ("preferred", "Zygi", "Ziggy")),
    "list": (
        ChangeListItem(patient_id="p-1", list=ListKind.ALLERGIES, item_id="a-1", changes=changes(DOSE)), DOSE,
        ("severity", "severe", "moderate"),
    ),
    "visit note": (WriteVisitNote(visit_id="v-1", changes=changes(PLAN)), PLAN, ("assess", "Asthma", "Bronchitis")),
    "referral": (
        EditReferral(referral_id="r-1", changes=changes(PRIORITY)), PRIORITY, ("priority", "urgent", "immediate")
    ),
    "note's signer": (EditExcuseNote(note_id="n-1", changes=changes(SIGNER)), SIGNER, ("signed", "Okafor", "Chen")),
    "note's days": (EditExcuseNote(note_id="n-1", changes=changes(DAYS)), DAYS, ("until", "Nov", "Nov")),
    "care plan": (ChangeCarePlan(plan_id="c-1", edits=edits(OFTEN)), OFTEN, ("often", "weekly", "monthly")),
    "heard": (TrackReferral(referral_id="r-1", answer="All well", seen=SEEN), ANSWER, ("answer", "All", "again")),
    "completed": (
        CompleteReferral(referral_id="r-1", answer="All well", seen=SEEN), ANSWER, ("answer", "All", "again")
    ),
    "accepted": (
        AcceptReferral(referral_id="r-1", appointment_on=date(2026, 12, 1), seen=Heard()), VISIT,
        ("appointment", "Dec", "Dec"),
    ),
}  # fmt: skip
"""The edit, the field with base, mine and theirs, and what is read: of the title, of mine and of theirs."""


def problem(sides: Sides) -> Mapping[str, Any]:
    name, base, mine, server = sides
    return {"fields": {name: {"base": base, "mine": mine, "server": server}}}


@pytest.fixture
def page(qtbot: QtBot, window_with: Callable[..., Shell], workspace: FakeWorkspace) -> Callable[..., AttentionPage]:
    """The area with one thing that waits for a decision."""

    def make(command: Command, sides: Sides) -> AttentionPage:
        message = "Otra persona cambió el mismo campo entretanto."
        workspace.sync = FakeSync(an_item(
            type(command).__name__, command, id="one", code="FieldChanged", message=message, problem=problem(sides)
        ))  # fmt: skip
        workspace.answers[named] = FOUND
        shell = window_with(SPEC, workspace=workspace)
        found = cast("AttentionPage", shell.window.stack.page("attention"))
        qtbot.waitUntil(lambda: len(found._items) == 1 and bool(found.detail.conflict.lines))
        shell.window.activateWindow()
        return found

    return make


def decided(qtbot: QtBot, page: AttentionPage) -> tuple[Any, FakeSync]:
    """What became of it after "Save with these choices" by key; None: theirs was taken."""
    sync = cast("FakeSync", page.api.workspace.sync)
    page.detail.save.setFocus()
    qtbot.waitUntil(page.detail.save.hasFocus)
    QTest.keyClick(page.detail.save, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(sync.decided))
    return (sync.commands[0] if sync.commands else None), sync


@pytest.mark.parametrize("kind", CASES)
def test_both_sides_are_read_in_words(page: Callable[..., AttentionPage], kind: str) -> None:
    command, sides, (title, mine, theirs) = CASES[kind]
    line = page(command, sides).detail.conflict.lines[sides[0]]
    assert title in line.choice.accessibleName().casefold()
    assert mine.casefold() in line.mine.text.casefold()
    assert theirs.casefold() in line.theirs.text.casefold()
    assert sides[1] != "2026-11-24" or "2026-11" not in line.mine.text, "a day as people write it"


@pytest.mark.parametrize("kind", CASES)
def test_mine_is_kept_over_what_they_wrote(qtbot: QtBot, page: Callable[..., AttentionPage], kind: str) -> None:
    command, sides, _ = CASES[kind]
    again, sync = decided(qtbot, page(command, sides))
    assert sync.decided == [("change", "one")]
    name, _, mine, server = sides
    if isinstance(again, ChangeCarePlan):
        assert [(edit.field, edit.old, edit.new) for edit in again.edits] == [(name, server, mine)]
    elif isinstance(again, TrackReferral | CompleteReferral):
        assert again.seen is not None
        assert (again.answer, again.seen.answer) == (mine, server)
    elif isinstance(again, AcceptReferral):
        assert again.seen is not None
        assert (str(again.appointment_on), str(again.seen.appointment_on)) == (mine, server)
    else:
        assert again.changes == (FieldChange(name, server, mine),)


@pytest.mark.parametrize("kind", CASES)
def test_theirs_is_taken(qtbot: QtBot, page: Callable[..., AttentionPage], kind: str) -> None:
    command, sides, _ = CASES[kind]
    found = page(command, sides)
    found.detail.conflict.lines[sides[0]].choice.set_current("theirs")
    again, sync = decided(qtbot, found)
    if isinstance(command, CompleteReferral):
        assert again.answer == again.seen.answer == sides[3], "the referral is completed all the same"
    elif isinstance(command, AcceptReferral):
        assert str(again.appointment_on) == str(again.seen.appointment_on) == sides[3]
    else:
        assert (again, sync.decided) == (None, [("theirs", "one")])


def test_their_side_is_shown_anew_when_it_changed_once_more(qtbot: QtBot, page: Callable[..., AttentionPage]) -> None:
    """Mine was sent over theirs, and was late again: what one chooses against is what stands there now."""
    command, sides, _ = CASES["patient"]
    found = page(command, sides)
    sync = cast("FakeSync", found.api.workspace.sync)
    later = an_item("EditPatient", command, id="one", code="FieldChanged", problem=problem((*sides[:3], "Zysk")))
    sync.items = [later]
    found.refresh()
    qtbot.waitUntil(lambda: found.detail.conflict.lines["preferredName"].theirs.text == "Zysk")


def test_the_reason_is_said_in_the_language_in_use(page: Callable[..., AttentionPage]) -> None:
    command, sides, _ = CASES["patient"]
    found = page(command, sides)
    assert "Someone else changed the same field" in found.detail.why.lead.text()
    assert "Someone else changed the same field" in found.lists.mine.items()[0].subtitle
    set_language("es")
    try:
        found.refresh()
        found._choose("one")
        assert "Otra persona" in found.detail.why.lead.text()
    finally:
        set_language("en")

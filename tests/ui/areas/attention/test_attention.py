"""Needs attention: everything is shown until somebody decides, and every way out works by mouse and by key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.commands.booking import BookVisit
from app.commands.patients import EditPatient, FieldChange
from app.commands.registry import Command, Outcome
from app.commands.visits import CheckIn
from app.domain.enums import Role, VisitMode, VisitStatus
from app.kernel.errors import Conflict
from app.queries.named import Named, NamedPatient, NamedTime, named
from app.queries.openings import OpenTime, alternatives
from app.ui.areas.attention.lists import in_groups
from app.ui.areas.attention.page import AttentionPage
from app.ui.areas.attention.spec import SPEC
from app.ui.shell.shell import Shell
from app.ui.work import AreaPage, AreaSpec, Place
from app.ui.work.hub import hub
from app.ui.work.places import NewBooking
from app.workspace.sync_state import AttentionItem, EntryState, SyncMode
from tests.support.shell import FakeWorkspace, an_actor
from tests.support.sync import AT_1042, FakeSync, an_item

ALT = Qt.KeyboardModifier.AltModifier
LATER = AT_1042.replace(hour=23, minute=20)
BOOKING = BookVisit(slot_id="s-1", patient_id="p-1", visit_mode=VisitMode.IN_PERSON, visit_id="v-1")
EDIT = EditPatient(
    patient_id="p-1", changes=(FieldChange("preferredName", "Zyg", "Zygi"), FieldChange("language", "pl", "en"))
)
TAKEN = an_item("BookVisit", BOOKING, id="book", dependents=1)
CLASH = an_item(
    "EditPatient", EDIT, id="edit", code="FieldChanged", message="Someone else changed the same field.",
    problem={"fields": {"preferredName": {"base": "Zyg", "mine": "Zygi", "server": "Ziggy"}}},
)  # fmt: skip
FOLLOWER = an_item(
    "CheckIn", CheckIn(visit_id="v-1", expected=VisitStatus.PLANNED), id="arrive", state=EntryState.BLOCKED,
    blocked_by="book", message="It was decided on another change that needs attention.",
)  # fmt: skip
THEIRS = an_item("Teleport", None, id="odd", mine=False, author_id="u-2", author_name="A. Moreno")
FOUND = Named(
    patients={"p-1": NamedPatient("Zygmunt Lis", "(415) 555-0178"), "p-2": NamedPatient("Walter Brandt", "")},
    providers={"d-1": "Dr Okafor"}, slots={"s-1": NamedTime(AT_1042.replace(hour=22, minute=40), "d-1")},
    visits={"v-2": ("p-2", "s-1")},
)  # fmt: skip


class _Forms(AreaPage):
    """Takes the places that forms open at."""

    def __init__(self, api: Any) -> None:
        super().__init__(api)
        self.places: list[Place] = []

    def open(self, place: Place) -> None:
        self.places.append(place)


FORMS = AreaSpec(key="schedule", title="Schedule", icon="calendar", factory=_Forms, opens=(NewBooking,))


@pytest.fixture
def sync(workspace: FakeWorkspace) -> FakeSync:
    """An enrolled workstation with four things to decide on."""
    workspace.sync = made = FakeSync(TAKEN, CLASH, FOLLOWER, THEIRS)
    workspace.answers[named] = FOUND
    workspace.answers[alternatives] = (OpenTime("s-9", "d-1", "Dr Okafor", LATER, LATER, VisitMode.IN_PERSON),)
    return made


@pytest.fixture
def shell(window_with: Callable[..., Shell], workspace: FakeWorkspace, sync: FakeSync) -> Shell:
    """The window with the area open."""
    return window_with(SPEC, FORMS, workspace=workspace)


@pytest.fixture
def page(qtbot: QtBot, shell: Shell) -> AttentionPage:
    """The page, with everything on it."""
    found = cast("AttentionPage", shell.window.stack.page("attention"))
    qtbot.waitUntil(lambda: len(found._items) == 4)
    return found


def choose(page: AttentionPage, key: str) -> None:
    page.lists.choose(key)
    assert page.item is not None
    assert page.item.id == key


def renewed(qtbot: QtBot, page: AttentionPage, sync: FakeSync) -> None:
    """A round of sending and fetching brings the shown item anew, with other words."""
    shown = page.item
    assert shown is not None
    sync.items = [replace(one, message="Told again.") if one.id == shown.id else one for one in sync.items]
    sync.tell(SyncMode.ONLINE, attention=len(sync.items), others_waiting=7)
    qtbot.waitUntil(lambda: page.item is not None and page.item.message == "Told again.")
    qtbot.waitUntil(lambda: page.detail.why.lead.text() == "Told again.")


def press(page: AttentionPage, name: str) -> None:
    QTest.mouseClick(page.buttons[name], Qt.MouseButton.LeftButton)


def test_mine_then_colleagues_with_followers_below(page: AttentionPage, shell: Shell) -> None:
    assert [item.key for item in page.lists.mine.items()] == ["book", "arrive", "edit"]
    assert page.lists.mine.items()[0].title == "Book Zygmunt Lis, 14:40 with Dr Okafor"
    (odd,) = page.lists.others.items()
    assert odd.title == "A change this program doesn't know (Teleport)"
    assert odd.subtitle.startswith("A. Moreno")
    assert shell.window.rail.item("attention").count == 4


def test_grouping_leaves_nothing_out() -> None:
    ring = [an_item("A", None, id="a", blocked_by="b"), an_item("B", None, id="b", blocked_by="a")]
    alone = an_item("C", None, id="c", blocked_by="settled long ago")
    for items in (ring, [alone], [TAKEN, CLASH, FOLLOWER, THEIRS], [*ring, alone]):
        assert sorted(item.id for item in in_groups(items)) == sorted(item.id for item in items)


def test_a_lost_time_says_whom_to_call_and_books_another_in_one_click(
    qtbot: QtBot, page: AttentionPage, sync: FakeSync
) -> None:
    choose(page, "book")
    assert page.detail.phone.text() == "(415) 555-0178"
    assert page.detail.whom.text() == "Zygmunt Lis"
    assert page.detail.sides.theirs.text() == "Walter Brandt, 14:40 with Dr Okafor"
    assert page.detail.decided.text() == "Check in Zygmunt Lis, 14:40 with Dr Okafor"
    qtbot.waitUntil(lambda: len(page.detail.times.items()) == 1)
    assert page.detail.times.items()[0].title == "15:20, Dr Okafor"
    spot = page.detail.times.visualRect(page.detail.times.model().index(0, 0)).center()
    QTest.mouseClick(page.detail.times.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    qtbot.waitUntil(lambda: sync.decided == [("change", "book")])
    (other,) = sync.commands
    assert isinstance(other, BookVisit)
    assert (other.slot_id, other.visit_id) == ("s-9", "v-1"), "what was decided on the visit still finds it"
    qtbot.waitUntil(lambda: "book" not in page._items)


def test_alt_and_the_number_book_too(qtbot: QtBot, page: AttentionPage, sync: FakeSync, shell: Shell) -> None:
    choose(page, "book")
    qtbot.waitUntil(lambda: len(page._others) == 1)
    QTest.keyClick(shell.window, Qt.Key.Key_1, ALT)
    qtbot.waitUntil(lambda: sync.decided == [("change", "book")])


def test_fields_are_chosen_one_by_one(qtbot: QtBot, page: AttentionPage, sync: FakeSync) -> None:
    choose(page, "edit")
    line = page.detail.conflict.lines["preferredName"]
    assert (line.theirs.text, line.mine.text) == ("Ziggy", "Zygi")
    assert not page.detail.sides.isVisible()
    QTest.mouseClick(page.detail.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sync.decided == [("change", "edit")])
    (edit,) = sync.commands
    assert isinstance(edit, EditPatient)
    assert edit.changes[0] == FieldChange("preferredName", "Ziggy", "Zygi"), "mine, on top of theirs"
    assert edit.changes[1] == FieldChange("language", "pl", "en")


def test_the_choices_are_saved_by_key(qtbot: QtBot, page: AttentionPage, sync: FakeSync, shell: Shell) -> None:
    choose(page, "book")
    assert not page.may_save_choices, "there is nothing to choose between"
    choose(page, "edit")
    line = page.detail.conflict.lines["preferredName"]
    line.choice.setFocus()
    QTest.keyClick(shell.window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: sync.decided == [("change", "edit")])


def test_their_field_keeps_my_other_fields(qtbot: QtBot, page: AttentionPage, sync: FakeSync) -> None:
    choose(page, "edit")
    page.detail.conflict.lines["preferredName"].choice.set_current("theirs")
    QTest.mouseClick(page.detail.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: sync.decided == [("change", "edit")])
    (edit,) = sync.commands
    assert isinstance(edit, EditPatient)
    assert [change.field for change in edit.changes] == ["language"]


@pytest.mark.parametrize(("key", "decided"), [(Qt.Key.Key_R, ("retry", "edit")), (Qt.Key.Key_T, ("theirs", "edit"))])
def test_decisions_by_key(
    qtbot: QtBot, page: AttentionPage, sync: FakeSync, shell: Shell, key: Qt.Key, decided: tuple[str, str]
) -> None:
    choose(page, "edit")
    QTest.keyClick(shell.window, key, ALT)
    qtbot.waitUntil(lambda: sync.decided == [decided])
    qtbot.waitUntil(lambda: "edit" not in page._items)
    assert len(page._items) == 3


def test_discarding_needs_a_reason(qtbot: QtBot, page: AttentionPage, sync: FakeSync, shell: Shell) -> None:
    choose(page, "edit")
    QTest.keyClick(shell.window, Qt.Key.Key_D, ALT)
    qtbot.waitUntil(page.detail.reason.hasFocus)
    QTest.keyClick(page.detail.reason, Qt.Key.Key_Return)
    assert page.detail.problem.lead.text() == "Say why this is given up."
    assert sync.decided == []
    QTest.keyClicks(page.detail.reason, "Typed for the wrong person")
    QTest.keyClick(page.detail.reason, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: sync.decided == [("discard", "edit", "Typed for the wrong person")])
    qtbot.waitUntil(lambda: "edit" not in page._items)
    assert page.lists.mine.hasFocus(), "the keyboard stays with what is left to decide on"


def test_offline_only_trying_again_can_be_chosen(qtbot: QtBot, page: AttentionPage, sync: FakeSync) -> None:
    choose(page, "edit")
    sync.tell(SyncMode.OFFLINE, attention=4)
    qtbot.waitUntil(lambda: not page.buttons["theirs"].isEnabled())
    assert page.buttons["retry"].isEnabled()
    assert not page.detail.save.isEnabled()
    assert "need the server" in page.detail.needs.text()
    press(page, "retry")
    qtbot.waitUntil(lambda: sync.decided == [("retry", "edit")])


def test_a_decision_that_fails_says_so_and_keeps_the_item(qtbot: QtBot, page: AttentionPage, sync: FakeSync) -> None:
    choose(page, "edit")
    sync.error = Conflict("AlreadyApplied", "The server has this already.")
    press(page, "theirs")
    qtbot.waitUntil(lambda: page.detail.problem.lead.text() == "The server has this already.")
    renewed(qtbot, page, sync)
    assert page.detail.problem.isVisible(), "the answer of the next round took it away"
    assert "edit" in page._items
    assert page.buttons["theirs"].isEnabled()


def test_what_is_a_colleagues_is_for_them_to_decide(page: AttentionPage) -> None:
    choose(page, "odd")
    assert not page.buttons["retry"].isEnabled()
    assert page.detail.needs.text() == "This was A. Moreno's: they or an administrator decide."


def test_an_admin_takes_over_what_a_disabled_colleague_left(
    qtbot: QtBot, window_with: Callable[..., Shell], sync: FakeSync
) -> None:
    admin = FakeWorkspace(actor=an_actor(Role.ADMIN))
    left = an_item("BookVisit", BOOKING, id="left", state=EntryState.PENDING, mine=False, adoptable=True,
                   left_behind=True, code="AuthorDisabled", author_name="A. Moreno")  # fmt: skip
    admin.sync = made = FakeSync(left, replace(left, id="note"))
    admin.answers.update({named: FOUND, alternatives: ()})
    shell = window_with(SPEC, workspace=admin)
    page = cast("AttentionPage", shell.window.stack.page("attention"))
    qtbot.waitUntil(lambda: len(page._items) == 2)
    shell.window.resize(1100, 800)
    qtbot.waitUntil(lambda: page.buttons["adopt"].isVisible() and not _hidden(page.buttons["adopt"]))
    assert not _hidden(page.buttons["hand"]), "a way out beyond the edge is none"
    assert page.detail.sides.theirs.text() == "Nothing of it yet"
    assert not page.buttons["retry"].isEnabled(), "it waits already; only its sender is gone"
    QTest.keyClick(shell.window, Qt.Key.Key_A, ALT)
    qtbot.waitUntil(lambda: made.decided == [("adopt", "left")])
    qtbot.waitUntil(lambda: page.item is not None and page.item.id == "note" and page.may_hand_over)
    QTest.keyClick(shell.window, Qt.Key.Key_H, ALT)
    qtbot.waitUntil(page.detail.hand.isVisible)
    page.detail.colleagues.set_current("u-9")
    renewed(qtbot, page, made)
    assert page.detail.hand.isVisible(), "who is being chosen is nothing that a round of sending closes"
    assert page.detail.colleagues.current == "u-9"
    QTest.mouseClick(page.detail.hand, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: made.decided[1:] == [("hand", "note", "u-9")])


def _hidden(widget: QWidget) -> bool:
    """Whether somebody sees nothing of it, or not all."""
    return widget.visibleRegion().boundingRect() != widget.rect()


def test_another_way_opens_the_form_and_gives_the_old_one_up(
    qtbot: QtBot, page: AttentionPage, sync: FakeSync, shell: Shell
) -> None:
    choose(page, "book")
    press(page, "change")
    forms = cast("_Forms", shell.window.stack.page("schedule"))
    (place,) = forms.places
    assert isinstance(place, NewBooking)
    assert (place.patient_name, place.provider_id) == ("Zygmunt Lis", "d-1")
    someone = BookVisit(slot_id="s-2", patient_id="p-2", visit_mode=VisitMode.IN_PERSON)
    hub().executed.emit(someone, Outcome())
    given: Command = BookVisit(slot_id="s-2", patient_id="p-1", visit_mode=VisitMode.IN_PERSON)
    hub().executed.emit(given, Outcome())
    qtbot.waitUntil(lambda: sync.decided == [("discard", "book", "Done another way.")])


def test_nothing_to_decide_says_what_comes_here(qtbot: QtBot, page: AttentionPage, sync: FakeSync) -> None:
    left: list[AttentionItem] = []
    sync.items = left
    sync.tell(SyncMode.ONLINE)
    qtbot.waitUntil(lambda: page._stack.shown.accessibleName().startswith("Nothing needs attention."))


def test_workstations_that_are_not_enrolled_have_no_such_area(
    window_with: Callable[..., Shell], workspace: FakeWorkspace
) -> None:
    shell = window_with(FORMS, SPEC, workspace=workspace)
    assert shell.window.rail.keys == ["schedule"]


def test_with_nothing_left_the_keyboard_stays_on_the_page(qtbot: QtBot, page: AttentionPage, sync: FakeSync) -> None:
    sync.items[:] = [one for one in sync.items if one.id == "edit"]
    page.refresh()
    qtbot.waitUntil(lambda: [*page._items] == ["edit"])
    page.lists.mine.setFocus()
    QTest.mouseClick(page.buttons["theirs"], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not page._items)
    assert QApplication.focusWidget() is page

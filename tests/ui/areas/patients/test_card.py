"""The card: who it is, what to watch out for, states of the record, and where its buttons lead."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from app.commands.core import Outcome
from app.commands.merging import UnmergePatients
from app.commands.patients import ConfirmIdentity
from app.domain.enums import VisitStatus
from app.kernel.errors import Refused, Unavailable
from app.queries.merges import PastMerge, merges_into
from app.queries.patient_card import patient_card
from app.ui.areas.patients.page import PatientsPage
from app.ui.widgets.button import Button
from app.ui.widgets.states import ErrorState
from app.ui.work.places import EditDetails, NewBooking, ShowVisit
from app.workspace.changes import ChangeSet
from tests.support.shell import FakeShell
from tests.ui.areas.patients.conftest import MakePage
from tests.ui.areas.patients.people import BORN, NOW, a_card, a_household, a_visit

Key = Qt.Key


def opened(qtbot: QtBot, show_page: MakePage, shell: FakeShell, **card: Any) -> PatientsPage:
    if card:
        shell.workspace.answers[patient_card] = lambda patient_id, **_: a_card(patient_id, **card)
    page = show_page(shell)
    page.open(EditDetails(patient_id="p-1"))
    qtbot.waitUntil(lambda: page.presenter.card is not None)
    return page


def texts(widget: Any) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]


def chips(page: PatientsPage) -> list[str]:
    return [chip.text for chip in page.card.header.chips.chips]


def test_the_head_says_who_it_is(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell, demographics={"sex": "female", "mrn": "7", "language": "Polish"})
    header = page.card.header
    assert header.name.text() == "Anna Kowalska"
    assert header.who.text() == "64 y  ·  born 14 Mar 1962  ·  female  ·  MRN 7  ·  speaks Polish"
    assert shell.charts == [("p-1", "Anna Kowalska")]


@pytest.mark.parametrize("width", [1300, 1060, 700])
def test_panels_stay_whole_when_another_comes_among_them(
    qtbot: QtBot, show_page: MakePage, admin_shell: FakeShell, width: int
) -> None:
    """In two columns the one that came after a merge took its room from the details: half lines, no phone number."""
    page = opened(qtbot, show_page, admin_shell)
    page.resize(width, 800)
    qtbot.waitUntil(lambda: page.card.details.height() >= page.card.details.sizeHint().height())
    admin_shell.workspace.answers[merges_into] = (PastMerge("p-8", "Ania Kowalska", NOW, "Ada Admin", 0),)
    page.presenter.refresh()
    qtbot.waitUntil(page.card.past.isVisible)
    for panel in (page.card.details, page.card.household, page.card.past, *page.card.lists.values()):
        qtbot.waitUntil(lambda: panel.height() >= panel.sizeHint().height())  # noqa: B023 - waited for at once


def test_an_unknown_birth_date_is_said(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell, born=None, demographics={})
    assert page.card.header.who.text() == "birth date unknown"


def test_allergies_come_before_flags_and_severe_ones_are_marked(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    allergies = [{"display": "Penicillin", "reactions": ["anaphylaxis"]}, {"display": "Latex"},
                 {"display": "Dust", "status": "resolved"}, {"display": "Wool", "status": "entered-in-error"},
                 {"display": "Nuts", "status": "inactive"}]  # fmt: skip
    page = opened(qtbot, show_page, shell, demographics={"allergies": allergies}, flags=("HIGH_RISK",))
    assert chips(page) == ["Penicillin: anaphylaxis", "Latex", "High risk"]
    kinds = [chip.kind for chip in page.card.header.chips.chips]
    assert kinds[0] == "critical"
    assert kinds[1:] == [None, None]
    assert page.card.header.chips.accessibleName() == "Penicillin: anaphylaxis, Latex, High risk"


def test_a_record_that_cannot_be_read_is_not_called_unasked(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    page = opened(qtbot, show_page, shell, demographics=["x"], flags=("  ", "VIP"))
    assert chips(page) == ["Allergies unreadable", "VIP"]


def test_hidden_characters_in_a_name_are_flagged(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell, last="Kow\u202ealska")
    assert "Hidden characters in the name" in chips(page)


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        (None, "Not asked yet"),
        ({"noneKnown": True}, "None known"),
        ({"noneKnown": True, "by": "Dana", "at": "2026-10-14T04:00:00Z"}, "None known (Dana, 13 Oct 2026)"),
        ({"noneKnown": True, "by": "Dana", "at": "2026-10-14"}, "None known (Dana, 14 Oct 2026)"),
        ("unreadable", "1 unreadable value"),
        ([{"display": "Asthma"}, 7], "1 unreadable value"),
        ([{"display": "Asthma"}], ""),
        ([], "Empty list"),
    ],
)
def test_not_asked_none_known_and_unreadable_look_different(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell, raw: Any, state: str
) -> None:
    details = {} if raw is None else {"conditions": raw}
    page = opened(qtbot, show_page, shell, demographics=details)
    assert page.card.lists["conditions"].state_text == state


@pytest.mark.parametrize("strange", [[], 7, "text", {"phones": 7, "address": [1], "mrn": {}, "allergies": 3}])
def test_demographics_of_any_shape_are_shown(qtbot: QtBot, show_page: MakePage, shell: FakeShell, strange: Any) -> None:
    page = opened(qtbot, show_page, shell, demographics=strange)
    assert page.card.states.shown is page.card.states.content
    if isinstance(strange, dict):
        assert "unreadable value" in texts(page.card.details)


def test_coming_visits_first_then_the_past_newest_first(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    visits = (a_visit(9), a_visit(2), a_visit(-3, VisitStatus.COMPLETED), a_visit(-8, VisitStatus.CANCELLED))
    page = opened(qtbot, show_page, shell, visits=visits)
    assert [item.key for item in page.card.visits.list.items()] == ["v2", "v9", "v-3", "v-8"]
    assert page.card.header.visits.text() == "Last visit 21 Nov 2026   ·   Next visit 26 Nov 2026 10:42"
    item = page.card.visits.list.items()[0]
    assert item.chip is not None
    assert (item.chip.text, item.title, item.subtitle) == (
        "Planned",
        "26 Nov 2026  10:42",
        "Follow-up · Dr Okafor · Dizzy",
    )


def test_a_visit_is_opened_with_enter(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell, visits=(a_visit(2),))
    page.card.visits.list.setFocus()
    QTest.keyClick(page.card.visits.list, Key.Key_Return)
    assert shell.places == [ShowVisit(visit_id="v2")]


def test_booking_takes_the_patient_along(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell)
    QTest.mouseClick(page.card.header.book_button, Qt.MouseButton.LeftButton)
    assert shell.places == [NewBooking(patient_id="p-1", patient_name="Anna Kowalska", born=BORN)]


def test_the_household_shows_the_others_and_opens_them(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    home = a_household(("p-1", "Anna Kowalska", True), ("p-2", "Jan Kowalski", False))
    page = opened(qtbot, show_page, shell, households=(home,))
    panel = page.card.household
    assert [item.title for item in panel.list.items()] == ["Jan Kowalski"]
    assert panel.meta.text() == "Kowalski, guardian"
    panel.list.setFocus()
    QTest.keyClick(panel.list, Key.Key_Return)
    qtbot.waitUntil(lambda: page.presenter.card is not None and page.presenter.card.id == "p-2")


def test_escape_goes_back_to_the_row_in_the_list(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = show_page(shell)
    page.list.table.setFocus()
    page.list.table.setCurrentIndex(page.list.lines.model.index(1, 0))
    page.edit()  # F2
    qtbot.waitUntil(lambda: page.presenter.card is not None)
    assert page.has_card
    assert page.card.header.back_button.accessibleName() == "Back to the list"
    QTest.keyClick(page.card, Key.Key_Escape)
    assert page.list_shown
    assert page.list.table.hasFocus()
    line = page.list.lines.model.row(page.list.table.currentIndex())
    assert line is not None
    assert line.id == "p-2"


def test_another_patient_never_shows_the_one_before(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell)
    page.open_patient("p-2")
    assert page.card.states.shown is not page.card.states.content
    assert page.presenter.card is None
    assert not page.has_card
    qtbot.waitUntil(lambda: page.presenter.card is not None)
    assert page.card.states.shown is page.card.states.content


def test_a_late_answer_about_the_patient_before_is_dropped(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell)
    page.presenter._show(a_card("p-9", "Somebody", "Else"))
    assert page.card.header.name.text() == "Anna Kowalska"


def test_the_identity_is_confirmed_with_one_click_and_undone(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    shell.workspace.outcomes[ConfirmIdentity] = Outcome(undo=ConfirmIdentity(patient_id="p-1", confirmed=False))
    page = opened(qtbot, show_page, shell, identity_to_confirm=True)
    assert "Identity to confirm" in chips(page)
    assert page.card.identity.isVisible()
    assert page.identity_open
    QTest.mouseClick(page.card.identity.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(shell.done))
    assert shell.workspace.executed == [ConfirmIdentity(patient_id="p-1", confirmed=True)]
    assert shell.done[0][1].undo is not None


def test_a_refused_click_says_why(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    shell.workspace.outcomes[ConfirmIdentity] = Refused("NotAllowed", "Your role doesn't allow this.")
    page = opened(qtbot, show_page, shell, identity_to_confirm=True)
    page.confirm_identity()
    qtbot.waitUntil(lambda: bool(shell.problems))
    assert shell.problems[0].code == "NotAllowed"


def test_changes_elsewhere_are_followed_and_the_focus_stays(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    page = opened(qtbot, show_page, shell, visits=(a_visit(9), a_visit(2)))
    visits = page.card.visits.list
    visits.setFocus()
    visits.set_current("v9")
    later = (a_visit(9), a_visit(5, visit_id="new"), a_visit(2))
    shell.workspace.answers[patient_card] = lambda patient_id, **_: a_card(patient_id, "Ania", visits=later)
    page.changed(ChangeSet({"visits": frozenset({"new"})}))
    qtbot.waitUntil(lambda: page.card.header.name.text() == "Ania Kowalska")
    assert visits.hasFocus()
    assert visits.current_key == "v9"


def test_a_lost_server_says_so_and_can_be_tried_again(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    shell.workspace.answers[patient_card] = Unavailable("ServerLost", "The server can't be reached.")
    page = show_page(shell)
    page.open_patient("p-1")
    qtbot.waitUntil(lambda: isinstance(page.card.states.shown, ErrorState))
    shown = page.card.states.shown
    assert isinstance(shown, ErrorState)
    shell.workspace.answers[patient_card] = lambda patient_id, **_: a_card(patient_id)
    QTest.mouseClick(shown.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.presenter.card is not None)


def test_what_is_shown_stays_when_a_refresh_fails(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell)
    shell.workspace.answers[patient_card] = Unavailable("ServerLost", "The server can't be reached.")
    page.refresh()
    qtbot.waitUntil(lambda: bool(shell.problems))
    assert page.card.states.shown is page.card.states.content


def test_a_merged_record_offers_the_other_one_and_nothing_else(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell
) -> None:
    cards = {"p-1": a_card("p-1", merged_into="p-2"), "p-2": a_card("p-2", "Jan")}
    shell.workspace.answers[patient_card] = lambda patient_id, **_: cards[patient_id]
    page = opened(qtbot, show_page, shell)
    notice = page.card.merged
    assert notice.isVisible()
    assert not notice.undo_button.isVisible(), "only an administrator undoes merges"
    assert not page.has_card
    assert not page.card.header.book_button.isVisible()
    QTest.mouseClick(notice.open_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.presenter.patient_id == "p-2" and page.presenter.card is not None)


@pytest.mark.parametrize("give_back", [True, False])
def test_an_administrator_undoes_a_merge_after_ten_seconds(
    qtbot: QtBot, show_page: MakePage, admin_shell: FakeShell, give_back: bool
) -> None:
    admin_shell.workspace.answers[merges_into] = (PastMerge("p-8", "Ania Kowalska", NOW, "Ada Admin", 3),)
    page = opened(qtbot, show_page, admin_shell)
    past = page.card.past
    qtbot.waitUntil(past.isVisible)
    boxes = [box for box in past.findChildren(Button) if box.accessibleName() == "Undo the merge of Ania Kowalska"]
    if not give_back:
        from app.ui.widgets.toggles import Checkbox

        past.findChildren(Checkbox)[0].setChecked(False)
    QTest.mouseClick(boxes[0], Qt.MouseButton.LeftButton)
    assert admin_shell.workspace.executed == [], "it waits"
    admin_shell.pendings[0].elapse()
    assert admin_shell.workspace.executed == [UnmergePatients(drop_id="p-8", give_back=give_back)]


def test_the_desk_neither_sees_merges_nor_asks_for_them(qtbot: QtBot, show_page: MakePage, shell: FakeShell) -> None:
    page = opened(qtbot, show_page, shell)
    assert merges_into not in [function for function, _ in shell.workspace.asked]
    assert not page.card.past.isVisible()


@pytest.mark.parametrize("width", [460, 800, 1240])
def test_columns_follow_the_room(qtbot: QtBot, show_page: MakePage, shell: FakeShell, width: int) -> None:
    page = opened(qtbot, show_page, shell, visits=(a_visit(2),), born=BORN)
    page.resize(width, 900)
    qtbot.waitUntil(lambda: page.width() == width)
    qtbot.wait(50)
    card = page.card
    tops = {widget.mapTo(card, widget.rect().topLeft()).x() for widget in
            (card.details, card.lists["allergies"], card.visits)}  # fmt: skip
    assert len(tops) == {460: 1, 800: 2, 1240: 3}[width]
    assert card.details.width() <= width


@pytest.mark.parametrize(
    ("about", "said"),
    [
        ({"demographics": {"deceased": "2022-03-14"}}, "60 y at death  ·  born 14 Mar 1962"),
        ({"demographics": {}, "flags": ("DECEASED",)}, "born 14 Mar 1962"),
    ],
)
def test_who_has_died_does_not_grow_older(
    qtbot: QtBot, show_page: MakePage, shell: FakeShell, about: dict[str, Any], said: str
) -> None:
    page = opened(qtbot, show_page, shell, **about)
    assert page.card.header.who.text() == said

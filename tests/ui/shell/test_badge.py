"""The connection badge of an enrolled workstation: what it says, and what it opens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.commands.booking import BookVisit
from app.commands.holds import HoldSlot
from app.commands.registry import Outcome
from app.commands.visits import CheckIn
from app.domain.enums import VisitMode, VisitStatus
from app.kernel.errors import Unavailable
from app.queries.named import Named, NamedPatient, NamedTime, named
from app.ui.shell.badge_popover import BadgePopover
from app.ui.shell.badge_words import badge_words
from app.ui.shell.shell import Shell
from app.ui.theme.tokens import StatusKind
from app.workspace.sync_state import EntryState, SyncMode, SyncStatus
from tests.support.shell import FakeClinic, FakeWorkspace
from tests.support.sync import AT_1042, FakeSync, an_item
from tests.ui.shell.fakes import areas

ZONE = FakeClinic().zone
BOOKING = BookVisit(slot_id="s-1", patient_id="p-1", visit_mode=VisitMode.IN_PERSON, visit_id="v-1")
FOUND = Named(
    patients={"p-1": NamedPatient("Zygmunt Lis", "(415) 555-0178")}, providers={"d-1": "Dr Okafor"},
    slots={"s-1": NamedTime(AT_1042.replace(hour=22, minute=40), "d-1")},
)  # fmt: skip


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (SyncStatus(SyncMode.ONLINE), "Online", StatusKind.DONE),
        (SyncStatus(SyncMode.ONLINE, attention=1), "1 needs attention", StatusKind.ARRIVED),
        (SyncStatus(SyncMode.ONLINE, attention=2), "2 need attention", StatusKind.ARRIVED),
        (SyncStatus(SyncMode.OFFLINE, since=AT_1042), "Offline since 10:42", StatusKind.ARRIVED),
        (
            SyncStatus(SyncMode.OFFLINE, since=AT_1042, waiting=3, attention=1),
            "Offline since 10:42, 3 waiting",
            StatusKind.ARRIVED,
        ),
        (
            SyncStatus(SyncMode.OFFLINE, since=AT_1042, waiting=3, in_passing=2),
            "Offline since 10:42, 1 waiting",
            StatusKind.ARRIVED,
        ),
        (
            SyncStatus(SyncMode.OFFLINE, since=AT_1042, waiting=2, in_passing=2),
            "Offline since 10:42",
            StatusKind.ARRIVED,
        ),
        (SyncStatus(SyncMode.OFFLINE, since=AT_1042, disk_full=True), "Disk full", StatusKind.CRITICAL),
        (SyncStatus(SyncMode.SENDING, sent=1, total=3), "Sending 2 of 3", StatusKind.PLANNED),
        (SyncStatus(SyncMode.HELD, waiting=4), "Held: install the update", StatusKind.CRITICAL),
        (SyncStatus(SyncMode.HELD, server_old=True), "Held: the server needs an update", StatusKind.CRITICAL),
        (SyncStatus(SyncMode.HELD, revoked=True), "Out of service", StatusKind.CRITICAL),
    ],
)
def test_what_the_badge_says(status: SyncStatus, text: str, kind: StatusKind) -> None:
    words = badge_words(status, ZONE)
    assert (words.text, words.kind) == (text, kind)


@pytest.fixture
def sync(workspace: FakeWorkspace) -> FakeSync:
    """An enrolled workstation with two commands that wait."""
    waiting = (
        an_item("BookVisit", BOOKING, state=EntryState.PENDING),
        an_item("CheckIn", CheckIn(visit_id="v-1", expected=VisitStatus.PLANNED), mine=False, author_name="A. Moreno"),
    )
    workspace.sync = made = FakeSync(waiting=waiting)
    workspace.answers[named] = FOUND
    return made


@pytest.fixture
def shell(window_with: Callable[..., Shell], workspace: FakeWorkspace, sync: FakeSync) -> Shell:
    """The window of an enrolled workstation."""
    return window_with(*areas(), workspace=workspace)


def test_badge_notice_and_panels_say_as_of_when(qtbot: QtBot, shell: Shell, sync: FakeSync) -> None:
    badge = shell.window.top.badge
    assert badge.text() == "Online"
    shell.show_shortcuts()
    sync.tell(SyncMode.OFFLINE, waiting=3, others_waiting=1)
    qtbot.waitUntil(lambda: badge.text() == "Offline since 10:42, 3 waiting")
    assert badge.accessibleName() == "Connection: Offline since 10:42, 3 waiting"
    assert shell.window.notice.text.text().startswith("Others' changes as of 10:42.")
    panel = shell.window.panels.current
    assert panel is not None
    assert shell.window.panels._frames[panel].meta.text().endswith("as of 10:42")
    sync.tell(SyncMode.ONLINE)
    qtbot.waitUntil(lambda: badge.text() == "Online")
    assert shell.window.notice.isHidden()
    assert "as of" not in shell.window.panels._frames[panel].meta.text()


def test_what_is_done_without_the_server_is_said_to_be_unconfirmed(qtbot: QtBot, shell: Shell, sync: FakeSync) -> None:
    """Somebody on the phone is told what is read here."""
    assert shell.desk is not None
    shell.desk.did("Booked Ana at 11:40", Outcome())
    sync.tell(SyncMode.OFFLINE, waiting=1)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "Offline since 10:42, 1 waiting")
    shell.desk.did("Booked Ben at 12:00", Outcome(warnings=("Ben has another visit then.",)))
    said = [toast.accessibleName() for toast in shell.window.toasts.toasts]
    assert said == ["Booked Ana at 11:40", "Booked Ben at 12:00 · not yet confirmed · Ben has another visit then."]


def test_an_answer_from_the_store_does_not_turn_the_badge(qtbot: QtBot, shell: Shell, sync: FakeSync) -> None:
    from app.ui.work.hub import hub

    sync.tell(SyncMode.OFFLINE)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "Offline since 10:42")
    hub().reached.emit()
    assert shell.window.top.badge.text() == "Offline since 10:42"
    sync.tell(SyncMode.ONLINE)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "Online")
    hub().unavailable.emit(Unavailable("NeedsServer", "no"))
    assert shell.window.top.badge.text() == "Online"


def popover(shell: Shell) -> BadgePopover:
    found = shell.desk.offline.popover if shell.desk is not None else None
    assert found is not None
    return found


def test_a_click_says_what_waits_and_whose(qtbot: QtBot, shell: Shell, sync: FakeSync) -> None:
    sync.tell(SyncMode.OFFLINE, waiting=1, others_waiting=1)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "Offline since 10:42, 1 waiting")
    QTest.mouseClick(shell.window.top.badge, Qt.MouseButton.LeftButton)
    opened = popover(shell)
    qtbot.waitUntil(lambda: len(opened.waiting.items()) == 2)
    first, second = opened.waiting.items()
    assert first.title == "Book Zygmunt Lis, 14:40 with Dr Okafor"
    assert (second.title, second.subtitle) == ("Check in Zygmunt Lis, 14:40 with Dr Okafor", "A. Moreno")
    assert opened.others.text().startswith("1 change of a colleague")
    sync.error = Unavailable("ServerLost", "The server can't be reached.")
    QTest.keyClick(opened.try_now, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: opened.answer.text() == "The server can't be reached.")
    assert sync.tried == 1
    opened.close()


def test_what_the_program_gave_by_itself_is_no_line_of_the_list(qtbot: QtBot, shell: Shell, sync: FakeSync) -> None:
    sync.sending = (an_item("HoldSlot", HoldSlot(slot_id="s-1"), state=EntryState.PENDING), *sync.sending)
    sync.tell(SyncMode.OFFLINE, waiting=2, in_passing=1, others_waiting=2, others_in_passing=1)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "Offline since 10:42, 1 waiting")
    QTest.mouseClick(shell.window.top.badge, Qt.MouseButton.LeftButton)
    opened = popover(shell)
    qtbot.waitUntil(lambda: len(opened.waiting.items()) == 2)
    assert opened.waiting.items()[0].title.startswith("Book ")
    assert opened.passing.isVisible()
    assert opened.others.text().startswith("1 change of a colleague")
    opened.close()


def test_the_popover_opens_by_key_and_leads_to_the_decisions(qtbot: QtBot, shell: Shell, sync: FakeSync) -> None:
    sync.tell(SyncMode.ONLINE, attention=2)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "2 need attention")
    QTest.keyClick(shell.window, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    opened = popover(shell)
    with qtbot.waitSignal(opened.attention_wanted):
        QTest.mouseClick(opened.attention, Qt.MouseButton.LeftButton)


def test_signing_out_stops_listening(qtbot: QtBot, shell: Shell, sync: FakeSync) -> None:
    assert len(sync.changed) == 1
    shell.switch_person()
    assert sync.changed == []
    qtbot.waitUntil(lambda: shell.entry.ready)
    assert shell.window.top.badge.text() == "Online"


def test_an_enrolled_workstation_gets_its_badge_at_once(
    qtbot: QtBot, window_with: Callable[..., Shell], workspace: FakeWorkspace
) -> None:
    from app.ui.work.hub import hub

    shell = window_with(*areas(), workspace=workspace)
    assert shell.window.top.badge.focusPolicy() is Qt.FocusPolicy.NoFocus
    workspace.sync = sync = FakeSync()
    hub().enrolled.emit()
    assert shell.working
    assert not workspace.closed
    sync.tell(SyncMode.OFFLINE)
    qtbot.waitUntil(lambda: shell.window.top.badge.text() == "Offline since 10:42")


class _Called:
    """Another window asks this one to come forward, once."""

    def __init__(self) -> None:
        self.calls = 1

    def was_called(self) -> bool:
        self.calls -= 1
        return self.calls == 0


def test_another_window_of_the_computer_brings_this_one_forward(
    qtbot: QtBot, window_with: Callable[..., Shell], workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.sync = FakeSync()
    shell = window_with(*areas(), workspace=workspace)
    desk = shell.desk
    assert desk is not None
    shell.window.showMinimized()
    monkeypatch.setattr(desk.offline, "_enrolment", _Called())
    desk.offline._listen()
    qtbot.waitUntil(lambda: not shell.window.isMinimized())

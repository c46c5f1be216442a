"""The sign-in page without a server: that one can sign in, since when, and why somebody can't, each in its words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.kernel.errors import AppError, Refused, Unavailable
from app.ui.shell.offline_words import refusal_words
from app.ui.shell.services import OfflineDoor
from app.ui.shell.shell import Shell
from app.ui.shell.sign_in_page import SignInPage
from app.ui.work.enrol_port import EnrolState
from tests.support.shell import NOW
from tests.ui.conftest import open_shell
from tests.ui.shell.fakes import OWN, PASSWORD, FakeSessions, areas

GONE = Unavailable("NoServer", "The clinic's server doesn't answer.")


@pytest.fixture
def sessions() -> FakeSessions:
    """A clinic whose server is gone."""
    made = FakeSessions(OWN)
    made.start_error = GONE
    return made


@pytest.fixture
def begin(qtbot: QtBot, sessions: FakeSessions, tmp_path: Path) -> Iterator[Callable[[], Shell]]:
    shells: list[Shell] = []

    def start() -> Shell:
        shells.append(open_shell(qtbot, sessions, tmp_path, areas()))
        qtbot.waitUntil(lambda: isinstance(shells[-1].window.front, SignInPage))
        return shells[-1]

    yield start
    for shell in shells:
        shell.window.close()


def page(shell: Shell) -> SignInPage:
    found = shell.window.front
    assert isinstance(found, SignInPage)
    return found


def test_an_enrolled_computer_lets_people_in(qtbot: QtBot, sessions: FakeSessions, begin: Callable[[], Shell]) -> None:
    sessions.door = OfflineDoor(last_online=NOW - timedelta(days=3, hours=2))
    shell = begin()
    form = page(shell).form
    qtbot.waitUntil(form.offline.isVisible)
    assert form.offline.lead.text() == "The server can't be reached. You can sign in offline."
    assert form.offline.text.text() == "Last online 3 days ago."
    assert form.again.isVisible(), "the server may be back"
    QTest.keyClicks(form.password, PASSWORD)
    QTest.keyClick(form.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell.working)


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(minutes=1), "Last online 1 minute ago."),
        (timedelta(minutes=59), "Last online 59 minutes ago."),
        (timedelta(hours=5), "Last online 5 hours ago."),
        (timedelta(hours=47), "Last online 47 hours ago."),
        (timedelta(days=6), "Last online 6 days ago."),
        (timedelta(hours=-1), "Last online 0 minutes ago."),
    ],
)
def test_how_long_ago_it_was(
    qtbot: QtBot, sessions: FakeSessions, begin: Callable[[], Shell], ago: timedelta, words: str
) -> None:
    sessions.door = OfflineDoor(last_online=NOW - ago)
    form = page(begin()).form
    qtbot.waitUntil(form.offline.isVisible)
    assert form.offline.text.text() == words


def test_the_data_in_another_window(qtbot: QtBot, sessions: FakeSessions, begin: Callable[[], Shell]) -> None:
    sessions.door = OfflineDoor(in_use=True)
    form = page(begin()).form
    qtbot.waitUntil(form.offline.isVisible)
    assert form.offline.lead.text() == "Another window of this computer works offline."
    assert not form.button.isEnabled()


def test_a_computer_that_is_not_enrolled_needs_the_server(
    qtbot: QtBot, sessions: FakeSessions, begin: Callable[[], Shell]
) -> None:
    form = page(begin()).form
    qtbot.waitUntil(form.problem.isVisible)
    assert form.problem.lead.text() == GONE.message
    assert not form.offline.isVisible()
    assert not form.button.isEnabled()


@pytest.mark.parametrize(
    "code",
    ["LeaseEnded", "ClockSetBack", "NotKnownHere", "NoWorkstationSecret", "WorkstationRevoked", "StoreDamaged"],
)
def test_each_refusal_has_words_of_its_own(
    qtbot: QtBot, sessions: FakeSessions, begin: Callable[[], Shell], code: str
) -> None:
    sessions.door = OfflineDoor()
    sessions.sign_in_error = Refused(code, "short")
    shell = begin()
    form = page(shell).form
    qtbot.waitUntil(form.offline.isVisible)
    QTest.keyClicks(form.password, PASSWORD)
    QTest.keyClick(form.password, Qt.Key.Key_Return)
    qtbot.waitUntil(form.problem.isVisible)
    lead, text = refusal_words(Refused(code, "short"))
    assert (form.problem.lead.text(), form.problem.text.text()) == (lead, text)
    assert text
    assert form.button.isEnabled(), "somebody else may"


def test_the_words_differ() -> None:
    codes = ("LeaseEnded", "ClockSetBack", "NotKnownHere", "NoWorkstationSecret", "WorkstationRevoked", "StoreDamaged")
    assert len({refusal_words(Refused(code, "short")) for code in codes}) == len(codes)
    assert refusal_words(Refused("Other", "As it says.")) == ("As it says.", "")


def test_the_server_lost_while_signing_in_offers_offline_work(
    qtbot: QtBot, sessions: FakeSessions, begin: Callable[[], Shell]
) -> None:
    sessions.start_error = None
    sessions.sign_in_error = GONE
    sessions.door = OfflineDoor()
    shell = begin()
    form = page(shell).form
    qtbot.waitUntil(lambda: shell.entry.ready)
    QTest.keyClicks(form.password, PASSWORD)
    QTest.keyClick(form.password, Qt.Key.Key_Return)
    qtbot.waitUntil(form.offline.isVisible)
    assert form.button.isEnabled()


class _Elsewhere:
    """The store is in another window, or can't be opened."""

    def __init__(self, problem: AppError | None) -> None:
        self.problem = problem
        self.asked = 0

    def state(self, workspace: object) -> EnrolState:
        return EnrolState(enrolled=True, name="desk", problem=self.problem)

    def ask_forward(self) -> None:
        self.asked += 1


@pytest.mark.parametrize(
    ("problem", "words"),
    [
        (None, "Without the server, the other window of this computer works on; this one waits."),
        (Refused("StoreDamaged", "The offline data can't be read."), "The offline data can't be read."),
    ],
)
def test_a_second_window_says_where_offline_work_is(
    qtbot: QtBot, tmp_path: Path, problem: AppError | None, words: str
) -> None:
    from dataclasses import replace

    from app.ui.shell.window import MainWindow
    from tests.ui.shell.fakes import services

    port = _Elsewhere(problem)
    window = MainWindow()
    qtbot.addWidget(window)
    wired = replace(services(FakeSessions(OWN), tmp_path), enrolment=port)  # type: ignore[arg-type]
    shell = Shell(window, wired, areas())
    shell.start()
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.entry.sign_in("dana@example.org", PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    qtbot.waitUntil(lambda: bool(window.toasts.toasts))
    (toast,) = window.toasts.toasts
    assert toast.label.text() == words
    if problem is None:
        button = next(b for b in toast.findChildren(QAbstractButton) if b.text() == "Show that window")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: port.asked == 1)
    window.close()

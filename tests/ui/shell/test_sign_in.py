"""Signing in: cards, form, wrong passwords, databases that aren't there or don't fit."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.kernel.clock import FixedClock
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.profiles import Profile
from app.ui.shell.connection import Link
from app.ui.shell.password_panel import FirstPasswordPage
from app.ui.shell.passwords import PasswordCheck, Throttle
from app.ui.shell.shell import Shell
from app.ui.shell.sign_in_page import SignInPage
from tests.support.shell import NOW, FakeWorkspace
from tests.ui.conftest import open_shell
from tests.ui.shell.fakes import CARDS, DEMO, OWN, PASSWORD, FakeSessions, areas


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions(OWN)


@pytest.fixture
def shell(qtbot: QtBot, tmp_path: Path, sessions: FakeSessions) -> Iterator[Shell]:
    made = open_shell(qtbot, sessions, tmp_path, areas())
    yield made
    made.window.close()


def page_of(qtbot: QtBot, shell: Shell) -> SignInPage:
    qtbot.waitUntil(lambda: shell.entry.ready)
    page = shell.window.front
    assert isinstance(page, SignInPage)
    return page


def type_password(page: SignInPage, password: str) -> None:
    QTest.keyClicks(page.form.password, password)
    QTest.keyClick(page.form.password, Qt.Key.Key_Return)


def test_the_window_is_there_before_the_database(qtbot: QtBot, tmp_path: Path) -> None:
    sessions = FakeSessions(OWN)
    sessions.gate = threading.Event()
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: isinstance(shell.window.front, SignInPage))
    page = shell.window.front
    assert isinstance(page, SignInPage)
    assert shell.connection.link is Link.STARTING
    QTest.keyClicks(page.form.password, PASSWORD)
    assert not page.form.button.isEnabled()
    qtbot.waitUntil(lambda: page.status.text() == "Starting the database")
    sessions.gate.set()
    qtbot.waitUntil(page.form.button.isEnabled)
    assert page.form.password.text() == PASSWORD, "what was typed meanwhile stays"
    shell.window.close()


def test_right_password_opens_the_first_area(qtbot: QtBot, shell: Shell) -> None:
    page = page_of(qtbot, shell)
    assert page.form.email.text() == "dana@example.org"
    assert QApplication.focusWidget() is page.form.password
    type_password(page, PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    assert shell.window.stack.current == "today"
    assert "Dana Whitfield" in shell.window.top.user.accessibleName()
    assert shell.connection.link is Link.ONLINE
    assert "staff" not in shell.window.rail.keys, "the front desk doesn't see the administration"


def test_wrong_password_is_said_at_the_field_and_slowed_down(
    qtbot: QtBot, shell: Shell, sessions: FakeSessions
) -> None:
    page = page_of(qtbot, shell)
    for n in range(3):
        type_password(page, "wrong")
        qtbot.waitUntil(lambda: "wrong" in page.form.fields.field("password").error)
        assert page.form.password.text() == ""
        assert page.form.button.isEnabled() is (n < 2)
    type_password(page, PASSWORD)
    qtbot.wait(30)
    assert sessions.workspaces == [], "the fourth try has to wait"
    assert "2 s" in page.form.button.text()
    clock = shell._services.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(seconds=3))
    page.form.hold(0)
    page.form.submit()
    qtbot.waitUntil(lambda: shell.working)


def test_nothing_is_sent_without_email_or_password(qtbot: QtBot, shell: Shell, sessions: FakeSessions) -> None:
    page = page_of(qtbot, shell)
    QTest.mouseClick(page.form.button, Qt.MouseButton.LeftButton)
    assert "password" in page.form.fields.field("password").error.lower()
    page.form.email.clear()
    page.form.submit()
    assert "e-mail" in page.form.fields.field("email").error.lower()
    assert sessions.workspaces == []


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("ServerGone", "The server can't be reached."),
        Refused("SchemaTooNew", "The clinic's database is newer than this program."),
        Refused("SchemaTooOld", "The clinic's database is older than this program."),
    ],
)
def test_a_database_that_is_gone_or_does_not_fit_is_named(
    qtbot: QtBot, shell: Shell, sessions: FakeSessions, error: AppError
) -> None:
    page = page_of(qtbot, shell)
    sessions.sign_in_error = error
    type_password(page, PASSWORD)
    qtbot.waitUntil(page.form.problem.isVisible)
    assert page.form.problem.lead.text() == error.message
    assert page.form.button.isEnabled(), "one can try again"
    sessions.sign_in_error = None
    page.form.submit()
    qtbot.waitUntil(lambda: shell.working)


def test_try_again_when_the_server_did_not_start(qtbot: QtBot, tmp_path: Path) -> None:
    sessions = FakeSessions(OWN)
    sessions.start_error = Unavailable("DiskFull", "The disk is full: the database can't start.")
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: isinstance(shell.window.front, SignInPage))
    page = shell.window.front
    assert isinstance(page, SignInPage)
    qtbot.waitUntil(lambda: "disk is full" in page.form.problem.lead.text())
    assert shell.connection.link is Link.LOST
    sessions.start_error = None
    QTest.mouseClick(page.form.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.form.button.isEnabled)
    assert not page.form.problem.isVisible()
    shell.window.close()


def test_a_damaged_profiles_file_is_named(qtbot: QtBot, tmp_path: Path) -> None:
    class Broken(FakeSessions):
        def profiles(self) -> None:  # type: ignore[override]
            raise Refused("BadProfiles", "The file profiles.json can't be read.")

    shell = open_shell(qtbot, Broken(), tmp_path, areas())
    qtbot.waitUntil(lambda: shell.window.front is not None)
    assert "profiles.json" in shell.window.front.problem.lead.text()  # type: ignore[union-attr]
    shell.window.close()


@pytest.mark.parametrize("how", ["click", "alt", "enter"])
def test_demo_cards_sign_in_at_once(qtbot: QtBot, tmp_path: Path, how: str) -> None:
    sessions = FakeSessions(DEMO, OWN)
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    page = page_of(qtbot, shell)
    assert [card.text() for card in page.cards] == ["Front desk", "Provider", "Administrator"]
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.cards[0])
    if how == "click":
        QTest.mouseClick(page.cards[2], Qt.MouseButton.LeftButton)
    elif how == "alt":
        QTest.keyClick(shell.window, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    else:
        page.cards[2].setFocus()
        QTest.keyClick(page.cards[2], Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: shell.working)
    assert sessions.workspaces[0].actor.name == CARDS[2].name
    assert "settings" in shell.window.rail.keys
    assert shell.window.rail.demo.isVisible(), "the permanent mark"
    shell.window.close()


def test_why_a_card_lets_nobody_in_is_seen_whole_and_has_the_keyboard(qtbot: QtBot, tmp_path: Path) -> None:
    sessions = FakeSessions(DEMO, OWN)
    sessions.sign_in_error = Refused("NotKnownHere", "This person isn't known here.")
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    shell.window.resize(1440, 900)
    page = page_of(qtbot, shell)
    page.cards[0].setFocus()
    QTest.keyClick(page.cards[0], Qt.Key.Key_Return)
    form = page.form
    qtbot.waitUntil(lambda: not form.problem.visibleRegion().isEmpty())
    qtbot.waitUntil(lambda: QApplication.focusWidget() in (form.email, form.password))
    for field in (form.email, form.password):
        assert field.visibleRegion().boundingRect().height() == field.height(), "the field is cut off"
    shell.window.close()


def test_first_password_has_to_be_changed(qtbot: QtBot, shell: Shell, sessions: FakeSessions) -> None:
    sessions.must_change = True
    type_password(page_of(qtbot, shell), PASSWORD)
    qtbot.waitUntil(lambda: isinstance(shell.window.front, FirstPasswordPage))
    page = shell.window.front
    assert isinstance(page, FirstPasswordPage)
    assert not shell.working
    QTest.keyClicks(page.form.old, PASSWORD)
    QTest.keyClicks(page.form.new, "short")
    QTest.keyClicks(page.form.again, "short")
    QTest.mouseClick(page.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "10 signs" in page.form.fields.field("new_password").error)
    for field in (page.form.new, page.form.again):
        field.setText("quiet river stone")
    QTest.mouseClick(page.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.working)
    assert sessions.changed_passwords == [(PASSWORD, "quiet river stone")]


def test_a_sign_in_that_comes_too_late_is_closed_again(qtbot: QtBot, shell: Shell, sessions: FakeSessions) -> None:
    page = page_of(qtbot, shell)
    shell.entry.sign_in("dana@example.org", PASSWORD)
    shell.entry.show_sign_in(OWN)
    assert shell.window.front is not page
    qtbot.waitUntil(lambda: bool(sessions.workspaces) and sessions.workspaces[0].closed)
    assert shell.desk is None


@pytest.mark.parametrize(
    ("code", "why"), [("WrongPassword", "your account was disabled"), ("WorkstationRevoked", "out of service")]
)
def test_who_may_come_in_no_more_is_out_and_told_why(
    qtbot: QtBot, shell: Shell, sessions: FakeSessions, code: str, why: str
) -> None:
    page_of(qtbot, shell)
    shell.entry.sign_in("dana@example.org", PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    for tell in list(sessions.workspaces[0].live_changed):  # as the listener does when the server refuses its line
        tell(False, Refused(code, "This workstation was taken out of service."))
    qtbot.waitUntil(lambda: shell.desk is None and shell.entry.ready)
    page = page_of(qtbot, shell)
    assert page.form.problem.isVisible()
    assert why in page.form.problem.lead.text()
    qtbot.waitUntil(lambda: sessions.workspaces[0].closed)


def test_a_second_desk_signs_its_person_in_once(qtbot: QtBot, tmp_path: Path) -> None:
    from app.ui.shell.services import DeskStart
    from app.ui.shell.window import MainWindow
    from tests.ui.shell.fakes import services

    sessions = FakeSessions(OWN, DEMO)
    window = MainWindow()
    qtbot.addWidget(window)
    start = DeskStart(number=2, profile="demo", email=CARDS[1].email)
    shell = Shell(window, services(sessions, tmp_path, desk=start), areas())
    shell.start()
    qtbot.waitUntil(lambda: shell.working)
    assert sessions.workspaces[0].actor.name == "Dr Ngozi Okafor"
    assert "Desk 2" in window.top.user.accessibleName()
    shell.switch_person()
    qtbot.waitUntil(lambda: shell.entry.ready)
    assert not shell.working, "who signs out stays out"
    window.close()


def test_who_signs_in_next_waits_until_the_store_is_free(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closing takes its time behind the page; sooner, the next person would have worked without the store."""
    sessions = FakeSessions(OWN)
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.entry.sign_in("dana@example.org", PASSWORD)
    qtbot.waitUntil(lambda: shell.working)
    first, may_close, asked = sessions.workspaces[0], threading.Event(), threading.Event()
    sign_in, closed_at_sign_in = sessions.sign_in, []

    def slowly() -> None:
        asked.set()
        may_close.wait(60)
        first.closed = True

    def note(profile: Profile, email: str, password: str) -> FakeWorkspace:
        closed_at_sign_in.append(first.closed)
        return sign_in(profile, email, password)

    monkeypatch.setattr(first, "close", slowly)
    monkeypatch.setattr(sessions, "sign_in", note)
    shell.switch_person()
    qtbot.waitUntil(lambda: shell.entry.ready and asked.is_set())
    shell.entry.sign_in("sam@example.org", PASSWORD)
    qtbot.wait(50)
    assert closed_at_sign_in == []
    may_close.set()
    qtbot.waitUntil(lambda: shell.working)
    assert closed_at_sign_in == [True]
    shell.window.close()


def test_password_check_keeps_no_password() -> None:
    check = PasswordCheck("correct horse")
    assert check.matches("correct horse")
    assert not check.matches("correct horse ")
    assert "correct" not in repr(vars(check))
    assert PasswordCheck("ä\udcff").matches("ä\udcff")


def test_throttle_doubles_up_to_a_minute_and_forgives() -> None:
    clock = FixedClock(NOW)
    throttle = Throttle(clock)
    waits = []
    for _ in range(10):
        waits.append(throttle.wait_seconds("Dana@Example.org "))
        throttle.failed("dana@example.org")
    assert waits == [0, 0, 0, 2, 4, 8, 16, 32, 60, 60]
    clock.advance(timedelta(seconds=59, milliseconds=500))
    assert throttle.wait_seconds("dana@example.org") == 1
    assert throttle.wait_seconds("somebody@example.org") == 0
    throttle.succeeded("DANA@example.org")
    assert throttle.wait_seconds("dana@example.org") == 0


@pytest.mark.logs_errors
def test_after_a_bug_while_starting_one_can_try_again(qtbot: QtBot, tmp_path: Path) -> None:
    """A window that waited for ever would have to be killed."""
    sessions = FakeSessions(DEMO)
    sessions.start_error = LookupError("nobody expected this")
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: isinstance(shell.window.front, SignInPage))
    page = shell.window.front
    assert isinstance(page, SignInPage)
    qtbot.waitUntil(page.form.again.isVisible)
    assert shell._crash.isVisible()
    QTest.mouseClick(shell._crash.go_on, Qt.MouseButton.LeftButton)
    sessions.start_error = None
    QTest.mouseClick(page.form.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.entry.ready and bool(page.cards))
    assert not page.form.isVisible()
    shell.window.close()

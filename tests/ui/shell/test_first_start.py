"""First start: three ways to begin, all in the same window, nothing lost when something goes wrong."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.domain.enums import Role, VisitMode
from app.kernel.errors import Refused, Unavailable
from app.setup.plan import MadeAccount, ServerAddress, WeeklyHours
from app.ui.shell.accounts_page import AccountsPage
from app.ui.shell.connection import Link
from app.ui.shell.join_page import JoinPage
from app.ui.shell.restore_page import RestorePage
from app.ui.shell.shell import Shell
from app.ui.shell.sign_in_page import SignInPage
from app.ui.shell.welcome_page import ProgressPage, WelcomePage
from app.ui.shell.window import MainWindow
from app.ui.shell.wizard.backup_step import BackupStep
from app.ui.shell.wizard.clinic_step import MOST_LOGO_BYTES, BrandingStep, ClinicStep
from app.ui.shell.wizard.people_steps import AdminStep, StaffRow, StaffStep, looks_like_email
from app.ui.shell.wizard.provider_step import ProviderRow, ProviderStep
from app.ui.shell.wizard.type_step import TypeStep
from app.ui.shell.wizard.wizard import STEPS, Wizard
from app.ui.work.places import ShowDay
from tests.ui.shell.fakes import CARDS, PASSWORD, FakeSessions, FakeSetup, TestPage, areas, services
from tests.ui.shell.test_window import unnamed

CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions()


@pytest.fixture
def setup(sessions: FakeSessions) -> FakeSetup:
    return FakeSetup(sessions)


@pytest.fixture
def shell(qtbot: QtBot, tmp_path: Path, sessions: FakeSessions, setup: FakeSetup) -> Shell:
    window = MainWindow()
    qtbot.addWidget(window)
    made = Shell(window, services(sessions, tmp_path, setup), areas())
    made.start()
    window.resize(1280, 820)
    qtbot.waitUntil(lambda: isinstance(window.front, WelcomePage))
    qtbot.waitUntil(lambda: QApplication.focusWidget() is window.front.cards[0])  # type: ignore[union-attr]
    return made


def front(shell: Shell, kind: type[QWidget]) -> QWidget:
    page = shell.window.front
    assert isinstance(page, kind)
    return page


def press(shell: Shell, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or shell.window, key, modifier)


# -- a backup ------------------------------------------------------------------------------------------


def test_a_backup_brings_a_clinic_back_and_what_is_wrong_with_it_is_said_at_its_field(
    qtbot: QtBot, shell: Shell, setup: FakeSetup
) -> None:
    welcome = shell.window.front
    assert isinstance(welcome, WelcomePage)
    welcome.links.restore.emit()
    page = front(shell, RestorePage)
    assert isinstance(page, RestorePage)
    assert unnamed(shell.window) == []
    QTest.keyClicks(page.file, "/media/usb/clinic.mhabackup")
    press(shell, Qt.Key.Key_Return, CONTROL)
    assert page.fields.field("passphrase").error
    QTest.keyClicks(page.passphrase, "wrong")
    setup.error = Refused("WrongPassphrase", "This passphrase doesn't open the backup.", field="passphrase")
    press(shell, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(page.button.isEnabled)
    assert "doesn't open" in page.fields.field("passphrase").error
    setup.error = None
    page.passphrase.setText("right")
    page.button.click()
    qtbot.waitUntil(lambda: isinstance(shell.window.front, SignInPage))
    assert setup.restored == [(Path("/media/usb/clinic.mhabackup"), "right")]


# -- the demo ----------------------------------------------------------------------------------------


def test_the_demo_is_one_key_away(qtbot: QtBot, shell: Shell, sessions: FakeSessions) -> None:
    assert unnamed(shell.window) == []
    press(shell, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shell.entry.ready)
    page = front(shell, SignInPage)
    assert isinstance(page, SignInPage)
    assert [card.text() for card in page.cards] == [card.role for card in CARDS]
    qtbot.waitUntil(lambda: QApplication.focusWidget() is page.cards[0])
    press(shell, Qt.Key.Key_1, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: shell.working)
    shell.window.close()


def test_a_failed_demo_says_why_and_can_be_tried_again(qtbot: QtBot, shell: Shell, setup: FakeSetup) -> None:
    setup.error = Unavailable("DiskFull", "The disk is full.")
    shell.window.front.demo.emit()  # type: ignore[union-attr]
    page = front(shell, ProgressPage)
    assert isinstance(page, ProgressPage)
    qtbot.waitUntil(page.problem.isVisible)
    assert page.problem.lead.text() == "The disk is full."
    setup.error = None
    QTest.mouseClick(page.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.entry.ready)
    shell.window.close()


def test_making_the_demo_can_be_cancelled(qtbot: QtBot, shell: Shell, setup: FakeSetup, sessions: FakeSessions) -> None:
    import threading

    gate = threading.Event()
    made: list[bool] = []

    def make_demo(report: object) -> object:
        report(1, 3, "Making patients")  # type: ignore[operator]
        gate.wait(5)
        report(2, 3, "Making visits")  # type: ignore[operator]
        made.append(True)
        raise AssertionError("went on after cancel")

    setup.make_demo = make_demo  # type: ignore[method-assign, assignment]
    shell.window.front.demo.emit()  # type: ignore[union-attr]
    page = front(shell, ProgressPage)
    assert isinstance(page, ProgressPage)
    qtbot.waitUntil(lambda: page.text.text() == "Making patients")
    assert page.count.text() == "1 of 3"
    QTest.mouseClick(page.stop, Qt.MouseButton.LeftButton)
    gate.set()
    qtbot.waitUntil(lambda: isinstance(shell.window.front, WelcomePage))
    assert made == []


# -- a clinic of one's own ----------------------------------------------------------------------------


def fill(step: QWidget) -> None:
    if isinstance(step, ClinicStep):
        step.name.setText("Elm Street Practice")
        step.zone.setText("America/New_York")
    elif isinstance(step, BrandingStep):
        step.phone.setText("(212) 555-0100")
        step.address.setPlainText("1 Elm Street")
    elif isinstance(step, AdminStep):
        for field, text in (
            (step.name, "Rosa Núñez"),
            (step.email, "rosa@elm.example"),
            (step.password, PASSWORD),
            (step.again, PASSWORD),
        ):
            field.setText(text)
    elif isinstance(step, ProviderStep):
        row = step.rows.rows[0]
        assert isinstance(row, ProviderRow)
        row.name.setText("Dr Ngozi Okafor")
        row.specialty.setText("Family medicine")
        row.days[5].setChecked(False)
        row.video.setChecked(True)


def wizard_of(qtbot: QtBot, shell: Shell) -> Wizard:
    press(shell, Qt.Key.Key_2, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: isinstance(shell.window.front, Wizard))
    page = front(shell, Wizard)
    assert isinstance(page, Wizard)
    return page


def test_a_clinic_is_set_up_by_keyboard_alone(
    qtbot: QtBot, shell: Shell, setup: FakeSetup, sessions: FakeSessions
) -> None:
    setup.accounts = (
        MadeAccount(name="Dana", email="dana@elm.example", roles=frozenset({Role.PROVIDER}), password="first-1234"),
    )
    wizard = wizard_of(qtbot, shell)
    qtbot.waitUntil(lambda: wizard.server.text() == "The database is ready.")
    assert setup.begun == 1
    for number in range(len(STEPS)):
        step = wizard.current
        assert isinstance(step, STEPS[number])
        assert unnamed(shell.window) == []
        fill(step)
        press(shell, Qt.Key.Key_Return, CONTROL)
        qtbot.wait(20)  # as a person does: the window has its turn between two pages
    qtbot.waitUntil(lambda: isinstance(shell.window.front, AccountsPage))
    plan = setup.plans[0]
    assert (plan.name, plan.timezone, plan.phone) == ("Elm Street Practice", "America/New_York", "(212) 555-0100")
    assert plan.admin.roles == {Role.ADMIN}
    assert plan.backup is None
    assert [kind.minutes for kind in plan.types] == [20, 40, 20, 40]
    provider = plan.providers[0]
    days = frozenset({1, 2, 3, 4})
    assert provider.telemed
    assert provider.hours == (
        WeeklyHours(days=days, start=time(9), end=time(12), mode=VisitMode.IN_PERSON),
        WeeklyHours(days=days, start=time(13), end=time(17), mode=VisitMode.IN_PERSON),
    )
    accounts = front(shell, AccountsPage)
    assert isinstance(accounts, AccountsPage)
    assert any("first-1234" in child.accessibleName() for child in accounts.findChildren(QWidget))
    QTest.mouseClick(accounts.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shell.working)
    schedule = shell.window.stack.page("schedule")
    assert isinstance(schedule, TestPage)
    assert schedule.places == [ShowDay(day=date(2026, 11, 25))], "it ends on tomorrow's schedule"
    assert PASSWORD not in repr(plan), "no password in what may be logged"
    shell.window.close()


def test_what_is_wrong_is_said_at_its_field_and_keeps_one_there(qtbot: QtBot, shell: Shell) -> None:
    wizard = wizard_of(qtbot, shell)
    step = wizard.current
    assert isinstance(step, ClinicStep)
    assert step.zone.text() == "Pacific/Chatham", "the computer's own"
    step.zone.clear()
    wizard.go_on()
    assert wizard.current is step
    assert step.form.field("name").error
    assert step.form.field("timezone").error
    fill(step)
    step.zone.setText("America/Nowhere")
    wizard.go_on()
    assert wizard.current is step
    assert not step.form.field("name").error


def test_a_time_zone_is_found_by_its_city_as_people_write_it(qtbot: QtBot, shell: Shell) -> None:
    step = wizard_of(qtbot, shell).current
    assert isinstance(step, ClinicStep)
    step.zone.clear()
    step.zone.setFocus()
    QTest.keyClicks(step.zone, "los ang")
    completer = step.zone.completer()
    assert completer is not None
    popup = completer.popup()
    assert popup is not None
    qtbot.waitUntil(popup.isVisible)
    assert completer.currentCompletion() == "America/Los_Angeles"
    QTest.keyClick(popup, Qt.Key.Key_Down)
    QTest.keyClick(popup, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: step.zone.text() == "America/Los_Angeles")
    step.zone.setText("new york")
    assert step.zone.is_zone()
    assert step.values()["timezone"] == "America/New_York"


def test_optional_steps_can_be_left_out_and_steps_gone_back_to(qtbot: QtBot, shell: Shell) -> None:
    wizard = wizard_of(qtbot, shell)
    assert not wizard.skip.isVisible()
    fill(wizard.current)
    wizard.go_on()
    assert wizard.skip.isVisible()
    branding = wizard.current
    assert isinstance(branding, BrandingStep)
    branding.color.setText("green")
    wizard.go_on()
    assert wizard.current is branding
    wizard.skip_step()
    assert isinstance(wizard.current, AdminStep)
    QTest.mouseClick(wizard.list._buttons[0], Qt.MouseButton.LeftButton)
    assert isinstance(wizard.current, ClinicStep)
    assert wizard.current.name.text() == "Elm Street Practice"
    wizard.go_back()
    qtbot.waitUntil(lambda: isinstance(shell.window.front, WelcomePage))


def test_a_refusal_leads_back_to_the_step_it_is_about(qtbot: QtBot, shell: Shell, setup: FakeSetup) -> None:
    setup.error = Refused("WeakPassword", "This password is too easy to guess.", field="password")
    wizard = wizard_of(qtbot, shell)
    for number in range(len(STEPS)):
        wizard._show(number)
        fill(wizard.current)
        qtbot.wait(20)
    wizard.go_on()
    qtbot.waitUntil(wizard.problem.isVisible)
    assert isinstance(wizard.current, AdminStep)
    assert "too easy" in wizard.current.form.field("password").error
    assert wizard.next.isEnabled()
    assert wizard.current.name.text() == "Rosa Núñez", "nothing typed is lost"
    setup.error = None
    wizard._show(len(STEPS) - 1)
    wizard.go_on()
    qtbot.waitUntil(lambda: bool(setup.plans))
    qtbot.waitUntil(lambda: shell.working)
    shell.window.close()


def test_a_database_that_cannot_start_is_told_while_one_types(qtbot: QtBot, shell: Shell, setup: FakeSetup) -> None:
    def begin_here(report: object) -> None:
        raise Unavailable("SocketTaken", "Another program uses the database's socket.")

    setup.begin_here = begin_here  # type: ignore[method-assign]
    wizard = wizard_of(qtbot, shell)
    qtbot.waitUntil(wizard.problem.isVisible)
    assert "socket" in wizard.problem.lead.text()
    fill(wizard.current)
    wizard.go_on()
    assert isinstance(wizard.current, BrandingStep)


@pytest.mark.parametrize(
    ("start", "end", "rest_from", "rest_to", "good"),
    [
        (time(9), time(17), None, None, True),
        (time(9), time(17), time(12), time(13), True),
        (time(17), time(9), None, None, False),
        (time(9), time(17), time(12), None, False),
        (time(9), time(17), time(8), time(10), False),
        (time(9), time(17), time(13), time(12), False),
    ],
)
def test_hours_make_sense(
    qtbot: QtBot, start: time, end: time, rest_from: time | None, rest_to: time | None, good: bool
) -> None:
    row = ProviderRow()
    qtbot.addWidget(row)
    row.name.setText("Dr Chen")
    for field, value in ((row.start, start), (row.end, end), (row.rest_from, rest_from), (row.rest_to, rest_to)):
        field.set_value(value)
    assert row.check() is good
    for box in row.days.values():
        box.setChecked(False)
    assert not row.check()


def test_rows_grow_shrink_and_empty_ones_are_passed_over(qtbot: QtBot) -> None:
    step = StaffStep()
    qtbot.addWidget(step)
    second = step.rows.add()
    assert isinstance(second, StaffRow)
    second.name.setText("Jo Park")
    assert not step.check(), "an address is missing"
    second.email.setText("jo@elm.example")
    assert step.check()
    assert [account.email for account in step.values()["staff"]] == ["jo@elm.example"]
    QTest.mouseClick(second.remove_button, Qt.MouseButton.LeftButton)
    assert step.values() == {"staff": ()}


def test_types_want_a_name_and_minutes(qtbot: QtBot) -> None:
    step = TypeStep()
    qtbot.addWidget(step)
    first = step.rows.rows[0]
    first.minutes.setText("3")  # type: ignore[attr-defined]
    assert not step.check()
    for row in step.rows.rows:
        row.removed.emit()
    assert not step.check()


def test_a_backup_wants_a_folder_that_exists_and_a_passphrase(qtbot: QtBot, tmp_path: Path) -> None:
    step = BackupStep()
    qtbot.addWidget(step)
    assert step.check()
    assert step.values() == {"backup": None}
    step.folder.setText(str(tmp_path / "nowhere"))
    step.passphrase.setText("short")
    assert not step.check()
    assert step.form.field("folder").error
    assert step.form.field("passphrase").error
    step.folder.setText(str(tmp_path))
    step.passphrase.setText("a long enough phrase")
    step.again.setText("a long enough phrase")
    assert step.check()
    plan = step.values()["backup"]
    assert plan.folder == tmp_path
    assert "long enough" not in repr(plan)


def test_a_logo_is_a_picture_of_at_most_2_mb(qtbot: QtBot, tmp_path: Path) -> None:
    step = BrandingStep()
    qtbot.addWidget(step)
    good = tmp_path / "logo.png"
    picture = QImage(8, 8, QImage.Format.Format_RGB32)
    picture.fill(QColor("#0B6B5B"))
    assert picture.save(str(good))
    step.logo.choose(good)
    assert step.values()["logo"] == good
    text = tmp_path / "text.png"
    text.write_text("no picture")
    large = tmp_path / "large.png"
    large.write_bytes(b"0" * (MOST_LOGO_BYTES + 1))
    for bad, why in ((text, "no picture"), (large, "2 MB"), (tmp_path / "gone.png", "can't be read")):
        step.form.clear_errors()
        step.logo.choose(bad)
        assert why in step.form.field("logo").error
    assert step.values()["logo"] == good


@pytest.mark.parametrize(
    ("text", "good"),
    [("a@b.org", True), (" a@b.org ", True), ("a@b", False), ("@b.org", False), ("a b@c.org", False), ("", False)],
)
def test_addresses(text: str, good: bool) -> None:
    assert looks_like_email(text) is good


# -- a server -----------------------------------------------------------------------------------------


def join_page(qtbot: QtBot, shell: Shell) -> JoinPage:
    press(shell, Qt.Key.Key_3, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: isinstance(shell.window.front, JoinPage))
    page = front(shell, JoinPage)
    assert isinstance(page, JoinPage)
    return page


def fill_join(page: JoinPage) -> None:
    page.host.setText("db1.elm.example, db2.elm.example")
    page.ca_file.setText("/etc/ssl/elm.pem")
    page.email.setText("dana@elm.example")
    page.password.setText(PASSWORD)


def test_joining_a_server(qtbot: QtBot, shell: Shell, setup: FakeSetup) -> None:
    page = join_page(qtbot, shell)
    assert unnamed(shell.window) == []
    press(shell, Qt.Key.Key_Return, CONTROL)
    assert page.fields.field("host").error
    assert page.fields.field("password").error
    fill_join(page)
    QTest.mouseClick(page.test, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.good.isVisible)
    assert page.good.lead.text() == "Connected to Elm Street Practice."
    press(shell, Qt.Key.Key_Return, CONTROL)
    qtbot.waitUntil(lambda: shell.working)
    address = ServerAddress(hosts=("db1.elm.example", "db2.elm.example"), ca_file=Path("/etc/ssl/elm.pem"))
    assert setup.joined == [(address, "dana@elm.example")]
    shell.window.close()


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("HostUnknown", "host"),
        ("NoTls", "host"),
        ("WrongHost", "host"),
        ("WeakSignIn", "host"),
        ("BadCertificate", "ca_file"),
        ("WrongPassword", "password"),
        ("NoDatabase", "database"),
    ],
)
def test_the_cause_of_a_failed_connection_is_named_at_its_field(
    qtbot: QtBot, shell: Shell, setup: FakeSetup, code: str, field: str
) -> None:
    setup.error = Refused(code, f"Because of {code}.")
    page = join_page(qtbot, shell)
    fill_join(page)
    page.tested.emit(page.address(), "dana@elm.example", PASSWORD)
    qtbot.waitUntil(lambda: bool(page.fields.field(field).error))
    assert code in page.fields.field(field).error
    assert page.button.isEnabled()
    setup.error = Refused("SchemaTooNew", "The clinic's database is newer than this program.")
    page.test.click()
    qtbot.waitUntil(page.bad.isVisible)
    assert "newer" in page.bad.lead.text()
    page.back.click()
    qtbot.waitUntil(lambda: isinstance(shell.window.front, WelcomePage))


def test_a_server_that_cannot_be_joined_is_nobodys_lost_connection(
    qtbot: QtBot, shell: Shell, setup: FakeSetup
) -> None:
    setup.error = Unavailable("NoAnswer", "The server doesn't answer.")
    page = join_page(qtbot, shell)
    fill_join(page)
    page.test.click()
    qtbot.waitUntil(lambda: bool(page.fields.field("host").error))
    assert shell.connection.link is not Link.LOST
    assert not shell.window.notice.isVisible()

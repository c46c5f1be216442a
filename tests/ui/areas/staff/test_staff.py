"""Accounts in the window, on a real database: made, shown once, changed, closed; the last administrator stays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.commands.staff import DisableStaff
from app.domain.enums import Role
from app.queries.clinic import StaffView
from app.queries.clinic import staff as staff_query
from app.security.identity import login_role
from app.ui.areas.staff.account_panel import AccountPanel
from app.ui.areas.staff.add_panel import AddPanel
from app.ui.areas.staff.page import StaffPage
from app.ui.work.places import ShowStaff
from app.workspace.staff import add_staff
from app.workspace.workspace import Workspace
from tests.support.clinics import staff
from tests.support.front_desk import elsewhere
from tests.support.postgres import Server
from tests.support.shell import FakeShell
from tests.support.signed_in import shell_on, signed_in

WORDS = "granite umbrella quietly"
ADMIN, DESK = staff("ADMIN"), staff("MEDICAL_ASSISTANT")


@pytest.fixture
def workspace(server: Server, clinic_db: str) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "ADMIN") as one:
        yield one


@pytest.fixture
def shell(workspace: Workspace) -> FakeShell:
    return shell_on(workspace)


def person(workspace: Workspace, user_id: str) -> StaffView:
    return next(one for one in workspace.ask(staff_query) if one.user_id == user_id)


def button(panel: AccountPanel, text: str) -> QPushButton:
    return next(one for one in panel.findChildren(QPushButton) if one.text().startswith(text))


def account(qtbot: QtBot, shell: FakeShell, workspace: Workspace, user_id: str) -> AccountPanel:
    panel = AccountPanel(shell, person(workspace, user_id))
    qtbot.addWidget(panel)
    panel.show()
    return panel


def signs_in(server: Server, database: str, role: str, password: str) -> bool:
    try:
        psycopg.connect(server.url(database, staff(role).login, password)).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_list_has_the_clinics_own_accounts(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, owner_url: str
) -> None:
    page = StaffPage(shell)
    qtbot.addWidget(page)
    page.open(ShowStaff(user_id=DESK.user_id))
    page.refresh()
    qtbot.waitUntil(lambda: bool(shell.panels))
    assert {row.user_id for row in page.model.rows} == {
        staff(role).user_id for role in ("ADMIN", "PROVIDER", "MEDICAL_ASSISTANT")
    }
    panel = shell.panels[0]
    assert isinstance(panel, AccountPanel)
    assert panel.person.user_id == DESK.user_id
    page.resize(700, 400)  # beside an open panel
    with psycopg.connect(owner_url) as owner:  # the backend and its phones tell nobody
        owner.execute(
            "INSERT INTO refresh_tokens (id, user_id, token, expires_at) VALUES ('t9', %s, 'y', '2030-01-01')",
            (DESK.user_id,),
        )
    page.show()
    qtbot.waitUntil(lambda: [row.sessions for row in page.model.rows if row.user_id == DESK.user_id] == [1])
    qtbot.waitUntil(lambda: page.table.horizontalHeader().length() <= page.table.viewport().width())
    own = account(qtbot, shell, workspace, ADMIN.user_id)
    assert not button(own, "Make a new password").isVisible(), "one's own is changed with the present one"


def test_an_account_is_made_and_its_password_is_seen_once(
    qtbot: QtBot, shell: FakeShell, server: Server, clinic_db: str, workspace: Workspace
) -> None:
    panel = AddPanel(shell)
    qtbot.addWidget(panel)
    panel.show()
    panel.name.setText("Ana Lis")
    panel.email.setText("ana@clinic1.example")
    assert panel.dirty()
    panel.roles.boxes[Role.PROVIDER].setChecked(True)
    foot = panel.foot()
    assert isinstance(foot, QPushButton)
    foot.click()
    QTest.keyClick(panel.email, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)  # once more: one account
    qtbot.waitUntil(lambda: bool(shell.done), timeout=10000)
    password = panel._once.password.text()
    assert len(password) >= 12
    assert not panel.dirty()
    assert not panel.form.has_errors()
    made = next(one for one in workspace.ask(staff_query) if one.email == "ana@clinic1.example")
    assert made.roles == (Role.MEDICAL_ASSISTANT, Role.PROVIDER)
    with qtbot.waitSignal(panel.finished):
        foot.click()
    assert len([one for one in workspace.ask(staff_query) if one.name == "Ana Lis"]) == 1


def test_a_wrong_address_is_named_at_its_field(qtbot: QtBot, shell: FakeShell) -> None:
    panel = AddPanel(shell)
    qtbot.addWidget(panel)
    panel.show()
    foot = panel.foot()
    assert isinstance(foot, QPushButton)
    foot.click()
    assert panel.form.field("name").error
    assert panel.form.field("email").error
    panel.name.setText("Ana Lis")
    panel.email.setText("ana at home")
    foot.click()
    qtbot.waitUntil(lambda: bool(panel.form.field("email").error), timeout=10000)
    assert foot.isEnabled()
    assert panel.dirty()
    assert not shell.done


def test_roles_are_saved(qtbot: QtBot, shell: FakeShell, workspace: Workspace) -> None:
    panel = account(qtbot, shell, workspace, DESK.user_id)
    panel._boxes.boxes[Role.ADMIN].setChecked(True)
    assert panel.dirty()
    with qtbot.waitSignal(panel.finished):
        button(panel, "Save the roles").click()
    assert person(workspace, DESK.user_id).roles == (Role.MEDICAL_ASSISTANT, Role.ADMIN)


def test_the_last_administrator_stays_one_and_the_panel_says_so(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace
) -> None:
    panel = account(qtbot, shell, workspace, ADMIN.user_id)
    panel._boxes.boxes[Role.ADMIN].setChecked(False)
    panel._boxes.boxes[Role.PROVIDER].setChecked(True)
    button(panel, "Save the roles").click()
    qtbot.waitUntil(panel._note.isVisible)
    assert "administrator" in panel._note.lead.text()
    assert person(workspace, ADMIN.user_id).roles == (Role.ADMIN,)
    assert not shell.toasts


def test_an_account_is_closed_after_the_wait_and_opened_again(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, server: Server, clinic_db: str
) -> None:
    panel = account(qtbot, shell, workspace, DESK.user_id)
    button(panel, "Disable").click()
    assert person(workspace, DESK.user_id).disabled_at is None
    with qtbot.waitSignal(panel.finished):
        shell.pendings[0].elapse()
    assert person(workspace, DESK.user_id).disabled_at is not None
    again = account(qtbot, shell, workspace, DESK.user_id)
    with qtbot.waitSignal(again.finished):
        button(again, "Enable").click()
    assert person(workspace, DESK.user_id).disabled_at is None
    assert signs_in(server, clinic_db, "MEDICAL_ASSISTANT", "correct horse battery")


def test_a_refusal_after_the_panel_was_closed_is_told_in_passing(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace
) -> None:
    from app.kernel.errors import Refused

    panel = account(qtbot, shell, workspace, ADMIN.user_id)
    button(panel, "Disable").click()
    panel.closing()
    with pytest.raises(Refused) as refused:
        shell.pendings[0].elapse()
    refuse: Callable[[Refused], object] | None = shell.pendings[0].action.on_refused
    assert refuse is not None
    refuse(refused.value)
    assert shell.problems == [refused.value]
    assert person(workspace, ADMIN.user_id).disabled_at is None


def test_a_new_password_is_shown_once_copied_and_works(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, server: Server, clinic_db: str
) -> None:
    panel = account(qtbot, shell, workspace, DESK.user_id)
    button(panel, "Make a new password").click()
    qtbot.waitUntil(panel._once.isVisible, timeout=10000)
    panel._once._copy()
    password = QGuiApplication.clipboard().text()
    assert password == panel._once.password.text()
    assert signs_in(server, clinic_db, "MEDICAL_ASSISTANT", password)
    assert not signs_in(server, clinic_db, "MEDICAL_ASSISTANT", "correct horse battery")


def test_web_sessions_are_ended(qtbot: QtBot, shell: FakeShell, workspace: Workspace, owner_url: str) -> None:
    unknown = account(qtbot, shell, workspace, DESK.user_id)  # a phone may open one at any time
    assert button(unknown, "End web and phone sessions").isEnabled()
    with psycopg.connect(owner_url) as owner:
        owner.execute(
            "INSERT INTO refresh_tokens (id, user_id, token, expires_at) VALUES ('t1', %s, 'x', '2030-01-01')",
            (DESK.user_id,),
        )
    panel = account(qtbot, shell, workspace, DESK.user_id)
    with qtbot.waitSignal(panel.finished):
        button(panel, "End 1 web session").click()
    assert person(workspace, DESK.user_id).sessions == 0


def test_a_mistyped_name_and_e_mail_are_corrected(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, server: Server, clinic_db: str
) -> None:
    made = elsewhere(
        partial(
            add_staff, workspace, email="robbin@quay.example", name="Robbin", roles=(Role.PROVIDER,), password=WORDS
        )
    )
    user_id = str(made.result["userId"])
    try:
        panel = account(qtbot, shell, workspace, user_id)
        assert not panel.dirty()
        button(panel, "Save name").click()
        assert panel.who.form.has_errors(), "nothing was changed"
        panel.who.name.setText("Robin")
        panel.who.email.setText("nobody")
        assert panel.dirty()
        button(panel, "Save name").click()
        qtbot.waitUntil(lambda: bool(panel.who.form._fields["email"].error))
        panel.who.email.setText("robin@quay.example")
        with qtbot.waitSignal(panel.finished):
            QTest.keyClick(panel.who.email, Qt.Key.Key_Return)
        now = person(workspace, user_id)
        assert (now.name, now.email) == ("Robin", "robin@quay.example")
        elsewhere(psycopg.connect, server.url(clinic_db, login_role("robin@quay.example"), WORDS)).close()
        with pytest.raises(psycopg.OperationalError):
            elsewhere(psycopg.connect, server.url(clinic_db, login_role("robbin@quay.example"), WORDS))
    finally:
        elsewhere(workspace.execute, DisableStaff(user_id=user_id))


def test_ones_own_e_mail_is_another_administrators_to_correct(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace
) -> None:
    panel = account(qtbot, shell, workspace, ADMIN.user_id)
    assert panel.who.email.isReadOnly()
    panel.who.name.setText("Another Name")
    with qtbot.waitSignal(panel.finished):
        button(panel, "Save name").click()
    assert person(workspace, ADMIN.user_id).name == "Another Name"

"""Backing up from the window, on a real embedded server: made, proved by restoring, and there to be restored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.cluster.backup import restore
from app.cluster.server import EmbeddedServer
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind, remember
from app.security.connection import Address, connection_parameters
from app.setup.backups import backup_state
from app.ui.areas.settings.backup_section import BackupSection
from app.ui.work.stall import StallWatchdog
from app.workspace.signin import open_workspace
from tests.cluster.conftest import Make, _cheap_key, folder, made_once, make
from tests.cluster.test_backup_clinic import ADMIN, ask, set_up
from tests.screens.views import settle
from tests.support.clinics import PASSWORD
from tests.support.shell import FakeShell
from tests.support.signed_in import shell_on

__all__ = ["_cheap_key", "folder", "made_once", "make"]
PASSPHRASE = "three plain words"
WAIT = 120_000


@pytest.fixture
def paths(folder: Path) -> Paths:
    """Where ``make`` puts its servers."""
    home = folder / "home"
    return Paths(home / "data", home / "config", home / "logs")


@pytest.fixture
def clinic(make: Make, paths: Paths) -> EmbeddedServer:
    """A clinic that is kept on this computer."""
    server = make()
    set_up(server.start())
    remember(paths, Profile(name=server.profile, kind=ProfileKind.EMBEDDED, title="Clinic 1"))
    return server


@pytest.fixture
def shell(clinic: EmbeddedServer) -> Iterator[FakeShell]:
    """The shell of its administrator."""
    info = clinic.start()
    address = Address(database=info.database, hosts=(info.host,), ports=(info.port,))
    parameters = connection_parameters(address, email=ADMIN.email, password=PASSWORD)
    with open_workspace(parameters, workstation="desk") as workspace:
        yield shell_on(workspace)


def test_back_up_now(  # the database is set up and restored on this thread: only the window is watched for stalls
    qtbot: QtBot,
    shell: FakeShell,
    clinic: EmbeddedServer,
    paths: Paths,
    tmp_path: Path,
    stall_watchdog: StallWatchdog,
) -> None:
    settle(300)
    stall_watchdog.stalls.clear()
    section = BackupSection(shell, paths)
    qtbot.addWidget(section)
    section.show()
    section.refresh()
    qtbot.waitUntil(lambda: "No backup is made yet" in section.state.text(), timeout=WAIT)
    section.folder.setText(str(tmp_path))
    for field in (section.passphrase, section.again):
        field.setFocus()
        QTest.keyClicks(field, PASSPHRASE)
    section.now.setFocus()
    QTest.keyClick(section.now, Qt.Key.Key_Space)
    assert section.step.text()
    assert not section.now.isEnabled()
    assert section.focusWidget() is section.stop, "the keyboard stays in the form"
    qtbot.waitUntil(lambda: bool(shell.toasts), timeout=WAIT)
    assert shell.toasts == ["The backup was made and proved by restoring it."]
    qtbot.waitUntil(lambda: "proved good" in section.state.text(), timeout=WAIT)
    (made,) = tmp_path.glob("*.mhabackup")
    assert section.now.isEnabled()
    assert section.focusWidget() is section.now
    assert (section.passphrase.text(), section.again.text()) == ("", ""), "no passphrase stays on the screen"
    profile = Profile(name=clinic.profile, kind=ProfileKind.EMBEDDED, title="Clinic 1")
    state = backup_state(paths, profile)
    assert state is not None
    assert (state.folder, state.due) == (tmp_path, False)
    assert b"Clinic 1" not in made.read_bytes()

    stall_watchdog.stop()
    assert not stall_watchdog.stalls, stall_watchdog.report()
    shell.workspace.close()
    info = clinic.start()
    with psycopg.connect(info.owner_url) as owner:
        owner.execute("UPDATE public.clinics SET name = 'Renamed'")
    restore(clinic, made, PASSPHRASE)
    assert ask(clinic.start(), "SELECT name FROM public.clinics") == [("Clinic 1",)]

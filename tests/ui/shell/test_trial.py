"""The window's own trial: it reports what works, and names what doesn't."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.kernel.errors import Refused, Unavailable
from app.ui.shell.shell import Shell
from app.ui.shell.trial import Trial
from app.ui.work import AreaPage, AreaSpec, ShellApi
from app.ui.work.stall import StallWatchdog
from tests.ui.conftest import open_shell
from tests.ui.shell.fakes import OWN, PASSWORD, FakeSessions, an_area, areas

Try = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def sessions() -> FakeSessions:
    return FakeSessions(OWN)


@pytest.fixture
def run(qtbot: QtBot, tmp_path: Path, sessions: FakeSessions, capsys: pytest.CaptureFixture[str],
        stall_watchdog: StallWatchdog) -> Iterator[Try]:  # fmt: skip
    """Carry out a trial on a window over fake services; returns the exit code and the report."""
    stall_watchdog.stop()  # the picture of the whole window is looked at pixel by pixel
    shells: list[Shell] = []

    def go(*specs: AreaSpec, password: str = PASSWORD, seconds: float = 60) -> tuple[int, dict[str, Any]]:
        shell = open_shell(qtbot, sessions, tmp_path, specs or areas()[:3])
        shells.append(shell)
        trial = Trial(shell, "dana@example.org", password, most_seconds=seconds)
        trial.begin()
        qtbot.waitUntil(lambda: not shell.window.isVisible(), timeout=90_000)
        capsys.readouterr()
        code = trial.report()
        return code, json.loads(capsys.readouterr().out)

    yield go
    for shell in shells:
        shell.window.close()


def test_everything_works(run: Try) -> None:
    code, report = run()
    assert (code, report["ok"], report["detail"], report["areas"]) == (0, True, "", 3)
    assert set(report["seconds"]) == {"shown", "ready", "signedIn"}


def test_nobody_gets_in(run: Try) -> None:
    code, report = run(password="wrong")
    assert (code, report["ok"], report["detail"]) == (1, False, "Nobody can sign in.")


def test_an_account_that_is_refused(run: Try, sessions: FakeSessions) -> None:
    sessions.sign_in_error = Refused("NoAccount", "This account has no access to the clinic any more.")
    assert run()[1]["detail"] == "Nobody can sign in."


def test_a_database_that_cannot_be_reached(run: Try, sessions: FakeSessions) -> None:
    sessions.start_error = Unavailable("ServerStartFailed", "It doesn't start.")
    code, report = run(seconds=2)
    assert (code, report["detail"]) == (1, "The sign-in page doesn't become ready.")


def test_a_database_that_never_answers(run: Try, sessions: FakeSessions) -> None:
    sessions.gate = threading.Event()
    code, report = run(seconds=1)
    sessions.gate.set()
    assert (code, report["detail"]) == (1, "The sign-in page doesn't become ready.")


def _broken(_api: ShellApi) -> AreaPage:
    raise LookupError("nothing that a report may show")


def test_an_area_with_a_bug(run: Try, qtbot: QtBot) -> None:
    broken = AreaSpec(key="broken", title="Today", icon="today", factory=_broken)
    with qtbot.capture_exceptions() as bugs:
        code, report = run(an_area(), broken)
    assert len(bugs) == 1
    assert (code, report["detail"], report["areas"]) == (1, "An area doesn't open.", 1)

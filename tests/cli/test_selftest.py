"""``selftest``: all of it for real, what it says when something is broken, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from app.cli.main import run
from app.cli.output import Output, TrialResult
from app.cli.selftest import line
from app.kernel.errors import Refused
from app.kernel.resources import resource
from app.setup import selftest as module
from app.setup.selftest import Check, State, display_environment, trial_home
from app.setup.selftest_clinic import TrialClinic

NAMES = ["program", "resources", "display", "fonts", "pdf", "keyring", "local store", "database", "tables", "clinic",
         "sign-in", "booking", "database ends", "clean-up"]  # fmt: skip
Call = Callable[..., tuple[int, dict[str, dict[str, str]]]]


@pytest.fixture
def scratch(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files go: a folder that the server's user can reach, empty before and after."""
    made = Path(tempfile.mkdtemp(prefix="s-", dir=os.environ["MHA_TEST_RUN"]))
    made.chmod(0o711)
    monkeypatch.setenv("TMPDIR", str(made))
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    yield made
    left = [str(file) for file in made.rglob("*")]
    assert left == []
    assert servers_in(made) == []
    made.rmdir()


@pytest.fixture
def call(scratch: Path, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run ``selftest --json``; returns the exit code and the checks by name."""

    def do(*more: str) -> tuple[int, dict[str, dict[str, str]]]:
        capsys.readouterr()
        code = run(["selftest", *more, "--json"])
        told: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert (told["ok"], told["message"] == "Everything works.") == (code == 0, code == 0)
        return code, {item["check"]: item for item in told["items"]}

    return do


def servers_in(folder: Path) -> list[psutil.Process]:
    """Processes whose command line names the folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if process.pid != os.getpid() and any(str(folder) in word for word in process.info["cmdline"] or ())
    ]


def test_a_checkout_passes_with_its_window(call: Call) -> None:
    code, checks = call("--window")
    failed = {name: one["detail"] for name, one in checks.items() if one["state"] == "failed"}
    assert failed == {}
    assert code == 0
    assert sorted(checks) == sorted([*NAMES, "window"])
    assert checks["keyring"]["state"] == "limited"  # tests have none
    assert "PostgreSQL" in checks["database"]["detail"]
    assert "offscreen" in checks["window"]["detail"]


def test_what_fails_is_named_and_the_rest_still_tried(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """No screen, and a database whose tables can't be made: what needs neither is tried, what needs them isn't."""

    def refuse(_self: TrialClinic) -> str:
        raise LookupError("no tables today")

    monkeypatch.setenv("QT_QPA_PLATFORM", "no-such-screen")
    monkeypatch.setattr(TrialClinic, "make_tables", refuse)
    code, checks = call("--window")
    assert code == 1
    assert list(checks) == NAMES
    not_tried = {"clinic", "sign-in", "booking"}
    failed = {name for name, one in checks.items() if one["state"] == "failed"}
    assert failed == {"display", "fonts", "pdf", "tables", *not_tried}
    assert checks["display"]["detail"]
    assert checks["tables"]["detail"] == "LookupError: no tables today"
    assert {checks[name]["detail"] for name in not_tried} == {"Not tried: what it needs has failed."}


def test_in_words_it_is_a_line_for_each_check_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert line(Check("pdf", State.FAILED, "A printed page stays empty.")) == (
        "failed  pdf             A printed page stays empty."
    )
    assert line(Check("clean-up", State.OK)) == "ok      clean-up"
    Output().result(TrialResult(ok=False, message="Failed: pdf", items=[{"check": "pdf"}], more=False))
    assert capsys.readouterr().out == "Failed: pdf\n"


def test_missing_files_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def without_icons(*parts: str) -> Path:
        return tmp_path if parts == ("icons",) else resource(*parts)

    monkeypatch.setattr(module, "resource", without_icons)
    with pytest.raises(Refused, match="install the program again"):
        module._resources()


def test_ended_half_way_it_leaves_nothing_behind(scratch: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "app.main", "selftest"], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    with process.stderr as told:
        for line in told:
            if line.split()[:2] == ["ok", "database"]:
                break
        assert servers_in(scratch) != []
        process.send_signal(signal.SIGTERM)
        rest = told.read()
    assert process.wait(60) == 1
    assert "Traceback" not in rest


def test_what_a_killed_trial_left_goes_with_the_next(scratch: Path) -> None:
    killed = subprocess.Popen(
        [sys.executable, "-c", _STARTS_AND_WAITS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "started\n"
        killed.kill()
    (left,) = scratch.iterdir()
    assert servers_in(left) != []
    with trial_home() as home:
        assert list(scratch.iterdir()) == [home]
        _, running = psutil.wait_procs(servers_in(left), timeout=30)  # told to end, one may still be about it
        assert running == []


_STARTS_AND_WAITS = """
import sys
from app.setup.selftest import _paths, trial_home
from app.setup.selftest_clinic import TrialClinic
with trial_home() as home, TrialClinic(_paths(home)) as clinic:
    clinic.start()
    print("started", flush=True)
    sys.stdin.read()
"""


def test_a_trial_under_way_is_left_alone(scratch: Path) -> None:
    with trial_home() as one, trial_home() as other:
        assert sorted(scratch.iterdir()) == sorted([one, other])


def test_without_a_screen_the_window_is_drawn_in_memory() -> None:
    linux = sys.platform.startswith("linux")
    assert display_environment({}) == ({"QT_QPA_PLATFORM": "offscreen"} if linux else {})
    assert display_environment({"DISPLAY": ":0"}) == {}
    assert display_environment({"WAYLAND_DISPLAY": "wayland-0"}) == {}
    assert display_environment({"QT_QPA_PLATFORM": "minimal"}) == {}


def test_the_trials_folder_goes_away_whatever_happens(scratch: Path) -> None:
    def interrupted() -> None:
        with trial_home() as home:
            (home / "file").write_text("x")
            assert list(scratch.iterdir()) == [home]
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(scratch.iterdir()) == []

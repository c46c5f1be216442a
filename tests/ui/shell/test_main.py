"""The entry: window or command line, nothing heavy before the window, and the window over a real clinic."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from app.kernel.log_file import log_to_file
from app.kernel.paths import Paths
from app.main import WindowOptions, window_options

HEAVY = ("sqlalchemy", "psycopg", "alembic", "numpy", "pyqtgraph", "fhir", "app.db", "app.cluster", "app.cli")


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        ([], WindowOptions()),
        (["--profile", "demo"], WindowOptions("demo")),
        (["--profile=demo", "--as", "dana@harbor.example"], WindowOptions("demo", "dana@harbor.example")),
        (["demo"], None),
        (["--json", "doctor"], None),
        (["--profile", "demo", "patients", "search", "x"], None),
        (["--help"], None),
    ],
)
def test_only_words_go_to_the_command_line(arguments: list[str], options: WindowOptions | None) -> None:
    assert window_options(arguments) == options


def test_words_are_carried_out_by_the_command_line(home: Path) -> None:
    code = "from app.main import main; print(main(['patients', 'search', 'x', '--json']))"
    answer, exit_code = _run(code, home).splitlines()
    assert '"NoProfile"' in answer
    assert exit_code == "1"


def _run(code: str, home: Path) -> str:
    environment = {**os.environ, "MHA_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_that_reaches_a_database_is_imported_before_the_window_shows(home: Path) -> None:
    code = f"""
import sys
from PySide6.QtWidgets import QApplication
from app.kernel.paths import Paths
from app.main import WindowOptions, build
app = QApplication([])
shell = build(app, Paths.from_environment(), WindowOptions())
shell.window.show()
app.processEvents()
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    assert _run(code, home).strip() == "[]"


@pytest.mark.parametrize("module", ["app.setup.connect", "app.setup.demo_profile", "app.ui.shell.demo_info"])
def test_people_can_sign_in_before_the_rooms_below_are_loaded(home: Path, module: str) -> None:
    """What makes a clinic ready for its sign-in page asks a few plain questions; the rest loads behind that page."""
    names = ("sqlalchemy", "alembic", "app.workspace.workspace", "app.commands.stores", "app.setup.demo.seed")
    code = f"import sys, {module}; print([name for name in {names!r} if name in sys.modules])"
    assert _run(code, home).strip() == "[]"


def test_the_command_line_needs_no_qt(home: Path) -> None:
    code = """
import sys
from app.main import main
main(["patients", "search", "x", "--json"])
print("Qt" if any(name.startswith("PySide6") for name in sys.modules) else "no Qt")
"""
    assert _run(code, home).splitlines()[-1] == "no Qt"


def test_a_whole_run_ends_cleanly_when_asked_to(home: Path) -> None:
    """Start the real program without any clinic, and end it as a terminal or a system would."""
    environment = {**os.environ, "MHA_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app.main"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    log = home / "logs" / "window.log"
    for _ in range(600):
        if log.exists() and "window open" in log.read_text(encoding="utf-8"):
            break
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0, output
    assert "Traceback" not in output
    assert (home / "config" / "window.json").exists(), "its place is remembered"


def test_a_disk_that_takes_no_log_costs_no_window(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    before = list(logging.getLogger().handlers)
    log_to_file(Paths(tmp_path / "data", tmp_path / "config", tmp_path / "logs"))
    assert logging.getLogger().handlers == before

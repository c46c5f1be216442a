"""Without a screen the program says so, by the exit code of a refusal; Qt's own way is to end with an abort."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from app.kernel.program import own_command, screen_missing


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The program where neither a screen nor a platform of Qt is named."""
    hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    environment["MHA_HOME"] = str(home)
    return subprocess.run(
        own_command(*arguments), env=environment, capture_output=True, text=True, timeout=120, check=False
    )


pytestmark = pytest.mark.skipif(os.name != "posix", reason="a window always has a screen there")


def test_the_demo_is_refused_in_json_before_anything_is_made(tmp_path: Path) -> None:
    done = run(tmp_path / "home", "demo", "--json")
    assert done.returncode == 1, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["error"], "--no-window" in answer["message"]) == ("NoScreen", True)
    assert "Abort" not in done.stderr
    assert not list(tmp_path.rglob("profiles*")), "no profile was remembered"


def test_the_window_says_so_too(tmp_path: Path) -> None:
    done = run(tmp_path / "home")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "There is no screen here to open a window on."


@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_any_way_to_a_screen_will_do(name: str) -> None:
    assert not screen_missing({name: ":0"})

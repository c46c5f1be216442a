"""One process at a time holds the store, whatever becomes of it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.kernel.errors import Refused
from app.sync.single import LOCK, SingleInstance

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from pathlib import Path
from app.sync.single import SingleInstance
one = SingleInstance(Path(sys.argv[1]))
print(one.acquire(), flush=True)
sys.stdin.readline()
print(one.was_called(), one.was_called(), flush=True)
sys.stdin.readline()
"""


def holder(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLDER, str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_the_second_process_is_told_and_may_call_the_first(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        assert first.stdin is not None
        assert first.stdout is not None
        assert first.stdout.readline() == "True\n"
        second = SingleInstance(tmp_path)
        assert not second.acquire()
        with pytest.raises(Refused) as caught:
            second.require()
        assert (caught.value.code, caught.value.field) == ("StoreInUse", "store")
        assert caught.value.data["process"] == second.holder() == first.pid
        second.ask_forward()
        first.stdin.write("\n")
        first.stdin.flush()
        assert first.stdout.readline() == "True False\n"
        first.stdin.close()
    assert second.acquire()
    second.release()


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "True\n"
        first.send_signal(signal.SIGKILL)
        first.wait()
        with SingleInstance(tmp_path) as second:
            assert second.holder() == os.getpid()


def test_two_in_one_process_are_two_as_well(tmp_path: Path) -> None:
    one, other = SingleInstance(tmp_path / "clinic"), SingleInstance(tmp_path / "clinic")
    assert one.acquire()
    assert one.acquire()
    assert not other.acquire()
    one.release()
    one.release()
    assert other.acquire()
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "clinic" / LOCK).stat().st_mode) == 0o600
    other.release()
    assert (tmp_path / "clinic" / LOCK).exists()


def test_nobody_holds_what_nobody_took(tmp_path: Path) -> None:
    assert SingleInstance(tmp_path).holder() is None
    assert not SingleInstance(tmp_path).was_called()

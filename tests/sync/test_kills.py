"""Real processes at a real store are killed with -9 at random points: what was accepted is there, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from random import Random
from typing import IO

from sqlalchemy import text

from tests.support.desk import Desk
from tests.support.postgres import Server
from tests.support.station import differences
from tests.sync.kill_worker import SealedStation

ROOT = Path(__file__).resolve().parents[2]
KILLS = 12

_TWICE = (
    "SELECT command_id FROM desktop.audit WHERE command_id IN (SELECT id FROM desktop.applied_command) "
    "GROUP BY command_id HAVING count(DISTINCT xid::text) > 1"
)


class Worker:
    """The process that works, and what it said before it was killed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        self._process = process
        self.told: dict[str, str] = {}

    def work_and_die(self, seed: int, lines: int, moment: float) -> int:
        """Let it say so many lines and a moment more, then kill it; returns how many lines it said."""
        self._in.write(f"{seed}\n")
        self._in.flush()
        child = int(self._line().split()[1])
        said = 0
        while said < lines:
            assert not self._line().startswith("dead"), "it fell over by itself: see the error output"
            said += 1
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(moment)
        os.kill(child, signal.SIGKILL)
        while not self._line().startswith("dead"):
            said += 1
        return said

    def _line(self) -> str:
        line = self._out.readline().strip()
        assert line, "the worker is gone"
        word, _, command_id = line.partition(" ")
        if word in ("given", "accepted", "refused", "unknown"):
            self.told[command_id] = word
        return line


@contextmanager
def worker(*arguments: str) -> Iterator[Worker]:
    command = [sys.executable, "-m", "tests.sync.kill_worker", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Worker(process)
        assert process.stdin is not None
        process.stdin.close()


def test_killed_again_and_again_nothing_is_lost_and_nothing_done_twice(
    server: Server, clinic: Desk, clinic_name: str, tmp_path: Path
) -> None:
    clinic.slots("06:00", 48)
    here = SealedStation(server, clinic_name, "ws-1", tmp_path, clinic.clock, "desk")
    here.enrol()
    here.close()
    random = Random(20260504)
    with worker(str(server.folder), clinic_name, str(tmp_path), clinic.clock.now().isoformat()) as process:
        said = [process.work_and_die(seed, random.randrange(1, 25), random.random() / 20) for seed in range(KILLS)]
    assert sum(said) > KILLS
    told = process.told
    assert list(told.values()).count("accepted") > KILLS, "there was something to lose"

    here = SealedStation(server, clinic_name, "ws-1", tmp_path, clinic.clock, "desk")
    try:
        here.engine.sync_now()
        assert problems(clinic, here, told) == []
        assert clinic.rows(text(_TWICE)) == []
        assert differences(here) == []
        assert here.engine.status().waiting == 0
    finally:
        here.close()


def problems(clinic: Desk, here: SealedStation, told: dict[str, str]) -> list[str]:
    """Commands that aren't in exactly one place, or that were done although the person was told they weren't."""
    applied = {row.id for row in clinic.rows(text("SELECT id FROM desktop.applied_command"))}
    states = {row.id: row.state for row in here.rows(text("SELECT id, state FROM journal"))}
    found = []
    for command_id, word in told.items():
        kept = states.get(command_id) in ("PENDING", "ATTENTION", "BLOCKED")
        if word == "accepted" and (command_id in applied) + kept != 1:
            found.append(f"accepted {command_id} is {states.get(command_id)}, applied: {command_id in applied}")
        if word == "refused" and command_id in applied:
            found.append(f"refused {command_id} was applied")
    return found

"""Works at an enrolled workstation with an encrypted store until it is killed; tells on its output what it was told.

Everything is imported once; each line of input makes a child that works. Not a test: run by ``test_kills``.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random
from urllib.parse import quote

from app.kernel.clock import FixedClock
from app.kernel.errors import AppError, Unavailable
from app.kernel.ids import new_cuid, new_uuid
from app.sync.file import open_store
from tests.support.station import Station
from tests.support.store_rows import KEY
from tests.sync.people import random_command


class SealedStation(Station):
    """A workstation whose store is the real, encrypted one."""

    def boot(self) -> None:
        """Open the store; it may have been killed in the middle of anything."""
        self.local = open_store(self.path / self.name / "store.db", KEY, self.clock, create=True)
        self.sit_down(self.person)


@dataclass(frozen=True)
class Where:
    """The way to the server."""

    folder: str

    def url(self, database: str, user: str, password: str) -> str:
        """A libpq URL."""
        return f"postgresql://{quote(user, safe='')}:{quote(password, safe='')}@/{database}?host={quote(self.folder)}"


def tell(*words: str) -> None:
    """One line, gone at once: what was told before a kill counts."""
    os.write(1, (" ".join(words) + "\n").encode())


def give(station: Station, random: Random) -> None:
    """Give one command and tell what came of it."""
    command = random_command(random, new_cuid, station)
    if command is None:
        return
    command_id = new_uuid()
    tell("given", command_id)
    try:
        station.run(command, command_id=command_id)
    except Unavailable:
        tell("unknown", command_id)
    except AppError:
        tell("refused", command_id)
    else:
        tell("accepted", command_id)


def work(folder: str, database: str, path: str, now: str, seed: int) -> None:
    """Commands, lost lines and syncs, for ever."""
    random = Random(seed)
    clock = FixedClock(datetime.fromisoformat(now))
    station = SealedStation(Where(folder), database, "ws-1", Path(path), clock, "desk")  # type: ignore[arg-type]
    tell("open")
    while True:
        chance = random.random()
        if chance < 0.7:
            give(station, random)
            continue
        station.remote.cut(chance > 0.9)
        try:
            station.engine.sync_now()
        except AppError as error:
            station.engine.lost(error)
        tell("synced")


def main() -> None:
    """Make a child for each line: its number is the seed."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 3
            try:
                folder, database, path, now = sys.argv[1:]
                work(folder, database, path, now, int(line))
            finally:
                os._exit(code)
        tell("child", str(child))
        os.waitpid(child, 0)
        tell("dead", str(child))


if __name__ == "__main__":
    main()

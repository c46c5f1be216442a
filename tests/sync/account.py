"""What people were told of their commands, kept outside every store, and exactly what may be lost of it.

A command lives in its workstation's journal and, once it was sent or given up, on the server. It may be lost only with
the last of the places that know it: when a disk is destroyed or an old copy of it put back, and when the server is put
back to an earlier day. Whatever one of them still knows must be found afterwards in exactly one state.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import text

from app.sync.model import EntryState
from tests.support.desk import Desk
from tests.support.station import Station

_ON_SERVER = "SELECT id FROM desktop.applied_command UNION ALL SELECT id FROM desktop.discarded_command"
_IN_STORE = "SELECT id FROM journal WHERE state <> 'REFUSED'"
_KEPT = (EntryState.ATTENTION, EntryState.BLOCKED, EntryState.PENDING)


def known_to_server(clinic: Desk) -> set[str]:
    """The commands that the server has applied, or been told to be given up."""
    return {row.id for row in clinic.rows(text(_ON_SERVER))}


def known_to_store(station: Station) -> set[str]:
    """The commands that a workstation's journal can still account for, read past the program, which may be dying."""
    with closing(sqlite3.connect(station.path / f"{station.name}.db")) as file:
        return {row[0] for row in file.execute(_IN_STORE)}


@dataclass
class Account:
    """``told``: command → "accepted", "refused" or "unknown". ``lost``: those that no place knows any more.

    ``certain``: command → workstation, for bookings on times that were kept there: nobody may have come before them.
    """

    told: dict[str, str] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    certain: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def losing(self, known: Callable[[], set[str]]) -> Iterator[None]:
        """Something is destroyed or put back: what was ``known`` before and isn't afterwards may be lost, no more.

        What comes back with a copy or a backup has to be accounted for again.
        """
        before = known()
        yield
        after = known()
        self.lost = (self.lost | (before - after)) - after

    def uncertain(self, workstation: str | None = None) -> None:
        """What was booked as certain isn't any more: there (None: anywhere)."""
        self.certain = {one: at for one, at in self.certain.items() if workstation not in (None, at)}

    def problems(self, clinic: Desk, stations: Iterable[Station]) -> list[str]:
        """Where I2 doesn't hold: every accepted command is applied, kept or given up, and only one of these."""
        applied = {row.id for row in clinic.rows(text("SELECT id FROM desktop.applied_command"))}
        discarded = {row.id for row in clinic.rows(text("SELECT id FROM desktop.discarded_command"))}
        states: dict[str, str] = {}
        for station in stations:
            states.update({row.id: row.state for row in station.rows(text("SELECT id, state FROM journal"))})
        found = []
        for command_id, told in self.told.items():
            state = states.get(command_id)
            given_up = command_id in discarded or state == EntryState.DISCARDED
            places = [command_id in applied, state in _KEPT and not given_up, given_up]
            least = 1 if told == "accepted" and command_id not in self.lost else 0
            if not least <= sum(places) <= 1:
                found.append(f"I2 {told} {command_id} is {state}, applied/kept/discarded: {places}")
            if told == "refused" and command_id in applied:
                found.append(f"I2 refused {command_id} was applied")
        return found

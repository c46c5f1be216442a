"""How a workstation stands to its server for one person: counted from the journal, told to whoever listens."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.commands.registry import Actor
from app.db.local import LocalDatabase
from app.domain.enums import Role
from app.kernel.clock import Clock
from app.sync import journal, meta
from app.sync.attention import orphaned
from app.sync.line import Line
from app.sync.model import Reading, SyncMode, SyncStatus


class Standing:
    """The present state. Any thread may ask and change it; instants are aware UTC."""

    def __init__(self, local: LocalDatabase, who: Actor, clock: Clock) -> None:
        self.changed: list[Callable[[SyncStatus], None]] = []
        self.line = Line()
        self._local, self._who, self._clock = local, who, clock
        self._lock = threading.Lock()
        self.status = SyncStatus(SyncMode.OFFLINE, since=clock.now())
        self.count()

    @property
    def online(self) -> bool:
        """Whether questions and commands go to the server."""
        return self.status.mode is SyncMode.ONLINE

    def count(self) -> None:
        """Count anew what waits and needs a decision, without telling."""
        with self._local.reading() as session:
            connection = session.connection()
            waiting, others, attention = journal.counts(connection, self._who.user_id)
            passing = journal.in_passing(connection, self._who.user_id) if waiting or others else (0, 0)
            as_of = meta.get(connection, meta.AS_OF)
            self.line.reading = Reading(meta.get(connection, meta.READING, Reading.AUTOMATIC))
            left = orphaned(connection) if Role.ADMIN in self._who.roles else 0
        with self._lock:
            self.status = replace(
                self.status, waiting=waiting, others_waiting=others - left, attention=attention + left,
                in_passing=passing[0], others_in_passing=passing[1],
                as_of=datetime.fromisoformat(as_of) if as_of else None,
                near=self.line.near, reading=self.line.reading,
            )  # fmt: skip

    def enter(self, mode: SyncMode, **values: Any) -> bool:
        """Change to a mode (or stay in it) and tell; returns whether the workstation was online before."""
        with self._lock:
            before = self.status
            values["since"] = before.since if mode is before.mode else self._clock.now()
            self.status = replace(before, mode=mode, **values)
        self.tell()
        return before.mode is SyncMode.ONLINE

    def note_trip(self, seconds: float) -> None:
        """Remember how long the line took there and back; tells when that made it slow, or quick again."""
        if self.line.note(seconds):
            with self._lock:
                self.status = replace(self.status, slow=self.line.slow, near=self.line.near)
            self.tell()

    def tell(self) -> None:
        """Tell everybody who listens how things stand."""
        for callback in tuple(self.changed):
            callback(self.status)

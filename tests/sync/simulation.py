"""Five workstations, a server and a day on which everything goes wrong; the same seed gives the same day.

Run by the tests with fixed seeds, and by ``make sim SEED=… COMMANDS=…`` for as long as wanted.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

import psycopg
from sqlalchemy import text

from app.commands.leases import SetOfflineLeases
from app.kernel.errors import AppError, Unavailable
from app.sync import journal, meta
from app.sync.model import EntryState
from app.workspace.versions import CLIENT_VERSION, SCHEMA_VERSION
from tests.support.desk import Desk, login_of
from tests.support.mortal import Fate, Killed
from tests.support.postgres import Server
from tests.support.station import Station, differences
from tests.support.wire import Message, Wire
from tests.sync.people import random_command

ROUNDS = 8
"""How often at most people are asked to decide what is open."""
SITTING = ("desk", "desk2", "okafor", "chen")


@dataclass
class Simulation:
    """One run. ``log`` is kept outside every store: what people were told of their commands."""

    server: Server
    clinic: Desk
    database: str
    folder: Path
    wire: Wire
    seed: int
    workstations: int = 5
    log: dict[str, str] = field(default_factory=dict)
    seen: Counter[str] = field(default_factory=Counter)
    disabled: str | None = None
    backup: str | None = None
    certain: set[str] = field(default_factory=set)
    """Bookings of today on times that were kept: nobody may have come before them."""
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.ids = Random(self.seed + 1)
        self.stations = [self._station(number) for number in range(self.workstations)]
        self.clinic.admin.run(SetOfflineLeases(share=0.2))
        self.clinic.admin.store.close()  # nobody but the workstations is connected while the server is saved
        self.clinic.people.clear()
        for station in self.stations:
            station.enrol()

    def _station(self, number: int) -> Station:
        return Station(
            self.server, self.database, f"ws-{number}", self.folder, self.clinic.clock,
            SITTING[number % len(SITTING)], through=self.wire.through, fate=Fate(),
        )  # fmt: skip

    def new_id(self) -> str:
        """An id that the seed decides."""
        return f"{self.ids.getrandbits(128):032x}"

    # A day

    def run(self, commands: int) -> None:
        """Let so many commands be given, with everything that happens between them."""
        given = 0
        while given < commands:
            station = self.random.choice(self.stations)
            chance = self.random.random()
            if chance < 0.72:
                self._survives(station, partial(self._work, station))
                given += 1
            elif chance < 0.84:
                self._survives(station, partial(self._sync, station))
            else:
                self._something_happens(station)
            self._time_passes()

    def _time_passes(self) -> None:
        """A few seconds; when the evening comes, the next morning with new times to book."""
        now = self.clinic.clock.now()
        if now.hour < 20:
            self.clinic.clock.advance(timedelta(seconds=self.random.randrange(20)))
        else:
            self.clinic.clock.advance(timedelta(hours=11))
            self.certain.clear()
            day = self.clinic.clock.now().date()
            for provider in ("p-okafor", "p-chen"):
                start = datetime.combine(day, time(9))
                for number in range(24):
                    self.clinic.slot(f"{start + timedelta(minutes=20 * number):%H:%M}", 20, provider, day=day)
        self.clinic.set_database_clock()

    def _work(self, station: Station) -> None:
        with station.local.reading() as session:
            if meta.get(session.connection(), meta.INCARNATION) is None:
                return  # entered anew and not filled yet: nobody is let in
        command = random_command(self.random, self.new_id, station)
        if command is None:
            return
        command_id = self.new_id()
        self.log[command_id] = "unknown"
        kind = type(command).__name__
        try:
            outcome = station.run(command, command_id=command_id)
        except Unavailable as error:
            self.seen[f"{kind} {error.code}"] += 1
            return
        except AppError as error:
            self.log[command_id] = "refused"
            self.seen[f"{kind} {error.code}"] += 1
            return
        self.log[command_id] = "accepted"
        if outcome.result.get("certain"):
            self.certain.add(command_id)
            self.seen["certain"] += 1
        self.seen[kind] += 1

    def _sync(self, station: Station) -> None:
        try:
            station.engine.sync_now()
        except AppError as error:
            self.seen[f"sync {error.code}"] += 1
            station.engine.lost(error)

    def _survives(self, station: Station, action: Callable[[], None]) -> None:
        try:
            action()
        except Killed:
            self.seen["killed"] += 1
            station.die()
            station.boot()
        finally:
            self.wire.cut_when = None

    def _something_happens(self, station: Station) -> None:
        happening = self.random.choices(
            [self._cut, self._doom, self._lose_answer, self._sit_down, self._backend, self._prune, self._disable,
             self._upgrade, self._save_or_restore, self._decide, self._copy_or_put_back, self._revoke],
            [30, 20, 25, 20, 15, 4, 3, 3, 3, 12, 4, 2],
        )[0]  # fmt: skip
        self.seen[happening.__name__] += 1
        self._survives(station, partial(happening, station))

    def _cut(self, station: Station) -> None:
        station.remote.cut(self.random.random() < 0.6)

    def _doom(self, station: Station) -> None:
        assert station.fate is not None
        station.fate.steps, station.fate.after = self.random.randrange(1, 120), self.random.random() < 0.5

    def _lose_answer(self, station: Station) -> None:
        """The line breaks at a COMMIT: before it arrives, or before its answer does."""
        before = self.random.random() < 0.5

        def at_commit(message: Message) -> bool:
            if before:
                return message.from_client and b"COMMIT" in message.body
            return not message.from_client and message.kind == b"C" and message.body.startswith(b"COMMIT")

        self.wire.cut_when = at_commit
        self._work(station)

    def _sit_down(self, station: Station) -> None:
        person = self.random.choice([one for one in SITTING if one != self.disabled])
        cut = station.remote._cut
        station.sit_down(person)
        station.remote.cut(cut)

    def _backend(self, _: Station) -> None:
        """A program that doesn't know us takes a free slot, or changes a patient."""
        slots = self.clinic.rows(text(_UNTOUCHED))
        if slots and self.random.random() < 0.6:
            slot = self.random.choice(slots)
            self.clinic.backend_visit(slot.id, self.random.choice(("lis", "roux", "brandt")))
            return
        self.clinic.write(text(_RENAME).bindparams(name=f"Lis {self.random.randrange(100)}"))

    def _prune(self, _: Station) -> None:
        with psycopg.connect(self.server.owner_url(self.database), autocommit=True) as owner:
            owner.execute("UPDATE desktop.change SET at = at - interval '9 days'")
            owner.execute("SELECT desktop.prune('2 days')")

    def _disable(self, _: Station) -> None:
        """An account is disabled; or the one that was is let in again."""
        with self._admin() as admin:
            if self.disabled is not None:
                admin.execute("SELECT desktop.enable_staff(%s)", (f"u-{self.disabled}",))
                self.disabled = None
                return
            self.disabled = self.random.choice(SITTING)
            admin.execute("SELECT desktop.disable_staff(%s)", (f"u-{self.disabled}",))

    def _admin(self) -> psycopg.Connection:
        url = self.server.url(self.database, login_of("admin").login, "correct horse battery")
        return psycopg.connect(url, autocommit=True)

    def _upgrade(self, _: Station) -> None:
        """The clinic's server wants newer programs; the workstations get them one by one."""
        with psycopg.connect(self.server.owner_url(self.database), autocommit=True) as owner:
            owner.execute("UPDATE desktop.installation SET min_client = min_client + 1")
        for station in self.stations:
            if self.random.random() < 0.7:
                self._install(station)

    def _install(self, station: Station) -> None:
        with psycopg.connect(self.server.owner_url(self.database)) as owner:
            (row,) = owner.execute("SELECT min_client FROM desktop.installation").fetchall()
        station.versions = (SCHEMA_VERSION, max(CLIENT_VERSION, row[0]))
        station.sit_down(station.person)

    def _save_or_restore(self, _: Station) -> None:
        """The server is saved; or put back as it was when it was saved."""
        for station in self.stations:
            station.remote.engine.dispose()
        self.clinic.engine.dispose()
        if self.backup is None:
            self.backup = self.server.create("backup", template=self.database)
            return
        self.server.drop(self.database)
        with self.server.admin() as admin:
            admin.execute(f"ALTER DATABASE {self.backup} RENAME TO {self.database}".encode())
        self.server.hand_logins_to(self.database)
        self.backup = None
        self.certain.clear()
        with psycopg.connect(self.server.owner_url(self.database), autocommit=True) as owner:
            owner.execute("UPDATE desktop.installation SET system_identifier = 'another'")
            owner.execute("SELECT desktop.adopt_restored()")
        self._align_accounts()

    def _align_accounts(self) -> None:
        """Logins belong to the cluster and were not restored: the administrator puts accounts right."""
        with self._admin() as admin:
            for name in SITTING:
                verb = "disable" if name == self.disabled else "enable"
                admin.execute(f"SELECT desktop.{verb}_staff(%s)".encode(), (f"u-{name}",))

    def _copy_or_put_back(self, station: Station) -> None:
        """A workstation's disk is copied; or the copy put back, and what was done in between is gone from it."""
        station.die()
        kept, here = self.folder / f"copy-{station.name}", [*self.folder.glob(f"{station.name}.db*")]
        if not kept.exists():
            kept.mkdir()
            for file in here:
                shutil.copy(file, kept)
            station.boot()
            return
        station.boot()
        before = self._unsent(station)
        station.die()
        for file in here:
            file.unlink(missing_ok=True)
        for file in kept.iterdir():
            shutil.copy(file, self.folder)
        shutil.rmtree(kept)
        station.boot()
        self._lose(before - self._unsent(station))

    def _revoke(self, station: Station) -> None:
        """A workstation is taken out of service and its store destroyed; then it is entered anew."""
        with self._admin() as admin:
            admin.execute("SELECT desktop.revoke_workstation(%s)", (station.name,))
        station.remote.cut(False)
        self._sync(station)
        self._lose(self._unsent(station))
        station.die()
        shutil.rmtree(self.folder / f"copy-{station.name}", ignore_errors=True)
        for file in self.folder.glob(f"{station.name}.db*"):
            file.unlink()
        station.boot()
        station.admit()
        self._sync(station)

    def _unsent(self, station: Station) -> set[str]:
        """What only this store knows; while the server may be put back to an earlier day, all that it ever did.

        That somebody gave a command up is known to store and server too: where the server was put back to before and
        hasn't been told again, or may still be put back, there is nobody left to ask.
        """
        states = [EntryState.PENDING, EntryState.ATTENTION, EntryState.BLOCKED]
        if self.backup is not None:
            states += [EntryState.ACKED, EntryState.DONE, EntryState.DISCARDED]
        with station.local.reading() as session:
            connection = session.connection()
            known = {entry.id for entry in journal.entries(connection, states)}
            given_up = {entry.id for entry in journal.entries(connection, [EntryState.DISCARDED])}
        told = {row.id for row in self.clinic.rows(text("SELECT id FROM desktop.discarded_command"))}
        return known | (given_up - told)

    def _lose(self, ids: set[str]) -> None:
        """With a disk goes what only it knew; nothing may be said of these commands but that none is done twice."""
        for command_id in ids:
            self.log.pop(command_id, None)
        self.certain.clear()

    def _decide(self, station: Station) -> None:
        """Somebody works through what needs attention."""
        sync = station.sync
        for item in sync.attention():
            if item.id in self.certain and item.code == "SlotTaken":
                self.broken.append(f"certain {item.id} was not: {item.message}")
            try:
                if item.adoptable and self.random.random() < 0.5:
                    sync.adopt(item.id)
                elif self.random.random() < 0.3:
                    sync.retry(item.id)
                else:
                    sync.discard(item.id, "given up")
            except AppError as error:
                self.seen[f"decide {error.code}"] += 1

    # Afterwards

    def heal(self) -> None:
        """Lines, programs and accounts are whole again; everybody signs in once more and decides what is open."""
        self.wire.cut_when = None
        if self.disabled is not None:
            self._disable(self.stations[0])
        for station in self.stations:
            station.fate = Fate()
            station.die()
            station.boot()
            self._install(station)
        for station in self.stations:
            for _ in range(ROUNDS):
                waiting = self._undecided(station)
                if not waiting:
                    break
                for name in (*(name for name in SITTING if f"u-{name}" in waiting), "admin"):
                    station.sit_down(name)
                    station.engine.sync_now()
                    self._decide(station)

    def _undecided(self, station: Station) -> set[str]:
        """Whose commands wait at a workstation, or for a decision."""
        states = (EntryState.PENDING, EntryState.ACKED, EntryState.ATTENTION, EntryState.BLOCKED)
        with station.local.reading() as session:
            return {entry.actor.user_id for entry in journal.entries(session.connection(), states)}

    def problems(self) -> list[str]:
        """What is wrong afterwards, by invariant; nothing when all is well."""
        found = [*self.broken]
        found += [f"I1 overlap {row}" for row in self.clinic.rows(text(_OVERLAPS))]
        found += self._lost_or_doubled()
        found += [f"I3 done twice: {row}" for row in self.clinic.rows(text(_TWICE))]
        for station in self.stations:
            for name in ("desk", "okafor", "admin"):
                station.sit_down(name)
                station.engine.sync_now()
                found += [f"I4 {station.name} {name}: {one}" for one in differences(station)]
        found += [f"I6 {row}" for row in self.clinic.rows(text("SELECT * FROM desktop.feed_check()"))]
        return found

    def _lost_or_doubled(self) -> list[str]:
        applied = {row.id for row in self.clinic.rows(text("SELECT id FROM desktop.applied_command"))}
        discarded = {row.id for row in self.clinic.rows(text("SELECT id FROM desktop.discarded_command"))}
        states: dict[str, str] = {}
        for station in self.stations:
            rows = station.rows(text("SELECT id, state FROM journal"))
            states.update({row.id: row.state for row in rows})
        found = []
        for command_id, told in self.log.items():
            state = states.get(command_id)
            given_up = command_id in discarded or state == EntryState.DISCARDED
            kept = state in (EntryState.ATTENTION, EntryState.BLOCKED, EntryState.PENDING) and not given_up
            places = [command_id in applied, kept, given_up]
            if told == "accepted" and sum(places) != 1:
                found.append(f"I2 accepted {command_id} is {state}, applied/kept/discarded: {places}")
            if told == "refused" and command_id in applied:
                found.append(f"I2 refused {command_id} was applied")
        return found

    def close(self) -> None:
        """Hang up."""
        for station in self.stations:
            station.close()
        if self.backup is not None:
            self.server.drop(self.backup)


_UNTOUCHED = """
SELECT s.id, s.provider_id FROM visit_slots s WHERE s.status = 'FREE'
AND NOT EXISTS (SELECT FROM visits v WHERE v.slot_id = s.id) ORDER BY s.id
"""
"""The backend's own rule: one visit to a slot."""
_RENAME = "UPDATE patients SET last_name = :name, updated_at = updated_at + interval '1 ms' WHERE id = 'pat-lis'"
_OVERLAPS = """
SELECT a.slot_id, b.slot_id FROM desktop.slot_claim a JOIN desktop.slot_claim b
ON a.provider_id = b.provider_id AND a.slot_id < b.slot_id AND a.during && b.during
AND NOT a.overbook AND NOT b.overbook
"""
_TWICE = """
SELECT command_id, count(DISTINCT xid::text) FROM desktop.audit WHERE command_id IS NOT NULL
AND command_id IN (SELECT id FROM desktop.applied_command) GROUP BY command_id HAVING count(DISTINCT xid::text) > 1
"""

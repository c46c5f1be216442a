"""Five workstations, a server and a day on which everything goes wrong; the same seed gives the same day.

Run by the tests with fixed seeds, and by ``make sim SEED=… COMMANDS=…`` for as long as wanted. What happens beside
people's work is in ``troubles.py``, what must hold in ``verdict.py``, what may be lost in ``account.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from random import Random

from sqlalchemy import insert, text

from app.commands.core import Outcome
from app.commands.leases import SetOfflineLeases
from app.db.models import SlotDetail, VisitSlot
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode
from app.kernel.clock import OffsetClock
from app.kernel.errors import AppError, Unavailable
from app.sync import journal, meta
from app.sync.model import EntryState
from app.workspace.versions import SCHEMA_VERSION
from tests.support.desk import ZONE, Desk
from tests.support.mortal import Fate, Killed
from tests.support.postgres import Server
from tests.support.station import Station
from tests.support.wire import Wire
from tests.sync.account import Account, known_to_server, known_to_store
from tests.sync.people import random_command

ROUNDS = 8
"""How often at most people are asked to decide what is open."""
SITTING = ("desk", "desk2", "okafor", "chen")
PROVIDERS = ("p-okafor", "p-chen")
MORNING, EVENING = time(7), 19
"""When a day begins, and the hour after which it ends (UTC)."""
SYNCS, TROUBLE = 0.12, 0.16
"""How often somebody sends and fetches, and how often something goes wrong; else somebody gives a command."""
UNDECIDED = (EntryState.PENDING, EntryState.ACKED, EntryState.ATTENTION, EntryState.BLOCKED)


@dataclass
class Simulation:
    """One run; ``trouble`` happens to a workstation, ``seen`` counts what came of everything."""

    server: Server
    clinic: Desk
    database: str
    folder: Path
    wire: Wire
    seed: int
    workstations: int = 5
    account: Account = field(default_factory=Account)
    seen: Counter[str] = field(default_factory=Counter)
    disabled: str | None = None
    backup: str | None = None
    schema: int = SCHEMA_VERSION
    given: int = 0
    trusted: set[str] = field(init=False)
    """Workstations whose kept times the server agreed to since either was put back."""
    broken: list[str] = field(default_factory=list)
    """What was found wrong on the way."""

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.ids = Random(self.seed + 1)
        self.stations = [self._station(number) for number in range(self.workstations)]
        self.open_day()
        self.clinic.admin.run(SetOfflineLeases(share=0.2))
        self.clinic.admin.store.close()  # nobody but the workstations is connected while the server is saved
        self.clinic.people.clear()
        for station in self.stations:
            station.enrol()
        self.trusted = {station.name for station in self.stations}

    def _station(self, number: int) -> Station:
        clock = OffsetClock(timedelta(), self.clinic.clock)
        return Station(
            self.server, self.database, f"ws-{number}", self.folder, clock, SITTING[number % len(SITTING)],
            through=self.wire.through, fate=Fate(),
        )  # fmt: skip

    def new_id(self) -> str:
        """An id that the seed decides."""
        return f"{self.ids.getrandbits(128):032x}"

    # A day

    def run(self, commands: int, trouble: Callable[[Station], None], tell: Callable[[], None] = lambda: None) -> None:
        """Let so many commands be given, with everything that happens between them; ``tell`` hears of each."""
        until = self.given + commands
        while self.given < until:
            station = self.random.choice(self.stations)
            chance = self.random.random()
            if chance < TROUBLE:
                self.survives(station, partial(trouble, station))
            elif chance < TROUBLE + SYNCS:
                self.survives(station, partial(self.sync, station))
            else:
                self.survives(station, partial(self.work, station))
                self.given += 1
                tell()
            self._time_passes()

    def _time_passes(self) -> None:
        """A few seconds; when the evening comes, the next morning."""
        clock = self.clinic.clock
        if clock.now().hour < EVENING:
            clock.advance(timedelta(seconds=self.random.randrange(60)))
            self.clinic.set_database_clock()
        else:
            self.night()

    def night(self) -> None:
        """The next morning has come, with new times to book; what was kept for the day that is over isn't any more."""
        clock = self.clinic.clock
        clock.set(datetime.combine(clock.now().date() + timedelta(days=1), MORNING, tzinfo=UTC))
        self.clinic.set_database_clock()
        self.account.uncertain()
        self.open_day()
        self.seen["night"] += 1

    def open_day(self) -> None:
        """The grid of the day, unless it is there: times of 20 minutes."""
        now = self.clinic.clock.now()
        start = datetime.combine(now.date(), MORNING, tzinfo=UTC)
        there = text("SELECT 1 FROM desktop.slot_detail d JOIN visit_slots s ON s.id = d.slot_id "
                     "WHERE d.origin = 'grid' AND s.start_time::date = :day LIMIT 1")  # fmt: skip
        if self.clinic.rows(there.bindparams(day=now.date())):
            return
        rows = [(self.new_id(), provider, start + timedelta(minutes=20 * number))
                for provider in PROVIDERS for number in range(36)]  # fmt: skip
        stamps = {"created_at": now, "updated_at": now}
        slots = [{"id": key, "provider_id": provider, "start_time": at, "end_time": at + timedelta(minutes=20),
                  "visit_mode": VisitMode.IN_PERSON, "status": SlotStatus.FREE, **stamps}
                 for key, provider, at in rows]  # fmt: skip
        details = [{"slot_id": key, "origin": SlotOrigin.GRID, "updated_at": now} for key, _, _ in rows]
        self.clinic.write(insert(VisitSlot).values(slots), insert(SlotDetail).values(details))

    def work(self, station: Station) -> None:
        """Somebody gives a command."""
        with station.local.reading() as session:
            if meta.get(session.connection(), meta.INCARNATION) is None:
                return  # entered anew and not filled yet: nobody is let in
        command = random_command(self.random, self.new_id, station)
        if command is None:
            return
        command_id = self.new_id()
        self.account.told[command_id] = "unknown"
        kind = type(command).__name__
        try:
            outcome = station.run(command, command_id=command_id)
        except Unavailable as error:
            self.seen[f"{kind} {error.code}"] += 1
            return
        except AppError as error:
            self.account.told[command_id] = "refused"
            self.seen[f"{kind} {error.code}"] += 1
            return
        self.account.told[command_id] = "accepted"
        if outcome.result.get("certain") and station.name in self.trusted and self._not_over(outcome):
            self.account.certain[command_id] = station.name
            self.seen["booked on a kept time"] += 1
        self.seen[kind] += 1

    def _not_over(self, outcome: Outcome) -> bool:
        """Whether a booking is for no day of the past: a workstation whose clock is wrong may take one for today."""
        day = datetime.fromisoformat(outcome.result["startTime"]).astimezone(ZONE).date()
        return day >= self.clinic.clock.now().astimezone(ZONE).date()

    def sync(self, station: Station) -> str:
        """Send and fetch, as the program does now and then; returns the code of what didn't let it, else ""."""
        try:
            report = station.engine.sync_now()
        except AppError as error:
            self.seen[f"sync {error.code}"] += 1
            station.engine.lost(error)
            return error.code
        self.seen["sent later"] += report.applied
        self.trusted.add(station.name)
        return ""

    def survives(self, station: Station, action: Callable[[], object]) -> None:
        """Do something in which the program may be killed; it is then started again."""
        try:
            action()
        except Killed:
            self.seen["killed"] += 1
            station.die()
            station.boot()
        finally:
            self.wire.cut_when = None

    def known(self) -> set[str]:
        """The commands that the server or any workstation can account for now."""
        return known_to_server(self.clinic).union(*(known_to_store(station) for station in self.stations))

    def decide(self, station: Station) -> None:
        """Somebody works through what needs attention."""
        sync = station.sync
        for item in sync.attention():
            if item.id in self.account.certain and item.code == "SlotTaken":
                self.broken.append(f"certain {item.id} was not: {item.message}")
            try:
                if item.adoptable and self.random.random() < 0.5:
                    sync.adopt(item.id)
                    self.seen["adopted"] += 1
                elif self.random.random() < 0.3:
                    sync.retry(item.id)
                    self.seen["retried"] += 1
                else:
                    sync.discard(item.id, "given up")
                    self.seen["discarded"] += 1
            except AppError as error:
                self.seen[f"decide {error.code}"] += 1

    # Afterwards

    def settle(self) -> None:
        """Everybody signs in once more and decides what is open; lines, programs and accounts are whole again."""
        for station in self.stations:
            for _ in range(ROUNDS):
                waiting = self._undecided(station)
                if not waiting:
                    break
                for name in (*(name for name in SITTING if f"u-{name}" in waiting), "admin"):
                    station.sit_down(name)
                    station.engine.sync_now()
                    self.decide(station)

    def _undecided(self, station: Station) -> set[str]:
        """Whose commands wait at a workstation, or for a decision."""
        with station.local.reading() as session:
            return {entry.actor.user_id for entry in journal.entries(session.connection(), UNDECIDED)}

    def close(self) -> None:
        """Hang up."""
        for station in self.stations:
            station.close()
        if self.backup is not None:
            self.server.drop(self.backup)

    def size(self) -> int:
        """Bytes of the server's database."""
        ((size,),) = self.clinic.rows(text("SELECT pg_database_size(current_database())"))
        return int(size)

"""What goes wrong on a simulated day: lines, disks, clocks, accounts, servers, and programs that don't know ours.

Each counts in ``seen`` when it really took place; ``KINDS`` must all be there after a day with a full deck.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import psycopg
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from app.db.models import Visit
from app.domain.enums import VisitMode, VisitStatus, VisitType
from app.kernel.clock import OffsetClock
from app.sync import meta
from app.workspace.versions import CLIENT_VERSION, SCHEMA_VERSION
from tests.support.desk import login_of
from tests.support.station import Station
from tests.support.wire import Message
from tests.sync.account import known_to_server, known_to_store
from tests.sync.deck import Deck
from tests.sync.simulation import SITTING, Simulation

KINDS = (
    "killed", "line cut", "line whole", "lost before the commit", "answer to the commit lost", "sat down",
    "backend booked", "backend wrote", "pruned", "fetched anew after pruning", "disabled", "enabled", "upgraded",
    "held until upgraded", "saved", "restored", "copied", "put back", "revoked", "clock set", "night", "sent later",
    "discarded", "booked on a kept time", "HoldSlot", "HoldTime", "ReleaseHold", "kept times released", "mirror anew",
)  # fmt: skip
"""What a day has to have had."""
SHARE = 20
"""What costs as much as the clinic is large happens at most once in a twentieth of all commands so far: copying or
reading everything each time would make a long run quadratic."""


class Troubles:
    """What can happen; ``happen`` draws one of them."""

    def __init__(self, simulation: Simulation) -> None:
        self.sim, self.random, self.seen = simulation, simulation.random, simulation.seen
        self._last: Counter[str] = Counter()
        paired = frozenset({self._save_or_restore, self._copy_or_put_back, self._disable, self._lose_answer, self._cut})
        self._deck: Deck[Callable[[Station], None]] = Deck(self.random, {
            self._cut: 30, self._doom: 20, self._lose_answer: 25, self._sit_down: 20, self._backend: 15,
            self._decide: 12, self._prune: 4, self._disable: 4, self._upgrade: 3, self._save_or_restore: 4,
            self._copy_or_put_back: 4, self._revoke: 2, self._set_clock: 5, self._release: 2, self._evening: 1,
        }, paired)  # fmt: skip

    def happen(self, station: Station) -> None:
        """One of the things that can go wrong, at this workstation or the server."""
        self._deck.draw()(station)

    def _seldom(self, name: str) -> bool:
        """Whether it is time again for something that costs as much as the clinic is large."""
        if self.sim.given - self._last[name] < self.sim.given // SHARE:
            return False
        self._last[name] = self.sim.given
        return True

    # Lines and programs

    def _cut(self, station: Station) -> None:
        cut = self.random.random() < 0.6
        station.remote.cut(cut)
        self.seen["line cut" if cut else "line whole"] += 1

    def _doom(self, station: Station) -> None:
        """The program is going to be killed at one of its next steps on the disk."""
        assert station.fate is not None
        station.fate.steps, station.fate.after = self.random.randrange(1, 120), self.random.random() < 0.5

    def _lose_answer(self, station: Station) -> None:
        """The line breaks at a COMMIT: before it arrives, or before its answer does."""
        before = self.seen["lost before the commit"] <= self.seen["answer to the commit lost"]

        def at_commit(message: Message) -> bool:
            if before:
                found = message.from_client and b"COMMIT" in message.body
            else:
                found = not message.from_client and message.kind == b"C" and message.body.startswith(b"COMMIT")
            self.seen["lost before the commit" if before else "answer to the commit lost"] += found
            return found

        station.remote.cut(False)
        self.sim.sync(station)
        self.sim.wire.cut_when = at_commit
        for _ in range(3):
            self.sim.work(station)

    def _sit_down(self, station: Station) -> None:
        """Somebody else signs in."""
        person = self.random.choice([one for one in SITTING if one != self.sim.disabled])
        cut = station.remote._cut
        station.sit_down(person)
        station.remote.cut(cut)
        self.seen["sat down"] += 1

    def _decide(self, station: Station) -> None:
        """Somebody works through what needs attention."""
        station.remote.cut(False)
        self.sim.decide(station)

    def _set_clock(self, station: Station) -> None:
        """A workstation's clock is set wrong by up to a day, or put right."""
        assert isinstance(station.clock, OffsetClock)
        wrong = station.clock.offset
        station.clock.offset = timedelta() if wrong else timedelta(minutes=self.random.randrange(-1440, 1440))
        self.seen["clock set"] += 1

    # Programs that don't know ours

    def _backend(self, _: Station) -> None:
        """A program that doesn't know us takes a free slot, and changes a patient."""
        clinic = self.sim.clinic
        slots = clinic.rows(text(_UNTOUCHED))
        if slots:
            slot, now = self.random.choice(slots), clinic.clock.now()
            visit = insert(Visit).values(
                id=self.sim.new_id(), patient_id=f"pat-{self.random.choice(('lis', 'roux', 'brandt'))}",
                provider_id=slot.provider_id, slot_id=slot.id, status=VisitStatus.PLANNED, reason_text="",
                visit_type=VisitType.SCHEDULED, visit_mode=VisitMode.IN_PERSON, created_at=now, updated_at=now,
            )  # fmt: skip
            try:
                clinic.write(visit)
                self.seen["backend booked"] += 1
            except IntegrityError as error:  # the slot says FREE, but a booking off the grid lies over it
                if not isinstance(error.orig, psycopg.errors.ExclusionViolation):
                    raise
                self.seen["backend refused"] += 1
        clinic.write(text(_RENAME).bindparams(name=f"Lis {self.random.randrange(100)}"))
        self.seen["backend wrote"] += 1

    # The server

    def _prune(self, station: Station) -> None:
        """The feed is shortened to nothing; whoever wasn't there meanwhile takes everything anew."""
        if not self._seldom("prune"):
            return
        with self._owner() as owner:
            owner.execute("UPDATE desktop.change SET at = at - interval '9 days'")
            ((count,),) = owner.execute("SELECT desktop.prune('2 days')").fetchall()
        self.seen["pruned"] += count > 0
        before = self._cursor(station)
        station.remote.cut(False)
        if not self.sim.sync(station) and before is not None:
            with self._owner() as owner:
                ((reached,),) = owner.execute("SELECT pruned_before FROM desktop.installation").fetchall()
            self.seen["fetched anew after pruning"] += before[0] < reached

    @staticmethod
    def _cursor(station: Station) -> list[int] | None:
        with station.local.reading() as session:
            found: list[int] | None = meta.get(session.connection(), meta.CURSOR)
        return found

    def _disable(self, _: Station) -> None:
        """An account is disabled; or the one that was is let in again."""
        sim = self.sim
        with self._admin() as admin:
            if sim.disabled is not None:
                admin.execute("SELECT desktop.enable_staff(%s)", (f"u-{sim.disabled}",))
                sim.disabled = None
                self.seen["enabled"] += 1
                return
            sim.disabled = self.random.choice(SITTING)
            admin.execute("SELECT desktop.disable_staff(%s)", (f"u-{sim.disabled}",))
            self.seen["disabled"] += 1

    def _release(self, station: Station) -> None:
        """The administrator frees what is kept for a workstation that isn't heard of: nothing there is certain now."""
        with self._admin() as admin:
            admin.execute("SELECT desktop.release_leases(%s)", (station.name,))
        self.sim.account.uncertain(station.name)
        self.sim.trusted.discard(station.name)
        self.seen["kept times released"] += 1

    def _evening(self, _: Station) -> None:
        """The day is over sooner than the clock's pace would have it."""
        self.sim.night()

    def _upgrade(self, station: Station) -> None:
        """The clinic's database is made newer, and wants newer programs; the workstations get them one by one."""
        if not self._seldom("upgrade"):
            return
        self.sim.schema += 1
        self._prepare()
        station.remote.cut(False)
        self.seen["held until upgraded"] += self.sim.sync(station) == "SyncHeld"
        for one in self.sim.stations:
            if self.random.random() < 0.7:
                self.install(one)
        self.seen["upgraded"] += 1

    def _prepare(self) -> None:
        """The owner prepares the database for the newest program: a step of the schema, and who may still write."""
        with self._owner() as owner:
            owner.execute("ALTER TABLE desktop.installation ADD COLUMN IF NOT EXISTS later text")
            owner.execute("UPDATE desktop.installation SET schema_version = %s, min_client = %s",
                          (self.sim.schema, self._client()))  # fmt: skip

    def _client(self) -> int:
        """The version of the program that came with the present schema."""
        return CLIENT_VERSION + self.sim.schema - SCHEMA_VERSION

    def install(self, station: Station) -> None:
        """The newest program is installed and started; where its tables differ the store begins its mirror anew."""
        station.die()
        wanted = (self.sim.schema, self._client())
        newer, station.versions = station.versions != wanted, wanted
        station.boot()
        if newer and self._cursor(station) is not None:
            with station.local.applying() as session:
                meta.put(session.connection(), meta.CURSOR, None)
            self.seen["mirror anew"] += 1

    def _save_or_restore(self, _: Station) -> None:
        """The server is saved; or put back as it was when it was saved."""
        sim = self.sim
        if not self._seldom("save" if sim.backup is None else "restore"):
            return
        for station in sim.stations:
            station.remote.engine.dispose()
        sim.clinic.engine.dispose()
        if sim.backup is None:
            sim.backup = sim.server.create("backup", template=sim.database)
            self.seen["saved"] += 1
            return
        with sim.account.losing(sim.known):
            self._restore(sim.backup)
        sim.backup = None
        sim.account.uncertain()
        sim.trusted.clear()
        self.seen["restored"] += 1

    def _restore(self, backup: str) -> None:
        sim = self.sim
        sim.clinic.engine.dispose()
        sim.server.drop(sim.database)
        with sim.server.admin() as admin:
            admin.execute(f"ALTER DATABASE {backup} RENAME TO {sim.database}".encode())
        sim.server.hand_logins_to(sim.database)
        with self._owner() as owner:
            owner.execute("UPDATE desktop.installation SET system_identifier = 'another'")
            owner.execute("SELECT desktop.adopt_restored()")
        sim.clinic.set_database_clock()
        self._prepare()
        self._align_accounts()
        sim.open_day()

    def _align_accounts(self) -> None:
        """Logins belong to the cluster and were not restored: the administrator puts accounts right."""
        with self._admin() as admin:
            for name in SITTING:
                verb = "disable" if name == self.sim.disabled else "enable"
                admin.execute(f"SELECT desktop.{verb}_staff(%s)".encode(), (f"u-{name}",))

    # Disks

    def _copy_or_put_back(self, station: Station) -> None:
        """A workstation's disk is copied; or the copy put back, and what was done in between is gone from it."""
        sim = self.sim
        copied = [one for one in sim.stations if (sim.folder / f"copy-{one.name}").exists()]
        if copied and (not self.seen["put back"] or len(copied) > 2):
            station = copied[0]
        kept, here = sim.folder / f"copy-{station.name}", [*sim.folder.glob(f"{station.name}.db*")]
        if kept.exists():
            with sim.account.losing(lambda: known_to_server(sim.clinic) | known_to_store(station)):
                station.die()
                for file in here:
                    file.unlink(missing_ok=True)
                for file in kept.iterdir():
                    shutil.copy(file, sim.folder)
                station.boot()
            shutil.rmtree(kept)
            sim.account.uncertain(station.name)
            sim.trusted.discard(station.name)
            self.seen["put back"] += 1
            return
        station.die()
        kept.mkdir()
        for file in sim.folder.glob(f"{station.name}.db*"):
            shutil.copy(file, kept)
        station.boot()
        self.seen["copied"] += 1

    def _revoke(self, station: Station) -> None:
        """A workstation is taken out of service and its store destroyed; then it is entered anew."""
        sim = self.sim
        if not self._seldom("revoke"):
            return
        with self._admin() as admin:
            admin.execute("SELECT desktop.revoke_workstation(%s)", (station.name,))
        if station.person == sim.disabled:
            self._sit_down(station)  # somebody whom the server lets in hears of it
        told: list[str] = []
        station.engine.revoked = partial(told.append, station.name)
        station.remote.cut(False)
        sim.sync(station)
        with sim.account.losing(lambda: known_to_server(sim.clinic) | known_to_store(station)):
            station.die()
            shutil.rmtree(sim.folder / f"copy-{station.name}", ignore_errors=True)
            for file in sim.folder.glob(f"{station.name}.db*"):
                file.unlink()
            station.boot()
        sim.account.uncertain(station.name)
        sim.trusted.discard(station.name)
        self.seen["revoked"] += bool(told)
        station.admit()
        sim.sync(station)

    # Afterwards

    def heal(self) -> None:
        """Lines, clocks, programs and accounts are whole again; everybody signs in and decides what is open."""
        sim = self.sim
        sim.wire.cut_when = None
        if sim.disabled is not None:
            self._disable(sim.stations[0])
        for station in sim.stations:
            assert isinstance(station.clock, OffsetClock)
            station.clock.offset = timedelta()
            self.install(station)
        sim.settle()

    def _owner(self) -> psycopg.Connection:
        return psycopg.connect(self.sim.server.owner_url(self.sim.database), autocommit=True)

    def _admin(self) -> psycopg.Connection:
        url = self.sim.server.url(self.sim.database, login_of("admin").login, "correct horse battery")
        return psycopg.connect(url, autocommit=True)


_UNTOUCHED = """
SELECT s.id, s.provider_id FROM visit_slots s WHERE s.status = 'FREE' AND s.end_time > desktop.db_now()
AND NOT EXISTS (SELECT FROM visits v WHERE v.slot_id = s.id) ORDER BY s.id
"""
"""The backend's own rule: one visit to a slot."""
_RENAME = "UPDATE patients SET last_name = :name, updated_at = updated_at + interval '1 ms' WHERE id = 'pat-lis'"

"""A small clinic on PostgreSQL or on the workstation's store: people give commands, tests look at the rows.

Both start from the same rows and the same moment, so that every handler's test runs on both.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql
from sqlalchemy import Connection, Engine, create_engine, insert, select, update
from sqlalchemy.orm import Session

from app.commands.core import Actor, Command, Envelope, Outcome
from app.commands.local_store import LocalStore
from app.commands.stores import ServerStore, Store
from app.db.local import LocalDatabase
from app.db.models import (
    AppointmentType,
    Clinic,
    ClinicSettings,
    Installation,
    Login,
    Patient,
    Provider,
    ProviderSettings,
    SlotDetail,
    User,
    Visit,
    VisitSlot,
)
from app.db.server import ServerDatabase
from app.domain.enums import Role, SlotOrigin, SlotStatus, VisitMode, VisitStatus, VisitType
from app.kernel.clock import FixedClock
from app.kernel.ids import new_cuid, new_uuid
from app.queries.core import Reader
from tests.support.clinics import PASSWORD, Staff
from tests.support.postgres import Server

P = ParamSpec("P")
R = TypeVar("R")

ZONE = ZoneInfo("Europe/Berlin")
DAY = date(2026, 5, 4)
"""A Monday without anything special."""
NOW = datetime(2026, 5, 4, 8, 42, tzinfo=UTC)
"""10:42 in the clinic."""
CLINIC = "clinic-1"
PEOPLE = (
    ("desk", "Dana Whitfield", "MEDICAL_ASSISTANT", None),
    ("desk2", "Alma Moreno", "MEDICAL_ASSISTANT", None),
    ("okafor", "Ngozi Okafor", "PROVIDER", "p-okafor"),
    ("chen", "Mei-Ling Chen", "PROVIDER", "p-chen"),
    ("admin", "Ada Admin", "ADMIN", None),
)
PATIENTS = (
    ("lis", "Zygmunt", "Lis"),
    ("kowalska", "Anna", "Kowalska"),
    ("kowalski", "Anna", "Kowalski"),
    ("roux", "Élodie", "Roux"),
    ("brandt", "Walter", "Brandt"),
    ("horvath", "Katalin", "Horváth"),
)


def at(clock: str, day: date = DAY) -> datetime:
    """The instant of a wall-clock time in the clinic."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZONE).astimezone(UTC)


def login_of(name: str) -> Staff:
    """The account of one of the clinic's people."""
    role = next(role for key, _, role, _ in PEOPLE if key == name)
    return Staff(f"{name}@quay.example", role, CLINIC)


@dataclass
class Person:
    """Somebody at a workstation."""

    desk: Desk
    actor: Actor
    store: Store
    workstation: str

    def run(self, command: Command, *, command_id: str | None = None) -> Outcome:
        """Give a command now; raises the error families."""
        envelope = Envelope(command_id or new_uuid(), self.actor, self.workstation, self.desk.clock.now(), command)
        return self.store.write(envelope, self.reader()).outcome

    def ask(self, function: Callable[Concatenate[Session, Reader, P], R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask a question now."""
        reader = self.reader()
        return self.store.read(lambda session: function(session, reader, *args, **kwargs))

    def reader(self) -> Reader:
        """Who asks."""
        who = self.actor
        return Reader(
            who.clinic_id, who.user_id, who.roles, who.provider_id, ZONE, self.desk.clock.now(), self.store.online,
            self.workstation,
        )  # fmt: skip


@dataclass
class Desk:
    """The clinic under test."""

    engine: Engine
    open_store: Callable[[str], Store]
    online: bool
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))
    people: dict[str, Person] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Person:
        """``desk.okafor`` is that person at a workstation of their own."""
        if name not in self.people:
            if name not in {key for key, *_ in PEOPLE}:
                raise AttributeError(name)
            self.people[name] = self.person(name, f"ws-{name}")
        return self.people[name]

    def person(self, name: str, workstation: str) -> Person:
        """Somebody at a workstation."""
        _, shown, role, provider_id = next(one for one in PEOPLE if one[0] == name)
        actor = Actor(f"u-{name}", CLINIC, shown, login_of(name).email, frozenset({Role(role)}), provider_id)
        return Person(self, actor, self.open_store(name), workstation)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Everything, past all rules: for setting up and for looking."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    def rows(self, statement: Any) -> list[Any]:
        """The rows of a select."""
        with self.session() as session:
            return list(session.execute(statement).all())

    def write(self, *statements: Any) -> None:
        """Write as somebody who doesn't know our rules (the backend)."""
        with self.session() as session:
            for statement in statements:
                session.execute(statement)

    def pass_time(self, by: timedelta) -> None:
        """Let time pass for everybody, the database included."""
        self.clock.advance(by)
        self.set_database_clock()

    def set_database_clock(self) -> None:
        """Put the server's clock where ours is."""
        if self.online:
            offset = round((self.clock.now() - datetime.now(UTC)).total_seconds())
            self.write(update(Installation).values(clock_offset_seconds=offset))

    def slot(
        self,
        clock: str,
        minutes: int = 20,
        provider: str = "p-okafor",
        *,
        day: date = DAY,
        mode: VisitMode = VisitMode.IN_PERSON,
        status: SlotStatus = SlotStatus.FREE,
        origin: SlotOrigin | None = SlotOrigin.GRID,
    ) -> str:
        """Add a slot; without `origin` as another program would."""
        slot_id, start = new_cuid(), at(clock, day)
        slot = {"id": slot_id, "provider_id": provider, "start_time": start, "visit_mode": mode, "status": status}
        slot |= {"end_time": start + timedelta(minutes=minutes), "created_at": NOW, "updated_at": NOW}
        detail = insert(SlotDetail).values(slot_id=slot_id, origin=origin, updated_at=NOW)
        self.write(insert(VisitSlot).values(slot), *([detail] if origin is not None else []))
        return slot_id

    def slots(
        self, first: str, count: int, provider: str = "p-okafor", *, day: date = DAY,
        origin: SlotOrigin | None = SlotOrigin.GRID,
    ) -> list[str]:  # fmt: skip
        """Add free slots of 20 minutes one after the other, in one transaction."""
        length, start = timedelta(minutes=20), datetime.combine(day, time.fromisoformat(first), tzinfo=ZONE)
        wanted = {new_cuid(): (start + length * n).astimezone(UTC) for n in range(count)}
        stamps = {"created_at": NOW, "updated_at": NOW}
        free = {"provider_id": provider, "visit_mode": VisitMode.IN_PERSON, "status": SlotStatus.FREE} | stamps
        rows = [{"id": key, "start_time": at, "end_time": at + length} | free for key, at in wanted.items()]
        details = [{"slot_id": key, "origin": origin, "updated_at": NOW} for key in wanted if origin is not None]
        self.write(insert(VisitSlot).values(rows), *([insert(SlotDetail).values(details)] if details else []))
        return list(wanted)

    def state(self, slot_id: str) -> tuple[SlotStatus, str, str]:
        """A slot's status and local times."""
        row = self.rows(
            select(VisitSlot.status, VisitSlot.start_time, VisitSlot.end_time).where(VisitSlot.id == slot_id)
        )[0]
        return row.status, f"{row.start_time.astimezone(ZONE):%H:%M}", f"{row.end_time.astimezone(ZONE):%H:%M}"

    def status(self, slot_id: str) -> SlotStatus | None:
        """A slot's status, None when it is gone."""
        rows = self.rows(select(VisitSlot.status).where(VisitSlot.id == slot_id))
        return rows[0].status if rows else None

    def detail(self, slot_id: str) -> Any:
        """A slot's detail row, None when there is none."""
        rows = self.rows(select(SlotDetail.__table__).where(SlotDetail.slot_id == slot_id))
        return rows[0] if rows else None

    def visit(self, visit_id: str) -> Any:
        """A visit's row."""
        return self.rows(select(Visit.__table__).where(Visit.id == visit_id))[0]

    def backend_visit(self, slot_id: str, patient: str = "roux", status: VisitStatus = VisitStatus.PLANNED) -> str:
        """A visit as the backend makes one: on a FREE slot, without anything of ours."""
        visit_id = new_cuid()
        provider = self.rows(select(VisitSlot.provider_id).where(VisitSlot.id == slot_id))[0].provider_id
        self.write(
            insert(Visit).values(
                id=visit_id, patient_id=f"pat-{patient}", provider_id=provider, slot_id=slot_id, status=status,
                visit_type=VisitType.SCHEDULED, visit_mode=VisitMode.IN_PERSON, reason_text="", created_at=NOW,
                updated_at=NOW,
            )
        )  # fmt: skip
        return visit_id

    def close(self) -> None:
        """End every connection."""
        for person in self.people.values():
            person.store.close()
        self.engine.dispose()


def seed(session: Session) -> None:
    """Put the clinic's people, providers, patients and types in an empty database."""
    stamps = {"created_at": NOW, "updated_at": NOW}
    session.execute(insert(Clinic).values(id=CLINIC, name="Harbor Street", **stamps))
    session.execute(insert(ClinicSettings).values(clinic_id=CLINIC, timezone=ZONE.key, updated_at=NOW))
    for key, shown, role, provider_id in PEOPLE:
        session.execute(
            insert(User).values(
                id=f"u-{key}", email=login_of(key).email, password_hash="!", role=role, clinic_id=CLINIC,
                provider_id=provider_id, **stamps,
            )
        )  # fmt: skip
        if provider_id is not None:
            provider = {"id": provider_id, "name": f"Dr {shown}", "user_id": f"u-{key}", "clinic_id": CLINIC}
            session.execute(insert(Provider).values(**provider, specialties=("Family medicine",), **stamps))
            session.execute(insert(ProviderSettings).values(provider_id=provider_id, short_name=shown, updated_at=NOW))
        session.execute(
            insert(Login).values(
                rolname=login_of(key).login, user_id=f"u-{key}", clinic_id=CLINIC, email=login_of(key).email,
                display_name=shown, roles=(role,), must_change_password=False, **stamps,
            )
        )  # fmt: skip
    for key, first, last in PATIENTS:
        user = {"id": f"pu-{key}", "email": f"{key}@patients.example", "password_hash": "!", "role": "PATIENT"}
        session.execute(insert(User).values(**user, clinic_id=CLINIC, patient_id=f"pat-{key}", **stamps))
        patient = {"id": f"pat-{key}", "user_id": f"pu-{key}", "clinic_id": CLINIC}
        phones = {"phones": [{"system": "phone", "value": "(415) 555-0163", "use": "mobile"}]}
        session.execute(
            insert(Patient).values(**patient, first_name=first, last_name=last, demographics=phones, flags=(), **stamps)
        )
    for order, (name, minutes) in enumerate((("Follow-up", 20), ("New patient", 40))):
        session.execute(
            insert(AppointmentType).values(
                id=f"t-{minutes}", clinic_id=CLINIC, name=name, short_name=name, minutes=minutes, color="#3A5A78",
                sort_order=order, updated_at=NOW,
            )
        )  # fmt: skip


_TEMPLATES: dict[Path, str] = {}
"""Migrated databases with the small clinic, by the folder of their cluster.

A session's fixture that several folders of tests import is made anew for each of them, and migrations take seconds.
"""


def desk_template_of(server: Server) -> str:
    """Return the name of the migrated database with the small clinic; tests get copies of it, never itself."""
    from app.setup.migrate import upgrade

    name = _TEMPLATES.get(server.folder)
    if name is None:
        name = server.create("desk_template")
        upgrade(server.owner_url(name))
        engine = owner_engine(server, name)
        with Session(engine) as session, session.begin():
            seed(session)
        engine.dispose()
        _TEMPLATES[server.folder] = name
    make_logins(server)
    return name


def make_logins(server: Server) -> None:
    """Make the people's login roles in the cluster, with the test's password."""
    groups = {"MEDICAL_ASSISTANT": "mha_assistant", "PROVIDER": "mha_provider", "ADMIN": "mha_admin"}
    with server.admin() as connection:
        for key, _, role, _ in PEOPLE:
            name = sql.Identifier(login_of(key).login)
            known = "SELECT FROM pg_roles WHERE rolname = %s"
            if connection.execute(known, (login_of(key).login,)).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {}").format(name))
            connection.execute(sql.SQL("ALTER ROLE {} LOGIN PASSWORD {}").format(name, sql.Literal(PASSWORD)))
            connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(groups[role]), name))


def owner_engine(server: Server, database: str) -> Engine:
    """An engine with the owner's rights: the backend's way in. It keeps one connection: a login costs 10 ms."""
    url = server.owner_url(database)
    return create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(url), pool_size=1, max_overflow=-1, pool_pre_ping=True
    )


def server_desk(server: Server, database: str) -> Desk:
    """The clinic in a PostgreSQL database; everybody has a connection of their own."""

    def open_store(name: str) -> Store:
        url = server.url(database, login_of(name).login, PASSWORD)
        return ServerStore(ServerDatabase({"conninfo": url}, pool_size=1))

    desk = Desk(owner_engine(server, database), open_store, online=True)
    desk.set_database_clock()
    return desk


def local_desk() -> Desk:
    """The clinic on the workstation's store; everybody shares it."""
    clock = FixedClock(NOW)
    database = LocalDatabase(clock)
    with database.engine.connect() as connection:
        driver(connection).deserialize(_local_image())
    return Desk(database.engine, lambda _name: LocalStore(database), online=False, clock=clock)


@cache
def _local_image() -> bytes:
    """The store's database with the small clinic, made once in a process: tests get copies of it."""
    database = LocalDatabase(FixedClock(NOW))
    database.create()
    with Session(database.engine) as session, session.begin():
        seed(session)
    with database.engine.connect() as connection:
        image = driver(connection).serialize()
    database.close()
    return image


def driver(connection: Connection) -> sqlite3.Connection:
    """The driver's own connection to a store in memory."""
    found = connection.connection.driver_connection
    assert isinstance(found, sqlite3.Connection)
    return found


def free_slots(desk: Desk, ids: Sequence[str]) -> list[str]:
    """Those of the slots that are FREE."""
    return [slot_id for slot_id in ids if desk.status(slot_id) is SlotStatus.FREE]

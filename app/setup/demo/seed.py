"""Make or refresh the demo clinic in a prepared database, as its owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, Table, create_engine, pool

from app.db.bulk import insert_rows
from app.db.models import metadata
from app.domain.enums import Role
from app.kernel.clock import Clock, SystemClock
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.security.passwords import make_secrets
from app.setup.demo.clinic import DemoStaff, make_clinic, make_providers, make_staff, make_types
from app.setup.demo.long_history import make_long_history
from app.setup.demo.long_work import make_long_work
from app.setup.demo.notes import make_notes
from app.setup.demo.patients import make_patients
from app.setup.demo.readings import make_readings
from app.setup.demo.record import make_record
from app.setup.demo.scenes import set_scenes
from app.setup.demo.schedule import Calendar, lunch_breaks
from app.setup.demo.sign_ins import DEFAULT_PATIENTS, DEFAULT_SEED, DemoClinic, SignIn
from app.setup.demo.templates import care_templates
from app.setup.demo.watched import make_watched
from app.setup.demo.weeks import reckon_weeks
from app.setup.demo.world import World, demo_morning

Progress = Callable[[int, int, str], None]

# Parents before children; the accounts are made between clinics and providers' ties.
_FIRST = ("clinics", "clinic_settings", "room", "appointment_type", "providers", "provider_settings")


def build_world(seed: int, patients: int, real_now: datetime) -> tuple[World, tuple[DemoStaff, ...]]:
    """Return all rows of the demo, the same for the same seed, count and day, and who works there."""
    world = World(seed, demo_morning(real_now))
    make_clinic(world)
    types = make_types(world)
    desk = make_staff(world)
    providers, hours = make_providers(world)
    people = make_patients(world, patients)
    calendar = Calendar(world, providers, people, types, desk[0].user_id)
    calendar.fill(hours)
    lunch_breaks(world, providers)
    set_scenes(calendar)
    make_readings(world, people)
    make_watched(world)
    story = make_long_history(world, people, providers[0], types)
    own = tuple(DemoStaff(p.user_id, p.email, p.name, (Role.PROVIDER,), p.id) for p in providers)
    make_record(world, people, providers, desk)
    make_notes(world, calendar.visits, providers, desk)
    make_long_work(story)
    reckon_weeks(world)
    care_templates(world)
    return world, (*desk, *own)


def make_demo(
    owner_url: str,
    password: str,
    *,
    patients: int = DEFAULT_PATIENTS,
    seed: int = DEFAULT_SEED,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> DemoClinic:
    """Fill a migrated database with the demo; what an earlier demo left there is replaced.

    Everybody gets ``password``. Raises ``Refused`` "NotEmpty" when another clinic lives in the database.
    """
    real_now = (clock or SystemClock()).now()
    world, staff = build_world(seed, patients, real_now)
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(owner_url), poolclass=pool.NullPool)
    tell = progress or _quiet
    with engine.begin() as connection:
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL mha.filing = 'on'")  # results bring their reviews themselves
        _clear(connection)
        _insert(connection, world, staff, password, tell)
        offset = int((world.now - real_now).total_seconds())
        connection.exec_driver_sql(
            "UPDATE desktop.installation SET is_demo = true, clock_offset_seconds = %s", (offset,)
        )
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    sign_ins = tuple(SignIn(person.email, password, person.roles[0], person.name, person.user_id) for person in staff)
    return DemoClinic(world.clinic_id, len(world.rows["patients"]), sign_ins)


def _quiet(_done: int, _total: int, _what: str) -> None:
    """Progress that nobody watches."""


def _clear(connection: Connection) -> None:
    """Empty the database, if nothing but a demo is in it."""
    is_demo = connection.exec_driver_sql("SELECT is_demo FROM desktop.installation").scalar()
    clinics = connection.exec_driver_sql("SELECT count(*) FROM public.clinics").scalar_one()
    if clinics and not is_demo:
        raise Refused("NotEmpty", t("This database holds a real clinic. The demo needs one of its own."), field="url")
    if clinics:
        connection.exec_driver_sql(
            "TRUNCATE public.clinics, public.users, public.clinical_rules, desktop.applied_command CASCADE"
        )


def _insert(connection: Connection, world: World, staff: Sequence[DemoStaff], password: str, tell: Progress) -> None:
    ordered = [*_FIRST, *(name for name in _by_dependency() if name not in _FIRST)]
    total = len([name for name in ordered if name in world.rows])
    done = 0
    for name in ordered:
        rows = world.rows.get(name)
        if not rows:
            continue
        if name == "provider_settings":
            _accounts(connection, world, staff, password)
        insert_rows(connection, _table(name), _cleaned(name, rows))
        done += 1
        tell(done, total, t("Making the demo clinic …"))


def _cleaned(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    # A provider's account is tied by the account functions, on both sides.
    return [row | {"user_id": None} for row in rows] if name == "providers" else rows


def _table(name: str) -> Table:
    return next(table for table in metadata.tables.values() if table.name == name)


def _by_dependency() -> list[str]:
    """Table names, parents first; visits' details before the rows that their triggers read."""
    names = [table.name for table in metadata.sorted_tables]
    last = ("visit_event",)
    return [name for name in names if name not in last] + list(last)


def _accounts(connection: Connection, world: World, staff: Sequence[DemoStaff], password: str) -> None:
    hashed = make_secrets(password)
    for person in staff:
        values: Mapping[str, Any] = {
            "clinic": world.clinic_id, "user": person.user_id, "email": person.email, "name": person.name,
            "roles": [role.value for role in person.roles], "verifier": hashed.verifier, "bcrypt": hashed.bcrypt,
            "provider": person.provider_id,
        }  # fmt: skip
        connection.exec_driver_sql(
            "SELECT desktop.install_login(%(clinic)s, %(user)s, %(email)s, %(name)s, %(roles)s, %(verifier)s, "
            "%(bcrypt)s, %(provider)s, false)",
            values,
        )

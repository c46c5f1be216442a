"""A database with two full clinics, their staff, a disabled colleague and a stranger: what the security walk needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from app.domain.enums import Role
from app.security.identity import login_role
from app.security.provision import as_owner, make_account, make_clinic
from app.setup.migrate import upgrade
from tests.support.postgres import Server
from tests.support.two_clinics import Clinic, Row, Shape
from tests.support.walk import Walk, close, insert

PASSWORD = "granite umbrella nine"
STRANGER = "mha_u_stranger"
ROLES = ("MEDICAL_ASSISTANT", "PROVIDER", "ADMIN")


def email(mark: str, role: str) -> str:
    """Return the e-mail address of the person with this role."""
    return f"{role.lower()}@{mark.strip('~').lower()}.example"


def clinic(mark: str, hour: int) -> Clinic:
    """Return a clinic whose ids begin with ``mark`` and whose appointments are at ``hour`` o'clock."""
    return Clinic(mark, {role: f"{mark}{role}" for role in ROLES}, f"{mark}own~providers", hour)


CLINICS = {c.mark: c for c in (clinic("clinicA~", 9), clinic("clinicB~", 14))}


def make_people(server: Server, database: str) -> None:
    """Make both clinics with their accounts; clinic A has a disabled ADMIN too."""
    with as_owner(server.owner_url(database)) as connection:
        for mark, made in CLINICS.items():
            make_clinic(connection, f"{mark}clinic", f"{mark}name", "Europe/Madrid")
            connection.execute(
                "INSERT INTO public.providers (id, name, specialties, clinic_id, updated_at)"
                " VALUES (%s, 'Own', '{}', %s, now())",
                (made.provider, f"{mark}clinic"),
            )
            for role in (*ROLES, *(["DISABLED"] if mark == "clinicA~" else [])):
                make_account(
                    connection,
                    clinic_id=f"{mark}clinic",
                    user_id=f"{mark}{role}",
                    email=email(mark, role),
                    name=f"Person {role.title()}",
                    password=PASSWORD,
                    roles=[Role.ADMIN if role == "DISABLED" else Role(role)],
                    provider_id=made.provider if role == "PROVIDER" else None,
                )


def seed(server: Server, connection: psycopg.Connection, shape: Shape) -> dict[str, dict[str, Row]]:
    """Insert the rows of both clinics as superuser; returns what was inserted by clinic and table.

    Rules are made by the clinics' ADMINs: what the backend makes is shared.
    """
    seeded: dict[str, dict[str, Row]] = {}
    for mark, made in CLINICS.items():
        seeded[mark] = {}
        for table, row in [*made.spare_rows(shape), *made.main_rows(shape)]:
            seeded[mark][table] = row
            if table == "public.clinical_rules":
                url = server.url(connection.info.dbname, login_role(email(mark, "ADMIN")), PASSWORD)
                with psycopg.connect(url) as admin:
                    admin.execute(insert(table, row))
            elif table != "desktop.rule_clinic":
                connection.execute(insert(table, row))
        for table in ("desktop.clinic_settings", "desktop.login"):
            seeded[mark][table] = {"clinic_id": f"{mark}clinic", "rolname": login_role(email(mark, "ADMIN"))}
        seeded[mark]["public.clinics"] = {"id": f"{mark}clinic"}
    return seeded


def make_outsiders(connection: psycopg.Connection) -> None:
    """Disable an account whose role still lets it in (an open session), and make a login that has no account."""
    connection.execute("UPDATE desktop.login SET disabled_at = now() WHERE user_id = 'clinicA~DISABLED'")
    connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(STRANGER)))
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} IN ROLE mha_assistant, mha_provider, mha_admin").format(
            sql.Identifier(STRANGER), sql.Literal(PASSWORD)
        )
    )


def make_secured(server: Server) -> tuple[str, dict[str, dict[str, Row]]]:
    """Make the database; returns its name and the seeded rows."""
    name = server.create("secured")
    upgrade(server.owner_url(name))
    make_people(server, name)
    with server.admin(name) as connection:
        seeded = seed(server, connection, Shape(connection))
        make_outsiders(connection)
    return name, seeded


@contextmanager
def walking(server: Server, database: str, seeded: dict[str, dict[str, Row]]) -> Iterator[Walk]:
    """Open a connection for everybody and yield the walk over a database."""
    opened: dict[tuple[str, str], psycopg.Connection] = {}

    def connect(mark: str, role: str) -> psycopg.Connection:
        if (mark, role) not in opened:
            opened[mark, role] = psycopg.connect(server.url(database, login_role(email(mark, role)), PASSWORD))
        return opened[mark, role]

    stranger = psycopg.connect(server.url(database, STRANGER, PASSWORD))
    with server.admin(database) as admin:
        outsiders = {"a disabled ADMIN": connect("clinicA~", "DISABLED"), "a stranger": stranger}
        yield Walk(Shape(admin), CLINICS, seeded, connect, outsiders)
    close([*opened.values(), stranger])


Connect = Callable[[str, str], psycopg.Connection]

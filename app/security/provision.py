"""Preparing a database as its owner: checks before the migrations, the first clinic and accounts after them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.rows import dict_row

from app.domain.enums import Role
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import clean_identifier, clean_text
from app.security.accounts import account_errors
from app.security.connection import owner_parameters
from app.security.passwords import check_password, make_secrets

MIN_SERVER = 15
SAFE_MINORS: Mapping[int, int] = {15: 20, 16: 16, 17: 12, 18: 7}
"""The first minor releases without the hole in row-level security with ON CONFLICT DO UPDATE."""


@dataclass(frozen=True, slots=True)
class OwnerCheck:
    """What an owner's connection may do and what deserves a warning (texts for people)."""

    server_version: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeLogin:
    """An account as the owner made it; ``made`` is false when it was there and stays as it is."""

    user_id: str
    made: bool


@contextmanager
def as_owner(owner_url: str) -> Iterator[psycopg.Connection]:
    """One transaction as the owner; errors come as the error families."""
    with account_errors(), psycopg.connect(**owner_parameters(owner_url)) as connection:
        yield connection


_FACTS = """
SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
       current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
       r.rolsuper OR r.rolcreaterole AS makes_roles,
       pg_has_role(current_user, d.datdba, 'USAGE') AS owns_database,
       has_database_privilege(current_user, d.oid, 'CREATE') AS creates,
       ARRAY(SELECT c.relname::text FROM pg_class c
             WHERE c.relnamespace = to_regnamespace('public') AND c.relkind IN ('r', 'p')
               AND c.relname IN ('users', 'clinics', 'patients', 'providers', 'visits', 'visit_slots')
               AND NOT pg_has_role(current_user, c.relowner, 'USAGE')) AS foreign_tables
FROM pg_roles r, pg_database d WHERE r.rolname = current_user AND d.datname = current_database()
"""


def check_owner(owner_url: str) -> OwnerCheck:
    """Ask before migrating whether this account can prepare this database.

    Refused: "ServerTooOld", "BadEncoding", "ReadOnlyServer", "NeedsCreateRole", "NotOwner".
    """
    with as_owner(owner_url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        (facts,) = cursor.execute(_FACTS).fetchall()
    _refuse_unfit(facts)
    return OwnerCheck(str(facts["version"]), tuple(_warnings(facts)))


def _refuse_unfit(facts: Mapping[str, Any]) -> None:
    if facts["number"] < MIN_SERVER * 10000:
        message = t("PostgreSQL {version} is too old: at least {least}.", version=facts["version"], least=MIN_SERVER)
        raise Refused("ServerTooOld", message, field="url")
    if facts["encoding"] != "UTF8":
        message = t("The database's encoding is {encoding}: it must be UTF8.", encoding=facts["encoding"])
        raise Refused("BadEncoding", message, field="url")
    if facts["standby"]:
        raise Refused("ReadOnlyServer", t("This server is a standby. Use the address of the main one."), field="url")
    if not facts["makes_roles"]:
        message = t("This account can't make people's accounts. A superuser must run: ALTER ROLE … CREATEROLE")
        raise Refused("NeedsCreateRole", message, field="user")
    if facts["foreign_tables"] or not facts["creates"]:
        message = t("This account doesn't own the database. Use the account that the backend connects with.")
        raise Refused("NotOwner", message, field="user")


def behind_its_release(number: int, version: str) -> str:
    """Warn of a server behind the minor release that its data need; "" when it isn't."""
    major, minor = divmod(number, 10000)
    if minor >= SAFE_MINORS.get(major, 0):
        return ""
    return t(
        "PostgreSQL {version} has a known hole in row-level security. Update the server to {major}.{minor}.",
        version=version,
        major=major,
        minor=SAFE_MINORS[major],
    )


def _warnings(facts: Mapping[str, Any]) -> Iterator[str]:
    if behind := behind_its_release(facts["number"], facts["version"]):
        yield behind
    if not facts["owns_database"]:
        yield t("The account doesn't own the database itself: everybody on the server may still connect to it.")


def make_clinic(connection: psycopg.Connection, clinic_id: str, name: str | None, timezone: str | None) -> bool:
    """Make the clinic, or take over one that the backend has; true when it is new to the program.

    ``timezone`` is an IANA name. What has been set before stays. Refused: "NoClinic", "NoTimezone", "BadValue".
    """
    if timezone is not None:
        try:
            timezone = ZoneInfo(timezone).key
        except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            raise Refused("BadValue", t("There is no time zone {name}.", name=timezone), field="timezone") from None
    title = None if name is None else clean_text(name, "clinic", 300, required=True)
    with account_errors():
        rows = connection.execute("SELECT desktop.bootstrap_clinic(%s, %s, %s)", (clinic_id, title, timezone))
        return bool(rows.fetchall()[0][0])


def make_account(
    connection: psycopg.Connection,
    *,
    clinic_id: str,
    user_id: str,
    email: str,
    name: str,
    password: str,
    roles: Sequence[Role] = (Role.ADMIN,),
    provider_id: str | None = None,
) -> MadeLogin:
    """Make an account as the owner (the first ADMIN); one that the clinic has already stays as it is."""
    address = clean_identifier(email, "email")
    check_password(password, email=address, name=name)
    secrets = make_secrets(password)
    with account_errors():
        rows = connection.execute(
            "SELECT user_id, made FROM desktop.bootstrap_staff(%s, %s, %s, %s, %s, %s, %s, %s)",
            (clinic_id, user_id, address, clean_text(name, "name", 300, required=True),
             [role.value for role in roles], secrets.verifier, secrets.bcrypt, provider_id),
        )  # fmt: skip
        ((found, made),) = rows.fetchall()
    return MadeLogin(str(found), bool(made))


def reset_password(connection: psycopg.Connection, *, email: str, password: str) -> str:
    """Give an account another password as the owner (forgotten by the only ADMIN, lost in a restore)."""
    check_password(password, email=email)
    secrets = make_secrets(password)
    with account_errors():
        values = (email, secrets.verifier, secrets.bcrypt)
        ((user_id,),) = connection.execute("SELECT desktop.restore_login(%s, %s, %s)", values).fetchall()
    return str(user_id)


def restore_roles(connection: psycopg.Connection) -> dict[str, str]:
    """Make the login roles that a restored database misses; returns what was found for each e-mail.

    ``ours``: nothing to do. ``orphan``: taken over, with its password. ``missing``: made without a password, so
    ``reset_password`` is needed. ``elsewhere``: another database has it; that person can't sign in here.
    """
    with account_errors():
        return {str(email): str(was) for email, was in connection.execute("SELECT * FROM desktop.restore_roles()")}

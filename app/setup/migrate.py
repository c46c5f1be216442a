"""Bringing a database to the program's schema: Alembic, then the repeatable scripts, as the database's owner.

Everything happens in one transaction behind an advisory lock: a killed upgrade leaves the database as it was,
and several processes that start at once upgrade once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import psycopg
from sqlalchemy import Connection, create_engine, pool
from sqlalchemy.exc import DBAPIError

from app.db.drift import driver
from app.db.errors import driver_error, translate
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.resources import migrations_root

MIN_CLIENT = 1
"""The least schema version whose programs may still write to a database of this one."""

_LOCK = 0x4D48_4153_4348_454D  # "MHASCHEM": nobody else's advisory lock
_WAIT_FOR_OTHERS = "180s"
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """What schema a database has (None: none of ours) and what this program brings."""

    version: int | None
    program_version: int
    scripts_hash: str | None
    program_scripts_hash: str

    @property
    def current(self) -> bool:
        """Tell whether an upgrade has nothing to do."""
        return self.version == self.program_version and self.scripts_hash == self.program_scripts_hash

    @property
    def too_new(self) -> bool:
        """Tell whether a newer program has upgraded the database."""
        return self.version is not None and self.version > self.program_version


def program_version() -> int:
    """Return the schema version that this program works with (the number of its last migration)."""
    return max(int(migration.name[:4]) for migration in (migrations_root() / "versions").glob("[0-9]*_*.py"))


def scripts() -> list[Path]:
    """Return the repeatable scripts in the order in which they are applied."""
    return sorted((migrations_root() / "sql").glob("[0-9][0-9]_*.sql"))


def scripts_hash() -> str:
    """Return a fingerprint of all repeatable scripts."""
    digest = sha256()
    for script in scripts():
        digest.update(script.name.encode() + b"\0" + script.read_bytes() + b"\0")
    return digest.hexdigest()


def status(owner_url: str) -> SchemaStatus:
    """Tell what schema the database has. Unavailable, WrongPassword or NoDatabase when it can't be asked."""
    with _errors_for_people(), _transaction(owner_url) as connection:
        return _status(connection)


def upgrade(owner_url: str, *, progress: Progress | None = None) -> SchemaStatus:
    """Bring the database to this program's schema and return its status then.

    ``owner_url`` is a libpq URL or connection string of the database's owner (CREATEROLE, no superuser).
    Refused: "SchemaTooNew", "SchemaDrift" (the backend's tables differ; ``differences`` names how), "NotOwner".
    Unavailable: no server, or "DatabaseBusy" when others hold locks for too long; nothing has changed then.
    """
    tell = progress or _nobody
    with _errors_for_people(), _transaction(owner_url) as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_FOR_OTHERS}'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        _refuse_newer(_status(connection))
        tell(t("Preparing the tables …"))
        _run_alembic(connection)
        _apply_scripts(driver(connection), tell)
        _record(connection)
        return _status(connection)


def _nobody(_text: str) -> None:
    """Progress that nobody watches."""


def _run_alembic(connection: Connection) -> None:
    # Imported here: every start of the program asks for the status, few need Alembic.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config(str(migrations_root() / "alembic.ini"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _transaction(owner_url: str) -> Iterator[Connection]:
    def connect() -> psycopg.Connection:
        return psycopg.connect(owner_url, connect_timeout=10, application_name="myhealthally setup")

    engine = create_engine("postgresql+psycopg://", creator=connect, poolclass=pool.NullPool)
    with engine.begin() as connection:
        yield connection


def _refuse_newer(found: SchemaStatus) -> None:
    if found.too_new:
        raise Refused(
            "SchemaTooNew",
            t("The database was prepared by a newer version of this program. Update this computer."),
            databaseVersion=found.version,
            programVersion=found.program_version,
        )


def _status(connection: Connection) -> SchemaStatus:
    version, digest = None, None
    if connection.exec_driver_sql("SELECT to_regclass('desktop.installation') IS NOT NULL").scalar_one():
        row = connection.exec_driver_sql("SELECT schema_version, scripts_hash FROM desktop.installation").first()
        if row is not None:
            version, digest = row
    return SchemaStatus(version, program_version(), digest, scripts_hash())


def _apply_scripts(raw: psycopg.Connection, tell: Progress) -> None:
    # Deferred checks of what the migrations wrote would forbid altering those tables.
    raw.execute("SET CONSTRAINTS ALL IMMEDIATE")
    raw.execute("SET LOCAL search_path TO public")
    parts = scripts()
    for n, script in enumerate(parts, 1):
        tell(t("Preparing rules and permissions: {n} of {total} …", n=n, total=len(parts)))
        raw.execute(script.read_bytes())
    raw.execute("RESET search_path")


# A database that was restored into another cluster starts a new history of changes: mirrors of the old one are void.
_RECORD = """
INSERT INTO desktop.installation AS i (schema_version, min_client, epoch, system_identifier, scripts_hash)
SELECT %(version)s, %(min_client)s, %(epoch)s, system_identifier::text, %(hash)s FROM pg_control_system()
ON CONFLICT (one) DO UPDATE SET
    schema_version = excluded.schema_version, min_client = excluded.min_client, scripts_hash = excluded.scripts_hash,
    epoch = CASE WHEN i.system_identifier = excluded.system_identifier THEN i.epoch ELSE excluded.epoch END,
    system_identifier = excluded.system_identifier
"""


def _record(connection: Connection) -> None:
    values = {"version": program_version(), "min_client": MIN_CLIENT, "epoch": new_uuid(), "hash": scripts_hash()}
    connection.exec_driver_sql(_RECORD, values)


@contextmanager
def _errors_for_people() -> Iterator[None]:
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        known = _setup_error(error) or translate(error)
        if known is None:
            raise
        raise known from error


def _setup_error(error: BaseException) -> AppError | None:
    found = driver_error(error)
    if isinstance(found, psycopg.errors.LockNotAvailable):
        return Unavailable("DatabaseBusy", t("Others are using the database. Nothing has changed; try again."))
    if isinstance(found, psycopg.errors.InsufficientPrivilege):
        why = found.diag.message_primary or ""
        return Refused("NotOwner", t("This account may not prepare the database: {why}", why=why), field="user")
    return None

"""Bringing a database to the program's schema: Alembic, then the repeatable scripts, as the database's owner.

Everything happens in one transaction behind an advisory lock: a killed upgrade leaves the database as it was,
and several processes that start at once upgrade once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy import Connection, create_engine, pool

from app.db.drift import driver
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.resources import migrations_root
from app.setup import schema_status
from app.setup.schema_status import (
    SchemaStatus,
    as_set_up,
    errors_for_people,
    program_version,
    read_status,
    scripts_hash,
)

MIN_CLIENT = 1
"""The least schema version whose programs may still write to a database of this one."""

_LOCK = 0x4D48_4153_4348_454D  # "MHASCHEM": nobody else's advisory lock
_WAIT_FOR_OTHERS = "180s"
Progress = Callable[[str], None]


def upgrade(owner_url: str, *, progress: Progress | None = None) -> SchemaStatus:
    """Bring the database to this program's schema and return its status then.

    ``owner_url`` is a libpq URL or connection string of the database's owner (CREATEROLE, no superuser).
    Refused: "SchemaTooNew", "SchemaDrift" (the backend's tables differ; ``differences`` names how), "NotOwner".
    Unavailable: no server, or "DatabaseBusy" when others hold locks for too long; nothing has changed then.
    """
    tell = progress or _nobody
    with errors_for_people(), _transaction(owner_url) as connection:
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_FOR_OTHERS}'")
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        _refuse_newer(read_status(driver(connection)))
        tell(t("Preparing the tables …"))
        _run_alembic(connection)
        _apply_scripts(driver(connection), tell)
        _record(connection)
        return read_status(driver(connection))


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
    engine = create_engine("postgresql+psycopg://", creator=lambda: as_set_up(owner_url), poolclass=pool.NullPool)
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


def _apply_scripts(raw: psycopg.Connection, tell: Progress) -> None:
    # Deferred checks of what the migrations wrote would forbid altering those tables.
    raw.execute("SET CONSTRAINTS ALL IMMEDIATE")
    raw.execute("SET LOCAL search_path TO public")
    parts = schema_status.scripts()
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

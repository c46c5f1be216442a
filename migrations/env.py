"""How Alembic runs here: as the owner, online only, its version table in schema desktop.

``config.attributes["connection"]`` is a connection whose transaction belongs to the caller (app/setup/migrate.py);
without one, ``config.attributes["owner_url"]`` or ``-x owner_url=…`` tells where to connect.
"""

from __future__ import annotations

from typing import Any

from alembic import context
from sqlalchemy import Connection, create_engine, pool, text

from app.db.models import metadata

LOCK_TIMEOUT = "5s"  # a migration must not queue the whole clinic behind it


def _ours(name: str | None, kind: str, _parents: Any) -> bool:
    return kind != "schema" or name in (None, "desktop")


def _migrate(connection: Connection) -> None:
    connection.execute(text("CREATE SCHEMA IF NOT EXISTS desktop"))
    connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
    connection.execute(text("SET LOCAL TimeZone = 'UTC'"))
    context.configure(
        connection=connection,
        target_metadata=metadata,
        version_table_schema="desktop",
        include_schemas=True,
        include_name=_ours,
        compare_server_default=True,
    )
    with context.begin_transaction():
        context.run_migrations()


def run() -> None:
    given = context.config.attributes.get("connection")
    if given is not None:
        _migrate(given)
        return
    url = context.config.attributes.get("owner_url") or context.get_x_argument(as_dictionary=True)["owner_url"]
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=pool.NullPool)
    with engine.begin() as connection:
        _migrate(connection)


run()

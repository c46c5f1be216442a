"""Our own tables in schema desktop, with the two extensions that they need."""

from __future__ import annotations

from pathlib import Path

from alembic import op
from psycopg import sql

from app.db.drift import driver

revision = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None

_DDL = Path(__file__).with_name("0002_desktop.sql")


def upgrade() -> None:
    raw = driver(op.get_bind())
    for extension in ("btree_gist", "pg_trgm"):  # trusted ones: an owner who is no superuser may create them
        raw.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA desktop").format(sql.Identifier(extension)))
    # Somebody may have installed pg_trgm elsewhere before: its operator class must be found.
    raw.execute(
        "SELECT set_config('search_path', 'pg_catalog, ' || extnamespace::regnamespace::text, true)"
        " FROM pg_extension WHERE extname = 'pg_trgm'"
    )
    raw.execute(_DDL.read_bytes())
    raw.execute("SET LOCAL search_path TO public")


def downgrade() -> None:
    raise RuntimeError("dropping them would lose the audit: restore a backup instead")

"""What patients wrote and nobody has read, so that an inbox needn't look through every message."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from app.db.drift import driver

revision = "0008"
down_revision: str | None = "0007"
branch_labels: str | None = None
depends_on: str | None = None

_DDL = Path(__file__).with_name("0008_unread.sql")


def upgrade() -> None:
    driver(op.get_bind()).execute(_DDL.read_bytes())


def downgrade() -> None:
    raise RuntimeError("programs of this version need it: restore a backup instead")

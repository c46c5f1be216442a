"""What requests, conversations and rules have beside the shared tables."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from app.db.drift import driver

revision = "0007"
down_revision: str | None = "0006"
branch_labels: str | None = None
depends_on: str | None = None

_DDL = Path(__file__).with_name("0007_reach.sql")


def upgrade() -> None:
    driver(op.get_bind()).execute(_DDL.read_bytes())


def downgrade() -> None:
    raise RuntimeError("dropping them would lose what rules did: restore a backup instead")

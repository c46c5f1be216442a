"""Workstations that are enrolled to work offline, commands that were discarded, and slots kept for a workstation."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from app.db.drift import driver

revision = "0004"
down_revision: str | None = "0003"
branch_labels: str | None = None
depends_on: str | None = None

_DDL = Path(__file__).with_name("0004_offline.sql")


def upgrade() -> None:
    driver(op.get_bind()).execute(_DDL.read_bytes())


def downgrade() -> None:
    raise RuntimeError("dropping them would lose who discarded what: restore a backup instead")

"""The key of a workstation's store, sealed, for people whom no seal at the workstation knows yet."""

from __future__ import annotations

from alembic import op

revision = "0005"
down_revision: str | None = "0004"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE desktop.workstation ADD COLUMN kept_key text")


def downgrade() -> None:
    op.execute("ALTER TABLE desktop.workstation DROP COLUMN kept_key")

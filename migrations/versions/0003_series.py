"""Visits of a series know each other: `visit_detail.series_id` is the same for all of them."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision: str | None = "0002"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE desktop.visit_detail ADD COLUMN IF NOT EXISTS series_id text")
    # Few visits belong to one: the others shall cost nothing.
    op.execute(
        "CREATE INDEX IF NOT EXISTS visit_detail_series_id_idx ON desktop.visit_detail (series_id)"
        " WHERE series_id IS NOT NULL"
    )


def downgrade() -> None:
    raise RuntimeError("dropping it would lose which visits belong together: restore a backup instead")

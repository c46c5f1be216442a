"""What a desk goes by: when a booking left a time, and how long a proposed one waits for the patient's answer.

Whoever opens a window later shall offer the times that were left to those who wait, too.
"""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.execute("ALTER TABLE desktop.slot_detail ADD COLUMN freed_at timestamp(3)")
    # Few slots were ever left: the others shall cost nothing.
    op.execute("CREATE INDEX slot_detail_freed_at_idx ON desktop.slot_detail (freed_at) WHERE freed_at IS NOT NULL")

    op.execute("ALTER TABLE desktop.clinic_settings ADD COLUMN proposal_hours integer NOT NULL DEFAULT 24")


def downgrade() -> None:
    op.execute("ALTER TABLE desktop.slot_detail DROP COLUMN freed_at")
    op.execute("ALTER TABLE desktop.clinic_settings DROP COLUMN proposal_hours")

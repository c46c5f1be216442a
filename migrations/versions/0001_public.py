"""The backend's 25 tables and 16 enums: made where absent, verified to the letter where the backend has made them."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from app.db.drift import differences, driver, expected_schema, read_schema
from app.kernel.errors import Refused
from app.kernel.i18n import t

revision = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

_DDL = Path(__file__).with_name("0001_public.sql")


def upgrade() -> None:
    raw = driver(op.get_bind())
    expected = expected_schema(raw, _DDL)
    found = read_schema(raw)
    if not expected.keys() & found.keys():
        raw.execute("SET LOCAL search_path TO public")
        raw.execute(_DDL.read_bytes())
        return
    drift = differences(expected, found)
    if drift:
        raise Refused(
            "SchemaDrift",
            t("The database's shared tables are not as the backend makes them: {what}", what="; ".join(drift)),
            field="database",
            differences=drift,
        )


def downgrade() -> None:
    raise RuntimeError("the shared tables are the backend's: restore a backup instead")

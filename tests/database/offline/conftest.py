"""The triggers' two clinics on PostgreSQL 18 and 15, and the small clinic of the scheduling tests."""

from __future__ import annotations

from tests.database.scheduling.conftest import desk, desk_template, pg_desk
from tests.database.triggers.conftest import base, base_template

__all__ = ["base", "base_template", "desk", "desk_template", "pg_desk"]

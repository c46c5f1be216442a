"""The small clinic on both databases, for imports."""

from __future__ import annotations

from tests.database.scheduling.conftest import desk, desk_template, pg_desk

__all__ = ["desk", "desk_template", "pg_desk"]

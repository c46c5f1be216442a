"""The small clinic on both databases, and what patients wrote to it."""

from __future__ import annotations

from tests.database.scheduling.conftest import desk, desk_template, pg_desk

__all__ = ["desk", "desk_template", "pg_desk"]

"""The small clinic of the scheduling tests, on both databases."""

from __future__ import annotations

from tests.database.scheduling.conftest import desk, desk_template, pg_desk  # noqa: F401 - fixtures

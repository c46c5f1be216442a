"""The small clinic on the server."""

from __future__ import annotations

from tests.database.scheduling.conftest import desk_template, pg_desk  # noqa: F401 - fixtures

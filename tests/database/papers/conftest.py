"""The small clinic of the scheduling tests, on both databases; a visit that takes place."""

from __future__ import annotations

import pytest

from tests.database.scheduling.conftest import desk, desk_template, pg_desk  # noqa: F401 - fixtures
from tests.support.treating import begin_visit


@pytest.fixture
def visit(request: pytest.FixtureRequest) -> str:
    """Zygmunt Lis is with Dr Okafor."""
    return begin_visit(request.getfixturevalue("desk"))

"""The small clinic with one full chart, on both databases."""

from __future__ import annotations

import pytest

from tests.database.scheduling.conftest import desk, desk_template, pg_desk  # noqa: F401 - fixtures
from tests.support.chart_rows import fill_chart
from tests.support.desk import Desk


@pytest.fixture
def full(desk: Desk) -> Desk:  # noqa: F811 - the fixture
    """The clinic in which Zygmunt Lis has a full chart."""
    fill_chart(desk)
    return desk

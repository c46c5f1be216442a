"""The rows of the table beside the chart, in numbers: days of other years have their year."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.vitals_metrics import Metric, Origin
from app.queries.vitals import ReadingRow
from app.ui.areas.chart.vitals.readings_table import DAY_ROLE, ReadingsModel


def row(at: datetime) -> ReadingRow:
    return ReadingRow(
        id=at.isoformat(), metric=Metric.WEIGHT, at=at, value=80.0, second=None, origin=Origin.TYPED, retractable=False
    )


@pytest.mark.usefixtures("qapp")
def test_a_day_of_another_year_has_its_year() -> None:
    model = ReadingsModel(lambda: ZoneInfo("UTC"), this_year=lambda: 2026)
    here, there = datetime(2026, 3, 5, 14, 57, tzinfo=UTC), datetime(2023, 3, 5, 14, 57, tzinfo=UTC)
    model.set_rows((row(here),), more=True)
    assert [model.index(n).data(DAY_ROLE) for n in range(1)] == ["5 Mar"]
    model.add_rows((row(there),), more=False)
    assert [model.index(n).data(DAY_ROLE) for n in range(2)] == ["5 Mar 2026", "5 Mar 2023"]

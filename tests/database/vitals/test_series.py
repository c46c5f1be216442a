"""Series and tables: merged, aggregated by the database, whole when few, and never stopped by what can't be read."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.domain.vitals_metrics import Metric, Origin
from app.queries.vitals import Extents, ReadingRow, vital_extents, vital_page
from app.queries.vitals_series import Series, vital_series
from tests.database.vitals.conftest import PATIENT, Readings
from tests.support.desk import NOW, Desk

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def series(desk: Desk, metric: Metric, days: int = 30, **more: Any) -> Series:
    found = desk.desk.ask(
        vital_series, patient_id=PATIENT, metrics=(metric,), start=NOW - days * DAY, end=NOW + MINUTE, **more
    )
    return found.series[0]


def pages(desk: Desk, *metrics: Metric, limit: int = 3, **span: datetime) -> list[ReadingRow]:
    found: list[ReadingRow] = []
    cursor = None
    while True:
        page = desk.desk.ask(vital_page, patient_id=PATIENT, metrics=metrics, limit=limit, cursor=cursor, **span)
        found += page.items
        if not page.more:
            return found
        assert len(page.items) == limit
        cursor = page.cursor


def test_few_readings_come_one_by_one_from_all_sources(desk: Desk, readings: Readings) -> None:
    typed = readings.measure("BLOOD_PRESSURE", {"systolic": 148, "diastolic": 92}, NOW - DAY, source="MANUAL")
    device = readings.device(NOW - 2 * DAY, systolic_bp=131, diastolic_bp=84, heart_rate=70)
    readings.measure("BLOOD_PRESSURE", {"systolic": 120, "diastolic": 80}, NOW - 40 * DAY)
    found = series(desk, Metric.BLOOD_PRESSURE)
    assert [(s.id, s.mean, s.second_mean, s.origin) for s in found.spots] == [
        (device, 131, 84, Origin.DEVICE), (typed, 148, 92, Origin.TYPED)
    ]  # fmt: skip
    assert (found.readings, found.unreadable, found.bucket) == (2, 0, None)
    assert [s.mean for s in series(desk, Metric.HEART_RATE).spots] == [70]


def test_many_readings_come_as_buckets(desk: Desk, readings: Readings) -> None:
    start = NOW - DAY
    for number in range(48):
        readings.measure("GLUCOSE", 100 + number, start + number * 30 * MINUTE)
    found = series(desk, Metric.GLUCOSE, days=1, buckets=24, few=10)
    assert found.bucket is not None
    assert found.readings == 48 == sum(spot.count for spot in found.spots)
    assert 20 <= len(found.spots) <= 25
    assert found.spots[0].at == start
    assert found.spots[-1].until == start + 47 * 30 * MINUTE
    assert (found.spots[0].low, found.spots[0].high, found.spots[0].mean) == (100, 102, 101)
    assert all(a.until < b.at for a, b in zip(found.spots, found.spots[1:], strict=False))
    assert all(spot.id is None for spot in found.spots)


def test_few_readings_come_one_by_one_even_where_they_share_a_bucket(desk: Desk, readings: Readings) -> None:
    start = NOW - 60 * MINUTE
    ids = [readings.measure("GLUCOSE", 100 + n, start + n * MINUTE) for n in (0, 1, 30)]
    readings.measure("GLUCOSE", "?", start + 2 * MINUTE)
    for buckets in (1, 10, 500):  # one for all, two together, each in its own
        found = series(desk, Metric.GLUCOSE, days=1, buckets=buckets, few=4)
        assert [(spot.id, spot.mean, spot.low, spot.high) for spot in found.spots] == [
            (id_, mean, mean, mean) for id_, mean in zip(ids, (100, 101, 130), strict=True)
        ]
        assert (found.readings, found.unreadable, found.bucket) == (3, 1, None)
    assert series(desk, Metric.GLUCOSE, days=1, buckets=1, few=3).bucket is not None


def test_pairs_in_buckets_keep_both_values(desk: Desk, readings: Readings) -> None:
    for number in range(12):
        readings.device(NOW - number * MINUTE, systolic_bp=120 + number, diastolic_bp=80 - number)
    (spot,) = series(desk, Metric.BLOOD_PRESSURE, buckets=1, few=5).spots
    assert (spot.count, spot.low, spot.high, spot.second_low, spot.second_high) == (12, 120, 131, 69, 80)
    assert (spot.mean, spot.second_mean) == (125.5, 74.5)


BAD: tuple[object, ...] = (
    "72", None, True, [], {}, {"systolic": 120}, {"systolic": "120", "diastolic": 80}, {"systolic": 1e300,
     "diastolic": 1},
    {"value": 72}, 1e308, -1e308, 5e-324, 0, "\U0001f600", {"systolic": {"x": 1}, "diastolic": []},
)  # fmt: skip


@pytest.mark.parametrize("few", [0, 100])
@pytest.mark.parametrize("metric", [Metric.BLOOD_PRESSURE, Metric.GLUCOSE])
def test_what_cannot_be_read_is_counted_and_stops_nothing(
    desk: Desk, readings: Readings, metric: Metric, few: int
) -> None:
    bad = [value for value in BAD if value is not None]
    for number, value in enumerate(bad):
        readings.measure(metric.value, value, NOW - (number + 1) * HOUR)
    good: Any = {"systolic": 120, "diastolic": 80} if metric is Metric.BLOOD_PRESSURE else 120.5
    readings.measure(metric.value, good, NOW, metadata="of another shape")
    found = series(desk, metric, few=few)
    assert (found.readings, found.unreadable) == (1, len(bad))
    assert [spot.mean for spot in found.spots] == [120 if metric is Metric.BLOOD_PRESSURE else 120.5]
    rows = pages(desk, metric)
    assert len(rows) == len(bad) + 1
    assert [row.value is None for row in rows] == [False] + [True] * len(bad)


@pytest.mark.parametrize("mark", [{"retracted": {"reason": "slip"}}])
def test_retracted_ones_are_out(desk: Desk, readings: Readings, mark: Any) -> None:
    readings.measure("GLUCOSE", 88, NOW - DAY, metadata=mark)
    readings.measure("GLUCOSE", 90, NOW - DAY, metadata={"retracted": None, "visitId": "v"})
    assert [spot.mean for spot in series(desk, Metric.GLUCOSE).spots] == [90]
    assert [row.value for row in pages(desk, Metric.GLUCOSE)] == [90]


def test_variability_from_sdnn_is_derived(desk: Desk, readings: Readings) -> None:
    readings.hrv(NOW - 3 * DAY, 34.0, 40.0)
    readings.hrv(NOW - 2 * DAY, 41.0, 40.0)
    readings.hrv(NOW - DAY, 38.5)
    found = series(desk, Metric.HRV).spots
    assert [(s.mean, s.origin) for s in found] == [
        (34.0, Origin.DERIVED), (41.0, Origin.DEVICE), (38.5, Origin.DEVICE)
    ]  # fmt: skip


def test_a_weight_is_counted_once_and_bmi_alone_gives_one(desk: Desk, readings: Readings) -> None:
    readings.measure("WEIGHT", 82.4, NOW - 2 * DAY)
    readings.bmi(NOW - 2 * DAY, 82.4)
    readings.bmi(NOW - DAY, 81.9)
    assert [spot.mean for spot in series(desk, Metric.WEIGHT).spots] == [82.4, 81.9]
    assert len(series(desk, Metric.BMI).spots) == 2


def test_a_span_includes_its_start_and_not_its_end(desk: Desk, readings: Readings) -> None:
    for day in (0, 1, 2):
        readings.measure("GLUCOSE", 100 + day, NOW - day * DAY)
    found = desk.desk.ask(
        vital_series, patient_id=PATIENT, metrics=(Metric.GLUCOSE,), start=NOW - 2 * DAY, end=NOW
    )  # fmt: skip
    assert [spot.mean for spot in found.series[0].spots] == [102, 101]


def test_the_table_pages_through_everything_once(desk: Desk, readings: Readings) -> None:
    for number in range(7):
        readings.device(NOW - number * HOUR, systolic_bp=120 + number, diastolic_bp=80, heart_rate=60 + number)
        readings.measure("BLOOD_PRESSURE", {"systolic": 110 + number, "diastolic": 70}, NOW - number * HOUR)
    rows = pages(desk, Metric.BLOOD_PRESSURE, Metric.HEART_RATE, limit=4)
    assert len(rows) == 21 == len({(row.id, row.metric) for row in rows})
    assert [row.at for row in rows] == sorted((row.at for row in rows), reverse=True)
    some = pages(desk, Metric.HEART_RATE, start=NOW - 2 * HOUR, end=NOW)
    assert [row.value for row in some] == [61, 62]


def test_extents_tell_what_there_is(desk: Desk, readings: Readings) -> None:
    readings.measure("WEIGHT", 82.4, NOW - 20 * DAY)
    readings.device(NOW - DAY, spo2=97)
    readings.device(NOW - 3 * DAY, spo2=96)
    found: Extents = desk.desk.ask(vital_extents, patient_id=PATIENT)
    assert [(one.metric, one.first, one.last) for one in found.metrics] == [
        (Metric.WEIGHT, NOW - 20 * DAY, NOW - 20 * DAY), (Metric.SPO2, NOW - 3 * DAY, NOW - DAY)
    ]  # fmt: skip
    assert found.span == (NOW - 20 * DAY, NOW - DAY)


def test_what_only_the_server_has_is_said(desk: Desk) -> None:
    def missing(days: int) -> bool:
        return desk.desk.ask(
            vital_series, patient_id=PATIENT, metrics=(Metric.WEIGHT,), start=NOW - days * DAY, end=NOW
        ).older_missing

    assert (missing(100), missing(200)) == (False, not desk.online)

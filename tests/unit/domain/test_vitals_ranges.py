"""A clinic's ranges: what is normal, what is critical, and what is kept of them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.vitals_metrics import Metric
from app.domain.vitals_ranges import KEY, USUAL, Range, VitalRanges, problem_of, vital_ranges

NUMBERS = st.none() | st.floats(0, 500)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("metric", "value", "second", "place"),
    [
        (Metric.BLOOD_PRESSURE, 110, 70, 0), (Metric.BLOOD_PRESSURE, 144, 58, 1), (Metric.BLOOD_PRESSURE, 85, 58, -1),
        (Metric.BLOOD_PRESSURE, 180, 85, 2), (Metric.BLOOD_PRESSURE, 150, 120, 2), (Metric.BLOOD_PRESSURE, 80, 50, -2),
        (Metric.BLOOD_PRESSURE, 80, 85, -2), (Metric.SPO2, 92, None, -1), (Metric.SPO2, 91, None, -2),
        (Metric.GLUCOSE, 53, None, -2), (Metric.GLUCOSE, 54, None, -1), (Metric.GLUCOSE, 400, None, 2),
        (Metric.HEART_RATE, 131, None, 2), (Metric.TEMPERATURE, 35.0, None, -2), (Metric.WEIGHT, 300, None, 0),
        (Metric.HRV, 10, None, -1),
    ],
)  # fmt: skip
def test_where_a_value_lies(metric: Metric, value: float, second: float | None, place: int) -> None:
    assert VitalRanges().place(metric, value, second) == place


@given(st.sampled_from([Metric(name) for name in USUAL if name in set(Metric)]), st.floats(0, 600))
def test_what_is_critical_is_out_of_its_band_too(metric: Metric, value: float) -> None:
    ranges = VitalRanges()
    (one,) = ranges.ranges(metric)
    place = ranges.place(metric, value)
    assert one.band.place(value) == (place if abs(place) < 2 else place // 2)


@given(st.lists(st.tuples(st.floats(60, 220), st.floats(40, 140)), min_size=1, max_size=5))
def test_a_bucket_is_critical_when_one_of_its_readings_is(readings: list[tuple[float, float]]) -> None:
    ranges, (first, second) = VitalRanges(), zip(*readings, strict=True)
    means = (sum(first) / len(first), sum(second) / len(second))
    place = ranges.place_of_bucket(
        Metric.BLOOD_PRESSURE, min(first), max(first), means[0], min(second), max(second), means[1]
    )
    worst = {ranges.place(Metric.BLOOD_PRESSURE, *one) for one in readings}
    assert (abs(place) == 2) == bool({-2, 2} & worst)


def test_a_clinic_has_its_own() -> None:
    kept = {KEY: {"HRV": {"low": 30, "high": 90, "criticalLow": 15, "criticalHigh": None}}}
    found = vital_ranges(kept)
    assert [found.place(Metric.HRV, value) for value in (15, 29, 30, 90, 91)] == [-2, -1, 0, 0, 1]
    assert found.place(Metric.SPO2, 91) == -2, "what it has not chosen stays as usual"
    assert found.stored() == kept


@given(JSON | st.fixed_dictionaries({KEY: st.dictionaries(st.sampled_from([*USUAL]), JSON, max_size=3)}))
def test_whatever_stands_in_the_settings_can_be_read(settings: object) -> None:
    found = vital_ranges(settings)
    assert set(found.values) == set(USUAL)
    assert all(problem_of(one) is None for one in found.values.values())


@given(st.builds(Range, NUMBERS, NUMBERS, NUMBERS, NUMBERS))
def test_what_can_be_comes_back_and_what_is_out_of_order_is_named(one: Range) -> None:
    order = [one.critical_low, one.low, one.high, one.critical_high]
    given_ = [value for value in order if value is not None]
    assert (problem_of(one) is None) == (given_ == sorted(given_))
    if problem_of(one) is None:
        settings = json.loads(json.dumps(VitalRanges({**USUAL, "HRV": one}).stored()))
        assert vital_ranges(settings).values["HRV"] == one

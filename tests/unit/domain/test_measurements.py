"""Which measured values can be true, and the arithmetic on them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from app.domain.measurements import (
    LIMITS,
    QUANTITY,
    MeasurementType,
    body_mass_index,
    check_pressure,
    check_value,
    is_unlikely,
    is_unlikely_pressure,
)
from app.domain.units import STORED_UNIT
from app.kernel.errors import Refused

REFERENCE = Path(__file__).parents[4] / "shared" / "data" / "reference"
SINGLE = [kind for kind in MeasurementType if kind is not MeasurementType.BLOOD_PRESSURE]


def test_every_kind_has_a_unit_and_every_single_one_limits() -> None:
    assert set(QUANTITY) == set(MeasurementType)
    assert set(LIMITS) == set(SINGLE)
    assert all(QUANTITY[kind] in STORED_UNIT for kind in MeasurementType)


@pytest.mark.parametrize("kind", SINGLE)
def test_limits_hold_with_their_ends(kind: MeasurementType) -> None:
    low, high = LIMITS[kind].possible
    likely_low, likely_high = LIMITS[kind].likely
    assert low <= likely_low < likely_high <= high
    for value in (low, high, likely_low, likely_high):
        check_value(kind, value)
    for value in (low - 1, high + 1, float("nan"), float("inf"), float("-inf")):
        with pytest.raises(Refused, match="cannot be true") as refusal:
            check_value(kind, value)
        assert (refusal.value.code, refusal.value.field) == ("ImpossibleValue", "value")
    assert not is_unlikely(kind, likely_low)
    assert not is_unlikely(kind, likely_high)


def test_people_who_lived_are_possible() -> None:
    check_value(MeasurementType.HEIGHT, 272)
    check_value(MeasurementType.WEIGHT, 635)
    check_value(MeasurementType.WEIGHT, 0.25)
    check_value(MeasurementType.TEMPERATURE, 13.7)
    assert is_unlikely(MeasurementType.TEMPERATURE, 13.7)


@pytest.mark.parametrize("kind", [MeasurementType.STEPS, MeasurementType.MOOD])
def test_counts_are_whole(kind: MeasurementType) -> None:
    check_value(kind, 3.0)
    with pytest.raises(Refused, match="whole number"):
        check_value(kind, 3.5)


@pytest.mark.parametrize(
    ("systolic", "diastolic", "field"),
    [(20, 10, "systolic"), (400, 80, "systolic"), (120, 5, "diastolic"), (120, 260, "diastolic"), (80, 80, "diastolic"),
     (80, 120, "diastolic"), (float("nan"), 80, "systolic")],
)  # fmt: skip
def test_pressures_that_cannot_be_true(systolic: float, diastolic: float, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_pressure(systolic, diastolic)
    assert refusal.value.field == field


def test_pressures_that_can() -> None:
    check_pressure(120, 80)
    check_pressure(240, 140)
    assert is_unlikely_pressure(240, 140)
    assert not is_unlikely_pressure(180, 120)


def test_the_body_mass_index_agrees_with_the_published_table() -> None:
    with (REFERENCE / "bmi_nhlbi_table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 216
    for row in rows:
        found = body_mass_index(float(row["weight_lb"]) * 0.45359237, float(row["height_in"]) * 2.54)
        assert found == pytest.approx(float(row["bmi_exact_recomputed_here"]), abs=0.006)
        assert abs(found - float(row["bmi_published"])) < 0.5


def test_nobody_has_no_height() -> None:
    for height in (0, -170, float("nan")):
        with pytest.raises(ValueError, match="positive"):
            body_mass_index(70, height)

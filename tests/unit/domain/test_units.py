"""Units: exact conversions against published references, and words that must not be misread."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.units import CONVERSIONS, STORED_UNIT, Quantity, from_stored, to_stored, ucum_unit, written_unit

REFERENCE = Path(__file__).parents[4] / "shared" / "data" / "reference"


def published() -> dict[str, str]:
    with (REFERENCE / "conversions.csv").open(encoding="utf-8", newline="") as file:
        return {row["quantity"]: row["formula"] for row in csv.DictReader(file)}


def test_factors_are_the_published_ones() -> None:
    formulas = published()
    assert to_stored(Quantity.MASS, Decimal(1), "[lb_av]") == float(formulas["lb to kg"])
    assert to_stored(Quantity.LENGTH, Decimal(1), "[in_i]") == float(formulas["in to cm"])
    assert formulas["glucose mg/dL"] == "mmol/L * 18.0182"
    assert to_stored(Quantity.GLUCOSE, Decimal(1), "mmol/L") == 18.0182
    assert formulas["A1C NGSP %"] == "0.09148 * IFCC mmol/mol + 2.152"
    assert to_stored(Quantity.A1C, Decimal(0), "mmol/mol") == 2.152
    assert to_stored(Quantity.A1C, Decimal(100), "mmol/mol") == pytest.approx(11.3, abs=1e-12)


def test_thresholds_of_diabetes_meet_in_both_units() -> None:
    """ADA: 6.5 % is 48 mmol/mol, 126 mg/dL is 7.0 mmol/L, as whole figures."""
    assert round(from_stored(Quantity.A1C, 6.5, "mmol/mol")) == 48
    assert round(from_stored(Quantity.GLUCOSE, 126, "mmol/L"), 1) == 7.0


@pytest.mark.parametrize(
    ("fahrenheit", "celsius"), [("98.6", 37), ("32", 0), ("-40", -40), ("212", 100), ("100.4", 38)]
)
def test_fahrenheit_is_exact(fahrenheit: str, celsius: float) -> None:
    assert to_stored(Quantity.TEMPERATURE, Decimal(fahrenheit), "[degF]") == celsius


def test_fixed_points_of_other_scales() -> None:
    assert to_stored(Quantity.TEMPERATURE, Decimal("310.15"), "K") == 37
    assert to_stored(Quantity.PRESSURE, Decimal("13.3322"), "kPa") == 100
    assert to_stored(Quantity.DURATION, Decimal(450), "min") == 7.5
    assert to_stored(Quantity.MASS, Decimal(16), "[oz_av]") == 0.45359237


@pytest.mark.parametrize("quantity", list(Quantity))
@given(value=st.decimals(-1000, 1000, places=3))
def test_there_and_back(quantity: Quantity, value: Decimal) -> None:
    for unit in CONVERSIONS[quantity]:
        back = from_stored(quantity, to_stored(quantity, value, unit), unit)
        assert back == pytest.approx(float(value), abs=1e-9)


@pytest.mark.parametrize("quantity", list(Quantity))
def test_the_stored_unit_changes_nothing(quantity: Quantity) -> None:
    assert to_stored(quantity, Decimal("120.1"), STORED_UNIT[quantity]) == 120.1


@pytest.mark.parametrize(
    ("quantity", "text", "unit"),
    [
        (Quantity.MASS, "lbs", "[lb_av]"),
        (Quantity.MASS, " Pounds ", "[lb_av]"),
        (Quantity.MASS, "KG", "kg"),
        (Quantity.LENGTH, "in", "[in_i]"),
        (Quantity.LENGTH, "m", "m"),
        (Quantity.DURATION, "min", "min"),
        (Quantity.TEMPERATURE, "° F", "[degF]"),
        (Quantity.TEMPERATURE, "C", "Cel"),
        (Quantity.PRESSURE, "mm Hg", "mm[Hg]"),
        (Quantity.GLUCOSE, "MG/DL", "mg/dL"),
        (Quantity.RATE, "bpm", "/min"),
        (Quantity.RATE, "br/min", "/min"),
        (Quantity.RATE, "breaths per minute", "/min"),
        (Quantity.RATE, "Beats per Minute", "/min"),
        (Quantity.TEMPERATURE, "ºC", "Cel"),
        (Quantity.TEMPERATURE, "degrees F", "[degF]"),
        (Quantity.A1C, "% of total Hgb", "%"),
        (Quantity.MASS, "lb(s)", "[lb_av]"),
        (Quantity.LENGTH, "in.", "[in_i]"),
        (Quantity.MASS, "cm", None),
        (Quantity.MASS, "stone", "[stone_av]"),
        (Quantity.MASS, "pud", None),
        (Quantity.MASS, "", None),
        (Quantity.GLUCOSE, "mg", None),
        (Quantity.SATURATION, "1", None),
    ],
)
def test_units_as_people_write_them(quantity: Quantity, text: str, unit: str | None) -> None:
    assert written_unit(quantity, text) == unit


@pytest.mark.parametrize(
    ("quantity", "code", "unit"),
    [
        (Quantity.RATE, "{beats}/min", "/min"),
        (Quantity.A1C, "%{HemoglobinA1C}", "%"),
        (Quantity.SCORE, "{score}", "1"),
        (Quantity.STEPS, "{steps}", "/d"),
        (Quantity.PRESSURE, "mmHg", "mm[Hg]"),
        (Quantity.TEMPERATURE, "degF", "[degF]"),
        (Quantity.TEMPERATURE, "C", None),
        (Quantity.TEMPERATURE, "F", None),
        (Quantity.LENGTH, "ft", None),
        (Quantity.MASS, "{score}", None),
    ],
)
def test_ucum_codes(quantity: Quantity, code: str, unit: str | None) -> None:
    assert ucum_unit(quantity, code) == unit


@pytest.mark.parametrize("quantity", list(Quantity))
@given(text=st.text(max_size=12))
def test_any_text_is_one_of_ours_or_none(quantity: Quantity, text: str) -> None:
    for found in (written_unit(quantity, text), ucum_unit(quantity, text)):
        assert found is None or found in CONVERSIONS[quantity]

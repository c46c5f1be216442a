"""What is typed, what it comes to, what is normal, and who is eligible: against published tables."""

from __future__ import annotations

import csv
import json
import os
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.measurements import LIMITS, QUANTITY, MeasurementType, body_mass_index
from app.domain.units import Quantity, from_stored, to_stored
from app.domain.vitals_entry import read_entry, unit_choices
from app.domain.vitals_glp1 import (
    Condition,
    Glp1Rule,
    Reason,
    eligibility,
    glp1_rule,
    is_glp1_medicine,
    progress,
)
from app.domain.vitals_metrics import Metric, metric_named, rmssd, value_text
from app.domain.vitals_ranges import DIASTOLIC, SYSTOLIC, USUAL, VitalRanges
from app.kernel.errors import Refused

M = MeasurementType
REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "data" / "reference"
"""Published tables, where they lie beside the program; the values written here hold without them."""


def table(name: str) -> list[dict[str, str]]:
    """The rows of a published table; none where it isn't there."""
    if not (REFERENCE / name).exists():
        assert not os.environ.get("CI"), f"{name} is missing"
        return []
    with (REFERENCE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("kind", "text", "unit", "value"),
    [
        (M.WEIGHT, "182", "lb", 82.55381134),
        (M.WEIGHT, "3,25", "", 3.25),
        (M.WEIGHT, "3.250", "kg", 3.25),
        (M.HEIGHT, "66", "in", 167.64),
        (M.TEMPERATURE, "98.6", "°F", 37),
        (M.GLUCOSE, "7", "mmol/L", 126.1274),
        (M.A1C, "48", "mmol/mol", 6.54304),
        (M.STEPS, "1200", "", 1200),
        (M.BLOOD_PRESSURE, " 120 / 80 ", "", {"systolic": 120, "diastolic": 80}),
        (M.BLOOD_PRESSURE, "16/10.7", "kPa", {"systolic": 120, "diastolic": 80}),
    ],
)
def test_entry_is_converted(kind: M, text: str, unit: str, value: object) -> None:
    assert read_entry(kind, text, unit).value == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize("text", ["1,200", "1.200.000", "", "abc", "8 2", "--3", "1e3", "٣٤", "12/", "1" * 300])
def test_what_can_mean_two_things_or_nothing_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_entry(M.WEIGHT, text)


def test_limits_are_told_in_the_unit_that_was_typed() -> None:
    with pytest.raises(Refused, match="1543 lb"):
        read_entry(M.WEIGHT, "2000", "lb")


@given(st.sampled_from([one for one in M if one is not M.BLOOD_PRESSURE]), st.data())
def test_any_unit_comes_back(kind: M, data: st.DataObject) -> None:
    low, high = LIMITS[kind].possible
    unit = data.draw(st.sampled_from(unit_choices(kind)))
    value = data.draw(st.integers(int(low) + 1, int(high) - 1) if high - low > 2 else st.just(int(high)))
    shown = from_stored(QUANTITY[kind], value, unit)
    if LIMITS[kind].whole and unit != unit_choices(kind)[0]:
        return
    read = read_entry(kind, f"{shown:.6f}", unit) if shown < 1e9 else None
    assert read is not None
    assert read.value == pytest.approx(value, rel=1e-5, abs=1e-4)
    assert read.entered == pytest.approx(shown, rel=1e-5, abs=1e-4)


@given(st.text(max_size=30), st.sampled_from(list(M)), st.text(max_size=8))
def test_nothing_typed_breaks_it(text: str, kind: M, unit: str) -> None:
    with suppress(Refused):  # anything else fails
        assert read_entry(kind, text, unit).kind is kind


def test_body_mass_index_agrees_with_the_published_table() -> None:
    assert body_mass_index(68, 165) == pytest.approx(24.98, abs=0.005)
    for row in table("bmi_nhlbi_table.csv"):
        weight = to_stored(Quantity.MASS, Decimal(row["weight_lb"]), "[lb_av]")
        height = to_stored(Quantity.LENGTH, Decimal(row["height_in"]), "[in_i]")
        assert body_mass_index(weight, height) == pytest.approx(float(row["bmi_exact_recomputed_here"]), abs=0.006)


def test_normal_pressure_is_what_the_guideline_calls_normal() -> None:
    for row in table("bp_categories_acc_aha.csv"):
        if row["category"] == "normal":
            assert (row["systolic_mmHg"], row["diastolic_mmHg"]) == ("<120", "<80")
    assert (USUAL[SYSTOLIC].high, USUAL[DIASTOLIC].high) == (119, 79)


def test_a1c_is_normal_below_prediabetes() -> None:
    rows = [one for one in table("glycemia_thresholds_ada.csv") if one["test"] == "A1C" and one["unit"] == "%"]
    for edge in (5.7, *(float(row["prediabetes_from"]) for row in rows)):
        assert VitalRanges().place(Metric.A1C, edge) == 1
        assert VitalRanges().place(Metric.A1C, round(edge - 0.1, 1)) == 0


def test_thresholds_are_those_of_the_label() -> None:
    rule = Glp1Rule()
    assert (rule.bmi, rule.bmi_with_condition) == (30, 27)
    assert {"hypertension", "type 2 diabetes", "dyslipidemia"} <= set(rule.conditions)
    label = REFERENCE / "glp1_bmi_eligibility.json"
    if label.exists():
        text = json.dumps(json.loads(label.read_text(encoding="utf-8")))
        assert f">={rule.bmi:g} kg/m2 (obese) or >={rule.bmi_with_condition:g} kg/m2 (overweight)" in text


@pytest.mark.parametrize(
    ("first", "second", "place"),
    [(118, 76, 0), (119, 79, 0), (120, 70, 1), (110, 80, 1), (88, 58, -1), (144, 58, 1), (100, 59, -1)],
)
def test_a_pressure_is_judged_as_a_pair(first: float, second: float, place: int) -> None:
    assert VitalRanges().place(Metric.BLOOD_PRESSURE, first, second) == place


def test_variability_is_derived_from_sdnn_only_when_nothing_else_was_given() -> None:
    assert rmssd(38.5, None) == (38.5, False)
    assert rmssd(41.0, 40.0) == (41.0, False)
    assert rmssd(34.0, 40.0) == (34.0, True)
    assert rmssd(0, 40.0) == (34.0, True)
    assert rmssd(None, 40.0) == (34.0, True)
    assert rmssd(None, None) is None
    assert rmssd(0, 0) is None


DIABETES, GONE = Condition("Type 2 diabetes mellitus", "E11.9"), Condition("Hypertension", active=False)


@pytest.mark.parametrize(
    ("bmi", "conditions", "age", "eligible", "reason"),
    [
        (30.0, (), 40, True, Reason.BMI),
        (29.99, (), 40, False, Reason.NO_CONDITION),
        (27.0, (DIABETES,), 40, True, Reason.BMI_AND_CONDITION),
        (27.0, (GONE,), 40, False, Reason.NO_CONDITION),
        (27.0, (Condition("Something else", "E11"),), None, True, Reason.BMI_AND_CONDITION),
        (27.0, (Condition("Pulmonary issue", "E110"),), 40, False, Reason.NO_CONDITION),
        (26.99, (DIABETES,), 40, False, Reason.BELOW),
        (None, (DIABETES,), 40, False, Reason.NO_BMI),
        (35.0, (DIABETES,), 17, False, Reason.NOT_ADULT),
        (35.0, (DIABETES,), 18, True, Reason.BMI),
    ],
)
def test_eligibility(
    bmi: float | None, conditions: tuple[Condition, ...], age: int | None, eligible: bool, reason: Reason
) -> None:
    found = eligibility(bmi, conditions, Glp1Rule(), age)
    assert (found.eligible, found.reason) == (eligible, reason)


def test_the_clinic_has_its_own_rule() -> None:
    rule = glp1_rule({"glp1": {"bmi": 32, "bmiWithCondition": 28, "conditions": ["Gout", 3, ""]}})
    assert rule == Glp1Rule(32, 28, ("Gout",))
    assert glp1_rule(rule.stored()) == rule
    assert eligibility(29, (Condition("Chronic gout"),), rule, 50).conditions == ("Chronic gout",)
    assert eligibility(29, (DIABETES,), rule, 50).eligible is False


KEYS = st.sampled_from(["glp1", "bmi", "bmiWithCondition", "conditions"])
LEAVES = st.none() | st.booleans() | st.floats() | st.text()


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner)))
def test_any_setting_gives_a_rule(settings: object) -> None:
    rule = glp1_rule(settings)
    assert 15 <= rule.bmi_with_condition <= rule.bmi <= 80
    assert rule.conditions


def test_small_things() -> None:
    found = progress(82.4, 88.9, date(2025, 1, 14))
    assert found is not None
    assert (round(found.kg, 1), round(found.percent, 1)) == (-6.5, -7.3)
    assert progress(82.4, 0, date(2025, 1, 14)) is None
    assert is_glp1_medicine("Semaglutide 0.5 mg")
    assert not is_glp1_medicine("Metformin")
    assert metric_named("bp") is Metric.BLOOD_PRESSURE
    assert metric_named("heart rate") is Metric.HEART_RATE
    assert metric_named("shoe size") is None
    assert value_text(Metric.BLOOD_PRESSURE, 144.4, 90) == "144/90"

"""Observations → measurements: units, panels, halves, body mass indices, and all the reasons to leave one out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.imports import MeasurementRow
from tests.support.fhir import LOINC, UCUM, Read, observation, of, patient, read_resources


def taken(*observations: dict[str, Any]) -> Read:
    return read_resources(patient(), *observations)


def measured(*observations: dict[str, Any]) -> MeasurementRow:
    (row,) = taken(*observations).only.measurements
    return row


def reason(*observations: dict[str, Any]) -> str:
    found = taken(*observations)
    assert not found.only.measurements
    return found.reason


def component(code: str, value: Any, unit: str = "mm[Hg]") -> dict[str, Any]:
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": quantity}


def panel(*components: dict[str, Any], code: str = "85354-9", **more: Any) -> dict[str, Any]:
    return observation(code, component=list(components), **more)


@pytest.mark.parametrize(
    ("code", "value", "unit", "kind", "stored"),
    [
        ("29463-7", 70.5, "kg", "WEIGHT", 70.5),
        ("3141-9", 154, "[lb_av]", "WEIGHT", 154 * 0.45359237),
        ("29463-7", 3500, "g", "WEIGHT", 3.5),
        ("8310-5", 98.6, "degree Fahrenheit", "TEMPERATURE", 37),
        ("8310-5", 37, "degree Celsius", "TEMPERATURE", 37),
        ("8867-4", 72, "lpm", "HEART_RATE", 72),
        ("9279-1", 16, "rpm", "RESPIRATION", 16),
        ("8302-2", 68, "[in_i]", "HEIGHT", 172.72),
        ("8302-2", 1.72, "m", "HEIGHT", 172),
        ("8310-5", 98.6, "[degF]", "TEMPERATURE", 37),
        ("8331-1", 37.2, "Cel", "TEMPERATURE", 37.2),
        ("8867-4", 72, "/min", "HEART_RATE", 72),
        ("8867-4", 72, "{beats}/min", "HEART_RATE", 72),
        ("9279-1", 16, "{breaths}/min", "RESPIRATION", 16),
        ("2708-6", 97, "%", "SPO2", 97),
        ("59408-5", 97, "%{saturation}", "SPO2", 97),
        ("2339-0", 95, "mg/dL", "GLUCOSE", 95),
        ("15074-8", 5.5, "mmol/L", "GLUCOSE", 5.5 * 18.0182),
        ("4548-4", 6.5, "%", "A1C", 6.5),
        ("59261-8", 48, "mmol/mol", "A1C", 48 * 0.09148 + 2.152),
        ("72514-3", 4, "{score}", "PAIN", 4),
        ("38208-5", 4, "1", "PAIN", 4),
        ("41950-7", 8042, "{steps}/d", "STEPS", 8042),
        ("93832-4", 450, "min", "SLEEP", 7.5),
    ],
)
def test_kinds_and_units(code: str, value: float, unit: str, kind: str, stored: float) -> None:
    row = measured(observation(code, value, unit))
    assert row.type == kind
    assert row.value == pytest.approx(stored, rel=1e-12)
    assert row.at == datetime(2024, 5, 6, 14, tzinfo=UTC)
    assert row.metadata["code"] == code
    converted = row.value != value
    assert row.metadata.get("original") == ({"value": value, "unit": unit} if converted else None)


@pytest.mark.parametrize(
    ("quantity", "stored"),
    [
        ({"value": 154, "unit": "lbs"}, 69.85322498),
        ({"value": 70, "unit": "kg"}, 70),
        ({"value": 70, "code": "kg"}, 70),
        ({"value": 154, "unit": "pounds", "system": UCUM, "code": "lbs"}, 69.85322498),
        ({"value": 70, "unit": "Kilogramm", "system": UCUM, "code": "kg"}, 70),
    ],
)
def test_units_in_words(quantity: dict[str, Any], stored: float) -> None:
    assert measured(observation("29463-7", valueQuantity=quantity)).value == pytest.approx(stored)


@pytest.mark.parametrize(
    ("code", "quantity", "why"),
    [
        ("29463-7", {"value": 70}, "no unit"),
        ("29463-7", {"value": 70, "system": UCUM}, "no unit"),
        ("29463-7", {"value": 70, "unit": "slug"}, "the unit slug is not known"),
        ("29463-7", {"value": 70, "unit": "cm", "system": UCUM, "code": "cm"}, "the unit cm is not known"),
        ("8310-5", {"value": 37, "unit": "C", "system": UCUM, "code": "C"}, "the unit C is not known"),
        ("8302-2", {"value": 5.9, "unit": "ft", "system": UCUM, "code": "ft"}, "the unit ft is not known"),
        ("29463-7", {"value": 154, "unit": "lb", "system": UCUM, "code": "kg"}, "twice and differently"),
        ("38208-5", {"value": 4}, "no unit"),
        ("2708-6", {"value": 0.97, "unit": "1", "system": UCUM, "code": "1"}, "is not known"),
        ("29463-7", {"value": 70, "comparator": ">", "unit": "kg", "code": "kg", "system": UCUM}, "only a bound"),
        ("29463-7", {"value": "70", "unit": "kg", "code": "kg", "system": UCUM}, "no number"),
        ("29463-7", {"unit": "kg", "code": "kg", "system": UCUM}, "no value"),
        ("29463-7", {"value": 900, "unit": "kg", "code": "kg", "system": UCUM}, "cannot be true"),
        ("29463-7", {"value": -70, "unit": "kg", "code": "kg", "system": UCUM}, "cannot be true"),
        ("2708-6", {"value": 101, "unit": "%", "code": "%", "system": UCUM}, "cannot be true"),
        ("4548-4", {"value": 48, "unit": "%", "code": "%", "system": UCUM}, "cannot be true"),
        ("72514-3", {"value": 11}, "cannot be true"),
        ("41950-7", {"value": 10.5, "unit": "/d", "code": "/d", "system": UCUM}, "whole number"),
    ],
)
def test_values_that_are_not_taken(code: str, quantity: dict[str, Any], why: str) -> None:
    assert why in reason(observation(code, valueQuantity=quantity))


def test_a_scale_that_the_code_fixes_needs_no_unit() -> None:
    assert measured(observation("72514-3", valueInteger=3)).value == 3
    assert measured(observation("72514-3", valueQuantity={"value": 3})).value == 3


@pytest.mark.parametrize("code", ["85354-9", "55284-4"])
def test_a_blood_pressure_panel(code: str) -> None:
    row = measured(panel(component("8462-4", 80.5), component("8480-6", 121), code=code))
    assert row.type == "BLOOD_PRESSURE"
    assert row.value == {"systolic": 121, "diastolic": 80.5}
    assert "unlikely" not in row.metadata


def test_the_original_of_one_half_in_another_unit_is_kept() -> None:
    row = measured(panel(component("8480-6", 16, "kPa"), component("8462-4", 80)))
    assert row.metadata["original"] == {"systolic": {"value": 16, "unit": "kPa"}}


ABSENT = {**component("8462-4", 0), "valueQuantity": None, "dataAbsentReason": {"text": "not performed"}}


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (panel(component("8480-6", 120)), "no diastolic pressure"),
        (panel(component("8462-4", 80)), "no systolic pressure"),
        (panel(), "no systolic pressure"),
        (panel(component("8480-6", 80), component("8462-4", 120)), "must be lower"),
        (panel(component("8480-6", 120), component("8462-4", 500)), "cannot be true"),
        (panel(component("8480-6", 120), component("8462-4", 80, "kg")), "is not known"),
        (panel(hasMember=[{"reference": "Observation/1"}]), "a panel without values of its own"),
        (panel(component("8480-6", 120), ABSENT), "no value: not performed"),
    ],
)
def test_half_and_wrong_panels(found: dict[str, Any], why: str) -> None:
    assert why in reason(found)


def test_a_rare_pressure_is_marked() -> None:
    assert measured(panel(component("8480-6", 240), component("8462-4", 120))).metadata["unlikely"] is True


def test_single_pressures_are_paired_by_encounter_and_time() -> None:
    visit = {"reference": "Encounter/e9"}
    found = taken(
        observation("8480-6", 120, "mm[Hg]", encounter=visit),
        observation("8462-4", 16, "kPa", id="d1", encounter=visit, valueQuantity={"value": 10, "unit": "kPa"}),
    )
    (row,) = found.only.measurements
    assert row.value["systolic"] == 120
    assert row.value["diastolic"] == pytest.approx(75.0064, abs=1e-4)
    assert row.encounter is not None
    assert row.encounter.value == "e9"
    assert found.taken["Observation"] == 2


def test_single_pressures_of_other_times_are_not_paired() -> None:
    found = taken(
        observation("8480-6", 120, "mm[Hg]"),
        observation("8462-4", 80, "mm[Hg]", effectiveDateTime="2024-05-06T10:05:00-04:00"),
    )
    assert not found.only.measurements
    assert set(found.reasons) == {"no diastolic pressure", "no systolic pressure"}
    several = taken(
        observation("8480-6", 120, "mm[Hg]"),
        observation("8480-6", 130, "mm[Hg]", id="s2"),
        observation("8462-4", 80, "mm[Hg]"),
    )
    assert several.reason == "several pressures of the same time can't be paired"
    assert sum(several.reasons.values()) == 3


def test_other_observations_are_counted_by_kind() -> None:
    lab = observation("718-7", 13.5, "g/dL")
    lab["code"]["coding"][0]["display"] = "Hemoglobin"
    found = taken(lab, {**lab, "id": "o2"}, {**lab, "id": "o3"})
    (row,) = found.skipped
    assert row.count == 3
    assert row.reason == "not one of the measurements kept here: LOINC 718-7 (Hemoglobin)"
    assert row.resource == "Observation"


def test_codes_must_agree() -> None:
    both = {"coding": [{"system": LOINC, "code": "29463-7"}, {"system": LOINC, "code": "8302-2"}]}
    assert reason(observation("29463-7", 70, "kg", code=both)) == "its codes name different measurements"
    local = {"coding": [{"system": "urn:local", "code": "29463-7"}]}
    assert "not one of the measurements" in reason(observation("29463-7", 70, "kg", code=local))
    assert reason({**observation("29463-7", 70, "kg"), "code": None}) == "no code says what it is"
    twice = {"coding": [{"system": LOINC, "code": "2708-6"}, {"system": LOINC, "code": "59408-5"}]}
    assert measured(observation("2708-6", 97, "%", code=twice)).type == "SPO2"


@pytest.mark.parametrize("status", ["cancelled", "registered"])
def test_what_never_was_is_left_out(status: str) -> None:
    assert status in reason(observation("29463-7", 70, "kg", status=status))


def test_what_was_withdrawn_is_passed_on_to_be_marked() -> None:
    found = taken(observation("29463-7", 70, "kg", status="entered-in-error"))
    assert not found.only.measurements
    (row,) = found.only.retracted
    assert row.source.value == "o-29463-7"


def test_statuses_short_of_final_are_kept_with_the_value() -> None:
    assert measured(observation("29463-7", 70, "kg", status="preliminary")).metadata["status"] == "preliminary"
    assert "status" not in measured(observation("29463-7", 70, "kg")).metadata


@pytest.mark.parametrize(
    ("when", "at", "marks"),
    [
        ({"effectiveDateTime": "2024-05-06"}, datetime(2024, 5, 6, 16, tzinfo=UTC), {"timeKnown": False}),
        ({"effectiveInstant": "2024-05-06T10:00:00Z"}, datetime(2024, 5, 6, 10, tzinfo=UTC), {}),
        ({"effectivePeriod": {"start": "2024-05-06T10:00:00Z"}}, datetime(2024, 5, 6, 10, tzinfo=UTC), {}),
        ({"effectivePeriod": {"end": "2024-05-06T11:00:00Z"}}, datetime(2024, 5, 6, 11, tzinfo=UTC), {}),
        ({"effectiveDateTime": "2024-05-06T10:00:00"}, datetime(2024, 5, 6, 14, tzinfo=UTC), {"zoneAssumed": True}),
    ],
)
def test_when_it_was(when: dict[str, Any], at: datetime, marks: dict[str, Any]) -> None:
    row = measured({**observation("29463-7", 70, "kg"), "effectiveDateTime": None, **when})
    assert row.at == at
    assert {key: row.metadata[key] for key in ("timeKnown", "zoneAssumed") if key in row.metadata} == marks


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ({"effectiveDateTime": None}, "no time"),
        ({"effectiveDateTime": None, "issued": "2024-05-06T10:00:00Z"}, "no time"),
        ({"effectiveDateTime": "2024-05"}, "less exact than a day"),
        ({"effectiveDateTime": "2027-05-06T10:00:00Z"}, "lies in the future"),
        ({"effectiveDateTime": "1960-01-01T10:00:00Z"}, "before the patient was born"),
        ({"effectiveDateTime": "2024-03-10T02:30:00"}, "never showed"),
    ],
)
def test_times_that_make_it_useless(when: dict[str, Any], why: str) -> None:
    assert why in reason({**observation("29463-7", 70, "kg"), **when})


def test_sleep_ends_on_its_day_and_steps_need_one() -> None:
    night = {"start": "2024-05-05T23:00:00-04:00", "end": "2024-05-06T07:00:00-04:00"}
    slept = observation("93832-4", 8, "h", effectiveDateTime=None, effectivePeriod=night)
    assert measured(slept).at == datetime(2024, 5, 6, 11, tzinfo=UTC)
    day = {"start": "2024-05-05T00:00:00-04:00", "end": "2024-05-06T00:00:00-04:00"}
    counted = observation("55423-8", 9000, "{steps}", effectiveDateTime=None, effectivePeriod=day)
    assert measured(counted).value == 9000
    assert reason(observation("55423-8", 9000, "{steps}")) == "steps of an unknown time, not of a day"


@pytest.mark.parametrize("element", ["valueString", "valueCodeableConcept", "valueBoolean"])
def test_values_of_another_shape_are_named_not_quoted(element: str) -> None:
    found = reason(observation("29463-7", **{element: "seventy"}))
    assert element in found
    assert "seventy" not in found


@pytest.mark.parametrize("value", ["70", True, 10**400, {"value": 70}])
def test_a_quantity_without_a_number_says_so(value: Any) -> None:
    assert reason(observation("29463-7", value, "kg")) == "its value is no number that can be kept"


@pytest.mark.parametrize(
    "system",
    [
        "urn:oid:2.16.840.1.113883.6.1",
        "http://loinc.org/",
        "https://loinc.org",
        "http://www.loinc.org",
        " http://LOINC.org ",
    ],
)
def test_loinc_by_its_other_names(system: str) -> None:
    code = {"coding": [{"system": system, "code": "29463-7"}]}
    assert measured(observation("29463-7", 70, "kg", code=code)).type == "WEIGHT"


@pytest.mark.parametrize("system", ["urn:oid:2.16.840.1.113883.6.8", "https://unitsofmeasure.org"])
def test_ucum_by_its_other_names(system: str) -> None:
    quantity = {"value": 154, "unit": "Pfund", "system": system, "code": "[lb_av]"}
    assert measured(observation("29463-7", valueQuantity=quantity)).value == pytest.approx(154 * 0.45359237)


def test_a_weight_gets_its_body_mass_index() -> None:
    found = taken(
        observation("8302-2", 180, "cm", effectiveDateTime="2024-05-06T09:55:00-04:00"),
        observation("29463-7", 81, "kg"),
        observation("29463-7", 162, "kg", id="later", effectiveDateTime="2025-05-06T10:00:00-04:00"),
        observation("39156-5", 25.1, "kg/m2"),
    )
    assert [(row.bmi, row.height_cm) for row in found.only.bmi] == [(25, 180), (50, 180)]
    assert [source.value for source in found.only.bmi[0].also] == ["o-39156-5"]
    assert found.taken["Observation"] == 4
    assert found.only.height_cm == 180


def test_a_body_mass_index_that_does_not_fit_is_left_out() -> None:
    height, weight = observation("8302-2", 180, "cm"), observation("29463-7", 81, "kg")
    found = taken(height, weight, observation("39156-5", 31, "kg/m2"))
    assert found.reason == "it does not follow from weight and height of the same time"
    assert taken(observation("39156-5", 25, "kg/m2")).reason == "no weight and height of the same time"


def test_a_child_grows_out_of_an_old_height() -> None:
    height = observation("8302-2", 100, "cm", effectiveDateTime="2015-05-06T10:00:00Z")
    weight = observation("29463-7", 50, "kg")
    assert not read_resources(patient(birthDate="2010-01-01"), height, weight).only.bmi
    assert len(read_resources(patient(birthDate="1970-01-01"), height, weight).only.bmi) == 1


@pytest.mark.parametrize(
    ("subject", "why"),
    [
        (None, "it names no patient"),
        ({"display": "Ada"}, "it names no patient"),
        ({"reference": "#p"}, "its patient stands only inside it"),
        ({"reference": "Group/1"}, "it is not about a patient"),
        ({"reference": "Patient/p1", "display": "Somebody Else"}, "can't be told"),
    ],
)
def test_whose_it_is(subject: Any, why: str) -> None:
    found = taken({**observation("29463-7", 70, "kg"), "subject": subject})
    assert why in found.reason
    assert of() == {"reference": "Patient/p1"}


def test_what_looks_for_its_other_half_may_stand_in_the_files_twice() -> None:
    """Copies of a file lie in one folder: also what becomes a row only with others is known for the same."""
    mine = [observation("8480-6", 120, "mm[Hg]"), observation("8462-4", 80, "mm[Hg]"),
            observation("29463-7", 70, "kg"), observation("8302-2", 175, "cm"),
            observation("39156-5", 22.9, "kg/m2")]  # fmt: skip
    found = taken(*mine, *mine)
    assert (len(found.only.measurements), len(found.only.bmi)) == (3, 1)
    assert (found.repeated["Observation"], found.skipped, found.adds_up) == (5, (), True)

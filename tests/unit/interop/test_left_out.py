"""What has no place in a record here is said beside it: nothing is lost without a word, nothing impossible believed."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.imports import MeasurementRow, PatientRow
from tests.support.fhir import LOINC, UCUM, observation, patient, read_resources

CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"


def mapped(**more: Any) -> PatientRow:
    row = read_resources(patient(**more)).only.patient
    assert row is not None
    return row


def component(code: str, value: Any, unit: str) -> dict[str, Any]:
    quantity = {"value": value, "unit": unit, "system": UCUM, "code": unit}
    return {"code": {"coding": [{"system": LOINC, "code": code}], "text": f"the {code}"}, "valueQuantity": quantity}


def measured(code: str, value: Any, unit: str | None, *parts: dict[str, Any]) -> MeasurementRow:
    (row,) = read_resources(patient(), observation(code, value, unit, component=list(parts))).only.measurements
    return row


PRESSURES = (component("8480-6", 120, "mm[Hg]"), component("8462-4", 80, "mm[Hg]"))


def test_values_beside_the_one_that_is_taken_are_named() -> None:
    pulse, mean = component("8867-4", 70, "/min"), component("8478-0", 93, "mm[Hg]")
    assert measured("85354-9", None, None, *PRESSURES, pulse, mean).remark == "not kept of it: the 8867-4, the 8478-0"
    oxygen = measured("59408-5", 97, "%", component("3151-8", 5, "L/min"))
    assert (oxygen.value, oxygen.remark) == (97, "not kept of it: the 3151-8")


def test_nothing_is_said_where_nothing_was_left_out() -> None:
    empty = {"code": {"text": "position"}, "dataAbsentReason": {"text": "not asked"}}
    assert measured("85354-9", None, None, *PRESSURES, empty).remark == ""
    assert measured("29463-7", 81, "kg").remark == ""
    assert mapped(telecom=[{"system": "email", "value": "ada@example.org"}]).remark == ""


def test_a_remark_is_no_content() -> None:
    """What was imported before remarks were made is not changed by them."""
    same = [observation("59408-5", 97, "%", component=[component(code, 5, "L/min")]) for code in ("3151-8", "3150-6")]
    found = read_resources(patient(), *same)
    assert found.repeated["Observation"] == 1


@pytest.mark.parametrize("system", [None, "other", "carrier-pigeon"])
def test_a_number_of_no_known_system_is_kept_only_where_it_may_be_one(system: str | None) -> None:
    found = mapped(telecom=[{"system": system, "value": "555 0100", "use": "home"}]).demographics.get("phones")
    kept = [{"system": "other", "value": "555 0100", "use": "home"}]
    assert found == (None if system == "carrier-pigeon" else kept)


def test_the_number_to_call_in_an_emergency_is_no_fax() -> None:
    telecom = [{"system": "fax", "value": "1"}, {"system": "phone", "value": "2"}]
    contact = [{"name": {"text": "Bo"}, "telecom": telecom}]
    assert mapped(contact=contact).demographics["emergencyContact"] == {"name": "Bo", "phone": "2"}


def test_what_a_record_holds_one_of_is_said() -> None:
    row = mapped(
        telecom=[{"system": "email", "value": text} for text in ("<a@example.org>", "a@example.org", "b@example.org")],
        address=[{"city": "Boston"}, {"city": "Salem"}, {"city": "Salem"}, {"city": "Old", "use": "old"}],
        contact=[{"name": {"text": "Bo"}}, {"name": {"text": "Cy"}}],
        identifier=[{"system": "urn:x", "value": "1\u200b2"}],
    )
    assert row.demographics["email"] == "a@example.org"
    assert row.remark == (
        "email left out: it is no address; identifier left out: it has hidden characters; "
        "telecom.email: one of 2 is kept; address: one of 2 is kept; contact: one of 2 is kept"
    )


@pytest.mark.parametrize(
    ("said", "kept", "doubt"),
    [
        ("2020-05-06T10:00:00Z", "2020-05-06T10:00:00Z", ""),
        ("2020", "2020", ""),
        ("1970-03-04", "1970-03-04", ""),
        ("1970-03", "1970-03", ""),
        ("2026-01-16", "2026-01-16", ""),
        ("2026-01-17", True, "deceasedDateTime left out: it lies in the future"),
        ("1970-03-03", True, "deceasedDateTime left out: it lies before the birth date"),
        ("yesterday", True, "deceasedDateTime left out: it is no date"),
        ("", None, ""),
    ],
)
def test_when_somebody_died(said: str, kept: object, doubt: str) -> None:
    row = mapped(deceasedDateTime=said)
    assert (row.demographics.get("deceased"), row.remark) == (kept, doubt)
    assert row.flags == (("DECEASED",) if kept else ())


@pytest.mark.parametrize(
    ("extension", "sex"),
    [
        ({"url": f"{CORE}birthsex", "valueCode": "F"}, "female"),
        ({"url": f"{CORE}birthsex", "valueCode": "UNK"}, "male"),
        ({"url": f"{CORE}sex", "valueCode": "248152002"}, "female"),
        ({"url": f"{CORE}sex", "valueCoding": {"code": "248152002"}}, "female"),
        ({"url": f"{CORE}sex", "valueCode": "asked-declined"}, "male"),
    ],
)
def test_the_sex_of_us_core_counts_where_it_is_known(extension: dict[str, Any], sex: str) -> None:
    row = mapped(gender="male", extension=[extension])
    assert row.demographics["sex"] == sex
    assert row.demographics.get("gender") == (None if sex == "male" else "male")


def test_a_value_beside_the_reason_for_having_none_is_not_believed() -> None:
    found = read_resources(patient(), observation("29463-7", 81, "kg", dataAbsentReason={"text": "not performed"}))
    assert found.reason == "it has a value and says why it has none: not performed"

"""Where a rule begins and ends: the last moment that counts, the first that doesn't."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.interop.lists.dates import DateOrder, order_in
from tests.support.fhir import NOW, encounter, observation, of, patient, read_resources
from tests.unit.interop.test_lists import TODAY, reasons, rows


def weighed(at: str, **more: Any) -> bool:
    found = read_resources(patient(**more), observation("29463-7", 81, "kg", effectiveDateTime=at))
    assert found.adds_up
    return bool(found.only.measurements)


def test_a_clock_that_is_ahead_is_believed_for_a_day() -> None:
    day = timedelta(days=1)
    assert weighed((NOW + day).isoformat())
    assert not weighed((NOW + day + timedelta(milliseconds=1)).isoformat())


def test_a_birth_elsewhere_may_be_the_day_before() -> None:
    assert weighed("2020-01-01T23:00:00Z", birthDate="2020-01-02")
    assert not weighed("2019-12-31T23:00:00Z", birthDate="2020-01-02")


def test_of_versions_that_nothing_orders_the_first_stays() -> None:
    dated = {"meta": {"lastUpdated": "2024-01-01T00:00:00Z", "versionId": "2"}}
    found = read_resources(patient(gender="female", **dated), patient(gender="male", **dated))
    assert found.only.patient is not None
    assert found.only.patient.demographics["sex"] == "female"


@pytest.mark.parametrize(("start", "taken"), [(NOW, True), (NOW + timedelta(seconds=1), False)])
def test_a_visit_that_begins_now_has_begun_and_may_end_at_once(start: Any, taken: bool) -> None:
    period = {"start": start.isoformat(), "end": start.isoformat()}
    assert bool(read_resources(patient(), encounter(period=period)).only.visits) is taken


@pytest.mark.parametrize(("end", "current"), [("2026-01-15", True), ("2026-01", True), ("2026-01-14", False)])
def test_what_ends_today_is_still_in_use(end: str, current: bool) -> None:
    row = read_resources(patient(telecom=[{"system": "phone", "value": "1", "period": {"end": end}}])).only.patient
    assert row is not None
    assert ("phones" in row.demographics) is current


@pytest.mark.parametrize("kind", ["NNESP", "NN", "SS", "PPN"])
def test_numbers_of_the_state_stay_where_they_are(kind: str) -> None:
    coding = [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": kind}]
    row = read_resources(patient(identifier=[{"type": {"coding": coding}, "value": "12345678Z"}])).only.patient
    assert row is not None
    assert "12345678Z" not in str(row.demographics)


@pytest.mark.parametrize(("born", "doubtful"), [("1906-01-01", False), ("1905-12-31", True)])
def test_an_age_of_more_than_120_is_asked_for(born: str, doubtful: bool) -> None:
    row = read_resources(patient(birthDate=born)).only.patient
    assert row is not None
    assert row.identity_to_confirm is doubtful


@pytest.mark.parametrize("kind", ["MedicationRequest", "Condition", "CarePlan", "DiagnosticReport"])
def test_a_context_is_of_another_release(kind: str) -> None:
    found = read_resources(patient(), {"resourceType": kind, "id": "1", "subject": of(), "context": {}})
    assert found.reason == f"FHIR STU3 ({kind}.context); only R4 and R4B are read"


def test_a_13th_tells_day_from_month_and_a_12th_does_not() -> None:
    assert order_in(["13/01/1970", "02/03/1970"]) is DateOrder.DAY_FIRST
    assert order_in(["01/13/1970"]) is DateOrder.MONTH_FIRST
    assert order_in(["12/12/1970", "12/01/1970", "01/12/1970"]) is None


def test_who_was_born_today_is_somebody_and_tomorrow_nobody() -> None:
    tomorrow = TODAY + timedelta(days=1)
    table = f"mrn,last name,dob\n1,Winter,{TODAY}\n2,Frost,{tomorrow}\n"
    assert [row.last_name for row in rows(table)] == ["Winter"]
    assert [why for _, why in reasons(table)] == ["birthDate: it lies in the future"]


def test_a_name_with_two_commas_is_not_divided() -> None:
    (row,) = rows('full name,dob\n"Winter, Ada, Prof.",1970-03-04\n')
    assert (row.first_name, row.last_name) == (None, "Winter, Ada, Prof.")

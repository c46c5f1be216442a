"""A patient's record as a FHIR bundle: always valid, and what the importer knows comes back from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, update

from app.commands.booking import BookVisit
from app.commands.clinical_lists import AddListItem, ConfirmList
from app.db.models import (
    CarePlan,
    HRVReading,
    ImportLink,
    LabOrder,
    Measurement,
    Message,
    MessageThread,
    Patient,
    Referral,
    Visit,
    VitalReading,
)
from app.domain.clinical_lists import ListKind
from app.domain.enums import DeviceProvider, LabOrderStatus, ReferralPriority, ReferralStatus, VisitMode
from app.interop.fhir.export import bundle
from app.interop.fhir.files import Setting
from app.queries.chart_record import chart_record
from tests.database.imports.test_import import Importer
from tests.support.desk import CLINIC, NOW, ZONE, Desk, local_desk
from tests.support.fhir import document, read

LIS = "pat-lis"
STAMPS = {"created_at": NOW, "updated_at": NOW}
DETAILS = {
    "mrn": "4711", "sex": "female", "language": "pl", "preferredName": "Zyg",
    "phones": [{"system": "phone", "value": "555-0100", "use": "mobile"}], "email": "z@lis.example",
    "address": {"line": "Quay 1", "city": "Bath", "postalCode": "B1", "country": "GB"},
    "emergencyContact": {"name": "Ann Lis", "phone": "555-0199", "relation": "sister"},
    "insurance": {"payer": "Acme", "memberId": "77", "plan": "Gold"},
    "conditions": [{"display": "Asthma", "code": "J45.9", "system": "http://hl7.org/fhir/sid/icd-10-cm",
                    "status": "active", "onset": "2009"}, "Hay fever", 17],
    "medications": [{"display": "Metformin", "status": "active", "dosage": "1000 mg, twice daily", "started": "2016"}],
}  # fmt: skip


def fill(desk: Desk) -> None:
    desk.write(
        update(Patient).where(Patient.id == LIS).values(demographics=DETAILS),
        insert(Measurement).values(id="m1", patient_id=LIS, type="BLOOD_PRESSURE", timestamp=NOW - timedelta(days=9),
                                   value={"systolic": 148, "diastolic": 92}, source="MANUAL", created_at=NOW),
        insert(Measurement).values(id="m2", patient_id=LIS, type="WEIGHT", timestamp=NOW - timedelta(days=8),
                                   value=82.4, source="MANUAL", created_at=NOW),
        insert(Measurement).values(id="m3", patient_id=LIS, type="WEIGHT", timestamp=NOW, value={"odd": 1},
                                   source="MANUAL", created_at=NOW),
        insert(VitalReading).values(id="v1", patient_id=LIS, timestamp=NOW - timedelta(days=1), heart_rate=71, spo2=97,
                                    source=DeviceProvider.OURA, created_at=NOW),
        insert(LabOrder).values(id="o1", patient_id=LIS, provider_id="p-okafor", tests=("BMP",), ordered_at=NOW,
                                status=LabOrderStatus.COMPLETED, completed_at=NOW, **STAMPS,
                                results=[{"code": "2823-3", "name": "Potassium", "value": 6.4, "unit": "mmol/L",
                                          "high": 5.1, "flag": "HH", "status": "final"},
                                         {"name": "Culture", "value": "no growth"}, "strange"]),
        insert(Referral).values(id="r1", patient_id=LIS, provider_id="p-gone", specialty="Cardiology", reason="Murmur",
                                priority=ReferralPriority.URGENT, status=ReferralStatus.SENT, sent_at=NOW, **STAMPS),
        insert(CarePlan).values(id="c1", patient_id=LIS, **STAMPS, phases=[{"name": "Start", "durationWeeks": 4,
                                "tasks": [{"id": "a", "title": "Walk", "frequency": "daily"}]}, 5]),
    )  # fmt: skip
    desk.write(
        insert(HRVReading).values(id="h1", patient_id=LIS, timestamp=NOW - timedelta(days=2), rmssd_ms=34.0,
                                  sdnn_ms=40.0, source=DeviceProvider.APPLE, created_at=NOW),
        insert(MessageThread).values(id="t1", patient_id=LIS, clinic_id=CLINIC, participants=["pu-lis"],
                                     subject="Dizziness", **STAMPS),
        insert(Message).values(id="msg1", thread_id="t1", sender_id="pu-lis", content="I felt dizzy.",
                               created_at=NOW - timedelta(minutes=20)),
        insert(Message).values(id="msg2", thread_id="t1", sender_id="u-okafor", content="Please sit down.",
                               created_at=NOW - timedelta(minutes=9)),
    )  # fmt: skip
    desk.desk.run(BookVisit(slot_id=desk.slot("11:00"), patient_id=LIS, visit_mode=VisitMode.IN_PERSON))
    desk.desk.run(AddListItem(patient_id=LIS, list=ListKind.ALLERGIES, fields={
        "name": "Penicillin", "reaction": "hives, wheeze", "severity": "severe"}))  # fmt: skip


def exported(desk: Desk, who: str = "okafor") -> dict[str, Any]:
    made = bundle(getattr(desk, who).ask(chart_record, patient_id=LIS))
    Bundle.model_validate(made)
    urls = [entry["fullUrl"] for entry in made["entry"]]
    assert len(urls) == len(set(urls))
    return made


def kinds(made: dict[str, Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    for entry in made["entry"]:
        kind = entry["resource"]["resourceType"]
        found[kind] = found.get(kind, 0) + 1
    return found


def test_everything_that_fhir_has_a_home_for_is_there(desk: Desk) -> None:
    fill(desk)
    assert kinds(exported(desk)) == {
        "Patient": 1, "Coverage": 1, "Practitioner": 1, "Condition": 2, "AllergyIntolerance": 1,
        "MedicationStatement": 1, "Encounter": 1, "ServiceRequest": 2, "DiagnosticReport": 1, "CarePlan": 1,
        "Observation": 2 + 2 + 2 + 1, "Communication": 2,
    }  # fmt: skip


def test_the_desk_exports_no_values_of_laboratories(desk: Desk) -> None:
    fill(desk)
    made = exported(desk, "desk")
    assert "DiagnosticReport" not in kinds(made)
    assert "6.4" not in json.dumps(made)


def test_a_birth_date_leaves_as_it_is(desk: Desk) -> None:
    born = date(1961, 11, 30)
    desk.write(update(Patient).where(Patient.id == LIS).values(date_of_birth=born))
    (person,) = read([document(exported(desk))], Setting(ZONE, NOW + timedelta(days=1))).patients
    assert person.patient is not None
    assert person.patient.birth_date == born


def test_a_report_is_partial_while_a_result_is_to_come(desk: Desk) -> None:
    fill(desk)

    def report_status() -> str:
        (one,) = [e["resource"] for e in exported(desk)["entry"] if e["resource"]["resourceType"] == "DiagnosticReport"]
        return str(one["status"])

    ((order_id, results),) = desk.rows(
        select(LabOrder.id, LabOrder.results).where(LabOrder.patient_id == LIS, LabOrder.results.is_not(None))
    )
    assert report_status() == "final"
    waiting = [{**results[0], "status": "preliminary"}, *results[1:]]
    desk.write(update(LabOrder).where(LabOrder.id == order_id).values(results=waiting))
    assert report_status() == "partial"


def test_the_importer_takes_back_what_it_knows(desk: Desk) -> None:
    fill(desk)
    found = read([document(exported(desk))], Setting(ZONE, NOW + timedelta(days=1)))
    (whole,) = found.patients
    assert whole.patient is not None
    assert (whole.patient.first_name, whole.patient.last_name) == ("Zygmunt", "Lis")
    mine = {key: whole.patient.demographics[key] for key in DETAILS if key in whole.patient.demographics}
    for key in ("mrn", "sex", "language", "preferredName", "phones", "email", "address", "emergencyContact"):
        assert mine[key] == DETAILS[key], key
    entries = {(row.name, row.entry["display"]): row.entry for row in whole.entries if row.entry is not None}
    assert entries["conditions", "Asthma"]["code"] == "J45.9"
    assert entries["conditions", "Asthma"]["onset"] == "2009"
    assert entries["medications", "Metformin"]["dosage"] == "1000 mg, twice daily"
    assert entries["allergies", "Penicillin"]["reactions"] == ["hives", "wheeze"]
    values = {row.source.value: row.value for row in whole.measurements}
    assert values["m1"] == {"systolic": 148, "diastolic": 92}
    assert (values["m2"], values["v1-heart-rate"], values["v1-spo2"]) == (82.4, 71, 97)


def test_messages_say_who_wrote_them_and_a_variability_what_it_came_from(desk: Desk) -> None:
    fill(desk)
    found = {one["resource"]["id"]: one["resource"] for one in exported(desk)["entry"]}
    assert found["msg1"]["sender"] == {"reference": "Patient/pat-lis"}
    assert found["msg1"]["payload"] == [{"contentString": "I felt dizzy."}]
    assert found["msg2"]["sender"] == {"display": "Ngozi Okafor"}
    assert found["msg2"]["recipient"] == [{"reference": "Patient/pat-lis"}]
    assert found["msg2"]["topic"] == {"text": "Dizziness"}
    assert found["h1"]["valueQuantity"]["value"] == 34
    assert found["h1"]["component"][0]["valueQuantity"]["value"] == 40


def everything(desk: Desk) -> list[Any]:
    """All that an import could change of the patient."""
    tables = (Measurement, VitalReading, HRVReading, Visit, ImportLink)
    counts = [desk.rows(select(func.count()).select_from(table))[0][0] for table in tables]
    return [*desk.rows(select(Patient.__table__).order_by(Patient.id)), *counts]


def test_our_own_export_comes_back_to_where_it_was(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    made, bring = exported(desk), Importer(desk, tmp_path)
    before = everything(desk)
    for _ in range(2):
        report = bring(made)
        assert (report.tally.taken, report.tally.updated) == ({}, {}), report.tally
        assert report.tally.unchanged["Patient"] == 1
        assert everything(desk) == before


def test_what_is_gone_comes_back_from_our_own_export_once(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    made, bring = exported(desk), Importer(desk, tmp_path)
    desk.write(delete(Measurement).where(Measurement.id == "m1"))
    assert dict(bring(made).tally.taken) == {"Observation": 1}
    assert dict(bring(made).tally.taken) == {}
    (back,) = desk.rows(select(Measurement.value).where(Measurement.type == "BLOOD_PRESSURE"))
    assert back.value == {"systolic": 148, "diastolic": 92}


def test_our_record_number_finds_the_patient_whose_id_is_another_by_now(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    text = json.dumps(exported(desk)).replace("pat-lis", "pat-of-before")
    report = Importer(desk, tmp_path)(json.loads(text))
    assert report.tally.taken["Patient"] == 0
    assert report.tally.unchanged["Patient"] == 1


def test_an_id_of_ours_with_somebody_elses_name_is_not_taken(desk: Desk, tmp_path: Path) -> None:
    fill(desk)
    made = exported(desk)
    (about,) = [one["resource"] for one in made["entry"] if one["resource"]["resourceType"] == "Patient"]
    about["name"], about["birthDate"] = [{"family": "Stranger", "given": ["Sam"]}], "1901-02-03"
    desk.write(update(Patient).where(Patient.id == LIS).values(date_of_birth=date(1962, 3, 14)))
    before = everything(desk)
    report = Importer(desk, tmp_path)(made)
    assert report.tally.skipped
    assert everything(desk) == before


def test_a_severity_without_a_reaction_brings_no_reaction_back(desk: Desk) -> None:
    desk.okafor.run(AddListItem(patient_id=LIS, list=ListKind.ALLERGIES, item_id="latex", fields={
        "name": "Latex", "severity": "mild"}))  # fmt: skip
    made = exported(desk)
    Bundle.model_validate(made)
    (latex,) = [one["resource"] for one in made["entry"] if one["resource"].get("code", {}).get("text") == "Latex"]
    assert latex["reaction"][0]["severity"] == "mild"
    found = read([document(made)], Setting(ZONE, NOW + timedelta(days=1)))
    (entry,) = [row.entry for row in found.patients[0].entries if row.entry and row.entry["display"] == "Latex"]
    assert entry.get("reactions", []) == []
    assert entry["severity"] == "mild"


def test_none_known_comes_back_as_such(desk: Desk) -> None:
    desk.desk.run(ConfirmList(patient_id=LIS, list=ListKind.ALLERGIES, none_known=True))
    found = read([document(exported(desk))], Setting(ZONE, NOW + timedelta(days=1)))
    assert [(row.name, row.entry) for row in found.patients[0].entries] == [("allergies", None)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abé~ \n<", max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=3), inner, max_size=3),
    max_leaves=5,
)
WORD = (
    st.sampled_from(["Asthma", "active", "resolved", "2009", "2009-13", "mild", "entered-in-error", " ", "a b"]) | JSON
)
ENTRY = JSON | st.dictionaries(
    st.sampled_from(["id", "display", "code", "system", "status", "onset", "abated", "started", "ended", "dosage",
                     "severity", "criticality", "reactions", "verification", "recorded", "note"]),
    WORD, max_size=7,
)  # fmt: skip
CHART = st.fixed_dictionaries(
    {},
    optional={key: st.lists(ENTRY, max_size=3) | JSON for key in ("conditions", "allergies", "medications")}
    | dict.fromkeys(("mrn", "sex", "language", "preferredName", "phones", "email", "address", "deceased",
                     "emergencyContact", "insurance", "genderIdentity", "birthDatePartial"), WORD),
)  # fmt: skip


@pytest.fixture(scope="module")
def store() -> Iterator[Desk]:
    """One workstation's store for many examples."""
    made = local_desk()
    yield made
    made.close()


@settings(max_examples=60, deadline=None)
@given(details=CHART | JSON, results=st.lists(ENTRY, max_size=3) | JSON, phases=JSON, value=JSON)
def test_any_chart_gives_a_valid_bundle(store: Desk, details: Any, results: Any, phases: Any, value: Any) -> None:
    store.write(
        update(Patient).where(Patient.id == LIS).values(demographics=details),
        *(delete(table).where(table.patient_id == LIS) for table in (LabOrder, CarePlan, Measurement)),
        insert(LabOrder).values(id="o", patient_id=LIS, provider_id="p-okafor", tests=(" ",), ordered_at=NOW,
                                status=LabOrderStatus.COMPLETED, results=results, **STAMPS),
        insert(CarePlan).values(id="c", patient_id=LIS, phases=phases if phases is not None else [], **STAMPS),
        insert(Measurement).values(id="m", patient_id=LIS, type="PAIN", value=value if value is not None else 1,
                                   timestamp=NOW, source="MANUAL", created_at=NOW),
    )  # fmt: skip
    exported(store)

"""Encounters, and the entries of a patient's lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.domain.imports import ListEntryRow, VisitRow
from tests.support.fhir import Read, encounter, of, patient, read_resources

SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
DOCTOR = {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Careful", "given": ["Adam"]}]}


def visit(*others: dict[str, Any], **more: Any) -> VisitRow:
    (row,) = read_resources(patient(), *others, encounter(**more)).only.visits
    return row


def left_out(**more: Any) -> str:
    found = read_resources(patient(), encounter(**more))
    assert not found.only.visits
    return found.reason


def test_a_finished_encounter() -> None:
    row = visit(reasonCode=[{"text": "Cough"}])
    assert (row.start, row.end) == (datetime(2024, 5, 6, 14, tzinfo=UTC), datetime(2024, 5, 6, 14, 20, tzinfo=UTC))
    assert (row.status, row.mode, row.visit_type, row.reason) == (
        "COMPLETED",
        "IN_PERSON",
        "SCHEDULED",
        "Check-up: Cough",
    )


@pytest.mark.parametrize(
    ("code", "mode", "kind"),
    [
        ("VR", "VIRTUAL", "SCHEDULED"),
        ("EMER", "IN_PERSON", "WALK_IN"),
        ("IMP", "IN_PERSON", "SCHEDULED"),
        ("?", "IN_PERSON", "SCHEDULED"),
    ],
)
def test_classes(code: str, mode: str, kind: str) -> None:
    row = visit(**{"class": {"code": code}})
    assert (row.mode, row.visit_type) == (mode, kind)


def test_a_cancelled_one_is_history_too() -> None:
    assert visit(status="cancelled").status == "CANCELLED"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"status": "planned"}, "it has not ended: its status is planned"),
        ({"status": "in-progress"}, "it has not ended"),
        ({"status": None}, "it has not ended: its status is ?"),
        ({"period": None}, "no time"),
        ({"period": {"end": "2024-05-06"}}, "no time"),
        ({"period": {"start": "2024"}}, "less exact than a day"),
        ({"period": {"start": "2027-05-06T10:00:00Z"}}, "it lies in the future; book it here"),
        ({"status": "planned", "period": {"start": "2027-05-06T10:00:00Z"}}, "it lies in the future; book it here"),
        ({"period": {"start": "2024-05-06T10:00:00Z", "end": "2024-05-06T09:00:00Z"}}, "ends before it begins"),
        ({"period": {"start": "2004-05-06T10:00:00Z", "end": "2024-05-06T09:00:00Z"}}, "more than ten years"),
        ({"period": {"start": "1960-05-06T10:00:00Z"}}, "before the patient was born"),
    ],
)
def test_what_is_no_history(more: dict[str, Any], why: str) -> None:
    assert why in left_out(**more)


def test_an_end_from_the_length() -> None:
    start = {"start": "2024-05-06T10:00:00Z"}
    assert visit(period=start, length={"value": 56, "code": "min"}).end == datetime(2024, 5, 6, 10, 56, tzinfo=UTC)
    for length in ({"value": 5, "code": "a"}, {"value": -5, "code": "min"}, {}, None):
        assert visit(period=start, length=length).end == datetime(2024, 5, 6, 10, tzinfo=UTC)


def participant(reference: str, code: str = "PPRF", display: str = "") -> dict[str, Any]:
    return {"type": [{"coding": [{"code": code}]}], "individual": {"reference": reference, "display": display}}


def test_who_held_it() -> None:
    led = visit(DOCTOR, participant=[participant("Practitioner/x", "ADM"), participant("Practitioner/d1", "ATND")])
    assert led.practitioner is not None
    assert led.practitioner.value == "d1"
    role = {"resourceType": "PractitionerRole", "id": "r1", "practitioner": {"reference": "Practitioner/d1"}}
    by_role = visit(DOCTOR, role, participant=[participant("PractitionerRole/r1")])
    assert by_role.practitioner == led.practitioner
    unknown = visit(participant=[participant("Practitioner?identifier=urn:npi|9", display="Dr Eve Other")])
    assert (unknown.practitioner, unknown.practitioner_name) == (None, "Dr Eve Other")
    related = visit(participant=[participant("RelatedPerson/m", display="Mother")])
    assert related.practitioner is None


def entry_of(resource: dict[str, Any], *others: dict[str, Any]) -> ListEntryRow:
    (row,) = read_resources(patient(), resource, *others).only.entries
    return row


def skipped(resource: dict[str, Any]) -> Read:
    found = read_resources(patient(), resource)
    assert not found.only.entries
    return found


def coded(system: str, code: str, display: str = "Asthma") -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}]}


def condition(**more: Any) -> dict[str, Any]:
    base = {
        "resourceType": "Condition",
        "id": "c1",
        "subject": of(),
        "code": coded(SNOMED, "195967001"),
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "verificationStatus": {"coding": [{"code": "confirmed"}]},
    }
    return {**base, **more}


def allergy(**more: Any) -> dict[str, Any]:
    base = {
        "resourceType": "AllergyIntolerance",
        "id": "a1",
        "patient": of(),
        "code": coded(RXNORM, "7980", "Penicillin"),
        "clinicalStatus": {"coding": [{"code": "active"}]},
    }
    return {**base, **more}


def medication(**more: Any) -> dict[str, Any]:
    base = {"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order", "subject": of()}
    return {**base, **more}


def test_a_condition() -> None:
    row = entry_of(condition(onsetDateTime="2015-03", recordedDate="2015-03-04"))
    assert row.name == "conditions"
    assert row.entry == {
        "code": "195967001", "system": SNOMED, "display": "Asthma", "status": "active", "onset": "2015-03",
        "recorded": "2015-03-04",
    }  # fmt: skip


def test_conditions_that_are_over_or_doubtful_keep_their_status() -> None:
    over = entry_of(condition(clinicalStatus=None, abatementDateTime="2016")).entry or {}
    assert (over["status"], over["abated"]) == ("resolved", "2016")
    doubtful = entry_of(condition(verificationStatus={"coding": [{"code": "provisional"}]})).entry or {}
    assert doubtful["verification"] == "provisional"
    assert (entry_of(condition(clinicalStatus=None)).entry or {})["status"] == "unknown"


def test_refuted_conditions_are_left_out_and_withdrawn_ones_passed_on() -> None:
    assert "refuted" in skipped(condition(verificationStatus={"coding": [{"code": "refuted"}]})).reason
    withdrawn = skipped(condition(verificationStatus={"coding": [{"code": "entered-in-error"}]}))
    assert [row.source.value for row in withdrawn.only.retracted] == ["c1"]


def test_an_allergy_with_its_reactions() -> None:
    row = entry_of(
        allergy(
            criticality="high",
            category=["medication"],
            reaction=[{"manifestation": [{"text": "Hives"}, {"text": "Hives"}]}],
        )
    )
    assert row.name == "allergies"
    assert row.entry == {
        "code": "7980", "system": RXNORM, "display": "Penicillin", "status": "active", "criticality": "high",
        "category": "medication", "reactions": ["Hives"],
    }  # fmt: skip
    by_substance = entry_of(allergy(code=None, reaction=[{"substance": {"text": "Latex"}}])).entry or {}
    assert by_substance["display"] == "Latex"


@pytest.mark.parametrize(("system", "code"), [(SNOMED, "716186003"), (IPS, "no-known-allergies")])
def test_no_known_allergies_is_an_answer_not_an_allergy(system: str, code: str) -> None:
    row = entry_of(allergy(code=coded(system, code)))
    assert (row.name, row.entry) == ("allergies", None)


@pytest.mark.parametrize(("system", "code"), [(SNOMED, "409137002"), (IPS, "no-allergy-info")])
def test_half_answers_say_nothing(system: str, code: str) -> None:
    assert skipped(allergy(code=coded(system, code))).reason


def test_a_prescription_wherever_its_medicine_stands() -> None:
    medicine = coded(RXNORM, "313782", "Acetaminophen 325 MG")
    pointer = {"reference": "Medication/x"}
    apart = {"resourceType": "Medication", "id": "x", "code": medicine}
    found = [
        entry_of(medication(medicationCodeableConcept=medicine)),
        entry_of(medication(medicationReference=pointer), apart),
        entry_of(medication(medicationReference={"reference": "#in"}, contained=[{**apart, "id": "in"}])),
    ]
    for row in found:
        assert row.name == "medications"
        assert row.entry == {"code": "313782", "system": RXNORM, "display": "Acetaminophen 325 MG", "status": "active"}
    named = entry_of(medication(medicationReference={"reference": "Medication/gone", "display": "Aspirin"}))
    assert (named.entry or {})["display"] == "Aspirin"


def test_how_and_since_when_it_is_taken() -> None:
    row = entry_of(
        medication(medicationCodeableConcept={"text": "Aspirin"}, authoredOn="2024-01-02", status="stopped",
                   dosageInstruction=[{"text": "1 daily"}, {"text": "with food"}])
    )  # fmt: skip
    assert row.entry == {
        "display": "Aspirin",
        "status": "stopped",
        "dosage": "1 daily; with food",
        "started": "2024-01-02",
    }


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"status": "cancelled"}, "cancelled"),
        ({"status": "draft"}, "draft"),
        ({"intent": "proposal"}, "a proposal, not a prescription"),
        ({"intent": "plan", "reportedBoolean": False}, "a plan, not a prescription"),
        ({"doNotPerform": True}, "must not be given"),
        ({"medicationCodeableConcept": None}, "nothing says what it is"),
        ({"medicationCodeableConcept": {}}, "nothing says what it is"),
    ],
)
def test_what_is_no_medication(more: dict[str, Any], why: str) -> None:
    assert why in skipped(medication(**{"medicationCodeableConcept": {"text": "Aspirin"}, **more})).reason


def test_statements_are_medications_too() -> None:
    said = medication(medicationCodeableConcept={"text": "Aspirin"}, intent="plan", reportedBoolean=True)
    assert (entry_of(said).entry or {})["display"] == "Aspirin"  # what somebody says, as American systems write it
    row = entry_of({**medication(medicationCodeableConcept={"text": "Aspirin"}), "resourceType": "MedicationStatement",
                    "effectivePeriod": {"start": "2020"}})  # fmt: skip
    assert (row.name, (row.entry or {})["started"]) == ("medications", "2020")


@pytest.mark.parametrize(
    ("more", "key", "kept"),
    [
        ({"note": [{"text": "At\nschool"}, {"text": " "}, {"text": "in May"}]}, "note", "At\nschool\nin May"),
        ({"note": [{"text": "a" * 3000}]}, "note", "a" * 1998 + " …"),
        ({"severity": {"coding": [{"system": SNOMED, "code": "24484000"}]}}, "severity", "severe"),
        ({"severity": {"text": "Stage II"}}, "severity", "Stage II"),
    ],
)  # fmt: skip
def test_a_problem_keeps_its_note_and_how_bad_it_is(more: dict[str, Any], key: str, kept: str) -> None:
    resource = {"resourceType": "Condition", "id": "c1", "subject": of(), "code": {"text": "Asthma"}, **more}
    (row,) = read_resources(patient(), resource).only.entries
    assert row.entry is not None
    assert row.entry[key] == kept


def test_a_medicine_keeps_its_note_and_when_it_ended() -> None:
    resource = {"resourceType": "MedicationStatement", "id": "m1", "subject": of(), "status": "completed",
                "medicationCodeableConcept": {"text": "Metformin"}, "note": [{"text": "Stopped: nausea"}],
                "effectivePeriod": {"start": "2016", "end": "2019-03"}}  # fmt: skip
    (row,) = read_resources(patient(), resource).only.entries
    assert row.entry is not None
    assert (row.entry["started"], row.entry["ended"], row.entry["note"]) == ("2016", "2019-03", "Stopped: nausea")


def test_a_relative_who_came_along_did_not_hold_the_visit() -> None:
    mother = {"individual": {"reference": "RelatedPerson/m", "display": "Mother Winter"}}
    inside = {"individual": {"reference": "#r", "display": "Father Winter"}}
    relative = {"resourceType": "RelatedPerson", "id": "r"}
    doctor = {"individual": {"reference": "Practitioner/away", "display": "Dr. Away"}}
    alone = visit(contained=[relative], participant=[mother, inside])
    assert (alone.practitioner, alone.practitioner_name) == (None, "")
    assert visit(contained=[relative], participant=[mother, inside, doctor]).practitioner_name == "Dr. Away"


@pytest.mark.parametrize(
    "inner",
    [
        {"resourceType": "Practitioner", "id": "d", "name": [{"family": "Inside", "given": ["Ida"]}]},
        {"resourceType": "PractitionerRole", "id": "d", "practitioner": {"display": "Ida Inside"}},
    ],
)
def test_who_stands_only_inside_an_encounter_is_named(inner: dict[str, Any]) -> None:
    row = visit(contained=[inner], participant=[{"individual": {"reference": "#d"}}])
    assert (row.practitioner, row.practitioner_name) == (None, "Ida Inside")


@pytest.mark.parametrize(
    ("start", "end", "both"),
    [
        ("2024-05-06T15:00:00-04:00", "2024-05-06", datetime(2024, 5, 6, 19, tzinfo=UTC)),
        ("2024-05-06", "2024-05-06T10:00:00-04:00", datetime(2024, 5, 6, 16, tzinfo=UTC)),
    ],
)
def test_an_end_that_is_less_exact_than_the_start_is_no_contradiction(start: str, end: str, both: datetime) -> None:
    row = visit(period={"start": start, "end": end})
    assert (row.start, row.end) == (both, both)


def test_an_end_on_an_earlier_day_stays_a_contradiction() -> None:
    assert left_out(period={"start": "2024-05-06T15:00:00-04:00", "end": "2024-05-05"}) == "it ends before it begins"


def test_a_mixture_is_named_by_what_it_is_made_of() -> None:
    parts = [{"itemCodeableConcept": {"text": "Glucose 5 %"}}, {"itemReference": {"display": "Potassium chloride"}}]
    mixture = {"resourceType": "Medication", "id": "mix", "ingredient": parts}
    for medicine, more in ((None, {"contained": [mixture]}), (mixture, {})):
        order = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "subject": of(),
                 "medicationReference": {"reference": "Medication/mix" if medicine else "#mix"}, **more}  # fmt: skip
        (row,) = read_resources(patient(), *([medicine] if medicine else []), order).only.entries
        assert row.entry is not None
        assert row.entry["display"] == "Glucose 5 % + Potassium chloride"


def test_a_mixture_with_a_part_that_has_no_name_is_not_named_by_the_others() -> None:
    mixture = {"resourceType": "Medication", "id": "mix", "ingredient": [{"itemCodeableConcept": {"text": "A"}}, {}]}
    order = {"resourceType": "MedicationRequest", "id": "m", "status": "active", "intent": "order", "subject": of(),
             "contained": [mixture], "medicationReference": {"reference": "#mix"}}  # fmt: skip
    assert read_resources(patient(), order).reason == "nothing says what it is"

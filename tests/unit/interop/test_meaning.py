"""What turns a record's meaning: modifiers, negations, statuses in other spellings; and what is said only in parts."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.imports import ListEntryRow
from tests.support.fhir import encounter, observation, of, patient, read_resources

SNOMED = "http://snomed.info/sct"
MODIFIED = [{"url": "http://example.org/meant-otherwise", "valueBoolean": True}]


def allergy(**more: Any) -> dict[str, Any]:
    return {"resourceType": "AllergyIntolerance", "id": "a1", "patient": of(), **more}


def condition(**more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "c1", "subject": of(), "code": {"text": "Asthma"}, **more}


def prescribed(**more: Any) -> dict[str, Any]:
    base = {"resourceType": "MedicationRequest", "id": "m1", "status": "active", "intent": "order", "subject": of()}
    return {**base, "medicationCodeableConcept": {"text": "Metformin"}, **more}


def entry_of(resource: dict[str, Any]) -> ListEntryRow:
    (row,) = read_resources(patient(), resource).only.entries
    return row


@pytest.mark.parametrize(
    "resource",
    [
        observation("29463-7", 81, "kg"),
        encounter("e1"),
        allergy(code={"text": "Latex"}),
        condition(),
        prescribed(),
    ],
    ids=lambda resource: str(resource["resourceType"]),
)
def test_a_record_whose_meaning_is_changed_is_left_out_by_its_field(resource: dict[str, Any]) -> None:
    found = read_resources(patient(), {**resource, "modifierExtension": MODIFIED})
    assert found.adds_up
    assert found.reason == (
        "its meaning is changed by modifierExtension (http://example.org/meant-otherwise), which is not known here"
    )
    ruled = read_resources(patient(), {**resource, "implicitRules": "http://example.org/rules"})
    assert "implicitRules" in ruled.reason


def test_a_patient_with_a_modifier_is_left_out_and_one_inside_counts() -> None:
    found = read_resources(patient(modifierExtension=MODIFIED))
    assert not found.patients or found.only.patient is None
    inside = read_resources(patient(), prescribed(dosageInstruction=[{"text": "1", "modifierExtension": MODIFIED}]))
    assert "dosageInstruction.modifierExtension" in inside.reason
    contained = prescribed(contained=[{"resourceType": "Medication", "id": "x", "modifierExtension": MODIFIED}])
    assert entry_of(contained).entry == {"display": "Metformin", "status": "active"}
    assert entry_of(prescribed(modifierExtension=[])).entry == {"display": "Metformin", "status": "active"}


def test_the_medicine_of_a_prescription_may_not_be_modified_either() -> None:
    medicine = {"resourceType": "Medication", "id": "x", "code": {"text": "Aspirin"}, "modifierExtension": MODIFIED}
    order = prescribed(medicationCodeableConcept=None, medicationReference={"reference": "Medication/x"})
    found = read_resources(patient(), medicine, order)
    assert found.only.entries == ()
    assert {"nothing says what it is"} < set(found.reasons)


@pytest.mark.parametrize(
    "concept",
    [
        {"coding": [{"system": SNOMED, "code": "160244002", "display": "No known allergies"}]},
        {"text": "No Known Allergies"},
        {"text": "NKA"},
        {"coding": [{"system": "urn:oid:1.2.3", "code": "17", "display": "No known allergies"}]},
    ],
)
def test_no_known_allergies_are_no_allergy(concept: dict[str, Any]) -> None:
    assert entry_of(allergy(code=concept)).entry is None


@pytest.mark.parametrize("text", ["NKDA", "No Known Drug Allergies", "No known food allergies"])
def test_no_allergy_of_one_kind_says_nothing_of_the_others(text: str) -> None:
    found = read_resources(patient(), allergy(code={"text": text}))
    assert found.only.entries == ()
    assert "one kind of allergy" in found.reason


def test_words_beside_a_public_code_don_t_count() -> None:
    latex = {"coding": [{"system": SNOMED, "code": "111088007", "display": "Latex"}], "text": "No known allergies"}
    assert (entry_of(allergy(code=latex)).entry or {})["code"] == "111088007"


@pytest.mark.parametrize(
    "status", [{"coding": [{"code": "ENTERED-IN-ERROR"}]}, {"coding": [{"code": "entered_in_error"}]},
               {"text": "Entered in error"}],
)  # fmt: skip
def test_an_error_is_one_however_it_is_written(status: dict[str, Any]) -> None:
    found = read_resources(patient(), allergy(code={"text": "Latex"}, verificationStatus=status))
    assert found.only.entries == ()
    assert [row.reason for row in found.only.retracted] == ["its status is entered-in-error"]


@pytest.mark.parametrize("make", [allergy, condition])
def test_a_status_that_is_no_concept_is_of_another_release(make: Any) -> None:
    found = read_resources(patient(), make(code={"text": "Latex"}, verificationStatus="entered-in-error"))
    assert found.patients == []
    assert "FHIR STU3" in found.reason


def test_a_clinical_status_in_words() -> None:
    assert (entry_of(condition(clinicalStatus={"text": "Resolved"})).entry or {})["status"] == "resolved"


@pytest.mark.parametrize(
    ("onset", "said"),
    [
        ({"onsetAge": {"value": 12.5, "unit": "years"}}, "12.5 years"),
        ({"onsetAge": {"value": 40.0, "code": "a"}}, "40 a"),
        ({"onsetRange": {"low": {"value": 10, "unit": "a"}, "high": {"value": 12, "unit": "a"}}}, "10 a – 12 a"),
        ({"onsetRange": {"high": {"value": 12, "unit": "a"}}}, "12 a"),
    ],
)
def test_when_it_began_in_years_of_age(onset: dict[str, Any], said: str) -> None:
    assert (entry_of(condition(**onset)).entry or {})["onset"] == said


def test_what_ended_at_an_age_is_over() -> None:
    entry = entry_of(condition(abatementAge={"value": 40.5, "unit": "years"})).entry or {}
    assert (entry["status"], entry["abated"]) == ("resolved", "40.5 years")


@pytest.mark.parametrize(
    ("dosage", "said"),
    [
        ({"text": "1 tablet"}, "1 tablet"),
        ({"text": "1 tablet", "patientInstruction": "with food", "route": {"text": "oral"}}, "1 tablet, with food"),
        (
            {
                "timing": {"repeat": {"frequency": 2, "period": 1.0, "periodUnit": "d", "when": ["PCM", "PCV"]}},
                "doseAndRate": [{"doseQuantity": {"value": 1.50, "unit": "tablet"}}],
                "asNeededBoolean": True,
                "route": {"coding": [{"display": "Oral"}]},
            },
            "1.5 tablet, 2×/d PCM PCV, as needed, Oral",
        ),
        ({"timing": {"repeat": {"frequency": 1, "period": 8, "periodUnit": "h"}}}, "1×/8 h"),
        ({"timing": {"code": {"text": "BID"}}, "doseQuantity": {"value": 500, "code": "mg"}}, "500 mg, BID"),
        (
            {
                "doseAndRate": [{"doseRange": {"low": {"value": 1, "unit": "mg"}, "high": {"value": 2, "unit": "mg"}}}],
                "asNeededCodeableConcept": {"text": "pain"},
                "additionalInstruction": [{"text": "No alcohol"}],
            },
            "1 mg – 2 mg, as needed: pain, No alcohol",
        ),
        ({"timing": {"repeat": {"frequency": 2}}, "asNeededBoolean": False}, None),
        (
            {
                "timing": {"repeat": {"frequency": 1, "period": 4, "periodMax": 6, "periodUnit": "h"}},
                "doseQuantity": {"value": 1, "unit": "g"},
                "asNeededBoolean": True,
                "maxDosePerPeriod": {"numerator": {"value": 4, "unit": "g"}, "denominator": {"value": 1, "unit": "d"}},
                "site": {"text": "left arm"},
            },
            "1 g, 1×/4–6 h, as needed, at most 4 g/d, left arm",
        ),
        (
            {
                "timing": {
                    "repeat": {
                        "frequency": 2,
                        "frequencyMax": 3,
                        "period": 1,
                        "periodUnit": "d",
                        "boundsDuration": {"value": 7, "unit": "d"},
                    }
                },
                "maxDosePerAdministration": {"value": 2, "unit": "tablet"},
            },
            "2–3×/d, for 7 d, at most 2 tablet",
        ),
        (
            {"timing": {"code": {"text": "weekly"}, "repeat": {"count": 4, "boundsPeriod": {"end": "2024-06-30"}}}},
            "weekly, until 2024-06-30, 4 times in all",
        ),
        ({"timing": {"repeat": {"frequency": 1, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon"]}}}, "1×/wk mon"),
        ({"timing": {"event": ["2024-01-01", "2024-01-08"]}}, "2024-01-01 2024-01-08"),
        ({"doseAndRate": [{"rateQuantity": {"value": 50, "unit": "mL/h"}}]}, "50 mL/h"),
        (
            {
                "doseAndRate": [
                    {
                        "doseQuantity": {"value": 500, "unit": "mL"},
                        "rateRatio": {"numerator": {"value": 1, "unit": "L"}, "denominator": {"value": 8, "unit": "h"}},
                    }
                ]
            },
            "500 mL, 1 L/8 h",
        ),
    ],
)
def test_how_a_medicine_is_taken(dosage: dict[str, Any], said: str | None) -> None:
    assert (entry_of(prescribed(dosageInstruction=[dosage])).entry or {}).get("dosage") == said


def test_the_steps_of_a_course_stand_in_their_order() -> None:
    steps = [{"sequence": 2, "text": "then 1"}, {"sequence": 1, "text": "first 2"}]
    assert (entry_of(prescribed(dosageInstruction=steps)).entry or {})["dosage"] == "first 2; then 1"
    loose = [{"sequence": 2, "text": "b"}, {"text": "a"}]
    assert (entry_of(prescribed(dosageInstruction=loose)).entry or {})["dosage"] == "b; a"


@pytest.mark.parametrize("status", ["completed", "unknown"])
def test_a_visit_of_another_status_is_not_called_open(status: str) -> None:
    assert read_resources(patient(), encounter("e1", status=status)).reason == f"its status is {status}"


def pressure(code: str, value: int) -> dict[str, Any]:
    quantity = {"value": value, "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueQuantity": quantity}


def test_a_pressure_given_twice_is_not_chosen_between() -> None:
    twice = [pressure("8480-6", 120), pressure("8480-6", 140), pressure("8462-4", 80)]
    found = read_resources(patient(), observation("85354-9", component=twice))
    assert found.only.measurements == ()
    assert found.reason == "several pressures of the same time can't be paired"
    same = [pressure("8480-6", 120), pressure("8480-6", 120), pressure("8462-4", 80)]
    (row,) = read_resources(patient(), observation("85354-9", component=same)).only.measurements
    assert row.value == {"systolic": 120, "diastolic": 80}


@pytest.mark.parametrize(
    "focus",
    [
        {"reference": "RelatedPerson/child"},
        {"reference": "Patient/p2"},
        {"reference": "Device/pump"},
        {"display": "fetus"},
        {"identifier": {"system": "urn:x", "value": "7"}},
    ],
)
def test_what_was_observed_of_somebody_else_is_not_the_patients(focus: dict[str, Any]) -> None:
    found = read_resources(patient(), patient("p2"), observation("8867-4", 150, "/min", focus=[focus]))
    assert found.adds_up
    assert found.reason == "it is about somebody or something else than its patient (focus)"
    assert not any(one.measurements for one in found.patients)


def test_a_focus_that_is_the_patient_changes_nothing() -> None:
    found = read_resources(patient(), observation("8867-4", 80, "/min", focus=[of()]))
    assert [row.value for row in found.only.measurements] == [80]


@pytest.mark.parametrize(
    ("resource", "name"),
    [
        (allergy(code={"text": "No Known Allergies (NKA)"}), "allergies"),
        (allergy(code={"text": "Sin alergias conocidas."}), "allergies"),
        (allergy(code={"coding": [{"system": "urn:local", "code": "0", "display": "Aucune allergie connue"}]}),
         "allergies"),
        (condition(code={"text": "Sin problemas conocidos"}), "conditions"),
        (prescribed(medicationCodeableConcept={"text": "Sin medicación habitual"}), "medications"),
    ],
)  # fmt: skip
def test_none_known_is_understood_in_other_words(resource: dict[str, Any], name: str) -> None:
    row = entry_of(resource)
    assert (row.name, row.entry) == (name, None)


def test_that_one_kind_of_allergy_is_not_known_is_understood_in_other_words() -> None:
    found = read_resources(patient(), allergy(code={"text": "Sin alergias medicamentosas conocidas"}))
    assert found.reason == "says that one kind of allergy is not known; it is no allergy"


def test_a_reaction_is_told_by_its_description_where_it_names_no_sign() -> None:
    told = [{"description": "swollen lips"}, {"description": "in words", "manifestation": [{"text": "Hives"}]}]
    assert (entry_of(allergy(code={"text": "Nuts"}, reaction=told)).entry or {})["reactions"] == [
        "swollen lips",
        "Hives",
    ]

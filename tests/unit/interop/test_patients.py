"""Patients, practitioners and insurance: names, dates, contacts; what is kept, chosen, refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.domain.imports import PatientRow
from tests.support.fhir import lines, patient, read, read_resources

MR = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "MR"}]}
SS = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "SS"}]}


def mapped(**more: Any) -> PatientRow:
    row = read_resources(patient(**more)).only.patient
    assert row is not None
    return row


def names(*found: dict[str, Any]) -> PatientRow:
    return mapped(name=list(found))


def test_a_plain_patient() -> None:
    row = mapped(gender="female")
    assert (row.first_name, row.last_name, row.birth_date) == ("Ada", "Winter", date(1970, 3, 4))
    assert row.demographics == {"sex": "female"}
    assert not row.identity_to_confirm
    assert row.flags == ()


@pytest.mark.parametrize("name", ["O'Brien", "X", "Nguyễn", "王", "محمد", "Ж" * 300, "Zoë 🎈", "d’Arc-Łukasz"])
def test_names_are_kept_exactly(name: str) -> None:
    row = names({"family": name, "given": ["A"]})
    assert row.last_name == name


def test_the_official_name_is_chosen_and_all_are_kept() -> None:
    row = names(
        {"use": "maiden", "family": "Windsor", "given": ["Peter"], "period": {"end": "2002"}},
        {"use": "usual", "given": ["Jim"]},
        {"use": "official", "family": "Chalmers", "given": ["Peter", "James"], "prefix": ["Dr"]},
    )
    assert (row.first_name, row.last_name) == ("Peter James", "Chalmers")
    assert row.demographics["preferredName"] == "Jim"
    kept = row.demographics["names"]
    assert [name["use"] for name in kept] == ["official", "usual", "maiden"]
    assert kept[2]["end"] == "2002"


def test_a_name_that_has_ended_is_not_chosen() -> None:
    row = names(
        {"use": "official", "family": "Old", "given": ["A"], "period": {"end": "2010-01-01"}},
        {"use": "temp", "family": "New", "given": ["A"]},
    )
    assert row.last_name == "New"


def test_several_scripts_keep_their_order() -> None:
    row = names(
        {"use": "official", "family": "王", "given": ["小明"]},
        {"use": "official", "family": "Wang", "given": ["Xiaoming"]},
    )
    assert (row.first_name, row.last_name) == ("小明", "王")
    assert [name["family"] for name in row.demographics["names"]] == ["王", "Wang"]


def test_a_name_as_text_only_and_a_single_word() -> None:
    assert names({"text": "Ariadne Bor-Jansma"}).last_name == "Ariadne Bor-Jansma"
    assert names({"given": ["Sukarno"]}).first_name == "Sukarno"


@pytest.mark.parametrize("name", [[], [{}], [{"family": "  "}], [{"use": "official"}], "Ada", [7]])
def test_nobody_without_a_name(name: Any) -> None:
    assert read_resources(patient(name=name)).reason == "no name"


@pytest.mark.parametrize(("birth", "kept"), [("1974", "1974"), ("1974-12", "1974-12"), (None, None)])
def test_a_partial_birth_date_is_kept_partial(birth: str | None, kept: str | None) -> None:
    row = mapped(birthDate=birth)
    assert row.birth_date is None
    assert row.demographics.get("birthDatePartial") == kept
    assert row.identity_to_confirm


@pytest.mark.parametrize(
    ("birth", "reason"),
    [
        ("2026-01-16", "lies in the future"),
        ("2027", "lies in the future"),
        ("2023-02-29", "is no date"),
        ("12/25/1974", "is no date"),
        (1974, "is no date"),
    ],
)
def test_impossible_birth_dates_are_refused(birth: object, reason: str) -> None:
    assert reason in read_resources(patient(birthDate=birth)).reason


def test_older_than_anybody_is_to_be_confirmed_unless_deceased() -> None:
    assert mapped(birthDate="1890-01-01").identity_to_confirm
    dead = mapped(birthDate="1890-01-01", deceasedDateTime="1960-02-03")
    assert not dead.identity_to_confirm
    assert dead.flags == ("DECEASED",)
    assert dead.demographics["deceased"] == "1960-02-03"


def test_inactive_patients_are_marked_and_replaced_ones_left_out() -> None:
    assert mapped(active=False).flags == ("INACTIVE",)
    replaced = patient(link=[{"type": "replaced-by", "other": {"reference": "Patient/p2"}}])
    assert "replaced" in read_resources(replaced).reason
    mapped(link=[{"type": "seealso", "other": {"reference": "Patient/p2"}}])


def test_phones_in_use_by_rank_without_old_ones() -> None:
    row = mapped(
        telecom=[
            {"system": "phone", "value": "2", "use": "work", "rank": 2},
            {"system": "phone", "value": "1", "use": "mobile", "rank": 1},
            {"system": "phone", "value": "old", "use": "old"},
            {"system": "phone", "value": "gone", "period": {"end": "2014"}},
            {"system": "email", "value": "ada@example.org"},
            {"system": "url", "value": "https://example.org"},
            {"use": "home"},
        ]
    )
    assert row.demographics["phones"] == [
        {"system": "phone", "value": "1", "use": "mobile"},
        {"system": "phone", "value": "2", "use": "work"},
    ]
    assert row.contact_email == row.demographics["email"] == "ada@example.org"


@pytest.mark.parametrize("email", ["ada@exa\u200bmple.org", "ada", "a b@example.org", "@example.org"])
def test_an_email_address_that_is_none_is_left_out(email: str) -> None:
    row = mapped(telecom=[{"system": "email", "value": email}])
    assert row.contact_email is None
    assert "email" not in row.demographics


def test_addresses_home_first_old_ones_never() -> None:
    row = mapped(
        address=[
            {"use": "old", "line": ["Nowhere"]},
            {"use": "work", "line": ["Office"]},
            {"use": "home", "line": ["1 Main St", "Apt 2"], "city": "Boston", "state": "MA", "postalCode": "02115",
             "country": "US"},
        ]
    )  # fmt: skip
    assert row.demographics["address"] == {
        "line": "1 Main St, Apt 2", "city": "Boston", "state": "MA", "postalCode": "02115", "country": "US",
    }  # fmt: skip
    assert mapped(address=[{"text": "1 Main St, Boston"}]).demographics["address"] == {"line": "1 Main St, Boston"}


def test_the_record_number_is_never_a_number_of_the_state() -> None:
    row = mapped(
        identifier=[
            {"type": SS, "system": "http://hl7.org/fhir/sid/us-ssn", "value": "999-94-5397"},
            {"system": "urn:other", "value": "77"},
            {"type": MR, "system": "urn:clinic", "value": "A-12"},
        ]
    )
    assert row.demographics["mrn"] == "A-12"
    assert row.demographics["identifiers"] == [{"system": "urn:other", "value": "77"}]
    assert "999-94" not in str(row)
    assert mapped(identifier=[{"system": "urn:other", "value": "77"}]).demographics["mrn"] == "77"
    assert "mrn" not in mapped(identifier=[{"type": SS, "value": "999-94-5397"}]).demographics


def test_us_core_extensions() -> None:
    core = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"
    row = mapped(
        gender="male",
        extension=[
            {"url": core + "race", "extension": [{"url": "text", "valueString": "Asian"}]},
            {
                "url": core + "ethnicity",
                "extension": [{"url": "ombCategory", "valueCoding": {"display": "Not Hispanic"}}],
            },
            {"url": core + "birthsex", "valueCode": "F"},
            {"url": core + "genderIdentity", "valueCodeableConcept": {"text": "Male"}},
        ],
    )
    found = {key: row.demographics[key] for key in ("race", "ethnicity", "sex", "gender", "genderIdentity")}
    assert found == {
        "race": "Asian",
        "ethnicity": "Not Hispanic",
        "sex": "female",
        "gender": "male",
        "genderIdentity": "Male",
    }


def test_the_emergency_contact_before_the_next_of_kin() -> None:
    roles = "http://terminology.hl7.org/CodeSystem/v2-0131"
    row = mapped(
        contact=[
            {"relationship": [{"coding": [{"system": roles, "code": "N"}]}], "name": {"text": "Next"}},
            {"relationship": [{"coding": [{"system": roles, "code": "C"}], "text": "Neighbour"}],
             "name": {"family": "Help", "given": ["Ann"]}, "telecom": [{"system": "phone", "value": "911"}]},
        ]
    )  # fmt: skip
    assert row.demographics["emergencyContact"] == {"name": "Ann Help", "phone": "911", "relation": "Neighbour"}


def test_the_preferred_language() -> None:
    row = mapped(
        communication=[
            {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "en-US"}]}},
            {"language": {"coding": [{"system": "urn:ietf:bcp:47", "code": "es"}]}, "preferred": True},
        ]
    )
    assert row.demographics["language"] == "es"


def test_insurance_comes_from_a_coverage_wherever_it_stands() -> None:
    coverage = {
        "resourceType": "Coverage", "id": "c1", "status": "active", "beneficiary": {"reference": "Patient/p1"},
        "payor": [{"display": "Northwind Health"}], "subscriberId": "NW-1",
        "class": [{"type": {"coding": [{"code": "group"}]}, "value": "G9"}],
    }  # fmt: skip
    found = read([lines(coverage, name="a.ndjson"), lines(patient(), name="b.ndjson")])
    assert found.only.patient is not None
    assert found.only.patient.demographics["insurance"] == {
        "payer": "Northwind Health", "memberId": "NW-1", "group": "G9", "status": "active",
    }  # fmt: skip
    assert found.taken == {"Patient": 1, "Coverage": 1}
    again = read_resources(patient(), coverage, {**coverage, "id": "c2", "subscriberId": "NW-2"})
    assert "another came first" in again.reason


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("name[0].family", {"name": [{"family": "Null\x00byte"}]}),
        ("name[0].given", {"name": [{"given": ["x" * 501]}]}),
        ("address.city", {"address": [{"city": "\ud800"}]}),
        ("telecom.value", {"telecom": [{"system": "phone", "value": "1" * 101}]}),
    ],
)
def test_text_that_cant_be_stored_is_refused_by_its_field(field: str, more: dict[str, Any]) -> None:
    found = read_resources(patient(**more))
    assert not found.patients
    assert found.reason.startswith(f"{field}: ")


def test_hidden_characters_stay_in_names_and_leave_numbers() -> None:
    row = mapped(name=[{"family": "Ab\u202ed", "given": ["A"]}], identifier=[{"type": MR, "value": "A\u200b1"}])
    assert row.last_name == "Ab\u202ed"
    assert "mrn" not in row.demographics


def test_practitioners_and_their_roles() -> None:
    number = {"system": "urn:npi", "value": "5"}
    name = {"family": "Careful", "given": ["Adam"], "prefix": ["Dr"]}
    doctor = {"resourceType": "Practitioner", "id": "d1", "name": [name], "identifier": [number]}
    role = {
        "resourceType": "PractitionerRole",
        "id": "r1",
        "specialty": [{"text": "Cardiology"}, {"text": "Cardiology"}],
        "practitioner": {"identifier": number, "display": "Dr Adam Careful"},
    }
    found = read_resources(role, doctor)
    (row,) = found.practitioners
    assert (row.name, row.specialties) == ("Dr Adam Careful", ("Cardiology",))
    assert found.taken == {"Practitioner": 1, "PractitionerRole": 1}
    stranger = {**role, "practitioner": {"identifier": number, "display": "Dr Eve Other"}}
    assert "practitioner is not in these files" in read_resources(stranger, doctor).reason

"""Every real file, with the exact number of records taken and left out, and the traps that MANIFEST.md names."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.support.fhir import LOINC, REAL, OnDisk, Read, in_rounds_of, read

# fmt: off
# file: records taken by kind, number left out with a reason
EXPECTED: dict[str, tuple[dict[str, int], int]] = {
    "bulk-ndjson-10/Condition.000.ndjson.gz": ({"Condition": 555}, 0),
    "bulk-ndjson-10/Encounter.000.ndjson.gz": ({"Encounter": 1215}, 0),
    "bulk-ndjson-10/Immunization.000.ndjson.gz": ({}, 161),
    "bulk-ndjson-10/Organization.000.ndjson.gz": ({}, 43),
    "bulk-ndjson-10/Patient.000.ndjson.gz": ({"Patient": 13}, 0),
    "bulk-ndjson-10/Practitioner.000.ndjson.gz": ({"Practitioner": 43}, 0),
    "bulk-ndjson-10/PractitionerRole.000.ndjson.gz": ({}, 43),
    "bulk-ndjson-10/Procedure.000.ndjson.gz": ({}, 2056),
    "odd/Observation-ex-pain.json": ({}, 1),
    "odd/bundle-good.json": ({}, 2),
    "odd/bundle-id-collection.json": ({}, 1),
    "odd/bundle-id-search-1.json": ({}, 1),
    "odd/bundle-url-dash.json": ({}, 1),
    "odd/jv-patient-good.json": ({"Patient": 1}, 0),
    "odd/patient-example.json": ({"Patient": 1}, 0),
    "odd/patient-good.json": ({}, 1),
    "odd/patient-id-bad-2.json": ({}, 1),
    "odd/patient-lang1.json": ({}, 1),
    "r4-spec-examples/Appointment-example.json": ({}, 1),
    "r4-spec-examples/Bundle-b0a5e4277-83c4-4adb-87e2-e3efe3369b6f.json": ({}, 14),
    "r4-spec-examples/Bundle-bundle-example.json": ({}, 2),
    "r4-spec-examples/Bundle-bundle-response.json": ({"Patient": 1}, 8),
    "r4-spec-examples/Bundle-bundle-search-warning.json": ({}, 1),
    "r4-spec-examples/Bundle-dg2.json": ({}, 2),
    "r4-spec-examples/Bundle-f202.json": ({}, 2),
    "r4-spec-examples/DiagnosticReport-gingival-mass.json": ({}, 1),
    "r4-spec-examples/Encounter-example.json": ({}, 1),
    "r4-spec-examples/Encounter-f202.json": ({}, 1),
    "r4-spec-examples/Encounter-home.json": ({"Encounter": 1}, 0),
    "r4-spec-examples/Observation-656.json": ({}, 1),
    "r4-spec-examples/Observation-abdo-tender.json": ({}, 1),
    "r4-spec-examples/Observation-blood-pressure.json": ({"Observation": 1}, 0),
    "r4-spec-examples/Observation-bmi.json": ({}, 1),
    "r4-spec-examples/Observation-f003.json": ({}, 1),
    "r4-spec-examples/Observation-f205.json": ({}, 1),
    "r4-spec-examples/Observation-glasgow.json": ({}, 1),
    "r4-spec-examples/Observation-respiratory-rate.json": ({"Observation": 1}, 0),
    "r4-spec-examples/Observation-vomiting.json": ({}, 1),
    "r4-spec-examples/Patient-example.json": ({"Patient": 1}, 0),
    "r4-spec-examples/Patient-f201.json": ({"Patient": 1}, 0),
    "r4-spec-examples/Patient-infant-fetal.json": ({}, 1),
    "r4-spec-examples/Patient-mom.json": ({"Patient": 1}, 0),
    "r4-spec-examples/Patient-xds.json": ({"Patient": 1}, 0),
    "r4-spec-examples/Practitioner-example.json": ({"Practitioner": 1}, 0),
    "r4-spec-examples/Practitioner-f003.json": ({"Practitioner": 1}, 0),
    "r4-spec-examples/ServiceRequest-colon-biopsy.json": ({}, 1),
    "r4-spec-examples/ServiceRequest-example.json": ({}, 1),
    "r4-spec-examples/ServiceRequest-ob.json": ({}, 1),
    "r4-spec-examples/ServiceRequest-physiotherapy.json": ({}, 1),
    "stu3-searchset-pages/000a9269_0_000a9269-91ef-4ed5-9216-6f454f3cc7e0_abdeb1a8-3678-4f80-8aed-8c56f9f43f48.json.gz": ({}, 100),  # noqa: E501
    "stu3-searchset-pages/000a9269_1_000a9269-91ef-4ed5-9216-6f454f3cc7e0_7f55c627-5eb1-4250-974a-e87923cd76b5.json.gz": ({}, 84),  # noqa: E501
    "synthea-2019/Blaine_Schroeder_68ee5dd1-b17f-4956-99b3-691a0a379565.json.gz": ({"Condition": 15, "Encounter": 48, "MedicationRequest": 5, "Observation": 53, "Patient": 1, "Practitioner": 2}, 231),  # noqa: E501
    "synthea-2019/Enrique_Trevino_c8700621-650e-4e68-8210-d05c6e2c61fa.json.gz": ({"Condition": 10, "Encounter": 25, "MedicationRequest": 4, "Observation": 72, "Patient": 1, "Practitioner": 1}, 222),  # noqa: E501
    "synthea-2019/Grazyna_Considine_2fae9bb9-6da0-4aa8-8a78-a37b92361820.json.gz": ({"Condition": 7, "Encounter": 20, "MedicationRequest": 3, "Observation": 74, "Patient": 1, "Practitioner": 1}, 243),  # noqa: E501
    "synthea-2019/James_West_d1ad3175-63a8-4871-9fb7-41c9881b16e6.json.gz": ({"Condition": 3, "Encounter": 16, "MedicationRequest": 4, "Observation": 57, "Patient": 1, "Practitioner": 1}, 96),  # noqa: E501
    "synthea-2019/Jesus_Alvarez_c0580b5a-6fc2-4b72-b691-57a71afb5597.json.gz": ({"Condition": 6, "Encounter": 11, "MedicationRequest": 1, "Observation": 17, "Patient": 1, "Practitioner": 1}, 65),  # noqa: E501
    "synthea-2019/Roberto_Graham_238a58eb-31dc-4054-82ee-0651ee76f391.json.gz": ({"Condition": 9, "Encounter": 30, "MedicationRequest": 10, "Observation": 56, "Patient": 1, "Practitioner": 1}, 256),  # noqa: E501
    "synthea-2020/Frankie174_Jast432_a5b737fb-1f94-4767-802b-1112051f5101.json.gz": ({"Condition": 3, "Encounter": 30, "MedicationRequest": 29, "Observation": 55, "Patient": 1, "Practitioner": 3}, 166),  # noqa: E501
    "synthea-2020/Lean294_Davis923_3e36b31d-3c32-43b4-b016-b46a90c2e50f.json.gz": ({"Condition": 5, "Encounter": 37, "MedicationRequest": 17, "Observation": 60, "Patient": 1, "Practitioner": 2}, 386),  # noqa: E501
    "synthea-2020/hospitalInformation1596649672088.json.gz": ({}, 18),
    "synthea-2020/practitionerInformation1596649672088.json.gz": ({"Practitioner": 18}, 0),
    "synthea-2021-hiv/Meghan514_Halvorson124_a10fd43a-9264-8f46-7a5b-bbd99c3bd60b.json.gz": ({"Condition": 1, "Encounter": 53, "Patient": 1}, 378),  # noqa: E501
    "synthea-2021-transaction/Aaron697_Batz141_845e2bf7-6d8e-0cb3-a4f0-3e2a03526c3f.json.gz": ({"Condition": 12, "Encounter": 9, "MedicationRequest": 2, "Observation": 41, "Patient": 1, "Practitioner": 2}, 80),  # noqa: E501
    "synthea-2021-transaction/Bennett146_Swaniawski813_704c9750-f6e6-473b-ee83-fbd48e07fe3f.json.gz": ({"Condition": 22, "Encounter": 17, "MedicationRequest": 2, "Observation": 24, "Patient": 1}, 110),  # noqa: E501
    "synthea-2022-collection/Burt293_Fisher429_7291401a-85f0-6ad1-b417-e5ea86b6e353.json.gz": ({"Condition": 5, "Encounter": 16, "MedicationRequest": 2, "Observation": 71, "Patient": 1, "Practitioner": 3}, 153),  # noqa: E501
    "synthea-2022-collection/Judi176_Sawayn19_cd5a6b35-2a1f-1f73-048e-c205f88f61bb.json.gz": ({"Condition": 53, "Encounter": 47, "MedicationRequest": 13, "Observation": 84, "Patient": 1, "Practitioner": 2}, 306),  # noqa: E501
    "synthea-2022-collection/Tuyet839_Boyle917_3fc4d5b0-9e46-4307-8c05-e4cef7602e7f.json.gz": ({"Condition": 8, "Encounter": 12, "Observation": 66, "Patient": 1, "Practitioner": 2}, 111),  # noqa: E501
}
# fmt: on

# Counted apart from the reader: what a look at the code alone says must be taken.
MEASURED = {"85354-9", "55284-4", "29463-7", "8302-2", "39156-5", "8867-4", "9279-1", "2339-0", "4548-4", "8310-5",
            "8331-1", "2708-6", "59408-5", "72514-3"}  # fmt: skip


def files(*folders: str) -> list[OnDisk]:
    return [OnDisk(path) for folder in folders for path in sorted((REAL / folder).iterdir())]


@cache
def read_folder(folder: str) -> Read:
    return read(files(folder))


def resources(path: Path) -> list[dict[str, Any]]:
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    if "ndjson" in path.name:
        return [json.loads(line) for line in text.splitlines()]
    document = json.loads(text)
    if document["resourceType"] != "Bundle":
        return [document]
    return [entry["resource"] for entry in document["entry"] if "resource" in entry]


def test_no_file_is_forgotten() -> None:
    found = {OnDisk(path).name for path in REAL.rglob("*") if path.is_file()}
    assert found == set(EXPECTED), f"the real files are expected in {REAL}"


@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_alone(name: str) -> None:
    taken, left_out = EXPECTED[name]
    found = read([OnDisk(REAL / name)])
    assert dict(found.taken) == taken
    assert sum(row.count for row in found.skipped) == left_out
    assert found.adds_up
    assert all(row.reason and row.source.startswith(name) for row in found.skipped)


@pytest.mark.parametrize(
    "folder", ["synthea-2019", "synthea-2020", "synthea-2021-transaction", "synthea-2022-collection"]
)
def test_every_observation_of_a_known_kind_is_taken(folder: str) -> None:
    wanted = 0
    for file in files(folder):
        for resource in resources(file.path):
            codings = resource.get("code", {}).get("coding", []) if resource["resourceType"] == "Observation" else []
            wanted += any(c["system"] == LOINC and c["code"] in MEASURED for c in codings)
    assert read_folder(folder).taken["Observation"] == wanted


def test_all_files_at_once_account_for_every_resource() -> None:
    found = read([OnDisk(path) for path in sorted(REAL.rglob("*")) if path.is_file()])
    assert found.total == 8605
    assert found.adds_up
    assert found.taken == Counter(
        Patient=33, Practitioner=79, PractitionerRole=43, Encounter=1587, Condition=714, Observation=732,
        MedicationRequest=92,
    )  # fmt: skip
    assert found.repeated == Counter(Practitioner=5, Patient=1)


@pytest.mark.parametrize("records", [1, 300, 3000])
def test_rounds_give_what_one_reading_gives(records: int) -> None:
    everything = files("bulk-ndjson-10", "odd", "synthea-2021-transaction")
    once, rounds = read(everything), read(everything, in_rounds_of(records))
    assert rounds.adds_up
    assert rounds.taken == once.taken
    assert {p.source: p for p in rounds.patients} == {p.source: p for p in once.patients}
    assert Counter(rounds.skipped) == Counter(once.skipped)


def test_an_ndjson_export_is_one_whole_although_patients_come_after_encounters() -> None:
    found = read_folder("bulk-ndjson-10")
    assert len(found.patients) == 13
    assert all(item.patient is not None for item in found.patients)
    visits = [visit for item in found.patients for visit in item.visits]
    known = {row.source for row in found.practitioners}
    assert len(visits) == 1215
    assert all(visit.practitioner in known for visit in visits)  # by "Practitioner?identifier=…|…"
    assert {specialty for row in found.practitioners for specialty in row.specialties} == {"General Practice Physician"}


def test_a_number_reused_for_somebody_else_is_not_followed() -> None:
    """Dr. Wyman's NPI in one export is Dr. Wuckert's in another."""
    name = "Bennett146_Swaniawski813_704c9750-f6e6-473b-ee83-fbd48e07fe3f.json.gz"
    bennett = OnDisk(REAL / "synthea-2021-transaction" / name)
    found = read([bennett, *files("bulk-ndjson-10")])
    names = {row.source: row.name for row in found.practitioners}
    visits = [v for p in found.patients for v in p.visits if v.where.startswith("synthea-2021-transaction")]
    assert any("Wyman904" in visit.practitioner_name for visit in visits)
    for visit in visits:
        assert visit.practitioner is None or visit.practitioner_name.split()[-1] in names[visit.practitioner]


def test_invented_codes_under_loincs_name_are_no_measurements() -> None:
    found = read_folder("synthea-2021-hiv")
    assert not found.only.measurements
    assert any("5089AAAA" in row.reason and "Weight" in row.reason for row in found.skipped)


def test_another_release_is_refused_as_a_whole() -> None:
    found = read_folder("stu3-searchset-pages")
    assert not found.taken
    assert {row.reason: row.count for row in found.skipped} == {
        "FHIR STU3 (Condition.context); only R4 and R4B are read": 100,
        "FHIR STU3 (Observation.context); only R4 and R4B are read": 84,
    }


def test_old_and_new_blood_pressure_panels() -> None:
    for folder in ("synthea-2019", "synthea-2020", "synthea-2022-collection"):
        pressures = [m for p in read_folder(folder).patients for m in p.measurements if m.type == "BLOOD_PRESSURE"]
        assert pressures
        assert all(40 < m.value["diastolic"] < m.value["systolic"] < 220 for m in pressures)


def test_the_sources_own_body_mass_indices_agree_with_weight_and_height() -> None:
    found = [row for folder in ("synthea-2019", "synthea-2020") for p in read_folder(folder).patients for row in p.bmi]
    assert sum(len(row.also) for row in found) > 60
    assert all(abs(row.bmi - row.weight_kg / (row.height_cm / 100) ** 2) < 1e-9 for row in found)


def test_reasons_quote_no_value_and_no_patient() -> None:
    for folder in ("synthea-2019", "synthea-2022-collection", "r4-spec-examples", "odd"):
        found = read_folder(folder)
        words = {word for item in found.patients if item.patient for word in item.patient.person.names if len(word) > 4}
        for row in found.skipped:
            assert not words & set(row.reason.lower().split()), row.reason

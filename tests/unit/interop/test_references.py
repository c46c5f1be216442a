"""Who is meant: references in all forms, across files, and the cases where nobody can tell."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.imports import SourceId
from app.interop.entries import Entry
from app.interop.fhir.identity import by_key, reference, source_id
from app.interop.values import SkipError
from tests.support.fhir import Memory, Read, document, encounter, lines, observation, patient, read, read_resources

U1 = "9f2b8d1e-0000-4000-8000-00000000000a"
U2 = "9f2b8d1e-0000-4000-8000-00000000000b"
BASE = "https://fhir.example.org/r4"


def bundle(*entries: tuple[str, dict[str, Any]], **more: Any) -> Memory:
    found = [{"fullUrl": url, "resource": resource} for url, resource in entries]
    return document({"resourceType": "Bundle", "type": "collection", "entry": found, **more})


def weight(subject: Any, **more: Any) -> dict[str, Any]:
    return observation("29463-7", 70, "kg", subject=subject, **more)


def entry(full_url: str = "", **resource: Any) -> Entry:
    return Entry("", {"resourceType": "Patient", **resource}, full_url)


@pytest.mark.parametrize(
    ("found", "system", "value"),
    [
        (entry(id="p1"), "local", "p1"),
        (entry(f"{BASE}/Patient/p1", id="p1"), BASE, "p1"),
        (entry("HTTPS://FHIR.Example.ORG/r4/Patient/p1/_history/3".replace("HTTPS", "https"), id="p1"), BASE, "p1"),
        (entry(id=U1.upper()), "urn:uuid", U1),
        (entry(f"{BASE}/Patient/{U1}", id=U1), "urn:uuid", U1),
        (entry(f"urn:uuid:{U1}"), "urn:uuid", U1),
        (entry(f"urn:uuid:{U2}", id="p1"), "local", "p1"),
        (entry(identifier=[{"system": "urn:mrn", "value": "7"}]), "identifier urn:mrn", "7"),
    ],
)
def test_which_record_a_resource_is(found: Entry, system: str, value: str) -> None:
    assert source_id(found) == SourceId(system, "Patient", value)


def test_without_any_id_the_content_is_the_id() -> None:
    one, same, other = (source_id(entry(birthDate=born)) for born in ("1970", "1970", "1971"))
    assert one == same != other
    assert one.system == "content"


@pytest.mark.parametrize("name", ["bad id", "", "a/b", "x" * 201, 7, ["p1"], "a\n", "ä"])
def test_an_id_that_can_be_none(name: Any) -> None:
    with pytest.raises(SkipError, match="valid FHIR id"):
        source_id(entry(id=name))


@pytest.mark.parametrize(
    "target",
    [
        {"reference": f"urn:uuid:{U1}"},
        {"reference": f"urn:uuid:{U1.upper()}"},
        {"reference": f"Patient/{U1}"},
        {"reference": f"Patient/{U1}/_history/2"},
        {"reference": f"{BASE}/Patient/{U1}"},
        {"reference": "Patient?identifier=urn:mrn|7"},
        {"reference": "Patient?identifier=urn%3Amrn%7C7"},
        {"reference": f"{BASE}/Patient?active=true&identifier=urn:mrn|7"},
        {"identifier": {"system": "urn:mrn", "value": "7"}},
        {"type": "Patient", "identifier": {"system": "urn:mrn", "value": "7"}, "display": "Ms. Ada Winter"},
    ],
)
def test_every_form_of_reference(target: dict[str, Any]) -> None:
    who = patient(U1, identifier=[{"system": "urn:mrn", "value": "7"}])
    for sources in (
        [bundle((f"urn:uuid:{U1}", who), (f"urn:uuid:{U2}", weight(target)))],
        [lines(weight(target), name="Observation.ndjson"), lines(who, name="Patient.ndjson")],
        [document(weight(target), "o.json", "there"), document(who, "p.json", "here")],
    ):
        found = read(sources)
        assert found.adds_up
        assert [row.value for row in found.only.measurements] == [70]


def test_a_temporary_address_beats_the_id() -> None:
    found = read(
        [bundle((f"urn:uuid:{U1}", patient("p1")), (f"urn:uuid:{U2}", weight({"reference": f"urn:uuid:{U1}"})))]
    )
    assert found.only.source == SourceId("local", "Patient", "p1")
    assert len(found.only.measurements) == 1


def test_the_same_id_at_two_servers_is_two_people() -> None:
    one = bundle((f"{BASE}/Patient/1", patient("1")), (f"{BASE}/Observation/9", weight({"reference": "Patient/1"})))
    other_base = "http://other.example/fhir"
    other = bundle(
        (f"{other_base}/Patient/1", patient("1", name=[{"family": "Other"}])),
        (f"{other_base}/Observation/9", weight({"reference": f"{other_base}/Patient/1"})),
    )
    found = read([one, Memory("b.json", other.data)])
    assert {item.source.system: len(item.measurements) for item in found.patients} == {BASE: 1, other_base: 1}


def test_a_relative_reference_means_its_own_server() -> None:
    other_base = "http://other.example/fhir"
    found = read([
        bundle((f"{BASE}/Patient/1", patient("1")), (f"{BASE}/Observation/8", weight({"reference": "Patient/1"})),
               (f"{other_base}/Observation/9", weight({"reference": "Patient/1"})))
    ])  # fmt: skip
    assert {item.source.system: (item.patient is not None, len(item.measurements)) for item in found.patients} == {
        BASE: (True, 1), other_base: (False, 1),
    }, "the second one's patient is not in the files"  # fmt: skip


def test_the_nearest_file_decides_who_is_meant() -> None:
    doctor = {"resourceType": "Practitioner", "identifier": [{"system": "urn:npi", "value": "5"}]}
    meant = {"individual": {"reference": "Practitioner?identifier=urn:npi|5"}}
    here = [
        lines(encounter(participant=[meant]), name="Encounter.ndjson"),
        lines({**doctor, "id": "d1", "name": [{"family": "Near"}]}, name="Practitioner.ndjson"),
        lines(patient(), name="Patient.ndjson"),
    ]
    far = lines({**doctor, "id": "d2", "name": [{"family": "Far"}]}, name="P.ndjson", folder="elsewhere")
    (visit,) = read([far, *here]).only.visits
    assert visit.practitioner == SourceId("local", "Practitioner", "d1")
    both = lines({**doctor, "id": "d3", "name": [{"family": "Near"}]}, name="More.ndjson")
    (visit,) = read([far, *here, both]).only.visits
    assert visit.practitioner is None  # two of one folder share the number


def test_records_may_be_about_somebody_who_is_not_in_the_files() -> None:
    found = read_resources(weight({"reference": "Patient/p9", "display": "Ada Winter"}))
    assert found.only.patient is None
    assert found.only.source == SourceId("local", "Patient", "p9")
    assert found.only.called == ("Ada Winter",)


def test_one_id_for_two_people_takes_neither() -> None:
    one = [document(patient("1"), "a.json", "one"), document(weight({"reference": "Patient/1"}), "b.json", "one")]
    other = document(
        patient("1", name=[{"family": "Summer", "given": ["Bo"]}], birthDate="1999-09-09"), "a.json", "two"
    )
    found = read([*one, other])
    assert not found.patients
    assert found.adds_up
    assert "its patient's id stands for different people in these files" in found.reasons


def test_versions_of_one_record() -> None:
    def version(number: str, family: str) -> dict[str, Any]:
        return patient(meta={"versionId": number}, name=[{"family": family, "given": ["Ada"]}])

    found = read_resources(version("2", "Newer"), version("10", "Newest"), version("9", "New"))
    assert found.only.patient is not None
    assert found.only.patient.last_name == "Newest"
    assert found.reasons == {"another version of the same record is taken": 2}
    dated = read_resources(
        patient(meta={"lastUpdated": "2024-01-01T01:00:00+05:00"}, gender="male"),
        patient(meta={"lastUpdated": "2023-12-31T22:00:00Z"}, gender="female"),
    )
    assert dated.only.patient is not None
    assert dated.only.patient.demographics["sex"] == "female"  # two hours later, though its text sorts before


def test_what_was_deleted_is_not_taken() -> None:
    gone = {"request": {"method": "DELETE", "url": "Patient/p1"}}
    entries = [gone, {"resource": patient()}, {"resource": weight({"reference": "Patient/p1"})}]
    found = read([document({"resourceType": "Bundle", "type": "history", "entry": entries})])
    assert found.adds_up
    assert found.reasons["deleted at its source"] == 2


def refused(*resources: dict[str, Any]) -> Read:
    found = read_resources(patient(), *resources)
    assert not found.patients
    assert sum(found.reasons.values()) == 1 + len(resources)
    return found


@pytest.mark.parametrize(
    ("resource", "sign"),
    [
        ({"resourceType": "Observation", "context": {}}, "FHIR STU3 (Observation.context)"),
        ({"resourceType": "Procedure", "context": {}}, "FHIR STU3 (Procedure.context)"),
        ({"resourceType": "Condition", "clinicalStatus": "active"}, "FHIR STU3 (Condition.clinicalStatus)"),
        ({"resourceType": "Encounter", "reason": [{"text": "x"}]}, "FHIR STU3 (Encounter.reason)"),
        (
            {"resourceType": "MedicationRequest", "requester": {"agent": {}}},
            "FHIR STU3 (MedicationRequest.requester.agent)",
        ),
        ({"resourceType": "ReferralRequest"}, "FHIR STU3 (ReferralRequest)"),
        (
            {"resourceType": "Observation", "meta": {"profile": ["http://hl7.org/fhir/3.0/x"]}},
            "FHIR STU3 (meta.profile)",
        ),
        ({"resourceType": "Encounter", "patient": {}}, "FHIR DSTU2 (Encounter.patient)"),
        ({"resourceType": "MedicationOrder"}, "FHIR DSTU2 (MedicationOrder)"),
        ({"resourceType": "Encounter", "actualPeriod": {}}, "FHIR R5 (Encounter.actualPeriod)"),
        ({"resourceType": "Encounter", "class": [{}]}, "FHIR R5 (Encounter.class)"),
        ({"resourceType": "Encounter", "reason": [{"value": []}]}, "FHIR R5 (Encounter.reason)"),
        ({"resourceType": "MedicationRequest", "medication": {}}, "FHIR R5 (MedicationRequest.medication)"),
        ({"resourceType": "Patient", "name": [{"family": ["Roe"]}]}, "FHIR DSTU2 (Patient.name.family)"),
        ({"resourceType": "Patient", "careProvider": [{}]}, "FHIR DSTU2 (Patient.careProvider)"),
        ({"resourceType": "Practitioner", "name": {"family": ["Roe"]}}, "FHIR DSTU2 (Practitioner.name.family)"),
        ({"resourceType": "Practitioner", "practitionerRole": [{}]}, "FHIR DSTU2 (Practitioner.practitionerRole)"),
        (
            {"resourceType": "AllergyIntolerance", "reaction": [{"manifestation": [{"concept": {}}]}]},
            "FHIR R5 (AllergyIntolerance.reaction.manifestation)",
        ),
        ({"resourceType": "Encounter", "participant": [{"actor": {}}]}, "FHIR R5 (Encounter.participant.actor)"),
        ({"resourceType": "Observation", "triggeredBy": [{}]}, "FHIR R5 (Observation.triggeredBy)"),
    ],
)
def test_other_releases_are_told_by_what_gives_them_away(resource: dict[str, Any], sign: str) -> None:
    assert refused(resource).reason == f"{sign}; only R4 and R4B are read"


def test_an_ndjson_export_of_another_release_is_refused_with_its_patients() -> None:
    old = {"resourceType": "Condition", "id": "c", "context": {}}
    found = read([lines(patient(), name="Patient.ndjson"), lines(old, name="Condition.ndjson"),
                  lines(patient(), name="Patient.ndjson", folder="other")])  # fmt: skip
    assert len(found.patients) == 1
    assert [(row.source, row.reason) for row in found.skipped] == [
        (
            "Patient.ndjson",
            "belongs to an export of FHIR STU3 (see Condition.ndjson, line 1); only R4 and R4B are read",
        ),
        ("Condition.ndjson, line 1", "FHIR STU3 (Condition.context); only R4 and R4B are read"),
    ]


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_reference_can_be_taken_apart(target: str, display: str) -> None:
    found = reference({"reference": target, "display": display, "identifier": {"value": display}})
    if found is not None:
        named = by_key(found, "")
        assert named is None or named.value


def test_absurdly_long_references_are_none() -> None:
    assert reference({"reference": "http://x/" + "A/" * 500_000}) is None
    assert reference({"reference": "http:" + "/A" * 900 + "/x"}) is not None


def paged(name: str, own: str | None, following: str | None, *resources: dict[str, Any]) -> Any:
    links = [{"relation": "self", "url": own}] if own else []
    links += [{"relation": "next", "url": following}] if following else []
    entries = [{"resource": one} for one in resources]
    return document({"resourceType": "Bundle", "type": "searchset", "link": links, "entry": entries}, name)


NEXT = "one page of several: the next one is not in these files"


def test_a_page_whose_next_one_is_missing_says_so_and_is_no_record() -> None:
    found = read([paged("1.json", "http://s/f?_count=2", "http://s/f?_count=2&page=2", patient())])
    assert found.adds_up
    assert [(row.source, row.resource, row.reason, row.count) for row in found.skipped] == [
        ("1.json", "Bundle", NEXT, 0)
    ]
    assert found.taken.total() == found.total == 1


def test_pages_that_are_all_there_say_nothing() -> None:
    """A server may write the parameters of an address in another order than it asked for."""
    pages = [
        paged("1.json", "http://s/f?_count=2", "http://s/f?_count=2&page=2", patient()),
        paged("2.json", "http://S/f?page=2&_count=2", None, weight({"reference": "Patient/p1"})),
    ]
    pages[1] = document({**json.loads(pages[1].data), "link": [
        {"relation": "self", "url": "http://S/f?page=2&_count=2"}, {"relation": "previous", "url": "http://s/f"}]},
        "2.json")  # fmt: skip
    for order in (pages, pages[::-1]):
        found = read(order)
        assert found.adds_up
        assert not found.skipped
    assert read(pages[:1]).reason == NEXT


@pytest.mark.parametrize("behind", [False, True])
def test_the_link_counts_wherever_it_stands(behind: bool) -> None:
    link: dict[str, Any] = {"link": [{"relation": "next", "url": "http://s/f?page=2"}]}
    body = {"entry": [{"resource": patient()}]}
    bundle = {"resourceType": "Bundle", "type": "searchset", **(body | link if behind else link | body)}
    assert read([document(bundle)]).reason == NEXT
    assert read([document([bundle])]).skipped[0].source == "file.json, element 1"


def history(*entries: dict[str, Any]) -> Read:
    found = read([document({"resourceType": "Bundle", "type": "history", "entry": list(entries)})])
    assert found.adds_up
    return found


GONE = {"request": {"method": "DELETE", "url": "Patient/p1"}}


def test_what_was_made_again_after_it_was_deleted_is_there() -> None:
    """A history has the newest first."""
    newest = {"resource": patient(gender="female", meta={"versionId": "3"})}
    oldest = {"resource": patient(meta={"versionId": "1"})}
    found = history(newest, GONE, oldest)
    assert found.only.patient is not None
    assert found.only.patient.demographics["sex"] == "female"
    assert dict(found.reasons) == {
        "deleted at its source, and made again later": 1,
        "another version of the same record is taken": 1,
    }
    assert not history(GONE, newest, oldest).patients


@pytest.mark.parametrize("url", ["Patient/p1", "", "Patient?identifier=1"])
def test_a_deletion_counts_also_where_the_record_stands_beside_it(url: str) -> None:
    found = history({"resource": patient(), "request": {"method": "DELETE", "url": url}})
    assert not found.patients
    assert found.reason == "deleted at its source"

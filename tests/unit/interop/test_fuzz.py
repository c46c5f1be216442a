"""Whatever the JSON: an import answers every record, and never fails."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.import_people import plan_import
from app.domain.import_plan import Draft, ImportState
from app.domain.imports import ImportBatch
from app.interop.documents import read_document
from app.interop.entries import Entry
from app.kernel.ids import FreshIds
from tests.support.fhir import NOW, REAL, OnDisk, Read, document, encounter, observation, patient, read

KINDS = [
    "Patient",
    "Practitioner",
    "PractitionerRole",
    "Encounter",
    "Observation",
    "Condition",
    "AllergyIntolerance",
    "MedicationRequest",
    "MedicationStatement",
    "Medication",
    "Coverage",
    "Bundle",
    "Claim",
]
ELEMENTS = [
    "id",
    "meta",
    "status",
    "code",
    "subject",
    "patient",
    "name",
    "birthDate",
    "identifier",
    "telecom",
    "address",
    "period",
    "class",
    "participant",
    "valueQuantity",
    "component",
    "effectiveDateTime",
    "contact",
    "link",
    "extension",
    "encounter",
    "medicationReference",
    "contained",
    "clinicalStatus",
    "entry",
    "beneficiary",
    "practitioner",
    "specialty",
    "reaction",
    "deceasedDateTime",
    "communication",
    "payor",
]
PARTS = ["coding", "system", "value", "reference", "family", "given", "start", "end", "unit", "text", "display"]
VALUES = [
    "p1",
    "Patient/p1",
    "#x",
    "http://loinc.org",
    "29463-7",
    "85354-9",
    "kg",
    "2024-05-06",
    "final",
    "1970",
    "phone",
]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(VALUES)
)
inner = st.recursive(
    scalars,
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.sampled_from(ELEMENTS + PARTS), x, max_size=4),
    max_leaves=12,
)
resource = st.builds(
    lambda kind, body: {"resourceType": kind, **body},
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(ELEMENTS), inner, max_size=8),
)


def accounted_for(found: Read) -> None:
    """Every record has its place, and what is to be written can be written."""
    assert found.adds_up
    assert all(row.reason.strip() for row in found.skipped)
    batch = ImportBatch(practitioners=found.practitioners, patients=tuple(found.patients))
    plan = plan_import(batch, Draft(ImportState(), "c-1", NOW, FreshIds()))
    for rows in plan.inserts.values():
        for row in rows:
            repr(row).encode("utf-8")  # no half characters
            assert "\x00" not in repr(row)


@settings(max_examples=150, deadline=None)
@given(st.lists(resource, max_size=6))
def test_any_resources(resources: list[dict[str, Any]]) -> None:
    accounted_for(read([document([patient(), *resources])]))


def mutated(value: Any, chance: random.Random) -> Any:
    """Spoil a real resource here and there: drop, swap types, repeat, exchange."""
    strange = [None, True, 0, -1, 1e300, "", "x" * 600, "\x00", [], {}, [None], {"reference": 7}, "2024-13-45"]
    if chance.random() < 0.04:
        return chance.choice(strange)
    if isinstance(value, dict):
        return {key: mutated(item, chance) for key, item in value.items() if chance.random() > 0.02}
    if isinstance(value, list):
        return [mutated(item, chance) for item in value for _ in range(2 if chance.random() < 0.03 else 1)]
    return value


REAL_ONES = (
    "synthea-2019/James_West_d1ad3175-63a8-4871-9fb7-41c9881b16e6.json.gz",
    "odd/patient-example.json",
    "r4-spec-examples/Observation-blood-pressure.json",
    "r4-spec-examples/Encounter-home.json",
)


def real_entries() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for name in REAL_ONES:
        with OnDisk(REAL / name).open() as stream:
            found += [plain(dict(e.resource)) for e in read_document(stream, name) if isinstance(e, Entry)]
    return [entry for entry in found if entry["resourceType"] in KINDS and entry["resourceType"] != "Claim"]


def test_real_resources_spoilt_at_random() -> None:
    """Each in a file of its own, since a spoilt one may look like another release, which condemns its file."""
    kept = real_entries()
    some = 0
    for seed in range(20):
        chance = random.Random(seed)
        spoilt = [mutated(entry, chance) for entry in [*kept, patient(), encounter(), observation("29463-7", 70, "kg")]]
        found = read([document(entry, f"{n}.json") for n, entry in enumerate(spoilt)])
        accounted_for(found)
        some += found.taken.total()
    assert some > 20 * len(kept) / 3


def plain(value: Any) -> Any:
    """Exact decimals as floats, so that the test can write them again."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or isinstance(value, str | int) else float(value)

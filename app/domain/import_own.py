"""Our own exports brought back into the clinic that made them: what stands here already is nothing new.

An export names a clinic's records by an address of its own and by their ids (``own_system``, ``own_id``). What is
still here is left as it is, since the record here is newer than any copy of it; what is gone comes back as a record
from elsewhere would. ``ImportState.own`` says which records stand here, and whose they are.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from app.domain.clinical_lists import ListKind, item_keys
from app.domain.import_plan import Draft, PatientNow
from app.domain.imports import ImportedRow, PatientImport, SourceId

_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)
_UUID = "urn:uuid"
_OURS = "https://myhealthally.invalid"
THREAD = "Thread"
"""The kind of a conversation, which FHIR has no resource for: an export names it beside each of its messages."""
NONE_KNOWN = "none-known"
"""What an export calls a list that says that there is nothing."""
READING_PARTS = ("-bp", "-heart-rate", "-spo2", "-respiration")
"""What an export adds to the id of a device's reading: it gives an observation for each of its values."""


def own_system(clinic_id: str) -> str:
    """Return the address under which a clinic's records are known; it names, and leads nowhere."""
    return f"{_OURS}/{quote(clinic_id, safe='')}"


def is_own_system(system: str) -> bool:
    """Tell whether an address is that of some clinic's export, ours or another's."""
    return system.startswith(f"{_OURS}/")


def own_id(text: str, *more: str) -> str:
    """Return the id that an export gives a record: its own where others take it, else one that follows from it."""
    if not more and _ID.fullmatch(text):
        return text
    return "x" + hashlib.sha256("\n".join((text, *more)).encode("utf-8", "replace")).hexdigest()[:40]


def may_be_own(source: SourceId, clinic_id: str) -> bool:
    """Tell whether a record can be one of ours, by its address; a UUID is the same everywhere."""
    return source.system in (own_system(clinic_id), _UUID)


def row_ids(source: SourceId) -> tuple[str, ...]:
    """Return the ids that a record of ours may have here."""
    cut = (source.value.removesuffix(part) for part in READING_PARTS)
    return tuple(dict.fromkeys((source.value, *cut)))


def without_own(draft: Draft, item: PatientImport, now: PatientNow) -> PatientImport:
    """Count what stands here already as unchanged, and return the rest."""
    if item.source not in draft.state.own:
        return item
    target = draft.state.patients.get(now.merged_into, now) if now.merged_into else now
    listed = _listed(draft, (now, target))

    def here(row: ImportedRow) -> bool:
        return draft.state.own.get(row.source) in (now.id, target.id) or row.source in listed

    for row in (*([item.patient] if item.patient else []), *filter(here, item.records)):
        draft.tally.count(draft.tally.unchanged, row)
    for bmi in filter(here, item.bmi):
        draft.tally.count_also(draft.tally.unchanged, bmi)
    return replace(
        item, patient=None, height_cm=None,
        visits=tuple(one for one in item.visits if not here(one)),
        measurements=tuple(one for one in item.measurements if not here(one)),
        bmi=tuple(one for one in item.bmi if not here(one)),
        entries=tuple(one for one in item.entries if not here(one)),
        retracted=tuple(one for one in item.retracted if not here(one)),
        variability=tuple(one for one in item.variability if not here(one)),
        messages=tuple(one for one in item.messages if not here(one)),
        orders=tuple(one for one in item.orders if not here(one)),
        referrals=tuple(one for one in item.referrals if not here(one)),
        plans=tuple(one for one in item.plans if not here(one)),
        notes=tuple(one for one in item.notes if not here(one)),
        excuses=tuple(one for one in item.excuses if not here(one)),
    )  # fmt: skip


_RESOURCES = {
    ListKind.CONDITIONS: "Condition", ListKind.ALLERGIES: "AllergyIntolerance",
    ListKind.MEDICATIONS: "MedicationStatement",
}  # fmt: skip


def _listed(draft: Draft, people: Iterable[PatientNow]) -> set[SourceId]:
    """The entries of a patient's lists, by the ids that an export gives them."""
    system, found = own_system(draft.clinic_id), set[SourceId]()
    for person in people:
        for kind, resource in _RESOURCES.items():
            value = person.demographics.get(kind.value)
            keys = (*(item_keys(value) if isinstance(value, list) else ()), NONE_KNOWN)
            found |= {SourceId(system, resource, own_id(person.id, key)) for key in keys}
    return found

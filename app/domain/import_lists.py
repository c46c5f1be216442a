"""Planning imported allergies, conditions and medications: entries of lists in a patient's demographics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.import_merge import (
    ORIGIN,
    entry_digest,
    find_entry,
    origin_of,
    stored_entry_digest,
)
from app.domain.import_plan import RETRACTED, Draft
from app.domain.imports import ListEntryRow, RetractedRow, SourceId
from app.domain.none_known import is_none_known, settled, spoken
from app.kernel.i18n import t

LISTS: Mapping[str, str] = {
    "Condition": "conditions",
    "AllergyIntolerance": "allergies",
    "MedicationRequest": "medications",
    "MedicationStatement": "medications",
}
"""Which list of demographics each kind of record goes into."""


def merge_entries(
    draft: Draft, owner: SourceId, patient_id: str, rows: Iterable[ListEntryRow], demographics: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the demographics with the entries brought in; what people here wrote stays as it is."""
    rows = tuple(rows)
    touched = {row.name for row in rows}
    merged = spoken(demographics, touched)
    for row in rows:
        value = merged.get(row.name)
        if value is not None and not isinstance(value, list) and not is_none_known(value):
            draft.tally.skip(row, t("the patient's {list} can't be read here", list=row.name))
        elif row.entry is None:
            _none_known(draft, owner, patient_id, row, merged)
        else:
            _entry(draft, owner, patient_id, row, merged)
    return settled(merged, touched)


def retract_entries(
    draft: Draft, patient_id: str, rows: Iterable[RetractedRow], demographics: Mapping[str, Any]
) -> dict[str, Any]:
    """Mark entries of earlier imports that their source has withdrawn: they keep standing, with that status."""
    merged = dict(demographics)
    for row in rows:
        if row.source.kind not in LISTS:
            continue
        name = LISTS[row.source.kind]
        items = list(merged[name]) if isinstance(merged.get(name), list) else []
        place = find_entry(items, row.source)
        known = draft.link(row.source, "patients")
        if place is None or known is None or known.row_id != patient_id:
            draft.tally.skip(row, row.reason)
        elif known.content == RETRACTED:
            draft.tally.count(draft.tally.unchanged, row)
        else:
            items[place] = {**items[place], "status": "entered-in-error"}
            merged[name] = items
            draft.tally.count(draft.tally.updated, row)
            draft.tally.remark(row, t("withdrawn at its source after it was imported; look at it"))
            draft.keep_link(row.source, "patients", patient_id, RETRACTED)
    return merged


def _none_known(draft: Draft, owner: SourceId, patient_id: str, row: ListEntryRow, merged: dict[str, Any]) -> None:
    if merged.get(row.name) and not is_none_known(merged[row.name]):
        draft.tally.skip(row, t("says that there are none, but some are known here"))
        return
    known = draft.link(row.source, "patients")
    if known is None:
        merged[row.name] = {"noneKnown": True, "by": "import", "at": draft.at.isoformat()}
    draft.tally.count(draft.tally.taken if known is None else draft.tally.unchanged, row)
    draft.keep_link(row.source, "patients", patient_id, entry_digest(owner, row))


def _entry(draft: Draft, owner: SourceId, patient_id: str, row: ListEntryRow, merged: dict[str, Any]) -> None:
    items = list(merged[row.name]) if isinstance(merged.get(row.name), list) else []
    known = draft.link(row.source, "patients")
    content = entry_digest(owner, row)
    fresh = {**(row.entry or {}), ORIGIN: origin_of(row.source)}
    if known is not None and known.row_id != patient_id:
        draft.tally.skip(row, t("its id belongs to another patient's record here"))
        return
    if known is None:
        items.append(fresh)
        draft.tally.count(draft.tally.taken, row)
    elif known.content == content:
        draft.tally.count(draft.tally.unchanged, row)
        return
    else:
        place = find_entry(items, row.source)
        if place is None or stored_entry_digest(owner, items[place]) != known.content:
            draft.tally.count(draft.tally.unchanged, row)
            draft.tally.remark(row, t("changed at its source and here; the entry here is kept"))
            draft.keep_link(row.source, "patients", patient_id, content)
            return
        items[place] = fresh
        draft.tally.count(draft.tally.updated, row)
    merged[row.name] = items
    draft.keep_link(row.source, "patients", patient_id, content)

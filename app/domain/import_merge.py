"""Bringing imported data into a patient who is here already, without losing what people here have changed.

A field is overwritten only while it still holds what the last import put there (or nothing). Its
fingerprint from that import is kept with the link between the record and the patient.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from app.domain.import_digest import fingerprint
from app.domain.imports import ListEntryRow, PatientRow, SourceId

ORIGIN = "importedFrom"
"""The key in an entry of a list that names the record it came from."""

_DEMOGRAPHIC = "demographics."
_EMPTY: tuple[Any, ...] = (None, "", [], {}, ())


@dataclass(frozen=True, slots=True)
class LinkContent:
    """What a link remembers of the last import: the record's digest, and a fingerprint for each field."""

    digest: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def write(self) -> str:
        """Return it as kept in ``import_link.content_hash``."""
        if not self.fields:
            return self.digest
        return f"{self.digest} {json.dumps(self.fields, sort_keys=True, separators=(',', ':'))}"

    @classmethod
    def read(cls, text: str) -> LinkContent:
        """Read what ``write`` wrote; fields that can't be read count as never imported."""
        head, _, tail = text.partition(" ")
        try:
            fields = json.loads(tail) if tail else {}
        except ValueError:
            fields = {}
        return cls(head, fields if isinstance(fields, dict) else {})


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge's outcome: fields to write, fields whose local change was kept, fingerprints for next time."""

    values: Mapping[str, Any]
    kept: tuple[str, ...]
    fields: Mapping[str, str]


def patient_fields(row: PatientRow) -> dict[str, Any]:
    """Return the imported fields of a patient by name; dates in ISO 8601, as JSON has them."""
    own = {
        "firstName": row.first_name,
        "lastName": row.last_name,
        "dateOfBirth": row.birth_date.isoformat() if row.birth_date else None,
    }
    inner = {_DEMOGRAPHIC + key: value for key, value in row.demographics.items()}
    return {key: value for key, value in (own | inner).items() if value not in _EMPTY}


def merge_fields(imported: Mapping[str, Any], current: Mapping[str, Any], before: Mapping[str, str]) -> Merged:
    """Decide field by field. ``before`` holds the fingerprints of the last import; none for a first one."""
    values: dict[str, Any] = {}
    kept: list[str] = []
    fields = dict(before)
    for name, value in imported.items():
        mark = fingerprint(value)[:12]
        here = current.get(name)
        if before.get(name) == mark or here == value:
            fields[name] = mark
            continue
        if here in _EMPTY or fingerprint(here)[:12] == before.get(name):
            values[name] = value
        else:
            kept.append(name.removeprefix(_DEMOGRAPHIC))
        fields[name] = mark
    return Merged(values, tuple(kept), fields)


def as_columns(values: Mapping[str, Any], demographics: Mapping[str, Any]) -> dict[str, Any]:
    """Turn merged fields into columns of ``patients``; ``demographics`` is what stands there now."""
    columns: dict[str, Any] = {}
    names = {"firstName": "first_name", "lastName": "last_name", "heightCm": "height_cm"}
    inner = dict(demographics)
    for name, value in values.items():
        if name.startswith(_DEMOGRAPHIC):
            inner[name.removeprefix(_DEMOGRAPHIC)] = value
        elif name == "dateOfBirth":
            columns["date_of_birth"] = date.fromisoformat(value)
        else:
            columns[names[name]] = value
    if inner != dict(demographics):
        columns["demographics"] = inner
    return columns


def origin_of(source: SourceId) -> str:
    """Return the mark of a record in a list's entry."""
    return f"{source.system}|{source.kind}|{source.value}"


def entry_digest(patient: SourceId, row: ListEntryRow) -> str:
    """Return what a link remembers of a list entry: computed alike from the file and from what stands here."""
    return stored_entry_digest(patient, row.entry)


def stored_entry_digest(patient: SourceId, entry: Mapping[str, Any] | None) -> str:
    """The same, from an entry as it stands in the patient's demographics."""
    bare = None if entry is None else {key: value for key, value in entry.items() if key != ORIGIN}
    return fingerprint([patient.system, patient.value, bare])


def find_entry(items: list[Any], source: SourceId) -> int | None:
    """Return where the entry of a record stands in a list."""
    mark = origin_of(source)
    for place, item in enumerate(items):
        if isinstance(item, Mapping) and item.get(ORIGIN) == mark:
            return place
    return None

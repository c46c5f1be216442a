"""Signed visit notes and excuse notes → DocumentReference: the text for all; its parts and who did what, ours."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from app.domain.enums import ExcuseNoteStatus
from app.domain.messages import outside_name
from app.domain.visit_notes import NOTE_FIELDS
from app.interop.fhir.export_parts import CODES, Json, bare, fhir_id, instant, loinc, own, ref, words
from app.queries.chart_record import ChartRecord, RecordRow

PROGRESS_NOTE, LETTER = "11506-3", "64295-8"
"""The LOINC codes of a visit note and of an excuse note."""
VERIFICATION = f"{CODES}/verification"
"""The system of excuse notes' verification codes."""


def documents(record: ChartRecord) -> Iterator[Json]:
    """Yield the signed notes with their addenda, then the excuse notes."""
    for row in record.notes:
        yield _note(record, row)
    for row in record.excuses:
        yield _excuse(record, row)


def provider(record: ChartRecord, row: RecordRow) -> Json:
    """A provider who isn't there any more is named by nothing; FHIR wants at least a word."""
    name = record.providers.get(row["provider_id"])
    return ref("Practitioner", row["provider_id"], name) if name is not None else {"display": "?"}


def visit_of(row: RecordRow) -> Json | None:
    """Return the visit in which something was done."""
    return ref("Encounter", row["visit_id"]) if row.get("visit_id") else None


def _note(record: ChartRecord, row: RecordRow) -> Json:
    added = [one for one in record.addenda if one["note_id"] == row["id"]]
    texts = [f"{name.title()}\n{text}" for name in NOTE_FIELDS if (text := words(row[name]))]
    texts += [f"Addendum {instant(one['at'])}\n{words(one['body'])}" for one in added]
    parts = [own("part", extension=[{"url": "name", "valueCode": name}, {"url": "text", "valueString": text}])
             for name in NOTE_FIELDS if (text := words(row[name]))]  # fmt: skip
    made = _document(record, row, loinc(PROGRESS_NOTE, "Progress note"), "\n\n".join(texts), row["signed_at"])
    return bare(
        {
            **made,
            "extension": [own("created", valueDateTime=instant(row["created_at"])), *parts, *map(_addendum, added)],
            "docStatus": "amended" if added else "final",
            "authenticator": _person(row["signer"], row["signed_by"]),
        }
    )


def _addendum(one: RecordRow) -> Json:
    name = words(one["writer"]) or outside_name(one["by_user"])
    by = [{"url": "by", "valueString": name}] if name else []
    text = [{"url": "text", "valueString": words(one["body"])}] if words(one["body"]) else []
    key = {"url": "id", "valueString": fhir_id(one["id"])}
    return own("addendum", extension=[key, {"url": "at", "valueDateTime": instant(one["at"])}, *by, *text])


def _person(name: str | None, user_id: str | None) -> Json | None:
    """Name who did something, here or elsewhere."""
    found = words(name) or outside_name(user_id or "")
    return {"display": found} if found else None


def _excuse(record: ChartRecord, row: RecordRow) -> Json:
    text = f"{row['type'].value} {row['start_date'].isoformat()} – {row['end_date'].isoformat()}"
    text = "\n".join(filter(None, (text, words(row["restrictions"]))))
    made = _document(record, row, loinc(LETTER, "Letter"), text, row["created_at"])
    span = {"start": row["start_date"].isoformat(), "end": row["end_date"].isoformat()}
    replaced = {"code": "replaces", "target": ref("DocumentReference", row["corrects"])} if row["corrects"] else None
    return bare(
        {
            **made,
            "extension": _facts(row),
            "identifier": [{"system": VERIFICATION, "value": row["code"]}] if row["code"] else [],
            "status": "entered-in-error" if row["withdrawn_at"] else "current",
            "docStatus": "preliminary" if row["status"] is ExcuseNoteStatus.DRAFT else "final",
            "authenticator": _person(row["signed_by_name"], row["signed_by"]),
            "relatesTo": [replaced] if replaced else [],
            "context": made.get("context", {}) | {"period": span},
        }
    )


def _facts(row: RecordRow) -> list[Json]:
    """What the paper says and who did what to it, for which FHIR has no element."""
    found = [own("status", valueCode=row["status"].value), own("kind", valueCode=row["type"].value)]
    for name in ("reason", "restrictions"):
        found += [own(name, valueString=text)] if (text := words(row[name])) else []
    found += [own("showReason", valueBoolean=True)] if row["show_reason"] else []
    for name, at in (("sent", row["sent_at"]), ("signed", row["signed_at"])):
        found += [own(name, valueDateTime=instant(at))] if at else []
    drafter = _person(row["drafted_by_name"], row["drafted_by"])
    found += [own("drafter", valueString=drafter["display"])] if drafter else []
    return found + (_withdrawn(row, row["withdrawn_at"]) if row["withdrawn_at"] else [])


def _withdrawn(row: RecordRow, at: datetime) -> list[Json]:
    who = _person(row["withdrawn_by_name"], row["withdrawn_by"])
    said = {"by": who["display"] if who else "", "reason": words(row["withdrawn_reason"])}
    more = [{"url": name, "valueString": text} for name, text in said.items() if text]
    return [own("withdrawn", extension=[{"url": "at", "valueDateTime": instant(at)}, *more])]


def _document(record: ChartRecord, row: RecordRow, kind: Json, text: str, at: Any) -> Json:
    data = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    visit = visit_of(row)
    return bare(
        {
            "resourceType": "DocumentReference",
            "id": fhir_id(row["id"]),
            "status": "current",
            "type": kind,
            "subject": ref("Patient", record.patient["id"]),
            "date": instant(at),
            "author": [provider(record, row)] if row["provider_id"] else [],
            "content": [{"attachment": {"contentType": "text/plain; charset=utf-8", "data": data or "Pw=="}}],
            "context": {"encounter": [visit]} if visit else None,
        }
    )

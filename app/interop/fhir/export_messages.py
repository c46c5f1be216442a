"""Messages between a patient and the clinic → Communication."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from app.domain.messages import Attachment, outside_name, read_attachments, record_link, safe_link
from app.interop.fhir.export_parts import THREADS, Json, bare, fhir_id, instant, ref, words
from app.queries.chart_record import ChartRecord, RecordRow

_PAPERS = {"excuse_notes": "DocumentReference", "referrals": "ServiceRequest", "lab_orders": "ServiceRequest"}
_MIME = re.compile(r"[a-z0-9.+-]+/[a-z0-9.+-]+", re.IGNORECASE)
_MOST_BYTES = 2**31 - 1


def communications(record: ChartRecord) -> Iterator[Json]:
    """Yield what was written, in order; a message that says nothing and shows nothing has no home there."""
    for row in record.messages:
        payload = _payload(record, row)
        if payload:
            yield _communication(record, row, payload)


def _payload(record: ChartRecord, row: RecordRow) -> list[Json]:
    """Return the words, then what was attached by reference: papers of the record, and addresses a browser may open."""
    text = words(row["content"])
    held = {"excuse_notes": record.excuses, "referrals": record.referrals, "lab_orders": record.orders}
    known = {(table, one["id"]) for table, rows in held.items() for one in rows}
    attached = [_attached(one, known) for one in read_attachments(row["attachments"])]
    return [*([{"contentString": text}] if text else []), *(one for one in attached if one)]


def _attached(one: Attachment, known: Collection[tuple[str, str]]) -> Json | None:
    name, paper, link = words(one.filename, 200), record_link(one.url), safe_link(one.url)
    if paper is not None and (paper.table, paper.id) in known:
        return {"contentReference": ref(_PAPERS[paper.table], paper.id, name)}
    size = one.size if one.size is not None and one.size <= _MOST_BYTES else None
    found = bare({
        "contentType": one.type if _MIME.fullmatch(one.type) else "", "url": link.url if link is not None else "",
        "title": name, "size": size,
    })  # fmt: skip
    return {"contentAttachment": found} if "url" in found or "title" in found else None


def _communication(record: ChartRecord, row: RecordRow, payload: list[Json]) -> Json:
    whose = record.patient["id"]
    theirs = {"reference": f"Patient/{fhir_id(whose)}"}
    ours = {"display": words(row["sender"]) or outside_name(row["sender_id"]) or words(record.clinic["name"]) or "?"}
    sender, recipient = (theirs, ours) if row["from_patient"] else (ours, theirs)
    return bare(
        {
            "resourceType": "Communication",
            "id": fhir_id(row["id"]),
            "status": "completed",
            "subject": ref("Patient", whose),
            "partOf": [{"identifier": {"system": THREADS, "value": row["thread_id"]}}],
            "topic": {"text": words(row["subject"])} if words(row["subject"]) else None,
            "sent": instant(row["created_at"]),
            "received": instant(row["read_at"]) if row["read_at"] else "",
            "sender": sender,
            "recipient": [recipient],
            "payload": payload,
        }
    )

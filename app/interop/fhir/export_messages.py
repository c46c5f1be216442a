"""Messages between a patient and the clinic → Communication."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.messages import outside_name
from app.interop.fhir.export_parts import THREADS, Json, bare, fhir_id, instant, ref, words
from app.queries.chart_record import ChartRecord, RecordRow


def communications(record: ChartRecord) -> Iterator[Json]:
    """Yield what was written, in order; a message without words has no home there."""
    for row in record.messages:
        if words(row["content"]):
            yield _communication(record, row)


def _communication(record: ChartRecord, row: RecordRow) -> Json:
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
            "payload": [{"contentString": words(row["content"])}],
        }
    )

"""Communication → a message of a clinic's own export. Others say too little of who wrote to whom."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.import_digest import fingerprint
from app.domain.import_own import THREAD, is_own_system
from app.domain.imports import MessageRow, SourceId
from app.domain.messages import MOST_ATTACHMENTS, MOST_SUBJECT, MOST_TEXT, Attachment, safe_link
from app.interop.fhir.export_parts import THREADS
from app.interop.fhir.identity import by_key, identified, identifiers, reference
from app.interop.values import Object, SkipError, moment, obj, objects, string, token
from app.kernel.i18n import t
from app.kernel.text import clean_text

_NEVER_SENT = frozenset({"preparation", "not-done", "entered-in-error", "unknown"})
_MOST_NAME = 200
_PAPERS = frozenset({"DocumentReference", "ServiceRequest"})


def message_row(
    resource: Object, source: SourceId, where: str, base: str, patient: SourceId, zone: ZoneInfo, now: datetime
) -> MessageRow:
    """Map a Communication; ``base`` is the address of its fullUrl. Raises ``SkipError``, ``Refused`` for texts."""
    if not is_own_system(base):
        raise SkipError(t("only messages of a clinic's own export are imported"), general=True)
    status = token(resource.get("status"))
    if status in _NEVER_SENT:
        raise SkipError(t("its status is {status}", status=status))
    sent = moment(resource.get("sent"), zone, "sent")
    if sent is None:
        raise SkipError(t("no time"))
    if sent.at > now:
        raise SkipError(t("it lies in the future"))
    payload = objects(resource.get("payload"))
    told = (string(one.get("contentString"), "payload", MOST_TEXT) for one in payload)
    text = "\n".join(one for one in told if one)
    attachments, papers = _attachments(payload), _papers(payload, base)
    if not (text or attachments or papers):
        raise SkipError(t("it has no text"))
    received = moment(resource.get("received"), zone, "received")
    sender = reference(resource.get("sender"))
    subject = string(obj(resource.get("topic")).get("text"), "topic", MOST_SUBJECT)
    return MessageRow(
        source=source, where=where, at=sent.at, text=text, subject=subject,
        thread=_thread(resource, base, patient, subject),
        from_patient=sender is not None and sender.kind == "Patient",
        sender=string(obj(resource.get("sender")).get("display"), "sender.display", _MOST_NAME),
        read_at=received.at if received is not None else None, attachments=attachments, papers=papers,
    )  # fmt: skip


def _attachments(payload: list[Object]) -> tuple[Attachment, ...]:
    """Return what leads to the web; an address that no browser may open is left out, its name stays."""
    found = []
    for one in payload:
        attached = obj(one.get("contentAttachment"))
        link = safe_link(token(attached.get("url")))
        name, size = string(attached.get("title"), "payload", _MOST_NAME), attached.get("size")
        if link is not None or name:
            known = isinstance(size, int) and not isinstance(size, bool) and size >= 0
            kind = string(attached.get("contentType"), "payload", _MOST_NAME)
            found.append(Attachment(link.url if link is not None else "", name, kind, size if known else None))
    return tuple(found[:MOST_ATTACHMENTS])


def _papers(payload: list[Object], base: str) -> tuple[tuple[SourceId, str], ...]:
    found = []
    for one in payload:
        pointer = reference(one.get("contentReference"))
        source = by_key(pointer, base) if pointer is not None and pointer.kind in _PAPERS else None
        if pointer is not None and source is not None:
            found.append((source, clean_text(pointer.display, "payload", _MOST_NAME)))
    return tuple(found[:MOST_ATTACHMENTS])


def _thread(resource: Object, base: str, patient: SourceId, subject: str) -> SourceId:
    """Return the conversation that an export names; in one of before, what has the same subject."""
    for whole in objects(resource.get("partOf")):
        for system, value in _logical(whole):
            if system == THREADS:
                return identified(THREAD, value, base)
    return SourceId(base, THREAD, fingerprint([patient.value, subject]))


def _logical(pointer: Object) -> Any:
    return identifiers({"identifier": [obj(pointer.get("identifier"))]})

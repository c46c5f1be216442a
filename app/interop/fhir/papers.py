"""DocumentReference of a clinic's own export → a signed visit note, or an excuse note.

Others' documents say neither which part of a text is what nor who signed it, so only our exports are read here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType
from app.domain.excuse_notes import check_span
from app.domain.imports import ExcuseRow, NoteAddition, NoteRow, SourceId
from app.domain.paper_codes import read_code
from app.domain.visit_notes import MOST_IN_ADDENDUM, MOST_IN_FIELD, NOTE_FIELDS
from app.interop.fhir.export_papers import LETTER, PROGRESS_NOTE, VERIFICATION
from app.interop.fhir.export_parts import CODES
from app.interop.fhir.identity import by_key, identifiers, reference
from app.interop.fhir.values import LOINC, check_status, codes, extensions
from app.interop.values import Object, SkipError, boolean, moment, obj, objects, partial_date, string, token
from app.kernel.i18n import t
from app.kernel.text import MAX_LONG, MAX_SHORT

Paper = NoteRow | ExcuseRow

_NEVER = frozenset({"entered-in-error"})
_SIGNED = frozenset({"final", "amended"})
_MOST_NAME = 200


def document_row(
    resource: Object, source: SourceId, where: str, base: str, zone: ZoneInfo, now: datetime
) -> NoteRow | ExcuseRow:
    """Map a DocumentReference; author and encounter are filled in by the caller. Raises ``SkipError``, ``Refused``."""
    written = moment(resource.get("date"), zone, "date")
    if written is None:
        raise SkipError(t("no time"))
    if written.at > now:
        raise SkipError(t("it lies in the future"))
    kinds = codes(resource.get("type"), LOINC)
    if PROGRESS_NOTE in kinds:
        note = _note(resource, source, where, written.at, zone)
        _check_past(now, note.at, *(one.at for one in note.addenda))
        return note
    if LETTER in kinds:
        excuse = _excuse(resource, source, where, base, written.at, zone)
        _check_past(now, excuse.sent_at, excuse.signed_at, excuse.withdrawn_at)
        return excuse
    raise SkipError(t("neither a visit note nor an excuse note"))


def _check_past(now: datetime, *times: datetime | None) -> None:
    if any(at > now for at in times if at is not None):
        raise SkipError(t("it lies in the future"))


def _note(resource: Object, source: SourceId, where: str, signed: datetime, zone: ZoneInfo) -> NoteRow:
    check_status(token(resource.get("status")), _NEVER)
    if token(resource.get("docStatus")) not in _SIGNED:
        raise SkipError(t("nobody has signed it"))
    parts = {}
    for one in _ours(resource, "part"):
        name = next((token(inner.get("valueCode")) for inner in extensions(one, "name")), "")
        if name in NOTE_FIELDS:
            parts[name] = _inner(one, "text", MOST_IN_FIELD)
    if not any(parts.values()):
        raise SkipError(t("its parts can't be told apart: it comes from an older export"))
    return NoteRow(
        source=source, where=where, at=_at(resource, "created", zone) or signed, parts=parts, signed_at=signed,
        signed_by=_name(resource), addenda=tuple(_addition(one, zone) for one in _ours(resource, "addendum")),
    )  # fmt: skip


def _addition(one: Object, zone: ZoneInfo) -> NoteAddition:
    at = next((moment(inner.get("valueDateTime"), zone, "addendum") for inner in extensions(one, "at")), None)
    key = _inner(one, "id", MAX_SHORT)
    if at is None or not key:
        raise SkipError(t("an addition to it has no date"))
    return NoteAddition(key, _inner(one, "text", MOST_IN_ADDENDUM), _inner(one, "by", _MOST_NAME), at.at)


def _excuse(resource: Object, source: SourceId, where: str, base: str, written: datetime, zone: ZoneInfo) -> ExcuseRow:
    status, kind = (_code(resource, name) for name in ("status", "kind"))
    period = obj(obj(resource.get("context")).get("period"))
    start, end = (
        found.whole if found else None for found in map(partial_date, (period.get("start"), period.get("end")))
    )
    if status not in ExcuseNoteStatus.__members__ or kind not in ExcuseNoteType.__members__ or not start or not end:
        raise SkipError(t("its parts can't be told apart: it comes from an older export"))
    check_span(start, end)
    withdrawn = next(_ours(resource, "withdrawn"), {})
    at = next((moment(one.get("valueDateTime"), zone, "withdrawn") for one in extensions(withdrawn, "at")), None)
    if at is None:
        check_status(token(resource.get("status")), _NEVER)
    texts = {name: _text(resource, name) for name in ("reason", "restrictions", "drafter")}
    return ExcuseRow(
        source=source, where=where, at=written, kind=ExcuseNoteType(kind), status=ExcuseNoteStatus(status),
        start=start, end=end, reason=texts["reason"], restrictions=texts["restrictions"],
        show_reason=any(boolean(one.get("valueBoolean")) for one in _ours(resource, "showReason")),
        code=_verification(resource), sent_at=_at(resource, "sent", zone), drafted_by=texts["drafter"][:_MOST_NAME],
        signed_at=_at(resource, "signed", zone), signed_by=_name(resource),
        withdrawn_at=at.at if at else None, withdrawn_by=_inner(withdrawn, "by", _MOST_NAME),
        withdrawn_reason=_inner(withdrawn, "reason", MAX_LONG), replaces=_replaced(resource, base),
    )  # fmt: skip


def _verification(resource: Object) -> str:
    return next((read_code(value) or "" for system, value in identifiers(resource) if system == VERIFICATION), "")


def _replaced(resource: Object, base: str) -> SourceId | None:
    for one in objects(resource.get("relatesTo")):
        wanted = reference(one.get("target"), "DocumentReference")
        if token(one.get("code")) == "replaces" and wanted:
            return by_key(wanted, base)
    return None


def _name(resource: Object) -> str:
    return string(obj(resource.get("authenticator")).get("display"), "authenticator.display", _MOST_NAME)


def _ours(resource: Object, name: str) -> Iterator[Object]:
    return extensions(resource, f"{CODES}/{name}")


def _inner(extension: Object, name: str, limit: int) -> str:
    return next((string(one.get("valueString"), name, limit) for one in extensions(extension, name)), "")


def _code(resource: Object, name: str) -> str:
    return next((token(one.get("valueCode")) for one in _ours(resource, name)), "")


def _text(resource: Object, name: str) -> str:
    return next((string(one.get("valueString"), name, MAX_LONG) for one in _ours(resource, name)), "")


def _at(resource: Object, name: str, zone: ZoneInfo) -> datetime | None:
    for one in _ours(resource, name):
        found = moment(one.get("valueDateTime"), zone, name)
        return found.at if found else None
    return None

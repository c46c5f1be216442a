"""Excuse notes: drafted by the desk, signed and sent by a provider, withdrawn, out of date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from app.commands.clinic_time import clinic_day
from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.paper_edits import Cleaner, apply_changes
from app.commands.paper_rows import check_about
from app.commands.patients import FieldChange
from app.db.models import ExcuseNote, ExcuseNoteDetail
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType
from app.domain.excuse_notes import check_span, draft_hash
from app.domain.paper_codes import new_code, read_code
from app.domain.permissions import Permission
from app.domain.states import NOTE, NoteAction
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid
from app.kernel.text import MAX_LONG, clean_optional, clean_text

MOST_AT_ONCE = 500
"""Notes that one command marks as out of date; the rest follows with the next one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftExcuseNote(Command):
    """Write a draft; both days are included. ``show_reason``: the medical reason stands on the paper.

    ``corrects`` is the note that this one takes the place of. ``code`` is made by the client, so that it is the same
    wherever the command is carried out.
    """

    patient_id: str
    kind: ExcuseNoteType
    start: date
    end: date
    reason: str
    restrictions: str | None = None
    show_reason: bool = False
    visit_id: str | None = None
    provider_id: str | None = None
    corrects: str | None = None
    note_id: str = field(default_factory=new_cuid)
    code: str = field(default_factory=new_code)
    written_at: datetime | None = None
    """When it was first written, of one that had been thrown away; it is never later than the command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EditExcuseNote(Command):
    """Change fields of a DRAFT (names of ``EDITABLE``); to the same field two people conflict.

    ``code`` is for one that another program drafted.
    """

    note_id: str
    changes: tuple[FieldChange, ...]
    code: str = field(default_factory=new_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendExcuseNote(Command):
    """Sign and send it; from now on it never changes. ``code`` is for one that another program drafted.

    ``content`` is the hash of what the signer saw (``draft_hash``); without it whatever stands there is signed.
    """

    note_id: str
    content: str | None = None
    code: str = field(default_factory=new_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawExcuseNote(Command):
    """It doesn't hold: its code says so from now on."""

    note_id: str
    reason: str
    code: str = field(default_factory=new_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardExcuseNote(Command):
    """Throw a draft away that nobody wants; ``content`` is the hash of what was seen (``draft_hash``)."""

    note_id: str
    content: str
    code: str = field(default_factory=new_code)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpireExcuseNotes(Command):
    """Write down that the notes whose last day has passed in the clinic are out of date."""


def _kind(value: Any, name: str) -> str:
    try:
        return ExcuseNoteType(value).value
    except ValueError as error:
        raise Refused("BadValue", t("There is no such kind of note."), field=name) from error


def _day(value: Any, name: str) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError as error:
        raise Refused("BadValue", t("This is not a date."), field=name) from error


def _reason(value: Any, name: str) -> str:
    return clean_text(str(value or ""), name, MAX_LONG, required=True)


def _restrictions(value: Any, name: str) -> str | None:
    return clean_optional(None if value is None else str(value), name, MAX_LONG)


def _shown(value: Any, _name: str) -> bool:
    return bool(value)


EDITABLE: Mapping[str, Cleaner] = {
    "type": _kind, "startDate": _day, "endDate": _day, "reason": _reason, "restrictions": _restrictions,
    "showReason": _shown, "providerId": _restrictions,
}  # fmt: skip


@handles(DraftExcuseNote, permission=Permission.DRAFT_NOTES)
def draft_excuse_note(cmd: DraftExcuseNote, ctx: Context) -> Outcome:
    """Insert the draft and its detail."""
    check_span(cmd.start, cmd.end)
    code = _code(cmd.code)
    reason, restrictions = _reason(cmd.reason, "reason"), _restrictions(cmd.restrictions, "restrictions")
    provider, visit_id = check_about(ctx, cmd.patient_id, cmd.provider_id, cmd.visit_id)
    if cmd.corrects is not None and _load(ctx, cmd.corrects).patient_id != cmd.patient_id:
        raise Refused("BadValue", t("This note is another patient's."), field="corrects")
    ctx.emit(
        insert(ExcuseNote).values(
            id=cmd.note_id, patient_id=cmd.patient_id, visit_id=visit_id, provider_id=provider, type=cmd.kind,
            start_date=cmd.start, end_date=cmd.end, reason=reason, restrictions=restrictions,
            status=ExcuseNoteStatus.DRAFT, created_at=min(cmd.written_at or ctx.occurred_at, ctx.occurred_at),
            updated_at=ctx.occurred_at,
        ),
        insert(ExcuseNoteDetail).values(
            note_id=cmd.note_id, clinic_id=ctx.actor.clinic_id, code=code, show_reason=cmd.show_reason,
            corrects=cmd.corrects, drafted_by=ctx.actor.user_id, updated_at=ctx.occurred_at,
        ),
    )  # fmt: skip
    return _outcome(cmd.note_id, ExcuseNoteStatus.DRAFT, code)


@handles(EditExcuseNote, permission=Permission.DRAFT_NOTES)
def edit_excuse_note(cmd: EditExcuseNote, ctx: Context) -> Outcome:
    """Merge by field; what was sent never changes."""
    row = _load(ctx, cmd.note_id)
    if row.status is not ExcuseNoteStatus.DRAFT:
        raise _locked(row)
    current = {"type": row.type.value, "startDate": row.start_date.isoformat(), "endDate": row.end_date.isoformat(),
               "reason": row.reason, "restrictions": row.restrictions, "showReason": bool(row.show_reason),
               "providerId": row.provider_id}  # fmt: skip
    applied, back = apply_changes(cmd.changes, current, EDITABLE)
    if not applied:
        return _outcome(row.id, row.status, row.code)
    after = current | applied
    check_span(date.fromisoformat(after["startDate"]), date.fromisoformat(after["endDate"]))
    if applied.get("providerId"):
        check_about(ctx, row.patient_id, applied["providerId"], None)
    _set(ctx, row, **_columns(applied))
    if "showReason" in applied:
        _save_detail(ctx, row, show_reason=applied["showReason"], code=_code(cmd.code))
    return Outcome(
        result={"noteId": row.id, "status": row.status.value, "changed": sorted(applied)}, changes=_changes(row.id),
        undo=EditExcuseNote(note_id=row.id, changes=back, code=cmd.code), undo_label=t("the change of the note"),
    )  # fmt: skip


def _columns(applied: Mapping[str, Any]) -> dict[str, Any]:
    """From names in the JSON to columns."""
    found: dict[str, Any] = {name: applied[name] for name in ("reason", "restrictions") if name in applied}
    if "type" in applied:
        found["type"] = ExcuseNoteType(applied["type"])
    for name, column in (("startDate", "start_date"), ("endDate", "end_date")):
        if name in applied:
            found[column] = date.fromisoformat(applied[name])
    if applied.get("providerId"):
        found["provider_id"] = applied["providerId"]
    return found


@handles(SendExcuseNote, permission=Permission.ORDER)
def send_excuse_note(cmd: SendExcuseNote, ctx: Context) -> Outcome:
    """DRAFT → SENT, signed by the provider who sends it, as the provider saw it."""
    row = _load(ctx, cmd.note_id)
    if row.status is ExcuseNoteStatus.SENT and row.signed_by == ctx.actor.user_id:
        return _outcome(row.id, row.status, row.code)
    if ctx.actor.provider_id is None:
        raise not_allowed()
    step = NOTE.get((row.status, NoteAction.SEND))
    if step is None:
        raise _locked(row)
    if cmd.content is not None:
        _check_seen(row, cmd.content)
    check_span(row.start_date, row.end_date)
    code = row.code or _code(cmd.code)
    _save_detail(ctx, row, signed_by=ctx.actor.user_id, signed_at=ctx.occurred_at, code=code)
    _set(ctx, row, status=step[0], sent_at=ctx.occurred_at, provider_id=ctx.actor.provider_id)
    return _outcome(row.id, step[0], code)


@handles(WithdrawExcuseNote, permission=Permission.ORDER)
def withdraw_excuse_note(cmd: WithdrawExcuseNote, ctx: Context) -> Outcome:
    """Note on a sent (or expired) note that it doesn't hold; there is no way back."""
    reason = clean_text(cmd.reason, "reason", 1000, required=True)
    row = _load(ctx, cmd.note_id)
    if row.status is ExcuseNoteStatus.DRAFT:
        raise Refused("BadTransition", t("A draft wasn't given to anybody; there is nothing to withdraw."),
                      field="status")  # fmt: skip
    code = row.code or _code(cmd.code)
    if row.withdrawn_at is None:
        values = {"withdrawn_at": ctx.occurred_at, "withdrawn_by": ctx.actor.user_id, "withdrawn_reason": reason}
        _save_detail(ctx, row, code=code, **values)
    return _outcome(row.id, row.status, code)


@handles(DiscardExcuseNote, permission=Permission.DRAFT_NOTES)
def discard_excuse_note(cmd: DiscardExcuseNote, ctx: Context) -> Outcome:
    """Delete a draft as it was seen; one that is gone already is fine. Undo writes it again, with its code."""
    row = ctx.first(_noted(cmd.note_id))
    if row is None:
        return Outcome(result={"noteId": cmd.note_id})
    row = _load(ctx, cmd.note_id)
    if row.status is not ExcuseNoteStatus.DRAFT:
        raise _locked(row)
    _check_seen(row, cmd.content)
    if ctx.online:  # nobody on the staff may delete notes; the function takes drafts only
        ctx.emit(select(func.desktop.drop_excuse_note(row.id)))
    else:
        ctx.emit(delete(ExcuseNoteDetail).where(ExcuseNoteDetail.note_id == row.id),
                 delete(ExcuseNote).where(ExcuseNote.id == row.id))  # fmt: skip
    again = DraftExcuseNote(
        patient_id=row.patient_id, kind=row.type, start=row.start_date, end=row.end_date, reason=row.reason,
        restrictions=row.restrictions, show_reason=bool(row.show_reason), visit_id=row.visit_id,
        provider_id=row.provider_id, corrects=row.corrects, note_id=row.id, code=row.code or cmd.code,
        written_at=row.created_at,
    )  # fmt: skip
    return Outcome(result={"noteId": row.id}, changes=_changes(row.id), undo=again,
                   undo_label=t("throwing away an excuse note"))  # fmt: skip


@handles(ExpireExcuseNotes, permission=Permission.DRAFT_NOTES)
def expire_excuse_notes(_cmd: ExpireExcuseNotes, ctx: Context) -> Outcome:
    """SENT → EXPIRED where the last day has passed; the oldest first."""
    today = clinic_day(ctx)
    due = (
        select(ExcuseNote.id, ExcuseNote.updated_at)
        .where(ExcuseNote.status == ExcuseNoteStatus.SENT, ExcuseNote.end_date < today)
        .order_by(ExcuseNote.end_date, ExcuseNote.id)
        .limit(MOST_AT_ONCE)
    )
    rows = ctx.all(ctx.lock(due, skip_locked=True))
    for row in rows:
        _set(ctx, row, status=NOTE[ExcuseNoteStatus.SENT, NoteAction.EXPIRE][0])
    changes = tuple(Change("excuse_notes", row.id) for row in rows)
    return Outcome(result={"expired": len(rows), "more": len(rows) == MOST_AT_ONCE}, changes=changes)


def _noted(note_id: str) -> Any:
    detail = ExcuseNoteDetail
    return (
        select(
            ExcuseNote.id, ExcuseNote.patient_id, ExcuseNote.provider_id, ExcuseNote.type, ExcuseNote.start_date,
            ExcuseNote.end_date, ExcuseNote.reason, ExcuseNote.restrictions, ExcuseNote.status, ExcuseNote.updated_at,
            ExcuseNote.visit_id, ExcuseNote.created_at, detail.code, detail.show_reason, detail.corrects,
            detail.withdrawn_at, detail.signed_by, detail.updated_at.label("detail_at"),
        )
        .outerjoin(detail, detail.note_id == ExcuseNote.id)
        .where(ExcuseNote.id == note_id)
    )  # fmt: skip


def _load(ctx: Context, note_id: str) -> Any:
    """Lock a note and read it with its detail (None fields where another program made it)."""
    statement = _noted(note_id)
    # who only drafts may not lock what was sent; the database's trigger keeps that anyway
    row = ctx.first(ctx.lock(statement, of=ExcuseNote) if ctx.actor.may(Permission.ORDER) else statement)
    if row is None:
        raise Refused("NoSuchNote", t("This note is not known."), field="noteId")
    return row


def _set(ctx: Context, row: Any, **values: Any) -> None:
    stamp = ctx.stamp(row.updated_at)
    ctx.emit(update(ExcuseNote).where(ExcuseNote.id == row.id).values(updated_at=stamp, **values))


def _save_detail(ctx: Context, row: Any, *, code: str, **values: Any) -> None:
    """Queue setting fields of the detail; one that another program's note lacks is made, with the code."""
    stamp = ctx.stamp(row.detail_at)
    if row.detail_at is None:
        made = {"show_reason": False, "code": code, "updated_at": stamp, **values}
        ctx.emit(insert(ExcuseNoteDetail).values(note_id=row.id, clinic_id=ctx.actor.clinic_id, **made))
        return
    ctx.emit(update(ExcuseNoteDetail).where(ExcuseNoteDetail.note_id == row.id).values(updated_at=stamp, **values))


def _code(code: str) -> str:
    kept = read_code(code)
    if kept is None:
        raise Refused("BadValue", t("This is not a verification code."), field="code")
    return kept


def _check_seen(row: Any, content: str) -> None:
    """Refuse a draft that isn't any more what somebody saw."""
    now = draft_hash(row.type, row.start_date, row.end_date, row.reason, row.restrictions or "",
                     show_reason=bool(row.show_reason))  # fmt: skip
    if now != content:
        raise Conflict("NoteChanged", t("Someone changed this note in the meantime. Look at it again."),
                       field="noteId", server={"noteId": row.id})  # fmt: skip


def _locked(row: Any) -> Conflict:
    return Conflict("DocumentLocked", t("This note was sent and never changes. Make a new one from it."),
                    field="status", server={"noteId": row.id, "status": row.status.value})  # fmt: skip


def _changes(note_id: str) -> tuple[Change, ...]:
    return Change("excuse_notes", note_id), Change("excuse_note_detail", note_id)


def _outcome(note_id: str, status: ExcuseNoteStatus, code: str | None) -> Outcome:
    result = {"noteId": note_id, "status": status.value, "code": code}
    return Outcome(result=result, changes=_changes(note_id))

"""Visit notes: written as a draft, signed once, after that only added to.

One note belongs to one visit: its id follows from the visit's (``note_id_for``), so that two desks that begin it
apart write the same row and meet field by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.living import merged_meanwhile
from app.commands.namesakes import similar_today
from app.commands.patients import FieldChange
from app.commands.visit_rows import load_visit
from app.db.models import Patient, PatientDetail, Visit, VisitNote, VisitNoteAddendum
from app.domain.enums import VisitNoteStatus
from app.domain.permissions import Permission
from app.domain.visit_notes import (
    MOST_IN_ADDENDUM,
    NOTE_FIELDS,
    clean_part,
    identity_hash,
    missing_for_signature,
    note_hash,
    note_id_for,
    part_title,
)
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteVisitNote(Command):
    """Begin a visit's note or change its draft; others' changes to other parts stay, to the same part conflict."""

    visit_id: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignVisitNote(Command):
    """Sign a draft. ``content`` and ``identity`` are hashes of what was on the screen: nothing else is signed."""

    note_id: str
    content: str
    identity: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAddendum(Command):
    """Add a dated text to a signed note."""

    note_id: str
    text: str
    addendum_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardVisitNote(Command):
    """Throw a draft away; ``content`` is the hash of what was seen."""

    note_id: str
    content: str


@handles(WriteVisitNote, permission=Permission.TREAT_OWN_VISIT)
def write_visit_note(cmd: WriteVisitNote, ctx: Context) -> Outcome:
    """Insert the draft, or merge by part: an untouched part takes the new text, one that someone changed conflicts."""
    note_id = note_id_for(cmd.visit_id)
    wanted = {change.field: clean_part(change.field, change.new or "") for change in cmd.changes}
    row = ctx.first(ctx.lock(_note(note_id)))
    if row is None:
        return _begin(cmd, ctx, note_id, wanted)
    if row.status is VisitNoteStatus.SIGNED:
        raise _signed()
    _require_writer(ctx, row)
    current = parts_of(row)
    _refuse_conflicts(cmd.changes, current, wanted)
    applied = {name: value for name, value in wanted.items() if current[name] != value}
    if not applied:
        return _outcome(note_id, row.patient_id, current)
    ctx.emit(update(VisitNote).where(VisitNote.id == note_id).values(updated_at=ctx.stamp(row.updated_at), **applied))
    back = tuple(FieldChange(name, value, current[name]) for name, value in applied.items())
    undo = WriteVisitNote(visit_id=cmd.visit_id, changes=back)
    return _outcome(note_id, row.patient_id, current | applied, undo=undo)


def _begin(cmd: WriteVisitNote, ctx: Context, note_id: str, wanted: Mapping[str, str]) -> Outcome:
    merged = select(PatientDetail.merged_into).where(PatientDetail.patient_id == Visit.patient_id).scalar_subquery()
    visit = ctx.first(select(Visit.patient_id, Visit.provider_id, merged.label("into")).where(Visit.id == cmd.visit_id))
    if visit is None:
        raise Refused("NoSuchVisit", t("This visit is not known."), field="visitId")
    if visit.into is not None:
        raise merged_meanwhile(visit.into)
    parts = {name: wanted.get(name, "") for name in NOTE_FIELDS}
    ctx.emit(
        insert(VisitNote).values(
            id=note_id, clinic_id=ctx.actor.clinic_id, patient_id=visit.patient_id, visit_id=cmd.visit_id,
            provider_id=visit.provider_id, author_id=ctx.actor.user_id, status=VisitNoteStatus.DRAFT,
            created_at=ctx.occurred_at, updated_at=ctx.occurred_at, **parts,
        )
    )  # fmt: skip
    return _outcome(note_id, visit.patient_id, parts, undo=DiscardVisitNote(note_id=note_id, content=note_hash(parts)))


@handles(SignVisitNote, permission=Permission.TREAT_OWN_VISIT)
def sign_visit_note(cmd: SignVisitNote, ctx: Context) -> Outcome:
    """Sign what was displayed, of whom it was displayed: anything else conflicts. A note signed so already is success.

    Only by who wrote it or whose visit it is. Warns of similar names on the visit's day.
    """
    row = _loaded(ctx, cmd.note_id)
    _require_writer(ctx, row)
    parts = parts_of(row)
    if note_hash(parts) != cmd.content:
        raise _changed(row, parts)
    if row.status is VisitNoteStatus.SIGNED:
        return _outcome(row.id, row.patient_id, parts)
    if identity_hash(row.patient_id, row.first_name, row.last_name, row.date_of_birth) != cmd.identity:
        raise Conflict("IdentityChanged", t("The patient's name or birth date changed. Look again before you sign."),
                       field="patientId", server={"patientId": row.patient_id})  # fmt: skip
    if missing := missing_for_signature(parts):
        raise Refused("NoteIncomplete", t("Before signing, fill in: {part}.", part=part_title(missing)), field=missing)
    warnings = _namesakes(ctx, row.visit_id)
    values = {"status": VisitNoteStatus.SIGNED, "signed_at": ctx.occurred_at, "signed_by": ctx.actor.user_id}
    ctx.emit(update(VisitNote).where(VisitNote.id == row.id).values(updated_at=ctx.stamp(row.updated_at), **values))
    return _outcome(row.id, row.patient_id, parts, warnings=warnings)


@handles(AddAddendum, permission=Permission.TREAT_OWN_VISIT)
def add_addendum(cmd: AddAddendum, ctx: Context) -> Outcome:
    """Insert the addition; a draft is edited instead."""
    row = _loaded(ctx, cmd.note_id)
    body = clean_text(cmd.text, "text", MOST_IN_ADDENDUM, required=True)
    if row.status is not VisitNoteStatus.SIGNED:
        raise Refused("NotSigned", t("This note is still a draft: change the draft itself."), field="noteId")
    ctx.emit(
        insert(VisitNoteAddendum).values(
            id=cmd.addendum_id, clinic_id=ctx.actor.clinic_id, note_id=row.id, body=body, by_user=ctx.actor.user_id,
            at=ctx.occurred_at,
        )
    )  # fmt: skip
    changes = (Change("visit_note_addendum", cmd.addendum_id), Change("visit_note", row.id))
    return Outcome(result={"noteId": row.id, "addendumId": cmd.addendum_id}, changes=changes)


@handles(DiscardVisitNote, permission=Permission.TREAT_OWN_VISIT)
def discard_visit_note(cmd: DiscardVisitNote, ctx: Context) -> Outcome:
    """Delete a draft as it was seen; one that is gone already is fine."""
    row = ctx.first(ctx.lock(_note(cmd.note_id)))
    if row is None:
        return Outcome(result={"noteId": cmd.note_id})
    if row.status is VisitNoteStatus.SIGNED:
        raise _signed()
    _require_writer(ctx, row)
    parts = parts_of(row)
    if note_hash(parts) != cmd.content:
        raise _changed(row, parts)
    ctx.emit(delete(VisitNote).where(VisitNote.id == row.id))
    again = tuple(FieldChange(name, "", text) for name, text in parts.items() if text)
    undo = WriteVisitNote(visit_id=row.visit_id, changes=again) if row.visit_id else None
    return Outcome(result={"noteId": row.id}, changes=(Change("visit_note", row.id),), undo=undo,
                   undo_label=t("throwing away a note"))  # fmt: skip


def _require_writer(ctx: Context, row: Any) -> None:
    """A draft is its author's, and the provider's whose visit it is."""
    if row.author_id != ctx.actor.user_id and (ctx.actor.provider_id or "") != row.provider_id:
        raise not_allowed()


def parts_of(row: Any) -> dict[str, str]:
    """Return the parts of a note's row."""
    return {name: getattr(row, name) or "" for name in NOTE_FIELDS}


def _note(note_id: str) -> Any:
    columns = (getattr(VisitNote, name) for name in NOTE_FIELDS)
    return select(
        VisitNote.id, VisitNote.patient_id, VisitNote.visit_id, VisitNote.provider_id, VisitNote.author_id,
        VisitNote.status, VisitNote.updated_at, *columns,
    ).where(VisitNote.id == note_id)  # fmt: skip


def _loaded(ctx: Context, note_id: str) -> Any:
    """Lock a note and read it with its patient; Conflict "Gone" for one that was thrown away."""
    statement = _note(note_id).join(Patient, Patient.id == VisitNote.patient_id)
    statement = statement.add_columns(Patient.first_name, Patient.last_name, Patient.date_of_birth)
    row = ctx.first(ctx.lock(statement, of=[VisitNote]))
    if row is None:
        raise Conflict("Gone", t("This note is no longer there."), field="noteId")
    return row


def _namesakes(ctx: Context, visit_id: str | None) -> tuple[str, ...]:
    """Warnings, where somebody reads them; a visit too old for the workstation's store has none."""
    if visit_id is None or not ctx.warns or ctx.first(select(Visit.id).where(Visit.id == visit_id)) is None:
        return ()
    return similar_today(ctx, load_visit(ctx, visit_id))


def _refuse_conflicts(changes: Iterable[FieldChange], current: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    clashes = {
        c.field: {"base": c.old or "", "mine": wanted[c.field], "server": current[c.field]}
        for c in changes
        if current[c.field] not in ((c.old or "").strip(), wanted[c.field])
    }
    if clashes:
        raise Conflict(
            "FieldChanged",
            t("Someone else changed the same part of the note in the meantime."),
            field=next(iter(clashes)),
            fields=clashes,
            server={name: clash["server"] for name, clash in clashes.items()},
            mine={name: clash["mine"] for name, clash in clashes.items()},
        )


def _signed() -> Conflict:
    return Conflict("NoteSigned", t("This note is signed. Add to it with an addendum."), field="noteId")


def _changed(row: Any, parts: Mapping[str, str]) -> Conflict:
    return Conflict("FieldChanged", t("The note was changed since you read it. Look again."), field="content",
                    server={"noteId": row.id, **parts})  # fmt: skip


def _outcome(
    note_id: str, patient_id: str, parts: Mapping[str, str], *, undo: Command | None = None,
    warnings: tuple[str, ...] = (),
) -> Outcome:  # fmt: skip
    result = {"noteId": note_id, "patientId": patient_id, "content": note_hash(parts)}
    return Outcome(result=result, changes=(Change("visit_note", note_id),), undo=undo,
                   undo_label=t("the visit note") if undo else "", warnings=warnings)  # fmt: skip

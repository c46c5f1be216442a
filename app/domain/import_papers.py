"""Planning what a clinic's own export brings of what was written: signed visit notes and excuse notes.

They come once and stay as they came. Whoever wrote, signed or withdrew them elsewhere is named (``outside_sender``):
an import never speaks in the name of somebody here.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from app.domain.enums import ExcuseNoteStatus, VisitNoteStatus
from app.domain.import_care import is_new, visit_here
from app.domain.import_digest import digest
from app.domain.import_plan import Draft, RowNow, addition_source
from app.domain.imports import ExcuseRow, NoteRow, PatientImport, SourceId
from app.domain.messages import outside_sender
from app.domain.visit_notes import NOTE_FIELDS, note_id_for
from app.kernel.clock import truncate_ms
from app.kernel.i18n import t


def plan_papers(draft: Draft, item: PatientImport, patient_id: str) -> None:
    """Decide about them; what an excuse note takes the place of is older than it."""
    for note in item.notes:
        _note(draft, item.source, note, patient_id)
    for excuse in sorted(item.excuses, key=lambda one: one.at):
        known = draft.link(excuse.source, "excuse_notes")
        if is_new(draft, item.source, excuse, "excuse_notes"):
            _excuse(draft, item.source, excuse, patient_id)
        elif known and known.content != digest(excuse, item.source) and excuse.withdrawn_at:
            draft.tally.remark(excuse, t("withdrawn at its source after it was imported; look at it"))


def _note(draft: Draft, owner: SourceId, row: NoteRow, patient_id: str) -> None:
    """A note that is here stays as it is; only what was added to it at its source since comes along."""
    content = digest(row, owner)
    known = draft.link(row.source, "visit_note")
    if known is None:
        note_id = _new_note(draft, row, patient_id)
        _add(draft, row, note_id)
        draft.tally.count(draft.tally.taken, row)
        draft.keep_link(row.source, "visit_note", note_id, content)
    elif known.content == content:
        draft.tally.count(draft.tally.unchanged, row)
    elif draft.own_row("visit_note", known.row_id, row, patient_id) is None:
        return
    elif _add(draft, row, known.row_id):
        draft.tally.count(draft.tally.updated, row)
        draft.keep_link(row.source, "visit_note", known.row_id, content)
    else:
        draft.tally.remark(row, t("changed at its source; what is here stays"))
        draft.tally.count(draft.tally.unchanged, row)


def _new_note(draft: Draft, row: NoteRow, patient_id: str) -> str:
    """A visit has one note, whose id follows from it; a second one stands beside it without a visit."""
    visit_id = visit_here(draft, row.encounter, patient_id)
    note_id = note_id_for(visit_id) if visit_id else draft.ids.uuid()
    if ("visit_note", note_id) in draft.state.rows:
        draft.tally.remark(row, t("its visit has a note here already; it stands beside it"))
        visit_id, note_id = None, draft.ids.uuid()
    provider = draft.link(row.practitioner, "providers") if row.practitioner else None
    signer = outside_sender(row.signed_by)
    draft.insert(
        "visit_note", id=note_id, clinic_id=draft.clinic_id, patient_id=patient_id, visit_id=visit_id,
        provider_id=provider.row_id if provider else None, author_id=signer, status=VisitNoteStatus.SIGNED,
        **{name: row.parts.get(name, "") for name in NOTE_FIELDS}, signed_at=truncate_ms(row.signed_at),
        signed_by=signer, created_at=truncate_ms(row.at), updated_at=draft.at,
    )  # fmt: skip
    draft.state.rows["visit_note", note_id] = RowNow(patient_id)
    return note_id


def _add(draft: Draft, row: NoteRow, note_id: str) -> int:
    """Plan the additions that aren't here, and return how many there are."""
    fresh = [(one, source) for one in row.addenda
             if draft.link(source := addition_source(row.source, one), "visit_note_addendum") is None]  # fmt: skip
    for one, source in fresh:
        addendum_id = draft.ids.uuid()
        draft.insert("visit_note_addendum", id=addendum_id, clinic_id=draft.clinic_id, note_id=note_id, body=one.text,
                     by_user=outside_sender(one.by), at=truncate_ms(one.at))  # fmt: skip
        draft.keep_link(source, "visit_note_addendum", addendum_id, "")
    return len(fresh)


def _excuse(draft: Draft, owner: SourceId, row: ExcuseRow, patient_id: str) -> None:
    note_id = draft.ids.cuid()
    draft.insert(
        "excuse_notes", id=note_id, patient_id=patient_id, visit_id=visit_here(draft, row.encounter, patient_id),
        provider_id=draft.provider_for(row.practitioner), type=row.kind, start_date=row.start, end_date=row.end,
        reason=row.reason, restrictions=row.restrictions or None, status=row.status, sent_at=_kept(row.sent_at),
        created_at=truncate_ms(row.at), updated_at=draft.at,
    )  # fmt: skip
    if row.code:
        draft.insert("excuse_note_detail", note_id=note_id, clinic_id=draft.clinic_id, **_detail(draft, row))
    if row.status is ExcuseNoteStatus.DRAFT:
        draft.tally.remark(row, t("still a draft at its source; nobody here has written it"))
    draft.tally.count(draft.tally.taken, row)
    draft.keep_link(row.source, "excuse_notes", note_id, digest(row, owner))


def _detail(draft: Draft, row: ExcuseRow) -> dict[str, Any]:
    replaced = draft.link(row.replaces, "excuse_notes") if row.replaces else None
    return {
        "code": row.code,
        "show_reason": row.show_reason,
        "corrects": replaced.row_id if replaced else None,
        "drafted_by": outside_sender(row.drafted_by) if row.drafted_by else None,
        "signed_by": outside_sender(row.signed_by) if row.signed_at else None,
        "signed_at": _kept(row.signed_at),
        "withdrawn_at": _kept(row.withdrawn_at),
        "withdrawn_by": outside_sender(row.withdrawn_by) if row.withdrawn_at else None,
        "withdrawn_reason": row.withdrawn_reason or None,
        "updated_at": draft.at,
    }


def _kept(at: datetime | None) -> datetime | None:
    return truncate_ms(at) if at else None

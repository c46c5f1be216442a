"""Excuse notes as lists, one with its paper's facts, and what a verification code says."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.models import ExcuseNote, ExcuseNoteDetail, Login, Patient, Provider
from app.domain.demographics import read_demographics
from app.domain.enums import ExcuseNoteStatus, ExcuseNoteType
from app.domain.excuse_notes import NoteStanding, draft_hash, initials, standing
from app.domain.messages import is_outside, outside_name
from app.domain.paper_codes import read_code, shown
from app.domain.patients import display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Page, Reader, instant, query, read_cursor

PAGE = 100


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note in a list. ``standing`` is what it is today, whether or not its status says so yet."""

    id: str
    patient_id: str
    patient_name: str
    born: date | None
    kind: ExcuseNoteType
    start: date
    end: date
    status: ExcuseNoteStatus
    standing: NoteStanding
    provider_id: str
    provider_name: str
    created_at: datetime
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note with what its paper says. ``code`` as it is kept, empty for another program's draft.

    ``elsewhere``: it was signed in another program and came with imported records.
    """

    row: NoteRow
    visit_id: str | None
    reason: str
    restrictions: str
    show_reason: bool
    code: str
    corrects: str | None
    corrected_by: str | None
    drafted_by: str
    signed_by: str
    signed_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str
    provider_specialties: tuple[str, ...]
    updated_at: datetime
    elsewhere: bool = False

    @property
    def content(self) -> str:
        """What tells this draft from a changed one: signing it and throwing it away ask for it."""
        row = self.row
        return draft_hash(row.kind, row.start, row.end, self.reason, self.restrictions, show_reason=self.show_reason)


@dataclass(frozen=True, slots=True)
class Verified:
    """What somebody learns who has the code: nothing medical, no name. ``standing`` None: there is no such note.

    ``elsewhere``: nobody here signed it; it came with imported records.
    """

    code: str
    standing: NoteStanding | None
    initials: str = ""
    kind: ExcuseNoteType | None = None
    start: date | None = None
    end: date | None = None
    issued: date | None = None
    withdrawn: date | None = None
    elsewhere: bool = False
    note_id: str = ""
    patient_id: str = ""


@query(offline=True)
def note_list(
    session: Session, reader: Reader, *, standings: Collection[NoteStanding] = (), patient_id: str | None = None,
    provider_id: str | None = None, cursor: str | None = None, limit: int = PAGE,
) -> Page[NoteRow]:  # fmt: skip
    """Return notes, the newest first, a page at a time; ``standings`` as they are today. One statement."""
    statement = _rows().where(Provider.clinic_id == reader.clinic_id)
    for column, value in ((ExcuseNote.patient_id, patient_id), (ExcuseNote.provider_id, provider_id)):
        if value is not None:
            statement = statement.where(column == value)
    if standings:
        statement = statement.where(or_(*(_is(one, reader.today) for one in standings)))
    if cursor:
        at, last = read_cursor(cursor, instant, str)
        older = and_(ExcuseNote.created_at == at, ExcuseNote.id < last)
        statement = statement.where(or_(ExcuseNote.created_at < at, older))
    ordered = statement.order_by(ExcuseNote.created_at.desc(), ExcuseNote.id.desc()).limit(limit + 1)
    page = [_row(row, reader) for row in session.execute(ordered).all()]
    listed, more = tuple(page[:limit]), len(page) > limit
    return Page(listed, more=more, cursor=f"{listed[-1].created_at.isoformat()}|{listed[-1].id}" if more else None)


@query(offline=True)
def note_drafts(session: Session, reader: Reader) -> int:
    """Return how many drafts wait for the provider who asks (all, for others). One statement."""
    return int(session.execute(select(waiting_notes(reader))).scalar_one())


def waiting_notes(reader: Reader) -> Any:
    """Return a subquery: how many drafts wait for the provider who asks (all, for others); the number in the rail."""
    statement = (
        select(func.count())
        .select_from(ExcuseNote)
        .join(Provider, Provider.id == ExcuseNote.provider_id)
        .where(Provider.clinic_id == reader.clinic_id, ExcuseNote.status == ExcuseNoteStatus.DRAFT)
    )
    if reader.provider_id is not None:
        statement = statement.where(ExcuseNote.provider_id == reader.provider_id)
    return statement.scalar_subquery()


@query(offline=True)
def note_view(session: Session, reader: Reader, *, note_id: str) -> NoteView:
    """Return one note. Raises ``Refused`` "NoSuchNote". One statement."""
    signer, drafter = aliased(Login), aliased(Login)
    later = aliased(ExcuseNoteDetail)
    newer = select(func.max(later.note_id)).where(later.corrects == note_id, later.clinic_id == reader.clinic_id)
    row = session.execute(
        _rows(
            ExcuseNote.visit_id, ExcuseNote.reason, ExcuseNote.restrictions, ExcuseNote.updated_at,
            ExcuseNoteDetail.show_reason, ExcuseNoteDetail.code, ExcuseNoteDetail.corrects,
            ExcuseNoteDetail.signed_at, ExcuseNoteDetail.signed_by, ExcuseNoteDetail.drafted_by,
            ExcuseNoteDetail.withdrawn_reason, Provider.specialties,
            signer.display_name.label("signer"), drafter.display_name.label("drafter"),
            newer.scalar_subquery().label("newer"),
        )
        .outerjoin(signer, signer.user_id == ExcuseNoteDetail.signed_by)
        .outerjoin(drafter, drafter.user_id == ExcuseNoteDetail.drafted_by)
        .where(ExcuseNote.id == note_id, Provider.clinic_id == reader.clinic_id)
    ).first()  # fmt: skip
    if row is None:
        raise Refused("NoSuchNote", t("This note is not known."), field="noteId")
    return NoteView(
        row=_row(row, reader), visit_id=row.visit_id, reason=row.reason, restrictions=row.restrictions or "",
        show_reason=bool(row.show_reason), code=row.code or "", corrects=row.corrects, corrected_by=row.newer,
        drafted_by=row.drafter or outside_name(row.drafted_by or ""), elsewhere=is_outside(row.signed_by),
        signed_by=row.signer or outside_name(row.signed_by or ""), signed_at=row.signed_at,
        withdrawn_at=row.withdrawn_at, withdrawn_reason=row.withdrawn_reason or "",
        provider_specialties=tuple(row.specialties or ()), updated_at=row.updated_at,
    )  # fmt: skip


@query(offline=True)
def verify_note(session: Session, reader: Reader, *, code: str) -> Verified:
    """Say what a code stands for: what somebody at the telephone may hear. One statement.

    Raises ``Refused`` "BadCode" where a character is wrong; a code that belongs to no sent note has no standing.
    """
    kept = read_code(code)
    if kept is None:
        raise Refused("BadCode", t("There is a mistake in this code. Read it again, character by character."),
                      field="code")  # fmt: skip
    mine = (ExcuseNoteDetail.code == kept) & (Provider.clinic_id == reader.clinic_id)
    row = session.execute(_rows(ExcuseNoteDetail.signed_by).where(mine)).first()
    if row is None or row.status is ExcuseNoteStatus.DRAFT:
        return Verified(shown(kept), None)
    found = _row(row, reader)
    zone = reader.zone
    return Verified(
        code=shown(kept), standing=found.standing, initials=initials(display_name(row.first_name, row.last_name)),
        kind=found.kind, start=found.start, end=found.end,
        issued=found.sent_at.astimezone(zone).date() if found.sent_at else None,
        withdrawn=row.withdrawn_at.astimezone(zone).date() if row.withdrawn_at else None, note_id=found.id,
        patient_id=found.patient_id, elsewhere=is_outside(row.signed_by),
    )  # fmt: skip


@query(offline=True)
def notes_out_of_date(session: Session, reader: Reader) -> bool:
    """Tell whether a sent note's last day has passed without that being written down yet. One statement."""
    statement = (
        select(ExcuseNote.id)
        .join(Provider, Provider.id == ExcuseNote.provider_id)
        .where(Provider.clinic_id == reader.clinic_id, ExcuseNote.status == ExcuseNoteStatus.SENT,
               ExcuseNote.end_date < reader.today)
        .limit(1)
    )  # fmt: skip
    return session.execute(statement).first() is not None


def _is(wanted: NoteStanding, today: date) -> Any:
    draft, sent = ExcuseNote.status == ExcuseNoteStatus.DRAFT, ExcuseNote.status != ExcuseNoteStatus.DRAFT
    over = or_(ExcuseNote.status == ExcuseNoteStatus.EXPIRED, ExcuseNote.end_date < today)
    holds = ExcuseNoteDetail.withdrawn_at.is_(None)
    match wanted:
        case NoteStanding.DRAFT:
            return draft
        case NoteStanding.WITHDRAWN:
            return and_(sent, ~holds)
        case NoteStanding.EXPIRED:
            return and_(sent, holds, over)
        case NoteStanding.VALID:
            return and_(sent, holds, ~over)


def _rows(*columns: Any) -> Any:
    return (
        select(
            ExcuseNote.id, ExcuseNote.patient_id, ExcuseNote.type, ExcuseNote.start_date, ExcuseNote.end_date,
            ExcuseNote.status, ExcuseNote.provider_id, ExcuseNote.created_at, ExcuseNote.sent_at,
            ExcuseNoteDetail.withdrawn_at, Patient.first_name, Patient.last_name, Patient.date_of_birth,
            Patient.demographics, Provider.name.label("provider_name"), *columns,
        )
        .join(Patient, Patient.id == ExcuseNote.patient_id)
        .join(Provider, Provider.id == ExcuseNote.provider_id)
        .outerjoin(ExcuseNoteDetail, ExcuseNoteDetail.note_id == ExcuseNote.id)
    )  # fmt: skip


def _row(row: Any, reader: Reader) -> NoteRow:
    preferred = read_demographics(row.demographics).preferred_name
    today = standing(row.status, row.end_date, reader.today, withdrawn=row.withdrawn_at is not None)
    return NoteRow(
        id=row.id, patient_id=row.patient_id, patient_name=display_name(row.first_name, row.last_name, preferred),
        born=row.date_of_birth, kind=row.type, start=row.start_date, end=row.end_date, status=row.status,
        standing=today, provider_id=row.provider_id, provider_name=row.provider_name, created_at=row.created_at,
        sent_at=row.sent_at,
    )  # fmt: skip

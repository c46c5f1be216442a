"""Visit notes as they are read: of one visit with all that was done in it, and of one patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    AppointmentType,
    Login,
    Patient,
    Provider,
    ProviderSettings,
    Visit,
    VisitDetail,
    VisitNote,
    VisitNoteAddendum,
    VisitSlot,
)
from app.domain.enums import VisitMode, VisitNoteStatus, VisitStatus
from app.domain.messages import is_outside, outside_name
from app.domain.visit_notes import NOTE_FIELDS, identity_hash, note_hash
from app.kernel.text import fold
from app.queries.core import Page, Reader, instant, query, read_cursor

PAGE = 50
_SIGNER = aliased(Login)


@dataclass(frozen=True, slots=True)
class Addendum:
    """What was added to a signed note; ``at`` aware UTC."""

    id: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class NoteView:
    """A visit note; times aware UTC. ``start`` None: the visit isn't kept on this workstation.

    ``elsewhere``: it was signed in another program and came with imported records.
    ``content`` and ``identity`` are what ``SignVisitNote`` asks for: hashes of exactly what is shown here.
    """

    id: str
    patient_id: str
    visit_id: str | None
    provider_id: str | None
    provider_name: str
    author_id: str
    author: str
    status: VisitNoteStatus
    parts: Mapping[str, str]
    content: str
    identity: str
    start: datetime | None
    type_name: str
    signed_at: datetime | None
    signed_by: str
    created_at: datetime
    updated_at: datetime
    addenda: tuple[Addendum, ...]
    elsewhere: bool = False

    @property
    def signed(self) -> bool:
        """Whether it never changes any more."""
        return self.status is VisitNoteStatus.SIGNED

    @property
    def at(self) -> datetime:
        """When the visit was; when the note was begun where that isn't known."""
        return self.start or self.created_at

    def writable_by(self, user_id: str, provider_id: str | None) -> bool:
        """Tell whether a provider may change or sign the draft: its author, or whose visit it is."""
        mine = self.author_id == user_id or (provider_id is not None and self.provider_id == provider_id)
        return mine and not self.signed


@dataclass(frozen=True, slots=True)
class VisitLine:
    """A visit in the chart's list with where its note stands (None: none was begun). Times aware UTC."""

    id: str
    start: datetime
    end: datetime
    status: VisitStatus
    mode: VisitMode
    provider_id: str
    provider: str
    type_name: str
    reason: str
    room: str
    note: VisitNoteStatus | None
    follow_up: Any


def note_columns() -> tuple[Any, ...]:
    """The columns of a note's row with its patient, visit and people; use with ``note_rows``."""
    return (
        VisitNote.id, VisitNote.patient_id, VisitNote.visit_id, VisitNote.provider_id, VisitNote.author_id,
        VisitNote.status, *(getattr(VisitNote, name) for name in NOTE_FIELDS), VisitNote.signed_at, VisitNote.signed_by,
        VisitNote.created_at, VisitNote.updated_at, Login.display_name.label("author"),
        _SIGNER.display_name.label("signer"), VisitSlot.start_time, Provider.name.label("provider_name"),
        ProviderSettings.short_name, AppointmentType.name.label("type_name"), Patient.first_name, Patient.last_name,
        Patient.date_of_birth,
    )  # fmt: skip


def note_rows(*more: Any) -> Any:
    """The select of notes that ``note_of`` reads."""
    return (
        select(*note_columns(), *more)
        .select_from(VisitNote)
        .join(Patient, Patient.id == VisitNote.patient_id)
        .outerjoin(Visit, Visit.id == VisitNote.visit_id)
        .outerjoin(VisitSlot, VisitSlot.id == Visit.slot_id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .outerjoin(Provider, Provider.id == VisitNote.provider_id)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .outerjoin(Login, Login.user_id == VisitNote.author_id)
        .outerjoin(_SIGNER, _SIGNER.user_id == VisitNote.signed_by)
    )


def note_of(row: Any, addenda: Sequence[Addendum] = ()) -> NoteView:
    """Return a note from a row of ``note_rows``."""
    parts = {name: getattr(row, name) or "" for name in NOTE_FIELDS}
    return NoteView(
        id=row.id, patient_id=row.patient_id, visit_id=row.visit_id, provider_id=row.provider_id,
        provider_name=row.short_name or row.provider_name or "", author_id=row.author_id,
        author=row.author or outside_name(row.author_id),
        status=row.status, parts=parts, content=note_hash(parts),
        identity=identity_hash(row.patient_id, row.first_name, row.last_name, row.date_of_birth),
        start=row.start_time, type_name=row.type_name or "", signed_at=row.signed_at,
        signed_by=row.signer or outside_name(row.signed_by or ""), elsewhere=is_outside(row.signed_by),
        created_at=row.created_at, updated_at=row.updated_at, addenda=tuple(addenda),
    )  # fmt: skip


def addenda_of(session: Session, note_ids: Sequence[str]) -> dict[str, list[Addendum]]:
    """Return the addenda of some notes, oldest first. One statement."""
    found: dict[str, list[Addendum]] = {}
    rows = session.execute(
        select(
            VisitNoteAddendum.id, VisitNoteAddendum.note_id, VisitNoteAddendum.body, VisitNoteAddendum.at,
            VisitNoteAddendum.by_user, Login.display_name,
        )
        .outerjoin(Login, Login.user_id == VisitNoteAddendum.by_user)
        .where(VisitNoteAddendum.note_id.in_(list(note_ids)))
        .order_by(VisitNoteAddendum.at, VisitNoteAddendum.id)
    )  # fmt: skip
    for row in rows:
        writer = row.display_name or outside_name(row.by_user)
        found.setdefault(row.note_id, []).append(Addendum(row.id, row.body, writer, row.at))
    return found


@query(offline=True)
def visit_note(session: Session, _reader: Reader, *, visit_id: str) -> NoteView | None:
    """Return the note of a visit with its addenda, None when none was begun. Two statements."""
    row = session.execute(note_rows().where(VisitNote.visit_id == visit_id).order_by(VisitNote.created_at)).first()
    return None if row is None else note_of(row, addenda_of(session, [row.id]).get(row.id, ()))


@query(offline=True)
def notes_of_patient(
    session: Session, reader: Reader, *, patient_id: str, text: str = "", cursor: str | None = None, limit: int = PAGE
) -> Page[NoteView]:
    """Return a patient's notes, newest first, a page at a time; with ``text`` those that have it in them.

    The search hears neither case nor accents, and reads addenda too. Two statements.
    """
    statement = note_rows().where(VisitNote.patient_id == patient_id)
    for word in fold(text).split():
        statement = statement.where(_contains(reader, word))
    if cursor:
        at, last = read_cursor(cursor, instant, str)
        beside = and_(VisitNote.created_at == at, VisitNote.id < last)
        statement = statement.where(or_(VisitNote.created_at < at, beside))
    statement = statement.order_by(VisitNote.created_at.desc(), VisitNote.id.desc()).limit(limit + 1)
    rows = session.execute(statement).all()
    more, rows = len(rows) > limit, rows[:limit]
    addenda = addenda_of(session, [row.id for row in rows]) if rows else {}
    shown = tuple(note_of(row, addenda.get(row.id, ())) for row in rows)
    return Page(shown, more=more, cursor=f"{shown[-1].created_at.isoformat()}|{shown[-1].id}" if more else None)


def _contains(reader: Reader, word: str) -> Any:
    """A note has a folded word in it, or one of its addenda has."""
    folded = func.desktop.fold if reader.online else func.mha_fold
    own = or_(*(folded(getattr(VisitNote, name)).contains(word, autoescape=True) for name in NOTE_FIELDS))
    added = select(VisitNoteAddendum.id).where(
        VisitNoteAddendum.note_id == VisitNote.id, folded(VisitNoteAddendum.body).contains(word, autoescape=True)
    )
    return or_(own, added.exists())


@query(offline=True)
def visits_of_patient(
    session: Session, reader: Reader, *, patient_id: str, cursor: str | None = None, limit: int = PAGE
) -> Page[VisitLine]:
    """Return a patient's visits, latest first, with where their notes stand; a page at a time. One statement."""
    noted = select(func.max(VisitNote.status)).where(VisitNote.visit_id == Visit.id).scalar_subquery()
    statement = (
        select(
            Visit.id, Visit.status, Visit.visit_mode, Visit.reason_text, Visit.provider_id, VisitSlot.start_time,
            VisitSlot.end_time, Provider.name, ProviderSettings.short_name, AppointmentType.name.label("type_name"),
            VisitDetail.room, VisitDetail.follow_up, noted.label("note"),
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .where(Visit.patient_id == patient_id, Provider.clinic_id == reader.clinic_id)
        .order_by(VisitSlot.start_time.desc(), Visit.id.desc())
        .limit(limit + 1)
    )  # fmt: skip
    if cursor:
        at, last = read_cursor(cursor, instant, str)
        beside = and_(VisitSlot.start_time == at, Visit.id < last)
        statement = statement.where(or_(VisitSlot.start_time < at, beside))
    rows = session.execute(statement).all()
    more = len(rows) > limit
    shown = tuple(_line(row) for row in rows[:limit])
    return Page(shown, more=more, cursor=f"{shown[-1].start.isoformat()}|{shown[-1].id}" if more else None)


def _line(row: Any) -> VisitLine:
    return VisitLine(
        id=row.id, start=row.start_time, end=row.end_time, status=row.status, mode=row.visit_mode,
        provider_id=row.provider_id, provider=row.short_name or row.name, type_name=row.type_name or "",
        reason=row.reason_text or "", room=row.room or "",
        note=VisitNoteStatus(row.note) if row.note else None, follow_up=row.follow_up,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class LastNote:
    """The patient's latest signed note, to begin another from; ``at`` is its visit's date in the clinic."""

    parts: Mapping[str, str]
    at: date


@query(offline=True)
def last_signed_note(session: Session, reader: Reader, *, patient_id: str, but: str = "") -> LastNote | None:
    """Return the latest signed note of a patient, without that of the visit ``but``. One statement."""
    statement = (
        note_rows()
        .where(VisitNote.patient_id == patient_id, VisitNote.status == VisitNoteStatus.SIGNED)
        .where(or_(VisitNote.visit_id.is_(None), VisitNote.visit_id != but))
        .order_by(VisitNote.created_at.desc(), VisitNote.id.desc())
        .limit(1)
    )
    row = session.execute(statement).first()
    if row is None:
        return None
    note = note_of(row)
    return LastNote(note.parts, note.at.astimezone(reader.zone).date())

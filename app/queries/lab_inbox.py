"""The inbox of laboratories' messages: what waits for a person, what was refused, whom a message may mean."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from app.db.models import LabMessage, Patient, PatientDetail, PatientSearch
from app.db.search_text import fold_record
from app.domain.demographics import read_demographics
from app.domain.enums import LabMessageState
from app.domain.lab_matching import Known, likely, record_numbers, same_name
from app.domain.lab_messages import LabPerson
from app.domain.patients import display_name
from app.kernel.errors import Refused
from app.kernel.fold import fold
from app.kernel.i18n import t
from app.queries.core import Page, Reader, instant, query, read_cursor

MOST = 200
SHOWN = 8
LISTED = 10_000
"""Messages that one answer may hold."""


@dataclass(frozen=True, slots=True)
class LabMessageRow:
    """A message in the list. ``name`` and ``born`` are what it says of whom it is about; ``received_at`` aware UTC.

    ``filed_with`` is the patient here in whose chart it is; "" while it is in none.
    """

    id: str
    received_at: datetime
    source: str
    kind: str
    sender: str
    control_id: str
    state: LabMessageState
    reason: str
    name: str
    born: str
    patient_id: str | None
    by_person: bool
    filed_with: str = ""

    @property
    def can_reopen(self) -> bool:
        """Whether a person laid it aside, who may have erred."""
        return self.state is LabMessageState.REFUSED and self.by_person


@dataclass(frozen=True, slots=True)
class LabMessageText:
    """A message as it came."""

    row: LabMessageRow
    body: str


@dataclass(frozen=True, slots=True)
class LabCandidate:
    """Somebody here who may be meant, and what agrees."""

    patient_id: str
    name: str
    born: date | None
    sex: str
    mrn: str
    same_number: bool
    same_name: bool
    same_birth: bool


_COLUMNS = (
    LabMessage.id, LabMessage.received_at, LabMessage.source, LabMessage.kind, LabMessage.sender,
    LabMessage.control_id, LabMessage.state, LabMessage.reason, LabMessage.person, LabMessage.patient_id,
    LabMessage.handled_by, Patient.first_name, Patient.last_name,
)  # fmt: skip


@query(offline=False)
def lab_inbox(
    session: Session, reader: Reader, *, state: LabMessageState = LabMessageState.UNMATCHED, limit: int = 50,
    cursor: str | None = None,
) -> Page[LabMessageRow]:  # fmt: skip
    """List messages of a state, by keyset: what came last stands first, of one import what it read last."""
    wanted = message_rows().where(LabMessage.clinic_id == reader.clinic_id, LabMessage.state == state)
    if cursor is not None:
        at, last = read_cursor(cursor, instant, str)
        wanted = wanted.where(or_(LabMessage.received_at < at, (LabMessage.received_at == at) & (LabMessage.id < last)))
    limit = max(1, min(limit, LISTED))
    rows = session.execute(wanted.order_by(LabMessage.received_at.desc(), LabMessage.id.desc()).limit(limit + 1)).all()
    items = tuple(_row(row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items, more, f"{items[-1].received_at.isoformat()}|{items[-1].id}" if more else None)


def message_rows() -> Select[*tuple[Any, ...]]:
    """Select what ``LabMessageRow`` holds."""
    return select(*_COLUMNS).outerjoin(Patient, Patient.id == LabMessage.patient_id)


def _row(row: Any) -> LabMessageRow:
    person = row.person if isinstance(row.person, dict) else {}
    return LabMessageRow(
        row.id, row.received_at, row.source, row.kind, row.sender, row.control_id, row.state, row.reason,
        str(person.get("name") or ""), str(person.get("birthDate") or ""), row.patient_id, row.handled_by is not None,
        display_name(row.first_name or "", row.last_name or "") if row.patient_id else "",
    )  # fmt: skip


@query(offline=False)
def lab_message_count(
    session: Session, reader: Reader, *, state: LabMessageState = LabMessageState.UNMATCHED
) -> int:  # fmt: skip
    """Return how many messages of a state there are; of those that wait for a person if none is given."""
    wanted = (LabMessage.clinic_id == reader.clinic_id) & (LabMessage.state == state)
    return session.scalar(select(func.count()).select_from(LabMessage).where(wanted)) or 0


@query(offline=False)
def lab_message(session: Session, reader: Reader, *, message_id: str) -> LabMessageText:
    """Return a message with its text; refuses an unknown one."""
    row = session.execute(
        message_rows()
        .add_columns(LabMessage.body)
        .where(LabMessage.id == message_id, LabMessage.clinic_id == reader.clinic_id)
    ).first()
    if row is None:
        raise Refused("NoSuchMessage", t("There is no such message here."), field="messageId")
    return message_text(row)


def message_text(row: Any) -> LabMessageText:
    """Make one of a row of ``message_rows`` with its body."""
    return LabMessageText(_row(row), row.body)


@query(offline=False)
def lab_candidates(session: Session, reader: Reader, *, person: LabPerson) -> tuple[LabCandidate, ...]:
    """Return who may be meant: the same number, the same birth date, or the same name; the likeliest first."""
    numbers = sorted({fold_record(number) for number in record_numbers(person)} - {""})
    conditions: list[ColumnElement[bool]] = [PatientSearch.mrn.in_(numbers)] if numbers else []
    if person.birth_date is not None:
        conditions.append(PatientSearch.birth_date == person.birth_date)
    for name in person.names[:3]:
        key = f"{fold(name.family)}  {fold(name.given).split(' ')[0]}"
        conditions.append((PatientSearch.sort_key >= key) & (PatientSearch.sort_key < key + "\U0010ffff"))
    if not conditions:
        return ()
    rows = session.execute(
        select(Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.demographics,
               PatientSearch.mrn)
        .join(PatientSearch, PatientSearch.patient_id == Patient.id)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(PatientSearch.clinic_id == reader.clinic_id, PatientDetail.merged_into.is_(None), or_(*conditions))
        .limit(MOST)
    ).all()  # fmt: skip
    known = {row.id: _known(row, numbers) for row in rows}
    return tuple(_candidate(person, one) for one in likely(person, known.values())[:SHOWN])


def _known(row: Any, numbers: list[str]) -> Known:
    return Known(
        patient_id=row.id, first_name=row.first_name or "", last_name=row.last_name or "", born=row.date_of_birth,
        demographics=row.demographics if isinstance(row.demographics, dict) else None,
        has_number=bool(row.mrn) and row.mrn in numbers,
    )  # fmt: skip


def _candidate(person: LabPerson, one: Known) -> LabCandidate:
    about = read_demographics(one.demographics)
    return LabCandidate(
        one.patient_id, display_name(one.first_name, one.last_name), one.born, about.sex, about.mrn, one.has_number,
        any(same_name(name, one) for name in person.names),
        person.birth_date is not None and one.born == person.birth_date,
    )  # fmt: skip

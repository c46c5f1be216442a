"""The head of a chart: who this is and what must not be missed; and the people of one's day around them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Text, bindparam, func, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    LabOrder,
    LabReview,
    Message,
    MessageThread,
    Patient,
    PatientDetail,
    Provider,
    Referral,
    Visit,
    VisitSlot,
)
from app.db.together import Together
from app.db.types import UtcDateTime
from app.domain.clinical_lists import ClinicalList, ListKind, read_list
from app.domain.demographics import Demographics, read_demographics
from app.domain.enums import LabOrderStatus, ReferralStatus, ReviewState, VisitMode, VisitStatus
from app.domain.namesakes import is_alike
from app.domain.patients import display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.access import Access
from app.queries.core import Reader, query
from app.queries.day_board import day_span
from app.queries.identity import identity_open

_GONE = (VisitStatus.CANCELLED, VisitStatus.NO_SHOW)
_ORDERED = (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS)
_REFERRED = (ReferralStatus.PENDING, ReferralStatus.SENT, ReferralStatus.ACCEPTED)


@dataclass(frozen=True, slots=True)
class HeadVisit:
    """The last or the next visit; times aware UTC."""

    id: str
    start: datetime
    mode: VisitMode
    provider_name: str


@dataclass(frozen=True, slots=True)
class DayPerson:
    """Somebody of today: a patient with the visit's start."""

    patient_id: str
    name: str
    born: date | None
    visit_id: str
    start: datetime
    status: VisitStatus


@dataclass(frozen=True, slots=True)
class ChartHead:
    """What the chart's header shows. ``merged_into`` and its name, when the record is part of another one."""

    id: str
    name: str
    first_name: str
    last_name: str
    born: date | None
    flags: tuple[str, ...]
    details: Demographics
    allergies: ClinicalList
    identity_to_confirm: bool
    merged_into: str
    merged_name: str
    last_visit: HeadVisit | None
    next_visit: HeadVisit | None
    unread: int
    unsigned: int
    unsigned_critical: bool
    open_labs: int
    """Lab orders under way, or with results that nobody signed."""
    open_referrals: int
    my_day: tuple[DayPerson, ...]
    """The reader's own patients of today in order of time; empty for people without a calendar."""
    alike: tuple[DayPerson, ...]
    """Others of today who could be mistaken for this patient."""
    as_of: datetime

    def beside(self, step: int) -> DayPerson | None:
        """Return the patient ``step`` places further in my day; for somebody not in it the next one to be seen."""
        places = [n for n, one in enumerate(self.my_day) if one.patient_id == self.id]
        if places:
            target = (places[-1] if step > 0 else places[0]) + step
            return self.my_day[target] if 0 <= target < len(self.my_day) else None
        if step > 0:
            return next((one for one in self.my_day if one.start >= self.as_of and _waits(one)), None)
        return next((one for one in reversed(self.my_day) if one.start < self.as_of), None)


def _waits(one: DayPerson) -> bool:
    return one.status in (VisitStatus.PLANNED, VisitStatus.CHECKED_IN)


@query(offline=True)
def chart_head(session: Session, reader: Reader, *, patient_id: str, opening: bool = False) -> ChartHead:
    """Return the head of a chart; one trip. Raises ``Refused`` "NoPatient".

    ``opening``: a person opens the chart, which is kept in the audit (on the server; without it nothing is kept).
    """
    first, last = day_span(reader, reader.today)
    statements = _head(writes=opening and reader.online)
    rows = statements.rows(
        session, patient_id=patient_id, now=reader.now, day_first=first, day_last=last, clinic_id=reader.clinic_id,
        opened=[patient_id], workstation=reader.workstation,
    )  # fmt: skip
    person = next(iter(rows["person"]), None)
    if person is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    return _made(reader, person, rows)


def _made(reader: Reader, person: Any, rows: dict[str, list[Any]]) -> ChartHead:
    details = read_demographics(person.demographics)
    visits = {row.part: HeadVisit(row.id, row.start_time, row.visit_mode, row.name) for row in rows["visits"]}
    counts = rows["counts"][0]
    today = sorted(rows["today"], key=lambda row: (row.start_time, row.id))
    return ChartHead(
        id=person.id,
        name=display_name(person.first_name, person.last_name, details.preferred_name),
        first_name=person.first_name or "",
        last_name=person.last_name or "",
        born=person.date_of_birth,
        flags=tuple(person.flags or ()),
        details=details,
        allergies=read_list(person.demographics, ListKind.ALLERGIES),
        identity_to_confirm=bool(person.identity_to_confirm),
        merged_into=person.merged_into or "",
        merged_name=display_name(person.into_first, person.into_last) if person.merged_into else "",
        last_visit=visits.get(_LAST),
        next_visit=visits.get(_NEXT),
        unread=counts.unread,
        unsigned=counts.unsigned,
        unsigned_critical=bool(counts.critical),
        open_labs=counts.labs,
        open_referrals=counts.referrals,
        my_day=_my_day(reader, today),
        alike=_alike(person, today),
        as_of=reader.now,
    )


def _my_day(reader: Reader, today: Iterable[Any]) -> tuple[DayPerson, ...]:
    if reader.provider_id is None:
        return ()
    return tuple(_person(row) for row in today if row.provider_id == reader.provider_id)


def _alike(person: Any, today: Iterable[Any]) -> tuple[DayPerson, ...]:
    """One line for each other person of today whose name is alike."""
    name = (person.first_name or "", person.last_name or "")
    found: dict[str, DayPerson] = {}
    for row in today:
        other = (row.first_name or "", row.last_name or "")
        if row.patient_id != person.id and row.patient_id not in found and is_alike(name, other):
            found[row.patient_id] = _person(row)
    return tuple(found.values())


def _person(row: Any) -> DayPerson:
    preferred = read_demographics(row.demographics).preferred_name
    name = display_name(row.first_name, row.last_name, preferred)
    return DayPerson(row.patient_id, name, row.date_of_birth, row.id, row.start_time, row.status)


# -- statements --------------------------------------------------------------------------------------------------------

PATIENT = bindparam("patient_id", type_=Text())
NOW = bindparam("now", type_=UtcDateTime())
_LAST, _NEXT = range(2)


@cache
def _head(*, writes: bool) -> Together:
    kept = {"kept": _opened()} if writes else {}
    return Together(person=_who(), visits=_visits(), counts=_counts(), today=_today(), **kept)


def _opened() -> Any:
    ids = bindparam("opened", type_=ARRAY(Text))
    workstation = bindparam("workstation", type_=Text())
    return select(func.desktop.note_access(ids, Access.OPEN.value, workstation).label("kept"))


def _who() -> Any:
    into = aliased(Patient)
    return (
        select(
            Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.flags,
            Patient.demographics, identity_open(), PatientDetail.merged_into,
            into.first_name.label("into_first"), into.last_name.label("into_last"),
        )
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .outerjoin(into, into.id == PatientDetail.merged_into)
        .where(Patient.id == PATIENT)
    )  # fmt: skip


def _visits() -> Any:
    """The last completed visit, and the next one that is planned."""

    def one(part: int, status: VisitStatus, when: Any, order: Any) -> Any:
        found = (
            select(literal(part).label("part"), Visit.id, VisitSlot.start_time, Visit.visit_mode, Provider.name)
            .join(VisitSlot, VisitSlot.id == Visit.slot_id)
            .join(Provider, Provider.id == Visit.provider_id)
            .where(Visit.patient_id == PATIENT, Visit.status == status, when)
            .order_by(order, Visit.id)
            .limit(1)
            .subquery()
        )
        return select(*found.c)

    start = VisitSlot.start_time
    return union_all(
        one(_LAST, VisitStatus.COMPLETED, start < NOW, start.desc()),
        one(_NEXT, VisitStatus.PLANNED, start >= NOW, start),
    )


def _counts() -> Any:
    """What the patient wrote and nobody has read, results that wait for a signature, orders and referrals under way."""
    unread = (
        select(func.count())
        .select_from(MessageThread)
        .join(Message, Message.thread_id == MessageThread.id)
        .join(Patient, Patient.id == MessageThread.patient_id)
        .where(MessageThread.patient_id == PATIENT, Message.sender_id == Patient.user_id, Message.read.is_(False))
    )
    waiting = (LabReview.patient_id == PATIENT, LabReview.state == ReviewState.WAITING)
    unsigned = select(func.count()).select_from(LabReview).where(*waiting)
    critical = select(func.count()).select_from(LabReview).where(*waiting, LabReview.critical.is_(True))
    under_way = or_(*(LabOrder.status == one for one in _ORDERED), LabReview.state == ReviewState.WAITING)
    labs = (
        select(func.count())
        .select_from(LabOrder)
        .outerjoin(LabReview, LabReview.order_id == LabOrder.id)
        .where(LabOrder.patient_id == PATIENT, under_way)
    )
    live = or_(*(Referral.status == one for one in _REFERRED))
    referrals = select(func.count()).select_from(Referral).where(Referral.patient_id == PATIENT, live)
    return select(
        unread.scalar_subquery().label("unread"),
        unsigned.scalar_subquery().label("unsigned"),
        critical.scalar_subquery().label("critical"),
        labs.scalar_subquery().label("labs"),
        referrals.scalar_subquery().label("referrals"),
    )


def _today() -> Any:
    """Everybody of today who comes or came."""
    return (
        select(
            Visit.id, Visit.patient_id, Visit.provider_id, Visit.status, VisitSlot.start_time, Patient.first_name,
            Patient.last_name, Patient.date_of_birth, Patient.demographics,
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            Provider.clinic_id == bindparam("clinic_id", type_=Text()),
            VisitSlot.start_time >= bindparam("day_first", type_=UtcDateTime()),
            VisitSlot.start_time < bindparam("day_last", type_=UtcDateTime()),
            *(Visit.status != gone for gone in _GONE),
        )
    )  # fmt: skip

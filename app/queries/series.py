"""A series before it is booked or moved, date by date; and the visits of one that is booked."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.db.models import Patient, Provider, Visit, VisitDetail, VisitSlot
from app.domain.agenda import Agenda, SlotState
from app.domain.enums import SlotStatus, VisitMode, VisitStatus
from app.domain.openings import Opening, Wish, openings
from app.domain.patients import display_name
from app.domain.series import Rhythm
from app.domain.spans import Span
from app.domain.wallclock import day_of, first_instant
from app.queries.agenda import read_agenda
from app.queries.core import Reader, query
from app.queries.hours import opening_hours
from app.queries.openings import OpenTime

OTHER_TIMES = 3


class DateState(StrEnum):
    """What a date of a series finds."""

    FREE = "free"
    AHEAD = "ahead"
    """In the provider's hours, further ahead than slots have been made: a slot is made for it."""
    OTHER = "other"
    """That time is taken; other times of the day are free."""
    FULL = "full"
    CLOSED = "closed"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class SeriesDate:
    """One date: the instant wanted, what it finds, and other times of that day, nearest first.

    `slot_id` is the slot to take when it is free, None when one will be made. `elsewhere` is the start of another
    visit of the patient at that time, if there is one.
    """

    day: date
    wanted: datetime
    state: DateState
    slot_id: str | None = None
    others: tuple[OpenTime, ...] = ()
    elsewhere: datetime | None = None


@dataclass(frozen=True, slots=True)
class SeriesMember:
    """A visit of a series; times aware UTC."""

    visit_id: str
    series_id: str
    patient_id: str
    patient_name: str
    provider_id: str
    provider_name: str
    slot_id: str
    start: datetime
    end: datetime
    mode: VisitMode
    status: VisitStatus

    @property
    def minutes(self) -> int:
        """How long it is."""
        return int((self.end - self.start).total_seconds() // 60)

    @property
    def movable(self) -> bool:
        """True while it is planned."""
        return self.status is VisitStatus.PLANNED


@dataclass(frozen=True, slots=True)
class Target:
    """A wall-clock time that a visit shall have: where its day is, and how long it is."""

    start: datetime
    minutes: int
    own_visit: str = ""


@query(offline=True)
def series_preview(
    session: Session, reader: Reader, *, provider_id: str, mode: VisitMode, minutes: int, first: datetime,
    rhythm: Rhythm, patient_id: str | None = None,
) -> tuple[SeriesDate, ...]:  # fmt: skip
    """What each date of a rhythm finds, at the wall-clock time of `first` on every day. Three statements."""
    local = first.astimezone(reader.zone)
    clock = local.time().replace(tzinfo=None)
    targets = [
        Target(first if day == local.date() else first_instant(day, clock, reader.zone), minutes)
        for day in rhythm.days(local.date())
    ]
    return _look(session, reader, provider_id, mode, targets, patient_id)


@query(offline=True)
def move_preview(
    session: Session, reader: Reader, *, members: Collection[SeriesMember], provider_id: str, days: int, clock: time
) -> tuple[SeriesDate, ...]:
    """What each visit finds `days` later at the wall-clock time `clock`; their own times count as free."""
    ordered = sorted(members, key=lambda one: (one.start, one.visit_id))
    targets = []
    for one in ordered:
        day = one.start.astimezone(reader.zone).date() + timedelta(days=days)
        targets.append(Target(first_instant(day, clock, reader.zone), one.minutes, one.visit_id))
    if not ordered:
        return ()
    leaving = frozenset(one.slot_id for one in ordered)
    return _look(session, reader, provider_id, ordered[0].mode, targets, ordered[0].patient_id, leaving)


@query(offline=True)
def series_of(session: Session, reader: Reader, *, visit_id: str) -> tuple[SeriesMember, ...]:
    """The visits of the series that a visit belongs to, by time, called-off ones left out. One statement."""
    own = aliased(VisitDetail)
    columns = (
        Visit.id, Visit.patient_id, Visit.provider_id, Visit.slot_id, Visit.visit_mode, Visit.status,
        VisitDetail.series_id, VisitSlot.start_time, VisitSlot.end_time, Provider.name, Patient.first_name,
        Patient.last_name,
    )  # fmt: skip
    wanted = select(own.series_id).where(own.visit_id == visit_id).scalar_subquery()
    statement = (
        select(*columns)
        .join(VisitDetail, VisitDetail.visit_id == Visit.id)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .where(
            Provider.clinic_id == reader.clinic_id,
            VisitDetail.series_id == wanted,
            Visit.status.not_in([VisitStatus.CANCELLED, VisitStatus.NO_SHOW]),
        )
        .order_by(VisitSlot.start_time, Visit.id)
    )
    return tuple(
        SeriesMember(
            visit_id=row.id, series_id=row.series_id, patient_id=row.patient_id,
            patient_name=display_name(row.first_name, row.last_name, ""), provider_id=row.provider_id,
            provider_name=row.name, slot_id=row.slot_id, start=row.start_time, end=row.end_time, mode=row.visit_mode,
            status=row.status,
        )
        for row in session.execute(statement).all()
    )  # fmt: skip


def _look(
    session: Session, reader: Reader, provider_id: str, mode: VisitMode, targets: list[Target],
    patient_id: str | None, leaving: frozenset[str] = frozenset(),
) -> tuple[SeriesDate, ...]:  # fmt: skip
    days = sorted({one.start.astimezone(reader.zone).date() for one in targets})
    spans = [day_of(day, reader.zone) for day in days]
    patients = (patient_id,) if patient_id else ()
    agenda = read_agenda(session, reader.clinic_id, (provider_id,), spans, reader.now, patient_ids=patients)
    agenda = _vacated(agenda, leaving)
    hours = opening_hours(session, reader, first=days[0], last=days[-1], provider_ids=(provider_id,))
    open_spans = hours.get((provider_id, mode), ())
    name = session.execute(select(Provider.name).where(Provider.id == provider_id)).scalar() or ""
    own = frozenset(one.own_visit for one in targets)
    found: dict[int, list[Opening]] = {}
    for minutes in {one.minutes for one in targets}:
        wish = Wish(zone=reader.zone, after=reader.now, mode=mode, minutes=minutes)
        found[minutes] = list(openings(agenda, wish, apart=False))
    return tuple(
        _date(reader, one, agenda, found[one.minutes], open_spans, (provider_id, name), _elsewhere(agenda, one, own))
        for one in targets
    )


def _vacated(agenda: Agenda, leaving: frozenset[str]) -> Agenda:
    """The agenda once the visits on these slots have left, with what they covered free again."""
    slots = []
    for slot in agenda.slots:
        if slot.id in leaving and slot.made:
            continue
        loose = slot.id in leaving or slot.covered_by in leaving
        slots.append(_freed(slot) if loose else slot)
    return replace(agenda, slots=tuple(slots))


def _freed(slot: SlotState) -> SlotState:
    return replace(
        slot, span=slot.ungridded, grid_end=None, status=SlotStatus.FREE, covered_by=None, visit_id=None,
        visit_status=None,
    )  # fmt: skip


def _date(
    reader: Reader, target: Target, agenda: Agenda, found: Iterable[Opening], hours: Collection[Span],
    provider: tuple[str, str], elsewhere: datetime | None,
) -> SeriesDate:  # fmt: skip
    day, start = target.start.astimezone(reader.zone).date(), target.start
    if start <= reader.now:
        return SeriesDate(day, start, DateState.PAST, elsewhere=elsewhere)
    same_day = [one for one in found if one.span.start.astimezone(reader.zone).date() == day]
    exact = next((one for one in same_day if one.span.start == start), None)
    near = sorted((one for one in same_day if one is not exact), key=lambda one: abs(one.span.start - start))
    others = tuple(
        OpenTime(one.slot_id, provider[0], provider[1], one.span.start, one.span.end, one.mode)
        for one in near[:OTHER_TIMES]
    )
    if exact is not None:
        return SeriesDate(day, start, DateState.FREE, exact.slot_id, others, elsewhere)
    state = DateState.OTHER if others else _why_not(reader, target, agenda, hours, provider[0])
    return SeriesDate(day, start, state, None, others, elsewhere)


def _why_not(reader: Reader, target: Target, agenda: Agenda, hours: Collection[Span], provider_id: str) -> DateState:
    """A day without any free time: not opened yet, closed, or full."""
    whole = day_of(target.start.astimezone(reader.zone).date(), reader.zone)
    span = Span(target.start, target.start + timedelta(minutes=target.minutes))
    slots = [one for one in agenda.slots if one.span.overlaps(whole) and not one.hidden and not one.made]
    if agenda.shut(provider_id, span):
        return DateState.CLOSED
    if agenda.taken(provider_id, span):
        return DateState.FULL
    if not any(one.overlaps(whole) for one in hours):
        return DateState.CLOSED
    if slots:
        return DateState.FULL
    return DateState.AHEAD if any(one.covers(span) for one in hours) else DateState.CLOSED


def _elsewhere(agenda: Agenda, target: Target, own: frozenset[str]) -> datetime | None:
    span = Span(target.start, target.start + timedelta(minutes=target.minutes))
    others = (one.span.start for one in agenda.elsewhere if one.visit_id not in own and one.span.overlaps(span))
    return min(others, default=None)

"""The waiting list, and whom on it to offer a time that became free."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    AppointmentType,
    ContactAttempt,
    Patient,
    Provider,
    SlotDetail,
    Visit,
    VisitSlot,
    WaitingListEntry,
)
from app.domain.demographics import read_demographics
from app.domain.enums import SlotStatus, VisitMode, VisitStatus, WaitingStatus
from app.domain.openings import Wish, openings
from app.domain.patients import display_name
from app.domain.spans import Span
from app.domain.states import CALLED_OFF, LIVE_VISITS
from app.domain.visits import ContactResult
from app.domain.waiting import FreeTime, Reason, Waiting, rank
from app.domain.wallclock import day_of
from app.kernel.i18n import t
from app.queries.agenda import read_agenda
from app.queries.core import Reader, query
from app.queries.openings import OpenTime

MOST, MOST_FREED = 500, 20
_OPEN = (WaitingStatus.WAITING, WaitingStatus.OFFERED)
_MADE_WITHIN = timedelta(days=400)
"""Nobody books further ahead: visits that are older lie in the past, and the index on their age needn't be read."""


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """An entry of the list. ``visit_id`` and ``booked_for`` are the visit that the patient has already, if any.

    ``attempts`` counts the calls since the entry was made, ``tried`` and ``outcome`` are the last one.
    """

    id: str
    patient_id: str
    patient_name: str
    phone: str
    minutes: int
    type_name: str
    provider_id: str | None
    provider_name: str
    mode: VisitMode | None
    earliest: date
    latest: date
    time_from: time | None
    time_to: time | None
    note: str
    status: WaitingStatus
    since: datetime
    visit_id: str | None
    booked_for: datetime | None
    type_id: str | None = None
    patient_born: date | None = None
    attempts: int = 0
    tried: datetime | None = None
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class WaitingOffer:
    """An entry that suits a free time, with what speaks for it in words."""

    row: WaitingRow
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreedTime:
    """A time that became free, and whom to offer it to, best first."""

    time: OpenTime
    offers: tuple[WaitingOffer, ...]


@query(offline=True)
def waiting_list(session: Session, reader: Reader) -> tuple[WaitingRow, ...]:
    """Everybody who waits for an earlier time and may still get one, longest first. One statement."""
    return tuple(_row(row) for row in session.execute(_statement(reader)).all())


@query(offline=True)
def freed_times(
    session: Session, reader: Reader, *, slot_ids: Collection[str] = (), count: int = 5
) -> tuple[FreedTime, ...]:
    """Times that became free and that somebody waits for: those named, and those that a visit left today.

    Called off (by the backend too), moved or shortened, at whatever desk. Earliest first; three statements at most,
    one when nobody waits. A time is as long as its slot, and can be booked.
    """
    rows = {row.id: _row(row) for row in session.execute(_statement(reader)).all()}
    slots = session.execute(_freed(reader, slot_ids)).all() if rows else []
    found = []
    for slot in _bookable(session, reader, slots)[:MOST_FREED]:
        span = Span(slot.start_time, slot.end_time)
        offers = _ranked(rows, FreeTime(slot.provider_id, slot.visit_mode, span), reader, count)
        if offers:
            time = OpenTime(slot.id, slot.provider_id, slot.name, span.start, span.end, slot.visit_mode)
            found.append(FreedTime(time, offers))
    return tuple(found)


def _freed(reader: Reader, slot_ids: Collection[str]) -> Any:
    """Slots to come that somebody named or that a visit left today, and that no visit has now."""
    own, now = aliased(Visit), aliased(Visit)
    today = day_of(reader.today, reader.zone).start
    of_ours = select(SlotDetail.slot_id).where(SlotDetail.freed_at >= today)
    of_others = select(own.slot_id).where(
        own.status.in_(sorted(CALLED_OFF)), own.created_at >= today - _MADE_WITHIN, own.updated_at >= today
    )
    named = select(VisitSlot.id).where(VisitSlot.id.in_(slot_ids))
    taken = exists().where(now.slot_id == VisitSlot.id, or_(*(now.status == one for one in sorted(LIVE_VISITS))))
    columns = (VisitSlot.id, VisitSlot.provider_id, VisitSlot.visit_mode, VisitSlot.start_time, VisitSlot.end_time)
    return (
        select(*columns, Provider.name)
        .join(Provider, Provider.id == VisitSlot.provider_id)
        .where(
            Provider.clinic_id == reader.clinic_id, VisitSlot.start_time > reader.now, ~taken,
            VisitSlot.end_time > VisitSlot.start_time, VisitSlot.status != SlotStatus.BLOCKED,
            VisitSlot.id.in_(union(of_ours, of_others, named)),
        )
        .order_by(VisitSlot.start_time, VisitSlot.id)
        .limit(MOST_FREED * 2)
    )  # fmt: skip


def _bookable(session: Session, reader: Reader, slots: Sequence[Any]) -> list[Any]:
    """Those of the slots that can be booked now: nobody holds them, and nothing lies over them. One statement."""
    if not slots:
        return []
    spans = [Span(slot.start_time, slot.end_time) for slot in slots]
    providers = {slot.provider_id for slot in slots}
    agenda = read_agenda(session, reader.clinic_id, providers, spans, reader.now, light=reader.online)
    agenda = agenda if reader.online else agenda.open_to(reader.workstation)
    free = {one.slot_id for one in openings(agenda, Wish(zone=reader.zone, after=reader.now), apart=False)}
    return [slot for slot in slots if slot.id in free]


def _ranked(rows: Mapping[str, WaitingRow], free: FreeTime, reader: Reader, count: int) -> tuple[WaitingOffer, ...]:
    ranked = rank((_waiting(row, reader) for row in rows.values()), free, reader.zone)
    return tuple(WaitingOffer(rows[one.entry.id], tuple(_word(why) for why in one.reasons)) for one in ranked[:count])


def _word(why: Reason) -> str:
    words = {
        Reason.ASKED_FOR_PROVIDER: t("asked for this provider"),
        Reason.FITS_EXACTLY: t("fills the time exactly"),
        Reason.WAITED_LONGEST: t("has waited longest"),
        Reason.ALREADY_ASKED: t("declined a time today"),
    }
    return words[why]


def _statement(reader: Reader) -> Any:
    """Entries that may still be served, with the patient's next planned visit."""
    entry, visit, slot = WaitingListEntry, aliased(Visit), aliased(VisitSlot)
    following = (
        select(visit.patient_id, func.min(slot.start_time).label("start"))
        .join(slot, slot.id == visit.slot_id)
        .where(visit.status == VisitStatus.PLANNED, slot.start_time > reader.now)
        .group_by(visit.patient_id)
        .subquery()
    )
    return (
        select(
            entry.id, entry.patient_id, entry.minutes, entry.provider_id, entry.visit_mode, entry.earliest,
            entry.latest, entry.time_from, entry.time_to, entry.note, entry.status, entry.created_at,
            Patient.first_name, Patient.last_name, Patient.demographics, Provider.name.label("provider_name"),
            AppointmentType.name.label("type_name"), following.c.start.label("booked_for"), _visit_at(following),
            entry.appointment_type_id, Patient.date_of_birth, *_tries(entry),
        )
        .join(Patient, Patient.id == entry.patient_id)
        .outerjoin(Provider, Provider.id == entry.provider_id)
        .outerjoin(AppointmentType, AppointmentType.id == entry.appointment_type_id)
        .outerjoin(following, following.c.patient_id == entry.patient_id)
        .where(
            entry.clinic_id == reader.clinic_id,
            or_(*(entry.status == status for status in _OPEN)),
            entry.latest >= reader.today,
        )
        .order_by(entry.created_at, entry.id)
        .limit(MOST)
    )  # fmt: skip


def _tries(entry: Any) -> tuple[Any, ...]:
    """How often somebody tried to reach the patient since the entry was made, and the last time."""
    mine = (ContactAttempt.patient_id == entry.patient_id, ContactAttempt.at >= entry.created_at)
    number = select(func.count()).select_from(ContactAttempt).where(*mine)
    last = select(ContactAttempt.at).where(*mine).order_by(ContactAttempt.at.desc(), ContactAttempt.id).limit(1)
    outcome = select(ContactAttempt.outcome).where(*mine).order_by(ContactAttempt.at.desc(), ContactAttempt.id)
    return (
        number.scalar_subquery().label("attempts"),
        last.scalar_subquery().label("tried"),
        outcome.limit(1).scalar_subquery().label("outcome"),
    )


def _visit_at(following: Any) -> Any:
    visit, slot = aliased(Visit), aliased(VisitSlot)
    same = select(func.min(visit.id)).join(slot, slot.id == visit.slot_id)
    same = same.where(
        visit.patient_id == following.c.patient_id,
        visit.status == VisitStatus.PLANNED,
        slot.start_time == following.c.start,
    )
    return same.scalar_subquery().label("visit_id")


def _row(row: Any) -> WaitingRow:
    details = read_demographics(row.demographics)
    return WaitingRow(
        id=row.id, patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name), phone=details.phone,
        minutes=row.minutes, type_name=row.type_name or "", provider_id=row.provider_id,
        provider_name=row.provider_name or "", mode=row.visit_mode, earliest=row.earliest, latest=row.latest,
        time_from=row.time_from, time_to=row.time_to, note=row.note, status=row.status, since=row.created_at,
        visit_id=row.visit_id, booked_for=row.booked_for, type_id=row.appointment_type_id,
        patient_born=row.date_of_birth, attempts=int(row.attempts or 0), tried=row.tried, outcome=row.outcome or "",
    )  # fmt: skip


def _waiting(row: WaitingRow, reader: Reader) -> Waiting:
    declined = row.outcome == ContactResult.DECLINED.value
    return Waiting(
        id=row.id, patient_id=row.patient_id, minutes=row.minutes, earliest=row.earliest, latest=row.latest,
        created_at=row.since, provider_id=row.provider_id, mode=row.mode, time_from=row.time_from,
        time_to=row.time_to, booked_for=row.booked_for,
        declined_today=row.tried is not None and declined and row.tried.astimezone(reader.zone).date() == reader.today,
    )  # fmt: skip

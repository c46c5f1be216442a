"""Referrals as lists for the desk and the chart, one with its letter, and what a letter is made of."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    ClinicSettings,
    LabOrder,
    Login,
    Patient,
    Provider,
    Referral,
    ReferralDetail,
    VisitNote,
)
from app.domain.demographics import read_demographics
from app.domain.enums import LabOrderStatus, ReferralPriority, ReferralStatus, Role
from app.domain.lab_codes import read_results
from app.domain.labs import LabResult
from app.domain.patients import display_name
from app.domain.referrals import (
    Attachment,
    Recipient,
    days_of,
    due_at,
    read_attachments,
    read_recipient,
)
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Page, Reader, instant, query, read_cursor

PAGE = 100
LAST_ORDERS = 12


@dataclass(frozen=True, slots=True)
class ReferralRow:
    """A referral in a list; instants aware UTC. From ``due_at`` on it is overdue; None: nothing is waited for."""

    id: str
    patient_id: str
    patient_name: str
    born: date | None
    specialty: str
    reason: str
    priority: ReferralPriority
    status: ReferralStatus
    referred_to: str
    provider_id: str
    provider_name: str
    created_at: datetime
    sent_at: datetime | None
    due_at: datetime | None
    overdue: bool
    appointment_on: date | None


@dataclass(frozen=True, slots=True)
class Attached:
    """Something attached: its table, id and what it is called; the day of the clinic that it is of."""

    table: str
    id: str
    title: str
    day: date | None


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One referral with everything beside it."""

    row: ReferralRow
    visit_id: str | None
    notes: str
    letter: str
    recipient: Recipient
    answer: str
    attached: tuple[Attached, ...]
    sent_by: str
    accepted_at: datetime | None
    completed_at: datetime | None
    cancel_reason: str
    provider_specialties: tuple[str, ...]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LetterMaterial:
    """What of the chart a letter may hold; ``results`` is empty for who may not read values."""

    problems: tuple[str, ...]
    medicines: tuple[str, ...]
    allergies: tuple[str, ...]
    no_known_allergies: bool
    results: tuple[LabResult, ...]
    attachable: tuple[Attached, ...]


@query(offline=True)
def referral_list(
    session: Session, reader: Reader, *, status: Collection[ReferralStatus] = (), overdue: bool = False,
    patient_id: str | None = None, provider_id: str | None = None, cursor: str | None = None, limit: int = PAGE,
) -> Page[ReferralRow]:  # fmt: skip
    """Return referrals, the newest first, a page at a time; ``overdue``: only those, the longest overdue first.

    Two statements; of overdue ones four, one for each priority.
    """
    days = waiting_days(session, reader)
    statement = _rows().where(Provider.clinic_id == reader.clinic_id)
    for column, value in ((Referral.patient_id, patient_id), (Referral.provider_id, provider_id)):
        if value is not None:
            statement = statement.where(column == value)
    if overdue:
        return _overdue_page(session, reader, statement, days, (cursor, limit))
    if status:
        statement = statement.where(Referral.status.in_(tuple(status)))
    if cursor:
        at, last = read_cursor(cursor, instant, str)
        older = and_(Referral.created_at == at, Referral.id < last)
        statement = statement.where(or_(Referral.created_at < at, older))
    ordered = statement.order_by(Referral.created_at.desc(), Referral.id.desc()).limit(limit + 1)
    page = [_row(row, reader, days) for row in session.execute(ordered).all()]
    shown, more = tuple(page[:limit]), len(page) > limit
    return Page(shown, more=more, cursor=f"{shown[-1].created_at.isoformat()}|{shown[-1].id}" if more else None)


@query(offline=True)
def overdue_referrals(session: Session, reader: Reader) -> int:
    """Return how many referrals of the clinic are overdue: the number beside the area. Two statements."""
    counted = select(late_referrals(reader, waiting_days(session, reader)))
    return int(session.execute(counted).scalar_one())


def late_referrals(reader: Reader, days: Mapping[ReferralPriority, int]) -> Any:
    """Return a subquery: how many referrals of the clinic are overdue; the number in the rail."""
    late = or_(*(_overdue(priority, reader.now - timedelta(days=days[priority])) for priority in ReferralPriority))
    counted = select(func.count()).select_from(Referral).join(Provider, Provider.id == Referral.provider_id)
    return counted.where(Provider.clinic_id == reader.clinic_id, late).scalar_subquery()


def _waits_since() -> Any:
    """From when the days of a referral count, as ``due_at`` says it."""
    sent = func.coalesce(Referral.sent_at, Referral.created_at)
    return case((Referral.status == ReferralStatus.SENT, sent), else_=Referral.created_at)


def _overdue(priority: ReferralPriority, until: datetime) -> ColumnElement[bool]:
    waiting = Referral.status.in_((ReferralStatus.PENDING, ReferralStatus.SENT))
    return and_(waiting, Referral.priority == priority, _waits_since() <= until)


def _overdue_page(
    session: Session, reader: Reader, statement: Any, days: Mapping[ReferralPriority, int],
    wanted: tuple[str | None, int],
) -> Page[ReferralRow]:  # fmt: skip
    """The longest overdue of each priority, then of all: a day added in SQL would be another one in each database."""
    cursor, limit = wanted
    after = read_cursor(cursor, instant, str) if cursor else None
    rows: list[ReferralRow] = []
    for priority in ReferralPriority:
        allowed = timedelta(days=days[priority])
        found = statement.where(_overdue(priority, reader.now - allowed))
        if after is not None:
            at, last = after[0] - allowed, after[1]
            found = found.where(or_(_waits_since() > at, and_(_waits_since() == at, Referral.id > last)))
        ordered = found.order_by(_waits_since(), Referral.id).limit(limit + 1)
        rows += [_row(row, reader, days) for row in session.execute(ordered).all()]
    rows.sort(key=lambda one: (one.due_at or one.created_at, one.id))
    shown, more = tuple(rows[:limit]), len(rows) > limit
    following = f"{(shown[-1].due_at or shown[-1].created_at).isoformat()}|{shown[-1].id}" if more else None
    return Page(shown, more=more, cursor=following)


@query(offline=True)
def referral_view(session: Session, reader: Reader, *, referral_id: str) -> ReferralView:
    """Return one referral with its letter and what came back. Raises ``Refused`` "NoSuchReferral"."""
    sender = aliased(Login)
    row = session.execute(
        _rows(
            Referral.visit_id, Referral.notes, Referral.completed_at, Referral.updated_at, ReferralDetail.letter,
            ReferralDetail.recipient, ReferralDetail.attachments, ReferralDetail.answer, ReferralDetail.accepted_at,
            ReferralDetail.cancel_reason, Provider.specialties, sender.display_name,
        )
        .outerjoin(sender, sender.user_id == ReferralDetail.sent_by)
        .where(Referral.id == referral_id, Provider.clinic_id == reader.clinic_id)
    ).first()  # fmt: skip
    if row is None:
        raise Refused("NoSuchReferral", t("This referral is not known."), field="referralId")
    return ReferralView(
        row=_row(row, reader, waiting_days(session, reader)), visit_id=row.visit_id, notes=row.notes or "",
        letter=row.letter or "", recipient=read_recipient(row.recipient), answer=row.answer or "",
        attached=_attached(session, reader, read_attachments(row.attachments)), sent_by=row.display_name or "",
        accepted_at=row.accepted_at, completed_at=row.completed_at, cancel_reason=row.cancel_reason or "",
        provider_specialties=tuple(row.specialties or ()), updated_at=row.updated_at,
    )  # fmt: skip


@query(offline=True)
def letter_material(session: Session, reader: Reader, *, patient_id: str) -> LetterMaterial:
    """Return what a letter about a patient may be made of. Three statements."""
    found = session.execute(select(Patient.demographics).where(Patient.id == patient_id)).first()
    if found is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    details = read_demographics(found.demographics)
    orders = _last_orders(session, reader, patient_id)
    results = [result for order in orders for result in _readable(reader, order)]
    newest: dict[str, LabResult] = {}
    for result in results:
        newest.setdefault(result.key, result)
    return LetterMaterial(
        problems=tuple(_words(item) for item in details.conditions.active),
        medicines=tuple(_words(item) for item in details.medications.active),
        allergies=tuple(_words(item) for item in details.allergies.active),
        no_known_allergies=details.allergies.none_known, results=tuple(newest.values()),
        attachable=(*(_order(reader, order) for order in orders), *_notes(session, reader, patient_id)),
    )  # fmt: skip


def _words(item: Any) -> str:
    return ", ".join(part for part in (item.display, item.detail) if part)


def _rows(*columns: Any) -> Any:
    return (
        select(
            Referral.id, Referral.patient_id, Referral.specialty, Referral.reason, Referral.priority, Referral.status,
            Referral.referred_to, Referral.provider_id, Referral.created_at, Referral.sent_at, Patient.first_name,
            Patient.last_name, Patient.date_of_birth, Patient.demographics, Provider.name.label("provider_name"),
            ReferralDetail.appointment_on, *columns,
        )
        .join(Patient, Patient.id == Referral.patient_id)
        .join(Provider, Provider.id == Referral.provider_id)
        .outerjoin(ReferralDetail, ReferralDetail.referral_id == Referral.id)
    )  # fmt: skip


def _row(row: Any, reader: Reader, days: Any) -> ReferralRow:
    due = due_at(row.status, row.priority, row.created_at, row.sent_at, days)
    preferred = read_demographics(row.demographics).preferred_name
    return ReferralRow(
        id=row.id, patient_id=row.patient_id, patient_name=display_name(row.first_name, row.last_name, preferred),
        born=row.date_of_birth, specialty=row.specialty, reason=row.reason, priority=row.priority, status=row.status,
        referred_to=row.referred_to or "", provider_id=row.provider_id, provider_name=row.provider_name,
        created_at=row.created_at, sent_at=row.sent_at, due_at=due, overdue=due is not None and due <= reader.now,
        appointment_on=row.appointment_on,
    )  # fmt: skip


def waiting_days(session: Session, reader: Reader) -> Mapping[ReferralPriority, int]:
    """Return after how many days a referral is overdue, by priority: the clinic's setting. One statement."""
    found = session.execute(select(ClinicSettings.settings).where(ClinicSettings.clinic_id == reader.clinic_id)).first()
    return days_of(found.settings if found is not None else None)


def _last_orders(session: Session, reader: Reader, patient_id: str) -> Sequence[Any]:
    """The latest orders; the values only for who may read them."""
    values = (LabOrder.results,) if reader.roles & {Role.PROVIDER, Role.ADMIN} else ()
    return session.execute(
        select(LabOrder.id, LabOrder.tests, LabOrder.ordered_at, LabOrder.completed_at, *values)
        .where(LabOrder.patient_id == patient_id, LabOrder.status == LabOrderStatus.COMPLETED)
        .order_by(LabOrder.ordered_at.desc(), LabOrder.id)
        .limit(LAST_ORDERS)
    ).all()


def _readable(reader: Reader, order: Any) -> tuple[LabResult, ...]:
    if not reader.roles & {Role.PROVIDER, Role.ADMIN}:
        return ()
    found, _unreadable = read_results(order.results)
    return tuple(result for result in found if not result.void and result.value != "")


def _order(reader: Reader, order: Any) -> Attached:
    at = order.completed_at or order.ordered_at
    return Attached("lab_orders", order.id, ", ".join(order.tests or ()), at.astimezone(reader.zone).date())


def _note(reader: Reader, note: Any) -> Attached:
    return Attached("visit_note", note.id, t("Visit note"), note.created_at.astimezone(reader.zone).date())


def _notes(session: Session, reader: Reader, patient_id: str) -> tuple[Attached, ...]:
    rows = session.execute(
        select(VisitNote.id, VisitNote.created_at)
        .where(VisitNote.patient_id == patient_id)
        .order_by(VisitNote.created_at.desc(), VisitNote.id)
        .limit(LAST_ORDERS)
    ).all()
    return tuple(_note(reader, row) for row in rows)


def _attached(session: Session, reader: Reader, wanted: Sequence[Attachment]) -> tuple[Attached, ...]:
    """Name what is attached; what is no longer there keeps its id."""
    ids = [one.id for one in wanted]
    if not ids:
        return ()
    orders = session.execute(
        select(LabOrder.id, LabOrder.tests, LabOrder.ordered_at, LabOrder.completed_at).where(LabOrder.id.in_(ids))
    ).all()
    notes = session.execute(select(VisitNote.id, VisitNote.created_at).where(VisitNote.id.in_(ids))).all()
    named = {("lab_orders", row.id): _order(reader, row) for row in orders}
    named |= {("visit_note", row.id): _note(reader, row) for row in notes}
    return tuple(named.get((one.table, one.id), Attached(one.table, one.id, one.id, None)) for one in wanted)

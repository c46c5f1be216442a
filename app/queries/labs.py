"""Results that wait for a signature, and the orders of a clinic or patient. Values only for who may read them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    Cover,
    LabOrder,
    LabOrderDetail,
    LabReview,
    Login,
    Patient,
    Provider,
    ProviderSettings,
    Task,
)
from app.domain.demographics import read_demographics
from app.domain.enums import LabOrderStatus, NextStep, ReviewState, Role
from app.domain.lab_codes import expected, in_order, read_results
from app.domain.lab_tracking import OVERDUE_AFTER, is_late
from app.domain.labs import LabResult, content_hash, is_to_read
from app.domain.lifetime import age_reached, death_of
from app.domain.patients import display_name
from app.queries.core import Page, Reader, instant, query, read_cursor

PAGE = 100
MOST_WAITING = 500
RELEASED_FOR = timedelta(days=30)
"""How long the desk sees what was released."""


class Which(StrEnum):
    """Which of the waiting results are listed."""

    ALL = "ALL"
    MINE = "MINE"
    CRITICAL = "CRITICAL"
    PARTIAL = "PARTIAL"
    COVERING = "COVERING"
    HISTORY = "HISTORY"


@dataclass(frozen=True, slots=True)
class Gist:
    """The one result that a line of the list names, and what there is beside it."""

    lead: LabResult | None
    more_abnormal: int
    readable: int
    wanted: int
    unreadable: int
    to_read: int = 0
    """How many of them no limit calls in range or out of it: texts, and numbers without a range."""


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """Results in the list; instants aware UTC. ``gist`` is None for who may not read values."""

    order_id: str
    patient_id: str
    patient_name: str
    born: date | None
    age: int | None
    tests: tuple[str, ...]
    state: ReviewState
    resulted_at: datetime
    critical: bool
    abnormal: bool
    partial: bool
    corrected: bool
    history: bool
    owner_user: str | None
    owner_name: str
    provider_name: str
    mine: bool
    signs_for: bool
    """Whether the reader stands in for the owner now and signs their results."""
    next_step: NextStep | None
    released_text: str
    gist: Gist | None
    results_hash: str
    """What a signature has to carry; empty for who may not read values."""


@dataclass(frozen=True, slots=True)
class ReviewList:
    """The list and how many each filter has, all of the clinic's waiting results counted."""

    items: tuple[ReviewRow, ...]
    counts: dict[Which, int]
    oldest: datetime | None
    more: bool


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a list, without values."""

    id: str
    patient_id: str
    patient_name: str
    born: date | None
    provider_id: str
    provider_name: str
    tests: tuple[str, ...]
    status: LabOrderStatus
    priority: str
    fasting: bool
    ordered_at: datetime
    collected_at: datetime | None
    completed_at: datetime | None
    cancel_reason: str
    notes: str
    review: ReviewState | None
    critical: bool
    owner_name: str
    released_text: str
    wanted_on: date | None = None
    """The day of the clinic from which on a repeat is wanted."""
    late: bool = False
    """Whether it is open and its results should have been here by now."""


def may_read_values(reader: Reader) -> bool:
    """Tell whether somebody may read the values of results."""
    return bool(reader.roles & {Role.PROVIDER, Role.ADMIN})


@query(offline=True)
def results_to_review(session: Session, reader: Reader, *, which: Which = Which.ALL) -> ReviewList:
    """Return the results that wait, critical ones first, then the oldest; old imports only as HISTORY.

    Three statements. The desk also sees what was released in the last 30 days.
    """
    covered = _covered(session, reader)
    values = may_read_values(reader)
    counts, oldest = _counts(session, reader, covered)
    listed = _waiting(reader, values=values, history=which is Which.HISTORY).where(_of(which, reader, covered))
    rows = session.execute(listed).all()
    shown = tuple(_row(row, reader, covered, values=values) for row in rows[:MOST_WAITING])
    return ReviewList(shown, counts, oldest, more=len(rows) > MOST_WAITING)


def _of(which: Which, reader: Reader, covered: Collection[str]) -> ColumnElement[bool]:
    """What makes results be of a filter. The database looks: among the clinic's first few hundred there may be none."""
    match which:
        case Which.ALL:
            return true()
        case Which.MINE:  # what is nobody's is everybody's who may sign, and who stands in has the other's
            return or_(LabReview.owner_user.is_(None), LabReview.owner_user.in_((reader.user_id, *covered)))
        case Which.CRITICAL:
            return LabReview.critical.is_(True)
        case Which.PARTIAL:
            return LabReview.partial.is_(True)
        case Which.COVERING:
            return LabReview.owner_user.in_(tuple(covered))
        case Which.HISTORY:
            return LabReview.history.is_(True)


def _counts(session: Session, reader: Reader, covered: Collection[str]) -> tuple[dict[Which, int], datetime | None]:
    """How many results wait by filter (old imports only as HISTORY), and since when the first one does."""
    own = LabReview.history.is_(False)
    parts = {
        one: LabReview.history.is_(True) if one is Which.HISTORY else and_(own, _of(one, reader, covered))
        for one in Which
    }
    row = session.execute(
        select(
            func.min(case((own, LabReview.resulted_at))),
            *(func.count(case((part, LabReview.order_id))) for part in parts.values()),
        ).where(LabReview.clinic_id == reader.clinic_id, LabReview.state == ReviewState.WAITING)
    ).one()
    return dict(zip(parts, row[1:], strict=True)), row[0]


def waiting_results(reader: Reader, *, history: bool = False) -> Any:
    """Return how many results wait, old imports (``history``) or the others, as a scalar subquery."""
    return (
        select(func.count())
        .select_from(LabReview)
        .where(
            LabReview.clinic_id == reader.clinic_id,
            LabReview.state == ReviewState.WAITING,
            LabReview.history.is_(history),
        )
        .scalar_subquery()
    )


def _covered(session: Session, reader: Reader) -> dict[str, bool]:
    """The users for whom the reader stands in now, and whether they sign their results."""
    rows = session.execute(
        select(Cover.for_user, Cover.may_sign).where(
            Cover.by_user == reader.user_id, Cover.starts_at <= reader.now, Cover.ends_at > reader.now
        )
    ).all()
    found: dict[str, bool] = {}
    for row in rows:  # two covers may overlap: one that signs is enough
        found[row.for_user] = row.may_sign or found.get(row.for_user, False)
    return found


_OWNER = aliased(Login, name="owner")


def _waiting(reader: Reader, *, values: bool, history: bool) -> Any:
    urgent = case((LabReview.critical.is_(True), 0), else_=1)
    waiting = LabReview.state == ReviewState.WAITING
    released = and_(LabReview.state == ReviewState.SIGNED, LabReview.signed_at > reader.now - RELEASED_FOR)
    signed_last = case((waiting, 0), else_=1)
    return (
        select(
            LabReview.order_id, LabReview.patient_id, LabReview.state, LabReview.resulted_at, LabReview.critical,
            LabReview.abnormal, LabReview.partial, LabReview.corrected, LabReview.history, LabReview.owner_user,
            LabReview.next_step, LabReview.released_text, LabOrder.tests, LabOrder.status, Patient.first_name,
            Patient.last_name, Patient.date_of_birth, Patient.demographics, Patient.flags,
            Provider.name.label("provider_name"),
            _OWNER.display_name.label("owner_name"), *([LabOrder.results] if values else []),
        )
        .join(LabOrder, LabOrder.id == LabReview.order_id)
        .join(Patient, Patient.id == LabReview.patient_id)
        .outerjoin(Provider, Provider.id == LabOrder.provider_id)
        .outerjoin(_OWNER, _OWNER.user_id == LabReview.owner_user)
        .where(
            LabReview.clinic_id == reader.clinic_id, LabReview.history.is_(history),
            waiting if values or history else or_(waiting, released),
        )
        .order_by(signed_last, urgent, LabReview.resulted_at, LabReview.order_id)
        .limit(MOST_WAITING + 1)
    )  # fmt: skip


def _row(row: Any, reader: Reader, covered: Mapping[str, bool], *, values: bool) -> ReviewRow:
    details = read_demographics(row.demographics)
    tests = tuple(row.tests or ())
    return ReviewRow(
        order_id=row.order_id,
        patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name),
        born=row.date_of_birth,
        age=age_reached(row.date_of_birth, reader.today, death_of(details, row.flags)),
        tests=tests,
        state=row.state,
        resulted_at=row.resulted_at,
        critical=row.critical,
        abnormal=row.abnormal,
        partial=row.partial,
        corrected=row.corrected,
        history=row.history,
        owner_user=row.owner_user,
        owner_name=row.owner_name or row.provider_name or "",
        provider_name=row.provider_name or "",
        mine=row.owner_user == reader.user_id,
        signs_for=covered.get(row.owner_user, False),
        next_step=row.next_step,
        released_text=row.released_text,
        gist=_gist(row.results, tests) if values else None,
        results_hash=content_hash(row.results) if values else "",
    )


def _gist(results: Any, tests: tuple[str, ...]) -> Gist:
    items, unreadable = read_results(results)
    ordered = in_order(items, tests)
    notable = [item for item in ordered if item.abnormal]
    lead = next((item for item in notable if item.critical), notable[0] if notable else None)
    wanted = max(len(expected(tests)), len(items))
    return Gist(lead, max(0, len(notable) - 1), len(items), wanted, unreadable, sum(map(is_to_read, items)))


@query(offline=True)
def lab_orders(
    session: Session,
    reader: Reader,
    *,
    patient_id: str | None = None,
    open_only: bool = False,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[OrderRow]:
    """Return orders, the newest first, a page at a time, without values. One statement."""
    statement = _orders().where(Patient.clinic_id == reader.clinic_id)
    if patient_id is not None:
        statement = statement.where(LabOrder.patient_id == patient_id)
    if open_only:
        statement = statement.where(LabOrder.status.in_(_OPEN))
    if cursor:
        at, last_id = read_cursor(cursor, instant, str)
        beside = and_(LabOrder.ordered_at == at, LabOrder.id < last_id)
        statement = statement.where(or_(LabOrder.ordered_at < at, beside))
    rows = session.execute(statement.order_by(LabOrder.ordered_at.desc(), LabOrder.id.desc()).limit(limit + 1)).all()
    shown = tuple(_order_row(row, reader) for row in rows[:limit])
    more = len(rows) > limit
    return Page(shown, more=more, cursor=f"{shown[-1].ordered_at.isoformat()}|{shown[-1].id}" if more else None)


@query(offline=True)
def waiting_orders(session: Session, reader: Reader, *, limit: int = PAGE) -> Page[OrderRow]:
    """Return orders without all their results: those that are late first, then the oldest. One statement, one page."""
    late = [_late(priority, reader.now - after, reader.zone) for priority, after in OVERDUE_AFTER.items()]
    rows = session.execute(
        _orders()
        .where(Patient.clinic_id == reader.clinic_id, LabOrder.status.in_(_OPEN))
        .order_by(case((or_(*late), 0), else_=1), LabOrder.ordered_at, LabOrder.id)
        .limit(limit + 1)
    ).all()
    return Page(tuple(_order_row(row, reader) for row in rows[:limit]), more=len(rows) > limit)


def _late(priority: str, before: datetime, zone: tzinfo) -> ColumnElement[bool]:
    """As ``is_late``: ordered, and where it is a repeat wanted, before an instant. An odd priority is a routine one."""
    asked, routine = func.coalesce(LabOrderDetail.priority, "ROUTINE"), priority == "ROUTINE"
    asks = asked.not_in([one for one in OVERDUE_AFTER if one != priority]) if routine else asked == priority
    wanted = func.coalesce(_WANTED_ON, date.min) <= before.astimezone(zone).date()
    return and_(asks, LabOrder.ordered_at < before, wanted)


_OPEN = (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS)
_WANTED_ON = case(
    (
        LabOrderDetail.repeat_of.is_not(None),
        select(func.max(Task.due_on))
        .where(Task.source_table == "lab_orders", Task.source_id == LabOrder.id)
        .correlate(LabOrder)
        .scalar_subquery(),
    )
)
"""From when on a repeat is wanted: the day of the task that came with it, also after it was put off."""


def _orders() -> Any:
    return (
        select(
            LabOrder.id, LabOrder.patient_id, LabOrder.provider_id, LabOrder.tests, LabOrder.status, LabOrder.notes,
            LabOrder.ordered_at, LabOrder.completed_at, LabOrderDetail.priority, LabOrderDetail.fasting,
            LabOrderDetail.collected_at, LabOrderDetail.cancel_reason, LabReview.state, LabReview.critical,
            LabReview.released_text, _OWNER.display_name.label("owner_name"), Patient.first_name, Patient.last_name,
            Patient.date_of_birth, Patient.demographics, Provider.name.label("provider_name"),
            ProviderSettings.short_name, _WANTED_ON.label("wanted_on"),
        )
        .join(Patient, Patient.id == LabOrder.patient_id)
        .outerjoin(LabOrderDetail, LabOrderDetail.order_id == LabOrder.id)
        .outerjoin(LabReview, LabReview.order_id == LabOrder.id)
        .outerjoin(_OWNER, _OWNER.user_id == LabReview.owner_user)
        .outerjoin(Provider, Provider.id == LabOrder.provider_id)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
    )  # fmt: skip


def _order_row(row: Any, reader: Reader) -> OrderRow:
    details = read_demographics(row.demographics)
    priority, wanted = row.priority or "ROUTINE", row.wanted_on
    since = row.ordered_at if wanted is None else max(row.ordered_at, datetime.combine(wanted, time(), reader.zone))
    return OrderRow(
        id=row.id,
        patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name),
        born=row.date_of_birth,
        provider_id=row.provider_id,
        provider_name=row.short_name or row.provider_name or "",
        tests=tuple(row.tests or ()),
        status=row.status,
        priority=priority,
        fasting=bool(row.fasting),
        ordered_at=row.ordered_at,
        collected_at=row.collected_at,
        completed_at=row.completed_at,
        cancel_reason=row.cancel_reason or "",
        notes=row.notes or "",
        review=row.state,
        critical=bool(row.critical),
        owner_name=row.owner_name or row.provider_name or "",
        released_text=row.released_text or "",
        wanted_on=wanted,
        late=row.status in _OPEN and is_late(since, priority, reader.now),
    )

"""One order with its results: earlier dates beside each value, what was corrected, who signed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.db.models import (
    Cover,
    LabOrder,
    LabOrderDetail,
    LabResultHistory,
    LabReview,
    LabSignature,
    Login,
    Patient,
    Provider,
)
from app.domain.demographics import read_demographics
from app.domain.enums import LabOrderStatus, NextStep, ReviewState
from app.domain.lab_codes import expected, in_order, read_results
from app.domain.labs import LabResult, content_hash, same_unit
from app.domain.lifetime import age_reached, death_of
from app.domain.patients import display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query
from app.queries.labs import may_read_values

EARLIER_DATES = 3
_LOOK_BACK = 40
"""Earlier orders that are read for the values beside."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier version of a result: what stood there until when, and why it was replaced."""

    item: LabResult
    replaced_at: datetime
    reason: str
    by_name: str


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One result; ``before`` has one place for each of the order's earlier dates, None where nothing was measured."""

    item: LabResult
    before: tuple[LabResult | None, ...]
    history: tuple[Earlier, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature that was given."""

    at: datetime
    by_name: str
    for_name: str
    next_step: NextStep
    note: str
    current: bool
    """Whether it is of the results as they stand."""


@dataclass(frozen=True, slots=True)
class OrderResults:
    """Everything about one order. ``results_hash`` is what a signature has to carry; ``may_sign`` without a word."""

    id: str
    patient_id: str
    patient_name: str
    born: date | None
    age: int | None
    mrn: str
    medications: tuple[str, ...]
    tests: tuple[str, ...]
    status: LabOrderStatus
    notes: str
    ordered_at: datetime
    completed_at: datetime | None
    collected_at: datetime | None
    priority: str
    fasting: bool
    diagnosis: str
    laboratory: str
    cancel_reason: str
    repeat_of: str | None
    provider_id: str
    provider_name: str
    review: ReviewState | None
    resulted_at: datetime | None
    critical: bool
    abnormal: bool
    partial: bool
    owner_user: str | None
    owner_name: str
    may_sign: bool
    dates: tuple[date, ...]
    lines: tuple[ResultLine, ...]
    missing: tuple[str, ...]
    unreadable: int
    results_hash: str
    signatures: tuple[Signed, ...]

    @property
    def taken_at(self) -> datetime | None:
        """When the specimen was taken, as the results or the order say."""
        times = [line.item.observed_at for line in self.lines if line.item.observed_at is not None]
        return self.collected_at or min(times, default=None)


@query(offline=True)
def order_results(session: Session, reader: Reader, *, order_id: str) -> OrderResults:
    """Return an order with its values; five statements. Refuses ("NotAllowed") who may not read values."""
    if not may_read_values(reader):
        raise Refused("NotAllowed", t("Your role doesn't show the values of results."), field="orderId")
    row = session.execute(_order(order_id, reader)).first()
    if row is None:
        raise Refused("NoSuchOrder", t("There is no such order here."), field="orderId")
    tests = tuple(row.tests or ())
    items, unreadable = read_results(row.results)
    items = in_order(items, tests)
    dates, before = _before(session, reader, row, items)
    history = _history(session, order_id)
    lines = tuple(
        ResultLine(item, tuple(before[day].get(_key(item)) for day in dates), history.get(item.key, ()))
        for item in items
    )
    return _view(row, reader, lines, dates, (unreadable, _signatures(session, row), _covers(session, reader, row)))


def _key(item: LabResult) -> str:
    return item.key


_OWNER = aliased(Login, name="owner")
_BY, _FOR = aliased(Login, name="signer"), aliased(Login, name="signed_for")


def _order(order_id: str, reader: Reader) -> Any:
    return (
        select(
            LabOrder.id, LabOrder.patient_id, LabOrder.provider_id, LabOrder.tests, LabOrder.status, LabOrder.notes,
            LabOrder.ordered_at, LabOrder.completed_at, LabOrder.results, LabOrderDetail.collected_at,
            LabOrderDetail.priority, LabOrderDetail.fasting, LabOrderDetail.diagnosis, LabOrderDetail.laboratory,
            LabOrderDetail.cancel_reason, LabOrderDetail.repeat_of, LabReview.state, LabReview.resulted_at,
            LabReview.critical, LabReview.abnormal, LabReview.partial, LabReview.owner_user,
            _OWNER.display_name.label("owner_name"), Provider.name.label("provider_name"), Patient.first_name,
            Patient.last_name, Patient.date_of_birth, Patient.demographics, Patient.flags,
        )
        .join(Patient, Patient.id == LabOrder.patient_id)
        .outerjoin(LabOrderDetail, LabOrderDetail.order_id == LabOrder.id)
        .outerjoin(LabReview, LabReview.order_id == LabOrder.id)
        .outerjoin(_OWNER, _OWNER.user_id == LabReview.owner_user)
        .outerjoin(Provider, Provider.id == LabOrder.provider_id)
        .where(LabOrder.id == order_id, Patient.clinic_id == reader.clinic_id)
    )  # fmt: skip


def _before(
    session: Session, reader: Reader, row: Any, items: Sequence[LabResult]
) -> tuple[tuple[date, ...], dict[date, dict[str, LabResult]]]:
    """The three latest earlier dates on which one of these tests has a value, and the values."""
    if not items:
        return (), {}
    at = func.coalesce(LabOrder.completed_at, LabOrder.ordered_at)
    mine = row.completed_at or row.ordered_at
    others = session.execute(
        select(LabOrder.results, at.label("at"))
        .where(
            LabOrder.patient_id == row.patient_id, LabOrder.id != row.id, LabOrder.results.is_not(None),
            LabOrder.ordered_at <= mine,
        )
        .order_by(LabOrder.ordered_at.desc(), LabOrder.id.desc())
        .limit(_LOOK_BACK)
    ).all()  # fmt: skip
    wanted = {item.key: item for item in items}
    times = [item.observed_at for item in items if item.observed_at is not None]
    until = min(times, default=mine)
    found: dict[date, dict[str, LabResult]] = defaultdict(dict)
    for other in others:
        for item in _alike(read_results(other.results)[0], wanted):
            when = item.observed_at or other.at
            if when < until:
                found[when.astimezone(reader.zone).date()].setdefault(item.key, item)
    dates = tuple(sorted(found, reverse=True)[:EARLIER_DATES])
    return dates, found


def _alike(items: Iterable[LabResult], wanted: dict[str, LabResult]) -> Iterable[LabResult]:
    """Results of the same tests in the same unit: others stand nowhere beside."""
    for item in items:
        now = wanted.get(item.key)
        if now is not None and not item.void and same_unit(item.unit, now.unit):
            yield item


def _history(session: Session, order_id: str) -> dict[str, tuple[Earlier, ...]]:
    rows = session.execute(
        select(
            LabResultHistory.code, LabResultHistory.item, LabResultHistory.reason, LabResultHistory.replaced_at,
            Login.display_name,
        )
        .outerjoin(Login, Login.user_id == LabResultHistory.by_user)
        .where(LabResultHistory.order_id == order_id)
        .order_by(LabResultHistory.replaced_at.desc(), LabResultHistory.id)
    ).all()  # fmt: skip
    found: dict[str, list[Earlier]] = defaultdict(list)
    for row in rows:
        for item in read_results([row.item])[0]:
            found[row.code].append(Earlier(item, row.replaced_at, row.reason, row.display_name or ""))
    return {code: tuple(versions) for code, versions in found.items()}


def _signatures(session: Session, row: Any) -> tuple[Signed, ...]:
    digest = content_hash(row.results)
    rows = session.execute(
        select(
            LabSignature.at, LabSignature.next_step, LabSignature.note, LabSignature.results_hash,
            _BY.display_name.label("by_name"), _FOR.display_name.label("for_name"),
        )
        .outerjoin(_BY, _BY.user_id == LabSignature.by_user)
        .outerjoin(_FOR, _FOR.user_id == LabSignature.for_user)
        .where(LabSignature.order_id == row.id)
        .order_by(LabSignature.at.desc(), LabSignature.id)
    ).all()  # fmt: skip
    return tuple(
        Signed(one.at, one.by_name or "", one.for_name or "", one.next_step, one.note, one.results_hash == digest)
        for one in rows
    )


def _covers(session: Session, reader: Reader, row: Any) -> bool:
    """Whether the reader signs for the owner without saying so: it is their own, nobody's, or they stand in."""
    if row.owner_user is None or row.owner_user == reader.user_id:
        return True
    found = session.execute(
        select(Cover.id).where(
            Cover.for_user == row.owner_user, Cover.by_user == reader.user_id, Cover.may_sign.is_(True),
            Cover.starts_at <= reader.now, Cover.ends_at > reader.now,
        )
    ).first()  # fmt: skip
    return found is not None


def _view(
    row: Any,
    reader: Reader,
    lines: tuple[ResultLine, ...],
    dates: tuple[date, ...],
    rest: tuple[int, tuple[Signed, ...], bool],
) -> OrderResults:
    details = read_demographics(row.demographics)
    tests = tuple(row.tests or ())
    here = {line.item.key for line in lines} | {line.item.name.casefold() for line in lines}
    missing = tuple(one.name for one in expected(tests) if not {one.code, one.name.casefold()} & here)
    return OrderResults(
        id=row.id,
        patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name, details.preferred_name),
        born=row.date_of_birth,
        age=age_reached(row.date_of_birth, reader.today, death_of(details, row.flags)),
        mrn=details.mrn,
        medications=tuple(entry.display for entry in details.medications.active),
        tests=tests,
        **_facts(row),
        may_sign=rest[2],
        dates=dates,
        lines=lines,
        missing=missing,
        unreadable=rest[0],
        results_hash=content_hash(row.results),
        signatures=rest[1],
    )


def _facts(row: Any) -> dict[str, Any]:
    """What the order, its detail and its review say, by the names of `OrderResults`."""
    return {
        "status": row.status,
        "notes": row.notes or "",
        "ordered_at": row.ordered_at,
        "completed_at": row.completed_at,
        "collected_at": row.collected_at,
        "priority": row.priority or "ROUTINE",
        "fasting": bool(row.fasting),
        "diagnosis": row.diagnosis or "",
        "laboratory": row.laboratory or "",
        "cancel_reason": row.cancel_reason or "",
        "repeat_of": row.repeat_of,
        "provider_id": row.provider_id,
        "provider_name": row.provider_name or "",
        "review": row.state,
        "resulted_at": row.resulted_at,
        "critical": bool(row.critical),
        "abnormal": bool(row.abnormal),
        "partial": bool(row.partial),
        "owner_user": row.owner_user,
        "owner_name": row.owner_name or row.provider_name or "",
    }

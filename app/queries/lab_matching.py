"""What filing laboratories' messages must know: messages and orders that are here, and who may be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, Select, or_, select

from app.db.models import LabMessage, LabOrder, LabOrderDetail, Patient, PatientDetail, PatientSearch
from app.db.search_text import fold_record, record_number
from app.domain.enums import LabMessageState
from app.domain.lab_matching import Known, record_numbers
from app.domain.lab_messages import ReportedOrder, TakenMessage

Fetch: TypeAlias = Callable[[Select[*tuple[Any, ...]]], Sequence[Row[*tuple[Any, ...]]]]
"""Runs a select and returns all rows."""


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order that is here. ``has_detail``: there is a row of its detail. Times are aware UTC."""

    id: str
    patient_id: str
    placer_id: str | None = None
    filler_id: str | None = None
    laboratory: str = ""
    collected_at: datetime | None = None
    tests: tuple[str, ...] = ()
    has_detail: bool = True


@dataclass(frozen=True, slots=True)
class MessageRef:
    """A message that came before."""

    id: str
    content_hash: str
    sender: str
    control_id: str
    state: LabMessageState
    patient_id: str | None
    order_ids: tuple[str, ...]


@dataclass(slots=True)
class LabKnowledge:
    """What the database knows about a batch of messages; filing adds what it makes."""

    messages: dict[str, MessageRef] = field(default_factory=dict)
    orders: dict[str, OrderRef] = field(default_factory=dict)
    people: dict[str, Known] = field(default_factory=dict)
    numbers: dict[str, set[str]] = field(default_factory=dict)
    """Patients by folded record number, and by their id here."""

    def candidates(self, message: TakenMessage) -> list[Known]:
        """Who has a number or an order that the message names."""
        report = message.report
        if report is None:
            return []
        numbered: set[str] = set()
        for number in record_numbers(report.person):
            numbered |= self.numbers.get(fold_record(number), set()) | self.numbers.get(f"id {number}", set())
        owners = {ref.patient_id for order in report.orders for ref in self.placed(order)}
        return [
            replace(one, has_number=one.patient_id in numbered, has_order=one.patient_id in owners)
            for one in self.people.values()
            if one.patient_id in numbered | owners
        ]

    def placed(self, order: ReportedOrder) -> list[OrderRef]:
        """The orders of ours that a reported one names as its placer's."""
        return [ref for ref in self.orders.values() if {ref.id, ref.placer_id} & set(order.placer_ids)]

    def filled(self, order: ReportedOrder, sender: str) -> list[OrderRef]:
        """The orders that the same laboratory has reported under this number before."""
        number = order.number
        refs = self.orders.values()
        return [ref for ref in refs if number and ref.filler_id == number and ref.laboratory in ("", sender)]

    def before(self, message: TakenMessage) -> MessageRef | None:
        """The message of the same sender with the same number, taken to a chart, if there was one."""
        found = (
            one for one in self.messages.values()
            if message.control_id and (one.sender, one.control_id) == (message.sender, message.control_id)
            and one.state is LabMessageState.APPLIED
        )  # fmt: skip
        return next(found, None)


def load_knowledge(fetch: Fetch, clinic_id: str, messages: Sequence[TakenMessage]) -> LabKnowledge:
    """Load what is known of a batch; three questions, a fourth for the owners of orders."""
    known = LabKnowledge()
    _load_messages(fetch, clinic_id, messages, known)
    reports = [one.report for one in messages if one.report is not None]
    orders = [order for report in reports for order in report.orders]
    _load_orders(fetch, clinic_id, orders, known)
    numbers = {number for report in reports for number in record_numbers(report.person)}
    _load_people(fetch, clinic_id, numbers, known)
    missing = {ref.patient_id for ref in known.orders.values()} - known.people.keys()
    if missing:
        _keep_people(fetch(_people(clinic_id).where(Patient.id.in_(sorted(missing)))), known, ())
    return known


def _load_messages(fetch: Fetch, clinic_id: str, messages: Iterable[TakenMessage], known: LabKnowledge) -> None:
    hashes = sorted({one.content_hash for one in messages})
    controls = sorted({one.control_id for one in messages if one.control_id})
    columns = (
        LabMessage.id, LabMessage.content_hash, LabMessage.sender, LabMessage.control_id, LabMessage.state,
        LabMessage.patient_id, LabMessage.order_ids,
    )  # fmt: skip
    here = select(*columns).where(
        LabMessage.clinic_id == clinic_id,
        or_(LabMessage.content_hash.in_(hashes), LabMessage.control_id.in_(controls)),
    )
    for row in fetch(here):
        ids = tuple(row.order_ids) if isinstance(row.order_ids, list) else ()
        known.messages[row.content_hash] = MessageRef(
            row.id, row.content_hash, row.sender, row.control_id, row.state, row.patient_id, ids
        )


def orders_here(clinic_id: str) -> Select[*tuple[Any, ...]]:
    """Select what ``OrderRef`` holds, of one clinic."""
    return (
        select(
            LabOrder.id, LabOrder.patient_id, LabOrder.tests, LabOrderDetail.order_id, LabOrderDetail.placer_id,
            LabOrderDetail.filler_id, LabOrderDetail.laboratory, LabOrderDetail.collected_at,
        )
        .join(Patient, Patient.id == LabOrder.patient_id)
        .outerjoin(LabOrderDetail, LabOrderDetail.order_id == LabOrder.id)
        .where(Patient.clinic_id == clinic_id)
    )  # fmt: skip


def order_ref(row: Any) -> OrderRef:
    """Make one of a row."""
    return OrderRef(
        row.id, row.patient_id, row.placer_id, row.filler_id, row.laboratory or "", row.collected_at,
        tuple(row.tests or ()), row.order_id is not None,
    )  # fmt: skip


def _load_orders(fetch: Fetch, clinic_id: str, orders: Sequence[ReportedOrder], known: LabKnowledge) -> None:
    placers = sorted({number for order in orders for number in order.placer_ids})
    fillers = sorted({order.number for order in orders if order.number})
    if not (placers or fillers):
        return
    found = fetch(
        orders_here(clinic_id).where(
            or_(LabOrder.id.in_(placers), LabOrderDetail.placer_id.in_(placers), LabOrderDetail.filler_id.in_(fillers))
        )
    )
    known.orders.update({row.id: order_ref(row) for row in found})


def _people(clinic_id: str) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.demographics,
            PatientDetail.merged_into, PatientSearch.mrn,
        )
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .outerjoin(PatientSearch, PatientSearch.patient_id == Patient.id)
        .where(Patient.clinic_id == clinic_id)
    )  # fmt: skip


def _load_people(fetch: Fetch, clinic_id: str, numbers: set[str], known: LabKnowledge) -> None:
    """By record number, or by our own id where a laboratory was given that."""
    if not numbers:
        return
    folded = sorted({fold_record(number) for number in numbers} - {""})
    with_number = select(PatientSearch.patient_id).where(
        PatientSearch.clinic_id == clinic_id, PatientSearch.mrn.in_(folded)
    )
    rows = [*fetch(_people(clinic_id).where(Patient.id.in_(with_number)))] if folded else []
    rows += fetch(_people(clinic_id).where(Patient.id.in_(sorted(numbers))))
    if set(folded) - {row.mrn for row in rows}:
        rows += _merged(fetch, clinic_id, frozenset(folded))
    _keep_people(rows, known, numbers)
    into = {row.merged_into for row in rows if row.merged_into} - known.people.keys()
    if into:
        _keep_people(fetch(_people(clinic_id).where(Patient.id.in_(sorted(into)))), known, ())


def _merged(fetch: Fetch, clinic_id: str, numbers: frozenset[str]) -> list[Any]:
    """Patients who were merged into others; search knows them no more, a laboratory still does."""
    rows = fetch(_people(clinic_id).where(PatientDetail.merged_into.is_not(None)))
    return [row for row in rows if record_number(row.demographics) in numbers]


def _keep_people(rows: Iterable[Any], known: LabKnowledge, numbers: Iterable[str]) -> None:
    """A patient who was merged is the one who took over."""
    named = frozenset(numbers)
    for row in rows:
        target = row.merged_into or row.id
        for number in (row.mrn or record_number(row.demographics), f"id {row.id}" if row.id in named else ""):
            if number:
                known.numbers.setdefault(number, set()).add(target)
        if not row.merged_into:
            known.people[row.id] = Known(
                patient_id=row.id, first_name=row.first_name or "", last_name=row.last_name or "",
                born=row.date_of_birth, demographics=row.demographics if isinstance(row.demographics, dict) else None,
            )  # fmt: skip

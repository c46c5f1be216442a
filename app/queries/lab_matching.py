"""What filing laboratories' messages must know: messages and orders that are here, and who may be meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import ARRAY, Row, Select, Text, bindparam, func, select, union_all

from app.db.models import LabMessage, LabOrder, LabOrderDetail, Patient, PatientDetail, PatientSearch
from app.db.search_text import fold_record, record_number
from app.domain.enums import LabMessageState
from app.domain.lab_matching import Known, Match, match_person, record_numbers
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
    by_person: bool = False
    """Whether a person decided about it: then only a person does again."""


@dataclass(slots=True)
class LabKnowledge:
    """What the database knows about a batch of messages; filing adds what it makes."""

    messages: dict[str, MessageRef] = field(default_factory=dict)
    orders: dict[str, OrderRef] = field(default_factory=dict)
    people: dict[str, Known] = field(default_factory=dict)
    numbers: dict[str, set[str]] = field(default_factory=dict)
    """Patients by folded record number, and by their id here."""
    _applied: dict[tuple[str, str], MessageRef] = field(default_factory=dict)
    _placed: dict[str, list[str]] = field(default_factory=dict)
    _filled: dict[str, list[str]] = field(default_factory=dict)

    def keep_message(self, ref: MessageRef) -> None:
        """Know a message."""
        self.messages[ref.content_hash] = ref
        if ref.control_id and ref.state is LabMessageState.APPLIED:
            self._applied.setdefault((ref.sender, ref.control_id), ref)

    def is_open(self, content_hash: str) -> bool:
        """Whether a message is new, or waits and no person has said anything of it: it may find its patient."""
        ref = self.messages.get(content_hash)
        return ref is None or (ref.state is LabMessageState.UNMATCHED and not ref.by_person)

    def close(self, content_hash: str) -> None:
        """Know that a person has decided about a message meanwhile."""
        self.messages[content_hash] = replace(self.messages[content_hash], by_person=True)

    def keep_order(self, ref: OrderRef) -> None:
        """Know an order, or know it anew."""
        self.orders[ref.id] = ref
        for index, number in ((self._placed, ref.id), (self._placed, ref.placer_id), (self._filled, ref.filler_id)):
            if number and ref.id not in index.setdefault(number, []):
                index[number].append(ref.id)

    def forget_order(self, ref: OrderRef, before: OrderRef | None) -> None:
        """Know an order again as it was, or not at all: the message that made it was refused."""
        del self.orders[ref.id]
        for index in (self._placed, self._filled):
            for number in {ref.id, ref.placer_id, ref.filler_id}:
                if number is not None and ref.id in index.get(number, ()):
                    index[number].remove(ref.id)
        if before is not None:
            self.keep_order(before)

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
            replace(self.people[one], has_number=one in numbered, has_order=one in owners)
            for one in sorted(numbered | owners)
            if one in self.people
        ]

    def placed(self, order: ReportedOrder) -> list[OrderRef]:
        """The orders of ours that a reported one names as its placer's."""
        found = dict.fromkeys(one for number in order.placer_ids for one in self._placed.get(number, ()))
        return [self.orders[one] for one in found]

    def filled(self, order: ReportedOrder, sender: str) -> list[OrderRef]:
        """The orders that the same laboratory has reported under this number before."""
        refs = (self.orders[one] for one in self._filled.get(order.number, ()))
        return [ref for ref in refs if ref.filler_id == order.number and ref.laboratory in ("", sender)]

    def before(self, message: TakenMessage) -> MessageRef | None:
        """The message of the same sender with the same number, taken to a chart, if there was one."""
        return self._applied.get((message.sender, message.control_id))


def load_knowledge(fetch: Fetch, clinic_id: str, messages: Sequence[TakenMessage]) -> LabKnowledge:
    """Load what is known of a batch; a few questions, whatever its size."""
    known = LabKnowledge()
    _load_messages(fetch, clinic_id, messages, known)
    reports = [one.report for one in messages if one.report is not None]
    load_orders(fetch, clinic_id, [order for report in reports for order in report.orders], known)
    numbers = {number for report in reports for number in record_numbers(report.person)}
    _load_people(fetch, clinic_id, numbers, known)
    missing = {ref.patient_id for ref in known.orders.values()} - known.people.keys()
    if missing:
        _keep_people(fetch(_people(clinic_id).where(Patient.id.in_(sorted(missing)))), known, ())
    return known


def _load_messages(fetch: Fetch, clinic_id: str, messages: Iterable[TakenMessage], known: LabKnowledge) -> None:
    """By content, and by number and sender: one index each."""
    hashes = sorted({one.content_hash for one in messages})
    numbered = [one for one in messages if one.control_id]
    columns = (
        LabMessage.id, LabMessage.content_hash, LabMessage.sender, LabMessage.control_id, LabMessage.state,
        LabMessage.patient_id, LabMessage.order_ids, LabMessage.handled_by,
    )  # fmt: skip
    here = select(*columns).where(LabMessage.clinic_id == clinic_id)
    rows = [*fetch(here.where(LabMessage.content_hash.in_(hashes)))]
    if numbered:
        senders, controls = {one.sender for one in numbered}, {one.control_id for one in numbered}
        rows += fetch(
            here.where(LabMessage.sender.in_(sorted(senders)), LabMessage.control_id.in_(sorted(controls)))
            .order_by(LabMessage.received_at, LabMessage.id)
        )  # fmt: skip
    for row in rows:
        ids = tuple(row.order_ids) if isinstance(row.order_ids, list) else ()
        known.keep_message(
            MessageRef(row.id, row.content_hash, row.sender, row.control_id, row.state, row.patient_id, ids,
                       row.handled_by is not None)
        )  # fmt: skip


def match_message(message: TakenMessage, known: LabKnowledge) -> Match:
    """Say whose a message is, or why nobody's; one without results is nobody's."""
    report = message.report
    if report is None:
        return Match(None, message.refusal)
    return Match(None, report.held) if report.held else match_person(report.person, known.candidates(message))


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


def load_orders(fetch: Fetch, clinic_id: str, orders: Sequence[ReportedOrder], known: LabKnowledge) -> None:
    """Load the orders that reported ones name: first by the numbers of their details, each with its index."""
    placers = {number for order in orders for number in order.placer_ids}
    fillers = {order.number for order in orders if order.number}
    if not (placers or fillers):
        return
    detail = select(LabOrderDetail.order_id).where(LabOrderDetail.clinic_id == clinic_id)
    numbered = union_all(
        detail.where(LabOrderDetail.placer_id.in_(sorted(placers))),
        detail.where(LabOrderDetail.filler_id.in_(sorted(fillers))),
    ).subquery()
    ids = placers | {row.order_id for row in fetch(select(numbered.c.order_id))}
    for row in fetch(orders_here(clinic_id).where(LabOrder.id.in_(sorted(ids)))):
        known.keep_order(order_ref(row))


def load_unnumbered(fetch: Fetch, clinic_id: str, wanted: Mapping[str, set[datetime]]) -> tuple[OrderRef, ...]:
    """Load a laboratory's orders without a number, by patient and time of the specimen (``wanted``)."""
    if not wanted:
        return ()
    times = {at for each in wanted.values() for at in each}
    rows = fetch(
        orders_here(clinic_id)
        .where(LabOrder.patient_id.in_(sorted(wanted)), LabOrderDetail.collected_at.in_(sorted(times)))
        .where(LabOrderDetail.filler_id.is_(None))
    )
    return tuple(order_ref(row) for row in rows)


def load_sent(fetch: Fetch, patients: Iterable[str], orders: Iterable[str]) -> list[tuple[tuple[str, ...], str]]:
    """Load the beginning of the messages that filled orders, with the orders of each. Server only."""
    wanted = sorted(orders)
    if not wanted:
        return []
    rows = fetch(
        select(LabMessage.order_ids, func.left(LabMessage.body, 400).label("head")).where(
            LabMessage.patient_id.in_(sorted(patients)),
            LabMessage.state == LabMessageState.APPLIED,
            func.jsonb_exists_any(LabMessage.order_ids, bindparam(None, wanted, type_=ARRAY(Text), unique=True)),
        )
    )
    return [(tuple(row.order_ids), row.head) for row in rows if isinstance(row.order_ids, list)]


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

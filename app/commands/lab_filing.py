"""Filing what laboratories report: into the order that it is about, or into one made for it.

``RecordResults`` is a provider's; who imports may be an ADMIN, who may not write orders. So its handler works on a
book here, whose rows one function of the database writes for the person's clinic.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.commands.core import Change, Context
from app.commands.lab_filing_book import FilingBook
from app.commands.lab_provider import Responsible
from app.commands.labs_results import RecordResults, recorded
from app.db.models import LabOrder, LabOrderDetail
from app.domain.enums import LabOrderStatus
from app.domain.lab_messages import LabReport, ReportedOrder, TakenMessage, sent_stamp
from app.domain.lab_text import laboratory_reason
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.lab_matching import LabKnowledge, OrderRef, load_orders, load_sent, load_unnumbered

MOST_TESTS = 60


@dataclass(frozen=True, slots=True)
class Filed:
    """What filing did: orders made and changed, results replaced, and such as were older than what is there."""

    order_ids: tuple[str, ...]
    made: int
    changed: int
    corrected: int
    late: int
    history: int
    alerts: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Matched:
    """A message with results whose patient is known. ``earlier``: its orders when it came before under its number.

    ``apart``: orders that it was taken out of; they are another patient's, and it doesn't go there again.
    """

    message: TakenMessage
    patient_id: str
    earlier: tuple[str, ...] = ()
    apart: frozenset[str] = frozenset()


class Filing:
    """Files messages one after the other, on one look at the database for all of them."""

    def __init__(
        self, ctx: Context, known: LabKnowledge, messages: Sequence[Matched], *, by_person: bool = True
    ) -> None:
        """Lock what they are about, then load it: what is known from before the lock may have changed.

        ``by_person``: somebody has looked at them and answers for what nobody here ordered.
        """
        self._ctx = ctx
        self._known = known
        self._book = FilingBook(ctx)
        self._responsible = Responsible(ctx, by_person=by_person)
        self._unnumbered: list[OrderRef] = []
        self._sent: dict[str, tuple[bool, str]] = {}
        self._made: list[tuple[OrderRef, OrderRef | None]] = []
        if messages:
            self._load(messages)

    def _load(self, messages: Sequence[Matched]) -> None:
        self._book.lock({one.patient_id for one in messages})
        orders = [order for one in messages if one.message.report for order in one.message.report.orders]
        clinic = self._ctx.actor.clinic_id
        load_orders(self._ctx.all, clinic, orders, self._known)
        self._unnumbered.extend(load_unnumbered(self._ctx.all, clinic, _times(messages)))
        named = [ref for order in orders for ref in self._known.placed(order)]
        filled = [
            ref for one in messages if one.message.report for order in one.message.report.orders
            for ref in self._known.filled(order, one.message.sender)
        ]  # fmt: skip
        earlier = {order_id for one in messages for order_id in one.earlier}
        there = {ref.id for ref in (*named, *filled, *self._unnumbered)} | earlier
        self._book.load(there)
        for ids, head in load_sent(self._ctx.all, {one.patient_id for one in messages}, there):
            self._note_sent(ids, sent_stamp(head))

    def _note_sent(self, order_ids: Iterable[str], sent: tuple[bool, str] | None) -> None:
        if sent is None:
            return
        for order_id in order_ids:
            before = self._sent.setdefault(order_id, sent)
            if sent[0] == before[0] and sent[1] > before[1]:
                self._sent[order_id] = sent

    def _is_late(self, order_id: str, sent: tuple[bool, str] | None) -> bool:
        """Whether the newest message that filled the order was sent after this one."""
        newest = self._sent.get(order_id)
        return sent is not None and newest is not None and newest[0] == sent[0] and newest[1] > sent[1]

    def file(self, one: Matched, report: LabReport) -> Filed:
        """Decide on a message; refuses with nothing of it decided. "OtherPatient": the number is somebody else's."""
        self._book.begin()
        self._made.clear()
        unnumbered = len(self._unnumbered)
        try:
            return self._file(one, report)
        except Refused:
            self._book.take_back()
            for ref, before in self._made:
                self._known.forget_order(ref, before)
            del self._unnumbered[unnumbered:]
            raise

    def _file(self, one: Matched, report: LabReport) -> Filed:
        results: list[dict[str, Any]] = []
        changes: list[Change] = []
        made = history = 0
        sent = sent_stamp(one.message.body)
        for place, order in enumerate(order for order in report.orders if order.items):
            ref = self._order_of(order, one)
            if ref is None and place < len(one.earlier):
                ref = self._known_order(one.earlier[place], order)
            if ref is None:
                ref = self._new_order(order, one)
                made += 1
            self._with_detail(ref, order, one.message.sender)
            command = _results(ref.id, order, one.message.sender, late=self._is_late(ref.id, sent))
            outcome = recorded(command, self._ctx, self._book)
            results.append({**outcome.result, "changed": bool(outcome.changes)})
            changes.extend(outcome.changes)
            history += order.is_history(self._ctx.occurred_at) and bool(outcome.changes)
        order_ids = tuple(dict.fromkeys(str(found["orderId"]) for found in results))
        self._note_sent(order_ids, sent)
        return Filed(
            order_ids=order_ids,
            made=made,
            changed=sum(found["changed"] for found in results),
            corrected=sum(int(found["corrected"]) for found in results),
            late=sum(int(found["late"]) for found in results),
            history=history,
            alerts=sum(int(found["alerts"]) for found in results),
            changes=tuple(dict.fromkeys(changes)),
        )

    def send(self) -> None:
        """Queue the rows of all messages."""
        self._book.send()

    def _order_of(self, order: ReportedOrder, one: Matched) -> OrderRef | None:
        """Find the order that a reported one is about, of this patient; None when there is none."""
        placed = [ref for ref in self._known.placed(order) if ref.id not in one.apart]
        filled = [ref for ref in self._known.filled(order, one.message.sender) if ref.id not in one.apart]
        mine = [ref for ref in (*placed, *filled) if ref.patient_id == one.patient_id]
        if mine:
            return mine[0]
        if filled or placed:
            raise Refused("OtherPatient", t("the laboratory's order number is filed with another patient here"))
        if order.number or order.collected_at is None:
            return None
        same = (one.patient_id, one.message.sender[:200], order.collected_at, _tests(order))
        refs = (ref for ref in self._unnumbered if ref.id not in one.apart)
        return next(
            (ref for ref in refs if (ref.patient_id, ref.laboratory, ref.collected_at, ref.tests) == same), None
        )

    def _known_order(self, order_id: str, order: ReportedOrder) -> OrderRef | None:
        """The order of the same tests that a message of this number filled before: some use a number over and over."""
        ref = self._known.orders.get(order_id)
        if ref is None and self._book.has(order_id):
            here = self._book.order(order_id)
            ref = OrderRef(here.id, here.patient_id, tests=here.tests, has_detail=here.detail_at is not None)
        return ref if ref is not None and ref.tests == _tests(order) else None

    def _new_order(self, order: ReportedOrder, one: Matched) -> OrderRef:
        """Decide on an order for results that nobody here ordered; it is dated when the specimen was taken."""
        order_id, at = self._ctx.ids.cuid(), self._ctx.occurred_at
        stamps = {"ordered_at": min(order.collected_at or at, at), "created_at": at, "updated_at": at}
        self._book.add(
            LabOrder, id=order_id, patient_id=one.patient_id, provider_id=self._responsible.of(order.ordered_by),
            tests=list(_tests(order)), notes=None, status=LabOrderStatus.ORDERED, **stamps,
        )  # fmt: skip
        return OrderRef(order_id, one.patient_id, tests=_tests(order), has_detail=False)

    def _with_detail(self, ref: OrderRef, order: ReportedOrder, sender: str) -> None:
        """Make the detail of an order that has none: by it the laboratory's next message finds the order."""
        if ref.has_detail:
            return
        number = order.number or None
        self._book.add(
            LabOrderDetail, order_id=ref.id, clinic_id=self._ctx.actor.clinic_id, laboratory=sender[:200],
            filler_id=number, collected_at=order.collected_at, updated_at=self._ctx.occurred_at,
        )  # fmt: skip
        made = OrderRef(ref.id, ref.patient_id, ref.placer_id, number, sender[:200], order.collected_at, ref.tests)
        self._made.append((made, self._known.orders.get(ref.id)))
        self._known.keep_order(made)
        if number is None:
            self._unnumbered.append(made)


def _times(messages: Sequence[Matched]) -> dict[str, set[datetime]]:
    """When specimens without a number were taken, by patient."""
    found: dict[str, set[datetime]] = {}
    for one in messages:
        for order in one.message.report.orders if one.message.report else ():
            if not order.number and order.collected_at is not None:
                found.setdefault(one.patient_id, set()).add(order.collected_at)
    return found


def _results(order_id: str, order: ReportedOrder, sender: str, *, late: bool) -> RecordResults:
    return RecordResults(
        order_id=order_id,
        items=order.items,
        complete=order.final,
        imported=True,
        reason=laboratory_reason(),
        laboratory=sender[:200],
        filler_id=order.number or None,
        collected_at=order.collected_at,
        late=late,
    )


def _tests(order: ReportedOrder) -> tuple[str, ...]:
    """The tests of an order that the laboratory made: as it names them, else what it found."""
    return (order.tests or tuple(dict.fromkeys(item.name for item in order.items)))[:MOST_TESTS]

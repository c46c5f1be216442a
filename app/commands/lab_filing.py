"""Filing what a laboratory reports: into the order that it is about, or into one made for it.

``RecordResults`` is a provider's; who imports may be an ADMIN, who may not write orders. So its handler is run here
in a context that hands the rows to one function of the database, which writes them for the person's clinic.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Executable, Insert, Table, Update, insert
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.sql.compiler import SQLCompiler

from app.commands.core import AnySelect, Change, Context, Envelope
from app.commands.lab_provider import responsible_provider
from app.commands.labs_results import RecordResults, record_results
from app.commands.registry import Command
from app.db.base import Base
from app.db.batches import as_json
from app.db.models import Alert, LabOrder, LabOrderDetail, LabResultHistory, LabReview
from app.domain.enums import LabOrderStatus
from app.domain.lab_merge import checked_items
from app.domain.lab_messages import LabReport, ReportedOrder
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.lab_matching import LabKnowledge, OrderRef, order_ref, orders_here

_FILED: dict[str, type[Base]] = {
    "lab_orders": LabOrder,
    "lab_order_detail": LabOrderDetail,
    "lab_review": LabReview,
    "lab_result_history": LabResultHistory,
    "alerts": Alert,
}
MOST_TESTS = 60


@dataclass(frozen=True, slots=True)
class Filed:
    """What filing did. ``results`` counts what is new or different, ``corrected`` what it replaced."""

    order_ids: tuple[str, ...]
    made: int
    changed: int
    corrected: int
    history: int
    alerts: int
    changes: tuple[Change, ...]


class FilingContext(Context):
    """A context whose rows of results and orders go through ``desktop.file_lab_rows``; for the server only."""

    def __init__(self, ctx: Context, command: Command) -> None:
        envelope = Envelope(ctx.command_id, ctx.actor, ctx.workstation, ctx.occurred_at, command)
        super().__init__(ctx.session, envelope, ctx.ids, online=ctx.online)
        self._rows: list[dict[str, Any]] = []

    def lock(self, statement: AnySelect, *, of: Any = None, skip_locked: bool = False) -> AnySelect:  # noqa: ARG002
        """Nothing more to lock: ``lock_lab_filing`` holds the patient's orders."""
        return statement

    def emit(self, *statements: Executable) -> None:
        """Queue statements; inserts and updates of the tables of results wait for the next flush."""
        for statement in statements:
            if isinstance(statement, Insert | Update) and cast(Table, statement.table).name in _FILED:
                self._rows.append(_as_row(statement))
            else:
                super().emit(statement)

    def flush(self) -> None:
        """Send what is queued, rows of results in one call."""
        if self._rows:
            rows, self._rows = self._rows, []
            self.call("file_lab_rows", json.dumps(rows, ensure_ascii=False, allow_nan=False))
        super().flush()


def _as_row(statement: Insert | Update) -> dict[str, Any]:
    """Return the row of an insert, or the changed columns of an update with its key, as JSON."""
    table = cast(Table, statement.table)
    columns = table.c
    values = {key: value for key, value in _parameters(statement).items() if key in columns}
    if isinstance(statement, Update):
        where: Any = statement.whereclause
        values[where.left.name] = where.right.effective_value
    return {
        "into": table.name,
        "insert": isinstance(statement, Insert),
        "row": as_json(_FILED[table.name], values),
    }


def _parameters(statement: Insert | Update) -> Mapping[str, Any]:
    """Return the values of a statement, compiled once for each form as the engine does: that takes the most time."""
    key: Any = statement._generate_cache_key()  # noqa: SLF001 - what the engine's own cache goes by
    if key is None:
        return dict(statement.compile().params)
    compiled = _compiled.get(key.key)
    if compiled is None:
        if len(_compiled) >= _MOST_FORMS:
            _compiled.clear()
        compiled = _compiled[key.key] = SQLCompiler(_DIALECT, statement, cache_key=key)
    return compiled.construct_params(extracted_parameters=key.bindparams, escape_names=False)


_DIALECT = DefaultDialect()
_MOST_FORMS = 100
_compiled: dict[tuple[Any, ...], SQLCompiler] = {}


def check_report(report: LabReport, ctx: Context) -> None:
    """Refuse a report that could not be kept, before anything of it is written."""
    for order in report.orders:
        if order.items:
            checked_items(order.items, ctx.occurred_at, typed=False)


def file_report(
    ctx: Context, command: Command, report: LabReport, patient_id: str, sender: str, known: LabKnowledge,
    earlier: Sequence[str] = (),
) -> Filed:  # fmt: skip
    """File a report for a patient; ``earlier`` are the orders of the same message when it came before.

    Raises ``Refused`` "OtherPatient" when the laboratory's number is filed with somebody else.
    """
    check_report(report, ctx)
    ctx.flush()
    filing = FilingContext(ctx, command)
    filing.call("lock_lab_filing", patient_id)
    results: list[dict[str, Any]] = []
    changes: list[Change] = []
    made = history = 0
    for place, order in enumerate(one for one in report.orders if one.items):
        ref = _order_of(filing, order, patient_id, sender, known)
        if ref is None and place < len(earlier):
            ref = known.orders.get(earlier[place]) or _ref(filing, earlier[place])
        if ref is None:
            ref = _new_order(filing, order, patient_id, sender)
            made += 1
        known.orders[ref.id] = _with_detail(filing, ref, order, sender)
        outcome = record_results(_results(ref.id, order, sender), filing)
        results.append({**outcome.result, "changed": bool(outcome.changes)})
        changes.extend(outcome.changes)
        history += order.is_history(ctx.occurred_at) and bool(outcome.changes)
    filing.flush()
    return Filed(
        order_ids=tuple(dict.fromkeys(str(one["orderId"]) for one in results)),
        made=made,
        changed=sum(one["changed"] for one in results),
        corrected=sum(int(one["corrected"]) for one in results),
        history=history,
        alerts=sum(int(one["alerts"]) for one in results),
        changes=tuple(dict.fromkeys(changes)),
    )


def _results(order_id: str, order: ReportedOrder, sender: str) -> RecordResults:
    return RecordResults(
        order_id=order_id,
        items=order.items,
        complete=order.final,
        imported=True,
        reason=t("corrected by the laboratory"),
        laboratory=sender[:200],
        filler_id=order.number or None,
        collected_at=order.collected_at,
    )


def _order_of(ctx: Context, order: ReportedOrder, patient_id: str, sender: str, known: LabKnowledge) -> OrderRef | None:
    """Find the order that a reported one is about, of this patient; None when there is none."""
    placed = known.placed(order)
    filled = known.filled(order, sender)
    mine = [ref for ref in (*placed, *filled) if ref.patient_id == patient_id]
    if mine:
        return mine[0]
    if filled or placed:
        raise Refused("OtherPatient", t("the laboratory's order number is filed with another patient here"))
    if order.number or order.collected_at is None:
        return None
    rows = ctx.all(
        orders_here(ctx.actor.clinic_id).where(
            LabOrder.patient_id == patient_id,
            LabOrderDetail.laboratory == sender,
            LabOrderDetail.collected_at == order.collected_at,
        )
    )
    same = [order_ref(row) for row in rows]
    return next((ref for ref in same if ref.tests == _tests(order) and not ref.filler_id), None)


def _ref(ctx: Context, order_id: str) -> OrderRef | None:
    row = ctx.first(orders_here(ctx.actor.clinic_id).where(LabOrder.id == order_id))
    return order_ref(row) if row is not None else None


def _tests(order: ReportedOrder) -> tuple[str, ...]:
    """The tests of an order that the laboratory made: as it names them, else what it found."""
    return (order.tests or tuple(dict.fromkeys(item.name for item in order.items)))[:MOST_TESTS]


def _new_order(ctx: Context, order: ReportedOrder, patient_id: str, sender: str) -> OrderRef:
    """Queue an order for results that nobody here ordered; it is dated when the specimen was taken."""
    order_id, at = ctx.ids.cuid(), ctx.occurred_at
    stamps = {"ordered_at": min(order.collected_at or at, at), "created_at": at, "updated_at": at}
    ctx.emit(
        insert(LabOrder).values(
            id=order_id, patient_id=patient_id, provider_id=responsible_provider(ctx, order.ordered_by),
            tests=list(_tests(order)), notes=None, status=LabOrderStatus.ORDERED, **stamps,
        )
    )  # fmt: skip
    return OrderRef(order_id, patient_id, None, order.number or None, sender, None, _tests(order), has_detail=False)


def _with_detail(ctx: Context, ref: OrderRef, order: ReportedOrder, sender: str) -> OrderRef:
    """Queue the detail of an order that has none: by it the laboratory's next message finds the order."""
    if ref.has_detail:
        return ref
    number = order.number or None
    ctx.emit(
        insert(LabOrderDetail).values(
            order_id=ref.id, clinic_id=ctx.actor.clinic_id, laboratory=sender[:200], filler_id=number,
            collected_at=order.collected_at, updated_at=ctx.occurred_at,
        )
    )  # fmt: skip
    return OrderRef(ref.id, ref.patient_id, None, number, sender[:200], order.collected_at, ref.tests)

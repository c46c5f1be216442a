"""Ordering laboratory tests: order, note that the specimen is on its way, cancel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.labs_rows import PRIORITIES, check_place, insert_order, load_order, next_status, save_order_detail
from app.commands.labs_rows import set_order as save_order
from app.domain.enums import LabOrderStatus
from app.domain.permissions import Permission
from app.domain.states import LabAction
from app.kernel.clock import truncate_ms
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid
from app.kernel.text import MAX_LONG, clean_optional, clean_text

MOST_TESTS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLabs(Command):
    """Order tests for a patient: names of sets (``CBC``) or of single tests, or codes.

    ``provider_id`` is who orders, else the person; ``priority`` ROUTINE, URGENT or STAT; ``repeat_of`` the order
    that this one repeats.
    """

    patient_id: str
    tests: Sequence[str]
    notes: str | None = None
    visit_id: str | None = None
    provider_id: str | None = None
    priority: str = "ROUTINE"
    fasting: bool = False
    diagnosis: str = ""
    laboratory: str = ""
    repeat_of: str | None = None
    order_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class StartLabOrder(Command):
    """The specimen was taken, or the patient sent to the laboratory: ORDERED → IN_PROGRESS."""

    order_id: str
    collected_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLabOrder(Command):
    """Call an order off, with the reason."""

    order_id: str
    reason: str


@handles(OrderLabs, permission=Permission.ORDER)
def order_labs(cmd: OrderLabs, ctx: Context) -> Outcome:
    """Insert the order, ORDERED, with its detail. The undo cancels it."""
    tests = clean_tests(cmd.tests)
    provider_id = cmd.provider_id or ctx.actor.provider_id
    if provider_id is None:
        raise Refused("NoProvider", t("Say which provider orders this."), field="providerId")
    if cmd.priority not in PRIORITIES:
        raise Refused("BadValue", t("Choose routine, urgent or stat."), field="priority")
    visit_id = check_place(ctx, cmd.patient_id, provider_id, cmd.visit_id)
    detail = {
        "priority": cmd.priority,
        "fasting": cmd.fasting,
        "diagnosis": clean_text(cmd.diagnosis, "diagnosis", 2000),
        "laboratory": clean_text(cmd.laboratory, "laboratory", 200),
        "repeat_of": cmd.repeat_of,
    }
    notes = clean_optional(cmd.notes, "notes", MAX_LONG)
    insert_order(
        ctx, order_id=cmd.order_id, detail=detail, patient_id=cmd.patient_id, visit_id=visit_id,
        provider_id=provider_id, tests=tests, notes=notes,
    )  # fmt: skip
    return Outcome(
        result={"orderId": cmd.order_id, "status": LabOrderStatus.ORDERED.value, "tests": list(tests)},
        changes=(Change("lab_orders", cmd.order_id),),
        undo=CancelLabOrder(order_id=cmd.order_id, reason=t("Taken back")),
        undo_label=t("lab order"),
    )


def clean_tests(names: Sequence[str]) -> tuple[str, ...]:
    """Return the names of tests, each once, in their order; refuses none, too many, and too long ones."""
    tests = tuple(dict.fromkeys(clean_text(name, "tests", 200, required=True) for name in names))
    if not tests:
        raise Refused("NoTests", t("Choose at least one test."), field="tests")
    if len(tests) > MOST_TESTS:
        raise Refused("TooMany", t("At most {n} tests go on one order.", n=MOST_TESTS), field="tests")
    return tests


@handles(StartLabOrder, permission=Permission.TRACK_ORDERS)
def start_lab_order(cmd: StartLabOrder, ctx: Context) -> Outcome:
    """ORDERED → IN_PROGRESS; one that is on its way already is fine."""
    order = load_order(ctx, cmd.order_id)
    if order.status is not LabOrderStatus.IN_PROGRESS:
        save_order(ctx, order, status=next_status(order, LabAction.START))
        if cmd.collected_at is not None:
            save_order_detail(ctx, order, collected_at=truncate_ms(cmd.collected_at))
    result = {"orderId": order.id, "status": LabOrderStatus.IN_PROGRESS.value}
    return Outcome(result=result, changes=(order.change,))


@handles(CancelLabOrder, permission=Permission.ORDER)
def cancel_lab_order(cmd: CancelLabOrder, ctx: Context) -> Outcome:
    """ORDERED or IN_PROGRESS → CANCELLED."""
    reason = clean_text(cmd.reason, "reason", 2000, required=True)
    order = load_order(ctx, cmd.order_id)
    if order.status is not LabOrderStatus.CANCELLED:
        save_order(ctx, order, status=next_status(order, LabAction.CANCEL))
        save_order_detail(ctx, order, cancel_reason=reason)
    result = {"orderId": order.id, "status": LabOrderStatus.CANCELLED.value}
    return Outcome(result=result, changes=(order.change,))

"""Read and check lab orders for the commands that change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update

from app.commands.core import AnyRow, Change, Context
from app.commands.paper_rows import ongoing_visit
from app.db.models import LabOrder, LabOrderDetail, LabReview, Patient, PatientDetail, Provider, Visit
from app.domain.enums import LabOrderStatus, ReviewState, Role
from app.domain.states import LAB, LabAction
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t

PRIORITIES = ("ROUTINE", "URGENT", "STAT")


@dataclass(frozen=True, slots=True)
class OrderState:
    """A lab order as a command found it (its row is locked); ``results`` is None where they weren't asked for."""

    id: str
    patient_id: str
    provider_id: str
    visit_id: str | None
    tests: tuple[str, ...]
    status: LabOrderStatus
    results: Any
    updated_at: datetime
    detail_at: datetime | None

    @property
    def change(self) -> Change:
        """The row that a command touched."""
        return Change("lab_orders", self.id)


def load_order(ctx: Context, order_id: str, *, results: bool = False) -> OrderState:
    """Lock and read an order; refuses an unknown one. ``results``: only for who may read them."""
    columns = [
        LabOrder.id, LabOrder.patient_id, LabOrder.provider_id, LabOrder.visit_id, LabOrder.tests, LabOrder.status,
        LabOrder.updated_at, LabOrderDetail.updated_at.label("detail_at"),
        *([LabOrder.results] if results else []),
    ]  # fmt: skip
    statement: Any = (
        select(*columns)
        .join(Patient, Patient.id == LabOrder.patient_id)
        .outerjoin(LabOrderDetail, LabOrderDetail.order_id == LabOrder.id)
        .where(LabOrder.id == order_id, Patient.clinic_id == ctx.actor.clinic_id)
    )
    # Who may not change it any more (the desk, once results are in) can't lock it either, but learns where it stands.
    row: Any = ctx.first(ctx.lock(statement, of=LabOrder)) or ctx.first(statement)
    if row is None:
        raise Refused("NoSuchOrder", t("There is no such order here."), field="orderId")
    return OrderState(
        row.id, row.patient_id, row.provider_id, row.visit_id, tuple(row.tests or ()), row.status,
        row.results if results else None, row.updated_at, row.detail_at,
    )  # fmt: skip


def next_status(order: OrderState, action: LabAction) -> LabOrderStatus:
    """Return the state after a step; Conflict "StateChanged" where the machine has none."""
    step = LAB.get((order.status, action))
    if step is None:
        message = t("This order is now: {status}.", status=order_status_word(order.status))
        raise Conflict("StateChanged", message, field="status",
                       server={"orderId": order.id, "status": order.status.value})  # fmt: skip
    return step[0]


def order_status_word(status: LabOrderStatus) -> str:
    """Return where an order stands, in the person's language."""
    words = {
        LabOrderStatus.ORDERED: t("ordered"),
        LabOrderStatus.IN_PROGRESS: t("in progress"),
        LabOrderStatus.COMPLETED: t("results are in"),
        LabOrderStatus.CANCELLED: t("cancelled"),
    }
    return words[status]


def set_order(ctx: Context, order: OrderState, **values: Any) -> None:
    """Queue an update of the order's row."""
    ctx.emit(update(LabOrder).where(LabOrder.id == order.id).values(updated_at=ctx.stamp(order.updated_at), **values))


def save_order_detail(ctx: Context, order: OrderState, **values: Any) -> None:
    """Queue what the order says beside its row; an assistant changes a detail that is there, and makes none."""
    if order.detail_at is not None:
        stamp = ctx.stamp(order.detail_at)
        ctx.emit(update(LabOrderDetail).where(LabOrderDetail.order_id == order.id).values(updated_at=stamp, **values))
    elif Role.PROVIDER in ctx.actor.roles:
        ctx.emit(
            insert(LabOrderDetail).values(
                order_id=order.id, clinic_id=ctx.actor.clinic_id, updated_at=ctx.occurred_at, **values
            )
        )


def insert_order(ctx: Context, *, order_id: str, detail: dict[str, Any], **values: Any) -> None:
    """Queue a new order with its detail."""
    at = ctx.occurred_at
    stamps = {"ordered_at": at, "created_at": at, "updated_at": at}
    ctx.emit(insert(LabOrder).values(id=order_id, status=LabOrderStatus.ORDERED, **stamps, **values))
    ctx.emit(insert(LabOrderDetail).values(order_id=order_id, clinic_id=ctx.actor.clinic_id, updated_at=at, **detail))


def load_review(ctx: Context, order_id: str) -> AnyRow | None:
    """Lock and read where an order's results stand; None without results."""
    columns = (
        LabReview.state, LabReview.owner_user, LabReview.critical, LabReview.abnormal, LabReview.partial,
        LabReview.history, LabReview.corrected, LabReview.signed_by, LabReview.next_step, LabReview.updated_at,
    )  # fmt: skip
    return ctx.first(ctx.lock(select(*columns).where(LabReview.order_id == order_id)))


def user_of(ctx: Context, provider_id: str) -> str | None:
    """Return the account of a provider; None when there is none."""
    row = ctx.first(select(Provider.user_id).where(Provider.id == provider_id))
    return row.user_id if row is not None else None


def check_place(ctx: Context, patient_id: str, provider_id: str, visit_id: str | None) -> str | None:
    """Return the visit that it belongs to: the one named, else the one that goes on with that provider.

    Refuses an unknown patient or provider, and a visit of somebody else; Conflict "Merged".
    """
    merged = select(PatientDetail.merged_into).where(PatientDetail.patient_id == Patient.id).scalar_subquery()
    person = ctx.first(
        select(Patient.id, merged.label("into"), ongoing_visit(patient_id, provider_id).label("ongoing")).where(
            Patient.id == patient_id, Patient.clinic_id == ctx.actor.clinic_id
        )
    )
    if person is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    if person.into is not None:
        raise Conflict("Merged", t("This patient was merged into another one."), into=person.into, field="patientId")
    here = select(Provider.id).where(Provider.id == provider_id, Provider.clinic_id == ctx.actor.clinic_id)
    if ctx.first(here) is None:
        raise Refused("NoProvider", t("There is no such provider here."), field="providerId")
    if visit_id is None:
        return str(person.ongoing) if person.ongoing else None
    visit = ctx.first(select(Visit.patient_id).where(Visit.id == visit_id))
    if visit is None or visit.patient_id != patient_id:
        raise Refused("NoVisit", t("There is no such visit of this patient."), field="visitId")
    return visit_id


def waiting_again(state: ReviewState) -> dict[str, Any]:
    """Return what a review says of its signature when new results came: nothing, the signature itself is kept."""
    cleared = {"signed_at": None, "signed_by": None, "next_step": None, "released_text": ""}
    return {"state": ReviewState.WAITING, **(cleared if state is ReviewState.SIGNED else {})}

"""What the laboratory gets to read: an order without results, for paper and for who may not read values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import LabOrder, LabOrderDetail, LabReview, Patient, Provider
from app.domain.enums import LabOrderStatus, ReviewState
from app.domain.lab_codes import OrderedTest, find_panel, find_test
from app.domain.patients import display_name
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class Requisition:
    """An order as it is sent; ``tests`` with their codes where known, times aware UTC."""

    order_id: str
    patient_id: str
    patient_name: str
    provider_name: str
    specialties: tuple[str, ...]
    tests: tuple[OrderedTest, ...]
    status: LabOrderStatus
    priority: str
    fasting: bool
    diagnosis: str
    laboratory: str
    notes: str
    placer_id: str
    ordered_at: datetime
    collected_at: datetime | None
    cancel_reason: str
    review: ReviewState | None
    released_text: str


@query(offline=True)
def requisition(session: Session, reader: Reader, *, order_id: str) -> Requisition:
    """Return an order without values; one statement. Raises ``Refused`` "NoSuchOrder"."""
    row = session.execute(
        select(
            LabOrder.id, LabOrder.patient_id, LabOrder.tests, LabOrder.status, LabOrder.notes, LabOrder.ordered_at,
            LabOrderDetail.priority, LabOrderDetail.fasting, LabOrderDetail.diagnosis, LabOrderDetail.laboratory,
            LabOrderDetail.placer_id, LabOrderDetail.collected_at, LabOrderDetail.cancel_reason, LabReview.state,
            LabReview.released_text, Provider.name, Provider.specialties, Patient.first_name, Patient.last_name,
        )
        .join(Patient, Patient.id == LabOrder.patient_id)
        .outerjoin(LabOrderDetail, LabOrderDetail.order_id == LabOrder.id)
        .outerjoin(LabReview, LabReview.order_id == LabOrder.id)
        .outerjoin(Provider, Provider.id == LabOrder.provider_id)
        .where(LabOrder.id == order_id, Patient.clinic_id == reader.clinic_id)
    ).first()  # fmt: skip
    if row is None:
        raise Refused("NoSuchOrder", t("There is no such order here."), field="orderId")
    return Requisition(
        order_id=row.id,
        patient_id=row.patient_id,
        patient_name=display_name(row.first_name, row.last_name),
        provider_name=row.name or "",
        specialties=tuple(row.specialties or ()),
        tests=tuple(_coded(name) for name in row.tests or ()),
        status=row.status,
        priority=row.priority or "ROUTINE",
        fasting=bool(row.fasting),
        diagnosis=row.diagnosis or "",
        laboratory=row.laboratory or "",
        notes=row.notes or "",
        placer_id=row.placer_id or "",
        ordered_at=row.ordered_at,
        collected_at=row.collected_at,
        cancel_reason=row.cancel_reason or "",
        review=row.state,
        released_text=row.released_text or "",
    )


def _coded(name: str) -> OrderedTest:
    panel = find_panel(name)
    if panel is not None:
        return OrderedTest(panel.code, panel.name)
    test = find_test(name)
    return OrderedTest(test.code, test.name) if test is not None else OrderedTest("", name)

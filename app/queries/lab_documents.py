"""The messages in which a laboratory sent the results of an order: what is embedded in them stays there."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ARRAY, Text, bindparam, func, select
from sqlalchemy.orm import Session

from app.db.models import LabMessage, LabOrder, Patient
from app.domain.enums import LabMessageState
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query

MOST = 20
"""Messages of one order that are looked through, the newest first."""


@dataclass(frozen=True, slots=True)
class OrderMessages:
    """Whose the order is, and the texts of its messages, the newest first."""

    patient_id: str
    bodies: tuple[str, ...]


@query(offline=False)
def order_messages(session: Session, reader: Reader, *, order_id: str) -> OrderMessages:
    """Return the messages of an order; refuses an unknown one ("NoSuchOrder"). Only who may review sees any."""
    here = select(LabOrder.patient_id).join(Patient, Patient.id == LabOrder.patient_id)
    patient_id = session.scalar(here.where(LabOrder.id == order_id, Patient.clinic_id == reader.clinic_id))
    if patient_id is None:
        raise Refused("NoSuchOrder", t("There is no such order here."), field="orderId")
    bodies = session.scalars(
        select(LabMessage.body)
        .where(LabMessage.clinic_id == reader.clinic_id, LabMessage.patient_id == patient_id)
        .where(LabMessage.state == LabMessageState.APPLIED)
        .where(func.jsonb_exists_any(LabMessage.order_ids, bindparam(None, [order_id], type_=ARRAY(Text), unique=True)))
        .order_by(LabMessage.received_at.desc(), LabMessage.id.desc())
        .limit(MOST)
    ).all()
    return OrderMessages(patient_id, tuple(bodies))

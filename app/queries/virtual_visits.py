"""The room of a virtual visit: its address, who joined when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import ClinicSettings, Patient, Provider, VirtualVisitSession, Visit
from app.domain.enums import TelemedStatus, VisitMode, VisitStatus
from app.domain.patients import display_name
from app.domain.states import LIVE_VISITS
from app.domain.video import may_open, room_address
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """The room of a virtual visit; times aware UTC. ``address`` is None when there is none that may be opened."""

    visit_id: str
    patient_name: str
    status: TelemedStatus
    address: str | None
    patient_joined_at: datetime | None
    provider_joined_at: datetime | None
    ended_at: datetime | None
    visit_status: VisitStatus
    mine: bool

    @property
    def open(self) -> bool:
        """Whether the reader may join: their own visit, neither it nor the room has ended."""
        return self.mine and self.status is not TelemedStatus.ENDED and self.visit_status in LIVE_VISITS


@query(offline=True)
def video_room(session: Session, reader: Reader, *, visit_id: str) -> RoomView | None:
    """Return the room of a visit; None for one that takes place at the clinic. One statement."""
    row = session.execute(
        select(
            Visit.status.label("visit_status"), Visit.provider_id, Patient.first_name, Patient.last_name,
            VirtualVisitSession.room_id, VirtualVisitSession.status, VirtualVisitSession.patient_joined_at,
            VirtualVisitSession.provider_joined_at, VirtualVisitSession.ended_at, ClinicSettings.room_url_template,
        )
        .select_from(Visit)
        .join(Provider, Provider.id == Visit.provider_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(VirtualVisitSession, VirtualVisitSession.visit_id == Visit.id)
        .outerjoin(ClinicSettings, ClinicSettings.clinic_id == Provider.clinic_id)
        .where(Visit.id == visit_id, Provider.clinic_id == reader.clinic_id, Visit.visit_mode == VisitMode.VIRTUAL)
    ).first()  # fmt: skip
    if row is None:
        return None
    address = room_address(row.room_url_template, row.room_id or "")
    return RoomView(
        visit_id=visit_id, patient_name=display_name(row.first_name, row.last_name),
        status=row.status or TelemedStatus.NOT_STARTED, address=address if address and may_open(address) else None,
        patient_joined_at=row.patient_joined_at, provider_joined_at=row.provider_joined_at, ended_at=row.ended_at,
        visit_status=row.visit_status, mine=row.provider_id == reader.provider_id,
    )  # fmt: skip

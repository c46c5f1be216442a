"""The clinic's workstations, for settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.db.models import ClinicSettings, Login, SlotLease, Workstation
from app.domain.leases import LeaseRule, lease_rule
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class WorkstationView:
    """A workstation; times aware UTC. ``kept`` slots are kept for what it books offline.

    ``enrolled_at`` None: it can't work offline. ``old_copy_at``: when an old copy of its store was noticed.
    """

    id: str
    name: str
    created_at: datetime
    last_seen_at: datetime
    enrolled_at: datetime | None
    enrolled_by: str
    revoked_at: datetime | None
    revoked_by: str
    old_copy_at: datetime | None
    kept: int


@query(offline=False)
def workstations(session: Session, reader: Reader) -> tuple[WorkstationView, ...]:
    """Return the clinic's workstations, those heard from last first."""
    enroller, revoker = aliased(Login), aliased(Login)
    kept = select(func.count()).where(SlotLease.workstation_id == Workstation.id).correlate(Workstation)
    rows = session.execute(
        select(
            Workstation.id, Workstation.name, Workstation.created_at, Workstation.last_seen_at,
            Workstation.enrolled_at, enroller.display_name.label("enrolled_by"), Workstation.revoked_at,
            revoker.display_name.label("revoked_by"), Workstation.old_copy_at, kept.scalar_subquery().label("kept"),
        )
        .outerjoin(enroller, enroller.user_id == Workstation.enrolled_by)
        .outerjoin(revoker, revoker.user_id == Workstation.revoked_by)
        .where(Workstation.clinic_id == reader.clinic_id)
        .order_by(Workstation.revoked_at.is_not(None), Workstation.last_seen_at.desc(), Workstation.id)
    )  # fmt: skip
    return tuple(
        WorkstationView(
            row.id, row.name, row.created_at, row.last_seen_at, row.enrolled_at, row.enrolled_by or "",
            row.revoked_at, row.revoked_by or "", row.old_copy_at, row.kept,
        )
        for row in rows
    )  # fmt: skip


@query(offline=True)
def offline_leases(session: Session, reader: Reader) -> LeaseRule:
    """Return how many free slots workstations keep."""
    statement = select(ClinicSettings.settings).where(ClinicSettings.clinic_id == reader.clinic_id)
    return lease_rule(session.execute(statement).scalar())

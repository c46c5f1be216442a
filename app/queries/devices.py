"""A patient's connected devices and how they are: never a token."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import DeviceConnection, HRVReading, Measurement, VitalReading
from app.domain.enums import DeviceProvider
from app.queries.core import Reader, query
from app.queries.merged import with_merged

EXPIRES_SOON = timedelta(days=7)
SILENT_AFTER = timedelta(days=3)
_MEASURED_BY = {DeviceProvider.APPLE: "HEALTHKIT"}
"""How ``measurements.source`` names a provider's readings, where it does."""


class DeviceState(StrEnum):
    """How a connection is; the worst that holds."""

    EXPIRED = "expired"
    SILENT = "silent"
    EXPIRES_SOON = "expires_soon"
    CONNECTED = "connected"


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One connection; times are aware UTC. ``last_reading`` None: nothing has come yet.

    ``merged``: it belongs to a record that is part of this one now, and to the phone that signs in as it.
    """

    id: str
    provider: DeviceProvider
    external_id: str
    connected_at: datetime
    expires_at: datetime | None
    last_reading: datetime | None
    state: DeviceState
    merged: bool = False


@query(offline=True)
def devices(session: Session, reader: Reader, *, patient_id: str) -> tuple[DeviceRow, ...]:
    """Return a patient's connections, by provider. One statement; the columns with tokens are not in it."""
    own = DeviceConnection
    rows = session.execute(
        select(
            own.id, own.provider, own.external_id, own.created_at, own.expires_at, own.patient_id,
            _latest(VitalReading, patient_id).label("vital"), _latest(HRVReading, patient_id).label("hrv"),
        )
        .where(own.patient_id.in_(with_merged(patient_id)))
        .order_by(own.provider, own.created_at, own.id)
    ).all()  # fmt: skip
    measured = _measured(session, patient_id) if any(row.provider in _MEASURED_BY for row in rows) else None
    found = (_row(row, measured if row.provider in _MEASURED_BY else None, reader.now) for row in rows)
    return tuple(replace(one, merged=row.patient_id != patient_id) for one, row in zip(found, rows, strict=True))


def _latest(table: Any, patient_id: str) -> Any:
    """The time of a connection's provider's last reading in a table; a merged record's readings are the patient's."""
    own = DeviceConnection
    found = select(func.max(table.timestamp)).where(table.patient_id == patient_id, table.source == own.provider)
    return found.correlate(own).scalar_subquery()


def _measured(session: Session, patient_id: str) -> datetime | None:
    found = select(Measurement.timestamp).where(
        Measurement.patient_id == patient_id, Measurement.source.in_(sorted(_MEASURED_BY.values()))
    )
    return session.execute(found.order_by(Measurement.timestamp.desc()).limit(1)).scalar()


def _row(row: Any, measured: datetime | None, now: datetime) -> DeviceRow:
    times = [time for time in (row.vital, row.hrv, measured) if time is not None]
    last = max(times, default=None)
    return DeviceRow(
        row.id, row.provider, row.external_id, row.created_at, row.expires_at, last,
        state_of(row.created_at, row.expires_at, last, now),
    )  # fmt: skip


def state_of(connected: datetime, expires: datetime | None, last: datetime | None, now: datetime) -> DeviceState:
    """Say how a connection is now."""
    if expires is not None and expires <= now:
        return DeviceState.EXPIRED
    if (last or connected) < now - SILENT_AFTER:
        return DeviceState.SILENT
    if expires is not None and expires - now <= EXPIRES_SOON:
        return DeviceState.EXPIRES_SOON
    return DeviceState.CONNECTED

"""What an import of devices' files must know of the patient: who it is, and which readings the chart holds already."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeGuard

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import HRVReading, Measurement, Patient, PatientDetail, VitalReading
from app.domain.enums import DeviceProvider
from app.domain.measurements import MeasurementType
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.access import Access, access_event
from app.queries.core import Reader, query

_LONGEST_CHAIN = 20
_FROM_DEVICES = {
    MeasurementType.HEART_RATE: VitalReading.heart_rate,
    MeasurementType.SPO2: VitalReading.spo2,
    MeasurementType.RESPIRATION: VitalReading.respiration,
}


@dataclass(frozen=True, slots=True)
class DevicePatient:
    """The patient whose devices they are; of a merged record the one that took over. ``sex`` as demographics say it."""

    id: str
    name: str
    names: tuple[str, ...]
    born: date | None
    sex: str
    height_cm: float | None


@query(offline=False)
def device_patient(session: Session, reader: Reader, *, patient_id: str) -> DevicePatient:
    """Return who it is, and keep that somebody worked on the chart. Raises ``Refused`` "NotFound"."""
    wanted = patient_id
    for _ in range(_LONGEST_CHAIN):
        row = session.execute(
            select(
                Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.height_cm,
                Patient.demographics, PatientDetail.merged_into, access_event(reader, (wanted,), Access.OPEN),
            )
            .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
            .where(Patient.id == wanted, Patient.clinic_id == reader.clinic_id)
        ).one_or_none()  # fmt: skip
        if row is None:
            break
        if not row.merged_into:
            return _person(row)
        wanted = row.merged_into
    raise Refused("NotFound", t("This patient is not here."), field="patient")


def _person(row: Any) -> DevicePatient:
    demographics = row.demographics if isinstance(row.demographics, dict) else {}
    names = tuple(name for name in (row.first_name, row.last_name) if name)
    preferred = demographics.get("preferredName")
    more = (preferred,) if isinstance(preferred, str) and preferred else ()
    sex = demographics.get("sex")
    return DevicePatient(
        row.id, " ".join(names), (*names, *more), row.date_of_birth, sex if isinstance(sex, str) else "", row.height_cm
    )


@dataclass(frozen=True, slots=True)
class ReadingHere:
    """A reading of the chart; ``source_id`` names the record that an import made it of, "" where none did."""

    type: str
    at: datetime
    value: Any
    source_id: str


@query(offline=False)
def readings_here(
    session: Session, reader: Reader, *, patient_id: str, types: Collection[str], first: datetime, last: datetime
) -> tuple[ReadingHere, ...]:
    """Return the measurements of these kinds from ``first`` to ``last`` (aware, both included), connected devices' too.

    A value is a number, or (systolic, diastolic); one that can't be read is left out.
    """
    del reader
    own = Measurement
    rows = session.execute(
        select(own.type, own.timestamp, own.value, own.metadata_)
        .where(own.patient_id == patient_id, own.type.in_(sorted(types)), own.timestamp.between(first, last))
    ).all()  # fmt: skip
    found = [
        ReadingHere(row.type, row.timestamp, _value(row.value), _source(row.metadata_))
        for row in rows if not _went_with_its_file(row.metadata_)
    ]  # fmt: skip
    return (*(one for one in found if one.value is not None), *_readings(session, patient_id, types, first, last))


def _readings(
    session: Session, patient_id: str, types: Collection[str], first: datetime, last: datetime
) -> list[ReadingHere]:
    """What connected devices sent, value by value."""
    wanted = {kind: column for kind, column in _FROM_DEVICES.items() if kind.value in types}
    pressure = MeasurementType.BLOOD_PRESSURE
    if not wanted and pressure.value not in types:
        return []
    own = VitalReading
    rows = session.execute(
        select(own.timestamp, own.heart_rate, own.spo2, own.respiration, own.systolic_bp, own.diastolic_bp)
        .where(own.patient_id == patient_id, own.timestamp.between(first, last))
    ).all()  # fmt: skip
    found: list[ReadingHere] = []
    for row in rows:
        for kind, column in wanted.items():
            value = getattr(row, column.key)
            if value is not None:
                found.append(ReadingHere(kind.value, row.timestamp, value, ""))
        if pressure.value in types and row.systolic_bp is not None and row.diastolic_bp is not None:
            value = (float(row.systolic_bp), float(row.diastolic_bp))
            found.append(ReadingHere(pressure.value, row.timestamp, value, ""))
    return found


def _value(value: Any) -> Any:
    if isinstance(value, Mapping):
        both = [float(one) for one in (value.get("systolic"), value.get("diastolic")) if _is_number(one)]
        return tuple(both) if len(both) == 2 else None
    return value if _is_number(value) else None


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _went_with_its_file(metadata: Any) -> bool:
    """Whether a whole file was taken back: what it said, nobody has ever said of this patient."""
    said = metadata.get("retracted") if isinstance(metadata, dict) else None
    return isinstance(said, dict) and "run" in said


def _source(metadata: Any) -> str:
    found = metadata.get("sourceId") if isinstance(metadata, dict) else None
    return found if isinstance(found, str) else ""


@query(offline=False)
def variability_here(
    session: Session, reader: Reader, *, patient_id: str, first: datetime, last: datetime
) -> frozenset[tuple[DeviceProvider, datetime]]:
    """Return whose devices sent a variability when, from ``first`` to ``last`` (aware UTC)."""
    del reader
    own = HRVReading
    rows = session.execute(
        select(own.source, own.timestamp).where(own.patient_id == patient_id, own.timestamp.between(first, last))
    )
    return frozenset((row.source, row.timestamp) for row in rows)

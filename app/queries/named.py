"""What the ids in commands mean to people: patients, times, visits, providers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, union_all
from sqlalchemy.orm import Session

from app.db.models import (
    LabOrder,
    Patient,
    Provider,
    ProviderSettings,
    Visit,
    VisitRequest,
    VisitSlot,
    WaitingListEntry,
    WalkIn,
)
from app.domain.demographics import read_demographics
from app.domain.patients import display_name
from app.domain.states import LIVE_VISITS
from app.queries.core import Reader, query

MOST = 2000


@dataclass(frozen=True, slots=True)
class NamedPatient:
    """A patient's name and the number to call."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True)
class NamedTime:
    """When a slot begins (aware UTC), and with whom."""

    start: datetime
    provider_id: str


@dataclass(frozen=True, slots=True)
class Named:
    """What was found, by id; an id that is in none of them isn't known here."""

    patients: dict[str, NamedPatient] = field(default_factory=dict)
    providers: dict[str, str] = field(default_factory=dict)
    slots: dict[str, NamedTime] = field(default_factory=dict)
    visits: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Patient and slot."""
    places: dict[str, str] = field(default_factory=dict)
    """Patient of a place in the walk-in queue or on the waiting list, of a lab order or a visit request."""


@query(offline=True)
def named(session: Session, reader: Reader, *, ids: Collection[str]) -> Named:
    """Return what these ids of whatever kind mean, the patients and times behind visits, and who has a slot now.

    Five statements.
    """
    wanted = list(dict.fromkeys(ids))[:MOST]
    visits = _visits(session, wanted)
    places = _places(session, wanted)
    slots = _slots(session, [*wanted, *(slot for _, slot in visits.values())])
    patients = _patients(session, reader, [*wanted, *(one for one, _ in visits.values()), *places.values()])
    return Named(patients, _providers(session, reader), slots, visits, places)


def _visits(session: Session, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    here = and_(Visit.slot_id.in_(ids), Visit.status.in_(LIVE_VISITS))
    rows = session.execute(select(Visit.id, Visit.patient_id, Visit.slot_id).where(or_(Visit.id.in_(ids), here)))
    return {row.id: (row.patient_id, row.slot_id) for row in rows}


def _places(session: Session, ids: Collection[str]) -> dict[str, str]:
    queue = select(WalkIn.id, WalkIn.patient_id).where(WalkIn.id.in_(ids))
    waiting = select(WaitingListEntry.id, WaitingListEntry.patient_id).where(WaitingListEntry.id.in_(ids))
    labs = select(LabOrder.id, LabOrder.patient_id).where(LabOrder.id.in_(ids))
    requests = select(VisitRequest.id, VisitRequest.patient_id).where(VisitRequest.id.in_(ids))
    return {row.id: row.patient_id for row in session.execute(union_all(queue, waiting, labs, requests))}


def _slots(session: Session, ids: Collection[str]) -> dict[str, NamedTime]:
    statement = select(VisitSlot.id, VisitSlot.start_time, VisitSlot.provider_id).where(VisitSlot.id.in_(ids))
    return {row.id: NamedTime(row.start_time, row.provider_id) for row in session.execute(statement)}


def _patients(session: Session, reader: Reader, ids: Collection[str]) -> dict[str, NamedPatient]:
    statement = select(Patient.id, Patient.first_name, Patient.last_name, Patient.demographics)
    rows = session.execute(statement.where(Patient.clinic_id == reader.clinic_id, Patient.id.in_(ids)))
    return {row.id: _patient(row) for row in rows}


def _patient(row: Any) -> NamedPatient:
    details = read_demographics(row.demographics)
    return NamedPatient(display_name(row.first_name, row.last_name, details.preferred_name), details.phone)


def _providers(session: Session, reader: Reader) -> dict[str, str]:
    statement = select(Provider.id, Provider.name, ProviderSettings.short_name)
    statement = statement.outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
    rows = session.execute(statement.where(Provider.clinic_id == reader.clinic_id))
    return {row.id: row.short_name or row.name for row in rows}

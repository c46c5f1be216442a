"""What the booking form begins with, in one trip: the kinds of appointment, and a birth date that it wasn't told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import Text, bindparam, select
from sqlalchemy.orm import Session

from app.db.models import Patient
from app.db.together import Together
from app.queries.clinic import AppointmentTypeView, types_of, types_select
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class BookingBasis:
    """The active kinds of appointment in their order; ``born`` None when it isn't known here or nobody was asked of."""

    types: tuple[AppointmentTypeView, ...]
    born: date | None


@query(offline=True)
def booking_basis(session: Session, reader: Reader, *, patient_id: str = "") -> BookingBasis:
    """Return the kinds of appointment, and the birth date of a patient if one is named. One trip."""
    rows = _statements().rows(session, clinic=reader.clinic_id, patient=patient_id)
    return BookingBasis(types_of(rows["types"]), next((row.date_of_birth for row in rows["people"]), None))


@cache
def _statements() -> Together:
    people = select(Patient.date_of_birth).where(Patient.id == bindparam("patient", type_=Text()))
    return Together(types=types_select(bindparam("clinic", type_=Text())), people=people)

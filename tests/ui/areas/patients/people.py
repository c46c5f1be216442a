"""People of the fake clinic, and the answers that a fake workspace gives about them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.domain.demographics import read_demographics
from app.domain.enums import VisitMode, VisitStatus
from app.domain.patients import age_on, display_name
from app.queries.patient_card import HouseholdCard, HouseholdPerson, PatientCard, PatientRow, PatientVisit
from app.queries.patients import Likeness, PatientHit, Shared

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 18, 42, tzinfo=UTC)
BORN = date(1962, 3, 14)
PHONES = [{"system": "phone", "value": "(415) 555-0142", "use": "mobile", "rank": 1}]


def a_row(number: int = 1, name: str = "Anna Kowalska", **more: Any) -> PatientRow:
    """A row of the list."""
    values: dict[str, Any] = {
        "id": f"p-{number}", "name": name, "born": BORN, "phone": "(415) 555-0142", "mrn": str(40000 + number),
        "flags": (), "identity_to_confirm": False,
    }  # fmt: skip
    return PatientRow(**values | more)


def a_hit(number: int = 1, first: str = "Anna", last: str = "Kowalska", **more: Any) -> PatientHit:
    """Somebody found."""
    values: dict[str, Any] = {
        "id": f"p-{number}", "first_name": first, "last_name": last, "name": f"{first} {last}", "born": BORN,
        "phone": "(415) 555-0142", "mrn": str(40000 + number), "flags": (), "identity_to_confirm": False, "score": 1.0,
    }  # fmt: skip
    return PatientHit(**values | more)


def like(hit: PatientHit, *, same: bool = True) -> Likeness:
    """Somebody who may be meant."""
    shared = {Shared.NAME, Shared.BIRTH_DATE} if same else {Shared.PHONE}
    return Likeness(hit, same_person=same, shared=frozenset(shared))


def a_card(
    patient_id: str = "p-1",
    first: str = "Anna",
    last: str = "Kowalska",
    born: date | None = BORN,
    demographics: Any = None,
    **more: Any,
) -> PatientCard:
    """A patient's card; ``demographics`` is the JSON as it stands in the database."""
    raw = {"phones": PHONES, "mrn": "40001"} if demographics is None else demographics
    details = read_demographics(raw)
    values: dict[str, Any] = {
        "height_cm": None, "flags": (), "login_email": None, "contact_email": None, "identity_to_confirm": False,
        "merged_into": None, "households": (), "visits": (), "updated_at": NOW,
    }  # fmt: skip
    return PatientCard(
        id=patient_id, first_name=first, last_name=last, name=display_name(first, last, details.preferred_name),
        born=born, age=age_on(born, TODAY) if born else None, demographics=details, raw_demographics=raw,
        **values | more,
    )  # fmt: skip


def a_visit(days: int, status: VisitStatus = VisitStatus.PLANNED, visit_id: str = "") -> PatientVisit:
    """A visit so many days from now."""
    start = NOW + timedelta(days=days)
    return PatientVisit(visit_id or f"v{days}", start, start + timedelta(minutes=20), status, VisitMode.IN_PERSON,
                        "Dr Okafor", "Follow-up", "Dizzy")  # fmt: skip


def a_household(*people: tuple[str, str, bool], house_id: str = "home") -> HouseholdCard:
    """A household of (patient id, name, guardian)."""
    members = tuple(HouseholdPerson(ident, name, BORN, "", guardian) for ident, name, guardian in people)
    return HouseholdCard(house_id, "Kowalski", members)


def rows(count: int, first: int = 1) -> tuple[PatientRow, ...]:
    """So many rows, by name."""
    return tuple(a_row(n, f"Patient {n:04d}") for n in range(first, first + count))


Answers = Mapping[Any, Any]

"""What people give as commands, at random but decided by the seed, on what their workstation shows them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from sqlalchemy import text

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.contacts import RecordContact
from app.commands.core import Command
from app.commands.moving import MoveVisit
from app.commands.patients import EditPatient, FieldChange, FlagPatient, RegisterPatient
from app.commands.visits import CheckIn, CompleteVisit, StartVisit
from app.commands.walk_ins import AddWalkIn, PlaceWalkIn
from app.domain.enums import VisitMode, VisitStatus
from app.domain.visits import ContactResult
from tests.support.station import Station

IN_PERSON = VisitMode.IN_PERSON


def random_command(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """A command that this person could give now; None when nothing fits."""
    kinds: list[Callable[..., Command | None]] = [
        _book,
        _move,
        _step,
        _cancel,
        _register,
        _edit,
        _flag,
        _contact,
        _walk,
    ]
    kind = random.choices(kinds, [30, 10, 25, 8, 5, 8, 4, 6, 6])[0]
    return kind(random, new_id, station)


def _rows(station: Station, statement: str) -> list[Any]:
    return station.rows(text(statement))


def _patient(random: Random, station: Station) -> str:
    return str(random.choice(_rows(station, "SELECT id FROM patients ORDER BY id")).id)


def _book(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    kept = _rows(station, f"SELECT slot_id AS id FROM slot_lease WHERE workstation_id = '{station.name}' ORDER BY id")
    slots = _rows(station, "SELECT id FROM visit_slots WHERE status = 'FREE' ORDER BY id")
    if kept and random.random() < 0.3:
        slots = kept
    if not slots:
        return None
    slot = random.choice(slots).id
    return BookVisit(visit_id=new_id(), slot_id=slot, patient_id=_patient(random, station), visit_mode=IN_PERSON)


def _visit(random: Random, station: Station, statuses: str) -> Any:
    visits = _rows(station, f"SELECT id, status FROM visits WHERE status IN ({statuses}) ORDER BY id")
    return random.choice(visits) if visits else None


def _move(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    visit = _visit(random, station, "'PLANNED'")
    slots = _rows(station, "SELECT id FROM visit_slots WHERE status = 'FREE' ORDER BY id")
    if visit is None or not slots:
        return None
    return MoveVisit(visit_id=visit.id, slot_id=random.choice(slots).id)


def _step(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    visit = _visit(random, station, "'PLANNED', 'CHECKED_IN', 'IN_PROGRESS'")
    if visit is None:
        return None
    kind = {"PLANNED": CheckIn, "CHECKED_IN": StartVisit, "IN_PROGRESS": CompleteVisit}[visit.status]
    command: Command = kind(visit_id=visit.id, expected=VisitStatus(visit.status))
    return command


def _cancel(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    visit = _visit(random, station, "'PLANNED'")
    return None if visit is None else CancelVisit(visit_id=visit.id, reason="called")


def _register(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    first, last = f"First{random.randrange(1000)}", f"Last{random.randrange(1000)}"
    return RegisterPatient(patient_id=new_id(), user_id=new_id(), first_name=first, last_name=last)


def _edit(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    patients = _rows(station, "SELECT id, first_name, last_name FROM patients ORDER BY id")
    patient = random.choice(patients)
    field, old = random.choice([("firstName", patient.first_name), ("lastName", patient.last_name)])
    return EditPatient(patient_id=patient.id, changes=(FieldChange(field, old, f"New{random.randrange(1000)}"),))


def _flag(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    return FlagPatient(patient_id=_patient(random, station), add=(random.choice(("HIGH_RISK", "VIP", "FALL_RISK")),))


def _contact(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    result = random.choice(list(ContactResult))
    return RecordContact(patient_id=_patient(random, station), result=result, contact_id=new_id())


def _walk(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    waiting = _rows(station, "SELECT id FROM walk_in WHERE status = 'WAITING' ORDER BY id")
    if waiting and random.random() < 0.5:
        provider = random.choice(("p-okafor", "p-chen"))
        return PlaceWalkIn(walk_in_id=random.choice(waiting).id, provider_id=provider, visit_id=new_id())
    return AddWalkIn(patient_id=_patient(random, station), reason="cough", walk_in_id=new_id())

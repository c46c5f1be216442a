"""What people give as commands, at random but decided by the seed, on what their workstation shows them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.contacts import RecordContact
from app.commands.core import Command
from app.commands.holds import HoldSlot, HoldTime, ReleaseHold, RenewHold
from app.commands.measurements import RecordMeasurement
from app.commands.messages import SendMessage
from app.commands.moving import MoveVisit
from app.commands.patients import EditPatient, FieldChange, FlagPatient, RegisterPatient
from app.commands.tasks import AddTask, DoTask
from app.commands.visits import CheckIn, CompleteVisit, StartVisit
from app.commands.walk_ins import AddWalkIn, PlaceWalkIn
from app.domain.enums import TaskKind, VisitMode, VisitStatus
from app.domain.measurements import MeasurementType
from app.domain.visits import ContactResult
from tests.support.station import Station
from tests.sync.people_more import MORE
from tests.sync.picking import a_patient, one_of

IN_PERSON = VisitMode.IN_PERSON
_FREE = "visit_slots WHERE status = 'FREE' AND end_time > :now"
_HELD = (
    "slot_detail d JOIN visit_slots s ON s.id = d.slot_id WHERE d.held_by = :me AND d.workstation = :here "
    "AND s.status = 'HELD' AND s.held_until IS NOT NULL"
)
"""Times that the person holds at this workstation; some have run out."""

Give = Callable[[Random, Callable[[], str], Station], Command | None]


def random_command(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    """A command that this person could give now; None when nothing fits."""
    (kind,) = random.choices(list(_KINDS), list(_KINDS.values()))
    return kind(random, new_id, station)


def _slot(random: Random, station: Station) -> str | None:
    """A free time; now and then one that is held here, is kept for this workstation, or is over."""
    chance, found = random.random(), None
    if chance < 0.2:
        found = one_of(random, station, "slot_lease WHERE workstation_id = :here", "slot_id AS id")
    elif chance < 0.5:
        found = one_of(random, station, _HELD, "d.slot_id AS id")
    elif chance > 0.98:
        found = one_of(random, station, "visit_slots WHERE status = 'FREE'")
    found = found or one_of(random, station, _FREE)
    return None if found is None else str(found.id)


def _book(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    slot = _slot(random, station)
    if slot is None:
        return None
    return BookVisit(visit_id=new_id(), slot_id=slot, patient_id=a_patient(random, station), visit_mode=IN_PERSON)


def _hold(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    slot = _slot(random, station)
    if slot is None or random.random() < 0.2:
        start = datetime.combine(station.clock.now().date(), time(17), tzinfo=UTC)
        start += timedelta(minutes=2 * random.randrange(60))
        provider = random.choice(("p-okafor", "p-chen"))
        return HoldTime(provider_id=provider, start=start, minutes=random.choice((10, 20)), slot_id=new_id())
    return HoldSlot(slot_id=slot)


def _held(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    slot = one_of(random, station, _HELD, "d.slot_id AS id")
    if slot is None:
        return None
    return RenewHold(slot_id=slot.id) if random.random() < 0.5 else ReleaseHold(slot_id=slot.id)


def _visit(random: Random, station: Station, statuses: str) -> Any:
    mine = f" AND provider_id = '{station.actor.provider_id}'" if "IN_PROGRESS" in statuses else ""
    return one_of(random, station, f"visits WHERE status IN ({statuses}){mine}", "id, status")


def _move(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    visit, slot = _visit(random, station, "'PLANNED'"), _slot(random, station)
    return None if visit is None or slot is None else MoveVisit(visit_id=visit.id, slot_id=slot)


def _step(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    later = random.random() < 0.6 and station.actor.provider_id is not None
    visit = _visit(random, station, "'CHECKED_IN', 'IN_PROGRESS'" if later else "'PLANNED'")
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
    patient = one_of(random, station, "patients", "id, first_name, last_name")
    field, old = random.choice([("firstName", patient.first_name), ("lastName", patient.last_name)])
    return EditPatient(patient_id=patient.id, changes=(FieldChange(field, old, f"New{random.randrange(1000)}"),))


def _flag(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    return FlagPatient(patient_id=a_patient(random, station), add=(random.choice(("HIGH_RISK", "VIP", "FALL_RISK")),))


def _contact(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    result = random.choice(list(ContactResult))
    return RecordContact(patient_id=a_patient(random, station), result=result, contact_id=new_id())


def _walk(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    waiting = one_of(random, station, "walk_in WHERE status = 'WAITING'")
    if waiting is not None and random.random() < 0.5:
        provider = random.choice(("p-okafor", "p-chen"))
        return PlaceWalkIn(walk_in_id=waiting.id, provider_id=provider, visit_id=new_id())
    return AddWalkIn(patient_id=a_patient(random, station), reason="cough", walk_in_id=new_id())


def _measure(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    kind, value = random.choice([(MeasurementType.WEIGHT, "81"), (MeasurementType.BLOOD_PRESSURE, "128/84"),
                                 (MeasurementType.HEIGHT, str(150 + random.randrange(40)))])  # fmt: skip
    return RecordMeasurement(patient_id=a_patient(random, station), type=kind, value=value, measurement_id=new_id())


def _write(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    thread = one_of(random, station, "message_threads")
    if thread is not None and random.random() < 0.6:
        return SendMessage(thread_id=thread.id, text="And rest.", message_id=new_id())
    patient = a_patient(random, station)
    return SendMessage(patient_id=patient, subject="Result", text="All well.", new_thread_id=new_id(),
                       message_id=new_id())  # fmt: skip


def _task(random: Random, new_id: Callable[[], str], station: Station) -> Command | None:
    task = one_of(random, station, "task WHERE status = 'OPEN'")
    if task is not None and random.random() < 0.5:
        return DoTask(task_id=task.id, outcome="reached")
    return AddTask(kind=TaskKind.CALL_BACK, patient_id=a_patient(random, station), task_id=new_id())


_KINDS: dict[Give, int] = {
    _book: 26, _move: 10, _hold: 10, _held: 8, _step: 25, _cancel: 8, _register: 5, _edit: 8, _flag: 4, _contact: 5,
    _walk: 6, _measure: 5, _write: 5, _task: 5, **MORE,
}  # fmt: skip

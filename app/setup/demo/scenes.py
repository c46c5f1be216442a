"""The morning's scenes: a sick provider, a family, near-namesakes, late and waiting people, walk-ins."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.domain.enums import SlotOrigin, SlotStatus, TelemedStatus, VisitMode, VisitStatus, WaitingStatus, WalkInStatus
from app.setup.demo.patients import DemoPatient
from app.setup.demo.schedule import Calendar, DemoVisit
from app.setup.demo.world import ZONE, World


def set_scenes(calendar: Calendar) -> None:
    """Change and add what makes the morning; the calendar is filled already."""
    world = calendar.world
    today = [visit for visit in calendar.visits if visit.start.astimezone(ZONE).date() == world.today]
    _people(calendar, today)
    _sick(calendar)
    _cancelled(calendar)
    _virtual(calendar)
    _walk_ins(calendar)
    _waiting_list(calendar)


def _row(world: World, table: str, row_id: str, key: str = "id") -> dict[str, Any]:
    return next(row for row in world.rows[table] if row[key] == row_id)


def _named(calendar: Calendar, first: str, last: str) -> DemoPatient:
    return next(p for p in calendar.patients if p.first == first and p.last == last)


def _give(calendar: Calendar, visit: DemoVisit | None, person: DemoPatient) -> None:
    if visit is not None:
        _row(calendar.world, "visits", visit.id)["patient_id"] = person.id
        calendar.visits[calendar.visits.index(visit)] = DemoVisit(
            visit.id, person, visit.provider, visit.start, visit.status, visit.mode
        )


def _people(calendar: Calendar, today: list[DemoVisit]) -> None:
    """Put the people that the checklist speaks of where it says they are."""
    working = sorted((v for v in today if v.provider is not calendar.sick), key=lambda v: v.start)
    waiting = [v for v in working if v.status is VisitStatus.CHECKED_IN]
    coming = [v for v in working if v.status is VisitStatus.PLANNED]
    people = (("Élodie", "Roux", 38), ("Walter", "Brandt", 18), ("Fatima", "Al-Sayed", 9))
    for visit, (first, last, minutes) in zip(waiting, people, strict=False):
        _give(calendar, visit, _named(calendar, first, last))
        # The last event of a visit is written by the trigger, at the row's own time.
        _row(calendar.world, "visits", visit.id)["updated_at"] = calendar.world.ago(minutes=minutes)
    who = (("Zygmunt", "Lis"), ("Katalin", "Horváth"), ("Inés", "González Núñez"), ("Fátima", "Alsaied"),
           ("Anna", "Kowalska"), ("Anna", "Kowalski"))  # fmt: skip
    for visit, (first, last) in zip(coming, who, strict=False):
        _give(calendar, visit, _named(calendar, first, last))
    pediatrics = calendar.providers[2]
    family = [p for p in calendar.patients if p.last == "Gutiérrez"][:4]
    later = sorted(
        (v for v in calendar.visits if v.provider is pediatrics and v.start > calendar.world.now + timedelta(hours=16)),
        key=lambda v: v.start,
    )
    for visit, person in zip(later[:4], family, strict=False):
        _give(calendar, visit, person)


def _sick(calendar: Calendar) -> None:
    """Close the day of the provider who called in: visits stay to be moved, nothing else can be booked."""
    world, sick = calendar.world, calendar.sick
    start, end = world.at(world.today, 0), world.at(world.today + timedelta(days=1), 0)
    closure = world.add("day_closure", id=world.ids.uuid(), clinic_id=world.clinic_id, provider_id=sick.id,
                        start_time=start, end_time=end, reason="Off sick", created_by=calendar.staff_id,
                        created_at=world.at(world.today, 7, 20), reopened_at=None)  # fmt: skip
    for slot in world.rows["visit_slots"]:
        if slot["provider_id"] == sick.id and start <= slot["start_time"] < end and slot["status"] is SlotStatus.FREE:
            slot["status"] = SlotStatus.BLOCKED
            detail = _row(world, "slot_detail", slot["id"], "slot_id")
            detail.update(reason="Off sick", batch_id=closure["id"])
    to_move = [v for v in calendar.visits if v.provider is sick and start <= v.start < end]
    for visit in to_move[:3]:
        world.add("contact_attempt", id=world.ids.uuid(), clinic_id=world.clinic_id, patient_id=visit.patient.id,
                  visit_id=visit.id, at=world.ago(minutes=40), by_user=calendar.staff_id, channel="phone",
                  outcome="no answer", task_id=None, note=None)  # fmt: skip


def _cancelled(calendar: Calendar) -> None:
    """Cancelled visits keep a retired copy of their slot; some left before being seen, some never came."""
    world = calendar.world
    kinds = (("patient", "Feels better"), ("patient", "Work"), ("clinic", "Provider away"),
             ("did_not_arrive", "did not arrive"))  # fmt: skip
    past = [v for v in calendar.visits if v.status is VisitStatus.COMPLETED and v.start < world.ago(hours=2)]
    for index, visit in enumerate(world.dice.sample(past, max(6, len(past) // 12))):
        row = _row(world, "visits", visit.id)
        if index % 4 == 3:
            row["status"] = VisitStatus.NO_SHOW
        else:
            row["status"] = VisitStatus.CANCELLED
            kind, reason = world.dice.choice(kinds)
            _row(world, "visit_detail", visit.id, "visit_id").update(cancel_kind=kind, cancel_reason=reason)
            world.rows["visit_event"] = [
                e for e in world.rows["visit_event"] if e["visit_id"] != visit.id or e["status"] is VisitStatus.PLANNED
            ]
        slot = _row(world, "visit_slots", row["slot_id"])
        slot["status"] = SlotStatus.BLOCKED
        _row(world, "slot_detail", slot["id"], "slot_id").update(origin=SlotOrigin.RETIRED, grid_end=None)
        calendar.visits.remove(visit)


def _virtual(calendar: Calendar) -> None:
    world = calendar.world
    states = {
        VisitStatus.PLANNED: TelemedStatus.NOT_STARTED,
        VisitStatus.CHECKED_IN: TelemedStatus.WAITING,
        VisitStatus.IN_PROGRESS: TelemedStatus.ACTIVE,
        VisitStatus.COMPLETED: TelemedStatus.ENDED,
    }
    for visit in calendar.visits:
        if visit.mode is not VisitMode.VIRTUAL:
            continue
        state = states[visit.status]
        joined = visit.start - timedelta(minutes=3) if state is not TelemedStatus.NOT_STARTED else None
        both = visit.start if state in (TelemedStatus.ACTIVE, TelemedStatus.ENDED) else None
        world.add("virtual_visit_sessions", id=world.ids.cuid(), visit_id=visit.id, room_id=f"room-{visit.id[-10:]}",
                  status=state, patient_joined_at=joined, provider_joined_at=both,
                  ended_at=visit.start + timedelta(minutes=20) if state is TelemedStatus.ENDED else None,
                  created_at=world.ago(days=20), updated_at=joined or world.ago(days=20))  # fmt: skip


def _walk_ins(calendar: Calendar) -> None:
    world = calendar.world
    for (first, last), minutes, reason in (
        (("Rosalind", "Achebe"), 21, "Sore throat"),
        (("Tomás", ""), 6, "Cut hand"),
        (("Ömer", "Aksoy"), 13, "Ankle swollen after a fall"),
    ):
        world.add("walk_in", id=world.ids.uuid(), clinic_id=world.clinic_id,
                  patient_id=_named(calendar, first, last).id, reason=reason, arrived_at=world.ago(minutes=minutes),
                  status=WalkInStatus.WAITING, provider_id=None, visit_id=None, created_by=calendar.staff_id,
                  updated_at=world.ago(minutes=minutes))  # fmt: skip


def _waiting_list(calendar: Calendar) -> None:
    world = calendar.world
    planned = [v for v in calendar.visits if v.status is VisitStatus.PLANNED and v.start > world.now]
    for visit in world.dice.sample(planned, min(5, len(planned))):
        world.add("waiting_list_entry", id=world.ids.uuid(), clinic_id=world.clinic_id, patient_id=visit.patient.id,
                  provider_id=visit.provider.id, visit_mode=None, appointment_type_id=None, minutes=20,
                  earliest=world.today, latest=visit.start.astimezone(ZONE).date(), time_from=None, time_to=None,
                  note="", status=WaitingStatus.WAITING, created_by=calendar.staff_id, created_at=world.ago(days=2),
                  updated_at=world.ago(days=2))  # fmt: skip

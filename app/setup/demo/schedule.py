"""The demo's calendar: slots by the real generator, weeks of visits, and this morning's scenes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.domain.availability import Availability
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode, VisitStatus, VisitType
from app.domain.slots import GridSlot, Horizon, grid
from app.domain.spans import Span
from app.setup.demo.clinic import DemoProvider
from app.setup.demo.patients import DemoPatient
from app.setup.demo.world import ZONE, World

PAST_DAYS = 28
FUTURE_DAYS = 60
STEP = timedelta(minutes=20)
TRIES = 100
ROOMS = 6
MORNING_PEOPLE = frozenset(
    {("Élodie", "Roux"), ("Walter", "Brandt"), ("Fatima", "Al-Sayed"), ("Zygmunt", "Lis"), ("Katalin", "Horváth"),
     ("Inés", "González Núñez"), ("Fátima", "Alsaied"), ("Anna", "Kowalska"), ("Anna", "Kowalski"),
     ("Rosalind", "Achebe"), ("Tomás", ""), ("Ömer", "Aksoy"), ("배수지", "Bae Su-ji"),
     ("Ivy", "Chukwu"), ("Margit", "Aas")}
)  # fmt: skip
"""Who has a part in this morning's scenes: they are nowhere else today."""


@dataclass(frozen=True, slots=True)
class DemoVisit:
    """A visit of the demo, for the parts that make its record."""

    id: str
    patient: DemoPatient
    provider: DemoProvider
    start: datetime
    status: VisitStatus
    mode: VisitMode


@dataclass
class Calendar:
    """The calendar under construction."""

    world: World
    providers: tuple[DemoProvider, ...]
    patients: tuple[DemoPatient, ...]
    types: Mapping[str, dict[str, Any]]
    staff_id: str

    def __post_init__(self) -> None:
        self.visits: list[DemoVisit] = []
        self.sick = self.providers[3]
        self.busy: set[tuple[str, date]] = set()
        self.rooms_taken = 0
        self.known: set[tuple[str, str]] = set()
        today = self.world.today
        self.busy.update((one.id, today) for one in self.patients if (one.first, one.last) in MORNING_PEOPLE)

    def fill(self, hours: tuple[Availability, ...]) -> None:
        """Make slots over the weeks and book them, denser the nearer they are."""
        today = self.world.today
        first = self.world.at(today - timedelta(days=PAST_DAYS), 0)
        last = self.world.at(today + timedelta(days=FUTURE_DAYS), 0)
        horizon = Horizon(Span(first, last), ZONE, 20, {})
        by_day: dict[tuple[str, str], list[GridSlot]] = {}
        for slot in grid(hours, horizon, {}):
            by_day.setdefault((slot.provider_id, str(slot.span.start.astimezone(ZONE).date())), []).append(slot)
        for (provider_id, _), slots in sorted(by_day.items(), key=lambda item: (item[0][1], item[0][0])):
            provider = next(p for p in self.providers if p.id == provider_id)
            self._day(provider, sorted(slots, key=lambda s: s.span.start))

    def _day(self, provider: DemoProvider, slots: list[GridSlot]) -> None:
        days_away = (slots[0].span.start - self.world.now).days
        density = 0.9 if days_away <= 0 else max(0.08, 0.75 - 0.016 * days_away)
        index = 0
        while index < len(slots):
            run = self._run(slots, index)
            if self.world.some(density):
                index += self._book(provider, run)
            else:
                self._slot(slots[index], SlotStatus.FREE)
                index += 1

    @staticmethod
    def _run(slots: list[GridSlot], index: int) -> list[GridSlot]:
        """The slots from here on that follow without a gap: a long visit can't cross lunch."""
        run = [slots[index]]
        for slot in slots[index + 1 :]:
            if slot.span.start != run[-1].span.end or slot.mode != run[-1].mode:
                break
            run.append(slot)
        return run

    def _book(self, provider: DemoProvider, run: list[GridSlot]) -> int:
        names = [name for name in provider.types if self._fits(name, run)]
        kind = self.types[self.world.dice.choice(names)] if names else self.types["Follow-up"]
        steps = min(len(run), int(kind["minutes"]) // 20)
        start, end = run[0].span.start, run[steps - 1].span.end
        patient = self._patient(start)
        kind = self._suiting(kind, provider, patient, start.astimezone(ZONE).date())
        status = self._status(provider, start, end)
        slot_id = self._slot(run[0], SlotStatus.BOOKED, end=end)
        for covered in run[1:steps]:
            self._slot(covered, SlotStatus.BLOCKED, covered_by=slot_id, reason="covered")
        self._visit(provider, patient, kind, slot_id, run[0], end, status)
        return steps

    @staticmethod
    def _mode_fits(kind_mode: VisitMode | None, mode: VisitMode) -> bool:
        return kind_mode is None or kind_mode is mode

    def _fits(self, name: str, run: list[GridSlot]) -> bool:
        kind = self.types[name]
        return kind["minutes"] // 20 <= len(run) and self._mode_fits(kind["visit_mode"], run[0].mode)

    def _suiting(self, kind: dict[str, Any], provider: DemoProvider, patient: DemoPatient, day: date) -> dict[str, Any]:
        """A grown-up whom the dice send to a child's check, or who is new to somebody twice, comes for the yearly one.

        All three are as long. Days are filled from the first on, so that who was here before is known.
        """
        known = (provider.id, patient.id) in self.known
        self.known.add((provider.id, patient.id))
        grown = patient.grown(day)
        wrong = (kind["name"] == "Well child" and grown) or (kind["name"] == "New patient" and known)
        return self.types["Annual physical" if grown else "Well child"] if wrong else kind

    def _patient(self, start: datetime) -> DemoPatient:
        """Nobody comes twice a day, unless the clinic has hardly any patients."""
        day = start.astimezone(ZONE).date()
        patient = self.world.dice.choice(self.patients)
        for _ in range(TRIES):
            if (patient.id, day) not in self.busy:
                break
            patient = self.world.dice.choice(self.patients)
        self.busy.add((patient.id, day))
        return patient

    def _room(self, status: VisitStatus, mode: VisitMode) -> str | None:
        """Whoever is with a provider has a room, and some who wait; each another one, while there are any."""
        wanted = status is VisitStatus.IN_PROGRESS or (status is VisitStatus.CHECKED_IN and self.world.some(0.3))
        if not wanted or mode is not VisitMode.IN_PERSON or self.rooms_taken == ROOMS:
            return None
        self.rooms_taken += 1
        return f"Room {self.rooms_taken}"

    def _status(self, provider: DemoProvider, start: datetime, end: datetime) -> VisitStatus:
        world = self.world
        if start.astimezone(ZONE).date() != world.today:
            if start > world.now:
                return VisitStatus.PLANNED
            return VisitStatus.COMPLETED
        if provider is self.sick:
            return VisitStatus.PLANNED
        if end <= world.now - timedelta(minutes=1):
            return VisitStatus.COMPLETED
        if start <= world.now - timedelta(minutes=20):
            return VisitStatus.IN_PROGRESS
        if start <= world.now + timedelta(minutes=18) and world.some(0.75):
            return VisitStatus.CHECKED_IN
        return VisitStatus.PLANNED

    def _slot(self, slot: GridSlot, status: SlotStatus, *, end: datetime | None = None,
              covered_by: str | None = None, reason: str | None = None) -> str:  # fmt: skip
        world = self.world
        made = world.ago(days=PAST_DAYS + 2)
        row = world.add("visit_slots", id=world.ids.cuid(), provider_id=slot.provider_id, start_time=slot.span.start,
                        end_time=end or slot.span.end, visit_mode=slot.mode, status=status, held_until=None,
                        created_at=made, updated_at=made)  # fmt: skip
        lengthened = slot.span.end if end and end != slot.span.end else None
        world.add("slot_detail", slot_id=row["id"], origin=SlotOrigin.GRID, grid_end=lengthened, reason=reason,
                  overbook=False, held_by=None, held_name=None, workstation=None, covered_by=covered_by,
                  copied_from=None, batch_id=None, updated_at=made)  # fmt: skip
        return str(row["id"])

    def _visit(self, provider: DemoProvider, patient: DemoPatient, kind: Mapping[str, Any], slot_id: str,
               slot: GridSlot, end: datetime, status: VisitStatus) -> None:  # fmt: skip
        world = self.world
        booked = min(slot.span.start, world.now) - timedelta(days=world.dice.randrange(1, 25), minutes=7)
        reached = self._reached(slot.span.start, end, status)
        updated = reached[-1][1] if reached else booked
        row = world.add("visits", id=world.ids.cuid(), patient_id=patient.id, provider_id=provider.id, slot_id=slot_id,
                        visit_type=VisitType.SCHEDULED, visit_mode=slot.mode, status=status, created_at=booked,
                        reason_text=world.dice.choice(world.people["reasons"][kind["name"]]),
                        updated_at=updated)  # fmt: skip
        events = [(VisitStatus.PLANNED, booked), *reached]
        for state, at in events[:-1]:
            world.add("visit_event", id=world.ids.uuid(), visit_id=row["id"], status=state, at=at,
                      by_user=self.staff_id, reason=None, command_id=None)  # fmt: skip
        world.add("visit_detail", visit_id=row["id"], appointment_type_id=kind["id"], minutes=kind["minutes"],
                  room=self._room(status, slot.mode), flow=None, cancel_kind=None, cancel_reason=None,
                  booked_by=self.staff_id, confirmed_at=booked if world.some(0.4) else None,
                  follow_up={"weeks": 6, "toleranceWeeks": 1, "providerId": provider.id}
                  if status is VisitStatus.COMPLETED and slot.span.start > world.ago(hours=4) and world.some(0.15)
                  else None, updated_at=updated)  # fmt: skip
        self.visits.append(DemoVisit(row["id"], patient, provider, slot.span.start, status, slot.mode))

    def _reached(self, start: datetime, end: datetime, status: VisitStatus) -> list[tuple[VisitStatus, datetime]]:
        """When the visit came to each status after PLANNED, up to the one it has."""
        late = timedelta(minutes=self.world.dice.randrange(-12, 6))
        steps = [(VisitStatus.CHECKED_IN, start + late)]
        steps.append((VisitStatus.IN_PROGRESS, max(start, start + late) + timedelta(minutes=4)))
        steps.append((VisitStatus.COMPLETED, max(end, start + timedelta(minutes=12)) - timedelta(minutes=1)))
        order = [VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS, VisitStatus.COMPLETED]
        if status not in order:
            return []
        shown = steps[: order.index(status) + 1]
        return [(state, min(at, self.world.now - timedelta(minutes=1))) for state, at in shown]


def lunch_breaks(world: World, providers: tuple[DemoProvider, ...]) -> None:
    """Block lunch of the next weeks so that the calendar says why nobody can be booked there."""
    for offset in range(-7, 30):
        day = world.today + timedelta(days=offset)
        if day.weekday() >= 5:
            continue
        for provider in providers:
            blocked_range(world, provider.id, day_time(world, day, provider.lunch[0]),
                          day_time(world, day, provider.lunch[1]), "Lunch")  # fmt: skip


def day_time(world: World, day: Any, clock: time) -> datetime:
    """Return the instant of a wall-clock time on a day."""
    return world.at(day, clock.hour, clock.minute)


def blocked_range(world: World, provider_id: str, start: datetime, end: datetime, reason: str) -> None:
    """Add a blocked range over a gap (a *made* slot)."""
    made = world.ago(days=30)
    row = world.add("visit_slots", id=world.ids.cuid(), provider_id=provider_id, start_time=start, end_time=end,
                    visit_mode=VisitMode.IN_PERSON, status=SlotStatus.BLOCKED, held_until=None, created_at=made,
                    updated_at=made)  # fmt: skip
    world.add("slot_detail", slot_id=row["id"], origin=SlotOrigin.MADE, grid_end=None, reason=reason, overbook=False,
              held_by=None, held_name=None, workstation=None, covered_by=None, copied_from=None,
              batch_id=None, updated_at=made)  # fmt: skip

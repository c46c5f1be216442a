"""The demo's clinic: settings, providers with their hours, appointment types, rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from app.domain.availability import Availability
from app.domain.enums import AvailabilityStatus, Role, VisitMode
from app.setup.demo.world import CLINIC_NAME, ZONE, World

IN_PERSON, VIRTUAL = VisitMode.IN_PERSON, VisitMode.VIRTUAL


@dataclass(frozen=True, slots=True)
class DemoProvider:
    """A provider of the demo, and the names of what they do most."""

    id: str
    user_id: str
    name: str
    short_name: str
    email: str
    types: tuple[str, ...]
    lunch: tuple[time, time]


@dataclass(frozen=True, slots=True)
class DemoStaff:
    """Somebody who can sign in to the demo."""

    user_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    provider_id: str | None = None


_PROVIDERS: tuple[tuple[Any, ...], ...] = (
    ("Dr Ngozi Okafor", "Dr Okafor", "okafor", ("Family medicine",), (8, 17), 12, False,
     ("Follow-up", "Annual physical", "New patient", "BP check", "Diabetes review")),
    ("Dr Lucía Fernández", "Dr Fernández", "fernandez", ("Internal medicine",), (8, 17), 13, False,
     ("Medication review", "Diabetes review", "New patient", "Follow-up", "Weight visit")),
    ("Dr Mei-Ling Chen", "Dr Chen", "chen", ("Pediatrics",), (8, 16), 12, False,
     ("Well child", "Vaccination", "Same-day", "Follow-up")),
    ("Dr Tomasz Wójcik", "Dr Wójcik", "wojcik", ("Family medicine",), (8, 17), 12, False,
     ("Follow-up", "BP check", "New patient", "Minor procedure")),
    ("Farah Haddad, NP", "F. Haddad, NP", "haddad", ("Chronic care",), (8, 16), 12, False,
     ("Diabetes review", "Weight visit", "BP check", "Medication review")),
    ("Dr Samuel Levy", "Dr Levy", "levy", ("Cardiology",), (9, 17), 12, True,
     ("Echo", "Follow-up", "New patient", "BP check")),
)  # fmt: skip

TYPES: tuple[tuple[str, str, int, VisitMode | None, str], ...] = (
    ("Follow-up", "Follow-up", 20, None, "#3A5A78"),
    ("New patient", "New", 40, IN_PERSON, "#5A3E9B"),
    ("BP check", "BP check", 20, None, "#0B6B5B"),
    ("Diabetes review", "Diabetes", 40, None, "#7A4B00"),
    ("Annual physical", "Physical", 40, IN_PERSON, "#2F6B3A"),
    ("Medication review", "Meds", 40, None, "#55625C"),
    ("Weight visit", "Weight", 40, None, "#8A4B6B"),
    ("Well child", "Well child", 40, IN_PERSON, "#256B8A"),
    ("Same-day", "Same-day", 20, None, "#A3262A"),
    ("Vaccination", "Vaccine", 20, IN_PERSON, "#4B6B0B"),
    ("Echo", "Echo", 60, IN_PERSON, "#2B4C9B"),
    ("Minor procedure", "Procedure", 60, IN_PERSON, "#6B3A2F"),
)


def make_clinic(world: World) -> None:
    """Add the clinic and its settings."""
    made = world.ago(days=400)
    world.add("clinics", id=world.clinic_id, name=CLINIC_NAME, created_at=made, updated_at=made,
              branding_config={"name": CLINIC_NAME, "primaryColor": "#0B6B5B", "phone": "(415) 555-0100",
                               "address": "12 Harbor Street, San Francisco, CA 94111",
                               "footer": "Invented people. Not a real clinic."})  # fmt: skip
    world.add("clinic_settings", clinic_id=world.clinic_id, timezone=ZONE.key, locale="en", slot_minutes=20,
              horizon_days=90, hold_minutes=5, auto_lock_minutes=30, late_after_minutes=10, wait_warn_minutes=15,
              wait_limit_minutes=30, phone_region="US", room_url_template="https://meet.example.org/{room}",
              settings={}, updated_at=made)  # fmt: skip
    for order, number in enumerate(("1", "2", "3", "4", "5", "6")):
        world.add("room", id=world.ids.uuid(), clinic_id=world.clinic_id, name=f"Room {number}", sort_order=order,
                  active=True)  # fmt: skip


def make_types(world: World) -> dict[str, dict[str, Any]]:
    """Add the appointment types; returns their rows by name."""
    found = {}
    for order, (name, short, minutes, mode, color) in enumerate(TYPES):
        found[name] = world.add("appointment_type", id=world.ids.uuid(), clinic_id=world.clinic_id, name=name,
                                short_name=short, minutes=minutes, visit_mode=mode, color=color, active=True,
                                sort_order=order, updated_at=world.ago(days=300))  # fmt: skip
    return found


def make_staff(world: World) -> tuple[DemoStaff, ...]:
    """Return the people of the front desk and the administration (accounts are made by the account functions)."""
    desk = (("Dana Whitfield", "dana"), ("Alicia Moreno", "moreno"), ("Jo Park", "jo"))
    found = [DemoStaff(world.ids.uuid(), f"{mail}@harbor.example", name, (Role.MEDICAL_ASSISTANT,))
             for name, mail in desk]  # fmt: skip
    found.append(DemoStaff(world.ids.uuid(), "admin@harbor.example", "Renata Zielińska", (Role.ADMIN,)))
    return tuple(found)


def make_providers(world: World) -> tuple[tuple[DemoProvider, ...], tuple[Availability, ...]]:
    """Add the six providers with their weekly hours."""
    providers: list[DemoProvider] = []
    hours: list[Availability] = []
    made = world.ago(days=390)
    for order, (name, short, mail, specialties, span, lunch, virtual, types) in enumerate(_PROVIDERS):
        one = DemoProvider(world.ids.cuid(), world.ids.uuid(), name, short, f"{mail}@harbor.example", types,
                           (time(lunch), time(lunch + 1)))  # fmt: skip
        providers.append(one)
        world.add("providers", id=one.id, name=name, specialties=specialties, telemed_enabled=virtual or order < 2,
                  user_id=one.user_id, clinic_id=world.clinic_id, created_at=made, updated_at=made)  # fmt: skip
        world.add("provider_settings", provider_id=one.id, slot_minutes=None, short_name=short, sort_order=order,
                  active=True, updated_at=made)  # fmt: skip
        for weekday in (1, 2, 3, 4, 5):
            afternoon = VIRTUAL if virtual else IN_PERSON
            hours.append(_hours(world, one, weekday, time(span[0]), one.lunch[0], IN_PERSON, made))
            hours.append(_hours(world, one, weekday, one.lunch[1], time(span[1]), afternoon, made))
    return tuple(providers), tuple(hours)


def _hours(
    world: World, provider: DemoProvider, weekday: int, start: time, end: time, mode: VisitMode, made: datetime
) -> Availability:
    row = Availability(world.ids.cuid(), provider.id, mode, AvailabilityStatus.ACTIVE, start, end, weekday=weekday)
    world.add("provider_availability", id=row.id, provider_id=provider.id, date=None, day_of_week=weekday,
              start_time=start, end_time=end, visit_mode=mode, location="Harbor Street 12" if mode is IN_PERSON
              else None, status=AvailabilityStatus.ACTIVE, created_at=made, updated_at=made)  # fmt: skip
    return row

"""Who and when, for the ids inside commands: from the database, and from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, is_dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.commands.registry import Command
from app.kernel.i18n import t
from app.queries.named import Named, NamedPatient, NamedTime
from app.ui.parts.words import clock, day_within


def ids_in(commands: Iterable[Command | None]) -> list[str]:
    """Return every text inside some commands that may be an id."""
    return [text for command in commands if command is not None for text in _texts(asdict(command))]


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if 0 < len(value) <= 64 and " " not in value:
            yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _texts(asdict(value))


class Facts:
    """Names people and times. ``commands`` tell what isn't in the database (any more)."""

    def __init__(self, found: Named, zone: ZoneInfo, today: date, commands: Iterable[Command | None] = ()) -> None:
        self._found = found
        self._patients = dict(found.patients)
        self._providers = dict(found.providers)
        self._slots = dict(found.slots)
        self._visits = dict(found.visits)
        self._places = dict(found.places)
        self._zone, self._today = zone, today
        for command in commands:
            self._learn(command)

    def _learn(self, command: Any) -> None:
        """What a refused command would have made: later ones speak of it."""
        kind = type(command).__name__
        if kind == "RegisterPatient":
            name = f"{command.first_name} {command.last_name}".strip()
            self._patients.setdefault(command.patient_id, NamedPatient(name, ""))
        elif kind == "HoldTime":
            self._slots.setdefault(command.slot_id, NamedTime(command.start, command.provider_id))
        elif kind == "BookVisit":
            self._visits.setdefault(command.visit_id, (command.patient_id, command.slot_id))
        elif kind == "BookWalkIn":
            self._visits.setdefault(command.visit_id, (command.patient_id, ""))
        elif kind == "AddWalkIn":
            self._places.setdefault(command.walk_in_id, command.patient_id)
        elif kind == "PlaceWalkIn":
            self._visits.setdefault(command.visit_id, (self._places.get(command.walk_in_id, ""), ""))
        elif kind == "AddToWaitingList":
            self._places.setdefault(command.entry_id, command.patient_id)

    def patient(self, patient_id: str) -> str:
        """A patient's name."""
        found = self._patients.get(patient_id)
        return found.name if found is not None and found.name else t("a patient")

    def phone(self, patient_id: str) -> str:
        """The number to call; empty when there is none."""
        found = self._patients.get(patient_id)
        return found.phone if found is not None else ""

    def provider(self, provider_id: str | None) -> str:
        """A provider's short name."""
        return self._providers.get(provider_id or "", "") or t("a provider")

    def time(self, slot_id: str | None) -> str:
        """Return "14:40 with Dr Okafor", with the day unless it is today."""
        slot = self._slots.get(slot_id or "")
        if slot is None:
            return t("a time that is not there any more")
        return t("{time} with {name}", time=self.at(slot.start), name=self.provider(slot.provider_id))

    def at(self, start: datetime) -> str:
        """Return "14:40", or "Wed 25 Nov 14:40"."""
        day = start.astimezone(self._zone).date()
        text = clock(start, self._zone)
        return text if day == self._today else f"{day_within(day)} {text}"

    def day(self, day: date) -> str:
        """Return "Wed 25 Nov"."""
        return day_within(day)

    def visit(self, visit_id: str) -> str:
        """Return "Zygmunt Lis, 14:40 with Dr Okafor"."""
        patient_id, slot_id = self._visits.get(visit_id, ("", ""))
        name = self.patient(patient_id)
        return f"{name}, {self.time(slot_id)}" if slot_id in self._slots else name

    def has_now(self, slot_id: str) -> str:
        """The name of who has a slot in the database now; empty when nobody is known to."""
        found = (patient for patient, slot in self._found.visits.values() if slot == slot_id and slot_id)
        return next((self.patient(patient) for patient in found), "")

    def visitor(self, visit_id: str) -> str:
        """The name of a visit's patient."""
        return self.patient(self._visits.get(visit_id, ("", ""))[0])

    def place(self, place_id: str) -> str:
        """The name of who waits, in the queue or on the waiting list."""
        return self.patient(self._places.get(place_id, ""))

    def patient_of(self, command: Any) -> str:
        """The id of the patient a command is about; empty when it is about none, or several."""
        direct = getattr(command, "patient_id", None)
        if isinstance(direct, str):
            return direct
        visit = self._visits.get(getattr(command, "visit_id", ""), ("", ""))[0]
        place = getattr(command, "walk_in_id", None) or getattr(command, "entry_id", None)
        place = place or getattr(command, "request_id", None) or ""
        return visit or self._places.get(place, "")

    def slot(self, slot_id: str) -> NamedTime | None:
        """When a slot begins and with whom, as far as it is known."""
        return self._slots.get(slot_id)

    def knows_patient(self, patient_id: str) -> bool:
        """Tell whether a patient is in the database."""
        return patient_id in self._found.patients

    def knows_visit(self, visit_id: str) -> bool:
        """Tell whether a visit is in the database."""
        return visit_id in self._found.visits

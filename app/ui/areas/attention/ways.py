"""The ways out that need another command: the same on another time, with chosen fields, or in its form; pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.commands.booking import BookVisit
from app.commands.moving import MoveVisit
from app.commands.patients import EditPatient, RegisterPatient
from app.commands.registry import Command
from app.commands.visit_notes import WriteVisitNote
from app.commands.walk_ins import BookWalkIn, PlaceWalkIn
from app.kernel.i18n import t
from app.ui.parts.command_facts import Facts
from app.ui.work import Draft, Place, RestoreDraft, draft_kinds
from app.ui.work.places import NewBooking, OpenChart, ShowToday, ShowVisit
from app.workspace.sync_state import AttentionItem


@dataclass(frozen=True, slots=True)
class OtherTime:
    """A time that could be taken instead; aware UTC."""

    slot_id: str
    start: datetime
    provider_id: str
    provider: str


def lost_slot(command: Command | None) -> str:
    """Return the slot that a command wanted; empty when it wanted none that others could be offered for."""
    if isinstance(command, BookVisit):
        return command.slot_id
    return command.slot_id or "" if isinstance(command, MoveVisit) else ""


def times_of(problem: Mapping[str, Any]) -> tuple[OtherTime, ...]:
    """Read the alternatives that the server gave with its refusal; what can't be read is left out."""
    found = []
    for one in problem.get("alternatives", ()):
        try:
            start = datetime.fromisoformat(one["startTime"])
            found.append(OtherTime(one["id"], start, one["providerId"], one["providerName"]))
        except (KeyError, TypeError, ValueError):
            continue
    return tuple(found)


def form_for(item: AttentionItem, facts: Facts, zone: ZoneInfo) -> Place | None:
    """Return the form in which a command can be given another way, with what is known; None when there is none."""
    command: Any = item.command
    patient = facts.patient_of(command) if command is not None else ""
    if isinstance(command, BookVisit | BookWalkIn | PlaceWalkIn):
        slot = facts.slot(getattr(command, "slot_id", ""))
        provider = slot.provider_id if slot is not None else getattr(command, "provider_id", None)
        day = slot.start.astimezone(zone).date() if slot is not None else None
        return NewBooking(patient_id=patient or None, patient_name=facts.patient(patient), provider_id=provider,
                          day=day, minutes=command.minutes, visit_mode=command.visit_mode.value)  # fmt: skip
    if isinstance(command, EditPatient):
        body = {"values": {c.field: c.new for c in command.changes}, "base": {c.field: c.old for c in command.changes}}
        title = t("Changes of {name}", name=facts.patient(patient))
        return RestoreDraft(draft=Draft(draft_kinds.EDIT_PATIENT, patient, title, body))
    if isinstance(command, WriteVisitNote):
        typed = {"parts": {c.field: c.new for c in command.changes}, "base": {c.field: c.old for c in command.changes}}
        title = t("Visit note of {name}", name=facts.patient(patient))
        return RestoreDraft(draft=Draft(draft_kinds.VISIT_NOTE, command.visit_id, title, {"patient": patient, **typed}))
    if isinstance(command, RegisterPatient):
        values = {"firstName": command.first_name, "lastName": command.last_name, **command.demographics}
        if command.date_of_birth is not None:
            values["dateOfBirth"] = command.date_of_birth.isoformat()
        title = t("Registration of {name}", name=facts.patient(patient))
        return RestoreDraft(draft=Draft(draft_kinds.REGISTER_PATIENT, command.patient_id, title, {"values": values}))
    visit = getattr(command, "visit_id", None)
    if isinstance(visit, str) and facts.knows_visit(visit):
        return ShowToday(visit_id=visit) if type(command).__name__ == "CheckIn" else ShowVisit(visit_id=visit)
    return OpenChart(patient_id=patient) if patient and facts.knows_patient(patient) else None


def settles(item: AttentionItem, given: Command, facts: Facts) -> bool:
    """Tell whether a command given in a form is the other way that was looked for: same thing, same patient."""
    mine, theirs = type(item.command).__name__, type(given).__name__
    booking = {"BookVisit", "BookWalkIn", "PlaceWalkIn", "MoveVisit"}
    same = mine == theirs or {mine, theirs} <= booking
    return same and facts.patient_of(item.command) == facts.patient_of(given) != ""

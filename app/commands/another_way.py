"""The same command done another way after it was refused or overtaken: on another time, or over the others' change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.commands.booking import BookVisit
from app.commands.care_plans import ChangeCarePlan
from app.commands.clinical_lists import ChangeListItem
from app.commands.excuse_notes import EditExcuseNote
from app.commands.moving import MoveVisit
from app.commands.patients import EditPatient, FieldChange
from app.commands.referral_heard import over
from app.commands.referrals import AcceptReferral, CompleteReferral, EditReferral, TrackReferral
from app.commands.registry import Command
from app.commands.visit_notes import WriteVisitNote

FIELD_EDITS = (EditPatient, ChangeListItem, EditReferral, EditExcuseNote, WriteVisitNote)
"""Edits that carry (field, old, new)."""
HEARD = (TrackReferral, AcceptReferral, CompleteReferral)
"""What is heard of a referral: carries all that was seen."""
_HEARD = {"appointmentOn": "appointment_on", "answer": "answer", "attachments": "attachments"}
Choices = Mapping[str, tuple[Any, bool]]
"""For each clashing field what the server has, and whether mine stays."""
Sides = Mapping[str, Mapping[str, Any]]
"""For each clashing field "base", "mine" and "server"."""


def on_time(command: Command | None, slot_id: str) -> Command | None:
    """Return the same booking or move on another time; None when the command isn't one.

    A booking keeps its visit's id: what was decided on it (a check-in) still finds it.
    """
    if isinstance(command, BookVisit):
        return replace(command, slot_id=slot_id, overbook=False, over_blocked=False)
    if isinstance(command, MoveVisit):
        return replace(command, slot_id=slot_id, provider_id=None, start=None, overbook=False, over_blocked=False)
    return None


def sides_of(command: Command | None, problem: Mapping[str, Any]) -> Sides:
    """Return the fields that both sides changed where one can choose between them; empty for any other refusal."""
    fields = problem.get("fields")
    known = isinstance(command, (*FIELD_EDITS, ChangeCarePlan)) or (isinstance(command, HEARD) and command.seen)
    if isinstance(command, ChangeCarePlan):  # which one clashed isn't said where several set a field of that name
        names = [edit.field for edit in command.edits if edit.field]
        known = len(names) == len(set(names))
    if not known or not isinstance(fields, Mapping) or not all(isinstance(one, Mapping) for one in fields.values()):
        return {}
    return fields


def with_choices(command: Command | None, choices: Choices) -> Command | None:
    """Return the edit after a choice for each clashing field; None: all theirs, nothing of it is left to do."""
    if isinstance(command, FIELD_EDITS):
        changes = []
        for change in command.changes:
            server, keep = choices.get(change.field, (change.old, True))
            if keep:
                changes.append(FieldChange(change.field, server, change.new))
        return replace(command, changes=tuple(changes)) if changes else None
    if isinstance(command, ChangeCarePlan):
        return _plan_with(command, choices)
    return _heard_with(command, choices) if isinstance(command, HEARD) else None


def over_theirs(command: Command | None, problem: Mapping[str, Any]) -> Command | None:
    """Return the edit as one that replaces what others made of the same fields; None when it is no such conflict."""
    fields = sides_of(command, problem)
    mine = {name: (sides.get("server"), True) for name, sides in fields.items()}
    return with_choices(command, mine) if fields else None


def _plan_with(command: ChangeCarePlan, choices: Choices) -> ChangeCarePlan | None:
    edits = []
    for edit in command.edits:
        server, keep = choices.get(edit.field, (edit.old, True))
        if keep:
            edits.append(replace(edit, old=server))
    return replace(command, edits=tuple(edits)) if edits else None


def _heard_with(command: TrackReferral | AcceptReferral | CompleteReferral, choices: Choices) -> Command | None:
    """What stays mine replaces theirs knowingly; taking theirs leaves the referral's own step as it was wanted."""
    if command.seen is None:
        return None
    seen = over(command.seen, {name: {"server": server} for name, (server, _) in choices.items()})
    taken = {_HEARD[name] for name, (_, keep) in choices.items() if not keep}
    made = replace(command, seen=seen, **{name: getattr(seen, name) for name in taken if hasattr(command, name)})
    idle = all(getattr(made, name, None) == getattr(seen, name) for name in _HEARD.values())
    return None if isinstance(made, TrackReferral) and idle else made

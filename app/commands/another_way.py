"""The same command done another way after it was refused or overtaken: on another time, or over the others' change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from app.commands.booking import BookVisit
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
FieldEdit = TypeVar("FieldEdit", bound=EditPatient | ChangeListItem | EditReferral | EditExcuseNote | WriteVisitNote)


def on_time(command: Command | None, slot_id: str) -> Command | None:
    """Return the same booking or move on another time; None when the command isn't one.

    A booking keeps its visit's id: what was decided on it (a check-in) still finds it.
    """
    if isinstance(command, BookVisit):
        return replace(command, slot_id=slot_id, overbook=False, over_blocked=False)
    if isinstance(command, MoveVisit):
        return replace(command, slot_id=slot_id, provider_id=None, start=None, overbook=False, over_blocked=False)
    return None


def with_choices(command: FieldEdit, choices: Mapping[str, tuple[Any, bool]]) -> FieldEdit | None:
    """Return the edit after a choice for each clashing field (server's value, whether mine stays); None: all theirs."""
    changes = []
    for change in command.changes:
        server, keep = choices.get(change.field, (change.old, True))
        if keep:
            changes.append(FieldChange(change.field, server, change.new))
    return replace(command, changes=tuple(changes)) if changes else None


def over_theirs(command: Command | None, problem: Mapping[str, Any]) -> Command | None:
    """Return the edit as one that replaces what others made of the same fields; None when it is no such conflict."""
    fields = problem.get("fields")
    if isinstance(command, HEARD) and command.seen is not None and isinstance(fields, Mapping):
        return replace(command, seen=over(command.seen, fields))
    if not isinstance(command, FIELD_EDITS) or not isinstance(fields, Mapping):
        return None
    choices = {name: (sides.get("server"), True) for name, sides in fields.items()}
    return with_choices(command, choices)

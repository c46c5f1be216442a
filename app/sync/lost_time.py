"""Other times for a booking on a time that only this workstation held: the server never knew the slot made for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.commands.holds import HoldTime
from app.kernel.errors import AppError, Conflict
from app.queries.core import Reader
from app.queries.openings import around, offering, provider_names
from app.sync import journal
from app.sync.journal import Entry
from app.sync.model import EntryState

_GONE = "NoSuchSlot"


def explained(session: Session, entry: Entry, error: AppError, reader: Reader) -> AppError:
    """The refusal of a booking, told by why its time could not be held, with the nearest times of that provider.

    Any other refusal stays as it is.
    """
    if error.code != _GONE or not entry.deps:
        return error
    given_up = journal.entries(session.connection(), [EntryState.DISCARDED], numbers=entry.deps)
    for held in given_up:
        command = held.command() if held.kind == HoldTime.__name__ else None
        if isinstance(command, HoldTime) and command.slot_id in held.lanes & entry.lanes:
            why: Mapping[str, Any] = {"slotId": command.slot_id}
            taken = Conflict("SlotTaken", held.message or error.message, **why)
            return offering(taken, _near(session, command, entry, reader), always=True)
    return error


def _near(session: Session, held: HoldTime, entry: Entry, reader: Reader) -> Any:
    names = provider_names(session, reader, [held.provider_id], "")
    if held.provider_id not in names:
        return ()
    minutes = getattr(entry.command(), "minutes", None)
    return around(session, reader, provider_id=held.provider_id, name=names[held.provider_id], start=held.start,
                  mode=held.visit_mode, minutes=minutes)  # fmt: skip

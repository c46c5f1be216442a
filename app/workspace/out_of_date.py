"""Writing down once a day which excuse notes are out of date; screens show it at once, without that."""

from __future__ import annotations

from datetime import date

from app.commands.excuse_notes import ExpireExcuseNotes
from app.domain.permissions import Permission
from app.queries.excuse_notes import notes_out_of_date
from app.workspace.workspace import Workspace


class OutOfDate:
    """Looks once for each day of the clinic; a failure is tried again with the next turn."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._done: date | None = None

    def turn(self) -> None:
        """Write down what the day's change brought; nothing for people who may not."""
        today = self._workspace.reader().today
        if today == self._done or not self._workspace.actor.may(Permission.DRAFT_NOTES):
            return
        while self._workspace.ask(notes_out_of_date):
            if not self._workspace.execute(ExpireExcuseNotes(), undoable=False).result["expired"]:
                break  # another program is at it
        self._done = today

"""The first three minutes: a list that ticks itself from what really happened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.commands.registry import Command, Outcome
from app.kernel.i18n import t
from app.kernel.text import fold

ARRIVALS = frozenset({"CheckIn"})
"""Names of commands that check somebody in."""
MOVES = frozenset({"MoveVisit"})
"""Names of commands that move an appointment."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to try; texts are English source texts."""

    key: str
    title: str
    detail: str
    shortcut: str = ""


STEPS = (
    Step("find", "Find “gonsales nunyez”", "It means Inés González Núñez", "Ctrl+K"),
    Step("arrive", "Check somebody in", "Enter on the first card of Today", "Ctrl+I"),
    Step("undo", "Drag a visit, then undo", "Conflicts show while you drag", "Ctrl+Z"),
    Step("desk", "Open a second desk", "Book on one, see it on the other", "Ctrl+Shift+D"),
    Step("outage", "Cut the connection", "Keep booking, then reconnect"),
)


class Checklist(QObject):
    """Which steps are done; everywhere the same list, before and after sign-in and at every desk.

    ``outage`` is only ticked where the connection can be cut.
    """

    changed = Signal()

    def __init__(self, done: Sequence[str], parent: QObject) -> None:
        super().__init__(parent)
        self._done = set(done)
        self._with_outage = False
        self._moved = False
        self._second_desk = False
        self._cut = False

    @property
    def done(self) -> frozenset[str]:
        """Keys of the steps done."""
        return frozenset(self._done)

    def allow_outage(self, allowed: bool) -> None:
        """Say whether the connection can be cut."""
        self._with_outage = allowed

    def progress(self) -> str:
        """Return "2 of 5 tried"."""
        return t("{n} of {all} tried", n=self.tried, all=len(STEPS))

    @property
    def tried(self) -> int:
        """How many of ``STEPS`` are done."""
        return sum(1 for step in STEPS if step.key in self._done)

    def tick(self, key: str) -> None:
        """A step is done."""
        if key not in self._done:
            self._done.add(key)
            self.changed.emit()

    def found(self, typed: str, name: str) -> None:
        """A patient was opened from the palette; it counts when what was typed isn't simply part of the name."""
        words, known = fold(typed).split(), fold(name)
        if words and any(word not in known for word in words):
            self.tick("find")

    def executed(self, command: Command, _outcome: Outcome) -> None:
        """A command was carried out here."""
        kind = type(command).__name__
        status = str(getattr(command, "status", "") or getattr(command, "to", ""))
        if kind in ARRIVALS or status == "CHECKED_IN":
            self.tick("arrive")
        if kind in MOVES:
            self._moved = True

    def undone(self) -> None:
        """Something was taken back."""
        if self._moved:
            self.tick("undo")

    def desk_opened(self) -> None:
        """A second desk was started."""
        self._second_desk = True

    def foreign_change(self, tables: frozenset[str]) -> None:
        """Another desk changed something."""
        if self._second_desk and not tables.isdisjoint({"visits", "visit_slots"}):
            self.tick("desk")

    def link(self, online: bool) -> None:
        """The connection was lost or came back."""
        if not online:
            self._cut = True
        elif self._cut and self._with_outage:
            self.tick("outage")

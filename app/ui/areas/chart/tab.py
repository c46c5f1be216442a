"""What a tab of the chart is: a spec known from the start, a widget made when first shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.ui.work import ShellApi


@dataclass(frozen=True, slots=True)
class TabSpec:
    """A tab as the chart's bar knows it. ``title`` is an English source text; ``factory`` imports the widget."""

    key: str
    title: str
    factory: Callable[[ShellApi], ChartTab]
    permission: Permission | None = None


class ChartTab(QWidget):
    """One tab of the chart. It serves one patient after the other; what belongs to the one before must go at once."""

    watches: ClassVar[frozenset[str]] = frozenset()
    """Tables, without schema, whose changes concern the tab."""
    counted = Signal(object)
    """The number beside the tab's title: ``int``, or None for none."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.patient_name = ""
        """What the patient is called; the chart sets it, also when it becomes known later."""

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient: forget the one before at once, ask in a lane of one's own, paint the answer.

        ``name`` is empty while the chart's header isn't there yet; ``patient_name`` is set when it comes.
        """
        raise NotImplementedError

    def refresh(self) -> None:
        """Ask anew: something of ``watches`` changed, or the tab is shown again after that happened behind it."""
        raise NotImplementedError

    def open_item(self, item: str) -> None:
        """Select and show the row with this id, as soon as it is there."""

    def mark_item(self, item: str) -> None:
        """Select the row with this id and open nothing beside it; tabs that open nothing do the same as ever."""
        self.open_item(item)

    def first_focus(self) -> QWidget | None:
        """Return what gets the focus when the tab is opened."""
        return None

    def as_of(self) -> datetime | None:
        """Return since when what is shown isn't live; None when it is."""
        return None

    def choose(self, number: int) -> bool:  # noqa: ARG002 - for tabs that number what can be chosen
        """Take the n-th numbered choice (Alt+digit); False when there is none."""
        return False

    def zoom(self, direction: int) -> None:
        """Come nearer (1), go farther (-1) or back to the whole (0); nothing on tabs without a scale."""

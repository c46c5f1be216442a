"""Side panels: forms and details that lie beside the page, parked by Esc when they hold unsaved work."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.ui.work.drafts import Draft
from app.ui.work.port import ChangesPort


class PanelPage(QWidget):
    """The content of a side panel. The host draws the heading and Close, and lets the content scroll."""

    edited = Signal()
    """The person changed something: the host saves the draft within 2 s."""
    finished = Signal()
    """Saved or given up: the host discards the draft and closes the panel."""
    retitled = Signal()
    """Heading or meta text changed."""

    wide: ClassVar[bool] = False
    """480 px instead of 360."""
    watches: ClassVar[frozenset[str]] = frozenset()
    """Tables whose changes concern the panel."""

    def title(self) -> str:
        """Return the heading."""
        raise NotImplementedError

    def meta(self) -> str:
        """Return the small text at the right of the heading: a count, a date, "as of"."""
        return ""

    def retitle(self) -> None:
        """Tell the host that heading or meta changed."""
        self.retitled.emit()

    def dirty(self) -> bool:
        """Whether there is unsaved work: Esc then parks the panel instead of closing it."""
        return False

    def draft(self) -> Draft | None:
        """Return what to keep, or None."""
        return None

    def kept_as(self) -> tuple[str, str] | None:
        """Return kind and subject of a form of which a person has one only, such as one patient's details.

        Opened anew, it goes on with what was put aside of it. None where each form begun has a draft of its own.
        """
        return None

    def take_kept(self, draft: Draft) -> None:
        """Go on with what was kept of this form (``kept_as``); nothing is typed in it yet."""

    def first_focus(self) -> QWidget | None:
        """Return what gets the focus when the panel is shown."""
        return None

    def foot(self) -> QWidget | None:
        """Return what stands fixed at the foot: the one primary action and what belongs to it."""
        return None

    def banner(self) -> QWidget | None:
        """Return what lies between heading and content, from edge to edge (a hold's countdown)."""
        return None

    def closing(self) -> None:
        """Release what the panel holds (a held slot); it is closed for good, not parked."""

    def refresh(self) -> None:
        """Ask for everything anew."""

    def changed(self, changes: ChangesPort) -> None:  # noqa: ARG002 - for subclasses that want to be finer
        """Take a change of a watched table; only called while visible."""
        self.refresh()

"""What an area is to the shell: a spec known from the start, a page made when first opened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.ui.work.action import Action
from app.ui.work.places import Place
from app.ui.work.port import ChangesPort
from app.ui.work.shell_api import ShellApi


class AreaPage(QWidget):
    """The page of an area. The shell calls the methods below; ``refresh`` at least has work to do."""

    watches: frozenset[str] = frozenset()
    """Tables, without schema, whose changes concern the page."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api

    def refresh(self) -> None:
        """Ask for everything anew: first show, a change of a watched table, shown again when stale."""

    def changed(self, changes: ChangesPort) -> None:  # noqa: ARG002 - for subclasses that want to be finer
        """Take a change of a watched table; only called while visible."""
        self.refresh()

    def undone(self) -> None:
        """The person took back their last step (Ctrl+Z) while this page is shown; ``changed`` tells what it touched."""

    def open(self, place: Place) -> None:
        """Go to a place of the spec's ``opens``; called when the page is shown."""

    def home(self) -> None:
        """The open area was chosen once more in the rail: go back to where it begins."""

    def first_focus(self) -> QWidget | None:
        """Return what gets the focus when the area is opened."""
        return None

    def as_of(self) -> datetime | None:
        """Return since when the data shown is not live; None when it is."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaSpec:
    """An area as the rail, the palette and the navigator know it."""

    key: str
    title: str
    icon: str
    factory: Callable[[ShellApi], AreaPage]
    shortcut: str = ""
    permission: Permission | None = None
    group: int = 0
    opens: tuple[type[Place], ...] = ()
    actions: tuple[Action, ...] = ()
    draft_kinds: tuple[str, ...] = ()
    within: str = ""
    """The area whose line in the rail stands for this one too; it has none of its own then, and no way by name."""
    enrolled_only: bool = False
    """Only there on workstations that can work offline."""

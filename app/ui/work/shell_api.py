"""What the shell does for an area."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from app.commands.registry import Command, Outcome
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.ui.work.drafts import Draft, DraftsPort
from app.ui.work.enrol_port import EnrolPort
from app.ui.work.panel import PanelPage
from app.ui.work.places import Place
from app.ui.work.port import WorkspacePort
from app.ui.work.sync_view import SyncView


class ToastTone(StrEnum):
    """How a message feels; always with an icon beside the colour."""

    INFO = "info"
    GOOD = "good"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class ToastButton:
    """The one button that a toast may carry."""

    text: str
    handler: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingAction:
    """Something that leaves the house or is hard to take back: it waits ``seconds`` with a Cancel button.

    ``text`` names the patient ("Cancelling the visit of Ana Ramírez"). ``draft`` is kept from the start, so that
    lock, quit and crash lose nothing and send nothing.
    """

    text: str
    command: Command
    draft: Draft | None = None
    on_done: Callable[[Outcome], object] | None = None
    on_refused: Callable[[AppError], object] | None = None
    on_cancelled: Callable[[], object] | None = None
    done_text: str = ""
    seconds: int = 10


class Pending(Protocol):
    """A pending action on its way."""

    def cancel(self) -> None:
        """Don't send it; the draft is discarded."""
        ...

    @property
    def waiting(self) -> bool:
        """Whether it can still be cancelled."""
        ...


class ShellApi(Protocol):
    """The window, as areas see it."""

    @property
    def workspace(self) -> WorkspacePort:
        """The signed-in person's workspace; put waiting calls into a lane."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        ...

    @property
    def drafts(self) -> DraftsPort:
        """The person's unfinished forms."""
        ...

    @property
    def enrolment(self) -> EnrolPort | None:
        """Letting this computer work offline; None where that can't be."""
        ...

    @property
    def sync(self) -> SyncView:
        """How the workstation stands to its server."""
        ...

    def now(self) -> datetime:
        """Return the clinic's present instant (aware UTC)."""
        ...

    def can(self, permission: Permission) -> bool:
        """Tell whether the signed-in person may do this."""
        ...

    def navigate(self, place: Place) -> bool:
        """Go to a place; False (and a toast) when no area takes it or it isn't permitted."""
        ...

    def show_panel(self, panel: PanelPage) -> None:
        """Show a side panel; a dirty one that is shown gets parked, a clean one closed."""
        ...

    def close_panel(self, panel: PanelPage | None = None) -> None:
        """Close a panel (the one shown, without argument)."""
        ...

    def park(self, panel: PanelPage) -> None:
        """Put a panel aside with what is typed in it."""
        ...

    def did(self, text: str, outcome: Outcome) -> None:
        """Say what was done, with Undo where there is one, and show the outcome's warnings."""
        ...

    def toast(self, text: str, *, tone: ToastTone = ToastTone.INFO, button: ToastButton | None = None) -> None:
        """Say something in passing."""
        ...

    def problem(self, error: AppError) -> None:
        """Show an error that has no place of its own on the page."""
        ...

    def pending(self, action: PendingAction) -> Pending:
        """Carry out ``action`` after its waiting time unless it is cancelled."""
        ...

    def remember_chart(self, patient_id: str, name: str) -> None:
        """Put a chart at the top of the last five."""
        ...

    def set_count(self, area: str, count: int | None) -> None:
        """Show a number beside an area in the rail."""
        ...

    def find_patient(self, on_chosen: Callable[[str, str], object]) -> None:
        """Let the person choose a patient in the palette; ``on_chosen`` gets id and name."""
        ...

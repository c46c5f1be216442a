"""Follows the clinic's setting of when the window locks itself: a new one holds at once, not from the next sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.kernel.errors import AppError
from app.ui.shell.idle import IdleWatch
from app.ui.shell.live import LiveHub
from app.ui.work import Lane
from app.ui.work.port import ChangesPort, WorkspacePort

if TYPE_CHECKING:
    from app.queries.clinic import ClinicView

_TABLE = frozenset({"clinic_settings"})


class LockMinutes(QObject):
    """Asks for the setting when it changed, and tells the watch."""

    def __init__(self, workspace: WorkspacePort, live: LiveHub, idle: IdleWatch, parent: QObject) -> None:
        super().__init__(parent)
        self._idle = idle
        self._lane = Lane(self, workspace)
        live.changed.connect(self._changed)

    def _changed(self, changes: ChangesPort) -> None:
        if changes.touches(_TABLE):
            from app.queries.clinic import clinic_view  # after sign-in: it isn't needed to start

            self._lane.ask(clinic_view, on_result=self._take, on_error=self._keep)

    def _take(self, view: ClinicView) -> None:
        minutes = view.settings.get("auto_lock_minutes")
        if isinstance(minutes, int) and minutes > 0:
            self._idle.change(minutes)

    def _keep(self, _error: AppError) -> None:
        """Without an answer the minutes of before hold; the next change asks again."""

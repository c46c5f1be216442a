"""How the workstation stands to its server, kept on the GUI thread for everything that shows it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from app.kernel.errors import AppError
from app.ui.work.lane import Lane
from app.ui.work.port import WorkspacePort
from app.ui.work.threads import on_gui_thread

if TYPE_CHECKING:
    from app.workspace.sync_state import SyncStatus

Rows = frozenset[tuple[str, str]]


class SyncView(QObject):
    """The present state and the rows that wait. Where the workstation isn't enrolled nothing ever changes."""

    changed = Signal()
    """The state, or which rows wait, is another one."""

    def __init__(self, workspace: WorkspacePort, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sync = workspace.sync
        self._lane: Lane | None = None
        self._asking = self._again = False
        self.heard = False
        """Whether the first try to reach the server is over: at sign-in, or by the workstation's own thread."""
        self.status: SyncStatus | None = None
        self.waiting: Rows = frozenset()
        """Rows (table, key) that the server hasn't confirmed yet."""
        if self._sync is not None:
            self._lane = Lane(self)
            self.status = self._sync.status()
            self.heard = self.status.mode.value == "online" or bool(self.status.reason)
            self._sync.changed.append(self._told)
            self._ask_rows()

    @property
    def enrolled(self) -> bool:
        """Whether the workstation can work offline."""
        return self.status is not None

    @property
    def offline(self) -> bool:
        """Whether the store answers in place of the server, and others' changes don't arrive."""
        return self.status is not None and self.status.mode.value != "online"

    @property
    def as_of(self) -> datetime | None:
        """Since when others' changes are missing (aware UTC); None while they arrive."""
        status = self.status
        return (status.as_of or status.since) if status is not None and self.offline else None

    def waits(self, table: str, key: str) -> bool:
        """Tell whether a row isn't confirmed yet."""
        return (table, key) in self.waiting

    def close(self) -> None:
        """Hear nothing any more."""
        if self._sync is not None and self._told in self._sync.changed:
            self._sync.changed.remove(self._told)
        if self._lane is not None:
            self._lane.close()

    def _told(self, _status: SyncStatus) -> None:
        on_gui_thread(self._take)

    def _take(self) -> None:
        if not isValid(self) or self._sync is None:
            return
        before, self.status = self.status, self._sync.status()
        heard, self.heard = self.heard, True
        if self.status != before or not heard:
            self.changed.emit()
        self._ask_rows()

    def _ask_rows(self) -> None:
        sync = self._sync
        if self._asking or sync is None or self._lane is None:
            self._again = True
            return
        self._asking, self._again = True, False
        self._lane.run(lambda _: sync.waiting_rows(), on_result=self._rows_known, on_error=self._rows_unknown)

    def _rows_known(self, rows: Rows) -> None:
        self._asking = False
        if rows != self.waiting:
            self.waiting = rows
            self.changed.emit()
        if self._again:
            self._ask_rows()

    def _rows_unknown(self, _error: AppError) -> None:
        self._asking = False

"""Changes from any thread, gathered for 100 ms and told on the GUI thread; silent while the window is locked."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from app.kernel.errors import AppError
from app.ui.work.port import ChangesPort, WorkspacePort
from app.ui.work.threads import on_gui_thread
from app.workspace.changes import ChangeSet

COALESCE_MS = 100
SHUT_OUT = frozenset({"WrongPassword", "NoAccount", "WorkstationRevoked"})
"""The account was disabled, somebody gave it another password, or an ADMIN took the workstation out of service."""


def merge(sets: Iterable[ChangesPort]) -> ChangeSet:
    """Return one change set for several; it is ``own`` only if all of them are."""
    rows: dict[str, frozenset[str]] = {}
    own, everything = True, False
    for changes in sets:
        own, everything = own and changes.own, everything or changes.everything
        for table, ids in changes.rows.items():
            rows[table] = rows.get(table, frozenset()) | ids
    return ChangeSet(rows, own=own, everything=everything)


class LiveHub(QObject):
    """Listens to a workspace until ``close``."""

    changed = Signal(object)
    """What changed in the last 100 ms, as one change set."""
    connection = Signal(bool)
    """Whether the live connection stands."""
    shut_out = Signal(object)
    """The server is there and lets this person in no more: the ``AppError`` says why. Told again at every try."""

    def __init__(self, workspace: WorkspacePort, parent: QObject) -> None:
        super().__init__(parent)
        self._lock = threading.Lock()
        self._gathered: list[ChangesPort] = []
        self._paused = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(COALESCE_MS)
        self._timer.timeout.connect(self._tell)
        self._workspace = workspace
        self._unsubscribe = workspace.changed.subscribe(self._heard)
        workspace.live_changed.append(self._heard_connection)

    def pause(self) -> None:
        """Tell nothing until ``resume``; what changes meanwhile is told then."""
        self._paused = True
        self._timer.stop()

    def resume(self) -> None:
        """Tell what was gathered, and go on."""
        self._paused = False
        self._wake()

    def close(self) -> None:
        """Hear nothing any more."""
        self._unsubscribe()
        if self._heard_connection in self._workspace.live_changed:
            self._workspace.live_changed.remove(self._heard_connection)
        self._timer.stop()

    def _heard(self, changes: ChangesPort) -> None:
        with self._lock:
            first = not self._gathered
            self._gathered.append(changes)
        if first:
            on_gui_thread(self._wake)

    def _heard_connection(self, live: bool, error: AppError | None) -> None:
        on_gui_thread(partial(self._tell_connection, live, error))

    def _tell_connection(self, live: bool, error: AppError | None) -> None:
        if not isValid(self):
            return
        if not live and error is not None and error.code in SHUT_OUT:
            self.shut_out.emit(error)
            return
        self.connection.emit(live)

    def _wake(self) -> None:
        if isValid(self) and not self._paused and self._gathered and not self._timer.isActive():
            self._timer.start()

    def _tell(self) -> None:
        with self._lock:
            gathered, self._gathered = self._gathered, []
        if gathered:
            self.changed.emit(merge(gathered))

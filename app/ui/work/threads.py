"""The program's worker threads and the way back to the GUI thread."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QCoreApplication, QObject, Qt, QThreadPool, Signal, Slot
from shiboken6 import isValid

_SWITCH_SECONDS = 0.0005


class Pool(Enum):
    """Which threads do the work; the value is their number."""

    QUESTIONS = 4
    COMMANDS = 1  # one thread, so that a window's commands keep their order
    LONG_WORK = 2


class _Courier(QObject):
    """Carries finished work to the GUI thread, where its callback runs."""

    _sent = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._sent.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def send(self, callback: Callable[[], None]) -> None:
        """Run ``callback`` on the GUI thread, soon; safe from any thread."""
        self._sent.emit(callback)

    @Slot(object)
    def _deliver(self, callback: Callable[[], None]) -> None:
        callback()


class Threads:
    """Pools by kind of work, made when first needed."""

    def __init__(self, application: QCoreApplication) -> None:
        self.courier = _Courier(application)
        self._pools: dict[Pool, QThreadPool] = {}
        # Qt gives the interpreter away in most of its calls and takes it back after: with Python's 5 ms each of
        # these waits would be felt while a worker computes.
        sys.setswitchinterval(_SWITCH_SECONDS)

    def start(self, kind: Pool, work: Callable[[], None]) -> None:
        """Queue ``work``; first come, first served within one kind."""
        pool = self._pools.get(kind)
        if pool is None:
            pool = self._pools[kind] = QThreadPool(self.courier)
            pool.setMaxThreadCount(kind.value)
            pool.setObjectName(kind.name.lower())
        pool.start(work)

    def finish(self, milliseconds: int) -> bool:
        """Drop what has not begun, except commands, and wait for the rest; False when time ran out."""
        for kind, pool in self._pools.items():
            if kind is not Pool.COMMANDS:
                pool.clear()
        ended = [pool.waitForDone(milliseconds) for pool in self._pools.values()]
        return all(ended)


_threads: Threads | None = None


def threads() -> Threads:
    """Return the program's threads; first call on the GUI thread."""
    global _threads  # noqa: PLW0603 - one per application
    if _threads is None or not isValid(_threads.courier):
        application = QCoreApplication.instance()
        if application is None:
            raise RuntimeError("threads need a running Qt application")
        _threads = Threads(application)
    return _threads


def on_gui_thread(callback: Callable[[], None]) -> None:
    """Run ``callback`` on the GUI thread, soon; safe from any thread. After the application's end nothing happens."""
    if _threads is not None and isValid(_threads.courier):
        _threads.courier.send(callback)

"""Python's garbage is collected on the GUI thread only.

A collection runs on whatever thread happens to allocate next. A widget in a cycle would then be destroyed on a lane's
thread, which Qt forbids: now and then that ends the whole program. So automatic collection is off while there is a
window, and a timer asks often enough whether one is due.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 250
_FULL_EVERY_SECONDS = 30.0
"""A full collection looks at everything that isn't frozen: seldom is often enough."""


class GuiThreadGarbage(QObject):
    """Collects by the interpreter's own thresholds, on the thread that it is made on, until ``stop``."""

    def __init__(self, parent: QObject | None = None, *, every_ms: int = _EVERY_MS) -> None:
        super().__init__(parent)
        self._was_on = gc.isenabled()
        self._full_at = time.monotonic()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(every_ms)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due, if any."""
        counts, limits = gc.get_count(), gc.get_threshold()
        if counts[2] > limits[2] and time.monotonic() - self._full_at > _FULL_EVERY_SECONDS:
            gc.collect(2)
            self._full_at = time.monotonic()
        elif counts[1] > limits[1]:
            gc.collect(1)
        elif counts[0] > limits[0]:
            gc.collect(0)

    def stop(self) -> None:
        """Leave collection to the interpreter again, as it was."""
        self._timer.stop()
        if self._was_on:
            gc.enable()

"""Qt's Python types come into being when first met; all at once that holds the window up for a tenth of a second.

So they are met in small slices while the person looks at the first page. What then exists, modules and types above all,
stays until the program ends: the garbage collector is told not to look through it again and again, which would hold the
window up for another tenth of a second each time.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from types import ModuleType

from PySide6 import QtCore, QtGui, QtWidgets
from PySide6.QtCore import QObject, QTimer

_SLICE_SECONDS = 0.008


def _types(modules: tuple[ModuleType, ...] = (QtCore, QtGui, QtWidgets)) -> Iterator[object]:
    for module in modules:
        for name in dir(module):
            yield getattr(module, name, None)


def warm_now() -> int:
    """Meet all types at once; returns how many there are. For tests, before anything is measured."""
    count = sum(1 for _ in _types())
    gc.freeze()
    return count


class Warmer(QObject):
    """Meets the types slice by slice, then goes away."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._rest = _types()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._slice)
        self._timer.start()

    def _slice(self) -> None:
        until = time.perf_counter() + _SLICE_SECONDS
        for _ in self._rest:
            if time.perf_counter() > until:
                return
        self._timer.stop()
        gc.freeze()
        self.deleteLater()

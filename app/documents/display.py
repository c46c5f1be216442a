"""Drawing papers without a window: the command line has no display, and no other program's fonts."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication

_kept: list[QGuiApplication] = []


def need_display() -> None:
    """Make what fonts and pictures need, once, unless a window has it already. Call it on the main thread."""
    if QCoreApplication.instance() is None:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        _kept.append(QGuiApplication(sys.argv[:1]))

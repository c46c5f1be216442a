"""Windows that earlier tests left: what styles or counts all widgets of the program must not find them."""

from __future__ import annotations

import gc

from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication


def clear_leftovers() -> None:
    """Destroy every top-level widget of the process. Call it before your own are made."""
    gc.collect()
    for widget in QApplication.topLevelWidgets():
        widget.close()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()

"""One place where lanes report what concerns the whole window: the badge, the crash dialog, the checklist."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QObject, Signal
from shiboken6 import isValid


class Hub(QObject):
    """Signals on the GUI thread; the shell listens, lanes and hooks emit."""

    reached = Signal()
    """The server answered."""
    unavailable = Signal(object)
    """The server could not be reached: an ``Unavailable``."""
    unheard = Signal(object)
    """An ``AppError`` that no receiver took: the shell shows it as a toast."""
    bug = Signal(object)
    """A ``BugReport``: the shell opens the crash dialog."""
    enrolled = Signal()
    """This workstation works offline from now on: the desk is made anew."""
    executed = Signal(object, object)
    """A command and its ``Outcome``, after it was carried out."""


_hub: Hub | None = None


def hub() -> Hub:
    """Return the program's hub; it lives on the GUI thread, as long as the application."""
    global _hub  # noqa: PLW0603 - one per application
    if _hub is None or not isValid(_hub):
        application = QCoreApplication.instance()
        if application is None:
            raise RuntimeError("the hub needs a running Qt application")
        _hub = Hub(application)
        _hub.moveToThread(application.thread())
    return _hub

"""What the world outside asks of a window: to end, or to come forward."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable

from PySide6.QtCore import QTimer

from app.ui.shell.shell import Shell

log = logging.getLogger(__name__)

LOOK_MS = 500


def heed(shell: Shell, was_called: Callable[[], bool]) -> None:
    """Let Ctrl+C in a terminal and a polite kill close the window, drafts kept; a second start brings it forward."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: shell.quit())

    def look() -> None:
        # Python sees a signal only when it runs: the timer gives it the occasion.
        if was_called():
            log.info("started once more: the window comes forward")
            shell.window.come_forward()

    timer = QTimer(shell)
    timer.timeout.connect(look)
    timer.start(LOOK_MS)

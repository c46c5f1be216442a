"""One window for whoever starts the program twice: the second start brings the first window forward and ends.

A second desk, which a window opens on purpose, and another clinic (``--profile``) have windows of their own.
"""

from __future__ import annotations

import logging
import threading
import time
from hashlib import sha256

from app.kernel.paths import Paths
from app.sync.single import SingleInstance

log = logging.getLogger(__name__)

ANSWER_SECONDS = 4.0
"""A window that doesn't come forward within this hangs, or is closing: then the second start opens one."""
_LOOK_SECONDS = 0.05


class OneWindow:
    """The window of one clinic (``profile`` "": the one that was used last).

    Never raises: a disk that takes no lock costs this comfort, not the window.
    """

    def __init__(self, paths: Paths, profile: str) -> None:
        name = sha256(profile.encode()).hexdigest()[:12] if profile else "last"
        self._instance = SingleInstance(paths.config / "window" / name)
        self._ours = False

    def take(self) -> bool:
        """Become the window; False when another process is."""
        try:
            self._ours = self._instance.acquire()
        except OSError as error:
            log.warning("whether another window is open can't be told: %s", type(error).__name__)
            return True
        return self._ours

    def bring_forward(self, seconds: float = ANSWER_SECONDS) -> bool:
        """Ask the other window to come forward; True when it has heard."""
        try:
            self._instance.ask_forward()
            until = time.monotonic() + seconds
            while time.monotonic() < until:
                if not self._instance.waits_for_answer():
                    return True
                threading.Event().wait(_LOOK_SECONDS)
            return not self._instance.was_called()  # the word is taken back: nobody is to come forward later
        except OSError:
            return False

    def was_called(self) -> bool:
        """Whether a second start asked this window to come forward since the last time this was asked."""
        return self._ours and self._instance.was_called()

    def release(self) -> None:
        """Let another process be the window; the end of the process does that too."""
        self._ours = False
        self._instance.release()

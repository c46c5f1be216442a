"""The stall watchdog: finds where our code kept the event loop waiting. Runs in the UI tests.

A timer on the GUI thread is the heartbeat; a thread looks at the GUI thread's stack when a beat is overdue.
Time that the machine gave to other processes (``schedstat``) is not held against us, nor is code that is not ours.
"""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, QTimer

LIMIT_MS = 100
_BEAT_MS = 10
_OURS = str(Path(__file__).resolve().parents[2])
_SCHEDSTAT = Path("/proc/thread-self/schedstat")


@dataclass(frozen=True, slots=True)
class Stall:
    """One stall: how long, and where our code was (innermost frame of ours, at the last look)."""

    milliseconds: float
    where: str


class StallWatchdog(QObject):
    """Watches the event loop of the thread it is made on, from ``start`` to ``stop``."""

    def __init__(self, limit_ms: int = LIMIT_MS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.limit_ms = limit_ms
        self.stalls: list[Stall] = []
        self._thread_id = threading.get_ident()
        self._seen = ""
        self._ended = threading.Event()
        self._last = time.perf_counter()
        self._waited = _waited_ms()
        self._timer = QTimer(self)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._looker = threading.Thread(target=self._look, name="stall-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._last, self._waited = time.perf_counter(), _waited_ms()
        self._timer.start()
        self._looker.start()

    def stop(self) -> None:
        """End; afterwards ``stalls`` stands still."""
        self._timer.stop()
        self._ended.set()
        self._looker.join()

    def report(self) -> str:
        """Return the stalls in words; empty when there were none."""
        return "\n".join(f"{stall.milliseconds:.0f} ms in {stall.where}" for stall in self.stalls)

    def _beat(self) -> None:
        now, waited = time.perf_counter(), _waited_ms()
        blocked = (now - self._last) * 1000 - (waited - self._waited)
        where, self._seen = self._seen, ""
        self._last, self._waited = now, waited
        if where and blocked > self.limit_ms:
            self.stalls.append(Stall(blocked, where))

    def _look(self) -> None:
        while not self._ended.wait(_BEAT_MS / 1000):
            if (time.perf_counter() - self._last) * 1000 > self.limit_ms / 2:
                self._seen = _our_frame(sys._current_frames().get(self._thread_id)) or self._seen  # noqa: SLF001 - the documented way to see another thread's stack


def _waited_ms() -> float:
    """Milliseconds that the calling thread was ready but the machine ran others; 0 where the system doesn't tell."""
    try:
        return int(_SCHEDSTAT.read_text(encoding="ascii").split()[1]) / 1e6
    except (OSError, IndexError, ValueError):
        return 0.0


def _our_frame(frame: FrameType | None) -> str:
    while frame is not None:
        name = frame.f_code.co_filename
        if name.startswith(_OURS) and name != __file__:
            return f"{Path(name).name}:{frame.f_lineno} {frame.f_code.co_name}"
        frame = frame.f_back
    return ""

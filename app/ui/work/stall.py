"""The stall watchdog: finds where our code kept the event loop waiting. Runs in the UI tests.

A timer on the watched thread is the heartbeat; a second thread looks at its stack every few milliseconds. A stall is
one call into our code that lasts too long without a beat. Time that the machine gave to other processes
(``schedstat``) is not held against us: neither the watched thread's, nor that of a thread it may have waited for.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from PySide6.QtCore import QObject, QTimer

LIMIT_MS = 100
_BEAT_MS = 10
_OURS = str(Path(__file__).resolve().parents[2])


@dataclass(frozen=True, slots=True)
class Stall:
    """One stall: how long, and where our code was at the last look (innermost frame of ours)."""

    milliseconds: float
    where: str


@dataclass(frozen=True, slots=True)
class _Call:
    """A call into our code. Frames are told apart by number: keeping them would keep their locals alive."""

    number: int
    name: str
    caller_line: int


class StallWatchdog(QObject):
    """Watches the event loop of the thread it is made on, from ``start`` to ``stop``."""

    def __init__(self, limit_ms: int = LIMIT_MS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.limit_ms = limit_ms
        self.stalls: list[Stall] = []
        self._thread_id = threading.get_ident()
        self._tasks = Path("/proc/self/task")
        self._ended = threading.Event()
        self._beaten = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._looker = threading.Thread(target=self._look, name="stall-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._beat()
        self._timer.start()
        self._looker.start()

    def stop(self) -> None:
        """End; afterwards ``stalls`` stands still."""
        self._timer.stop()
        self._ended.set()
        if self._looker.is_alive():
            self._looker.join()

    def report(self) -> str:
        """Return the stalls in words; empty when there were none."""
        return "\n".join(f"{stall.milliseconds:.0f} ms in {stall.where}" for stall in self.stalls)

    def _beat(self) -> None:
        self._beaten = time.perf_counter()

    def _look(self) -> None:
        call: _Call | None = None
        since = worst = 0.0
        waited: dict[str, float] = {}
        where = ""
        while not self._ended.wait(_BEAT_MS / 1000):
            now, seen, place = time.perf_counter(), *self._seen()
            if seen is None or seen != call or self._beaten > since:
                self._note(worst, where)
                call, since, waited, worst = seen, now, self._waited_ms(), 0.0
            else:
                lost = [ms - waited.get(task, 0.0) for task, ms in self._waited_ms().items()]
                worst = (now - since) * 1000 - max(lost, default=0.0)
            where = place
        self._note(worst, where)

    def _note(self, milliseconds: float, where: str) -> None:
        if milliseconds > self.limit_ms:
            self.stalls.append(Stall(milliseconds, where))

    def _seen(self) -> tuple[_Call | None, str]:
        """Our outermost frame on the watched thread, and where our innermost one stands."""
        frame: FrameType | None = sys._current_frames().get(self._thread_id)  # noqa: SLF001 - the documented way
        call: _Call | None = None
        where = ""
        while frame is not None:
            name = frame.f_code.co_filename
            if name.startswith(_OURS) and name != __file__:
                where = where or f"{Path(name).name}:{frame.f_lineno} {frame.f_code.co_name}"
                line = frame.f_back.f_lineno if frame.f_back is not None else 0
                call = _Call(id(frame), frame.f_code.co_name, line)
            frame = frame.f_back
        return call, where

    def _waited_ms(self) -> dict[str, float]:
        """Milliseconds for which each thread was ready while the machine ran others; empty where nobody tells."""
        waited: dict[str, float] = {}
        with suppress(OSError):
            for task in self._tasks.iterdir():
                with suppress(OSError, IndexError, ValueError):
                    waited[task.name] = int((task / "schedstat").read_text(encoding="ascii").split()[1]) / 1e6
        return waited

"""The stall watchdog: finds where our code kept the event loop waiting. Runs in the UI tests.

A timer on the watched thread is the heartbeat; a second thread looks at its stack every few milliseconds. A stall is
one call into our code that lasts too long without a beat: computing time, and time in which the thread stood still.
What the machine gave to others is not held against us: neither time in which the thread was ready but didn't run, nor
time in which it may have waited for another of our threads to give the interpreter back (``schedstat``), nor time in
which a virtual machine had no processor at all (``steal``). Nor is the collection of garbage: whose turn it is to pay
for all that was left behind is chance (``app.ui.work.memory`` keeps it short).
"""

from __future__ import annotations

import gc
import sys
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, chain, repeat, starmap, zip_longest
from operator import itemgetter
from pathlib import Path
from types import FrameType
from typing import Any

from PySide6.QtCore import QObject, QTimer

LIMIT_MS = 100
_BEAT_MS = 20
_GRACE_MS = 40
"""A beat may be late by so much before the stack is looked at."""
_STEAL, _TICK_MS = 7, 10.0
"""The place of ``steal`` in a line of ``/proc/stat``, and the length of its unit."""
_GARBAGE = "garbage"
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


@dataclass(frozen=True, slots=True)
class _Spent:
    """Milliseconds that a thread ran, and that it was ready while the machine ran others."""

    ran: float
    waited: float

    def since(self, before: _Spent) -> _Spent:
        """Return what was spent since then."""
        return _Spent(self.ran - before.ran, self.waited - before.waited)


class StallWatchdog(QObject):
    """Watches the event loop of the thread it is made on, from ``start`` to ``stop``."""

    def __init__(self, limit_ms: int = LIMIT_MS, parent: QObject | None = None, *, aside: Collection[str] = ()) -> None:
        super().__init__(parent)
        self.limit_ms = limit_ms
        self._aside = frozenset(aside)
        """Files from which our code may be called and waited for: what a test does in its clinic by itself."""
        self.stalls: list[Stall] = []
        self._thread_id = threading.get_ident()
        self._tasks = Path("/proc/self/task")
        self._task = str(threading.get_native_id())
        self._ended = threading.Event()
        self._beaten = time.perf_counter()
        self._collecting_since: float | None = None
        self._collected = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._looker = threading.Thread(target=self._look, name="stall-watchdog", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._beat()
        gc.callbacks.append(self._collecting)
        self._timer.start()
        self._looker.start()

    def stop(self) -> None:
        """End; afterwards ``stalls`` stands still."""
        self._timer.stop()
        self._ended.set()
        if self._looker.is_alive():
            self._looker.join()
        if self._collecting in gc.callbacks:
            gc.callbacks.remove(self._collecting)

    def report(self) -> str:
        """Return the stalls in words; empty when there were none."""
        return "\n".join(f"{stall.milliseconds:.0f} ms in {stall.where}" for stall in self.stalls)

    def _beat(self) -> None:
        self._beaten = time.perf_counter()

    def _collecting(self, phase: str, _: object) -> None:
        """Count the milliseconds of collections; whichever thread collects, the watched one waits."""
        if phase == "start":
            self._collecting_since = time.perf_counter()
        elif self._collecting_since is not None:
            self._collected += (time.perf_counter() - self._collecting_since) * 1000
            self._collecting_since = None

    def _garbage_so_far(self) -> float:
        """Include the collection under way: the end of one is where a waiting thread gets its turn."""
        began = self._collecting_since
        return self._collected + ((time.perf_counter() - began) * 1000 if began is not None else 0.0)

    def _look(self) -> None:
        """Look at the stack only while a beat is late; what is seen first has lasted since that beat."""
        call: _Call | None = None
        began = latest = self._spent()
        beaten = since = time.perf_counter()
        worst, where, looked = 0.0, "", True
        while not self._ended.wait(_BEAT_MS / 1000):
            now = time.perf_counter()
            if self._beaten != beaten:
                self._note(worst, where)
                beaten, since, began, latest = self._beaten, now, self._spent(), {}
                call, worst, looked = None, 0.0, False
                continue
            if (now - beaten) * 1000 < _GRACE_MS:
                continue
            seen, place = self._seen()
            if looked and seen != call:  # something else than before: it begins here
                self._note(worst, where)
                since, began, latest, worst = now, self._spent(), {}, 0.0
            call, looked = seen, True
            latest = {**latest, **self._spent()}  # a thread that has ended meanwhile counts too
            if call is not None:
                worst, where = self._held_up((now - since) * 1000, began, latest), place
        self._note(worst, where)

    def _note(self, milliseconds: float, where: str) -> None:
        if milliseconds > self.limit_ms:
            self.stalls.append(Stall(milliseconds, where))

    def _seen(self) -> tuple[_Call | None, str]:
        """Our outermost frame on the watched thread, and where our innermost one stands."""
        call: _Call | None = None
        where = ""
        for frame, caller in zip_longest(frames := _stack(self._thread_id), frames[1:]):
            name = frame.f_code.co_filename
            if caller is not None and caller.f_code.co_filename in self._aside:
                return None, ""
            if name.startswith(_OURS) and name != __file__:
                where = where or f"{Path(name).name}:{frame.f_lineno} {frame.f_code.co_name}"
                call = _Call(id(frame), frame.f_code.co_name, caller.f_lineno if caller is not None else 0)
        return call, where

    def _held_up(self, wall: float, began: dict[str, _Spent], now: dict[str, _Spent]) -> float:
        """Return the milliseconds that our own code took of ``wall``."""
        nothing = _Spent(0.0, 0.0)  # where a thread began that wasn't there before
        passed = {task: spent.since(began.get(task, nothing)) for task, spent in now.items()}
        own = passed.pop(self._task, _Spent(0.0, 0.0))
        garbage = passed.pop(_GARBAGE, _Spent(0.0, 0.0)).ran
        stolen = max((spent.ran for name, spent in passed.items() if name.startswith("cpu")), default=0.0)
        others = sum(spent.ran + spent.waited for name, spent in passed.items() if not name.startswith("cpu"))
        held = own.ran + max(0.0, wall - own.ran - own.waited - others)
        return max(0.0, held - stolen - garbage)

    def _spent(self) -> dict[str, _Spent]:
        """What each thread has spent so far; none where the system doesn't tell (then all of the time counts).

        Under ``cpu0``, ``cpu1`` …: what was taken from that processor of a virtual machine; and what garbage took.
        """
        spent: dict[str, _Spent] = {_GARBAGE: _Spent(self._garbage_so_far(), 0.0)}
        with suppress(OSError, IndexError, ValueError):
            for line in Path("/proc/stat").read_text(encoding="ascii").splitlines()[1:]:
                if not line.startswith("cpu"):
                    break
                name, *ticks = line.split()
                spent[name] = _Spent(int(ticks[_STEAL]) * _TICK_MS, 0.0)
        with suppress(OSError):
            for task in self._tasks.iterdir():
                with suppress(OSError, IndexError, ValueError):
                    ran, waited, *_ = (task / "schedstat").read_text(encoding="ascii").split()
                    spent[task.name] = _Spent(int(ran) / 1e6, int(waited) / 1e6)
        return spent


def _stack(thread_id: int) -> list[FrameType]:
    """Return the frames of a thread, the innermost first.

    The whole walk is one call into C, so the watched thread can't go on meanwhile: the way back from a frame that has
    ended crashes CPython 3.11.
    """
    now = map(itemgetter(thread_id), starmap(sys._current_frames, [()]))  # noqa: SLF001 - the documented way
    walk: Iterator[Any] = accumulate(chain(now, repeat("f_back")), getattr)
    frames: list[FrameType | None] = []
    with suppress(AttributeError, KeyError):  # behind the outermost frame; the thread has ended
        frames.extend(walk)
    return [frame for frame in frames if frame is not None]

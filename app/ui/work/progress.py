"""Progress of long work: counted, shown, cancellable."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.kernel.errors import Cancelled
from app.kernel.i18n import t
from app.ui.work.threads import on_gui_thread


@dataclass(frozen=True, slots=True)
class Step:
    """How far the work is. ``total`` 0 means that nobody knows."""

    done: int
    total: int
    text: str = ""


class Progress:
    """Handed to long work: it reports, and learns here that it was cancelled."""

    def __init__(self, on_step: Callable[[Step], None] | None = None) -> None:
        self._on_step = on_step
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._newest: Step | None = None

    def report(self, done: int, total: int = 0, text: str = "") -> None:
        """Say how far the work is; from its thread. Steps that come faster than they are shown are skipped."""
        self.check()
        if self._on_step is None:
            return
        with self._lock:
            on_its_way = self._newest is not None
            self._newest = Step(done, total, text)
        if not on_its_way:
            on_gui_thread(partial(self._show, self._on_step))

    def check(self) -> None:
        """Raise ``Cancelled`` when the person ended the work."""
        if self._ended.is_set():
            raise Cancelled("Cancelled", t("Stopped."))

    def cancel(self) -> None:
        """End the work at its next report or check."""
        self._ended.set()

    @property
    def cancelled(self) -> bool:
        """Whether the person ended the work."""
        return self._ended.is_set()

    def _show(self, on_step: Callable[[Step], None]) -> None:
        with self._lock:
            step, self._newest = self._newest, None
        if step is not None and not self._ended.is_set():
            on_step(step)

"""Ctrl+C during long work: it ends after the step under way, with its report; pressed again it ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def until_interrupted() -> Iterator[Callable[[], bool]]:
    """Yield what tells whether Ctrl+C was pressed, or the service manager asked to stop; then all is as before."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed.is_set
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def hear(number: int, _frame: FrameType | None) -> None:
        pressed.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in _SIGNALS:
        signal.signal(number, hear)
    try:
        yield pressed.is_set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

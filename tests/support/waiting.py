"""Waiting for what another process does, without a fixed sleep."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event
from time import monotonic


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Return as soon as ``condition`` holds; fail when it doesn't within ``seconds``."""
    deadline = monotonic() + seconds
    pause = Event()
    while not condition():
        assert monotonic() < deadline, f"not within {seconds:.0f} s"
        pause.wait(0.02)

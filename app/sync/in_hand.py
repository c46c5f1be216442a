"""Commands that are on their way to the server at this moment, with somebody waiting for the answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class InHand:
    """Keeps a round from giving the server what a person is giving it right now. May be used from any thread.

    Given twice it would be answered twice: to the person, who is told of a refusal in place, and to the round, which
    would put the same refusal under Needs attention.
    """

    def __init__(self) -> None:
        self.passed_over: Callable[[], None] = lambda: None
        """Called when a command that a round left alone has its answer. Never raises."""
        self._lock = threading.Lock()
        self._ids: set[str] = set()
        self._met = False

    @contextmanager
    def given(self, command_id: str) -> Iterator[None]:
        """While this lasts, from before the command is written down until its answer is."""
        with self._lock:
            self._ids.add(command_id)
        try:
            yield
        finally:
            with self._lock:
                self._ids.discard(command_id)
                met, self._met = self._met, False
            if met:
                self.passed_over()

    @contextmanager
    def looked_at(self) -> Iterator[frozenset[str]]:
        """The ids in hand; while this lasts none comes and none goes."""
        with self._lock:
            yield frozenset(self._ids)

    def meet(self) -> None:
        """A round has left some alone: have it told when they are answered."""
        with self._lock:
            met = self._met = bool(self._ids)
        if not met:
            self.passed_over()

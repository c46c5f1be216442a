"""A shell whose questions are answered by a small clinic on the workstation's store: charts with real rows in them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from app.kernel.errors import Cancelled, Unavailable
from app.queries.core import works_offline
from tests.support.desk import CLINIC, ZONE, Desk
from tests.support.shell import FakeClinic, FakeShell, FakeWorkspace


class DeskWorkspace(FakeWorkspace):
    """Answers with what stands in the clinic, unless ``answers`` has something prepared."""

    def __init__(self, desk: Desk, who: str) -> None:
        self.person = getattr(desk, who)
        super().__init__(actor=self.person.actor, clinic=FakeClinic(clinic_id=CLINIC, zone=ZONE))
        self.clock = desk.clock
        self.alone = threading.Lock()
        """The store in memory has one connection: whoever writes past the commands holds this meanwhile."""

    def ask_cancellable(self, cancel: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Ask the store, or give the prepared answer."""
        if function in self.answers:
            return super().ask_cancellable(cancel, function, *args, **kwargs)
        self.asked.append((function, kwargs))
        if not works_offline(function):  # as the workstation's store says it
            raise Unavailable("NeedsServer", "This needs the clinic's server.")
        with self.alone:
            answer = self.person.ask(function, *args, **kwargs)
        if cancel is not None and cancel.cancelled:
            raise Cancelled("Cancelled", "withdrawn")
        return answer


def chart_shell(desk: Desk, who: str = "okafor") -> FakeShell:
    """Return somebody's shell over the clinic."""
    return FakeShell(DeskWorkspace(desk, who))

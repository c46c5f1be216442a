"""Letting this computer work offline, as the settings see it; the composition root wires the real one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from app.kernel.errors import AppError
from app.ui.work.port import WorkspacePort

Report = Callable[[int, int, str], None]
"""Hears (done, total, what)."""


@dataclass(frozen=True, slots=True)
class EnrolState:
    """How this computer stands. ``keyring`` names where the secret is kept, ``no_keyring`` says why nowhere.

    ``name``: as what it is enrolled; ``computer``: what it is, or would be, called.

    ``knows_password``: whoever wires the port knows it (this computer's own demo), nobody has to type it.

    ``problem``: why the store of an enrolled workstation stays closed although the server is there.
    """

    enrolled: bool = False
    workstation_id: str = ""
    name: str = ""
    computer: str = ""
    keyring: str = ""
    no_keyring: str = ""
    knows_password: bool = False
    problem: AppError | None = None

    @property
    def no_room(self) -> bool:
        """Whether only a full disk keeps the store closed: no key opens it, and none is lost."""
        return self.problem is not None and self.problem.code == "DiskFull"


class EnrolPort(Protocol):
    """Every call waits for the disk or the server: make it in a lane, except ``was_called``."""

    def state(self, workspace: WorkspacePort) -> EnrolState:
        """Look how this computer stands."""
        ...

    def enrol(self, workspace: WorkspacePort, password: str, report: Report) -> str:
        """Let it work offline, as the ADMIN signed in; returns the recovery key, which is shown this once."""
        ...

    def recover(self, workspace: WorkspacePort, recovery_key: str, password: str) -> None:
        """Open the store that stays closed with the recovery key; what was not sent is sent then."""
        ...

    def put_aside(self, workspace: WorkspacePort) -> None:
        """Put a store that stays closed aside for good, so that this computer can be enrolled anew."""
        ...

    def was_called(self) -> bool:
        """Whether another window of this computer asked this one to come forward; cheap."""
        ...

    def ask_forward(self) -> None:
        """Ask the window that works offline on this computer to come forward."""
        ...

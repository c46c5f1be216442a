"""The part of an enrolled workstation's own work that the window uses, as a protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from app.commands.registry import Command
from app.workspace.sync_state import AttentionItem, Reading, SyncReport, SyncStatus


class SyncPort(Protocol):
    """What ``Workspace.sync`` offers. Everything but ``status`` waits for the disk or the server: call it in a lane."""

    @property
    def changed(self) -> list[Callable[[SyncStatus], None]]:
        """Callbacks, on any thread, that hear each new state."""
        ...

    def status(self) -> SyncStatus:
        """How things stand; at once."""
        ...

    def sync_now(self) -> SyncReport:
        """Send and fetch at once; raises ``Unavailable`` or Refused "SyncHeld"."""
        ...

    def read_from(self, reading: Reading) -> None:
        """Choose from where boards and search are read while the server answers."""
        ...

    def cut(self, cut: bool) -> None:
        """Cut the connection for real, or mend it (the demo's button)."""
        ...

    def waiting(self) -> tuple[AttentionItem, ...]:
        """What waits to be sent, in its order, colleagues' too."""
        ...

    def waiting_rows(self) -> frozenset[tuple[str, str]]:
        """Rows (table, key) that the server hasn't confirmed yet."""
        ...

    def attention(self) -> tuple[AttentionItem, ...]:
        """What a person has to decide on, oldest first."""
        ...

    def retry(self, command_id: str) -> None:
        """Send it again under its own id."""
        ...

    def discard(self, command_id: str, reason: str) -> None:
        """Give it up; needs the server."""
        ...

    def take_theirs(self, command_id: str) -> None:
        """Leave things as the server has them; needs the server."""
        ...

    def change(self, command_id: str, command: Command, execute: Callable[[Command], object]) -> None:
        """Do it another way."""
        ...

    def adopt(self, command_id: str) -> None:
        """Take over what a disabled colleague left (ADMIN)."""
        ...

    def recipients(self, command_id: str) -> tuple[tuple[str, str], ...]:
        """To whom it may be handed over: ids and names."""
        ...

    def hand_over(self, command_id: str, to: str) -> str:
        """Let a colleague decide on it in their own name; returns their name (ADMIN); needs the server."""
        ...

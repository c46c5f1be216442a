"""An enrolled workstation's own work, as a test says it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

from app.commands.registry import Command
from app.kernel.errors import AppError
from app.workspace.sync_state import AttentionItem, EntryState, Reading, SyncMode, SyncReport, SyncStatus
from app.workspace.workspace import Workspace

AT_1042 = datetime(2026, 11, 24, 18, 42, tzinfo=UTC)
"""10:42 in the test clinic."""


def an_item(kind: str, command: Command | None, **more: object) -> AttentionItem:
    """Something that needs attention, this person's own unless told otherwise."""
    plain = AttentionItem(
        id=f"id-{kind}", state=EntryState.ATTENTION, kind=kind, command=command, author_id="u-1",
        author_name="Dana Whitfield", mine=True, occurred_at=AT_1042, code="SlotTaken",
        message="This time has just been taken.",
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def work_with(workspace: Workspace, sync: FakeSync) -> None:
    """Give a real workspace a sync that only tells what the test sets."""
    cast(Any, workspace).sync = sync


class FakeSync:
    """Tells what the test sets, and remembers every decision."""

    def __init__(self, *items: AttentionItem, waiting: tuple[AttentionItem, ...] = ()) -> None:
        self.changed: list[Callable[[SyncStatus], None]] = []
        self.items, self.sending = list(items), waiting
        self.rows: frozenset[tuple[str, str]] = frozenset()
        self.now = SyncStatus(SyncMode.ONLINE, attention=len(items))
        self.decided: list[tuple[str, ...]] = []
        self.commands: list[Command] = []
        self.cuts: list[bool] = []
        self.tried = 0
        self.error: AppError | None = None

    def tell(self, mode: SyncMode, **more: object) -> None:
        """Become so, and say it."""
        self.now = replace(SyncStatus(mode, since=AT_1042, as_of=AT_1042), **more)  # type: ignore[arg-type]
        for callback in tuple(self.changed):
            callback(self.now)

    def status(self) -> SyncStatus:
        """How things stand."""
        return self.now

    def sync_now(self) -> SyncReport:
        """Count the tries."""
        self.tried += 1
        self._may()
        return SyncReport()

    def read_from(self, reading: Reading) -> None:
        """Be read from there."""
        self.tell(self.now.mode, reading=reading)

    def cut(self, cut: bool) -> None:
        """Remember it."""
        self.cuts.append(cut)

    def waiting(self) -> tuple[AttentionItem, ...]:
        """What waits."""
        return self.sending

    def waiting_rows(self) -> frozenset[tuple[str, str]]:
        """Rows not confirmed."""
        return self.rows

    def attention(self) -> tuple[AttentionItem, ...]:
        """What needs a decision."""
        return tuple(self.items)

    def retry(self, command_id: str) -> None:
        """Remember it."""
        self._decide("retry", command_id)

    def discard(self, command_id: str, reason: str) -> None:
        """Remember it."""
        self._decide("discard", command_id, reason)

    def take_theirs(self, command_id: str) -> None:
        """Remember it."""
        self._decide("theirs", command_id)

    def change(self, command_id: str, command: Command, execute: Callable[[Command], object]) -> None:
        """Execute the other command, then give up the first."""
        self._may()
        execute(command)
        self.commands.append(command)
        self._decide("change", command_id)

    def adopt(self, command_id: str) -> None:
        """Remember it."""
        self._decide("adopt", command_id)

    def recipients(self, command_id: str) -> tuple[tuple[str, str], ...]:
        """One colleague."""
        return (("u-9", "Dr Levy"),)

    def hand_over(self, command_id: str, to: str) -> str:
        """Remember it."""
        self._decide("hand", command_id, to)
        return "Dr Levy"

    def _may(self) -> None:
        if self.error is not None:
            raise self.error

    def _decide(self, *what: str) -> None:
        self._may()
        self.decided.append(what)
        self.items = [item for item in self.items if item.id != what[1]]
        self.tell(self.now.mode, attention=len(self.items))

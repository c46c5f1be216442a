"""The part of the workspace that lanes and the shell use, as a protocol: tests put a fake behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from app.commands.registry import Actor, Command, Outcome
from app.kernel.clock import Clock
from app.kernel.errors import AppError
from app.queries.core import Reader
from app.ui.work.sync_port import SyncPort


class CancelPort(Protocol):
    """What stops a question: on the server too, when it runs already."""

    def cancel(self) -> None:
        """Ask for the end; safe from any thread, safe twice."""
        ...

    @property
    def cancelled(self) -> bool:
        """Whether the end has been asked for."""
        ...


class ChangesPort(Protocol):
    """What changed: ``tables`` without schema, row ids by table, and whether this window did it."""

    @property
    def tables(self) -> frozenset[str]:
        """Names of the tables that were touched, without schema."""
        ...

    @property
    def rows(self) -> Mapping[str, frozenset[str]]:
        """Ids of the rows by table."""
        ...

    @property
    def own(self) -> bool:
        """Whether the change was made by this window."""
        ...

    @property
    def everything(self) -> bool:
        """Whether anything may have changed (the feed was lost for a while)."""
        ...

    def touches(self, tables: Iterable[str], /) -> bool:
        """Whether one of these tables changed."""
        ...


class SignalPort(Protocol):
    """The workspace's signal of changes."""

    def subscribe(self, callback: Callable[[Any], None], /) -> Callable[[], None]:
        """Call ``callback`` with every change set, on any thread, until the returned function is called."""
        ...


class ClinicPort(Protocol):
    """What is known of the clinic from sign-in on."""

    @property
    def clinic_id(self) -> str:
        """The clinic's id."""
        ...

    @property
    def name(self) -> str:
        """The clinic's name."""
        ...

    @property
    def zone(self) -> ZoneInfo:
        """The clinic's time zone."""
        ...

    @property
    def locale(self) -> str:
        """The language the clinic prefers."""
        ...

    @property
    def is_demo(self) -> bool:
        """Whether everyone in it is invented."""
        ...

    @property
    def auto_lock_minutes(self) -> int:
        """Minutes without a key or a mouse movement until the window locks itself."""
        ...

    @property
    def hold_minutes(self) -> int:
        """Minutes that a slot is held while it is being booked."""
        ...

    @property
    def phone_region(self) -> str:
        """Country code for phone numbers written without one."""
        ...


class WorkspacePort(Protocol):
    """A signed-in person's door to the data. All calls that wait belong into a lane."""

    @property
    def actor(self) -> Actor:
        """Who is signed in."""
        ...

    @property
    def clock(self) -> Clock:
        """The clinic's clock (the demo's runs at mid-morning)."""
        ...

    @property
    def changed(self) -> SignalPort:
        """Tells what changed, here or at another desk."""
        ...

    @property
    def clinic(self) -> ClinicPort:
        """What is known of the clinic since sign-in."""
        ...

    @property
    def live_changed(self) -> list[Callable[[bool, AppError | None], None]]:
        """Callbacks, on any thread, that hear whether the live connection stands."""
        ...

    @property
    def sync(self) -> SyncPort | None:
        """Offline work; None where the workstation isn't enrolled."""
        ...

    @property
    def undo_label(self) -> str | None:
        """What the next undo takes back, in words; None when there is nothing."""
        ...

    def reader(self) -> Reader:
        """Who asks, of which clinic, in which zone."""
        ...

    def execute(self, command: Command, *, command_id: str | None = None) -> Outcome:
        """Carry out a command; raises Refused, Conflict or Unavailable."""
        ...

    def cancel_token(self) -> Any:
        """Return a fresh token that withdraws one question (a ``CancelPort``)."""
        ...

    def ask_cancellable(self, cancel: Any, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Answer a question with a query function; raises the error families."""
        ...

    def undo(self) -> Outcome | None:
        """Take the last action back; None when there is none."""
        ...

    def close(self) -> None:
        """End the connections."""
        ...

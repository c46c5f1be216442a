"""What the window and the command line are told of offline work: how things stand, and what needs a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.commands.registry import Command


class EntryState(StrEnum):
    """Where a command of the journal is on its way."""

    PENDING = "PENDING"
    """Not answered yet; sent again under the same id until it is."""
    ACKED = "ACKED"
    """Applied on the server; its rows haven't come back in a pull yet."""
    DONE = "DONE"
    """Applied, and its rows are in the mirror as the server has them."""
    ATTENTION = "ATTENTION"
    """Refused by the server, or overtaken by somebody: a person decides."""
    BLOCKED = "BLOCKED"
    """Decided on a command that needs attention."""
    DISCARDED = "DISCARDED"
    """Given up by a person, with a reason."""
    REFUSED = "REFUSED"
    """Refused while the person was there and was told."""


OPEN_STATES = (EntryState.PENDING, EntryState.ACKED)
"""Shown on this workstation's screens over the server's rows."""

UNSETTLED_STATES = (EntryState.PENDING, EntryState.ACKED, EntryState.ATTENTION, EntryState.BLOCKED)
"""Not to be lost when the mirror is built anew."""


IN_PASSING = frozenset({"HoldSlot", "HoldTime", "RenewHold", "ReleaseHold", "SaveDraft", "DiscardDraft", "MarkRead"})
"""Kinds that the program gives by itself while somebody books, types and reads: they wait to be sent like all others,
but who reads "3 waiting" means the three things they did.
"""


class SyncMode(StrEnum):
    """How the workstation stands to its server."""

    ONLINE = "online"
    OFFLINE = "offline"
    SENDING = "sending"
    HELD = "held"
    """The server wants a newer program: nothing is sent until it is installed."""


class Reading(StrEnum):
    """From where boards and search are read while the server answers: a workstation's own choice."""

    AUTOMATIC = "automatic"
    """From the store over a slow line, else from the server."""
    STORE = "store"
    SERVER = "server"


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """How things stand. Instants are aware UTC by the server's clock; ``sent`` of ``total`` while sending."""

    mode: SyncMode
    since: datetime | None = None
    as_of: datetime | None = None
    waiting: int = 0
    in_passing: int = 0
    """Of those waiting, what the program gave by itself: holds, drafts, what was read."""
    sent: int = 0
    total: int = 0
    attention: int = 0
    others_waiting: int = 0
    """Commands of colleagues who worked here: sent when they sign in again."""
    others_in_passing: int = 0
    """Of those, what the program gave by itself."""
    reason: str = ""
    revoked: bool = False
    """Whether it is HELD because an administrator took the workstation out of service."""
    slow: bool = False
    """Whether the line is slow."""
    near: bool = False
    """Whether boards and search come from the store while it is up to date, ``as_of``."""
    reading: Reading = Reading.AUTOMATIC
    """What this workstation chose."""
    disk_full: bool = False
    """Whether it is OFFLINE because this computer's disk is full: nothing can be written down."""
    server_old: bool = False
    """Whether it is HELD because the server's database is older than this program."""
    unknown: bool = False
    """Whether it is HELD because the server doesn't know the workstation (any more)."""

    @property
    def done_here(self) -> int:
        """How many things that the person did wait to be sent."""
        return self.waiting - self.in_passing

    @property
    def done_by_others(self) -> int:
        """How many things that colleagues did here wait for their next sign-in."""
        return max(0, self.others_waiting - self.others_in_passing)

    def to_json(self) -> dict[str, Any]:
        """Return the shape of ``offline status --json``."""
        return {
            "mode": "offline" if self.mode is SyncMode.OFFLINE else "online",
            "state": self.mode.value,
            "asOf": self.as_of.isoformat() if self.as_of else None,
            "since": self.since.isoformat() if self.since else None,
            "waiting": self.waiting,
            "inPassing": self.in_passing,
            "needsAttention": self.attention,
            "othersWaiting": self.others_waiting,
            "enrolled": True,
        }


@dataclass(frozen=True, slots=True)
class SyncReport:
    """What one round of sending and fetching did; ``pulled`` counts rows."""

    sent: int = 0
    applied: int = 0
    needs_attention: int = 0
    pulled: int = 0
    as_of: datetime | None = None

    def __add__(self, later: SyncReport) -> SyncReport:
        """Two rounds as one."""
        return SyncReport(
            self.sent + later.sent,
            self.applied + later.applied,
            self.needs_attention + later.needs_attention,
            self.pulled + later.pulled,
            later.as_of or self.as_of,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the shape of ``sync now --json``."""
        return {
            "sent": self.sent,
            "applied": self.applied,
            "needsAttention": self.needs_attention,
            "pulled": self.pulled,
            "asOf": self.as_of.isoformat() if self.as_of else None,
        }


@dataclass(frozen=True, slots=True)
class AttentionItem:
    """A command that a person has to decide on.

    ``problem`` is the error as JSON (``error``, ``message``, and where they apply ``field``, ``server``, ``mine``,
    ``base``, ``alternatives``). ``blocked_by`` is the id of the command it was decided on, when that one is the cause.
    ``adoptable``: the author's account was disabled, an ADMIN may take it over. ``left_behind``: it was, and the
    ADMIN may hand it over to a colleague.
    """

    id: str
    state: EntryState
    kind: str
    command: Command | None
    author_id: str
    author_name: str
    mine: bool
    occurred_at: datetime
    code: str
    message: str
    problem: Mapping[str, Any] = field(default_factory=dict)
    blocked_by: str | None = None
    adoptable: bool = False
    left_behind: bool = False
    dependents: int = 0

    @property
    def in_passing(self) -> bool:
        """Whether the program gave it by itself."""
        return self.kind in IN_PASSING

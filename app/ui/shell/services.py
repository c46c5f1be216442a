"""What the shell needs from the rooms below, as protocols; ``app/main.py`` wires the real ones.

All calls that wait are made on worker threads. They raise the error families: ``Refused`` with codes such as
"WrongPassword", "NoAccount", "SchemaTooNew", "SchemaTooOld"; ``Unavailable`` when there is no server.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.kernel.clock import Clock, SystemClock
from app.kernel.profiles import Profile, Profiles
from app.setup.plan import Report
from app.ui.shell.preferences import PreferencesStore
from app.ui.shell.setup_service import SetupService
from app.ui.work.enrol_port import EnrolPort
from app.ui.work.port import WorkspacePort


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInCard:
    """One click to sign in to the demo. ``role`` and ``duties`` are texts for people, ``now`` says what waits."""

    email: str
    password: str = field(repr=False)
    name: str
    role: str
    duties: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """Something worth looking at in the demo this morning."""

    icon: str
    title: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoInfo:
    """The demo clinic as the sign-in page shows it; ``when`` is its date and time, in words."""

    clinic: str
    cards: tuple[SignInCard, ...]
    scenes: tuple[Scene, ...] = ()
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineDoor:
    """That people may sign in without the server here. ``last_online``: when the last person did with it (aware UTC).

    ``in_use``: another window of this computer has the offline data.
    """

    last_online: datetime | None = None
    in_use: bool = False


class SessionService(Protocol):
    """Profiles, signing in, and what belongs to a person's account."""

    def profiles(self) -> Profiles:
        """Read the configured clinics; refuses a damaged file by name."""
        ...

    def start(self, profile: Profile, report: Report) -> DemoInfo | None:
        """Make the profile's database reachable (starts the embedded server); the demo also says who can sign in."""
        ...

    def sign_in(self, profile: Profile, email: str, password: str) -> WorkspacePort:
        """Sign in and begin to follow live changes."""
        ...

    def offline_door(self, profile: Profile) -> OfflineDoor | None:
        """Whether people may sign in without the server; None where the computer isn't enrolled."""
        ...

    def must_change_password(self, workspace: WorkspacePort) -> bool:
        """Whether the person has to choose a password of their own first."""
        ...

    def change_password(self, workspace: WorkspacePort, old: str, new: str) -> None:
        """Give the signed-in person another password; refuses a wrong old or a weak new one."""
        ...

    def open_second_desk(self, profile: Profile, card: SignInCard | None) -> None:
        """Start another window of the program on the same profile, as another process."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskStart:
    """How this window was asked to begin: as a second desk, on a profile, as somebody."""

    number: int = 1
    profile: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellServices:
    """Everything that is injected into the window."""

    sessions: SessionService
    setup: SetupService
    preferences: PreferencesStore
    clock: Clock = field(default_factory=SystemClock)
    search_patients: Callable[[], Callable[..., Any]] | None = None
    """Gives the query function ``search_patients(session, reader, *, text, limit) -> Page``; called after sign-in."""
    counts: Callable[[], Callable[..., Any]] | None = None
    """Gives a query function that returns the rail's numbers by area key."""
    count_tables: frozenset[str] = frozenset()
    desk: DeskStart | None = None
    enrolment: EnrolPort | None = None

"""What a person enters to set up a clinic or to join a server, before anything exists. Plain values, no I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from pathlib import Path
from typing import Protocol

from app.domain.enums import Role, VisitMode


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """A person who will sign in. ``password`` empty: one is made and shown once."""

    name: str
    email: str
    roles: frozenset[Role]
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyHours:
    """Hours that repeat on some days of the week (0 is Sunday), wall-clock in the clinic's zone."""

    days: frozenset[int]
    start: time
    end: time
    mode: VisitMode = VisitMode.IN_PERSON


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProvider:
    """Somebody who sees patients; ``email`` empty: no account of their own yet."""

    name: str
    specialty: str = ""
    email: str = ""
    telemed: bool = False
    hours: tuple[WeeklyHours, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAppointmentType:
    """A kind of appointment; ``mode`` None means either."""

    name: str
    minutes: int
    mode: VisitMode | None = None
    color: str = "#3A5A78"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPlan:
    """A second place for daily encrypted backups."""

    folder: Path
    passphrase: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicPlan:
    """Everything that the set-up asks."""

    name: str
    timezone: str
    admin: NewAccount
    locale: str = "en"
    color: str = "#0B6B5B"
    phone: str = ""
    address: str = ""
    logo: Path | None = None
    providers: tuple[NewProvider, ...] = ()
    types: tuple[NewAppointmentType, ...] = ()
    staff: tuple[NewAccount, ...] = ()
    backup: BackupPlan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAddress:
    """Where a clinic's server is. ``ca_file`` None: the system's authorities; several hosts for fail-over."""

    hosts: tuple[str, ...]
    port: int = 5432
    database: str = "clinic"
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAccount:
    """An account that set-up made; ``password`` is shown once, empty when the person chose it."""

    name: str
    email: str
    roles: frozenset[Role]
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpResult:
    """What came of a set-up: the profile to sign in to, and the accounts with their first passwords."""

    profile: str
    accounts: tuple[MadeAccount, ...] = ()


class Report(Protocol):
    """Hears how far the work is; may raise to stop it (the person cancelled)."""

    def __call__(self, done: int, total: int, text: str, /) -> None:
        """``total`` 0: nobody knows. ``text`` is for people, translated."""
        ...

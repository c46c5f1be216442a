"""The shape of every read: a function of a session and a reader that returns frozen dataclasses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

from app.domain.enums import Role
from app.domain.mirror_scope import AHEAD, BACK
from app.domain.permissions import Permission, allowed
from app.kernel.errors import Refused
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, of which clinic, when (aware UTC), and on which database."""

    clinic_id: str
    user_id: str
    roles: frozenset[Role]
    provider_id: str | None
    zone: ZoneInfo
    now: datetime
    online: bool
    workstation: str = ""
    """The id of the workstation that asks; offline it offers what is kept for it."""

    @property
    def today(self) -> date:
        """The date in the clinic's time zone."""
        return self.now.astimezone(self.zone).date()

    def may(self, permission: Permission) -> bool:
        """Tell whether one of the person's roles carries the permission."""
        return allowed(self.roles, permission)


_MARGIN: Final = timedelta(days=3)
T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list, whether there are more, and where the next page starts (keyset)."""

    items: tuple[T, ...]
    more: bool
    cursor: str | None = None


def check_page(limit: object) -> None:
    """Refuse a page of no rows: a list's ``limit`` counts from 1. What isn't a whole number is none of a page's."""
    if isinstance(limit, int) and limit < 1:
        raise Refused("BadValue", t("At least one row is wanted."), field="limit")


def read_cursor(cursor: str, *kinds: Callable[[str], Any]) -> tuple[Any, ...]:
    """Return the parts of a page's ``cursor``, each read as its kind; they are split at "|", the last may have some.

    A cursor is what the list itself gave; whoever gives another one (a script's slip) hears Refused "BadCursor".
    """
    parts = cursor.split("|", len(kinds) - 1)
    try:
        return tuple(kind(part) for kind, part in zip(kinds, parts, strict=True))
    except (ValueError, LookupError) as error:
        raise Refused("BadCursor", t("This page can't be found."), field="cursor") from error


def instant(text: str) -> datetime:
    """Return an aware instant of a cursor; ValueError for anything else."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant has a zone")
    return found


Near = Callable[[Reader, Mapping[str, Any]], bool]
"""Tells of a question, by its arguments, whether the whole answer lies in what a workstation keeps."""

_OFFLINE: dict[Callable[..., object], bool] = {}
_NEAR: dict[Callable[..., object], Near] = {}


def query(*, offline: bool, near: Near | None = None) -> Callable[[F], F]:
    """Mark a read function and say whether the workstation's store can answer it.

    ``near``: over a slow line it may answer in the server's place. Never for what the server keeps a record of (who
    opened a chart), nor for what reaches beyond the days that are kept.
    """

    def register(function: F) -> F:
        _OFFLINE[function] = offline
        if near is not None:
            _NEAR[function] = near
        return function

    return register


def works_offline(function: Callable[..., object]) -> bool:
    """Tell whether a query can be answered by the workstation's store; what isn't marked needs the server."""
    return _OFFLINE.get(function, False)


def lies_near(function: Callable[..., object], reader: Reader, values: Mapping[str, Any]) -> bool:
    """Tell whether a workstation that is up to date may answer this question in the server's place."""
    near = _NEAR.get(function)
    return near is not None and near(reader, values)


def always_near(_reader: Reader, _values: Mapping[str, Any]) -> bool:
    """Of tables that are kept whole: the store has all of the answer."""
    return True


def within_kept_days(first: date, last: date, today: date) -> bool:
    """Tell whether these days of the calendar are kept for sure, whatever the zone and the hour."""
    return today - BACK + _MARGIN <= first and last <= today + AHEAD - _MARGIN


def questions_offline() -> tuple[Callable[..., object], ...]:
    """Return the queries that the workstation's store can answer, of the modules imported so far."""
    return tuple(function for function, offline in _OFFLINE.items() if offline)

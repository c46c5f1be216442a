"""Looking for time: the next free openings, and what to offer somebody whose slot was taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, null, or_, select
from sqlalchemy.orm import Session

from app.db.models import ClinicSettings, Provider, ProviderSettings, VisitSlot
from app.domain.enums import VisitMode
from app.domain.openings import Opening, Wish, first_each_day, nearest, openings
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span
from app.kernel.errors import AppError, Conflict
from app.queries.agenda import read_agenda
from app.queries.core import Reader, query
from app.queries.nearest import likely_free, nearest_rows

ALTERNATIVES = 3
_LOOK_AHEAD = timedelta(minutes=LONGEST_MINUTES)
_FAR_DAYS, _DEFAULT_HORIZON = 14, 90
_MODES = 2
"""Of slots that overlap, one mode's and the other's, only one is offered."""
_SLOTS_FOR_LONG = 2
"""So many free slots one after the other make an offer when a length is asked for, usually."""
_FEW = 4
"""So many free slots each make enough where several providers have them."""
_ANY_LATER = timedelta(milliseconds=1)
"""The database's clock has no finer tick: a span that ends this much later holds the slot itself."""


@dataclass(frozen=True, slots=True)
class OpenTime:
    """A time that can be booked; instants in UTC. `slot_id` is the slot that it starts on."""

    slot_id: str
    provider_id: str
    provider_name: str
    start: datetime
    end: datetime
    mode: VisitMode

    def to_json(self) -> dict[str, str]:
        """The shape of a refusal's alternatives."""
        return {
            "id": self.slot_id,
            "startTime": self.start.isoformat(),
            "endTime": self.end.isoformat(),
            "providerId": self.provider_id,
            "providerName": self.provider_name,
        }


@query(offline=True)
def next_available(
    session: Session,
    reader: Reader,
    *,
    provider_ids: Collection[str] = (),
    specialty: str = "",
    mode: VisitMode | None = None,
    minutes: int | None = None,
    weekdays: Collection[int] = (),
    time_from: time | None = None,
    time_to: time | None = None,
    after: datetime | None = None,
    count: int = 10,
    each_day: bool = False,
    least: int | None = None,
) -> tuple[OpenTime, ...]:
    """The next openings, earliest first, never two overlapping ones of one provider.

    Without `provider_ids` any active provider, with `specialty` those who have it (case apart). `each_day` gives the
    first opening of each of the next `count` days that have one.

    Two statements; a third when the near time is full, with `least` only when fewer than that were found near.
    """
    wish = Wish(
        zone=reader.zone, after=max(after or reader.now, reader.now), mode=mode, minutes=minutes,
        weekdays=frozenset(weekdays), time_from=time_from, time_to=time_to,
    )  # fmt: skip
    plan = _plan(session, reader, provider_ids, specialty, wish, count if not each_day else None)
    found = _search(session, reader, plan, wish, least)
    chosen = first_each_day(found, reader.zone, count) if each_day else tuple(_first(found, count))
    return tuple(_open_time(one, plan.names) for one in chosen)


@query(offline=True)
def alternatives(
    session: Session, reader: Reader, *, slot_id: str, minutes: int | None = None, count: int = ALTERNATIVES
) -> tuple[OpenTime, ...]:
    """The free times nearest to a slot, of the same provider and mode, nearest first; the slot itself is not one.

    With `minutes` the nearest slots when each is long enough, else times made of several: a second way to look.
    """
    rows = nearest_rows(session, online=reader.online, slot_id=slot_id, now=reader.now, count=count)
    rows.sort(key=lambda row: (abs(row.start_time - row.wanted), row.start_time, row.id))
    near = tuple(
        OpenTime(row.id, row.provider_id, row.name, row.start_time, row.end_time, row.visit_mode)
        for row in rows[:count]
    )
    if minutes is None or long_enough(near, minutes):
        return near
    return _long_alternatives(session, reader, slot_id, minutes, count)


def long_enough(times: Collection[OpenTime], minutes: int | None) -> bool:
    """Tell whether each of the times has so many minutes (None: any will do)."""
    return minutes is None or all(one.end - one.start >= timedelta(minutes=minutes) for one in times)


def _long_alternatives(
    session: Session, reader: Reader, slot_id: str, minutes: int, count: int
) -> tuple[OpenTime, ...]:
    """Alternatives that may need several slots in a row."""
    columns = (VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.visit_mode, Provider.name)
    wanted = select(*columns).join(Provider, Provider.id == VisitSlot.provider_id).where(VisitSlot.id == slot_id)
    row = session.execute(wanted).first()
    if row is None:
        return ()
    near = around(
        session, reader, provider_id=row.provider_id, name=row.name, start=row.start_time, mode=row.visit_mode,
        minutes=minutes, count=count + 1,
    )  # fmt: skip
    return tuple(one for one in near if one.slot_id != slot_id)[:count]


def around(
    session: Session, reader: Reader, *, provider_id: str, name: str, start: datetime, mode: VisitMode,
    minutes: int | None = None, count: int = ALTERNATIVES,
) -> tuple[OpenTime, ...]:  # fmt: skip
    """The free times of a provider nearest to an instant, nearest first."""
    wish = Wish(zone=reader.zone, after=reader.now, mode=mode, minutes=minutes)
    names = {provider_id: name}
    found: tuple[Opening, ...] = ()
    for days in (1, _FAR_DAYS, _DEFAULT_HORIZON):
        span = Span(max(reader.now, start - timedelta(days=days)), max(reader.now, start) + timedelta(days=days))
        found = nearest(_in(session, reader, names, span, wish, apart=False), start, count)
        if len(found) == count:
            break
    return tuple(_open_time(one, names) for one in found)


def with_alternatives(
    error: AppError, session: Session, reader: Reader, *, slot_id: str, minutes: int | None = None
) -> AppError:
    """Complete a "SlotTaken" with the nearest free times; other errors stay as they are."""
    if error.code != "SlotTaken" or "alternatives" in error.data:
        return error
    return offering(error, alternatives(session, reader, slot_id=slot_id, minutes=minutes), always=True)


def offering(error: AppError, others: Collection[OpenTime], *, always: bool = False) -> AppError:
    """The error with other times to offer; `always` says so even when there are none."""
    if error.code != "SlotTaken" or not (others or always):
        return error
    offered = [one.to_json() for one in others]
    return Conflict(error.code, error.message, field=error.field, **{**error.data, "alternatives": offered})


def provider_names(
    session: Session, reader: Reader, provider_ids: Collection[str], specialty: str
) -> Mapping[str, str]:
    """Names by id of the active providers, of those named only, with a specialty only (case apart)."""
    return {row.id: row.name for row in _providers(session, reader, provider_ids, specialty)}


def _providers(
    session: Session, reader: Reader, provider_ids: Collection[str], specialty: str, *columns: ColumnElement[Any]
) -> list[Any]:
    statement = select(Provider.id, Provider.name, Provider.specialties, *columns).where(
        Provider.clinic_id == reader.clinic_id, or_(ProviderSettings.active.is_(None), ProviderSettings.active)
    )
    statement = statement.outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
    if provider_ids:
        statement = statement.where(Provider.id.in_(provider_ids))
    wanted = specialty.strip().casefold()
    rows = session.execute(statement.order_by(Provider.id)).all()
    return [row for row in rows if not wanted or wanted in {one.casefold() for one in row.specialties}]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Whose time is looked through: until `near` there is probably enough of it, after `last` nothing is offered."""

    names: Mapping[str, str]
    near: datetime
    last: datetime


def _plan(
    session: Session, reader: Reader, provider_ids: Collection[str], specialty: str, wish: Wish, count: int | None
) -> _Plan:
    """Whom to ask and how far to read. One statement.

    `near` is when one provider alone, or several with a few each, have had enough free slots; where only some days
    will do it's a guess.
    """
    needed = (count or 0) * (_MODES if wish.minutes is None else _MODES * _SLOTS_FOR_LONG)
    guessed = count is None or wish.picky
    free = null() if guessed else _after_free(wish, needed)
    few = null() if guessed or needed <= _FEW else _after_free(wish, _FEW)
    days = select(ClinicSettings.horizon_days).where(ClinicSettings.clinic_id == reader.clinic_id).scalar_subquery()
    rows = _providers(session, reader, provider_ids, specialty, free.label("enough"), few.label("few"),
                      days.label("horizon_days"))  # fmt: skip
    horizon = next((row.horizon_days for row in rows), None) or _DEFAULT_HORIZON
    guess = wish.after + timedelta(days=_FAR_DAYS)
    last = max(guess, reader.now + timedelta(days=horizon))
    enough = [row.enough for row in rows if row.enough is not None]
    others = sorted(row.few for row in rows if row.few is not None)
    together = -(-needed // _FEW)
    if 0 < together <= len(others):
        enough.append(others[together - 1])
    near = min(enough) + _ANY_LATER if enough else (guess if count is None or wish.picky else last)
    return _Plan({row.id: row.name for row in rows}, min(near, last), last)


def _after_free(wish: Wish, number: int) -> ColumnElement[Any]:
    """When a provider's n-th slot that can probably be offered starts."""
    found = select(VisitSlot.start_time).where(
        VisitSlot.provider_id == Provider.id, VisitSlot.start_time >= wish.after, likely_free()
    )
    if wish.mode is not None:
        found = found.where(VisitSlot.visit_mode == wish.mode)
    return found.order_by(VisitSlot.start_time).limit(1).offset(number - 1).correlate(Provider).scalar_subquery()


def open_times(
    session: Session, reader: Reader, names: Mapping[str, str], span: Span, wish: Wish
) -> Iterator[OpenTime]:
    """The openings of providers that start in a span, earliest first. One statement."""
    if names:
        yield from (_open_time(one, names) for one in _in(session, reader, names, span, wish))


def _search(session: Session, reader: Reader, plan: _Plan, wish: Wish, least: int | None = None) -> Iterator[Opening]:
    """Openings in order: the near time is read first, the rest only for those who want more."""
    if not plan.names:
        return
    found = 0
    for opening in _in(session, reader, plan.names, Span(wish.after, plan.near), wish):
        found += 1
        yield opening
    if plan.near < plan.last and (least is None or found < least):
        yield from _in(session, reader, plan.names, Span(plan.near, plan.last), wish)


def _in(
    session: Session, reader: Reader, names: Mapping[str, str], span: Span, wish: Wish, *, apart: bool = True
) -> Iterator[Opening]:
    """The openings that start in a span; without the server also what is kept for this workstation."""
    around = Span(span.start, span.end + _LOOK_AHEAD)
    agenda = read_agenda(session, reader.clinic_id, names.keys(), [around], reader.now, light=reader.online)
    if not reader.online:
        agenda = agenda.open_to(reader.workstation)
    for opening in openings(agenda, replace(wish, after=max(wish.after, span.start)), apart=apart):
        if opening.span.start >= span.end:
            return
        yield opening


def _first(found: Iterator[Opening], count: int) -> Iterator[Opening]:
    for _, opening in zip(range(count), found, strict=False):
        yield opening


def _open_time(one: Opening, names: Mapping[str, str]) -> OpenTime:
    return OpenTime(one.slot_id, one.provider_id, names[one.provider_id], one.span.start, one.span.end, one.mode)

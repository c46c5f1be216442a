"""Looking for time: the next free openings, and what to offer somebody whose slot was taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.db.models import ClinicSettings, Provider, ProviderSettings, VisitSlot
from app.domain.enums import VisitMode
from app.domain.openings import Opening, Wish, first_each_day, nearest, openings
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span
from app.kernel.errors import AppError, Conflict
from app.queries.agenda import read_agenda
from app.queries.core import Reader, query
from app.queries.nearest import nearest_rows

ALTERNATIVES = 3
_LOOK_AHEAD = timedelta(minutes=LONGEST_MINUTES)
_FAR_DAYS, _DEFAULT_HORIZON = 14, 90


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
) -> tuple[OpenTime, ...]:
    """The next openings, earliest first, never two overlapping ones of one provider.

    Without `provider_ids` any active provider, with `specialty` those who have it (case apart). `each_day` gives the
    first opening of each of the next `count` days that have one.
    """
    names = provider_names(session, reader, provider_ids, specialty)
    wish = Wish(
        zone=reader.zone, after=max(after or reader.now, reader.now), mode=mode, minutes=minutes,
        weekdays=frozenset(weekdays), time_from=time_from, time_to=time_to,
    )  # fmt: skip
    found = _search(session, reader, names, wish)
    chosen = first_each_day(found, reader.zone, count) if each_day else tuple(_first(found, count))
    return tuple(_open_time(one, names) for one in chosen)


@query(offline=True)
def alternatives(
    session: Session, reader: Reader, *, slot_id: str, minutes: int | None = None, count: int = ALTERNATIVES
) -> tuple[OpenTime, ...]:
    """The free times nearest to a slot, of the same provider and mode, nearest first; the slot itself is not one."""
    if minutes is not None:
        return _long_alternatives(session, reader, slot_id, minutes, count)
    rows = nearest_rows(session, online=reader.online, slot_id=slot_id, now=reader.now, count=count)
    rows.sort(key=lambda row: (abs(row.start_time - row.wanted), row.start_time, row.id))
    return tuple(
        OpenTime(row.id, row.provider_id, row.name, row.start_time, row.end_time, row.visit_mode)
        for row in rows[:count]
    )


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
    statement = select(Provider.id, Provider.name, Provider.specialties).where(
        Provider.clinic_id == reader.clinic_id, or_(ProviderSettings.active.is_(None), ProviderSettings.active)
    )
    statement = statement.outerjoin(ProviderSettings, ProviderSettings.provider_id == Provider.id)
    if provider_ids:
        statement = statement.where(Provider.id.in_(provider_ids))
    wanted = specialty.strip().casefold()
    rows = session.execute(statement.order_by(Provider.id)).all()
    return {row.id: row.name for row in rows if not wanted or wanted in {one.casefold() for one in row.specialties}}


def open_times(
    session: Session, reader: Reader, names: Mapping[str, str], span: Span, wish: Wish
) -> Iterator[OpenTime]:
    """The openings of providers that start in a span, earliest first. One statement."""
    if names:
        yield from (_open_time(one, names) for one in _in(session, reader, names, span, wish))


def _search(session: Session, reader: Reader, names: Mapping[str, str], wish: Wish) -> Iterator[Opening]:
    """Openings in order: near days are read first and then ever more, so that the usual question reads little."""
    if not names:
        return
    start, days, last = wish.after, 1, wish.after + timedelta(days=1)
    while start < last:
        end = min(start + timedelta(days=days), last)
        yield from _in(session, reader, names, Span(start, end), wish)
        if start == wish.after:
            last = max(end, reader.now + timedelta(days=_horizon(session, reader)))
        start, days = end, min(days * 2, _FAR_DAYS)


def _in(
    session: Session, reader: Reader, names: Mapping[str, str], span: Span, wish: Wish, *, apart: bool = True
) -> Iterator[Opening]:
    """The openings that start in a span."""
    around = Span(span.start, span.end + _LOOK_AHEAD)
    agenda = read_agenda(session, reader.clinic_id, names.keys(), [around], reader.now, light=True)
    for opening in openings(agenda, replace(wish, after=max(wish.after, span.start)), apart=apart):
        if opening.span.start >= span.end:
            return
        yield opening


def _horizon(session: Session, reader: Reader) -> int:
    statement = select(ClinicSettings.horizon_days).where(ClinicSettings.clinic_id == reader.clinic_id)
    return session.execute(statement).scalar() or _DEFAULT_HORIZON


def _first(found: Iterator[Opening], count: int) -> Iterator[Opening]:
    for _, opening in zip(range(count), found, strict=False):
        yield opening


def _open_time(one: Opening, names: Mapping[str, str]) -> OpenTime:
    return OpenTime(one.slot_id, one.provider_id, names[one.provider_id], one.span.start, one.span.end, one.mode)

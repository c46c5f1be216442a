"""Time for several people at once: one after the other with one provider, or side by side with several."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.domain.agenda import Agenda
from app.domain.enums import VisitMode
from app.domain.openings import Wish, openings
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span
from app.queries.agenda import read_agenda
from app.queries.core import Reader, query
from app.queries.openings import OpenTime, provider_names

MOST_DAYS = 14


@dataclass(frozen=True, slots=True)
class Seat:
    """One person who comes along: how long they need, and how they are seen."""

    patient_id: str
    minutes: int
    mode: VisitMode | None = None


@dataclass(frozen=True, slots=True)
class SeatTime:
    """The time for one person; `elsewhere` is the start of another visit of theirs then, if there is one."""

    patient_id: str
    time: OpenTime
    elsewhere: datetime | None = None


@query(offline=True)
def family_times(
    session: Session,
    reader: Reader,
    *,
    seats: Sequence[Seat],
    side_by_side: bool = False,
    provider_ids: Collection[str] = (),
    after: datetime | None = None,
    count: int = 5,
) -> tuple[tuple[SeatTime, ...], ...]:
    """Times for several people who need different lengths, earliest first, in the order of `seats`.

    One after the other: without a gap, one provider. Side by side: at the same time, each with another provider.
    """
    names = provider_names(session, reader, provider_ids, "")
    start = max(after or reader.now, reader.now)
    span = Span(start, start + timedelta(days=MOST_DAYS))
    if not names or not seats:
        return ()
    reach = Span(span.start, span.end + timedelta(minutes=LONGEST_MINUTES))
    people = tuple(seat.patient_id for seat in seats)
    agenda = read_agenda(session, reader.clinic_id, names.keys(), [reach], reader.now, patient_ids=people, light=True)
    found: dict[tuple[int, VisitMode | None], dict[datetime, dict[str, OpenTime]]] = {}
    for seat in seats:
        key = seat.minutes, seat.mode
        if key not in found:
            found[key] = _by_start(agenda, names, Wish(zone=reader.zone, after=start, mode=seat.mode,
                                                       minutes=seat.minutes), span)  # fmt: skip
    lists = [found[seat.minutes, seat.mode] for seat in seats]
    groups = _beside(lists) if side_by_side else _behind(lists)
    return tuple(_seated(agenda, seats, group) for _, group in zip(range(count), groups, strict=False))


def _by_start(agenda: Agenda, names: Mapping[str, str], wish: Wish, span: Span) -> dict[datetime, dict[str, OpenTime]]:
    """The openings by start and provider; the one that is asked for first where modes overlap."""
    made: dict[datetime, dict[str, OpenTime]] = {}
    for one in openings(agenda, wish, apart=False):
        if one.span.start < span.end:
            time = OpenTime(
                one.slot_id, one.provider_id, names[one.provider_id], one.span.start, one.span.end, one.mode
            )
            made.setdefault(one.span.start, {}).setdefault(one.provider_id, time)
    return made


def _behind(lists: Sequence[Mapping[datetime, Mapping[str, OpenTime]]]) -> Iterator[tuple[OpenTime, ...]]:
    """One after the other with one provider; groups of one provider don't overlap."""
    until: dict[str, datetime] = {}
    for start, by_provider in sorted(lists[0].items()):
        for provider_id, first in sorted(by_provider.items()):
            if start < until.get(provider_id, start):
                continue
            group = [first]
            for following in lists[1:]:
                behind = following.get(group[-1].end, {}).get(provider_id)
                if behind is None:
                    break
                group.append(behind)
            if len(group) == len(lists):
                until[provider_id] = group[-1].end
                yield tuple(group)


def _beside(lists: Sequence[Mapping[datetime, Mapping[str, OpenTime]]]) -> Iterator[tuple[OpenTime, ...]]:
    """At the same time, each with another provider; whoever has the fewest to choose from chooses first."""
    for start in sorted(lists[0]):
        choices = [one.get(start, {}) for one in lists]
        group: dict[int, OpenTime] = {}
        if _seat_all(choices, sorted(range(len(lists)), key=lambda n: len(choices[n])), group):
            yield tuple(group[number] for number in range(len(lists)))


def _seat_all(choices: Sequence[Mapping[str, OpenTime]], order: Sequence[int], group: dict[int, OpenTime]) -> bool:
    """Give everybody a provider of their own, trying others where somebody is left without."""
    if not order:
        return True
    taken = {one.provider_id for one in group.values()}
    for provider_id, time in sorted(choices[order[0]].items()):
        if provider_id not in taken:
            group[order[0]] = time
            if _seat_all(choices, order[1:], group):
                return True
            del group[order[0]]
    return False


def _seated(agenda: Agenda, seats: Sequence[Seat], group: Sequence[OpenTime]) -> tuple[SeatTime, ...]:
    made = []
    for seat, time in zip(seats, group, strict=True):
        span = Span(time.start, time.end)
        own = (one for one in agenda.elsewhere if one.patient_id == seat.patient_id and one.span.overlaps(span))
        made.append(SeatTime(seat.patient_id, time, min((one.span.start for one in own), default=None)))
    return tuple(made)

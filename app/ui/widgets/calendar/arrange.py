"""Where things go in a day: overlaps side by side, gaps between things, and the order the keyboard follows. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.ui.widgets.calendar.model import CalendarItem, DayEvent, DayHold, DayModel, ItemKind


@dataclass(frozen=True, slots=True)
class Lane:
    """A place beside others: ``number`` of ``count`` lanes."""

    number: int = 0
    count: int = 1


def lanes(spans: Sequence[tuple[int, int]]) -> list[Lane]:
    """Give spans (start, end) lanes, so that overlapping ones stand side by side; the order of the input is kept."""
    order = sorted(range(len(spans)), key=lambda number: (spans[number][0], -spans[number][1]))
    found: list[Lane] = [Lane()] * len(spans)
    group: list[tuple[int, int]] = []
    ends: list[int] = []
    group_end = -1

    def close() -> None:
        for number, lane in group:
            found[number] = Lane(lane, len(ends))

    for number in order:
        start, end = spans[number]
        if start >= group_end:
            close()
            group, ends, group_end = [], [], -1
        lane = next((k for k, busy in enumerate(ends) if busy <= start), len(ends))
        if lane == len(ends):
            ends.append(end)
        else:
            ends[lane] = end
        group.append((number, lane))
        group_end = max(group_end, end)
    close()
    return found


def event_lanes(events: Iterable[DayEvent], holds: Iterable[DayHold] = ()) -> dict[str, Lane]:
    """Return the lane of each event and hold by id, column by column."""
    by_column: dict[str, list[DayEvent | DayHold]] = {}
    for event in events:
        by_column.setdefault(event.column_id, []).append(event)
    for hold in holds:
        by_column.setdefault(hold.column_id, []).append(hold)
    found: dict[str, Lane] = {}
    for things in by_column.values():
        placed = lanes([(thing.start, thing.end) for thing in things])
        found.update({thing.id: lane for thing, lane in zip(things, placed, strict=True)})
    return found


def _uncovered(start: int, end: int, covered: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    free: list[tuple[int, int]] = []
    at = start
    for low, high in sorted(covered):
        if low > at:
            free.append((at, min(low, end)))
        at = max(at, high)
        if at >= end:
            break
    if at < end:
        free.append((at, end))
    return free


def _gaps(column_id: str, covered: Sequence[tuple[int, int]], page: tuple[int, int], step: int) -> list[CalendarItem]:
    found: list[CalendarItem] = []
    for low, high in _uncovered(*page, covered):
        at = low
        while at < high:
            to = min(high, at + step - at % step)
            found.append(CalendarItem(ItemKind.GAP, "", column_id, at, to))
            at = to
    return found


def _things(model: DayModel) -> list[CalendarItem]:
    events = [CalendarItem(ItemKind.EVENT, e.id, e.column_id, e.start, e.end) for e in model.events]
    slots = [CalendarItem(ItemKind.SLOT, s.id, s.column_id, s.start, s.end) for s in model.slots]
    holds = [CalendarItem(ItemKind.HOLD, h.id, h.column_id, h.start, h.end) for h in model.holds]
    blocks = [CalendarItem(ItemKind.BLOCK, b.id, b.column_id, b.start, b.end) for b in model.blocks]
    return [*events, *slots, *holds, *blocks]


def bounds(model: DayModel) -> tuple[int, int]:
    """Return the first and last minute of the page: the model's, widened to whole hours for what lies outside."""
    things = [item for item in _things(model) if item.kind is not ItemKind.BLOCK]
    first = min([model.first, *(item.start for item in things)]) // 60 * 60
    last = -(-max([model.last, *(item.end for item in things)]) // 60) * 60
    return max(0, first), min(24 * 60, max(last, first + 60))


def column_items(model: DayModel) -> dict[str, list[CalendarItem]]:
    """Return what the keyboard can be on, column by column in the order of time.

    Gaps are open times that no slot, event, hold or block covers, cut along the grid; closed time gives none, unless
    the model lets it be chosen too.
    """
    page = bounds(model)
    shut = {column.id for column in model.columns if column.closed}
    found: dict[str, list[CalendarItem]] = {column.id: [] for column in model.columns}
    covered: dict[str, list[tuple[int, int]]] = {column.id: [] for column in model.columns}
    for item in _things(model):
        if item.column_id in found:
            found[item.column_id].append(item)
            covered[item.column_id].append((item.start, item.end))
    for closed in () if model.everywhere else model.closed:
        covered.setdefault(closed.column_id, []).append((closed.start, closed.end))
    for column_id, items in found.items():
        if column_id not in shut:
            items.extend(_gaps(column_id, covered[column_id], page, model.step))
        items.sort(key=lambda item: (item.start, item.end, item.id))
    return found

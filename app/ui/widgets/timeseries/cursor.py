"""What the cursor is on: in each lane the point nearest to it, its value in words, and the table's matching rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.kernel.i18n import t, tn
from app.ui.widgets.timeseries.frame import Frame
from app.ui.widgets.timeseries.model import DAY_MS, Lane, Point
from app.ui.widgets.timeseries.span import Span
from app.ui.widgets.timeseries.ticks import day_text, local

NEAR = 9.0
"""Pixels from which on a point counts as under the cursor."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A lane's value: under the cursor (``exact``), or the last one before it."""

    lane: Lane
    point: Point | None
    exact: bool


@dataclass(frozen=True, slots=True)
class CursorState:
    """Where the cursor stands and what is under it, for the table beside the chart."""

    at: int
    readings: tuple[Reading, ...]

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the readings under it."""
        return frozenset(one.point.id for one in self.readings if one.exact and one.point is not None and one.point.id)

    @property
    def spans(self) -> tuple[tuple[str, int, int], ...]:
        """The lanes' stretches under it (key, from, until): for buckets, whose readings have no id here."""
        return tuple((one.lane.key, one.point.at, one.point.until) for one in self.readings if one.exact and one.point)


def readings_at(lanes: Sequence[Lane], at: int | None, frame: Frame, span: Span, zone: ZoneInfo) -> tuple[Reading, ...]:
    """Return each lane's value at the cursor; without a cursor the last one in view."""
    if at is None:
        return tuple(Reading(lane, lane.before(span.end), exact=False) for lane in lanes)
    within = round(NEAR / (frame.right - frame.left) * span.width)
    found = []
    for lane in lanes:
        near = lane.nearest(at, within) or _of_the_day(lane, at, span, zone)
        found.append(Reading(lane, near or lane.before(at), exact=near is not None))
    return tuple(found)


def _of_the_day(lane: Lane, at: int, span: Span, zone: ZoneInfo) -> Point | None:
    """The nearest point of the cursor's day, where days are only some pixels wide."""
    if span.width < 5 * DAY_MS:
        return None
    near = lane.nearest(at, DAY_MS)
    if near is None or local(near.middle, zone).date() != local(at, zone).date():
        return None
    return near


def place_words(place: int) -> str:
    """Say where a value lies."""
    words = {-2: t("critically low"), -1: t("low"), 0: t("in range"), 1: t("high"), 2: t("critically high")}
    return words[place]


def under_value(reading: Reading, zone: ZoneInfo, at: int | None) -> str:
    """Return the small line under a lane's value: where it lies, or of when it is.

    ``at`` is the cursor's instant, None without one. A value of another day says so, however near it is on the screen.
    """
    point = reading.point
    if point is None:
        return ""
    if point.count > 1 and (reading.exact or at is None):
        return tn("mean of {n}", "mean of {n}", point.count)
    day = local(point.middle, zone).date()
    if reading.exact and at is not None and day == local(at, zone).date():
        return place_words(point.place) if reading.lane.bands else ""
    other_year = at is not None and day.year != local(at, zone).year
    return t("of {date}", date=day_text(day, "d MMM yyyy" if other_year else "d MMM"))


def spoken_cursor(state: CursorState, zone: ZoneInfo) -> str:
    """Return what a screen reader says: the day and every value under the cursor."""
    day = local(state.at, zone)
    parts = [f"{day_text(day.date(), 'ddd d MMM yyyy')} {day:%H:%M}"]
    for reading in state.readings:
        if not reading.exact or reading.point is None:
            continue
        words = [f"{reading.lane.title} {reading.lane.text(reading.point)} {reading.lane.unit}".strip()]
        of = local(reading.point.middle, zone).date()
        if of != day.date() and reading.point.count == 1:
            words.append(t("of {date}", date=day_text(of, "d MMM yyyy")))
        if reading.lane.bands:
            words.append(place_words(reading.point.place))
        parts.append(", ".join(words))
    if len(parts) == 1:
        parts.append(t("no readings"))
    return "; ".join(parts)

"""The slot grid over DST days, and what generation changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.availability import Availability, opening_windows, pauses
from app.domain.enums import AvailabilityStatus, SlotOrigin, SlotStatus, VisitMode
from app.domain.slots import ExistingSlot, GridSlot, Horizon, SlotPlan, grid, plan
from app.domain.spans import Span
from app.domain.wallclock import days_of, local_date

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL
ACTIVE, PAUSED = AvailabilityStatus.ACTIVE, AvailabilityStatus.PAUSED
ZONES = ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu", "UTC"]


def every_day(start: time, end: time, **more: object) -> list[Availability]:
    values: dict[str, object] = {"mode": HERE, "status": ACTIVE, "provider_id": "p", **more}
    return [Availability(id=f"w{n}", weekday=n, start=start, end=end, **values) for n in range(7)]  # type: ignore[arg-type]


def horizon(first: date, last: date, zone: str, step: int = 20, **minutes: int) -> Horizon:
    return Horizon(days_of(first, last, ZoneInfo(zone)), ZoneInfo(zone), step, minutes)


def starts(slots: tuple[GridSlot, ...], zone: str) -> list[str]:
    return [f"{slot.span.start.astimezone(ZoneInfo(zone)):%H:%M%z}" for slot in slots]


@pytest.mark.parametrize(
    ("zone", "day", "count"),
    [
        ("America/New_York", date(2026, 3, 7), 12),
        ("America/New_York", date(2026, 3, 8), 9),
        ("America/New_York", date(2026, 11, 1), 15),
        ("Europe/Berlin", date(2026, 3, 29), 9),
        ("Europe/Berlin", date(2026, 10, 25), 15),
        ("Australia/Lord_Howe", date(2026, 10, 4), 10),  # half an hour less: 3 h 30 holds ten whole slots
        ("Australia/Lord_Howe", date(2026, 4, 5), 13),
        ("America/Sao_Paulo", date(2018, 11, 4), 9),
        ("Asia/Kathmandu", date(2026, 3, 8), 12),
    ],
)
def test_a_night_of_four_hours_has_as_many_slots_as_it_has_time(zone: str, day: date, count: int) -> None:
    found = grid(every_day(time(0), time(4)), horizon(day, day, zone), {})
    assert len(found) == count
    assert all(slot.span.minutes == 20 for slot in found)


def test_slots_run_through_the_repeated_hour() -> None:
    day = date(2026, 11, 1)
    found = grid(every_day(time(1), time(2)), horizon(day, day, "America/New_York", 30), {})
    assert starts(found, "America/New_York") == ["01:00-0400", "01:30-0400", "01:00-0500", "01:30-0500"]


def test_a_window_that_starts_in_the_gap_starts_at_the_jump() -> None:
    day = date(2026, 3, 8)
    found = grid(every_day(time(2, 30), time(4)), horizon(day, day, "America/New_York", 30), {})
    assert starts(found, "America/New_York") == ["03:00-0400", "03:30-0400"]


def test_steps_are_the_providers_own() -> None:
    rows = [*every_day(time(9), time(10)), *every_day(time(9), time(10), provider_id="q")]
    found = grid(rows, horizon(date(2026, 5, 4), date(2026, 5, 4), "UTC", 20, q=45), {})
    assert [(slot.provider_id, slot.span.minutes) for slot in found] == [("p", 20)] * 3 + [("q", 45)]


def test_night_shifts_of_the_day_before_reach_into_the_horizon() -> None:
    found = grid(every_day(time(23, 30), time(0, 30)), horizon(date(2026, 5, 4), date(2026, 5, 4), "UTC"), {})
    assert starts(found, "UTC") == ["00:10+0000", "23:30+0000", "23:50+0000"]


def test_a_pause_or_a_closure_takes_out_what_it_touches_and_shifts_nothing() -> None:
    day = date(2026, 5, 4)
    pause = Availability("x", "p", HERE, PAUSED, time(9, 30), time(9, 50), on=day)
    closed = {"p": [Span(datetime(2026, 5, 4, 11, tzinfo=UTC), datetime(2026, 5, 5, tzinfo=UTC))]}
    found = grid([*every_day(time(9), time(12)), pause], horizon(day, day, "UTC"), closed)
    assert starts(found, "UTC") == ["09:00+0000", "10:00+0000", "10:20+0000", "10:40+0000"]


NOW = datetime(2026, 5, 4, 8, tzinfo=UTC)


def slot(minute: int, *, mode: VisitMode = HERE, length: int = 20) -> GridSlot:
    start = NOW + timedelta(minutes=minute)
    return GridSlot("p", mode, Span(start, start + timedelta(minutes=length)))


def there(wanted: GridSlot, status: SlotStatus = SlotStatus.FREE, **more: object) -> ExistingSlot:
    values: dict[str, object] = {"origin": SlotOrigin.GRID, **more}
    return ExistingSlot(f"s{wanted.span.start:%H%M}", wanted.provider_id, wanted.mode, wanted.span, status, **values)  # type: ignore[arg-type]


def test_only_free_future_grid_slots_without_a_visit_are_taken_away() -> None:
    past = there(slot(-60))
    odd = [
        there(slot(0), SlotStatus.HELD),
        there(slot(20), SlotStatus.BOOKED),
        there(slot(40), SlotStatus.BLOCKED),
        there(slot(60), origin=None),
        there(slot(80), origin=SlotOrigin.MADE),
        there(slot(100), has_visit=True),
    ]
    assert plan([], [past, *odd, there(slot(120))], NOW) == SlotPlan((), ("s1000",))


def test_a_changed_length_replaces_free_slots_and_leaves_booked_ones() -> None:
    existing = [there(slot(0), SlotStatus.BOOKED), there(slot(20)), there(slot(40))]
    wanted = [slot(0, length=30), slot(30, length=30)]
    assert plan(wanted, existing, NOW) == SlotPlan((wanted[1],), ("s0820", "s0840"))


def test_no_free_slot_is_made_over_time_that_is_taken() -> None:
    booked = there(slot(10), SlotStatus.BOOKED, origin=SlotOrigin.MADE)
    blocked = there(slot(40), SlotStatus.BLOCKED, origin=SlotOrigin.MADE)
    wanted = [slot(0), slot(20), slot(40), slot(60), slot(0, mode=VIDEO), slot(40, mode=VIDEO)]
    assert plan(wanted, [booked, blocked], NOW).add == (slot(60), slot(0, mode=VIDEO))


def test_a_covered_slot_closes_its_own_mode_only() -> None:
    covered = there(slot(0), SlotStatus.BLOCKED, covered=True)
    assert plan([slot(0), slot(0, mode=VIDEO)], [covered], NOW).add == (slot(0, mode=VIDEO),)


def test_retired_and_history_slots_are_no_obstacle() -> None:
    hidden = [
        there(slot(0), SlotStatus.BLOCKED, origin=SlotOrigin.RETIRED, has_visit=True),
        there(slot(20), SlotStatus.BLOCKED, origin=SlotOrigin.HISTORY, has_visit=True),
    ]
    assert plan([slot(0), slot(20)], hidden, NOW) == SlotPlan((slot(0), slot(20)), ())


def rows_and_zone() -> st.SearchStrategy[tuple[list[Availability], str, date]]:
    first = st.sampled_from(
        [date(2026, 3, 6), date(2026, 3, 27), date(2026, 4, 3), date(2026, 10, 30), date(2018, 11, 2)]
    )
    moments = st.integers(0, 47).map(lambda n: time(n // 2, n % 2 * 30))

    def rows(day: date) -> st.SearchStrategy[list[Availability]]:
        shared = {
            "id": st.just("a"),
            "provider_id": st.sampled_from(["p", "q"]),
            "mode": st.sampled_from(VisitMode),
            "status": st.sampled_from(AvailabilityStatus),
            "start": moments,
            "end": moments,
        }
        recurring = st.builds(Availability, weekday=st.integers(0, 6), on=st.none(), **shared)
        dated = st.builds(
            Availability, weekday=st.none(), on=st.integers(-1, 4).map(lambda n: day + timedelta(days=n)), **shared
        )
        return st.lists(st.one_of(recurring, dated), max_size=6)

    return first.flatmap(lambda day: st.tuples(rows(day), st.sampled_from(ZONES), st.just(day)))


def applied(made: SlotPlan, existing: list[ExistingSlot]) -> list[ExistingSlot]:
    kept = [slot for slot in existing if slot.id not in made.remove]
    new = [
        ExistingSlot(f"n{slot.key}", slot.provider_id, slot.mode, slot.span, SlotStatus.FREE, SlotOrigin.GRID)
        for slot in made.add
    ]
    return kept + new


@given(rows_and_zone(), st.integers(0, 3), st.data())
def test_generation_is_idempotent_and_touches_nothing_that_is_taken(
    given_rows: tuple[list[Availability], str, date], shift: int, data: st.DataObject
) -> None:
    rows, zone, first = given_rows
    now = days_of(first, first, ZoneInfo(zone)).start
    scope = Horizon(Span(now, now + timedelta(days=4)), ZoneInfo(zone), 20, {"q": 30})
    slots = applied(plan(grid(rows, scope, {}), [], now), [])
    status = st.sampled_from(SlotStatus)
    slots = [replace(slot, status=data.draw(status)) for slot in slots[:12]] + slots[12:]
    fewer = rows[shift:]
    wanted = grid(fewer, scope, {})
    change = plan(wanted, slots, now)
    after = applied(change, slots)
    assert plan(wanted, after, now) == SlotPlan((), ())
    assert [s for s in after if s.status is not SlotStatus.FREE] == [
        s for s in slots if s.status is not SlotStatus.FREE
    ]
    assert len({slot.key for slot in after}) == len(after)


@given(rows_and_zone())
def test_slots_fill_the_windows_without_overlap(given_rows: tuple[list[Availability], str, date]) -> None:
    rows, zone, first = given_rows
    place = ZoneInfo(zone)
    scope = Horizon(days_of(first, first + timedelta(days=3), place), place, 20, {})
    found = grid(rows, scope, {})
    windows = opening_windows(rows, first - timedelta(days=1), first + timedelta(days=3), place)
    out = pauses(rows, first - timedelta(days=2), first + timedelta(days=3), place)
    for mine in _by_scope(found).values():
        assert all(one.span.end <= two.span.start for one, two in pairwise(mine))
    for window in windows:
        holes = out.get((window.provider_id, window.mode), [])
        inside = [
            s
            for s in found
            if (s.provider_id, s.mode) == (window.provider_id, window.mode) and window.span.covers(s.span)
        ]
        if not holes and local_date(window.span.start, place) >= first:
            wanted = [
                s
                for s in range(window.span.minutes // 20)
                if scope.span.contains(window.span.start + s * timedelta(minutes=20))
            ]
            assert len(inside) == len(wanted)
        assert not any(s.span.overlaps(hole) for s in inside for hole in holes)


def _by_scope(slots: tuple[GridSlot, ...]) -> Mapping[tuple[str, VisitMode], list[GridSlot]]:
    found: dict[tuple[str, VisitMode], list[GridSlot]] = {}
    for item in sorted(slots, key=lambda slot: slot.span):
        found.setdefault((item.provider_id, item.mode), []).append(item)
    return found


@given(rows_and_zone())
def test_the_day_after_asks_for_the_same_slots(given_rows: tuple[list[Availability], str, date]) -> None:
    """A rolling horizon: what both runs see, both ask for alike."""
    rows, zone, first = given_rows
    place = ZoneInfo(zone)
    whole = grid(rows, Horizon(days_of(first, first + timedelta(days=5), place), place, 20, {}), {})
    later = Horizon(days_of(first + timedelta(days=2), first + timedelta(days=5), place), place, 20, {})
    assert [slot for slot in whole if slot.span.start >= later.span.start] == list(grid(rows, later, {}))

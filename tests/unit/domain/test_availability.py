"""Availability rows, as ours and as the backend writes them, turned into windows."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from app.domain.availability import Availability, open_spans, opening_windows, pauses
from app.domain.enums import AvailabilityStatus, VisitMode
from app.domain.spans import Span, merge
from app.domain.wallclock import weekday_of, window_of

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = date(2026, 5, 4)
ACTIVE, PAUSED = AvailabilityStatus.ACTIVE, AvailabilityStatus.PAUSED
HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL


def weekly(weekday: int, start: time, end: time, **more: object) -> Availability:
    values: dict[str, object] = {"mode": HERE, "status": ACTIVE, **more}
    return Availability(id="w", provider_id="p", weekday=weekday, start=start, end=end, **values)  # type: ignore[arg-type]


def dated(on: date, start: time, end: time, **more: object) -> Availability:
    values: dict[str, object] = {"mode": HERE, "status": ACTIVE, **more}
    return Availability(id="d", provider_id="p", on=on, start=start, end=end, **values)  # type: ignore[arg-type]


def spans(*rows: Availability, first: date = MONDAY, last: date = MONDAY) -> list[Span]:
    return [window.span for window in opening_windows(rows, first, last, BERLIN)]


def at(hour: int, minute: int = 0, day: date = MONDAY) -> datetime:
    return datetime.combine(day, time(hour, minute), tzinfo=BERLIN).astimezone(UTC)


def test_the_week_counts_from_sunday() -> None:
    row = weekly(1, time(9), time(12))
    assert spans(row) == [Span(at(9), at(12))]
    assert spans(row, first=MONDAY + timedelta(days=1), last=MONDAY + timedelta(days=6)) == []
    assert len(spans(row, last=MONDAY + timedelta(days=27))) == 4


def test_recurring_paused_rows_are_off_and_take_nothing_out() -> None:
    off = weekly(1, time(10), time(11), status=PAUSED)
    assert spans(off) == []
    assert pauses([off], MONDAY, MONDAY, BERLIN) == {}


def test_dated_rows_add_and_dated_paused_rows_take_out_in_their_mode_only() -> None:
    rows = [
        weekly(1, time(9), time(12)),
        weekly(1, time(9), time(12), mode=VIDEO),
        dated(MONDAY, time(14), time(16)),
        dated(MONDAY, time(10), time(15), status=PAUSED),
    ]
    hours = open_spans(rows, MONDAY, MONDAY, BERLIN)
    assert hours["p", HERE] == (Span(at(9), at(10)), Span(at(15), at(16)))
    assert hours["p", VIDEO] == (Span(at(9), at(12)),)


def test_a_row_with_a_date_and_a_weekday_is_dated() -> None:
    both = Availability("b", "p", HERE, ACTIVE, time(9), time(10), on=MONDAY, weekday=5)
    assert spans(both, last=MONDAY + timedelta(days=13)) == [Span(at(9), at(10))]


def test_rows_without_a_usable_day_open_nothing() -> None:
    none = Availability("n", "p", HERE, ACTIVE, time(9), time(10))
    wrong = weekly(7, time(9), time(10))
    assert not none.usable
    assert not wrong.usable
    assert spans(none, wrong, last=MONDAY + timedelta(days=13)) == []


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    night = weekly(1, time(22), time(6))
    tuesday = MONDAY + timedelta(days=1)
    assert spans(night) == [Span(at(22), at(6, day=tuesday))]
    assert open_spans([night], tuesday, tuesday, BERLIN)["p", HERE] == (Span(at(22), at(6, day=tuesday)),)


def test_the_later_of_two_overlapping_windows_gives_way() -> None:
    assert spans(weekly(1, time(11), time(14)), weekly(1, time(9), time(12))) == [
        Span(at(9), at(12)),
        Span(at(12), at(14)),
    ]


def test_a_dated_window_never_shifts_the_weekly_one() -> None:
    early = dated(MONDAY, time(8, 30), time(9, 30))
    assert spans(weekly(1, time(9), time(12)), early) == [Span(at(8, 30), at(9)), Span(at(9), at(12))]


def rows_of_a_fortnight() -> st.SearchStrategy[list[Availability]]:
    quarter = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
    common = {
        "mode": st.sampled_from(VisitMode),
        "start": quarter,
        "end": quarter,
        "status": st.sampled_from([ACTIVE, PAUSED]),
    }
    day = st.integers(0, 13).map(lambda n: MONDAY + timedelta(days=n))
    ids = {"id": st.just("a"), "provider_id": st.sampled_from(["p", "q"])}
    recurring = st.builds(Availability, weekday=st.integers(0, 6), on=st.none(), **ids, **common)
    once = st.builds(Availability, weekday=st.none(), on=day, **ids, **common)
    return st.lists(st.one_of(recurring, once), max_size=8)


@given(rows_of_a_fortnight())
def test_windows_are_the_union_of_the_active_rows_without_overlaps(rows: list[Availability]) -> None:
    last = MONDAY + timedelta(days=13)
    windows = opening_windows(rows, MONDAY - timedelta(days=1), last, BERLIN)
    for provider in ("p", "q"):
        for mode in VisitMode:
            mine = sorted(w.span for w in windows if (w.provider_id, w.mode) == (provider, mode))
            assert all(one.end <= two.start for one, two in pairwise(mine))
            wanted = [
                window_of(day, row.start, row.end, BERLIN)
                for row in rows
                if (row.provider_id, row.mode, row.status) == (provider, mode, ACTIVE)
                for day in (MONDAY + timedelta(days=n) for n in range(-1, 14))
                if row.on == day or (row.on is None and row.weekday == weekday_of(day))
            ]
            assert _from(at(0), merge(mine)) == _from(at(0), merge(wanted))


def _from(start: datetime, spans: tuple[Span, ...]) -> list[Span]:
    return [Span(max(span.start, start), span.end) for span in spans if span.end > start]

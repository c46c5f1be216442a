"""Values over time by mouse and by keyboard: cursor, pan, zoom, brush; gaps, spans, scales and ticks in numbers."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Appearance, Theme
from app.ui.widgets.timeseries.chart import TimeSeriesChart
from app.ui.widgets.timeseries.cursor import under_value
from app.ui.widgets.timeseries.marks import gap_text
from app.ui.widgets.timeseries.model import DAY_MS, Gap, Lane, LaneBand, Point, Shape, breaks, gaps, ms_of
from app.ui.widgets.timeseries.overlay import title_lines
from app.ui.widgets.timeseries.overview import Overview
from app.ui.widgets.timeseries.scale import lane_heights, lane_range, value_scale
from app.ui.widgets.timeseries.span import LONGEST, SHORTEST, Span
from app.ui.widgets.timeseries.ticks import time_ticks

END = ms_of(datetime(2025, 5, 14, 7, 12, tzinfo=UTC))
BERLIN = ZoneInfo("Europe/Berlin")
MONTH = Span(END - 30 * DAY_MS, END + DAY_MS // 2)


def point(days: float, value: float, second: float | None = None, *, place: int = 0, key: str = "") -> Point:
    """A reading some days before the end."""
    at = END - round(days * DAY_MS)
    return Point(at, at, 1, value, value, value, second, second, second, Shape.DOT, place, key or f"r{days:g}")


def lanes() -> list[Lane]:
    """Daily pressures with five days missing, weights once a week."""
    days = [day for day in range(30, -1, -1) if not 17 <= day <= 21]
    pressures = tuple(point(day, 140 + day % 3, 88, place=1, key=f"p{day}") for day in days)
    weights = tuple(point(day, 80 + day / 10, key=f"w{day}") for day in (28, 21, 14, 7))
    return [
        Lane("bp", "Blood pressure", "mmHg", pressures, (LaneBand(90, 119), LaneBand(60, 79))),
        Lane("w", "Weight", "kg", weights, decimals=1, beside=0.37),
    ]


@pytest.fixture
def chart(qtbot: QtBot) -> TimeSeriesChart:
    """A month, shown and focused."""
    made = TimeSeriesChart(name="Vitals", zone=BERLIN)
    made.resize(760, 420)
    qtbot.addWidget(made)
    made.set_lanes(lanes())
    made.set_limits(END - 400 * DAY_MS, END)
    made.set_span(MONTH)
    with qtbot.waitExposed(made):
        made.show()
    made.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus, timeout=5000)
    return made


def press(
    chart: QWidget, key: Qt.Key, times: int = 1, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    for _ in range(times):
        QTest.keyClick(chart, key, held)


def test_arrows_go_from_reading_to_reading(chart: TimeSeriesChart) -> None:
    chart.set_cursor(None)
    press(chart, Qt.Key.Key_Right)
    assert chart.cursor_at == END
    press(chart, Qt.Key.Key_Left, 2)
    assert chart.cursor_at == END - 2 * DAY_MS
    press(chart, Qt.Key.Key_Right)
    assert chart.cursor_at == END - DAY_MS
    state = chart.cursor_state()
    assert state is not None
    assert state.ids == {"p1"}
    press(chart, Qt.Key.Key_Left, 6)
    state = chart.cursor_state()
    assert state is not None
    assert state.ids == {"p7", "w7"}


def test_screen_readers_hear_what_is_under_the_cursor(chart: TimeSeriesChart) -> None:
    chart.set_cursor(END - 7 * DAY_MS, announce=True)
    said = chart.spoken_items()[0]
    assert said.focused
    assert said.name == "Wed 7 May 2025 09:12; Blood pressure 141/88 mmHg, high; Weight 80.7 kg"
    assert chart.accessibleDescription() == said.name
    chart.set_cursor(END - 19 * DAY_MS)
    assert chart.accessibleDescription() == "Fri 25 Apr 2025 09:12; no readings"


def test_a_value_of_another_day_says_so_however_near_it_is_drawn(chart: TimeSeriesChart) -> None:
    chart.set_span(Span(END - 360 * DAY_MS, END + DAY_MS))
    chart.set_cursor(END - 6 * DAY_MS, announce=True)
    state = chart.cursor_state()
    assert state is not None
    assert state.ids == {"p6", "w7"}, "a day is less than two pixels wide"
    assert [under_value(one, BERLIN, state.at) for one in state.readings] == ["high", "of 7 May"]
    assert chart.accessibleDescription() == (
        "Thu 8 May 2025 09:12; Blood pressure 140/88 mmHg, high; Weight 80.7 kg, of 7 May 2025"
    )
    far = END + 300 * DAY_MS
    chart.set_limits(END - 400 * DAY_MS, far)
    chart.set_span(Span(far - 360 * DAY_MS, far))
    chart.set_cursor(far)
    state = chart.cursor_state()
    assert state is not None
    assert [under_value(one, BERLIN, state.at) for one in state.readings] == ["of 14 May 2025", "of 7 May 2025"]


def test_plus_minus_and_panning(chart: TimeSeriesChart) -> None:
    chart.set_cursor(None)
    press(chart, Qt.Key.Key_Plus)
    assert chart.span.width == pytest.approx(MONTH.width * 0.8, abs=2)
    press(chart, Qt.Key.Key_Minus)
    assert chart.span.width == pytest.approx(MONTH.width, abs=4)
    before = chart.span
    press(chart, Qt.Key.Key_Left, 1, Qt.KeyboardModifier.ShiftModifier)
    assert chart.span.start == before.start - before.width // 10
    press(chart, Qt.Key.Key_PageUp)
    assert chart.span.end <= before.start + before.width


def test_home_and_end_reach_the_first_and_the_last_reading(chart: TimeSeriesChart) -> None:
    press(chart, Qt.Key.Key_Home)
    assert chart.cursor_at == END - 400 * DAY_MS
    assert chart.span.start < END - 400 * DAY_MS < chart.span.end
    press(chart, Qt.Key.Key_End)
    assert chart.cursor_at == END
    assert chart.span.start < END < chart.span.end


def test_other_keys_stay_the_window_s(chart: TimeSeriesChart) -> None:
    before = chart.span
    press(chart, Qt.Key.Key_Plus, 1, Qt.KeyboardModifier.ControlModifier)
    press(chart, Qt.Key.Key_X)
    assert chart.span == before


def test_a_drag_pans_and_tells(chart: TimeSeriesChart, qtbot: QtBot) -> None:
    seen: list[Span] = []
    chart.span_changed.connect(seen.append)
    QTest.mousePress(chart, Qt.MouseButton.LeftButton, pos=QPoint(400, 100))
    QTest.mouseMove(chart, QPoint(430, 100))
    qtbot.wait(20)
    QTest.mouseMove(chart, QPoint(500, 100))
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, pos=QPoint(500, 100))
    per_pixel = MONTH.width / (chart.frame.right - chart.frame.left)
    assert chart.span.start == pytest.approx(MONTH.start - 100 * per_pixel, abs=per_pixel * 2)
    assert seen[-1] == chart.span


def wheel(chart: TimeSeriesChart, x: int, turn: QPoint, held: Qt.KeyboardModifier) -> None:
    place = QPointF(x, 100)
    event = QWheelEvent(place, chart.mapToGlobal(place), QPoint(), turn, Qt.MouseButton.NoButton, held,
                        Qt.ScrollPhase.NoScrollPhase, False)  # fmt: skip
    QApplication.sendEvent(chart, event)


def test_the_wheel_zooms_where_the_pointer_is(chart: TimeSeriesChart) -> None:
    under = chart.at(QPointF(300, 100))
    wheel(chart, 300, QPoint(0, 120), Qt.KeyboardModifier.NoModifier)
    assert chart.span.width == pytest.approx(MONTH.width * 0.8, abs=2)
    assert chart.at(QPointF(300, 100)) == pytest.approx(under, abs=DAY_MS // 100)
    before = chart.span
    wheel(chart, 300, QPoint(0, 120), Qt.KeyboardModifier.ShiftModifier)
    assert (chart.span.width, chart.span.start < before.start) == (before.width, True)


def test_the_cursor_goes_with_the_keyboard(chart: TimeSeriesChart) -> None:
    press(chart, Qt.Key.Key_Home)
    assert chart.cursor_at is not None
    chart.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    chart.clearFocus()
    assert chart.cursor_at is None, "old values would stand beside a new reading"


def test_a_cursor_out_of_sight_has_no_values(chart: TimeSeriesChart) -> None:
    chart.set_cursor(END - 25 * DAY_MS)
    there = chart.cursor_state()
    assert there is not None
    assert [one.point.id for one in there.readings if one.point] == ["p25", "w28"]
    chart.set_span(Span(END - 6 * DAY_MS, END + DAY_MS // 2))
    beyond = chart.cursor_state()
    assert beyond is not None
    assert [one.point.id for one in beyond.readings if one.point] == ["p0", "w7"], "the last ones, as without a cursor"


def test_the_pointer_snaps_to_a_reading_and_leaves(chart: TimeSeriesChart) -> None:
    x = round(chart.frame.x(END - 3 * DAY_MS, chart.span))
    QTest.mouseMove(chart, QPoint(x - 30, 60))
    QTest.mouseMove(chart, QPoint(x + 3, 60))
    assert chart.cursor_at == END - 3 * DAY_MS


def test_a_picture_for_a_file_is_light_in_a_dark_window_too(chart: TimeSeriesChart, qtbot: QtBot) -> None:
    Theme.current().set_appearance(Appearance.LIGHT)
    light = chart.picture().toImage()
    Theme.current().set_appearance(Appearance.DARK)
    try:
        with qtbot.assertNotEmitted(Theme.current().changed):
            assert chart.picture().toImage() == light
        assert chart.grab().toImage().pixelColor(2, 2).lightness() < 80  # the window itself stays dark
    finally:
        Theme.current().set_appearance(Appearance.LIGHT)


@pytest.mark.parametrize("look", [Appearance.LIGHT, Appearance.DARK])
def test_it_paints_in_both_looks_with_nothing_and_with_much(chart: TimeSeriesChart, look: Appearance) -> None:
    Theme.current().set_appearance(look)
    many = tuple(
        Point(at, at + 1000, 60, 50, 90, 70 + number % 7)
        for number, at in enumerate(range(MONTH.start, MONTH.end, 3_600_000))
    )
    picture = chart.picture().toImage()
    assert picture.width() == 2 * chart.width()
    colors = {picture.pixelColor(x, 300).name() for x in range(0, picture.width(), 3)}
    assert len(colors) > 2
    chart.set_lanes([Lane("hr", "Heart rate", "/min", many, (LaneBand(60, 80),))])
    assert chart.picture().toImage() != picture
    chart.set_lanes([])
    assert not chart.picture().isNull()
    chart.set_lanes([Lane("one", "One", "", (point(3, 5),))])
    assert not chart.grab().isNull()


def test_the_brush_moves_and_stretches(qtbot: QtBot) -> None:
    strip = Overview(zone=BERLIN)
    strip.resize(760, 60)
    qtbot.addWidget(strip)
    strip.set_lane(lanes()[1], END - 400 * DAY_MS, END)
    wanted: list[Span] = []
    strip.span_wanted.connect(wanted.append)
    strip.span_wanted.connect(strip.set_span)
    strip.set_span(Span(END - 100 * DAY_MS, END - 40 * DAY_MS))
    with qtbot.waitExposed(strip):
        strip.show()
    drag(strip, round(strip._brush().center().x()), -50)
    assert wanted[-1].width == 60 * DAY_MS
    assert wanted[-1].start < END - 100 * DAY_MS
    before = wanted[-1]
    drag(strip, round(strip._brush().left()), -20)
    assert (wanted[-1].end, wanted[-1].start < before.start) == (before.end, True)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(strip._x(END - 300 * DAY_MS)), 10))
    assert wanted[-1].start < END - 300 * DAY_MS < wanted[-1].end


def test_what_is_not_loaded_yet_is_no_stretch_without_readings(chart: TimeSeriesChart) -> None:
    def ink(picture: QImage, left: int, right: int) -> set[str]:
        return {picture.pixelColor(x, y).name() for x in range(left, right) for y in range(40, 300, 2)}

    half = (int(chart.frame.left) + int(chart.frame.right)) // 2
    chart.set_cursor(None)
    before = chart.grab().toImage()
    chart.set_waiting(Span((MONTH.start + MONTH.end) // 2, MONTH.end))
    late = chart.grab().toImage()
    assert ink(late, half + 9, int(chart.frame.right)) == ink(before, half + 9, int(chart.frame.right))
    left = int(chart.frame.left) + 2
    text = Theme.current().colors.text.name()
    assert text in ink(before, left, half - 9)
    assert text not in ink(late, left, half - 9), "covered"
    chart.set_waiting(None)
    assert chart.grab().toImage() == before


def test_a_long_title_takes_two_lines() -> None:
    assert title_lines("Blood pressure") == ("Blood pressure", "")
    assert title_lines("Oxygen saturation") == ("Oxygen", "saturation")
    assert title_lines("Frecuencia respiratoria") == ("Frecuencia", "respiratoria")
    assert title_lines("Unbreakablylongwordofatitle") == ("Unbreakablylongwordofatitle", "")


def test_a_month_of_ten_years_can_be_dragged_and_stretched(qtbot: QtBot) -> None:
    strip = Overview(zone=BERLIN)
    strip.resize(760, 60)
    qtbot.addWidget(strip)
    strip.set_lane(lanes()[1], END - 3650 * DAY_MS, END)
    wanted: list[Span] = []
    strip.span_wanted.connect(wanted.append)
    strip.span_wanted.connect(strip.set_span)
    month = Span(END - 30 * DAY_MS, END)
    strip.set_span(month)
    with qtbot.waitExposed(strip):
        strip.show()
    left, right = strip._handles()
    assert (right - left, right < strip.width()) == (16, True), "side by side, and seen whole"
    drag(strip, round(strip._brush().center().x()), -50)
    assert (wanted[-1].width, wanted[-1].end < month.end) == (month.width, True)
    strip.set_span(month)
    drag(strip, round(left), -50)
    assert (wanted[-1].end, wanted[-1].start < month.start) == (month.end, True)
    strip.set_span(month)
    drag(strip, round(right) + 3, -1)
    assert (wanted[-1].start, wanted[-1].end < month.end) == (month.start, True), "beyond the strip, on the handle"
    count = len(wanted)
    QTest.mouseClick(strip, Qt.MouseButton.LeftButton, pos=QPoint(round(strip._strip().right()) + 14, 12))
    assert len(wanted) == count, "beside the strip there is nothing to go to"


def drag(widget: QWidget, x: int, by: int) -> None:
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=QPoint(x, 12))
    QTest.mouseMove(widget, QPoint(x + by // 2, 12))
    QTest.mouseMove(widget, QPoint(x + by, 12))
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=QPoint(x + by, 12))


def test_gaps_are_what_is_unusual_around_them() -> None:
    pressures, weights = (lane.points for lane in lanes())
    assert [(gap.end - gap.start) // DAY_MS for gap in gaps(pressures)] == [6]
    assert gaps(weights) == ()
    weekly_then_daily = tuple(point(day, 80) for day in (*range(70, 20, -9), *range(10, -1, -1)))
    assert gaps(weekly_then_daily) == ()
    minutes = tuple(point(1 - n / 1440, 70) for n in (*range(60), *range(600, 660)))
    assert len(gaps(minutes)) == 1
    assert gaps((point(900, 80), point(1, 80))) != ()
    assert gap_text(Gap(0, 6 * DAY_MS)) == "6 days, no readings"
    assert gap_text(Gap(0, DAY_MS // 3)) == "8 hours, no readings"


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=60, unique=True), st.integers(0, 10**7))
def test_breaks_lie_between_points(times: list[int], bucket: int) -> None:
    points = tuple(Point(at, at, 1, 1.0, 1.0, 1.0) for at in sorted(times))
    found = breaks(points, bucket)
    assert all(0 <= number < len(points) - 1 for number in found)
    assert list(found) == sorted(set(found))


spans = st.builds(
    lambda start, width: Span(start, start + width), st.integers(0, 10**13), st.integers(SHORTEST, LONGEST)
)


@given(spans, st.floats(0.01, 100), st.floats(0, 1))
def test_zooming_keeps_what_is_under_the_pointer(span: Span, factor: float, share: float) -> None:
    at = round(span.start + span.width * share)
    zoomed = span.zoomed(factor, at)
    assert SHORTEST <= zoomed.width <= LONGEST
    assert zoomed.start <= at <= zoomed.end
    assert (at - zoomed.start) / zoomed.width == pytest.approx((at - span.start) / span.width, abs=1e-5)


@given(spans, st.integers(0, 10**12), st.integers(1, 10**12))
def test_readings_never_get_lost_from_sight(span: Span, first: int, length: int) -> None:
    kept = span.within(first, first + length)
    assert kept.width == span.width
    assert kept.start < first + length
    assert kept.end > first


@given(st.floats(0, 1000), st.floats(0, 1000), st.floats(30, 400))
def test_scales_show_all_values_with_round_ticks(one: float, other: float, tall: float) -> None:
    low, high = min(one, other), max(one, other)
    scale = value_scale(low, high, 10, 10 + tall)
    assert scale.low <= low <= high <= scale.high
    assert 10 <= scale.y(high) <= scale.y(low) <= 10 + tall
    assert 2 <= len(scale.ticks) <= 12
    assert all(a < b for a, b in itertools.pairwise(scale.ticks))
    assert all(scale.low <= tick <= scale.high for tick in scale.ticks)


@given(st.lists(st.sampled_from([1.0, 1.5, 2.0]), min_size=1, max_size=6), st.floats(0, 900))
def test_lanes_fill_the_room_and_none_is_too_small(weights: list[float], room: float) -> None:
    shared = lane_heights([Lane(str(at), "X", "", weight=one) for at, one in enumerate(weights)], room, 22, 64)
    gaps = 22 * (len(weights) - 1)
    assert min(shared) >= 64
    assert sum(shared) + gaps == pytest.approx(max(room, 64 * len(weights) + gaps)), (
        "never beyond a room that is enough"
    )


def test_bands_near_the_values_are_shown() -> None:
    low, high = lane_range(lanes()[0])
    assert low <= 79
    assert high >= 142
    assert lane_range(Lane("x", "X", "")) == (0.0, 1.0)


@pytest.mark.parametrize(("least", "expected"), [(0.0, (141.0, 143.0)), (40.0, (122.0, 162.0)), (400.0, (0.0, 400.0))])
def test_a_trifle_is_drawn_as_one(least: float, expected: tuple[float, float]) -> None:
    """A pound up and down must not look like the fall of a year; nothing goes below zero."""
    points = tuple(Point(at, at, 1, value, value, value, None, None, None) for at, value in ((0, 141.0), (9, 143.0)))
    assert lane_range(Lane("w", "Weight", "kg", points=points, least=least)) == expected


@pytest.mark.parametrize("days", [0.1, 1, 7, 30, 365, 3650, 20000])
def test_ticks_are_few_and_lie_in_the_span(days: float) -> None:
    span = Span(END - round(days * DAY_MS), END)
    ticks = time_ticks(span, BERLIN, 8)
    assert len(ticks) <= 10
    assert all(span.start <= tick.at < span.end and tick.text for tick in ticks)
    assert days < 1 or ticks


def test_a_week_without_its_monday_has_marks_in_a_narrow_chart() -> None:
    begin = ms_of(datetime(2026, 11, 16, 6, tzinfo=BERLIN).astimezone(UTC))  # a Monday, in the morning
    ticks = time_ticks(Span(begin, begin + round(6.5 * DAY_MS)), BERLIN, 3)
    assert {"17 Nov", "22 Nov"} <= {tick.text for tick in ticks}
    first = ms_of(datetime(2026, 1, 3, tzinfo=BERLIN).astimezone(UTC))
    assert time_ticks(Span(first, first + 85 * DAY_MS), BERLIN, 2), "a quarter without its first day"


def test_midnight_ticks_follow_the_clinic_s_clock() -> None:
    begin = ms_of(datetime(2025, 3, 28, tzinfo=BERLIN).astimezone(UTC))
    ticks = time_ticks(Span(begin, begin + 5 * DAY_MS), BERLIN, 8)
    assert [datetime.fromtimestamp(tick.at / 1000, BERLIN).hour for tick in ticks] == [0] * len(ticks)
    assert "30 Mar" in [tick.text for tick in ticks]

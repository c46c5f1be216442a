"""Where things go in a day: properties that hold for any day."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.widgets.calendar.arrange import bounds, column_items, lanes
from app.ui.widgets.calendar.drag import Drag, DragKind, changes_nothing, moved_to, stepped
from app.ui.widgets.calendar.geometry import Geometry
from app.ui.widgets.calendar.model import DayColumn, DayModel, ItemKind
from app.ui.widgets.calendar.scene import LINE, SceneInput, build, line_tops
from tests.ui.widgets import samples
from tests.ui.widgets.conftest import small_day, visit

spans = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 12)).map(lambda pair: (pair[0] * 5, (pair[0] + pair[1]) * 5)),
    max_size=25,
)


@given(spans)
def test_overlapping_spans_never_share_a_lane(found: list[tuple[int, int]]) -> None:
    placed = lanes(found)
    for (one, a), (other, b) in combinations(zip(found, placed, strict=True), 2):
        if one[0] < other[1] and other[0] < one[1]:
            assert a.number != b.number
            assert a.count == b.count
    assert all(0 <= lane.number < lane.count for lane in placed)


@given(spans)
def test_lanes_are_no_more_than_needed(found: list[tuple[int, int]]) -> None:
    placed = lanes(found)
    for lane in placed:
        assert lane.count <= len(found)
    alone = [
        lane
        for span, lane in zip(found, placed, strict=True)
        if not any(other != span and other[0] < span[1] and span[0] < other[1] for other in found)
        and found.count(span) == 1
    ]
    assert all(lane.count == 1 for lane in alone)


@given(spans)
def test_items_of_a_column_cover_the_open_day_once(found: list[tuple[int, int]]) -> None:
    events = tuple(visit(f"v{n}", "a", 480 + low, 480 + high) for n, (low, high) in enumerate(found))
    model = DayModel(day=samples.DAY, columns=(DayColumn(id="a", title="A"),), events=events)
    items = column_items(model)["a"]
    first, last = bounds(model)
    gaps = [item for item in items if item.kind is ItemKind.GAP]
    for gap in gaps:
        assert not any(event.start < gap.end and gap.start < event.end for event in events)
    covered = {minute for item in items for minute in range(item.start, item.end)}
    assert covered == set(range(first, last))
    assert items == sorted(items, key=lambda item: (item.start, item.end, item.id))
    for before, after in pairwise(gaps):
        assert before.end <= after.start


def test_the_page_widens_for_what_lies_outside() -> None:
    model = replace(small_day(), events=(visit("early", "a", 425, 440), visit("late", "b", 1090, 1130)))
    assert bounds(model) == (420, 1140)
    assert bounds(DayModel(day=samples.DAY)) == (480, 1020)


@given(st.floats(22, 120), st.floats(0, 120))
def test_two_lines_stay_inside_and_off_the_now_line_where_there_is_room(height: float, crossing: float) -> None:
    if crossing > height or height < 2 * LINE:
        return
    first, second = line_tops(height, crossing)
    assert first >= 0
    assert second >= first + LINE
    assert second + LINE <= height + 0.01
    if height >= 46 and (crossing <= 6 or crossing >= 22) and height - crossing >= 0:
        clear = [crossing + 2 < top + 2 or crossing - 2 > top + LINE - 2 for top in (first, second)]
        room = height >= 46 + 14 or 22 <= crossing <= height - 20 or crossing >= 39
        assert all(clear) or not room


@given(st.integers(0, 5), st.floats(480, 1020), st.integers(0, 600), st.integers(16, 72))
def test_pixels_and_minutes_agree(column: int, minute: float, scroll: int, zoom: int) -> None:
    geometry = Geometry(1200, 700, 6, 480, 1020, zoom / 20, 0, scroll)
    assert geometry.minute(geometry.y(minute)) == pytest.approx(minute, abs=0.001)
    assert geometry.column(geometry.x(column) + 10) == column
    assert geometry.column(20) == -1


def drag_of(model: DayModel) -> Drag:
    event = model.events[0]
    return Drag(event, DragKind.MOVE, 0, event.start, event.end, grab=10)


@given(st.floats(400, 800), st.integers(0, 1))
def test_a_drag_always_lands_on_the_grid_or_a_free_time(minute: float, column: int) -> None:
    model = small_day()
    drag = moved_to(drag_of(model), model, column, minute)
    slots = {slot.start for slot in model.slots if slot.column_id == model.columns[column].id}
    assert drag.start % model.step == 0 or drag.start in slots
    assert drag.length == 40
    assert not drag.nowhere
    free = moved_to(drag_of(model), model, column, minute, free_only=True)
    assert free.start in slots


@given(st.lists(st.sampled_from([(-1, 0), (1, 0), (0, -1), (0, 1)]), max_size=60))
def test_keys_never_lead_off_the_page(keys: list[tuple[int, int]]) -> None:
    model = small_day()
    drag = drag_of(model)
    for across, down in keys:
        drag = stepped(drag, model, across, down)
        assert 0 <= drag.column < 2
        assert 480 <= drag.start < 720
        assert drag.length == 40


def test_a_drag_back_home_changes_nothing() -> None:
    model = small_day()
    drag = drag_of(model)
    assert changes_nothing(drag, model)
    assert not changes_nothing(stepped(drag, model, 1, 0), model)
    assert not changes_nothing(replace(drag, foreign=True), model)


def test_slots_off_the_grid_are_hit_exactly() -> None:
    model = small_day()
    odd = replace(model.slots[0], start=590, end=610)
    model = replace(model, slots=(odd,))
    assert moved_to(drag_of(model), model, 0, 601).start == 590


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("width", range(300, 640, 7))
def test_the_type_of_a_visit_is_never_cut_in_two(width: int) -> None:
    events = tuple(
        replace(visit(f"v{n}", "a", start, start + minutes, "Thị Lan"), type="Diabetes review", short_type="Diabetes")
        for n, (start, minutes) in enumerate(((540, 20), (580, 40), (640, 60)))
    )
    model = replace(small_day(), events=events)
    scene = build(SceneInput(model, Geometry(width, 600, 2, 480, 720, 1.2), 1.0))
    shown = {text.piece.static.text() for text in scene.texts}
    assert not [text for text in shown if text.endswith("…")]
    assert any(text.startswith("09:40") for text in shown)

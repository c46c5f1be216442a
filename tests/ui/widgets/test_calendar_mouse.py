"""The calendar by mouse: click, drag across columns, resize, ranges, the tray, verdicts."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.model import CalendarItem, DayEvent, DropKind, DropVerdict, ItemKind
from app.ui.widgets.calendar.tray import TrayBar, TrayItem
from tests.ui.widgets import mouse
from tests.ui.widgets.conftest import small_day, visit


def at(calendar: DayCalendar, column: int, minute: float) -> QPointF:
    """Return a point in the middle of a column at a time."""
    geometry = calendar.geometry_now
    return QPointF(geometry.x(column) + geometry.column_width / 2, geometry.y(minute))


def is_dragging(calendar: DayCalendar) -> bool:
    return calendar.drag is not None


def item(calendar: DayCalendar, thing_id: str) -> CalendarItem:
    """Return an item by id."""
    return next(item for item in calendar.ordered_items() if item.id == thing_id)


def test_a_click_on_free_time_books_it(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(calendar.slot_activated) as signal:
        QTest.mouseClick(calendar.viewport(), mouse.LEFT, mouse.PLAIN, at(calendar, 0, 590).toPoint())
    assert signal.args == ["s1"]


def test_a_click_on_a_visit_only_selects_it_and_two_open_it(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(calendar.event_activated):
        QTest.mouseClick(calendar.viewport(), mouse.LEFT, mouse.PLAIN, at(calendar, 0, 550).toPoint())
    assert calendar.cursor_item == item(calendar, "v1")
    with qtbot.waitSignal(calendar.event_activated) as signal:
        mouse.double_click(calendar.viewport(), at(calendar, 0, 550))
    assert signal.args == ["v1"]


def test_a_drag_moves_a_visit_to_another_column_and_time(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(calendar.move_requested) as signal:
        mouse.drag(calendar.viewport(), at(calendar, 0, 550), at(calendar, 1, 612))
    assert signal.args == ["v1", "b", 600]
    assert calendar.drag is None


def test_a_drag_lands_where_the_event_was_taken_not_where_it_begins(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(calendar.move_requested) as signal:
        mouse.drag(calendar.viewport(), at(calendar, 0, 570), at(calendar, 0, 651))
    assert signal.args == ["v1", "a", 620]


def test_a_short_twitch_is_no_drag(calendar: DayCalendar, qtbot: QtBot) -> None:
    start = at(calendar, 0, 550)
    with qtbot.assertNotEmitted(calendar.move_requested):
        mouse.drag(calendar.viewport(), start, start + QPointF(2, 2))


def test_dropping_it_where_it_was_asks_for_nothing(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(calendar.move_requested), qtbot.waitSignal(calendar.drag_ended):
        mouse.drag(calendar.viewport(), at(calendar, 0, 550), at(calendar, 1, 640), at(calendar, 0, 551))


def test_the_lower_edge_changes_the_length(calendar: DayCalendar, qtbot: QtBot) -> None:
    edge = QPointF(at(calendar, 0, 550).x(), calendar.item_rect(item(calendar, "v1")).bottom() - 2)
    with qtbot.waitSignal(calendar.resize_requested) as signal:
        mouse.drag(calendar.viewport(), edge, at(calendar, 0, 618))
    assert signal.args == ["v1", 620]
    with qtbot.waitSignal(calendar.resize_requested) as signal:
        mouse.drag(calendar.viewport(), edge, at(calendar, 0, 500))
    assert signal.args == ["v1", 560]


def test_a_visit_that_may_not_move_stays(calendar: DayCalendar, qtbot: QtBot) -> None:
    day = small_day()
    calendar.set_model(replace(day, events=tuple(replace(event, movable=False) for event in day.events)))
    with qtbot.assertNotEmitted(calendar.move_requested):
        mouse.drag(calendar.viewport(), at(calendar, 0, 550), at(calendar, 1, 612))


def test_the_verdict_is_asked_on_every_step_and_a_refused_drop_puts_back(calendar: DayCalendar, qtbot: QtBot) -> None:
    asked: list[tuple[str, str, int, int]] = []

    def refuse(event: DayEvent, column: str, start: int, end: int) -> DropVerdict:
        asked.append((event.id, column, start, end))
        return DropVerdict(DropKind.REFUSED, "Dr Levy is away")

    calendar.set_check_drop(refuse)
    mouse.press(calendar.viewport(), at(calendar, 0, 550))
    mouse.move(calendar.viewport(), at(calendar, 1, 612))
    image = calendar.viewport().grab().toImage()
    assert asked[-1] == ("v1", "b", 600, 640)
    critical = Theme.current().tone(Tone.CRITICAL)
    target = calendar.target_rect(calendar.drag).toRect() if calendar.drag is not None else None
    assert target is not None
    edge = image.pixelColor(target.left() + 60, target.top())
    assert max(abs(edge.red() - critical.red()), abs(edge.green() - critical.green())) < 24
    with qtbot.assertNotEmitted(calendar.move_requested), qtbot.waitSignal(calendar.drag_refused) as signal:
        mouse.release(calendar.viewport(), at(calendar, 1, 612))
    assert signal.args == ["v1", "Dr Levy is away"]


def test_a_drop_that_may_be_overridden_is_asked_for(calendar: DayCalendar, qtbot: QtBot) -> None:
    calendar.set_check_drop(lambda *_place: DropVerdict(DropKind.WARN, "Lunch until 13:00"))
    with qtbot.waitSignal(calendar.move_requested) as signal:
        mouse.drag(calendar.viewport(), at(calendar, 1, 645), at(calendar, 0, 665))
    assert signal.args == ["v2", "a", 660]


def test_alt_offers_free_times_only(calendar: DayCalendar, qtbot: QtBot) -> None:
    alt = Qt.KeyboardModifier.AltModifier
    with qtbot.waitSignal(calendar.move_requested) as signal:
        mouse.drag(calendar.viewport(), at(calendar, 1, 645), at(calendar, 0, 700), keys=alt)
    assert signal.args == ["v2", "a", 600]
    calendar.set_model(replace(small_day(), slots=()))
    with qtbot.assertNotEmitted(calendar.move_requested):
        mouse.drag(calendar.viewport(), at(calendar, 1, 645), at(calendar, 0, 700), keys=alt)


def test_escape_puts_a_drag_back(calendar: DayCalendar, qtbot: QtBot) -> None:
    mouse.press(calendar.viewport(), at(calendar, 0, 550))
    mouse.move(calendar.viewport(), at(calendar, 1, 612))
    assert is_dragging(calendar)
    QTest.keyClick(calendar, Qt.Key.Key_Escape)
    assert not is_dragging(calendar)
    with qtbot.assertNotEmitted(calendar.move_requested):
        mouse.release(calendar.viewport(), at(calendar, 1, 612))


def test_a_drop_outside_of_the_page_puts_back(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(calendar.move_requested):
        mouse.drag(calendar.viewport(), at(calendar, 0, 550), QPointF(10, 10))


def test_a_drag_over_open_time_selects_a_range(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(calendar.slot_activated), qtbot.waitSignal(calendar.range_selected) as signal:
        mouse.drag(calendar.viewport(), at(calendar, 0, 590), at(calendar, 0, 635))
    assert signal.args == ["a", 580, 640]


def test_a_range_stops_at_what_is_taken(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(calendar.range_selected) as signal:
        mouse.drag(calendar.viewport(), at(calendar, 0, 625), at(calendar, 0, 715))
    assert signal.args == ["a", 620, 660]
    with qtbot.waitSignal(calendar.range_selected) as signal:
        mouse.drag(calendar.viewport(), at(calendar, 0, 625), at(calendar, 0, 500))
    assert signal.args == ["a", 580, 640]


def test_a_live_update_keeps_a_drag_under_way(calendar: DayCalendar, qtbot: QtBot) -> None:
    mouse.press(calendar.viewport(), at(calendar, 0, 550))
    mouse.move(calendar.viewport(), at(calendar, 1, 612))
    day = small_day()
    calendar.set_model(replace(day, slots=day.slots[:-1]))
    with qtbot.waitSignal(calendar.move_requested) as signal:
        mouse.release(calendar.viewport(), at(calendar, 1, 612))
    assert signal.args == ["v1", "b", 600]


def test_a_drag_ends_when_its_visit_is_gone(calendar: DayCalendar, qtbot: QtBot) -> None:
    mouse.press(calendar.viewport(), at(calendar, 0, 550))
    mouse.move(calendar.viewport(), at(calendar, 1, 612))
    with qtbot.waitSignal(calendar.drag_ended):
        calendar.set_model(replace(small_day(), events=(visit("v2", "b", 640, 660),)))
    with qtbot.assertNotEmitted(calendar.move_requested):
        mouse.release(calendar.viewport(), at(calendar, 1, 612))


def test_the_context_menu_is_for_what_is_under_the_pointer(calendar: DayCalendar, qtbot: QtBot) -> None:
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    point = at(calendar, 1, 650).toPoint()
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, point, calendar.viewport().mapToGlobal(point))
    with qtbot.waitSignal(calendar.context_requested) as signal:
        QApplication.sendEvent(calendar.viewport(), event)
    assert signal.args is not None
    assert signal.args[0] == item(calendar, "v2")


def test_a_click_on_a_head_names_its_column(calendar: DayCalendar, qtbot: QtBot) -> None:
    with qtbot.waitSignal(calendar.column_activated) as signal:
        QTest.mouseClick(calendar.viewport(), mouse.LEFT, mouse.PLAIN, QPoint(at(calendar, 1, 600).toPoint().x(), 20))
    assert signal.args == ["b"]


def test_zoom_keeps_the_time_in_the_middle(calendar: DayCalendar) -> None:
    calendar.resize(652, 300)
    calendar.scroll_to_minute(620)
    middle = calendar.geometry_now.minute(calendar.geometry_now.body.center().y())
    calendar.zoom_step(1)
    calendar.zoom_step(1)
    assert calendar.zoom == 40
    assert abs(calendar.geometry_now.minute(calendar.geometry_now.body.center().y()) - middle) < 2


def desk(qtbot: QtBot) -> tuple[QWidget, DayCalendar, TrayBar]:
    """Return a window with a calendar and its tray below."""
    window = QWidget()
    calendar, tray = DayCalendar(name="Day"), TrayBar()
    layout = QVBoxLayout(window)
    layout.addWidget(calendar, 1)
    layout.addWidget(tray)
    calendar.set_tray(tray)
    calendar.set_model(small_day())
    window.resize(700, 520)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window, calendar, tray


def test_a_visit_is_dragged_into_the_tray(qtbot: QtBot) -> None:
    _window, calendar, tray = desk(qtbot)
    into = mouse.over(calendar.viewport(), tray, QPoint(200, 20))
    with qtbot.waitSignal(calendar.tray_requested) as signal, qtbot.assertNotEmitted(calendar.move_requested):
        mouse.drag(calendar.viewport(), at(calendar, 0, 550), into)
    assert signal.args == ["v1"]


def test_a_visit_is_dragged_from_the_tray_into_the_day(qtbot: QtBot) -> None:
    _window, calendar, tray = desk(qtbot)
    tray.set_items([TrayItem(visit("other", "", 0, 40, "Ingeborg Aasen"))])
    qtbot.wait(10)
    card = tray.cards()[0]
    target = mouse.over(card, calendar.viewport(), at(calendar, 1, 601).toPoint())
    with qtbot.waitSignal(calendar.tray_placed) as signal:
        mouse.drag(card, QPointF(20, 10), target)
    assert signal.args == ["other", "b", 600]


def test_the_cross_takes_a_visit_out_of_the_tray(qtbot: QtBot) -> None:
    _window, _calendar, tray = desk(qtbot)
    tray.set_items([TrayItem(visit("other", "", 0, 40, "Ingeborg Aasen"))])
    qtbot.wait(10)
    card = tray.cards()[0]
    with qtbot.assertNotEmitted(tray.returned):
        QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(20, 10))
    with qtbot.waitSignal(tray.returned) as signal, qtbot.assertNotEmitted(tray.taken):
        QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(card.width() - 14, 18))
    assert signal.args == ["other"]


def test_a_visit_is_placed_from_the_tray_by_keyboard(qtbot: QtBot) -> None:
    _window, calendar, tray = desk(qtbot)
    tray.set_items([TrayItem(visit("other", "", 0, 40, "Ingeborg Aasen"))])
    qtbot.wait(10)
    card = tray.cards()[0]
    calendar.focus_id("s3")
    card.setFocus()
    QTest.keyClick(card, Qt.Key.Key_Return)
    assert calendar.hasFocus()
    QTest.keyClick(calendar, Qt.Key.Key_Left)
    QTest.keyClick(calendar, Qt.Key.Key_Down)
    with qtbot.waitSignal(calendar.tray_placed) as signal:
        QTest.keyClick(calendar, Qt.Key.Key_Return)
    assert signal.args == ["other", "a", 560]


def test_items_know_their_kind(calendar: DayCalendar) -> None:
    kinds = {ItemKind.EVENT: 550, ItemKind.SLOT: 590, ItemKind.BLOCK: 700, ItemKind.GAP: 630}
    for kind, minute in kinds.items():
        found = calendar.item_at(at(calendar, 0, minute))
        assert found is not None
        assert found.kind is kind
    assert calendar.item_at(at(calendar, 1, 500)) is None


def test_a_dropped_visit_travels_into_its_place(calendar: DayCalendar, qtbot: QtBot) -> None:
    mouse.drag(calendar.viewport(), at(calendar, 0, 550), at(calendar, 1, 617))
    assert calendar.landing.is_under_way
    qtbot.waitUntil(lambda: not calendar.landing.is_under_way, timeout=5000)
    mouse.drag(calendar.viewport(), at(calendar, 0, 550), QPointF(10, 10))
    assert not calendar.landing.is_under_way


def test_with_reduced_motion_it_is_there_at_once(calendar: DayCalendar, qtbot: QtBot) -> None:
    Theme.current().set_reduced_motion(True)
    try:
        with qtbot.waitSignal(calendar.move_requested):
            mouse.drag(calendar.viewport(), at(calendar, 0, 550), at(calendar, 1, 617))
        assert not calendar.landing.is_under_way
    finally:
        Theme.current().set_reduced_motion(None)

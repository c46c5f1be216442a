"""Series in the window: looked at date by date, booked in one go, moved and cancelled by scope."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import select

from app.commands.booking import BookVisit
from app.commands.series import BookSeries, SeriesVisit
from app.db.models import Visit, VisitSlot
from app.domain.enums import VisitMode, VisitStatus
from app.ui.work.places import ShowSeries
from tests.support.desk import DAY, ZONE, Desk
from tests.support.front_desk import Window, elsewhere
from tests.ui.areas.schedule.test_booking import choose, hold, slot_at

ALT = Qt.KeyboardModifier.AltModifier
CTRL = Qt.KeyboardModifier.ControlModifier
WEEK = timedelta(days=7)
HERE = VisitMode.IN_PERSON


def visits(clinic: Desk, status: VisitStatus = VisitStatus.PLANNED) -> list[tuple[date, str]]:
    found = select(VisitSlot.start_time).join(Visit, Visit.slot_id == VisitSlot.id).where(Visit.status == status)
    local = sorted(row.start_time.astimezone(ZONE) for row in clinic.rows(found))
    return [(one.date(), f"{one:%H:%M}") for one in local]


def booked_series(clinic: Desk, number: int = 3) -> BookSeries:
    """Zygmunt Lis at 11:20 on Mondays; the time at 12:00 is free as well."""
    slots = [slot_at(clinic, "p-okafor", "11:20")]
    for n in range(1, number + 1):
        slots.append(clinic.slot("11:20", day=DAY + WEEK * n))
        clinic.slot("12:00", day=DAY + WEEK * n)
    series = BookSeries(
        patient_id="pat-lis", minutes=20, visit_mode=HERE,
        visits=tuple(SeriesVisit(slot_id=slot) for slot in slots[:number]),
    )  # fmt: skip
    elsewhere(clinic.desk2.run, series)
    return series


def test_a_booking_becomes_a_series_with_another_time_where_it_is_taken(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    taken = clinic.slot("11:20", day=DAY + WEEK)
    clinic.slot("11:40", day=DAY + WEEK)
    clinic.slot("11:20", day=DAY + 2 * WEEK)
    elsewhere(clinic.desk2.run, BookVisit(slot_id=taken, patient_id="pat-roux", visit_mode=HERE))
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "zygmunt lis")
    desk.wait(lambda: desk.panel.form.types)
    QTest.keyClick(desk.panel, Qt.Key.Key_S, CTRL | Qt.KeyboardModifier.ShiftModifier)
    desk.wait(lambda: hasattr(desk.panel, "rhythm") and desk.panel.pick.who is not None)
    panel = desk.panel
    panel.rhythm.times.set_current("3")
    desk.wait(lambda: len(panel.choices.dates) == 3 and panel.choices.choices()[0].taken)
    assert [one.taken for one in panel.choices.choices()] == [True, False, True]
    assert panel.choices.list.current_key == "1"
    QTest.keyClick(panel, Qt.Key.Key_1, ALT)
    desk.wait(lambda: all(one.taken for one in panel.choices.choices()))
    QTest.keyClick(panel, Qt.Key.Key_Return, CTRL)
    expected = [(DAY, "11:20"), (DAY + WEEK, "11:20"), (DAY + WEEK, "11:40"), (DAY + 2 * WEEK, "11:20")]
    desk.wait(lambda: visits(clinic) == expected)
    desk.undo()
    assert visits(clinic) == [(DAY + WEEK, "11:20")]


def test_a_series_begins_at_the_day_that_is_looked_at(clinic: Desk, window: Callable[..., Window]) -> None:
    """It began at the next free time from now on, whatever day was shown."""
    slot = clinic.slot("11:40", provider="p-chen", day=DAY + WEEK)
    desk = window("desk")
    desk.schedule.presenter.show_day(DAY + WEEK)
    desk.wait(lambda: desk.schedule.presenter.looked_at and desk.schedule.presenter.find_slot(slot) is not None)
    desk.schedule.joint.series()
    desk.wait(lambda: desk.panel is not None and desk.panel.clock.value == time(11, 40))
    assert desk.panel.first.value == DAY + WEEK


def test_a_date_is_left_out_and_taken_again(clinic: Desk, window: Callable[..., Window]) -> None:
    clinic.slot("11:20", day=DAY + WEEK)
    desk = window("desk")
    hold(desk, "p-okafor", "11:20")
    choose(desk, "zygmunt lis")
    desk.wait(lambda: desk.panel.form.types)
    desk.panel.form.repeat.click()
    desk.wait(lambda: hasattr(desk.panel, "rhythm"))
    panel = desk.panel
    panel.rhythm.times.set_current("2")
    desk.wait(lambda: [one.taken for one in panel.choices.choices()] == [True, True])
    panel.choices.list.set_current("1")
    QTest.keyClick(panel, Qt.Key.Key_X, ALT)
    desk.wait(lambda: [one.taken for one in panel.choices.choices()] == [True, False])
    assert panel.book.text() == "Book 1 of 2 dates"
    panel.choices.skip.click()
    assert [one.taken for one in panel.choices.choices()] == [True, True]


def test_this_and_following_move_from_the_visit(clinic: Desk, window: Callable[..., Window]) -> None:
    series = booked_series(clinic)
    desk = window("desk")
    desk.schedule.openers.visit(series.visits[1].visit_id)
    desk.wait(lambda: desk.panel is not None and desk.panel.series.isVisible())
    assert "2" in desk.panel.series.text()
    QTest.keyClick(desk.panel, Qt.Key.Key_S, ALT | Qt.KeyboardModifier.ShiftModifier)
    desk.wait(lambda: hasattr(desk.panel, "scope") and desk.panel.this is not None)
    panel = desk.panel
    panel.scope.set_current("following")
    panel.clock.setText("12:00")
    panel.clock.editingFinished.emit()
    desk.wait(lambda: [one.taken for one in panel.choices.choices()] == [True, True])
    QTest.keyClick(panel, Qt.Key.Key_Return, CTRL)
    desk.wait(lambda: visits(clinic) == [(DAY, "11:20"), (DAY + WEEK, "12:00"), (DAY + 2 * WEEK, "12:00")])
    desk.undo()
    assert visits(clinic) == [(DAY + WEEK * n, "11:20") for n in range(3)]


def test_all_move_a_week_later_onto_each_others_times(clinic: Desk, window: Callable[..., Window]) -> None:
    series = booked_series(clinic)
    desk = window("desk")
    assert desk.schedule is not None
    assert desk.shell.desk is not None
    assert desk.shell.desk.navigate(ShowSeries(visit_id=series.visits[0].visit_id))
    desk.wait(lambda: desk.panel is not None and desk.panel.this is not None)
    panel = desk.panel
    panel.scope.set_current("all")
    panel.day.set_value(DAY + WEEK)
    panel._changed()
    desk.wait(lambda: [one.taken for one in panel.choices.choices()] == [True, True, True])
    panel.go.click()
    desk.wait(lambda: visits(clinic) == [(DAY + WEEK * n, "11:20") for n in (1, 2, 3)])


def test_following_are_cancelled_after_ten_seconds(clinic: Desk, window: Callable[..., Window]) -> None:
    series = booked_series(clinic)
    desk = window("desk")
    assert desk.schedule is not None
    assert desk.shell.desk is not None
    assert desk.shell.desk.navigate(ShowSeries(visit_id=series.visits[1].visit_id))
    desk.wait(lambda: desk.panel is not None and desk.panel.this is not None)
    desk.panel.scope.set_current("following")
    desk.wait(lambda: desk.panel.cancel.isEnabled() and "2" in desk.panel.cancel.text())
    desk.panel.cancel.click()
    desk.wait(lambda: desk.panel is None)
    assert len(visits(clinic)) == 3
    desk.qtbot.waitUntil(lambda: len(visits(clinic)) == 1, timeout=30_000)
    assert visits(clinic) == [(DAY, "11:20")]
    desk.undo()
    assert len(visits(clinic)) == 3

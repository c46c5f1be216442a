"""The grid of results with more dates than fit: the tests' names stay, dates are whole and can be told apart."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.queries.labs_grid import GridRow, LabGrid, Point
from app.ui.areas.chart.labs.grid import COURSE, FIRST_DATE, TEST, GridTable
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.paint import text_width
from app.ui.widgets.table import PADDING
from tests.ui.areas.labs.test_critical_marks import PLAIN

TODAY = date(2026, 11, 23)
DAYS = (
    date(2026, 11, 22), date(2026, 8, 20), date(2026, 5, 21), date(2026, 2, 17), date(2025, 11, 20),
    date(2025, 11, 3), date(2025, 8, 21), date(2025, 5, 22), date(2025, 2, 20), date(2024, 11, 21),
    date(2024, 5, 23), date(2023, 11, 23), date(2023, 5, 25), date(2022, 11, 24), date(2022, 5, 26),
)  # fmt: skip
KEY = Qt.Key


def grid_of(days: tuple[date, ...]) -> LabGrid:
    points = tuple(Point(datetime.combine(day, time(9), UTC), PLAIN, f"o-{day}") for day in days)
    return LabGrid(days, (GridRow("2823-3", "Potassium", "mmol/L", 3.5, 5.1, points, points[::-1]),), 0, 0)


@pytest.fixture
def table(qtbot: QtBot) -> GridTable:
    made = GridTable()
    qtbot.addWidget(made)
    qtbot.addWidget(made.dates)
    made.resize(830, 300)
    made.show()
    made.show_grid(grid_of(DAYS), TODAY)
    return made


def seen(table: GridTable) -> list[int]:
    """The numbers of the dates shown; each of them whole, beside the names."""
    columns = [one for one in range(table.cells.columnCount()) if not table.isColumnHidden(one)]
    assert columns[:2] == [TEST, COURSE]
    assert sum(table.columnWidth(one) for one in columns) == table.viewport().width()
    return [one - FIRST_DATE for one in columns[2:]]


def test_dates_are_whole_and_can_be_told_apart(table: GridTable) -> None:
    heads = [str(table.cells.headerData(one, Qt.Orientation.Horizontal)) for one in range(table.cells.columnCount())]
    assert heads[FIRST_DATE + 3 : FIRST_DATE + 8] == ["17 Feb", "20 Nov 2025", "3 Nov 2025", "Aug 2025", "May 2025"]
    assert len(set(heads)) == len(heads)
    for number in seen(table):
        column = FIRST_DATE + number
        assert text_width(heads[column], TypeRole.META, True) + 2 * PADDING <= table.columnWidth(column)


def test_the_names_stay_where_the_keyboard_goes_to_the_earliest_date(table: GridTable) -> None:
    first = seen(table)
    assert first == list(range(len(first)))
    assert 3 < len(first) < len(DAYS)
    table.setCurrentIndex(table.cells.index(0, FIRST_DATE))
    for _ in DAYS:
        QTest.keyClick(table, KEY.Key_Right)
    assert seen(table) == list(range(len(DAYS)))[-len(first) :]
    assert table.currentIndex().column() == FIRST_DATE + len(DAYS) - 1
    opened: list[str] = []
    table.order_wanted.connect(opened.append)
    table.activate()
    assert opened == ["o-2022-05-26"], "what stands under the keyboard"
    for _ in DAYS:
        QTest.keyClick(table, KEY.Key_Left)
    assert seen(table) == first
    QTest.keyClick(table, KEY.Key_End)
    assert seen(table)[-1] == len(DAYS) - 1
    QTest.keyClick(table, KEY.Key_Home)
    assert seen(table) == first


def test_the_bar_moves_the_dates_and_is_there_when_needed(table: GridTable) -> None:
    assert not table.dates.isHidden()
    table.dates.setValue(2)
    assert seen(table)[0] == 2
    table.show_grid(grid_of(DAYS[:3]), TODAY)
    assert seen(table) == [0, 1, 2]
    assert table.dates.isHidden()


def test_a_wider_window_shows_more_dates(table: GridTable) -> None:
    few = len(seen(table))
    table.dates.setValue(table.dates.maximum())
    table.resize(1200, 300)
    assert len(seen(table)) > few
    assert seen(table)[-1] == len(DAYS) - 1


def test_the_value_under_the_keyboard_stays_in_view_beside_a_panel(table: GridTable) -> None:
    table.setCurrentIndex(table.cells.index(0, FIRST_DATE + 4))
    table.resize(400, 300)
    assert 4 in seen(table)
    table.dates.setValue(0)
    assert 4 not in seen(table), "whoever looks elsewhere may"
    table.resize(420, 300)
    assert 4 in seen(table)


def test_the_first_test_is_current_where_values_arrive_under_the_keyboard(qtbot: QtBot, table: GridTable) -> None:
    table.show_grid(None, TODAY)
    with qtbot.waitExposed(table):
        table.show()
    table.activateWindow()
    table.setFocus()
    qtbot.waitUntil(table.hasFocus)
    assert not table.currentIndex().isValid()
    table.show_grid(grid_of(DAYS), TODAY)
    assert table.currentIndex().row() == 0

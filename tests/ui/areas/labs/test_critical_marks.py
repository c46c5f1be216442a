"""A critical value is red wherever values stand, and has a sign beside the colour; nothing else is red."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QTableView
from pytestqt.qtbot import QtBot

from app.queries.labs_grid import GridRow, LabGrid, Point
from app.ui.areas.chart.labs.grid import GridTable
from app.ui.parts.lab_table import FIRST_DATE, UNIT, VALUE, ResultsTable
from app.ui.parts.lab_text import name_lines
from app.ui.parts.lab_words import critical_sign
from app.ui.theme.theme import Appearance, Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.paint import text_width
from app.ui.widgets.table import PADDING
from tests.screens.cut_off import cut_off
from tests.support.shell import NOW
from tests.ui.areas.labs.conftest import order, potassium

GRAVE, LOW, HIGH, PLAIN = (potassium(6.8, flag="HH"), potassium(2.1, flag="LL"), potassium(5.4, flag="H"),
                           potassium(4.2))  # fmt: skip


@pytest.fixture(params=[Appearance.LIGHT, Appearance.DARK])
def red(request: pytest.FixtureRequest, qtbot: QtBot) -> Iterator[QColor]:
    """The colour of what is critical, in either look."""
    theme = Theme.current()
    before = theme.appearance
    theme.set_appearance(request.param)
    yield theme.status(StatusKind.CRITICAL).text
    theme.set_appearance(before)


def red_pixels(table: QTableView, index: QModelIndex | QPersistentModelIndex, red: QColor) -> int:
    """How many pixels of a cell are about that red (letters' edges are blended)."""
    image = table.viewport().grab(QRect(table.visualRect(index))).toImage()
    found = 0
    for y in range(image.height()):
        for x in range(image.width()):
            seen = image.pixelColor(x, y)
            pairs = ((seen.red(), red.red()), (seen.green(), red.green()), (seen.blue(), red.blue()))
            found += all(abs(one - other) < 40 for one, other in pairs)
    return found


def test_in_the_review_beside_earlier_values(qtbot: QtBot, red: QColor) -> None:
    table = ResultsTable(ZoneInfo("America/Los_Angeles"))
    qtbot.addWidget(table)
    table.resize(1200, 300)
    table.show()
    shown = order(2, GRAVE, HIGH, PLAIN)
    lines = (shown.lines[0], replace(shown.lines[1], before=(LOW, None)), shown.lines[2])
    table.show_order(replace(shown, lines=lines), NOW.date())
    model = table.rows
    assert red_pixels(table, model.index(0, VALUE), red) > 0
    assert [red_pixels(table, model.index(row, VALUE), red) for row in (1, 2)] == [0, 0]
    assert red_pixels(table, model.index(1, FIRST_DATE), red) > 0
    assert red_pixels(table, model.index(0, FIRST_DATE), red) == 0


def test_a_long_unit_is_shown_whole(qtbot: QtBot) -> None:
    """Half of ``mL/min/1.73 m²`` reads as another unit."""
    table = ResultsTable(ZoneInfo("America/Los_Angeles"))
    qtbot.addWidget(table)
    table.resize(700, 300)
    table.show()
    shown = order(1, replace(PLAIN, unit="mL/min/{1.73_m2}"))
    table.show_order(shown, NOW.date())
    assert table.rows.index(0, UNIT).data() == "mL/min/1.73 m²"
    assert cut_off(table) == []


def test_in_the_grid_and_on_the_line_of_its_course(qtbot: QtBot, red: QColor) -> None:
    days = tuple(NOW.date() - timedelta(days=n) for n in range(3))
    points = tuple(Point(NOW - timedelta(days=n), item, f"o{n}") for n, item in ((2, PLAIN), (1, LOW), (0, HIGH)))
    plain = tuple(Point(one.at, PLAIN, one.order_id) for one in points)
    rows = (GridRow("2823-3", "Potassium", "mmol/L", 3.5, 5.1, tuple(reversed(points)), points),
            GridRow("x", "Other", "mmol/L", 3.5, 5.1, tuple(reversed(plain)), plain))  # fmt: skip
    table = GridTable()
    qtbot.addWidget(table)
    table.resize(900, 300)
    table.show()
    table.show_grid(LabGrid(days, rows, 0, 0), NOW.date())
    cells = table.cells
    reds = [[red_pixels(table, cells.index(row, column), red) > 0 for column in range(1, 5)] for row in (0, 1)]
    assert reds == [[True, False, True, False], [False, False, False, False]]


def test_the_sign_says_which_way() -> None:
    assert [critical_sign(item) for item in (GRAVE, LOW, HIGH, PLAIN)] == ["▲ ", "▼ ", "", ""]


def test_a_long_name_has_two_lines_where_there_is_no_room_for_one(qtbot: QtBot) -> None:
    table = ResultsTable(ZoneInfo("America/Los_Angeles"))
    qtbot.addWidget(table)
    table.resize(400, 300)
    table.show()
    names = ("eGFR (CKD-EPI 2021)", "Potassium")
    shown = order(2, *(replace(PLAIN, name=name, unit="mL/min/{1.73_m2}") for name in names))
    table.show_order(shown, NOW.date())
    room = table.columnWidth(0) - 16
    assert [" ".join(name_lines(name, room)) for name in names] == list(names)
    assert [len(name_lines(name, room)) for name in names] == [2, 1]
    assert all(text_width(line, TypeRole.BODY) <= room for name in names for line in name_lines(name, room))
    assert table.rowHeight(0) > table.rowHeight(1)
    head = table.rows.headerData(VALUE, Qt.Orientation.Horizontal)
    assert table.columnWidth(VALUE) >= text_width(head, TypeRole.META, True) + 2 * PADDING, "the day of the values"
    table.resize(900, 300)
    assert table.rowHeight(0) == table.rowHeight(1)

"""How long a full repaint of a busy day takes: 20 providers, 500 visits, beside as many plain rectangles and texts.

Run with ``python -m benchmarks.calendar``; prints milliseconds and the ratio. "Whole" paints every visit anew, as after
scrolling; a drag's step copies the picture of the page; "new data" lays the page out first.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

from app.ui.theme.theme import Appearance, Theme
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.calendar import day_painter
from app.ui.widgets.calendar.day_calendar import DayCalendar
from app.ui.widgets.calendar.model import DayModel
from tests.ui.widgets import samples

COLUMNS, VISITS = 20, 500
SIZE = (1920, 1000)
ROUNDS = 60


def busy_day() -> DayModel:
    """Return a day of 20 providers with 500 visits of 20 minutes."""
    each = VISITS // COLUMNS
    events = tuple(
        samples.event(column * each + number, f"p{column}", 480 + number * 20, 20, 640)
        for column in range(COLUMNS)
        for number in range(each)
    )
    columns = tuple(replace(samples.column_of(number), closed=False, chip="") for number in range(COLUMNS))
    return DayModel(day=samples.DAY, columns=columns, events=events, now=642)


class Plain(QWidget):
    """The least that could show the same: one rectangle and one text a visit, without rounding, glyphs or cutting."""

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setFont(Theme.current().font(TypeRole.META))
        each = VISITS // COLUMNS
        color = QColor("#E6EEF5")
        for column in range(COLUMNS):
            for number in range(each):
                area = QRectF(52 + column * 93, 44 + number * 24, 88, 22)
                painter.fillRect(area, color)
                painter.drawText(area, 0, samples.NAMES[number % len(samples.NAMES)][1])


def typical_ms(work: Callable[[], None], rounds: int = ROUNDS) -> float:
    """Return the time of many runs in milliseconds: the lowest fifth, for other programs only ever add to it."""
    times: list[float] = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.quantiles(times, n=5)[0]


def measure() -> dict[str, float]:
    """Return the milliseconds of a plain repaint, of ours again and of ours after a change."""
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    Theme.current().install(app, Appearance.LIGHT)
    model = busy_day()
    calendar, plain = DayCalendar(name="Benchmark"), Plain()
    for widget in (calendar, plain):
        widget.resize(*SIZE)
        widget.show()
    calendar.set_model(model)
    app.processEvents()
    canvas = QPixmap(*SIZE)

    page = day_painter.Page(calendar.model, calendar.geometry_now, calendar.scene_now(), 1.0)

    def whole() -> None:
        painter = QPainter(canvas)
        day_painter.paint_page(painter, page, QRectF(canvas.rect()))
        painter.end()

    def changed() -> None:
        calendar.set_model(model)
        calendar.viewport().render(canvas)

    return {
        "plain": typical_ms(lambda: plain.render(canvas)),
        "whole": typical_ms(whole),
        "again": typical_ms(lambda: calendar.viewport().render(canvas)),
        "first": typical_ms(changed),
    }


def main() -> None:
    """Print the result."""
    found = measure()
    print(f"plain rectangles and texts  {found['plain']:6.2f} ms")
    print(f"calendar, whole repaint     {found['whole']:6.2f} ms  x{found['whole'] / found['plain']:.2f}")
    print(f"calendar, a drag's step     {found['again']:6.2f} ms  x{found['again'] / found['plain']:.2f}")
    print(f"calendar, new data          {found['first']:6.2f} ms  x{found['first'] / found['plain']:.2f}")


if __name__ == "__main__":
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    main()

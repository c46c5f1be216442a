"""A week's figures on paper: a small change neither looks nor reads like a big one."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from PySide6.QtGui import QColor, QImage

from app.documents.charts import Curve, chart_png
from app.documents.model import Picture
from app.documents.week_words import change_text
from app.documents.weekly import trend_blocks
from app.domain.vitals_metrics import LEAST_SPAN as VITALS_SPAN
from app.domain.vitals_metrics import Metric
from app.domain.weekly import FIGURES, LEAST_SPAN, WeekFigure, WeekFigures
from app.kernel.i18n import set_language
from app.queries.weekly import WeekRow

pytestmark = pytest.mark.usefixtures("qapp")


def _height_of_the_course(png: bytes) -> float:
    """The share of the picture's height between the highest and the lowest ink, without the axis at its foot."""
    image = QImage.fromData(png)
    rows = [
        y
        for y in range(image.height() - 12)
        if any(QColor(image.pixel(x, y)).lightness() < 150 for x in range(0, image.width(), 3))
    ]
    return (max(rows) - min(rows)) / image.height()


def test_a_small_change_is_drawn_small() -> None:
    course = (Curve(((0.0, 142.0), (7.0, 142.0), (14.0, 142.4))),)
    assert _height_of_the_course(chart_png(course, 200, 60)) > 0.7
    assert _height_of_the_course(chart_png(course, 200, 60, least=30.0)) < 0.15


def test_a_large_change_takes_the_whole_height_all_the_same() -> None:
    course = (Curve(((0.0, 100.0), (7.0, 180.0))),)
    assert _height_of_the_course(chart_png(course, 200, 60, least=30.0)) > 0.7


def test_every_figure_has_its_least_span() -> None:
    assert set(LEAST_SPAN) == set(FIGURES)
    assert min(LEAST_SPAN.values()) > 0


@pytest.mark.parametrize(
    ("key", "change", "words"),
    [
        ("glucoseTrend", 0.3, "±0 on the week before"),
        ("glucoseTrend", -0.4, "±0 on the week before"),
        ("glucoseTrend", 0.6, "+1 on the week before"),
        ("weightTrend", -0.31, "−0.3 on the week before"),
        ("weightTrend", 0.04, "±0.0 on the week before"),
    ],
)
def test_the_sign_is_that_of_the_figure_which_is_written(key: str, change: float, words: str) -> None:
    set_language("en")
    assert change_text(key, WeekFigure(value=100.0, change=change)) == words


def test_every_lane_of_the_vitals_has_its_least_span() -> None:
    assert set(VITALS_SPAN) == set(Metric)


@pytest.mark.parametrize(("weeks", "drawn"), [(1, 0), (2, 1)])
def test_one_week_is_no_course_not_even_of_a_blood_pressure_with_its_two_values(weeks: int, drawn: int) -> None:
    figures = WeekFigures({"bpTrend": WeekFigure(value=151.0, second=93.0)})
    first = date(2026, 11, 16)
    rows = [
        WeekRow(f"w-{n}", first - timedelta(weeks=n), first - timedelta(weeks=n, days=-6), figures)
        for n in range(weeks)
    ]
    assert sum(isinstance(block, Picture) for block in trend_blocks(rows)) == drawn

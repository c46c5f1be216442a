"""From what the database answered to what the chart draws."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.domain.vitals_metrics import LEAST_SPAN, UNIT_TEXT, Metric, Origin, metric_title, value_text
from app.domain.vitals_ranges import VitalRanges
from app.kernel.i18n import t
from app.queries.vitals import Extents
from app.queries.vitals_series import Series
from app.ui.widgets.timeseries.model import Lane, LaneBand, Point, Shape

SHAPES: Mapping[Origin | None, Shape] = {
    Origin.DEVICE: Shape.DOT, Origin.TYPED: Shape.SQUARE, Origin.DERIVED: Shape.RING, None: Shape.DOT,
}  # fmt: skip
USUAL = (Metric.BLOOD_PRESSURE, Metric.GLUCOSE, Metric.WEIGHT, Metric.HRV)
"""Shown first, as far as there are readings."""
MOST_AT_FIRST = 4
USUAL_RANGES = VitalRanges()
_WEIGHTS: Mapping[Metric, float] = {Metric.BLOOD_PRESSURE: 1.5}


def first_choice(extents: Extents) -> tuple[Metric, ...]:
    """Return the metrics to show first: the usual ones, then whatever else there is, in the chart's order."""
    there = [one.metric for one in extents.metrics]
    chosen = [one for one in USUAL if one in there]
    others = [one for one in there if one not in USUAL and one not in (Metric.BMI, Metric.HEIGHT)]
    chosen += others[: MOST_AT_FIRST - len(chosen)]
    return in_order(chosen or there[:MOST_AT_FIRST])


def in_order(metrics: Iterable[Metric]) -> tuple[Metric, ...]:
    """Return metrics in the order of the chart."""
    chosen = set(metrics)
    return tuple(one for one in Metric if one in chosen)


def lane_of(series: Series, height_cm: float | None, ranges: VitalRanges = USUAL_RANGES) -> Lane:
    """Return a metric's lane; a weight has its body mass index beside it when the height is known."""
    metric = series.metric
    factor = None
    title, unit = metric_title(metric), UNIT_TEXT[metric]
    if metric is Metric.WEIGHT and height_cm is not None and 15 <= height_cm <= 280:
        factor = 1 / (height_cm / 100) ** 2
        title, unit = t("Weight, BMI"), f"{unit} · {UNIT_TEXT[Metric.BMI]}"
    return Lane(
        key=metric.value,
        title=title,
        unit=unit,
        points=points_of(series, ranges),
        bands=bands_of(metric, ranges),
        decimals=len(value_text(metric, 0).partition(".")[2]),
        beside=factor,
        bucket=0 if series.bucket is None else round(series.bucket.total_seconds() * 1000),
        weight=_WEIGHTS.get(metric, 1.0),
        least=LEAST_SPAN[metric],
    )


def bands_of(metric: Metric, ranges: VitalRanges = USUAL_RANGES) -> tuple[LaneBand, ...]:
    """Return a metric's normal bands."""
    return tuple(LaneBand(one.low, one.high) for one in ranges.ranges(metric))


def points_of(series: Series, ranges: VitalRanges = USUAL_RANGES) -> tuple[Point, ...]:
    """Return a series as the chart draws it; of a bucket its mean's place, or that of a critical value in it."""
    metric, columns = series.metric, series.columns._replace(id=[one or "" for one in series.columns.id])

    def place(n: int, low: float, high: float, mean: float, *second: float | None) -> int:
        if n == 1:
            return ranges.place(metric, mean, second[2])
        return ranges.place_of_bucket(metric, low, high, mean, *second)

    return tuple(
        Point(
            at, until, n, low, high, mean, low2, high2, mean2, SHAPES[origin],
            place(n, low, high, mean, low2, high2, mean2), one,
        )
        for at, until, n, low, high, mean, low2, high2, mean2, origin, one in zip(*columns, strict=True)
    )  # fmt: skip

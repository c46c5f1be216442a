"""The printed chart: vitals with small charts, and results by test and day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import fmean
from typing import TypeGuard
from zoneinfo import ZoneInfo

from app.documents.charts import Curve, chart_png
from app.documents.model import Block, Cell, Paragraph, Picture, Table, TableColumn
from app.documents.words import day, short_day
from app.domain.enums import LabOrderStatus
from app.domain.lab_text import number_text, unit_text
from app.domain.labs import LabResult, parse_results
from app.domain.vitals_metrics import LEAST_SPAN, UNIT_TEXT, Band, Metric, metric_title, place_word, value_text
from app.domain.vitals_ranges import VitalRanges
from app.kernel.i18n import t, tn
from app.queries.chart_record import ChartRecord, RecordRow

WIDTH, HEIGHT = 480.0, 46.0
DATES = 6
"""How many days of results stand side by side on a sheet."""
_READINGS = (("heart_rate", Metric.HEART_RATE), ("spo2", Metric.SPO2), ("respiration", Metric.RESPIRATION))
_LEFT_OUT = frozenset({Metric.HEIGHT, Metric.MOOD})


@dataclass(slots=True)
class _Course:
    """All values of a metric: (when, value, second)."""

    points: list[tuple[datetime, float, float | None]] = field(default_factory=list)


def vital_blocks(record: ChartRecord, zone: ZoneInfo) -> list[Block]:
    """Return the latest value of each metric as a table, and the courses of those measured on several days."""
    courses = {metric: course for metric, course in _courses(record).items() if course.points}
    if not courses:
        return []
    columns = (TableColumn(t("Metric"), 2), TableColumn(t("Last value"), 1.7), TableColumn(t("When"), 1.8),
               TableColumn(t("Lowest to highest"), 1.4), TableColumn(t("Readings"), 1, right=True))  # fmt: skip
    rows = tuple(_row(metric, course, record.ranges, zone) for metric, course in courses.items())
    blocks: list[Block] = [Table(columns, rows)]
    for metric, course in courses.items():
        curves = _curves(course, zone)
        if len(curves[0].points) > 1:
            bands = [one.band for one in record.ranges.ranges(metric)]
            png = chart_png(curves, WIDTH, HEIGHT, bands, least=LEAST_SPAN[metric])
            blocks.append(Picture(png, HEIGHT, _caption(metric, course, bands, zone)))
    return blocks


def _caption(metric: Metric, course: _Course, bands: Sequence[Band], zone: ZoneInfo) -> str:
    times = [at for at, _, _ in course.points]
    span = f"{day(min(times).astimezone(zone).date())} – {day(max(times).astimezone(zone).date())}"
    title = ", ".join(filter(None, (metric_title(metric), UNIT_TEXT[metric], span)))
    shaded = " / ".join(filter(None, (band_text(band) for band in bands)))
    return f"{title} · {t('shaded: normal, {range}', range=shaded)}" if shaded else title


def band_text(band: Band) -> str:
    """Return a band in words: "60–100", "up to 5.6", "from 95"; "" for one that is open on both sides."""
    if band.low is not None and band.high is not None:
        return f"{band.low:g}–{band.high:g}"
    if band.high is not None:
        return t("up to {limit}", limit=f"{band.high:g}")
    return t("from {limit}", limit=f"{band.low:g}") if band.low is not None else ""


def _courses(record: ChartRecord) -> dict[Metric, _Course]:
    found: dict[Metric, _Course] = {metric: _Course() for metric in Metric if metric not in _LEFT_OUT}
    for row in record.measurements:
        point = _measured(row)
        if point is not None and row["type"] in set(found):
            found[Metric(row["type"])].points.append(point)
    for row in record.readings:
        at = row["timestamp"]
        if row["systolic_bp"] is not None and row["diastolic_bp"] is not None:
            found[Metric.BLOOD_PRESSURE].points.append((at, row["systolic_bp"], row["diastolic_bp"]))
        for name, metric in _READINGS:
            if row[name] is not None:
                found[metric].points.append((at, row[name], None))
    found[Metric.BMI].points += [(row["timestamp"], row["bmi"], None) for row in record.bmi]
    for course in found.values():
        course.points.sort(key=lambda one: one[0])
    return found


def _measured(row: RecordRow) -> tuple[datetime, float, float | None] | None:
    """A measurement that can be read and wasn't taken back."""
    metadata = row["metadata_"]
    if isinstance(metadata, Mapping) and isinstance(metadata.get("retracted"), Mapping):
        return None
    value = row["value"]
    if row["type"] == Metric.BLOOD_PRESSURE and isinstance(value, Mapping):
        upper, lower = value.get("systolic"), value.get("diastolic")
        return (row["timestamp"], float(upper), float(lower)) if _number(upper) and _number(lower) else None
    return (row["timestamp"], float(value), None) if _number(value) else None


def _number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**9


def _row(metric: Metric, course: _Course, ranges: VitalRanges, zone: ZoneInfo) -> tuple[str | Cell, ...]:
    at, value, second = course.points[-1]
    spans = [[one for _, one, _ in course.points], [one for _, _, one in course.points if one is not None]]
    lowest = " / ".join(
        f"{value_text(metric, min(values))} – {value_text(metric, max(values))}" for values in spans if values
    )
    latest = value_text(metric, value, second)
    place = ranges.place(metric, value, second)
    said = ", ".join(filter(None, (f"{latest} {UNIT_TEXT[metric]}".strip(), place_word(place) if place else "")))
    return (
        metric_title(metric), Cell(said, strong=True),
        day(at.astimezone(zone).date()), lowest, str(len(course.points)),
    )  # fmt: skip


def _curves(course: _Course, zone: ZoneInfo) -> list[Curve]:
    """One point a day: its average. A line is broken where nothing was measured for a quarter of a year."""
    days: dict[date, list[tuple[float, float | None]]] = {}
    for at, value, second in course.points:
        days.setdefault(at.astimezone(zone).date(), []).append((value, second))
    upper = tuple((float(one.toordinal()), fmean(v for v, _ in points)) for one, points in days.items())
    lower = tuple(
        (float(one.toordinal()), fmean(known))
        for one, points in days.items()
        if (known := [second for _, second in points if second is not None])
    )
    return [Curve(points, gap=92) for points in (upper, lower) if points]


@dataclass(slots=True)
class _Test:
    """One test in one unit: its latest result of each day."""

    name: str
    unit: str
    by_day: dict[date, LabResult] = field(default_factory=dict)


def lab_blocks(record: ChartRecord, zone: ZoneInfo) -> list[Block]:
    """Return results by test and day, the newest days first; abnormal ones strong with their flag."""
    if record.results_hidden:
        return [Paragraph(t("Your role doesn't show the values of results."), muted=True)]
    tests, strange = _tests(record, zone)
    days = sorted({one for test in tests for one in test.by_day}, reverse=True)
    blocks: list[Block] = []
    for start in range(0, len(days), DATES):
        part = days[start : start + DATES]
        rows = tuple(_lab_row(test, part) for test in tests if any(one in test.by_day for one in part))
        columns = (TableColumn(t("Test"), 2), *(TableColumn(short_day(one), right=True) for one in part))
        blocks.append(Table(columns, rows))
    if strange:
        blocks.append(Paragraph(tn("{n} unreadable value", "{n} unreadable values", strange), muted=True))
    return [*blocks, *_waiting(record, zone)]


def _waiting(record: ChartRecord, zone: ZoneInfo) -> Iterator[Block]:
    """What was ordered and has no result yet."""
    for order in record.orders:
        if order["status"] in (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS):
            tests = ", ".join(order["tests"] or ())
            on = day(order["ordered_at"].astimezone(zone).date())
            yield Paragraph(t("Ordered on {date}, results to come: {tests}", date=on, tests=tests), gap=2)


def _tests(record: ChartRecord, zone: ZoneInfo) -> tuple[list[_Test], int]:
    found: dict[tuple[str, str], _Test] = {}
    strange = 0
    for order in record.orders:
        items, bad = parse_results(order["results"])
        strange += bad
        for item in _settled(items):
            at = item.observed_at or order["completed_at"] or order["ordered_at"]
            test = found.setdefault((item.key, item.unit), _Test(item.name or item.code, item.unit))
            test.by_day[at.astimezone(zone).date()] = item
    return sorted(found.values(), key=lambda one: one.name.casefold()), strange


def _settled(items: Sequence[LabResult]) -> Iterator[LabResult]:
    return (item for item in items if not item.void)


def _lab_row(test: _Test, days: Sequence[date]) -> tuple[str | Cell, ...]:
    unit = unit_text(test.unit)
    title = f"{test.name}, {unit}" if unit else test.name
    return (title, *(_lab_cell(test.by_day.get(one)) for one in days))


def _lab_cell(item: LabResult | None) -> str | Cell:
    if item is None:
        return ""
    value = item.value if isinstance(item.value, str) else number_text(item.value)
    return Cell(f"{value} {item.flag}".strip(), strong=item.abnormal, muted=not item.final)

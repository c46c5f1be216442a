"""What raised an alert, drawn: readings with the limit as a band, or the results of the test that is critical."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from PySide6.QtWidgets import QWidget

from app.domain.alert_facts import AlertFacts
from app.domain.rules import RuleOp
from app.domain.vitals_metrics import UNIT_TEXT, Metric, value_text
from app.domain.vitals_ranges import VitalRanges
from app.kernel.i18n import t, tn
from app.queries.labs_grid import GridRow, LabGrid
from app.ui.areas.alerts.words import metric_word
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label
from app.ui.widgets.timeseries.chart import TimeSeriesChart
from app.ui.widgets.timeseries.model import DAY_MS, Lane, LaneBand, Point, ms_of
from app.ui.widgets.timeseries.span import Span

HEIGHT = 200


def band_of(facts: AlertFacts, ranges: VitalRanges) -> LaneBand | None:
    """Return what would not have raised it: up to the limit, or from it on; for trends what is normal here."""
    condition = facts.condition
    if condition is not None and condition.threshold is not None:
        if condition.op is RuleOp.ABOVE:
            return LaneBand(None, condition.threshold)
        if condition.op is RuleOp.BELOW:
            return LaneBand(condition.threshold, None)
    found = ranges.ranges(facts.metric) if facts.metric is not None else ()
    if not found:
        return None
    low = condition is not None and condition.component == "diastolic"
    one = found[-1 if low else 0]
    return LaneBand(one.low, one.high)


def evidence_lane(facts: AlertFacts, ranges: VitalRanges) -> Lane:
    """Return the readings as the chart draws them, judged by the clinic's limits."""
    band = band_of(facts, ranges)
    points = []
    for at, value in facts.evidence:
        below = band is not None and band.low is not None and value < band.low
        above = band is not None and band.high is not None and value > band.high
        place = -1 if below else 1 if above else 0
        points.append(Point(ms_of(at), ms_of(at), 1, value, value, value, place=place))
    metric = facts.metric
    return Lane(
        key="evidence",
        title=_short(facts),
        unit=UNIT_TEXT[metric] if metric is not None else "",
        points=tuple(points),
        bands=() if band is None else (band,),
        decimals=len(value_text(metric, 0).partition(".")[2]) if metric is not None else 1,
    )


def _short(facts: AlertFacts) -> str:
    """What was measured, in the room that the chart has for it."""
    if facts.metric is Metric.BLOOD_PRESSURE:
        low = facts.condition is not None and facts.condition.component == "diastolic"
        return t("Diastolic") if low else t("Systolic")
    return metric_word(facts) or t("Readings")


_FLAGS = {"LL": -2, "L": -1, "H": 1, "HH": 2}
MOST_DECIMALS = 3


def critical_row(facts: AlertFacts, grid: LabGrid) -> GridRow | None:
    """Return the results of the test that raised the alert: those it has in the order's own unit."""
    for found in grid.rows:
        of_order = [one.item for one in found.points if one.order_id == facts.order_id]
        if any(item.code == facts.code if facts.code else item.name == facts.test for item in of_order):
            return found
    return None


def results_lane(found: GridRow) -> Lane:
    """Return results as the chart draws them, judged as the laboratory did; what is no number is left out."""
    points, decimals = [], 0
    for one in found.points:
        number = one.item.number
        if number is not None:
            place = _FLAGS.get(one.item.flag, 0)
            points.append(Point(ms_of(one.at), ms_of(one.at), 1, number, number, number, place=place))
            decimals = max(decimals, len(f"{number:.{MOST_DECIMALS}f}".rstrip("0").partition(".")[2]))
    bands = () if found.low is None and found.high is None else (LaneBand(found.low, found.high),)
    return Lane("results", found.name, found.unit, tuple(points), bands, decimals)


class EvidenceView(QWidget):
    """The chart with a line of words; hidden when there is nothing to draw."""

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = Label(t("The readings that raised it"), role=TypeRole.META, strong=True)
        self.chart = TimeSeriesChart(name=t("The readings that raised it"), zone=zone)
        self.chart.setFixedHeight(HEIGHT)
        self.left_out = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        card = Card(padding=16, gap=8)
        for widget in (self.heading, self.chart, self.left_out):
            card.body.addWidget(widget)
        column(card, gap=0, parent=self)

    def show_facts(self, facts: AlertFacts, ranges: VitalRanges) -> None:
        """Show the readings of one alert; a laboratory's results come by ``show_results``."""
        self.heading.setText(t("The readings that raised it"))
        self.setVisible(bool(facts.evidence) or facts.left_out > 0)
        self.chart.setVisible(bool(facts.evidence))
        self.left_out.setVisible(facts.left_out > 0)
        self.left_out.setText(
            tn("{n} unreadable value isn't shown.", "{n} unreadable values aren't shown.", facts.left_out)
        )
        if not facts.evidence:
            return
        self._draw(evidence_lane(facts, ranges))

    def show_results(self, facts: AlertFacts, grid: LabGrid) -> None:
        """Show the critical result with the earlier ones of its test."""
        found = critical_row(facts, grid)
        lane = results_lane(found) if found is not None else None
        self.setVisible(lane is not None and bool(lane.points))
        if lane is not None and lane.points:
            self.heading.setText(t("The result that raised it, and earlier ones"))
            self.chart.show()
            self._draw(lane)

    def _draw(self, lane: Lane) -> None:
        first, last = lane.points[0].at, lane.points[-1].at
        room = max((last - first) // 20, DAY_MS // 4)
        self.chart.set_cursor(None)
        self.chart.set_lanes((lane,))
        self.chart.setFixedHeight(HEIGHT)
        self.chart.set_limits(first, last)
        self.chart.set_span(Span(first - room, last + room))

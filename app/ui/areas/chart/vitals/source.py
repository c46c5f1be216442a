"""Asks for the readings that the chart shows: a wider span than is seen, so that panning is fluid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.vitals_metrics import Metric
from app.kernel.errors import AppError
from app.queries.vitals import Extents, vital_extents
from app.queries.vitals_series import SeriesSet, vital_series
from app.ui.areas.chart.vitals.lanes import first_choice, in_order
from app.ui.widgets.timeseries.model import instant, ms_of
from app.ui.widgets.timeseries.span import Span
from app.ui.work import Lane, ShellApi

AROUND = 0.6
"""So much of the span is loaded on either side too."""
SETTLED_MS = 120
"""Finer points are asked for when the span has rested for so long."""
COLUMNS = 420
"""Buckets per visible span: about two pixels each."""
OVERVIEW_COLUMNS = 300
_MOST = 0.9


class VitalsSource(QObject):
    """One patient's readings, as far as the chart needs them."""

    opened = Signal(object)
    """The patient's ``Extents``: which metrics there are."""
    loaded = Signal(object)
    """A ``SeriesSet`` for what is shown."""
    overview = Signal(object)
    """A ``SeriesSet`` of one metric over all of its time."""
    waiting = Signal(object)
    """An answer is late: the ``Span`` that is loaded so far; None as soon as it is there."""
    failed = Signal(object)

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self._api = api
        self._extents_lane, self._lane, self._overview_lane = (Lane(self, api.workspace) for _ in range(3))
        self._lane.busy.connect(lambda late: self.waiting.emit(self._have if late else None))
        self._timer = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._timer.timeout.connect(self._ask)
        self.patient_id = ""
        self.metrics: tuple[Metric, ...] = ()
        self.extents = Extents(())
        self._span: Span | None = None
        self._have: Span | None = None
        self._fine = 0

    def open(self, patient_id: str) -> None:
        """Begin with another patient."""
        self.patient_id, self.metrics, self.extents = patient_id, (), Extents(())
        self._span = self._have = None
        for lane in (self._extents_lane, self._lane, self._overview_lane):
            lane.drop()
        self._timer.stop()
        self.refresh()

    def refresh(self) -> None:
        """Ask anew for everything."""
        patient = self.patient_id
        self._extents_lane.ask(
            vital_extents, on_result=lambda found: self._opened(patient, found), on_error=self.failed.emit,
            patient_id=patient,
        )  # fmt: skip

    def _opened(self, patient_id: str, extents: Extents) -> None:
        if patient_id != self.patient_id:
            return
        self.extents = extents
        if not self.metrics:
            self.metrics = first_choice(extents)
        self.opened.emit(extents)
        self._have = None
        self._ask()
        self._ask_overview()

    def choose(self, metrics: tuple[Metric, ...]) -> None:
        """Show other metrics."""
        self.metrics = in_order(metrics)
        self._have = None
        self._ask()
        self._ask_overview()

    def show(self, span: Span) -> None:
        """The chart shows another span: ask when what is loaded doesn't reach, or is too coarse or too fine."""
        self._span = span
        if self._have is None:
            return
        fits = self._have.covers(span) and 0.5 <= span.width / self._fine <= 2
        if not fits:
            self._timer.start()

    def covers(self, span: Span) -> bool:
        """Whether all readings of a span are loaded."""
        return self._have is not None and self._have.covers(span)

    def _ask(self) -> None:
        span = self._span
        if span is None or not self.metrics:
            return
        wanted = span.widened(AROUND)
        asked = (self.patient_id, self.metrics, span.width, wanted)

        def take(found: SeriesSet) -> None:
            patient, metrics, width, have = asked
            if patient == self.patient_id and metrics == self.metrics:
                self._have, self._fine = have, width
                self.loaded.emit(found)
                if self._span is not None:
                    self.show(self._span)

        self._series(self._lane, self.metrics, wanted, round(COLUMNS * (1 + 2 * AROUND)), take)

    def _ask_overview(self) -> None:
        whole = self.whole()
        shown = [one for one in self.extents.metrics if one.metric in self.metrics] or list(self.extents.metrics)
        if whole is None or not shown:
            return
        # one that is there (nearly) all of the time: a metric of the last weeks would leave the strip empty
        longest = max(one.last - one.first for one in shown)
        metric = next(one.metric for one in shown if one.last - one.first >= _MOST * longest)
        patient = self.patient_id

        def take(found: SeriesSet) -> None:
            if patient == self.patient_id:
                self.overview.emit(found)

        self._series(self._overview_lane, (metric,), whole, OVERVIEW_COLUMNS, take)

    def whole(self) -> Span | None:
        """From the first to the last reading of all metrics; None without any."""
        span = self.extents.span
        if span is None:
            return None
        return Span(ms_of(span[0]), ms_of(span[1] + timedelta(milliseconds=1)))

    def _series(
        self, lane: Lane, metrics: tuple[Metric, ...], span: Span, buckets: int, take: Callable[[SeriesSet], None]
    ) -> None:
        lane.ask(
            vital_series, on_result=take, on_error=self._error, patient_id=self.patient_id, metrics=metrics,
            start=instant(span.start), end=instant(span.end), buckets=buckets,
        )  # fmt: skip

    def _error(self, error: AppError) -> None:
        self.failed.emit(error)

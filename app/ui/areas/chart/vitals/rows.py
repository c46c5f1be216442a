"""The table's questions: the readings of the span that the chart shows, a page at a time."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.domain.vitals_metrics import Metric
from app.queries.core import Page
from app.queries.vitals import ReadingRow, vital_page
from app.ui.areas.chart.vitals.readings_table import ReadingsModel
from app.ui.areas.chart.vitals.source import SETTLED_MS
from app.ui.widgets.timeseries.model import instant
from app.ui.widgets.timeseries.span import Span
from app.ui.work import Lane, ShellApi


class ReadingRows(QObject):
    """Fills the model with what lies in a span; waits until the span rests."""

    failed = Signal(object)

    def __init__(self, api: ShellApi, model: ReadingsModel, parent: QObject) -> None:
        super().__init__(parent)
        self._lane = Lane(self, api.workspace)
        self._model = model
        self._asked: tuple[str, tuple[Metric, ...], Span] | None = None
        self._cursor: str | None = None
        self._timer = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._timer.timeout.connect(self._first)
        model.wanted.connect(self._next)

    def clear(self) -> None:
        """Show nothing: another patient comes."""
        self._timer.stop()
        self._lane.drop()
        self._asked = None
        self._model.set_rows((), more=False)

    def show(self, patient_id: str, metrics: tuple[Metric, ...], span: Span) -> None:
        """Show the readings of a span; the old rows stay until the answer."""
        self._asked = (patient_id, metrics, span)
        self._timer.start()

    def _first(self) -> None:
        self._cursor = None
        self._ask(first=True)

    def _next(self) -> None:
        if self._cursor is not None:
            self._ask(first=False)

    def _ask(self, *, first: bool) -> None:
        if self._asked is None:
            return
        patient_id, metrics, span = asked = self._asked

        def take(page: Page[ReadingRow]) -> None:
            if asked != self._asked:
                return
            self._cursor = page.cursor
            put = self._model.set_rows if first else self._model.add_rows
            put(page.items, more=page.more)

        self._lane.ask(
            vital_page, on_result=take, on_error=self.failed.emit, patient_id=patient_id, metrics=metrics,
            start=instant(span.start), end=instant(span.end), cursor=None if first else self._cursor,
        )  # fmt: skip

"""The chart as a picture and the readings as CSV, into a file of the person's. What leaves is kept in the audit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QImageWriter
from PySide6.QtWidgets import QFileDialog, QWidget

from app.domain.csv_text import csv_text
from app.domain.vitals_metrics import UNIT_TEXT, Metric, metric_title
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.access import Access, note_access
from app.queries.core import Page
from app.queries.vitals import ReadingRow, vital_page
from app.ui.areas.chart.vitals.chart_card import ChartCard
from app.ui.areas.chart.vitals.items import CSV_ITEM
from app.ui.areas.chart.vitals.readings_table import origin_text
from app.ui.widgets.menu import MenuItem
from app.ui.widgets.timeseries.model import instant
from app.ui.widgets.timeseries.span import Span
from app.ui.work import Lane, Progress, ShellApi, ToastTone

_PAGE = 2000
MOST_ROWS = 200_000
NAME = "vitals"
"""Files are named without the patient: folders are read by others."""


def csv_rows(rows: list[ReadingRow]) -> str:
    """Return readings as CSV: ISO times with zone, stored units, blood pressure in two columns."""
    head = ("time", "metric", "value", "second", "unit", "source", "id")
    lines = [
        (
            row.at.isoformat(), metric_title(row.metric), "" if row.value is None else f"{row.value:g}",
            "" if row.second is None else f"{row.second:g}", UNIT_TEXT[row.metric], origin_text(row.origin), row.id,
        )
        for row in rows
    ]  # fmt: skip
    return csv_text([head, *lines])


class VitalsExport:
    """Asks where to, collects, writes beside the event loop."""

    def __init__(self, api: ShellApi, parent: QWidget) -> None:
        self._api, self._parent = api, parent
        self._lane = Lane(parent, api.workspace)

    def items(self, patient_id: str, metrics: tuple[Metric, ...], card: ChartCard) -> list[MenuItem]:
        """Return the menu's lines: table and picture of what is shown."""
        return [
            MenuItem(t("Readings as CSV"), lambda: self._ask_csv(patient_id, metrics, card.chart.span), "export",
                     keys="Alt+C"),
            MenuItem(t("Chart as a picture (PNG)"), lambda: self._ask_png(patient_id, card), "export",
                     keys="Alt+G"),
        ]  # fmt: skip

    def ask(self, item: str, patient_id: str, metrics: tuple[Metric, ...], card: ChartCard) -> None:
        """Ask where to for the table (``CSV_ITEM``) or the picture."""
        if item == CSV_ITEM:
            self._ask_csv(patient_id, metrics, card.chart.span)
        else:
            self._ask_png(patient_id, card)

    def _ask(self, title: str, suffix: str, chosen: Callable[[str], None]) -> None:
        dialog = QFileDialog(self._parent, title, f"{NAME}.{suffix}", f"{suffix.upper()} (*.{suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.fileSelected.connect(chosen)
        dialog.open()

    def _ask_csv(self, patient_id: str, metrics: tuple[Metric, ...], span: Span) -> None:
        self._ask(t("Readings as CSV"), "csv", lambda path: self.save_csv(path, patient_id, metrics, span))

    def _ask_png(self, patient_id: str, card: ChartCard) -> None:
        self._ask(t("Chart as a picture (PNG)"), "png", lambda path: self.save_png(path, patient_id, card))

    def save_png(self, path: str, patient_id: str, card: ChartCard) -> None:
        """Write what the chart shows now."""
        image = card.picture().toImage()

        def write(_progress: Progress) -> None:
            writer = QImageWriter(path, QByteArray(b"png"))
            if not writer.write(image):
                raise Refused("NotWritten", t("Not written: {why}", why=writer.errorString()), field="path")

        self._lane.run(write, on_result=lambda _: self._gone(patient_id), on_error=self._api.problem)

    def save_csv(self, path: str, patient_id: str, metrics: tuple[Metric, ...], span: Span) -> None:
        """Ask for all readings of the span, page by page, then write them."""
        rows: list[ReadingRow] = []

        def ask(cursor: str | None) -> None:
            self._lane.ask(
                vital_page, on_result=take, on_error=self._api.problem, patient_id=patient_id, metrics=metrics,
                start=instant(span.start), end=instant(span.end), cursor=cursor, limit=_PAGE,
            )  # fmt: skip

        def take(page: Page[ReadingRow]) -> None:
            rows.extend(page.items)
            if page.more and len(rows) < MOST_ROWS:
                ask(page.cursor)
            elif page.more:  # a file that ends somewhere would look whole
                message = t("These are more than {n} readings: show a shorter time.", n=f"{MOST_ROWS:,}")
                self._api.problem(Refused("TooMany", message, field="path"))
            else:
                self._write(path, patient_id, rows)

        ask(None)

    def _write(self, path: str, patient_id: str, rows: list[ReadingRow]) -> None:
        def write(_progress: Progress) -> None:
            try:
                Path(path).write_text(csv_rows(rows), encoding="utf-8", newline="")
            except OSError as error:
                raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="path") from error

        self._lane.run(write, on_result=lambda _: self._gone(patient_id), on_error=self._api.problem)

    def _gone(self, patient_id: str) -> None:
        self._api.toast(t("Saved."), tone=ToastTone.INFO)
        if not self._api.sync.offline:
            self._lane.ask(
                note_access, on_result=lambda _: None, on_error=self._api.problem, patient_ids=(patient_id,),
                kind=Access.EXPORT,
            )  # fmt: skip

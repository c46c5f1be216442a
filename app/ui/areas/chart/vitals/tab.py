"""The vitals tab: wires chart, table, GLP-1 panel and entry form of one patient."""

from __future__ import annotations

from datetime import UTC, datetime

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.measurements import RetractMeasurement
from app.domain.mirror_scope import MirrorWindow
from app.domain.permissions import Permission
from app.domain.vitals_metrics import Metric, metric_title, value_text
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.vitals import Extents, ReadingRow
from app.queries.vitals_panel import VitalsPanel, vitals_panel
from app.queries.vitals_series import SeriesSet
from app.ui.areas.chart.summary.words import unmeasured
from app.ui.areas.chart.tab import ChartTab
from app.ui.areas.chart.vitals.chart_card import USUALLY, ChartCard
from app.ui.areas.chart.vitals.entry_form import EntryForm
from app.ui.areas.chart.vitals.export import VitalsExport
from app.ui.areas.chart.vitals.glp1_card import Glp1Card
from app.ui.areas.chart.vitals.items import CSV_ITEM, PNG_ITEM, SHOWN_ITEM
from app.ui.areas.chart.vitals.lanes import USUAL_RANGES, in_order, lane_of
from app.ui.areas.chart.vitals.readings_table import NOTHING_LIT, ReadingsList, ReadingsModel
from app.ui.areas.chart.vitals.room import VitalsRoom
from app.ui.areas.chart.vitals.rows import ReadingRows
from app.ui.areas.chart.vitals.source import VitalsSource
from app.ui.parts.beyond import kept_since
from app.ui.parts.link_state import LinkState
from app.ui.parts.words import locale
from app.ui.widgets.layouts import column
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.panel import Panel
from app.ui.widgets.states import StateStack
from app.ui.widgets.timeseries.cursor import CursorState
from app.ui.widgets.timeseries.model import instant, ms_of
from app.ui.widgets.timeseries.span import Span
from app.ui.work import Lane, ShellApi
from app.ui.work.places import MEASURE_ITEM

READINGS = ("measurements", "vital_readings", "hrv_readings", "bmi_readings")
TABLES = frozenset({*READINGS, "patients", "visits"})


class VitalsTab(ChartTab):
    """Readings over time of one patient."""

    watches = TABLES

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._patient, self._fresh = "", True
        self._wanted = ""
        self._height: float | None = None
        self._ranges = USUAL_RANGES
        self._found: SeriesSet | None = None
        self._panel_lane, self._lane = Lane(self, api.workspace), Lane(self, api.workspace)
        self.source = VitalsSource(api, self)
        self.card, self.glp1 = ChartCard(api.zone), Glp1Card()
        self.model = ReadingsModel(
            lambda: api.zone, self, unsent=self._unsent, this_year=lambda: api.workspace.reader().today.year
        )
        self.table = ReadingsList(self.model)
        self.rows = ReadingRows(api, self.model, self)
        self.panel = Panel(t("Readings"), flush=True)
        self.panel.content.addWidget(self.table, 1)
        self.entry = EntryForm(api)
        self.export = VitalsExport(api, self)
        self._lay_out()
        self.entry.setVisible(api.can(Permission.MEASURE))  # not before: what has no place yet would be a window
        self._connect()

    def _lay_out(self) -> None:
        inside = VitalsRoom(self.card, self.entry, self.panel, self.glp1)
        self.states = StateStack(inside, parent=self)
        column(self.states, gap=0, parent=self)

    def _connect(self) -> None:
        self.states.retry.connect(self.refresh)
        self.source.opened.connect(self._opened)
        self.source.loaded.connect(self._loaded)
        self.source.overview.connect(self._overview)
        self.source.waiting.connect(self.card.chart.set_waiting)
        self.source.failed.connect(self._failed)
        self.rows.failed.connect(self._failed)
        self.card.span_changed.connect(self._moved)
        self.card.more_wanted.connect(self._more)
        self.card.chart.cursor_changed.connect(self._cursor)
        self.table.chosen.connect(self._show_row)
        self.table.retract_wanted.connect(self._retract)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._menu)
        self.entry.saved.connect(self._saved)
        self.api.sync.changed.connect(self._note)
        self.api.sync.changed.connect(self.table.viewport().update)

    # the tab

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient; nothing of the one before stays."""
        del name
        self._patient, self._fresh, self._found, self._height = patient_id, True, None, None
        self._wanted = ""
        self.card.chart.set_cursor(None)
        self.card.chart.set_lanes(())
        self.card.overview.set_lane(None, 0, 1)
        self.rows.clear()
        self.entry.show_patient(patient_id)
        self.states.set_blank()
        self.states.set_loading()
        self.source.open(patient_id)
        self._ask_panel()

    def refresh(self) -> None:
        """Ask anew; span, cursor and what is typed stay."""
        self.source.refresh()
        self._ask_panel()

    def open_item(self, item: str) -> None:
        """Put the keyboard into the entry form (``MEASURE_ITEM``), or open what the chart's menu has."""
        if item == MEASURE_ITEM and self.entry.isVisibleTo(self):
            self.entry.value.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif self._fresh:
            self._wanted = item  # once it is known what there is to show
        elif item == SHOWN_ITEM:
            self._more()
        elif item in {CSV_ITEM, PNG_ITEM}:
            self.export.ask(item, self._patient, self.source.metrics, self.card)

    def first_focus(self) -> QWidget | None:
        """The entry for those who measure, else the chart."""
        return self.entry.value if self.api.can(Permission.MEASURE) else self.card.chart

    def as_of(self) -> datetime | None:
        """Since when what is shown isn't live."""
        return self.api.sync.as_of if self.api.sync.offline else None

    def zoom(self, direction: int) -> None:
        """Zoom the chart."""
        self.card.zoom(direction)

    # what comes

    def _ask_panel(self) -> None:
        patient = self._patient

        def take(found: VitalsPanel) -> None:
            if patient == self._patient:
                self._show_panel(found)

        self._panel_lane.ask(vitals_panel, on_result=take, on_error=self._failed, patient_id=patient)

    def _show_panel(self, panel: VitalsPanel) -> None:
        self._height, self._ranges = panel.height_cm, panel.ranges
        self.model.set_ranges(panel.ranges)
        self.glp1.show_panel(panel.glp1, self.api.zone, older_missing=self.api.sync.offline)
        self.entry.show_panel(panel)
        if self._found is not None:
            self._loaded(self._found)

    def _opened(self, extents: Extents) -> None:
        self.states.set_ready()
        now = ms_of(self.api.now())
        kept = kept_since(self.api.sync, "measurements")
        self.card.set_whole(self.source.whole(), now, nothing=unmeasured(kept))
        self._note()
        if self._fresh:
            self._fresh = False
            self.card.show_range(self.card.ranges.current or USUALLY)
            if extents.span is None:
                self.panel.set_meta(t("no readings"))
            wanted, self._wanted = self._wanted, ""
            if wanted:
                self.open_item(wanted)
        else:
            self._rows()

    def _loaded(self, found: SeriesSet) -> None:
        self._found = found
        self.card.chart.set_lanes([lane_of(one, self._height, self._ranges) for one in found.series])
        self._note()
        self._count()

    def _count(self) -> None:
        """Say beside the table how many readings the chart shows: buckets at the edges count as a whole.

        Nothing as long as not all of them are loaded: a part would be read as all.
        """
        span = self.card.chart.span
        if not self.source.covers(span):
            self.panel.set_meta("")
            return
        lanes = self.card.chart.lanes
        shown = sum(
            point.count for lane in lanes for point in lane.points if span.start <= point.until and point.at < span.end
        )
        self.panel.set_meta(t("{count} in this range", count=locale().toString(shown)))

    def _overview(self, found: SeriesSet) -> None:
        lane = lane_of(found.series[0], None)
        self.card.overview.set_lane(lane, ms_of(found.start), ms_of(found.end))
        self.card.overview.set_span(self.card.chart.span)

    def _moved(self, span: Span) -> None:
        self.source.show(span)
        self._rows()
        self._note()
        if self._found is not None:
            self._count()

    def _rows(self) -> None:
        if self._patient:
            metrics = in_order((*self.source.metrics, *((Metric.BMI,) if Metric.WEIGHT in self.source.metrics else ())))
            self.rows.show(self._patient, tuple(one for one in metrics if one is not Metric.BMI), self.card.chart.span)

    def _failed(self, error: AppError) -> None:
        if self._found is None:
            self.states.set_error(error.message)
        else:
            self.api.problem(error)

    def _unsent(self, reading_id: str) -> bool:
        return LinkState.of(self.api.sync).unsent(reading_id, READINGS)

    def _note(self) -> None:
        found, parts = self._found, []
        if self.api.sync.offline and self._beyond():
            parts.append(t("Older readings need the server."))
        unreadable = sum(one.unreadable for one in found.series) if found is not None else 0
        if unreadable:
            parts.append(tn("{n} unreadable value isn't shown.", "{n} unreadable values aren't shown.", unreadable))
        self.card.set_note(" ".join(parts))
        self.card.overview.set_hint(t("←→ move, +− zoom"))

    def _beyond(self) -> bool:
        """Whether the chart shows time from which this workstation keeps no readings."""
        span, kept = self.card.chart.span, MirrorWindow.on(self.api.now().astimezone(UTC).date())
        return any(kept.missing(table, instant(span.start), instant(span.end)) is not None for table in READINGS)

    # what the person does

    def _cursor(self, state: CursorState | None) -> None:
        self.model.set_lit(NOTHING_LIT if state is None else (state.ids, state.spans))
        lit = self.model.lit()
        if lit and not self.table.underMouse() and not self.table.hasFocus():
            for number in (lit[-1], lit[0]):  # all of them are seen, or the first ones
                self.table.scrollTo(self.model.index(number))

    def _show_row(self, reading: ReadingRow) -> None:
        chart, at = self.card.chart, ms_of(reading.at)
        if not chart.span.start <= at <= chart.span.end:
            chart.move_to(chart.span.around(at))
        chart.set_cursor(at, announce=True)

    def _saved(self, at: datetime) -> None:
        chart, instant_ms = self.card.chart, ms_of(at)
        first, last = chart.limits
        chart.set_limits(min(first, instant_ms), max(last, instant_ms))
        if not chart.span.start <= instant_ms <= chart.span.end:
            chart.move_to(chart.span.around(instant_ms))
        self.refresh()
        self.entry.value.setFocus(Qt.FocusReason.OtherFocusReason)

    def _more(self) -> None:
        """Offer the metrics that there are, and the files."""
        there = {one.metric for one in self.source.extents.metrics}
        shown = set(self.source.metrics)

        def item(metric: Metric) -> MenuItem:
            return MenuItem(metric_title(metric), lambda: self._toggle(metric), checked=metric in shown)

        items: list[MenuItem | None] = [item(one) for one in Metric if one in there or one in shown]
        items += [None, *self.export.items(self._patient, self.source.metrics, self.card)]
        open_menu(self.card.more, t("What is shown, export"), items)

    def _toggle(self, metric: Metric) -> None:
        shown = set(self.source.metrics) ^ {metric}
        self.source.choose(in_order(shown))
        self._rows()

    def _menu(self, position: QPoint) -> None:
        reading = self.table.indexAt(position).data(Qt.ItemDataRole.UserRole + 1)
        if isinstance(reading, ReadingRow):
            self._retract(reading, self.table.viewport().mapToGlobal(position))

    def _retract(self, reading: ReadingRow, at: QPoint | None = None) -> None:
        """Offer the reasons for which a measurement can be taken back; acts at once, Undo brings it back."""
        allowed = self.api.can(Permission.MEASURE) and reading.retractable
        why = "" if allowed else t("Only what was typed here can be taken back.")
        reasons = (t("Wrong value"), t("Wrong patient"), t("Wrong time"), t("Measured badly"))

        def item(reason: str) -> MenuItem:
            title = t("Entered in error: {reason}", reason=reason)
            return MenuItem(title, lambda: self._take_back(reading, reason), enabled=allowed, why_not=why)

        place = at
        if place is None:
            rect = self.table.visualRect(self.table.currentIndex())
            place = self.table.viewport().mapToGlobal(rect.bottomLeft())
        open_menu(self.table, t("Entered in error"), [item(one) for one in reasons], place)

    def _take_back(self, reading: ReadingRow, reason: str) -> None:
        text = "" if reading.value is None else value_text(reading.metric, reading.value, reading.second)
        done = t("Took back {what} {value}", what=metric_title(reading.metric), value=text)

        def gone(outcome: Outcome) -> None:
            self.api.did(done, outcome)
            self.refresh()

        self._lane.execute(RetractMeasurement(measurement_id=reading.id, reason=reason), on_done=gone)

"""The reports' page: which report, over which days; the table with its sum, the same drawn, and a CSV file of it."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QHeaderView, QScrollArea, QWidget

from app.domain.reports import COLUMNS, Period, PeriodKind, ReportKind, after, before, column_word, kind_word, period_of
from app.kernel.errors import AppError, Unavailable
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.reports import Report, ReportRow, report
from app.ui.areas.reports.bars import MOST_LINES, BarsView, figure_text
from app.ui.areas.reports.saving import save_csv
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.patient_values import date_text
from app.ui.parts.words import clock, day_plain
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, IconButton
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.paint import text_width
from app.ui.widgets.states import StateStack
from app.ui.widgets.table import PADDING, Table
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import AreaPage, Lane, ShellApi

ROW, HEADER, LEAST_COLUMN = 32, 34, 96


def _column(key: str) -> Column[ReportRow]:
    word = column_word(key)
    width = max(LEAST_COLUMN, round(text_width(word, TypeRole.META, True)) + 2 * PADDING + 8)
    return Column[ReportRow](key, word, lambda one: figure_text(one.figures[key]), width=width, right=True,
                             strong=lambda one: not one.key)  # fmt: skip


class ReportsPage(AreaPage):
    """Alt+Left and Alt+Right go through the periods, Ctrl+S saves what is shown."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._ask, self._save = Lane(self, api.workspace), Lane(self, api.workspace)
        self.found: Report | None = None
        self.period = period_of(PeriodKind.MONTH, api.workspace.reader().today)
        self.kinds = SegmentedControl([(kind.value, kind_word(kind)) for kind in ReportKind], name=t("Which report"))
        self.periods = SegmentedControl(
            [(PeriodKind.WEEK.value, t("Week")), (PeriodKind.MONTH.value, t("Month")),
             (PeriodKind.QUARTER.value, t("Quarter")), (PeriodKind.CUSTOM.value, t("Own days"))], name=t("Period"),
        )  # fmt: skip
        self.periods.set_current(PeriodKind.MONTH.value)
        today = api.workspace.reader().today
        self.first = DateField(self.period.first, name=t("From"), today=lambda: today)
        self.last = DateField(self.period.last, name=t("To"), today=lambda: today)
        self.back, self.ahead = IconButton("left", t("The period before")), IconButton("right", t("The period after"))
        self.csv = Button(t("Save as CSV"), icon="export", keys="Ctrl+S")
        self.days = Label("", strong=True)
        self.as_of_label = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.bars = BarsView()
        self.table = Table(name=t("Figures"))
        self._build()
        self._connect()

    def _build(self) -> None:
        inside = QWidget()
        body = column(self.bars, self.table, gap=16, parent=inside)
        body.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setWidget(inside)
        self.states = StateStack(area)
        head = row(Label(t("Reports"), role=TypeRole.PATIENT, strong=True), self.kinds, STRETCH, self.csv, gap=16)
        when = row(self.periods, self.back, self.ahead, self.days, self.first, self.last, STRETCH, self.as_of_label,
                   gap=8)  # fmt: skip
        page = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        page.addLayout(head)
        page.addLayout(when)
        page.addWidget(self.states, 1)
        self._show_days()

    def _connect(self) -> None:
        self.kinds.changed.connect(lambda _key: self.refresh())
        self.periods.changed.connect(self._period_changed)
        self.first.changed.connect(lambda _day: self._own_days())
        self.last.changed.connect(lambda _day: self._own_days())
        self.back.clicked.connect(self.earlier)
        self.ahead.clicked.connect(self.later)
        self.csv.clicked.connect(self.export)
        self.states.retry.connect(self.refresh)

    def first_focus(self) -> QWidget | None:
        """Begin with which report."""
        return self.kinds

    def as_of(self) -> datetime | None:
        """Reports are counted on the server; they say themselves as of when."""
        return None

    @property
    def kind(self) -> ReportKind:
        """The report that is chosen."""
        return ReportKind(self.kinds.current)

    # -- the period ----------------------------------------------------------------------------------------------------

    def _period_changed(self, key: str) -> None:
        kind = PeriodKind(key)
        if kind is not PeriodKind.CUSTOM:
            today = self.api.workspace.reader().today
            here = self.period.first <= today <= self.period.last
            self.period = period_of(kind, today if here else self.period.first)
        self._show_days()
        self.refresh()

    def _own_days(self) -> None:
        if self.first.value is not None and self.last.value is not None:
            self.period = Period(self.first.value, self.last.value)
            self.refresh()

    def earlier(self) -> None:
        """Go to the period before."""
        self._go(before(PeriodKind(self.periods.current), self.period))

    def later(self) -> None:
        """Go to the period after."""
        self._go(after(PeriodKind(self.periods.current), self.period))

    def _go(self, period: Period) -> None:
        if self.kind is not ReportKind.OPEN:  # that one is as of now
            self.period = period
            self._show_days()
            self.refresh()

    def _show_days(self) -> None:
        """Say which days are counted; for open loops none are."""
        own, now = PeriodKind(self.periods.current) is PeriodKind.CUSTOM, self.kind is ReportKind.OPEN
        self.first.setVisible(own and not now)
        self.last.setVisible(own and not now)
        self.days.setVisible(not own and not now)
        self.days.setText(f"{date_text(self.period.first)} – {date_text(self.period.last)}")
        if (self.first.value, self.last.value) != (self.period.first, self.period.last):
            for field, day in ((self.first, self.period.first), (self.last, self.period.last)):
                field.blockSignals(True)
                field.set_value(day)
                field.blockSignals(False)

    # -- the figures ---------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Count anew; what is shown stays until the answer is there."""
        if self.found is None:
            self.states.set_loading()
        self._ask.ask(report, kind=self.kind, period=self.period, on_result=self._show, on_error=self._failed)

    def _failed(self, error: AppError) -> None:
        self.found = None
        self.csv.setEnabled(False)
        if isinstance(error, Unavailable):
            self.states.set_empty(t("Reports are counted on the server, which can't be reached now."), t("Try again"),
                                  self.refresh)  # fmt: skip
        else:
            self.states.set_error(error.message)

    def _show(self, found: Report) -> None:
        if (found.kind, found.period) != (self.kind, self.period):
            return
        self.found = found
        zone = self.api.zone
        self.as_of_label.setText(t("as of {time}", time=clock(found.as_of, zone)))
        for widget in (self.periods, self.back, self.ahead):
            widget.setEnabled(found.kind is not ReportKind.OPEN)
        self._show_days()
        self.csv.setEnabled(bool(found.rows))
        if not found.rows:
            self.states.set_empty(t("Nothing was counted in these days."))
            return
        shown = tuple(self._named(one) for one in found.rows)
        drawn = Report(found.kind, found.period, shown, found.total, found.as_of)
        self.bars.show_report(drawn, kind_word(found.kind))
        lines = (*shown, *((found.total,) if found.total is not None else ()))
        self._fill(found.kind, lines)
        self.states.set_ready()

    def _named(self, one: ReportRow) -> ReportRow:
        if self.kind is not ReportKind.OVER_TIME:
            return one
        return ReportRow(one.key, day_plain(date.fromisoformat(one.key)), one.figures)

    def _fill(self, kind: ReportKind, lines: tuple[ReportRow, ...]) -> None:
        figures = [_column(key) for key in COLUMNS[kind]]
        name = Column[ReportRow]("name", "Name", lambda one: one.name, strong=lambda one: not one.key)
        old = self.table.model()
        model = PagedTableModel[ReportRow](
            (name, *figures), row_id=lambda one: one.key, parent=self,
            fetch=lambda _cursor, got, _failed: got(Page(lines, more=False)),
        )  # fmt: skip
        self.table.setModel(model)
        model.reload()
        if old is not None:
            old.deleteLater()
        header = self.table.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, figure in enumerate(figures, start=1):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(place, figure.width)
        self.table.setFixedHeight(HEADER + ROW * len(lines) + 4)
        more = len(lines) > MOST_LINES + 1 and not self.bars.over_time
        self.bars.setToolTip(t("The first {n} are drawn.", n=MOST_LINES) if more else "")

    # -- the file ------------------------------------------------------------------------------------------------------

    def export(self) -> None:
        """Ask where to, and write the figures that are shown."""
        if self.found is None or not self.found.rows:
            return
        dialog = QFileDialog(self, t("Save as CSV"), self.file_name(self.found), "CSV (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("csv")
        dialog.fileSelected.connect(self.save_to)
        dialog.open()

    def file_name(self, found: Report) -> str:
        """Return what a report's file is called: with the days that it counts, or the one on which it was counted."""
        if found.kind is ReportKind.OPEN:
            return f"{found.kind.value}-{found.as_of.astimezone(self.api.zone).date()}.csv"
        return f"{found.kind.value}-{found.period.first}-{found.period.last}.csv"

    def save_to(self, path: str) -> None:
        """Write the file."""
        if self.found is not None:
            save_csv(self.api, self._save, self.found, path)

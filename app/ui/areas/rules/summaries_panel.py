"""Making or renewing a week's summaries for all patients by hand; last week's are made by themselves on Mondays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from app.domain.rule_trial import monday_of
from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import t, tn
from app.ui.areas.rules.reach import NeedsServer
from app.ui.parts.progress_bar import ProgressBar
from app.ui.parts.words import day_month
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, Progress, ShellApi, Step
from app.workspace.summaries import SummaryReport, run_summaries

WEEKS = 26
"""So many weeks are offered, this one included."""


def week_words(monday: date) -> str:
    """Return "16 Nov – 22 Nov 2026"."""
    sunday = monday + timedelta(days=6)
    return f"{day_month(monday)} – {day_month(sunday)} {sunday.year}"


class SummariesPanel(PanelPage):
    """A week, the button, how far it is, and what came of it."""

    def __init__(self, api: ShellApi) -> None:
        super().__init__()
        self.api = api
        self._workspace: Any = api.workspace
        self._lane = Lane(self, api.workspace)
        self._work: Progress | None = None
        self._running = False
        this = monday_of(api.workspace.reader().today)
        mondays = [this - timedelta(weeks=back) for back in range(WEEKS)]
        weeks = tuple((monday.isoformat(), week_words(monday)) for monday in mondays)
        self.week = Combo(weeks, name=t("Week"), current=mondays[1].isoformat())
        self.form = Form()
        self.form.add("week", FormField(t("Week"), self.week))
        self.progress, self.cancel = ProgressBar(), Button(t("Cancel"), small=True)
        self.cancel.clicked.connect(self.stop)
        self.said = Label("", wrap=True)
        self.make_button = Button(t("Make summaries"), kind=ButtonKind.PRIMARY)
        self.make_button.clicked.connect(self.make)
        about = t("One for each patient, from Monday to Sunday. What has changed since is renewed. Last week's are "
                  "made by themselves on Mondays.")  # fmt: skip
        self.reach = NeedsServer(api)
        column(Label(about, tone=Tone.MUTED, wrap=True), self.reach, self.form, row(self.progress, self.cancel),
               self.said, gap=12, parent=self).addStretch(1)  # fmt: skip
        self._show_running(False)
        self.reach.changed.connect(self._allow)
        self.reach.follow()

    def title(self) -> str:
        """Return the heading."""
        return t("Weekly summaries")

    def first_focus(self) -> QWidget | None:
        """The week comes first."""
        return self.week

    def foot(self) -> QWidget | None:
        """Make them."""
        return self.make_button

    def make(self) -> None:
        """Make them, once."""
        if self._work is not None or self.reach.away:
            return
        self.form.clear_errors()
        self.said.setText("")
        self.progress.show_step(0, 0, t("Patients"))
        self._show_running(True)
        workspace, week = self._workspace, date.fromisoformat(self.week.current)

        def work(progress: Progress) -> SummaryReport:
            return run_summaries(workspace, week, progress=progress.report)

        self._work = self._lane.run(work, on_result=self._made, on_error=self._failed, on_progress=self._step)

    def stop(self) -> None:
        """End after the part under way; what is written stays."""
        if self._work is not None:
            self._work.cancel()

    def _step(self, step: Step) -> None:
        self.progress.show_step(step.done, step.total, t("Patients"))

    def _made(self, report: SummaryReport) -> None:
        self._show_running(False)
        patients = tn("{count} patient", "{count} patients", report.patients, count=f"{report.patients:,}")
        written = tn("{count} summary new or changed", "{count} summaries new or changed", report.written,
                     count=f"{report.written:,}")  # fmt: skip
        self.said.setText(f"{patients}: {written}")

    def _failed(self, error: AppError) -> None:
        self._show_running(False)
        stopped = isinstance(error, Cancelled)
        self.said.setText(t("Stopped. What was made stays; the rest is as it was.") if stopped else error.message)

    def _show_running(self, running: bool) -> None:
        if not running:
            self._work = None
        before, after = (self.make_button, self.cancel) if running else (self.cancel, self.make_button)
        if before.hasFocus():  # else the keyboard would leave the panel with the button that goes
            after.setEnabled(True)
            after.show()
            after.setFocus()
        for part in (self.progress, self.cancel):
            part.setVisible(running)
        self._running = running
        self._allow()
        self.week.setEnabled(not running)

    def _allow(self) -> None:
        self.make_button.setEnabled(not self._running and not self.reach.away)

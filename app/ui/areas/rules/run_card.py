"""The last run in figures, running now with progress, and taking back what a run raised."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.enums import RunState
from app.kernel.i18n import t
from app.queries.rules import RunRow
from app.ui.parts.progress_bar import ProgressBar, change_places
from app.ui.parts.words import clock, day_short
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import Label
from app.ui.work import ShellApi, Step

_FIGURES = ("patients", "triggered", "alerts", "others", "held", "unreadable", "broken")


class RunCard(Panel):
    """Shows one run; ``run_now``, ``stop`` and ``withdraw`` say what the person wants."""

    run_now = Signal()
    stop = Signal()
    withdraw = Signal()

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(t("Last run"), parent=parent)
        self._api = api
        captions = {
            "patients": t("Patients of the clinic"), "triggered": t("Patients found"), "alerts": t("Alerts raised"),
            "others": t("Messages and tasks"),
            "held": t("Rules held"), "unreadable": t("Unreadable values"), "broken": t("Rules that can't be read"),
        }  # fmt: skip
        self.values: dict[str, Label] = {}
        self._lines: dict[str, QWidget] = {}
        for key in _FIGURES:
            self.values[key] = Label("–", strong=True)
            holder = QWidget()
            row(Label(captions[key], tone=Tone.MUTED), STRETCH, self.values[key], parent=holder)
            self._lines[key] = holder
            self.add(holder)
        self.progress = ProgressBar()
        self.cancel = Button(t("Cancel"), small=True)
        self.cancel.clicked.connect(self.stop)
        self.run_button = Button(t("Run now"), icon="play", keys="Ctrl+R", small=True)
        self.run_button.clicked.connect(self.run_now)
        self.withdraw_button = Button(t("Withdraw …"), small=True)
        self.withdraw_button.clicked.connect(self.withdraw)
        self.content.addWidget(self.progress)
        self.content.addLayout(row(self.run_button, self.cancel, STRETCH))
        self.content.addLayout(row(self.withdraw_button, STRETCH))
        self.show_runs(())
        self.show_idle()

    def show_runs(self, runs: Sequence[RunRow]) -> None:
        """Show the last run; what any of them raised can be withdrawn."""
        self.show_run(runs[0] if runs else None)
        offered = any(run.figures.get("raised") for run in runs)
        if not offered and self.withdraw_button.hasFocus():  # else the keyboard would land wherever Qt goes on
            self.run_button.setFocus()
        self.withdraw_button.setVisible(offered)

    def show_run(self, run: RunRow | None) -> None:
        """Show a run's figures; None before the first."""
        if run is None:
            self.set_meta(t("never"))
        else:
            local = run.started_at.astimezone(self._api.zone)
            when = f"{day_short(local.date(), self._api.workspace.reader().today)} {clock(local, self._api.zone)}"
            self.set_meta(f"{when} · {t('broken off')}" if run.state is RunState.FAILED else when)
        figures = dict(run.figures) if run is not None else {}
        figures["others"] = figures.get("raised", 0) - figures.get("alerts", 0)  # a visit is suggested with an alert
        for key, label in self.values.items():
            value = figures.get(key)
            label.setText(f"{value:,}" if isinstance(value, int) else "–")
        for key in ("others", "broken"):
            self._lines[key].setVisible(bool(figures.get(key)))

    def show_running(self, step: Step) -> None:
        """A run is under way."""
        self.progress.show()
        change_places(self.run_button, self.cancel)
        self.withdraw_button.setEnabled(False)
        self.progress.show_step(step.done, step.total, step.text)

    def show_idle(self) -> None:
        """No run is under way here."""
        self.progress.hide()
        change_places(self.cancel, self.run_button)
        self.withdraw_button.setEnabled(True)

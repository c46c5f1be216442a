"""The back-test: what a rule would have raised in the last 90 days, and what its neighbours would have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.domain.rule_trial import Trial, TrialPatient
from app.domain.rules import RuleAction, RuleOp
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.core import Page
from app.ui.areas.rules import words
from app.ui.areas.rules.bars import WeekBars
from app.ui.models.paged import Column, PagedTableModel
from app.ui.parts.progress_bar import ProgressBar, change_places
from app.ui.parts.tables import paged_table
from app.ui.parts.words import day_month
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.figures import Figure, FigureStrip
from app.ui.widgets.layouts import STRETCH, row
from app.ui.widgets.paint import text_width
from app.ui.widgets.panel import Note, Panel
from app.ui.widgets.text import Label
from app.ui.work import Step

DAYS = 90
_LAST, _FIGURE = 1, 2
"""Columns: the last day, and the figure that decided (there is none where nothing was measured)."""
_NARROW = 340
"""Below this width, in pixels, the panel says less."""
_PADDING = 16
_BESIDE = 24
"""Pixels that a figure of the strip keeps before it and before its unit."""


@dataclass(frozen=True, slots=True)
class TrialView:
    """A back-test as it is shown: the rule's own, its neighbours by threshold, and what patients are called."""

    op: RuleOp
    own: Trial
    others: Mapping[float, Trial]
    names: Mapping[str, str]
    threshold: float | None
    action: RuleAction = RuleAction.ALERT


def kept_of(own: Trial) -> dict[str, Any]:
    """Return what is kept of a back-test with the version that it was made of."""
    return {"days": DAYS, "from": own.first.isoformat(), "to": own.last.isoformat(), "alerts": own.alerts,
            "patients": len(own.patients), "findsNow": own.found_last}  # fmt: skip


class TrialPanel(Panel):
    """Shows a back-test, its progress, or the way to one."""

    wanted = Signal()
    cancelled = Signal()
    chosen = Signal(str)
    """Somebody in the table was opened: the patient's id."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(t("Back-test"), parent=parent)
        self.view: TrialView | None = None
        self.figure = Label("", role=TypeRole.PATIENT, strong=True)
        self.about = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.now = Label("", wrap=True)
        self.bars = WeekBars()
        self.strip = FigureStrip(name=t("Neighbouring thresholds"))
        self.old = Note(t("The rule has changed since this back-test."), kind=StatusKind.HELD)
        self.progress = ProgressBar()
        self.stop = Button(t("Cancel"), small=True)
        self.stop.clicked.connect(self.cancelled)
        self.start = Button(t("Back-test"), icon="play", keys="Ctrl+T")
        self.start.clicked.connect(self.wanted)
        self.model: PagedTableModel[TrialPatient] = PagedTableModel(
            columns=self._columns(), row_id=lambda one: one.patient_id, fetch=self._fetch, parent=self
        )
        self.table = paged_table(t("Patients found"), self.model, self._columns())
        self.table.horizontalHeader().setStretchLastSection(False)  # what is left is the name's
        self.table.chosen.connect(self._open)
        self.add(self.old, self.figure, self.about, self.bars, self.now, self.strip)
        self.content.addWidget(self.table, 1)
        self.content.addLayout(row(self.progress, self.stop))
        self.content.addLayout(row(self.start, STRETCH))
        self.content.addWidget(Label(t("Read only: a back-test raises and sends nothing."), role=TypeRole.META,
                                     tone=Tone.MUTED, wrap=True))  # fmt: skip
        self.content.addStretch()
        self.show_none()

    def _columns(self) -> tuple[Column[TrialPatient], ...]:
        def figure(one: TrialPatient) -> str:
            return words.number_text(round(one.figure, 1)) if one.figure is not None else ""

        return (
            Column("name", "Patient", self._name),
            Column("last", "Last", lambda one: day_month(one.last_day), width=76),
            Column("figure", "Figure", figure, width=62, strong=lambda _one: True),
            Column("alerts", "Count", lambda one: str(one.alerts), width=64),
        )  # fmt: skip

    def _name(self, one: TrialPatient) -> str:
        return self.view.names.get(one.patient_id, "") if self.view is not None else ""

    def _fetch(
        self, _cursor: str | None, got: Callable[[Page[TrialPatient]], None], _failed: Callable[[AppError], None]
    ) -> None:
        got(Page(self.view.own.patients if self.view is not None else (), more=False))

    def _open(self, index: QModelIndex) -> None:
        one = self.model.row(index)
        if one is not None:
            self.chosen.emit(one.patient_id)

    def _parts(self, *, result: bool, running: bool) -> None:
        for part in (self.figure, self.bars, self.now, self.table):
            part.setVisible(result)
        self.strip.setVisible(result and self.view is not None and len(self.view.others) > 1)
        self.progress.setVisible(running)
        if running:
            change_places(self.start, self.stop)
        else:
            change_places(self.stop, self.start)

    def show_none(self) -> None:
        """Nothing was tried yet."""
        self.view = None
        self.model.clear()
        self.set_meta("")
        self.old.hide()
        self.about.setText(t("See first what the rule would have raised in the last {n} days.", n=DAYS))
        self._parts(result=False, running=False)

    def show_old(self) -> None:
        """The rule was changed: what is shown is about another one."""
        self.old.setVisible(self.view is not None)

    def show_running(self) -> None:
        """A back-test is under way."""
        self.view = None
        self.old.hide()
        self.about.setText("")
        self.progress.show_step(0, DAYS + 1, t("Day"))
        self._parts(result=False, running=True)

    def show_step(self, step: Step) -> None:
        """Say how far it is."""
        self.progress.show_step(step.done, step.total, t("Day"))

    def show_view(self, view: TrialView) -> None:
        """Show the result."""
        self.view = view
        own = view.own
        self.old.hide()
        self.set_meta(f"{day_month(own.first)} – {day_month(own.last)}")
        self.figure.setText(words.raised_words(view.action, own.alerts))
        people = tn("for {count} patient in the last {days} days", "for {count} patients in the last {days} days",
                    len(own.patients), count=f"{len(own.patients):,}", days=DAYS)  # fmt: skip
        self.about.setText(t("{people}. Per week:", people=people))
        self.bars.show_weeks(own.weeks)
        self.now.setText(tn("Switched on now, it finds {count} patient.", "Switched on now, it finds {count} patients.",
                            own.found_last, count=f"{own.found_last:,}"))  # fmt: skip
        self._fit(view)
        self.model.reload()
        self._parts(result=True, running=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In little room say less, not parts of words."""
        super().resizeEvent(event)
        if self.view is not None:
            self._fit(self.view)

    def _fit(self, view: TrialView) -> None:
        narrow = self.width() < _NARROW
        about = {
            one: "" if narrow else t("for {n}", n=f"{len(trial.patients):,}") for one, trial in view.others.items()
        }
        cell = (self.width() - 2 * _PADDING - 2) / max(1, len(about)) - _BESIDE  # the strip itself may be hidden still
        if any(text_width(f"{trial.alerts:,}", TypeRole.FIGURE, True) + text_width(about[one], TypeRole.BODY) > cell
               for one, trial in view.others.items()):  # fmt: skip
            about = dict.fromkeys(about, "")
        self.table.setColumnHidden(_LAST, narrow)
        self.table.setColumnHidden(_FIGURE, view.op is RuleOp.MISSING)
        short = words.threshold_sign if narrow else words.threshold_short
        self.strip.show_figures([
            Figure(f"{trial.alerts:,}", short(view.op, threshold),
                   about[threshold], Tone.TEXT if threshold == view.threshold else Tone.MUTED)
            for threshold, trial in sorted(view.others.items())
        ])  # fmt: skip

"""Above the sheet: how the plan is followed, which plan it is, beginning another, keeping it as a template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t, tn
from app.queries.care_plans import CarePlanView, CareTemplate
from app.ui.parts.care_words import phase_text
from app.ui.parts.patient_values import date_text
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.text import ElidedLabel, Label


class PlanHead(QWidget):
    """Signals say what is wanted."""

    plan_chosen = Signal(str)
    begin_wanted = Signal(str)
    """A template's id, or "" for an empty plan."""
    keep_wanted = Signal()

    def __init__(self, *, may: bool, templates: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._may, self._templates = may, templates
        self.figure = Label("", role=TypeRole.FIGURE, strong=True)
        self.about = ElidedLabel("", role=TypeRole.META, tone=Tone.MUTED)
        self.plans = Combo([], name=t("Plan"))
        self.template = Combo([("", t("Empty plan"))], name=t("Template"))
        self.begin = Button(t("Begin a plan"), icon="plus")
        self.keep = Button(t("Save as a template"))
        self.strange = Note(t("Not all can be read"), "", kind=StatusKind.HELD)
        self.none = Label(t("No care plan."), tone=Tone.MUTED)
        self._starter = QWidget()
        row(self.template, self.begin, gap=8, parent=self._starter)
        line = row(self.figure, self.none, self.about, self.plans, self.keep, self._starter, gap=12)
        line.setStretch(2, 1)
        column(line, self.strange, gap=8, parent=self)
        self.plans.changed.connect(self.plan_chosen)
        self.begin.clicked.connect(lambda: self.begin_wanted.emit(self.template.current))
        self.keep.clicked.connect(self.keep_wanted)
        self.show_plan(None, ())

    def offer(self, templates: Sequence[CareTemplate]) -> None:
        """Offer templates to begin from."""
        items = [("", t("Empty plan")), *((one.id, one.name) for one in templates)]
        self.template.set_items(items, self.template.current)

    def show_plan(self, plan: CarePlanView | None, plans: Sequence[CarePlanView], today: date = date.min) -> None:
        """Show how a plan goes, and the choice where there are several."""
        percent = plan.total.percent if plan else None
        self.figure.setText("" if percent is None else f"{percent} %")
        self.figure.setVisible(percent is not None)
        self.about.setText(_about(plan, today) if plan else "")
        self.plans.set_items([(one.id, _span(one)) for one in plans], plan.id if plan else "")
        self.plans.setVisible(len(plans) > 1)
        self.keep.setVisible(self._templates and plan is not None and bool(plan.shape.phases))
        self._starter.setVisible(self._may)
        self.none.setVisible(plan is None)
        strange = plan.shape.unreadable + sum(phase.unreadable for phase in plan.shape.phases) if plan else 0
        self.strange.setVisible(strange > 0)
        part = tn("{n} part of this plan has an unknown shape. It stays as it is.",
                  "{n} parts of this plan have an unknown shape. They stay as they are.", strange)  # fmt: skip
        self.strange.show_text(t("Not all can be read"), part)


def _span(plan: CarePlanView) -> str:
    start = date_text(plan.start)
    return f"{start} – {date_text(plan.end)}" if plan.end else t("from {date}", date=start)


def _about(plan: CarePlanView, today: date) -> str:
    if plan.total.percent is None:
        said = t("Nothing was due yet.")
    else:
        before = plan.before.percent
        was = t(", was {value}", value=f"{before} %") if before is not None else ""
        said = t("of tasks due in the last 28 days") + was
    if plan.current is None:
        return said
    phase = t("phase {n} of {all}", n=plan.current + 1, all=len(plan.dates))
    until = plan.dates[plan.current].end
    return f"{said} · {phase_text(phase, until, today)}"

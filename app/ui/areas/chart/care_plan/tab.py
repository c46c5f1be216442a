"""The tab "Care plan": the patient's plan as a sheet, how it is followed, and beginning one."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.commands.care_plans import ChangeCarePlan, MakeCarePlan, MarkCareTask
from app.commands.core import Command, Outcome
from app.domain.care_plan_edits import PlanEdit
from app.domain.permissions import Permission
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.queries.care_plans import CarePlanView, CareTemplate, care_plan_templates, care_plans
from app.ui.areas.chart.care_plan.edits import completed_edit, move, removal, typed_edit
from app.ui.areas.chart.care_plan.head import PlanHead
from app.ui.areas.chart.care_plan.rows import SheetRow, rows_of
from app.ui.areas.chart.care_plan.sheet import PlanSheet
from app.ui.areas.chart.care_plan.template_panel import TemplatePanel
from app.ui.areas.chart.tab import ChartTab
from app.ui.parts.clash_words import plan_field, plan_value
from app.ui.parts.conflict_view import ConflictView
from app.ui.widgets.layouts import column
from app.ui.widgets.panel import Card
from app.ui.widgets.states import StateStack
from app.ui.work import Lane, ShellApi


class CarePlanTab(ChartTab):
    """Each edit is saved by itself, and can be undone; two people's edits of the same field are put side by side."""

    watches: ClassVar[frozenset[str]] = frozenset({"care_plans", "care_task_mark", "care_plan_template"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.may = api.can(Permission.CARE_PLANS)
        self._patient, self._plan_id, self._begun = "", "", ""
        self.plans: tuple[CarePlanView, ...] = ()
        self._loaded = False
        self._clash: PlanEdit | None = None
        self._load, self._templates = Lane(self, api.workspace), Lane(self, api.workspace)
        self._act = Lane(self, api.workspace)
        self.head = PlanHead(may=self.may, templates=api.can(Permission.CARE_TEMPLATES))
        self.conflict = ConflictView(title_of=plan_field, show=plan_value)
        self.sheet = PlanSheet()
        self._card = Card(padding=0)
        self._card.body.addWidget(self.sheet)
        inside = QWidget()
        column(self.head, self.conflict, self._card, gap=12, margins=(24, 16, 24, 24), parent=inside).addStretch(1)
        self.area = QScrollArea()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setWidget(inside)
        self.states = StateStack(self.area, parent=self)
        column(self.states, gap=0, parent=self)
        self._connect()

    def _connect(self) -> None:
        self.states.retry.connect(self.refresh)
        self.head.plan_chosen.connect(self._choose)
        self.head.begin_wanted.connect(self.begin)
        self.head.keep_wanted.connect(self.keep_as_template)
        self.sheet.typed.connect(self._typed)
        self.sheet.ticked.connect(lambda row: self._edit(completed_edit(row)))
        self.sheet.marked.connect(self._mark)
        self.sheet.removed.connect(lambda row: self._edit(removal(self.plan, row) if self.plan else None))
        self.sheet.moved.connect(lambda row, step: self._edit(move(self.plan, row, step) if self.plan else None))
        self.conflict.chosen.connect(self._settle)

    @property
    def plan(self) -> CarePlanView | None:
        """The plan that is shown: the newest unless another one was chosen."""
        return next((one for one in self.plans if one.id == self._plan_id), self.plans[0] if self.plans else None)

    # -- the tab -------------------------------------------------------------------------------------------------------

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient's plan; the one before is gone at once."""
        del name
        self._patient, self._plan_id, self.plans = patient_id, "", ()
        self._loaded = False
        self._forget_clash()
        self.sheet.show_rows((), date.min, may=False)
        self.states.set_blank()
        self.states.set_loading()
        self.refresh()

    def refresh(self) -> None:
        """Ask anew; a field that is typed into stays open."""
        if self._patient:
            self._load.ask(care_plans, patient_id=self._patient, on_result=self._show, on_error=self._failed)
            if self.may:
                self._templates.ask(care_plan_templates, on_result=self._offer, on_error=lambda _error: None)

    def open_item(self, item: str) -> None:
        """Show a plan."""
        self._choose(item)

    def first_focus(self) -> QWidget | None:
        """The sheet has the keyboard; without a plan, beginning one."""
        return self.head.begin if self._loaded and not self.plans and self.may else self.sheet

    def as_of(self) -> datetime | None:
        """Return since when it isn't live."""
        return self.api.sync.as_of

    def _failed(self, error: AppError) -> None:
        if self.plans:
            self.api.problem(error)
        else:
            self.states.set_error(error.message)

    def _offer(self, found: tuple[CareTemplate, ...]) -> None:
        self.head.offer(found)

    def _show(self, plans: tuple[CarePlanView, ...]) -> None:
        self.plans, self._loaded = plans, True
        plan = self.plan
        today = self.api.workspace.reader().today
        may = self.may and plan is not None
        self.head.show_plan(plan, plans, self.api.now().astimezone(self.api.zone).date())
        self.sheet.show_rows(rows_of(plan, today, may=may) if plan else (), today, may=may)
        self._card.setVisible(plan is not None and bool(self.sheet.rows))
        if plan is None and not self.may:
            self.states.set_empty(t("No care plan."))
        else:
            self.states.set_ready()
        if plan is not None and plan.id == self._begun and self.head.begin.hasFocus():
            self._begun = ""
            self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
        if plan is None and self.may and self.sheet.hasFocus():
            self.head.begin.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, plan_id: str) -> None:
        self._plan_id = plan_id
        self._forget_clash()
        if self.plans:
            self._show(self.plans)

    # -- edits ---------------------------------------------------------------------------------------------------------

    def begin(self, template_id: str) -> None:
        """Begin a plan, from a template or empty, and go on with its first phase; an empty one isn't begun twice."""
        if not template_id and self.plan is not None and self.plan.raw == []:
            self.sheet.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        command = MakeCarePlan(patient_id=self._patient, template_id=template_id or None)
        self._plan_id = self._begun = command.plan_id
        self._run(command, t("Care plan begun for {name}", name=self.patient_name))

    def keep_as_template(self) -> None:
        """Ask for a template's name."""
        if self.plan is not None:
            self.api.show_panel(TemplatePanel(self.api, self.plan.shape))

    def _typed(self, row: SheetRow, cell: str, text: str) -> None:
        try:
            self._edit(typed_edit(row, cell, text))
        except Refused as error:
            self.api.problem(error)

    def _mark(self, row: SheetRow, day: date, done: bool) -> None:
        if self.plan is not None:
            self._run(MarkCareTask(plan_id=self.plan.id, task=row.key, day=day, done=done), "")

    def _edit(self, edit: PlanEdit | None) -> None:
        if edit is not None and self.plan is not None:
            self._run(ChangeCarePlan(plan_id=self.plan.id, edits=(edit,)), t("Care plan changed"), edit)

    def _run(self, command: Command, said: str, edit: PlanEdit | None = None) -> None:
        patient = self._patient

        def done(outcome: Outcome) -> None:
            if said:
                self.api.did(said, outcome)
            if self._patient == patient:
                self.refresh()

        def refused(error: AppError) -> None:
            if self._patient == patient and edit is not None and error.code == "FieldChanged":
                self._clash = edit
                self.conflict.show_conflict(error.data.get("fields", {}))
            else:
                self.api.problem(error)
            self.refresh()

        self._act.execute(command, on_done=done, on_refused=refused, on_unavailable=self.api.problem)

    def _settle(self) -> None:
        """Carry out what was chosen: mine goes over theirs as it stands now, theirs stays."""
        edit, choices = self._clash, self.conflict.choices()
        self._forget_clash()
        if edit is None or edit.field not in choices:
            return
        server, mine = choices[edit.field]
        if mine:
            again = PlanEdit(
                kind=edit.kind, phase=edit.phase, task=edit.task, field=edit.field, old=server, new=edit.new
            )
            self._edit(again)

    def _forget_clash(self) -> None:
        self._clash = None
        self.conflict.show_conflict({})

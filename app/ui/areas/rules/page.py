"""The rules of the clinic: the list, the editor, the back-test, what is held, and runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.rules import EnableRule
from app.domain.rules import cohort_json
from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import later, t
from app.ui.areas.rules import words
from app.ui.areas.rules.decisions import Decisions
from app.ui.areas.rules.desk import RulesDesk, RulesState
from app.ui.areas.rules.editor import RuleEditor
from app.ui.areas.rules.foot import RuleFoot
from app.ui.areas.rules.held import HeldStrip
from app.ui.areas.rules.reach import needs_server
from app.ui.areas.rules.room import Room
from app.ui.areas.rules.rule_form import RuleForm, form_from, form_of, form_of_version
from app.ui.areas.rules.rule_list import RuleList
from app.ui.areas.rules.run_card import RunCard
from app.ui.areas.rules.schedule_panel import SchedulePanel, limit_words, schedule_words
from app.ui.areas.rules.summaries_panel import SummariesPanel
from app.ui.areas.rules.summary import ran_words, summary_words
from app.ui.areas.rules.trial_panel import DAYS, TrialPanel, TrialView, kept_of
from app.ui.areas.rules.versions_panel import VersionsPanel
from app.ui.parts.words import clock
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.widgets.toolbar import ToolAction, Toolbar
from app.ui.work import AreaPage, Draft, Place, ShellApi, Step, draft_kinds
from app.ui.work.places import OpenChart, RestoreDraft
from app.workspace.rule_runs import RunReport


class RulesPage(AreaPage):
    """One rule at a time; what was edited of the others waits beside them."""

    watches = frozenset({"clinical_rules", "rule_run", "rule_run_rule", "clinic_settings"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.desk, self.decisions = RulesDesk(api, self), Decisions(self)
        self.state = RulesState((), (), (), {})
        self.edits: dict[str, RuleForm] = {}
        self._seen: dict[str, Any] | None = None
        self._tried: dict[str, Any] = {}
        self.list, self.held, self.summary = RuleList(), HeldStrip(), Label("", tone=Tone.MUTED)
        self._content = Room()
        self.stack = StateStack(self._content)
        self.stack.retry.connect(self.refresh)
        self.bar = Toolbar(name=t("Rules"))
        self.bar.add_left(Label(t("Rules"), role=TypeRole.PATIENT, strong=True), self.summary)
        self.bar.add_action(ToolAction("new", t("New rule"), self.add, "plus", "Alt+N"))
        self.bar.add_action(ToolAction("schedule", t("When rules run"), self.edit_schedule, "clock"))
        self.bar.add_action(ToolAction("weekly", t("Weekly summaries"), self.make_summaries, "calendar"))
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addWidget(self.bar)
        body.addWidget(self.held)
        body.addWidget(self.stack, 1)
        self._cohort_later, self._draft_later = self._timer(300, self._count), self._timer(2000, self._keep_draft)
        self._draft: Draft | None = None
        api.sync.changed.connect(self._linked)
        self._linked()
        self._steps = [self._make_left, self._make_editor, self._make_params, self._join_editor, self._make_right]
        QTimer.singleShot(0, self, self._make_next)

    def _timer(self, ms: int, then: Any) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=ms)
        timer.timeout.connect(then)
        return timer

    # -- made in steps: all of it at once would keep the event loop waiting ------------------------------------------

    def _make_next(self) -> None:
        self._steps.pop(0)()
        if self._steps:
            QTimer.singleShot(0, self, self._make_next)
        else:
            self._connect()
            self.refresh()

    def _make_left(self) -> None:
        self._line = row(gap=12, parent=self._content)
        left = QWidget(self._content)
        left.setFixedWidth(256)
        self.run_card = RunCard(self.api)
        column(self.list, self.run_card, gap=12, parent=left).setStretch(0, 1)
        self._line.addWidget(left)

    def _make_editor(self) -> None:
        self.editor = RuleEditor()

    def _make_params(self) -> None:
        self.editor.make_params()

    def _join_editor(self) -> None:
        self.editor.put_together()
        self.foot = RuleFoot()
        middle = Card(padding=0, gap=0)
        middle.body.setContentsMargins(1, 1, 1, 1)
        middle.body.addWidget(self.editor, 1)
        middle.body.addWidget(self.foot)
        self._line.addWidget(middle, 3)

    def _make_right(self) -> None:
        self.trial = self._content.spare = TrialPanel()
        self.trial.setMinimumWidth(304)
        self._line.addWidget(self.trial, 2)

    def _connect(self) -> None:
        for signal, run in (
            (self.list.current_changed, self._choose), (self.editor.edited, self._edited),
            (self.trial.wanted, self.back_test), (self.trial.cancelled, self._stop_trial),
            (self.trial.chosen, lambda key: self.api.navigate(OpenChart(patient_id=key))),
            (self.foot.enable, self.enable), (self.foot.save, self.save_off), (self.foot.copied, self.copy_rule),
            (self.foot.history, self.show_versions),
            (self.run_card.run_now, self.run_now), (self.run_card.stop, self.desk.stop_run),
            (self.run_card.withdraw, self.decisions.offer_withdraw), (self.held.see, self.decisions.see),
            (self.held.raise_all, self.decisions.raise_all), (self.held.narrow, self._narrow_held),
            (self.held.drop, self.decisions.drop),
        ):  # fmt: skip
            signal.connect(run)

    @property
    def reachable(self) -> bool:
        """Whether the server is there: rules are written, tried and run on it alone."""
        return not self.api.sync.offline

    def _linked(self) -> None:
        self.bar.set_all_enabled(self.reachable, needs_server())

    # -- what is shown -------------------------------------------------------------------------------------------------

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.list

    def open(self, place: Place) -> None:
        """Take up a draft."""
        if isinstance(place, RestoreDraft):
            self._draft = place.draft
            self.refresh()

    def refresh(self) -> None:
        """Ask for everything anew; what is being edited stays."""
        if not self.state.rules:
            self.stack.set_loading()
        if self._steps:
            return
        self.desk.ask_state(self._came, self._lost)

    def _lost(self, error: AppError) -> None:
        if error.code == "NeedsServer":
            self.held.show_parts((), self.api)  # nothing can be decided now, and who knows what became of it
            self.stack.set_error(t("Rules are kept and run on the clinic's server; they show when it is back."))
        elif not self.state.rules:
            self.stack.set_error(error.message)

    def _came(self, state: RulesState) -> None:
        self.state = state
        self.stack.set_ready()
        self.held.show_parts(state.held, self.api)
        self.held.show_going(self.decisions.going)
        self.api.set_count("rules", len(state.held) or None)
        if not self.desk.running:
            self.run_card.show_runs(state.runs)
        self.summary.setText(summary_words(state, self.api))
        self.editor.show_facts(schedule_words(state.settings), limit_words(state.settings))
        draft, self._draft = self._draft, None
        if draft is not None:
            self._start(form_from(draft.body))
            return
        form = self.editor.form
        if form.rule_id in self.edits:
            self._fill_list(form.rule_id)
            return
        known = {one.rule_id: one for one in state.rules}
        wanted = known.get(self.list.current_key or form.rule_id) or (state.rules[0] if state.rules else None)
        if wanted is None:
            self._show(RuleForm())
        else:
            self._fill_list(wanted.rule_id)
            self._show(form_of(wanted), again=True)

    def _fill_list(self, current: str) -> None:
        held = {one.rule_id for one in self.state.held}
        self.list.show_rules(self.state.rules, self.edits, held, current)

    def _choose(self, rule_id: str) -> None:
        row_ = next((one for one in self.state.rules if one.rule_id == rule_id), None)
        form = self.edits.get(rule_id) or (form_of(row_) if row_ is not None else None)
        if form is not None and rule_id != self.editor.form.rule_id:
            self._show(form)

    def _show(self, form: RuleForm, *, again: bool = False) -> None:
        same = form == self.editor.form
        other = form.body != self.editor.form.body
        if not (again and same):
            self.editor.show_form(form)
        if not again or other:
            self._stop_trial()
        self.foot.show_form(form, edited=form.rule_id in self.edits)
        if not form.readable:
            self.editor.show_error(None, t("This condition was written elsewhere and can't be understood."))
        self._cohort_later.start()

    def _edited(self) -> None:
        form = self.editor.form
        fresh = form.rule_id not in self.edits
        self.edits[form.rule_id] = form
        self.foot.show_form(form, edited=True)
        if self._seen != form.body:
            self.trial.show_old()
        if fresh or self.list.current_key == form.rule_id:
            self._fill_list(form.rule_id)
        self._cohort_later.start()
        self._draft_later.start()

    def _count(self) -> None:
        cohort = cohort_json(self.editor.form.condition.cohort)
        self.desk.ask_cohort(cohort, lambda found: self.editor.cohort.show_size(*found))

    def _keep_draft(self) -> None:
        form = self.editor.form
        if form.rule_id in self.edits:
            title = form.name or later("New rule")
            self.api.drafts.keep(Draft(draft_kinds.RULE, form.rule_id, title, form.to_json()))
            self.foot.say(t("Draft kept {time}", time=clock(self.api.now(), self.api.zone)))

    # -- writing -------------------------------------------------------------------------------------------------------

    def add(self) -> None:
        """Begin a new rule."""
        if not self._steps:
            self._start(RuleForm())

    @property
    def is_shared(self) -> bool:
        """Whether the rule that is shown belongs to all clinics."""
        return self.reachable and not self._steps and self.editor.form.shared

    @property
    def has_versions(self) -> bool:
        """Whether the rule that is shown was saved here."""
        return self.reachable and not self._steps and self.editor.form.version > 0

    def copy_rule(self) -> None:
        """Begin a rule of one's own from a shared one."""
        form = self.editor.form
        self._start(form.copy(t("{name} (copy)", name=form.name)))

    def show_versions(self) -> None:
        """Show what the rule was before."""
        form = self.editor.form
        self.api.show_panel(VersionsPanel(self.api, form.rule_id, form.name, self._take_version))

    def _take_version(self, body: Mapping[str, Any]) -> None:
        """Put a version back into the editor: unsaved, in the place of the rule as it is now."""
        now, old = self.editor.form, form_of_version(body)
        self._start(replace(old, rule_id=now.rule_id, enabled=now.enabled, version=now.version, expected=now.expected))

    def _start(self, form: RuleForm) -> None:
        self.edits[form.rule_id] = form
        self._fill_list(form.rule_id)
        self._show(form)
        self.editor.name.setFocus()

    def save_off(self) -> None:
        """Save the rule; it is off then."""
        if not self._steps:
            self._save(enabled=False)

    def enable(self) -> None:
        """Switch the rule on; its back-test must have been seen as it stands."""
        if self._steps:
            return
        form = self.editor.form
        if form.shared or self.editor.wrong:
            self._check()
        elif self._seen != form.body:
            self.editor.show_error(None, t("Look at its back-test first; then enable the rule."))
            if not self.trial.progress.isVisible():
                self.back_test()
        else:
            self._save(enabled=True)

    def _check(self) -> bool:
        if self.editor.form.shared:
            self.editor.show_error(None, t("This rule is shared by all clinics. Copy it to change it."))
        elif self.editor.wrong:
            field = "threshold" if self.editor.sentence.threshold_wrong else None
            self.editor.show_error(field, t("Enter a number."))
        else:
            return True
        return False

    def _save(self, *, enabled: bool) -> None:
        if not self._check():
            return
        form = self.editor.form
        seen = self._tried if self._seen == form.body else None
        if not enabled and form.enabled and form.rule_id not in self.edits:
            off = EnableRule(rule_id=form.rule_id, enabled=False, expected=form.expected)
            self.desk.commands.execute(off, on_done=lambda done: self._saved(form, done), on_refused=self._refused)
            return
        command = form.command(enabled=enabled, back_test=seen)
        self.desk.commands.execute(command, on_done=lambda done: self._saved(form, done), on_refused=self._refused)

    def _saved(self, form: RuleForm, outcome: Outcome) -> None:
        self.edits.pop(form.rule_id, None)
        self._draft_later.stop()
        self.api.drafts.discard(draft_kinds.RULE, form.rule_id)
        on = bool(outcome.result.get("enabled"))
        self.api.did(t("{name} is on", name=form.name) if on else t("{name} is saved and off", name=form.name), outcome)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.editor.show_error(error.field, error.message)
        if error.code == "RuleChanged":
            self.refresh()

    # -- the back-test -------------------------------------------------------------------------------------------------

    def back_test(self) -> None:
        """Try the rule on the last 90 days."""
        if self._steps:
            return
        if self.editor.wrong:
            self._check()
            return
        form = self.editor.form
        self.trial.show_running()
        self.desk.back_test(form, lambda view: self._tried_out(form, view), self._not_tried, self.trial.show_step)

    def _tried_out(self, form: RuleForm, view: TrialView) -> None:
        own = view.own
        self._seen, self._tried = form.body, kept_of(own)
        self.trial.show_view(view)
        self.editor.show_error(None, "")
        if self.editor.form.body != form.body:
            self.trial.show_old()
        elif own.patients:
            first = own.patients[0]
            more = t("{what} in {days} days", what=words.raised_words(form.action, first.alerts), days=DAYS)
            self.editor.show_example(view.names.get(first.patient_id, ""), first.figure, more)

    def _not_tried(self, error: AppError) -> None:
        self.trial.show_none()
        if not isinstance(error, Cancelled):
            self.editor.show_error(error.field, error.message)

    def _stop_trial(self) -> None:
        self.desk.stop_trial()
        self._seen, self._tried = None, {}
        self.trial.show_none()

    # -- runs ----------------------------------------------------------------------------------------------------------

    def edit_schedule(self) -> None:
        """Open the form for when rules run."""
        self.api.show_panel(SchedulePanel(self.api, self.state.settings))

    def make_summaries(self) -> None:
        """Open the form that makes a week's summaries for all patients."""
        self.api.show_panel(SummariesPanel(self.api))

    def run_now(self) -> None:
        """Evaluate all rules that are on."""
        if not self._steps and not self.desk.running:
            self.run_card.show_running(Step(0, 0, t("Starting")))
            self.desk.run(self._ran, self._not_run, self.run_card.show_running)

    def _ran(self, report: RunReport) -> None:
        self.run_card.show_idle()
        self.api.toast(ran_words(report))
        self.refresh()

    def _not_run(self, error: AppError) -> None:
        self.run_card.show_idle()
        if not isinstance(error, Cancelled):
            self.api.problem(error)
        self.refresh()

    def _narrow_held(self) -> None:
        if self.held.part is not None:
            self.list.set_current(self.held.part.rule_id)
            self._choose(self.held.part.rule_id)
            self.editor.ensureWidgetVisible(self.editor.cohort)
            self.editor.cohort.value.setFocus()

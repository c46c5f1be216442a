"""What the rules page asks of the server: one lane per question, and the long work (back-test, run)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject

from app.domain.rules import RuleOp, neighbours
from app.kernel.errors import AppError
from app.queries.rules import (
    RuleRow,
    RunPart,
    RunRow,
    cohort_size,
    patient_names,
    rule_runs,
    rule_settings,
    rules,
    run_parts,
)
from app.ui.areas.rules.rule_form import RuleForm
from app.ui.areas.rules.trial_panel import DAYS, TrialView
from app.ui.work import Lane, Progress, ShellApi, Step
from app.workspace.rule_runs import RunReport, back_test, back_tests, run_rules

OnError = Callable[[AppError], object]
_NAMED = 500


@dataclass(frozen=True, slots=True)
class RulesState:
    """All that the page shows beside the rule that is edited."""

    rules: tuple[RuleRow, ...]
    runs: tuple[RunRow, ...]
    held: tuple[RunPart, ...]
    settings: Mapping[str, Any]


class RulesDesk(QObject):
    """Asks and runs; answers come to the callbacks on the GUI thread."""

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self._workspace: Any = api.workspace
        self.commands = Lane(self, api.workspace)
        self._state, self._cohort = Lane(self, api.workspace), Lane(self, api.workspace)
        self._work = Lane(self, api.workspace)
        self._trial: Progress | None = None
        self._run: Progress | None = None

    @property
    def running(self) -> bool:
        """Whether a run is under way here."""
        return self._run is not None

    def ask_state(self, on_result: Callable[[RulesState], object], on_error: OnError) -> None:
        """Ask for rules, runs, what is held and the settings."""
        workspace = self._workspace

        def find(_progress: Progress) -> RulesState:
            return RulesState(workspace.ask(rules), workspace.ask(rule_runs), workspace.ask(run_parts, held=True),
                              workspace.ask(rule_settings))  # fmt: skip

        self._state.run(find, on_result=on_result, on_error=on_error)

    def ask_cohort(self, cohort: Mapping[str, Any], on_result: Callable[[tuple[int, int]], object]) -> None:
        """Ask how many patients a cohort has; a failure leaves what is shown."""
        self._cohort.ask(cohort_size, on_result=on_result, on_error=lambda _error: None, cohort=cohort)

    def ask_raised(self, on_result: Callable[[tuple[RunPart, ...]], object], on_error: OnError) -> None:
        """Ask what rules raised in the latest runs and nobody has withdrawn."""
        self._state.ask(run_parts, on_result=on_result, on_error=on_error, raised=True)

    def back_test(
        self, form: RuleForm, on_result: Callable[[TrialView], object], on_error: OnError,
        on_progress: Callable[[Step], object],
    ) -> None:  # fmt: skip
        """Try a rule and its neighbours on the last 90 days; a trial under way is given up."""
        self.stop_trial()
        workspace, body, condition = self._workspace, form.body, form.condition
        around = neighbours(form.metric, condition)

        def find(progress: Progress) -> TrialView:
            def tell(done: int, total: int, _name: str) -> None:
                progress.report(done, total)

            if around:
                trials = back_tests(workspace, body, around, action=form.action, days=DAYS, progress=tell)
                threshold = around[len(around) // 2] if condition.threshold is None else condition.threshold
                own = trials[threshold]
            else:
                own = back_test(workspace, body, action=form.action, days=DAYS, progress=tell)
                trials, threshold = {}, None
            ids = tuple(one.patient_id for one in own.patients[:_NAMED])
            names = workspace.ask(patient_names, patient_ids=ids) if ids else {}
            return TrialView(RuleOp(condition.op), own, trials, names, threshold, form.action)

        self._trial = self._work.run(find, on_result=on_result, on_error=on_error, on_progress=on_progress)

    def stop_trial(self) -> None:
        """Give up the back-test under way."""
        if self._trial is not None:
            self._trial.cancel()
            self._trial = None

    def run(
        self, on_result: Callable[[RunReport], object], on_error: OnError, on_progress: Callable[[Step], object]
    ) -> None:
        """Evaluate all enabled rules now."""
        workspace = self._workspace

        def work(progress: Progress) -> RunReport | None:
            return run_rules(workspace, progress=progress.report)

        def done(report: RunReport | None) -> None:
            self._run = None
            if report is not None:
                on_result(report)

        def failed(error: AppError) -> None:
            self._run = None
            on_error(error)

        self._run = self._work.run(work, on_result=done, on_error=failed, on_progress=on_progress)

    def stop_run(self) -> None:
        """Break the run off after the rule under way; what it raised stays."""
        if self._run is not None:
            self._run.cancel()

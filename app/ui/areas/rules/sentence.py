"""The rule as a sentence with pickers in it."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QWidget

from app.domain.rules import (
    ALERTS,
    COMPARES,
    DEFAULT_TREND,
    Aggregate,
    RuleAction,
    RuleCondition,
    RuleMetric,
    RuleOp,
    RuleSeverity,
)
from app.domain.typed_number import typed_number
from app.kernel.i18n import t
from app.ui.areas.rules import words
from app.ui.areas.rules.rule_form import RuleForm
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.inputs import Combo, LineEdit, set_invalid
from app.ui.widgets.text import Label

_USUAL = {RuleMetric.BP: 140.0, RuleMetric.GLUCOSE: 250.0, RuleMetric.WEIGHT: 100.0, RuleMetric.SLEEP: 5.0,
          RuleMetric.HRV: 20.0, RuleMetric.A1C: 9.0}  # fmt: skip


class _Picker(Combo):
    """A combo as wide as its choices."""

    def __init__(self, items: words.Choices, name: str) -> None:
        super().__init__(items, name=name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setMinimumContentsLength(1)


class Sentence(QWidget):
    """When the average systolic blood pressure over 7 days is above 140 mmHg for …, raise a Warning."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._form = RuleForm()
        self.aggregate = _Picker(words.aggregates(), t("Figure"))
        self.metric_picker = _Picker(words.metrics(), t("Metric"))
        self.window_ = _Picker(words.windows(7), t("Window"))
        self.op = _Picker(words.operators(), t("Comparison"))
        self.threshold = LineEdit(name=t("Threshold"), max_length=10)
        self.threshold.setFixedWidth(120)
        self.action = _Picker(words.actions(), t("What happens"))
        self.severity = _Picker(words.severities(), t("Severity"))
        self._when, self._the, self._is = _word(t("If")), _word(t("When the")), _word(t("is"))
        self._over, self._for, self._as = _word(t("over")), _word(t("for")), _word(t("as"))
        self._cohort = Label("", role=TypeRole.INPUT, wrap=True)
        flow = FlowLayout(self)
        for one in (self._when, self._the, self.aggregate, self.metric_picker, self._over, self._for, self.window_,
                    self._is, self.op, self.threshold, self._cohort, self.action, self._as, self.severity):  # fmt: skip
            flow.addWidget(one)
        for picker in (self.aggregate, self.metric_picker, self.window_, self.op, self.action, self.severity):
            picker.changed.connect(self._picked)
        self.threshold.textEdited.connect(self._picked)

    @property
    def form(self) -> RuleForm:
        """The rule as the pickers say it."""
        return self._form

    @property
    def threshold_wrong(self) -> bool:
        """Whether what stands in the threshold is no number."""
        return self._form.condition.op is not RuleOp.MISSING and self._number() is None

    def show_form(self, form: RuleForm) -> None:
        """Show a rule without a signal."""
        self._form = form
        c = form.condition
        self.window_.set_items(words.windows(form.window_days), str(form.window_days))
        for picker, key in (
            (self.aggregate, c.aggregate.value), (self.metric_picker, words.metric_key(form.metric.value, c.component)),
            (self.op, c.op.value), (self.action, form.action.value), (self.severity, form.severity.value),
        ):  # fmt: skip
            picker.blockSignals(True)
            picker.set_current(key)
            picker.blockSignals(False)
        if self._number() != c.threshold or not self.threshold.text():
            self.threshold.setText("" if c.threshold is None else words.number_text(c.threshold))
        set_invalid(self.threshold, False)
        self._arrange()

    def _number(self) -> float | None:
        found = typed_number(self.threshold.text())
        return found if found is not None and 0 < found < 1_000_000 else None

    def _picked(self, _key: str = "") -> None:
        metric, _, component = self.metric_picker.current.partition(":")
        before, op, now = self._form, RuleOp(self.op.current), RuleMetric(metric)
        kind_before = before.condition.op in COMPARES
        if op in COMPARES and (now is not before.metric or not kind_before):
            self.threshold.setText(words.number_text(_USUAL[now]))
        elif op not in COMPARES and kind_before:
            self.threshold.setText(words.number_text(DEFAULT_TREND))
        threshold = self._number()
        set_invalid(self.threshold, threshold is None and op is not RuleOp.MISSING)
        condition: RuleCondition = replace(
            before.condition, op=op, aggregate=Aggregate(self.aggregate.current), component=component or "systolic",
            threshold=None if op is RuleOp.MISSING else threshold,
        )  # fmt: skip
        self._form = replace(
            before, metric=now, window_days=int(self.window_.current), condition=condition,
            action=RuleAction(self.action.current), severity=RuleSeverity(self.severity.current),
        )  # fmt: skip
        self._arrange()
        self.changed.emit()

    def _arrange(self) -> None:
        c = self._form.condition
        compares, missing = c.op in COMPARES, c.op is RuleOp.MISSING
        the = compares and c.aggregate is not Aggregate.ANY  # "the average", but "any single"
        weighs = self._form.action in ALERTS  # a task and a message are neither a warning nor critical
        for one, shown in ((self._when, not the), (self._the, the), (self.aggregate, compares),
                           (self._over, not missing), (self._for, missing), (self._is, compares),
                           (self.threshold, not missing), (self._as, weighs), (self.severity, weighs)):  # fmt: skip
            one.setVisible(shown)
        self.threshold.set_trailing(words.unit_of(self._form.metric, c.op))
        self._cohort.setText(t("for {whom}:", whom=words.cohort_words(c.cohort)))
        self.updateGeometry()

    def show_cohort(self, form: RuleForm) -> None:
        """Take over what was changed beside the sentence."""
        self._form = form
        self._arrange()


def _word(text: str) -> Label:
    return Label(text, role=TypeRole.INPUT)

"""A rule in plain words: the sentence, whom it is for, what it needs, and what the provider will see."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from app.domain.rules import ALERTS, FEWEST_FOR_TREND, TRENDS, RuleOp, RuleSeverity
from app.kernel.i18n import t, tn
from app.ui.areas.rules import words
from app.ui.areas.rules.action_params import ActionParams
from app.ui.areas.rules.cohort_edit import CohortEdit
from app.ui.areas.rules.rule_form import RuleForm
from app.ui.areas.rules.sentence import Sentence
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import LineEdit, set_invalid
from app.ui.widgets.layouts import column, row
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Divider, Label

_KINDS = {RuleSeverity.CRITICAL: StatusKind.CRITICAL, RuleSeverity.WARN: StatusKind.ARRIVED}


class RuleEditor(QScrollArea):
    """Shows a ``RuleForm`` and gives it back as it is edited."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setAccessibleName(t("Rule"))
        self._form = RuleForm()
        self.name = LineEdit(name=t("Name"), placeholder=t("Name of the rule"), max_length=200)
        self.name_field = FormField(t("Name"), self.name)
        self.sentence = Sentence()
        self.cohort = CohortEdit()
        self.params: ActionParams
        self.fewest = LineEdit(name=t("Least readings"), max_length=4)
        self.fewest_text = Label("", wrap=True)
        self.priority = LineEdit(name=t("Priority"), max_length=6)
        self.error = Note("", kind=StatusKind.CRITICAL)
        self.error.hide()
        self.facts = {key: Label("", wrap=True) for key in ("readings", "runs", "repeats", "goes", "limit")}
        self.preview, self.preview_title = QWidget(), Label("", role=TypeRole.INPUT, strong=True)
        self._preview_box = column(gap=0, parent=self.preview)
        self._note: Note | None = None
        for line in (self.name, self.fewest, self.priority):
            line.textEdited.connect(lambda _text: self._read())
        self.sentence.changed.connect(self._read)
        self.cohort.changed.connect(self._read)

    def make_params(self) -> None:
        """Make the fields of actions: the second step of three, each a turn of the event loop."""
        self.params = ActionParams()
        self.params.changed.connect(self._read)

    def put_together(self) -> None:
        """Lay everything out: the last step."""
        inner = QWidget()
        lines = column(gap=12, margins=(20, 16, 20, 16), parent=inner)
        for part in (self.error, self.name_field, self.sentence, Divider(), self.cohort, Divider()):
            lines.addWidget(part)
        lines.addWidget(Label(t("How it runs"), role=TypeRole.INPUT, strong=True))
        self.fewest.setFixedWidth(64)
        self.priority.setFixedWidth(80)
        least, first = row(self.fewest), row(self.priority)  # long words wrap: the editor stays as narrow as its column
        for line, said in ((least, self.fewest_text), (first, Label(t("the higher the earlier"), wrap=True))):
            line.addWidget(said, 1, Qt.AlignmentFlag.AlignVCenter)
        for title, value in (
            (t("Readings"), self.facts["readings"]), (t("At least"), least), (t("Priority"), first),
            (t("Runs"), self.facts["runs"]), (t("Repeats"), self.facts["repeats"]),
            (t("Goes to"), self.facts["goes"]),
            (t("Limit"), self.facts["limit"]),
        ):  # fmt: skip
            caption = Label(title, tone=Tone.MUTED)
            caption.setFixedWidth(84)
            line = row(caption, gap=8)
            line.addLayout(value, 1) if not isinstance(value, QWidget) else line.addWidget(value, 1)
            lines.addLayout(line)
        lines.addWidget(self.params)
        lines.addWidget(Divider())
        lines.addWidget(self.preview_title)
        lines.addWidget(self.preview)
        lines.addStretch(1)
        self.setWidget(inner)

    @property
    def form(self) -> RuleForm:
        """The rule as it is edited."""
        return self._form

    @property
    def wrong(self) -> bool:
        """Whether a field holds what is no number."""
        return self.sentence.threshold_wrong or None in (_whole(self.fewest.text()), _whole(self.priority.text()))

    def show_form(self, form: RuleForm) -> None:
        """Show a rule; a shared one can only be read."""
        self._form = form
        self.show_error(None, "")
        for line, text in ((self.name, form.name), (self.fewest, str(form.condition.min_readings)),
                           (self.priority, str(form.priority))):  # fmt: skip
            if line.text() != text:
                line.setText(text)
            set_invalid(line, False)
        self.sentence.show_form(form)
        self.cohort.show_cohort(form.condition.cohort)
        self.params.show_params(form.action, form.params)
        for part in (self.name_field, self.sentence, self.cohort, self.params, self.fewest, self.priority):
            part.setEnabled(not form.shared)
        self._tell(form)

    def show_facts(self, runs: str, limit: str) -> None:
        """Say when rules run and from how many patients on one is held."""
        self.facts["runs"].setText(runs)
        self.facts["limit"].setText(limit)

    def show_error(self, field: str | None, text: str) -> None:
        """Say what is wrong, at its field where there is one."""
        beside = {"name": self.name_field, "body": self.params.fields["body"]}
        for key, form_field in beside.items():
            form_field.set_error(text if field == key else "")
        self.error.show_text(text)
        self.error.setVisible(bool(text) and field not in beside)
        whom = self.cohort.value
        fields = {"name": self.name, "threshold": self.sentence.threshold, "cohort": whom, "minAge": whom,
                  "body": self.params.body}  # fmt: skip
        target = fields.get(field or "")
        if text and target is not None:
            set_invalid(target, True)
            target.setFocus()
        if text and field in beside:
            self.ensureWidgetVisible(beside[field])
        elif text:
            self.verticalScrollBar().setValue(0)  # it stands on top; the button that was pressed is below

    def show_example(self, name: str, figure: float | None, more: str) -> None:
        """Show an alert as it would look for somebody whom the back-test found; a task and a message are as written."""
        form = self._form
        if form.action not in ALERTS:
            self._put(Note(*words.made_words(form.name, form.action, form.params), kind=StatusKind.HELD))
            return
        key = words.metric_key(form.metric.value, form.condition.component)
        kind = _KINDS.get(form.severity, StatusKind.HELD)
        self._put(Note(words.seen_words(name, key, form.condition, figure),
                          f"{dict(words.severities())[form.severity.value]} · {more}", kind=kind))  # fmt: skip

    def _put(self, note: Note) -> None:
        if self._note is not None:
            self._note.hide()
            self._note.deleteLater()
        self._note = note
        self._preview_box.addWidget(note)

    def _read(self) -> None:
        said = self.sentence.form
        fewest, priority = _whole(self.fewest.text()), _whole(self.priority.text())
        set_invalid(self.fewest, fewest is None)
        set_invalid(self.priority, priority is None)
        condition = replace(said.condition, cohort=self.cohort.cohort, min_readings=max(1, fewest or 1))
        changed_action = said.action is not self._form.action
        params = self._form.params if changed_action else self.params.params
        self._form = replace(said, name=self.name.text(), condition=condition, priority=priority or 0, params=params,
                             readable=True)  # fmt: skip
        if changed_action:
            self.params.show_params(self._form.action, params)
        self.sentence.show_cohort(self._form)
        self.show_error(None, "")
        self._tell(self._form)
        self.edited.emit()

    def _tell(self, form: RuleForm) -> None:
        self.facts["readings"].setText(words.readings_words(form.metric))
        repeats, goes = words.action_facts(form.action)
        self.facts["repeats"].setText(repeats)
        self.facts["goes"].setText(goes)
        trend = form.condition.op in TRENDS
        self.fewest_text.setText(
            t("readings in the window; a trend needs {n}", n=FEWEST_FOR_TREND) if trend
            else t("readings in the window, else nothing happens")
        )  # fmt: skip
        self.preview_title.setText(words.made_title(form.action))
        self.fewest.setEnabled(not form.shared and form.condition.op is not RuleOp.MISSING)
        if form.condition.op is RuleOp.MISSING:
            self.show_example(t("Patient"), None, tn("{n} day", "{n} days", form.window_days))
        else:
            own = form.condition.threshold or 0
            self.show_example(t("Patient"), own, t("its readings drawn beside it"))


def _whole(text: str) -> int | None:
    try:
        found = int(text.strip() or "0")
    except ValueError:
        return None
    return found if abs(found) < 1_000_000 else None

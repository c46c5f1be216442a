"""Clinical limits: from when on a vital sign is out of range or critical, and the GLP-1 thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QGridLayout, QWidget

from app.commands.core import Outcome
from app.commands.limits import SetClinicalLimits
from app.domain.typed_number import typed_number
from app.domain.vitals_glp1 import KEY as GLP1
from app.domain.vitals_glp1 import Glp1Rule, glp1_rule
from app.domain.vitals_metrics import UNIT_TEXT, Metric, metric_title
from app.domain.vitals_ranges import DIASTOLIC, PARTS, SYSTOLIC, USUAL, Range, vital_ranges
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.clinic import ClinicView, clinic_view
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit, TextArea
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, ShellApi

_FIELD = 96


def range_title(name: str) -> str:
    """Return what a range is of."""
    pressures = {SYSTOLIC: t("Blood pressure, systolic"), DIASTOLIC: t("Blood pressure, diastolic")}
    return pressures.get(name) or metric_title(Metric(name))


def _unit(name: str) -> str:
    return UNIT_TEXT[Metric.BLOOD_PRESSURE if name in (SYSTOLIC, DIASTOLIC) else Metric(name)]


class LimitsSection(QWidget):
    """Saves only what has been changed; what is emptied is without a limit."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._act, self._load = Lane(self, api.workspace), Lane(self, api.workspace)
        self._shown: dict[str, str] = {}
        self.fields: dict[str, LineEdit] = {}
        self.conditions = TextArea(name=t("Weight-related conditions, one a line"))
        self.error = Label("", tone=Tone.CRITICAL, wrap=True)
        self.save = Button(t("Save the limits"), kind=ButtonKind.PRIMARY)
        self.usual = Button(t("As usual"))
        self.save.clicked.connect(self._submit)
        self.usual.clicked.connect(self._as_usual)
        said = t(
            "They colour and mark what the chart shows; nothing is decided by them. The usual ones and their sources: "
            "docs/clinical.md."
        )
        about = Label(said, tone=Tone.MUTED, wrap=True)
        body = column(about, self._grid(), self._glp1(), self.error, row(self.save, self.usual, STRETCH, gap=8), gap=16,
                      parent=self)  # fmt: skip
        body.addStretch(1)
        self.error.hide()

    def _grid(self) -> QWidget:
        holder = QWidget()
        grid = QGridLayout(holder)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        heads = (t("critical up to"), t("normal from"), t("normal to"), t("critical from"))
        for place, part in zip((1, 2, 3, 4), heads, strict=True):
            grid.addWidget(Label(part, role=TypeRole.META, tone=Tone.MUTED), 0, place)
        order = (("criticalLow", heads[0]), ("low", heads[1]), ("high", heads[2]), ("criticalHigh", heads[3]))
        for line, name in enumerate(USUAL, start=1):
            grid.addWidget(Label(range_title(name)), line, 0)
            for place, (part, head) in enumerate(order, start=1):
                field = LineEdit(name=f"{range_title(name)}, {head}")
                field.setFixedWidth(_FIELD)
                self.fields[f"{name}.{part}"] = field
                grid.addWidget(field, line, place)
            grid.addWidget(Label(_unit(name), tone=Tone.MUTED), line, 5)
        grid.setColumnStretch(6, 1)
        return holder

    def _glp1(self) -> Form:
        form = Form()
        alone, beside = t("GLP-1: body mass index from"), t("with a condition, from")
        for key, label in (("bmi", alone), ("bmiWithCondition", beside)):
            self.fields[f"{GLP1}.{key}"] = LineEdit(name=label)
        form.add_row(*((key, FormField(label, self.fields[f"{GLP1}.{key}"]))
                       for key, label in (("bmi", alone), ("bmiWithCondition", beside))))  # fmt: skip
        self.conditions.setFixedHeight(120)
        form.add("conditions", FormField(t("Weight-related conditions, one a line"), self.conditions,
                                         hint=t("Words of a name, or a code with what is below it: E11")))  # fmt: skip
        return form

    # -- what is shown -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask for the clinic anew."""
        self._load.ask(clinic_view, on_result=self.show_view, on_error=self._api.problem)

    def show_view(self, view: ClinicView) -> None:
        """Show what is saved; a field that is being edited keeps its text."""
        settings = view.settings.get("settings")
        self._show(_texts(vital_ranges(settings).values, glp1_rule(settings)), everything=not self._shown)

    def _show(self, texts: Mapping[str, str], *, everything: bool) -> None:
        for key, text in texts.items():
            if everything or self._text(key) == self._shown.get(key):
                self._put(key, text)
        self._shown = dict(texts)

    def _text(self, key: str) -> str:
        return self.conditions.toPlainText().strip() if key == f"{GLP1}.conditions" else self.fields[key].text().strip()

    def _put(self, key: str, text: str) -> None:
        if key == f"{GLP1}.conditions":
            self.conditions.setPlainText(text)
        else:
            self.fields[key].setText(text)

    def _as_usual(self) -> None:
        """Put the usual limits into the fields; saving them is another step."""
        for key, text in _texts(USUAL, Glp1Rule()).items():
            self._put(key, text)

    # -- saving --------------------------------------------------------------------------------------------------------

    def _submit(self) -> None:
        self.error.hide()
        changed = {key for key in self._shown if self._text(key) != self._shown[key]}
        if not changed:
            self._api.toast(t("Nothing was changed."))
            return
        numbers: dict[str, float | None] = {}
        for key in self.fields:
            numbers[key] = typed_number(self._text(key))
            if self._text(key) and numbers[key] is None:
                self._refuse(key, t("This is not a number."))
                return
        names = dict.fromkeys(key.split(".")[0] for key in changed)
        vitals = {name: {part: numbers[f"{name}.{part}"] for part in PARTS} for name in names if name != GLP1}
        glp1: dict[str, Any] | None = None
        if GLP1 in names:
            lines = [line.strip() for line in self.conditions.toPlainText().splitlines() if line.strip()]
            glp1 = {"bmi": numbers[f"{GLP1}.bmi"], "bmiWithCondition": numbers[f"{GLP1}.bmiWithCondition"],
                    "conditions": lines}  # fmt: skip
        command = SetClinicalLimits(vitals=vitals or None, glp1=glp1)
        self._act.execute(command, on_done=self._done, on_refused=self._refused)

    def _done(self, outcome: Outcome) -> None:
        self._shown = {key: self._text(key) for key in self._shown}
        self._api.did(t("Saved the limits"), outcome)

    def _refused(self, error: AppError) -> None:
        self._refuse(error.field or "", error.message)

    def _refuse(self, key: str, text: str) -> None:
        field = self.fields.get(key)
        self.error.setText(f"{field.accessibleName()}: {text}" if field is not None else text)
        self.error.show()
        (field or self.conditions).setFocus()


def _texts(ranges: Mapping[str, Range], rule: Glp1Rule) -> dict[str, str]:
    found = {
        f"{name}.{part}": "" if value is None else f"{value:g}"
        for name, one in ranges.items()
        for part, value in zip(PARTS, (one.low, one.high, one.critical_low, one.critical_high), strict=True)
    }
    found |= {f"{GLP1}.bmi": f"{rule.bmi:g}", f"{GLP1}.bmiWithCondition": f"{rule.bmi_with_condition:g}"}
    return found | {f"{GLP1}.conditions": "\n".join(rule.conditions)}

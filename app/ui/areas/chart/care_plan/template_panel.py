"""A patient's plan kept as a template of the clinic: it only needs a name."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.commands.care_plans import SaveCarePlanTemplate
from app.commands.core import Outcome
from app.domain.care_plan_edits import template_phases
from app.domain.care_plans import CarePlanShape
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import Lane, PanelPage, ShellApi


class TemplatePanel(PanelPage):
    """Asks for the template's name."""

    def __init__(self, api: ShellApi, shape: CarePlanShape) -> None:
        super().__init__()
        self._api, self._shape = api, shape
        self._act = Lane(self, api.workspace)
        self.name = LineEdit(name=t("Name"))
        self.form = Form()
        self.form.add("name", FormField(t("Name"), self.name, required=True))
        about = t("Phases and tasks are kept for other patients; marks and what is completed are not.")
        column(Label(about, tone=Tone.MUTED, wrap=True), self.form, gap=12, parent=self).addStretch(1)
        self.save = Button(t("Save template"), kind=ButtonKind.PRIMARY)
        self.save.clicked.connect(self.submit)
        self.name.returnPressed.connect(self.submit)
        self.name.textEdited.connect(lambda _text: self.edited.emit())

    def title(self) -> str:
        """Return what the panel is for."""
        return t("Save as a template")

    def first_focus(self) -> QWidget | None:
        """Begin with the name."""
        return self.name

    def foot(self) -> QWidget | None:
        """Return the button."""
        holder = QWidget()
        row(self.save, STRETCH, parent=holder)
        return holder

    def dirty(self) -> bool:
        """Tell whether a name was typed."""
        return bool(self.name.text().strip())

    def submit(self) -> None:
        """Save it."""
        name = self.name.text().strip()
        self.form.clear_errors()

        def done(outcome: Outcome) -> None:
            self._api.did(t("Saved {name}", name=name), outcome)
            self.name.clear()
            self.finished.emit()

        command = SaveCarePlanTemplate(name=name, phases=template_phases(self._shape))
        self._act.execute(command, on_done=done, on_refused=self._refused, on_unavailable=self._api.problem)

    def _refused(self, error: AppError) -> None:
        self.form.show_error(error.field, error.message)

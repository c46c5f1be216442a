"""What every step of the set-up is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.form import Form
from app.ui.widgets.layouts import column
from app.ui.widgets.text import Label


class WizardStep(QWidget):
    """A page of the wizard: heading, one sentence, a form. ``fields`` names what of the plan it asks for."""

    optional: ClassVar[bool] = False
    fields: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, sentence: str) -> None:
        super().__init__()
        title = self.title()
        self.setAccessibleName(title)
        self.form = Form()
        self.body: QVBoxLayout = column(gap=16, parent=self)
        heading = Label(title, role=TypeRole.PATIENT, strong=True)
        self.body.addLayout(column(heading, Label(sentence, tone=Tone.MUTED, wrap=True), gap=4))
        self.body.addWidget(self.form)
        self.body.setAlignment(Qt.AlignmentFlag.AlignTop)

    @classmethod
    def title(cls) -> str:
        """Return the heading, which also stands in the list of steps."""
        raise NotImplementedError

    def check(self) -> bool:
        """Show what is wrong at its field; True when the person may go on."""
        self.form.clear_errors()
        return True

    def values(self) -> Mapping[str, Any]:
        """Return this step's part of the plan."""
        return {}

    def first_focus(self) -> QWidget | None:
        """Return the field to begin with."""
        return None

"""Flags of a patient: each click takes effect at once and can be undone."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.commands.core import Outcome
from app.commands.patients import FlagPatient
from app.domain.patient_flags import flag_text
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.patient_card import PatientCard, patient_card
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import LineEdit
from app.ui.widgets.layouts import column, row
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import Checkbox
from app.ui.work import ChangesPort, Lane, PanelPage, ShellApi

USUAL = ("HIGH_RISK", "FALL_RISK", "INTERPRETER", "HARD_OF_HEARING", "WHEELCHAIR", "NEEDS_RIDE", "RPM_ENROLLED", "VIP")


class FlagsPanel(PanelPage):
    """The usual flags and those that the patient has, one box each; a line for another word."""

    watches = frozenset({"patients"})

    def __init__(self, api: ShellApi, card: PatientCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._card = api, card
        self._load, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self.boxes: dict[str, Checkbox] = {}
        self._lines = column(gap=0)
        self.word = LineEdit(name=t("Another flag"))
        self._field = FormField(t("Another flag"), self.word, hint=t("one or two words"))
        self.add = Button(t("Add"))
        self.add.clicked.connect(self._add_word)
        self.word.returnPressed.connect(self._add_word)
        hint = Label(t("Everybody sees flags beside the name."), role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        line = row(self._field, self.add, gap=8)
        line.setAlignment(self.add, Qt.AlignmentFlag.AlignBottom)
        column(hint, self._lines, line, gap=12, parent=self).addStretch(1)
        self._show(card)

    def title(self) -> str:
        """Return the heading."""
        return t("Flags of {name}", name=self._card.name)

    def first_focus(self) -> QWidget | None:
        """Begin with the first box."""
        return next(iter(self.boxes.values()), self.word)

    def refresh(self) -> None:
        """Ask for the flags anew."""
        self._load.ask(patient_card, on_result=self._show, on_error=self._api.problem, patient_id=self._card.id)

    def changed(self, changes: ChangesPort) -> None:
        """Follow others."""
        if changes.everything or self._card.id in changes.rows.get("patients", ()):
            self.refresh()

    def _show(self, card: PatientCard) -> None:
        self._card = card
        for flag in dict.fromkeys((*USUAL, *card.flags)):
            if flag not in self.boxes:
                box = Checkbox(flag_text(flag))
                box.clicked.connect(lambda on, flag=flag: self._set(flag, on))
                self.boxes[flag] = box
                self._lines.addWidget(box)
        for flag, box in self.boxes.items():
            box.setChecked(flag in card.flags)

    def _set(self, flag: str, on: bool) -> None:
        add, remove = ((flag,), ()) if on else ((), (flag,))
        text = t("{flag}: set for {name}", flag=flag_text(flag), name=self._card.name)
        if not on:
            text = t("{flag}: taken from {name}", flag=flag_text(flag), name=self._card.name)

        def done(outcome: Outcome) -> None:
            self._api.did(text, outcome)
            self.refresh()

        command = FlagPatient(patient_id=self._card.id, add=add, remove=remove)
        self._act.execute(command, on_done=done, on_refused=self._refused, on_unavailable=self._failed)

    def _add_word(self) -> None:
        word = self.word.text().strip()
        if not word:
            return

        def done(outcome: Outcome) -> None:
            self.word.clear()
            self._api.did(t("{flag}: set for {name}", flag=word, name=self._card.name), outcome)
            self.refresh()

        command = FlagPatient(patient_id=self._card.id, add=(word,))
        self._act.execute(command, on_done=done, on_refused=lambda error: self._field.set_error(error.message),
                          on_unavailable=self._failed)  # fmt: skip

    def _refused(self, error: AppError) -> None:
        self._api.problem(error)
        self.refresh()

    def _failed(self, error: AppError) -> None:
        self._api.problem(error)
        self._show(self._card)

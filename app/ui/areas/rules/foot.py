"""What can be done with the rule that is shown."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.areas.rules.rule_form import RuleForm
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label


class RuleFoot(QWidget):
    """Enable, save and keep off, or copy a shared one; beside them what is known of the draft or version."""

    enable = Signal()
    save = Signal()
    copied = Signal()
    history = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.enable_button = Button(t("Enable rule"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.save_button = Button(t("Save, keep off"), keys="Ctrl+S")
        self.copy_button = Button(t("Copy to edit"), icon="copy", kind=ButtonKind.PRIMARY, keys="Alt+C")
        self.versions = Button(t("Versions"), icon="clock", kind=ButtonKind.QUIET, keys="Alt+V", small=True)
        self.versions.clicked.connect(self.history)
        self.note = Label("", role=TypeRole.META, tone=Tone.MUTED)
        self.enable_button.clicked.connect(self.enable)
        self.save_button.clicked.connect(self.save)
        self.copy_button.clicked.connect(self.copied)
        buttons = row(self.enable_button, self.save_button, self.copy_button, STRETCH)
        column(buttons, row(self.note, STRETCH, self.versions), gap=4, margins=(20, 12, 20, 8), parent=self)

    def show_form(self, form: RuleForm, *, edited: bool) -> None:
        """Show what fits the rule."""
        self.copy_button.setVisible(form.shared)
        self.enable_button.setVisible(not form.shared and (edited or not form.enabled))
        self.enable_button.setText(t("Save and keep on") if form.enabled else t("Enable rule"))
        self.save_button.setVisible(not form.shared and (edited or form.enabled))
        self.save_button.setText(t("Switch off") if form.enabled and not edited else t("Save, keep off"))
        self.say(t("Version {n}", n=form.version) if form.version and not edited else "")
        self.versions.setVisible(form.version > 0)

    def say(self, text: str) -> None:
        """Say something at the right."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

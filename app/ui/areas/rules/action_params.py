"""What an action needs to be told: a title, a task, a message. Empty fields mean what the rule says by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.rules import RuleAction
from app.kernel.i18n import t
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit, TextArea
from app.ui.widgets.layouts import column

_FIELDS: Mapping[RuleAction, tuple[str, ...]] = {
    RuleAction.ALERT: ("title",),
    RuleAction.SUGGEST_VISIT: ("visitMode",),
    RuleAction.ASSIGN_TASK: ("title", "frequency"),
    RuleAction.ASSIGN_CONTENT: ("subject", "body"),
}


class ActionParams(QWidget):
    """Shows the fields of one action; what it doesn't know of a rule's parameters is kept."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[str, Any] = {}
        self._action = RuleAction.ALERT
        self.texts = {
            "title": LineEdit(name=t("Title"), max_length=200), "subject": LineEdit(name=t("Subject"), max_length=200),
            "frequency": LineEdit(name=t("How often"), placeholder=t("daily"), max_length=100),
        }  # fmt: skip
        self.body = TextArea(name=t("Message"), lines=3)
        self.mode = Combo((("IN_PERSON", t("At the clinic")), ("VIRTUAL", t("By video"))), name=t("Kind of visit"))
        self.fields = {
            "title": FormField(t("Title"), self.texts["title"], hint=t("Else the rule's name")),
            "visitMode": FormField(t("Kind of visit"), self.mode),
            "frequency": FormField(t("How often"), self.texts["frequency"]),
            "subject": FormField(t("Subject"), self.texts["subject"], hint=t("Else the rule's name")),
            "body": FormField(t("Message"), self.body, hint=t("It waits for a person's approval, then it is sent")),
        }
        for text in self.texts.values():
            text.textEdited.connect(lambda _text: self.changed.emit())
        self.body.textChanged.connect(self._body_changed)
        self.mode.changed.connect(lambda _key: self.changed.emit())
        self._showing = False
        column(*self.fields.values(), gap=8, parent=self)

    def _body_changed(self) -> None:
        if not self._showing:
            self.changed.emit()

    def show_params(self, action: RuleAction, params: Mapping[str, Any]) -> None:
        """Show an action's fields with what a rule says."""
        self._action, self._kept, self._showing = action, dict(params), True
        for key, field in self.fields.items():
            field.setVisible(key in _FIELDS[action])
        for key, line in self.texts.items():
            if line.text() != (said := _text(params.get(key))):
                line.setText(said)
        said = _text(params.get("body") or params.get("content"))
        if self.body.toPlainText() != said:
            self.body.setPlainText(said)
        wanted = "VIRTUAL" if params.get("visitMode") == "VIRTUAL" else "IN_PERSON"
        if self.mode.current != wanted:
            self.mode.set_current(wanted)
        self._showing = False

    @property
    def params(self) -> dict[str, Any]:
        """What to save."""
        found = {key: value for key, value in self._kept.items() if key not in (*self.fields, "content")}
        for key in _FIELDS[self._action]:
            said = {"visitMode": self.mode.current, "body": self.body.toPlainText().strip()}.get(key)
            said = self.texts[key].text().strip() if said is None else said
            if said:
                found[key] = said
        return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

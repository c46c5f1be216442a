"""What happens after signing: nothing, a message, a call, a visit, a repeat; who, until when, and the desk's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.enums import NextStep, Role
from app.kernel.i18n import t
from app.queries.labs_grid import Signer
from app.ui.parts.lab_words import next_word
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.date_fields import DateField
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label, key_text
from app.ui.widgets.toggles import SegmentedControl

ME, DESK = "me", "desk"
_DUE = {NextStep.MESSAGE: 1, NextStep.CALL: 0, NextStep.VISIT: 14}
"""In how many days something is due unless the person says otherwise."""
_WEEKS = 6


class NextStepForm(QWidget):
    """The five choices and what belongs to the one that is on. ``edited`` follows each change by the person."""

    edited = Signal()

    def __init__(self, me: tuple[str, str], today: Callable[[], date], parent: QWidget | None = None) -> None:
        """``me``: the person's user id and name."""
        super().__init__(parent)
        (self._me, self._name), self._today = me, today
        choices = [(step.value, next_word(step)) for step in NextStep]
        self.steps = SegmentedControl(choices, name=t("What happens next"))
        self.steps.set_keys([key_text(f"Alt+{number}") for number in range(1, len(choices) + 1)])
        self.who = Combo([(ME, t("Me")), (DESK, t("Front desk"))], name=t("Who does it"))
        self.due = DateField(today(), name=t("By"), today=today)
        self.weeks = LineEdit(str(_WEEKS), name=t("Weeks"), max_length=3)
        self.words = LineEdit(name=t("What the front desk sees, never the values"), max_length=300)
        self._typed = False
        self._fields = {
            "ownerUser": FormField(t("Who does it"), self.who),
            "dueOn": FormField(t("By"), self.due),
            "weeks": FormField(t("In weeks"), self.weeks),
            "releasedText": FormField(t("What the front desk sees, never the values"), self.words),
        }
        self._build()
        self._chose(NextStep.NOTHING.value)

    def _build(self) -> None:
        self._fields["ownerUser"].setFixedWidth(170)
        self._fields["dueOn"].setFixedWidth(140)
        self._fields["weeks"].setFixedWidth(90)
        head = row(Label(t("What happens next"), role=TypeRole.INPUT, strong=True), self.steps, STRETCH, gap=12)
        self._line = QWidget()
        line = row(gap=12, parent=self._line)
        for key in ("ownerUser", "dueOn", "weeks"):
            line.addWidget(self._fields[key])
        line.addWidget(self._fields["releasedText"], 1)
        column(head, self._line, gap=12, parent=self)
        self.steps.changed.connect(self._chose)
        self.who.changed.connect(self._edited)
        self.due.changed.connect(self._edited)
        self.weeks.textEdited.connect(self._edited)
        self.words.textEdited.connect(self._words_edited)

    def set_people(self, people: Sequence[Signer]) -> None:
        """Offer the colleagues beside oneself and the desk."""
        others = [(one.user_id, one.name) for one in people if one.user_id != self._me]
        self.who.set_items([(ME, t("Me")), (DESK, t("Front desk")), *others], self.who.current)

    @property
    def step(self) -> NextStep:
        """The choice that is on."""
        return NextStep(self.steps.current)

    def choose(self, step: NextStep) -> None:
        """Turn a choice on, as its key does."""
        self.steps.set_current(step.value)

    def reset(self) -> None:
        """Begin anew for another order."""
        self._typed = False
        self.words.clear()
        self.weeks.setText(str(_WEEKS))
        self.show_error(None, "")
        self.steps.set_current(NextStep.NOTHING.value)
        self._chose(NextStep.NOTHING.value)

    def _chose(self, key: str) -> None:
        step = NextStep(key)
        self._line.setVisible(step is not NextStep.NOTHING)
        self._fields["weeks"].setVisible(step is NextStep.REPEAT)
        self._fields["dueOn"].setVisible(step in _DUE)
        if step in _DUE:
            self.due.set_value(self._today() + timedelta(days=_DUE[step]))
        self.who.set_current(ME if step in (NextStep.CALL, NextStep.MESSAGE) else DESK)
        self._suggest()
        self.edited.emit()

    def _suggest(self) -> None:
        """Propose the desk's words until the person writes their own."""
        if self._typed:
            return
        words = {
            NextStep.NOTHING: "",
            NextStep.MESSAGE: t("{name} writes about the blood test", name=self._name),
            NextStep.CALL: t("{name} calls about the blood test", name=self._name),
            NextStep.VISIT: t("Book a visit about the blood test"),
            NextStep.REPEAT: t("The blood test is repeated"),
        }
        self.words.setText(words[self.step])
        self.words.setCursorPosition(0)  # who does it stands first, and is cut last

    def _words_edited(self, text: str) -> None:
        self._typed = bool(text.strip())
        self._edited()

    def _edited(self, *_: object) -> None:
        for field in self._fields.values():
            field.set_error("")
        self.edited.emit()

    def values(self) -> dict[str, Any]:
        """Return what the command takes: next_step, released_text, owner_user, owner_role, due_on, weeks."""
        step = self.step
        if step is NextStep.NOTHING:
            return {"next_step": step}
        who = self.who.current
        found: dict[str, Any] = {"next_step": step, "released_text": self.words.text().strip()}
        if who == DESK:
            found["owner_role"] = Role.MEDICAL_ASSISTANT
        else:
            found["owner_user"] = self._me if who == ME else who
        if step in _DUE:
            found["due_on"] = self.due.value
        else:
            weeks = self.weeks.text().strip()
            found["weeks"] = int(weeks) if weeks.isdecimal() else 0
        return found

    def show_error(self, field: str | None, text: str) -> bool:
        """Show an error at its field; False when it has none here."""
        for key, one in self._fields.items():
            one.set_error(text if key == field else "")
        return field in self._fields

    def body(self) -> dict[str, Any]:
        """Return what a draft keeps."""
        due = self.due.value
        return {"step": self.step.value, "who": self.who.current, "due": due.isoformat() if due else "",
                "weeks": self.weeks.text(), "words": self.words.text()}  # fmt: skip

    def restore(self, body: Mapping[str, Any]) -> None:
        """Take up what a draft kept; what can't be read is left as it is."""
        step = str(body.get("step", ""))
        if step in {one.value for one in NextStep}:
            self.steps.set_current(step)
        self._typed = True
        self.words.setText(str(body.get("words", "")))
        self.weeks.setText(str(body.get("weeks", _WEEKS)))
        who = str(body.get("who", ""))
        if self.who.findData(who) >= 0:
            self.who.set_current(who)
        due = str(body.get("due", ""))
        if due:
            try:
                self.due.set_value(date.fromisoformat(due))
            except ValueError:
                self.due.set_value(self._today())

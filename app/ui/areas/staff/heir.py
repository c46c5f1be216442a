"""Who takes over what somebody has open, asked before their account is disabled."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t, tn
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import Combo
from app.ui.widgets.layouts import column
from app.ui.widgets.panel import Note

_LEAVE = "-"


class HeirChoice(QWidget):
    """Hidden while nothing is open. ``chosen`` is a user id; empty when it is left as it is."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._count = name, 0
        self.note = Note("", kind=StatusKind.ARRIVED)
        self.people = Combo(name=t("Who takes over"))
        self.field = FormField(t("Who takes over"), self.people)
        column(self.note, self.field, gap=8, parent=self)
        self.people.changed.connect(lambda _key: self.field.set_error(""))
        self.show_people(())
        self.hide()

    def show_count(self, count: int) -> None:
        """Say how much is open."""
        self._count = count
        items = tn("{n} open item", "{n} open items", count)
        self.note.show_text(t("{name} has {items}", name=self._name, items=items),
                            t("Tasks, results, alerts and drafts need another owner."))  # fmt: skip
        self.show()

    def show_people(self, people: Sequence[tuple[str, str]]) -> None:
        """Offer colleagues."""
        self.people.set_items([("", t("Choose somebody")), *people, (_LEAVE, t("Nobody for now"))], self.people.current)

    @property
    def decided(self) -> bool:
        """Whether nothing is open, or somebody was chosen."""
        return not self._count or bool(self.people.current)

    @property
    def chosen(self) -> str:
        """Who takes over."""
        return self.people.current if self._count and self.people.current not in ("", _LEAVE) else ""

    @property
    def name(self) -> str:
        """The name of who takes over."""
        return self.people.currentText()

    def ask(self) -> None:
        """Say that a choice is needed, there."""
        self.field.set_error(t("Choose who takes over, or nobody for now."))
        self.people.setFocus()

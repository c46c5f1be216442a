"""All that a result says in words: its text, and the laboratory's note."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.domain.labs import LabResult
from app.kernel.i18n import t
from app.ui.parts.lab_text import is_long
from app.ui.parts.lab_words import unit_text, value_text
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.inputs import TextArea
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.text import Label
from app.ui.work import PanelPage


class LabTextPanel(PanelPage):
    """The text can be scrolled, marked and copied; nothing of it is left out."""

    wide = True

    def __init__(self, item: LabResult, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._item = item
        beside = "" if is_long(item) else f"{value_text(item)} {unit_text(item.unit)}".strip()
        self.value = Label(beside, role=TypeRole.INPUT, strong=True, wrap=True)
        self.value.setHidden(not beside)
        said = (str(item.value) if is_long(item) else "", item.note)
        self.text = TextArea(name=t("What the laboratory writes"), lines=22)
        self.text.setReadOnly(True)
        self.text.setPlainText("\n\n".join(part for part in said if part))
        column(self.value, self.text, STRETCH, gap=12, parent=self)

    def title(self) -> str:
        """Return the test's name."""
        return self._item.name

    def first_focus(self) -> QWidget | None:
        """Begin in the text: arrows and Page Down read on."""
        return self.text

"""What stands in a list's place and can't be read, shown as it is, and the button that begins the list anew."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label

MOST_SHOWN = 2_000
"""Characters of the raw text that are shown; the audit keeps all of it."""


class ReplacePanel(QWidget):
    """Asks once more before ``agreed`` carries what was shown; hidden while the list can be read."""

    agreed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lost: Any = None
        self.raw = Label("", wrap=True, theirs=True)
        self.ask = Button(t("Replace this list"), small=True)
        self.why = Label(t("The list begins empty, as not asked. What stands here now is kept in the audit."),
                         tone=Tone.TEXT, wrap=True)  # fmt: skip
        self.sure = Button(t("Take this away"), kind=ButtonKind.WARN, small=True)
        self.keep = Button(t("Keep it"), small=True)
        self.question = QWidget(self)
        column(self.why, row(self.sure, self.keep, STRETCH, gap=8), gap=8, parent=self.question)
        head = Label(t("Another program wrote this, and it can't be read as a list:"), tone=Tone.MUTED, wrap=True)
        column(head, self.raw, row(self.ask, STRETCH), self.question, gap=8, parent=self)
        self.ask.clicked.connect(self._ask)
        self.keep.clicked.connect(self._let_be)
        self.sure.clicked.connect(lambda: self.agreed.emit(self._lost))
        self.question.hide()
        self.hide()

    def show_lost(self, lost: Any) -> None:
        """Show a value; None hides this. A question that is open stays only for what it was asked of."""
        if lost != self._lost:
            self.question.hide()
            self.ask.show()
        self._lost = lost
        text = lost if isinstance(lost, str) else json.dumps(lost, ensure_ascii=False)
        self.raw.setText(text[:MOST_SHOWN] + ("…" if len(text) > MOST_SHOWN else ""))
        self.setVisible(lost is not None)

    def _ask(self) -> None:
        self.ask.hide()
        self.question.show()
        self.keep.setFocus()

    def _let_be(self) -> None:
        self.question.hide()
        self.ask.show()
        self.ask.setFocus()

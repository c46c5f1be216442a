"""What stands in a list's place and can't be read, shown as it is, and the button that begins the list anew."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t, tn
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label

MOST_SHOWN = 2_000
"""Characters of the raw text that are shown; the audit keeps all of it."""


class ReplacePanel(QWidget):
    """Asks once more before ``agreed`` carries what was shown; hidden while all of the list can be read.

    ``of_entry``: it is a single entry that can't be read, the first of them.
    """

    agreed = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lost: Any = None
        self.of_entry = False
        self.raw = Label("", wrap=True, theirs=True)
        self.ask = Button("", small=True)
        self.why = Label("", tone=Tone.TEXT, wrap=True)
        self.sure = Button(t("Take this away"), kind=ButtonKind.WARN, small=True)
        self.keep = Button(t("Keep it"), small=True)
        self.question = QWidget(self)
        column(self.why, row(self.sure, self.keep, STRETCH, gap=8), gap=8, parent=self.question)
        self.head = Label("", tone=Tone.MUTED, wrap=True)
        column(self.head, self.raw, row(self.ask, STRETCH), self.question, gap=8, parent=self)
        self.ask.clicked.connect(self._ask)
        self.keep.clicked.connect(self._let_be)
        self.sure.clicked.connect(lambda: self.agreed.emit(self._lost))
        self.question.hide()
        self.hide()

    def show_lost(self, lost: Any, entries: Sequence[Any] = ()) -> None:
        """Show what stands in the list's place, else the first entry that can't be read; neither hides this.

        A question that is open stays only for what it was asked of.
        """
        of_entry = lost is None and bool(entries)
        lost = entries[0] if of_entry else lost
        if (lost, of_entry) != (self._lost, self.of_entry):
            self.question.hide()
            self.ask.show()
        self._lost, self.of_entry = lost, of_entry
        self._say(len(entries))
        text = lost if isinstance(lost, str) else json.dumps(lost, ensure_ascii=False)
        self.raw.setText(text[:MOST_SHOWN] + ("…" if len(text) > MOST_SHOWN else ""))
        self.setVisible(of_entry or lost is not None)

    def _say(self, count: int) -> None:
        if self.of_entry:
            self.head.setText(
                tn(
                    "Another program wrote this entry, and it can't be read:",
                    "Another program wrote {n} entries that can't be read. The first of them:",
                    count,
                )
            )
            self.ask.setText(t("Take this entry away"))
            self.why.setText(t("The other entries stay. What stands here now is kept in the audit."))
        else:
            self.head.setText(t("Another program wrote this, and it can't be read as a list:"))
            self.ask.setText(t("Replace this list"))
            self.why.setText(t("The list begins empty, as not asked. What stands here now is kept in the audit."))

    def _ask(self) -> None:
        self.ask.hide()
        self.question.show()
        self.keep.setFocus()

    def _let_be(self) -> None:
        self.question.hide()
        self.ask.show()
        self.ask.setFocus()

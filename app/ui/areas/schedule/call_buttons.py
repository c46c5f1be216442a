"""Buttons for what came of a call, small and in a row; the keyboard reaches them with Tab."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.ui.areas.schedule.offering import CALLS
from app.ui.areas.schedule.to_move_panel import result_word
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row


class CallButtons(QWidget):
    """``called`` carries the ``ContactResult``."""

    called = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons = []
        for result in CALLS:
            button = Button(result_word(result.value), small=True)
            button.clicked.connect(partial(self._call, result))
            self.buttons.append(button)
        half = len(self.buttons) // 2
        column(row(*self.buttons[:half], STRETCH, gap=8), row(*self.buttons[half:], STRETCH, gap=8), gap=6, parent=self)

    def _call(self, result: object, _checked: bool = False) -> None:
        self.called.emit(result)

"""One line of the form for results: test, value, unit, range, flag."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from app.domain.lab_codes import OrderedTest, find_test, flagged, is_possible
from app.domain.lab_merge import typed_value
from app.domain.lab_text import number_text, unit_text
from app.domain.labs import CORRECTED, FINAL, LabResult, Value, bounded
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui.parts.lab_words import flag_text, value_text
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.inputs import LineEdit, set_invalid
from app.ui.widgets.layouts import row
from app.ui.widgets.text import Label

_NEXT = {Qt.Key.Key_Return: 1, Qt.Key.Key_Enter: 1, Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}


class EntryRow(QObject):
    """The widgets of one test. ``moved`` carries the row and 1 or -1."""

    edited = Signal()
    moved = Signal(object, int)

    def __init__(self, test: OrderedTest, item: LabResult | None, parent: QWidget) -> None:
        super().__init__(parent)
        self.test, self.item = test, item
        known = find_test(test.code) if test.code else None
        self._known = known
        self._unit = item.unit if item else known.unit if known else ""
        low, high = (item.low, item.high) if item else (known.low, known.high) if known else (None, None)
        self.name = Label(test.name, wrap=True)  # whole: two names may begin alike
        self.value = LineEdit(value_text(item) if item else "", name=t("{test}: result", test=test.name))
        self.unit = LineEdit(unit_text(self._unit), name=t("{test}: unit", test=test.name), max_length=100)
        self.low = LineEdit(_text(low), name=t("{test}: range from", test=test.name), max_length=20)
        self.high = LineEdit(_text(high), name=t("{test}: range to", test=test.name), max_length=20)
        self.unit.setCursorPosition(0)  # a long unit shows its beginning
        self.flag = Label("", role=TypeRole.META, strong=True)
        self.error = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self.error.hide()
        self._before = self.texts()
        self.value.installEventFilter(self)
        for field in (self.value, self.unit, self.low, self.high):
            field.textEdited.connect(self._typed)
        self._show_flag()

    def place(self, grid: QGridLayout, number: int) -> None:
        """Put the widgets on a line of the grid; the error has a line of its own under it."""
        for widget, width in ((self.value, 60), (self.unit, 110), (self.low, 49), (self.high, 49), (self.flag, 52)):
            widget.setFixedWidth(width)
        limits = QWidget()
        row(self.low, self.high, gap=4, parent=limits)
        cells: tuple[QWidget, ...] = (self.name, self.value, self.unit, limits, self.flag)
        for place, cell in enumerate(cells):
            grid.addWidget(cell, 2 * number - 1, place, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(self.error, 2 * number, 0, 1, 5)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Enter and the arrows go from value to value."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and not event.modifiers():
            step = _NEXT.get(Qt.Key(event.key()))
            if step is not None:
                self.moved.emit(self, step)
                return True
        return super().eventFilter(watched, event)

    def texts(self) -> tuple[str, str, str, str]:
        """Return what stands in the fields."""
        return self.value.text().strip(), self.unit.text().strip(), self.low.text().strip(), self.high.text().strip()

    def set_texts(self, value: str, unit: str, low: str, high: str) -> None:
        """Put back what a draft kept."""
        for field, text in ((self.value, value), (self.unit, unit), (self.low, low), (self.high, high)):
            field.setText(text)
        self._show_flag()

    @property
    def changed(self) -> bool:
        """Whether there is a result that differs from the one that was there."""
        return bool(self.value.text().strip()) and self.texts() != self._before

    def result(self, now: datetime) -> LabResult | None:
        """Return the result, observed ``now`` unless it corrects one; None (and the error shown) when it can't be."""
        value, unit, low, high = self.texts()
        limits = []
        for field, text in (("low", low), ("high", high)):
            number = _typed(text)
            if text and isinstance(number, str):
                self.show_error(field, t("This is not a number."))
                return None
            limits.append(number if not isinstance(number, str) else None)
        try:
            kept = typed_value(value, "value")
        except Refused as error:
            self.show_error("value", error.message)
            return None
        stored_unit = self._unit if unit == unit_text(self._unit) else unit
        corrects = self.item is not None and self.item.final
        return LabResult(
            code=self.test.code, name=self.test.name, value=kept, unit=stored_unit, low=limits[0], high=limits[1],
            observed_at=self.item.observed_at if self.item else now, status=CORRECTED if corrects else FINAL,
        )  # fmt: skip

    def show_error(self, field: str, text: str) -> None:
        """Show an error at the field and go there."""
        target = {"unit": self.unit, "low": self.low, "high": self.high}.get(field, self.value)
        set_invalid(target, True)
        target.setAccessibleDescription(text)
        self.error.setText(f"{self.test.name}: {text}")
        self.error.show()
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _typed(self, _text: str) -> None:
        for field in (self.value, self.unit, self.low, self.high):
            set_invalid(field, False)
            field.setAccessibleDescription("")
        self.error.hide()
        self._show_flag()
        self.edited.emit()

    def _show_flag(self) -> None:
        """Say at once what a value will count as, and that it can't be true."""
        _, unit, low, high = self.texts()
        value = _typed(self.texts()[0])
        number = bounded(value)[1]
        stored_unit = self._unit if unit == unit_text(self._unit) else unit
        if self._known is not None and number is not None and not is_possible(self._known, number, stored_unit):
            self.flag.setText(t("impossible"))
            self.flag.set_tone(Tone.CRITICAL)
            return
        item = LabResult(code=self.test.code, name=self.test.name, value=value, unit=stored_unit,
                         low=bounded(_typed(low))[1], high=bounded(_typed(high))[1])  # fmt: skip
        flag = flagged(item)
        shown = LabResult(name="x", value=value, flag=flag)
        self.flag.setText(flag_text(shown) if flag else "")
        self.flag.set_tone(Tone.CRITICAL if shown.critical else Tone.TEXT)


def _typed(text: str) -> Value:
    """What a text counts as; what can mean two things counts as text until it is saved."""
    try:
        return typed_value(text, "value")
    except Refused:
        return text


def _text(value: float | None) -> str:
    return "" if value is None else number_text(value)

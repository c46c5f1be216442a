"""Forms: label, control and the error that names the field, all tied together for screen readers."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.chip import Icon
from app.ui.widgets.inputs import set_invalid
from app.ui.widgets.layouts import column, row
from app.ui.widgets.text import Label


class _Beside(QWidget):
    """A field and its button on one line; for its ``FormField`` it is the field."""

    def __init__(self, field: QWidget, button: QWidget) -> None:
        super().__init__()
        line = row(gap=8, parent=self)
        line.addWidget(field, 1)
        line.addWidget(button)
        self._field = field
        self.setFocusProxy(field)

    def setAccessibleName(self, name: str) -> None:
        """Name the field."""
        self._field.setAccessibleName(name)

    def setAccessibleDescription(self, text: str) -> None:
        """Describe the field, with what is wrong in it."""
        self._field.setAccessibleDescription(text)
        set_invalid(self._field, bool(text))


def beside(field: QWidget, button: QWidget) -> QWidget:
    """Put the button that fills a field at its right, as one control of a form."""
    return _Beside(field, button)


class FormField(QWidget):
    """A control under its label. ``hint`` stands at the right of the label, an error below the control.

    The accessible name of the control is the label; an error becomes its accessible description.
    """

    def __init__(
        self, label: str, control: QWidget, *, hint: str = "", required: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.control = control
        self._label_text = label
        self.label = Label(label, role=TypeRole.META, strong=True)
        self.label.setBuddy(control)
        self.hint = Label(hint, role=TypeRole.META, tone=Tone.MUTED, elide=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        control.setAccessibleName(label)
        if required:
            control.setProperty("required", True)
        self._error_icon = Icon("warn", size=12, tone=Tone.CRITICAL)
        self._error = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self._error_row = QWidget()
        line = row(self._error_icon, gap=4, margins=(0, 4, 0, 0), parent=self._error_row)
        line.setAlignment(self._error_icon, Qt.AlignmentFlag.AlignTop)
        line.addWidget(self._error, 1)
        self._error_row.hide()
        head = row(self.label, gap=8, margins=(0, 0, 0, 4))
        head.addWidget(self.hint, 1)
        column(head, control, self._error_row, gap=0, parent=self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setFocusProxy(control)

    @property
    def error(self) -> str:
        """The error shown, or an empty text."""
        return self._error.text()

    def set_error(self, text: str) -> None:
        """Show an error, led by the field's label unless the text names it; an empty text clears it."""
        named = text and self._label_text.casefold() not in text.casefold()
        shown = f"{self._label_text}: {text}" if named else text
        self._error.setText(shown)
        self._error_row.setVisible(bool(shown))
        self.control.setAccessibleDescription(shown)
        set_invalid(self.control, bool(shown))
        self.updateGeometry()


class Form(QWidget):
    """Fields by key, at most 720 px wide. ``show_error(field, text)`` puts an error of a command where it belongs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMaximumWidth(Theme.current().tokens.shell.form)
        self._fields: dict[str, FormField] = {}
        self.body: QVBoxLayout = column(gap=16, parent=self)
        self._general = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self._general.hide()
        self.body.addWidget(self._general)

    def add(self, key: str, field: FormField) -> FormField:
        """Add a field on a line of its own."""
        self.add_row((key, field))
        return field

    def add_row(self, *fields: tuple[str, FormField]) -> None:
        """Add fields side by side."""
        line = row(gap=12)
        for key, field in fields:
            self._fields[key] = field
            line.addWidget(field, 1)
            line.setAlignment(field, Qt.AlignmentFlag.AlignTop)
            _clear_on_edit(field)
        self.body.addLayout(line)

    def field(self, key: str) -> FormField:
        """Return a field; an unknown key raises ``KeyError``."""
        return self._fields[key]

    def show_error(self, key: str | None, text: str) -> None:
        """Show an error at its field and go there; without a field of that key it stands above the form."""
        field = self._fields.get(key or "")
        if field is None:
            self._general.setText(text)
            self._general.setVisible(bool(text))
            return
        first = not self.has_errors()
        field.set_error(text)
        if first:
            field.control.setFocus(Qt.FocusReason.OtherFocusReason)

    def has_errors(self) -> bool:
        """Return whether any field shows an error."""
        return any(field.error for field in self._fields.values())

    def clear_errors(self) -> None:
        """Take all errors away."""
        self._general.setText("")
        self._general.hide()
        for field in self._fields.values():
            field.set_error("")


def _clear_on_edit(field: FormField) -> None:
    control = field.control
    if isinstance(control, QLineEdit):
        control.textEdited.connect(lambda _text: field.set_error(""))
    elif isinstance(control, QComboBox):
        control.currentIndexChanged.connect(lambda _index: field.set_error(""))
    elif isinstance(control, QPlainTextEdit):
        control.textChanged.connect(lambda: field.set_error(""))

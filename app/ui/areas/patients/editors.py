"""Controls for single values of a patient: each gives its JSON value back untouched unless it was edited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.domain.search_terms import month_first
from app.domain.typed_number import typed_number
from app.kernel.i18n import t
from app.ui.parts.words import locale
from app.ui.widgets.date_fields import DateField, locale_words
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.work import ShellApi


class Editor(Protocol):
    """What the form knows of a control."""

    edited: Any
    """Signal: the person changed something."""

    def load(self, raw: Any) -> None:
        """Show a JSON value; nothing counts as edited then."""
        ...

    def result(self) -> Any:
        """Return the JSON value; None when there is none."""
        ...

    def problem(self) -> str:
        """Return what is wrong with what is typed, or an empty text."""
        ...


class TextEditor(LineEdit):
    """A text. A value of another shape is kept until somebody types over it."""

    edited = Signal()

    def __init__(self, name: str, *, placeholder: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name=name, placeholder=placeholder, parent=parent)
        self._raw: Any = None
        self._shown = ""
        self._hint = placeholder
        self.textEdited.connect(lambda _text: self.edited.emit())

    def load(self, raw: Any) -> None:
        """Show the text, or that the value can't be read."""
        self._raw = raw
        plain = isinstance(raw, str) or (isinstance(raw, int) and not isinstance(raw, bool))
        self._shown = str(raw) if plain else ""
        self.setPlaceholderText(t("unreadable value") if raw is not None and not plain else self._hint)
        self.setText(self._shown)
        self.setCursorPosition(0)

    def result(self) -> Any:
        """Return the text, None when it is empty; the value as it was while nobody has edited it."""
        if self.text() == self._shown:
            return self._raw if self._raw != "" else None
        return self.text().strip() or None

    def problem(self) -> str:
        """The command checks texts."""
        return ""


class BirthEditor(DateField):
    """A birth date, as an ISO text."""

    edited = Signal()

    def __init__(self, api: ShellApi, name: str, parent: QWidget | None = None) -> None:
        order = "mdy" if month_first(str(api.zone)) else "dmy"
        words = replace(locale_words(locale()), order=order)
        super().__init__(name=name, today=lambda: api.workspace.reader().today, past=True, words=words, parent=parent)
        self.hint = t("such as 3/14/1962") if order == "mdy" else t("such as 14/3/1962")
        self.changed.connect(lambda _day: self.edited.emit())
        self.textEdited.connect(lambda _text: self.edited.emit())

    def load(self, raw: Any) -> None:
        """Show the date."""
        try:
            self.set_value(date.fromisoformat(raw) if raw else None)
        except (TypeError, ValueError):
            self.set_value(None)

    def take(self) -> None:
        """Read what is typed, also while the field still has the focus."""
        self.editingFinished.emit()

    def result(self) -> str | None:
        """Return the date in ISO 8601."""
        return self.value.isoformat() if self.value else None

    def problem(self) -> str:
        """Say so when what is typed is no date."""
        return t("This is not a date that exists.") if self.is_wrong else ""


class HeightEditor(TextEditor):
    """A height in centimetres."""

    def load(self, raw: Any) -> None:
        """Show the number."""
        number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
        super().load(f"{raw:g}" if number else raw)
        self._raw = raw

    def result(self) -> Any:
        """Return the number; None for an empty field and for what is none (``problem`` says so)."""
        if self.text() == self._shown:
            return self._raw
        return typed_number(self.text().strip().removesuffix("cm"))

    def problem(self) -> str:
        """Say so when what is typed is no number."""
        wrong = self.text() != self._shown and self.text().strip() and self.result() is None
        return t("This is not a number of centimetres.") if wrong else ""


class ChoiceEditor(Combo):
    """One of a few codes; a code that is none of them stays and is offered too."""

    edited = Signal()

    def __init__(self, choices: Sequence[tuple[str, str]], name: str, parent: QWidget | None = None) -> None:
        super().__init__(choices, name=name, parent=parent)
        self._choices = list(choices)
        self._raw: Any = None
        self.activated.connect(lambda _index: self.edited.emit())

    def load(self, raw: Any) -> None:
        """Choose the code."""
        self._raw = raw
        code = raw if isinstance(raw, str) else ""
        known = {key for key, _ in self._choices}
        extra = [(code, code)] if code and code not in known else []
        self.set_items([*self._choices, *extra], code)
        self.setCurrentIndex(max(0, self.findData(code)))

    def result(self) -> Any:
        """Return the code; what can't be read stays until another one is chosen."""
        if not isinstance(self._raw, str) and not self.current:
            return self._raw
        return self.current or None

    def problem(self) -> str:
        """A choice is never wrong."""
        return ""

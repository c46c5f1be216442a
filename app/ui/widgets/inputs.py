"""Fields that take text: 14 px, 32 px high, with the state "wrong" in critical."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QMimeData, QSignalBlocker, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QSizePolicy, QToolTip, QWidget

from app.kernel.i18n import t
from app.kernel.text import MAX_LONG
from app.ui.theme.icons import paint_icon
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.paint import text_width
from app.ui.widgets.text import Label

_SAID_MS = 10_000
_MOST_WIDTH = 260
"""Pixels of the widest choice in a row of filters: a long name must not push the others out."""


def set_invalid(field: QWidget, invalid: bool) -> None:
    """Mark a field as wrong, or right again; the style sheet draws the line in critical."""
    if bool(field.property("invalid")) == invalid:
        return
    field.setProperty("invalid", invalid)
    field.style().unpolish(field)
    field.style().polish(field)
    field.update()


def _asks_for_undo(event: QEvent) -> bool:
    """Whether a field is asked if Ctrl+Z is its own."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    return event.matches(QKeySequence.StandardKey.Undo)


class LineEdit(QLineEdit):
    """One line of text. ``icon`` stands inside at the left, ``set_trailing`` puts meta text inside at the right."""

    def __init__(
        self,
        text: str = "",
        *,
        placeholder: str = "",
        name: str = "",
        icon: str = "",
        max_length: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._icon_name = icon
        self.setFont(Theme.current().font(TypeRole.INPUT))
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name or placeholder)
        if max_length:
            self.setMaxLength(max_length)
        self._trailing = Label("", role=TypeRole.META, tone=Tone.MUTED, parent=self)
        self._trailing.hide()
        self._fit_margins()

    def set_trailing(self, text: str) -> None:
        """Show meta text inside at the right, such as "3 similar"."""
        self._trailing.setText(text)
        self._trailing.setVisible(bool(text))
        self.setAccessibleDescription(text)
        self._fit_margins()

    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+Z to the window where nothing was typed: after saving, the keyboard is in an empty field."""
        if not (self.isUndoAvailable() or self.isRedoAvailable()) and _asks_for_undo(event):
            event.ignore()
            return True
        return super().event(event)

    def _fit_margins(self) -> None:
        text = self._trailing.text()
        right = round(text_width(text, TypeRole.META)) + 10 if text else 0
        self.setTextMargins(24 if self._icon_name else 0, 0, right, 0)
        width = right
        self._trailing.setGeometry(self.width() - width - 4, 0, width, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the trailing text at the right."""
        super().resizeEvent(event)
        self._fit_margins()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, then its icon."""
        super().paintEvent(event)
        if self._icon_name:
            with QPainter(self) as painter:
                paint_icon(painter, self._icon_name, Theme.current().colors.muted, 11, (self.height() - 16) / 2, 16)


class SearchField(LineEdit):
    """A search field: Down goes to the results, Esc empties it first."""

    results_wanted = Signal()
    chosen = Signal()

    def __init__(self, *, placeholder: str = "", name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(placeholder=placeholder, name=name, icon="search", parent=parent)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send Down to the results and Enter as ``chosen``; Esc empties the field."""
        if event.key() == Qt.Key.Key_Down:
            self.results_wanted.emit()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
            self.chosen.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)
            return
        event.accept()


class PhoneField(LineEdit):
    """A phone number as people type it; ``tidy`` (number → display form) runs when the field is left."""

    def __init__(
        self,
        text: str = "",
        *,
        name: str = "",
        tidy: Callable[[str], str] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, name=name, max_length=40, parent=parent)
        self._tidy = tidy
        self.setInputMethodHints(Qt.InputMethodHint.ImhDialableCharactersOnly)

    def digits(self) -> str:
        """Return the digits, with a leading + where one was typed."""
        typed = self.text().strip()
        plain = "".join(sign for sign in typed if sign.isdecimal())
        return ("+" if typed.startswith("+") else "") + plain

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tidy the number when the person goes on."""
        super().focusOutEvent(event)
        if self._tidy is not None and self.text().strip():
            self.setText(self._tidy(self.text().strip()))


class TextArea(QPlainTextEdit):
    """Several lines of text; Tab goes on to the next field. More than can be kept isn't pasted, and says so beside it.

    Ten million characters would hold the window up for many seconds before the command could refuse them.
    """

    def __init__(
        self, text: str = "", *, name: str, lines: int = 3, placeholder: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(text, parent)
        self.setFont(Theme.current().font(TypeRole.INPUT))
        self.setAccessibleName(name)
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        self.setFixedHeight(lines * 20 + 16)

    def event(self, event: QEvent) -> bool:
        """Leave Ctrl+Z to the window where nothing was typed: a message waits to go while the keyboard is here."""
        text = self.document()
        if not (text.isUndoAvailable() or text.isRedoAvailable()) and _asks_for_undo(event):
            event.ignore()
            return True
        return super().event(event)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Take what is pasted or dropped, whole or not at all."""
        text = source.text()
        length = len(text) + self.document().characterCount() - 1 - len(self.textCursor().selectedText())
        if length <= MAX_LONG:
            super().insertFromMimeData(source)
            return
        said = t("Nothing was pasted: this text would have {length} characters, at most {limit} are kept.",
                 length=length, limit=MAX_LONG)  # fmt: skip
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, said))
        QToolTip.showText(self.mapToGlobal(self.rect().bottomLeft()), said, self, self.rect(), _SAID_MS)


class Combo(QComboBox):
    """A choice from a list of (key, text); ``changed`` carries the key."""

    changed = Signal(str)

    def __init__(
        self, items: Sequence[tuple[str, str]] = (), *, name: str, current: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setFont(Theme.current().font(TypeRole.INPUT))
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(6)
        self.set_items(items, current)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.currentIndexChanged.connect(lambda _index: self.changed.emit(self.current))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Turn the choice only where the keyboard is: who scrolls a form past it doesn't mean to change it."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def set_items(self, items: Sequence[tuple[str, str]], current: str = "") -> None:
        """Replace the choices without a signal; ``current`` stays chosen where it exists."""
        wanted = current or self.current
        blocker = QSignalBlocker(self)
        self.clear()
        for key, text in items:
            self.addItem(text, key)
        index = self.findData(wanted)
        self.setCurrentIndex(index if index >= 0 else 0)
        blocker.unblock()

    def fit_items(self, most: int = _MOST_WIDTH) -> None:
        """Be as wide as the widest choice, in whatever language, and at most so many pixels: for filters in a row."""
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMaximumWidth(most)

    @property
    def current(self) -> str:
        """The key of the choice; empty when there is none."""
        found = self.currentData()
        return found if isinstance(found, str) else ""

    def set_current(self, key: str) -> None:
        """Choose by key; an unknown key raises ``KeyError``."""
        index = self.findData(key)
        if index < 0:
            raise KeyError(key)
        self.setCurrentIndex(index)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the field, then our chevron."""
        super().paintEvent(event)
        c = Theme.current().colors
        with QPainter(self) as painter:
            paint_icon(painter, "down", c.muted, self.width() - 25, (self.height() - 16) / 2, 16)

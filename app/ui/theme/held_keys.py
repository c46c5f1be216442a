"""A key that is held down does its step once: only moving, typing and taking back what was typed are repeated.

Enter takes the next step of a row, and the row after it moves up under the key: held down it would go through a whole
board. Ctrl+D, Ctrl+Z or Alt+1 likewise.

X11 repeats a key as a release and a press of the same millisecond, and Qt takes most of these for keys pressed anew: it
knows a repetition only where the press was read before the release was dealt with.
"""

from __future__ import annotations

from weakref import ref

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QTextEdit, QWidget
from shiboken6 import isValid

Key = Qt.Key
_ENTER = frozenset({Key.Key_Return, Key.Key_Enter})
_MOVES = frozenset({
    Key.Key_Left, Key.Key_Right, Key.Key_Up, Key.Key_Down, Key.Key_PageUp, Key.Key_PageDown, Key.Key_Home, Key.Key_End,
    Key.Key_Tab, Key.Key_Backtab, Key.Key_F6, Key.Key_Plus, Key.Key_Minus,
})  # fmt: skip


class HeldKeys(QObject):
    """Watches the widget that has the keyboard, whose events are few, for keys that the keyboard repeats."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._watched: ref[QWidget] | None = None
        self._released = (0, 0)
        """The key that was let go last, and when: milliseconds of the window system, 0 where it doesn't say."""
        app.focusChanged.connect(self._moved)

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        before = self._watched() if self._watched is not None else None
        if before is not None and isValid(before):
            before.removeEventFilter(self)
        now = now or QApplication.activeWindow()
        self._watched = ref(now) if now is not None else None
        if now is not None:
            now.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let no shortcut and no Enter be repeated."""
        kind = event.type()
        if not isinstance(event, QKeyEvent):
            return False
        if kind == QEvent.Type.KeyRelease:
            self._released = (event.key(), event.timestamp())
            return False
        if event.key() in _MOVES or not self._is_repeated(event):
            return False
        if kind == QEvent.Type.ShortcutOverride:
            event.accept()  # it is this widget's key now: no shortcut takes it
            return True
        writes = isinstance(watched, QPlainTextEdit | QTextEdit)
        types = writes or isinstance(watched, QLineEdit)
        return (event.key() in _ENTER and not writes) or (event.key() == Key.Key_Space and not types)

    def _is_repeated(self, event: QKeyEvent) -> bool:
        at = event.timestamp()
        return event.isAutoRepeat() or (at > 0 and self._released == (event.key(), at))

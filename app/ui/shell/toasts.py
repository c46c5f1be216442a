"""Messages in passing, with Undo or Cancel. They lie where no field is, and go away by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QEnterEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QWidget,
)

from app.kernel.i18n import t
from app.ui.shell.pending import PendingBook, PendingJob
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import row
from app.ui.widgets.paint import box
from app.ui.widgets.text import Label
from app.ui.work import ToastButton, ToastTone

SHOWN_MS = 7000
MOST = 3
_MARGIN = 16
_GAP = 8
_GLYPHS = {
    ToastTone.INFO: ("info", Tone.MUTED),
    ToastTone.GOOD: ("check", Tone.DONE),
    ToastTone.WARNING: ("warn", Tone.WARN),
    ToastTone.CRITICAL: ("warn", Tone.CRITICAL),
}
_INPUTS = (QLineEdit, QPlainTextEdit, QComboBox, QAbstractSpinBox)


class Toast(QFrame):
    """One message; the pointer on it keeps it."""

    gone = Signal()

    def __init__(
        self, text: str, tone: ToastTone, button: ToastButton | None, *, keys: str = "", shown_ms: int = SHOWN_MS
    ) -> None:
        super().__init__()
        self.setObjectName("toast")
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.text = Label(text)
        self.setAccessibleName(text)
        glyph, color = _GLYPHS[tone]
        line = row(Icon(glyph, size=16, tone=color), self.text, gap=10, margins=(14, 6, 6, 6), parent=self)
        self.button: Button | None = None
        if button is not None:
            self.button = Button(button.text, keys=keys)
            self.button.clicked.connect(lambda: self._pressed(button))
            line.addWidget(self.button)
        self.close_button = IconButton("close", t("Close the message"))
        self.close_button.clicked.connect(self.dismiss)
        line.addWidget(self.close_button)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        if shown_ms:
            self._timer.start(shown_ms)

    def say(self, text: str) -> None:
        """Change the words (a countdown)."""
        self.text.setText(text)
        self.setAccessibleName(text)

    def dismiss(self) -> None:
        """Take it away."""
        self._timer.stop()
        self.gone.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Stay while the pointer is on it."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: object) -> None:
        """Go soon after the pointer has left."""
        if self._timer.interval():
            self._timer.start()
        super().leaveEvent(event)  # type: ignore[arg-type]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface and a strong line: no shadow is needed to see it."""
        c = Theme.current().colors
        radius = Theme.current().tokens.radius.panel
        box(QPainter(self), QRectF(self.rect()), radius, c.surface, c.control_line)

    def _pressed(self, button: ToastButton) -> None:
        self.dismiss()
        button.handler()


class ToastHost:
    """Shows up to three toasts over the area ``over`` of a window, never over a field."""

    def __init__(self, window: QWidget, over: QWidget) -> None:
        self._window = window
        self._over = over
        self._toasts: list[Toast] = []

    @property
    def toasts(self) -> Sequence[Toast]:
        """Those on the screen, oldest first."""
        return tuple(self._toasts)

    def show(
        self,
        text: str,
        tone: ToastTone = ToastTone.INFO,
        button: ToastButton | None = None,
        *,
        keys: str = "",
        shown_ms: int = SHOWN_MS,
    ) -> Toast:
        """Show a message."""
        toast = Toast(text, tone, button, keys=keys, shown_ms=shown_ms)
        toast.setParent(self._window)
        toast.gone.connect(lambda: self._remove(toast))
        self._toasts.append(toast)
        passing = [known for known in self._toasts if known.close_button.isVisibleTo(known)]
        if len(passing) > MOST:
            self._remove(passing[0])
        toast.adjustSize()
        self.place()
        toast.show()
        toast.raise_()
        event = QAccessibleAnnouncementEvent(toast, text)
        QAccessible.updateAccessibility(event)
        return toast

    def show_pending(self, job: PendingJob, book: PendingBook) -> Toast:
        """Show a pending action with its countdown and Cancel."""

        def words() -> str:
            return t("{what}: in {n} s", what=job.action.text, n=job.left)

        button = ToastButton(t("Cancel"), lambda: book.cancel(job))
        toast = self.show(words(), ToastTone.WARNING, button, shown_ms=0)
        toast.close_button.hide()
        toast.adjustSize()
        job.ticked.connect(lambda _: toast.say(words()))
        job.ended.connect(toast.dismiss)
        if toast.button is not None:
            toast.button.setAccessibleName(t("Cancel: {what}", what=job.action.text))
            toast.button.set_kind(ButtonKind.SECONDARY)
        self.place()
        return toast

    def clear(self) -> None:
        """Take all away (lock, sign-out)."""
        for toast in list(self._toasts):
            self._remove(toast)

    def place(self) -> None:
        """Put the toasts where they cover no field."""
        if not self._toasts:
            return
        sizes = [toast.sizeHint() for toast in self._toasts]
        total = QSize(max(s.width() for s in sizes), sum(s.height() for s in sizes) + _GAP * (len(sizes) - 1))
        area = free_area(self._candidates(total), self._inputs())
        top = area.top()
        for toast, size in zip(self._toasts, sizes, strict=True):
            toast.setGeometry(area.center().x() - size.width() // 2, top, size.width(), size.height())
            top += size.height() + _GAP

    def _candidates(self, size: QSize) -> list[QRect]:
        over = QRect(self._over.mapTo(self._window, QPoint(0, 0)), self._over.size())
        inner = over.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        low, high = inner.bottom() - size.height() + 1, inner.top()
        middle = inner.center().x() - size.width() // 2
        right = inner.right() - size.width() + 1
        places = [(x, y) for y in (low, high) for x in (middle, inner.left(), right)]
        return [QRect(QPoint(x, y), size) for x, y in places]

    def _inputs(self) -> list[QRect]:
        fields: list[QRect] = []
        for kind in _INPUTS:
            for field in self._over.findChildren(kind):
                if field.isVisible() and field.isEnabled():
                    fields.append(QRect(field.mapTo(self._window, QPoint(0, 0)), field.size()))
        return fields

    def _remove(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
            toast.hide()
            toast.deleteLater()
            self.place()


def free_area(candidates: Sequence[QRect], taken: Sequence[QRect]) -> QRect:
    """Return the first candidate that touches nothing; the one that covers least when all do."""

    def covered(area: QRect) -> int:
        parts = [area.intersected(other) for other in taken]
        return sum(part.width() * part.height() for part in parts if not part.isEmpty())

    return min(candidates, key=covered)

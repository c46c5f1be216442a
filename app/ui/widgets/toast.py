"""What just happened, with Undo; and what is about to leave the house, with Cancel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QPropertyAnimation, QRect, QRectF, QSize, QTimer, Signal
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFrame,
    QGraphicsOpacityEffect,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from shiboken6 import isValid

from app.kernel.i18n import t
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.chip import Icon
from app.ui.widgets.layouts import row
from app.ui.widgets.paint import box
from app.ui.widgets.text import Label

SHOWN_MS = 8_000
MARGIN = 16


WIDEST = 640
"""Longer lines are hard to read: what says more takes a second line."""
_MOST = (1 << 24) - 1
_EDGES = 12


class Bar(QFrame):
    """A dark bar on light and a light line on dark: seen, not loud. It fades in, unless motion is reduced."""

    label: Label

    def size_within(self, room: int) -> QSize:
        """Return the size for a place ``room`` wide; the label takes as many lines as that needs."""
        label = self.label
        label.setWordWrap(False)
        label.setMinimumSize(0, 0)
        label.setMaximumSize(_MOST, _MOST)
        natural = self._natural()
        widest = min(room, WIDEST)
        if natural.width() <= widest:
            return natural
        label.setWordWrap(True)
        text = max(80, widest - (natural.width() - label.sizeHint().width()))
        label.setFixedSize(text, label.heightForWidth(text))
        return QSize(widest, max(natural.height(), label.height() + _EDGES))

    def _natural(self) -> QSize:
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
        return self.sizeHint()

    def showEvent(self, event: QShowEvent) -> None:
        """Come in softly."""
        super().showEvent(event)
        duration = Theme.current().fade_ms()
        if event.spontaneous() or duration == 0:
            return
        effect = QGraphicsOpacityEffect(self)
        effect.setOpacity(0.0)
        self.setGraphicsEffect(effect)
        fade = QPropertyAnimation(effect, b"opacity", effect)
        fade.setDuration(duration)
        fade.setEndValue(1.0)
        fade.finished.connect(self._faded)
        fade.start()

    def _faded(self) -> None:
        self.setGraphicsEffect(None)  # type: ignore[arg-type]  # Qt's way to take it away

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the surface with a strong line."""
        theme = Theme.current()
        c = theme.colors
        box(QPainter(self), QRectF(self.rect()), theme.tokens.radius.panel, c.surface, c.control_line)


class Toast(Bar):
    """One message, gone after eight seconds (never while the pointer is on it); ``closed`` says it left."""

    closed = Signal()

    def __init__(
        self,
        text: str,
        *,
        action: str = "",
        run: Callable[[], None] | None = None,
        keys: str = "",
        icon: str = "check",
        tone: Tone = Tone.TEXT,
        shown_ms: int = SHOWN_MS,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAccessibleName(text)
        self.label = Label(text, tone=tone)
        layout = row(Icon(icon, tone=tone), self.label, gap=8, margins=(12, 6, 6, 6), parent=self)
        self.button: Button | None = None
        if action and run is not None:
            self.button = Button(action, kind=ButtonKind.QUIET, keys=keys, small=True)
            self.button.clicked.connect(run)
            self.button.clicked.connect(self.dismiss)
            layout.addWidget(self.button)
        self._close = IconButton("close", t("Dismiss"), small=True)
        self._close.clicked.connect(self.dismiss)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(shown_ms)
        self._timer.timeout.connect(self.dismiss)
        self._timer.start()

    def dismiss(self) -> None:
        """Take the message away."""
        self._timer.stop()
        self.hide()
        self.closed.emit()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Wait while the pointer is here."""
        self._timer.stop()
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Go on counting."""
        self._timer.start()
        super().leaveEvent(event)


class ToastHost(QObject):
    """Places one toast at the foot of a window part: in the middle, or wherever it covers no field in use."""

    def __init__(self, host: QWidget) -> None:
        super().__init__(host)
        self._host = host
        self._toast: Toast | None = None
        host.installEventFilter(self)
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._place)

    @property
    def toast(self) -> Toast | None:
        """The toast that is shown, if any."""
        return self._toast

    def show(self, toast: Toast) -> Toast:
        """Show a toast in place of the one before."""
        if self._toast is not None:
            self._toast.dismiss()
        toast.setParent(self._host)
        toast.closed.connect(lambda: self._gone(toast))
        self._toast = toast
        toast.adjustSize()
        self._place()
        toast.show()
        toast.raise_()
        return toast

    def _gone(self, toast: Toast) -> None:
        if self._toast is toast:
            self._toast = None
        toast.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the foot when the window changes."""
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self, *_focus: QWidget | None) -> None:
        toast = self._toast
        # The focus also moves while a window is taken down, and its toast with it.
        if toast is None or not isValid(toast) or not isValid(self._host):
            return
        size = toast.size_within(self._host.width() - 2 * MARGIN)
        width, height = size.width(), size.height()
        middle = (self._host.width() - width) // 2
        low, high = self._host.height() - height - MARGIN, MARGIN
        spots = [QRect(x, y, width, height) for y in (low, high) for x in (middle, MARGIN)]
        used = self._field_in_use()
        toast.setGeometry(next((spot for spot in spots if not spot.intersects(used)), spots[0]))

    def _field_in_use(self) -> QRect:
        focused = QApplication.focusWidget()
        if not isinstance(focused, QLineEdit | QPlainTextEdit | QComboBox) or not self._host.isAncestorOf(focused):
            return QRect()
        corner = focused.mapTo(self._host, QPoint(0, 0))
        return QRect(corner, focused.size()).adjusted(-8, -8, 8, 8)

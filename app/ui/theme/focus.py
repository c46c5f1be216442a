"""The focus ring: 2 px of accent, 2 px away from the control, around whatever has the focus.

A style sheet cannot paint outside of its widget, so the ring is a child of the window that follows the focused
widget. A widget that shows its focus itself (calendar, board) sets the property ``ownFocus``.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary, WeakSet, ref

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFocusEvent, QPainter, QPaintEvent, QPen, QRegion
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QWidget,
)
from shiboken6 import isValid

from app.ui.theme.tokens import tokens

_TYPING = (QLineEdit, QPlainTextEdit, QAbstractSpinBox, QComboBox)
_FOLLOWED = {QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.ParentChange}


def paint_ring(painter: QPainter, inner: QRectF, radius: float, color: QColor) -> None:
    """Paint a focus ring around ``inner`` (the control's own rectangle), outside of it by the gap."""
    token = tokens()
    reach = token.focus_gap + token.focus_width / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, token.focus_width))
    painter.drawRoundedRect(inner.adjusted(-reach, -reach, reach, reach), radius + reach, radius + reach)


def note_focus(widget: QWidget, event: QFocusEvent) -> None:
    """Remember what brought the focus; a control that isn't typed into calls it in its ``focusInEvent``."""
    widget.setProperty("focusByMouse", event.reason() == Qt.FocusReason.MouseFocusReason)


class _Ring(QWidget):
    """The ring in one window; transparent for the mouse and for accessibility."""

    def __init__(self, window: QWidget, color: Callable[[], QColor]) -> None:
        super().__init__(window)
        self._color = color
        self._radius = 0.0
        self._inner = QRectF()
        self.setObjectName("focusRing")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()

    def surround(self, control: QRect, seen: QRect, radius: float) -> None:
        reach = tokens().focus_gap + tokens().focus_width
        outer = control.adjusted(-reach, -reach, reach, reach)
        shown = outer.intersected(seen.adjusted(-reach, -reach, reach, reach))
        self._radius = radius
        self._inner = QRectF(control.translated(-shown.topLeft()))
        self.setGeometry(shown)
        hole = control.translated(-shown.topLeft())
        # Only the ring's own pixels are painted: a repaint of the control below never passes through this widget.
        self.setMask(QRegion(QRect(QPoint(0, 0), shown.size())).subtracted(QRegion(hole)))
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the ring."""
        with QPainter(self) as painter:
            paint_ring(painter, self._inner, self._radius, self._color())


class FocusRings(QObject):
    """Shows the ring around the widget that has the focus.

    A mouse click shows it only in fields that take text; the keyboard shows it everywhere. Windows and widgets are
    referred to weakly: whoever opened a window decides how long it lives.
    """

    def __init__(self, app: QApplication, color: Callable[[], QColor]) -> None:
        super().__init__(app)
        self._color = color
        self._rings: WeakKeyDictionary[QWidget, _Ring] = WeakKeyDictionary()
        self._watched: WeakSet[QWidget] = WeakSet()
        self._target: ref[QWidget] | None = None
        self._by_mouse = False
        app.focusChanged.connect(self._moved)

    def ring(self, window: QWidget) -> QWidget | None:
        """Return the ring of a window, if it has one (for tests)."""
        return self._rings.get(window)

    def _moved(self, _old: QWidget | None, now: QWidget | None) -> None:
        self._release()
        if now is None or isinstance(now.window(), QMenu) or now.property("ownFocus"):
            return
        if now.focusPolicy() is Qt.FocusPolicy.NoFocus:
            return  # a page where the keyboard rests between two controls is none itself
        proxy = now.property("focusFrame")
        target = proxy if isinstance(proxy, QWidget) else now
        self._target = ref(target)
        self._by_mouse = bool(now.property("focusByMouse"))
        walker: QWidget | None = target
        while walker is not None and not (walker.isWindow() and walker is not target):
            walker.installEventFilter(self)
            self._watched.add(walker)
            walker = None if walker.isWindow() else walker.parentWidget()
        if target is not now:
            now.installEventFilter(self)
            self._watched.add(now)
        self._place()

    def _release(self) -> None:
        for widget in filter(isValid, list(self._watched)):  # a page that went away took its widgets along
            widget.removeEventFilter(self)
        self._watched.clear()
        self._target = None
        self._by_mouse = False
        for ring in filter(isValid, list(self._rings.values())):
            ring.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow moves; a key shows the ring that a click left out."""
        kind = event.type()
        if kind == QEvent.Type.KeyPress and self._by_mouse:
            self._by_mouse = False
            self._place()
        elif kind in _FOLLOWED:
            self._place()
        return super().eventFilter(watched, event)

    def _place(self) -> None:
        target = self._target() if self._target is not None else None
        if target is None or not isValid(target):
            return
        window = target.window()
        ring = self._ring_of(window)
        quiet = self._by_mouse and not isinstance(target, _TYPING)
        if quiet or not target.isVisible() or target is window:
            ring.hide()
            return
        control = QRect(target.mapTo(window, QPoint(0, 0)), target.size())
        seen = _seen_part(target, window)
        if not control.intersects(seen):
            ring.hide()
            return
        ring.surround(control, seen, _radius(target))

    def _ring_of(self, window: QWidget) -> _Ring:
        ring = self._rings.get(window)
        if ring is None:
            ring = self._rings[window] = _Ring(window, self._color)
        return ring


def _radius(target: QWidget) -> float:
    found = target.property("focusRadius")
    return float(found) if found is not None else float(tokens().radius.control)


def _seen_part(target: QWidget, window: QWidget) -> QRect:
    seen = QRect(QPoint(0, 0), window.size() if window.size().isValid() else QSize())
    walker = target.parentWidget()
    while walker is not None and walker is not window:
        parent = walker.parentWidget()
        if isinstance(parent, QAbstractScrollArea) and parent.viewport() is walker:
            seen = seen.intersected(QRect(walker.mapTo(window, QPoint(0, 0)), walker.size()))
        walker = parent
    return seen

"""Real mouse events with a button held down, which Qt's own test functions cannot send to widgets."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.MouseButton.NoButton
PLAIN = Qt.KeyboardModifier.NoModifier


def send(
    widget: QWidget,
    kind: QEvent.Type,
    at: QPointF,
    *,
    button: Qt.MouseButton = NONE,
    held: Qt.MouseButton = LEFT,
    keys: Qt.KeyboardModifier = PLAIN,
) -> None:
    """Send one mouse event to a widget."""
    on_screen = QPointF(widget.mapToGlobal(at.toPoint()))
    QApplication.sendEvent(widget, QMouseEvent(kind, at, on_screen, button, held, keys))


def press(widget: QWidget, at: QPointF) -> None:
    """Press the left button."""
    send(widget, QEvent.Type.MouseButtonPress, at, button=LEFT)


def move(widget: QWidget, at: QPointF, *, keys: Qt.KeyboardModifier = PLAIN, held: Qt.MouseButton = LEFT) -> None:
    """Move the pointer, with the button held."""
    send(widget, QEvent.Type.MouseMove, at, held=held, keys=keys)


def release(widget: QWidget, at: QPointF) -> None:
    """Let the left button go."""
    send(widget, QEvent.Type.MouseButtonRelease, at, button=LEFT, held=NONE)


def double_click(widget: QWidget, at: QPointF) -> None:
    """Click twice."""
    press(widget, at)
    release(widget, at)
    send(widget, QEvent.Type.MouseButtonDblClick, at, button=LEFT)
    release(widget, at)


def drag(widget: QWidget, *points: QPointF, keys: Qt.KeyboardModifier = PLAIN) -> None:
    """Press at the first point, pass the others, and let go at the last one."""
    press(widget, points[0])
    for point in points[1:]:
        for part in (0.5, 1.0):
            before = points[points.index(point) - 1]
            move(widget, before + (point - before) * part, keys=keys)
    release(widget, points[-1])


def over(widget: QWidget, other: QWidget, at: QPoint) -> QPointF:
    """Return a point of another widget in the coordinates of the first."""
    return QPointF(widget.mapFromGlobal(other.mapToGlobal(at)))

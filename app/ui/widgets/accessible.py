"""Makes the items of a hand-painted widget visible to screen readers, as children of the widget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAccessible, QAccessibleEvent, QAccessibleInterface, QColor, QWindow
from PySide6.QtWidgets import QAccessibleWidget, QWidget
from shiboken6 import isValid


@dataclass(frozen=True, slots=True)
class SpokenItem:
    """One painted item: what is said, where it is (widget coordinates), and whether the keyboard is on it."""

    name: str
    rect: QRect
    focused: bool = False


@runtime_checkable
class HasSpokenItems(Protocol):
    """What a painted widget offers to screen readers."""

    def spoken_items(self) -> Sequence[SpokenItem]:
        """Return the items in reading order."""
        ...


class _ItemInterface(QAccessibleInterface):
    """One item; it reads the widget each time, so it stays true when the data changes."""

    def __init__(self, widget: QWidget, number: int) -> None:
        super().__init__()
        self._widget = widget
        self.number = number

    def _item(self) -> SpokenItem | None:
        if not isValid(self._widget) or not isinstance(self._widget, HasSpokenItems):
            return None
        items = self._widget.spoken_items()
        return items[self.number] if self.number < len(items) else None

    def isValid(self) -> bool:
        return self._item() is not None

    def object(self) -> QObject | None:  # type: ignore[override]
        return None

    def window(self) -> QWindow | None:  # type: ignore[override]
        return self._widget.window().windowHandle()

    def parent(self) -> QAccessibleInterface:
        return QAccessible.queryAccessibleInterface(self._widget)

    def child(self, index: int) -> QAccessibleInterface | None:  # type: ignore[override]
        del index
        return None

    def childAt(self, x: int, y: int) -> QAccessibleInterface | None:  # type: ignore[override]
        del x, y
        return None

    def childCount(self) -> int:
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        del child
        return -1

    def rect(self) -> QRect:
        item = self._item()
        if item is None:
            return QRect()
        return QRect(self._widget.mapToGlobal(item.rect.topLeft()), item.rect.size())

    def role(self) -> QAccessible.Role:
        return QAccessible.Role.ListItem

    def state(self) -> QAccessible.State:
        item, state = self._item(), QAccessible.State()
        setattr(state, "focusable", 1)  # noqa: B010 - bit fields, unknown to the stubs
        setattr(state, "focused", int(item is not None and item.focused))  # noqa: B010
        setattr(state, "selected", int(item is not None and item.focused))  # noqa: B010
        return state

    def text(self, kind: QAccessible.Text) -> str:
        item = self._item()
        return item.name if item is not None and kind == QAccessible.Text.Name else ""

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        del kind, text

    def backgroundColor(self) -> QColor:
        return self._widget.palette().color(self._widget.backgroundRole())


class _ListInterface(QAccessibleWidget):
    """The widget itself: a list of its items, then its child widgets."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget, QAccessible.Role.List, widget.accessibleName())
        self._host = widget
        # Number of an item → the number under which Qt knows its interface, and the interface.
        self._items: dict[int, tuple[int, _ItemInterface]] = {}
        widget.destroyed.connect(partial(_forget_items, self._items))

    def _count(self) -> int:
        return len(self._host.spoken_items()) if isinstance(self._host, HasSpokenItems) else 0

    def childCount(self) -> int:
        return self._count() + super().childCount()

    def child(self, index: int) -> QAccessibleInterface:
        count = self._count()
        if index >= count:
            return super().child(index - count)
        if index not in self._items:
            made = _ItemInterface(self._host, index)
            _keep(made)
            self._items[index] = (QAccessible.registerAccessibleInterface(made), made)
        return self._items[index][1]

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        if isinstance(child, _ItemInterface):
            return child.number
        found = super().indexOfChild(child)
        return found + self._count() if found >= 0 else found

    def focusChild(self) -> QAccessibleInterface:
        items = self._host.spoken_items() if isinstance(self._host, HasSpokenItems) else ()
        for number, item in enumerate(items):
            if item.focused:
                return self.child(number)
        return super().focusChild()


# Qt owns registered interfaces and deletes them; Python must not do so first, so it keeps them until Qt has.
_kept: list[QAccessibleInterface] = []


def _keep(interface: QAccessibleInterface) -> None:
    _kept[:] = [other for other in _kept if isValid(other)]
    _kept.append(interface)


def _forget_items(items: dict[int, tuple[int, _ItemInterface]], _gone: QObject | None = None) -> None:
    """Have Qt delete the interfaces of a widget's items: they have no object of their own that would end them."""
    for number, interface in items.values():
        if isValid(interface):
            QAccessible.deleteAccessibleInterface(number)
    items.clear()


def _make(_name: str, thing: QObject) -> QAccessibleInterface | None:
    if not isinstance(thing, QWidget) or not isinstance(thing, HasSpokenItems):
        return None
    made = _ListInterface(thing)
    _keep(made)
    return made


@cache
def install_accessible_items() -> None:
    """Teach Qt about painted items; once a process."""
    QAccessible.installFactory(_make)


def announce_focus(widget: QWidget, number: int) -> None:
    """Tell screen readers that the keyboard is on item ``number`` now."""
    if QAccessible.isActive():
        event = QAccessibleEvent(widget, QAccessible.Event.Focus)
        event.setChild(number)
        QAccessible.updateAccessibility(event)

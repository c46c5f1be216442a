"""Words and pickers side by side, like a sentence, that go on in the next line."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget


class FlowLayout(QLayout):
    """Lays visible items out from the left, line by line; each keeps its size hint.

    One that is wider than a line has a line to itself; its text goes on below when it may be wrapped.
    """

    def __init__(self, parent: QWidget | None = None, *, gap: int = 6, line_gap: int = 8) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap, self._line_gap = gap, line_gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item (Qt's own call)."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem:
        """Return an item; None past the end, as Qt wants it."""
        return self._items[index] if 0 <= index < len(self._items) else None  # type: ignore[return-value]

    def takeAt(self, index: int) -> QLayoutItem:
        """Remove an item."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None  # type: ignore[return-value]

    def expandingDirections(self) -> Qt.Orientation:
        """Return that it doesn't grow by itself."""
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        """Tell that it grows downwards."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of its lines."""
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Place the items."""
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:
        """Return the least size."""
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        """Return the size of one item; a long one is cut rather than the window widened."""
        sizes = [item.minimumSize() for item in self._items if not item.isEmpty()]
        widest = min(160, max((s.width() for s in sizes), default=0))
        return QSize(widest, max((s.height() for s in sizes), default=0))

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        line: list[tuple[QLayoutItem, int]] = []
        left, top, height = 0, 0, 0
        for item in (one for one in self._items if not one.isEmpty()):
            size = _fitted(item, rect.width())
            if line and left + size.width() > rect.width():
                self._place(line, rect, top, height, move)
                line, left, top, height = [], 0, top + height + self._line_gap, 0
            line.append((item, left))
            left += size.width() + self._gap
            height = max(height, size.height())
        self._place(line, rect, top, height, move)
        return top + height

    @staticmethod
    def _place(line: list[tuple[QLayoutItem, int]], rect: QRect, top: int, height: int, move: bool) -> None:
        if not move:
            return
        for item, left in line:
            size = _fitted(item, rect.width())
            down = top + (height - size.height()) // 2
            item.setGeometry(QRect(QPoint(rect.left() + left, rect.top() + down), size))


def _fitted(item: QLayoutItem, width: int) -> QSize:
    size = item.sizeHint()
    if size.width() <= width:
        return size
    return QSize(width, item.heightForWidth(width) if item.hasHeightForWidth() else size.height())


def side_by_side(*widgets: QWidget) -> FlowLayout:
    """Lay widgets out so that their words, which change, never need more width than the longest one."""
    flow = FlowLayout(gap=8)
    for widget in widgets:
        flow.addWidget(widget)
    return flow

"""A text in which some signs are marked: what differs from the other side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.ui.parts.differences import Span
from app.ui.theme.fonts import font, line_height
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind, TypeRole
from app.ui.widgets.paint import box

_ROLE = TypeRole.BODY


class MarkedText(QWidget):
    """Wraps like a label. Marked parts are in weight 600 on a tint, so that they are seen without colour too."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text, self._spans = "", ()
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    _spans: Sequence[Span]

    @property
    def text(self) -> str:
        """What is shown."""
        return self._text

    @property
    def marked(self) -> tuple[str, ...]:
        """The parts that are marked."""
        return tuple(self._text[start:end] for start, end in self._spans)

    def show_text(self, text: str, spans: Sequence[Span]) -> None:
        """Show a text with marks."""
        self._text, self._spans = text, tuple(spans)
        self.setAccessibleName(text)
        self.updateGeometry()
        self.update()

    def _layout(self, width: float) -> QTextLayout:
        layout = QTextLayout(self._text, font(_ROLE))
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        layout.setTextOption(option)
        layout.setFormats([_strong(start, end) for start, end in self._spans])
        layout.beginLayout()
        line = layout.createLine()
        while line.isValid():
            line.setLineWidth(max(1.0, width))
            line = layout.createLine()
        layout.endLayout()
        return layout

    def hasHeightForWidth(self) -> bool:
        """Tell layouts that it grows downwards."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the wrapped text."""
        return max(1, self._layout(width).lineCount()) * line_height(_ROLE)

    def sizeHint(self) -> QSize:
        """Return a modest width: it takes what it gets."""
        return QSize(160, line_height(_ROLE))

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return QSize(60, line_height(_ROLE))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the tints, then the text."""
        theme = Theme.current()
        layout = self._layout(self.width())
        step = line_height(_ROLE)
        with QPainter(self) as painter:
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                first, last = line.textStart(), line.textStart() + line.textLength()
                for start, end in self._spans:
                    left, right = max(start, first), min(end, last)
                    if left < right:
                        edges = sorted((_x(line, left), _x(line, right)))
                        area = QRectF(edges[0] - 1, number * step + 1, edges[1] - edges[0] + 2, step - 2)
                        box(painter, area, 3, theme.status(StatusKind.ARRIVED).fill)
            painter.setPen(theme.colors.text)
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                line.draw(painter, QPointF(-line.x(), number * step + (step - line.height()) / 2 - line.y()))


def _x(line: object, place: int) -> float:
    found = line.cursorToX(place)  # type: ignore[attr-defined]
    return float(found[0] if isinstance(found, tuple) else found)


def _strong(start: int, end: int) -> QTextLayout.FormatRange:
    found = QTextLayout.FormatRange()
    found.start, found.length = start, end - start
    form = found.format
    form.setFont(font(_ROLE, True))
    found.format = form
    return found

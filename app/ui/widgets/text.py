"""Labels with our type scale. Text is always plain: what people typed is never read as markup."""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from app.ui.theme.fonts import font, line_height
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.paint import box, draw_text, elided, metrics, text_width

_KEPT = 2000
"""Characters of a text whose lines are counted once."""


class Label(QLabel):
    """A text in one role of the type scale, with the role's line height.

    One line unless ``wrap``; a line that is too long is elided (the whole text is then its tooltip) when ``elide``.
    ``theirs``: what people wrote, in any script: each paragraph of a wrapped text begins on its own side.
    """

    def __init__(
        self,
        text: str = "",
        *,
        role: TypeRole = TypeRole.BODY,
        strong: bool = False,
        tone: Tone = Tone.TEXT,
        wrap: bool = False,
        elide: bool = False,
        theirs: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._role, self._strong, self._tone, self._elide, self._theirs = role, strong, tone, elide, theirs
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(role, strong))
        self.setWordWrap(wrap)
        across = QSizePolicy.Policy.Ignored if elide else QSizePolicy.Policy.Preferred
        # Fixed would hold a wrapped text to the height of its one-line size hint.
        policy = QSizePolicy(across, QSizePolicy.Policy.Minimum if wrap else QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(wrap)
        self.setSizePolicy(policy)
        self.setText(text)

    def set_tone(self, tone: Tone) -> None:
        """Change what the colour says."""
        self._tone = tone
        self.update()

    def sizeHint(self) -> QSize:
        """Return the natural size: the text's width and whole lines."""
        paragraphs = self.text().split("\n")
        width = math.ceil(max(text_width(part, self._role, self._strong) for part in paragraphs))
        lines = len(paragraphs) if self.wordWrap() else 1
        return QSize(width, lines * line_height(self._role))

    def minimumSizeHint(self) -> QSize:
        """Return the least size: nothing across when the text may be cut or wrapped."""
        hint = self.sizeHint()
        if self._elide:
            return QSize(0, hint.height())
        return QSize(min(hint.width(), 80), line_height(self._role)) if self.wordWrap() else hint

    def hasHeightForWidth(self) -> bool:
        """Tell layouts that wrapped text grows downwards."""
        return self.wordWrap()

    def heightForWidth(self, width: int) -> int:
        """Return the height of the wrapped text in pixels."""
        return self._line_count(width) * line_height(self._role) if self.wordWrap() else -1

    def _layouts(self, width: float) -> list[QTextLayout]:
        return _laid_out(self.text(), width, self._role, self._strong, self._theirs, self.layoutDirection())

    def _line_count(self, width: float) -> int:
        count = _lines if len(self.text()) <= _KEPT else _lines.__wrapped__  # long texts aren't worth keeping
        return count(self.text(), width, self._role, self._strong, self._theirs, self.layoutDirection())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the whole text as tooltip while it is cut."""
        super().resizeEvent(event)
        if self._elide:
            cut = elided(self.text(), self._role, self._strong, self.width()) != self.text()
            self.setToolTip(self.text() if cut else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the text in the theme's colour."""
        with QPainter(self) as painter:
            tone = self._tone if self.isEnabled() else Tone.DISABLED
            color = Theme.current().tone(tone)
            if not self.wordWrap():
                area = QRectF(self.contentsRect())
                draw_text(painter, area, self.text(), self._role, color, strong=self._strong, align=_across(self))
                return
            painter.setPen(color)
            measure = metrics(self._role, self._strong)
            step = line_height(self._role)
            layouts = self._layouts(self.width())
            baseline = (step - measure.height()) / 2 + measure.ascent()
            if self.alignment() == Qt.AlignmentFlag.AlignVCenter:  # asked for: beside something that is higher
                lines = sum(max(1, layout.lineCount()) for layout in layouts)
                baseline += max(0.0, (self.height() - lines * step) / 2)
            for layout in layouts:
                right = layout.textOption().textDirection() is Qt.LayoutDirection.RightToLeft
                for number in range(layout.lineCount()):
                    line = layout.lineAt(number)
                    left = self.width() - line.naturalTextWidth() if right else 0.0
                    line.draw(painter, QPointF(left - line.x(), baseline - line.ascent() - line.y()))
                    baseline += step
                if layout.lineCount() == 0:
                    baseline += step


def _laid_out(
    text: str, width: float, role: TypeRole, strong: bool, theirs: bool, direction: Qt.LayoutDirection
) -> list[QTextLayout]:
    """Break each paragraph into lines of a width in pixels."""
    made: list[QTextLayout] = []
    for part in text.split("\n"):
        option = QTextOption(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignAbsolute)
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        option.setTextDirection(text_direction(part) if theirs else direction)
        layout = QTextLayout(part, font(role, strong))
        layout.setTextOption(option)
        layout.beginLayout()
        line = layout.createLine()
        while line.isValid():
            line.setLineWidth(width)
            line = layout.createLine()
        layout.endLayout()
        made.append(layout)
    return made


@lru_cache(maxsize=4096)
def _lines(text: str, width: float, role: TypeRole, strong: bool, theirs: bool, direction: Qt.LayoutDirection) -> int:
    """Return how many lines that makes. Layouts ask for the same again and again while a page is built."""
    return sum(max(1, layout.lineCount()) for layout in _laid_out(text, width, role, strong, theirs, direction))


def text_direction(text: str) -> Qt.LayoutDirection:
    """Return on which side a text begins: that of its first letter that has one."""
    for letter in text[:2000]:
        side = unicodedata.bidirectional(letter)
        if side in ("R", "AL"):
            return Qt.LayoutDirection.RightToLeft
        if side == "L":
            break
    return Qt.LayoutDirection.LeftToRight


def _across(label: QLabel) -> Qt.AlignmentFlag:
    for flag in (Qt.AlignmentFlag.AlignRight, Qt.AlignmentFlag.AlignHCenter):
        if label.alignment() & flag:
            return flag
    return Qt.AlignmentFlag.AlignLeft


class ElidedLabel(Label):
    """A one-line label that gives way: cut with an ellipsis, the whole text as tooltip."""

    def __init__(
        self,
        text: str = "",
        *,
        role: TypeRole = TypeRole.BODY,
        strong: bool = False,
        tone: Tone = Tone.TEXT,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, role=role, strong=strong, tone=tone, elide=True, parent=parent)


class Divider(QFrame):
    """A 1 px line, across or (``upright``) down."""

    def __init__(self, *, upright: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if upright:
            self.setFixedWidth(1)
        else:
            self.setFixedHeight(1)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the line."""
        QPainter(self).fillRect(self.rect(), Theme.current().colors.line)


KEY_SIGNS = {"Return": "↵", "Enter": "↵", "Shift": "⇧", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}


def key_text(keys: str) -> str:
    """Return a shortcut as a hint shows it: ``Ctrl+Return`` becomes ``Ctrl ↵``."""
    return " ".join(KEY_SIGNS.get(part, part) for part in keys.split("+"))


class KeyHint(QLabel):
    """A small framed key, such as ``F9`` or ``Ctrl K``."""

    def __init__(self, keys: str, *, framed: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._framed = framed
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(font(TypeRole.META))
        self.setText(key_text(keys))
        self.setAccessibleName(keys)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the size: text, 4 px on each side, 18 px high."""
        return QSize(math.ceil(text_width(self.text(), TypeRole.META)) + 10, 18)

    def minimumSizeHint(self) -> QSize:
        """Return the size hint: a key is never cut."""
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint frame and key."""
        theme = Theme.current()
        with QPainter(self) as painter:
            area = QRectF(QRect(0, 0, self.width(), self.height()))
            if self._framed:
                box(painter, area, theme.tokens.radius.key, theme.colors.surface, theme.colors.line)
            middle = Qt.AlignmentFlag.AlignHCenter
            draw_text(painter, area, self.text(), TypeRole.META, theme.colors.muted, align=middle)

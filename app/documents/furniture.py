"""What stands around the text: the letterhead, the head of further pages, the foot."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from app.documents.model import ACCENT, Document, Letterhead
from app.documents.text import LINE, MUTED, TextBlock
from app.kernel.i18n import t

LEFT, TOP, FOOT = 52.0, 40.0, 34.0
"""Margins in points; the foot's own line stands at ``FOOT`` above the edge."""
HEAD_GAP = 20.0
_LOGO = 46.0
_LOGO_PIXELS = 600
_LARGEST = 4000
_WEBLINK = ("<!entity", "<image", "<foreignobject", "url(http", "<script")


def read_picture(data: bytes) -> QImage:
    """Read a PNG or JPEG, or draw an SVG that fetches nothing; a null image for anything else."""
    if b"<svg" in data[:2000].lower():
        return _svg(data)
    image = QImage.fromData(QByteArray(data))
    return image if max(image.width(), image.height()) <= _LARGEST else QImage()


def _svg(data: bytes) -> QImage:
    text = data.decode("utf-8", errors="replace").lower()
    if any(word in text for word in _WEBLINK):
        return QImage()
    renderer = QSvgRenderer(QByteArray(data))
    size = renderer.defaultSize()
    if not renderer.isValid() or size.isEmpty():
        return QImage()
    image = QImage(size.scaled(QSize(_LOGO_PIXELS, _LOGO_PIXELS), Qt.AspectRatioMode.KeepAspectRatio),
                   QImage.Format.Format_ARGB32_Premultiplied)  # fmt: skip
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        renderer.render(painter)
    return image


class Head:
    """The letterhead of the first page."""

    def __init__(self, head: Letterhead, width: float) -> None:
        self._width = width
        self._color = QColor(head.color) if QColor.isValidColorName(head.color) else QColor(ACCENT)
        if self._color.lightness() > 170:  # a pale brand colour can't be read on white paper
            self._color = self._color.darker(180)
        self._logo = read_picture(head.logo) if head.logo else QImage()
        room = width - (_LOGO * 3 + 14 if not self._logo.isNull() else 0)
        self._name = TextBlock(head.name, room * 0.56, 15, strong=True, color=self._color, cell=True)
        self._lines = [TextBlock(line, room * 0.42, 8.5, color=MUTED, right=True) for line in head.lines]

    @property
    def height(self) -> float:
        """With the rule below and the room after it."""
        return max(self._name.height, self._lines_height, _LOGO if not self._logo.isNull() else 0.0) + 10 + HEAD_GAP

    @property
    def _lines_height(self) -> float:
        return sum(line.height for line in self._lines)

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint logo, name, address and the rule in the clinic's colour."""
        inner = self.height - 10 - HEAD_GAP
        left = x
        if not self._logo.isNull():
            size = self._logo.size().scaled(int(_LOGO * 3 * 4), int(_LOGO * 4), Qt.AspectRatioMode.KeepAspectRatio)
            painter.drawImage(QRectF(x, y, size.width() / 4, size.height() / 4), self._logo)
            left += size.width() / 4 + 14
        self._name.paint(painter, left, y + (inner - self._name.height) / 2)
        top = y + (inner - self._lines_height) / 2
        for line in self._lines:
            line.paint(painter, x + self._width - line.width, top)
            top += line.height
        painter.fillRect(QRectF(x, y + inner + 8, self._width, 1.6), self._color)


class Further:
    """The head of the second page and those after it: whose paper this is, should the pages get mixed up."""

    def __init__(self, document: Document, width: float) -> None:
        patient = document.patient
        who = " · ".join(part for part in ((patient.name, patient.born) if patient else ()) if part)
        self._width = width
        self._who = TextBlock(who or document.letterhead.name, width * 0.6, 9, strong=True, ours=True)
        self._what = TextBlock(document.title, width * 0.38, 9, color=MUTED, right=True)

    @property
    def height(self) -> float:
        """With the rule below."""
        return max(self._who.height, self._what.height) + 6 + 12

    def paint(self, painter: QPainter, x: float, y: float) -> None:
        """Paint it."""
        self._who.paint(painter, x, y)
        self._what.paint(painter, x + self._width - self._what.width, y)
        painter.fillRect(QRectF(x, y + self.height - 12, self._width, 0.6), LINE)


class Foot:
    """The foot of every page: the clinic's own words, when it was printed, the page's number."""

    def __init__(self, document: Document, width: float) -> None:
        words = [part for part in (document.letterhead.foot, document.foot) if part]
        self._width, self._mark = width, document.mark
        self._words = TextBlock(" · ".join(words), width - 120, 8, color=MUTED, cell=True)
        mark = document.mark
        self._marked = TextBlock(mark, width, 8, strong=True, cell=True) if mark else None

    @property
    def height(self) -> float:
        """With the rule above."""
        return self._words.height + (self._marked.height if self._marked else 0.0) + 8

    def paint(self, painter: QPainter, x: float, bottom: float, number: int, total: int) -> None:
        """Paint it with its lower edge at ``bottom``; ``number`` from 1."""
        top = bottom - self.height
        painter.fillRect(QRectF(x, top, self._width, 0.6), LINE)
        top += 6
        if self._marked is not None:
            self._marked.paint(painter, x, top)
            top += self._marked.height
        self._words.paint(painter, x, top)
        page = TextBlock(t("Page {n} of {total}", n=number, total=total), 110, 8, color=MUTED, right=True)
        page.paint(painter, x + self._width - 110, top)

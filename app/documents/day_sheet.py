"""The day sheet: one provider's day on paper after the other. Painted alike into a PDF, a printer and a preview."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter, QPen

WIDTH, HEIGHT = 595.0, 842.0
BORN = 132.0
"""Room for a date of birth in words, in every language: names alone don't tell people apart."""
"""A4 in points; every device is scaled to it."""
_MARGIN, _HEAD, _ROW = 40.0, 64.0, 22.0
_PER_PAGE = int((HEIGHT - 2 * _MARGIN - _HEAD - _ROW) // _ROW)
_GREY = QColor(110, 110, 110)
_LINE = QColor(200, 200, 200)


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One line: times as they are read, who, born when, why, and a mark such as "virtual" or "to move".

    ``unsent`` in words ("not yet confirmed") is printed below the mark, and the line is framed with dashes: a visit
    that the server hasn't confirmed must not pass for one that it has.
    """

    time: str
    name: str
    born: str = ""
    kind: str = ""
    mark: str = ""
    unsent: str = ""


@dataclass(frozen=True, slots=True)
class SheetPart:
    """The day of one provider."""

    provider: str
    summary: str
    rows: tuple[SheetRow, ...]


@dataclass(frozen=True, slots=True)
class DaySheet:
    """What is printed. ``title`` names the day, ``foot`` clinic and hour of printing."""

    title: str
    foot: str
    parts: tuple[SheetPart, ...]

    def pages(self) -> tuple[SheetPart, ...]:
        """Return what goes on each page: a provider begins a new one, a long day takes several."""
        made: list[SheetPart] = []
        for part in self.parts:
            pieces = [part.rows[at : at + _PER_PAGE] for at in range(0, max(1, len(part.rows)), _PER_PAGE)]
            made += [SheetPart(part.provider, part.summary, piece) for piece in pieces]
        return tuple(made)


def pdf(sheet: DaySheet, path: str) -> None:
    """Write an A4 PDF; OSError when the file can't be written."""
    with Path(path).open("ab"):
        pass  # a place that can't be written is refused with the system's own words; the writer would say nothing
    writer = QPdfWriter(path)
    writer.setTitle(sheet.title)
    prepare(writer)
    paint(sheet, writer)


def prepare(device: QPagedPaintDevice) -> None:
    """Set A4 without margins: the sheet keeps its own."""
    layout = QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
    layout.setMode(QPageLayout.Mode.FullPageMode)
    device.setPageLayout(layout)


def paint(sheet: DaySheet, device: QPagedPaintDevice) -> None:
    """Paint all pages on a printer or into a PDF that ``prepare`` has set up."""
    with QPainter(device) as painter:
        scale = device.width() / WIDTH
        painter.scale(scale, scale)
        for number, part in enumerate(sheet.pages()):
            if number:
                device.newPage()
            _page(painter, sheet, part, number)


def preview(sheet: DaySheet, number: int, size: QSize) -> QImage:
    """Return a page (from 0) as a picture, in memory only."""
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    with QPainter(image) as painter:
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
        scale = size.width() / WIDTH
        painter.scale(scale, scale)
        _page(painter, sheet, sheet.pages()[number], number)
    return image


def _page(painter: QPainter, sheet: DaySheet, part: SheetPart, number: int) -> None:
    width = WIDTH - 2 * _MARGIN
    _text(painter, QRectF(_MARGIN, _MARGIN, width, 22), part.provider, 15, strong=True)
    _text(painter, QRectF(_MARGIN, _MARGIN + 24, width, 16), sheet.title, 10)
    _text(painter, QRectF(_MARGIN, _MARGIN + 24, width, 16), part.summary, 10, color=_GREY, right=True)
    for line, row in enumerate(part.rows):
        _row(painter, row, _MARGIN + _HEAD + line * _ROW)
    foot = QRectF(_MARGIN, HEIGHT - _MARGIN - 12, width, 12)
    _text(painter, foot, sheet.foot, 8, color=_GREY)
    _text(painter, foot, f"{number + 1} / {len(sheet.pages())}", 8, color=_GREY, right=True)


def _row(painter: QPainter, row: SheetRow, top: float) -> None:
    painter.fillRect(QRectF(_MARGIN, top + _ROW - 0.5, WIDTH - 2 * _MARGIN, 0.5), _LINE)
    columns: Sequence[tuple[float, str, bool]] = (
        (72, row.time, False), (148, row.name, True), (BORN, row.born, False), (100, row.kind, False),
        (63, row.mark, False),
    )  # fmt: skip
    left = _MARGIN
    for number, (width, text, strong) in enumerate(columns, start=1):
        height = _ROW / 2 if row.unsent and number == len(columns) else _ROW
        _text(painter, QRectF(left, top, width - 6, height), text, 9.5, strong=strong)
        left += width
    if row.unsent:
        _frame(painter, row.unsent, top)


def _frame(painter: QPainter, words: str, top: float) -> None:
    """Frame a line with dashes and say why, in small letters at the right end."""
    painter.setPen(QPen(_GREY, 0.8, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(_MARGIN - 4, top + 1, WIDTH - 2 * _MARGIN + 8, _ROW - 2))
    area = QRectF(WIDTH - _MARGIN - 100, top + _ROW / 2, 100, _ROW / 2)
    _text(painter, area, words, 7, strong=True, right=True)


def _text(
    painter: QPainter, area: QRectF, text: str, points: float, *, strong: bool = False, right: bool = False,
    color: QColor | None = None,
) -> None:  # fmt: skip
    font = QFont("Inter")
    font.setPixelSize(max(1, round(points)))  # the painter is scaled to points
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    painter.setFont(font)
    painter.setPen(color or QColor(20, 20, 20))
    align = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(area.width()))
    painter.drawText(area, int(align | Qt.AlignmentFlag.AlignVCenter), shown)

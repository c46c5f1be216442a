"""A document on pages: laid out once, then painted alike into a PDF, on a printer and as a picture."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, Qt
from PySide6.QtGui import QImage, QPagedPaintDevice, QPageLayout, QPageSize, QPainter, QPdfWriter

from app.documents.flow import pieces
from app.documents.furniture import FOOT, LEFT, TOP, Foot, Further, Head
from app.documents.model import Document, Paper
from app.documents.pieces import Piece
from app.kernel.private_file import write_private

_SIZES = {Paper.A4: QPageSize.PageSizeId.A4, Paper.LETTER: QPageSize.PageSizeId.Letter}
_NEVER = 5000
"""More pages than any paper has: a document that doesn't end is a bug."""


class Paged:
    """A document with its lines broken and its pages filled. Made in any thread; painting changes nothing in it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.width, self.height = document.paper.points
        room = self.width - 2 * LEFT
        self._head = Head(document.letterhead, room)
        self._further = Further(document, room)
        self._foot = Foot(document, room)
        self._pages = self._fill(pieces(document, room))

    @property
    def count(self) -> int:
        """How many pages."""
        return len(self._pages)

    def _fill(self, waiting: list[Piece]) -> list[list[tuple[float, Piece]]]:
        bottom = self.height - FOOT - self._foot.height - 6
        pages: list[list[tuple[float, Piece]]] = [[]]
        y = TOP + self._head.height
        waiting = list(reversed(waiting))
        while waiting:
            piece = waiting.pop()
            room = bottom - y
            alone = _left_alone(piece, waiting, room) and bool(pages[-1])
            if not piece.breaks and piece.height <= room and not alone:
                pages[-1].append((y, piece))
                y += piece.height
                continue
            whole = piece.breaks or alone or piece.least > room
            fits, rest = (None, piece) if whole else piece.part(room)
            if fits is not None:
                pages[-1].append((y, fits))
                if rest.height:
                    waiting.append(rest)
            elif not pages[-1] and not piece.breaks:  # taller than a page and not to be parted
                pages[-1].append((y, piece))
            elif not piece.breaks:
                waiting.append(piece)
            if waiting:
                pages.append([])
                y = TOP + self._further.height
            if len(pages) > _NEVER:
                raise ValueError("this document does not end")
        return pages

    def paint_page(self, painter: QPainter, number: int) -> None:
        """Paint a page (from 0) on a painter whose unit is a point."""
        head = self._head if number == 0 else self._further
        head.paint(painter, LEFT, TOP)
        for y, piece in self._pages[number]:
            piece.paint(painter, LEFT, y)
        self._foot.paint(painter, LEFT, self.height - FOOT, number + 1, self.count)

    def image(self, number: int, width: int) -> QImage:
        """Return a page (from 0) as a picture ``width`` pixels wide, in memory only."""
        scale = width / self.width
        picture = QImage(width, math.ceil(self.height * scale), QImage.Format.Format_RGB32)
        picture.fill(Qt.GlobalColor.white)
        with QPainter(picture) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing
                                   | QPainter.RenderHint.SmoothPixmapTransform)  # fmt: skip
            painter.scale(scale, scale)
            self.paint_page(painter, number)
        return picture

    def paint_on(self, device: QPagedPaintDevice) -> None:
        """Paint all pages on a printer or into a PDF that ``prepare`` has set up."""
        with QPainter(device) as painter:
            scale = device.width() / self.width
            painter.scale(scale, scale)
            for number in range(self.count):
                if number:
                    device.newPage()
                self.paint_page(painter, number)


def _left_alone(piece: Piece, waiting: list[Piece], room: float) -> bool:
    """Whether a heading would stand at the foot of a page with nothing below it, or with further headings only."""
    return piece.keeps and bool(waiting) and piece.height + _least_of(waiting) > room


def _least_of(waiting: list[Piece]) -> float:
    """How much room what comes next needs: headings and gaps, and the beginning of what stands below them."""
    needed = 0.0
    for piece in reversed(waiting):
        if not piece.keeps and piece.least:
            return needed + piece.least
        needed += piece.height
    return needed


def prepare(device: QPagedPaintDevice, paper: Paper) -> None:
    """Set the sheet without margins: the pages keep their own."""
    layout = QPageLayout(QPageSize(_SIZES[paper]), QPageLayout.Orientation.Portrait, QMarginsF(0, 0, 0, 0))
    layout.setMode(QPageLayout.Mode.FullPageMode)
    device.setPageLayout(layout)


def pdf_bytes(document: Document, author: str = "") -> bytes:
    """Return the document as a PDF with its title; text in it can be selected and searched."""
    paged = Paged(document)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setTitle(document.title)
    writer.setCreator("MyHealthAlly")
    writer.setAuthor(author or document.letterhead.name)
    prepare(writer, document.paper)
    paged.paint_on(writer)
    del writer  # it writes the end of the file when it goes
    buffer.close()
    return bytes(data.data())


def save_pdf(document: Document, path: str) -> int:
    """Write the PDF, readable for its owner only; returns its size in bytes. OSError when it can't be written."""
    data = pdf_bytes(document)
    write_private(Path(path), data)
    return len(data)

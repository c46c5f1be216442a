"""Read PDFs back: their text as a person would copy it, and pages as pictures."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

from pypdf import PdfReader
from PySide6.QtGui import QImage


def pdf_text(data: bytes) -> str:
    """All text of a PDF. Shaped letters (Arabic) come back as the letters that were typed.

    Inter has one glyph for space and tab, and Qt names the tab: viewers and this take either for a space.
    """
    pages = (page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return unicodedata.normalize("NFKC", "\n".join(pages)).replace("\t", " ")


def pdf_title(data: bytes) -> str:
    """The title in the PDF's own description."""
    found = PdfReader(io.BytesIO(data)).metadata
    return (found.title or "") if found else ""


def pdf_sheet(data: bytes) -> tuple[float, float]:
    """Width and height of the first page in points."""
    box = PdfReader(io.BytesIO(data)).pages[0].mediabox
    return float(box.width), float(box.height)


def ink(image: QImage, left: int = 0, top: int = 0, right: int | None = None, bottom: int | None = None) -> int:
    """How many dark pixels a part of a picture has."""
    part = image.copy(left, top, (right or image.width()) - left, (bottom or image.height()) - top)
    grey = part.convertToFormat(QImage.Format.Format_Grayscale8)
    data, step = bytes(grey.constBits()), grey.bytesPerLine()
    lines = (data[y * step : y * step + grey.width()] for y in range(grey.height()))
    return sum(1 for line in lines for value in line if value < 128)


def text_of_file(path: Path) -> str:
    """All text of a PDF file."""
    return pdf_text(path.read_bytes())

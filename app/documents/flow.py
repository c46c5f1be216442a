"""From what a paper says to the pieces that flow down its pages."""

from __future__ import annotations

from app.documents.furniture import read_picture
from app.documents.model import (
    Block,
    Bullets,
    Document,
    Facts,
    Gap,
    Heading,
    PageBreak,
    Paragraph,
    PatientBlock,
    Picture,
    QrCode,
    Signature,
    Table,
)
from app.documents.pieces import (
    BreakPiece,
    ColumnsPiece,
    FramePiece,
    GapPiece,
    PicturePiece,
    Piece,
    QrPiece,
    SignaturePiece,
    TextPiece,
)
from app.documents.tables import lay_table
from app.documents.text import INK, MUTED, TextBlock

_GUTTER = 16.0
_TALL = 120
"""Points from which on the words of a fact may go on on the next page."""
_QR_SIDE = 74.0


def pieces(document: Document, width: float) -> list[Piece]:
    """Lay out title, mark, patient and blocks for a text width in points."""
    found: list[Piece] = [_title(document, width)]
    if document.mark:
        text = TextBlock(document.mark, width - 24, 10, strong=True, cell=True)
        found.append(FramePiece(ColumnsPiece([(0, 0, text)], text.height), width, dashed=True))
    if document.patient is not None:
        found.append(_patient(document.patient, width))
    for block in document.blocks:
        found += _laid(block, width)
    return found


def _title(document: Document, width: float) -> Piece:
    dated = TextBlock(document.dated, width * 0.42, 10, color=MUTED, right=True) if document.dated else None
    title = TextBlock(document.title, width * (0.56 if dated else 1), 17, strong=True, cell=True)
    placed, height = [(0.0, 0.0, title)], title.height
    if dated is not None:
        top = (title.line_height - dated.line_height) / 2 + 2
        placed.append((width - dated.width, top, dated))
        height = max(height, top + dated.height)
    return ColumnsPiece(placed, height + 10)


def _patient(patient: PatientBlock, width: float) -> Piece:
    inner = width - 24
    name = TextBlock(patient.name, inner * 0.6, 12.5, strong=True, cell=True)
    born = TextBlock(patient.born, inner * 0.38, 10, strong=True, right=True)
    placed = [(0.0, 0.0, name), (inner - born.width, (name.line_height - born.line_height) / 2, born)]
    facts, height = _facts(Facts(patient.facts), inner)
    top = name.height + (4 if facts else 0)
    placed += [(x, y + top, text) for x, y, text in facts]
    return FramePiece(ColumnsPiece(placed, top + height), width, dashed=False)


def _facts(facts: Facts, width: float) -> tuple[list[tuple[float, float, TextBlock]], float]:
    """Labels above their values would take too much room: they stand before them, muted."""
    columns = max(1, facts.columns)
    room = (width - _GUTTER * (columns - 1)) / columns
    placed: list[tuple[float, float, TextBlock]] = []
    y = 0.0
    for at in range(0, len(facts.items), columns):
        tallest = 0.0
        for number, (label, value) in enumerate(facts.items[at : at + columns]):
            x = number * (room + _GUTTER)
            before = TextBlock(label, room * 0.34, 9, color=MUTED, cell=True)
            after = TextBlock(value, room * 0.64, 9.5, color=INK, cell=True)
            placed += [(x, y + 0.5, before), (x + room - after.width, y, after)]
            tallest = max(tallest, before.height + 0.5, after.height)
        y += tallest + 1.5
    return placed, y


def _side_by_side(facts: Facts, width: float, below: float = 0.0) -> Piece:
    placed, height = _facts(facts, width)
    return ColumnsPiece(placed, height + below)


def _lines_of(facts: Facts, width: float) -> list[Piece]:
    """One fact below the other: a page may end between them, and within the words of a long one."""
    made: list[Piece] = []
    for label, value in facts.items:
        words = TextBlock(value, width * 0.64, 9.5, color=INK, cell=True)
        if words.height <= _TALL:
            made.append(_side_by_side(Facts(((label, value),), columns=1), width))
        else:
            before = TextBlock(label, width * 0.34, 9, color=MUTED, cell=True)
            made.append(TextPiece(words, 1.5, indent=width * 0.36, mark=before))
    return [*made, GapPiece(8)]


def _laid(block: Block, width: float) -> list[Piece]:
    match block:
        case Heading():
            return [GapPiece(6), TextPiece(TextBlock(block.text, width, 11.5, strong=True), 3, keeps=True)]
        case Paragraph():
            color = MUTED if block.muted else INK
            text = TextBlock(block.text, width, block.size, strong=block.strong, color=color, ours=block.ours)
            return [TextPiece(text, block.gap, keeps=block.strong and text.lines == 1)]
        case Bullets():
            return _bullets(block, width)
        case Facts():
            return _lines_of(block, width) if block.columns <= 1 else [_side_by_side(block, width, 8)]
        case Table():
            return [lay_table(block, width), GapPiece(4)]
        case Signature():
            return [_signature(block, width)]
        case Picture():
            return _picture(block, width)
        case QrCode():
            lines = [
                TextBlock(line, width - _QR_SIDE - 14, 11 if at == 0 else 9, strong=at == 0, cell=True,
                          color=INK if at == 0 else MUTED)
                for at, line in enumerate(block.lines)
            ]  # fmt: skip
            return [GapPiece(6), QrPiece(block.content, _QR_SIDE, lines)]
        case Gap():
            return [GapPiece(block.points)]
        case PageBreak():
            return [BreakPiece(0)]


def _bullets(block: Bullets, width: float) -> list[Piece]:
    made: list[Piece] = []
    for at, item in enumerate(block.items):
        gap = 6.0 if at == len(block.items) - 1 else 1.5
        mark = TextBlock("•", 10, 10, color=MUTED)
        made.append(TextPiece(TextBlock(item, width - 12, 10, cell=True), gap, indent=12, mark=mark))
    return made


def _signature(block: Signature, width: float) -> Piece:
    room = width * 0.6
    texts = [TextBlock(block.signed, room, 9, color=MUTED, cell=True)] if block.signed else []
    texts.append(TextBlock(block.name, room, 10.5, strong=True, cell=True))
    texts += [TextBlock(line, room, 9, color=MUTED, cell=True) for line in block.lines]
    return SignaturePiece(texts, line=not block.signed, width=room * 0.8)


def _picture(block: Picture, width: float) -> list[Piece]:
    image = read_picture(block.data)
    if image.isNull():
        return []
    wide = min(width, block.height * image.width() / image.height())
    caption = TextBlock(block.caption, width, 8.5, color=MUTED, cell=True) if block.caption else None
    return [PicturePiece(image, wide, wide * image.height() / image.width(), caption)]

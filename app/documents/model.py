"""What a paper says, without saying where on the page: frozen pieces from top to bottom. Nothing of Qt here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

ACCENT = "#0B6B5B"


class Paper(StrEnum):
    """The sheet, upright."""

    A4 = "A4"
    LETTER = "LETTER"

    @property
    def points(self) -> tuple[float, float]:
        """Width and height in points."""
        return (595.0, 842.0) if self is Paper.A4 else (612.0, 792.0)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """The clinic at the top of the first page; ``logo`` is the bytes of a PNG, JPEG or SVG file, or empty."""

    name: str
    lines: tuple[str, ...] = ()
    color: str = ACCENT
    logo: bytes = b""
    foot: str = ""


@dataclass(frozen=True, slots=True)
class PatientBlock:
    """Whom the paper is about. ``born`` is ready to read ("Born 14 Mar 1962"); both stand on every further page."""

    name: str
    born: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; it stays with what follows it."""

    text: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text of any script; line ends in it are kept. ``size`` in points.

    ``ours``: a sentence of the program, which keeps its direction whatever script a name in it has; what people typed
    goes by its first letter.
    """

    text: str
    strong: bool = False
    muted: bool = False
    size: float = 10.0
    gap: float = 6.0
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short texts."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Labels with their values, in ``columns`` columns side by side."""

    items: tuple[tuple[str, str], ...]
    columns: int = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """A table's cell that is more than its text: an abnormal value is strong, what is old muted."""

    text: str
    strong: bool = False
    muted: bool = False


@dataclass(frozen=True, slots=True)
class TableColumn:
    """A column: its title, its share of the width, and whether figures stand at its right."""

    title: str
    share: float = 1.0
    right: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a head that comes again on each page; no row is cut unless it is taller than a page."""

    columns: tuple[TableColumn, ...]
    rows: tuple[tuple[str | Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """Who answers for it. ``signed`` says how and when; empty leaves a line for ink."""

    name: str
    lines: tuple[str, ...] = ()
    signed: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture (PNG bytes) that is ``height`` points high and at most as wide as the text."""

    data: bytes
    height: float
    caption: str = ""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code of ``content`` with words beside it; the first of ``lines`` is strong."""

    content: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """Some room, in points."""

    points: float = 10.0


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a new page."""


Block: TypeAlias = Heading | Paragraph | Bullets | Facts | Table | Signature | Picture | QrCode | Gap | PageBreak


@dataclass(frozen=True, slots=True)
class Document:
    """A whole paper.

    ``mark`` is printed in a dashed frame under the title and in every foot ("Not yet confirmed by the clinic's
    server"): what isn't settled must not pass for what is. ``foot`` says when and by whom it was printed.
    """

    title: str
    letterhead: Letterhead
    blocks: tuple[Block, ...]
    paper: Paper = Paper.A4
    patient: PatientBlock | None = None
    dated: str = ""
    mark: str = ""
    foot: str = ""

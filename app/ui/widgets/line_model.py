"""What one line of a ``LineList`` says: words, a chip, cells in columns at the right, a small trend."""

from __future__ import annotations

from dataclasses import dataclass

from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.lists import ChipSpec


@dataclass(frozen=True, slots=True)
class Cell:
    """A text in a column at the right; the columns of all lines are as wide as their widest cell.

    ``glyph`` is an icon's name in place of a text; ``spoken`` is what a screen reader says instead.
    """

    text: str = ""
    strong: bool = False
    tone: Tone = Tone.MUTED
    left: bool = False
    glyph: str = ""
    wide: bool = False
    """Words that take no column: they reach as far to the left as they need."""
    spoken: str = ""
    role: TypeRole = TypeRole.META


@dataclass(frozen=True, slots=True)
class Spark:
    """A trend: places of equal length, the oldest first, None where nothing was measured. ``last_out``: out of band.

    ``least``: so many of its own units are drawn at least, so that a small change doesn't look like a big one.
    """

    values: tuple[float | None, ...]
    low: float | None = None
    high: float | None = None
    last_out: bool = False
    least: float = 0.0

    def span(self) -> tuple[float, float]:
        """Return the values at the lower and the upper edge; there must be one that is known."""
        known = [one for one in (*self.values, self.low, self.high) if one is not None]
        low, high = min(known), max(known)
        more = max(0.0, (self.least or (1.0 if high == low else 0.0)) - (high - low)) / 2
        return low - more, high + more


@dataclass(frozen=True, slots=True)
class Line:
    """One line: ``title``, then ``strong`` in weight 600, then ``rest``; ``subtitle`` makes it two lines high.

    ``button`` and ``keys`` draw a button at the right ("Review Alt+1"); ``dashed`` marks what isn't confirmed yet.
    """

    key: str
    title: str
    strong: str = ""
    rest: str = ""
    subtitle: str = ""
    icon: str = ""
    icon_tone: Tone = Tone.MUTED
    chip: ChipSpec | None = None
    cells: tuple[Cell, ...] = ()
    spark: Spark | None = None
    button: str = ""
    keys: str = ""
    dashed: bool = False
    middle: str = ""
    """Muted words that begin at the same place in all lines."""

    def spoken(self) -> str:
        """Return the line as a screen reader should say it."""
        words = " ".join(part for part in (self.title, self.strong, self.rest) if part)
        cells = (cell.spoken or cell.text for cell in self.cells)
        parts = (words, self.chip.text if self.chip else "", self.middle, self.subtitle, *cells, self.button, self.keys)
        return ", ".join(part for part in parts if part)

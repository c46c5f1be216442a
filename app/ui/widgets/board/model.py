"""What the arrival board shows, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass

from app.ui.theme.tokens import StatusKind
from app.ui.widgets.lists import ChipSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAction:
    """A button on the focused card; the first one is the next step, and Enter takes it."""

    key: str
    text: str
    icon: str = ""
    keys: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardCard:
    """One visit on the board. ``compact`` is one line, for what is finished; ``dashed`` isn't sent yet."""

    id: str
    name: str
    time: str
    detail: str = ""
    chips: tuple[ChipSpec, ...] = ()
    actions: tuple[CardAction, ...] = ()
    compact: bool = False
    dashed: bool = False
    tooltip: str = ""

    def spoken(self) -> str:
        """Return the card as a screen reader should say it."""
        parts = (f"{self.time} {self.name}", self.detail, *(chip.text for chip in self.chips))
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardLane:
    """One column. ``step`` names what Enter does; ``more`` says what isn't shown, such as "25 more until 16:40"."""

    id: str
    title: str
    status: StatusKind
    count: int
    step: str = ""
    cards: tuple[BoardCard, ...] = ()
    more: str = ""
    empty: str = ""

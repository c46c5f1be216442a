"""Where the cards of a lane go: heights, groups of one-line cards, and what lies where. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF

from app.ui.widgets.board.model import BoardCard

GAP = 8
COMPACT = 36
PAD_X, PAD_Y = 12, 8
ACTIONS = 40
MORE = 32


@dataclass(frozen=True, slots=True)
class Placed:
    """A card's rectangle in content coordinates; the first and last of a group have round corners."""

    card: BoardCard
    rect: QRectF
    first: bool = True
    last: bool = True


def card_height(card: BoardCard, *, focused: bool) -> int:
    """Return a card's height in pixels; the focused one makes room for its buttons."""
    if card.compact:
        return COMPACT
    height = PAD_Y * 2 + 20
    height += 16 if card.detail else 0
    height += 24 if card.chips else 0
    return height + (ACTIONS if focused and card.actions else 0)


def place_cards(cards: Sequence[BoardCard], width: float, focused: str) -> list[Placed]:
    """Return the cards from top to bottom: 8 px between them, one-line cards joined into one list."""
    placed: list[Placed] = []
    y = float(GAP)
    for number, card in enumerate(cards):
        before = cards[number - 1] if number else None
        after = cards[number + 1] if number + 1 < len(cards) else None
        joins_before = card.compact and before is not None and before.compact
        joins_after = card.compact and after is not None and after.compact
        height = card_height(card, focused=card.id == focused)
        placed.append(Placed(card, QRectF(0, y, width, height), not joins_before, not joins_after))
        y += height + (0 if joins_after else GAP)
    return placed

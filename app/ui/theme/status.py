"""How a status looks: colour of text and fill, its glyph and its word, together."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QColor

from app.ui.theme.tokens import StatusKind

GLYPHS = {
    StatusKind.PLANNED: "status-planned",
    StatusKind.ARRIVED: "status-arrived",
    StatusKind.WITH: "status-with",
    StatusKind.DONE: "status-done",
    StatusKind.CRITICAL: "warn",
    StatusKind.HELD: "lock",
}


@dataclass(frozen=True, slots=True)
class StatusStyle:
    """A status in the current mode; ``icon`` is the glyph that stands beside the colour."""

    kind: StatusKind
    text: QColor
    fill: QColor
    icon: str

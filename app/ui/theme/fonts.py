"""The bundled fonts: Inter with tabular figures, Noto behind it for the scripts that Inter lacks."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFont

from app.documents.fonts import FALLBACKS, FEATURES, load_fonts
from app.ui.theme.tokens import TypeRole, tokens

__all__ = ["FALLBACKS", "exact_font", "font", "line_height", "load_fonts"]


@cache
def font(role: TypeRole = TypeRole.BODY, strong: bool = False) -> QFont:
    """Return the font of a role; ``strong`` is weight 600, for names, headings and abnormal values.

    Treat it as read-only: it is shared. Pass it to ``setFont`` (which copies) or copy it first.
    """
    load_fonts()
    token = tokens()
    made = QFont([token.family, *FALLBACKS])
    made.setPixelSize(token.scale[role].size)
    made.setWeight(QFont.Weight(token.strong if strong else token.regular))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    for feature in FEATURES:
        made.setFeature(QFont.Tag(feature), 1)
    return made


@cache
def exact_font(role: TypeRole = TypeRole.BODY, strong: bool = False) -> QFont:
    """Return the font of a role for passwords and keys: every sign as it is, no x between digits that reads as ×."""
    made = QFont(font(role, strong))
    made.setFeature(QFont.Tag("calt"), 0)
    return made


def line_height(role: TypeRole) -> int:
    """Return the line height of a role in pixels."""
    return tokens().scale[role].line

"""The bundled fonts: Inter with tabular figures, Noto behind it for the scripts that Inter lacks."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QLoggingCategory
from PySide6.QtGui import QFont, QFontDatabase

from app.kernel.resources import resource
from app.ui.theme.tokens import TypeRole, tokens

FALLBACKS = (
    "Noto Sans CJK SC",
    "Noto Sans Arabic UI",
    "Noto Sans Hebrew",
    "Noto Sans Devanagari UI",
    "Noto Sans Thai UI",
    "Noto Sans Bengali UI",
    "Noto Sans Tamil UI",
    "Noto Sans Gurmukhi UI",
    "Noto Sans Georgian",
    "Noto Sans Armenian",
)
# Tabular figures everywhere, and an l with a tail so that Il1 differ in names and record numbers.
FEATURES = ("tnum", "cv05")


@cache
def load_fonts() -> tuple[str, ...]:
    """Register the bundled font files once; returns the families they gave. Needs a running QGuiApplication."""
    # Looking for a name's script, Qt tells of each family before the one that has it; that is how it should be.
    QLoggingCategory.setFilterRules("qt.text.font.db.info=false")
    families: list[str] = []
    for file in sorted(resource("fonts").glob("*.[ot]tf")):
        number = QFontDatabase.addApplicationFont(str(file))
        if number < 0:
            raise OSError(f"the font {file.name} cannot be read: install the program again")
        families += QFontDatabase.applicationFontFamilies(number)
    return tuple(dict.fromkeys(families))


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


def line_height(role: TypeRole) -> int:
    """Return the line height of a role in pixels."""
    return tokens().scale[role].line

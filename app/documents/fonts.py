"""The bundled fonts: Inter with tabular figures, Noto behind it for the scripts that Inter lacks."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QLoggingCategory
from PySide6.QtGui import QFont, QFontDatabase

from app.kernel.resources import resource

FAMILY = "Inter"
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


def paper_font(pixels: int, *, strong: bool = False) -> QFont:
    """Return the font of papers, ``pixels`` high in the painter's units.

    Without ``FEATURES``: a PDF knows no letter behind a glyph that a feature put in another's place, so that figures
    could be seen but neither searched for nor copied. For the same reason without Inter's contextual forms.
    """
    load_fonts()
    made = QFont([FAMILY, *FALLBACKS])
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("calt"), 0)
    return made

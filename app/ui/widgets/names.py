"""Names of days and months in the language that the window speaks, whatever the computer's is."""

from __future__ import annotations

from PySide6.QtCore import QLocale

from app.kernel.i18n import language


def naming_locale() -> QLocale:
    """Return the locale for words; how figures of a date are ordered is ``DateOrder``'s."""
    wanted = QLocale.Language.Spanish if language() == "es" else QLocale.Language.English
    present = QLocale()
    return present if present.language() == wanted else QLocale(wanted)

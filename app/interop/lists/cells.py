"""Cells that spreadsheets have spoilt, and what people write where they have nothing to say."""

from __future__ import annotations

import re

_ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?E\+\d{1,3}", re.ASCII | re.IGNORECASE)
_NOTHING = frozenset({"n/a", "na", "#n/a", "null", "none", "nil", "unknown", "#ref!", "#value!", "#name?", "-", "--"})


def is_rounded(text: str) -> bool:
    """Tell whether a spreadsheet has shortened a long number: ``4.85512E+10`` stands for many numbers."""
    return _ROUNDED.fullmatch(text) is not None


def is_nothing(text: str) -> bool:
    """Tell whether a cell says that there is no number or address; in names it can mean a person."""
    return text.lower() in _NOTHING

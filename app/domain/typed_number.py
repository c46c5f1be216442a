"""A number as somebody types it, in any of our languages, without guessing."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?\d{1,9}(?:[.,]\d{1,6})?")
_THOUSANDS = re.compile(r"[+-]?\d{1,3},\d{3}")


def typed_number(text: str) -> float | None:
    """Return the number, with a decimal point or comma.

    None for what is none, and for a comma before three digits: "1,234" is 1234 to one person and 1.234 to another.
    """
    plain = text.strip()
    if not plain.isascii() or not _NUMBER.fullmatch(plain) or _THOUSANDS.fullmatch(plain):
        return None
    return float(plain.replace(",", "."))

"""Reference ranges in the ways that laboratories write them. What can't be read as limits stays text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

NUMBER = r"[+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d{1,2})?"
_DASH = r"\s*(?:-|–|—|‑|\.\.+|…|~|to|bis|à)\s*"
_BETWEEN = re.compile(rf"({NUMBER}){_DASH}({NUMBER})", re.IGNORECASE)
_BELOW = re.compile(rf"(<=|≤|=<|< ?or ?=|<|up to|bis|max\.?|less than|[-–](?=\s))\s*({NUMBER})", re.IGNORECASE)
_ABOVE = re.compile(
    rf"(>=|≥|=>|> ?or ?=|>|ab|from|min\.?|greater than|more than)\s*({NUMBER})|({NUMBER})\s*(-|\+)", re.IGNORECASE
)
_PLAIN = re.compile(NUMBER, re.ASCII)
_DIGITS = 15
"""What a float keeps for certain."""
_MOST = 1e15
"""Larger numbers are kept as they are written."""
_GROUPED = re.compile(r"\d{1,3},\d{3}")
_STRICT_BELOW, _STRICT_ABOVE = {"<", "less than"}, {">", "greater than", "more than"}


@dataclass(frozen=True, slots=True)
class Range:
    """Limits in the result's unit; ``open_low``, ``open_high``: the limit itself is already outside.

    ``text`` is what could not be read as limits, for the note.
    """

    low: float | None = None
    high: float | None = None
    open_low: bool = False
    open_high: bool = False
    text: str = ""


def plain_number(text: str) -> float | int | None:
    """Read a number with point or comma; None for other text and where a comma may group thousands.

    More digits than a float keeps stay text as well: nothing is rounded on its way in.
    """
    text = text.strip()
    if text.isdecimal() and text.isascii():
        return int(text) if len(text) <= _DIGITS else None
    if not _PLAIN.fullmatch(text) or may_group(text):
        return None
    if len(text) > _DIGITS and sum(c.isdigit() for c in re.split("[eE]", text, maxsplit=1)[0]) > _DIGITS:
        return None
    dotted = text.replace(",", ".")
    if dotted.lstrip("+-").isdigit():
        return int(dotted)
    number = float(dotted)
    return number if abs(number) < _MOST else None


def may_group(text: str) -> bool:
    """Tell whether a comma in a number stands before thousands or behind the units: nobody can know."""
    return "," in text and _GROUPED.fullmatch(text.strip().lstrip("+-")) is not None


@lru_cache(maxsize=2048)
def read_range(text: str, unit: str = "") -> Range:
    """Read OBX-7. A unit written behind the limits must be the result's own, else all of it stays text."""
    plain = " ".join(text.split())
    if not plain:
        return Range()
    bare = _without_unit(plain, unit)
    found = _between(bare) or _one_sided(bare)
    return found if found is not None else Range(text=plain)


def _without_unit(text: str, unit: str) -> str:
    """Leave out brackets and the result's own unit, which stands inside of them or behind."""
    bare = _without_brackets(text)
    if unit and bare.casefold().endswith(unit.casefold()):
        return _without_brackets(bare[: -len(unit)].strip())
    return bare


def _without_brackets(text: str) -> str:
    for opening, closing in (("(", ")"), ("[", "]")):
        if text.startswith(opening) and text.endswith(closing):
            text = text[1:-1].strip()
    return text


def _between(text: str) -> Range | None:
    found = _BETWEEN.fullmatch(text)
    if found is None:
        return None
    low, high = plain_number(found[1]), plain_number(found[2])
    if low is None or high is None or low > high:
        return None
    return Range(low=float(low), high=float(high))


def _one_sided(text: str) -> Range | None:
    if found := _BELOW.fullmatch(text):
        sign = found[1].lower()
        limit = plain_number(found[2])
        return None if limit is None else Range(high=float(limit), open_high=sign in _STRICT_BELOW)
    if found := _ABOVE.fullmatch(text):
        sign = (found[1] or "").lower()
        limit = plain_number(found[2] or found[3])
        return None if limit is None else Range(low=float(limit), open_low=sign in _STRICT_ABOVE)
    return None


def flag_at_open_end(value: float | None, found: Range) -> str:
    """Return the flag of a value that is exactly a limit which lies outside: "<5.0" makes 5.0 high. "" otherwise."""
    if value is None:
        return ""
    if found.open_high and value == found.high:
        return "H"
    return "L" if found.open_low and value == found.low else ""

"""A person's names from the columns of a list, however it divides them."""

from __future__ import annotations

from app.kernel.fold import fold

_BEHIND = frozenset(("jr", "sr", "ii", "iii", "iv", "md", "do", "dds", "phd", "rn", "np", "esq"))
"""What stands behind a whole name and its comma and is no given name."""


def names_of(first: str, last: str, second_last: str, whole: str) -> tuple[str, str]:
    """Return given names and family name; ``whole`` is what a column says that is called just "name".

    Beside given names that column is the family name ("Name; Vorname"), beside a family name the given ones
    ("Cognome; Nome"), whether or not it repeats the other. Alone it is divided only where a comma does it.
    """
    last = " ".join(part for part in (last, second_last) if part)
    if whole and first and not last:
        return first, _without(whole, first)
    if whole and last and not first:
        rest = _without(whole, last)
        return ("" if fold(rest) == fold(last) else rest), last
    if first or last:
        return first, last
    return _divided(whole)


def _without(whole: str, part: str) -> str:
    """Leave out a part that stands at either end of a whole name, with its comma; all of it where it doesn't."""
    words, known = whole.replace(",", " ").split(), fold(part).split()
    size = len(part.split())
    if len(words) > size and fold(" ".join(words[:size])).split() == known:
        return " ".join(words[size:])
    if len(words) > size and fold(" ".join(words[-size:])).split() == known:
        return " ".join(words[:-size])
    return whole


def _divided(whole: str) -> tuple[str, str]:
    """Family name and given names stand around one comma; a name without, or with a title behind it, stays whole."""
    family, comma, given = (part.strip() for part in whole.partition(","))
    words = fold(given).split()
    if not (comma and family and words) or "," in given or words[0] in _BEHIND:
        return "", whole
    return given, family

"""How names are folded for search: the same text from Python and from ``desktop.fold`` in SQL."""

from __future__ import annotations

import re
import unicodedata

LETTERS = {
    "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ı": "i", "ħ": "h",
    "ŧ": "t", "ŋ": "n", "ĸ": "k", "ə": "e",
}  # fmt: skip
"""Letters that Unicode does not decompose, and what a keyboard without them types instead."""

_TABLE = str.maketrans(LETTERS)
_APOSTROPHES = re.compile("['\u2019\u2018\u02bc\u02bb`\u00b4]")
_OTHER = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Fold for search: no accents, no case, apostrophes dropped, other punctuation to one space."""
    decomposed = unicodedata.normalize("NFKD", text.lower())
    bare = "".join(c for c in decomposed if unicodedata.category(c) != "Mn")
    return _OTHER.sub(" ", _APOSTROPHES.sub("", bare.translate(_TABLE))).strip()

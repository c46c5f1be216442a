"""The five characters that structure an HL7 v2 message, and the escape sequences that let text carry them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

_BREAKS = {"br", "sp", "ce"}
"""Formatting commands that end a line."""

_SILENT = {"in", "ti", "fi", "nf", "sk"}
"""Formatting commands that only move text on a page: indents, filling, skipped spaces."""

_FORMAT = re.compile(r"\.([a-z]{2})\s*([+-]?\d{0,3})", re.IGNORECASE)
_HEX = re.compile(r"[Xx]((?:[0-9A-Fa-f]{2}){1,512})")
_WORDS = r"[FSTREHNP]|[Xx](?:[0-9A-Fa-f]{2}){1,512}|\.[A-Za-z]{2}\s*[+-]?\d{0,3}"
"""What may stand between two escape signs; a sign before anything else is one that nobody escaped."""
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_MOST_LINES = 20


@dataclass(frozen=True)
class Encoding:
    """The delimiters of one message (MSH-1 and MSH-2) and the codec of its hexadecimal escapes.

    ``escape`` and ``subcomponent`` are "" where the message names none.
    """

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    codec: str = "utf-8"

    @classmethod
    def of(cls, segment: str, codec: str) -> Encoding:
        """Read the delimiters of an ``MSH`` (``FHS``, ``BHS``) segment; missing ones are the usual."""
        separator = segment[3:4] or "|"
        return _encoding(separator, segment[4:].partition(separator)[0][:5], codec)

    def is_plain(self, text: str) -> bool:
        """Tell whether a text has no sign of the message's structure, no null and nothing to be left out."""
        return self._special.search(text) is None

    @cached_property
    def _special(self) -> re.Pattern[str]:
        signs = f'{self.field}{self.component}{self.repetition}{self.escape}{self.subcomponent}"'
        return re.compile(f"[{re.escape(signs)}\x00-\x1f\x7f]")

    def unescape(self, text: str) -> str:
        """Return the text that was meant. What is no escape sequence stays as it was written."""
        if self.escape and self.escape in text:
            text = self._sequences.sub(self._replace, text)
        return text if text.isprintable() else _UNWANTED.sub("", text)

    def escaped(self, text: str) -> str:
        """Write a text so that it survives in a field: the inverse of ``unescape``."""
        sign = self.escape
        letters = {letter: name for name, letter in self._letters.items() if letter}
        made = [f"{sign}{letters[c]}{sign}" if c in letters else c for c in text]
        return "".join(made).replace("\r\n", "\n").replace("\r", "\n").replace("\n", f"{sign}.br{sign}")

    @cached_property
    def _letters(self) -> dict[str, str]:
        return {
            "F": self.field,
            "S": self.component,
            "T": self.subcomponent,
            "R": self.repetition,
            "E": self.escape,
        }

    @cached_property
    def _sequences(self) -> re.Pattern[str]:
        sign = re.escape(self.escape)
        return re.compile(f"{sign}({_WORDS}){sign}")

    @cached_property
    def _replace(self) -> Callable[[re.Match[str]], str]:
        letters = self._letters

        def replace(found: re.Match[str]) -> str:
            name = found[1]
            letter = letters.get(name)
            if letter is not None:
                return letter
            if name in ("H", "N"):
                return ""
            if name == "P":
                return "#"
            if hexes := _HEX.fullmatch(name):
                return self._bytes(hexes[1])
            spoken = _formatted(name)
            return found[0] if spoken is None else spoken

        return replace

    def _bytes(self, digits: str) -> str:
        raw = bytes.fromhex(digits)
        try:
            text = raw.decode(self.codec)
        except (UnicodeDecodeError, LookupError):
            text = raw.decode("latin-1")
        return text.replace("\r\n", "\n").replace("\r", "\n")


@lru_cache(maxsize=64)
def _encoding(separator: str, named: str, codec: str) -> Encoding:
    """Messages of one sender share theirs."""
    signs: list[str] = []
    for i, usual in enumerate("^~\\&"):
        sign = named[i] if i < len(named) and not (named[i].isalnum() or named[i].isspace()) else usual
        signs.append("" if sign == separator or sign in signs else sign)
    return Encoding(separator, signs[0] or "^", signs[1], signs[2], signs[3], codec)


def _formatted(name: str) -> str | None:
    """What a formatting command leaves in plain text: line ends; None when it is none."""
    found = _FORMAT.fullmatch(name)
    if found is None:
        return None
    word = found[1].lower()
    if word in _BREAKS:
        lines = int(found[2]) if word == "sp" and found[2].isdigit() else 1
        return "\n" * max(1, min(lines, _MOST_LINES))
    return "" if word in _SILENT else None

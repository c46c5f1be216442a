"""What search knows of a patient: folded names, a sort key, phone digits, the record number.

The same rules in SQL are ``desktop.patient_search_row`` (migrations/sql/60_search.sql); a test compares them.
Demographics come from several programs: what has no readable shape counts as absent, it never raises.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from app.kernel.fold import fold

NOT_PHONES = frozenset({"email", "url"})
MIN_DIGITS = 3
SHORT = 3
LONGEST_INPUT, LONGEST_NAME, LONGEST_RECORD, LONGEST_NUMBER, MOST_NUMBERS = 1000, 300, 100, 30, 20
"""Characters that are looked at and kept, and how many numbers: an index entry must fit on a page."""

NAME_LENGTHS = range(2, 41)
"""Words of this many letters are kept as names to compare a misspelt one with."""
_NO_DIGITS = re.compile("[^0-9]+")


def folded_names(first: str | None, last: str | None, demographics: Any) -> str:
    """Return the words of all names, a space before and after each: ``" ana maria lopez mimi "``.

    "de la cruz" is also typed "delacruz": names with a short word are kept in one piece too.
    """
    parts = [_name(first), _name(last), _name(_text(demographics, "preferredName"))]
    parts += [part.replace(" ", "") for part in parts[:2] if " " in part and min(map(len, part.split(" "))) <= SHORT]
    words = " ".join(part for part in parts if part)
    return f" {words} " if words else ""


def sort_key(first: str | None, last: str | None) -> str:
    """Return what names are ordered by, last name first; two spaces keep "Li" before "Li Wei"."""
    return f"{_name(last)}  {_name(first)}"


def phone_digits(demographics: Any) -> str:
    """Return the digits of every phone number, a space before and after each; "" when there is none."""
    every = (digits_of(number)[:LONGEST_NUMBER] for number in _numbers(demographics))
    found = list(dict.fromkeys(digits for digits in every if len(digits) >= MIN_DIGITS))[:MOST_NUMBERS]
    return f" {' '.join(found)} " if found else ""


def digits_of(text: str) -> str:
    """Return the decimal digits of a text, whatever script they are written in."""
    return _NO_DIGITS.sub("", text if text.isascii() else fold(text))


def record_number(demographics: Any) -> str:
    """Return the MRN as ``fold_record`` writes it; "" when there is none."""
    return fold_record(_text(demographics, "mrn"))


def fold_record(number: str) -> str:
    """Return a record number without case, punctuation and the letters MRN that some write before it."""
    folded = fold(number).replace(" ", "")
    return (folded.removeprefix("mrn") or folded)[:LONGEST_RECORD]


def name_words(folded: str) -> list[str]:
    """Return the distinct words that a misspelt name may have meant."""
    return sorted({word for word in folded.split(" ") if len(word) in NAME_LENGTHS})


def typo_keys(word: str) -> list[str]:
    """Return the word and the word without each of its letters: two words that share one differ in one letter.

    Or in two neighbours that changed places. Only the first 24 letters count.
    """
    word = word[:24]
    return sorted({word, *(word[:i] + word[i + 1 :] for i in range(len(word)))})


def _name(name: str | None) -> str:
    return fold((name or "")[:LONGEST_INPUT])[:LONGEST_NAME]


def _text(demographics: Any, key: str) -> str:
    value = demographics.get(key) if isinstance(demographics, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value)[:LONGEST_INPUT]


def _numbers(demographics: Any) -> Iterator[str]:
    if not isinstance(demographics, dict):
        return
    phones = demographics.get("phones")
    if phones is None:
        yield _text(demographics, "phone")
    elif isinstance(phones, str):
        yield phones[:LONGEST_INPUT]
    elif isinstance(phones, list):
        for entry in phones:
            if isinstance(entry, str):
                yield entry[:LONGEST_INPUT]
            elif isinstance(entry, dict) and str(entry.get("system")) not in NOT_PHONES:
                yield _text(entry, "value")

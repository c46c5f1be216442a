"""Making a registration of what was typed into a search. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from app.domain.search_terms import parse_search

_MRN = re.compile(r"(?i)^(mrn[:#\s]*|#)[\w-]*\d[\w-]*$")
_FEWEST_DIGITS = 7


@dataclass(frozen=True, slots=True)
class TypedPerson:
    """The parts of a person that a search held."""

    first_name: str = ""
    last_name: str = ""
    born: date | None = None
    phone: str = ""


def typed_person(text: str, today: date, *, month_first: bool = True) -> TypedPerson:
    """Read "Ana Ramírez 3/14/1962 555-0142" or "Ramírez, Ana": names as they were written, nothing guessed.

    One word is a last name. A birth date counts only when it is a whole one.
    """
    terms = parse_search(text, today, month_first=month_first)
    born = terms.birth_from if terms.birth_from is not None and terms.birth_from == terms.birth_to else None
    names = _without_figures(text)
    family, comma, given = names.partition(",")
    if comma:
        first, last = given, family
    else:
        words = names.split()
        first, last = " ".join(words[:-1]), " ".join(words[-1:])
    return TypedPerson(
        first_name=" ".join(first.replace(",", " ").split()),
        last_name=" ".join(last.split()),
        born=born,
        phone=terms.digits if len(terms.digits) >= _FEWEST_DIGITS else "",
    )


def _without_figures(text: str) -> str:
    """Leave out every word with a digit, the month beside one, and record numbers."""
    words = re.sub(r"(?i)\bmrn[\s:#]+(?=\w)", "mrn", text).replace(",", " , ").split()
    kept: list[str] = []
    for place, word in enumerate(words):
        if any(c.isdecimal() for c in word) or _MRN.match(word):
            continue
        near = words[max(0, place - 1) : place] + words[place + 1 : place + 2]
        if _is_month(word) and any(any(c.isdecimal() for c in other) for other in near):
            continue
        kept.append(word)
    return " ".join(kept)


def _is_month(word: str) -> bool:
    return parse_search(f"1 {word} 1990", date(2000, 1, 1)).month_word

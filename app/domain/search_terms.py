"""What somebody typed into patient search: name words, a birth date, phone digits, an MRN."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date

from app.kernel.fold import fold

_MONTHS = {
    fold(name): number
    for number, names in enumerate(
        (
            "jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril",
            "may mayo", "jun june junio", "jul july julio", "aug august ago agosto",
            "sep sept september septiembre", "oct october octubre", "nov november noviembre",
            "dec december dic diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_SEPARATED = re.compile(r"^(\d{1,4})[-./](\d{1,2})(?:[-./](\d{1,4}))?$")
_EIGHT = re.compile(r"^\d{8}$")
_MRN = re.compile(r"^(?:mrn[:#\s]*|#)([\w-]+)$", re.IGNORECASE)
_PHONE_PART = re.compile(r"^[+(]?[\d()./-]*\d[\d()./-]*$")


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """The parts of a search, each empty or None when it wasn't given. Dates are inclusive."""

    words: tuple[str, ...] = ()
    birth_from: date | None = None
    birth_to: date | None = None
    digits: str = ""
    mrn: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to search for."""
        return not (self.words or self.birth_from or self.digits or self.mrn)


def parse_search(text: str, today: date, *, month_first: bool = True) -> SearchTerms:
    """Read what was typed.

    ``month_first`` decides 3/4/1962 (US: March 4th); where only one reading is a date that one is
    taken. A year or year-month alone is a range. Dates lie between 1880 and today.
    """
    tokens = re.sub(r"(?i)\bmrn[\s:#]+(?=\w)", "mrn", text.replace(",", " ")).split()
    words: list[str] = []
    digits = ""
    mrn = ""
    span: tuple[date, date] | None = None
    index = 0
    while index < len(tokens):
        token = tokens[index]
        found, used = (None, 0) if span else _birth_date(tokens[index : index + 3], today, month_first)
        if found:
            span = found
            index += used
            continue
        tagged = _MRN.match(token)
        if tagged and any(c.isdigit() for c in token):
            mrn = tagged.group(1)
        elif _PHONE_PART.match(token):
            digits += re.sub(r"\D", "", token)
        else:
            words.extend(fold(token).split())
        index += 1
    birth_from, birth_to = span or (None, None)
    return SearchTerms(tuple(words), birth_from, birth_to, digits, mrn)


def _birth_date(tokens: list[str], today: date, month_first: bool) -> tuple[tuple[date, date] | None, int]:
    """Read a date at the start of ``tokens``; return its range and how many tokens it took."""
    named = _with_month_name(tokens, today)
    if named:
        return named
    token = tokens[0]
    numbers = _SEPARATED.match(token)
    if numbers:
        return _numeric(numbers.groups(), today, month_first), 1
    if _EIGHT.match(token):
        return _span(int(token[:4]), int(token[4:6]), int(token[6:]), today), 1
    if re.fullmatch(r"(18[89]\d|19\d\d|20\d\d)", token):
        return _span(int(token), None, None, today), 1
    return None, 0


def _with_month_name(tokens: list[str], today: date) -> tuple[tuple[date, date], int] | None:
    """Read "14 mar 1962", "mar 14 1962", "mar 1962", "14-mar-1962"."""
    head = re.split(r"[-./]", tokens[0]) if len(re.split(r"[-./]", tokens[0])) == 3 else None
    parts = head or tokens
    months = [_MONTHS.get(fold(part)) for part in parts]
    day: int | None = None
    if len(parts) >= 3 and parts[2].isdigit() and (months[0] or months[1]):
        other = parts[1] if months[0] else parts[0]
        if re.fullmatch(r"\d{1,2}(st|nd|rd|th|\.)?", other):
            day = int(re.sub(r"\D", "", other))
            span = _span(_century(parts[2], today), months[0] or months[1], day, today)
            return (span, 1 if head else 3) if span else None
    if len(tokens) >= 2 and _MONTHS.get(fold(tokens[0])) and re.fullmatch(r"\d{4}", tokens[1]):
        span = _span(int(tokens[1]), _MONTHS[fold(tokens[0])], None, today)
        return (span, 2) if span else None
    return None


def _numeric(groups: tuple[str | None, ...], today: date, month_first: bool) -> tuple[date, date] | None:
    a, b, c = groups
    if a is None or b is None:
        return None
    if len(a) == 4:
        return _span(int(a), int(b), int(c) if c else None, today)
    if c is None:
        return None
    if len(a) > 2 or len(c) == 3 or len(c) == 1:
        return None
    year = _century(c, today)
    first, second = int(a), int(b)
    orders = [(first, second), (second, first)] if month_first else [(second, first), (first, second)]
    for month, day in orders:
        span = _span(year, month, day, today)
        if span:
            return span
    return None


def _century(text: str, today: date) -> int:
    """A two-digit year is the last one that isn't in the future."""
    year = int(text)
    if len(text) != 2:
        return year
    return year + 2000 if year + 2000 <= today.year else year + 1900


def _span(year: int, month: int | None, day: int | None, today: date) -> tuple[date, date] | None:
    if not 1880 <= year <= today.year:
        return None
    try:
        first = date(year, month or 1, day or 1)
    except ValueError:
        return None
    if first > today:
        return None
    if day:
        return first, first
    last_month = month or 12
    return first, date(year, last_month, calendar.monthrange(year, last_month)[1])

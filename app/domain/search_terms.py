"""What somebody typed into patient search: name words, a birth date, phone digits, an MRN."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from app.kernel.fold import fold

_MONTHS = {
    fold(name): number
    for number, names in enumerate(
        (
            "jan january ene enero", "feb february febrero", "mar march marzo", "apr april abr abril",
            "may mayo", "jun june junio", "jul july julio", "aug august ago agosto",
            "sep sept september septiembre setiembre", "oct october octubre", "nov november noviembre",
            "dec december dic diciembre",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip

_MONTH_FIRST = frozenset({
    "New_York", "Detroit", "Kentucky", "Louisville", "Indiana", "Indianapolis", "Fort_Wayne", "Knox_IN", "Chicago",
    "Menominee", "North_Dakota", "Denver", "Boise", "Shiprock", "Phoenix", "Los_Angeles", "Anchorage", "Juneau",
    "Sitka", "Metlakatla", "Yakutat", "Nome", "Adak", "Atka", "Puerto_Rico", "St_Thomas", "Virgin", "St_Johns",
    "Halifax", "Glace_Bay", "Moncton", "Goose_Bay", "Toronto", "Nipigon", "Thunder_Bay", "Atikokan", "Iqaluit",
    "Pangnirtung", "Winnipeg", "Rainy_River", "Rankin_Inlet", "Resolute", "Regina", "Swift_Current", "Edmonton",
    "Cambridge_Bay", "Yellowknife", "Inuvik", "Creston", "Dawson_Creek", "Fort_Nelson", "Whitehorse", "Dawson",
    "Vancouver",
})  # fmt: skip
_MONTH_FIRST_ISLANDS = frozenset({"Pacific/Honolulu", "Pacific/Guam", "Pacific/Saipan", "Pacific/Pago_Pago"})
_DATE = re.compile(r"^(\d{1,4})([-./])(\d{1,2})(?:[-./](\d{1,4}))?$")
_MONTH_YEAR = re.compile(r"^(\d{1,2})[-./](\d{4})$")
_EIGHT = re.compile(r"^\d{8}$")
_YEAR = re.compile(r"^(18[89]\d|19\d\d|20\d\d)$")
_DAY = re.compile(r"^(\d{1,2})(?:st|nd|rd|th|\.)?$", re.IGNORECASE)
_MRN = re.compile(r"^(?:mrn[:#\s]*|#)([\w-]+)$", re.IGNORECASE)
_PHONE_PART = re.compile(r"^[+(]?[\d()./-]*\d[\d()./-]*$")
_NUMBER_PIECES, _LONGEST_NUMBER = 2, 40
_OF = frozenset({"de", "del", "of"})
_FIRST_YEAR = 1880
_LONGEST = 500
"""More than this many characters is nobody's name; the rest is not read."""

Span = tuple[date, date]


def month_first(zone: str) -> bool:
    """Tell whether people in this time zone write 3/14 for the 14th of March: those of the USA and English Canada.

    Search and every field for a date go by it, so that 3/8 is one day in all of the program.
    """
    area, _, place = zone.partition("/")
    if area == "America":
        return place.partition("/")[0] in _MONTH_FIRST
    return area in ("US", "Canada") or zone in _MONTH_FIRST_ISLANDS


@dataclass(frozen=True, slots=True)
class SearchTerms:
    """The parts of a search, each empty or None when it wasn't given. Dates are inclusive.

    ``month_word`` says that a word was read as a month which may be a name too, such as June or Marzo. ``number`` is
    all that was typed where it may be a record number that has letters, such as AB-17.
    """

    words: tuple[str, ...] = ()
    birth_from: date | None = None
    birth_to: date | None = None
    digits: str = ""
    mrn: str = ""
    month_word: bool = False
    number: str = ""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to search for."""
        return not (self.words or self.birth_from or self.digits or self.mrn)


def parse_search(text: str, today: date, *, month_first: bool = True, months: bool = True) -> SearchTerms:
    """Read what was typed.

    ``month_first`` decides 3/4/1962 (US: March 4th); with dots (4.3.1962) the day always comes first, and where
    only one reading is a date that one is taken. A year or year and month alone is a range. Dates lie between 1880
    and today. With ``months`` False, words such as June are names.
    """
    tokens = _tokens(text)
    words: list[str] = []
    digits = mrn = ""
    span: Span | None = None
    month_word = False
    index = 0
    while index < len(tokens):
        token = tokens[index]
        found, used = (None, 0) if span else _birth_date(tokens[index:], today, month_first, months)
        if found:
            span = found
            month_word = month_word or any(_month(part) for part in tokens[index : index + used])
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
    number = "" if span or mrn else _lettered_number(tokens)
    return SearchTerms(tuple(words), birth_from, birth_to, digits, mrn, month_word, number)


def _lettered_number(tokens: list[str]) -> str:
    """What may be a record number with letters: few signs in one or two pieces, letters and digits among them."""
    whole = " ".join(tokens)
    mixed = any(c.isdigit() for c in whole) and any(c.isalpha() for c in whole)
    return whole if mixed and len(tokens) <= _NUMBER_PIECES and len(whole) <= _LONGEST_NUMBER else ""


def _tokens(text: str) -> list[str]:
    whole = "".join(" " if "\ud800" <= c <= "\udfff" else c for c in text[:_LONGEST])  # half a character is nobody's
    plain = "".join(_plain_digit(c) for c in whole.replace(",", " "))
    return re.sub(r"(?i)\bmrn[\s:#]+(?=\w)", "mrn", plain).split()


def _plain_digit(sign: str) -> str:
    """Digits of other scripts become 0 to 9: phones and dates are kept in those."""
    return sign if sign.isascii() or not sign.isdecimal() else str(unicodedata.decimal(sign))


def _birth_date(tokens: list[str], today: date, month_first: bool, months: bool) -> tuple[Span | None, int]:
    """Read a date at the start of ``tokens``; return its range and how many tokens it took."""
    named = _with_month_name(tokens, today) if months else None
    if named:
        return named
    token = tokens[0]
    if numbers := _DATE.match(token):
        return _numeric(numbers, today, month_first), 1
    if numbers := _MONTH_YEAR.match(token):
        return _span(int(numbers[2]), int(numbers[1]), None, today), 1
    if _EIGHT.match(token):
        return _span(int(token[:4]), int(token[4:6]), int(token[6:]), today), 1
    if _YEAR.match(token):
        return _span(int(token), None, None, today), 1
    return None, 0


def _month(word: str) -> int | None:
    return _MONTHS.get(fold(word))


def _with_month_name(tokens: list[str], today: date) -> tuple[Span, int] | None:
    """Read "14 mar 1962", "mar 14 1962", "mar 1962", "14-mar-1962", "14 de marzo de 1962"."""
    parts, used = _date_words(tokens)
    if len(parts) >= 3 and re.fullmatch(r"\d{2}|\d{4}", parts[2]):
        for place, other in ((1, 0), (0, 1)):
            month, day = _month(parts[place]), _DAY.match(parts[other])
            if month and day:
                span = _span(_century(parts[2], today), month, int(day[1]), today)
                return (span, used[2]) if span else None
    if len(parts) >= 2 and re.fullmatch(r"\d{4}", parts[1]) and (month := _month(parts[0])):
        span = _span(int(parts[1]), month, None, today)
        return (span, used[1]) if span else None
    return None


def _date_words(tokens: list[str]) -> tuple[list[str], list[int]]:
    """Return up to three parts of a date without "de" and "of", and how many tokens each took in all."""
    head = re.split(r"[-./]", tokens[0])
    if len(head) in (2, 3) and all(head) and any(map(_month, head)):
        return head, [1] * len(head)
    parts: list[str] = []
    used: list[int] = []
    for number, token in enumerate(tokens[:5], start=1):
        if parts and token.casefold() in _OF:
            continue
        parts.append(token)
        used.append(number)
    return parts[:3], used[:3]


def _numeric(found: re.Match[str], today: date, month_first: bool) -> Span | None:
    a, sign, b, c = found.groups()
    if len(a) == 4:
        return _span(int(a), int(b), int(c) if c else None, today)
    if c is None or len(a) > 2 or len(c) not in (2, 4):
        return None
    year = _century(c, today)
    first, second = int(a), int(b)
    orders = [(first, second), (second, first)] if month_first and sign != "." else [(second, first), (first, second)]
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


def _span(year: int, month: int | None, day: int | None, today: date) -> Span | None:
    if not _FIRST_YEAR <= year <= today.year or day == 0 or month == 0:
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

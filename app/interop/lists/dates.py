"""Birth dates as lists write them. Whether day or month comes first is decided for the whole file, never guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from app.kernel.fold import fold


class DateOrder(StrEnum):
    """What comes first in dates such as 03/04/1970."""

    DAY_FIRST = "dmy"
    MONTH_FIRST = "mdy"


_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ].*)?", re.ASCII)
_DIGITS = re.compile(r"(\d{4})()(\d\d)(\d\d)", re.ASCII)
_TIME = r"(?:,?\s+\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?(?:\s*[AaPp]\.?[Mm]\.?)?)?"
_YEAR_LAST = re.compile(rf"(\d{{1,2}})([-/. ])\s*(\d{{1,2}})\2\s*(\d{{4}}){_TIME}", re.ASCII)
_NAME = r"([^\W\d_]{3,10})\.?"
_DAY_MONTH = re.compile(rf"([0-9]{{1,2}})[-/. ]\s*(?:de\s+)?{_NAME}[-/., ]\s*(?:del?\s+)?([0-9]{{4}}){_TIME}")
_MONTH_DAY = re.compile(rf"{_NAME}[-/. ]\s*([0-9]{{1,2}})[-/, ]\s*([0-9]{{4}}){_TIME}")
_ZEROS = re.compile(r"0{1,4}[-/.]0{1,2}[-/.]0{1,4}(?:[T ].*)?", re.ASCII)
_DAY_NUMBER = re.compile(r"\d{5}(?:[.,]\d+)?", re.ASCII)
_MONTHS = (
    "january enero januar janvier gennaio janeiro januari",
    "february febrero februar fevrier febbraio fevereiro februari",
    "march marzo marz mars marco maart mrt",
    "april abril avril aprile",
    "may mayo mai maggio maio mei",
    "june junio juni juin giugno junho",
    "july julio juli juillet luglio julho",
    "august agosto aout augustus",
    "september septiembre setiembre septembre settembre setembro sept",
    "october octubre oktober octobre ottobre outubro",
    "november noviembre novembre novembro",
    "december diciembre dezember decembre dicembre dezembro",
)
"""What the months are called in English, Spanish, German, French, Italian, Portuguese and Dutch, folded."""


def _months() -> dict[str, int]:
    """Every name and its first three letters; those that begin several months (juin, juillet) are none."""
    found: dict[str, int] = {}
    for month, names in enumerate(_MONTHS, 1):
        for name in names.split():
            for word in {name, name[:3]}:
                found[word] = month if found.get(word, month) == month else 0
    return found


_MONTH_OF = _months()


def order_in(texts: Iterable[str]) -> DateOrder | None:
    """Return the order that all dates of a file agree on; None when none decides, or they disagree.

    Dates with dots are day first everywhere; a number over 12 can only be a day.
    """
    seen: set[DateOrder] = set()
    for text in texts:
        match = _YEAR_LAST.fullmatch(text)
        if match is None:
            continue
        first, sign, second, _ = match.groups()
        if sign == "." or int(first) > 12:
            seen.add(DateOrder.DAY_FIRST)
        elif int(second) > 12:
            seen.add(DateOrder.MONTH_FIRST)
    return seen.pop() if len(seen) == 1 else None


def needs_order(text: str) -> bool:
    """Tell whether a date can only be read when it is known what comes first."""
    match = _YEAR_LAST.fullmatch(text)
    if match is None or match[2] == ".":
        return False
    first, second = int(match[1]), int(match[3])
    return first <= 12 and second <= 12 and first != second


def is_day_number(text: str) -> bool:
    """Tell whether a text is how a spreadsheet counts days. Its programs count from two different days."""
    return _DAY_NUMBER.fullmatch(text) is not None


def is_no_date(text: str) -> bool:
    """Tell whether a text is the date that databases write where they have none: 0000-00-00."""
    return _ZEROS.fullmatch(text) is not None


def read_date(text: str, order: DateOrder | None) -> date | None:
    """Read a date; None for what is none, or can't be told without the order."""
    if match := _DAY_MONTH.fullmatch(text):
        year, month, day = int(match[3]), _MONTH_OF.get(fold(match[2]), 0), int(match[1])
    elif match := _MONTH_DAY.fullmatch(text):
        year, month, day = int(match[3]), _MONTH_OF.get(fold(match[1]), 0), int(match[2])
    elif match := _YEAR_FIRST.fullmatch(text) or _DIGITS.fullmatch(text):
        year, month, day = int(match[1]), int(match[3]), int(match[4])
    elif match := _YEAR_LAST.fullmatch(text):
        if needs_order(text) and order is None:
            return None
        day, month, year = int(match[1]), int(match[3]), int(match[4])
        if match[2] != "." and (order is DateOrder.MONTH_FIRST or (order is None and month > 12)):
            day, month = month, day
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None

"""Reading dates and times the way people type them; pure functions, no Qt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta


@dataclass(frozen=True, slots=True)
class DateWords:
    """What a language and a clinic bring to reading dates.

    ``order`` is ``mdy``, ``dmy`` or ``ymd``, for dates in figures only; months are the twelve names, long or short.
    """

    order: str = "mdy"
    months: Sequence[str] = (
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    )
    today: str = "today"
    tomorrow: str = "tomorrow"
    yesterday: str = "yesterday"


def _plain(text: str) -> str:
    marks = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in marks if not unicodedata.combining(sign)).strip()


def _year(figures: str, today: date, *, past: bool) -> int:
    year = int(figures)
    if len(figures) > 2:
        return year
    century = today.year // 100 * 100
    # A birth date in two figures lies in the past; any other date is the nearest one.
    limit = today.year if past else today.year + 50
    return century + year if century + year <= limit else century - 100 + year


def _month_of(word: str, words: DateWords) -> int | None:
    if len(word) < 3:
        return None
    for number, name in enumerate(words.months, start=1):
        if _plain(name).startswith(word):
            return number
    return None


def _relative(text: str, today: date, words: DateWords) -> date | None:
    named = {_plain(words.today): 0, _plain(words.tomorrow): 1, _plain(words.yesterday): -1}
    if text in named:
        return today + timedelta(days=named[text])
    match = re.fullmatch(r"([+-])(\d{1,4})\s*([dwm]?)", text)
    if match is None:
        return None
    count = int(match[2]) * (1 if match[1] == "+" else -1)
    if match[3] == "m":
        return add_months(today, count)
    return today + timedelta(days=count * (7 if match[3] == "w" else 1))


def add_months(day: date, count: int) -> date:
    """Return the same day ``count`` months on, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, day.day)


def _figures(parts: list[str], words: DateWords, today: date, *, past: bool) -> date | None:
    if len(parts) == 2 and words.order != "ymd":
        parts = [*parts, str(today.year)]
    if len(parts) != 3:
        return None
    if len(parts[0]) == 4:
        year, month, day = parts
    elif words.order == "dmy":
        day, month, year = parts
    elif words.order == "ymd":
        year, month, day = parts
    else:
        month, day, year = parts
    return date(_year(year, today, past=past), int(month), int(day))


def _day_first(parts: list[str], words: DateWords) -> DateWords:
    """Dots are the sign of day.month.year: 4.3.1962 is 4 March everywhere, 3.14.1962 can only be 14 March."""
    return words if len(parts) > 1 and int(parts[1]) > 12 else replace(words, order="dmy")


def _with_month_name(parts: list[str], words: DateWords, today: date, *, past: bool) -> date | None:
    month = next((found for part in parts if part.isalpha() and (found := _month_of(part, words))), None)
    figures = [part for part in parts if part.isdecimal()]
    if month is None or not 1 <= len(figures) <= 2:
        return None
    day, year = figures[0], figures[1] if len(figures) == 2 else str(today.year)
    if len(day) == 4:
        day, year = year, day
    return date(_year(year, today, past=past), month, int(day))


def read_date(text: str, today: date, words: DateWords | None = None, *, past: bool = False) -> date | None:
    """Return the date that a person typed, or ``None`` where it isn't one.

    Reads ``2025-03-14``, ``3/14/2025``, ``14.3.25``, ``14 Mar 2025``, ``March 14``, ``20250314``, ``today`` and
    ``+3`` (days; ``+2w``, ``+1m``). With dots the day comes first wherever it can, as in search. ``past`` puts years of
    two figures into the past, for birth dates.
    """
    words = words or DateWords()
    plain = _plain(text)
    try:
        relative = _relative(plain, today, words)
        if relative is not None:
            return relative
        if re.fullmatch(r"\d{8}", plain):
            return date(int(plain[:4]), int(plain[4:6]), int(plain[6:]))
        parts = [part for part in re.split(r"[\s./,\-]+", plain) if part]
        if all(part.isdecimal() for part in parts):
            if words.order == "mdy" and "." in plain:
                words = _day_first(parts, words)
            return _figures(parts, words, today, past=past)
        return _with_month_name(parts, words, today, past=past)
    except (ValueError, OverflowError):
        return None


def read_time(text: str) -> time | None:
    """Return the wall-clock time that a person typed (``9``, ``930``, ``9.30 pm``, ``21h15``), or ``None``."""
    plain = _plain(text).replace(" ", "").replace("a.m.", "am").replace("p.m.", "pm")
    match = re.fullmatch(r"(\d{1,2})(?:[:.h]?(\d{2}))?h?(am|pm|a|p)?", plain)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None

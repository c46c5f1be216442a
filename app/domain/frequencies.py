"""How often something is due, read from the words in which people write it, in English and Spanish.

What counts is how often, not how much: "one injection twice a week" and "20 mg weekly" are twice and once a week. Of a
span ("3 to 4 times a week") the lower end counts. What is done only when it is needed can't be counted.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_WORDS = {
    "once": 1, "one": 1, "twice": 2, "two": 2, "thrice": 3, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "un": 1, "una": 1, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6, "siete": 7,
}  # fmt: skip
_PER = {
    "day": 1.0, "daily": 1.0, "dia": 1.0, "diario": 1.0, "diaria": 1.0, "diariamente": 1.0,
    "morning": 1.0, "evening": 1.0, "night": 1.0, "nightly": 1.0, "bedtime": 1.0, "manana": 1.0, "tarde": 1.0,
    "noche": 1.0, "week": 7.0, "weekly": 7.0, "semana": 7.0, "semanal": 7.0, "semanalmente": 7.0,
    "fortnight": 14.0, "fortnightly": 14.0, "quincena": 14.0, "quincenal": 14.0, "quincenalmente": 14.0,
    "month": 30.4375, "monthly": 30.4375, "mes": 30.4375, "mensual": 30.4375, "mensualmente": 30.4375,
}  # fmt: skip
_SHORT = {"qd": (1, 1.0), "od": (1, 1.0), "qhs": (1, 1.0), "bid": (2, 1.0), "tid": (3, 1.0), "qid": (4, 1.0),
          "qod": (1, 2.0), "qwk": (1, 7.0)}  # fmt: skip
_DAYS = (
    ("mon", "monday", "lune"), ("tue", "tuesday", "marte"), ("wed", "wednesday", "miercole"),
    ("thu", "thursday", "jueve"), ("fri", "friday", "vierne"), ("sat", "saturday", "sabado"),
    ("sun", "sunday", "domingo"),
)  # fmt: skip
_HOURS = 24.0
_NEEDED = re.compile(r"\b(?:as needed|when needed|if needed|prn|si hace falta|si es necesario|segun necesidad)\b")
_UNIT = re.compile(rf"\b({'|'.join(_PER)})(?:e?s)?\b")
_NUMBER = rf"(\d{{1,2}}|{'|'.join(_WORDS)})"
_SPAN = r"(?:\s*(?:to|or|a|o|–|-)?\s*\d{1,2})?"
_TIMES = re.compile(rf"\b(?:{_NUMBER}{_SPAN}\s*(?:x|×|times?\b|veces\b|vez\b)|(once|twice|thrice)\b)")
_DAYS_A_WEEK = re.compile(
    rf"\b{_NUMBER}{_SPAN}\s+(?:days?|dias?)\s+(?:a|per|each|every|por|a la|cada)\s+(?:week|semana)\b"
)
_BARE = re.compile(rf"\b{_NUMBER}\s*(?:/|(?:a|an|per|each|every|por|al|a la|cada)\s+){_UNIT.pattern[2:]}")
_EVERY = re.compile(
    rf"\b(?:every|cada)\s+(?:{_NUMBER}|(other|second))\s*(hour|hr|h|hora|day|week|month|dia|semana|mes)(?:e?s)?\b"
)
_ALTERNATE = re.compile(r"\b(?:alternate days|dias alternos|un dia si y otro no)\b")
_FROM_TO = re.compile(r"\b(?:monday|mon|lunes)\s*(?:to|through|a|-|–)\s*(?:friday|fri|viernes)\b")


@dataclass(frozen=True, slots=True)
class Rate:
    """How often something is due: ``times`` in every ``days`` days."""

    times: int
    days: float

    def due(self, days: int) -> int:
        """How often it is due in a span of whole days; more than once a day counts as one day."""
        return min(days, round(days * self.times / self.days))


def read_rate(frequency: str) -> Rate | None:
    """Read how often, as people write it in English or Spanish; None for once, and for what can't be counted."""
    text = _plain(frequency)
    if _NEEDED.search(text):
        return None
    if every := _EVERY.search(text):
        return _stepped(*every.groups())
    if _ALTERNATE.search(text):
        return Rate(1, 2.0)
    if found := _DAYS_A_WEEK.search(text):
        return _rate(_count(found[1]), 7.0)
    unit = _UNIT.search(text)
    if unit is None:
        return _by_name(text)
    if found := _TIMES.search(text):
        return _rate(_count(found[1] or found[2]), _PER[unit[1]])
    if found := _BARE.search(text):
        return _rate(_count(found[1]), _PER[found[2]])
    return Rate(1, _PER[unit[1]])


def _stepped(number: str | None, word: str | None, unit: str) -> Rate | None:
    """Every so many hours, days, weeks or months."""
    step = 2 if word else _count(number or "")
    if not step:
        return None
    if unit[0] == "h":
        return Rate(max(1, round(_HOURS / step)), 1.0) if step <= _HOURS else Rate(1, step / _HOURS)
    return Rate(1, _PER[unit] * step)


def _by_name(text: str) -> Rate | None:
    """By days of the week, or by the short words of prescriptions."""
    words = re.findall(r"[a-z]+", text)
    short = next((_SHORT[word] for word in words if word in _SHORT), None)
    if short is not None:
        return Rate(*short)
    if _FROM_TO.search(text):
        return Rate(5, 7.0)
    full = {place for place, (_, *names) in enumerate(_DAYS) for word in words if word.removesuffix("s") in names}
    cut = {place for place, (short, *_) in enumerate(_DAYS) if short in words}
    named = full | cut if len(full | cut) > 1 else full  # "in the sun" is no day
    return Rate(len(named), 7.0) if named else None


def _rate(times: int, days: float) -> Rate | None:
    return Rate(times, days) if times else None


def _count(text: str) -> int:
    return int(text) if text.isdecimal() else _WORDS[text]


def _plain(text: str) -> str:
    """Without case and accents, points of abbreviations and hyphens."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return bare.replace(".", "").replace("-", " ")

"""What a laboratory found: one result, its flag, and the JSON that ``lab_orders.results`` keeps.

The JSON is a list of ``{code, name, value, unit, low, high, flag, observedAt, status, note}``; others write
``{"A1C": 6.1}`` as well. Both are read, the list is written. What can't be read is counted, never raised: one bad
entry never hides the others. Units are never converted here, and limits only hold for a value in their own unit.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

Value: TypeAlias = int | float | str
"""A number, or text such as ``"<0.5"`` or ``"POSITIVE"``; an empty text where nothing was measured."""

HIGH, LOW, CRITICAL_HIGH, CRITICAL_LOW, ABNORMAL = "H", "L", "HH", "LL", "A"
FLAGS = frozenset({HIGH, LOW, CRITICAL_HIGH, CRITICAL_LOW, ABNORMAL})
CRITICAL = frozenset({CRITICAL_HIGH, CRITICAL_LOW})
FINAL, PRELIMINARY, CORRECTED, CANCELLED = "final", "preliminary", "corrected", "cancelled"

MAX_TEXT = 100_000
"""Characters of one text that are read: a culture's report is long, ten megabytes are no result."""

MAX_SYSTEM = 200
"""Characters of the name of a coding system."""

_FINAL = frozenset({FINAL, CORRECTED, "amended", "appended"})
CANCELLED_BY_MISTAKE = "entered-in-error"
_VOID = frozenset({CANCELLED, CANCELLED_BY_MISTAKE})
_SPOKEN = {
    "HIGH": HIGH, "LOW": LOW, "ABNORMAL": ABNORMAL, "AA": ABNORMAL, "CRITICAL HIGH": CRITICAL_HIGH,
    "CRITICAL LOW": CRITICAL_LOW, "HU": CRITICAL_HIGH, "LU": CRITICAL_LOW, ">": HIGH, "<": LOW,
}  # fmt: skip
_NUMBER = re.compile(r"\s*(<=|>=|≤|≥|<|>)?\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?)\s*")


@dataclass(frozen=True, slots=True)
class Limits:
    """From which value on a result is critical, in ``unit`` (UCUM); None: no limit on that side. Ends are critical."""

    unit: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LabResult:
    """One result. ``code`` is LOINC where known, ``observed_at`` aware UTC, ``low``/``high`` the range in ``unit``.

    ``system`` says whose code it is where it isn't LOINC: two laboratories have codes of their own that look alike.
    """

    code: str = ""
    name: str = ""
    value: Value = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    flag: str = ""
    observed_at: datetime | None = None
    status: str = FINAL
    note: str = ""
    system: str = ""

    @property
    def key(self) -> str:
        """What says that two results are of one test: the code and whose it is, else the folded name; not the unit."""
        if not self.code:
            return self.name.casefold()
        return f"{self.system}|{self.code}" if self.system else self.code

    @property
    def number(self) -> float | None:
        """The value as a number; None for text and for a bound such as ``<0.5``."""
        sign, number = bounded(self.value)
        return None if sign else number

    @property
    def final(self) -> bool:
        """Whether the laboratory stands by it."""
        return self.status in _FINAL

    @property
    def void(self) -> bool:
        """Whether the laboratory took it back or never measured it."""
        return self.status in _VOID

    @property
    def critical(self) -> bool:
        """Whether somebody has to act now."""
        return self.flag in CRITICAL and not self.void

    @property
    def abnormal(self) -> bool:
        """Whether it is out of its range."""
        return bool(self.flag) and not self.void


def is_to_read(item: LabResult) -> bool:
    """Tell whether only a person can say what a result means: nothing flags it, and no limit says that it is in range.

    A text is, and so are a number without a range and what was not measured.
    """
    if item.abnormal:
        return False
    return item.void or bounded(item.value)[1] is None or (item.low is None and item.high is None)


def bounded(value: Value) -> tuple[str, float | None]:
    """Split a value into comparator ("", "<" or ">") and number; no comparator and None for any other text."""
    if not isinstance(value, str):
        return "", float(value)
    found = _NUMBER.fullmatch(value)
    if found is None:
        return "", None
    number = float(found[2])
    sign = {"≤": "<", "≥": ">"}.get(found[1] or "", (found[1] or "")[:1])
    return (sign, number) if math.isfinite(number) else ("", None)


def flag_of(
    value: Value, low: float | None, high: float | None, critical: Limits | None = None, unit: str | None = None
) -> str:
    """Return the flag that follows from the range: "", H, L, HH or LL.

    Ends of the range are in range, ends of the critical limits critical. ``unit`` (when given) must be the limits'
    own, else they don't count. A bound (``<0.5``) is out of range only when every value that it allows is.
    """
    sign, number = bounded(value)
    if number is None:
        return ""
    limits = critical if critical is not None and (unit is None or same_unit(unit, critical.unit)) else None
    if limits is not None and _reaches(sign, number, limits.high, up=True):
        return CRITICAL_HIGH
    if limits is not None and _reaches(sign, number, limits.low, up=False):
        return CRITICAL_LOW
    if high is not None and _beyond(sign, number, high, up=True):
        return HIGH
    if low is not None and _beyond(sign, number, low, up=False):
        return LOW
    return ""


def _reaches(sign: str, number: float, limit: float | None, *, up: bool) -> bool:
    if limit is None or sign == ("<" if up else ">"):
        return False
    return number >= limit if up else number <= limit


def _beyond(sign: str, number: float, limit: float, *, up: bool) -> bool:
    if sign == ("<" if up else ">"):
        return False
    if sign:
        return number >= limit if up else number <= limit
    return number > limit if up else number < limit


def same_unit(one: str, other: str) -> bool:
    """Tell whether two units are written alike but for spelling (``mmol/L`` and ``mmol/l``, ``10^3`` and ``10*3``)."""
    return _plain_unit(one) == _plain_unit(other)


@lru_cache(maxsize=1024)
def _plain_unit(unit: str) -> str:
    plain = re.sub(r"\s+", "", unit).replace("^", "*").replace("µ", "u").replace("μ", "u").replace("×", "x")
    return re.sub(r"(?<![A-Za-z])([mdu]?)L\b", r"\1l", plain.removeprefix("x"))


def parse_results(document: Any) -> tuple[tuple[LabResult, ...], int]:
    """Read ``lab_orders.results``: the results in their order, and how many entries can't be read. Never raises."""
    items = [item for _, item in entries_of(document)]
    readable = tuple(item for item in items if item is not None)
    return readable, len(items) - len(readable)


def entries_of(document: Any) -> tuple[tuple[Any, LabResult | None], ...]:
    """Return each entry as it stands with the result that it is; None for one that can't be read."""
    if document is None:
        return ()
    if isinstance(document, Mapping):
        entries: Sequence[Any] = [_named(name, value) for name, value in document.items()]
    elif isinstance(document, list | tuple):
        entries = document
    else:
        entries = [document]
    return tuple((entry, _item(entry)) for entry in entries)


def _named(name: Any, value: Any) -> Any:
    return {"name": name, **value} if isinstance(value, Mapping) else {"name": name, "value": value}


def _item(entry: Any) -> LabResult | None:
    if not isinstance(entry, Mapping):
        return None
    code, name, unit = _text(entry.get("code")), _text(entry.get("name")), _text(entry.get("unit"))
    note, status, value = _text(entry.get("note")), _text(entry.get("status")), _value(entry.get("value"))
    if None in (code, name, unit, note, status) or value is None or not (code or name):
        return None
    if value == "" and not note and not status:
        return None
    return LabResult(
        code=code or "",
        name=name or code or "",
        value=value,
        unit=unit or "",
        low=_limit(entry.get("low")),
        high=_limit(entry.get("high")),
        flag=flag_word(entry.get("flag")),
        observed_at=_instant(entry.get("observedAt")),
        status=(status or FINAL).lower(),
        note=note or "",
        system=(_text(entry.get("system")) or "")[:MAX_SYSTEM],
    )


def _text(value: Any) -> str | None:
    """Return the text, an empty one for null; None when it is no text that can be kept."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT or "\x00" in value:
        return None
    return value.strip()


def _value(value: Any) -> Value | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if _finite(value) else None
    return _text(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _limit(value: Any) -> float | None:
    if isinstance(value, str):
        sign, number = bounded(value)
        return None if sign else number
    if isinstance(value, bool) or not isinstance(value, int | float) or not _finite(value):
        return None
    return value


def flag_word(value: Any) -> str:
    """Return one of ``FLAGS`` for what somebody wrote as a flag; "" for normal, unknown and no text."""
    word = value.strip().upper() if isinstance(value, str) else ""
    return word if word in FLAGS else _SPOKEN.get(word, "")


def _instant(value: Any) -> datetime | None:
    """Read ISO 8601; without a zone it is UTC, as everything in the shared database. None when it is no time.

    A mere day is kept at noon: at midnight UTC it would be the day before in America.
    """
    if not isinstance(value, str):
        return None
    try:
        text = value.strip()
        instant = datetime.fromisoformat(text)
        if "T" not in text.upper() and ":" not in text and len(text) <= len("2026-11-23"):
            instant = instant.replace(hour=12)
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def results_json(items: Sequence[LabResult]) -> list[dict[str, Any]]:
    """Return the JSON that ``lab_orders.results`` keeps, every key in each entry; ``system`` where one is named."""
    return [
        {
            "code": item.code or None,
            "name": item.name,
            "value": None if item.value == "" else item.value,
            "unit": item.unit or None,
            "low": item.low,
            "high": item.high,
            "flag": item.flag or None,
            "observedAt": instant_text(item.observed_at),
            "status": item.status,
            "note": item.note or None,
            **({"system": item.system} if item.system else {}),
        }
        for item in items
    ]


def instant_text(instant: datetime | None) -> str | None:
    """Return an aware instant as the backend writes it: UTC, milliseconds, ``Z``."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def content_hash(document: Any) -> str:
    """Return what says that results are still the ones that were shown: a digest of the stored JSON (16 hex digits).

    Keys in order and whole numbers written one way, so both databases give the same digest for the same value.
    """
    text = json.dumps(_canonical(document), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value

"""The shapes that schema.md and domain.md give to the JSON of the shared tables: what the backend and the phones read.

A checker gets a value as Python has it and returns what is wrong with it, one line for each fault. Keys beyond the
documented ones are allowed only where a page says so: here each column names all that this program writes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

Faults: TypeAlias = Iterator[str]
Check: TypeAlias = Callable[[Any, str], Faults]


def text(value: Any, at: str) -> Faults:
    """A text."""
    if not isinstance(value, str):
        yield f"{at}: {value!r} is no text"


def number(value: Any, at: str) -> Faults:
    """A finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        yield f"{at}: {value!r} is no number"


def whole(value: Any, at: str) -> Faults:
    """A whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        yield f"{at}: {value!r} is no whole number"


def yes_no(value: Any, at: str) -> Faults:
    """True or false."""
    if not isinstance(value, bool):
        yield f"{at}: {value!r} is neither true nor false"


def instant(value: Any, at: str) -> Faults:
    """A moment with its zone, ISO 8601."""
    try:
        if datetime.fromisoformat(value).tzinfo is None:
            yield f"{at}: {value!r} has no zone"
    except (TypeError, ValueError):
        yield f"{at}: {value!r} is no moment"


def day(value: Any, at: str) -> Faults:
    """A date, ISO 8601."""
    try:
        date.fromisoformat(value)
    except (TypeError, ValueError):
        yield f"{at}: {value!r} is no date"


def anything(value: Any, at: str) -> Faults:
    """Ours to choose, as long as it is an object's member."""
    del value, at
    yield from ()


def one_of(*allowed: Any) -> Check:
    """One of some values."""

    def check(value: Any, at: str) -> Faults:
        if value not in allowed:
            yield f"{at}: {value!r} is none of {allowed}"

    return check


def or_none(inner: Check) -> Check:
    """Something, or null."""

    def check(value: Any, at: str) -> Faults:
        if value is not None:
            yield from inner(value, at)

    return check


def either(*inner: Check) -> Check:
    """Whatever one of the checks takes."""

    def check(value: Any, at: str) -> Faults:
        if all(list(one(value, at)) for one in inner):
            yield f"{at}: {value!r} has none of the shapes"

    return check


def items(inner: Check) -> Check:
    """A list."""

    def check(value: Any, at: str) -> Faults:
        if not isinstance(value, list):
            yield f"{at}: {value!r} is no list"
            return
        for place, one in enumerate(value):
            yield from inner(one, f"{at}[{place}]")

    return check


def record(needed: Mapping[str, Check], optional: Mapping[str, Check] | None = None, *, more: bool = False) -> Check:
    """An object with its keys; ``more``: others are allowed."""
    known = {**needed, **(optional or {})}

    def check(value: Any, at: str) -> Faults:
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is no object"
            return
        for key in needed.keys() - value.keys():
            yield f"{at}: {key} is missing"
        for key, one in value.items():
            if key in known:
                yield from known[key](one, f"{at}.{key}")
            elif not more:
                yield f"{at}: {key} is a key that nobody knows"

    return check


_TASK = record(
    {"id": text, "title": text, "description": text, "frequency": text, "completed": yes_no},
    {"ruleId": text, "ruleName": text},
)
_WORDS = ("status", "abated", "importedFrom", "code", "system", "id", "severity", "onset", "abatement", "dosage",
          "started", "ended", "note")  # fmt: skip
_CODED = record({"display": text}, {**dict.fromkeys(_WORDS, text), "recorded": instant, "reactions": items(text)})
_CONFIRMED = record({"at": instant, "by": text, "items": items(text)}, {"noneKnown": one_of(True)})
_RESULT = record(
    {
        "code": text, "name": text, "value": either(number, text), "unit": or_none(text), "low": or_none(number),
        "high": or_none(number), "flag": or_none(one_of("H", "L", "HH", "LL", "A", "N")),
        "observedAt": or_none(instant),
        "status": text, "note": or_none(text),
    },
    more=True,
)  # fmt: skip
_PRESSURE = record({"systolic": number, "diastolic": number})
_PERSON = record({}, {"name": text, "phone": text, "relation": text})
_HOME = record({}, {"line": text, "city": text, "state": text, "postalCode": text, "country": text})
_PHONE = record({"value": text}, {"system": text, "use": text})

_FIGURES = ("bpTrend", "glucoseTrend", "weightTrend", "steps", "sleep", "adherence")

COLUMNS: Mapping[tuple[str, str], Check] = {
    ("clinics", "branding_config"): record(
        {}, {"name": text, "logo": text, "primaryColor": text, "address": text, "phone": text, "footer": text}
    ),
    ("patients", "demographics"): record(
        {},
        {
            "preferredName": text, "mrn": text, "phones": items(_PHONE), "email": text, "address": _HOME, "sex": text,
            "genderIdentity": text, "language": text, "emergencyContact": _PERSON, "insurance": text,
            **dict.fromkeys(("allergies", "conditions", "medications"), items(_CODED)),
            "listsConfirmed": record({}, dict.fromkeys(("allergies", "conditions", "medications"), _CONFIRMED)),
        },
    ),
    ("care_plans", "phases"): items(record({"name": text, "durationWeeks": whole, "tasks": items(_TASK)})),
    ("alerts", "payload"): record({}, more=True),
    ("lab_orders", "results"): items(_RESULT),
    ("message_threads", "participants"): items(text),
    ("messages", "attachments"): items(record({"type": text, "url": text, "filename": text, "size": or_none(whole)})),
    ("clinical_rules", "condition"): record(
        {"op": one_of(">", "<", "trendUp", "trendDown", "missing")}, {"threshold": number}, more=True
    ),
    ("clinical_rules", "actionParams"): record({}, more=True),
    ("rule_executions", "result"): record({}, more=True),
    ("weekly_summaries", "summary"): record(
        {"recommendations": items(text)},
        dict.fromkeys(_FIGURES, or_none(record({}, more=True))),
    ),
    ("measurements", "metadata"): record({}, more=True),
}  # fmt: skip
WORDS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("users", "role"): ("PATIENT", "PROVIDER", "MEDICAL_ASSISTANT", "ADMIN"),
    ("measurements", "source"): ("HEALTHKIT", "MANUAL", "DEVICE"),
    ("alerts", "severity"): ("INFO", "WARNING", "CRITICAL"),
    ("alerts", "status"): ("ACTIVE", "RESOLVED", "DISMISSED"),
    ("clinical_rules", "metric"): ("bp", "glucose", "weight", "sleep", "hrv", "a1c"),
    ("clinical_rules", "severity"): ("info", "warn", "critical"),
    ("clinical_rules", "action"): ("alert", "suggest_visit", "assign_task", "assign_content"),
}
"""Texts that the pages list: upper-case in some tables, lower-case in others."""
DAYS = (
    ("patients", "date_of_birth"), ("visit_requests", "requested_date"), ("excuse_notes", "start_date"),
    ("excuse_notes", "end_date"), ("weekly_summaries", "week_start"), ("weekly_summaries", "week_end"),
    ("provider_availability", "date"),
)  # fmt: skip
"""Days without a time of day."""
LISTS = (("patients", "flags"), ("providers", "specialties"), ("lab_orders", "tests"))
"""Lists of texts: the backend's whole question fails on one that has nothing in it."""
SHAPED = frozenset(table for table, _ in (*COLUMNS, *WORDS, *DAYS, *LISTS))


def faults(table: str, row: Mapping[str, Any]) -> list[str]:
    """What is wrong with a row of a shared table; its columns by their names in the database."""
    found: list[str] = []
    for (name, column), check in COLUMNS.items():
        if name == table and row.get(column) is not None:
            found += check(row[column], f"{table}.{column}")
    if table == "measurements" and "value" in row:
        check = _PRESSURE if row["type"] == "BLOOD_PRESSURE" else number
        found += check(row["value"], f"measurements.value of {row['type']}")
    found += _plain(table, row)
    if "flags" in row:
        found += [f"patients.flags: {flag!r}" for flag in row["flags"] if flag != flag.upper() or not flag]
    return found


def _plain(table: str, row: Mapping[str, Any]) -> list[str]:
    """What is wrong with texts, days and lists of texts."""
    texts = [f"{table}.{column}: {row[column]!r}" for (name, column), known in WORDS.items()
             if name == table and row.get(column) is not None and row[column] not in known]  # fmt: skip
    days = [f"{table}.{column}: {row[column]!r} is no day" for name, column in DAYS
            if name == table and isinstance(row.get(column), datetime)]  # fmt: skip
    lists = [f"{table}.{column}: {row[column]!r}" for name, column in LISTS
             if name == table and (row.get(column) is None or not all(isinstance(one, str) for one in row[column]))
             and column in row]  # fmt: skip
    return [*texts, *days, *lists]


def faults_of(tables: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[str]:
    """What is wrong in rows by table; other tables are passed over."""
    return [fault for table, rows in tables.items() if table in SHAPED for row in rows for fault in faults(table, row)]

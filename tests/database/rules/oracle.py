"""Rules evaluated the slow, obvious way: one patient after the other, in Python. What the database says must agree."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Any


@dataclass(frozen=True)
class Reading:
    """A row somewhere: ``table`` and ``kind`` say where, ``value`` is what stands in it, readable or not."""

    table: str
    kind: str
    at: datetime
    value: Any
    retracted: bool = False


@dataclass(frozen=True)
class Person:
    """A patient with their readings; ``merged`` ones are somebody else now, those ``elsewhere`` another clinic's.

    ``died``: what stands under "deceased" in the demographics, if anything does.
    """

    key: str
    born: date | None
    flags: tuple[str, ...]
    conditions: Any
    readings: tuple[Reading, ...]
    merged: bool = False
    elsewhere: bool = False
    died: Any = None


class Raw(str):
    """A JSON number that no float of Python writes, as it stands in the column."""

    __slots__ = ()


def as_json(value: Any) -> str:
    """The text of a JSON column."""
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {as_json(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(map(as_json, value)) + "]" if isinstance(value, list) else json.dumps(value)


def number(value: Any) -> float | None:
    """The number that a JSON value is."""
    if isinstance(value, Raw):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= 1e12 else None


A1C_NAMES = {"a1c", "hba1c", "hemoglobin a1c", "haemoglobin a1c"}
A1C_CODES = {"4548-4", "17856-6", "4549-2", "59261-8", "A1C", "HBA1C"}
TAKEN_BACK = {"cancelled", "entered-in-error", "registered"}
DEFAULT_TREND = 5.0
PAST = {"inactive", "resolved", "remission", "stopped", "completed", "ended", "not-taken", "cancelled", "refuted",
        "entered-in-error"}  # fmt: skip
"""Words of a status that say that a condition no longer holds, or never did."""


def lab_items(results: Any) -> list[dict[str, Any]]:
    """The entries of a document of results: a list of objects, or an object by names."""
    if isinstance(results, dict):
        return [{"name": name, **(one if isinstance(one, dict) else {"value": one})} for name, one in results.items()]
    return [one for one in results if isinstance(one, dict)] if isinstance(results, list) else []


def lab_values(results: Any) -> list[float | None]:
    """The A1C in percent that a document of results has; None where one can't be read."""
    found: list[float | None] = []
    for item in lab_items(results):
        code, name = item.get("code", ""), item.get("name", "")
        named = not re.fullmatch(r"\d{1,7}-\d", code) and name.lower() in A1C_NAMES
        if not (named or code.upper() in A1C_CODES) or item.get("status", "final").lower() in TAKEN_BACK:
            continue
        value = item.get("value")
        if isinstance(value, str) and not isinstance(value, Raw):
            value = float(value) if re.fullmatch(r"[+-]?\d{1,15}(\.\d{0,15})?", value.strip()) else None
        figure = number(value) or None  # 0: too small for a float, and no result
        ifcc = code == "59261-8" or item.get("unit", "").lower() == "mmol/mol"
        found.append(figure * 0.09148 + 2.152 if ifcc and figure is not None else figure)
    return found


def values_of(metric: str, component: str, reading: Reading) -> Any:
    """The figure of a row for a metric; NotImplemented when it is none of it, None when it can't be read."""
    kinds = {"glucose": "GLUCOSE", "weight": "WEIGHT", "sleep": "SLEEP", "a1c": "A1C"}
    if reading.retracted:
        return NotImplemented
    if metric == "bp":
        if reading.table == "measurements" and reading.kind == "BLOOD_PRESSURE":
            if not isinstance(reading.value, dict):
                return None
            both = {side: number(reading.value.get(side)) for side in ("systolic", "diastolic")}
            return None if None in both.values() else both[component]
        if reading.table == "vital_readings":
            found = reading.value.get(component)
            return NotImplemented if found is None else float(found)
        return NotImplemented
    if metric == "hrv":
        return number(float(reading.value)) if reading.table == "hrv_readings" else NotImplemented
    if metric == "weight" and reading.table == "bmi_readings":
        return number(float(reading.value))
    return (
        number(reading.value) if reading.table == "measurements" and reading.kind == kinds[metric] else NotImplemented
    )


def window(rule: dict[str, Any], person: Person, at: datetime) -> list[tuple[datetime, float | None]]:
    """The readings of a person that a rule looks at: after the window's beginning, up to the instant."""
    begins = at - timedelta(days=rule["windowDays"])
    found: list[tuple[datetime, float | None]] = []
    for reading in person.readings:
        value = values_of(rule["metric"], rule["condition"].get("component", "systolic"), reading)
        if not begins < reading.at <= at:
            continue
        if rule["metric"] == "a1c" and reading.table == "lab_orders":
            found.extend((reading.at, one) for one in lab_values(reading.value))
        elif value is not NotImplemented:
            found.append((reading.at, value))
    if rule["metric"] == "weight":  # a weight that was typed stands in two tables
        found = sorted(set(found), key=lambda one: (one[0], one[1] is not None, one[1] or 0))
    return found


def age(born: date, day: date) -> int:
    """Whole years."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def is_past(entry: Any) -> bool:
    """Whether an entry of a list no longer holds, or was made in error."""
    status = entry.get("status") if isinstance(entry, dict) else None
    return isinstance(status, str) and re.sub(r"[\s_-]+", "-", status.lower()).strip("-") in PAST


def in_cohort(cohort: dict[str, Any], person: Person, day: date) -> bool:
    """Whether a rule is about somebody."""
    if person.merged or person.elsewhere or "DECEASED" in person.flags:
        return False
    if "INACTIVE" in person.flags and "INACTIVE" not in cohort.get("flags", ()):
        return False
    if person.died is True or (isinstance(person.died, str) and person.died.strip()):
        return False
    known = person.conditions if isinstance(person.conditions, list) else []
    words = {str(word).lower() for one in known if not is_past(one)
             for word in ([one] if isinstance(one, str) else
                          [one.get(key) for key in ("name", "code", "display")] if isinstance(one, dict) else [])
             if isinstance(word, str)}  # fmt: skip
    flags = set(person.flags)
    if cohort.get("flags") and not flags & set(cohort["flags"]):
        return False
    if flags & set(cohort.get("notFlags", ())):
        return False
    if cohort.get("conditions") and not words & {one.lower() for one in cohort["conditions"]}:
        return False
    if words & {one.lower() for one in cohort.get("notConditions", ())}:
        return False
    low, high = cohort.get("minAge"), cohort.get("maxAge")
    if (low is not None or high is not None) and person.born is None:
        return False
    years = age(person.born, day) if person.born is not None else 0
    return (low is None or years >= low) and (high is None or years <= high)


def change_of_line(points: Sequence[tuple[float, float]], days: int) -> float | None:
    """Change of the least-squares line across the window, in percent of where it begins."""
    mean_x, mean_y = fmean(x for x, _ in points), fmean(y for _, y in points)
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0:
        return None
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    start = mean_y - slope * mean_x
    as_good_as_none = 1e-9 * max(abs(y) for _, y in points)
    return None if abs(start) <= as_good_as_none else slope * days / abs(start) * 100


def judge(rule: dict[str, Any], person: Person, at: datetime, day: date) -> tuple[bool, float | None] | None:
    """Whether a rule triggers, and the figure; None when it says nothing about this person."""
    condition = rule["condition"]
    if not in_cohort(condition.get("cohort", {}), person, day):
        return None
    rows = window(rule, person, at)
    readable = [(when, value) for when, value in rows if value is not None]
    op = condition["op"]
    if op == "missing":
        return not readable, None
    if not rows:
        return None
    if len(readable) < condition.get("minReadings", 1):
        return False, None
    if op in ("trendUp", "trendDown"):
        begins = at - timedelta(days=rule["windowDays"])
        points = [((when - begins).total_seconds() / 86400, value) for when, value in readable]
        if len(points) < 3 or (change := change_of_line(points, rule["windowDays"])) is None:
            return False, None
        least = condition.get("threshold", DEFAULT_TREND)
        return (change >= least if op == "trendUp" else change <= -least), change
    values = [value for _, value in readable]
    figure = {
        "average": fmean(values),
        "any": max(values) if op == ">" else min(values),
        "latest": max(readable, key=lambda one: (one[0], one[1] if op == ">" else -one[1]))[1],
    }[condition.get("aggregate", "average")]
    return (figure > condition["threshold"] if op == ">" else figure < condition["threshold"]), figure

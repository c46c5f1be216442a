"""The demo's past weeks in figures, reckoned from its readings as the server reckons each week that ends."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import date, timedelta
from statistics import fmean
from typing import Any

from app.setup.demo.world import ZONE, World

_STEADY = 0.02
"""A change by a smaller share is none."""
_Pairs = dict[date, list[tuple[float, float]]]
_KINDS = ("BLOOD_PRESSURE", "GLUCOSE", "WEIGHT", "STEPS", "SLEEP")


def reckon_weeks(world: World) -> None:
    """Write the readings of its week into every weekly summary; last of all, when no reading is added any more.

    Weights in kilograms, glucose in mg/dL, pressures in mmHg, days on the clinic's clock.
    """
    rows = world.rows.get("weekly_summaries", [])
    found = _readings(world, {row["patient_id"] for row in rows})
    for row in rows:
        here, start = found[row["patient_id"]], row["week_start"]
        now, before = ({kind: _within(pairs, first) for kind, pairs in here.items()}
                       for first in (start, start - timedelta(weeks=1)))  # fmt: skip
        figures = {
            "bpTrend": _pressure(now["BLOOD_PRESSURE"], before["BLOOD_PRESSURE"]),
            "glucoseTrend": _trend(now["GLUCOSE"], before["GLUCOSE"]),
            "weightTrend": _trend(now["WEIGHT"], before["WEIGHT"]),
            "steps": _average(now["STEPS"], "days", 0),
            "sleep": _average(now["SLEEP"], "nights", 1),
        }
        row["summary"] = {**row["summary"], **{key: value for key, value in figures.items() if value is not None}}


def _readings(world: World, patients: AbstractSet[str]) -> dict[str, dict[str, _Pairs]]:
    found: dict[str, dict[str, _Pairs]] = {one: {kind: {} for kind in _KINDS} for one in patients}

    def note(kind: str, row: Mapping[str, Any], value: float, second: float = 0.0) -> None:
        pairs = found[row["patient_id"]][kind]
        pairs.setdefault(row["timestamp"].astimezone(ZONE).date(), []).append((float(value), float(second)))

    for row in world.rows.get("measurements", ()):
        if row["patient_id"] not in patients or row["type"] not in _KINDS:
            continue
        if row["type"] == "BLOOD_PRESSURE":
            note(row["type"], row, row["value"]["systolic"], row["value"]["diastolic"])
        else:
            note(row["type"], row, row["value"])
    for row in world.rows.get("vital_readings", ()):
        if row["patient_id"] in patients and row.get("systolic_bp") is not None and row.get("diastolic_bp") is not None:
            note("BLOOD_PRESSURE", row, row["systolic_bp"], row["diastolic_bp"])
    return found


def _within(pairs: _Pairs, start: date) -> list[tuple[float, float]]:
    return [one for day in range(7) for one in pairs.get(start + timedelta(days=day), ())]


def _direction(now: float, before: float) -> str:
    if abs(now - before) < _STEADY * abs(before):
        return "steady"
    return "up" if now > before else "down"


def _trend(now: list[tuple[float, float]], before: list[tuple[float, float]]) -> dict[str, Any] | None:
    if not now:
        return None
    mean = round(fmean(value for value, _ in now), 1)
    known: dict[str, Any] = {"average": mean, "readings": len(now)}
    if before:
        past = round(fmean(value for value, _ in before), 1)
        known |= {"previous": past, "change": round(mean - past, 1), "direction": _direction(mean, past)}
    return known


def _pressure(now: list[tuple[float, float]], before: list[tuple[float, float]]) -> dict[str, Any] | None:
    known = _trend(now, before)
    if known is None:
        return None
    known |= {"systolic": known.pop("average"), "diastolic": round(fmean(second for _, second in now), 1)}
    if before:
        known["previous"] = {"systolic": known["previous"], "diastolic": round(fmean(low for _, low in before), 1)}
    return known


def _average(now: list[tuple[float, float]], counted: str, places: int) -> dict[str, Any] | None:
    return {"average": round(fmean(value for value, _ in now), places), counted: len(now)} if now else None

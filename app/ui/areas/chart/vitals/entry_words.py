"""What the entry form says before anything is saved: conversion, body mass index, and when it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.measurements import QUANTITY, MeasurementType, body_mass_index
from app.domain.units import STORED_UNIT
from app.domain.vitals_entry import Entered, read_entry, unit_text
from app.domain.vitals_metrics import Metric, value_text
from app.domain.wallclock import typed_instant
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.ui.widgets.dates import DateWords, read_date, read_time
from app.ui.widgets.timeseries.ticks import day_text


@dataclass(frozen=True, slots=True)
class Preview:
    """Two lines beside the fields; ``wrong`` is why it can't be saved."""

    first: str = ""
    second: str = ""
    wrong: str = ""


def preview(kind: MeasurementType, text: str, unit: str, height_cm: float | None, last_weight: float | None) -> Preview:
    """Return what a value comes to: in the stored unit, and what follows from it."""
    if not text.strip():
        return Preview()
    try:
        entered = read_entry(kind, text, unit)
    except Refused as problem:
        return Preview(wrong=problem.message)
    stored = stored_text(entered)
    typed = f"{text.strip()} {unit_text(entered.unit)}".strip()
    first = f"{typed} = {stored}" if entered.converted else stored
    return Preview(first, _weight(entered, height_cm, last_weight))


def stored_text(entered: Entered) -> str:
    """Return a value in its stored unit: "82.6 kg", "148/92 mmHg"."""
    metric, unit = Metric(entered.kind.value), unit_text(STORED_UNIT[QUANTITY[entered.kind]])
    if isinstance(entered.value, dict):
        value = value_text(metric, entered.value["systolic"], entered.value["diastolic"])
    else:
        value = value_text(metric, float(entered.value))
    return f"{value} {unit}".strip()


def _weight(entered: Entered, height_cm: float | None, last_weight: float | None) -> str:
    if entered.kind is not MeasurementType.WEIGHT:
        return ""
    weight, parts = float(entered.value), []
    if height_cm is None or not 15 <= height_cm <= 280:
        parts.append(t("no BMI: the height isn't known"))
    else:
        parts.append(t("BMI {value}", value=f"{body_mass_index(weight, height_cm):.1f}"))
    if last_weight is not None:
        change = round(weight - last_weight, 1)
        if change > 0:
            parts.append(t("up {kg} kg", kg=f"{change:.1f}"))
        elif change < 0:
            parts.append(t("down {kg} kg", kg=f"{-change:.1f}"))
        else:
            parts.append(t("unchanged"))
    return ", ".join(parts)


def read_when(text: str, now: datetime, zone: ZoneInfo, words: DateWords | None = None) -> datetime:
    """Read "10:24", "yesterday 18:00", "12 May 10:24" on the clinic's clock; "" is now.

    A time alone is today's; a date alone is no time of measuring. Refuses what is no time, or one that the clock
    never shows on that day.
    """
    plain = text.strip()
    if not plain:
        return now
    today = now.astimezone(zone).date()
    head, _, last = plain.rpartition(" ")
    clock = read_time(last)
    day = today if not head else read_date(head, today, words)
    if clock is None or day is None:
        raise Refused("BadTime", t("This is no time. Write 10:24 or 12 May 10:24."), field="at")
    return typed_instant(day, clock, zone, "at")


def when_text(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return "Today 10:24", "12 May 2025 10:24"."""
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    day = t("Today") if local.date() == today else day_text(local.date(), "d MMM yyyy")
    return f"{day} {local:%H:%M}"

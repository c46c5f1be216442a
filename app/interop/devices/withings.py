"""Withings: answers of its interface (measure groups, activity, sleep), as people and programs save them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import (
    day_written,
    decimal_of,
    device_name,
    epoch,
    night_of,
    noon_of,
    shown,
    zone_named,
)
from app.interop.devices.findings import DeviceSetting, Format, Item, Left, Pressure, Walked
from app.interop.devices.json_parts import each, measured, not_kept, numbered, slept, steps_in
from app.interop.values import Moment, Object, SkipError, obj
from app.kernel.i18n import t

WITHINGS = Format("withings", "Withings")

_DIASTOLIC, _SYSTOLIC = 9, 10
_TYPES: Mapping[int, tuple[str, M, Quantity, str]] = {
    1: ("weight", M.WEIGHT, Quantity.MASS, "kg"),
    4: ("height", M.HEIGHT, Quantity.LENGTH, "m"),
    11: ("heart pulse", M.HEART_RATE, Quantity.RATE, "bpm"),
    54: ("SpO2", M.SPO2, Quantity.SATURATION, "%"),
    71: ("body temperature", M.TEMPERATURE, Quantity.TEMPERATURE, "Cel"),
}
_NAMES: Mapping[int, str] = {
    5: "fat-free mass", 6: "fat ratio", 8: "fat mass", 12: "temperature, not said of what", 73: "skin temperature",
    76: "muscle mass", 77: "hydration", 88: "bone mass", 91: "pulse wave velocity", 123: "VO2max", 130: "ECG result",
    155: "vascular age", 168: "extracellular water", 169: "intracellular water", 170: "visceral fat",
    173: "fat-free mass by segment", 174: "fat mass by segment", 175: "muscle mass by segment",
    196: "electrodermal activity", 197: "electrodermal activity, left", 198: "electrodermal activity, right",
    226: "basal metabolic rate",
}  # fmt: skip
_GOAL, _AMBIGUOUS = 2, 1
_PHASES = {0: "awake", 1: "light", 2: "deep", 3: "REM", 4: "manual", 5: "unspecified"}
_ASLEEP = ("light", "deep", "REM")


def is_withings(document: object) -> bool:
    """Tell an answer of the interface, its body alone, or a list of measure groups."""
    if isinstance(document, list):
        groups = [one for one in document if isinstance(one, dict)]
        return bool(groups) and all("grpid" in one and "measures" in one for one in groups)
    whole = obj(document)
    body = obj(whole.get("body")) if "status" in whole else whole
    return any(isinstance(body.get(key), list) for key in ("measuregrps", "activities")) or (
        body is not whole and (isinstance(body.get("series"), list) or "goals" in body)
    )


def read_withings(document: object, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what such an answer holds."""
    if isinstance(document, list):
        yield from _groups(document)
        return
    whole = obj(document)
    body = obj(whole.get("body")) if "body" in whole else whole
    zone = zone_named(body.get("timezone")) or setting.zone
    if body.get("more"):
        yield Left(kind="Page", reason=t("one page of several: the next one is not in these files"), count=0)
    yield from _groups(body.get("measuregrps"))
    for place, one in numbered(body.get("activities")):
        yield from each("activity", place, _activity, one, place, setting)
    for place, one in numbered(body.get("series")):
        yield from each("sleep", place, _summary if "data" in one else _phase, one, place, zone)
    if "goals" in body:
        yield Left(kind="goals", reason=t("a goal, not a measurement"), general=True)


def _groups(groups: object) -> Iterator[Item]:
    for place, group in numbered(groups):
        yield from each("measure", place, _group, group, place)


@dataclass(frozen=True, slots=True)
class _At:
    """What the measures of a group share."""

    when: Moment
    key: str
    device: str
    place: str

    @property
    def shared(self) -> dict[str, str]:
        return {"key": self.key, "device": self.device, "place": self.place}


def _group(group: Object, place: str) -> Iterator[Item]:
    if decimal_of(group.get("category")) == _GOAL:
        raise SkipError(t("a goal, not a measurement"), general=True)
    if decimal_of(group.get("attrib")) == _AMBIGUOUS:
        raise SkipError(t("the device isn't sure whose it is"))
    at = _At(epoch(group.get("date")), shown(str(group.get("grpid", "")))[:40], device_name(group.get("model")), place)
    values: dict[int, Decimal] = {}
    for _, measure in numbered(group.get("measures")):
        kind, value = decimal_of(measure.get("type")), _scaled(measure)
        if kind is None or value is None:
            yield Left(kind="measure", reason=t("its value is no number that can be kept"), place=place)
        elif int(kind) not in _TYPES and int(kind) not in (_SYSTOLIC, _DIASTOLIC):
            yield not_kept(_NAMES.get(int(kind), f"type {int(kind)}"), place)
        else:
            values.setdefault(int(kind), value)
    for number, value in values.items():
        if number in _TYPES:
            yield from each(_TYPES[number][0], place, _single, number, value, at)
    yield from each("blood pressure", place, _pressure, values, at)


def _scaled(measure: Object) -> Decimal | None:
    """Value × 10 to the power of ``unit``."""
    value, power = decimal_of(measure.get("value")), decimal_of(measure.get("unit"))
    if value is None or power is None or power != int(power) or abs(power) > 12:
        return None
    return value.scaleb(int(power))


def _single(number: int, value: Decimal, at: _At) -> Iterator[Item]:
    name, measure, quantity, unit = _TYPES[number]
    yield measured(name, measure, quantity, value, unit, at.when, **at.shared)


def _pressure(values: Mapping[int, Decimal], at: _At) -> Iterator[Item]:
    upper, lower = values.get(_SYSTOLIC), values.get(_DIASTOLIC)
    if upper is not None and lower is not None:
        yield Pressure(kind="blood pressure", when=at.when, systolic=float(upper), diastolic=float(lower), **at.shared)
    elif upper is not None or lower is not None:
        raise SkipError(t("no systolic pressure") if upper is None else t("no diastolic pressure"))


def _activity(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    day, device = day_written(one.get("date"), "date"), device_name(one.get("model"))
    if "steps" in one:
        when = noon_of(day, setting.zone)
        yield Walked(kind="steps", when=when, place=place, device=device, day=day, count=steps_in(one["steps"]))
    for name in ("hr_average", "calories", "distance"):
        if one.get(name) is not None:
            yield not_kept(name, place)


def _phase(one: Object, place: str, zone: ZoneInfo) -> Iterator[Item]:
    state = decimal_of(one.get("state"))
    phase = _PHASES.get(int(state), "?") if state is not None else "?"
    if phase not in _ASLEEP:
        raise SkipError(t("not asleep: {phase}", phase=phase), general=True)
    begin, end = epoch(one.get("startdate")), epoch(one.get("enddate"))
    yield slept("sleep", begin, end, _seconds(begin, end), night_of(begin.at.astimezone(zone)), place=place)


def _summary(one: Object, place: str, zone: ZoneInfo) -> Iterator[Item]:
    """A night in figures: what it says of time asleep, else the sum of its phases."""
    data, begin, end = obj(one.get("data")), epoch(one.get("startdate")), epoch(one.get("enddate"))
    own = zone_named(one.get("timezone")) or zone
    parts = [decimal_of(data.get(f"{name}sleepduration")) for name in ("light", "deep", "rem")]
    known = [part for part in parts if part is not None]
    total = decimal_of(data.get("total_sleep_time")) or (sum(known) if known else None)
    yield slept("sleep", begin, end, total, night_of(begin.at.astimezone(own)), place=place)


def _seconds(begin: Moment, end: Moment) -> Decimal:
    return Decimal(int((end.at - begin.at).total_seconds()))

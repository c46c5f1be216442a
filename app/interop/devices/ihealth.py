"""iHealth: lists of blood pressures, saturations, weights, glucose, days and nights.

Its seconds count from 1970 on the clock where it was measured, not in UTC; the offset stands beside them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import converted, decimal_of, epoch, night_of, shown, written
from app.interop.devices.findings import DeviceSetting, Format, Item, MassIndex, Pressure, Walked
from app.interop.devices.json_parts import each, measured, numbered, slept, steps_in
from app.interop.values import Moment, Object, SkipError, obj, token
from app.kernel.i18n import t

IHEALTH = Format("ihealth", "iHealth")

_UNITS: Mapping[str, tuple[str, ...]] = {
    "BPUnit": ("mmHg", "kPa"), "WeightUnit": ("kg", "lb", "st"), "BGUnit": ("mg/dL", "mmol/L"),
}  # fmt: skip
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)", re.ASCII)


def is_ihealth(document: object) -> bool:
    """Tell one of its lists."""
    found = obj(document)
    return "CurrentRecordCount" in found and any(isinstance(found.get(key), list) for key in _READERS)


def read_ihealth(document: object, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what such a list holds."""
    found = obj(document)
    for name, read in _READERS.items():
        for place, one in numbered(found.get(name)):
            yield from each(name.removesuffix("DataList"), place, read, one, found, place, setting)


def _unit(found: Object, name: str) -> str:
    """The unit of a list, by its number. Raises ``SkipError``."""
    number = decimal_of(found.get(name))
    known = _UNITS[name]
    if number is None or number != int(number) or not 0 <= number < len(known):
        raise SkipError(t("no unit"))
    return known[int(number)]


def _local(one: Object, name: str, setting: DeviceSetting) -> tuple[Moment, datetime]:
    """Return when it was, and what the clock showed there. Raises ``SkipError``."""
    shows = epoch(one.get(name)).at
    match = _OFFSET.fullmatch(token(one.get("TimeZone")))
    clock = shows.replace(tzinfo=None)
    if match is None:
        return written(clock.isoformat(), setting.zone, name), clock
    size = timedelta(hours=int(match[2]), minutes=int(match[3]))
    if size > timedelta(hours=15):
        raise SkipError(t("{field} is no date or time", field="TimeZone"))
    return Moment((shows + size if match[1] == "-" else shows - size).astimezone(UTC)), clock


def _shared(one: Object, place: str) -> dict[str, str]:
    return {"key": shown(token(one.get("DataID")))[:60], "place": place}


def _beat(one: Object, when: Moment, place: str) -> Iterator[Item]:
    """A pulse that stands beside another value; 0 is none."""
    if decimal_of(one.get("HR")):
        yield measured("HR", M.HEART_RATE, Quantity.RATE, one["HR"], "bpm", when, **_shared(one, place))


def _pressure(one: Object, found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    when, _ = _local(one, "MDate", setting)
    unit, both = _unit(found, "BPUnit"), [decimal_of(one.get(key)) for key in ("HP", "LP")]
    values = [converted(Quantity.PRESSURE, value, unit)[0] for value in both if value is not None]
    if len(values) < 2:
        raise SkipError(t("no value"))
    yield Pressure(kind="BP", when=when, systolic=values[0], diastolic=values[1], **_shared(one, place))
    yield from each("HR", place, _beat, one, when, place)


def _oxygen(one: Object, _found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    when, _ = _local(one, "MDate", setting)
    yield measured("BO", M.SPO2, Quantity.SATURATION, one.get("BO"), "%", when, **_shared(one, place))
    yield from each("HR", place, _beat, one, when, place)


def _weight(one: Object, found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    when, _ = _local(one, "MDate", setting)
    more = _shared(one, place)
    yield measured("Weight", M.WEIGHT, Quantity.MASS, one.get("WeightValue"), _unit(found, "WeightUnit"), when, **more)
    index = decimal_of(one.get("BMI"))
    if index:
        yield MassIndex(kind="BMI", when=when, value=float(index), **more)


def _glucose(one: Object, found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    when, _ = _local(one, "MDate", setting)
    yield measured(
        "BG", M.GLUCOSE, Quantity.GLUCOSE, one.get("BG"), _unit(found, "BGUnit"), when, **_shared(one, place)
    )


def _sleep(one: Object, _found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    """``HoursSlept`` counts minutes."""
    begin, clock = _local(one, "StartTime", setting)
    end, _ = _local(one, "EndTime", setting)
    minutes = decimal_of(one.get("HoursSlept"))
    seconds: Decimal | None = None if minutes is None else minutes * 60
    yield slept("SR", begin, end, seconds, night_of(clock), **_shared(one, place))


def _activity(one: Object, _found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    when, clock = _local(one, "MDate", setting)
    yield Walked(kind="AR", when=when, day=clock.date(), count=steps_in(one.get("Steps")), **_shared(one, place))


_READERS: Mapping[str, Callable[..., Iterator[Item]]] = {
    "BPDataList": _pressure, "BODataList": _oxygen, "WeightDataList": _weight, "BGDataList": _glucose,
    "SRDataList": _sleep, "ARDataList": _activity,
}  # fmt: skip

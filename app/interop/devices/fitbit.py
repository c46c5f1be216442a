"""Fitbit: weight and sleep logs, steps, heart rate and variability, as its interface and its export give them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from app.domain.enums import DeviceProvider, HRVContext
from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import day_written, decimal_of, device_name, noon_of, shown, written
from app.interop.devices.findings import Beats, DeviceSetting, Format, Item, MassIndex, Owner, Walked
from app.interop.devices.json_parts import each, measured, not_kept, numbered, slept, steps_in
from app.interop.values import Moment, Object, SkipError, obj, token
from app.kernel.i18n import t

FITBIT = Format("fitbit", "Fitbit")

_TALL = (1.3, 2.05)
"""The heights in m that a weight in kg and its own index may imply; in pounds the same would be a giant's."""
_AMERICAN = re.compile(r"(\d\d)/(\d\d)/(\d\d)(?: (\d\d:\d\d:\d\d))?", re.ASCII)
_INTRADAY = "activities-heart-intraday"
_DAILY = ("activities-steps", "activities-tracker-steps")


def is_fitbit(document: object) -> bool:
    """Tell an answer of the interface, or a list of logs of the export."""
    if isinstance(document, list):
        return any(isinstance(one, dict) and (_is_log(one) or "bpm" in obj(one.get("value"))) for one in document)
    found = obj(document)
    logs = [one for key in ("sleep", "weight") for _, one in numbered(found.get(key))]
    user = obj(found.get("user"))
    hrv = [one for _, one in numbered(found.get("hrv"))]
    return (
        any(map(_is_log, logs)) or found.get("weight") == []
        or any(key in found for key in (*_DAILY, _INTRADAY, "activities-heart"))
        or ("dateOfBirth" in user and "encodedId" in user) or any("dailyRmssd" in obj(one.get("value")) for one in hrv)
    )  # fmt: skip


def _is_log(one: Object) -> bool:
    return "logId" in one and ("dateOfSleep" in one or "weight" in one)


def read_fitbit(document: object, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what such a document holds."""
    if isinstance(document, list):
        for place, one in numbered(document):
            if "dateOfSleep" in one:
                yield from each("sleep", place, _night, one, place, setting)
            elif "weight" in one:
                yield from each("weight", place, _weight, one, place, setting)
            else:
                yield from each("heart_rate", place, _beat, one, place, setting)
        return
    found = obj(document)
    for place, one in numbered(found.get("sleep")):
        yield from each("sleep", place, _night, one, place, setting)
    for place, one in numbered(found.get("weight")):
        yield from each("weight", place, _weight, one, place, setting)
    for name in _DAILY:
        for place, one in numbered(found.get(name)):
            yield from each("steps", place, _steps, one, place, setting)
    for place, one in numbered(found.get("hrv")):
        yield from each("hrv", place, _variability, one, place, setting)
    yield from _hearts(found, setting)
    if "user" in found:
        yield _owner(obj(found["user"]))


def _time(day: object, clock: object, setting: DeviceSetting, field: str) -> Moment:
    """A date as ISO or, in the export, month first with two digits of the year; the clock is that of the clinic."""
    text = token(day)
    match = _AMERICAN.fullmatch(text)
    if match is not None:
        month, number, year, inner = match.groups()
        text, clock = f"20{year}-{month}-{number}", inner or clock
    return written(f"{text}T{token(clock)}" if token(clock) else text, setting.zone, field)


def _night(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    begin = written(one.get("startTime"), setting.zone, "startTime")
    end = written(one.get("endTime"), setting.zone, "endTime")
    minutes = decimal_of(one.get("minutesAsleep"))
    if minutes is None:
        summary = obj(obj(one.get("levels")).get("summary"))
        parts = [decimal_of(obj(summary.get(name)).get("minutes")) for name in ("deep", "light", "rem", "asleep")]
        known = [part for part in parts if part is not None]
        minutes = sum(known, Decimal()) if known else None
    seconds = None if minutes is None else minutes * 60
    night = day_written(one.get("dateOfSleep"), "dateOfSleep")
    yield slept("sleep", begin, end, seconds, night, key=_key(one), place=place)


def _key(one: Object) -> str:
    return shown(str(one.get("logId") or ""))[:40]


def _weight(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    """The unit is named nowhere: kilograms, unless the index beside the weight says otherwise."""
    when = _time(one.get("date"), one.get("time"), setting, "date")
    weight, index = decimal_of(one.get("weight")), decimal_of(one.get("bmi"))
    if weight is None:
        raise SkipError(t("no value"))
    if index is None or index <= 0:
        raise SkipError(t("no unit"))
    if weight < 0 or not _TALL[0] <= float(weight / index) ** 0.5 <= _TALL[1]:
        raise SkipError(t("its unit can't be told: weight and body mass index don't go together in kilograms"))
    more = {"key": _key(one), "place": place, "device": device_name(one.get("source"))}
    yield measured("weight", M.WEIGHT, Quantity.MASS, weight, "kg", when, **more)
    yield MassIndex(kind="bmi", when=when, value=float(index), **more)
    if one.get("fat") is not None:
        yield not_kept("fat", place)


def _steps(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    day = day_written(one.get("dateTime"), "dateTime")
    yield Walked(kind="steps", when=noon_of(day, setting.zone), place=place, day=day, count=steps_in(one.get("value")))


def _variability(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    value = decimal_of(obj(one.get("value")).get("dailyRmssd"))
    if value is None:
        raise SkipError(t("no value"))
    when = noon_of(day_written(one.get("dateTime"), "dateTime"), setting.zone)
    yield Beats(kind="hrv", when=when, place=place, rmssd=float(value), sdnn=None, provider=DeviceProvider.FITBIT,
                context=HRVContext.SLEEP)  # fmt: skip


def _beat(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    """A beat of the export. It says how sure the device was, 0 for not at all."""
    value = obj(one.get("value"))
    if "bpm" not in value:
        raise SkipError(t("not a file of devices that is known here"), general=True)
    if decimal_of(value.get("confidence")) == 0:
        raise SkipError(t("the device wasn't sure of it"), general=True)
    when = _time(one.get("dateTime"), "", setting, "dateTime")
    yield measured("heart_rate", M.HEART_RATE, Quantity.RATE, value["bpm"], "bpm", when, place=place)


def _hearts(found: Object, setting: DeviceSetting) -> Iterator[Item]:
    days = [one for _, one in numbered(found.get("activities-heart"))]
    for place, one in numbered(found.get("activities-heart")):
        if obj(one.get("value")).get("restingHeartRate") is not None:
            yield from each("restingHeartRate", place, _resting, one, place, setting)
    for place, one in numbered(obj(found.get(_INTRADAY)).get("dataset")):
        yield from each("heart_rate", place, _minute, one, days, place, setting)


def _resting(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    when = noon_of(day_written(one.get("dateTime"), "dateTime"), setting.zone)
    value = obj(one.get("value"))["restingHeartRate"]
    yield measured("restingHeartRate", M.HEART_RATE, Quantity.RATE, value, "bpm", when, place=place)


def _minute(one: Object, days: list[Object], place: str, setting: DeviceSetting) -> Iterator[Item]:
    if len(days) != 1:
        raise SkipError(t("no time"), general=True)
    when = _time(days[0].get("dateTime"), one.get("time"), setting, "dateTime")
    yield measured("heart_rate", M.HEART_RATE, Quantity.RATE, one.get("value"), "bpm", when, place=place)


def _owner(user: Object) -> Owner:
    try:
        born = day_written(user.get("dateOfBirth"), "dateOfBirth")
    except SkipError:
        born = None
    sex = token(user.get("gender")).lower()
    names = tuple(name for key in ("fullName", "firstName", "lastName") if (name := device_name(user.get(key))))
    return Owner(born=born, sex=sex if sex in ("male", "female") else "", names=names)

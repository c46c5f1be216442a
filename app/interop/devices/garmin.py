"""Garmin Connect: days, heart rate, sleep, variability and weights, as its interface and its export give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from app.domain.enums import DeviceProvider, HRVContext
from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import day_written, decimal_of, device_name, epoch, noon_of, shown, written
from app.interop.devices.findings import Beats, DeviceSetting, Format, Item, MassIndex, Owner, Walked
from app.interop.devices.json_parts import each, measured, not_kept, numbered, slept, steps_in
from app.interop.values import Moment, Object, SkipError, obj, token
from app.kernel.i18n import t

GARMIN = Format("garmin", "Garmin Connect")

_MINUTES = "heartRateValues"
_BESIDE = ("averageSpO2Value", "averageRespirationValue", "averageSpo2", "avgWakingRespirationValue",
           "averageStressLevel", "bodyBatteryMostRecentValue", "totalKilocalories")  # fmt: skip
_SHAPES = (_MINUTES, "hrvSummaries", "hrvSummary", "dailySleepDTO", "dateWeightList", "dailyWeightSummaries",
           "totalSteps", "sleepStartTimestampGMT", "userData")  # fmt: skip


def is_garmin(document: object) -> bool:
    """Tell an answer of the interface, or a list of days of the export."""
    if isinstance(document, list):
        return any(is_garmin(one) for one in document if isinstance(one, dict))
    found = obj(document)
    return any(key in found for key in _SHAPES) and not ("userData" in found and "userProfileId" not in found
                                                         and "birthDate" not in obj(found["userData"]))  # fmt: skip


def read_garmin(document: object, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what such a document holds."""
    if isinstance(document, list):
        for place, one in numbered(document):
            yield from _one(one, place, setting)
    else:
        yield from _one(obj(document), "", setting)


def _one(found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    yield from _minutes(found, place)
    for inner, one in numbered(found.get("hrvSummaries")):
        yield from each("hrv", _in(place, inner), _variability, one, _in(place, inner), setting)
    if isinstance(found.get("hrvSummary"), dict):
        yield from each("hrv", place, _variability, found["hrvSummary"], place, setting)
    night = obj(found.get("dailySleepDTO")) or (found if "sleepStartTimestampGMT" in found else {})
    if night:
        yield from each("sleep", place, _night, night, place, setting)
    for inner, one in _weights(found):
        yield from each("weight", _in(place, inner), _weight, one, _in(place, inner))
    if "totalSteps" in found or (found.get("restingHeartRate") is not None and "calendarDate" in found):
        yield from each("day", place, _day, found, place, setting)
    yield from (not_kept(name, place) for name in _BESIDE for part in (found, night) if part.get(name) is not None)
    if "userData" in found:
        yield _owner(obj(found["userData"]))


def _in(place: str, inner: str) -> str:
    return f"{place}, {inner}" if place else inner


def _minutes(found: Object, place: str) -> Iterator[Item]:
    values = found.get(_MINUTES)
    at, beat = _column(found, "timestamp", 0), _column(found, "heartrate", 1)
    for number, row in enumerate(values if isinstance(values, list) else (), 1):
        inner = _in(place, t("entry {number}", number=number))
        if isinstance(row, list) and min(at, beat) >= 0 and max(at, beat) < len(row) and row[beat] is not None:
            yield from each("heartRate", inner, _beat, row[at], row[beat], inner)


def _column(found: Object, name: str, usual: int) -> int:
    """Where in a row a value stands, by the list that says so."""
    for _, one in numbered(found.get("heartRateValueDescriptors")):
        index = one.get("index")
        if token(one.get("key")) == name and type(index) is int:
            return index
    return usual


def _beat(at: object, value: object, place: str) -> Iterator[Item]:
    yield measured("heartRate", M.HEART_RATE, Quantity.RATE, value, "bpm", epoch(at, 1000), place=place)


def _calendar(found: Object) -> date:
    """The day as text; an older export has it as {"date": "Jan 1, 2020 12:00:00 AM"}, which isn't read."""
    return day_written(found.get("calendarDate"), "calendarDate")


def _day(found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    day = _calendar(found)
    when = noon_of(day, setting.zone)
    if found.get("totalSteps") is not None:
        yield Walked(kind="totalSteps", when=when, place=place, day=day, count=steps_in(found["totalSteps"]))
    if found.get("restingHeartRate") is not None:
        yield from each("restingHeartRate", place, _resting, found["restingHeartRate"], when, place)


def _resting(value: object, when: Moment, place: str) -> Iterator[Item]:
    yield measured("restingHeartRate", M.HEART_RATE, Quantity.RATE, value, "bpm", when, place=place)


def _variability(found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    """The night's average, an RMSSD in ms; neither the week's nor the best five minutes are a night's."""
    value = decimal_of(found.get("lastNightAvg"))
    if value is None:
        raise SkipError(t("no value"))
    when = noon_of(_calendar(found), setting.zone)
    yield Beats(kind="hrv", when=when, place=place, rmssd=float(value), sdnn=None, provider=DeviceProvider.GARMIN,
                context=HRVContext.SLEEP)  # fmt: skip


def _night(found: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    total = decimal_of(found.get("sleepTimeSeconds"))
    phases = [decimal_of(found.get(f"{name}SleepSeconds")) for name in ("deep", "light", "rem")]
    known = [part for part in phases if part is not None]
    seconds = total if total is not None else sum(known) if known else None
    if seconds is None:
        raise SkipError(t("no time asleep"))
    begin, end = (_instant(found.get(f"sleep{name}TimestampGMT"), setting) for name in ("Start", "End"))
    key = shown(str(found.get("id") or ""))[:40]
    yield slept("sleep", begin, end, seconds, _calendar(found), key=key, place=place)


def _instant(value: object, setting: DeviceSetting) -> Moment:
    """A time in UTC: milliseconds, or text without a zone."""
    if isinstance(value, str):
        found = written(value if value.endswith("Z") else f"{value}Z", setting.zone, "timestampGMT")
        return Moment(found.at)
    return epoch(value, 1000)


def _weights(found: Object) -> Iterator[tuple[str, Object]]:
    yield from numbered(found.get("dateWeightList"))
    for outer, day in numbered(found.get("dailyWeightSummaries")):
        for inner, one in numbered(day.get("allWeightMetrics")):
            yield _in(outer, inner), one


def _weight(found: Object, place: str) -> Iterator[Item]:
    when = epoch(found.get("timestampGMT"), 1000)
    more = {"key": shown(str(found.get("samplePk") or ""))[:40], "place": place,
            "device": device_name(found.get("sourceType"))}  # fmt: skip
    yield measured("weight", M.WEIGHT, Quantity.MASS, found.get("weight"), "g", when, **more)
    index = decimal_of(found.get("bmi"))
    if index is not None:
        yield MassIndex(kind="bmi", when=when, value=float(index), **more)
    yield from (not_kept(name, place) for name in ("bodyFat", "muscleMass") if found.get(name) is not None)


_SEXES: Mapping[str, str] = {"male": "male", "female": "female"}


def _owner(found: Object) -> Owner:
    try:
        born = day_written(found.get("birthDate"), "birthDate")
    except SkipError:
        born = None
    return Owner(born=born, sex=_SEXES.get(token(found.get("gender")).lower(), ""))

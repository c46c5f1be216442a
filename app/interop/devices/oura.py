"""Oura: summaries of days and nights, of the first interface and of the second."""

from __future__ import annotations

from collections.abc import Iterator

from app.domain.enums import DeviceProvider, HRVContext
from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import day_written, decimal_of, noon_of, shown, written
from app.interop.devices.findings import Beats, DeviceSetting, Format, Item, Left, Owner, Walked
from app.interop.devices.json_parts import each, measured, not_kept, numbered, slept, steps_in
from app.interop.values import Object, SkipError, obj, token
from app.kernel.i18n import t

OURA = Format("oura", "Oura")

_LISTS = ("activity", "sleep", "readiness", "data", "daily_activity", "heartrate", "heart_rate", "daily_sleep",
          "daily_readiness", "daily_spo2")  # fmt: skip
_WRAPPERS = ("activity_summary", "sleep_summary", "readiness_summary")
_MARKS = ("bedtime_start", "summary_date", "bpm", "spo2_percentage")


def is_oura(document: object) -> bool:
    """Tell an answer of either interface, or several of them in one object."""
    found = obj(document)
    if any(isinstance(found.get(key), dict) and is_oura(found[key]) for key in _WRAPPERS):
        return True
    rows = [one for key in _LISTS for _, one in numbered(found.get(key))]
    return any(any(mark in one for mark in _MARKS) or ("day" in one and "id" in one) for one in rows) or (
        "biological_sex" in found and "age" in found
    )


def read_oura(document: object, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what such an answer holds."""
    found = obj(document)
    for key in _WRAPPERS:
        if isinstance(found.get(key), dict):
            yield from read_oura(found[key], setting)
    if found.get("next_token"):
        yield Left(kind="Page", reason=t("one page of several: the next one is not in these files"), count=0)
    for key in _LISTS:
        for place, one in numbered(found.get(key)):
            yield from each(_kind(one), place, _record, one, place, setting)
    for person in (obj(found.get("user_info")), found):
        sex = token(person.get("gender") or person.get("biological_sex")).lower()
        if sex:
            yield Owner(sex=sex if sex in ("male", "female") else "")
            yield from (not_kept(f"{name} of the profile") for name in ("weight", "height") if name in person)


def _kind(one: Object) -> str:
    if "bedtime_start" in one:
        return "sleep"
    if "bpm" in one:
        return "heart rate"
    return "activity" if "steps" in one else "summary"


def _record(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    kind = _kind(one)
    if kind == "sleep":
        yield from _night(one, place, setting)
    elif kind == "heart rate":
        when = written(one.get("timestamp"), setting.zone, "timestamp")
        yield measured(kind, M.HEART_RATE, Quantity.RATE, one.get("bpm"), "bpm", when, place=place)
    elif kind == "activity":
        day = day_written(one.get("summary_date") or one.get("day"), "day")
        yield Walked(kind="steps", when=noon_of(day, setting.zone), place=place, day=day, count=steps_in(one["steps"]))
    else:
        raise SkipError(t("a figure over a span of time, not a reading"), general=True)


def _night(one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    """Time asleep, and the night's RMSSD. The first interface calls them ``total`` and ``rmssd``."""
    if token(one.get("type")) == "deleted":
        raise SkipError(t("deleted at its source"), general=True)
    begin = written(one.get("bedtime_start"), setting.zone, "bedtime_start")
    end = written(one.get("bedtime_end"), setting.zone, "bedtime_end")
    day = day_written(one.get("day") or one.get("summary_date"), "day")
    if "day" not in one:
        day = (
            written(token(one.get("bedtime_end"))[:10], setting.zone, "bedtime_end").at.astimezone(setting.zone).date()
        )
    total = decimal_of(one.get("total_sleep_duration", one.get("total")))
    key = shown(str(one.get("id") or ""))[:60]
    yield slept("sleep", begin, end, total, day, key=key, place=place)
    value = decimal_of(one.get("average_hrv", one.get("rmssd")))
    if value:
        yield Beats(kind="hrv", when=end, place=place, key=key, rmssd=float(value), sdnn=None,
                    provider=DeviceProvider.OURA, context=HRVContext.SLEEP)  # fmt: skip
    for name in ("hr_average", "average_heart_rate", "breath_average", "average_breath"):
        if one.get(name) is not None:
            yield not_kept(name, place)

"""Open mHealth (and IEEE 1752): data points one by one, in lists, one a line, with their header or without."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from zoneinfo import ZoneInfo

from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import converted, decimal_of, device_name, night_of, shown, written
from app.interop.devices.findings import DeviceSetting, Format, Item, MassIndex, Pressure, Walked
from app.interop.devices.json_parts import each, measured, slept, steps_in
from app.interop.values import Moment, Object, SkipError, obj, token
from app.kernel.i18n import t

OPEN_MHEALTH = Format("open-mhealth", "Open mHealth")

_KINDS: Mapping[str, tuple[M, Quantity]] = {
    "blood_glucose": (M.GLUCOSE, Quantity.GLUCOSE),
    "body_weight": (M.WEIGHT, Quantity.MASS),
    "body_height": (M.HEIGHT, Quantity.LENGTH),
    "body_temperature": (M.TEMPERATURE, Quantity.TEMPERATURE),
    "heart_rate": (M.HEART_RATE, Quantity.RATE),
    "oxygen_saturation": (M.SPO2, Quantity.SATURATION),
    "respiratory_rate": (M.RESPIRATION, Quantity.RATE),
}
_SLEEP = ("total_sleep_time", "sleep_duration")
_OTHERS = ("rr_interval", "body_fat_percentage", "minutes_moderate_activity", "activity_name", "calories_burned",
           "ambient_temperature", "geolocation", "latitude", "kcal_burned")  # fmt: skip
_PRESSURES = ("systolic_blood_pressure", "diastolic_blood_pressure")
_MEALS = tuple(f"{when} {meal}" for when in ("before", "after")
               for meal in ("breakfast", "lunch", "dinner", "meal", "snack"))  # fmt: skip
_WORDS: Mapping[str, frozenset[str]] = {
    "blood_specimen_type": frozenset({"whole blood", "plasma"}),
    "specimen_source": frozenset(
        {"interstitial fluid", "capillary blood", "venous blood", "plasma", "serum", "whole blood"}
    ),
    "temporal_relationship_to_sleep": frozenset({"before sleeping", "during sleep", "on waking"}),
    "temporal_relationship_to_physical_activity": frozenset(
        {"at rest", "active", "before exercise", "after exercise", "during exercise"}
    ),
    "temporal_relationship_to_meal": frozenset(
        {"fasting", "not fasting", "with meal", "with food", "2 hours postprandial", *_MEALS}
    ),
}
"""What a body may say of its circumstances; glucose of other fluids than blood and tissue is none of blood."""
_LONGEST_MOMENT = timedelta(hours=1)
_UTC = ZoneInfo("UTC")


def is_open_mhealth(document: object) -> bool:
    """Tell a data point, a body alone, or a list of either."""
    if isinstance(document, list):
        return bool(document) and any(is_open_mhealth(one) for one in document if isinstance(one, dict))
    point = obj(document)
    schema = obj(obj(point.get("header")).get("schema_id"))
    return bool(schema) or any(
        isinstance(point.get(key), dict)
        for key in (*_KINDS, *_PRESSURES, *_SLEEP, "step_count", "body_mass_index", *_OTHERS)
    )


def read_open_mhealth(document: object, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what data points hold."""
    several = isinstance(document, list)
    for number, one in enumerate(document if isinstance(document, list) else [document], 1):
        point = obj(one)
        body = obj(point.get("body")) if "body" in point else point
        place = t("entry {number}", number=number) if several else ""
        yield from each(_name(point, body), place, _point, point, body, place, setting)


def _name(point: Object, body: Object) -> str:
    schema = token(obj(obj(point.get("header")).get("schema_id")).get("name"))
    name = schema or next((key for key in body if key.endswith(("rate", "pressure", "index")) or key in _KINDS), "")
    return shown(name)[:60] or "data point"


def _point(point: Object, body: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    header = obj(point.get("header"))
    provenance = obj(header.get("acquisition_provenance"))
    more = {
        "key": shown(token(header.get("id")))[:80],
        "place": place,
        "device": device_name(provenance.get("source_name")),
    }
    name = next((key for key in (*_KINDS, *_PRESSURES, *_SLEEP, "step_count", "body_mass_index") if key in body), "")
    if not name:
        other = next((key for key in body if key != "effective_time_frame"), "")
        raise SkipError(t("not one of the measurements kept here: {name}", name=shown(other)[:60] or "?"), general=True)
    for key, words in _WORDS.items():
        if key in body and token(body[key]) not in words:
            raise SkipError(t("{field} says something that isn't known", field=key))
    if name == "step_count" or name in _SLEEP:
        yield _span(name, body, more, setting)
        return
    when = _moment(body, setting)
    if name in _KINDS:
        measure, quantity = _KINDS[name]
        value, unit = _amount(body, name)
        yield measured(name, measure, quantity, value, unit, when, **more)
    elif name == "body_mass_index":
        value, unit = _amount(body, name)
        found = decimal_of(value)
        if found is None:
            raise SkipError(t("no value"))
        index, _ = converted(Quantity.BMI, found, unit)
        yield MassIndex(kind=name, when=when, value=index, **more)
    else:
        yield Pressure(kind="blood_pressure", when=when, systolic=_half(body, _PRESSURES[0]),
                       diastolic=_half(body, _PRESSURES[1]), **more)  # fmt: skip


def _amount(body: Object, name: str) -> tuple[object, str]:
    found = obj(body.get(name))
    return found.get("value"), token(found.get("unit"))


def _half(body: Object, name: str) -> float:
    value, unit = _amount(body, name)
    found = decimal_of(value)
    if found is None:
        raise SkipError(t("no systolic pressure") if name == _PRESSURES[0] else t("no diastolic pressure"))
    return converted(Quantity.PRESSURE, found, unit)[0]


def _frame(body: Object, setting: DeviceSetting) -> tuple[Moment, Moment | None, str]:
    """Return when it was, its end where it is a span, and its beginning as it is written."""
    frame = obj(body.get("effective_time_frame"))
    if "date_time" in frame:
        return written(frame["date_time"], setting.zone, "date_time"), None, token(frame["date_time"])
    span = obj(frame.get("time_interval"))
    if not span:
        raise SkipError(t("no time"))
    first, last, length = span.get("start_date_time"), span.get("end_date_time"), _length(obj(span.get("duration")))
    if first is not None and last is not None:
        begin, end = written(first, setting.zone, "start_date_time"), written(last, setting.zone, "end_date_time")
    elif first is not None and length is not None:
        begin = written(first, setting.zone, "start_date_time")
        end = Moment(begin.at + length, zoned=begin.zoned)
    else:
        raise SkipError(t("its time is incomplete"))
    return begin, end, token(first)


def _length(duration: Object) -> timedelta | None:
    value, unit = decimal_of(duration.get("value")), token(duration.get("unit"))
    if value is None or not unit:
        return None
    hours, _ = converted(Quantity.DURATION, value, unit)
    return timedelta(hours=hours) if 0 < hours <= 1000 else None


def _moment(body: Object, setting: DeviceSetting) -> Moment:
    begin, end, _ = _frame(body, setting)
    if "descriptive_statistic" in body:
        raise SkipError(t("a figure over a span of time, not a reading"))
    if end is not None and not timedelta() <= end.at - begin.at <= _LONGEST_MOMENT:
        raise SkipError(t("a figure over a span of time, not a reading"))
    return begin


def _span(name: str, body: Object, more: dict[str, str], setting: DeviceSetting) -> Item:
    begin, end, text = _frame(body, setting)
    local = begin.at.astimezone(setting.zone).replace(tzinfo=None)
    if begin.zoned and len(text) > 19:
        local = written(text[:19], _UTC, "start_date_time").at.replace(tzinfo=None)
    if name == "step_count":
        raw = body[name]
        return Walked(kind=name, when=begin, day=local.date(), count=steps_in(obj(raw).get("value", raw)), **more)
    if end is None or "descriptive_statistic" in body:
        raise SkipError(t("its time is incomplete"))
    value, unit = _amount(body, name)
    found = decimal_of(value)
    if found is None:
        raise SkipError(t("no time asleep"))
    hours, _ = converted(Quantity.DURATION, found, unit)
    return slept(name, begin, end, round(hours * 3600), night_of(local), **more)

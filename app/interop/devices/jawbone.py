"""Jawbone UP: weights and nights. The company is gone, its users' exports aren't."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import decimal_of, epoch, night_of, shown, zone_named
from app.interop.devices.findings import DeviceSetting, Format, Item, Left, MassIndex
from app.interop.devices.json_parts import each, measured, not_kept, numbered, slept
from app.interop.values import Object, SkipError, obj, token
from app.kernel.i18n import t

JAWBONE = Format("jawbone", "Jawbone UP")


def is_jawbone(document: object) -> bool:
    """Tell an answer of the interface."""
    found = obj(document)
    return "user_xid" in obj(found.get("meta")) and isinstance(obj(found.get("data")).get("items"), list)


def read_jawbone(document: object, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what such an answer holds."""
    data = obj(obj(document).get("data"))
    if "next" in obj(data.get("links")):
        yield Left(kind="Page", reason=t("one page of several: the next one is not in these files"), count=0)
    for place, one in numbered(data.get("items")):
        details = obj(one.get("details"))
        if "asleep_time" in details or "awake_time" in details:
            yield from each("sleep", place, _night, one, details, place, setting)
        elif token(one.get("type")) == "body" or "weight" in one:
            yield from each("body", place, _body, one, place)
        else:
            yield not_kept(shown(token(one.get("type")))[:40] or "item", place)


def _body(one: Object, place: str) -> Iterator[Item]:
    """The interface gives weights in kilograms. 0 is none."""
    when, key = epoch(one.get("time_created")), shown(token(one.get("xid")))[:60]
    if decimal_of(one.get("weight")):
        yield measured("weight", M.WEIGHT, Quantity.MASS, one["weight"], "kg", when, key=key, place=place)
    index = decimal_of(one.get("bmi"))
    if index:
        yield MassIndex(kind="bmi", when=when, value=float(index), key=key, place=place)
    if decimal_of(one.get("body_fat")):
        yield not_kept("body_fat", place)
    if not decimal_of(one.get("weight")) and not index:
        raise SkipError(t("no value"))


def _night(one: Object, details: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    """``duration`` is the time in bed, of which ``awake`` wasn't slept."""
    begin, end = epoch(one.get("time_created")), epoch(one.get("time_completed"))
    total, awake = decimal_of(details.get("duration")), decimal_of(details.get("awake"))
    zone: ZoneInfo = zone_named(details.get("tz")) or setting.zone
    seconds = None if total is None or awake is None else total - awake
    key = shown(token(one.get("xid")))[:60]
    yield slept("sleep", begin, end, seconds, night_of(begin.at.astimezone(zone)), key=key, place=place)

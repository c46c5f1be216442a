"""Google Fit: data sets of points, of its interface and of Takeout. The type of a point fixes its unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import device_name, epoch, night_of, shown
from app.interop.devices.findings import DeviceSetting, Format, Item, Pressure, Walked
from app.interop.devices.json_parts import each, measured, numbered, slept, steps_in
from app.interop.values import Object, SkipError, number, obj, token
from app.kernel.i18n import t

GOOGLE_FIT = Format("google-fit", "Google Fit")

_PREFIX = "com.google."
_NANO = 10**9
_TYPES: Mapping[str, tuple[M, Quantity, str]] = {
    "heart_rate.bpm": (M.HEART_RATE, Quantity.RATE, "bpm"),
    "weight": (M.WEIGHT, Quantity.MASS, "kg"),
    "height": (M.HEIGHT, Quantity.LENGTH, "m"),
    "body.temperature": (M.TEMPERATURE, Quantity.TEMPERATURE, "Cel"),
    "blood_glucose": (M.GLUCOSE, Quantity.GLUCOSE, "mmol/L"),
    "oxygen_saturation": (M.SPO2, Quantity.SATURATION, "%"),
}
_PHASES = {1: "awake", 2: "sleep", 3: "out of bed", 4: "light", 5: "deep", 6: "REM"}
_ASLEEP = ("sleep", "light", "deep", "REM")


def is_google_fit(document: object) -> bool:
    """Tell a data set."""
    found = obj(document)
    points = [one for key in ("point", "Data Points") for _, one in numbered(found.get(key))]
    if not points:
        return "Data Source" in found or ("dataSourceId" in found and "point" in found)
    return any(token(one.get("dataTypeName")).startswith(_PREFIX) for one in points)


def read_google_fit(document: object, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what a data set holds."""
    for key in ("point", "Data Points"):
        for place, one in numbered(obj(document).get(key)):
            name = token(one.get("dataTypeName")).removeprefix(_PREFIX)
            yield from each(shown(name)[:60] or "point", place, _point, name, one, place, setting)


def _values(one: Object) -> list[object]:
    """The numbers of a point: ``value`` of the interface, ``fitValue`` of Takeout."""
    found = []
    for key in ("value", "fitValue"):
        for _, value in numbered(one.get(key)):
            inner = obj(value.get("value")) or value
            found.append(inner.get("fpVal", inner.get("intVal")))
    return found


def _point(name: str, one: Object, place: str, setting: DeviceSetting) -> Iterator[Item]:
    values = _values(one)
    begin, end = epoch(one.get("startTimeNanos"), _NANO), epoch(one.get("endTimeNanos"), _NANO)
    device = device_name(token(one.get("originDataSourceId")).split(":")[2:3][0] if ":" in token(
        one.get("originDataSourceId")) else "")  # fmt: skip
    local = begin.at.astimezone(setting.zone)
    if not values or values[0] is None:
        raise SkipError(t("no value"))
    if name in _TYPES:
        measure, quantity, unit = _TYPES[name]
        yield measured(name, measure, quantity, values[0], unit, begin, place=place, device=device)
    elif name == "blood_pressure":
        both = [number(value) for value in values[:2]]
        if len(both) < 2 or both[0] is None or both[1] is None:
            raise SkipError(t("no diastolic pressure"))
        yield Pressure(kind=name, when=begin, place=place, device=device, systolic=float(both[0]),
                       diastolic=float(both[1]))  # fmt: skip
    elif name == "step_count.delta":
        yield Walked(kind=name, when=begin, place=place, device=device, day=local.date(), count=steps_in(values[0]))
    elif name == "sleep.segment":
        phase = _PHASES.get(values[0] if isinstance(values[0], int) else 0, "?")
        if phase not in _ASLEEP:
            raise SkipError(t("not asleep: {phase}", phase=phase), general=True)
        seconds = int((end.at - begin.at).total_seconds())
        yield slept(name, begin, end, seconds, night_of(local), place=place, device=device)
    else:
        raise SkipError(t("not one of the measurements kept here: {name}", name=shown(name)[:60] or "?"), general=True)

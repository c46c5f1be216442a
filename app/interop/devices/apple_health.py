"""Apple Health's export.xml, read as a stream: one pass, a record at a time, however long the file is.

Nothing of the document type declaration is read: it names no content, some iOS versions write a broken one, and an
entity declared there could only do harm. So it is cut off before the parser sees it, and every entity is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import BinaryIO
from xml.parsers import expat

from app.domain.enums import DeviceProvider
from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.domain.vitals_metrics import HRV_LIMITS
from app.interop.devices.amounts import amount, converted, decimal_of, device_name, night_of, shown, stamp
from app.interop.devices.findings import (
    Asleep,
    BadFileError,
    Beats,
    DeviceSetting,
    Format,
    HalfPressure,
    Item,
    Left,
    MassIndex,
    Owner,
    Value,
    Walked,
)
from app.interop.devices.prolog import without_doctype
from app.interop.values import SkipError
from app.kernel.i18n import t

APPLE = Format("apple-health", "Apple Health")

_CHUNK = 1 << 16
_TOKEN = 4 * 1024 * 1024
_QUANTITY, _CATEGORY, _HK = "HKQuantityTypeIdentifier", "HKCategoryTypeIdentifier", "HKCharacteristicTypeIdentifier"

_KINDS: Mapping[str, tuple[M, Quantity]] = {
    "HeartRate": (M.HEART_RATE, Quantity.RATE),
    "RestingHeartRate": (M.HEART_RATE, Quantity.RATE),
    "BodyMass": (M.WEIGHT, Quantity.MASS),
    "Height": (M.HEIGHT, Quantity.LENGTH),
    "BodyTemperature": (M.TEMPERATURE, Quantity.TEMPERATURE),
    "BasalBodyTemperature": (M.TEMPERATURE, Quantity.TEMPERATURE),
    "BloodGlucose": (M.GLUCOSE, Quantity.GLUCOSE),
    "RespiratoryRate": (M.RESPIRATION, Quantity.RATE),
    "OxygenSaturation": (M.SPO2, Quantity.SATURATION),
}
_ASLEEP = frozenset({"Asleep", "AsleepUnspecified", "AsleepCore", "AsleepDeep", "AsleepREM"})
_SEXES = {"HKBiologicalSexMale": "male", "HKBiologicalSexFemale": "female"}
_RECORDS = {"Record", "Workout", "ActivitySummary", "Correlation", "ClinicalRecord", "Audiogram", "VisionPrescription"}


class _Reader:
    """Hears the parser and keeps what was found until somebody takes it."""

    def __init__(self, parser: expat.XMLParserType) -> None:
        self._parser = parser
        self._path: list[str] = []
        self._me: dict[str, str] = {}
        self._text: list[str] = []
        self.items: list[Item] = []
        self.moved = 0
        """Where in the file the last element was."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        self.moved = self._parser.CurrentByteIndex
        if not self._path and tag != "HealthData":
            raise BadFileError(t("XML, but no export of Apple Health"))
        self._path.append(tag)
        if len(self._path) > 64:
            raise BadFileError(t("nested deeper than {depth} levels", depth=64))
        place = t("line {number}", number=self._parser.CurrentLineNumber)
        if tag == "Me":
            self._me.update(attributes)
        elif tag == "Record":
            self._record(attributes, place)
        elif tag in _RECORDS and tag != "Correlation" and len(self._path) == 2:
            reason = t("not one of the measurements kept here: {name}", name=tag)
            self.items.append(Left(kind=tag, reason=reason, place=place, general=True))

    def data(self, text: str) -> None:
        """Text inside an element; only that of ``Me`` says anything."""
        if len(self._path) == 3 and self._path[1] == "Me" and len(self._text) < 50:
            self._text.append(text[:200])

    def end(self, tag: str) -> None:
        """An element ends."""
        self.moved = self._parser.CurrentByteIndex
        if len(self._path) == 3 and self._path[1] == "Me":
            self._me[tag] = "".join(self._text).strip()
        self._text.clear()
        self._path.pop()
        if tag == "Me" and len(self._path) == 1:
            self.items.append(_owner(self._me))

    def _record(self, said: dict[str, str], place: str) -> None:
        kind = said.get("type", "")
        name = shown(kind.removeprefix(_QUANTITY).removeprefix(_CATEGORY))[:80] or "Record"
        if len(self._path) > 2 and self._path[-2] != "Correlation":
            return
        try:
            self.items.append(_READERS.get(name, _other)(name, said, place))
        except SkipError as problem:
            self.items.append(Left(kind=name, reason=problem.reason, place=place, general=problem.general))


def _owner(me: Mapping[str, str]) -> Owner:
    try:
        born = date.fromisoformat(me.get(f"{_HK}DateOfBirth", ""))
    except ValueError:
        born = None
    return Owner(born=born, sex=_SEXES.get(me.get(f"{_HK}BiologicalSex", ""), ""))


def _other(name: str, _said: dict[str, str], _place: str) -> Item:
    raise SkipError(t("not one of the measurements kept here: {name}", name=name), general=True)


def _device(said: dict[str, str]) -> str:
    return device_name(said.get("sourceName"))


def _key(said: dict[str, str]) -> str:
    """A record has no id: what it says is what tells it from others. Apple changes none, it makes new ones."""
    return "|".join(said.get(name, "")[:200] for name in ("startDate", "endDate", "sourceName", "value"))


def _single(name: str, said: dict[str, str], place: str) -> Item:
    measure, quantity = _KINDS[name]
    when, _ = stamp(said.get("startDate", ""))
    raw, unit = said.get("value", ""), said.get("unit", "")
    found = decimal_of(raw)
    if quantity is Quantity.SATURATION and unit.strip() == "%" and found is not None and found <= 1:
        value, original = amount(measure, quantity, found * 100, unit)[0], {"value": float(found), "unit": "1"}
    else:
        value, own = amount(measure, quantity, raw, unit)
        original = own or {}
    return Value(kind=name, when=when, place=place, key=_key(said), device=_device(said), measure=measure,
                 value=round(value, 9), original=original or None)  # fmt: skip


def _half(name: str, said: dict[str, str], place: str) -> Item:
    when, _ = stamp(said.get("startDate", ""))
    found = decimal_of(said.get("value"))
    if found is None:
        raise SkipError(t("no value"))
    value, _ = converted(Quantity.PRESSURE, found, said.get("unit", ""))
    return HalfPressure(kind=name, when=when, place=place, key=_key(said), device=_device(said),
                        systolic=name.endswith("Systolic"), value=value)  # fmt: skip


def _steps(name: str, said: dict[str, str], place: str) -> Item:
    when, day = stamp(said.get("startDate", ""))
    found = decimal_of(said.get("value"))
    if found is None or not 0 <= found <= 250_000:
        raise SkipError(t("its value is no number that can be kept"))
    if said.get("unit", "count").strip() != "count":
        raise SkipError(t("the unit {unit} is not known for this measurement", unit=shown(said["unit"])[:40]))
    return Walked(kind=name, when=when, place=place, device=_device(said), day=day, count=float(found))


def _sleep(name: str, said: dict[str, str], place: str) -> Item:
    phase = said.get("value", "").removeprefix("HKCategoryValueSleepAnalysis")
    if phase not in _ASLEEP:
        raise SkipError(t("not asleep: {phase}", phase=shown(phase)[:40] or "?"), general=True)
    when, _ = stamp(said.get("startDate", ""))
    end, _ = stamp(said.get("endDate", ""))
    length = end.at - when.at
    if not timedelta() < length <= timedelta(hours=24):
        raise SkipError(t("it doesn't end after it begins, or lasts over a day"))
    night = night_of(datetime.fromisoformat(said["startDate"][:19]))
    return Asleep(kind=name, when=when, place=place, device=_device(said), end=end.at,
                  seconds=length.total_seconds(), night=night)  # fmt: skip


def _variability(name: str, said: dict[str, str], place: str) -> Item:
    when, _ = stamp(said.get("startDate", ""))
    found = decimal_of(said.get("value"))
    if found is None:
        raise SkipError(t("no value"))
    sdnn, _ = converted(Quantity.INTERVAL, found, said.get("unit", ""))
    low, high = HRV_LIMITS.possible
    if not low <= sdnn <= high:
        raise SkipError(t("This value cannot be true: it must lie between {low} and {high}.", low=low, high=high))
    return Beats(kind=name, when=when, place=place, key=_key(said), device=_device(said), rmssd=None, sdnn=sdnn,
                 provider=DeviceProvider.APPLE)  # fmt: skip


def _index(name: str, said: dict[str, str], place: str) -> Item:
    when, _ = stamp(said.get("startDate", ""))
    found = decimal_of(said.get("value"))
    if found is None:
        raise SkipError(t("no value"))
    return MassIndex(kind=name, when=when, place=place, key=_key(said), device=_device(said), value=float(found))


_READERS: Mapping[str, Callable[[str, dict[str, str], str], Item]] = {
    **dict.fromkeys(_KINDS, _single),
    "BloodPressureSystolic": _half,
    "BloodPressureDiastolic": _half,
    "StepCount": _steps,
    "SleepAnalysis": _sleep,
    "HeartRateVariabilitySDNN": _variability,
    "BodyMassIndex": _index,
}


def _refuse(*_: object) -> None:
    raise BadFileError(t("XML with entities of its own, which no export of Apple Health has"))


def read_apple_health(stream: BinaryIO, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what an export.xml holds. Raises ``BadFileError`` for what is no such file, or a broken one."""
    del setting  # every time in it has its own offset
    parser = expat.ParserCreate("utf-8")
    reader = _Reader(parser)
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.data
    parser.StartDoctypeDeclHandler = _refuse  # cut off before; should one be left, nothing of it is read
    parser.EntityDeclHandler = _refuse
    fed = 0
    try:
        for data in without_doctype(iter(lambda: stream.read(_CHUNK), b"")):
            parser.Parse(data, False)
            fed += len(data)
            if fed - reader.moved > _TOKEN:
                raise BadFileError(t("a record of more than {limit} bytes", limit=_TOKEN))
            yield from reader.items
            reader.items.clear()
        parser.Parse(b"", True)
        yield from reader.items
    except expat.ExpatError as problem:
        reason = expat.errors.messages.get(problem.code, "")
        raise BadFileError(t("no XML at line {line}: {problem}", line=problem.lineno, problem=reason)) from None

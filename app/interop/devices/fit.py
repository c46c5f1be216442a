"""FIT files of scales, cuffs, watches and straps: weights, blood pressures, heart rate, beats, steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

from app.domain.enums import DeviceProvider, HRVContext
from app.domain.measurements import MeasurementType as M
from app.domain.rr_intervals import variability_of
from app.interop.devices.findings import (
    BadFileError,
    Beats,
    DeviceSetting,
    Format,
    Item,
    Left,
    Owner,
    Pressure,
    Value,
    Walked,
)
from app.interop.devices.fit_messages import Message, messages, seconds_of
from app.interop.devices.json_parts import not_kept
from app.interop.values import Moment, SkipError
from app.kernel.i18n import t

FIT = Format("fit", "FIT")

_FILE, _PROFILE, _RECORD, _SCALE, _CUFF, _MONITOR, _RR, _DAY_INFO = 0, 3, 20, 30, 51, 55, 78, 103
_SPO2, _BREATH, _NIGHT = 269, 297, 370
_STRUCTURE = frozenset(
    {0, 1, 2, 3, 5, 7, 8, 10, 12, 13, 21, 22, 23, 34, 35, 37, 38, 39, 49, 72, 79, 103, 104, 140, 141, 147, 216}
)
"""Messages about the file and the device, which are no readings."""
_NAMES: Mapping[int, str] = {18: "session", 19: "lap", 132: "hr", 206: "field", 211: "monitoring_hr", 227: "stress",
                             273: "sleep", 275: "sleep_level", 371: "hrv_value"}  # fmt: skip
_GARMIN, _ACTIVITY = 1, 4
_MAKERS: Mapping[int, str] = {1: "Garmin", 15: "Dynastream", 23: "Suunto", 32: "Wahoo", 123: "Polar", 294: "Coros"}
_CALCULATING = 0xFFFE
_GOOD_CUFF = (None, 0, 4)
"""What a cuff may say of a reading: nothing, no error, an irregular heart rate."""


def read_fit(stream: BinaryIO, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what a FIT file holds. Raises ``BadFileError``."""
    limit = setting.limits.document_bytes
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise BadFileError(t("a file of more than {limit} bytes", limit=limit))
    reader = _Reader(setting)
    for number, one in enumerate(messages(data), 1):
        yield from reader.read(one, t("message {number}", number=number))
    yield from reader.end()


class _Reader:
    """What a file says, message by message; beats and steps wait for its end."""

    def __init__(self, setting: DeviceSetting) -> None:
        self._setting = setting
        self._maker = 0
        self._kind: int | None = None
        self._beats: list[float] = []
        self._begun: int | None = None
        self._shift: int | None = None
        self._stamp: int | None = None
        self._walked: dict[tuple[datetime, int], int] = {}
        self._left: Counter[str] = Counter()

    def read(self, one: Message, place: str) -> Iterator[Item]:
        """Read one message."""
        read = _READERS.get(one.number)
        if read is None:
            if one.number not in _STRUCTURE:
                self._left[_NAMES.get(one.number, f"message {one.number}")] += 1
            return
        try:
            yield from read(self, one, place)
        except SkipError as problem:
            yield Left(kind=_KINDS[one.number], reason=problem.reason, place=place)

    def end(self) -> Iterator[Item]:
        """Yield what needed the whole file."""
        if self._beats:
            yield self._variability()
        for (day, kind), count in self._walked.items():
            yield Walked(kind="monitoring", when=Moment(day.replace(tzinfo=UTC)), day=day.date(), count=float(count),
                         device=self._device, place=t("activity {number}", number=kind))  # fmt: skip
        for name, count in self._left.items():
            yield not_kept(name, count=count)

    @property
    def _device(self) -> str:
        return _MAKERS.get(self._maker, "")

    def _when(self, seconds: int | None) -> Moment:
        if seconds is None:
            raise SkipError(t("no time"))
        return Moment(datetime.fromtimestamp(seconds, UTC))

    def _value(self, one: Message, place: str, measure: M, value: float) -> Value:
        return Value(kind=_KINDS[one.number], when=self._when(one.at), place=place, device=self._device,
                     measure=measure, value=value)  # fmt: skip

    def file(self, one: Message, _place: str) -> Iterator[Item]:
        """Who made the file, and of what kind it is."""
        self._maker, self._kind = one.first(1) or 0, one.first(0)
        yield from ()

    def profile(self, one: Message, _place: str) -> Iterator[Item]:
        """Whose it is; its weight and height have no time."""
        sex = {0: "female", 1: "male"}.get(-1 if (found := one.first(1)) is None else found, "")
        yield Owner(sex=sex)

    def scale(self, one: Message, place: str) -> Iterator[Item]:
        """A weight, in hundredths of a kilogram."""
        weight = one.first(0)
        if weight is None or weight == _CALCULATING:
            raise SkipError(t("no value"))
        yield self._value(one, place, M.WEIGHT, weight / 100)
        if one.first(1) is not None:
            self._left["percent_fat"] += 1

    def cuff(self, one: Message, place: str) -> Iterator[Item]:
        """A blood pressure in mmHg, with the pulse."""
        if one.first(8) not in _GOOD_CUFF:
            raise SkipError(t("the device wasn't sure of it"))
        upper, lower, pulse = one.first(0), one.first(1), one.first(6)
        if upper is None or lower is None:
            raise SkipError(t("no systolic pressure") if upper is None else t("no diastolic pressure"))
        yield Pressure(kind="blood_pressure", when=self._when(one.at), place=place, device=self._device,
                       systolic=float(upper), diastolic=float(lower))  # fmt: skip
        if pulse:
            yield self._value(one, place, M.HEART_RATE, pulse)

    def record(self, one: Message, place: str) -> Iterator[Item]:
        """A moment of an activity; its heart rate is kept."""
        if self._begun is None:
            self._begun = one.at
        beat = one.first(3)
        if beat:
            yield self._value(one, place, M.HEART_RATE, beat)

    def saturation(self, one: Message, place: str) -> Iterator[Item]:
        """Oxygen saturation in percent."""
        if (value := one.first(0)) is not None:
            yield self._value(one, place, M.SPO2, value)

    def breath(self, one: Message, place: str) -> Iterator[Item]:
        """Breaths a minute, in hundredths; negative numbers stand for what went wrong."""
        if (value := one.first(0)) is not None and value > 0:
            yield self._value(one, place, M.RESPIRATION, value / 100)

    def night(self, one: Message, place: str) -> Iterator[Item]:
        """The night's RMSSD, in 128ths of a millisecond."""
        value = one.first(1)
        if value is None:
            raise SkipError(t("no value"))
        yield Beats(kind="hrv_status_summary", when=self._when(one.at), place=place, device=self._device,
                    rmssd=value / 128, sdnn=None, provider=self._provider(), context=HRVContext.SLEEP)  # fmt: skip

    def intervals(self, one: Message, _place: str) -> Iterator[Item]:
        """Intervals between beats in ms; they are taken together at the end."""
        self._beats.extend(float(value) for value in one.fields.get(0, ()))
        self._stamp = self._stamp or one.at
        yield from ()

    def day_info(self, one: Message, _place: str) -> Iterator[Item]:
        """What the clock shows where the watch is."""
        local = one.first(0)
        seconds = seconds_of(local) if local is not None else None
        if seconds is not None and one.at is not None and abs(seconds - one.at) <= 15 * 3600:
            self._shift = seconds - one.at
        yield from ()

    def monitor(self, one: Message, place: str) -> Iterator[Item]:
        """A moment of a day: heart rate, and steps so far, activity by activity."""
        at = self._short(one)
        beat, cycles = one.first(27), one.first(3)
        if beat:
            yield Value(kind="monitoring", when=self._when(at), place=place, device=self._device,
                        measure=M.HEART_RATE, value=beat)  # fmt: skip
        both = one.first(24)
        activity = one.first(5) if both is None else both & 31
        if cycles is not None and activity in (1, 6) and at is not None:
            local = datetime.fromtimestamp(at - 1, UTC) + timedelta(seconds=self._zone(at))
            key = (local.replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None), activity)
            self._walked[key] = max(self._walked.get(key, 0), cycles)

    def _short(self, one: Message) -> int | None:
        """A time of 16 bits goes on from the last whole one."""
        short = one.first(26)
        if 253 in one.fields or short is None or one.at is None:
            self._stamp = one.at if 253 in one.fields else self._stamp
            return one.at
        base = (self._stamp or one.at) - 631_065_600
        self._stamp = base + ((short - base) & 0xFFFF) + 631_065_600
        return self._stamp

    def _zone(self, at: int) -> int:
        if self._shift is not None:
            return self._shift
        offset = datetime.fromtimestamp(at, self._setting.zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def _provider(self) -> DeviceProvider:
        if self._maker != _GARMIN:
            raise SkipError(t("no device that is known here measured it"))
        return DeviceProvider.GARMIN

    def _variability(self) -> Item:
        found = variability_of(self._beats)
        try:
            if found is None:
                raise SkipError(t("too few beats, or too many that can't be used"))
            context = HRVContext.WORKOUT if self._kind == _ACTIVITY else HRVContext.UNKNOWN
            when = self._when(self._begun if self._begun is not None else self._stamp)
            return Beats(kind="hrv", when=when, device=self._device, rmssd=found[0], sdnn=found[1],
                         provider=self._provider(), context=context)  # fmt: skip
        except SkipError as problem:
            return Left(kind="hrv", reason=problem.reason)


_READERS: Mapping[int, Callable[[_Reader, Message, str], Iterator[Item]]] = {
    _FILE: _Reader.file, _PROFILE: _Reader.profile, _RECORD: _Reader.record, _SCALE: _Reader.scale,
    _CUFF: _Reader.cuff, _MONITOR: _Reader.monitor, _RR: _Reader.intervals, _DAY_INFO: _Reader.day_info,
    _SPO2: _Reader.saturation, _BREATH: _Reader.breath, _NIGHT: _Reader.night,
}  # fmt: skip
_KINDS: Mapping[int, str] = {
    _FILE: "file_id", _PROFILE: "user_profile", _RECORD: "record", _SCALE: "weight_scale", _CUFF: "blood_pressure",
    _MONITOR: "monitoring", _RR: "hrv", _DAY_INFO: "monitoring_info", _SPO2: "spo2_data",
    _BREATH: "respiration_rate", _NIGHT: "hrv_status_summary",
}  # fmt: skip

"""Exports in columns (CSV) of Fitbit and Withings: what a table is, its titles say.

A file may hold several tables behind each other, as Fitbit's own export does. Rows of several people are refused,
since nothing says which of them is the patient.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import BinaryIO

from app.domain.measurements import MeasurementType as M
from app.domain.units import Quantity
from app.interop.devices.amounts import decimal_of, device_name, noon_of, shown, written
from app.interop.devices.findings import BadFileError, DeviceSetting, Format, Item, MassIndex, Pressure, Walked
from app.interop.devices.fitbit import FITBIT
from app.interop.devices.json_parts import each, measured, slept, steps_in
from app.interop.devices.withings import WITHINGS
from app.interop.values import Moment, SkipError
from app.kernel.i18n import t

_PEOPLE = ("id", "customerid", "userid", "participantid")
_LONGEST = 100_000
_DIVIDERS = ",;\t"
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(.*)", re.ASCII)
_CLOCK = re.compile(r"\s*T?(\d{1,2}):(\d\d)(?::(\d\d))?\s*([AaPp][Mm])?", re.ASCII)
_ISO_HALVES = re.compile(r"(\d{4})-(\d\d)-(\d\d) (\d{1,2}:\d\d(?::\d\d)? ?[AaPp][Mm])", re.ASCII)

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table by its titles, folded: those that must be there, the column with the time, what reads a row."""

    format: Format
    titles: frozenset[str]
    when: str
    read: Callable[[Cells, str, str, _Days], Iterator[Item]]


@dataclass(slots=True)
class _Days:
    """How a file writes days, and where it arrives."""

    setting: DeviceSetting
    month_first: bool | None = None

    def moment(self, text: str) -> Moment:
        """Read a time; a day alone is noon. Raises ``SkipError``."""
        halves = _ISO_HALVES.fullmatch(text.strip())
        if halves is not None:
            year, month, day, rest = halves.groups()
        elif (match := _SLASHED.fullmatch(text.strip())) is not None:
            if self.month_first is None:
                raise SkipError(t("nothing says whether the day or the month comes first"))
            one, two, year, rest = match.groups()
            month, day = (one, two) if self.month_first else (two, one)
        else:
            return written(text, self.setting.zone, "date")
        plain = f"{year}-{int(month):02d}-{int(day):02d}"
        clock = _CLOCK.fullmatch(rest)
        if not rest.strip():
            return written(plain, self.setting.zone, "date")
        if clock is None:
            raise SkipError(t("{field} is no date or time", field="date"))
        return written(f"{plain}T{_clock(clock)}", self.setting.zone, "date")


def _clock(match: re.Match[str]) -> str:
    hour, half = int(match[1]), (match[4] or "").lower()
    if half and not 1 <= hour <= 12:
        raise SkipError(t("{field} is no date or time", field="date"))
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return f"{hour:02d}:{match[2]}:{match[3] or '00'}"


def _plain(title: str) -> str:
    return "".join(c for c in title.casefold() if c.isalnum() or c in "()")


def format_of_table(stream: BinaryIO, setting: DeviceSetting) -> Format:
    """Return the format of the first table that is known. Raises ``BadFileError`` where none is."""
    for _, row in _rows(stream, setting):
        table = _table_of([_plain(cell) for cell in row])
        if table is not None:
            return table.format
    raise BadFileError(t("not a file of devices that is known here"))


def read_tables(stream: BinaryIO, setting: DeviceSetting) -> Iterator[Item]:
    """Yield what the tables of a file hold. Raises ``BadFileError``."""
    rows = list(_placed(_rows(stream, setting)))
    people = {cells[name] for table, cells, _ in rows for name in _PEOPLE if cells.get(name)}
    if len(people) > 1:
        raise BadFileError(t("rows of {n} people: nothing says which of them is the patient", n=len(people)))
    days = _Days(setting, _month_first([cells.get(table.when, "") for table, cells, _ in rows]))
    for table, cells, number in rows:
        place = t("line {number}", number=number)
        yield from each("row", place, table.read, cells, table.when, place, days)


def _rows(stream: BinaryIO, setting: DeviceSetting) -> Iterator[tuple[int, list[str]]]:
    limit = setting.limits.document_bytes
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise BadFileError(t("a file of more than {limit} bytes", limit=limit))
    if b"\x00" in data[:_LONGEST]:
        raise BadFileError(t("not a file of devices that is known here"))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", "replace")  # only numbers, dates and titles in ASCII are looked at
    first = next((line for line in text[:_LONGEST].splitlines() if any(mark in line for mark in _DIVIDERS)), "")
    divider = max(_DIVIDERS, key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=divider)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error:
        raise BadFileError(t("not a file of devices that is known here")) from None


def _table_of(titles: Sequence[str]) -> _Table | None:
    return next((table for table in _TABLES if table.titles <= set(titles)), None)


def _placed(rows: Iterator[tuple[int, list[str]]]) -> Iterator[tuple[_Table, Cells, int]]:
    """Yield the rows of known tables with their titles; an empty row or a lone word ends a table."""
    table: _Table | None = None
    titles: list[str] = []
    for number, row in rows:
        folded = [_plain(cell) for cell in row]
        found = _table_of(folded)
        if found is not None:
            table, titles = found, folded
        elif sum(bool(cell.strip()) for cell in row) < 2:
            table = None
        elif table is not None:
            yield table, {title: cell.strip() for title, cell in zip(titles, row, strict=False)}, number


def _month_first(texts: Sequence[str]) -> bool | None:
    """Tell by a 13th day; None when no row has one, or rows contradict each other."""
    pairs = [(int(match[1]), int(match[2])) for text in texts if (match := _SLASHED.fullmatch(text.strip()))]
    month, day = any(two > 12 for _, two in pairs), any(one > 12 for one, _ in pairs)
    return None if month == day else month


def _night(cells: Cells, when: str, place: str, days: _Days) -> Iterator[Item]:
    """Minutes asleep of a day, without a time of day: they stand at noon."""
    minutes = decimal_of(cells.get("totalminutesasleep"))
    day = days.moment(cells.get(when, "")).at.astimezone(days.setting.zone).date()
    end = noon_of(day, days.setting.zone)
    if minutes is None:
        raise SkipError(t("no time asleep"))
    begin = Moment(end.at - timedelta(minutes=max(1, min(1440, float(minutes)))), timed=False)
    yield slept("sleep", begin, end, minutes * 60, day, place=place)


def _span(cells: Cells, when: str, place: str, days: _Days) -> Iterator[Item]:
    begin, end, minutes = (
        days.moment(cells.get(when, "")),
        days.moment(cells.get("endtime", "")),
        decimal_of(cells.get("minutesasleep")),
    )
    night = end.at.astimezone(days.setting.zone).date()
    yield slept("sleep", begin, end, None if minutes is None else minutes * 60, night, place=place)


def _steps_of(column: str) -> Callable[[Cells, str, str, _Days], Iterator[Item]]:
    def read(cells: Cells, when: str, place: str, days: _Days) -> Iterator[Item]:
        at = days.moment(cells.get(when, ""))
        day = at.at.astimezone(days.setting.zone).date()
        count = cells.get(column, "").replace(",", "")
        yield Walked(kind="steps", when=at, place=place, day=day, count=steps_in(count),
                     device=device_name(cells.get("datasource")))  # fmt: skip

    return read


def _number(column: str, measure: M, quantity: Quantity, unit: str) -> Callable[..., Iterator[Item]]:
    def read(cells: Cells, when: str, place: str, days: _Days) -> Iterator[Item]:
        key = shown(cells.get("logid", ""))[:40]
        at = days.moment(cells.get(when, ""))
        if cells.get(column):
            yield measured(measure.value.lower(), measure, quantity, cells[column], unit, at, place=place, key=key,
                           device=cells.get("datasource"))  # fmt: skip
        index = decimal_of(cells.get("bmi"))
        if index:
            yield MassIndex(kind="bmi", when=at, place=place, key=key, value=float(index))

    return read


def _pressure(cells: Cells, when: str, place: str, days: _Days) -> Iterator[Item]:
    """Millimetres of mercury: in kilopascals the same numbers would be no blood pressure."""
    at, both = days.moment(cells.get(when, "")), [decimal_of(cells.get(name)) for name in ("systolic", "diastolic")]
    known = [float(one) for one in both if one is not None]
    if len(known) == 2:
        yield Pressure(kind="blood_pressure", when=at, place=place, systolic=known[0], diastolic=known[1])
    if cells.get("heartrate"):
        yield measured("heart_rate", M.HEART_RATE, Quantity.RATE, cells["heartrate"], "bpm", at, place=place)


_TABLES = (
    _Table(FITBIT, frozenset({"sleepday", "totalminutesasleep"}), "sleepday", _night),
    _Table(FITBIT, frozenset({"starttime", "endtime", "minutesasleep"}), "starttime", _span),
    _Table(FITBIT, frozenset({"activityday", "steptotal"}), "activityday", _steps_of("steptotal")),
    _Table(FITBIT, frozenset({"activitydate", "totalsteps"}), "activitydate", _steps_of("totalsteps")),
    _Table(FITBIT, frozenset({"date", "caloriesburned", "steps"}), "date", _steps_of("steps")),
    _Table(FITBIT, frozenset({"timestamp", "steps"}), "timestamp", _steps_of("steps")),
    _Table(FITBIT, frozenset({"date", "weightkg", "weightpounds"}), "date",
           _number("weightkg", M.WEIGHT, Quantity.MASS, "kg")),
    _Table(FITBIT, frozenset({"timestamp", "weightgrams"}), "timestamp",
           _number("weightgrams", M.WEIGHT, Quantity.MASS, "g")),
    _Table(FITBIT, frozenset({"timestamp", "beatsperminute"}), "timestamp",
           _number("beatsperminute", M.HEART_RATE, Quantity.RATE, "bpm")),
    _Table(FITBIT, frozenset({"timestamp", "oxygensaturationpercentage"}), "timestamp",
           _number("oxygensaturationpercentage", M.SPO2, Quantity.SATURATION, "%")),
    _Table(WITHINGS, frozenset({"date", "weight(kg)"}), "date", _number("weight(kg)", M.WEIGHT, Quantity.MASS, "kg")),
    _Table(WITHINGS, frozenset({"date", "weight(lb)"}), "date", _number("weight(lb)", M.WEIGHT, Quantity.MASS, "lb")),
    _Table(WITHINGS, frozenset({"date", "height(m)"}), "date", _number("height(m)", M.HEIGHT, Quantity.LENGTH, "m")),
    _Table(WITHINGS, frozenset({"date", "systolic", "diastolic"}), "date", _pressure),
)  # fmt: skip

"""Files of one patient's devices → what an import writes, part by part, so that years of minutes need no memory.

Every file is read twice: first to the end, so that a broken one brings nothing at all and whoever's name stands in it
is known, then for its records. Minute values go out as they come; weights, blood pressures, nights and days wait
until all files are read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Protocol

from app.domain.import_report import Heard, RowOutcome
from app.domain.imports import BmiRow, HrvRow, MeasurementRow, PatientImport, PractitionerRow, Skipped, SourceId
from app.domain.measurements import MeasurementType
from app.domain.wallclock import first_instant
from app.interop.body_mass import body_masses
from app.interop.devices.days import DAYS, DayBook, DayFigure
from app.interop.devices.findings import (
    Asleep,
    BadFileError,
    Beats,
    DeviceSetting,
    HalfPressure,
    Left,
    MassIndex,
    Opened,
    Owner,
    Pressure,
    Refusal,
    Value,
    Walked,
)
from app.interop.devices.identity import source_of
from app.interop.devices.pairs import HalfBook
from app.interop.devices.rows import RowMaker, Subject, twin_of
from app.interop.documents import Source
from app.interop.readings import ObservedBmi
from app.interop.skips import SkipLog
from app.interop.values import SkipError
from app.kernel.i18n import t

PART = 249
"""Rows of a part: with the patient it makes up a transaction's."""
_MOST_SEEN = 500_000
_GROWN_UP = timedelta(days=int(18 * 365.25) + 1)
_WAITING = frozenset({MeasurementType.WEIGHT, MeasurementType.HEIGHT})


@dataclass(frozen=True, slots=True)
class DayHere:
    """A day's figure in the chart: the largest, and the ids of the records that an import made them of ("" of none)."""

    value: float
    source_ids: frozenset[str]


class Here(Protocol):
    """What the patient's chart holds already."""

    def twins(self, rows: Sequence[MeasurementRow | HrvRow]) -> frozenset[SourceId]:
        """Return which of the rows stand there from another source: same kind, time and value.

        Of variabilities those of the same device and time, whatever brought them.
        """
        ...

    def days(self, kind: str, days: Sequence[date]) -> Mapping[date, DayHere]:
        """Return what stands there for each of these days."""
        ...


Opener = Callable[[Source, DeviceSetting], Iterable[Opened | Refusal]]
"""Tells the format of a file by its content. Raises ``BadFileError``."""


class DeviceFiles:
    """A patient's files, ready to be written. ``tick`` hears of every record read and may raise to stop."""

    def __init__(
        self,
        sources: Sequence[Source],
        opener: Opener,
        subject: Subject,
        setting: DeviceSetting,
        here: Here,
        tick: Callable[[], None] = lambda: None,
        heard: Heard | None = None,
    ) -> None:
        self._sources, self._opener, self._setting = tuple(sources), opener, setting
        self._subject, self._here, self._tick = subject, here, tick
        self._log = SkipLog(heard)
        self._make = RowMaker(subject, setting)
        self._opened: list[Opened] | None = None
        self._seen: set[tuple[str, datetime, object]] = set()
        self._kept: list[MeasurementRow] = []
        self._indexes: list[ObservedBmi] = []
        self._repeated: Counter[str] = Counter()
        self._total = 0
        self.owners: list[tuple[str, Owner]] = []
        """Whom each file says that it is of."""

    # -- first reading ------------------------------------------------------------------------------------------------

    def survey(self) -> None:
        """Read all files to their ends; a broken one is left out whole."""
        if self._opened is not None:
            return
        whole = self._opened = []
        for source in self._sources:
            try:
                for opened in self._opener(source, self._setting):
                    if isinstance(opened, Refusal):
                        self._log.add(source.name, "File", opened.reason, general=True, where=opened.name)
                    elif self._survey(opened, source.name):
                        whole.append(opened)
            except BadFileError as problem:
                self._log.add(source.name, "", problem.reason)
            except OSError as problem:
                self._log.add(source.name, "", problem.strerror or type(problem).__name__)

    def _survey(self, opened: Opened, file: str) -> bool:
        """Read one to its end; False for a broken one. Many files of an archive alike are counted together."""
        owners, count = [], 0
        try:
            for item in opened.items():
                self._tick()
                if isinstance(item, Owner):
                    owners.append((opened.name, item))
                elif not isinstance(item, Left):
                    count += 1
        except BadFileError as problem:
            inner = opened.name != file
            self._log.add(file, "File" if inner else "", problem.reason, general=inner, where=opened.name)
            return False
        self.owners.extend(owners)
        self._total += count
        return True

    @property
    def total(self) -> int:
        """How many records there are, those of days and nights counted singly."""
        self.survey()
        return self._total

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was left out so far, and why."""
        return self._log.rows()

    @property
    def repeated(self) -> Counter[str]:
        """What stood there more than once, or stands in the chart from another source."""
        return self._repeated

    def practitioners(self) -> tuple[PractitionerRow, ...]:
        """Nobody: devices know no practitioners."""
        self.survey()
        return ()

    # -- second reading -----------------------------------------------------------------------------------------------

    def patients(self) -> Iterator[PatientImport]:
        """Yield the patient's readings, part by part."""
        self.survey()
        days = DayBook()
        for opened in self._opened or ():
            yield from _parts(self._subject, self._flow(opened, days))
            days.end_of_file(opened.format, opened.name)
        yield from _parts(self._subject, self._fresh(self._figures(days)))
        yield from self._bodies()

    def _flow(self, opened: Opened, days: DayBook) -> Iterator[MeasurementRow | HrvRow]:
        """Read a file, and yield what needs nothing else of it."""
        halves = HalfBook()
        yield from self._fresh(self._rows(opened, days, halves))
        for pair, also, where in halves.pairs(lambda half, why: self._leave(opened, half.kind, half.place, why)):
            source = source_of(self._subject.key, opened.format, also.kind, also.key)
            try:
                row = self._make.pressure(opened.format, pair, self._where(opened, where), (source,))
            except SkipError as problem:
                for one in (pair, also):
                    self._leave(opened, one.kind, one.place, problem.reason)
            else:
                yield from self._fresh(iter([row]))

    def _rows(self, opened: Opened, days: DayBook, halves: HalfBook) -> Iterator[MeasurementRow | HrvRow]:
        for item in opened.items():
            self._tick()
            if isinstance(item, Owner):
                continue
            if isinstance(item, Left):
                where = opened.name if item.general else self._where(opened, item.place)
                self._log.add(where, item.kind, item.reason, general=item.general, count=item.count,
                              where=self._where(opened, item.place))  # fmt: skip
                continue
            try:
                row = self._row(opened, item, days, halves)
            except SkipError as problem:
                self._leave(opened, item.kind, item.place, problem.reason)
            else:
                if row is not None:
                    yield row

    def _row(
        self,
        opened: Opened,
        item: Value | Pressure | HalfPressure | Asleep | Walked | Beats | MassIndex,
        days: DayBook,
        halves: HalfBook,
    ) -> MeasurementRow | HrvRow | None:
        """Return a row that is ready, or put the finding where it waits for others. Raises ``SkipError``."""
        where = self._where(opened, item.place)
        if isinstance(item, Value):
            row = self._make.value(opened.format, item, where)
            if item.measure not in _WAITING:
                return row
            self._kept.append(row)
        elif isinstance(item, Pressure):
            return self._make.pressure(opened.format, item, where)
        elif isinstance(item, Beats):
            return self._make.beats(opened.format, item, where)
        elif isinstance(item, HalfPressure):
            self._make.half(item.systolic, item.value)
            if not halves.add(item):
                self._again(where, source_of(self._subject.key, opened.format, item.kind, item.key))
        elif isinstance(item, MassIndex):
            source = self._make.source(opened.format, item)
            self._indexes.append(ObservedBmi(source=source, where=where, value=item.value, when=item.when))
        else:
            self._make.check_time(item.when.at)
            days.add(item)
        return None

    def _figures(self, days: DayBook) -> Iterator[MeasurementRow]:
        """One row a day and kind: nothing smaller than the chart's, nothing beside what it has from elsewhere."""
        figures = iter(days.figures())
        while part := list(islice(figures, PART)):
            here = {
                kind: self._here.days(kind, [one.day for one in part if one.value.measure == kind])
                for kind in {one.value.measure.value for one in part}
            }
            for one in part:
                yield from self._day(one, here[one.value.measure.value].get(one.day))

    def _day(self, one: DayFigure, here: DayHere | None) -> Iterator[MeasurementRow]:
        where = f"{one.file}, {one.day.isoformat()}"
        source = source_of(self._subject.key, DAYS, one.value.measure.value, one.day.isoformat())
        if here is not None and (here.value >= one.value.value or here.source_ids != {source.value}):
            self._again(where, source, t("stands in the chart already"))
            return
        steps = one.value.measure is MeasurementType.STEPS
        value = replace(one.value, when=replace(one.value.when, at=self._make.noon(one.day))) if steps else one.value
        try:
            row = self._make.value(one.made_by, value, where)
        except SkipError as problem:
            self._log.add(where, one.value.kind, problem.reason)
        else:
            yield replace(row, source=source)

    def _bodies(self) -> Iterator[PatientImport]:
        """Weights and heights with the body mass indexes that follow."""
        rows = sorted(self._kept, key=lambda row: row.at)
        fresh = list(self._fresh(iter(rows)))
        measured = [row for row in fresh if isinstance(row, MeasurementRow)]
        indexes = {row.source: row for row in self._body_masses(measured)}
        heights = [row for row in measured if row.type == MeasurementType.HEIGHT]
        for number, part in enumerate(batched(measured)):
            bmi = tuple(indexes[row.source] for row in part if row.source in indexes)
            height = float(heights[-1].value) if heights and not number else None
            yield PatientImport(source=self._subject.source, measurements=tuple(part), bmi=bmi, height_cm=height)

    def _body_masses(self, rows: list[MeasurementRow]) -> list[BmiRow]:
        """By the heights of the files, else by that of the chart, which is only known of the grown-up."""
        born, known = self._subject.born, self._subject.height_cm
        grown = first_instant(born + _GROWN_UP, time(0), self._setting.zone) if born else None
        if known is not None and grown and rows and not any(row.type == MeasurementType.HEIGHT for row in rows):
            source = SourceId("chart", "Height", self._subject.patient_id)
            since = max(rows[0].at, grown)
            chart = MeasurementRow(source=source, type=MeasurementType.HEIGHT.value, value=known, at=since)
            rows = [*(row for row in rows if row.at >= since), chart]
        return body_masses(rows, self._indexes, born, lambda row, why: self._log.add(row.where, row.source.label, why))

    # -- what is new --------------------------------------------------------------------------------------------------

    def _fresh(self, rows: Iterator[MeasurementRow | HrvRow]) -> Iterator[MeasurementRow | HrvRow]:
        """Yield the rows that no other source has said, in these files or in the chart."""
        for part in _chunks(rows):
            twins = self._here.twins(part)
            for row in part:
                if row.source in twins:
                    self._again(row.where, row.source, t("stands in the chart already"))
                elif self._is_new(row):
                    yield row
                else:
                    self._again(row.where, row.source, t("stands in the files more than once"))

    def _is_new(self, row: MeasurementRow | HrvRow) -> bool:
        """Whether no row before said the same; so many are remembered as memory may hold."""
        twin = twin_of(row)
        if twin is None:
            return True
        if twin in self._seen:
            return False
        if len(self._seen) < _MOST_SEEN:
            self._seen.add(twin)
        return True

    def _again(self, where: str, source: SourceId, reason: str = "") -> None:
        self._repeated[source.kind] += 1
        self._log.tell(where, source.label, RowOutcome.UNCHANGED, reason or t("stands in the files more than once"))

    def _leave(self, opened: Opened, kind: str, place: str, reason: str) -> None:
        self._log.add(self._where(opened, place), kind, reason)

    @staticmethod
    def _where(opened: Opened, place: str) -> str:
        return f"{opened.name}, {place}" if place else opened.name


def _chunks(rows: Iterator[MeasurementRow | HrvRow]) -> Iterator[list[MeasurementRow | HrvRow]]:
    while part := list(islice(rows, PART)):
        yield part


def batched(rows: Sequence[MeasurementRow]) -> Iterator[Sequence[MeasurementRow]]:
    """Yield rows in parts that fit into a batch."""
    return (rows[at : at + PART] for at in range(0, len(rows), PART))


def _parts(subject: Subject, rows: Iterator[MeasurementRow | HrvRow]) -> Iterator[PatientImport]:
    for part in _chunks(rows):
        measured = tuple(row for row in part if isinstance(row, MeasurementRow))
        beats = tuple(row for row in part if isinstance(row, HrvRow))
        yield PatientImport(source=subject.source, measurements=measured, variability=beats)

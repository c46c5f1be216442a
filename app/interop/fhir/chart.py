"""One patient's records as they are collected, and what follows from seeing them together.

Systolic and diastolic pressures that came alone are paired; weights get a body mass index with the
height of the same time or the last one before; what was observed before birth is refused.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from app.domain.import_digest import digest
from app.domain.import_person import is_somebody_else
from app.domain.imports import (
    CarePlanRow,
    ExcuseRow,
    HrvRow,
    ImportedRow,
    LabOrderRow,
    ListEntryRow,
    MeasurementRow,
    MessageRow,
    NoteRow,
    PatientImport,
    PatientRow,
    ReferralRow,
    RetractedRow,
    SourceId,
    VisitRow,
)
from app.domain.measurements import MeasurementType
from app.interop.body_mass import body_masses
from app.interop.fhir.lab_orders import with_results
from app.interop.fhir.observation import HalfPressure
from app.interop.fhir.orders import LabItemRow, LabReportRow
from app.interop.readings import ObservedBmi, pressure_row
from app.interop.skips import SkipLog
from app.interop.values import SkipError
from app.kernel.errors import Refused
from app.kernel.i18n import t

R = TypeVar("R", bound=ImportedRow)
Seen = TypeVar("Seen", MeasurementRow, HrvRow, LabOrderRow, ReferralRow, CarePlanRow, NoteRow, ExcuseRow)

_BEFORE_BIRTH = timedelta(days=1)


class Chart:
    """Collects the rows of one patient."""

    def __init__(self, source: SourceId, log: SkipLog, repeated: Counter[str]) -> None:
        self.source = source
        self._log = log
        self._repeated = repeated
        self._rows: dict[SourceId, tuple[str, ImportedRow]] = {}
        self._mixed = False

    def add(self, row: ImportedRow, version: str) -> None:
        """Keep a row; of several versions of one record the newest, else the first."""
        known = self._rows.get(row.source)
        if known is None:
            self._rows[row.source] = (version, row)
            return
        if digest(known[1]) == digest(row):
            self._repeated[row.source.kind] += 1
            self._log.again(row.where, row.source.label)
            return
        if isinstance(row, PatientRow) and isinstance(known[1], PatientRow):
            self._mixed = self._mixed or is_somebody_else(row.person, known[1].person)
        older = known[1] if version > known[0] else row
        if older is not row:
            self._rows[row.source] = (version, row)
        self._skip(older, t("another version of the same record is taken"))

    def _skip(self, row: ImportedRow, reason: str) -> None:
        for source in (row.source, *row.also):
            self._log.add(row.where, source.label, reason)

    def _all(self, kind: type[R]) -> list[R]:
        return [row for _, row in self._rows.values() if isinstance(row, kind)]

    def finish(self, called: tuple[str, ...] = ()) -> PatientImport | None:
        """Return everything of the patient, ready to be written; None when the id stands for several people."""
        if self._mixed:
            for _, row in self._rows.values():
                self._skip(row, t("its patient's id stands for different people in these files"))
            return None
        patient = next(iter(self._all(PatientRow)), None)
        born = patient.birth_date if patient else None
        measurements = self._after_birth(self._all(MeasurementRow) + self._paired(), born)
        measurements.sort(key=lambda row: row.at)
        bmi = body_masses(measurements, self._all(ObservedBmi), born, self._skip)
        heights = [row for row in measurements if row.type == MeasurementType.HEIGHT]
        return PatientImport(
            source=self.source,
            patient=patient,
            called=called,
            height_cm=float(heights[-1].value) if heights else self._height_used(),
            visits=tuple(self._visits(born)),
            measurements=tuple(measurements),
            bmi=tuple(bmi),
            entries=tuple(self._all(ListEntryRow)),
            retracted=tuple(self._all(RetractedRow)),
            variability=tuple(self._after_birth(self._all(HrvRow), born)),
            messages=tuple(self._all(MessageRow)),
            orders=tuple(self._after_birth(self._orders(), born)),
            referrals=tuple(self._after_birth(self._all(ReferralRow), born)),
            plans=tuple(self._after_birth(self._all(CarePlanRow), born)),
            notes=tuple(self._after_birth(self._all(NoteRow), born)),
            excuses=tuple(self._after_birth(self._all(ExcuseRow), born)),
        )

    def _height_used(self) -> float | None:
        """The height of the latest body mass index that says which it was computed with."""
        used = [one for one in self._all(ObservedBmi) if one.height is not None]
        return max(used, key=lambda one: one.when.at).height if used else None

    def _orders(self) -> list[LabOrderRow]:
        """Orders with the results and reports that name them."""
        whole, left = with_results(self._all(LabOrderRow), self._all(LabItemRow), self._all(LabReportRow))
        for row, reason in left:
            self._skip(row, reason)
        return whole

    def _visits(self, born: date | None) -> list[VisitRow]:
        kept = []
        for row in self._all(VisitRow):
            if _precedes(row.start, born):
                self._skip(row, t("before the patient was born"))
            else:
                kept.append(row)
        return kept

    def _after_birth(self, rows: list[Seen], born: date | None) -> list[Seen]:
        kept = []
        for row in rows:
            if _precedes(row.at, born):
                self._skip(row, t("before the patient was born"))
            else:
                kept.append(row)
        return kept

    def _paired(self) -> list[MeasurementRow]:
        """Join halves of the same moment and encounter; one half alone is no blood pressure."""
        groups: dict[tuple[datetime, SourceId | None], list[HalfPressure]] = {}
        for half in self._all(HalfPressure):
            groups.setdefault((half.when.at, half.encounter), []).append(half)
        made = []
        for halves in groups.values():
            upper = [half for half in halves if half.systolic]
            lower = [half for half in halves if not half.systolic]
            if len(upper) == len(lower) == 1:
                made.extend(self._joined(upper[0], lower[0]))
                continue
            missing = t("several pressures of the same time can't be paired")
            if not upper or not lower:
                missing = t("no diastolic pressure") if upper else t("no systolic pressure")
            for half in halves:
                self._skip(half, missing)
        return made

    def _joined(self, upper: HalfPressure, lower: HalfPressure) -> list[MeasurementRow]:
        try:
            row = pressure_row(upper.source, upper.where, (upper.value, lower.value), upper.when.at, upper.metadata)
        except (SkipError, Refused) as problem:
            self._skip(upper, str(problem))
            self._skip(lower, str(problem))
            return []
        return [replace(row, encounter=upper.encounter, also=(lower.source,))]


def _precedes(at: datetime, born: date | None) -> bool:
    return born is not None and at.date() < born - _BEFORE_BIRTH

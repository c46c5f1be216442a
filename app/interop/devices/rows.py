"""Findings → rows of an import, checked as everything is that comes from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from app.domain.import_own import own_system
from app.domain.imports import HrvRow, ImportedRow, MeasurementRow, SourceId
from app.domain.measurements import (
    DIASTOLIC,
    SYSTOLIC,
    check_number,
    check_value,
    is_unlikely,
)
from app.domain.vitals_metrics import HRV_LIMITS, rmssd
from app.domain.wallclock import first_instant
from app.interop.devices.findings import Beats, DeviceSetting, Format, Found, Pressure, Value
from app.interop.devices.identity import source_of
from app.interop.readings import as_json, pressure_row
from app.interop.values import SkipError
from app.kernel.errors import Refused
from app.kernel.i18n import t

_SKEW = timedelta(days=1)
_BEFORE_BIRTH = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """The patient whose files they are.

    ``key`` is the id under which readings are known: also of a record that was merged into this one.
    """

    clinic_id: str
    patient_id: str
    key: str
    born: date | None = None
    height_cm: float | None = None

    @property
    def source(self) -> SourceId:
        """How an import names the patient."""
        return SourceId(own_system(self.clinic_id), "Patient", self.patient_id)


@dataclass(frozen=True, slots=True)
class RowMaker:
    """Makes rows of one patient's findings. Every method raises ``SkipError`` with the reason."""

    subject: Subject
    setting: DeviceSetting

    def source(self, made_by: Format, found: Found) -> SourceId:
        """Return how a finding is known."""
        key = found.key or f"{found.when.at.isoformat()}|{found.device}"
        if not found.key and found.when.timed and isinstance(found, Value):
            key += f"|{found.value}"  # nothing else tells two of one second from each other
        return source_of(self.subject.key, made_by, found.kind, key)

    def check_time(self, at: datetime) -> None:
        """Refuse what lies in the future or before the patient's birth."""
        if at > self.setting.now + _SKEW:
            raise SkipError(t("it lies in the future"))
        born = self.subject.born
        if born is not None and at.date() < born - _BEFORE_BIRTH:
            raise SkipError(t("before the patient was born"))

    def noon(self, day: date) -> datetime:
        """Return the time at which a whole day's figure stands: noon in the clinic's zone (aware UTC)."""
        return first_instant(day, time(12), self.setting.zone)

    def value(self, made_by: Format, found: Value, where: str) -> MeasurementRow:
        """Make a measurement of a single number."""
        self.check_time(found.when.at)
        try:
            check_value(found.measure, found.value)
        except Refused as problem:
            raise SkipError(problem.message) from None
        metadata = _metadata(made_by, found)
        if found.original:
            metadata["original"] = dict(found.original)
        if is_unlikely(found.measure, found.value):
            metadata["unlikely"] = True
        return MeasurementRow(source=self.source(made_by, found), where=where, type=found.measure.value,
                              value=as_json(found.value), at=found.when.at, metadata=metadata)  # fmt: skip

    def pressure(self, made_by: Format, found: Pressure, where: str, also: tuple[SourceId, ...] = ()) -> MeasurementRow:
        """Make a blood pressure."""
        self.check_time(found.when.at)
        try:
            return pressure_row(self.source(made_by, found), where, (found.systolic, found.diastolic), found.when.at,
                                _metadata(made_by, found), also)  # fmt: skip
        except Refused as problem:
            raise SkipError(problem.message) from None

    def half(self, systolic: bool, value: float) -> None:
        """Check a half blood pressure by itself."""
        try:
            check_number(value, SYSTOLIC if systolic else DIASTOLIC)
        except Refused as problem:
            raise SkipError(problem.message) from None

    def beats(self, made_by: Format, found: Beats, where: str) -> HrvRow:
        """Make a reading of heart-rate variability, derived where only SDNN is given."""
        self.check_time(found.when.at)
        both = rmssd(found.rmssd, found.sdnn)
        if both is None:
            raise SkipError(t("no value"))
        try:
            value = check_number(round(both[0], 6), HRV_LIMITS)
            sdnn = None if found.sdnn is None else check_number(round(found.sdnn, 6), HRV_LIMITS)
        except Refused as problem:
            raise SkipError(problem.message) from None
        return HrvRow(source=self.source(made_by, found), where=where, at=found.when.at, rmssd_ms=value, sdnn_ms=sdnn,
                      device=found.provider, context=found.context)  # fmt: skip


def _metadata(made_by: Format, found: Found) -> dict[str, Any]:
    metadata: dict[str, Any] = {"origin": made_by.name, "code": found.kind}
    if not found.when.timed:
        metadata["timeKnown"] = False
    if not found.when.zoned:
        metadata["zoneAssumed"] = True
    if found.device:
        metadata["device"] = found.device
    return metadata


def twin_of(row: ImportedRow) -> tuple[str, datetime, Any] | None:
    """What a reading says, whoever reports it: two sources of one reading say the same."""
    if isinstance(row, MeasurementRow):
        value = row.value
        if isinstance(value, Mapping):
            value = (float(value["systolic"]), float(value["diastolic"]))
        return row.type, row.at.replace(microsecond=0), value
    return None

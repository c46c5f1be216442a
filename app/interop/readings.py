"""Readings that several kinds of files bring, checked and written alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from app.domain.imports import ImportedRow, MeasurementRow, SourceId
from app.domain.measurements import MeasurementType, check_pressure, is_unlikely_pressure
from app.interop.values import Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedBmi(ImportedRow):
    """A body mass index that the source computed itself."""

    value: float
    when: Moment
    encounter: SourceId | None = None
    height: float | None = None
    """The height (cm) that it says it was computed with."""


def as_json(value: Decimal | float) -> int | float:
    """Return a number as JSON keeps it best."""
    if not isinstance(value, Decimal):
        value = Decimal(repr(value))
    return int(value) if value == value.to_integral_value() and abs(value) < 10**15 else float(value)


def pressure_row(
    source: SourceId,
    where: str,
    pair: tuple[float, float],
    at: datetime,
    metadata: dict[str, Any],
    also: tuple[SourceId, ...] = (),
) -> MeasurementRow:
    """Make a blood pressure from its two values in mmHg. Raises ``Refused`` when it cannot be true."""
    systolic, diastolic = pair
    check_pressure(systolic, diastolic)
    if is_unlikely_pressure(systolic, diastolic):
        metadata = {**metadata, "unlikely": True}
    return MeasurementRow(
        source=source,
        where=where,
        type=MeasurementType.BLOOD_PRESSURE.value,
        value={"systolic": as_json(systolic), "diastolic": as_json(diastolic)},
        at=at,
        metadata=metadata,
        also=also,
    )

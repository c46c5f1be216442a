"""Where the readings of a metric stand, as selects with the same columns: id, at, origin, first, second.

``first`` and ``second`` are NULL for what can't be read or can't be true; retracted measurements, and the body mass
indices that came from them, are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Double, Text, and_, case, cast, exists, func, literal, null, or_, select, union_all
from sqlalchemy.orm import aliased

from app.db.models import BMIReading, HRVReading, Measurement, VitalReading
from app.db.readings import json_has_object, json_number
from app.domain.measurements import Limits
from app.domain.vitals_metrics import SDNN_TO_RMSSD, Metric, Origin, limits_of, second_limits

MANUAL = "MANUAL"
TABLES = ("measurements", "vital_readings", "hrv_readings", "bmi_readings")
"""Where readings are kept, without schema."""


def not_retracted(measurement: Any = Measurement) -> Any:
    """Return the condition that a measurement was not entered in error."""
    return ~json_has_object(measurement.metadata_, "retracted")


def live_bmi() -> Any:
    """Return the condition that a body mass index doesn't come from a weight that was entered in error."""
    wrong, right = aliased(Measurement), aliased(Measurement)
    return or_(~_weight_beside(wrong, ~not_retracted(wrong)), _weight_beside(right, not_retracted(right)))


def _weight_beside(weight: Any, condition: Any) -> Any:
    """Whether a weight was measured at the instant of a body mass index, and is the one that it came from."""
    return exists().where(
        weight.patient_id == BMIReading.patient_id,
        weight.type == Metric.WEIGHT.value,
        weight.timestamp == BMIReading.timestamp,
        func.abs(json_number(weight.value) - BMIReading.weight_kg) < 0.001,
        condition,
    )


def sources(metric: Metric, patient_id: str, start: datetime | None, end: datetime | None) -> list[Any]:
    """Return the selects of a metric's readings in [start, end) (aware UTC; None is open)."""

    def span(table: Any) -> tuple[Any, ...]:
        found = [table.patient_id == patient_id]
        if start is not None:
            found.append(table.timestamp >= start)
        if end is not None:
            found.append(table.timestamp < end)
        return tuple(found)

    if metric is Metric.HRV:
        return [_hrv().where(*span(HRVReading))]
    if metric is Metric.BMI:
        return [_bmi(metric, BMIReading.bmi).where(*span(BMIReading), live_bmi())]
    found = [_measured(metric).where(*span(Measurement))]
    if metric is Metric.WEIGHT:
        found.append(_bmi(metric, BMIReading.weight_kg).where(*span(BMIReading), ~_any_weight_beside()))
    if metric in _DEVICE:
        found.append(_device(metric).where(*span(VitalReading)))
    return found


def readings(metric: Metric, patient_id: str, start: datetime | None, end: datetime | None) -> Any:
    """Return all sources of a metric as one subquery."""
    parts = sources(metric, patient_id, start, end)
    return union(parts).subquery()


def union(parts: Sequence[Any]) -> Any:
    """Return all rows of several selects."""
    together: Any = union_all
    return together(*parts) if len(parts) > 1 else parts[0]


def _any_weight_beside() -> Any:
    weight = aliased(Measurement)
    return exists().where(
        weight.patient_id == BMIReading.patient_id,
        weight.type == Metric.WEIGHT.value,
        weight.timestamp == BMIReading.timestamp,
    )


def _measured(metric: Metric) -> Any:
    pair = metric is Metric.BLOOD_PRESSURE
    first = json_number(Measurement.value, "systolic") if pair else json_number(Measurement.value)
    second = json_number(Measurement.value, "diastolic") if pair else None
    typed = case((Measurement.source == MANUAL, Origin.TYPED.value), else_=Origin.DEVICE.value)
    return select(
        Measurement.id.label("id"), Measurement.timestamp.label("at"), cast(typed, Text).label("origin"),
        *_values(metric, first, second),
    ).where(Measurement.type == metric.value, not_retracted())  # fmt: skip


_DEVICE = {
    Metric.BLOOD_PRESSURE: (VitalReading.systolic_bp, VitalReading.diastolic_bp),
    Metric.HEART_RATE: (VitalReading.heart_rate, None),
    Metric.SPO2: (VitalReading.spo2, None),
    Metric.RESPIRATION: (VitalReading.respiration, None),
}


def _device(metric: Metric) -> Any:
    first, second = _DEVICE[metric]
    there = first.is_not(None) if second is None else or_(first.is_not(None), second.is_not(None))
    values = (cast(first, Double), None if second is None else cast(second, Double))
    return _of(VitalReading, Origin.DEVICE, *_values(metric, *values)).where(there)


def _hrv() -> Any:
    derived = HRVReading.sdnn_ms * SDNN_TO_RMSSD
    no_rmssd = HRVReading.rmssd_ms <= 0
    value = case((and_(no_rmssd, HRVReading.sdnn_ms.is_not(None)), derived), else_=HRVReading.rmssd_ms)
    is_derived = and_(HRVReading.sdnn_ms > 0, or_(no_rmssd, func.abs(HRVReading.rmssd_ms - derived) <= 0.05))
    origin = case((is_derived, Origin.DERIVED.value), else_=Origin.DEVICE.value)
    return select(
        HRVReading.id.label("id"), HRVReading.timestamp.label("at"), cast(origin, Text).label("origin"),
        *_values(Metric.HRV, value, None),
    )  # fmt: skip


def _bmi(metric: Metric, column: Any) -> Any:
    origin = Origin.DERIVED if metric is Metric.BMI else Origin.DEVICE
    return _of(BMIReading, origin, *_values(metric, column, None))


def _of(table: Any, origin: Origin, *values: Any) -> Any:
    return select(
        table.id.label("id"), table.timestamp.label("at"), cast(literal(origin.value), Text).label("origin"), *values
    )


def _values(metric: Metric, first: Any, second: Any) -> Sequence[Any]:
    """Both values, or none: what can't be true, or half of a pair, counts as unreadable."""
    within = _within(first, limits_of(metric))
    other = second_limits(metric)
    if other is None or second is None:
        return case((within, first)).label("first"), cast(null(), Double).label("second")
    both = and_(within, _within(second, other))
    return case((both, first)).label("first"), case((both, second)).label("second")


def _within(value: Any, limits: Limits) -> Any:
    return value.between(*(float(limit) for limit in limits.possible))

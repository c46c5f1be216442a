"""Where the readings of a metric stand, as selects with the same columns: id, at, origin, first, second.

``first`` and ``second`` are NULL for what can't be read or can't be true, ``origin`` is a number of ``ORIGINS``;
retracted measurements, and the body mass indices that came from them, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import (
    Double,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from app.db.models import BMIReading, HRVReading, Measurement, VitalReading
from app.db.readings import json_has_object, json_number, json_numeric, json_part, number_within
from app.db.types import UtcDateTime
from app.domain.measurements import Limits
from app.domain.vitals_metrics import SDNN_TO_RMSSD, Metric, Origin, limits_of, second_limits

MANUAL = "MANUAL"
ORIGINS = (Origin.DEVICE, Origin.TYPED, Origin.DERIVED)
"""Origins by their numbers in the column ``origin``."""
DEVICE, TYPED, DERIVED = range(3)
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
        func.abs(json_number(weight.value, limits_of(Metric.WEIGHT).possible) - BMIReading.weight_kg) < 0.001,
        condition,
    )


def sources(metric: Metric, patient_id: Any, start: Any, end: Any, *, whole: bool = False) -> list[Any]:
    """Return the selects of a metric's readings in [start, end): values or bound parameters; None is open.

    ``whole``: for reading all of them rather than the first ones in some order.
    """

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
    measured = _all_measured if whole else _measured
    found = [measured(metric, *span(Measurement))]
    if metric is Metric.WEIGHT:
        found.append(
            _bmi(metric, BMIReading.weight_kg).where(*span(BMIReading), _no_weight_beside(span if whole else None))
        )
    if metric in _DEVICE:
        found.append(_device(metric).where(*span(VitalReading)))
    return found


def readings(metric: Metric, patient_id: Any, start: Any, end: Any) -> Any:
    """Return all sources of a metric as one subquery, for reading many; half of a pair counts as unreadable."""
    parts = sources(metric, patient_id, start, end, whole=True)
    # OFFSET keeps the planner from working each number out again wherever it is named.
    found = union([select(*part.offset(0).subquery().c) for part in parts]).subquery()
    if second_limits(metric) is None:
        return found
    inner = found.c
    return select(
        inner.id, inner.at, inner.origin, case((inner.second.is_not(None), inner.first)).label("first"),
        case((inner.first.is_not(None), inner.second)).label("second"),
    ).subquery()  # fmt: skip


def union(parts: Sequence[Any]) -> Any:
    """Return all rows of several selects."""
    together: Any = union_all
    return together(*parts) if len(parts) > 1 else parts[0]


def _no_weight_beside(span: Callable[[Any], tuple[Any, ...]] | None) -> Any:
    """Whether no weight was measured at the instant of a body mass index.

    With a span all of its weights are read at once, which is less work than looking for each.
    """
    weight = aliased(Measurement)
    if span is not None:
        return BMIReading.timestamp.not_in(
            select(weight.timestamp).where(weight.type == Metric.WEIGHT.value, *span(weight))
        )
    return ~exists().where(
        weight.patient_id == BMIReading.patient_id,
        weight.type == Metric.WEIGHT.value,
        weight.timestamp == BMIReading.timestamp,
    )


_PAIR = ("systolic", "diastolic")


def _measured(metric: Metric, *conditions: Any) -> Any:
    limits, other = limits_of(metric).possible, second_limits(metric)
    columns, wanted = _of_type(metric)
    first: Any = json_number(Measurement.value, limits, _PAIR[0] if other is not None else "")
    second: Any = cast(null(), Double)
    if other is not None:
        second = json_number(Measurement.value, other.possible, _PAIR[1])
    return select(*columns, first.label("first"), second.label("second")).where(*wanted, *conditions)


def _all_measured(metric: Metric, *conditions: Any) -> Any:
    """The same in steps (OFFSET keeps them apart): each number is taken out of its JSON once and looked at once."""
    other = second_limits(metric)
    columns, wanted = _of_type(metric)
    parts = [Measurement.value] if other is None else [json_part(Measurement.value, key) for key in _PAIR]
    limits = [limits_of(metric).possible, *([other.possible] if other is not None else [])]
    names = ("first", "second")[: len(parts)]
    taken = select(*columns, *(part.label(name) for part, name in zip(parts, names, strict=True)))
    inner = taken.where(*wanted, *conditions).offset(0).subquery().c
    kept = (inner.id, inner.at, inner.origin)
    numbers = select(*kept, *(json_numeric(inner[name]).label(name) for name in names)).offset(0).subquery().c
    values = [number_within(numbers[name], limit).label(name) for name, limit in zip(names, limits, strict=True)]
    if other is None:
        values.append(cast(null(), Double).label("second"))
    return select(numbers.id, numbers.at, numbers.origin, *values)


def _of_type(metric: Metric) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """The columns and the conditions of a metric's measurements."""
    typed = case((Measurement.source == MANUAL, TYPED), else_=DEVICE)
    columns = (Measurement.id.label("id"), Measurement.timestamp.label("at"), cast(typed, Integer).label("origin"))
    return columns, (Measurement.type == metric.value, not_retracted())


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
    return _of(VitalReading, DEVICE, *_values(metric, *values)).where(there)


def _hrv() -> Any:
    derived = HRVReading.sdnn_ms * SDNN_TO_RMSSD
    no_rmssd = HRVReading.rmssd_ms <= 0
    value = case((and_(no_rmssd, HRVReading.sdnn_ms.is_not(None)), derived), else_=HRVReading.rmssd_ms)
    is_derived = and_(HRVReading.sdnn_ms > 0, or_(no_rmssd, func.abs(HRVReading.rmssd_ms - derived) <= 0.05))
    origin = case((is_derived, DERIVED), else_=DEVICE)
    return select(
        HRVReading.id.label("id"), HRVReading.timestamp.label("at"), cast(origin, Integer).label("origin"),
        *_values(Metric.HRV, value, None),
    )  # fmt: skip


def _bmi(metric: Metric, column: Any) -> Any:
    origin = DERIVED if metric is Metric.BMI else DEVICE
    return _of(BMIReading, origin, *_values(metric, column, None))


def _of(table: Any, origin: int, *values: Any) -> Any:
    place = literal_column(str(origin), Integer).label("origin")
    return select(table.id.label("id"), table.timestamp.label("at"), place, *values)


def _values(metric: Metric, first: Any, second: Any) -> Sequence[Any]:
    """The values as far as they can be true."""
    within = case((_within(first, limits_of(metric)), first)).label("first")
    other = second_limits(metric)
    if other is None or second is None:
        return within, cast(null(), Double).label("second")
    return within, case((_within(second, other), second)).label("second")


def _within(value: Any, limits: Limits) -> Any:
    low, high = limits.possible
    return value.between(literal_column(f"{float(low)!r}", Double()), literal_column(f"{float(high)!r}", Double()))


def parameters() -> tuple[Any, Any, Any]:
    """Return what stands for the patient, and for the beginning and the end of the span."""
    return (
        bindparam("patient", type_=Text()),
        bindparam("start", type_=UtcDateTime()),
        bindparam("until", type_=UtcDateTime()),
    )

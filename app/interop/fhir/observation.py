"""Observation → a measurement in the stored unit. Units are never guessed, values never stretched."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.imports import ImportedRow, MeasurementRow, SourceId
from app.domain.measurements import (
    DIASTOLIC,
    QUANTITY,
    SYSTOLIC,
    MeasurementType,
    check_number,
    check_pressure,
    check_value,
    is_unlikely,
    is_unlikely_pressure,
)
from app.domain.units import STORED_UNIT, Quantity, to_stored, ucum_unit, written_unit
from app.interop.fhir import loinc
from app.interop.fhir.values import (
    LOINC,
    UCUM,
    Moment,
    Object,
    SkipError,
    check_status,
    code_system,
    codes,
    codings,
    concept_text,
    moment,
    number,
    obj,
    objects,
    string,
    token,
)
from app.kernel.i18n import t

_SKEW = timedelta(days=1)
_NO_RESULT = frozenset({"entered-in-error", "cancelled", "registered"})
_PRESSURE = "pressure"
_FIXED_SCALE = frozenset({loinc.PAIN_0_TO_10, loinc.STEPS_IN_24_HOURS})


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfPressure(ImportedRow):
    """A systolic or diastolic pressure (mmHg) that came alone and looks for its other half."""

    systolic: bool
    value: float
    when: Moment
    metadata: dict[str, Any]
    encounter: SourceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservedBmi(ImportedRow):
    """A body mass index that the source computed itself."""

    value: float
    when: Moment
    encounter: SourceId | None = None


Finding = MeasurementRow | HalfPressure | ObservedBmi


@dataclass(frozen=True, slots=True)
class _Amount:
    value: float
    original: dict[str, Any] | None


def read_observation(resource: Object, source: SourceId, where: str, zone: ZoneInfo, now: datetime) -> Finding:
    """Map an Observation; its encounter is filled in by the caller.

    Raises ``SkipError`` with the reason (``general`` for kinds that aren't kept, such as laboratory
    tests), ``Refused`` for values that cannot be true.
    """
    status = token(resource.get("status"))
    check_status(status, _NO_RESULT)
    kind, code = _kind(resource)
    when = _when(resource, kind, zone, now)
    metadata = _metadata(resource, code, status, when)
    if kind == _PRESSURE:
        return _pressure(resource, source, where, when, metadata)
    if code in loinc.SYSTOLIC or code in loinc.DIASTOLIC:
        return _half(resource, source, where, code, when, metadata)
    if code in loinc.BMI:
        amount = _amount(resource, Quantity.BMI, code)
        return ObservedBmi(source=source, where=where, value=check_number(amount.value), when=when)
    return _single(resource, source, where, MeasurementType(kind), code, when, metadata)


def _kind(resource: Object) -> tuple[str, str]:
    """Return what is measured and by which LOINC code; the codings of one Observation must agree."""
    found: dict[str, str] = {}
    for code in codes(resource.get("code"), LOINC):
        kind = _kind_of(code)
        if kind:
            found.setdefault(kind, code)
    if len(found) > 1:
        raise SkipError(t("its codes name different measurements"))
    if not found:
        raise SkipError(_unknown(resource.get("code")), general=True)
    return next(iter(found.items()))


def _kind_of(code: str) -> str:
    if code in loinc.PRESSURE_PANELS:
        return _PRESSURE
    if code in loinc.SYSTOLIC:
        return "systolic"
    if code in loinc.DIASTOLIC:
        return "diastolic"
    if code in loinc.BMI:
        return "bmi"
    kind = loinc.MEASUREMENTS.get(code)
    return kind.value if kind else ""


def _unknown(concept: object) -> str:
    system, code = next(codings(concept), ("", ""))
    name = concept_text(concept, "code")[:80]
    if not name:
        return t("no code says what it is")
    shown = f"LOINC {code[:40]} ({name})" if system == LOINC else name
    return t("not one of the measurements kept here: {name}", name=shown)


def _when(resource: Object, kind: str, zone: ZoneInfo, now: datetime) -> Moment:
    found = moment(resource.get("effectiveDateTime"), zone, "effectiveDateTime")
    found = found or moment(resource.get("effectiveInstant"), zone, "effectiveInstant")
    if found is None:
        period = obj(resource.get("effectivePeriod"))
        first = "end" if kind == MeasurementType.SLEEP else "start"
        for key in (first, "start", "end"):
            found = found or moment(period.get(key), zone, f"effectivePeriod.{key}")
    if found is None:
        raise SkipError(t("no time"))
    if found.at > now + _SKEW:
        raise SkipError(t("it lies in the future"))
    return found


def _metadata(resource: Object, code: str, status: str, when: Moment) -> dict[str, Any]:
    found: dict[str, Any] = {"origin": "FHIR", "code": code}
    if not when.timed:
        found["timeKnown"] = False
    if not when.zoned:
        found["zoneAssumed"] = True
    if status != "final":
        found["status"] = string(status, "status", 50) or "unknown"
    device = string(obj(resource.get("device")).get("display"), "device.display")
    if device:
        found["device"] = device
    return found


def _amount(holder: Object, quantity: Quantity, code: str) -> _Amount:
    """Read valueQuantity (or a whole number where the code itself fixes the scale) into the stored unit."""
    found = obj(holder.get("valueQuantity"))
    value, unit = number(found.get("value")), ""
    if not found and code in _FIXED_SCALE and type(holder.get("valueInteger")) is int:
        value, found = number(holder.get("valueInteger")), {"unit": ""}
    if value is None:
        raise SkipError(_no_value(holder))
    if token(found.get("comparator")):
        raise SkipError(t("its value is only a bound ({comparator})", comparator=token(found.get("comparator"))[:2]))
    unit = _unit(found, quantity, code)
    written = string(found.get("unit"), "unit", 50) or string(found.get("code"), "code", 50)
    original = None if unit == STORED_UNIT[quantity] else {"value": _plain(value), "unit": written}
    return _Amount(to_stored(quantity, value, unit), original)


def _no_value(holder: Object) -> str:
    absent = concept_text(holder.get("dataAbsentReason"), "dataAbsentReason")[:80]
    if absent:
        return t("no value: {reason}", reason=absent)
    if "value" in obj(holder.get("valueQuantity")):
        return t("its value is no number that can be kept")
    other = sorted(key for key in holder if key.startswith("value") and key != "valueQuantity")
    return t("its value is no quantity ({element})", element=other[0][:40]) if other else t("no value")


def _unit(found: Object, quantity: Quantity, code: str) -> str:
    """Return our unit for what the source says, twice where it says it twice. Raises ``SkipError``."""
    written, ucum = token(found.get("unit")), token(found.get("code"))
    if code_system(found.get("system")) != UCUM:
        written, ucum = written or ucum, ""
    if not written and not ucum:
        if code in _FIXED_SCALE:
            return STORED_UNIT[quantity]
        raise SkipError(t("no unit"))
    by_text = written_unit(quantity, written) if written else None
    by_code = ucum_unit(quantity, ucum) if ucum else by_text
    if by_code is None:
        name = string(ucum or written, "unit", 2000)[:40]
        raise SkipError(t("the unit {unit} is not known for this measurement", unit=name))
    if by_text is not None and by_text != by_code:
        raise SkipError(t("its unit is given twice and differently"))
    return by_code


def _plain(value: Decimal) -> int | float:
    return int(value) if value == int(value) and abs(value) < 10**15 else float(value)


def _json(value: float) -> int | float:
    return int(value) if value.is_integer() else value


def _halves(resource: Object) -> dict[str, _Amount]:
    """Return the pressures of a panel's components; one that stands there twice must say the same."""
    halves: dict[str, _Amount] = {}
    for component in objects(resource.get("component")):
        for code in codes(component.get("code"), LOINC):
            half = _kind_of(code)
            if half in {"systolic", "diastolic"}:
                amount = _amount(component, Quantity.PRESSURE, code)
                if halves.setdefault(half, amount).value != amount.value:
                    raise SkipError(t("several pressures of the same time can't be paired"))
    return halves


def _pressure(resource: Object, source: SourceId, where: str, when: Moment, metadata: dict[str, Any]) -> MeasurementRow:
    halves = _halves(resource)
    if not halves and objects(resource.get("hasMember")):
        raise SkipError(t("a panel without values of its own"))
    if "systolic" not in halves:
        raise SkipError(t("no systolic pressure"))
    if "diastolic" not in halves:
        raise SkipError(t("no diastolic pressure"))
    systolic, diastolic = halves["systolic"], halves["diastolic"]
    original = {name: half.original for name, half in sorted(halves.items(), reverse=True) if half.original}
    if original:
        metadata["original"] = original
    return pressure_row(source, where, (systolic.value, diastolic.value), when, metadata)


def pressure_row(
    source: SourceId, where: str, pair: tuple[float, float], when: Moment, metadata: dict[str, Any]
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
        value={"systolic": _json(systolic), "diastolic": _json(diastolic)},
        at=when.at,
        metadata=metadata,
    )


def _half(
    resource: Object, source: SourceId, where: str, code: str, when: Moment, metadata: dict[str, Any]
) -> HalfPressure:
    amount = _amount(resource, Quantity.PRESSURE, code)
    is_systolic = code in loinc.SYSTOLIC
    limits = SYSTOLIC if is_systolic else DIASTOLIC
    return HalfPressure(
        source=source,
        where=where,
        systolic=is_systolic,
        value=check_number(amount.value, limits),
        when=when,
        metadata=metadata,
    )


def _single(
    resource: Object,
    source: SourceId,
    where: str,
    kind: MeasurementType,
    code: str,
    when: Moment,
    metadata: dict[str, Any],
) -> MeasurementRow:
    if kind is MeasurementType.STEPS and code != loinc.STEPS_IN_24_HOURS:
        _check_day(resource)
        code = loinc.STEPS_IN_24_HOURS
    amount = _amount(resource, QUANTITY[kind], code)
    check_value(kind, amount.value)
    if amount.original:
        metadata["original"] = amount.original
    if is_unlikely(kind, amount.value):
        metadata["unlikely"] = True
    return MeasurementRow(
        source=source, where=where, type=kind.value, value=_json(amount.value), at=when.at, metadata=metadata
    )


def _check_day(resource: Object) -> None:
    """Steps count as a day's only when the source says that they were counted over a day."""
    utc = ZoneInfo("UTC")
    period = obj(resource.get("effectivePeriod"))
    start = moment(period.get("start"), utc, "effectivePeriod.start")
    end = moment(period.get("end"), utc, "effectivePeriod.end")
    if start is None or end is None or not timedelta(hours=22) <= end.at - start.at <= timedelta(hours=25):
        raise SkipError(t("steps of an unknown time, not of a day"))

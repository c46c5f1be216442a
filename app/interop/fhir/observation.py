"""Observation → a measurement in the stored unit. Units are never guessed, values never stretched."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.imports import ImportedRow, MeasurementRow, SourceId
from app.domain.measurements import (
    DIASTOLIC,
    QUANTITY,
    SYSTOLIC,
    MeasurementType,
    check_number,
    check_value,
    is_unlikely,
)
from app.domain.units import Quantity
from app.interop.fhir import loinc
from app.interop.fhir.amounts import Amount, read_amount, when_observed
from app.interop.fhir.export_parts import CODES
from app.interop.fhir.values import LOINC, check_status, codes, codings, concept_text
from app.interop.readings import ObservedBmi, as_json, pressure_row
from app.interop.values import Moment, Object, SkipError, moment, obj, objects, string, token
from app.kernel.errors import Refused
from app.kernel.i18n import t

_NO_RESULT = frozenset({"entered-in-error", "cancelled", "registered"})
_PRESSURE = "pressure"
_PAIR = frozenset({"systolic", "diastolic"})
_OWN_CODES = {one.value.lower(): one.value for one in MeasurementType}
"""What an export of ours calls a measurement that no public code is for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfPressure(ImportedRow):
    """A systolic or diastolic pressure (mmHg) that came alone and looks for its other half."""

    systolic: bool
    value: float
    when: Moment
    metadata: dict[str, Any]
    encounter: SourceId | None = None


Finding = MeasurementRow | HalfPressure | ObservedBmi


def read_observation(resource: Object, source: SourceId, where: str, zone: ZoneInfo, now: datetime) -> Finding:
    """Map an Observation; its encounter is filled in by the caller.

    Raises ``SkipError`` with the reason (``general`` for kinds that aren't kept, such as laboratory
    tests), ``Refused`` for values that cannot be true.
    """
    status = token(resource.get("status"))
    check_status(status, _NO_RESULT)
    kind, code = _kind(resource)
    when = when_observed(resource, zone, now, ends=kind == MeasurementType.SLEEP)
    metadata = _metadata(resource, code, status, when)
    if kind == _PRESSURE:
        return replace(_pressure(resource, source, where, when, metadata), remark=_besides(resource, _PAIR))
    if code in loinc.SYSTOLIC or code in loinc.DIASTOLIC:
        return _half(resource, source, where, code, when, metadata)
    if code in loinc.BMI:
        amount = read_amount(resource, Quantity.BMI, code)
        height = _height_used(resource)
        return ObservedBmi(source=source, where=where, value=check_number(amount.value), when=when, height=height)
    row = _single(resource, source, where, MeasurementType(kind), code, when, metadata)
    return replace(row, remark=_besides(resource, frozenset()))


def _besides(resource: Object, taken: frozenset[str]) -> str:
    """Say which values stand beside the one that is taken: a pulse in a blood pressure, oxygen beside a saturation."""
    names = []
    for component in objects(resource.get("component")):
        known = {_kind_of(code) for code in codes(component.get("code"), LOINC)}
        if any(key.startswith("value") for key in component) and not known & taken:
            names.append(concept_text(component.get("code"), "component.code")[:80] or "?")
    return t("not kept of it: {names}", names=", ".join(dict.fromkeys(names))) if names else ""


def _kind(resource: Object) -> tuple[str, str]:
    """Return what is measured and by which LOINC code; the codings of one Observation must agree."""
    found: dict[str, str] = {}
    for code in codes(resource.get("code"), CODES):
        if code in _OWN_CODES:
            found.setdefault(_OWN_CODES[code], code)
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


def _height_used(resource: Object) -> float | None:
    """The height that stands beside a body mass index; None without one, or with one that can't be true."""
    for component in objects(resource.get("component")):
        for code in codes(component.get("code"), LOINC):
            if loinc.MEASUREMENTS.get(code) is MeasurementType.HEIGHT:
                with suppress(SkipError, Refused):
                    height = read_amount(component, QUANTITY[MeasurementType.HEIGHT], code).value
                    check_value(MeasurementType.HEIGHT, height)
                    return height
    return None


def _halves(resource: Object) -> dict[str, Amount]:
    """Return the pressures of a panel's components; one that stands there twice must say the same."""
    halves: dict[str, Amount] = {}
    for component in objects(resource.get("component")):
        for code in codes(component.get("code"), LOINC):
            half = _kind_of(code)
            if half in {"systolic", "diastolic"}:
                amount = read_amount(component, Quantity.PRESSURE, code)
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
    return pressure_row(source, where, (systolic.value, diastolic.value), when.at, metadata)


def _half(
    resource: Object, source: SourceId, where: str, code: str, when: Moment, metadata: dict[str, Any]
) -> HalfPressure:
    amount = read_amount(resource, Quantity.PRESSURE, code)
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
    amount = read_amount(resource, QUANTITY[kind], code)
    check_value(kind, amount.value)
    if amount.original:
        metadata["original"] = amount.original
    if is_unlikely(kind, amount.value):
        metadata["unlikely"] = True
    return MeasurementRow(
        source=source, where=where, type=kind.value, value=as_json(amount.value), at=when.at, metadata=metadata
    )


def _check_day(resource: Object) -> None:
    """Steps count as a day's only when the source says that they were counted over a day."""
    utc = ZoneInfo("UTC")
    period = obj(resource.get("effectivePeriod"))
    start = moment(period.get("start"), utc, "effectivePeriod.start")
    end = moment(period.get("end"), utc, "effectivePeriod.end")
    if start is None or end is None or not timedelta(hours=22) <= end.at - start.at <= timedelta(hours=25):
        raise SkipError(t("steps of an unknown time, not of a day"))

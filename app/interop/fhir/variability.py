"""Observation → heart-rate variability: RMSSD of our own exports, SDNN of others, from which RMSSD is derived."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from app.domain.enums import DeviceProvider, HRVContext
from app.domain.imports import HrvRow, SourceId
from app.domain.measurements import check_number
from app.domain.units import Quantity
from app.domain.vitals_metrics import HRV_LIMITS, rmssd
from app.interop.fhir.amounts import read_amount, when_observed
from app.interop.fhir.export_parts import CODES
from app.interop.fhir.values import LOINC, check_status, codes
from app.interop.values import Object, SkipError, obj, objects, token
from app.kernel.i18n import t

RMSSD, SDNN = "hrv-rmssd", "80404-7"
_NO_RESULT = frozenset({"entered-in-error", "cancelled", "registered"})
_MADE_BY = {
    DeviceProvider.APPLE: re.compile(r"\b(apple|iphone|healthkit)", re.IGNORECASE),
    DeviceProvider.OURA: re.compile(r"\boura\b", re.IGNORECASE),
    DeviceProvider.FITBIT: re.compile(r"\bfitbit\b", re.IGNORECASE),
    DeviceProvider.GARMIN: re.compile(r"\bgarmin\b", re.IGNORECASE),
    DeviceProvider.WITHINGS: re.compile(r"\bwithings\b", re.IGNORECASE),
}


def is_variability(resource: Object) -> bool:
    """Tell whether an Observation is heart-rate variability."""
    code = resource.get("code")
    return RMSSD in codes(code, CODES) or SDNN in codes(code, LOINC)


def read_variability(resource: Object, source: SourceId, where: str, zone: ZoneInfo, now: datetime) -> HrvRow:
    """Map it. Raises ``SkipError`` with the reason, ``Refused`` for values that cannot be true."""
    check_status(token(resource.get("status")), _NO_RESULT)
    when = when_observed(resource, zone, now)
    ours = RMSSD in codes(resource.get("code"), CODES)
    first = _amount(resource) if "valueQuantity" in resource else None
    own, sdnn = (first, _component(resource)) if ours else (None, first)
    found = rmssd(own, sdnn)
    if found is None:
        raise SkipError(t("no value"))
    return HrvRow(
        source=source, where=where, at=when.at, rmssd_ms=check_number(round(found[0], 6), HRV_LIMITS), sdnn_ms=sdnn,
        device=_device(resource), context=_context(resource),
    )  # fmt: skip


def _amount(holder: Object) -> float:
    value = read_amount(holder, Quantity.INTERVAL, RMSSD).value
    return check_number(value, HRV_LIMITS)


def _component(resource: Object) -> float | None:
    parts = objects(resource.get("component"))
    return next((_amount(part) for part in parts if SDNN in codes(part.get("code"), LOINC)), None)


def _device(resource: Object) -> DeviceProvider:
    named = token(obj(resource.get("device")).get("display"))
    found = next((one for one, pattern in _MADE_BY.items() if pattern.search(named)), None)
    if found is None:
        raise SkipError(t("no device that is known here measured it"))
    return found


def _context(resource: Object) -> HRVContext:
    said = {token(one.get("text")) for one in objects(resource.get("note"))}
    return next((one for one in HRVContext if one.value in said), HRVContext.UNKNOWN)

"""What an Observation's value is, in the stored unit, and when it was observed. Units are never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.units import STORED_UNIT, Quantity, to_stored, ucum_unit, written_unit
from app.interop.fhir import loinc
from app.interop.fhir.values import UCUM, code_system, concept_text
from app.interop.values import Moment, Object, SkipError, moment, number, obj, string, token
from app.kernel.i18n import t

_SKEW = timedelta(days=1)
_FIXED_SCALE = frozenset({loinc.PAIN_0_TO_10, loinc.STEPS_IN_24_HOURS})


@dataclass(frozen=True, slots=True)
class Amount:
    """A value in the stored unit, and what was written where that was another one."""

    value: float
    original: dict[str, Any] | None


def when_observed(resource: Object, zone: ZoneInfo, now: datetime, *, ends: bool = False) -> Moment:
    """Return when something was observed: of a span its start, or its end. Raises ``SkipError``."""
    found = moment(resource.get("effectiveDateTime"), zone, "effectiveDateTime")
    found = found or moment(resource.get("effectiveInstant"), zone, "effectiveInstant")
    if found is None:
        period = obj(resource.get("effectivePeriod"))
        first = "end" if ends else "start"
        for key in (first, "start", "end"):
            found = found or moment(period.get(key), zone, f"effectivePeriod.{key}")
    if found is None:
        raise SkipError(t("no time"))
    if found.at > now + _SKEW:
        raise SkipError(t("it lies in the future"))
    return found


def read_amount(holder: Object, quantity: Quantity, code: str) -> Amount:
    """Read valueQuantity (or a whole number where the code itself fixes the scale) into the stored unit."""
    found = obj(holder.get("valueQuantity"))
    if found and (absent := concept_text(holder.get("dataAbsentReason"), "dataAbsentReason")[:80]):
        raise SkipError(t("it has a value and says why it has none: {reason}", reason=absent))
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
    return Amount(to_stored(quantity, value, unit), original)


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

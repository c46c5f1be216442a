"""A measurement as somebody types it: read, converted to the stored unit, judged. The unit is never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.domain.measurements import (
    LIMITS,
    QUANTITY,
    MeasurementType,
    check_pressure,
    check_value,
    is_unlikely,
    is_unlikely_pressure,
)
from app.domain.units import CONVERSIONS, STORED_UNIT, Quantity, from_stored, to_stored, written_unit
from app.kernel.errors import Refused
from app.kernel.i18n import t

_NUMBER = re.compile(r"-?\d{1,9}(?:[.,]\d{1,6})?")
_PAIR = re.compile(r"\s*(?P<first>[^/]+?)\s*/\s*(?P<second>[^/]+?)\s*")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:\.\d{3}){2,}")

UNIT_CHOICES: Mapping[MeasurementType, tuple[str, ...]] = {
    MeasurementType.GLUCOSE: ("mg/dL", "mmol/L"),
    MeasurementType.WEIGHT: ("kg", "[lb_av]"),
    MeasurementType.HEIGHT: ("cm", "[in_i]"),
    MeasurementType.TEMPERATURE: ("Cel", "[degF]"),
    MeasurementType.A1C: ("%", "mmol/mol"),
    MeasurementType.SLEEP: ("h", "min"),
}
"""Units that the form offers; other kinds have one."""

_SHOWN = {
    "mm[Hg]": "mmHg", "[lb_av]": "lb", "[oz_av]": "oz", "[in_i]": "in", "[ft_i]": "ft", "Cel": "°C", "[degF]": "°F",
    "1": "", "/d": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entered:
    """What was typed and what it comes to. ``value`` is stored: a number, or systolic and diastolic.

    ``unit`` is the UCUM code of the unit typed in, ``entered`` the number or pair in that unit.
    """

    kind: MeasurementType
    value: Any
    unit: str
    entered: Any
    unlikely: bool

    @property
    def converted(self) -> bool:
        """Whether the stored unit is another one."""
        return self.unit != STORED_UNIT[QUANTITY[self.kind]]


def unit_text(code: str) -> str:
    """Return a UCUM code as people write it."""
    return _SHOWN.get(code, code)


def unit_choices(kind: MeasurementType) -> tuple[str, ...]:
    """Return the UCUM codes that the form offers, the stored unit first."""
    return UNIT_CHOICES.get(kind, (STORED_UNIT[QUANTITY[kind]],))


def read_unit(kind: MeasurementType, unit: str) -> str:
    """Return the UCUM code of a unit; the stored one for "". Refuses "BadUnit" what this kind isn't measured in."""
    quantity = QUANTITY[kind]
    if not unit.strip():
        return STORED_UNIT[quantity]
    code = unit if unit in CONVERSIONS[quantity] else written_unit(quantity, unit[:40])
    if code is None:
        known = ", ".join(filter(None, (unit_text(one) for one in unit_choices(kind)))) or "1"
        raise Refused("BadUnit", t("This isn't a unit for it. Known: {units}.", units=known), field="unit")
    return code


def read_entry(kind: MeasurementType, text: str, unit: str = "") -> Entered:
    """Read what was typed ("182", "36,8", "120/80"). Refuses "BadValue", "BadUnit" and "ImpossibleValue"."""
    code = read_unit(kind, unit)
    quantity = QUANTITY[kind]
    if kind is MeasurementType.BLOOD_PRESSURE:
        return _pressure(text, code)
    typed = _number(text, "value")
    value = to_stored(quantity, typed, code)
    _check(kind, value, code)
    return Entered(kind, _plain(value), code, _plain(float(typed)), is_unlikely(kind, value))


def _check(kind: MeasurementType, value: float, code: str) -> None:
    """Refuse what cannot be true, with the limits in the unit that was typed."""
    low, high = LIMITS[kind].possible
    if low <= value <= high:
        check_value(kind, value)
        return
    shown = [f"{from_stored(QUANTITY[kind], limit, code):.4g}" for limit in (low, high)]
    if kind is MeasurementType.STEPS:
        shown[1] = f"{high:.0f}"
    raise Refused(
        "ImpossibleValue",
        t("This value cannot be true: it must lie between {low} and {high} {unit}.",
          low=shown[0], high=shown[1], unit=unit_text(code)).replace(" .", "."),
        field="value",
    )  # fmt: skip


def _pressure(text: str, code: str) -> Entered:
    pair = _PAIR.fullmatch(text[:100])
    if pair is None:
        raise Refused("BadValue", t("Enter both pressures, such as 120/80."), field="value")
    typed = (_number(pair["first"], "systolic"), _number(pair["second"], "diastolic"))
    systolic, diastolic = (round(to_stored(Quantity.PRESSURE, one, code)) for one in typed)
    check_pressure(systolic, diastolic)
    entered = {"systolic": _plain(float(typed[0])), "diastolic": _plain(float(typed[1]))}
    value = {"systolic": systolic, "diastolic": diastolic}
    return Entered(
        MeasurementType.BLOOD_PRESSURE, value, code, entered, is_unlikely_pressure(systolic, diastolic)
    )  # fmt: skip


def _number(text: str, field: str) -> Decimal:
    """Read one number with a decimal point or comma; what could be a thousands separator is refused."""
    plain = text[:100].strip()
    if _THOUSANDS.fullmatch(plain):
        raise Refused(
            "BadValue", t("A comma before three digits can mean two things: write 1200, or 1.2."), field=field
        )
    if not _NUMBER.fullmatch(plain) or not plain.isascii():
        raise Refused("BadValue", t("Enter a number."), field=field)
    return Decimal(plain.replace(",", "."))


def _plain(value: float) -> float | int:
    """A whole number without its point: 72, not 72.0."""
    return int(value) if value.is_integer() else value

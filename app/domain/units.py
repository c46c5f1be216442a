"""Units of measurement: which ones a quantity may come in, and the exact way to the one that is stored.

Units are named by their UCUM code (case matters: ``Cel`` is a degree, ``C`` a coulomb). Factors are
exact fractions, so nothing is lost before the last step. Sources: pound and inch by the international
agreement of 1959 (0.45359237 kg, 2.54 cm); the millimetre of mercury by UCUM (133.322 Pa); glucose by
the customary 18.0182 mg/dL per mmol/L; A1C by the NGSP master equation (ngsp.org/ifcc.asp).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class Quantity(StrEnum):
    """What is measured; each has one unit that is stored (``STORED_UNIT``)."""

    PRESSURE = "pressure"
    GLUCOSE = "glucose"
    MASS = "mass"
    LENGTH = "length"
    TEMPERATURE = "temperature"
    RATE = "rate"
    SATURATION = "saturation"
    A1C = "a1c"
    DURATION = "duration"
    STEPS = "steps"
    SCORE = "score"
    BMI = "bmi"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Conversion:
    """The way from a unit to the stored one: stored = value × factor + offset, exactly."""

    factor: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)


def _by(factor: str, offset: str = "0") -> Conversion:
    return Conversion(Fraction(factor), Fraction(offset))


_SAME = Conversion()
_POUND = Fraction("0.45359237")
_INCH = Fraction("2.54")

STORED_UNIT: Mapping[Quantity, str] = {
    Quantity.PRESSURE: "mm[Hg]",
    Quantity.GLUCOSE: "mg/dL",
    Quantity.MASS: "kg",
    Quantity.LENGTH: "cm",
    Quantity.TEMPERATURE: "Cel",
    Quantity.RATE: "/min",
    Quantity.SATURATION: "%",
    Quantity.A1C: "%",
    Quantity.DURATION: "h",
    Quantity.STEPS: "/d",
    Quantity.SCORE: "1",
    Quantity.BMI: "kg/m2",
    Quantity.INTERVAL: "ms",
}
"""The UCUM code of the unit in which each quantity is stored."""

CONVERSIONS: Mapping[Quantity, Mapping[str, Conversion]] = {
    Quantity.PRESSURE: {"mm[Hg]": _SAME, "kPa": Conversion(1000 / Fraction("133.322"))},
    Quantity.GLUCOSE: {"mg/dL": _SAME, "mmol/L": _by("18.0182"), "g/L": _by("100")},
    Quantity.MASS: {
        "kg": _SAME,
        "g": _by("0.001"),
        "[lb_av]": Conversion(_POUND),
        "[oz_av]": Conversion(_POUND / 16),
        "[stone_av]": Conversion(_POUND * 14),
    },
    Quantity.LENGTH: {
        "cm": _SAME,
        "m": _by("100"),
        "mm": _by("0.1"),
        "[in_i]": Conversion(_INCH),
        "[ft_i]": Conversion(_INCH * 12),
    },
    Quantity.TEMPERATURE: {
        "Cel": _SAME,
        "[degF]": Conversion(Fraction(5, 9), Fraction(-160, 9)),
        "K": _by("1", "-273.15"),
    },
    Quantity.RATE: {"/min": _SAME},
    Quantity.SATURATION: {"%": _SAME},
    Quantity.A1C: {"%": _SAME, "mmol/mol": _by("0.09148", "2.152")},
    Quantity.DURATION: {"h": _SAME, "min": _by("1/60"), "s": _by("1/3600")},
    Quantity.STEPS: {"/d": _SAME},
    Quantity.SCORE: {"1": _SAME},
    Quantity.BMI: {"kg/m2": _SAME},
    Quantity.INTERVAL: {"ms": _SAME, "s": _by("1000")},
}
"""Every unit that is understood, for each quantity, and the way to the stored one."""

# What people and programs write for a unit, folded by _plain. A quantity's table is tried first, so
# "m" is a metre for a length and "min" a minute for a duration.
_WRITTEN: Mapping[Quantity, Mapping[str, str]] = {
    Quantity.PRESSURE: {"mmhg": "mm[Hg]", "mm[hg]": "mm[Hg]", "kpa": "kPa"},
    Quantity.GLUCOSE: {"mg/dl": "mg/dL", "mmol/l": "mmol/L", "g/l": "g/L"},
    Quantity.MASS: {
        **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"), "kg"),
        **dict.fromkeys(("g", "gram", "grams"), "g"),
        **dict.fromkeys(("lb", "lb.", "lbs", "lbs.", "lb(s)", "[lb_av]", "pound", "pounds"), "[lb_av]"),
        **dict.fromkeys(("oz", "[oz_av]", "ounce", "ounces"), "[oz_av]"),
        **dict.fromkeys(("st", "[stone_av]", "stone", "stones"), "[stone_av]"),
    },
    Quantity.LENGTH: {
        **dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), "cm"),
        **dict.fromkeys(("m", "meter", "meters", "metre", "metres"), "m"),
        **dict.fromkeys(("mm", "millimeter", "millimeters", "millimetre", "millimetres"), "mm"),
        **dict.fromkeys(("in", "in.", "[in_i]", "[in_us]", "inch", "inches"), "[in_i]"),
        **dict.fromkeys(("ft", "[ft_i]", "foot", "feet"), "[ft_i]"),
    },
    Quantity.TEMPERATURE: {
        # "ºc" has the ordinal sign that Spanish keyboards offer.
        **dict.fromkeys(
            ("cel", "c", "°c", "ºc", "℃", "degc", "celsius", "degreesc", "degreescelsius", "degreecelsius"), "Cel"
        ),
        **dict.fromkeys(
            ("[degf]", "f", "°f", "ºf", "℉", "degf", "fahrenheit", "degreesf", "degreesfahrenheit", "degreefahrenheit"),
            "[degF]",
        ),
        **dict.fromkeys(("k", "kelvin"), "K"),
    },
    Quantity.RATE: dict.fromkeys(
        (
            "/min",
            "1/min",
            "bpm",
            "lpm",
            "rpm",
            "beat/min",
            "beats/min",
            "beats/minute",
            "beatsperminute",
            "br/min",
            "breaths/min",
            "breaths/minute",
            "breathsperminute",
            "resp/min",
            "count/min",
            "min-1",
            "/minute",
            "perminute",
        ),
        "/min",
    ),
    Quantity.SATURATION: {"%": "%", "percent": "%"},
    Quantity.A1C: {"mmol/mol": "mmol/mol", **dict.fromkeys(("%", "percent", "%oftotalhgb", "%oftotalhb"), "%")},
    Quantity.DURATION: {
        **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "h"),
        **dict.fromkeys(("min", "mins", "minute", "minutes"), "min"),
        **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    },
    Quantity.STEPS: dict.fromkeys(("/d", "1/d", "steps", "steps/d", "steps/day", "/day"), "/d"),
    Quantity.SCORE: dict.fromkeys(("1", "score", "points"), "1"),
    Quantity.BMI: dict.fromkeys(("kg/m2", "kg/m^2", "kg/m²"), "kg/m2"),
    Quantity.INTERVAL: {
        **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), "ms"),
        **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    },
}

# Valid UCUM codes that mean something else than people mean by them: coulomb, farad, femtotonne.
_FALSE_FRIENDS = frozenset({"C", "F", "ft"})
_ANNOTATION = re.compile(r"\{[^{}]*\}")


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()


def written_unit(quantity: Quantity, text: str) -> str | None:
    """Return the UCUM code of a unit as people write it ("lbs", "°F", "mmHg"); None when it is none of ours."""
    return _WRITTEN[quantity].get(_plain(_ANNOTATION.sub("", text)))


def ucum_unit(quantity: Quantity, code: str) -> str | None:
    """Return our unit for a code that claims to be UCUM; None when it is unknown for this quantity.

    Annotations in braces carry no meaning and are dropped (``{beats}/min`` is ``/min``, ``{score}`` is
    ``1``). Common miswritings ("mmHg", "lbs") are understood, unless the code means something else.
    """
    bare = _ANNOTATION.sub("", code.strip())
    if not bare and quantity in (Quantity.SCORE, Quantity.STEPS):
        return STORED_UNIT[quantity]
    if bare in CONVERSIONS[quantity]:
        return bare
    return None if bare in _FALSE_FRIENDS else written_unit(quantity, bare)


def to_stored(quantity: Quantity, value: Decimal, unit: str) -> float:
    """Convert a value in one of ``CONVERSIONS[quantity]``'s units to the stored unit, rounded once, at the end.

    Raises KeyError for a unit that the quantity doesn't have.
    """
    conversion = CONVERSIONS[quantity][unit]
    if conversion is _SAME:
        return float(value)
    return float(Fraction(value) * conversion.factor + conversion.offset)


def from_stored(quantity: Quantity, value: float, unit: str) -> float:
    """Show a stored value in another of the quantity's units."""
    conversion = CONVERSIONS[quantity][unit]
    return float((Fraction(value) - conversion.offset) / conversion.factor)

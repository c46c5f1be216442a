"""What is measured at patients: the kinds, their stored units, and which values can be true.

``measurements.type`` is plain text in the shared database; these are the kinds that this program
writes. Values are JSON numbers in the stored unit, blood pressure an object. Limits are wider than
what a living person shows (the tallest was 272 cm, the heaviest 635 kg, the coldest survivor 12 °C),
so a value beyond them is a slip; one outside the likely range wants a second look.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.units import Quantity
from app.kernel.errors import Refused
from app.kernel.i18n import t


class MeasurementType(StrEnum):
    """A kind of measurement, as ``measurements.type`` names it."""

    BLOOD_PRESSURE = "BLOOD_PRESSURE"
    GLUCOSE = "GLUCOSE"
    WEIGHT = "WEIGHT"
    HEIGHT = "HEIGHT"
    TEMPERATURE = "TEMPERATURE"
    HEART_RATE = "HEART_RATE"
    SPO2 = "SPO2"
    RESPIRATION = "RESPIRATION"
    SLEEP = "SLEEP"
    STEPS = "STEPS"
    MOOD = "MOOD"
    A1C = "A1C"
    PAIN = "PAIN"


@dataclass(frozen=True, slots=True)
class Limits:
    """Lowest and highest value that can be true, and that is likely; in the stored unit, ends included."""

    possible: tuple[float, float]
    likely: tuple[float, float]
    whole: bool = False


ANY = Limits((0, 1_000_000), (0, 1_000_000))
SYSTOLIC = Limits((30, 350), (70, 220))
DIASTOLIC = Limits((10, 250), (40, 130))

LIMITS: Mapping[MeasurementType, Limits] = {
    MeasurementType.GLUCOSE: Limits((5, 3000), (40, 600)),
    MeasurementType.WEIGHT: Limits((0.2, 700), (2, 250)),
    MeasurementType.HEIGHT: Limits((15, 280), (40, 220)),
    MeasurementType.TEMPERATURE: Limits((12, 47), (34, 41.5)),
    MeasurementType.HEART_RATE: Limits((10, 400), (35, 220)),
    MeasurementType.SPO2: Limits((20, 100), (80, 100)),
    MeasurementType.RESPIRATION: Limits((1, 150), (6, 60)),
    MeasurementType.SLEEP: Limits((0, 24), (2, 16)),
    MeasurementType.STEPS: Limits((0, 250_000), (0, 60_000), whole=True),
    MeasurementType.MOOD: Limits((1, 5), (1, 5), whole=True),
    MeasurementType.A1C: Limits((2, 25), (4, 15)),
    MeasurementType.PAIN: Limits((0, 10), (0, 10)),
}

QUANTITY: Mapping[MeasurementType, Quantity] = {
    MeasurementType.BLOOD_PRESSURE: Quantity.PRESSURE,
    MeasurementType.GLUCOSE: Quantity.GLUCOSE,
    MeasurementType.WEIGHT: Quantity.MASS,
    MeasurementType.HEIGHT: Quantity.LENGTH,
    MeasurementType.TEMPERATURE: Quantity.TEMPERATURE,
    MeasurementType.HEART_RATE: Quantity.RATE,
    MeasurementType.SPO2: Quantity.SATURATION,
    MeasurementType.RESPIRATION: Quantity.RATE,
    MeasurementType.SLEEP: Quantity.DURATION,
    MeasurementType.STEPS: Quantity.STEPS,
    MeasurementType.MOOD: Quantity.SCORE,
    MeasurementType.A1C: Quantity.A1C,
    MeasurementType.PAIN: Quantity.SCORE,
}


def check_value(kind: MeasurementType, value: float, *, field: str = "value") -> None:
    """Refuse ("ImpossibleValue") a number that cannot be true for this kind; NaN and infinities too.

    ``value`` is in the stored unit; blood pressure goes through ``check_pressure``.
    """
    limits = LIMITS[kind]
    _check(limits, value, field)
    if limits.whole and value != int(value):
        raise Refused("ImpossibleValue", t("This must be a whole number."), field=field)


def check_number(value: float, limits: Limits = ANY, *, field: str = "value") -> float:
    """Return the value; refuse ("ImpossibleValue") one beyond the limits, NaN or infinite."""
    _check(limits, value, field)
    return value


def check_pressure(systolic: float, diastolic: float) -> None:
    """Refuse ("ImpossibleValue") a blood pressure in mmHg that cannot be true."""
    _check(SYSTOLIC, systolic, "systolic")
    _check(DIASTOLIC, diastolic, "diastolic")
    if diastolic >= systolic:
        raise Refused(
            "ImpossibleValue", t("The diastolic pressure must be lower than the systolic one."), field="diastolic"
        )


def is_unlikely(kind: MeasurementType, value: float) -> bool:
    """Tell whether a possible value, in the stored unit, is rare enough to be confirmed."""
    low, high = LIMITS[kind].likely
    return not low <= value <= high


def is_unlikely_pressure(systolic: float, diastolic: float) -> bool:
    """Tell whether a possible blood pressure in mmHg is rare enough to be confirmed."""
    return not (
        SYSTOLIC.likely[0] <= systolic <= SYSTOLIC.likely[1] and DIASTOLIC.likely[0] <= diastolic <= DIASTOLIC.likely[1]
    )


def body_mass_index(weight_kg: float, height_cm: float) -> float:
    """Return kg / m², unrounded. Raises ValueError for a height that isn't positive."""
    if not height_cm > 0:
        raise ValueError("a height must be positive")
    return weight_kg / (height_cm / 100) ** 2


def _check(limits: Limits, value: float, field: str) -> None:
    low, high = limits.possible
    if not math.isfinite(value) or not low <= value <= high:
        message = t("This value cannot be true: it must lie between {low} and {high}.", low=low, high=high)
        raise Refused("ImpossibleValue", message, field=field)

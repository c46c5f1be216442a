"""What can be drawn over time: each metric with its title, its unit, and what can be true of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.measurements import DIASTOLIC, LIMITS, SYSTOLIC, Limits, MeasurementType
from app.kernel.i18n import t

SDNN_TO_RMSSD = 0.85
"""RMSSD ≈ 0.85 × SDNN, when a device gives only SDNN; such a value is marked as derived."""
_DERIVED_WITHIN_MS = 0.05


class Metric(StrEnum):
    """One lane of the chart. Kinds of measurement keep their names."""

    BLOOD_PRESSURE = "BLOOD_PRESSURE"
    GLUCOSE = "GLUCOSE"
    WEIGHT = "WEIGHT"
    BMI = "BMI"
    HRV = "HRV"
    HEART_RATE = "HEART_RATE"
    SPO2 = "SPO2"
    RESPIRATION = "RESPIRATION"
    TEMPERATURE = "TEMPERATURE"
    A1C = "A1C"
    SLEEP = "SLEEP"
    STEPS = "STEPS"
    MOOD = "MOOD"
    PAIN = "PAIN"
    HEIGHT = "HEIGHT"

    @property
    def measured(self) -> MeasurementType | None:
        """The kind of measurement that it is; None for what only devices give or what is computed."""
        return None if self in (Metric.BMI, Metric.HRV) else MeasurementType(self.value)


class Origin(StrEnum):
    """Where a value comes from."""

    DEVICE = "DEVICE"
    TYPED = "TYPED"
    DERIVED = "DERIVED"


@dataclass(frozen=True, slots=True)
class Band:
    """A normal range in the stored unit, ends included; None: open on that side."""

    low: float | None
    high: float | None

    def place(self, value: float) -> int:
        """Return -1 below, 0 within, 1 above."""
        if self.low is not None and value < self.low:
            return -1
        return 1 if self.high is not None and value > self.high else 0


HRV_LIMITS = Limits((1, 500), (5, 250))
BMI_LIMITS = Limits((3, 300), (10, 80))


LEAST_SPAN: Mapping[Metric, float] = {
    Metric.WEIGHT: 4.0, Metric.BMI: 1.5, Metric.BLOOD_PRESSURE: 30.0, Metric.HEART_RATE: 20.0, Metric.SPO2: 5.0,
    Metric.TEMPERATURE: 1.5, Metric.RESPIRATION: 6.0, Metric.GLUCOSE: 40.0, Metric.HRV: 20.0, Metric.SLEEP: 2.0,
    Metric.STEPS: 2000.0, Metric.A1C: 1.0, Metric.HEIGHT: 4.0, Metric.MOOD: 2.0, Metric.PAIN: 3.0,
}  # fmt: skip
"""The least difference (stored units) over the height of a chart: what a body does from day to day is no trend."""


def limits_of(metric: Metric) -> Limits:
    """Return what can be true of a single value, in the stored unit; of blood pressure the systolic one."""
    if metric is Metric.HRV:
        return HRV_LIMITS
    if metric is Metric.BMI:
        return BMI_LIMITS
    if metric is Metric.BLOOD_PRESSURE:
        return SYSTOLIC
    return LIMITS[MeasurementType(metric.value)]


def second_limits(metric: Metric) -> Limits | None:
    """Return what can be true of the second value of a pair."""
    return DIASTOLIC if metric is Metric.BLOOD_PRESSURE else None


def rmssd(rmssd_ms: float | None, sdnn_ms: float | None) -> tuple[float, bool] | None:
    """Return RMSSD in ms and whether it was derived from SDNN; None when neither can be used.

    The backend stores 0.85 × SDNN as RMSSD for devices that give SDNN only: such a row is derived too.
    """
    usable = rmssd_ms is not None and rmssd_ms > 0
    if sdnn_ms is None or sdnn_ms <= 0:
        return (rmssd_ms, False) if usable and rmssd_ms is not None else None
    derived = sdnn_ms * SDNN_TO_RMSSD
    if not usable or rmssd_ms is None:
        return derived, True
    return rmssd_ms, abs(rmssd_ms - derived) <= _DERIVED_WITHIN_MS


def metric_title(metric: Metric) -> str:
    """Return the metric's name for people."""
    return {
        Metric.BLOOD_PRESSURE: t("Blood pressure"),
        Metric.GLUCOSE: t("Glucose"),
        Metric.WEIGHT: t("Weight"),
        Metric.BMI: t("BMI"),
        Metric.HRV: t("HRV, RMSSD"),
        Metric.HEART_RATE: t("Heart rate"),
        Metric.SPO2: t("Oxygen saturation"),
        Metric.RESPIRATION: t("Respiration"),
        Metric.TEMPERATURE: t("Temperature"),
        Metric.A1C: t("A1C"),
        Metric.SLEEP: t("Sleep"),
        Metric.STEPS: t("Steps"),
        Metric.MOOD: t("Mood"),
        Metric.PAIN: t("Pain"),
        Metric.HEIGHT: t("Height"),
    }[metric]


UNIT_TEXT: Mapping[Metric, str] = {
    Metric.BLOOD_PRESSURE: "mmHg",
    Metric.GLUCOSE: "mg/dL",
    Metric.WEIGHT: "kg",
    Metric.BMI: "kg/m²",
    Metric.HRV: "ms",
    Metric.HEART_RATE: "/min",
    Metric.SPO2: "%",
    Metric.RESPIRATION: "/min",
    Metric.TEMPERATURE: "°C",
    Metric.A1C: "%",
    Metric.SLEEP: "h",
    Metric.STEPS: "",
    Metric.MOOD: "1–5",
    Metric.PAIN: "0–10",
    Metric.HEIGHT: "cm",
}
"""The stored unit as people write it."""

_DECIMALS: Mapping[Metric, int] = {
    Metric.WEIGHT: 1,
    Metric.BMI: 1,
    Metric.TEMPERATURE: 1,
    Metric.A1C: 1,
    Metric.SLEEP: 1,
}


def value_text(metric: Metric, value: float, second: float | None = None) -> str:
    """Return a value as people write it, without the unit: "82.4", "144/90"."""
    text = f"{value:.{_DECIMALS.get(metric, 0)}f}"
    return f"{text}/{second:.0f}" if second is not None else text


def place_word(place: int) -> str:
    """Say where a value lies, from -2 to 2."""
    words = {-2: t("critically low"), -1: t("low"), 0: t("in range"), 1: t("high"), 2: t("critically high")}
    return words[place]


def metric_named(name: str) -> Metric | None:
    """Return the metric of a name as people and rules write it: "bp", "spo2", "heart rate"; None when unknown."""
    plain = name.strip().upper().replace("-", "_").replace(" ", "_")
    plain = {"BP": "BLOOD_PRESSURE", "RMSSD": "HRV", "HR": "HEART_RATE", "PULSE": "HEART_RATE"}.get(plain, plain)
    return Metric(plain) if plain in Metric.__members__ else None

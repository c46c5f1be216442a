"""Measurements, device readings and body mass indices → Observation with LOINC and UCUM."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.measurements import QUANTITY, MeasurementType
from app.domain.units import STORED_UNIT
from app.interop.fhir import loinc as codes
from app.interop.fhir.export_parts import (
    CODES,
    Json,
    bare,
    concept,
    fhir_id,
    instant,
    loinc,
    quantity,
    ref,
    term,
    words,
)
from app.queries.chart_record import ChartRecord, RecordRow

M = MeasurementType
_LOINC: Mapping[MeasurementType, tuple[str, str, str]] = {
    M.GLUCOSE: ("2339-0", "Glucose [Mass/volume] in Blood", "mg/dL"),
    M.WEIGHT: ("29463-7", "Body weight", "kg"),
    M.HEIGHT: ("8302-2", "Body height", "cm"),
    M.TEMPERATURE: ("8310-5", "Body temperature", "°C"),
    M.HEART_RATE: ("8867-4", "Heart rate", "beats/min"),
    M.SPO2: ("2708-6", "Oxygen saturation in Arterial blood", "%"),
    M.RESPIRATION: ("9279-1", "Respiratory rate", "breaths/min"),
    M.SLEEP: ("93832-4", "Sleep duration", "h"),
    M.STEPS: ("41950-7", "Number of steps in 24 hour Measured", "steps/d"),
    M.A1C: ("4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "%"),
    M.PAIN: ("72514-3", "Pain severity - 0-10 verbal numeric rating [Score] - Reported", "1"),
}
_READINGS = (("heart_rate", M.HEART_RATE), ("spo2", M.SPO2), ("respiration", M.RESPIRATION))


def observations(record: ChartRecord) -> Iterator[Json]:
    """Yield the Observations; values without a readable shape have no home there and are left out."""
    whose = record.patient["id"]
    for row in record.measurements:
        found = _measurement(whose, row)
        if found is not None:
            yield found
    for row in record.readings:
        yield from _reading(whose, row)
    for row in record.hrv:
        yield from _hrv(whose, row)
    for row in record.bmi:
        value: Json = {"valueQuantity": quantity(row["bmi"], "kg/m2", "kg/m2"), "component": _follows_from(row)}
        yield _observation(whose, row["id"], row["timestamp"], loinc("39156-5", "Body mass index (BMI) [Ratio]"), value)


def _follows_from(row: RecordRow) -> list[Json]:
    """The weight and the height that a body mass index was computed from."""
    kinds = ((MeasurementType.WEIGHT, "weight_kg"), (MeasurementType.HEIGHT, "height_cm"))
    return [
        {
            "code": loinc(*_LOINC[kind][:2]),
            "valueQuantity": quantity(row[column], _LOINC[kind][2], STORED_UNIT[QUANTITY[kind]]),
        }
        for kind, column in kinds
    ]


def _measurement(whose: str, row: RecordRow) -> Json | None:
    metadata = row["metadata_"] if isinstance(row["metadata_"], Mapping) else {}
    status = "entered-in-error" if isinstance(metadata.get("retracted"), Mapping) else "final"
    visit = metadata.get("visitId")
    more: Json = {"status": status}
    device = words(metadata.get("device"), 500)
    if device:
        more["device"] = {"display": device}
    if isinstance(visit, str) and visit:
        more["encounter"] = ref("Encounter", visit)
    value = row["value"]
    if row["type"] == M.BLOOD_PRESSURE:
        pair = [value.get(key) for key in ("systolic", "diastolic")] if isinstance(value, Mapping) else []
        if len(pair) != 2 or not all(_is_number(one) for one in pair):
            return None
        return _pressure(whose, row["id"], row["timestamp"], pair) | more
    if row["type"] not in set(M) or not _is_number(value):
        return None
    kind = M(row["type"])
    code, shown = _code(kind, metadata)
    unit = _LOINC[kind][2] if kind in _LOINC else "1"
    amount = {"valueQuantity": quantity(value, unit, STORED_UNIT[QUANTITY[kind]])}
    return _observation(whose, row["id"], row["timestamp"], _concept(kind, code, shown), amount) | more


def _code(kind: MeasurementType, metadata: Mapping[str, Any]) -> tuple[str, str]:
    """The code that the measurement came with, where it means the same; else the usual one."""
    came = metadata.get("code")
    if isinstance(came, str) and codes.MEASUREMENTS.get(came) == kind:
        return came, _LOINC[kind][1] if came == _LOINC[kind][0] else kind.value
    return _LOINC[kind][:2] if kind in _LOINC else ("", kind.value)


def _concept(kind: MeasurementType, code: str, shown: str) -> Json:
    return loinc(code, shown) if code else concept(kind.value.capitalize(), kind.value.lower(), CODES)


def _reading(whose: str, row: RecordRow) -> Iterator[Json]:
    device = {"device": {"display": str(row["source"])}}
    if row["systolic_bp"] is not None and row["diastolic_bp"] is not None:
        pair = [row["systolic_bp"], row["diastolic_bp"]]
        yield _pressure(whose, f"{row['id']}-bp", row["timestamp"], pair) | device
    for column, kind in _READINGS:
        if row[column] is not None:
            code, shown, unit = _LOINC[kind]
            amount = {"valueQuantity": quantity(row[column], unit, STORED_UNIT[QUANTITY[kind]])}
            own = f"{row['id']}-{kind.value.lower().replace('_', '-')}"
            yield _observation(whose, own, row["timestamp"], loinc(code, shown), amount) | device


def _hrv(whose: str, row: RecordRow) -> Iterator[Json]:
    """RMSSD has no public code of its own; SDNN, which some devices give instead, has."""
    value: Json = {}
    if _is_number(row["rmssd_ms"]) and row["rmssd_ms"] > 0:
        value["valueQuantity"] = quantity(row["rmssd_ms"], "ms", "ms")
    if _is_number(row["sdnn_ms"]) and row["sdnn_ms"] > 0:
        code = loinc("80404-7", "R-R interval.standard deviation (Heart rate variability)")
        value["component"] = [{"code": code, "valueQuantity": quantity(row["sdnn_ms"], "ms", "ms")}]
    if value:
        code = concept("Heart rate variability, RMSSD", "hrv-rmssd", CODES)
        device = {"device": {"display": str(row["source"])}, "note": [{"text": str(row["context"])}]}
        yield _observation(whose, row["id"], row["timestamp"], code, value) | device


def _pressure(whose: str, own: str, at: Any, pair: list[Any]) -> Json:
    names = (("8480-6", "Systolic blood pressure"), ("8462-4", "Diastolic blood pressure"))
    parts = [
        {"code": loinc(code, text), "valueQuantity": quantity(value, "mmHg", "mm[Hg]")}
        for (code, text), value in zip(names, pair, strict=True)
    ]
    return _observation(whose, own, at, loinc("85354-9", "Blood pressure panel"), {"component": parts})


def _observation(whose: str, own: str, at: Any, code: Json, value: Json) -> Json:
    return bare(
        {
            "resourceType": "Observation",
            "id": fhir_id(own),
            "status": "final",
            "category": [term("observation-category", "vital-signs")],
            "code": code,
            "subject": ref("Patient", whose),
            "effectiveDateTime": instant(at),
            **value,
        }
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15

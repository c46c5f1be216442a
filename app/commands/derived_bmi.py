"""The body mass index that came from a weight or a height which was entered in error.

``bmi_readings`` has no place to say that a row doesn't count, and the backend and the phones read every row: it goes
with the measurement that it came from, which keeps it in ``metadata.retracted.bmi`` and gives it back when it turns out
to have been right.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, Text, delete, func, insert, literal, select

from app.commands.core import Change, Context
from app.db.models import BMIReading, Measurement
from app.db.readings import json_has_object
from app.domain.measurements import MeasurementType

RETRACTED = "retracted"
"""The key of ``measurements.metadata`` that says when, by whom and why a measurement was taken back."""
_ALIKE = 0.001
"""Weights and heights this near are one (kg, cm)."""


@dataclass(frozen=True, slots=True)
class DerivedBmi:
    """A row of ``bmi_readings``: kg, cm, kg/m²; instants aware UTC."""

    id: str
    at: datetime
    weight_kg: float
    height_cm: float
    bmi: float
    created_at: datetime

    def as_json(self) -> dict[str, Any]:
        """Return it as the measurement keeps it."""
        return {"id": self.id, "timestamp": self.at.isoformat(), "weightKg": self.weight_kg,
                "heightCm": self.height_cm, "bmi": self.bmi, "createdAt": self.created_at.isoformat()}  # fmt: skip


def derived(ctx: Context, row: Any) -> list[DerivedBmi]:
    """Return the indices that came from a measurement which still counts; none where another one says the same."""
    value = row.value
    if isinstance(value, bool) or not isinstance(value, int | float) or _another(ctx, row):
        return []
    mine: tuple[Any, ...]
    if row.type == MeasurementType.WEIGHT:
        mine = (BMIReading.timestamp == row.timestamp, BMIReading.weight_kg.between(value - _ALIKE, value + _ALIKE))
    elif row.type == MeasurementType.HEIGHT and _was_taken_over(row):
        mine = (BMIReading.created_at >= row.created_at, BMIReading.height_cm == value)
    else:
        return []
    found = ctx.all(
        select(
            BMIReading.id, BMIReading.timestamp, BMIReading.weight_kg, BMIReading.height_cm, BMIReading.bmi,
            BMIReading.created_at,
        )
        .where(BMIReading.patient_id == row.patient_id, *mine)
        .order_by(BMIReading.timestamp, BMIReading.id)
    )  # fmt: skip
    return [DerivedBmi(*one) for one in found]


def take_away(ctx: Context, gone: Sequence[DerivedBmi]) -> list[Change]:
    """Delete them, once the measurement says that it was taken back: the database lets no other go."""
    ids = [one.id for one in gone]
    if ids and ctx.online:  # nobody on the staff deletes readings; the function takes those of a slip only
        ctx.emit(select(func.desktop.drop_bmi(literal(ids, ARRAY(Text)))))
    elif ids:
        ctx.emit(delete(BMIReading).where(BMIReading.id.in_(ids)))
    return [Change("bmi_readings", one.id) for one in gone]


def bring_back(ctx: Context, row: Any, kept: Sequence[DerivedBmi]) -> list[Change]:
    """Insert what a measurement took away with it; what has lost its weight since stays away."""
    here = {one.id for one in ctx.all(select(BMIReading.id).where(BMIReading.id.in_([one.id for one in kept])))}
    lost = lost_weights(ctx, row.patient_id) if row.type == MeasurementType.HEIGHT else frozenset()
    return put(ctx, row.patient_id, [one for one in kept if one.id not in here and one.at not in lost])


def put(ctx: Context, patient_id: str, rows: Sequence[DerivedBmi]) -> list[Change]:
    """Insert indices of a patient."""
    for one in rows:
        ctx.emit(
            insert(BMIReading).values(
                id=one.id, patient_id=patient_id, timestamp=one.at, weight_kg=one.weight_kg,
                height_cm=one.height_cm, bmi=one.bmi, created_at=one.created_at,
            )
        )  # fmt: skip
    return [Change("bmi_readings", one.id) for one in rows]


def kept_in(kept: Any) -> list[DerivedBmi]:
    """Return the indices that a measurement took away with it; what can't be read is left out."""
    return [one for one in map(_read, kept if isinstance(kept, list) else ()) if one is not None]


def _another(ctx: Context, row: Any) -> bool:
    """Whether another measurement that counts says the same: of this instant for a weight, of any for a height."""
    others = select(Measurement.id, Measurement.value).where(
        Measurement.patient_id == row.patient_id, Measurement.type == row.type, Measurement.id != row.id,
        ~json_has_object(Measurement.metadata_, RETRACTED),
    )  # fmt: skip
    if row.type == MeasurementType.WEIGHT:
        others = others.where(Measurement.timestamp == row.timestamp)
    elif row.type != MeasurementType.HEIGHT:
        return False
    return any(one.value == row.value for one in ctx.all(others))


def _was_taken_over(row: Any) -> bool:
    """Whether the patient's height was another one before this measurement."""
    metadata = row.metadata_ if isinstance(row.metadata_, dict) else {}
    return "heightBefore" in metadata and metadata["heightBefore"] != row.value


def lost_weights(ctx: Context, patient_id: str) -> frozenset[datetime]:
    """Return the instants of a patient's weights that were taken back."""
    gone = select(Measurement.timestamp).where(
        Measurement.patient_id == patient_id, Measurement.type == MeasurementType.WEIGHT.value,
        json_has_object(Measurement.metadata_, RETRACTED),
    )  # fmt: skip
    return frozenset(one.timestamp for one in ctx.all(gone))


def _read(value: Any) -> DerivedBmi | None:
    """Read what ``as_json`` wrote; the column is everybody's."""
    try:
        at, created = (datetime.fromisoformat(value[key]) for key in ("timestamp", "createdAt"))
        weight, height, bmi = (float(value[key]) for key in ("weightKg", "heightCm", "bmi"))
        key = value["id"]
    except (KeyError, TypeError, ValueError):
        return None
    whole = (
        isinstance(key, str) and key and at.tzinfo and created.tzinfo and all(map(math.isfinite, (weight, height, bmi)))
    )
    return DerivedBmi(key, at, weight, height, bmi, created) if whole else None

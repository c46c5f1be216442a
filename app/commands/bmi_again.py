"""The body mass index computed anew when the height that it came from was entered in error.

The weights of the time of a wrong height get their index from the height that was typed in its place, or else from the
one that was known before. The wrong height names these rows in ``metadata.retracted.again``, so that they can go when
it turns out to have been right, or when the right one is typed later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from app.commands.core import Change, Context
from app.commands.derived_bmi import RETRACTED, DerivedBmi, kept_in, lost_weights, put, take_away
from app.db.models import BMIReading, Measurement
from app.domain.measurements import LIMITS, MeasurementType, body_mass_index

AGAIN = "again"
"""The key of ``metadata.retracted`` that names the rows computed from another height."""
IN_ITS_PLACE = timedelta(days=90)
"""A height typed after a wrong one and measured this near to it says what the wrong one should have said; a child
grows by two centimetres in that time."""


@dataclass(frozen=True, slots=True)
class Height:
    """A row of heights: cm (None: unreadable), aware instants of measuring and of typing."""

    id: str
    cm: float | None
    at: datetime
    created: datetime
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def retracted(self) -> dict[str, Any] | None:
        """When, by whom and why it was taken back; None for one that counts."""
        found = self.metadata.get(RETRACTED)
        return found if isinstance(found, dict) else None


def heights_of(ctx: Context, patient_id: str) -> list[Height]:
    """Return the patient's heights as they were typed, oldest first; those taken back with them."""
    found = ctx.all(
        select(
            Measurement.id, Measurement.value, Measurement.timestamp, Measurement.created_at, Measurement.metadata_
        )
        .where(Measurement.patient_id == patient_id, Measurement.type == MeasurementType.HEIGHT.value)
        .order_by(Measurement.created_at, Measurement.timestamp, Measurement.id)
    )  # fmt: skip
    return [
        Height(row.id, _number(row.value), row.timestamp, row.created_at, _object(row.metadata_)) for row in found
    ]  # fmt: skip


def known_before(wrong: Height, heights: Sequence[Height]) -> float | None:
    """Return the height (cm) that the patient had before a wrong one: never one that is itself known to be wrong."""
    cm = _number(wrong.metadata.get("heightBefore"))
    earlier = [one for one in heights if one.created <= wrong.created and one.id != wrong.id]
    for one in reversed(earlier):
        if one.cm == cm and one.retracted is None:
            return cm
        if one.cm == cm:
            cm = _number(one.metadata.get("heightBefore"))
    return cm


def compute_again(
    ctx: Context, wrong: Height, gone: Sequence[DerivedBmi], heights: Sequence[Height]
) -> list[DerivedBmi]:
    """Return what takes the place of the indices that went with a wrong height: none where no height is left."""
    made = []
    for one in gone:
        cm = _right(wrong, one.at, heights)
        if cm is not None:
            made.append(_from(ctx, one, cm))
    return made


def corrected(ctx: Context, typed: str, patient_id: str) -> list[Change]:
    """Compute anew what went with a wrong height, now that the right one is in the record."""
    heights = heights_of(ctx, patient_id)
    changes: list[Change] = []
    for wrong in heights:
        kept = kept_in((wrong.retracted or {}).get("bmi"))
        found = _in_place_of(wrong, heights) if kept else None
        if found is not None and found.id == typed:
            changes += _replace(ctx, wrong, kept, heights, patient_id)
    return changes


def _replace(
    ctx: Context, wrong: Height, kept: Sequence[DerivedBmi], heights: Sequence[Height], patient_id: str
) -> list[Change]:
    """Put the indices of the right height where those of the one known before stand."""
    lost = lost_weights(ctx, patient_id)
    made = compute_again(ctx, wrong, [one for one in kept if one.at not in lost], heights)
    changes = drop_again(ctx, patient_id, wrong.retracted)
    said = {**wrong.metadata, RETRACTED: {**(wrong.retracted or {}), AGAIN: [one.id for one in made]}}
    ctx.emit(update(Measurement).where(Measurement.id == wrong.id).values(metadata_=said))
    return [*changes, *put(ctx, patient_id, made), Change("measurements", wrong.id)]


def drop_again(ctx: Context, patient_id: str, retracted: dict[str, Any] | None) -> list[Change]:
    """Delete the rows that a retraction names as computed anew, as long as it still says so."""
    named = (retracted or {}).get(AGAIN)
    ids = [one for one in named if isinstance(one, str)] if isinstance(named, list) else []
    if not ids:
        return []
    found = ctx.all(
        select(
            BMIReading.id, BMIReading.timestamp, BMIReading.weight_kg, BMIReading.height_cm, BMIReading.bmi,
            BMIReading.created_at,
        )
        .where(BMIReading.patient_id == patient_id, BMIReading.id.in_(ids))
        .order_by(BMIReading.id)
    )  # fmt: skip
    return take_away(ctx, [DerivedBmi(*one) for one in found])


def rightly(ctx: Context, kept: Sequence[DerivedBmi], patient_id: str) -> list[DerivedBmi]:
    """Return indices that come back with their weight, from the right height where theirs was taken back meanwhile."""
    heights = heights_of(ctx, patient_id)
    found = []
    for one in kept:
        wrong = next((each for each in heights if each.retracted is not None and _came_from(one, each)), None)
        if wrong is None or any(each.cm == one.height_cm for each in heights if each.retracted is None):
            found.append(one)
        else:
            found += [replace(made, id=one.id) for made in compute_again(ctx, wrong, [one], heights)]
    return found


def _came_from(row: DerivedBmi, height: Height) -> bool:
    return row.height_cm == height.cm and row.created_at >= height.created


def _right(wrong: Height, at: datetime, heights: Sequence[Height]) -> float | None:
    """Return the height (cm) that a weight of an instant has, as a wrong one no longer counts."""
    typed = _in_place_of(wrong, heights)
    measured = [one for one in heights if one.retracted is None and one.at <= at and one.id != wrong.id]
    if typed is not None:
        cm = typed.cm
    elif measured:
        cm = max(measured, key=lambda one: one.at).cm
    else:
        cm = known_before(wrong, heights)
    low, high = LIMITS[MeasurementType.HEIGHT].possible
    return cm if cm is not None and low <= cm <= high else None


def _in_place_of(wrong: Height, heights: Sequence[Height]) -> Height | None:
    """Return the first height typed after a wrong one and measured near it, that counts."""
    for one in heights:
        later = one.id != wrong.id and one.created >= wrong.created and one.retracted is None
        if later and abs(one.at - wrong.at) <= IN_ITS_PLACE:
            return one
    return None


def _from(ctx: Context, row: DerivedBmi, cm: float) -> DerivedBmi:
    bmi = body_mass_index(row.weight_kg, cm)
    return DerivedBmi(ctx.ids.cuid(), row.at, row.weight_kg, cm, bmi, ctx.occurred_at)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _object(metadata: Any) -> dict[str, Any]:
    return dict(metadata) if isinstance(metadata, dict) else {}

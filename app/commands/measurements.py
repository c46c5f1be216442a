"""Measurements typed at the clinic: recorded in stored units, and taken out of sight when entered in error.

Rows of ``measurements`` are never changed or deleted: what was a mistake gets ``metadata.retracted`` (when, who, why),
and every query leaves it out. The body mass index that came from it goes (``derived_bmi``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from app.commands.bmi_again import (
    AGAIN,
    Height,
    compute_again,
    corrected,
    drop_again,
    heights_of,
    known_before,
    rightly,
)
from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.derived_bmi import RETRACTED, bring_back, derived, kept_in, put, take_away
from app.commands.living import merged_meanwhile
from app.db.models import BMIReading, Measurement, Patient, PatientDetail, Visit
from app.db.readings import json_has_object
from app.domain.measurements import LIMITS, MeasurementType, body_mass_index
from app.domain.permissions import Permission
from app.domain.vitals_entry import Entered, read_entry
from app.kernel.clock import truncate_ms
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text

CLOCKS_APART = timedelta(minutes=5)
"""How far ahead of the command's own time a measurement may lie."""
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordMeasurement(Command):
    """Keep one measured value.

    ``value`` is what was typed ("182", "36,8", "120/80"), ``unit`` the unit it was typed in ("" is the stored one),
    ``at`` the instant of measuring (None: now). ``confirmed`` accepts an unlikely value. Undone by retracting it.
    """

    patient_id: str
    type: MeasurementType
    value: str
    unit: str = ""
    at: datetime | None = None
    visit_id: str | None = None
    confirmed: bool = False
    measurement_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetractMeasurement(Command):
    """Say that a measurement was entered in error: it stays in the record, and nothing shows or counts it."""

    measurement_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreMeasurement(Command):
    """Say that a retracted measurement was right after all."""

    measurement_id: str


@handles(RecordMeasurement, permission=Permission.MEASURE)
def record_measurement(cmd: RecordMeasurement, ctx: Context) -> Outcome:
    """Insert the measurement; with a weight its body mass index, with the newest height the patient's height."""
    entered = read_entry(cmd.type, cmd.value, cmd.unit)
    if entered.unlikely and not cmd.confirmed:
        raise Refused(
            "Unlikely", t("This value is unlikely. Look again; save once more if it is right."), field="value"
        )
    patient = _patient(ctx, cmd.patient_id)
    at = _when(cmd.at, ctx, patient.date_of_birth)
    _check_visit(ctx, cmd)
    metadata: dict[str, Any] = {"unit": entered.unit, "entered": entered.entered}
    if cmd.visit_id:
        metadata["visitId"] = cmd.visit_id
    if cmd.type is MeasurementType.HEIGHT and _is_newest_height(ctx, cmd.patient_id, at):
        metadata["heightBefore"] = patient.height_cm
        _set_height(ctx, cmd.patient_id, float(entered.value), patient.updated_at)
    result: dict[str, Any] = {
        "measurementId": cmd.measurement_id, "patientId": cmd.patient_id, "type": cmd.type.value,
        "value": entered.value, "timestamp": at.isoformat(),
    }  # fmt: skip
    ctx.emit(
        insert(Measurement).values(
            id=cmd.measurement_id, patient_id=cmd.patient_id, type=cmd.type.value, value=entered.value, timestamp=at,
            source=MANUAL, metadata_=metadata, created_at=ctx.occurred_at,
        )
    )  # fmt: skip
    changes = [Change("measurements", cmd.measurement_id)]
    if "heightBefore" in metadata:
        changes.append(Change("patients", cmd.patient_id))
        changes += corrected(ctx, cmd.measurement_id, cmd.patient_id)
    changes += _with_weight(ctx, entered, patient, at, cmd.patient_id, result)
    undo = RetractMeasurement(measurement_id=cmd.measurement_id, reason=t("Undone"))
    return Outcome(result=result, changes=tuple(changes), undo=undo, undo_label=t("the measurement"))


def _with_weight(
    ctx: Context, entered: Entered, patient: Any, at: datetime, patient_id: str, result: dict[str, Any]
) -> list[Change]:
    """Insert the body mass index of a weight, when the height is known and can be true."""
    low, high = LIMITS[MeasurementType.HEIGHT].possible
    height = patient.height_cm
    if entered.kind is not MeasurementType.WEIGHT or height is None or not low <= height <= high:
        return []
    weight = float(entered.value)
    reading, bmi = ctx.ids.cuid(), body_mass_index(weight, height)
    ctx.emit(
        insert(BMIReading).values(
            id=reading, patient_id=patient_id, timestamp=at, weight_kg=weight, height_cm=height, bmi=bmi,
            created_at=ctx.occurred_at,
        )
    )  # fmt: skip
    result["bmi"] = bmi
    return [Change("bmi_readings", reading)]


def _patient(ctx: Context, patient_id: str) -> Any:
    """Return the patient's row; Conflict "Gone", or "Merged" with ``into`` for one who is part of another now."""
    merged = select(PatientDetail.merged_into).where(PatientDetail.patient_id == patient_id).scalar_subquery()
    row = ctx.first(
        select(Patient.date_of_birth, Patient.height_cm, Patient.updated_at, merged.label("merged_into")).where(
            Patient.id == patient_id
        )
    )
    if row is None:
        raise Conflict("Gone", t("This patient is no longer there."), field="patientId")
    if row.merged_into is not None:
        raise merged_meanwhile(row.merged_into)
    return row


def _when(at: datetime | None, ctx: Context, born: Any) -> datetime:
    """Return the instant of measuring; refuses "BadTime" what lies ahead, or before the patient was born."""
    if at is None:
        return ctx.occurred_at
    if at.utcoffset() is None:
        raise Refused("BadTime", t("This time needs a time zone."), field="at")
    at = truncate_ms(at.astimezone(UTC))
    if at > ctx.occurred_at + CLOCKS_APART:
        raise Refused("BadTime", t("This time is still to come."), field="at")
    # A birth date begins up to 14 hours earlier somewhere on Earth.
    if at < EARLIEST or (born is not None and (at + timedelta(hours=14)).date() < born):
        raise Refused("BadTime", t("This time lies before the patient's birth."), field="at")
    return at


def _check_visit(ctx: Context, cmd: RecordMeasurement) -> None:
    if cmd.visit_id is None:
        return
    row = ctx.first(select(Visit.patient_id).where(Visit.id == cmd.visit_id))
    if row is None or row.patient_id != cmd.patient_id:
        raise Refused("BadVisit", t("This visit isn't one of this patient."), field="visitId")


def _heights(patient_id: str) -> Any:
    return (
        Measurement.patient_id == patient_id,
        Measurement.type == MeasurementType.HEIGHT.value,
        ~json_has_object(Measurement.metadata_, RETRACTED),
    )


def _is_newest_height(ctx: Context, patient_id: str, at: datetime) -> bool:
    row = ctx.first(select(func.max(Measurement.timestamp)).where(*_heights(patient_id)))
    return row is None or row[0] is None or row[0] <= at


def _set_height(ctx: Context, patient_id: str, height: float | None, updated_at: datetime) -> None:
    ctx.emit(update(Patient).where(Patient.id == patient_id).values(height_cm=height, updated_at=ctx.stamp(updated_at)))


@handles(RetractMeasurement, permission=Permission.MEASURE)
def retract_measurement(cmd: RetractMeasurement, ctx: Context) -> Outcome:
    """Set ``metadata.retracted``; what was derived goes, and a height from it gives way to the one before."""
    reason = clean_text(cmd.reason, "reason", 500, required=True)
    row = _measurement(ctx, cmd.measurement_id)
    metadata = _as_object(row.metadata_)
    result = {"measurementId": cmd.measurement_id, "patientId": row.patient_id}
    if isinstance(metadata.get(RETRACTED), dict):
        return Outcome(result=result)
    metadata[RETRACTED] = {"at": ctx.occurred_at.isoformat(), "by": ctx.actor.user_id, "reason": reason}
    gone, again = derived(ctx, row), []
    metadata[RETRACTED] |= {"bmi": [one.as_json() for one in gone]} if gone else {}
    heights = heights_of(ctx, row.patient_id) if row.type == MeasurementType.HEIGHT else []
    wrong = next((one for one in heights if one.id == row.id), None)
    if wrong is not None:
        again = compute_again(ctx, wrong, gone, heights)
        metadata[RETRACTED] |= {AGAIN: [one.id for one in again]} if again else {}
    ctx.emit(update(Measurement).where(Measurement.id == cmd.measurement_id).values(metadata_=metadata))
    changes = [Change("measurements", cmd.measurement_id), *take_away(ctx, gone), *put(ctx, row.patient_id, again)]
    if wrong is not None:
        changes += _height_without(ctx, wrong, heights, row.patient_id)
    undo = RestoreMeasurement(measurement_id=cmd.measurement_id)
    return Outcome(result=result, changes=tuple(changes), undo=undo, undo_label=t("the retraction of a measurement"))


def _height_without(ctx: Context, wrong: Height, heights: list[Height], patient_id: str) -> list[Change]:
    """Give the patient the newest height that is left, or the one known before this measurement."""
    patient = _patient(ctx, patient_id)
    if patient.height_cm is None or patient.height_cm != wrong.cm:
        return []
    left = [one for one in heights if one.retracted is None and one.id != wrong.id]
    before = max(left, key=lambda one: one.at).cm if left else known_before(wrong, heights)
    _set_height(ctx, patient_id, before, patient.updated_at)
    return [Change("patients", patient_id)]


@handles(RestoreMeasurement, permission=Permission.MEASURE)
def restore_measurement(cmd: RestoreMeasurement, ctx: Context) -> Outcome:
    """Take ``metadata.retracted`` away; the newest height becomes the patient's again."""
    row = _measurement(ctx, cmd.measurement_id)
    metadata = _as_object(row.metadata_)
    result = {"measurementId": cmd.measurement_id, "patientId": row.patient_id}
    if not isinstance(metadata.get(RETRACTED), dict):
        return Outcome(result=result)
    retracted = metadata.pop(RETRACTED)
    reason = str(retracted.get("reason") or t("Undone"))
    kept = kept_in(retracted.get("bmi"))
    if row.type == MeasurementType.WEIGHT:
        kept = rightly(ctx, kept, row.patient_id)
    dropped = drop_again(ctx, row.patient_id, retracted)
    ctx.emit(update(Measurement).where(Measurement.id == cmd.measurement_id).values(metadata_=metadata))
    changes = [Change("measurements", cmd.measurement_id), *dropped, *bring_back(ctx, row, kept)]
    number = isinstance(row.value, int | float) and not isinstance(row.value, bool)
    if row.type == MeasurementType.HEIGHT and number and _is_newest_height(ctx, row.patient_id, row.timestamp):
        _set_height(ctx, row.patient_id, float(row.value), _patient(ctx, row.patient_id).updated_at)
        changes.append(Change("patients", row.patient_id))
    undo = RetractMeasurement(measurement_id=cmd.measurement_id, reason=reason)
    return Outcome(result=result, changes=tuple(changes), undo=undo, undo_label=t("the measurement"))


def _measurement(ctx: Context, measurement_id: str) -> Any:
    row = ctx.first(
        ctx.lock(
            select(
                Measurement.id, Measurement.patient_id, Measurement.type, Measurement.value, Measurement.timestamp,
                Measurement.metadata_, Measurement.created_at,
            ).where(Measurement.id == measurement_id)
        )
    )  # fmt: skip
    if row is None:
        raise Conflict("Gone", t("This measurement is no longer there."), field="measurementId")
    return row


def _as_object(metadata: Any) -> dict[str, Any]:
    """Metadata that others wrote as something else than an object is kept beside ours."""
    if isinstance(metadata, dict):
        return dict(metadata)
    return {} if metadata is None else {"other": metadata}

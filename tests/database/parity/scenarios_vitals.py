"""What is measured at the clinic, with everything that it changes beside the measurement."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from app.commands.measurements import RecordMeasurement, RestoreMeasurement, RetractMeasurement
from app.db.models import Patient
from app.domain.measurements import MeasurementType
from app.kernel.errors import AppError
from tests.support.desk import NOW
from tests.support.twins import Twins


def measuring(twins: Twins) -> None:
    twins.write(update(Patient).where(Patient.id == "pat-lis").values(height_cm=165.0))

    def record(kind: MeasurementType, value: str, unit: str = "", *, days: int = 0, confirmed: bool = False) -> Any:
        return twins.desk.run(
            RecordMeasurement(
                patient_id="pat-lis", type=kind, value=value, unit=unit, at=NOW - timedelta(days=days),
                confirmed=confirmed,
            )
        )  # fmt: skip

    record(MeasurementType.BLOOD_PRESSURE, "148/92")
    record(MeasurementType.TEMPERATURE, "98.6", "°F", days=1)
    record(MeasurementType.WEIGHT, "182", "lb")
    record(MeasurementType.HEIGHT, "66", "in", days=3)
    with suppress(AppError):  # needs a second look
        record(MeasurementType.WEIGHT, "320")
    slip = record(MeasurementType.WEIGHT, "320", confirmed=True)
    undone: Any = twins.desk.run(slip.undo)
    twins.okafor.run(undone.undo)
    twins.okafor.run(RetractMeasurement(measurement_id=slip.result["measurementId"], reason="Scale was wet"))
    tall = record(MeasurementType.HEIGHT, "176", days=1)
    undone = twins.desk.run(tall.undo)
    twins.desk.run(undone.undo)
    twins.pass_time(timedelta(minutes=1))
    wrong: Any = twins.desk.run(RecordMeasurement(patient_id="pat-lis", type=MeasurementType.HEIGHT, value="195"))
    twins.desk.run(RecordMeasurement(patient_id="pat-lis", type=MeasurementType.WEIGHT, value="81"))
    undone = twins.okafor.run(wrong.undo)
    back: Any = twins.desk.run(undone.undo)
    twins.okafor.run(back.undo)
    twins.pass_time(timedelta(minutes=1))
    right = record(MeasurementType.HEIGHT, "167")
    twins.desk.run(right.undo)


VITAL_SCENARIOS = {measuring: frozenset({RecordMeasurement, RetractMeasurement, RestoreMeasurement})}

"""A weight taken back without the server takes its body mass index along, here and at the clinic."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import func, select, text, update

from app.commands.measurements import RecordMeasurement, RetractMeasurement
from app.db.models import BMIReading, Patient
from app.domain.measurements import MeasurementType
from tests.support.desk import Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]
LIS = "pat-lis"


def at_the_clinic(clinic: Desk) -> int:
    found: int = clinic.rows(select(func.count()).select_from(BMIReading))[0][0]
    return found


def test_it_goes_with_the_weight_and_comes_back_with_it(clinic: Desk, station: Enter) -> None:
    clinic.write(update(Patient).where(Patient.id == LIS).values(height_cm=165.0))
    weight = RecordMeasurement(patient_id=LIS, type=MeasurementType.WEIGHT, value="80")
    clinic.desk.run(weight)
    here = station()
    here.cut()
    gone = here.run(RetractMeasurement(measurement_id=weight.measurement_id, reason="Slip"))
    assert here.rows(text("SELECT id FROM bmi_readings")) == []
    assert here.mend().needs_attention == 0
    assert at_the_clinic(clinic) == 0
    assert differences(here) == []
    here.cut()
    assert gone.undo is not None
    here.run(gone.undo)
    assert here.mend().needs_attention == 0
    assert at_the_clinic(clinic) == 1
    assert differences(here) == []


def test_a_colleague_took_it_back_meanwhile(clinic: Desk, station: Enter) -> None:
    clinic.write(update(Patient).where(Patient.id == LIS).values(height_cm=165.0))
    weight = RecordMeasurement(patient_id=LIS, type=MeasurementType.WEIGHT, value="80")
    clinic.desk.run(weight)
    here = station()
    here.cut()
    command = RetractMeasurement(measurement_id=weight.measurement_id, reason="Slip")
    here.run(command)
    clinic.okafor.run(command)
    assert here.mend().needs_attention == 0
    assert at_the_clinic(clinic) == 0
    assert differences(here) == []

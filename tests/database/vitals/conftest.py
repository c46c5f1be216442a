"""The small clinic of the scheduling tests, with readings as the backend and devices write them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, update

from app.db.models import BMIReading, HRVReading, Measurement, Patient, VitalReading
from app.domain.enums import DeviceProvider
from app.kernel.ids import new_cuid, new_uuid
from tests.database.scheduling.conftest import desk, desk_template, pg_desk  # noqa: F401 - fixtures
from tests.support.desk import Desk

PATIENT = "pat-lis"


class Readings:
    """Writes readings past all rules."""

    def __init__(self, clinic: Desk) -> None:
        self.desk = clinic

    def measure(self, kind: str, value: Any, at: datetime, *, source: str = "DEVICE", metadata: Any = None) -> str:
        """A row of measurements; returns its id."""
        row_id = new_uuid()
        self.desk.write(
            insert(Measurement).values(
                id=row_id, patient_id=PATIENT, type=kind, value=value, timestamp=at, source=source,
                metadata_=metadata, created_at=at,
            )
        )  # fmt: skip
        return row_id

    def device(self, at: datetime, **values: int | None) -> str:
        """A row of vital_readings."""
        row_id = new_cuid()
        source = DeviceProvider.WITHINGS
        self.desk.write(
            insert(VitalReading).values(
                id=row_id, patient_id=PATIENT, timestamp=at, source=source, created_at=at, **values
            )
        )
        return row_id

    def hrv(self, at: datetime, rmssd: float, sdnn: float | None = None) -> str:
        """A row of hrv_readings."""
        row_id = new_cuid()
        self.desk.write(
            insert(HRVReading).values(
                id=row_id, patient_id=PATIENT, timestamp=at, source=DeviceProvider.APPLE, rmssd_ms=rmssd, sdnn_ms=sdnn,
                created_at=at,
            )
        )  # fmt: skip
        return row_id

    def bmi(self, at: datetime, weight: float, height: float = 165.0) -> str:
        """A row of bmi_readings."""
        row_id = new_cuid()
        self.desk.write(
            insert(BMIReading).values(
                id=row_id, patient_id=PATIENT, timestamp=at, weight_kg=weight, height_cm=height,
                bmi=weight / (height / 100) ** 2, created_at=at,
            )
        )  # fmt: skip
        return row_id

    def height(self, cm: float | None) -> None:
        """Set what the patient's height is known to be."""
        self.desk.write(update(Patient).where(Patient.id == PATIENT).values(height_cm=cm))


@pytest.fixture
def readings(desk: Desk) -> Readings:  # noqa: F811 - the fixture
    """What writes readings in the clinic under test."""
    return Readings(desk)

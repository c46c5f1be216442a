"""The GLP-1 panel of a patient on both databases: the reading, its day, the reason, the way since the first."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from app.db.models import Patient
from app.domain.vitals_glp1 import Reason
from app.queries.vitals_panel import VitalsPanel, vitals_panel
from tests.database.vitals.conftest import PATIENT, Readings
from tests.support.desk import NOW, Desk

DAY = timedelta(days=1)
PRESSURE = {"display": "Hypertension", "code": "I10"}


def record(desk: Desk, **lists: Any) -> None:
    desk.write(update(Patient).where(Patient.id == PATIENT).values(demographics=lists))


def panel(desk: Desk) -> VitalsPanel:
    return desk.okafor.ask(vitals_panel, patient_id=PATIENT)


def test_the_latest_reading_counts_and_the_way_is_told_from_the_first(desk: Desk, readings: Readings) -> None:
    readings.bmi(NOW - 300 * DAY, 100.0)
    readings.bmi(NOW - 20 * DAY, 92.0)
    readings.bmi(NOW - DAY, 90.0)
    glp1 = panel(desk).glp1
    assert glp1.latest is not None
    assert glp1.since_first is not None
    assert glp1.last_month is not None
    assert (glp1.latest.at, glp1.latest.weight_kg, glp1.verdict.reason) == (NOW - DAY, 90.0, Reason.BMI)
    assert (glp1.since_first.kg, glp1.since_first.percent) == (-10.0, -10.0)
    assert glp1.since_first.since == (NOW - 300 * DAY).date()
    assert glp1.last_month.kg == -2.0


def test_the_first_reading_has_gone_no_way(desk: Desk, readings: Readings) -> None:
    readings.bmi(NOW - DAY, 90.0)
    assert (panel(desk).glp1.since_first, panel(desk).glp1.last_month) == (None, None)


@pytest.mark.parametrize(
    ("status", "reason"),
    [("active", Reason.BMI_AND_CONDITION), ("", Reason.BMI_AND_CONDITION), ("resolved", Reason.NO_CONDITION),
     ("entered-in-error", Reason.NO_CONDITION), ("Inactive", Reason.NO_CONDITION)],
)  # fmt: skip
def test_only_a_condition_that_the_patient_has_now_counts(
    desk: Desk, readings: Readings, status: str, reason: Reason
) -> None:
    readings.bmi(NOW - DAY, 28.0, height=100.0)
    record(desk, conditions=[PRESSURE | {"status": status}])
    verdict = panel(desk).glp1.verdict
    assert (verdict.reason, verdict.eligible) == (reason, reason is Reason.BMI_AND_CONDITION)


def test_a_medicine_that_was_stopped_is_not_shown_as_taken(desk: Desk) -> None:
    record(desk, medications=[{"display": "Semaglutide 1 mg", "status": "stopped"},
                              {"display": "Tirzepatide 5 mg", "status": "active"},
                              {"display": "Metformin", "status": "active"}])  # fmt: skip
    assert [one.display for one in panel(desk).glp1.medicines] == ["Tirzepatide 5 mg"]

"""A height entered in error: what was computed from it is computed from the height that remains, or goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.commands.core import Outcome
from app.commands.measurements import RecordMeasurement, RetractMeasurement
from app.db.models import BMIReading, Measurement, Patient
from app.domain.measurements import MeasurementType as M
from tests.database.vitals.conftest import PATIENT, Readings
from tests.support.desk import NOW, Desk

DAY = timedelta(days=1)


def record(desk: Desk, kind: M, value: str, **more: Any) -> str:
    command = RecordMeasurement(patient_id=PATIENT, type=kind, value=value, confirmed=True, **more)
    desk.desk.run(command)
    desk.pass_time(timedelta(minutes=1))
    return command.measurement_id


def retract(desk: Desk, measurement: str) -> Outcome:
    found = desk.desk.run(RetractMeasurement(measurement_id=measurement, reason="Slip"))
    desk.pass_time(timedelta(minutes=1))
    return found


def undo(desk: Desk, outcome: Outcome) -> Outcome:
    assert outcome.undo is not None
    return desk.desk.run(outcome.undo)


def indices(desk: Desk) -> list[tuple[float, float, float]]:
    """(kg, cm, kg/m²), oldest first."""
    table = BMIReading.__table__.c
    found = desk.rows(select(table.weight_kg, table.height_cm, table.bmi).order_by(table.timestamp, table.weight_kg))
    return [(row[0], row[1], round(row[2], 2)) for row in found]


def height_of(desk: Desk) -> Any:
    return desk.rows(select(Patient.height_cm).where(Patient.id == PATIENT))[0][0]


def test_the_index_is_computed_from_the_height_that_remains(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    tall = record(desk, M.HEIGHT, "195")
    record(desk, M.WEIGHT, "80")
    assert indices(desk) == [(80, 195, 21.04)]
    taken = retract(desk, tall)
    assert indices(desk) == [(80, 165, 29.38)]
    again = undo(desk, taken)
    assert indices(desk) == [(80, 195, 21.04)]
    undo(desk, again)
    assert indices(desk) == [(80, 165, 29.38)]


def test_without_another_height_there_is_no_index(desk: Desk) -> None:
    tall = record(desk, M.HEIGHT, "195")
    record(desk, M.WEIGHT, "80")
    retract(desk, tall)
    assert indices(desk) == []
    assert height_of(desk) is None


@pytest.mark.parametrize("before", [165.0, None])
def test_the_right_height_typed_afterwards_counts_for_the_weights_of_the_wrong_one(
    desk: Desk, readings: Readings, before: float | None
) -> None:
    readings.height(before)
    tall = record(desk, M.HEIGHT, "195")
    record(desk, M.WEIGHT, "80")
    retract(desk, tall)
    remains = indices(desk)
    right = RecordMeasurement(patient_id=PATIENT, type=M.HEIGHT, value="170")
    done = desk.desk.run(right)
    assert indices(desk) == [(80, 170, 27.68)]
    desk.pass_time(timedelta(minutes=1))
    undo(desk, done)
    assert indices(desk) == remains


def test_the_right_height_typed_before_the_wrong_one_is_taken_back(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    tall = record(desk, M.HEIGHT, "195")
    record(desk, M.WEIGHT, "80")
    record(desk, M.HEIGHT, "170")
    record(desk, M.WEIGHT, "81")
    retract(desk, tall)
    assert indices(desk) == [(80, 170, 27.68), (81, 170, 28.03)]
    assert height_of(desk) == 170


def test_when_the_wrong_one_was_right_after_all_nothing_is_there_twice(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    tall = record(desk, M.HEIGHT, "195")
    record(desk, M.WEIGHT, "80")
    taken = retract(desk, tall)
    record(desk, M.HEIGHT, "170")
    undo(desk, taken)
    assert indices(desk) == [(80, 195, 21.04)]


def test_a_height_measured_long_after_says_nothing_about_the_wrong_one(desk: Desk, readings: Readings) -> None:
    """A child grows: the weights of two years ago keep the height that was known then."""
    readings.height(120)
    tall = record(desk, M.HEIGHT, "150", at=NOW - 700 * DAY)
    record(desk, M.WEIGHT, "25", at=NOW - 690 * DAY)
    retract(desk, tall)
    record(desk, M.HEIGHT, "131")
    assert indices(desk) == [(25, 120, 17.36)]


def test_the_second_height_after_a_wrong_one_corrects_nothing(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    tall = record(desk, M.HEIGHT, "195")
    record(desk, M.WEIGHT, "80")
    retract(desk, tall)
    record(desk, M.HEIGHT, "170")
    record(desk, M.HEIGHT, "171")
    assert indices(desk) == [(80, 170, 27.68)]


def test_two_wrong_heights_leave_neither(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    first, second = record(desk, M.HEIGHT, "195"), record(desk, M.HEIGHT, "196")
    record(desk, M.WEIGHT, "80")
    retract(desk, first)
    retract(desk, second)
    assert height_of(desk) == 165
    assert indices(desk) == [(80, 165, 29.38)]


def test_a_weight_taken_back_comes_back_with_the_height_that_is_right_by_then(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    tall = record(desk, M.HEIGHT, "195")
    weight = record(desk, M.WEIGHT, "80")
    taken = retract(desk, weight)
    retract(desk, tall)
    assert indices(desk) == []
    undo(desk, taken)
    assert indices(desk) == [(80, 165, 29.38)]


def test_a_weight_taken_back_meanwhile_gets_no_index_from_the_right_height(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    tall = record(desk, M.HEIGHT, "195")
    weight = record(desk, M.WEIGHT, "80")
    retract(desk, tall)
    retract(desk, weight)
    record(desk, M.HEIGHT, "170")
    assert indices(desk) == []


@pytest.mark.parametrize("before", [0.0, 1.7, 900.0])
def test_a_height_that_cannot_be_true_gives_no_index(desk: Desk, readings: Readings, before: float) -> None:
    readings.height(before)
    tall = record(desk, M.HEIGHT, "195")
    record(desk, M.WEIGHT, "80")
    retract(desk, tall)
    assert indices(desk) == []


@pytest.mark.parametrize("again", [7, {"id": 1}, [7, None], "x", ["nobody's"]])
def test_what_others_wrote_in_place_of_the_names_takes_nothing_away(desk: Desk, readings: Readings, again: Any) -> None:
    readings.height(165)
    record(desk, M.WEIGHT, "80")
    wrong = readings.measure("HEIGHT", 195, NOW, metadata={"retracted": {"reason": "x", "again": again, "bmi": [7]}})
    record(desk, M.HEIGHT, "170")
    assert indices(desk) == [(80, 165, 29.38)]
    kept = desk.rows(select(Measurement.__table__).where(Measurement.id == wrong))[0]
    assert kept.metadata_["retracted"]["again"] == again

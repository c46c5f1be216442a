"""What is typed is kept in stored units, judged, tied to its visit, and can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from app.commands.measurements import RecordMeasurement, RestoreMeasurement, RetractMeasurement
from app.db.models import BMIReading, Measurement, Patient
from app.domain.measurements import MeasurementType as M
from app.domain.vitals_metrics import Metric
from app.kernel.errors import Conflict, Refused
from app.queries.vitals_series import vital_series
from tests.database.vitals.conftest import PATIENT, Readings
from tests.support.desk import NOW, Desk

DAY = timedelta(days=1)


def record(kind: M, value: str, **more: Any) -> RecordMeasurement:
    return RecordMeasurement(patient_id=PATIENT, type=kind, value=value, **more)


def kept(desk: Desk, command: RecordMeasurement) -> Any:
    return desk.rows(select(Measurement.__table__).where(Measurement.id == command.measurement_id))[0]


def height_of(desk: Desk) -> float | None:
    return desk.rows(select(Patient.height_cm).where(Patient.id == PATIENT))[0].height_cm  # type: ignore[no-any-return]


def shown(desk: Desk, metric: Metric) -> list[float]:
    found = desk.desk.ask(
        vital_series, patient_id=PATIENT, metrics=(metric,), start=NOW - 30 * DAY, end=NOW + DAY
    )  # fmt: skip
    return [spot.mean for spot in found.series[0].spots]


def test_a_weight_in_pounds_is_kept_in_kilograms_with_its_bmi(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    command = record(M.WEIGHT, "182", unit="lb")
    outcome = desk.desk.run(command)
    row = kept(desk, command)
    assert row.value == pytest.approx(82.55, abs=0.01)
    assert row.metadata_ == {"unit": "[lb_av]", "entered": 182}
    assert (row.source, row.timestamp) == ("MANUAL", NOW)
    reading = desk.rows(select(BMIReading.__table__))[0]
    assert (reading.weight_kg, reading.height_cm, reading.timestamp) == (row.value, 165, NOW)
    assert reading.bmi == pytest.approx(30.32, abs=0.01)
    assert outcome.result["bmi"] == reading.bmi


def indices(desk: Desk) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in desk.rows(select(BMIReading.__table__).order_by(BMIReading.timestamp))]


def test_the_bmi_of_a_weight_goes_with_it_and_comes_back(desk: Desk, readings: Readings) -> None:
    """The backend and the phones read every row of bmi_readings: one that came from a slip can't stay there."""
    readings.height(165)
    desk.desk.run(record(M.WEIGHT, "80", at=NOW - DAY))
    slip = record(M.WEIGHT, "182")
    desk.desk.run(replace(slip, confirmed=True))
    before = indices(desk)
    taken = desk.okafor.run(RetractMeasurement(measurement_id=slip.measurement_id, reason="Pounds"))
    assert indices(desk) == before[:1]
    assert [one.table for one in taken.changes] == ["measurements", "bmi_readings"]
    assert taken.undo is not None
    back = desk.desk.run(taken.undo)
    assert indices(desk) == before
    assert back.undo is not None
    desk.desk.run(back.undo)
    assert indices(desk) == before[:1]


def test_of_two_weights_of_one_instant_only_the_slip_loses_its_bmi(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    right, slip = record(M.WEIGHT, "80"), record(M.WEIGHT, "88")
    for one in (right, slip):
        desk.desk.run(one)
    taken = desk.desk.run(RetractMeasurement(measurement_id=slip.measurement_id, reason="Slip"))
    assert [row[3] for row in indices(desk)] == [80]
    assert taken.undo is not None
    desk.desk.run(taken.undo)
    assert sorted(row[3] for row in indices(desk)) == [80, 88]


def test_a_bmi_that_is_there_already_is_not_brought_back_twice(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    slip = record(M.WEIGHT, "80")
    desk.desk.run(slip)
    (row,) = indices(desk)
    taken = desk.desk.run(RetractMeasurement(measurement_id=slip.measurement_id, reason="Slip"))
    desk.write(insert(BMIReading).values(dict(zip(BMIReading.__table__.columns.keys(), row, strict=True))))
    assert taken.undo is not None
    desk.desk.run(taken.undo)
    assert indices(desk) == [row]


def test_the_newest_height_that_is_left_counts_not_the_one_known_before(desk: Desk) -> None:
    wrong = record(M.HEIGHT, "176", at=NOW - DAY)
    for one in (record(M.HEIGHT, "170", at=NOW - 20 * DAY), wrong, record(M.HEIGHT, "168", at=NOW - 10 * DAY)):
        desk.desk.run(one)
    desk.desk.run(RetractMeasurement(measurement_id=wrong.measurement_id, reason="Slip"))
    assert height_of(desk) == 168


def test_a_weight_that_was_typed_twice_keeps_its_bmi(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    first, second = record(M.WEIGHT, "80"), record(M.WEIGHT, "80")
    for one in (first, second):
        desk.desk.run(one)
    both = indices(desk)
    desk.desk.run(RetractMeasurement(measurement_id=second.measurement_id, reason="Twice"))
    assert indices(desk) == both, "which of the two came from which nobody can tell"
    desk.desk.run(RetractMeasurement(measurement_id=first.measurement_id, reason="Twice"))
    assert indices(desk) == []


def test_a_wrong_height_takes_the_indices_with_it_that_came_from_it(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    desk.desk.run(record(M.WEIGHT, "79", at=NOW - DAY))
    desk.pass_time(timedelta(minutes=1))
    tall = record(M.HEIGHT, "195")
    desk.desk.run(tall)
    late = record(M.WEIGHT, "80")
    desk.desk.run(late)
    before = indices(desk)
    assert [row[4] for row in before] == [165, 195]
    taken = desk.desk.run(RetractMeasurement(measurement_id=tall.measurement_id, reason="Slip"))
    assert before[1] not in indices(desk)
    assert [row[4] for row in indices(desk)] == [165, 165]
    desk.desk.run(RetractMeasurement(measurement_id=late.measurement_id, reason="Slip"))
    assert taken.undo is not None
    desk.desk.run(taken.undo)
    assert indices(desk) == before[:1], "the weight that it came from is gone since"


def test_a_height_that_said_nothing_new_takes_nothing_with_it(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    same = record(M.HEIGHT, "165")
    desk.desk.run(same)
    desk.desk.run(record(M.WEIGHT, "80"))
    before = indices(desk)
    desk.desk.run(RetractMeasurement(measurement_id=same.measurement_id, reason="Slip"))
    assert indices(desk) == before


@pytest.mark.parametrize("kept_there", ["x", [7, {}, {"id": "a"}], [{"id": "", "timestamp": "never"}], {"id": 1}])
def test_what_others_wrote_in_its_place_brings_nothing_back(desk: Desk, readings: Readings, kept_there: Any) -> None:
    weight = readings.measure("WEIGHT", 80, NOW - DAY, metadata={"retracted": {"reason": "x", "bmi": kept_there}})
    desk.desk.run(RestoreMeasurement(measurement_id=weight))
    assert indices(desk) == []


def test_without_a_height_there_is_no_bmi(desk: Desk) -> None:
    desk.okafor.run(record(M.WEIGHT, "82,5"))
    assert desk.rows(select(BMIReading.id)) == []


@pytest.mark.parametrize("height", [0.0, 1.7, 900.0])
def test_a_height_that_cannot_be_true_gives_no_bmi(desk: Desk, readings: Readings, height: float) -> None:
    readings.height(height)
    desk.desk.run(record(M.WEIGHT, "82.5"))
    assert desk.rows(select(BMIReading.id)) == []


@pytest.mark.parametrize(
    ("kind", "value", "unit", "code", "field"),
    [
        (M.WEIGHT, "900", "kg", "ImpossibleValue", "value"),
        (M.BLOOD_PRESSURE, "80/120", "", "ImpossibleValue", "diastolic"),
        (M.BLOOD_PRESSURE, "900/80", "", "ImpossibleValue", "systolic"),
        (M.BLOOD_PRESSURE, "120", "", "BadValue", "value"),
        (M.TEMPERATURE, "98.6", "", "ImpossibleValue", "value"),
        (M.WEIGHT, "82 kg", "", "BadValue", "value"),
        (M.WEIGHT, "82", "slug", "BadUnit", "unit"),
        (M.MOOD, "3.5", "", "ImpossibleValue", "value"),
        (M.WEIGHT, "nan", "", "BadValue", "value"),
        (M.WEIGHT, "1" * 5000, "", "BadValue", "value"),
    ],
)
def test_what_cannot_be_true_is_refused_naming_the_field(
    desk: Desk, kind: M, value: str, unit: str, code: str, field: str
) -> None:
    with pytest.raises(Refused) as found:
        desk.desk.run(record(kind, value, unit=unit, confirmed=True))
    assert (found.value.code, found.value.field) == (code, field)
    assert desk.rows(select(Measurement.id)) == []


def test_an_unlikely_value_needs_a_second_look(desk: Desk) -> None:
    with pytest.raises(Refused) as found:
        desk.desk.run(record(M.WEIGHT, "320"))
    assert (found.value.code, found.value.field) == ("Unlikely", "value")
    assert desk.rows(select(Measurement.id)) == []
    command = record(M.WEIGHT, "320", confirmed=True)
    desk.desk.run(command)
    assert kept(desk, command).value == 320


def test_an_admin_types_none(desk: Desk) -> None:
    with pytest.raises(Refused) as found:
        desk.admin.run(record(M.WEIGHT, "82"))
    assert found.value.code == "NotAllowed"


@pytest.mark.parametrize("at", [NOW + timedelta(hours=1), NOW.replace(year=1850)])
def test_the_time_must_be_possible(desk: Desk, at: Any) -> None:
    with pytest.raises(Refused) as found:
        desk.desk.run(record(M.WEIGHT, "82", at=at))
    assert (found.value.code, found.value.field) == ("BadTime", "at")


def test_a_visit_must_be_the_patients(desk: Desk) -> None:
    mine, other = desk.backend_visit(desk.slot("11:00"), "lis"), desk.backend_visit(desk.slot("12:00"), "roux")
    command = record(M.HEART_RATE, "72", visit_id=mine)
    desk.desk.run(command)
    assert kept(desk, command).metadata_["visitId"] == mine
    for wrong in (other, "nothing"):
        with pytest.raises(Refused) as found:
            desk.desk.run(record(M.HEART_RATE, "72", visit_id=wrong))
        assert (found.value.code, found.value.field) == ("BadVisit", "visitId")


def test_a_patient_who_is_gone(desk: Desk) -> None:
    with pytest.raises(Conflict):
        desk.desk.run(RecordMeasurement(patient_id="nobody", type=M.WEIGHT, value="82"))


def test_undo_retracts_and_what_came_from_it_goes_too(desk: Desk, readings: Readings) -> None:
    readings.height(165)
    wrong = desk.desk.run(record(M.WEIGHT, "128"))
    assert wrong.undo is not None
    undone = desk.desk.run(wrong.undo)
    assert shown(desk, Metric.WEIGHT) == shown(desk, Metric.BMI) == []
    right = record(M.WEIGHT, "82")  # in the same minute, as happens when a slip is mended
    desk.desk.run(right)
    assert shown(desk, Metric.WEIGHT) == [82]
    assert shown(desk, Metric.BMI) == [pytest.approx(30.12, abs=0.01)]
    assert undone.undo is not None
    desk.desk.run(undone.undo)
    assert sorted(shown(desk, Metric.WEIGHT)) == [82, 128]
    assert len(shown(desk, Metric.BMI)) == 2


def test_retracting_says_who_and_why_and_changes_nothing_else(desk: Desk, readings: Readings) -> None:
    device = readings.measure("GLUCOSE", 88, NOW - DAY, metadata=["from elsewhere"])
    desk.okafor.run(RetractMeasurement(measurement_id=device, reason=" Wrong arm "))
    row = desk.rows(select(Measurement.__table__).where(Measurement.id == device))[0]
    assert row.metadata_["retracted"] == {"at": NOW.isoformat(), "by": "u-okafor", "reason": "Wrong arm"}
    assert row.metadata_["other"] == ["from elsewhere"]
    assert (row.value, row.timestamp) == (88, NOW - DAY)
    again = desk.desk.run(RetractMeasurement(measurement_id=device, reason="Again"))
    assert again.undo is None
    assert again.changes == ()


def test_retracting_needs_a_reason_and_the_right(desk: Desk, readings: Readings) -> None:
    device = readings.measure("GLUCOSE", 88, NOW - DAY)
    with pytest.raises(Refused) as found:
        desk.desk.run(RetractMeasurement(measurement_id=device, reason=" "))
    assert found.value.field == "reason"
    for command in (
        RetractMeasurement(measurement_id=device, reason="Slip"), RestoreMeasurement(measurement_id=device)
    ):  # fmt: skip
        with pytest.raises(Refused) as found:
            desk.admin.run(command)
        assert found.value.code == "NotAllowed"
    with pytest.raises(Conflict):
        desk.desk.run(RetractMeasurement(measurement_id="nothing", reason="Slip"))


def test_only_the_newest_height_is_the_patients(desk: Desk, readings: Readings) -> None:
    readings.height(160)
    desk.desk.run(record(M.HEIGHT, "66", unit="in"))
    assert height_of(desk) == pytest.approx(167.64)
    desk.desk.run(record(M.HEIGHT, "150", at=NOW - 20 * DAY))
    assert height_of(desk) == pytest.approx(167.64)
    desk.pass_time(timedelta(minutes=1))
    slip = desk.desk.run(record(M.HEIGHT, "176"))
    assert height_of(desk) == 176
    assert slip.undo is not None
    undone = desk.desk.run(slip.undo)
    assert height_of(desk) == pytest.approx(167.64)
    assert undone.undo is not None
    desk.desk.run(undone.undo)
    assert height_of(desk) == 176


def test_without_an_older_height_the_one_known_before_comes_back(desk: Desk, readings: Readings) -> None:
    readings.height(160)
    slip = desk.desk.run(record(M.HEIGHT, "176"))
    assert slip.undo is not None
    desk.desk.run(slip.undo)
    assert height_of(desk) == 160

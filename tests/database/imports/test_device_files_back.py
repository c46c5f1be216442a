"""A file of a device that was read into the wrong chart goes again in one step, and comes back in one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from app.commands.device_files import RestoreDeviceFiles, TakeBackDeviceFiles
from app.commands.measurements import RecordMeasurement, RetractMeasurement
from app.db.models import BMIReading, HRVReading, ImportRun, Measurement, Patient
from app.domain.measurements import MeasurementType
from app.domain.vitals_metrics import Metric
from app.kernel.errors import Conflict, Refused
from app.queries.device_files import device_file_beats, device_file_sources, device_runs, together
from app.queries.vitals_series import vital_series
from tests.database.imports.test_devices import HEARTS, LIS, Reading, count, measured
from tests.support.desk import NOW, Desk
from tests.support.device_files import apple, record

QUANTITY = "QuantityTypeIdentifier"
WHOLE = apple(
    [
        *HEARTS,
        record(f"{QUANTITY}Height", 180, "2026-04-01 07:00:00 +0200", unit="cm"),
        record(f"{QUANTITY}BodyMass", 90, "2026-04-02 07:00:00 +0200", unit="kg"),
        record(f"{QUANTITY}HeartRateVariabilitySDNN", 60, "2026-05-02 07:00:00 +0200", unit="ms"),
    ]
)
BROUGHT = {"Apple Health": 8}
"""Variability with the rest."""


@pytest.fixture
def read(pg_desk: Desk, tmp_path: Path) -> Reading:
    pg_desk.write(update(Patient).where(Patient.id == LIS).values(height_cm=165, date_of_birth=date(1980, 1, 1)))
    return Reading(pg_desk, tmp_path)


def state(desk: Desk) -> tuple[Any, ...]:
    """What counts: measurements, indices, variability, the patient's height."""
    rows = desk.rows(select(Measurement.__table__).order_by(Measurement.timestamp, Measurement.id))
    counting = tuple((one.type, one.value) for one in rows if "retracted" not in (one.metadata_ or {}))
    beats = tuple(desk.rows(select(HRVReading.__table__)))
    indices = tuple(desk.rows(select(BMIReading.__table__)))
    return counting, beats, indices, desk.rows(select(Patient.height_cm).where(Patient.id == LIS))[0][0]


def sources(desk: Desk) -> dict[str, int]:
    parts = (desk.okafor.ask(asked, patient_id=LIS) for asked in (device_file_sources, device_file_beats))
    return {one.name: one.readings for one in together(*parts)}


def test_the_last_reading_may_be_one_of_variability(pg_desk: Desk, read: Reading) -> None:
    beat = record(f"{QUANTITY}HeartRateVariabilitySDNN", 60, "2026-05-02 07:00:00 +0200", unit="ms")
    read(apple([*HEARTS, beat]))
    measured_last = max(one.last_reading for one in pg_desk.desk.ask(device_file_sources, patient_id=LIS))
    (beats,) = pg_desk.desk.ask(device_file_beats, patient_id=LIS)
    assert (beats.name, beats.readings) == ("Apple Health", 1)
    assert beats.last_reading > measured_last
    (both,) = together(pg_desk.desk.ask(device_file_sources, patient_id=LIS), (beats,))
    assert both.last_reading == beats.last_reading
    assert pg_desk.admin.ask(device_file_beats, patient_id="pat-roux") == ()


def run_of(desk: Desk) -> str:
    found: str = desk.desk.ask(device_runs, patient_id=LIS)[0].id
    return found


def take_back(desk: Desk, who: str = "desk", **how: Any) -> Any:
    return getattr(desk, who).run(TakeBackDeviceFiles(run_id=run_of(desk), reason=" Wrong chart ", **how))


def test_what_a_file_brought_is_shown_and_goes_and_comes_back(pg_desk: Desk, read: Reading) -> None:
    pg_desk.desk.run(RecordMeasurement(patient_id=LIS, type=MeasurementType.HEART_RATE, value="71"))
    empty = state(pg_desk)
    read(WHOLE)
    whole = state(pg_desk)
    assert (len(whole[0]), len(whole[1]), len(whole[2]), whole[3]) == (8, 1, 1, 165)
    assert sources(pg_desk) == BROUGHT
    (run,) = pg_desk.desk.ask(device_runs, patient_id=LIS)
    assert (run.readings, run.files, run.at) == (8, ("file0",), NOW)
    done = take_back(pg_desk)
    assert done.result["readings"] == 8
    assert state(pg_desk) == empty
    assert sources(pg_desk) == {}
    assert pg_desk.desk.ask(device_runs, patient_id=LIS) == ()
    back = pg_desk.admin.run(done.undo)
    assert back.result["readings"] == 8
    assert state(pg_desk) == whole
    assert back.undo is not None
    pg_desk.okafor.run(back.undo)
    assert state(pg_desk) == empty


def test_it_says_who_took_it_back_when_and_why(pg_desk: Desk, read: Reading) -> None:
    read(WHOLE)
    take_back(pg_desk, "okafor")
    said = {"at": NOW.isoformat(timespec="milliseconds"), "by": "u-okafor", "reason": "Wrong chart"}
    (run,) = pg_desk.rows(select(ImportRun.id, ImportRun.summary))
    assert {key: run.summary["takenBack"][key] for key in said} == said
    for one in measured(pg_desk, "HEART_RATE"):
        assert one.metadata_["retracted"] == {**said, "run": run.id}
        assert one.metadata_["origin"] == "Apple Health"


def test_nothing_else_goes_with_it(pg_desk: Desk, read: Reading) -> None:
    read(apple(HEARTS[:2]))
    pg_desk.pass_time(timedelta(minutes=1))
    read(WHOLE, patient="pat-roux")
    pg_desk.pass_time(timedelta(minutes=1))
    read(apple(HEARTS))
    take_back(pg_desk)
    left = [one.value for one in measured(pg_desk, "HEART_RATE") if "retracted" not in one.metadata_]
    assert left == [60, 61], "what the first file brought; the second said the same of it"
    assert all("retracted" not in one.metadata_ for one in measured(pg_desk, "HEART_RATE", "pat-roux"))


def test_reading_it_again_brings_it_again(pg_desk: Desk, read: Reading) -> None:
    read(WHOLE)
    whole = state(pg_desk)
    done = take_back(pg_desk)
    pg_desk.pass_time(timedelta(minutes=1))
    read(WHOLE)
    again = state(pg_desk)
    assert again[0] == whole[0]
    assert (count(pg_desk, HRVReading), count(pg_desk, BMIReading)) == (1, 1)
    assert pg_desk.admin.run(done.undo).result["readings"] == 0, "the later reading brought it"
    assert state(pg_desk) == again
    read(WHOLE)
    assert state(pg_desk) == again
    take_back(pg_desk)
    assert state(pg_desk)[:3] == ((), (), ())


def test_a_day_of_a_file_taken_back_is_no_larger_figure(pg_desk: Desk, read: Reading) -> None:
    def steps(number: int) -> bytes:
        return apple([record(f"{QUANTITY}StepCount", number, "2026-05-01 12:00:00 +0200", unit="count")])

    read(steps(20_000))
    take_back(pg_desk)
    pg_desk.pass_time(timedelta(minutes=1))
    read(steps(9_000))
    (day,) = measured(pg_desk, "STEPS")
    assert (day.value, "retracted" in day.metadata_) == (9_000, False)


def test_where_somebody_took_single_readings_back_since_it_asks(pg_desk: Desk, read: Reading) -> None:
    read(WHOLE)
    one = measured(pg_desk, "HEART_RATE")[0].id
    pg_desk.desk.run(RetractMeasurement(measurement_id=one, reason="Measured badly"))
    before = state(pg_desk)
    with pytest.raises(Refused) as found:
        take_back(pg_desk)
    assert (found.value.code, found.value.field) == ("Corrected", "confirmed")
    assert state(pg_desk) == before
    done = take_back(pg_desk, confirmed=True)
    assert done.result["readings"] == 7
    pg_desk.desk.run(done.undo)
    assert state(pg_desk) == before, "what was taken back by hand stays so"


def test_files_that_are_still_being_read_wait(pg_desk: Desk, read: Reading) -> None:
    read(WHOLE)
    run = run_of(pg_desk)
    pg_desk.write(update(ImportRun).values(finished_at=None, summary={"patientId": LIS}))
    assert run_of(pg_desk) == run, "one that broke off is offered, too"
    with pytest.raises(Refused) as found:
        take_back(pg_desk)
    assert found.value.code == "StillReading"
    pg_desk.pass_time(timedelta(minutes=16))
    assert take_back(pg_desk).result["readings"] == 8


def test_it_needs_a_reason_and_a_run_of_this_clinic(pg_desk: Desk, read: Reading) -> None:
    read(WHOLE)
    with pytest.raises(Refused) as found:
        pg_desk.desk.run(TakeBackDeviceFiles(run_id=run_of(pg_desk), reason=" "))
    assert found.value.field == "reason"
    for unknown in (
        TakeBackDeviceFiles(run_id="nobody's", reason="x"),
        RestoreDeviceFiles(run_id="nobody's", reason=""),
    ):
        with pytest.raises(Conflict) as gone:
            pg_desk.desk.run(unknown)
        assert (gone.value.code, gone.value.field) == ("Gone", "runId")
        assert gone.value.message == "This reading of files is no longer there."


def test_a_rehearsal_leaves_nothing_to_take_back(pg_desk: Desk, read: Reading) -> None:
    read(WHOLE, dry_run=True)
    assert pg_desk.desk.ask(device_runs, patient_id=LIS) == ()
    read(WHOLE)
    pg_desk.pass_time(timedelta(minutes=1))
    read(WHOLE)
    assert len(pg_desk.desk.ask(device_runs, patient_id=LIS)) == 1, "the second brought nothing new"


def test_what_was_taken_back_is_in_no_series(pg_desk: Desk, read: Reading) -> None:
    read(WHOLE)
    take_back(pg_desk)
    found = pg_desk.desk.ask(
        vital_series, patient_id=LIS, metrics=(Metric.HEART_RATE, Metric.HRV, Metric.BMI),
        start=NOW - timedelta(days=60), end=NOW,
    )  # fmt: skip
    assert [one.readings for one in found.series] == [0, 0, 0]

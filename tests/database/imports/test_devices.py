"""Files of a patient's devices in the chart: taken once, never twice, never somebody else's."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text, update

from app.commands.measurements import RecordMeasurement
from app.commands.summaries import MakeSummaries
from app.db.models import (
    BMIReading,
    HRVReading,
    ImportLink,
    ImportRun,
    Measurement,
    Patient,
    PatientDetail,
    WeeklySummary,
)
from app.domain.enums import HRVContext
from app.domain.measurements import MeasurementType
from app.interop.devices.assemble import PART
from app.kernel.errors import Refused
from app.workspace.device_import import run_device_import
from app.workspace.imports import ImportProgress, ImportReport
from app.workspace.workspace import ClinicProfile, Workspace
from tests.support.desk import CLINIC, ZONE, Desk
from tests.support.device_files import REAL, apple, record

LIS = "pat-lis"
ME = '<Me HKCharacteristicTypeIdentifierDateOfBirth="1990-02-02" HKCharacteristicTypeIdentifierBiologicalSex="{sex}"/>'
HEARTS = [record("QuantityTypeIdentifierHeartRate", 60 + n, f"2026-05-01 07:0{n}:00 +0200", unit="count/min")
          for n in range(5)]  # fmt: skip


class Reading:
    """Somebody who reads files of devices into a chart."""

    def __init__(self, desk: Desk, folder: Path, who: str = "admin") -> None:
        person = getattr(desk, who)
        profile = ClinicProfile(CLINIC, "Harbor Street", ZONE, "en", False, 5, 5, "US")
        self.workspace = Workspace(person.store, person.actor, profile, desk.clock, person.workstation)
        self.folder = folder

    def __call__(self, *files: bytes | Path, patient: str = LIS, **how: Any) -> ImportReport:
        paths = []
        for number, one in enumerate(files):
            path = one if isinstance(one, Path) else self.folder / f"file{number}"
            if isinstance(one, bytes):
                path.write_bytes(one)
            paths.append(path)
        return run_device_import(self.workspace, paths, patient, **how)


@pytest.fixture
def read(pg_desk: Desk, tmp_path: Path) -> Reading:
    return Reading(pg_desk, tmp_path)


def measured(desk: Desk, kind: str, patient: str = LIS) -> list[Any]:
    own = Measurement
    found = select(own.__table__).where(own.patient_id == patient, own.type == kind)
    return desk.rows(found.order_by(own.timestamp))


def count(desk: Desk, model: Any) -> int:
    found: int = desk.rows(select(func.count()).select_from(model))[0][0]
    return found


def test_an_export_of_a_phone_comes_into_the_chart(pg_desk: Desk, read: Reading) -> None:
    report = read(REAL / "apple-health" / "export-small-hrv.xml")
    assert report.tally.taken == Counter(HeartRate=1, RestingHeartRate=1, HeartRateVariabilitySDNN=1, SLEEP=1)
    rest, beat = measured(pg_desk, "HEART_RATE")
    assert (beat.value, beat.source, beat.timestamp) == (70, "DEVICE", datetime(2024, 1, 1, 8, tzinfo=UTC))
    assert (beat.metadata_["origin"], beat.metadata_["device"]) == ("Apple Health", "Test")
    assert rest.metadata_["code"] == "RestingHeartRate"
    (night,) = measured(pg_desk, "SLEEP")
    assert (night.value, night.timestamp) == (7.5, datetime(2024, 1, 2, 6, 30, tzinfo=UTC))
    (hrv,) = pg_desk.rows(select(HRVReading.__table__))
    assert (hrv.rmssd_ms, hrv.sdnn_ms, hrv.source, hrv.context) == (38.25, 45, "APPLE", HRVContext.UNKNOWN)
    (run,) = pg_desk.rows(select(ImportRun.__table__))
    assert (run.kind, run.summary["taken"]["HeartRate"]) == ("device", 1)


def test_again_changes_nothing_and_a_longer_export_adds_only_what_is_new(pg_desk: Desk, read: Reading) -> None:
    day = [record("QuantityTypeIdentifierStepCount", 1000, "2026-05-01 08:00:00 +0200", unit="count")]
    first = read(apple([*HEARTS[:3], *day]))
    assert first.tally.taken == Counter(HeartRate=3, STEPS=1)
    before = {model: count(pg_desk, model) for model in (Measurement, ImportLink)}
    again = read(apple([*HEARTS[:3], *day]))
    assert not again.tally.taken + again.tally.updated
    assert again.tally.unchanged == Counter(HeartRate=3, STEPS=1)
    assert {model: count(pg_desk, model) for model in before} == before
    more = [record("QuantityTypeIdentifierStepCount", 500, "2026-05-01 20:00:00 +0200", unit="count")]
    longer = read(apple([*HEARTS, *day, *more]))
    assert longer.tally.taken == Counter(HeartRate=2)
    assert longer.tally.updated == Counter(STEPS=1)
    assert [row.value for row in measured(pg_desk, "STEPS")] == [1500]
    older = read(apple([*HEARTS[:3], *day]))
    assert not older.tally.taken + older.tally.updated
    assert [row.value for row in measured(pg_desk, "STEPS")] == [1500]


def test_a_rehearsal_writes_nothing_and_says_the_same(pg_desk: Desk, read: Reading) -> None:
    rehearsal = read(apple(HEARTS), dry_run=True)
    assert rehearsal.tally.taken == Counter(HeartRate=5)
    assert (count(pg_desk, Measurement), count(pg_desk, ImportRun)) == (0, 0)
    assert read(apple(HEARTS)).tally.taken == rehearsal.tally.taken


def test_a_weight_has_its_body_mass_index_by_the_height_in_the_chart(pg_desk: Desk, read: Reading) -> None:
    pg_desk.write(update(Patient).where(Patient.id == LIS).values(height_cm=180, date_of_birth=date(1980, 1, 1)))
    read(apple([record("QuantityTypeIdentifierBodyMass", 178.5, "2026-05-01 07:00:00 +0200", unit="lb")]))
    (weight,) = measured(pg_desk, "WEIGHT")
    assert weight.value == pytest.approx(178.5 * 0.45359237)
    assert weight.metadata_["original"] == {"value": 178.5, "unit": "lb"}
    (bmi,) = pg_desk.rows(select(BMIReading.__table__))
    assert bmi.bmi == pytest.approx(80.966 / 3.24, abs=0.001)


def test_what_stands_in_the_chart_from_elsewhere_is_not_doubled(pg_desk: Desk, read: Reading) -> None:
    okafor = pg_desk.okafor
    typed = RecordMeasurement(patient_id=LIS, type=MeasurementType.WEIGHT, value="81", unit="kg",
                              at=datetime(2026, 5, 1, 5, tzinfo=UTC))  # fmt: skip
    okafor.run(typed)
    weight = record("QuantityTypeIdentifierBodyMass", 81, "2026-05-01 07:00:00 +0200", unit="kg")
    report = read(apple([weight]))
    assert report.tally.unchanged == Counter(BodyMass=1)
    assert len(measured(pg_desk, "WEIGHT")) == 1


@pytest.mark.parametrize(("born", "sex", "field"), [("1991-02-02", "", "dateOfBirth"), ("1990-02-02", "female", "sex")])
def test_somebody_elses_file_stops_before_anything_is_written(
    pg_desk: Desk, read: Reading, born: str, sex: str, field: str
) -> None:
    demographics = {"sex": sex} if sex else {}
    pg_desk.write(
        update(Patient).where(Patient.id == LIS)
        .values(date_of_birth=date.fromisoformat(born), demographics=demographics)
    )  # fmt: skip
    export = apple(HEARTS, ME.format(sex="HKBiologicalSexMale"))
    with pytest.raises(Refused) as refused:
        read(export)
    assert (refused.value.code, refused.value.field) == ("OtherPerson", field)
    assert (count(pg_desk, Measurement), count(pg_desk, ImportRun)) == (0, 0)
    assert read(export, other_person=True).tally.taken == Counter(HeartRate=5)


def test_one_export_read_for_two_people_stands_in_both_charts(pg_desk: Desk, read: Reading) -> None:
    """Two watches may well say the same at the same second; whose a file is, a person has said."""
    for who in (LIS, "pat-roux"):
        assert read(apple(HEARTS), patient=who).tally.taken == Counter(HeartRate=5)
        assert len(measured(pg_desk, "HEART_RATE", who)) == 5


def test_a_merged_record_leads_to_the_one_that_took_over(pg_desk: Desk, read: Reading) -> None:
    pg_desk.write(insert(PatientDetail).values(patient_id=LIS, merged_into="pat-roux", updated_at=pg_desk.clock.now()))
    assert read(apple(HEARTS)).tally.taken == Counter(HeartRate=5)
    assert len(measured(pg_desk, "HEART_RATE", "pat-roux")) == 5
    assert read(apple(HEARTS), patient="pat-roux").tally.unchanged == Counter(HeartRate=5)


@pytest.mark.parametrize("who", ["okafor", "desk"])
def test_only_an_administrator_reads_files_in(pg_desk: Desk, tmp_path: Path, who: str) -> None:
    with pytest.raises(Refused) as refused:
        Reading(pg_desk, tmp_path, who)(apple(HEARTS))
    assert refused.value.code == "NotAllowed"
    assert count(pg_desk, Measurement) == 0


def test_nobody_is_made_up(read: Reading) -> None:
    with pytest.raises(Refused) as refused:
        read(apple(HEARTS), patient="pat-nobody")
    assert (refused.value.code, refused.value.field) == ("NotFound", "patient")


def test_a_broken_file_brings_nothing_and_the_others_come(pg_desk: Desk, read: Reading) -> None:
    report = read(apple(HEARTS)[:-40], apple(HEARTS[:2]))
    assert report.tally.taken == Counter(HeartRate=2)
    (left,) = report.tally.skipped
    assert left.source == "file0"
    assert left.reason.startswith("no XML at line")


def test_weekly_summaries_count_what_came(pg_desk: Desk, read: Reading) -> None:
    """The week of 20 April: two days of steps by phone and watch, one night, one weight."""
    steps = [record("QuantityTypeIdentifierStepCount", n, f"2026-04-{day} 10:00:00 +0200", unit="count", source=source)
             for source, day, n in (("Phone", 20, 4000), ("Watch", 20, 6000), ("Phone", 21, 3000))]  # fmt: skip
    night = record("CategoryTypeIdentifierSleepAnalysis", "HKCategoryValueSleepAnalysisAsleepCore",
                   "2026-04-21 23:00:00 +0200", "2026-04-22 05:30:00 +0200")  # fmt: skip
    weight = record("QuantityTypeIdentifierBodyMass", 80, "2026-04-22 07:00:00 +0200", unit="kg")
    read(apple([*steps, night, weight]))
    pg_desk.okafor.run(MakeSummaries(week=date(2026, 4, 20), due={}))
    (week,) = pg_desk.rows(select(WeeklySummary.summary).where(WeeklySummary.patient_id == LIS))
    assert (week.summary["steps"]["total"], week.summary["steps"]["days"]) == (9000, 2)
    assert week.summary["sleep"]["average"] == 6.5
    assert week.summary["weightTrend"]["average"] == 80


def test_whoever_reads_files_in_stands_in_the_access_log(pg_desk: Desk, read: Reading) -> None:
    read(apple(HEARTS))
    (seen,) = pg_desk.rows(text("SELECT patient_id, kind FROM desktop.access_event"))
    assert tuple(seen) == (LIS, "OPEN")


def test_stopped_it_keeps_what_was_written_and_goes_on_where_it_was(pg_desk: Desk, read: Reading) -> None:
    minutes = (f"2026-05-01 {n // 60:02d}:{n % 60:02d}:00 +0200" for n in range(1200))
    many = apple([record("QuantityTypeIdentifierHeartRate", 70, minute, unit="count/min") for minute in minutes])
    written: list[int] = []

    def progress(step: ImportProgress) -> None:
        if step.writing:
            written.append(step.done)

    report = read(many, progress=progress, cancelled=lambda: len(written) >= 2)
    assert report.cancelled
    kept = len(measured(pg_desk, "HEART_RATE"))
    assert (kept, written) == (2 * PART, [PART + 1, 2 * PART + 2])
    again = read(many)
    assert (again.tally.taken, again.tally.unchanged) == (Counter(HeartRate=1200 - kept), Counter(HeartRate=kept))
    assert read(many, cancelled=lambda: True).cancelled


def test_every_reading_stands_in_the_audit(pg_desk: Desk, read: Reading) -> None:
    read(apple(HEARTS[:1]))
    found = text("SELECT user_id, after ->> 'patient_id' FROM desktop.audit WHERE table_name = 'measurements'")
    assert [tuple(row) for row in pg_desk.rows(found)] == [("u-admin", LIS)]


def test_a_day_that_a_connected_phone_has_told_of_is_not_summed_twice(pg_desk: Desk, read: Reading) -> None:
    synced = {"id": "m-1", "patient_id": LIS, "type": "STEPS", "value": 4000, "source": "HEALTHKIT",
              "timestamp": datetime(2026, 4, 20, 18, tzinfo=UTC), "created_at": pg_desk.clock.now()}  # fmt: skip
    pg_desk.write(insert(Measurement).values(**synced))
    steps = [record("QuantityTypeIdentifierStepCount", 6000, f"2026-04-{day} 10:00:00 +0200", unit="count")
             for day in (20, 21)]  # fmt: skip
    report = read(apple(steps))
    assert (report.tally.taken, report.tally.unchanged) == (Counter(STEPS=1), Counter(STEPS=1))
    assert [row.value for row in measured(pg_desk, "STEPS")] == [4000, 6000]

"""Exports in columns: Fitbit's and Withings'."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.device_files import REAL, read_devices


def test_a_table_of_many_people_is_nobodys() -> None:
    found = read_devices(REAL / "fitbit" / "sleepDay_merged.csv")
    assert not found.rows
    assert [row.reason for row in found.skipped] == ["rows of 24 people: nothing says which of them is the patient"]


def test_one_persons_rows_of_it() -> None:
    lines = (REAL / "fitbit" / "sleepDay_merged.csv").read_text().splitlines()
    mine = [line for line in lines if line.startswith(("Customer", "1503960366"))]
    found = read_devices("\n".join(mine).encode())
    nights = found.of("SLEEP")
    assert len(nights) == 25
    assert (nights[0].value, nights[0].at) == (327 / 60, datetime(2016, 4, 12, 16, tzinfo=UTC))
    assert (nights[1].value, nights[0].metadata["timeKnown"]) == (6.4, False)


def test_a_row_that_stands_there_twice_counts_once() -> None:
    row = "1,4/13/2016 12:00:00 AM,2,384,407\n"
    found = read_devices(("Id,SleepDay,TotalSleepRecords,TotalMinutesAsleep,TotalTimeInBed\n" + row * 2).encode())
    assert found.values("SLEEP") == [6.4]


def test_nobody_guesses_whether_the_day_comes_first() -> None:
    found = read_devices(b"Id,ActivityDay,StepTotal\n1,4/5/2016,100\n")
    assert found.reasons() == {"row": "nothing says whether the day or the month comes first"}


def test_fitbits_export_holds_tables_behind_each_other() -> None:
    export = (
        'Body\nDate,Weight,BMI,Fat\n"2026-01-02","180","25","0"\n\n'
        'Activities\nDate,Calories Burned,Steps,Distance\n"2026-01-02","2,300","10,123","5"\n\n'
        "Sleep\nStart Time,End Time,Minutes Asleep,Minutes Awake\n"
        '"2026-01-01 11:30PM","2026-01-02 7:00AM","420","30"\n'
    )
    found = read_devices(export.encode())
    assert (found.values("STEPS"), found.values("SLEEP")) == ([10123], [7])
    assert found.of("SLEEP")[0].at == datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert not found.of("WEIGHT")  # no unit is named


def test_fitbits_newer_export_has_times_of_its_own() -> None:
    beats = b"timestamp,beats per minute,data source\n2026-01-02T07:00:00Z,61.0,Charge 6\n"
    (row,) = read_devices(beats).rows
    assert (row.value, row.at, row.metadata["device"]) == (61, datetime(2026, 1, 2, 7, tzinfo=UTC), "Charge 6")
    assert read_devices(b"timestamp,weight grams\n2026-01-02T07:00:00Z,80500\n").values("WEIGHT") == [80.5]


@pytest.mark.parametrize("divider", [",", ";", "\t"])
def test_withings_tables(divider: str) -> None:
    def table(*rows: str) -> bytes:
        return "\n".join(row.replace(",", divider) for row in rows).encode("utf-8-sig")

    weights = table("Date,Weight (lb),Fat mass (lb),Comments", "2026-01-02 07:00:00,180,,")
    assert read_devices(weights).values("WEIGHT") == [pytest.approx(81.6466266)]
    pressures = table("Date,Heart rate,Systolic,Diastolic,Comments", "2026-01-02 07:00:00,61,131,84,")
    found = read_devices(pressures)
    assert found.values("BLOOD_PRESSURE") == [{"systolic": 131, "diastolic": 84}]
    assert (found.values("HEART_RATE"), found.rows[0].metadata["zoneAssumed"]) == ([61], True)


@pytest.mark.parametrize("data", [b"Id,Time,Value\n1,2,3\n", b"nonsense", b"\x00\x01\x02\x03" * 9, b'"' + b"a," * 9999])
def test_what_says_nothing_of_itself_is_refused(data: bytes) -> None:
    found = read_devices(data)
    assert not found.rows
    assert [row.reason for row in found.skipped] == ["not a file of devices that is known here"]


@given(st.lists(st.lists(st.sampled_from(["", "1", "x", "2026-01-02", "1/13/2016 1:00 PM", "99:99", "-5", "1e9", "Date",
                                          "Start Time", "End Time", "Minutes Asleep", "Systolic", "Diastolic", "BMI",
                                          "timestamp", "steps", "weight grams"]), max_size=6), max_size=6))  # fmt: skip
def test_any_table_is_refused_or_read(rows: list[list[str]]) -> None:
    read_devices("\n".join(",".join(row) for row in rows).encode())

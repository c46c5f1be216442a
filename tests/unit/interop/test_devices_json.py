"""The makers' JSON: every real file with figures counted by hand, and further shapes in small."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.enums import DeviceProvider, HRVContext
from app.domain.measurements import LIMITS, MeasurementType
from app.interop.devices.findings import Owner
from app.interop.devices.json_files import MOST_BYTES
from tests.support.device_files import REAL, DeviceRead, read_devices

GROWN = date(1970, 1, 1)


def read(*documents: Any, **how: Any) -> DeviceRead:
    return read_devices(*(json.dumps(one).encode() for one in documents), **how)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]


class TestRealFiles:
    """Each file of the shared data, read where it is."""

    def test_withings(self) -> None:
        one = read_devices(REAL / "withings" / "measurement.json", born=GROWN, height=180)
        (row,) = one.rows
        assert (row.value, row.at, row.metadata["device"]) == (118.003, at(2023, 9, 2, 10, 39, 11), "Body+")
        assert one.bmi[0].bmi == pytest.approx(118.003 / 3.24)
        assert one.files.repeated == Counter(weight=1)  # the same group, confirmed
        many = read_devices(REAL / "withings" / "measurement_list_2.json")
        assert many.values("HEART_RATE") == [120, 104, 116, 113, 114, 119, 113, 111]
        weights = many.values("WEIGHT")
        assert len(weights) + many.files.repeated["weight"] == 17
        assert weights[0] == 95.817
        assert sum(row.count for row in many.skipped) == 433 - 17 - 8
        steps = read_devices(REAL / "withings" / "activity.json")
        assert [(row.value, row.at) for row in steps.rows] == [
            (1209, at(2023, 10, 20, 16)),
            (1155, at(2023, 10, 21, 16)),
        ]
        assert read_devices(REAL / "withings" / "goals.json").reasons() == {"goals": "a goal, not a measurement"}
        night = read_devices(REAL / "shimmer" / "withings-sleep-measures.json")
        assert night.values("SLEEP") == [pytest.approx((960 + 1620) / 3600, abs=0.0001)]

    def test_garmin(self) -> None:
        beats = read_devices(REAL / "garmin" / "test_daily_heart_rate_get.json")
        assert len(beats.of("HEART_RATE")) == 710 - 3 + 1  # minutes, those without a value, the day's rest
        assert beats.rows[0].at == at(2026, 1, 7, 6)
        assert beats.rows[0].value == 63
        hrv = read_devices(REAL / "garmin" / "test_daily_hrv.json").hrv
        assert [row.rmssd_ms for row in hrv[:4]] == [43, 44, 48, 40]
        assert len(hrv) == 20
        assert {(row.device, row.context) for row in hrv} == {(DeviceProvider.GARMIN, HRVContext.SLEEP)}
        night = read_devices(REAL / "garmin" / "test_daily_sleep_data_get.json")
        assert night.values("SLEEP") == [pytest.approx(24180 / 3600, abs=0.0001)]
        assert night.rows[0].at == at(2025, 7, 7, 11, 37, 28)
        assert night.reasons()["sleep"] == "no time asleep"
        day = read_devices(REAL / "garmin" / "test_daily_summary_get.json")
        assert (day.values("STEPS"), day.values("HEART_RATE")) == ([5459], [51])
        weight = read_devices(REAL / "garmin" / "test_get_daily_weight_data.json")
        assert (weight.values("WEIGHT"), weight.rows[0].at) == ([59.72], at(2025, 6, 15, 14, 14, 36))

    def test_open_mhealth_agrees_with_its_own_verdicts(self) -> None:
        points = json.loads((REAL / "open-mhealth" / "test-data.json").read_bytes())
        found = read_devices(REAL / "open-mhealth" / "test-data.json")
        taken = [int(row.where.rpartition(" ")[2]) for row in found.rows]
        assert [points[number - 1]["expect"] for number in taken] == ["pass"] * 7
        assert found.values("TEMPERATURE") == [pytest.approx(35.8333333), pytest.approx(36.1111111)]
        assert found.values("BLOOD_PRESSURE") == [{"systolic": 115, "diastolic": 60}]
        assert (found.values("GLUCOSE"), found.values("SPO2"), found.values("HEART_RATE")) == ([95], [95, 95], [60])

    def test_fitbit(self) -> None:
        weights = read_devices(REAL / "shimmer" / "fitbit-body-log-weight.json")
        assert weights.values("WEIGHT") == [56.7, 55.9, 58.1, 57.2]
        assert weights.of("WEIGHT")[0].at == at(2015, 5, 13, 22, 28, 59)
        assert all(row.metadata["zoneAssumed"] for row in weights.rows)
        (night,) = read_devices(REAL / "shimmer" / "fitbit-sleep-date-range.json").rows
        assert (night.value, night.at) == (pytest.approx((63 + 112) / 60, abs=0.0001), at(2016, 12, 13, 16, 2, 30))

    def test_google_fit(self) -> None:
        assert read_devices(REAL / "shimmer" / "googlefit-merge-heart-rate.json").values("HEART_RATE") == [54, 58]
        weights = read_devices(REAL / "shimmer" / "googlefit-merge-weight.json")
        assert weights.values("WEIGHT") == [pytest.approx(72.1), 72, pytest.approx(75.7507019)]
        assert weights.of("WEIGHT")[1].metadata["device"] == "com.wsl.noom"

    def test_ihealth_counts_seconds_on_the_clock_there(self) -> None:
        found = read_devices(REAL / "shimmer" / "ihealth-bp.json")
        assert found.values("BLOOD_PRESSURE") == [
            {"systolic": 120, "diastolic": 90},
            {"systolic": 130, "diastolic": 95},
        ]
        assert [row.at for row in found.of("BLOOD_PRESSURE")] == [
            at(2015, 9, 17, 20, 4, 23),
            at(2015, 9, 17, 20, 7, 45),
        ]
        assert found.values("HEART_RATE") == [100, 75]
        oxygen = read_devices(REAL / "shimmer" / "ihealth-spo2-no-heart-rate.json")
        assert [(row.type, row.value, row.at) for row in oxygen.rows] == [("SPO2", 99, at(2015, 9, 23, 21, 46))]
        for name in ("ihealth-sleep-empty.json", "ihealth-weight-empty.json"):
            empty = read_devices(REAL / "shimmer" / name)
            assert (empty.rows, empty.skipped) == ([], ())

    def test_jawbone(self) -> None:
        body = read_devices(REAL / "shimmer" / "jawbone-body-events.json")
        assert body.values("WEIGHT") == [64, 74.5, 74.8]
        nights = read_devices(REAL / "shimmer" / "jawbone-sleeps.json")
        assert nights.values("SLEEP") == [pytest.approx(27900 / 3600), pytest.approx(10356 / 3600, abs=0.0001)]

    def test_oura(self) -> None:
        found = read_devices(REAL / "oura" / "v1-activity.json")
        assert [(row.type, row.value, row.at) for row in found.rows] == [("STEPS", 9206, at(2016, 9, 3, 16))]
        assert found.files.owners == [("v1-activity.json", Owner(sex="male"))]


class TestShapes:
    """What the real files don't show."""

    def test_oura_of_the_second_interface(self) -> None:
        night = {"id": "n1", "day": "2026-01-03", "bedtime_start": "2026-01-02T23:00:00+01:00", "type": "long_sleep",
                 "bedtime_end": "2026-01-03T07:00:00+01:00", "total_sleep_duration": 25200, "average_hrv": 42,
                 "average_heart_rate": 55.5}  # fmt: skip
        nap = {
            **night,
            "id": "n2",
            "bedtime_start": "2026-01-03T14:00:00+01:00",
            "type": "late_nap",
            "bedtime_end": "2026-01-03T15:00:00+01:00",
            "total_sleep_duration": 1800,
            "average_hrv": None,
        }
        gone = {**night, "id": "n3", "type": "deleted"}
        found = read({"data": [night, nap, gone], "next_token": None})
        assert found.values("SLEEP") == [7.5]
        assert [(row.rmssd_ms, row.at, row.device) for row in found.hrv] == [(42, at(2026, 1, 3, 6), "OURA")]
        beats = [{"bpm": 60, "source": "awake", "timestamp": "2026-01-03T10:00:00+00:00"}]
        assert read({"data": beats}).values("HEART_RATE") == [60]
        day = {"id": "d1", "day": "2026-01-03", "steps": 4321, "timestamp": "2026-01-03T04:00:00+01:00"}
        assert read({"data": [day]}).values("STEPS") == [4321]

    def test_withings_pressures_and_doubts(self) -> None:
        def group(number: int, *measures: tuple[int, int, int], **more: Any) -> dict[str, Any]:
            kinds = [{"type": kind, "value": value, "unit": unit} for kind, value, unit in measures]
            return {"grpid": number, "attrib": 0, "category": 1, "date": 1_767_423_600, "measures": kinds, **more}

        found = read({"status": 0, "body": {"measuregrps": [
            group(1, (10, 1305, -1), (9, 85, 0), (11, 61, 0)), group(2, (10, 130, 0)),
            group(3, (1, 80, 0), attrib=1), group(4, (1, 75, 0), category=2), group(5, (71, 371, -1), (54, 97, 0)),
            group(6, (1, 80, 99)), group(7, (1, 80, 5)),
        ]}})  # fmt: skip
        assert found.values("BLOOD_PRESSURE") == [{"systolic": 130.5, "diastolic": 85}]
        assert (found.values("HEART_RATE"), found.values("TEMPERATURE"), found.values("SPO2")) == ([61], [37.1], [97])
        assert not found.of("WEIGHT")
        assert {row.reason for row in found.skipped} == {
            "no diastolic pressure", "the device isn't sure whose it is", "a goal, not a measurement",
            "its value is no number that can be kept",
            "This value cannot be true: it must lie between 0.2 and 700.",
        }  # fmt: skip

    def test_fitbit_pounds_are_not_taken_for_kilograms(self) -> None:
        log = {"logId": 1, "weight": 150.2, "bmi": 23.5, "date": "01/05/26", "time": "07:30:12", "source": "Aria"}
        assert "unit can't be told" in read([log]).skipped[0].reason
        (row,) = read([{**log, "weight": 68.1}]).rows
        assert (row.value, row.at) == (68.1, at(2026, 1, 5, 12, 30, 12))
        assert read([{**log, "bmi": None}]).reasons() == {"weight": "no unit"}

    def test_fitbit_hearts_steps_and_profile(self) -> None:
        export = [{"dateTime": "01/02/26 05:00:10", "value": {"bpm": 62, "confidence": 2}},
                  {"dateTime": "01/02/26 05:00:15", "value": {"bpm": 70, "confidence": 0}}]  # fmt: skip
        assert read(export).values("HEART_RATE") == [62]
        answer = {"activities-heart": [{"dateTime": "2026-01-02", "value": {"restingHeartRate": 55}}],
                  "activities-heart-intraday": {"dataset": [{"time": "07:00:00", "value": 64}]}}  # fmt: skip
        found = read(answer)
        assert [(row.value, row.at) for row in found.of("HEART_RATE")] == [
            (64, at(2026, 1, 2, 12)),
            (55, at(2026, 1, 2, 17)),
        ]
        assert read({"activities-steps": [{"dateTime": "2026-01-02", "value": "8000"}]}).values("STEPS") == [8000]
        hrv = {"hrv": [{"dateTime": "2026-01-02", "value": {"dailyRmssd": 34.9, "deepRmssd": 31.5}}]}
        assert [row.rmssd_ms for row in read(hrv).hrv] == [34.9]
        user = {"user": {"encodedId": "X", "dateOfBirth": "1980-05-06", "gender": "FEMALE", "fullName": "Ada Winter"}}
        assert read(user).files.owners == [("file1", Owner(born=date(1980, 5, 6), sex="female", names=("Ada Winter",)))]

    def test_open_mhealth_points_with_headers_one_a_line(self) -> None:
        def point(number: int, body: dict[str, Any]) -> str:
            header = {"id": f"p{number}", "schema_id": {"namespace": "omh", "name": "x"},
                      "acquisition_provenance": {"source_name": "Some app"}}  # fmt: skip
            return json.dumps({"header": header, "body": body})

        when = {"effective_time_frame": {"date_time": "2026-01-02T07:00:00-05:00"}}
        span = {"effective_time_frame": {"time_interval": {
            "start_date_time": "2026-01-01T23:30:00-05:00", "duration": {"value": 8, "unit": "h"}}}}  # fmt: skip
        lines = [point(1, {"body_weight": {"value": 180, "unit": "lb"}, **when}),
                 point(2, {"step_count": {"value": 900, "unit": "steps"}, **span}),
                 point(3, {"sleep_duration": {"value": 420, "unit": "min"}, **span}),
                 point(4, {"systolic_blood_pressure": {"value": 120, "unit": "mmHg"}, **when})]  # fmt: skip
        found = read_devices("\n".join(lines).encode())
        assert found.values("WEIGHT") == [pytest.approx(81.6466266)]
        assert (found.values("STEPS"), found.values("SLEEP")) == ([900], [7])
        assert found.of("STEPS")[0].at == at(2026, 1, 1, 17)
        assert found.rows[0].metadata["device"] == "Some app"
        assert [row.reason for row in found.skipped] == ["no diastolic pressure"]

    def test_google_fit_of_takeout(self) -> None:
        def one(kind: str, *values: Any, minutes: int = 0) -> dict[str, Any]:
            begin = 1_767_423_600 * 10**9
            end = begin + minutes * 60 * 10**9
            return {"dataTypeName": f"com.google.{kind}", "startTimeNanos": begin, "originDataSourceId": "raw:x:app:y",
                    "endTimeNanos": end, "fitValue": [{"value": value} for value in values]}  # fmt: skip

        found = read({"Data Source": "x", "Data Points": [
            one("blood_pressure", {"fpVal": 120.0}, {"fpVal": 80.0}), one("blood_glucose", {"fpVal": 5.5}),
            one("step_count.delta", {"intVal": 300}), one("step_count.delta", {"intVal": 200}),
            one("sleep.segment", {"intVal": 4}, minutes=60), one("sleep.segment", {"intVal": 1}, minutes=60),
            one("nutrition", {"fpVal": 1.0}),
        ]})  # fmt: skip
        assert found.values("BLOOD_PRESSURE") == [{"systolic": 120, "diastolic": 80}]
        assert found.values("GLUCOSE") == [pytest.approx(99.1001)]
        assert (found.values("STEPS"), found.values("SLEEP")) == ([500], [1])
        assert found.reasons()["nutrition"] == "not one of the measurements kept here: nutrition"

    def test_ihealth_units_go_by_their_numbers(self) -> None:
        def listed(name: str, row: dict[str, Any], **more: Any) -> dict[str, Any]:
            row = {"DataID": "x", "MDate": 1_767_423_600, "TimeZone": "+0100", **row}
            return {"CurrentRecordCount": 1, name: [row], **more}

        assert read(listed("WeightDataList", {"WeightValue": 180}, WeightUnit=1)).values("WEIGHT") == [
            pytest.approx(81.6466266)
        ]  # fmt: skip
        assert read(listed("BGDataList", {"BG": 5.5}, BGUnit=1)).values("GLUCOSE") == [pytest.approx(99.1001)]
        assert read(listed("BGDataList", {"BG": 99}, BGUnit=7)).reasons() == {"BG": "no unit"}
        pressure = listed("BPDataList", {"HP": 16, "LP": 10.6}, BPUnit=1)
        assert read(pressure).values("BLOOD_PRESSURE")[0]["systolic"] == pytest.approx(120, abs=0.1)  # type: ignore[index]

    def test_garmin_of_the_export(self) -> None:
        days = [{"calendarDate": "2026-01-02", "totalSteps": 7000, "restingHeartRate": 50}]
        found = read(days)
        assert (found.values("STEPS"), found.values("HEART_RATE")) == ([7000], [50])
        night = [{"calendarDate": "2026-01-02", "sleepStartTimestampGMT": "2026-01-02T04:00:00.0",
                  "sleepEndTimestampGMT": "2026-01-02T12:00:00.0", "deepSleepSeconds": 3600, "lightSleepSeconds": 14400,
                  "remSleepSeconds": 7200}]  # fmt: skip
        assert read(night).values("SLEEP") == [7]


def test_two_sources_of_one_reading_are_one() -> None:
    """A scale's own file and another app's that passed its weights on."""
    scale = {"status": 0, "body": {"measuregrps": [{"grpid": 1, "attrib": 0, "category": 1, "date": 1_767_423_600,
             "measures": [{"type": 1, "value": 80, "unit": 0}]}]}}  # fmt: skip
    other = {"dataSourceId": "x", "point": [{"dataTypeName": "com.google.weight", "value": [{"fpVal": 80}],
             "startTimeNanos": 1_767_423_600 * 10**9, "endTimeNanos": 1_767_423_600 * 10**9}]}  # fmt: skip
    found = read(scale, other)
    assert found.values("WEIGHT") == [80]
    assert sum(found.files.repeated.values()) == 1


def test_a_day_has_the_larger_of_two_formats_steps() -> None:
    garmin = [{"calendarDate": "2026-01-02", "totalSteps": 7000}]
    fitbit = {"activities-steps": [{"dateTime": "2026-01-02", "value": "8000"}]}
    for files in ((garmin, fitbit), (fitbit, garmin)):
        (row,) = read(*files).of("STEPS")
        assert (row.value, row.metadata["origin"]) == (8000, "Fitbit")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"status": 0, "status": 1}', "the key 'status' stands twice in one object"),
        (b'{"a": 1}', "not a file of devices that is known here"),
        (b"[1, 2, 3]", "not a file of devices that is known here"),
        (b'{"weight": "' + b"x" * 10_000_000 + b'"}', "not a file of devices that is known here"),
        (b'{"weight": [', "no JSON at character"),
        (b'{"weight": [\xff]}', "no UTF-8 at byte"),
    ],
)
def test_hostile_documents_are_refused(data: bytes, reason: str) -> None:
    found = read_devices(data)
    assert not found.rows
    assert found.skipped[0].reason.startswith(reason)


FILES = sorted(REAL.rglob("*.json")) if REAL.is_dir() else []


def test_the_real_files_are_here() -> None:
    assert len(FILES) == 22


def _check(found: DeviceRead) -> None:
    for row in found.rows:
        if isinstance(row.value, int | float):
            low, high = LIMITS[MeasurementType(row.type)].possible
            assert low <= row.value <= high


@given(st.sampled_from(FILES), st.floats(0, 1, exclude_max=True), st.integers(0, 7), st.booleans())
def test_a_damaged_file_is_refused_or_read(file: Any, place: float, bit: int, cut: bool) -> None:
    whole = file.read_bytes()[:20_000]
    where = int(place * len(whole))
    damaged = whole[:where] if cut else whole[:where] + bytes([whole[where] ^ (1 << bit)]) + whole[where + 1 :]
    _check(read_devices(damaged))


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def _nodes(value: Any) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting and len(found) < 400:
        one = waiting.pop()
        for key, inner in list(
            one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
        ):
            found.append((one, key))
            waiting.append(inner)
    return found


@given(st.sampled_from([one for one in FILES if one.stat().st_size < 9_000]), st.integers(0, 399), ANY)
def test_anything_anywhere_is_refused_or_read(file: Any, number: int, value: Any) -> None:
    document = json.loads(file.read_bytes())
    nodes = _nodes(document)
    holder, key = nodes[number % len(nodes)]
    holder[key] = value
    _check(read(document))


def test_what_would_take_too_much_memory_says_how_much_is_read() -> None:
    """A document is known by its whole shape: all of it is in memory, seven times as large as the file."""
    found = read_devices(b"[" + b" " * MOST_BYTES + b"]")
    assert [row.reason for row in found.skipped] == ["JSON of more than 50 MB: export a shorter time"]

"""FIT files: real ones, small ones made here, damaged ones; beats to variability by the reference series."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.enums import DeviceProvider, HRVContext
from app.domain.measurements import LIMITS, MeasurementType
from app.domain.rr_intervals import cleaned, rmssd_of, sdnn_of, variability_of
from app.interop.devices.findings import Owner
from app.interop.devices.fit_messages import check_sum
from tests.support.device_files import REAL, read_devices

EPOCH = 631_065_600
AT = 1_767_423_600 - EPOCH
"""2026-01-03 07:00 UTC."""
Field = tuple[int, str, Any]
_CODES = {"B": 0x02, "H": 0x84, "I": 0x86, "h": 0x83}


def fit(*messages: tuple[int, Sequence[Field]], order: str = "<") -> bytes:
    """Make a file: each message is its number and its fields (number, how it is packed, value or values)."""
    body = b""
    for number, fields in messages:
        values = [(field, kind, value if isinstance(value, tuple) else (value,)) for field, kind, value in fields]
        body += struct.pack(f"{order}BBBHB", 0x40, 0, int(order == ">"), number, len(values))
        body += b"".join(bytes([field, struct.calcsize(kind) * len(several), _CODES[kind]])
                         for field, kind, several in values)  # fmt: skip
        body += b"\x00" + b"".join(struct.pack(f"{order}{len(several)}{kind}", *several) for _, kind, several in values)
    head = struct.pack("<BBHI4s", 14, 0x10, 100, len(body), b".FIT")
    whole = head + struct.pack("<H", check_sum(head)) + body
    return whole + struct.pack("<H", check_sum(whole))


GARMIN = (0, [(0, "B", 4), (1, "H", 1)])


def test_the_scale() -> None:
    found = read_devices(REAL / "garmin-fit" / "WeightScaleSingleUser.fit", born=date(1970, 1, 1), height=180)
    assert found.values("WEIGHT") == [75.8, 76.09]
    assert [row.at for row in found.of("WEIGHT")] == [datetime(2009, 9, 9, hour, 38, tzinfo=UTC) for hour in (21, 22)]
    assert found.bmi[0].bmi == pytest.approx(75.8 / 3.24)
    assert found.files.owners == [("WeightScaleSingleUser.fit", Owner(sex="male"))]
    assert {row.resource: row.count for row in found.skipped} == {"percent_fat": 2}


def test_the_walk() -> None:
    found = read_devices(REAL / "garmin-fit" / "garmin-fenix-5-walk.fit")
    assert len(found.of("HEART_RATE")) == 17
    (hrv,) = found.hrv
    assert (hrv.device, hrv.context) == (DeviceProvider.GARMIN, HRVContext.WORKOUT)
    assert hrv.at == found.of("HEART_RATE")[0].at
    raw = (REAL / "garmin-fit" / "garmin-fenix-5-walk.fit").read_bytes()
    assert check_sum(raw) == 0
    assert found.rows[0].metadata["device"] == "Garmin"


def test_a_wrong_check_sum_refuses_the_file() -> None:
    found = read_devices(REAL / "garmin-fit" / "activity-filecrc.fit")
    assert not found.rows
    assert [row.reason for row in found.skipped] == ["its check sum is wrong: the file is damaged"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_cuff_with_its_pulse(order: str) -> None:
    good = (51, [(253, "I", AT), (0, "H", 131), (1, "H", 84), (6, "B", 66), (8, "B", 0)])
    bad = (51, [(253, "I", AT + 60), (0, "H", 131), (1, "H", 84), (8, "B", 2)])
    half = (51, [(253, "I", AT + 120), (0, "H", 131), (1, "H", 0xFFFF)])
    found = read_devices(fit(GARMIN, good, bad, half, order=order))
    assert found.values("BLOOD_PRESSURE") == [{"systolic": 131, "diastolic": 84}]
    assert (found.values("HEART_RATE"), found.rows[0].at) == ([66], datetime(2026, 1, 3, 7, tzinfo=UTC))
    assert [row.reason for row in found.skipped] == ["the device wasn't sure of it", "no diastolic pressure"]


def test_a_day_of_a_watch() -> None:
    found = read_devices(fit(
        GARMIN,
        (103, [(253, "I", AT), (0, "I", AT - 5 * 3600)]),
        (55, [(253, "I", AT), (27, "B", 58)]),
        (55, [(26, "H", (AT + 60) & 0xFFFF), (27, "B", 61)]),
        (55, [(253, "I", AT + 3600), (3, "I", 400), (5, "B", 6)]),
        (55, [(253, "I", AT + 7200), (3, "I", 900), (5, "B", 6)]),
        (55, [(253, "I", AT + 7200), (3, "I", 300), (5, "B", 1)]),
        (269, [(253, "I", AT), (0, "B", 96)]), (297, [(253, "I", AT), (0, "h", 1450)]),
        (370, [(253, "I", AT), (1, "H", 5376)]), (227, [(253, "I", AT), (0, "h", 20)]),
    ))  # fmt: skip
    assert [(row.value, row.at.minute) for row in found.of("HEART_RATE")] == [(58, 0), (61, 1)]
    assert found.values("STEPS") == [1200]  # of each activity what was counted last
    assert (found.values("SPO2"), found.values("RESPIRATION")) == ([96], [14.5])
    assert [(row.rmssd_ms, row.context) for row in found.hrv] == [(42, HRVContext.SLEEP)]
    assert found.reasons() == {"stress": "not one of the measurements kept here: stress"}


def test_a_time_since_the_device_was_switched_on_is_none() -> None:
    found = read_devices(fit((30, [(253, "I", 5000), (0, "H", 8000)]), (30, [(253, "I", AT), (0, "H", 0xFFFE)])))
    assert [row.reason for row in found.skipped] == ["no time", "no value"]


def test_beats_of_a_strap_of_no_known_maker_have_no_place() -> None:
    beats = (78, [(0, "H", tuple(800 + n % 5 for n in range(60)))])
    record = (20, [(253, "I", AT), (3, "B", 75)])
    assert read_devices(fit((0, [(0, "B", 4), (1, "H", 77)]), record, beats)).reasons() == {
        "hrv": "no device that is known here measured it"
    }
    assert len(read_devices(fit(GARMIN, record, beats)).hrv) == 1
    few = (78, [(0, "H", tuple(range(800, 810)))])
    assert "too few beats" in read_devices(fit(GARMIN, record, few)).skipped[0].reason


def test_the_reference_series() -> None:
    file = REAL.parent / "reference" / "hrv" / "SampleNNISeriesShort.csv"
    series = [float(line) for line in file.read_text().split()[1:]]
    assert len(series) == 337
    assert rmssd_of(series) == pytest.approx(101.301, abs=0.001)
    assert sdnn_of(series) == pytest.approx(95.69, abs=0.01)


def test_beats_that_no_sinus_made_are_left_out() -> None:
    assert cleaned([800, 810, 400, 805, 2500, 800]) == [800, 810, None, None, None, 800]
    steady = [800.0, 820.0] * 40
    both = variability_of(steady)
    assert both is not None
    assert list(both) == [pytest.approx(20), pytest.approx(10 * math.sqrt(80 / 79))]
    assert variability_of(steady[:20]) is None
    assert variability_of([800.0, 1600.0] * 40) is None


WALK = (REAL / "garmin-fit" / "garmin-fenix-5-walk.fit").read_bytes() if REAL.is_dir() else b""


@given(st.integers(0, max(0, len(WALK) - 1)), st.integers(0, 7), st.booleans(), st.booleans())
def test_a_damaged_file_is_refused_or_read(at: int, bit: int, cut: bool, mended: bool) -> None:
    """Also one whose check sum was mended after the damage."""
    damaged = WALK[:at] if cut else WALK[:at] + bytes([WALK[at] ^ (1 << bit)]) + WALK[at + 1 :]
    if mended and len(damaged) > 16:
        body = damaged[14:-2]
        head = damaged[:4] + struct.pack("<I", len(body)) + damaged[8:12]
        whole = head + struct.pack("<H", check_sum(head)) + body
        damaged = whole + struct.pack("<H", check_sum(whole))
    for row in read_devices(damaged).rows:
        if isinstance(row.value, int | float):
            low, high = LIMITS[MeasurementType(row.type)].possible
            assert low <= row.value <= high

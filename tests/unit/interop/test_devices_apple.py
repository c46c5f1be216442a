"""Apple Health's export.xml: what each record becomes, and what no file can do to the program."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.measurements import LIMITS, MeasurementType
from app.interop.devices import opening
from app.interop.devices.findings import Owner
from tests.support.device_files import REAL, apple, read_devices, record

AT = "2026-01-02 07:00:00 -0500"
QUANTITY, CATEGORY = "QuantityTypeIdentifier", "CategoryTypeIdentifier"
DOCTYPE = """<!DOCTYPE HealthData [
<!-- HealthKit Export Version: 14 -->
<!ELEMENT HealthData (ExportDate,Me,(Record|Correlation|Workout)*)>
<!ATTLIST HealthData
  locale CDATA #REQUIRED
>
<!ELEMENT Record ((MetadataEntry|HeartRateVariabilityMetadataList)*)>
<!ATTLIST Record
  type          CDATA #REQUIRED
  unit          CDATA #IMPLIED
]>
"""
"""As phones write it; the last list is one that iOS 16 never closed."""


def one(kind: str, value: object, unit: str) -> object:
    (row,) = read_devices(apple([record(QUANTITY + kind, value, AT, unit=unit)])).rows
    return row.value


def phase(name: str, start: str, end: str, source: str = "Watch") -> str:
    return record(CATEGORY + "SleepAnalysis", f"HKCategoryValueSleepAnalysis{name}", start, end, source=source)


def test_units_are_those_that_the_file_names() -> None:
    assert one("BodyMass", "12.5", "st") == pytest.approx(12.5 * 14 * 0.45359237)
    assert one("BodyMass", "180", "lb") == pytest.approx(81.6466266)
    assert one("Height", "5.9", "ft") == pytest.approx(5.9 * 30.48)
    assert one("BodyTemperature", "99.5", "degF") == 37.5
    assert one("BloodGlucose", "5.5", "mmol&lt;180.1558800000541&gt;/L") == pytest.approx(99.1001)
    assert one("BloodGlucose", "99", "mg/dL") == 99
    assert one("OxygenSaturation", "0.97", "%") == 97
    assert one("OxygenSaturation", "1", "%") == 100
    assert one("RespiratoryRate", "14", "count/min") == 14


def test_a_unit_that_isnt_known_leaves_the_record_out() -> None:
    found = read_devices(apple([record(QUANTITY + "BodyMass", 80, AT, unit="hl"),
                                record(QUANTITY + "BodyMass", 80, AT),
                                record(QUANTITY + "HeartRate", 4000, AT, unit="count/min"),
                                record(QUANTITY + "HeartRate", "NaN", AT, unit="count/min")]))  # fmt: skip
    assert not found.rows
    assert Counter(row.reason for row in found.skipped) == Counter({
        "the unit hl is not known for this measurement": 1, "no unit": 1,
        "This value cannot be true: it must lie between 10 and 400.": 1,
        "its value is no number that can be kept": 1,
    })  # fmt: skip


def test_the_real_exports() -> None:
    small = read_devices(REAL / "apple-health" / "export-small-hrv.xml")
    assert (small.values("HEART_RATE"), small.values("SLEEP")) == ([60, 70], [7.5])
    assert [(row.rmssd_ms, row.sdnn_ms) for row in small.hrv] == [(38.25, 45)]
    assert small.reasons() == {"VO2Max": "not one of the measurements kept here: VO2Max"}
    assert small.files.owners == [("export-small-hrv.xml", Owner(born=date(1980, 1, 1), sex="male"))]
    old = read_devices(REAL / "apple-health" / "export-2019.xml")
    (heart,) = old.rows
    assert (heart.value, heart.at) == (72, datetime(2018, 9, 10, 9, 28, 55, tzinfo=UTC))
    assert heart.metadata["device"] == "Apple Watch"
    assert old.reasons()["BodyMassIndex"] == "no weight and height of the same time"
    assert Counter(row.count for row in old.skipped if row.resource == "ActivitySummary") == Counter({2: 1})


def test_a_blood_pressure_comes_once_though_its_halves_stand_there_twice() -> None:
    found = read_devices(REAL / "apple-health" / "sample_export.xml")
    (pressure,) = found.of("BLOOD_PRESSURE")
    assert pressure.value == {"systolic": 118, "diastolic": 76}
    assert pressure.at == datetime(2024, 6, 15, 7, tzinfo=UTC)
    assert found.files.repeated == Counter(BloodPressureSystolic=1, BloodPressureDiastolic=1)
    assert (found.values("STEPS"), found.values("HEART_RATE")) == ([100], [72, 78])
    assert not {"BloodPressureSystolic", "BloodPressureDiastolic"} & found.reasons().keys()


def test_a_half_without_its_other_half_is_no_blood_pressure() -> None:
    found = read_devices(apple([record(QUANTITY + "BloodPressureSystolic", 120, AT, unit="mmHg")]))
    assert found.reasons() == {"BloodPressureSystolic": "no diastolic pressure"}


def test_a_day_has_the_steps_of_the_device_that_counted_most() -> None:
    steps = [("Phone", 900, "08:00"), ("Phone", 600, "19:00"), ("Watch", 1000, "08:00"), ("Watch", 700, "19:00")]
    found = read_devices(apple([record(QUANTITY + "StepCount", n, f"2026-01-02 {clock}:00 -0500", unit="count",
                                       source=source) for source, n, clock in steps]))  # fmt: skip
    (row,) = found.of("STEPS")
    assert (row.value, row.metadata["device"], row.metadata["timeKnown"]) == (1700, "Watch", False)
    assert row.at == datetime(2026, 1, 2, 17, tzinfo=UTC)  # noon in the clinic


def test_steps_before_midnight_there_are_of_that_day() -> None:
    late = record(QUANTITY + "StepCount", 50, "2026-01-02 23:30:00 -0800", unit="count")
    (row,) = read_devices(apple([late])).of("STEPS")
    assert row.at.date() == date(2026, 1, 2)


def test_a_night_is_summed_from_its_phases() -> None:
    night = [
        phase("InBed", "2026-01-02 22:30:00 -0500", "2026-01-03 07:00:00 -0500", "Phone"),
        phase("AsleepCore", "2026-01-02 23:00:00 -0500", "2026-01-03 02:00:00 -0500"),
        phase("Awake", "2026-01-03 02:00:00 -0500", "2026-01-03 02:30:00 -0500"),
        phase("AsleepDeep", "2026-01-03 02:30:00 -0500", "2026-01-03 04:00:00 -0500"),
        phase("AsleepREM", "2026-01-03 03:30:00 -0500", "2026-01-03 05:00:00 -0500"),  # half an hour seen twice
        phase("AsleepUnspecified", "2026-01-02 23:00:00 -0500", "2026-01-03 03:00:00 -0500", "Another app"),
    ]
    (row,) = read_devices(apple(night)).of("SLEEP")
    assert row.value == 5.5
    assert row.at == datetime(2026, 1, 3, 10, tzinfo=UTC)
    assert row.metadata["device"] == "Watch"


def test_the_night_when_the_clocks_change_has_its_true_length() -> None:
    night = [phase("AsleepCore", "2026-03-07 23:00:00 -0500", "2026-03-08 07:00:00 -0400")]
    assert read_devices(apple(night)).values("SLEEP") == [7]


def test_time_in_bed_alone_is_no_sleep() -> None:
    found = read_devices(apple([phase("InBed", "2026-01-02 23:00:00 -0500", "2026-01-03 07:00:00 -0500")]))
    assert not found.rows
    assert found.reasons() == {"SleepAnalysis": "not asleep: InBed"}


def test_a_body_mass_index_that_agrees_is_taken_with_the_weight() -> None:
    found = read_devices(apple([
        record(QUANTITY + "Height", 180, AT, unit="cm"), record(QUANTITY + "BodyMass", 81, AT, unit="kg"),
        record(QUANTITY + "BodyMassIndex", 25.1, AT, unit="count"),
    ]))  # fmt: skip
    (bmi,) = found.bmi
    assert bmi.bmi == 25
    assert [source.kind for source in bmi.also] == ["BodyMassIndex"]


def test_what_cannot_be_is_left_out() -> None:
    found = read_devices(
        apple([record(QUANTITY + "HeartRate", 70, "2031-01-01 00:00:00 +0000", unit="count/min"),
               record(QUANTITY + "HeartRate", 70, "1969-01-01 00:00:00 +0000", unit="count/min"),
               record(QUANTITY + "HeartRate", 70, "2026-13-01 00:00:00 +0000", unit="count/min")]),
        born=date(1970, 1, 1),
    )  # fmt: skip
    assert not found.rows
    assert sorted(row.reason for row in found.skipped) == [
        "before the patient was born", "it lies in the future", "startDate is no date or time"
    ]  # fmt: skip


def test_the_declaration_of_a_phone_does_not_refuse_the_file() -> None:
    found = read_devices(apple([record(QUANTITY + "HeartRate", 70, AT, unit="count/min")], head=DOCTYPE))
    assert found.values("HEART_RATE") == [70]
    assert found.rows[0].where == "file1, line 15"


LAUGHS = "<!DOCTYPE HealthData [" + "".join(
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(9)
) + "]>"  # fmt: skip
HOSTILE = {
    "laughs": LAUGHS,
    "file": '<!DOCTYPE HealthData [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "parameter": '<!DOCTYPE HealthData [<!ENTITY % x SYSTEM "http://localhost/x.dtd">%x;]>',
}


@pytest.mark.parametrize("head", HOSTILE.values(), ids=HOSTILE.keys())
def test_entities_are_refused(head: str) -> None:
    me = '<Me HKCharacteristicTypeIdentifierBiologicalSex="&l8;&x;"/>'
    found = read_devices(apple([record(QUANTITY + "HeartRate", 70, AT, unit="count/min")], me, head))
    assert not found.rows
    assert [row.reason for row in found.skipped] == [
        "XML with entities of its own, which no export of Apple Health has"
    ]


def test_an_outer_declaration_is_not_looked_for() -> None:
    head = '<!DOCTYPE HealthData SYSTEM "http://localhost/HealthData.dtd">\n'
    heart = record(QUANTITY + "HeartRate", 70, AT, unit="count/min")
    assert read_devices(apple([heart], head=head)).values("HEART_RATE") == [70]
    assert not read_devices(apple([heart], "<Me>&undefined;</Me>", head)).rows


def test_endless_texts_and_depth_are_refused_or_ignored() -> None:
    heart = record(QUANTITY + "HeartRate", 70, AT, unit="count/min", source="x" * 1_000_000)
    assert read_devices(apple([heart])).rows[0].metadata["device"] == "x" * 120
    assert "more than" in read_devices(apple(["<Record a='" + "x" * 10_000_000 + "'/>"])).skipped[0].reason
    assert "deeper" in read_devices(apple(["<a>" * 100 + "</a>" * 100])).skipped[0].reason


def test_a_packed_export_reads_as_the_phone_shares_it() -> None:
    export = apple([record(QUANTITY + "HeartRate", 70, AT, unit="count/min")])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("apple_health_export/export.xml", export)
        archive.writestr("apple_health_export/export_cda.xml", "<ClinicalDocument/>")
        archive.writestr("__MACOSX/apple_health_export/._export.xml", b"\x00")
    found = read_devices(packed.getvalue())
    assert found.values("HEART_RATE") == [70]
    assert found.rows[0].where == "file1, apple_health_export/export.xml, line 4"
    assert [row.reason for row in found.skipped] == ["XML, but no export of Apple Health"]
    assert read_devices(gzip.compress(export)).values("HEART_RATE") == [70]
    assert "damaged" in read_devices(gzip.compress(export)[:-20]).skipped[0].reason
    assert "damaged" in read_devices(packed.getvalue()[:-30]).skipped[0].reason


def test_what_has_a_password_says_so_and_the_rest_is_read() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("locked.xml", apple([record(QUANTITY + "HeartRate", 60, AT, unit="count/min")]))
        archive.writestr("open.xml", apple([record(QUANTITY + "HeartRate", 70, AT, unit="count/min")]))
    raw = bytearray(packed.getvalue())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1  # the first member's flags in the archive's directory
    found = read_devices(bytes(raw))
    assert found.values("HEART_RATE") == [70]
    assert [(row.source, row.reason) for row in found.skipped] == [("file1", "it has a password")]


def test_a_fault_of_the_reader_is_no_damaged_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("ours")

    monkeypatch.setattr(opening, "read_apple_health", broken)
    with pytest.raises(RuntimeError):
        read_devices(apple([record(QUANTITY + "HeartRate", 70, AT, unit="count/min")]))


def test_another_xml_is_named() -> None:
    assert read_devices(b"<gpx/>").skipped[0].reason == "XML, but no export of Apple Health"
    assert read_devices(b"").skipped[0].reason == "the file is empty"


WHOLE = (REAL / "apple-health" / "sample_export.xml").read_bytes() if REAL.is_dir() else b""


@given(st.integers(0, max(0, len(WHOLE) - 1)), st.integers(0, 7), st.booleans())
def test_a_damaged_export_is_refused_or_read(at: int, bit: int, cut: bool) -> None:
    damaged = WHOLE[:at] if cut else WHOLE[:at] + bytes([WHOLE[at] ^ (1 << bit)]) + WHOLE[at + 1 :]
    found = read_devices(damaged)
    assert found.rows or found.skipped
    for row in found.rows:
        if isinstance(row.value, int | float):
            low, high = LIMITS[MeasurementType(row.type)].possible
            assert low <= row.value <= high


def test_the_many_other_files_of_an_export_are_counted_together() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("x/export.xml", apple([record(QUANTITY + "HeartRate", 70, AT, unit="count/min")]))
        for number in range(30):
            archive.writestr(f"x/workout-routes/route{number}.gpx", "<gpx/>")
            archive.writestr(f"x/electrocardiograms/ecg{number}.csv", "Name,X\nSample rate,512\n1,2\n")
    found = read_devices(packed.getvalue())
    assert found.values("HEART_RATE") == [70]
    assert {row.reason: row.count for row in found.skipped} == {
        "XML, but no export of Apple Health": 30, "not a file of devices that is known here": 30,
    }  # fmt: skip

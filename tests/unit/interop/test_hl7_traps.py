"""Traps of real files: what is cut off, glued together, written without escapes, in another order, or very long."""

from __future__ import annotations

import gzip

import pytest

from app.domain.lab_messages import sent_stamp
from app.interop.hl7.message import read_file
from app.kernel.errors import Refused
from tests.support.hl7 import ZONE, at, join, msh, obr, obx, pid, read, report, result

GOOD = (msh(), pid(), obr(), obx("120"))


def test_a_value_that_is_cut_off_waits_for_a_person() -> None:
    """ "12" of "120" looks like a value: only what stands behind it says that it is whole."""
    whole = join(*GOOD)
    cut = whole[: whole.index(b"|120|") + 3]
    for data in (cut, b"\x0b" + cut):
        (message,) = read(data)
        assert message.report is not None
        assert message.report.held == "line 4: the message ends in OBX-5; it is cut off"
    (ended,) = read(whole.rstrip(b"\r"))
    assert ended.report is not None
    assert ended.report.held == ""


def test_a_message_that_begins_in_the_middle_of_another_is_one_of_its_own() -> None:
    other = join(msh(control="M2"), pid("99", name="Roe^Ann"), obr(filler="F2"), obx("7"))
    first, second = read(join(*GOOD)[:-20] + other)
    assert (first.control_id, second.control_id) == ("M1", "M2")
    assert first.remarks == ("the message ends in the middle of its frame; it may be cut off",)
    assert first.report is not None
    assert first.report.held == "line 4: the message ends in OBX-6; it is cut off"
    assert second.report is not None
    assert (second.report.person.name, second.report.held) == ("Ann Roe", "")


def test_files_that_were_put_one_behind_the_other_with_their_marks() -> None:
    mark = b"\xef\xbb\xbf"
    found = read(mark + join(*GOOD) + mark + join(msh(control="M2"), *GOOD[1:]))
    assert [(one.control_id, one.remarks) for one in found] == [("M1", ()), ("M2", ())]


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [("DT", "202605", "2026-05"), ("DT", "2026", "2026"), ("DT", "20260504", "2026-05-04"), ("TS", "201313", "201313"),
     ("DTM", "202605041005", "2026-05-04 10:05"), ("TM", "2026", "20:26"), ("TM", "202605", "20:26:05")],
)  # fmt: skip
def test_a_month_is_no_time_of_day(kind: str, value: str, shown: str) -> None:
    assert result(obx(value, kind=kind)).value == shown


@pytest.mark.parametrize(
    ("written", "unit"),
    [("10^3/uL", "10^3/uL"), ("x10^9/L", "x10^9/L"), ("10\\S\\3/uL", "10^3/uL"), ("mg/dL^mg/dL^UCUM", "mg/dL"),
     ("^millimol^L", "millimol"), ("10*3/uL^10^3/uL^UCUM", "10*3/uL"), ("100^200", "100"), ("", "")],
)  # fmt: skip
def test_units_are_what_was_written(written: str, unit: str) -> None:
    assert result(obx(unit=written)).unit == unit


@pytest.mark.parametrize(
    ("limits", "low", "high"),
    [("> OR = 60", 60, None), ("< or = 5.0", None, 5), (">or=60", 60, None),
     ("(>=60) mg/dL", 60, None), ("- 738", None, 738), ("-738", None, None),
     ("3.9 ^ 60.0", 3.9, 60), ("4&60", 4, 60), ("4^x", None, None)],
)  # fmt: skip
def test_ranges_in_words(limits: str, low: float | None, high: float | None) -> None:
    found = result(obx("60", limits=limits))
    assert (found.low, found.high, found.flag) == (low, high, "" if low else found.flag)


@pytest.mark.parametrize("value", ["1e20", "999999999999999999999", "+-5", "٥", "0x1F", "Infinity", "1_000"])
def test_what_is_no_number_that_can_be_kept_is_text(value: str) -> None:
    assert result(obx(value)).value == value


OUL = msh(kind="OUL^R22^OUL_R22")


def test_in_messages_of_specimens_the_order_stands_behind_its_request() -> None:
    """Else the placer's number would name the next order, and its results would go to somebody's other order."""
    serum = "SPM|1|S1||SER^Serum^HL70487|||||||||||||20260504070000"
    urine = "SPM|2|S2||UR^Urine^HL70487|||||||||||||20260504073000"
    volume = obx("50", test="3167-4^Volume^LN", unit="mL", limits="")
    found = report(OUL, pid(), serum, "SAC|||C1", obr(filler="F1"), "ORC|RE|P1|F1", obx(),
                   urine, volume, "NTE|1||24 h", obr(filler="F2"), "ORC|RE|P2|F2", obx("7"))  # fmt: skip
    first, second = found.orders
    assert (first.placer_ids, first.filler_id, first.specimen, len(first.items)) == (("P1",), "F1", "Serum", 1)
    assert (second.placer_ids, second.filler_id, second.specimen) == (("P2",), "F2", "Urine")
    assert [(item.name, item.note) for item in second.items] == [("Volume", "24 h"), ("Glucose", "")]


def test_a_specimen_without_an_order_loses_nothing() -> None:
    found = report(OUL, pid(), "SPM|1|S1||SER^Serum^HL70487", obx(), "SPM|2|S2||UR^Urine^HL70487", obx("7"))
    assert [(order.specimen, order.items[0].value) for order in found.orders] == [("Serum", 98), ("Urine", 7)]


def test_an_order_before_its_request_stays_with_it() -> None:
    found = report(msh(), pid(), "ORC|RE|P1|F1", obr(filler="F1"), obx(), "ORC|RE|P2|F2", obr(filler="F2"), obx("7"))
    assert [order.placer_ids for order in found.orders] == [("P1",), ("P2",)]
    unnumbered = report(msh(), pid(), obr(filler=""), "ORC|RE|P2", obr(filler="F2"), obx("7"))
    assert unnumbered.orders[-1].placer_ids == ("P2",)


def test_times_and_births_that_are_none_are_said() -> None:
    (message,) = read([msh(), pid(born="1962"), obr(at="soon"), obx()])
    assert message.remarks == ("line 2: PID-7 is no complete day", "line 3: OBR-7 is no time")


def test_what_is_too_long_for_its_place_stands_in_the_note() -> None:
    code, name, unit = "C" * 150, "N" * 700, "u" * 200
    found = result(obx(test=f"{code}^{name}^L", unit=unit))
    assert (len(found.code), len(found.name), found.unit) == (100, 500, "")
    assert all(text in found.note for text in (code, name, unit))


def test_whose_a_code_is() -> None:
    """LOINC is everybody's; "L" and 99… are the laboratory's own; others are their system's."""

    def system(test: str) -> str:
        return result(obx(test=test)).system

    assert [system("2345-7^Glucose^LN"), system("GLU^Glucose^L"), system("GLU^Glucose"), system("1^A^99ABC"),
            system("271062006^Glucose^SCT"), system("GLU^Glucose^L^2345-7^Glucose^LN")] == [
        "", "LAB / MAIN L", "LAB / MAIN", "LAB / MAIN 99ABC", "SCT", "",
    ]  # fmt: skip
    two = report(msh(), pid(), obr(), obx("1", test="100^A^L"), obx("2", test="100^B^99X")).orders[0].items
    assert [(item.code, item.name) for item in two] == [("100", "A"), ("100", "B")]
    assert two[0].key != two[1].key


def test_ten_megabytes_in_one_broken_segment_are_read_at_once() -> None:
    """A document whose lines were broken: joined, not added one to the other (that would take hours)."""
    lines = ["JVBERi0xLjQK" * 6] * 140_000
    document = "OBX|1|ED|PDF^Report^L||LAB^AP^PDF^Base64^" + "\n".join(lines) + "||||||F"
    (message,) = read(join(msh(), pid(), obr(), document, obx("7")))
    assert message.report is not None, message.refusal
    items = message.report.orders[0].items
    assert str(items[0].value).startswith("PDF document, ")
    assert items[1].value == 7


def test_very_many_messages_and_very_many_signs() -> None:
    assert len(read(b"MSH|^~\\&|\r" * 20_000)) == 20_000
    wide = b"MSH" + b"|" * 1_900 + b"\r"
    assert len(read(wide * 50)) == 50
    for junk in (b"\\" * 400_000, b"^" * 400_000, b"~" * 400_000, b"&" * 400_000, b"\\X" + b"41" * 200_000 + b"\\"):
        data = join(msh(), pid(), obr()) + b"OBX|1|ST|A^A||" + junk + b"||||||F\r"
        (message,) = read(data)
        assert message.report is not None or message.refusal.startswith("line 4: OBX-5 is longer"), message.refusal


@pytest.mark.parametrize("data", [b"PK\x03\x04zip", b"%PDF-1.4", b"msh|^~\\&|", b'"MSH|x"'])
def test_other_files_are_refused_with_the_reason(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        list(read_file(data, "x", ZONE))
    assert refused.value.code == "NotHl7"


def test_a_packed_file_is_unpacked_and_a_damaged_one_named() -> None:
    packed = gzip.compress(join(*GOOD))
    (message,) = read(packed)
    assert message.report is not None
    assert message.report.orders[0].items[0].value == 120
    for data in (packed[:-12], b"\x1f\x8b\x08abc"):
        with pytest.raises(Refused) as refused:
            list(read_file(data, "x", ZONE))
        assert refused.value.code == "Damaged"


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_a_message_without_its_beginning_is_not_passed_over_in_silence(end: str) -> None:
    whole = join(*GOOD).decode()
    rest = end.join([pid("99"), obr(filler="F0"), obx("7"), "NTE|1|L|of somebody else", whole.replace("\r", end)])
    (message,) = read(rest.encode())
    assert message.remarks == ("before it 4 lines of a message without its beginning are not read",)
    (beside,) = read(f"Printed by the laboratory{end}{end}{whole}".encode())
    assert beside.remarks == ()


@pytest.mark.parametrize(
    ("sent", "stamp"),
    [("20260504080000", (False, "20260504080000")), ("202605040800", (False, "20260504080000")),
     ("20260504", (False, "20260504000000")), ("20260504080000-0500", (True, "20260504130000")),
     ("20260504080000.123+0200", (True, "20260504060000")), ("2026050408000000", (False, "20260504080000")),
     ("", None), ("soon", None),
     ("20269999", (False, "20269999000000")),
     ("20269999000000+0000", None)],
)  # fmt: skip
def test_when_a_message_was_sent(sent: str, stamp: tuple[bool, str] | None) -> None:
    assert sent_stamp(msh(sent=sent)) == stamp
    assert sent_stamp("") is None


def test_directions_of_writing_and_nul_survive_or_go() -> None:
    found = report(msh(), pid(name="Li\x00s^Zyg"), obr(), obx("po\u202esi\x00tive", kind="ST", unit="", limits=""))
    assert found.person.name == "Zyg Lis"
    assert found.orders[0].items[0].value == "po\u202esitive"
    assert found.orders[0].collected_at == at("2026-05-04T05:00")


def test_a_month_or_a_year_is_not_taken_for_its_first_day() -> None:
    (message,) = read(join(msh(), pid(), obr(at="2026"), obx("7", at="202605")))
    assert set(message.remarks) == {"line 4: OBX-14 is no time; the order's is taken", "line 3: OBR-7 is no time"}
    assert message.report is not None
    order = message.report.orders[0]
    assert (order.collected_at, order.items[0].observed_at) == (None, None)


@pytest.mark.parametrize(
    ("common", "letter"), [("", "X"), ("ORC|OC|P1|F1", "F"), ("ORC|RE|P1|F1||CA", "F"), ("ORC|CA", "")]
)
def test_an_order_that_is_called_off_without_a_result_says_so_in_its_order(common: str, letter: str) -> None:
    called_off = obr(placer="P1")[:-1] + letter
    found = report(msh(), pid(), *filter(None, [common]), called_off, "NTE|1||Specimen hemolyzed")
    (order,) = found.orders
    (item,) = order.items
    assert (order.placer_ids, order.final, found.held) == (("P1",), True, "")
    assert (item.code, item.name, item.value, item.status) == ("24323-8", "Metabolic panel", "", "cancelled")
    assert item.note == "cancelled by the laboratory\nSpecimen hemolyzed"


def test_an_order_without_a_result_that_nobody_called_off_is_no_result() -> None:
    (message,) = read((msh(), pid(), "ORC|RE|P1|F1", obr(placer="P1")))
    assert message.refusal == "the message has no results (no OBX segment)"


@pytest.mark.parametrize(("role", "held"), [("Q", True), ("C^Calibrator^HL70369", True), ("P", False), ("", False)])
def test_what_a_laboratory_measures_of_its_controls_is_nobodys(role: str, held: bool) -> None:
    """An analyzer may write a patient's number into it: a person looks."""
    specimen = f"SPM|1|QC7||SER^Serum^HL70487|||||||{role}"
    said = report(msh(kind="OUL^R22^OUL_R22"), pid(), specimen, obr(), obx()).held
    assert said == ("line 3: the specimen is a control of the laboratory's, not a patient's (SPM-11)" if held else "")

"""Reading HL7 v2: frames, characters, delimiters, escapes, values, ranges, flags, states, times, groups."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.labs import LabResult
from app.interop.hl7.charset import codec_named
from app.interop.hl7.encoding import Encoding
from app.interop.hl7.framing import Bounds
from app.interop.hl7.message import read_file
from app.interop.hl7.ranges import plain_number, read_range
from app.interop.hl7.results import is_loinc
from app.interop.hl7.times import read_day, read_moment
from app.kernel.errors import Refused
from tests.support.hl7 import ZONE, at, join, msh, obr, obx, pid, read, report, result

GOOD = (msh(), pid(), obr(), obx())


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r\n", "\n\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_any_line_ends_and_a_byte_order_mark(end: str, mark: bytes) -> None:
    (message,) = read(mark + join(*GOOD, end=end))
    assert message.report is not None
    assert message.report.results == 1


def test_frames_batches_comments_and_several_messages() -> None:
    one, two = join(*GOOD), join(msh(control="M2"), *GOOD[1:])
    framed = b"\x0b" + one + b"\x1c\r\x0b" + two + b"\x1c\r"
    assert [message.control_id for message in read(framed)] == ["M1", "M2"]
    batch = b"# made by hand\rFHS|^~\\&|LAB\rBHS|^~\\&|LAB\r" + one + two + b"BTS|2\rFTS|1\r"
    found = read(batch)
    assert [message.control_id for message in found] == ["M1", "M2"]
    assert all(not message.remarks and "BTS" not in message.body for message in found)
    assert [message.source for message in found] == ["test.hl7, message 1", "test.hl7, message 2"]


def test_what_is_cut_off_or_missing_is_said() -> None:
    (cut,) = read(b"\x0b" + join(*GOOD)[:-9])
    assert cut.remarks == ("the message ends in the middle of its frame; it may be cut off",)
    found = read(b"BHS|^~\\&|LAB\r" + join(*GOOD) + b"BTS|3\r")
    assert found[-1].remarks == ("the batch announces 3 messages and has 1",)


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"", "Empty"), (b" \r\n\x00", "Empty"), (b"hello", "NotHl7"), (b'{"resourceType": "Bundle"}', "NotHl7"),
     (b'<?xml version="1.0"?><ORU_R01 xmlns="urn:hl7-org:v2xml"><MSH>', "Hl7Xml"), (b"xMSH|^~", "NotHl7")],
)  # fmt: skip
def test_what_is_no_such_file_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read(data)
    assert refused.value.code == code


def test_sizes_are_bounded() -> None:
    small = Bounds(file_bytes=10_000, message_bytes=1000, segments=10, fields=200)
    with pytest.raises(Refused):
        list(read_file(b"MSH|" + b"x" * 20_000, "a", ZONE, small))
    many = join(*GOOD, *["NTE|1||x"] * 20)
    wide = join(*GOOD, "NTE" + "|" * 300)
    long = join(*GOOD, "NTE|1||" + "x" * 1000)
    refusals = [next(read_file(data, "a", ZONE, small)).refusal for data in (many, wide, long)]
    assert refusals == ["the message has more than 10 segments", "segment NTE has more than 200 fields",
                        "the message is larger than 0 MB"]  # fmt: skip
    (endless,) = read(join(msh(), pid(), obr(), obx("x" * 100_001, kind="TX", unit="", limits="")))
    assert endless.refusal == "line 4: OBX-5 is longer than 100000 characters"


def test_the_delimiters_of_the_message_hold() -> None:
    swap = str.maketrans("|^~\\&", "@~&#*")
    (message,) = read(join(*(line.translate(swap) for line in GOOD)))
    assert message.report == report(*GOOD)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("a\\F\\b\\S\\c\\T\\d\\R\\e\\E\\f", "a|b^c&d~e\\f"), ("one\\.br\\two", "one\ntwo"), ("a\\.sp2\\b", "a\n\nb"),
     ("\\H\\bold\\N\\", "bold"), ("\\X48C3A4\\", "H\xe4"), ("C:\\path\\file", "C:\\path\\file"), ("a\\b", "a\\b"),
     ("\\.in4\\x", "x"), ("\\Zlocal\\", "\\Zlocal\\"), ("a\x00\x07b", "ab")],
)  # fmt: skip
def test_escapes(written: str, meant: str) -> None:
    assert Encoding().unescape(written) == meant


@pytest.mark.parametrize(
    ("said", "codec", "remark"),
    [("8859/1", "latin-1", False), ("UNICODE UTF-8", "utf-8", False), ("8859/1", "utf-8", True),
     ("UNICODE UTF-8", "cp1252", True), ("8859", "cp1252", False), ("", "cp1252", True), ("", "utf-8", False),
     ("8859/2", "iso-8859-2", False), ("ISO-8859-15", "iso-8859-15", False), ("hex", "cp1252", True)],
)  # fmt: skip
def test_character_sets_true_wrong_and_missing(said: str, codec: str, remark: bool) -> None:
    text = "\r".join([msh(charset=said), pid(), obr(), obx(test="X^H\xe4moglobin")])
    (message,) = read(text.encode(codec))
    assert message.report is not None
    assert message.report.orders[0].items[0].name == "H\xe4moglobin"
    assert bool(message.remarks) is remark


@pytest.mark.parametrize("codec", ["iso2022_jp", "iso2022_jp_ext"])
def test_text_that_changes_its_characters_is_read_before_it_is_split(codec: str) -> None:
    """Its bytes are ASCII ones, signs of the structure among them: 太 ends in ``@``, 比 in ``f``, 診 in ``G``."""
    name = "診療^太郎"
    text = join(msh(charset="~ISO IR87"), pid(name=name), obr(), obx()).decode()
    (message,) = read(text.encode(codec))
    assert message.report is not None
    (found,) = message.report.person.names
    assert (f"{found.family}^{found.given}", message.remarks) == (name, ())


def test_utf_16_is_read_and_codecs_of_no_text_are_none() -> None:
    text = join(msh(), pid(name="Zo\xeb^X"), obr(), obx()).decode()
    for codec in ("utf-16", "utf-16-le", "utf-16-be"):
        (message,) = read(text.encode(codec))
        assert message.report is not None
        assert message.report.person.name == "X Zo\xeb"
    assert [codec_named(name) for name in ("hex", "rot13", "zlib", "")] == [None] * 4


VALUES: list[tuple[dict[str, Any], object]] = [
    ({"value": "98"}, 98), ({"value": " 4.20 "}, 4.2), ({"value": "0065.88"}, 65.88), ({"value": "1,5"}, 1.5),
    ({"value": "1,500"}, "1,500"), ({"value": "<0.5"}, "<0.5"), ({"value": "NEG"}, "NEG"), ({"value": ""}, ""),
    ({"value": '""'}, ""), ({"value": "12345678901234567"}, "12345678901234567"), ({"value": "1e999"}, "1e999"),
    ({"value": "nan"}, "nan"), ({"kind": "SN", "value": "^33"}, 33), ({"kind": "SN", "value": "<^10"}, "<10"),
    ({"kind": "SN", "value": "^1^:^128"}, "1:128"), ({"kind": "SN", "value": "=^4.5"}, 4.5),
    ({"kind": "SN", "value": "^10^-^20"}, "10-20"), ({"kind": "ST", "value": "  2.29"}, 2.29),
    ({"kind": "ST", "value": "00123"}, "00123"), ({"kind": "ST", "value": "42", "unit": "", "limits": ""}, "42"),
    ({"kind": "CE", "value": "260415000^Not detected^SCT"}, "Not detected"), ({"kind": "CWE", "value": "POS"}, "POS"),
    ({"kind": "CWE", "value": "^^^L1^Yellow^L"}, "Yellow"), ({"kind": "DT", "value": "20240411"}, "2024-04-11"),
    ({"kind": "TM", "value": "0930"}, "09:30"),
    ({"kind": "TS", "value": "202404111005-0500"}, "2024-04-11 10:05 -0500"),
    ({"kind": "TX", "value": "one~two\\.br\\three"}, "one\ntwo\nthree"),
    ({"kind": "TX", "value": "10^9 & more"}, "10^9 & more"),
    ({"kind": "TX", "value": "225 ", "unit": "mg/dl"}, 225), ({"kind": "FT", "value": "0225", "unit": "mg/dl"}, "0225"),
    ({"kind": "ED", "value": "LAB^application^pdf^Base64^" + "QUJD" * 1024},
     "PDF document, 3 KB: it is in the laboratory's message"),
    ({"kind": "ED", "value": "LAB^TEXT^^A^Plain words"}, "Plain words"),
    ({"kind": "RP", "value": "http://lab/1^LAB"}, "Document kept by the laboratory: http://lab/1 LAB"),
    ({"kind": "XPN", "value": "Lis^Ana"}, "Lis Ana"), ({"kind": "NA", "value": "1^2^3"}, "1 2 3"),
    ({"kind": "CE", "value": "A^Rod^L~B^Coccus^L"}, "Rod; Coccus"),
]  # fmt: skip


@pytest.mark.parametrize(("how", "value"), VALUES)
def test_values(how: dict[str, Any], value: object) -> None:
    found = result(obx(**{"value": "", **how}))
    assert (found.value, type(found.value)) == (value, type(value))


RANGES = [
    ("70-100", 70, 100), ("2.20 - 2.65", 2.2, 2.65), ("< 104", None, 104), ("<=5", None, 5), (">60", 60, None),
    ("≥60", 60, None), ("60-", 60, None), ("(3.5-5.1)", 3.5, 5.1), ("[3.5 - 5.1]", 3.5, 5.1), ("3,5-5,1", 3.5, 5.1),
    ("-2 - 2", -2, 2), ("-3--1", -3, -1), ("4 to 11", 4, 11), ("4–11", 4, 11), ("bis 5", None, 5),
    ("70-100 mg/dL", 70, 100), ("up to 40", None, 40), ("negative", None, None), ("100-70", None, None),
    ("-5", None, None), ("1,000-2,000", None, None), ("<9 mcg/dL: background", None, None), ("", None, None),
    ("70-100 mmol/L", None, None), ("M 14-18; F 12-16", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "low", "high"), RANGES)
def test_ranges(text: str, low: float | None, high: float | None) -> None:
    found = read_range(text, "mg/dL")
    assert (found.low, found.high) == (low, high)
    assert bool(found.text) == (bool(text) and low is None and high is None)


def test_a_range_in_words_and_a_limit_that_lies_outside() -> None:
    assert result(obx(limits="M 14-18; F 12-16")).note == "Range: M 14-18; F 12-16"
    assert [result(obx(value, limits="<5.0")).flag for value in ("4.9", "5.0")] == ["", "H"]
    assert plain_number("1.000.000") is None


@pytest.mark.parametrize(
    ("flags", "flag", "note"),
    [("H", "H", ""), ("N", "", ""), ("H~HH", "HH", ""), ("A^Abnormal^HL70078", "A", ""), ("LL~D", "LL", "D: falling"),
     ("AA", "HH", "AA: very abnormal, critical"), ("R", "", "R: resistant"), ("XYZ", "", "XYZ"), ("h", "H", ""),
     ("LO", "L", ""), ("*", "A", ""), ("*~H", "H", "")],
)  # fmt: skip
def test_flags(flags: str, flag: str, note: str) -> None:
    found = result(obx(flag=flags))
    assert (found.flag, found.note) == (flag, note)


@pytest.mark.parametrize(
    ("value", "limits", "flag"),
    [("6.35", "<5.00", "H"), ("5.0", "<5.0", "H"), ("2.1", "(2.4-8.3)", "L"), ("2", "", "A"), ("positive", "neg", "A")],
)
def test_a_mere_mark_has_the_direction_that_the_range_tells(value: str, limits: str, flag: str) -> None:
    found = result(obx(value, kind="ST", limits=limits, flag="*", unit="mmol/l" if limits else ""))
    assert found.flag == flag


@pytest.mark.parametrize(
    ("letter", "status"),
    [("F", "final"), ("P", "preliminary"), ("C", "corrected"), ("X", "cancelled"), ("D", "entered-in-error"),
     ("W", "entered-in-error"), ("I", "preliminary"), ("R", "preliminary"), ("", "final"), ("?", "preliminary")],
)  # fmt: skip
def test_states(letter: str, status: str) -> None:
    assert result(obx(status=letter)).status == status


@pytest.mark.parametrize(
    ("text", "instant"),
    [("20260504083000", "2026-05-04T06:30:00"), ("202605040830-0500", "2026-05-04T13:30:00"),
     ("20260504083000.1234+0000", "2026-05-04T08:30:00.123"), ("20260504", "2026-05-03T22:00:00"),
     ("202605", "2026-04-30T22:00:00"), ("2026", "2025-12-31T23:00:00"), ("2026-05-04T08:30:00", "2026-05-04T06:30:00"),
     ("20260504 0830", "2026-05-04T06:30:00"), ("20260504240000", "2026-05-04T22:00:00"),
     ("2026-05-04T08:30Z", "2026-05-04T08:30"), ("2026050408300050", "2026-05-04T06:30:00.500")],
)  # fmt: skip
def test_times(text: str, instant: str) -> None:
    found = read_moment(text, ZONE)
    assert found is not None
    assert found.at == at(instant)


@pytest.mark.parametrize("text", ["", "00000000", "20261301", "220241021055726", "soon", "20260504083000+9900" * 3])
def test_what_is_no_time(text: str) -> None:
    assert read_moment(text, ZONE) is None


def test_births_are_days_and_no_zone_shifts_them() -> None:
    assert str(read_day("19880121190000-0500")) == "1988-01-21"
    assert [read_day(text) for text in ("1988", "198801", "00000000", "19881340")] == [None] * 4


def test_the_messages_own_zone_goes_before_the_clinics() -> None:
    found = report(msh(sent="20260504080000-0700"), pid(), obr(at="20260504070000"), obx())
    assert found.orders[0].collected_at == at("2026-05-04T14:00")


def test_a_time_that_is_none_is_said_and_the_orders_is_taken() -> None:
    (message,) = read([*GOOD[:3], obx(at="220241021055726")])
    assert message.remarks == ("line 4: OBX-14 is no time; the order's is taken",)
    assert message.report is not None
    assert message.report.orders[0].items[0].observed_at == at("2026-05-04T05:00")


def test_loinc_wherever_it_stands() -> None:
    assert result(obx(test="wbc^Wbc^Local^6690-2^Leukocytes^LN")).code == "6690-2"
    assert result(obx(test="^^^WBC^White cells")) == result(obx(test="WBC^White cells"))
    assert [is_loinc(code) for code in ("6690-2", "6690-3", "CPT-9", "4711")] == [True, False, False, False]


def test_lines_of_a_text_are_one_result_and_notes_stay_with_theirs() -> None:
    lines = [
        obx(text, kind="TX", test="11526-1^Report^LN", unit="", limits="", number=n) for n, text in enumerate("abc")
    ]
    found = report(msh(), pid(), obr(), "NTE|1||fasting", *lines, "NTE|1||first", "NTE|2||second", obx())
    text, glucose, comment = found.orders[0].items
    assert (text.value, text.note) == ("a\nb\nc", "first\nsecond")
    assert (glucose.value, glucose.note) == (98, "")
    assert (comment.name, comment.value) == ("Comment of the laboratory", "fasting")


def test_susceptibilities_say_whose_they_are_and_two_organisms_stay_apart() -> None:
    organism = "600-7^Organism^LN"
    first = obx("112283007^E. coli^SCT", kind="CWE", test=organism, sub="1", unit="", limits="")
    second = obx("3092008^S. aureus^SCT", kind="CWE", test=organism, sub="2", unit="", limits="")
    child = "OBR|2||F2|50545-3^Susceptibility^LN|||20260504070000||||||||||||||||||F|600-7&Organism&LN^2|||^F1"
    drug = obx("<=2", kind="ST", test="18862-3^Amoxicillin^LN", unit="ug/mL", limits="", flag="S")
    parent = child.replace("600-7&Organism&LN^2", organism.replace("^", "&") + "^2^S. aureus")
    for line in (child, parent):
        found = report(msh(), pid(), obr(test="630-4^Culture^LN"), first, second, line, drug)
        assert len(found.orders) == 1
        names = [(item.code, item.name) for item in found.orders[0].items]
        assert names == [("600-7", "Organism"), ("", "Organism (2)"), ("", "Amoxicillin (S. aureus)")]


def test_orders_are_told_apart_by_their_numbers() -> None:
    found = report(msh(), pid(), obr("P1", "F1"), obx(), obr("P1", "F2"), obx("5", test="X^X"), obr("P2", "F3"), obx())
    assert [(order.placer_ids, order.filler_id, len(order.items)) for order in found.orders] == [
        (("P1",), "F1", 2), (("P2",), "F3", 1),
    ]  # fmt: skip


def test_several_people_in_one_message_become_one_each() -> None:
    found = read([msh(), pid("1"), obr(), obx(), pid("2"), obr(filler="F2"), obx("7")])
    assert [one.report.person.numbers[0].value for one in found if one.report] == ["1", "2"]
    assert len({one.content_hash for one in found}) == 2
    assert found[1].source == "test.hl7, person 2"


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("ADT^A01", "not a result message: ADT is patient administration"),
     ("ORM^O01", "not a result message: ORM is an order"),
     ("", "not a result message: MSH-9 doesn't say what it is"), ("XYZ^Q1", "not a result message: MSH-9 says XYZ")],
)  # fmt: skip
def test_other_messages_are_refused_with_the_reason(kind: str, reason: str) -> None:
    (message,) = read([msh(kind=kind), *GOOD[1:]])
    assert (message.report, message.refusal) == (None, reason)


def test_training_tests_and_nobody_are_held() -> None:
    held = [report(msh(purpose=p), *GOOD[1:]).held for p in ("T", "D", "P", "")]
    assert held == ["the message is marked as training (MSH-11)", "the message is marked as a test (MSH-11)", "", ""]
    assert report(msh(), obr(), obx()).held == "the message names no person (no PID segment)"


def test_broken_lines_are_joined() -> None:
    broken = "OBR|1|P1^HERE|F1^GHH\rLAB|1554-5^GLUCOSE^LN|||20260504070000"
    (message,) = read([msh(), pid(), broken, obx("one\ntwo", kind="TX", unit="", limits="")])
    assert message.report is not None
    (order,) = message.report.orders
    assert (order.tests, order.items[0].value) == (("GLUCOSE",), "one\ntwo")
    assert len(message.remarks) == 2


def test_no_result_is_lost_for_want_of_a_name() -> None:
    found = result(obx("note", kind="TX", test="", unit="", limits=""))
    assert isinstance(found, LabResult)
    assert found.name == "Metabolic panel"


@pytest.mark.parametrize(
    ("flags", "value", "flag"),
    [("CRIT", "40", "LL"), ("PANIC", "620", "HH"), ("AA", "40", "LL"), ("AA", "80", "HH"), ("AA", "growth", "HH"),
     ("HH", "40", "HH"), ("PL", "40", "LL"), ("PH", "620", "HH"), ("CRITICAL LOW", "40", "LL"), ("HH~AA", "40", "HH")],
)  # fmt: skip
def test_what_is_only_marked_critical_has_the_direction_that_the_range_tells(
    flags: str, value: str, flag: str
) -> None:  # fmt: skip
    assert result(obx(value, kind="ST", limits="70-99", flag=flags)).flag == flag

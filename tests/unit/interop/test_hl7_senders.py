"""What real senders do that no sample shows: repeated persons, pieces, notes at every level, odd codecs and escapes."""

from __future__ import annotations

import base64

import pytest

from app.interop.hl7.charset import codec_named
from app.interop.hl7.documents import documents_of
from app.interop.hl7.encoding import Encoding
from app.interop.hl7.times import read_moment
from tests.support.hl7 import ZONE, at, join, msh, obr, obx, pid, read, report, result

GOOD = (msh(), pid(), obr(), obx())
OTHER = pid("99", name="Roe^Ann")


def test_a_person_who_is_repeated_word_for_word_is_one_person() -> None:
    again = pid().replace("PID|1", "PID|2")
    before = read([msh(), pid(), pid(), obr(), obx()])
    between = read([msh(), pid(), obr(), obx(), again, "NTE|1||second", obr(filler="F2"), obx("7")])
    assert [(one.refusal, one.source) for one in (*before, *between)] == [("", "test.hl7")] * 2
    assert between[0].report is not None
    orders = between[0].report.orders
    assert [[item.value for item in order.items] for order in orders] == [[98], [7, "second"]]


def test_results_behind_two_people_wait_for_a_person() -> None:
    first, second = read([msh(), pid(), "NK1|1|Roe^Max", OTHER, obr(), obx()])
    assert (first.refusal, first.report) == ("the message has no results (no OBX segment)", None)
    assert second.report is not None
    assert second.report.held == "lines 2 and 4: two different PID stand before these results"
    ordered = read([msh(), pid(), obr(), OTHER, obr(filler="F2"), obx()])
    assert ordered[1].report is not None
    assert ordered[1].report.held == ""


def test_a_note_is_about_what_it_stands_behind() -> None:
    """One behind the ORC of the second order had become the first one's."""
    found = report(
        msh(), pid(), "NTE|1||of the person", "ORC|RE|P1|F1", obr(filler="F1"), "NTE|1||of the request", obx(),
        "NTE|1||of the result", "SPM|1|S1||SER^Serum", "NTE|1||of the specimen",
        "ORC|RE|P2|F2", "NTE|1||of the second order", obr(filler="F2"), obx("7"),
    )  # fmt: skip
    said = [[item.note or item.value for item in order.items] for order in found.orders]
    assert said == [["of the result", "of the person\nof the request\nof the specimen"], [7, "of the second order"]]


def test_in_messages_of_specimens_too() -> None:
    found = report(
        msh(kind="OUL^R22^OUL_R22"), pid(), "SPM|1|S1||SER", "NTE|1||of the specimen",
        obx("3", test="V^Volume^L"), "NTE|1||of the volume", obr(filler="F1"), "ORC|RE|P1",
        "NTE|1||of the order", obx(), pid(), "NTE|1||of nothing that follows",
    )  # fmt: skip
    (order,) = found.orders
    assert [item.note or item.value for item in order.items] == [
        "of the volume", 98, "of the specimen\nof the order\nof nothing that follows",
    ]  # fmt: skip


def test_a_note_in_the_wrong_field_is_one_all_the_same() -> None:
    assert result(obx(), "NTE|1|specimen hemolyzed", "NTE|1|L|", "NTE|lipemic sample").note == (
        "specimen hemolyzed\n\nlipemic sample"
    )
    assert result(obx(), "NTE|1|RE|fasting").note == "fasting"


def test_what_an_addendum_says_goes_on_where_the_segment_ended() -> None:
    found = report(msh(), pid(), obr(), "OBX|1|FT|R^Report^L||first half,", "ADD| second half||||||F")
    (item,) = found.orders[0].items
    assert (item.value, item.status, found.held) == ("first half, second half", "final", "")


def test_a_piece_of_a_message_waits_for_a_person() -> None:
    """The piece may end in a value, or in the middle of an order."""
    first = report(*GOOD, "DSC|4711")
    assert first.held == "line 5: the message goes on in another one (DSC-1); take it from the laboratory in one piece"
    assert report(*GOOD, "DSC|").held == ""
    header = "MSH|^~\\&|LAB|MAIN|CLINIC|HERE|20260504080000||ORU^R01|M2|P|2.5.1||4711"
    assert report(header, *GOOD[1:]).held.startswith("the message goes on from another one (MSH-14)")
    (nothing,) = read([header, "ADD| rest of a text"])
    assert nothing.refusal.startswith("the message goes on from another one (MSH-14)")


@pytest.mark.parametrize(
    ("head", "end", "told"),
    [("FHS|^~\\&|\rBHS|^~\\&|\r", "", True), ("BHS|^~\\&|\r", "", True), ("FHS|^~\\&|\rBHS|^~\\&|\r", "BTS|1\r", True),
     ("FHS|^~\\&|\rBHS|^~\\&|\r", "BTS|1\rFTS|1\r", False), ("BHS|^~\\&|\r", "BTS\r", False), ("", "", False)],
)  # fmt: skip
def test_a_batch_without_its_end_may_lack_messages(head: str, end: str, told: bool) -> None:
    (message,) = read(head.encode() + join(*GOOD) + end.encode())
    remark = "the batch has no end (BTS, FTS); messages behind this one may be missing"
    assert message.remarks == ((remark,) if told else ())


@pytest.mark.parametrize(
    "said", ["UNICODE UTF-16", "UNICODE UTF-32", "CP037", "CP500", "UTF-7", "UNICODE-ESCAPE", "RAW-UNICODE-ESCAPE"]
)
def test_a_character_set_in_which_the_message_would_have_no_signs_is_none(said: str) -> None:
    """Such a name had made other letters of the whole message, the segments' names among them."""
    assert codec_named(said) is None
    text = "\r".join([msh(charset=said), pid(name="M\xfcller^J\xf6rg"), obr(), obx()])
    (message,) = read(text.encode("latin-1"))
    assert message.report is not None, message.refusal
    assert message.report.person.name == "J\xf6rg M\xfcller"
    assert message.remarks == (f"the character set {said} of MSH-18 doesn't hold; read as cp1252",)


@pytest.mark.parametrize(
    ("written", "meant"),
    [("C:\\50\\.br\\next", "C:\\50\nnext"), ("a\\b\\F\\c", "a\\b|c"), ("one\\x0D\\two", "one\ntwo"),
     ("5 \\ 10\\S\\9/L", "5 \\ 10^9/L"), ("\\X0D0A\\", "\n")],
)  # fmt: skip
def test_an_escape_behind_a_sign_that_nobody_escaped(written: str, meant: str) -> None:
    assert Encoding().unescape(written) == meant


def test_a_comma_that_may_group_thousands_is_said_to_be_compared_with_nothing() -> None:
    note = "a comma before three digits can mean two things: not compared with its range"
    assert [result(obx(value)).note for value in ("1,500", "1,50", "1500")] == [note, "", ""]


def test_a_plain_number_in_a_structured_one() -> None:
    assert result(obx("182", kind="SN")).value == 182
    assert result(obx("<5", kind="SN")).value == "<5"


@pytest.mark.parametrize("text", ["2026-05-04 07:00:00-05", "20260504070000-05", "2026-05-04T07:00-0500"])
def test_a_zone_of_whole_hours(text: str) -> None:
    found = read_moment(text, ZONE)
    assert found is not None
    assert found.at == at("2026-05-04T12:00")
    month = read_moment("2026-05", ZONE)
    assert month is not None
    assert (month.at, month.parts) == (at("2026-04-30T22:00"), 2)


def test_the_end_sign_of_a_dos_file_is_no_line() -> None:
    (message,) = read(join(*GOOD) + b"\x1a")
    assert message.remarks == ()
    assert "\x1a" not in message.body


def test_documents_come_out_as_the_laboratory_put_them_in() -> None:
    pdf = b"%PDF-1.4 \x00\xff end"
    coded = base64.b64encode(pdf).decode()
    broken = f"{coded[:8]}\n{coded[8:]}"
    body = join(
        msh(), pid(), obr(),
        obx(f"LAB^application^pdf^Base64^{broken}", kind="ED", test="PDF^Report: page/1^L", unit="", limits=""),
        obx(f"^TEXT^^A^Plain words~^IM^GIF^Hex^{b'GIF89a'.hex()}~^AP^x!^Base64^not base64!", kind="ED", test="2^B^L"),
        obx(f"^AP^octet-stream^Base64^{coded}", kind="ED", test="^^"), obx("no document"),
    ).decode()  # fmt: skip
    found = documents_of(body)
    assert [(one.name, one.ending, one.data) for one in found] == [
        ("Report: page/1", "pdf", pdf), ("B", "text", b"Plain words"), ("B", "gif", b"GIF89a"), ("", "pdf", pdf),
    ]  # fmt: skip
    assert [one.file_name for one in found] == ["Report_ page_1.pdf", "B.text", "B.gif", "document.pdf"]
    assert documents_of("no message") == ()

"""Whatever the bytes: a file is refused, or each message is read or refused; escapes come back as they went."""

from __future__ import annotations

import contextlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.lab_merge import checked_items
from app.domain.labs import parse_results, results_json
from app.interop.hl7.encoding import Encoding
from app.interop.hl7.framing import Bounds
from app.interop.hl7.message import read_file
from app.interop.hl7.ranges import read_range
from app.interop.hl7.times import read_day, read_moment
from app.kernel.errors import Refused
from tests.support.hl7 import REAL, ZONE, at, join, msh, obr, obx, pid

SMALL = Bounds(message_bytes=200_000, segments=2_000)
NOW = at("2026-05-04T08:42")


def check(data: bytes) -> int:
    """Read a file as an import does; returns how many messages it has."""
    count = 0
    with contextlib.suppress(Refused):
        for message in read_file(data, "fuzz", ZONE, SMALL):
            count += 1
            assert (message.report is None) == bool(message.refusal)
            assert "\x00" not in message.body
            for order in message.report.orders if message.report else ():
                with contextlib.suppress(Refused):
                    kept = results_json(checked_items(order.items, NOW, typed=False)) if order.items else []
                    assert parse_results(kept)[1] == 0
    return count


@given(st.binary(max_size=400))
def test_any_bytes(data: bytes) -> None:
    check(data)
    check(b"MSH|^~\\&|" + data)
    check(join(msh(), pid(), obr()) + b"OBX|1|NM|" + data)


FIELD = st.text(st.sampled_from('|^~\\&\r\n\x0b\x1cMSHPIDOBRXNTEZ0123456789-+.<>= é"E'), max_size=60)


BEGINNING = st.sampled_from(["MSH|^~\\&|", "PID|", "OBR|", "OBX|1|", "ORC|", "SPM|", "NTE|1||", "ZZZ|", "XX"])
LINE = st.builds(lambda name, rest: name + rest, BEGINNING, FIELD)
KIND = st.sampled_from(["NM", "SN", "ST", "TX", "FT", "CE", "CWE", "DT", "TM", "TS", "ED", "RP", "CP", "XCN", "Q"])


@given(st.lists(LINE, max_size=12))
def test_any_segments(lines: list[str]) -> None:
    check("\r".join(lines).encode())
    check(join(msh(), *lines))


@given(KIND, FIELD, FIELD, FIELD, FIELD)
def test_any_result(kind: str, value: str, unit: str, limits: str, flag: str) -> None:
    assert check(join(msh(), pid(), obr(), obx(value, kind=kind, unit=unit, limits=limits, flag=flag), obx())) >= 1


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("|^~\\&\n")))
def test_escapes_come_back(text: str) -> None:
    for encoding in (Encoding(), Encoding("@", "~", "&", "#", "*")):
        assert encoding.unescape(encoding.escaped(text)) == text


@given(st.text(max_size=40))
def test_any_time_and_range(text: str) -> None:
    moment = read_moment(text, ZONE)
    assert moment is None or moment.at.tzinfo is not None
    read_day(text)
    found = read_range(text, "mg/dL")
    assert found.low is None or found.high is None or found.low <= found.high


SEGMENT = st.sampled_from(["PID", "ORC", "OBR", "OBX", "NTE", "SPM", "TEXT", "PV1"])
MESSAGE = st.sampled_from(["ORU^R01", "OUL^R21", "OUL^R22", "OUL^R23", "OUL^R24"])


def written(names: list[str]) -> tuple[list[str], list[str]]:
    """Segments in any order, and the word that each result or note has to itself."""
    lines, words = [], []
    for number, name in enumerate(names):
        word = f"word{number}word"
        lines.append(
            {"PID": pid(), "ORC": f"ORC|RE|P{number % 3}|F{number % 4}", "OBR": obr(f"P{number % 3}", f"F{number % 4}"),
             "OBX": obx(word, kind="ST", test=f"{number % 2}^Test^L", unit="", limits=""), "NTE": f"NTE|1||{word}",
             "SPM": "SPM|1|S||SER", "PV1": "PV1|1|O",
             "TEXT": obx(word, kind="TX", test="T^Text^L", unit="", limits="")}[name]
        )  # fmt: skip
        if name in ("OBX", "NTE", "TEXT"):
            words.append(word)
    return lines, words


@given(st.lists(SEGMENT, max_size=25), MESSAGE)
def test_no_result_and_no_note_is_lost_wherever_it_stands(names: list[str], kind: str) -> None:
    lines, words = written([*names, "OBX"])
    (message,) = read_file(join(msh(kind=kind), pid(), *lines), "fuzz", ZONE, SMALL)
    assert message.report is not None, message.refusal
    said = [f"{item.value}\n{item.note}\n{item.name}" for order in message.report.orders for item in order.items]
    for word in words:
        assert sum(word in text for text in said) == 1, word


@pytest.mark.parametrize("path", sorted(REAL.rglob("*.[hH][lL]7")), ids=lambda path: path.name)
def test_real_files_cut_and_spoilt(path: object) -> None:
    data = (REAL / str(path)).read_bytes()
    chance = random.Random(7)
    for _ in range(25):
        check(data[: chance.randrange(len(data))])
        spoilt = bytearray(data)
        for _ in range(5):
            spoilt[chance.randrange(len(spoilt))] = chance.randrange(256)
        check(bytes(spoilt))

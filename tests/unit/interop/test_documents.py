"""Wrappings: Bundle, array, single, NDJSON, gzip, byte order mark; and everything that can be wrong with a file."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.interop.documents import read_document
from app.interop.entries import Entry, Flaw
from app.interop.limits import Limits
from tests.support.fhir import patient

ONE, TWO = patient("p1"), patient("p2", birthDate="1980-01-01")
SMALL = Limits(document_bytes=2_000, line_bytes=400, depth=10, entries=5)


def entries_of(data: bytes, name: str = "file.json", limits: Limits = SMALL) -> list[Entry | Flaw]:
    return list(read_document(io.BytesIO(data), name, limits))


def dump(value: Any, **how: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, **how).encode()


def bundle(*resources: Any, **more: Any) -> dict[str, Any]:
    base = {"resourceType": "Bundle", "type": "collection"}
    return {**base, "entry": [{"fullUrl": f"urn:x:{n}", "resource": r} for n, r in enumerate(resources)], **more}


def ids(found: list[Entry | Flaw]) -> list[str]:
    assert all(isinstance(entry, Entry) for entry in found), found
    return [entry.resource["id"] for entry in found if isinstance(entry, Entry)]


def wrappings() -> Iterator[tuple[str, bytes, str]]:
    both = bundle(ONE, TWO)
    yield "bundle", dump(both), "file.json"
    yield "pretty bundle", dump(both, indent=2), "file.json"
    yield "entries before the type", dump({"entry": both["entry"], "resourceType": "Bundle"}), "file.json"
    yield "members after the entries", dump({**both, "total": 2, "link": [{"relation": "self"}]}), "file.json"
    yield "array", dump([ONE, TWO]), "file.json"
    yield "ndjson", dump(ONE) + b"\n" + dump(TWO) + b"\n", "file.ndjson"
    yield "ndjson without a last line end", dump(ONE) + b"\n" + dump(TWO), "file.jsonl"
    yield "ndjson under another name", dump(ONE) + b"\n" + dump(TWO), "file.json"
    yield "ndjson with empty lines and CRLF", b"\r\n" + dump(ONE) + b"\r\n\r\n" + dump(TWO) + b"\r\n", "x.ndjson"
    yield "a bundle a line", dump(bundle(ONE)) + b"\n" + dump(bundle(TWO)), "x.ndjson"
    yield "a bundle in a bundle", dump(bundle(bundle(ONE), TWO)), "file.json"


@pytest.mark.parametrize(("data", "name"), [pytest.param(d, n, id=i) for i, d, n in wrappings()])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "bom"])
@pytest.mark.parametrize("packed", [False, True], ids=["", "gz"])
def test_every_wrapping_gives_the_same_resources(data: bytes, name: str, mark: bytes, packed: bool) -> None:
    data = mark + data
    found = entries_of(gzip.compress(data) if packed else data, name + ".gz" if packed else name)
    assert ids(found) == ["p1", "p2"]


def test_a_single_resource_pretty_or_not() -> None:
    for indent in (None, 2):
        assert ids(entries_of(dump(ONE, indent=indent))) == ["p1"]


@pytest.mark.parametrize("kind", ["transaction", "batch", "collection", "searchset", "document", "history", "message"])
def test_every_type_of_bundle(kind: str) -> None:
    assert ids(entries_of(dump(bundle(ONE, TWO, type=kind)))) == ["p1", "p2"]


def test_places_and_full_urls_are_named() -> None:
    assert [(e.where, e.full_url) for e in entries_of(dump(bundle(ONE, TWO))) if isinstance(e, Entry)] == [
        ("entry 1", "urn:x:0"),
        ("entry 2", "urn:x:1"),
    ]
    assert [e.where for e in entries_of(dump(ONE) + b"\n" + dump(TWO), "x.ndjson")] == ["line 1", "line 2"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n \n", "empty"),
        (b"<Patient/>", "XML"),
        (b"PK\x03\x04....", "ZIP"),
        (dump(ONE).decode().encode("utf-16"), "UTF-16"),
        (dump(ONE)[:-20], "no JSON at character"),
        (dump(bundle(ONE, TWO))[:-1], "expected"),
        (dump(ONE) + b"]", "more text after the end"),
        (dump([ONE]) + b"x", "more text after the end"),
        (b'{"resourceType": "Patient", "id": "\xff"}', "no UTF-8 at byte 35 (0xff)"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (dump({"resourceType": "Patient", "x": json.loads("[" * 10 + "]" * 10)}), "deeper than 10"),
        (b'{"resourceType": "Patient", "id": "a", "id": "b"}', "stands twice"),
        (b'{"resourceType": "Observation", "value": NaN}', "NaN is no number"),
        (b'{"resourceType": "Observation", "value": -Infinity}', "-Infinity is no number"),
        (b"7", "no JSON object"),
        (b'{"id": "x"}', "no resourceType"),
        (b'{"resourceType": 7}', "no resourceType"),
        (b'{"resourceType": "Bundle", "entry": {}}', "no list of entries"),
        (b'{"resourceType": "Bundle", "entry": [], "entry": []}', "stands twice"),
        (dump(bundle(*[ONE] * 6)), "more than 5 entries"),
        (gzip.compress(dump(ONE))[:-9], "damaged or cut off"),
    ],
)
def test_what_cant_be_read_says_why(data: bytes, reason: str) -> None:
    found = entries_of(data, limits=Limits(depth=10, entries=5))
    assert any(isinstance(entry, Flaw) and reason in entry.reason for entry in found), found


@pytest.mark.parametrize("data", [b'{"a": "' + b"x" * 3_000 + b'"}', b'{"a":\n"' + b"x" * 3_000 + b'"}', b"\n" * 3_000])
def test_a_document_has_a_size_ndjson_only_its_lines(data: bytes) -> None:
    for packed in (data, gzip.compress(data)):
        (flaw,) = entries_of(packed)
        assert isinstance(flaw, Flaw)
        assert "2000 bytes" in flaw.reason or "empty" in flaw.reason
    assert len(entries_of(gzip.compress(b"\n".join([dump(ONE)] * 30)))) == 30


def test_blanks_that_fill_a_chunk_are_part_of_the_text() -> None:
    text = "x" * 380 + " " * 900 + "y"
    (found,) = entries_of(dump({"resourceType": "Patient", "id": "p", "note": text}))
    assert isinstance(found, Entry)
    assert found.resource["note"] == text


def test_a_number_too_long_for_python_is_refused() -> None:
    (flaw,) = entries_of(b'{"resourceType": "X", "n": ' + b"9" * 5_000 + b"}", limits=Limits())
    assert isinstance(flaw, Flaw)
    assert "too long" in flaw.reason


def test_a_faulty_entry_is_named_and_the_rest_is_read() -> None:
    good = dump(TWO).decode()
    data = (
        '{"resourceType": "Bundle", "type": "collection", "entry": ['
        '{"resource": {"resourceType": "Patient", "id": "bad", "id": "bad"}}, {"fullUrl": "u"}, 7, '
        '{"resource": {"resourceType": "Observation", "id": "nan", "value": NaN}}, '
        '{"resource": {"id": "none"}}, {"resource": ' + good + "}]}"
    )
    found = entries_of(data.encode(), limits=Limits())
    assert [(e.where, e.resource if isinstance(e, Flaw) else e.resource["id"]) for e in found] == [
        ("entry 1", "Patient/bad"),
        ("entry 2", "Bundle.entry"),
        ("entry 3", ""),
        ("entry 4", "Observation/nan"),
        ("entry 5", ""),
        ("entry 6", "p2"),
    ]


def test_a_faulty_line_is_named_and_the_rest_is_read() -> None:
    data = b"\n".join([dump(ONE), b"{oops", b'{"resourceType": "\xff"}', b"[]", b'"' + b"x" * 500, dump(TWO)])
    found = entries_of(data, "x.ndjson")
    assert [(e.where, isinstance(e, Entry)) for e in found] == [
        ("line 1", True),
        ("line 2", False),
        ("line 3", False),
        ("line 4", False),
        ("line 5", False),
        ("line 6", True),
    ]
    assert "400 bytes" in str(found[4])


def test_a_bomb_is_not_unpacked_further_than_the_limit() -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000)
    (flaw,) = entries_of(bomb)
    assert "2000 bytes" in str(flaw)


def test_deletions_name_what_is_gone() -> None:
    gone = {"request": {"method": "DELETE", "url": "Patient/p9"}}
    found = entries_of(dump({"resourceType": "Bundle", "type": "history", "entry": [gone, {"resource": ONE}]}))
    assert [(e.resource["id"], e.deleted) for e in found if isinstance(e, Entry)] == [("p9", True), ("p1", False)]


def test_labels_cannot_paint_the_report() -> None:
    data = b'{"resourceType": "Patient\\u202e\\u0007", "id": "a\\nb", "id": "%s"}' % (b"x" * 300)
    found = entries_of(b"[" + data + b"]", limits=Limits())
    assert isinstance(found[0], Flaw)
    assert found[0].resource.isprintable()
    assert len(found[0].resource) <= 150


@given(st.binary(max_size=300))
def test_any_bytes_are_answered(data: bytes) -> None:
    for name in ("a.json", "a.ndjson"):
        for found in read_document(io.BytesIO(data), name, SMALL):
            assert isinstance(found, Entry) or found.reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(json_values, st.sampled_from(["a.json", "a.ndjson"]), st.integers(0, 400))
def test_any_json_cut_anywhere_is_answered(value: Any, name: str, cut: int) -> None:
    data = json.dumps(value).encode()
    for part in (data, data[:cut]):
        for found in read_document(io.BytesIO(part), name, SMALL):
            assert isinstance(found, Entry) or found.reason


@pytest.mark.parametrize("name", ["a.ndjson", "a.jsonl.gz"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf", b"\n\n"])
def test_one_document_over_many_lines_is_one_whatever_it_is_called(name: str, mark: bytes) -> None:
    for value in (ONE, [ONE], {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": ONE}]}):
        data = mark + json.dumps(value, indent=2).encode()
        (found,) = read_document(io.BytesIO(data), name, Limits())
        assert isinstance(found, Entry)
        assert found.resource["id"] == "p1"


def test_a_first_line_that_is_only_broken_costs_no_other() -> None:
    data = b'{"resourceType": \n' + json.dumps(ONE).encode() + b"\n"
    flaw, entry = read_document(io.BytesIO(data), "a.ndjson", Limits())
    assert isinstance(flaw, Flaw)
    assert isinstance(entry, Entry)

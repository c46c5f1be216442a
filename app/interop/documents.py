"""Files of FHIR resources in JSON, whatever their wrapping: one resource after the other comes out.

Understood: a Bundle of any type, a JSON array, a single resource, NDJSON; each plain or gzipped, with
or without a byte order mark. A faulty resource is reported and stepped over; where the framing itself
breaks, the rest of that file is reported as unread. Bundles are read entry by entry, so a big file
costs its text and one resource.
"""

from __future__ import annotations

import gzip
import io
import itertools
import zlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO, Protocol

from app.interop.entries import Entries, Entry, Flaw, label_of, page_of, resources_in
from app.interop.limits import DEFAULT_LIMITS, Limits
from app.interop.strict_json import BadJsonError, decode, decode_all, skip_space, step_over
from app.kernel.i18n import t

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_LINE_NAMES = (".ndjson", ".jsonl")
_BEGINS = (b"{", b"[")
"""A first line of this alone begins one document over many lines, whatever the file is called."""


class Source(Protocol):
    """A file to import: its name as reports show it, the folder it belongs to, and its bytes."""

    @property
    def name(self) -> str:
        """The name in reports."""
        ...

    @property
    def folder(self) -> str:
        """Files of one folder are taken as one export."""
        ...

    def open(self) -> BinaryIO:
        """Open the bytes, seekable, from the start."""
        ...


Wanted = Callable[[int], bool]
"""Tells which lines of NDJSON to read; the others are stepped over."""


def _every(_line: int) -> bool:
    return True


def read_document(
    stream: BinaryIO, name: str, limits: Limits = DEFAULT_LIMITS, wanted: Wanted = _every
) -> Iterator[Entry | Flaw]:
    """Read the resources of one file. ``stream`` must be seekable; ``name`` tells NDJSON by its suffix."""
    try:
        yield from _read(_plain(stream), name.lower().removesuffix(".gz"), limits, wanted)
    except (gzip.BadGzipFile, EOFError, zlib.error):
        yield Flaw("", "", t("the compressed file is damaged or cut off"))


def _plain(stream: BinaryIO) -> BinaryIO:
    head = stream.read(2)
    stream.seek(0)
    return gzip.GzipFile(fileobj=stream) if head == _GZIP else stream  # type: ignore[return-value]


def _read(stream: BinaryIO, name: str, limits: Limits, wanted: Wanted) -> Iterator[Entry | Flaw]:
    blank, first = _next_line(stream, limits)
    if not first.removeprefix(_BOM).strip():
        yield Flaw("", "", t("the file is empty"))
    elif name.endswith(_LINE_NAMES) and first.removeprefix(_BOM).strip() not in _BEGINS:
        yield from _lines(first, stream, blank.count(b"\n") + 1, limits, wanted)
    else:
        between, second = _next_line(stream, limits) if first.endswith(b"\n") else (b"", b"")
        if second and _is_object(first, limits):
            rest = _Chained(io.BytesIO(between + second), stream)
            yield from _lines(first, rest, blank.count(b"\n") + 1, limits, wanted)
        else:
            data = blank + first + between + second
            yield from _whole(data + stream.read(max(0, limits.document_bytes + 1 - len(data))), limits)


def _next_line(stream: BinaryIO, limits: Limits) -> tuple[bytes, bytes]:
    """Return the blank lines (as far as the limit for a document), and the line behind them."""
    blank = bytearray()
    line = stream.readline(limits.line_bytes + 1)
    while line and not line.removeprefix(_BOM).strip() and len(blank) <= limits.document_bytes:
        blank += line
        line = stream.readline(limits.line_bytes + 1)
    return bytes(blank), line


def _is_object(line: bytes, limits: Limits) -> bool:
    line = line.removeprefix(_BOM).strip()
    if not (line.startswith(b"{") and line.endswith(b"}")):
        return False
    try:
        step_over(line.decode("utf-8", "replace"), 0)
    except BadJsonError:
        return False
    return len(line) <= limits.line_bytes


class _Lines(Protocol):
    def readline(self, limit: int, /) -> bytes: ...


class _Chained:
    """Lines that were read ahead, then the rest of the stream."""

    def __init__(self, ahead: BinaryIO, stream: BinaryIO) -> None:
        self._ahead = ahead
        self._stream = stream

    def readline(self, limit: int, /) -> bytes:
        return self._ahead.readline(limit) or self._stream.readline(limit)


def _lines(first: bytes, rest: _Lines, number: int, limits: Limits, wanted: Wanted) -> Iterator[Entry | Flaw]:
    line = first.removeprefix(_BOM)
    while line:
        if len(line) > limits.line_bytes:
            while line and not line.endswith(b"\n"):
                line = rest.readline(limits.line_bytes + 1)
            where = t("line {number}", number=number)
            yield Flaw(where, "", t("a line of more than {limit} bytes", limit=limits.line_bytes))
        elif wanted(number) and line.strip():
            for found in _line(line, t("line {number}", number=number), limits):
                yield replace(found, line=number) if isinstance(found, Entry) else found
        number += 1
        line = rest.readline(limits.line_bytes + 1)


def _line(line: bytes, where: str, limits: Limits) -> Iterator[Entry | Flaw]:
    try:
        value = decode_all(_text(line.strip()), limits.depth)
    except BadJsonError as problem:
        yield Flaw(where, "", problem.reason)
    else:
        yield from resources_in(value, where)


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadJsonError(t("UTF-16 text; FHIR's JSON is UTF-8"))
    if data.startswith(b"PK\x03\x04"):
        raise BadJsonError(t("a ZIP archive; unpack it first"))
    try:
        return data.removeprefix(_BOM).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadJsonError(t("no UTF-8 at byte {at} (0x{byte:02x})", at=error.start, byte=data[error.start])) from None


def _whole(data: bytes, limits: Limits) -> Iterator[Entry | Flaw]:
    if len(data) > limits.document_bytes:
        yield Flaw("", "", t("a file of more than {limit} bytes; use NDJSON", limit=limits.document_bytes))
        return
    try:
        text = _text(data)
        at = skip_space(text, 0)
        if text[at : at + 1] == "<":
            raise BadJsonError(t("XML; only JSON is read"))
        if text[at : at + 1] == "[":
            yield from _array(text, at, limits)
        else:
            yield from _object(text, at, limits)
    except BadJsonError as problem:
        yield Flaw("", "", problem.reason)


def _array(text: str, at: int, limits: Limits) -> Iterator[Entry | Flaw]:
    walk = _Elements(text, at, limits)
    for number, value in enumerate(walk, 1):
        where = t("element {number}", number=number)
        yield from [Flaw(where, *value)] if isinstance(value, tuple) else resources_in(value, where)
    _end(text, walk.end)


def _end(text: str, at: int) -> None:
    at = skip_space(text, at)
    if at != len(text):
        raise BadJsonError(t("more text after the end, at character {at}", at=at))


class _Elements:
    """The elements of an array in a text, one by one; a faulty one comes as (resource, reason)."""

    def __init__(self, text: str, at: int, limits: Limits) -> None:
        self._text = text
        self._limits = limits
        self.end = at

    def __iter__(self) -> Iterator[Any]:
        text = self._text
        at = skip_space(text, self.end + 1)
        for count in itertools.count():
            if text[at : at + 1] == "]" and count == 0:
                break
            if count >= self._limits.entries:
                raise BadJsonError(t("more than {limit} entries", limit=self._limits.entries))
            value, at = self._element(at)
            yield value
            at = skip_space(text, at)
            mark = text[at : at + 1]
            if mark == "]":
                break
            if mark != ",":
                raise BadJsonError(t("no JSON at character {at}: {problem}", at=at, problem="',' or ']' expected"))
            at = skip_space(text, at + 1)
        self.end = at + 1

    def _element(self, at: int) -> tuple[Any, int]:
        try:
            return decode(self._text, at, self._limits.depth)
        except BadJsonError as problem:
            if not problem.framed:
                raise
            value, end = step_over(self._text, at)
            return (_label(value), problem.reason), end


def _label(value: object) -> str:
    """Name a faulty entry or resource as well as it can be done."""
    if isinstance(value, dict):
        inner = value.get("resource", value)
        if isinstance(inner, dict) and isinstance(inner.get("resourceType"), str):
            return label_of(inner)
    return ""


def _object(text: str, at: int, limits: Limits) -> Iterator[Entry | Flaw]:
    """A Bundle is walked member by member, so that its entries need not all be in memory; the rest is decoded whole."""
    members: dict[str, Any] = {}
    first = _find_entries(text, at, limits, members)
    if first is None:
        value, end = decode(text, at, limits.depth)
        _end(text, end)
        yield from resources_in(value, "")
        return
    entries, walk = Entries(members), _Elements(text, first, limits)
    for number, value in enumerate(walk, 1):
        where = t("entry {number}", number=number)
        yield from [Flaw(where, *value)] if isinstance(value, tuple) else entries.read(value, where)
    yield from page_of({**members, **_rest_of_object(text, walk.end, limits)}, "")


def _find_entries(text: str, at: int, limits: Limits, members: dict[str, Any]) -> int | None:
    """Return where the entry array of a Bundle starts when its type stands before it, else None.

    What stands before it goes into ``members``.
    """
    if text[at : at + 1] != "{":
        return None
    at = skip_space(text, at + 1)
    while text[at : at + 1] == '"':
        key, at = decode(text, at, limits.depth)
        at = skip_space(text, at)
        if text[at : at + 1] != ":" or key in members:
            return None
        at = skip_space(text, at + 1)
        if key == "entry":
            return at if members.get("resourceType") == "Bundle" and text[at : at + 1] == "[" else None
        members[key], at = decode(text, at, limits.depth)
        at = skip_space(text, at)
        if text[at : at + 1] != ",":
            return None
        at = skip_space(text, at + 1)
    return None


def _rest_of_object(text: str, at: int, limits: Limits) -> dict[str, Any]:
    """Return what follows the entries; reading it, a file that was cut off there is noticed."""
    at = skip_space(text, at)
    if text[at : at + 1] == ",":
        members, end = decode("{" + text[at + 1 :], 0, limits.depth)
        if "entry" in members:
            raise BadJsonError(t("the key {key} stands twice in one object", key="'entry'"))
        _end(text[at + 1 :], end - 1)
        return dict(members)
    if text[at : at + 1] != "}":
        raise BadJsonError(t("no JSON at character {at}: {problem}", at=at, problem="',' or '}' expected"))
    _end(text, at + 1)
    return {}

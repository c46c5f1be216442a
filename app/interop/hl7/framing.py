"""Finding the messages in a file: MLLP frames, batches, several one after the other, whatever ends the lines."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from app.interop.hl7.charset import whole_file
from app.kernel.errors import Refused
from app.kernel.i18n import t

_LINE = re.compile(rb"[\r\n\x0b\x1c\x1d\x00][ \t\x0b\x1c\x00\xef\xbb\xbf]*\Z")
_SIGN = re.compile(rb"[^\w\s\x80-\xff]")
_SIGNS = re.compile(rb"MSH([^\w\s\x80-\xff])[^\w\s\x80-\xff]{3,5}\1")
_INDENT = 200
_TRAILER = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))[ \t\x0b\x1c]*(?:FHS|BHS|BTS|FTS)(?=[^\w\s]|[\r\n]|\Z)[^\r\n]*")
_BATCH_END = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))[ \t\x0b\x1c]*BTS[^\w\s](\d{1,9})")


_ORPHAN = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))[ \t]*(?:PID|PV1|ORC|OBR|OBX|NTE|SPM)[^\w\s][^\r\n]*")
_GZIP = b"\x1f\x8b"
_ENVELOPE = (b"FHS", b"BHS", b"BTS", b"FTS")
_AROUND = b"\r\n\x0b\x1a\x1c\x1d\x00 \t\xef\xbb\xbf"
"""What stands around a message and isn't of it: frames, line ends, byte order marks, the end sign of DOS files."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How big things may be. Bytes, counts of lines of one message, messages of one file."""

    file_bytes: int = 256 * 1024 * 1024
    message_bytes: int = 16 * 1024 * 1024
    segments: int = 20_000
    fields: int = 2_000
    text: int = 100_000


DEFAULT_BOUNDS = Bounds()


@dataclass(frozen=True, slots=True)
class Frame:
    """The bytes of one message: its number in the file (from 1), its first line there.

    ``cut``: its end is missing; ``open``: nothing says that it is complete (no line end behind its last segment).
    """

    data: bytes
    number: int
    line: int
    cut: bool = False
    open: bool = False


@dataclass(frozen=True, slots=True)
class Framed:
    """The messages of a file. ``announced``: how many the batch trailers say; None without any."""

    frames: tuple[Frame, ...]
    announced: int | None = None
    headless: int = 0
    """How many lines of a message stand before the first MSH: its beginning is missing."""
    unended: bool = False
    """Whether a batch or file segment begins what none ends: messages behind the last one may be missing."""


def frame(data: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> Framed:
    """Split a file, gzipped or not.

    Raises ``Refused`` for a file without a message: "Empty", "TooBig", "Damaged", "NotHl7", "Hl7Xml".
    """
    data = _unpacked(data, bounds)
    if len(data) > bounds.file_bytes:
        raise Refused("TooBig", t("the file is larger than {mb} MB", mb=bounds.file_bytes // 2**20))
    if not data.strip(b" \t\r\n\x00\x0b\x1c"):
        raise Refused("Empty", t("the file is empty"))
    data = whole_file(data)
    starts = [at for at in _places(data, b"MSH") if _begins(data, at)]
    if not starts:
        raise _no_message(data)
    announced = [int(found[1]) for found in _BATCH_END.finditer(data)] if b"BTS" in data else []
    headless = len(_ORPHAN.findall(data, 0, starts[0]))
    return Framed(tuple(_frames(data, starts)), sum(announced) if announced else None, headless, _unended(data))


def _unended(data: bytes) -> bool:
    return any(
        begin in data and len(_line_of(begin).findall(data)) > len(_line_of(end).findall(data))
        for begin, end in ((b"BHS", b"BTS"), (b"FHS", b"FTS"))
    )


@cache
def _line_of(name: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))[ \t\x0b\x1c]*" + name + rb"(?=[^\w\s]|[\r\n]|\Z)")


def _unpacked(data: bytes, bounds: Bounds) -> bytes:
    if not data.startswith(_GZIP):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            return packed.read(bounds.file_bytes + 1)
    except (OSError, EOFError, zlib.error):
        raise Refused("Damaged", t("the compressed file is damaged or cut off")) from None


def _places(data: bytes, name: bytes) -> Iterator[int]:
    """Every place of a name: a search for it is many times faster than a pattern's over a long file."""
    at = data.find(name)
    while at >= 0:
        yield at
        at = data.find(name, at + len(name))


def _begins(data: bytes, at: int) -> bool:
    """Whether a message begins here: at a line's beginning, or in the middle of one with all its signs.

    No text has those signs in a row unescaped: what stands before is cut off there.
    """
    if not _SIGN.match(data, at + 3):
        return False
    before = b"\n" * (at <= _INDENT) + data[max(0, at - _INDENT) : at]
    return _LINE.search(before) is not None or _SIGNS.match(data, at) is not None


def _frames(data: bytes, starts: list[int]) -> Iterator[Frame]:
    framed = data.count(b"\x0b", 0, starts[0] + 1) > 0
    line, before = 1, 0
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), 1):
        line += _lines(data, before, start)
        before = start
        chunk = data[start:end]
        closed, ended, rest = chunk.partition(b"\x1c")
        body = closed if rest.strip(_AROUND) == b"" else chunk
        whole = bool(ended) or chunk.rstrip(b"\x00 \t\x0b\x1a\xef\xbb\xbf").endswith((b"\r", b"\n"))
        cut = (framed and not ended) or (not whole and end < len(data))
        if any(name in body for name in _ENVELOPE):
            body = _TRAILER.sub(b"", body)
        yield Frame(body.rstrip(_AROUND), number, line, cut, not whole)


def _lines(data: bytes, start: int, end: int) -> int:
    """Count the line ends of a stretch; CR LF is one."""
    part = data[start:end]
    return part.count(b"\r") + part.count(b"\n") - part.count(b"\r\n")


def _no_message(data: bytes) -> Refused:
    head = data[:4096].lstrip()
    if head.startswith((b"<?xml", b"<")) and (b"urn:hl7-org:v2xml" in head or b"<MSH" in head):
        return Refused("Hl7Xml", t("HL7 version 2 written as XML is not read; ask for the usual form with MSH lines"))
    if head.startswith((b"{", b"[", b"<")):
        return Refused("NotHl7", t("this is no HL7 version 2 file: it has no MSH line (it looks like JSON or XML)"))
    if data.startswith(b"PK\x03\x04"):
        return Refused("NotHl7", t("a ZIP archive; unpack it first"))
    return Refused("NotHl7", t("this is no HL7 version 2 file: it has no MSH line"))

"""Finding the messages in a file: MLLP frames, batches, several one after the other, whatever ends the lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from app.interop.hl7.charset import whole_file
from app.kernel.errors import Refused
from app.kernel.i18n import t

_START = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c\x1d\x00]))[ \t\x0b\x1c\x00]*(MSH[^\w\s])")
_TRAILER = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))[ \t\x0b\x1c]*(?:FHS|BHS|BTS|FTS)(?=[^\w\s]|[\r\n]|\Z)[^\r\n]*")
_BATCH_END = re.compile(rb"(?:\A|(?<=[\r\n\x0b\x1c]))[ \t\x0b\x1c]*BTS[^\w\s](\d{1,9})")


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
    """The bytes of one message: its number in the file (from 1), its first line there, whether it was cut off."""

    data: bytes
    number: int
    line: int
    cut: bool = False


@dataclass(frozen=True, slots=True)
class Framed:
    """The messages of a file. ``announced``: how many the batch trailers say; None without any."""

    frames: tuple[Frame, ...]
    announced: int | None = None


def frame(data: bytes, bounds: Bounds = DEFAULT_BOUNDS) -> Framed:
    """Split a file. Raises ``Refused`` for a file without a message: "Empty", "TooBig", "NotHl7", "Hl7Xml"."""
    if len(data) > bounds.file_bytes:
        raise Refused("TooBig", t("the file is larger than {mb} MB", mb=bounds.file_bytes // 2**20))
    if not data.strip(b" \t\r\n\x00\x0b\x1c"):
        raise Refused("Empty", t("the file is empty"))
    data = whole_file(data)
    starts = [found.start(1) for found in _START.finditer(data)]
    if not starts:
        raise _no_message(data)
    announced = [int(found[1]) for found in _BATCH_END.finditer(data)]
    return Framed(tuple(_frames(data, starts)), sum(announced) if announced else None)


def _frames(data: bytes, starts: list[int]) -> Iterator[Frame]:
    framed = data.count(b"\x0b", 0, starts[0] + 1) > 0
    line, before = 1, 0
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(data)], strict=True), 1):
        line += _lines(data, before, start)
        before = start
        chunk = data[start:end]
        closed, _, rest = chunk.partition(b"\x1c")
        body = closed if rest.strip(b"\r\n\x0b\x1c\x00 ") == b"" else chunk
        yield Frame(
            _TRAILER.sub(b"", body).rstrip(b"\r\n\x0b\x1c\x1d\x00 \t"), number, line, framed and b"\x1c" not in chunk
        )


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
    return Refused("NotHl7", t("this is no HL7 version 2 file: it has no MSH line"))

"""Documents inside of laboratories' messages (OBX-5 of type ED): the bytes that the laboratory meant."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from app.domain.lab_documents import LabDocument
from app.interop.hl7.framing import frame
from app.interop.hl7.results import test_of
from app.interop.hl7.segments import Segment, parse
from app.kernel.errors import Refused

_ENDING = re.compile(r"[a-z0-9]{1,5}")
_MAGIC = ((b"%PDF", "pdf"), (b"\x89PNG", "png"), (b"\xff\xd8\xff", "jpg"), (b"{\\rtf", "rtf"), (b"II*\x00", "tif"))
_OBX_5 = 5


def documents_of(body: str) -> tuple[LabDocument, ...]:
    """Return the documents of a kept message in their order; one whose bytes can't be read is left out."""
    try:
        framed = frame(body.encode("utf-8", "replace"))
        segments = [one for each in framed.frames for one in parse(each).segments]
    except Refused:
        return ()
    return tuple(document for one in segments if one.name == "OBX" for document in _of(one))


def _of(segment: Segment) -> Iterator[LabDocument]:
    if segment.get(2).upper() != "ED":
        return
    test = test_of(segment, 3)
    for text in segment.repeats(_OBX_5):
        _, kind, subtype, encoding, data = (segment.parts(text) + [""] * 5)[:5]
        raw = _bytes(data, encoding)
        if raw:
            yield LabDocument(test.code, test.name or test.code, _ending(raw, subtype or kind), raw)


def _bytes(data: str, encoding: str) -> bytes:
    """Lines may have been broken; what is not what it says to be is nothing."""
    plain = "".join(data.split())
    try:
        if encoding.upper() == "BASE64":
            return base64.b64decode(plain, validate=True)
        if encoding.upper() == "HEX":
            return binascii.unhexlify(plain)
    except (binascii.Error, ValueError):
        return b""
    return data.encode("utf-8", "replace")


def _ending(raw: bytes, said: str) -> str:
    """By its first bytes, else as the message says."""
    known = next((ending for sign, ending in _MAGIC if raw.startswith(sign)), "")
    plain = said.lower().rpartition("/")[2]
    return known or (plain if _ENDING.fullmatch(plain) else "bin")

"""The FIT protocol: a file's messages as numbers by field, its check sums looked at first.

Everything is bounded by the file's own length; a definition or a length that leads beyond it refuses the file.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from app.interop.devices.findings import BadFileError
from app.kernel.i18n import t

MARK = b".FIT"
_EPOCH = 631_065_600
"""1989-12-31 in seconds since 1970."""
_NO_TIME = 0x10000000
"""Below this a time counts from when a device was switched on."""
_STAMP = 253

_CRC = (0x0000, 0xCC01, 0xD801, 0x1400, 0xF001, 0x3C00, 0x2800, 0xE401,
        0xA001, 0x6C00, 0x7800, 0xB401, 0x5000, 0x9C01, 0x8801, 0x4400)  # fmt: skip

_TYPES = {
    0x00: ("B", 0xFF), 0x01: ("b", 0x7F), 0x02: ("B", 0xFF), 0x83: ("h", 0x7FFF), 0x84: ("H", 0xFFFF),
    0x85: ("i", 0x7FFFFFFF), 0x86: ("I", 0xFFFFFFFF), 0x0A: ("B", 0), 0x8B: ("H", 0), 0x8C: ("I", 0),
    0x0D: ("B", 0xFF),
}  # fmt: skip
"""Base types that hold whole numbers: how they are packed, and which number stands for none."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message: its global number, the whole numbers of its fields, and when (seconds since 1970), if it says."""

    number: int
    fields: dict[int, tuple[int, ...]]
    at: int | None

    def first(self, field: int) -> int | None:
        """Return a field's first number; None where it has none."""
        found = self.fields.get(field)
        return found[0] if found else None


@dataclass(frozen=True, slots=True)
class _Definition:
    number: int
    order: str
    fields: tuple[tuple[int, int, int], ...]
    extra: int


def check_sum(data: bytes | memoryview, start: int = 0) -> int:
    """Return FIT's 16-bit check sum."""
    crc = start
    for byte in data:
        crc = (crc >> 4) & 0x0FFF ^ _CRC[crc & 0xF] ^ _CRC[byte & 0xF]
        crc = (crc >> 4) & 0x0FFF ^ _CRC[crc & 0xF] ^ _CRC[byte >> 4]
    return crc


def messages(data: bytes) -> Iterator[Message]:
    """Yield the messages of a file, or of several behind each other. Raises ``BadFileError``."""
    at = 0
    while at < len(data):
        end = _whole(data, at)
        yield from _Body(data, at + data[at], end - 2).messages()
        at = end


def _whole(data: bytes, at: int) -> int:
    """Return where the file that begins here ends, its check sums included."""
    size = data[at]
    if size not in (12, 14) or data[at + 8 : at + 12] != MARK:
        raise BadFileError(t("no FIT file"))
    end = at + size + int.from_bytes(data[at + 4 : at + 8], "little") + 2
    if end > len(data):
        raise BadFileError(t("the file is cut off"))
    said = struct.unpack_from("<H", data, at + 12)[0] if size == 14 else 0
    if (said and said != check_sum(data[at : at + 12])) or check_sum(memoryview(data)[at:end]) != 0:
        raise BadFileError(t("its check sum is wrong: the file is damaged"))
    return end


class _Body:
    """The records between a file's header and its check sum."""

    def __init__(self, data: bytes, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end
        self._known: dict[int, _Definition] = {}
        self._time: int | None = None

    def messages(self) -> Iterator[Message]:
        while self._at < self._end:
            head = self._take(1)[0]
            if head & 0x80:
                if self._time is not None:
                    self._time += (head - self._time) & 0x1F
                yield self._message(head >> 5 & 3)
            elif head & 0x40:
                self._define(head)
            else:
                yield self._message(head & 15)

    def _take(self, size: int) -> bytes:
        found = self._data[self._at : self._at + size]
        self._at += size
        if self._at > self._end:
            raise BadFileError(t("the file is cut off"))
        return found

    def _define(self, head: int) -> None:
        _, order, *_ = plain = self._take(5)
        mark = ">" if order else "<"
        number = struct.unpack_from(f"{mark}H", plain, 2)[0]
        raw = self._take(3 * plain[4])
        fields = tuple((raw[n], raw[n + 1], raw[n + 2]) for n in range(0, len(raw), 3))
        extra = 0
        if head & 0x20:
            own = self._take(3 * self._take(1)[0])
            extra = sum(own[n + 1] for n in range(0, len(own), 3))
        self._known[head & 15] = _Definition(number, mark, fields, extra)

    def _message(self, local: int) -> Message:
        known = self._known.get(local)
        if known is None:
            raise BadFileError(t("a message that nothing describes"))
        fields: dict[int, tuple[int, ...]] = {}
        for field, size, kind in known.fields:
            raw = self._take(size)
            found = _numbers(raw, kind, known.order)
            if found:
                fields[field] = found
        self._take(known.extra)
        stamp = fields.get(_STAMP)
        if stamp:
            self._time = stamp[0]
        at = None if self._time is None or self._time < _NO_TIME else self._time + _EPOCH
        return Message(known.number, fields, at)


def seconds_of(stamp: int) -> int | None:
    """Return a time of FIT in seconds since 1970; None for one that counts from something else."""
    return stamp + _EPOCH if stamp >= _NO_TIME else None


def _numbers(raw: bytes, kind: int, order: str) -> tuple[int, ...]:
    letter, none = _TYPES.get(kind, ("", 0))
    size = struct.calcsize(letter) if letter else 0
    if not size or len(raw) % size:
        return ()
    return tuple(one for (one,) in struct.iter_unpack(order + letter, raw) if one != none)

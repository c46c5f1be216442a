"""The store's pages as they lie on the disk: how SQLCipher 4 seals them, and what the write-ahead log holds.

SQLCipher reads a store as a whole or not at all. To salvage a damaged one, pages are opened one by one here, each
with its own seal (AES-256-CBC, HMAC-SHA512 over content, vector and page number).
"""

from __future__ import annotations

import hashlib
import hmac
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PAGE: Final = 4096
USABLE: Final = PAGE - 80
"""What SQLite sees of a page; the rest is vector and seal."""

PLAIN_HEADER: Final = b"SQLite format 3\x00"
_SALT: Final = 16
_VECTOR: Final = 16
_WAL_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_WAL_MAGICS: Final = (0x377F0682, 0x377F0683)


@dataclass(frozen=True, slots=True)
class PageKeys:
    """What opens a store's pages. The salt follows from the data key: a damaged one is told, and done without."""

    data_key: bytes = field(repr=False)
    salt: bytes
    seal_key: bytes = field(repr=False)

    @classmethod
    def of(cls, data_key: bytes) -> PageKeys:
        """Derive them as SQLCipher does for a raw key."""
        if len(data_key) != 32:
            raise ValueError("a data key has 32 bytes")
        salt = HKDF(SHA256(), _SALT, None, b"MyHealthAlly store salt v1").derive(data_key)
        seal_salt = bytes(byte ^ 0x3A for byte in salt)
        return cls(data_key, salt, hashlib.pbkdf2_hmac("sha512", data_key, seal_salt, 2, 32))

    def pragma(self) -> str:
        """Return the statement that gives the raw key to SQLCipher."""
        return f"PRAGMA key = \"x'{(self.data_key + self.salt).hex()}'\""

    def open(self, number: int, page: bytes) -> bytes | None:
        """Return a page's content (its first 16 bytes are zeros on page 1); None when its seal is broken."""
        start = _SALT if number == 1 else 0
        content, vector, seal = page[start:USABLE], page[USABLE : USABLE + _VECTOR], page[USABLE + _VECTOR :]
        made = hmac.digest(self.seal_key, content + vector + struct.pack("<I", number), "sha512")
        if len(page) != PAGE or not hmac.compare_digest(made, seal):
            return None
        opener = Cipher(algorithms.AES(self.data_key), modes.CBC(vector)).decryptor()
        return bytes(start) + opener.update(content) + opener.finalize()


@dataclass(frozen=True, slots=True)
class Frame:
    """One page in the write-ahead log: ``at`` counts from 1, ``number`` is the page's.

    ``commits`` ends a transaction; ``chained``: its checksum fits all before it.
    """

    at: int
    number: int
    commits: bool
    chained: bool
    offset: int
    """Where its page begins in the log."""
    page: bytes = field(repr=False)


def wal_of(store: Path) -> Path:
    """Return the write-ahead log's path."""
    return store.with_name(store.name + "-wal")


def frames(store: Path) -> Iterator[Frame]:
    """Yield the frames of the log's present round, also those after a broken one."""
    log = wal_of(store)
    if not log.exists():
        return
    with log.open("rb") as stream:
        header = stream.read(_WAL_HEADER)
        fits = _header_fits(header)
        salts = header[16:24] if fits else None
        order = _byte_order(header) or "<"
        sums = _checksum(header[:24], (0, 0), order) if fits else (0, 0)
        yield from _frames(stream, salts, sums, order, chained=fits)


def _frames(
    stream: IO[bytes], salts: bytes | None, sums: tuple[int, int], order: str, *, chained: bool
) -> Iterator[Frame]:
    at = 0
    while len(raw := stream.read(_FRAME_HEADER + PAGE)) == _FRAME_HEADER + PAGE:
        at += 1
        number, size = struct.unpack(">II", raw[:8])
        if chained:
            sums = _checksum(raw[_FRAME_HEADER:], _checksum(raw[:8], sums, order), order)
            chained = raw[8:16] == salts and sums == struct.unpack(">II", raw[16:24])
        salts = salts or raw[8:16]
        if raw[8:16] == salts:  # others are left from an earlier round
            offset = _WAL_HEADER + (at - 1) * (_FRAME_HEADER + PAGE) + _FRAME_HEADER
            yield Frame(at, number, size != 0, chained, offset, raw[_FRAME_HEADER:])


def wal_damage(store: Path) -> str | None:
    """Say what is wrong with the log, None when nothing is; needs no key.

    SQLite takes the first broken frame for the log's end, and forgets in silence what was committed after it. An end
    that was cut off in the middle of a write is fine: nothing of it had been confirmed.
    """
    log = wal_of(store)
    if not log.exists():
        return None
    with log.open("rb") as stream:
        header = stream.read(_WAL_HEADER)
    if not _header_fits(header):
        return "wal: its header is damaged" if log.stat().st_size > _WAL_HEADER + _FRAME_HEADER + PAGE else None
    good = 0
    for frame in frames(store):
        if frame.chained:
            good = frame.at
        elif frame.commits and frame.at > good + 1:
            return f"wal: frame {good + 1} is damaged, and frame {frame.at} after it was committed"
    return None


def _header_fits(header: bytes) -> bool:
    order = _byte_order(header)
    return order is not None and _checksum(header[:24], (0, 0), order) == struct.unpack(">II", header[24:32])


def _byte_order(header: bytes) -> str | None:
    if len(header) < _WAL_HEADER:
        return None
    (magic,) = struct.unpack(">I", header[:4])
    return (">" if magic & 1 else "<") if magic in _WAL_MAGICS else None


def _checksum(content: bytes, start: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = start
    words = struct.unpack(f"{order}{len(content) // 4}I", content)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        one = (one + even + two) & 0xFFFFFFFF
        two = (two + odd + one) & 0xFFFFFFFF
    return one, two

"""Ids in the two forms that the shared database uses: lower-case uuid v4 and cuid v1.

Clients make ids, so a command that is sent twice makes the same rows once.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import secrets
import socket
import time
import uuid
from functools import cache
from typing import Protocol

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_BLOCK = 36**4
_counter = itertools.count(secrets.randbelow(_BLOCK))


class Ids(Protocol):
    """A source of new row ids."""

    def uuid(self) -> str:
        """Return a lower-case uuid v4."""
        ...

    def cuid(self) -> str:
        """Return a cuid v1: 25 characters, ``^c[0-9a-z]{24}$``."""
        ...


def base36(number: int, width: int) -> str:
    """Write ``number`` in base 36, padded with zeros and cut to its last ``width`` digits."""
    digits: list[str] = []
    while number and len(digits) < width:
        number, rest = divmod(number, 36)
        digits.append(_DIGITS[rest])
    return "".join(reversed(digits)).rjust(width, "0")


@cache
def _fingerprint(process: int) -> str:
    host = socket.gethostname()
    total = sum(ord(letter) for letter in host) + len(host) + 36
    return base36(process, 2) + base36(total, 2)


def new_uuid() -> str:
    """Return a fresh lower-case uuid v4."""
    return str(uuid.uuid4())


def new_cuid() -> str:
    """Return a fresh cuid v1, as the backend makes them: c, 8 of epoch ms, 4 counter, 4 fingerprint, 8 random."""
    stamp = base36(time.time_ns() // 1_000_000, 8)
    count = base36(next(_counter) % _BLOCK, 4)
    return "c" + stamp + count + _fingerprint(os.getpid()) + base36(secrets.randbelow(36**8), 8)


class FreshIds:
    """Ids that never repeat: for clients that decide something new."""

    def uuid(self) -> str:
        """Return a fresh uuid."""
        return new_uuid()

    def cuid(self) -> str:
        """Return a fresh cuid."""
        return new_cuid()


class DerivedIds:
    """Ids that follow from a command's id: a replay makes the same rows on every database."""

    def __init__(self, command_id: str) -> None:
        self._command_id = command_id
        self._count = itertools.count(1)

    def _digest(self) -> bytes:
        return hashlib.sha256(f"{self._command_id}/{next(self._count)}".encode()).digest()

    def uuid(self) -> str:
        """Return the next uuid of this command (version and variant bits of a v4)."""
        return str(uuid.UUID(bytes=self._digest()[:16], version=4))

    def cuid(self) -> str:
        """Return the next cuid of this command."""
        return "c" + base36(int.from_bytes(self._digest(), "big"), 24)

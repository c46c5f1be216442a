"""Encrypted files: a stream in pieces, each sealed with AES-256-GCM under a key made from a passphrase.

Layout: a magic word, the header's length (4 bytes) and JSON header, then pieces of one size plus tag. A piece's
nonce holds its number and whether it is the last, so that pieces can't be swapped, dropped or cut off unnoticed;
the header is authenticated with every piece. Nothing is handed on before its piece has been checked.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import struct
from collections.abc import Iterator
from hashlib import sha256
from typing import IO, Final

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.kernel.errors import Refused
from app.kernel.i18n import t

_MAGIC: Final = b"MHABACK1"
_PIECE: Final = 1 << 20
_TAG: Final = 16
_KEY_BYTES: Final = 32
_COST: Final = {"time": 3, "memory": 128 * 1024, "lanes": 2}  # RFC 9106's second choice, with twice its memory
_MAX_COST: Final = {"time": 20, "memory": 4 * 1024 * 1024, "lanes": 16}
_MAX_HEADER: Final = 4096
MIN_PASSPHRASE: Final = 8


class SealedWriter:
    """Encrypts what is written to it; ``close`` seals the last piece, and without it the file can't be opened."""

    def __init__(self, target: IO[bytes], passphrase: str) -> None:
        if len(passphrase) < MIN_PASSPHRASE:
            raise Refused(
                "WeakPassphrase",
                t("A backup's passphrase has at least {limit} characters. Use several words.", limit=MIN_PASSPHRASE),
                field="passphrase",
            )
        salt = os.urandom(16)
        key = _key(passphrase, salt, _COST)
        header = {"salt": base64.b64encode(salt).decode(), "check": _check(key), **_COST}
        self._header = json.dumps(header).encode()
        self._cipher = AESGCM(key)
        self._target = target
        self._pending = bytearray()
        self._number = 0
        target.write(_MAGIC + struct.pack("!I", len(self._header)) + self._header)

    def write(self, data: bytes) -> None:
        """Add plain bytes."""
        self._pending += data
        while len(self._pending) > _PIECE:
            self._seal(bytes(self._pending[:_PIECE]), last=False)
            del self._pending[:_PIECE]

    def close(self) -> None:
        """Seal what is left as the last piece."""
        self._seal(bytes(self._pending), last=True)
        self._pending.clear()

    def _seal(self, plain: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce(self._number, last=last), plain, self._header))
        self._number += 1


def open_sealed(source: IO[bytes], passphrase: str) -> Iterator[bytes]:
    """Yield the plain bytes of a sealed file, piece by piece.

    Raises Refused: "NotABackup", "WrongPassphrase", "BackupDamaged" (with the position of the first bad piece).
    """
    header, cipher = _open_header(source, passphrase)
    number = 0
    piece = source.read(_PIECE + _TAG)
    while True:
        following = source.read(_PIECE + _TAG)
        try:
            yield cipher.decrypt(_nonce(number, last=not following), piece, header)
        except InvalidTag as error:
            raise Refused(
                "BackupDamaged",
                t("The backup is damaged at byte {position}. Use another one.", position=number * (_PIECE + _TAG)),
                field="file",
                position=number * (_PIECE + _TAG),
            ) from error
        if not following:
            return
        piece, number = following, number + 1


def _open_header(source: IO[bytes], passphrase: str) -> tuple[bytes, AESGCM]:
    start = source.read(len(_MAGIC) + 4)
    if len(start) < len(_MAGIC) + 4 or not start.startswith(_MAGIC):
        raise _not_a_backup()
    (length,) = struct.unpack("!I", start[len(_MAGIC) :])
    header = source.read(length) if length <= _MAX_HEADER else b""
    try:
        fields = json.loads(header)
        salt = base64.b64decode(fields["salt"], validate=True)
        cost = {name: int(fields[name]) for name in _COST}
        check = str(fields["check"])
    except (ValueError, KeyError, TypeError) as error:
        raise _not_a_backup() from error
    if len(salt) != 16 or not all(0 < cost[name] <= _MAX_COST[name] for name in cost):
        raise _not_a_backup()
    key = _key(passphrase, salt, cost)
    if not hmac.compare_digest(check, _check(key)):
        raise Refused("WrongPassphrase", t("This passphrase doesn't open the backup."), field="passphrase")
    return header, AESGCM(key)


def _not_a_backup() -> Refused:
    return Refused("NotABackup", t("This file is no backup of this program."), field="file")


def _key(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    return hash_secret_raw(
        passphrase.encode("utf-8"), salt, cost["time"], cost["memory"], cost["lanes"], _KEY_BYTES, Type.ID
    )


def _check(key: bytes) -> str:
    """Return a value by which a wrong passphrase is told from a damaged file; it says nothing about the key."""
    return hmac.new(key, b"MyHealthAlly backup", sha256).hexdigest()


def _nonce(number: int, *, last: bool) -> bytes:
    """Return the nonce of a piece; the key is never used for a second file, since every file has its own salt."""
    return struct.pack("!IQ", int(last), number)

"""Whether SQLCipher really encrypts here: the part of ``selftest`` about the workstation's own store."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from app.kernel.errors import Refused
from app.kernel.i18n import t

_PLAIN_HEAD = b"SQLite format 3"
_MARK = "a word that must not be found"


def failed(message: str) -> Refused:
    """Return the error of a check that found something wrong; ``message`` says what, for people."""
    return Refused("SelftestFailed", message)


def try_store(folder: Path) -> str:
    """Write a small encrypted file, look at its bytes, open it with the right key and not with a wrong one."""
    import sqlcipher3  # noqa: PLC0415  a missing library is what is looked for

    file = folder / "store.trial"
    key = secrets.token_hex(32)
    try:
        found = _write(sqlcipher3, file, key)
        data = file.read_bytes()
        if data.startswith(_PLAIN_HEAD) or _MARK.encode() in data:
            raise failed(t("The local store is written in plain."))
        if _read(sqlcipher3, file, key) != _MARK:
            raise failed(t("The local store can't be read again."))
        if _opens(sqlcipher3, file, secrets.token_hex(32)):
            raise failed(t("The local store opens with a wrong key."))
    finally:
        file.unlink(missing_ok=True)
    return f"SQLCipher {found}"


def _open(module: Any, file: Path, key: str) -> Any:
    connection = module.connect(str(file))
    connection.execute("PRAGMA cipher_log_level = NONE")  # a wrong key is tried on purpose
    connection.execute(f"PRAGMA key = \"x'{key}'\"")
    return connection


def _write(module: Any, file: Path, key: str) -> str:
    connection = _open(module, file, key)
    try:
        row = connection.execute("PRAGMA cipher_version").fetchone()
        if not row or not row[0]:
            raise failed(t("SQLCipher is missing: this is a plain SQLite."))
        connection.execute("CREATE TABLE trial (word TEXT)")
        connection.execute("INSERT INTO trial VALUES (?)", (_MARK,))
        connection.commit()
        return str(row[0])
    finally:
        connection.close()


def _read(module: Any, file: Path, key: str) -> str:
    connection = _open(module, file, key)
    try:
        return str(connection.execute("SELECT word FROM trial").fetchone()[0])
    finally:
        connection.close()


def _opens(module: Any, file: Path, key: str) -> bool:
    try:
        _read(module, file, key)
    except module.DatabaseError:
        return False
    return True

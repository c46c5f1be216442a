"""What can keep the embedded server from running, each with a stable code and a sentence that says what to do."""

from __future__ import annotations

import errno
import re
import shutil
from pathlib import Path

from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t

_PREFIX = re.compile(r"^.*?(?:FATAL|PANIC|error): +")
_LITTLE_SPACE = 1_000_000  # bytes
_SIGNS = (
    ("No space left on device", "DiskFull"),
    ("Disk quota exceeded", "DiskFull"),
    ("Permission denied", "DataPermissions"),
    ("Read-only file system", "DataPermissions"),
    ("has wrong ownership", "DataPermissions"),
    ("has invalid permissions", "DataPermissions"),
    ("could not create shared memory segment", "NotEnoughMemory"),
    ("could not map anonymous shared memory", "NotEnoughMemory"),
    ("Address already in use", "AddressTaken"),
    ("Is another postmaster", "AddressTaken"),
    ("could not create any Unix-domain sockets", "AddressTaken"),
    ("pre-existing shared memory block", "OldServerEnding"),
    ("could not locate a valid checkpoint record", "DataDamaged"),
    ("could not locate required checkpoint record", "DataDamaged"),
    ("invalid checkpoint record", "DataDamaged"),
    ("could not open file", "DataDamaged"),
    ("database files are incompatible", "DataDamaged"),
    ("could not find the database system", "DataDamaged"),
    ("is not a valid data directory", "DataDamaged"),
    ("required WAL directory", "DataDamaged"),
    ("checksum", "DataDamaged"),
)


def classify(output: str) -> str:
    """Return the code of the problem that a PostgreSQL program reported (it speaks English here)."""
    return next((code for sign, code in _SIGNS if sign in output), "ServerStartFailed")


def last_words(output: str) -> str:
    """Return the line of a program's output that says most about why it gave up."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if any(sign in line for sign in ("FATAL", "PANIC", "error:"))]
    return _PREFIX.sub("", (telling or lines or [""])[-1])[-300:]


def problem(code: str, folder: Path, detail: str = "") -> AppError:
    """Return the error for a code from ``classify``; ``folder`` is the data's, ``detail`` the server's own words."""
    words = {"path": str(folder), "detail": detail or str(folder)}
    texts = {
        "DiskFull": t("The disk that holds the database is full ({path}). Free some space.", **words),
        "DataPermissions": t("The database's folder {path} can't be used: {detail}", **words),
        "NotEnoughMemory": t("There isn't enough memory to start the embedded database. Close other programs."),
        "AddressTaken": t("Another program uses the embedded database's address: {detail}", **words),
        "OldServerEnding": t("The embedded database is still ending. Try again in a moment."),
        "DataDamaged": t("The database in {path} is damaged: {detail}. Restore a backup.", **words),
    }
    text = texts.get(code)
    if text is None:
        code, text = "ServerStartFailed", t("The embedded database didn't start: {detail}", **words)
    if code in {"DataPermissions", "DataDamaged"}:
        return Refused(code, text, **words)
    return Unavailable(code, text, path=words["path"], detail=words["detail"])


def from_os_error(error: OSError, folder: Path) -> AppError:
    """Return the problem that an operating-system error means."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return problem("DiskFull" if full else "DataPermissions", folder, str(error))


def why_it_ended(output: str, folder: Path) -> AppError:
    """Return the problem behind a server that gave up, from its last output (a full disk may have swallowed that)."""
    code = classify(output)
    if code == "ServerStartFailed" and shutil.disk_usage(folder).free < _LITTLE_SPACE:
        code = "DiskFull"
    return problem(code, folder, last_words(output))


def wrong_version(folder: Path, found: str, expected: int) -> Refused:
    """Return the error for data that another major version of PostgreSQL wrote."""
    return Refused(
        "DataVersion",
        t(
            "The database in {path} was made by PostgreSQL {found}; this program has PostgreSQL {expected}. "
            "Back it up with the version that made it, then restore the backup here.",
            path=str(folder),
            found=found,
            expected=expected,
        ),
        found=found,
        expected=expected,
        path=str(folder),
    )


def data_missing(folder: Path) -> Refused:
    """Return the error for a server whose data has gone: an empty clinic is never made in its place."""
    return Refused(
        "DataMissing",
        t("The database's folder {path} is missing. Put it back, or restore a backup.", path=folder),
        path=str(folder),
    )

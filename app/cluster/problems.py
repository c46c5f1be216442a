"""What can keep the embedded server from running, each with a stable code and a sentence that says what to do."""

from __future__ import annotations

from pathlib import Path

from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t

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
    ("checksum", "DataDamaged"),
)


def classify(output: str) -> str:
    """Return the code of the problem that a PostgreSQL program reported (it speaks English here)."""
    return next((code for sign, code in _SIGNS if sign in output), "ServerStartFailed")


def last_words(output: str) -> str:
    """Return the line of a program's output that says most about why it gave up."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    telling = [line for line in lines if any(sign in line for sign in ("FATAL", "PANIC", "error:"))]
    return (telling or lines or [""])[-1][-300:]


def problem(code: str, folder: Path, detail: str = "") -> AppError:
    """Return the error for a code from ``classify``; ``folder`` is the data's, ``detail`` the server's own words."""
    where = str(folder)
    if code == "DiskFull":
        return Unavailable(code, t("The disk that holds the database is full ({path}). Free some space.", path=where))
    if code == "DataPermissions":
        return Refused(
            code, t("The database's folder {path} can't be used: {detail}", path=where, detail=detail), path=where
        )
    if code == "NotEnoughMemory":
        return Unavailable(code, t("There isn't enough memory to start the embedded database. Close other programs."))
    if code == "AddressTaken":
        return Unavailable(
            code, t("Another program uses the embedded database's address: {detail}", detail=detail), path=where
        )
    if code == "OldServerEnding":
        return Unavailable(code, t("The embedded database is still ending. Try again in a moment."), path=where)
    if code == "DataDamaged":
        return Refused(
            code,
            t("The database in {path} is damaged: {detail}. Restore a backup.", path=where, detail=detail),
            path=where,
        )
    return Unavailable(
        "ServerStartFailed", t("The embedded database didn't start: {detail}", detail=detail or where), path=where
    )


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
        t("The database's folder {path} is missing. Put it back, or restore a backup into a new profile.", path=folder),
        path=str(folder),
    )

"""What schema a database has, and what this program brings. Every start of the program asks: nothing heavy here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg

from app.db.errors import driver_error, translate
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.i18n import t
from app.kernel.resources import migrations_root


@dataclass(frozen=True, slots=True)
class SchemaStatus:
    """What schema a database has (None: none of ours) and what this program brings."""

    version: int | None
    program_version: int
    scripts_hash: str | None
    program_scripts_hash: str

    @property
    def current(self) -> bool:
        """Tell whether an upgrade has nothing to do."""
        return self.version == self.program_version and self.scripts_hash == self.program_scripts_hash

    @property
    def too_new(self) -> bool:
        """Tell whether a newer program has upgraded the database."""
        return self.version is not None and self.version > self.program_version


def program_version() -> int:
    """Return the schema version that this program works with (the number of its last migration)."""
    return max(int(migration.name[:4]) for migration in (migrations_root() / "versions").glob("[0-9]*_*.py"))


def scripts() -> list[Path]:
    """Return the repeatable scripts in the order in which they are applied."""
    return sorted((migrations_root() / "sql").glob("[0-9][0-9]_*.sql"))


def scripts_hash() -> str:
    """Return a fingerprint of all repeatable scripts."""
    digest = sha256()
    for script in scripts():
        digest.update(script.name.encode() + b"\0" + script.read_bytes() + b"\0")
    return digest.hexdigest()


def status(owner_url: str) -> SchemaStatus:
    """Tell what schema the database has. Unavailable, WrongPassword or NoDatabase when it can't be asked."""
    with errors_for_people(), as_set_up(owner_url) as raw:
        return read_status(raw)


def as_set_up(owner_url: str) -> psycopg.Connection[Any]:
    """Connect as the owner, under the name that operators see."""
    return psycopg.connect(owner_url, connect_timeout=10, application_name="myhealthally setup")


def read_status(raw: psycopg.Connection[Any]) -> SchemaStatus:
    """Ask on a connection that is open, in its transaction."""
    version, digest = None, None
    if raw.execute("SELECT to_regclass('desktop.installation') IS NOT NULL").fetchall() == [(True,)]:
        row = raw.execute("SELECT schema_version, scripts_hash FROM desktop.installation").fetchone()
        if row is not None:
            version, digest = row
    return SchemaStatus(version, program_version(), digest, scripts_hash())


@contextmanager
def errors_for_people() -> Iterator[None]:
    """Turn database errors of set-up work into the error families; bugs stay what they are."""
    try:
        yield
    except Exception as error:
        known = _setup_error(error) or translate(error)
        if known is None or known is error:
            raise
        raise known from error


def _setup_error(error: BaseException) -> AppError | None:
    found = driver_error(error)
    if isinstance(found, psycopg.errors.LockNotAvailable):
        return Unavailable("DatabaseBusy", t("Others are using the database. Nothing has changed; try again."))
    if isinstance(found, psycopg.errors.InsufficientPrivilege):
        why = found.diag.message_primary or ""
        return Refused("NotOwner", t("This account may not prepare the database: {why}", why=why), field="user")
    return None

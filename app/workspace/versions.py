"""Which databases this program can work with."""

from __future__ import annotations

from app.kernel.errors import Refused
from app.kernel.i18n import t

CLIENT_VERSION = 1
"""Raised with every change of commands or tables that older programs can't understand."""

SCHEMA_VERSION = 9
"""The version of schema ``desktop`` that this program brings."""


def require_compatible(schema_version: int, min_client: int) -> None:
    """Refuse a database that is newer or older than the program, and say what to do."""
    if min_client > CLIENT_VERSION:
        raise Refused(
            "SchemaTooNew", t("The clinic's database is newer than this program. Install the new version here.")
        )
    if schema_version < SCHEMA_VERSION:
        raise Refused(
            "SchemaTooOld", t("The clinic's database is older than this program. Run: myhealthally db upgrade")
        )

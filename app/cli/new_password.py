"""The password that a command sets: from the environment, typed twice, or made and printed once."""

from __future__ import annotations

import getpass
import os
import sys

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.workspace.staff import make_password


def typed_password() -> str | None:
    """Return MHA_NEW_PASSWORD, or what a person types (twice); None where one is to be made: nothing is typed, or
    nobody sits there. Raises Refused "BadPassword" when the two differ.
    """
    given = os.environ.get("MHA_NEW_PASSWORD")
    if given or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return given or None
    first = getpass.getpass(t("New password (nothing: one is made): "))
    if first and getpass.getpass(t("Once more: ")) != first:
        raise Refused("BadPassword", t("The two are not the same."), field="password")
    return first or None


def new_password() -> tuple[str, bool]:
    """Return the password and whether it was made here (then it is printed, once)."""
    typed = typed_password()
    return (typed, False) if typed is not None else (make_password(), True)

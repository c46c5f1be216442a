"""Who is signed in at this window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.domain.enums import Role
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.ui.shell.passwords import PasswordCheck
from app.ui.work import WorkspacePort


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person's workspace, and what unlocking needs."""

    workspace: WorkspacePort
    email: str
    password: PasswordCheck = field(repr=False)
    must_change_password: bool = False


@dataclass(frozen=True, slots=True)
class FirstSignIn:
    """Who has just set up or joined a clinic: signed in without typing it all again.

    ``tomorrow``: the set-up ends on tomorrow's schedule.
    """

    email: str
    password: str = field(repr=False)
    tomorrow: bool = False


def shut_out_words(error: AppError) -> str:
    """Say why somebody's work ended: the server doesn't tell a closed account from another password."""
    if error.code != "WrongPassword":
        return error.message
    return t("You were signed out: your account was disabled, or has another password.")


def role_text(roles: Iterable[Role]) -> str:
    """Return a person's roles in words."""
    words = {
        Role.MEDICAL_ASSISTANT: t("Front desk"),
        Role.PROVIDER: t("Provider"),
        Role.ADMIN: t("Administrator"),
        Role.PATIENT: t("Patient"),
    }
    held = set(roles)
    return ", ".join(word for role, word in words.items() if role in held)

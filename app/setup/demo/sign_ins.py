"""The demo clinic as those see it who open it; apart from what makes it, which takes long and is seldom needed."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain.enums import Role

DEFAULT_PATIENTS = 480
DEFAULT_SEED = 7


@dataclass(frozen=True, slots=True)
class SignIn:
    """How somebody signs in to the demo; ``user_id`` is theirs whatever is corrected ("" in files of old)."""

    email: str
    password: str
    role: Role
    name: str
    user_id: str = ""


@dataclass(frozen=True, slots=True)
class DemoClinic:
    """The demo as it stands: its clinic, how many patients, who can sign in."""

    clinic_id: str
    patients: int
    sign_ins: tuple[SignIn, ...]

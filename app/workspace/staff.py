"""Account work that starts with a password: it is turned into verifier and hash here and goes no further."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from app.commands.core import Outcome
from app.commands.staff import AddStaff, SetPassword
from app.domain.enums import Role
from app.kernel.ids import new_uuid
from app.security.passwords import bcrypt_hash, check_password, scram_verifier
from app.workspace.workspace import Workspace

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that are not taken for each other on paper."""


def make_password() -> str:
    """Return a new password for somebody to type once: four groups of four."""
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
    return "-".join(groups)


def add_staff(
    workspace: Workspace, *, email: str, name: str, roles: Sequence[Role], password: str, provider_id: str | None = None
) -> Outcome:
    """Make an account; raises ``Refused`` for a weak password and what ``AddStaff`` refuses."""
    check_password(password, email)
    return workspace.execute(
        AddStaff(
            user_id=new_uuid(), email=email, name=name, roles=tuple(roles), verifier=scram_verifier(password),
            bcrypt=bcrypt_hash(password), provider_id=provider_id,
        )
    )  # fmt: skip


def set_password(workspace: Workspace, *, user_id: str, password: str, email: str = "") -> Outcome:
    """Set somebody's password (one's own, or as ADMIN anybody's)."""
    check_password(password, email)
    command = SetPassword(user_id=user_id, verifier=scram_verifier(password), bcrypt=bcrypt_hash(password))
    return workspace.execute(command)

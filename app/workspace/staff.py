"""Account work that starts with a password: it is turned into verifier and hash here and goes no further."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.commands.core import Command, Outcome
from app.commands.staff import AddStaff, SetPassword
from app.domain.enums import Role
from app.kernel.ids import new_uuid
from app.security.passwords import check_password, make_password, make_secrets

__all__ = ["add_staff", "make_password", "set_password"]


class Executes(Protocol):
    """What carries out a command: the workspace."""

    def execute(self, command: Command) -> Outcome:
        """Run a command once."""
        ...


def add_staff(
    workspace: Executes, *, email: str, name: str, roles: Sequence[Role], password: str, provider_id: str | None = None
) -> Outcome:
    """Make an account; raises ``Refused`` for a weak password and what ``AddStaff`` refuses."""
    check_password(password, email=email, name=name)
    hashed = make_secrets(password)
    return workspace.execute(
        AddStaff(
            user_id=new_uuid(), email=email, name=name, roles=tuple(roles), verifier=hashed.verifier,
            bcrypt=hashed.bcrypt, provider_id=provider_id,
        )
    )  # fmt: skip


def set_password(workspace: Executes, *, user_id: str, password: str, email: str = "") -> Outcome:
    """Set somebody's password (one's own, or as ADMIN anybody's)."""
    check_password(password, email=email)
    hashed = make_secrets(password)
    return workspace.execute(SetPassword(user_id=user_id, verifier=hashed.verifier, bcrypt=hashed.bcrypt))

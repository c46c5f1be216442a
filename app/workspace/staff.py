"""Account work that starts with a password: it is turned into verifier and hash here and goes no further."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from app.commands.core import Actor, Command, Outcome
from app.commands.staff import AddStaff, SetPassword
from app.domain.enums import Role
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.security.passwords import check_password, make_password, make_secrets

__all__ = ["add_staff", "change_own_password", "make_password", "set_password"]


class Executes(Protocol):
    """What carries out a command: the workspace."""

    def execute(self, command: Command) -> Outcome:
        """Run a command once."""
        ...


class SignedIn(Executes, Protocol):
    """The same, with the person who is signed in."""

    @property
    def actor(self) -> Actor:
        """Who it is."""
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


def change_own_password(workspace: SignedIn, *, old: str, new: str) -> Outcome:
    """Give the signed-in person another password; ``old`` is the present one, proved by the caller.

    The present one again is refused ("WeakPassword"): of a first password somebody else knows it.
    """
    if new == old:
        raise Refused("WeakPassword", t("Choose a password other than the present one."), field="password")
    who = workspace.actor
    return set_password(workspace, user_id=who.user_id, password=new, email=who.email, name=who.name)


def set_password(workspace: Executes, *, user_id: str, password: str, email: str = "", name: str = "") -> Outcome:
    """Set somebody's password (one's own, or as ADMIN anybody's)."""
    check_password(password, email=email, name=name)
    hashed = make_secrets(password)
    return workspace.execute(SetPassword(user_id=user_id, verifier=hashed.verifier, bcrypt=hashed.bcrypt))

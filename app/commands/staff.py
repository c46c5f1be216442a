"""Staff accounts. The work is done by the database's account functions, as the ADMIN who asks.

Passwords arrive as a SCRAM verifier and a bcrypt hash, made where the password was typed: the server
never sees it. These commands need the server; they are never kept in a journal.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import Login
from app.domain.enums import Role
from app.domain.patients import clean_email
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class AddStaff(Command):
    """Make an account with a login of its own; ``provider_id`` ties it to somebody who sees patients."""

    user_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    verifier: str
    bcrypt: str
    provider_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPassword(Command):
    """Set a password: one's own, or as ADMIN anybody's of the clinic."""

    user_id: str
    verifier: str
    bcrypt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRoles(Command):
    """Give an account other roles."""

    user_id: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EditStaff(Command):
    """Correct a name or an e-mail (None: it stays); the old ones are what was seen. The e-mail is the login."""

    user_id: str
    email: str | None = None
    name: str | None = None
    old_email: str = ""
    old_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableStaff(Command):
    """Close an account: open sessions see nothing at once and end."""

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableStaff(Command):
    """Open a closed account again."""

    user_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSessions(Command):
    """End somebody's web and phone sessions."""

    user_id: str


def _account(ctx: Context, function: str, user_id: str, *arguments: object) -> Outcome:
    ctx.call(function, user_id, *arguments)
    return Outcome(result={"userId": user_id}, changes=(Change("login", user_id), Change("users", user_id)))


@handles(AddStaff, permission=Permission.STAFF, offline=False)
def add_staff(cmd: AddStaff, ctx: Context) -> Outcome:
    """Make the account; an account that the backend has for this e-mail in the clinic is taken over."""
    email = clean_email(cmd.email)
    if email is None:
        raise Refused("BadValue", t("An e-mail address is needed."), field="email")
    name = clean_text(cmd.name, "name", 200, required=True)
    roles = [role.value for role in cmd.roles]
    row = ctx.first(
        select(func.desktop.create_staff(cmd.user_id, email, name, roles, cmd.verifier, cmd.bcrypt, cmd.provider_id))
    )
    user_id = cmd.user_id if row is None else str(row[0])
    changes = (Change("login", user_id), Change("users", user_id), Change("providers", cmd.provider_id or ""))
    return Outcome(result={"userId": user_id, "email": email}, changes=changes)


@handles(SetPassword, offline=False)
def set_password(cmd: SetPassword, ctx: Context) -> Outcome:
    """The database function decides who may."""
    return _account(ctx, "set_staff_password", cmd.user_id, cmd.verifier, cmd.bcrypt)


@handles(SetRoles, permission=Permission.STAFF, offline=False)
def set_roles(cmd: SetRoles, ctx: Context) -> Outcome:
    """Change the roles; the last active ADMIN stays one."""
    row = ctx.first(select(func.desktop.set_staff_roles(cmd.user_id, [role.value for role in cmd.roles])))
    del row
    return Outcome(result={"userId": cmd.user_id}, changes=(Change("login", cmd.user_id),))


@handles(EditStaff, permission=Permission.STAFF, offline=False)
def edit_staff(cmd: EditStaff, ctx: Context) -> Outcome:
    """Correct it; with another e-mail who is signed in under the old one is signed out. The password stays."""
    now = ctx.first(select(Login.email, Login.display_name, Login.rolname).where(Login.user_id == cmd.user_id))
    if now is None:
        raise Refused("NoAccount", t("There is no such account in this clinic."), field="email")
    email = now.email if cmd.email is None else clean_email(cmd.email)
    if email is None:
        raise Refused("BadValue", t("An e-mail address is needed."), field="email")
    name = now.display_name if cmd.name is None else clean_text(cmd.name, "name", 200, required=True)
    for field, new, old, here in (("email", cmd.email, cmd.old_email, now.email),
                                  ("name", cmd.name, cmd.old_name, now.display_name)):  # fmt: skip
        if new is not None and old and old != here:
            words = t("Someone changed this in the meantime.")
            raise Conflict("StateChanged", words, field=field, server={field: here}, mine={field: new})
    row = ctx.first(select(func.desktop.edit_staff(cmd.user_id, email, name, now.email, now.display_name)))
    changes = (Change("login", now.rolname), Change("users", cmd.user_id))
    ended = 0 if row is None else int(row[0])
    return Outcome(result={"userId": cmd.user_id, "email": email, "name": name, "ended": ended}, changes=changes)


@handles(DisableStaff, permission=Permission.STAFF, offline=False)
def disable_staff(cmd: DisableStaff, ctx: Context) -> Outcome:
    """Close the account; the last active ADMIN can't be closed."""
    return _account(ctx, "disable_staff", cmd.user_id)


@handles(EnableStaff, permission=Permission.STAFF, offline=False)
def enable_staff(cmd: EnableStaff, ctx: Context) -> Outcome:
    """Open the account again; its password stays as it was."""
    return _account(ctx, "enable_staff", cmd.user_id)


@handles(EndSessions, offline=False)
def end_sessions(cmd: EndSessions, ctx: Context) -> Outcome:
    """Delete the refresh tokens; how many is in the result."""
    row = ctx.first(select(func.desktop.end_sessions(cmd.user_id)))
    ended = 0 if row is None else int(row[0])
    return Outcome(result={"userId": cmd.user_id, "ended": ended}, changes=(Change("refresh_tokens", cmd.user_id),))

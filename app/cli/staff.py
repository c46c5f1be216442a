"""``staff …``: accounts."""

from __future__ import annotations

from typing import Any

from app.cli.new_password import new_password
from app.cli.verbs import verb
from app.commands.staff import DisableStaff, EditStaff, EnableStaff, EndSessions, SetRoles
from app.domain.enums import Role
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.clinic import StaffView, staff
from app.workspace.staff import add_staff, set_password
from app.workspace.workspace import Workspace


def _find(ws: Workspace, email: str) -> StaffView:
    wanted = email.strip().lower()
    for one in ws.ask(staff):
        if one.email.lower() == wanted:
            return one
    raise Refused("NoAccount", t("There is no account {email} in this clinic.", email=email), field="email")


@verb("staff add", positional=("email",), names={"roles": "--role"})
def add(ws: Workspace, email: str, roles: tuple[Role, ...], name: str, provider: str | None = None) -> dict[str, Any]:
    """Make an account; its password comes from MHA_NEW_PASSWORD or is typed, else it is made and printed once."""
    password, made = new_password()
    outcome = add_staff(ws, email=email, name=name, roles=roles, password=password, provider_id=provider)
    return {**outcome.result, **({"password": password} if made else {})}


@verb("staff list")
def list_staff(ws: Workspace) -> dict[str, Any]:
    """List the accounts of the clinic."""
    items = [
        {"id": one.user_id, "email": one.email, "name": one.name, "roles": [role.value for role in one.roles],
         "providerId": one.provider_id, "disabledAt": one.disabled_at.isoformat() if one.disabled_at else None,
         "lastSignIn": one.last_sign_in.isoformat() if one.last_sign_in else None, "sessions": one.sessions,
         "wrongPasswords": one.wrong_passwords}
        for one in ws.ask(staff)
    ]  # fmt: skip
    return {"items": items, "more": False}


@verb("staff edit", positional=("email",), names={"new_email": "--email"})
def edit(ws: Workspace, email: str, new_email: str | None = None, name: str | None = None) -> dict[str, Any]:
    """Correct an account's name or e-mail, which is its login; the password stays, whoever is signed in is out."""
    found = _find(ws, email)
    if new_email is None and name is None:
        raise Refused("Required", t("Say what is to be corrected: --email or --name."), field="name")
    command = EditStaff(user_id=found.user_id, email=new_email, name=name, old_email=found.email, old_name=found.name)
    return dict(ws.execute(command).result)


@verb("staff disable", positional=("email",))
def disable(ws: Workspace, email: str) -> dict[str, Any]:
    """Close an account; open sessions end."""
    return dict(ws.execute(DisableStaff(user_id=_find(ws, email).user_id)).result)


@verb("staff enable", positional=("email",))
def enable(ws: Workspace, email: str) -> dict[str, Any]:
    """Open a closed account again."""
    return dict(ws.execute(EnableStaff(user_id=_find(ws, email).user_id)).result)


@verb("staff roles", positional=("email",), names={"roles": "--role"})
def roles(ws: Workspace, email: str, roles: tuple[Role, ...]) -> dict[str, Any]:
    """Give an account other roles."""
    return dict(ws.execute(SetRoles(user_id=_find(ws, email).user_id, roles=roles)).result)


@verb("staff reset", positional=("email",))
def reset(ws: Workspace, email: str) -> dict[str, Any]:
    """Set a new password, from MHA_NEW_PASSWORD or typed, else made and printed once."""
    password, made = new_password()
    found = _find(ws, email)
    set_password(ws, user_id=found.user_id, password=password, email=email)
    return {"userId": found.user_id, **({"password": password} if made else {})}


@verb("staff sessions end", positional=("email",))
def end_sessions(ws: Workspace, email: str) -> dict[str, Any]:
    """End somebody's web and phone sessions."""
    return dict(ws.execute(EndSessions(user_id=_find(ws, email).user_id)).result)

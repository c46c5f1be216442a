"""Staff accounts, straight through the functions of the database: what an ADMIN could do with plain SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.server import ServerDatabase
from app.domain.enums import Role
from app.kernel.errors import AppError
from app.kernel.text import clean_identifier, clean_text
from app.security.accounts import account_errors
from app.security.passwords import check_password, make_secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStaff:
    """A person who is to sign in. The first role is the main one; ``provider_id`` ties them to a provider."""

    user_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    password: str = field(repr=False)
    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class StaffAccount:
    """An account as the staff list shows it; ``disabled_at`` is aware UTC."""

    user_id: str
    email: str
    name: str
    roles: tuple[Role, ...]
    provider_id: str | None
    disabled_at: datetime | None
    must_change_password: bool
    web_sessions: int


class Accounts:
    """The accounts of the signed-in person's clinic. All but their own password needs an ADMIN.

    Raises Refused: "NotAllowed", "NoAccount", "EmailTaken", "LastAdmin", "WeakPassword", "LoginElsewhere" …
    """

    def __init__(self, database: ServerDatabase) -> None:
        self._database = database

    def staff(self) -> tuple[StaffAccount, ...]:
        """Return all accounts of the clinic, active ones first, by name."""
        with account_errors(), self._database.reading() as session:
            admin = session.execute(text("SELECT desktop.has_role('ADMIN')")).scalar_one()
            rows = session.execute(text(_LIST.format(tokens=_TOKENS if admin else "0"))).mappings().all()
        return tuple(_account(dict(row)) for row in rows)

    def create(self, person: NewStaff) -> str:
        """Make an account, or give the backend's account of that e-mail a login; returns the user's id."""
        email = clean_identifier(person.email, "email")
        name = clean_text(person.name, "name", 300, required=True)
        check_password(person.password, email=email, name=name)
        secrets = make_secrets(person.password)
        values = {
            "user": person.user_id, "email": email, "name": name, "roles": [role.value for role in person.roles],
            "verifier": secrets.verifier, "bcrypt": secrets.bcrypt, "provider": person.provider_id,
        }  # fmt: skip
        call = "create_staff(:user, :email, :name, :roles, :verifier, :bcrypt, :provider)"
        return str(self._call(call, values))

    def set_password(self, user_id: str, password: str, *, email: str = "") -> None:
        """Give somebody (or oneself) another password; their web and phone sessions end."""
        check_password(password, email=email)
        secrets = make_secrets(password)
        values = {"user": user_id, "verifier": secrets.verifier, "bcrypt": secrets.bcrypt}
        self._call("set_staff_password(:user, :verifier, :bcrypt)", values)

    def edit(self, user_id: str, *, email: str, name: str) -> int:
        """Give an account another e-mail or name; returns how many open connections ended."""
        return int(self._call("edit_staff(:user, :email, :name)", {"user": user_id, "email": email, "name": name}))

    def set_roles(self, user_id: str, roles: Sequence[Role]) -> None:
        """Replace the roles of an account; one active ADMIN must remain."""
        self._call("set_staff_roles(:user, :roles)", {"user": user_id, "roles": [role.value for role in roles]})

    def disable(self, user_id: str) -> int:
        """Lock somebody out everywhere; returns how many open connections of theirs ended.

        What is open sees nothing from its next statement on. The second call ends what reconnected
        before the first one was committed.
        """
        ended = int(self._call("disable_staff(:user)", {"user": user_id}))
        # Counted once: the second sweep meets those that are still on their way out. It isn't needed for safety
        # (who is disabled sees nothing), so it may fail: somebody may just have disabled this person too.
        with suppress(AppError):
            self._call("end_connections(:user)", {"user": user_id})
        return ended

    def enable(self, user_id: str) -> None:
        """Let somebody in again, with the password they had."""
        self._call("enable_staff(:user)", {"user": user_id})

    def end_sessions(self, user_id: str) -> int:
        """End somebody's web and phone sessions; returns how many there were."""
        return int(self._call("end_sessions(:user)", {"user": user_id}))

    def _call(self, function: str, values: Mapping[str, Any]) -> Any:
        with account_errors(), self._database.transaction() as session:
            return _scalar(session, function, values)


def _scalar(session: Session, function: str, values: Mapping[str, Any]) -> Any:
    return session.execute(text(f"SELECT desktop.{function}"), dict(values)).scalar_one()


_TOKENS = """
(SELECT count(*) FROM public.refresh_tokens r WHERE r.user_id = l.user_id AND r.expires_at > desktop.db_now())
"""
_LIST = """
SELECT l.user_id, l.email, l.display_name, l.roles, l.disabled_at, l.must_change_password, p.id AS provider_id,
       {tokens} AS web_sessions
FROM desktop.login l LEFT JOIN public.providers p ON p.user_id = l.user_id
ORDER BY l.disabled_at IS NOT NULL, l.display_name COLLATE "C", l.email COLLATE "C"
"""


def _account(row: Mapping[str, Any]) -> StaffAccount:
    disabled = row["disabled_at"]
    return StaffAccount(
        user_id=row["user_id"],
        email=row["email"],
        name=row["display_name"],
        roles=tuple(Role(role) for role in row["roles"]),
        provider_id=row["provider_id"],
        disabled_at=None if disabled is None else disabled.replace(tzinfo=UTC),
        must_change_password=row["must_change_password"],
        web_sessions=row["web_sessions"],
    )

"""Who stands in for whom: whose inboxes are seen beside one's own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session, aliased

from app.db.models import Cover, Login
from app.domain.enums import Role
from app.queries.core import Reader, query

MOST = 200


@dataclass(frozen=True, slots=True)
class CoverRow:
    """Somebody stands in for somebody else; times aware UTC."""

    id: str
    for_user: str
    for_name: str
    by_user: str
    by_name: str
    starts_at: datetime
    ends_at: datetime
    may_sign: bool


def covered_users(reader: Reader, *, to_sign: bool = False) -> Select[str]:
    """Return the users that the reader stands in for now, as a subquery: ``owner.in_(covered_users(reader))``.

    ``to_sign``: only those for whom the reader may sign results.
    """
    statement = select(Cover.for_user).where(
        Cover.clinic_id == reader.clinic_id, Cover.by_user == reader.user_id, Cover.starts_at <= reader.now,
        Cover.ends_at > reader.now,
    )  # fmt: skip
    return statement.where(Cover.may_sign) if to_sign else statement


def mine_or_covered(owner: Any, reader: Reader) -> Any:
    """The condition that a column of user ids names the reader, or somebody they stand in for now."""
    return or_(owner == reader.user_id, owner.in_(covered_users(reader)))


@query(offline=True)
def covers(session: Session, reader: Reader, *, at: datetime | None = None) -> tuple[CoverRow, ...]:
    """Return the clinic's covers that are not over, soonest first; with ``at`` those that hold then. One statement."""
    absent, standing_in = aliased(Login), aliased(Login)
    statement = (
        select(
            Cover.id, Cover.for_user, absent.display_name.label("for_name"), Cover.by_user,
            standing_in.display_name.label("by_name"), Cover.starts_at, Cover.ends_at, Cover.may_sign,
        )
        .outerjoin(absent, absent.user_id == Cover.for_user)
        .outerjoin(standing_in, standing_in.user_id == Cover.by_user)
        .where(Cover.clinic_id == reader.clinic_id, Cover.ends_at > (at or reader.now))
        .order_by(Cover.starts_at, Cover.id)
        .limit(MOST)
    )  # fmt: skip
    if at is not None:
        statement = statement.where(Cover.starts_at <= at)
    return tuple(
        CoverRow(row.id, row.for_user, row.for_name or "", row.by_user, row.by_name or "", row.starts_at, row.ends_at,
                 row.may_sign)
        for row in session.execute(statement)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody on the staff whose account is open."""

    user_id: str
    name: str
    roles: frozenset[Role]


@query(offline=True)
def colleagues(session: Session, reader: Reader) -> tuple[Colleague, ...]:
    """Return who works in the clinic, by name; disabled accounts are left out. One statement."""
    rows = session.execute(
        select(Login.user_id, Login.display_name, Login.roles)
        .where(Login.clinic_id == reader.clinic_id, Login.disabled_at.is_(None))
        .order_by(Login.display_name, Login.user_id)
    )
    known = {role.value for role in Role}
    return tuple(
        Colleague(row.user_id, row.display_name, frozenset(Role(one) for one in row.roles if one in known))
        for row in rows
    )

"""Cover: somebody stands in for somebody else from an instant until another."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.task_rows import check_user
from app.db.models import Cover, Login
from app.domain.enums import Role
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid

LONGEST = timedelta(days=366)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCover(Command):
    """``by_user`` stands in for ``for_user`` between two instants; with ``may_sign`` for their results too.

    The same ``cover_id`` again changes times and right to sign. One's own cover, or as ADMIN anybody's.
    """

    for_user: str
    by_user: str
    starts_at: datetime
    ends_at: datetime
    may_sign: bool = False
    cover_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCover(Command):
    """The cover ends now; one that is over already is fine."""

    cover_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReassignOpenItems(Command):
    """Everything open of one person becomes another's: tasks, results, alerts, drafts of notes and papers."""

    from_user: str
    to_user: str


@handles(SetCover, permission=Permission.TASKS)
def set_cover(cmd: SetCover, ctx: Context) -> Outcome:
    """Insert the cover, or change its times."""
    _require_own(ctx, cmd.for_user)
    _check(cmd, ctx)
    row = ctx.first(ctx.lock(_cover(cmd.cover_id)))
    values: dict[str, Any] = {"starts_at": cmd.starts_at, "ends_at": cmd.ends_at, "may_sign": cmd.may_sign}
    if row is None:
        ctx.emit(
            insert(Cover).values(
                id=cmd.cover_id, clinic_id=ctx.actor.clinic_id, for_user=cmd.for_user, by_user=cmd.by_user,
                created_by=ctx.actor.user_id, created_at=ctx.occurred_at, updated_at=ctx.occurred_at, **values,
            )
        )  # fmt: skip
        return _outcome(cmd.cover_id, EndCover(cover_id=cmd.cover_id))
    if (row.for_user, row.by_user) != (cmd.for_user, cmd.by_user):
        raise Refused("BadValue", t("Another person stands in: end this cover and make a new one."), field="byUser")
    ctx.emit(update(Cover).where(Cover.id == cmd.cover_id).values(updated_at=ctx.stamp(row.updated_at), **values))
    before = SetCover(cover_id=cmd.cover_id, for_user=row.for_user, by_user=row.by_user, starts_at=row.starts_at,
                      ends_at=row.ends_at, may_sign=row.may_sign)  # fmt: skip
    return _outcome(cmd.cover_id, before)


@handles(EndCover, permission=Permission.TASKS)
def end_cover(cmd: EndCover, ctx: Context) -> Outcome:
    """Let it end at the command's time."""
    row = ctx.first(_cover(cmd.cover_id))
    if row is None:
        raise Conflict("Gone", t("This cover is no longer there."), field="coverId")
    _require_own(ctx, row.for_user)
    row = ctx.first(ctx.lock(_cover(cmd.cover_id))) or row  # the server locks only what the person may change
    if row.ends_at <= ctx.occurred_at:
        return _outcome(cmd.cover_id)
    start = min(row.starts_at, ctx.occurred_at)
    values = {"starts_at": start, "ends_at": ctx.occurred_at, "updated_at": ctx.stamp(row.updated_at)}
    ctx.emit(update(Cover).where(Cover.id == cmd.cover_id).values(**values))
    before = SetCover(cover_id=cmd.cover_id, for_user=row.for_user, by_user=row.by_user, starts_at=row.starts_at,
                      ends_at=row.ends_at, may_sign=row.may_sign)  # fmt: skip
    return _outcome(cmd.cover_id, before)


@handles(ReassignOpenItems, permission=Permission.STAFF, offline=False)
def reassign_open_items(cmd: ReassignOpenItems, ctx: Context) -> Outcome:
    """The database's function does it: some of these rows are no ADMIN's to write. Accounts need the server anyhow."""
    if cmd.from_user == cmd.to_user:
        raise Refused("BadValue", t("Choose somebody else."), field="toUser")
    check_user(ctx, cmd.to_user, "toUser")
    row = ctx.first(select(func.desktop.reassign_open_items(cmd.from_user, cmd.to_user).label("counts")))
    counts: dict[str, Any] = dict(row.counts) if row is not None else {}
    changes = tuple(Change(table, "") for table in ("task", "lab_review", "alert_detail", "visit_note", "excuse_notes"))
    return Outcome(result={"fromUser": cmd.from_user, "toUser": cmd.to_user, **counts}, changes=changes)


def _require_own(ctx: Context, for_user: str) -> None:
    if for_user != ctx.actor.user_id and Role.ADMIN not in ctx.actor.roles:
        raise not_allowed()


def _check(cmd: SetCover, ctx: Context) -> None:
    if cmd.for_user == cmd.by_user:
        raise Refused("BadValue", t("Nobody stands in for themselves."), field="byUser")
    if cmd.ends_at <= cmd.starts_at or cmd.ends_at - cmd.starts_at > LONGEST:
        raise Refused("BadValue", t("The end lies after the begin, a year later at most."), field="endsAt")
    check_user(ctx, cmd.for_user, "forUser")
    check_user(ctx, cmd.by_user, "byUser")
    if cmd.may_sign:
        row = ctx.first(select(Login.roles).where(Login.user_id == cmd.by_user))
        if row is None or Role.PROVIDER.value not in row.roles:
            raise Refused("BadValue", t("Only a provider can sign for another."), field="maySign")


def _cover(cover_id: str) -> Any:
    return select(
        Cover.for_user, Cover.by_user, Cover.starts_at, Cover.ends_at, Cover.may_sign, Cover.updated_at
    ).where(Cover.id == cover_id)


def _outcome(cover_id: str, undo: Command | None = None) -> Outcome:
    return Outcome(result={"coverId": cover_id}, changes=(Change("cover", cover_id),), undo=undo,
                   undo_label=t("the cover") if undo else "")  # fmt: skip

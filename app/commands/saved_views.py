"""Saved views: filters that a person named, to have them back with one key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import SavedView
from app.domain.patients import clean_json
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text

MOST = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveView(Command):
    """Keep a filter under a name, or change one's own. ``kind`` says whose filter it is ("schedule")."""

    name: str
    kind: str
    body: Mapping[str, Any]
    view_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveView(Command):
    """Forget one's own view; one that is gone already is fine."""

    view_id: str


@handles(SaveView)
def save_view(cmd: SaveView, ctx: Context) -> Outcome:
    """Insert the view at the end of its kind, or replace its name and content."""
    name = clean_text(cmd.name, "name", 60, required=True)
    body = clean_json("body", dict(cmd.body))
    row = _own(ctx, cmd.view_id)
    undo: Command
    if row is not None:
        undo = SaveView(name=row.name, kind=row.kind, body=row.body, view_id=cmd.view_id)
        changed = update(SavedView).where(SavedView.id == cmd.view_id)
        ctx.emit(changed.values(name=name, body=body, updated_at=ctx.stamp(row.updated_at)))
    else:
        undo = RemoveView(view_id=cmd.view_id)
        mine = select(func.count().label("n")).select_from(SavedView)
        count = ctx.first(mine.where(SavedView.user_id == ctx.actor.user_id, SavedView.kind == cmd.kind))
        number = int(count.n) if count is not None else 0
        if number >= MOST:
            raise Refused("TooMany", t("You have {n} views. Remove one first.", n=number), field="name")
        ctx.emit(
            insert(SavedView).values(
                id=cmd.view_id, clinic_id=ctx.actor.clinic_id, user_id=ctx.actor.user_id, name=name,
                kind=clean_text(cmd.kind, "kind", 60, required=True), body=body, sort_order=number,
                updated_at=ctx.occurred_at,
            )
        )  # fmt: skip
    return Outcome(result={"viewId": cmd.view_id}, changes=(Change("saved_view", cmd.view_id),), undo=undo,
                   undo_label=t("saved view"))  # fmt: skip


@handles(RemoveView)
def remove_view(cmd: RemoveView, ctx: Context) -> Outcome:
    """Delete the view; the undo makes it again."""
    row = _own(ctx, cmd.view_id)
    if row is None:
        return Outcome(result={"viewId": cmd.view_id})
    ctx.emit(delete(SavedView).where(SavedView.id == cmd.view_id))
    again = SaveView(name=row.name, kind=row.kind, body=row.body, view_id=cmd.view_id)
    return Outcome(result={"viewId": cmd.view_id}, changes=(Change("saved_view", cmd.view_id),), undo=again,
                   undo_label=t("saved view"))  # fmt: skip


def _own(ctx: Context, view_id: str) -> Any:
    columns = (SavedView.name, SavedView.kind, SavedView.body, SavedView.user_id, SavedView.updated_at)
    row = ctx.first(select(*columns).where(SavedView.id == view_id))
    if row is not None and row.user_id != ctx.actor.user_id:
        raise Refused("NotYours", t("This view belongs to somebody else."), field="viewId")
    return row

"""Drafts: unfinished forms of one person, one for each kind and subject."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import Draft
from app.domain.patients import clean_json
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft(Command):
    """Keep what is typed so far. ``draft_id`` is the same for the same person, kind and subject."""

    draft_id: str
    kind: str
    subject: str = ""
    title: str = ""
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardDraft(Command):
    """Forget a draft; one that is gone already is fine."""

    draft_id: str


@handles(SaveDraft)
def save_draft(cmd: SaveDraft, ctx: Context) -> Outcome:
    """Insert the draft or replace its content. Only one's own: another person's id is refused."""
    body = {
        "title": clean_text(cmd.title, "title", 300),
        "fields": clean_json("body", dict(cmd.body)),
    }
    row = ctx.first(ctx.lock(select(Draft.user_id).where(Draft.id == cmd.draft_id)))
    if row is None:
        ctx.emit(
            insert(Draft).values(
                id=cmd.draft_id,
                user_id=ctx.actor.user_id,
                clinic_id=ctx.actor.clinic_id,
                kind=clean_text(cmd.kind, "kind", 60, required=True),
                subject=clean_text(cmd.subject, "subject", 200),
                body=body,
                updated_at=ctx.occurred_at,
            )
        )
    else:
        _require_own(row.user_id, ctx)
        ctx.emit(update(Draft).where(Draft.id == cmd.draft_id).values(body=body, updated_at=ctx.occurred_at))
    return Outcome(result={"draftId": cmd.draft_id}, changes=(Change("draft", cmd.draft_id),))


@handles(DiscardDraft)
def discard_draft(cmd: DiscardDraft, ctx: Context) -> Outcome:
    """Delete one's own draft."""
    row = ctx.first(select(Draft.user_id).where(Draft.id == cmd.draft_id))
    if row is not None:
        _require_own(row.user_id, ctx)
        ctx.emit(delete(Draft).where(Draft.id == cmd.draft_id, Draft.user_id == ctx.actor.user_id))
    return Outcome(result={"draftId": cmd.draft_id}, changes=(Change("draft", cmd.draft_id),))


def _require_own(user_id: str, ctx: Context) -> None:
    if user_id != ctx.actor.user_id:
        raise Refused("NotYours", t("This draft belongs to somebody else."))

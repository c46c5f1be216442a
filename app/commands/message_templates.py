"""Texts to begin a message from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import MessageTemplate
from app.domain.messages import MOST_TEXT, PLACEHOLDERS, unknown_placeholders
from app.domain.permissions import Permission
from app.kernel.errors import Refused
from app.kernel.i18n import LANGUAGES, t
from app.kernel.ids import new_uuid
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveMessageTemplate(Command):
    """Make or change a template; its ``body`` may have {name} {provider} {date} {clinic}.

    Not ``active``: offered no more.
    """

    name: str
    body: str
    locale: str = "en"
    active: bool = True
    sort_order: int = 0
    template_id: str = field(default_factory=new_uuid)


@handles(SaveMessageTemplate, permission=Permission.CLINIC_SETTINGS)
def save_message_template(cmd: SaveMessageTemplate, ctx: Context) -> Outcome:
    """Insert or update; messages that were begun from it stay as they are."""
    values = _clean(cmd)
    template = MessageTemplate
    columns = select(template.name, template.body, template.locale, template.active, template.sort_order,
                     template.updated_at)  # fmt: skip
    row = ctx.first(ctx.lock(columns.where(template.id == cmd.template_id)))
    if row is None:
        own = {"id": cmd.template_id, "clinic_id": ctx.actor.clinic_id, "updated_at": ctx.occurred_at}
        ctx.emit(insert(template).values(**own, **values))
        undo = SaveMessageTemplate(template_id=cmd.template_id, **{**values, "active": False})
    else:
        stamp = ctx.stamp(row.updated_at)
        ctx.emit(update(template).where(template.id == cmd.template_id).values(**values, updated_at=stamp))
        undo = SaveMessageTemplate(template_id=cmd.template_id, name=row.name, body=row.body, locale=row.locale,
                                   active=row.active, sort_order=row.sort_order)  # fmt: skip
    return Outcome(result={"templateId": cmd.template_id}, changes=(Change("message_template", cmd.template_id),),
                   undo=undo, undo_label=t("the template {name}", name=cmd.name))  # fmt: skip


def _clean(cmd: SaveMessageTemplate) -> Mapping[str, Any]:
    name = clean_text(cmd.name, "name", 100, required=True)
    body = clean_text(cmd.body, "body", MOST_TEXT, required=True)
    if cmd.locale not in LANGUAGES:
        raise Refused("BadValue", t("This language is not known."), field="locale")
    if wrong := unknown_placeholders(body):
        known = " ".join(f"{{{one}}}" for one in PLACEHOLDERS)
        message = t("{wrong} is never filled in. There are {known}.", wrong=f"{{{wrong[0]}}}", known=known)
        raise Refused("BadValue", message, field="body")
    if not 0 <= cmd.sort_order <= 10_000:
        raise Refused("BadValue", t("Enter 0 to 10,000."), field="sortOrder")
    return {"name": name, "body": body, "locale": cmd.locale, "active": cmd.active, "sort_order": cmd.sort_order}

"""What a message may refer to: an encrypted web address, or a paper of the patient that is out already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from app.commands.clinic_time import clinic_zone
from app.commands.core import Context
from app.domain.messages import (
    MOST_ADDRESS,
    MOST_ATTACHMENTS,
    RECORD_TYPES,
    Attachment,
    RecordLink,
    record_link,
    sendable_link,
)
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text
from app.queries.attachable import find_attachable


def checked_attachments(ctx: Context, given: Sequence[Attachment], patient_id: str) -> list[Attachment]:
    """Return them as they are kept; each once. The content stays where it is. Refused "BadValue" "attachments"."""
    if len(given) > MOST_ATTACHMENTS:
        raise Refused("BadValue", t("At most {n} attachments.", n=MOST_ATTACHMENTS), field="attachments")
    cleaned = [_clean(one) for one in given]
    papers = _names(ctx, [link for one in cleaned if (link := record_link(one.url)) is not None], patient_id)
    found: dict[str, Attachment] = {}
    for one in cleaned:
        link = record_link(one.url)
        kept = one if link is None else Attachment(one.url, one.filename or papers[link], RECORD_TYPES[link.table])
        found.setdefault(one.url, kept)
    return list(found.values())


def _clean(one: Attachment) -> Attachment:
    url = clean_text(one.url, "attachments", MOST_ADDRESS, required=True)
    if record_link(url) is None and sendable_link(url) is None:
        raise Refused("BadValue", t("An attachment is an address that begins with https://."), field="attachments")
    size = one.size if one.size is not None and one.size >= 0 else None
    return replace(one, url=url, filename=clean_text(one.filename, "attachments"),
                   type=clean_text(one.type, "attachments"), size=size)  # fmt: skip


def _names(ctx: Context, wanted: list[RecordLink], patient_id: str) -> dict[RecordLink, str]:
    """Say what the papers are called; refuses what isn't this patient's, or not out."""
    if not wanted:
        return {}
    found = find_attachable(ctx.all, ctx.actor.clinic_id, clinic_zone(ctx), patient_id, wanted)
    names = {one.link: one.name for one in found}
    if any(link not in names for link in wanted):
        message = t("Only this patient's own papers can be attached, once they are sent or signed.")
        raise Refused("BadValue", message, field="attachments")
    return names

"""Referrals: where they go, what came back, when one is overdue, and the letter's plain text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.domain.enums import ReferralPriority, ReferralStatus
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import MAX_SHORT, clean_text

SETTING = "referralDays"
"""The key in ``clinic_settings.settings``: days by priority, such as {"URGENT": 5}."""
DAYS: Mapping[ReferralPriority, int] = {
    ReferralPriority.STAT: 1,
    ReferralPriority.URGENT: 3,
    ReferralPriority.ROUTINE: 30,
}
"""After how many days a referral that nobody accepted is overdue, unless the clinic chose otherwise."""
ATTACHABLE = ("lab_orders", "visit_note")
"""Tables whose rows can be attached to a referral as what came back."""
OPEN = (ReferralStatus.PENDING, ReferralStatus.SENT, ReferralStatus.ACCEPTED)
MAX_ATTACHED = 50


@dataclass(frozen=True, slots=True)
class Recipient:
    """How to reach whom a patient is referred to."""

    address: str = ""
    phone: str = ""
    fax: str = ""
    email: str = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """As they stand under the name in a letter."""
        labels = ((t("Phone"), self.phone), (t("Fax"), self.fax), (t("E-mail"), self.email))
        address = [line for line in self.address.splitlines() if line.strip()]
        return (*address, *(f"{label}: {value}" for label, value in labels if value))


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something of the chart that belongs to a referral: its table and id."""

    table: str
    id: str


def read_recipient(value: object) -> Recipient:
    """Read ``referral_detail.recipient`` whatever its shape."""
    if not isinstance(value, Mapping):
        return Recipient()
    texts = {key: found for key in ("address", "phone", "fax", "email") if isinstance(found := value.get(key), str)}
    return Recipient(**texts)


def clean_recipient(value: Recipient | Mapping[str, Any] | None) -> dict[str, str] | None:
    """Return the JSON to keep, without empty parts; None for nothing at all."""
    given = value if isinstance(value, Recipient) else read_recipient(value)
    parts = {
        "address": clean_text(given.address, "recipient.address", 1000),
        "phone": clean_text(given.phone, "recipient.phone", MAX_SHORT),
        "fax": clean_text(given.fax, "recipient.fax", MAX_SHORT),
        "email": clean_text(given.email, "recipient.email", MAX_SHORT),
    }
    return {key: text for key, text in parts.items() if text} or None


def read_attachments(value: object) -> tuple[Attachment, ...]:
    """Read ``referral_detail.attachments``; entries of another shape are left out."""
    if not isinstance(value, list):
        return ()
    return tuple(
        Attachment(one["table"], one["id"])
        for one in value
        if isinstance(one, Mapping) and isinstance(one.get("table"), str) and isinstance(one.get("id"), str)
    )


def check_attachments(wanted: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """Return them once each; refuses other tables and too many."""
    found = tuple(dict.fromkeys(wanted))
    if len(found) > MAX_ATTACHED or any(one.table not in ATTACHABLE for one in found):
        raise Refused("BadValue", t("Only results and notes of this patient can be attached."), field="attachments")
    return found


def days_of(settings: object) -> Mapping[ReferralPriority, int]:
    """Read the clinic's days by priority; what isn't a whole number of days from 1 to 365 stays as it is here."""
    chosen = settings.get(SETTING) if isinstance(settings, Mapping) else None
    days = dict(DAYS)
    for priority in ReferralPriority if isinstance(chosen, Mapping) else ():
        value = chosen.get(priority.value) if isinstance(chosen, Mapping) else None
        if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 365:
            days[priority] = value
    return days


def due_at(
    status: ReferralStatus, priority: ReferralPriority, created_at: datetime, sent_at: datetime | None,
    days: Mapping[ReferralPriority, int],
) -> datetime | None:  # fmt: skip
    """Return the instant from which a referral is overdue: it waits to be sent, or to be accepted. None otherwise."""
    if status is ReferralStatus.PENDING:
        return created_at + timedelta(days=days[priority])
    if status is ReferralStatus.SENT:
        return (sent_at or created_at) + timedelta(days=days[priority])
    return None


def letter_text(reason: str, parts: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Return the letter that a provider goes on from: the reason, then each part as a heading with its lines."""
    pieces = [t("Thank you for seeing this patient.") + "\n\n" + reason.strip()]
    pieces += [f"{title}:\n" + "\n".join(f"- {line}" for line in lines) for title, lines in parts if lines]
    return "\n\n".join(piece for piece in pieces if piece.strip())


def priority_word(priority: ReferralPriority) -> str:
    """Return the priority as people say it."""
    words = {
        ReferralPriority.STAT: t("Immediate"),
        ReferralPriority.URGENT: t("Urgent"),
        ReferralPriority.ROUTINE: t("Routine"),
    }
    return words[priority]


def status_word(status: ReferralStatus) -> str:
    """Return the state as people say it."""
    words = {
        ReferralStatus.PENDING: t("Not sent"),
        ReferralStatus.SENT: t("Sent"),
        ReferralStatus.ACCEPTED: t("Accepted"),
        ReferralStatus.COMPLETED: t("Completed"),
        ReferralStatus.CANCELLED: t("Cancelled"),
    }
    return words[status]

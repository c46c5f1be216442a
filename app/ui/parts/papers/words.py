"""How the states of papers look."""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.enums import ReferralStatus
from app.domain.excuse_notes import NoteStanding
from app.ui.theme.tokens import StatusKind

REFERRAL_KINDS: Mapping[ReferralStatus, StatusKind] = {
    ReferralStatus.PENDING: StatusKind.ARRIVED,
    ReferralStatus.SENT: StatusKind.PLANNED,
    ReferralStatus.ACCEPTED: StatusKind.WITH,
    ReferralStatus.COMPLETED: StatusKind.DONE,
    ReferralStatus.CANCELLED: StatusKind.HELD,
}
NOTE_KINDS: Mapping[NoteStanding, StatusKind] = {
    NoteStanding.DRAFT: StatusKind.ARRIVED,
    NoteStanding.VALID: StatusKind.DONE,
    NoteStanding.EXPIRED: StatusKind.PLANNED,
    NoteStanding.WITHDRAWN: StatusKind.CRITICAL,
}

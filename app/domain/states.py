"""The state machines, as tables: handlers, buttons, database triggers and the docs all follow them.

``{(state, action): (next state, permission)}``. What is not in a table is not allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.domain.enums import (
    AlertStatus,
    ExcuseNoteStatus,
    LabOrderStatus,
    ReferralStatus,
    RequestStatus,
    SlotStatus,
    TelemedStatus,
    VisitStatus,
)
from app.domain.permissions import Permission


class VisitAction(StrEnum):
    """What can be done to a visit's status."""

    CHECK_IN = "check_in"
    START = "start"
    COMPLETE = "complete"
    LEFT_BEFORE_SEEN = "left_before_seen"
    CANCEL = "cancel"


class SlotAction(StrEnum):
    """What can be done to a slot's status."""

    HOLD = "hold"
    RELEASE = "release"
    BOOK = "book"
    FREE = "free"
    BLOCK = "block"
    UNBLOCK = "unblock"
    RETIRE = "retire"


class RequestAction(StrEnum):
    """What can be done to a visit request."""

    TRIAGE = "triage"
    PROPOSE = "propose"
    CONVERT = "convert"
    CANCEL = "cancel"


class LabAction(StrEnum):
    """What can happen to a lab order."""

    START = "start"
    COMPLETE = "complete"
    CANCEL = "cancel"


class ReferralAction(StrEnum):
    """What can be done to a referral."""

    SEND = "send"
    ACCEPT = "accept"
    COMPLETE = "complete"
    CANCEL = "cancel"


class NoteAction(StrEnum):
    """What can happen to an excuse note."""

    SEND = "send"
    EXPIRE = "expire"


class AlertAction(StrEnum):
    """What can be done to an alert."""

    RESOLVE = "resolve"
    DISMISS = "dismiss"


class TelemedAction(StrEnum):
    """What can happen to the session of a virtual visit."""

    FIRST_JOIN = "first_join"
    SECOND_JOIN = "second_join"
    END = "end"


VISIT: Mapping[tuple[VisitStatus, VisitAction], tuple[VisitStatus, Permission]] = {
    (VisitStatus.PLANNED, VisitAction.CHECK_IN): (VisitStatus.CHECKED_IN, Permission.ADVANCE_VISIT),
    (VisitStatus.PLANNED, VisitAction.CANCEL): (VisitStatus.CANCELLED, Permission.ADVANCE_VISIT),
    (VisitStatus.CHECKED_IN, VisitAction.START): (VisitStatus.IN_PROGRESS, Permission.TREAT_OWN_VISIT),
    (VisitStatus.CHECKED_IN, VisitAction.LEFT_BEFORE_SEEN): (VisitStatus.NO_SHOW, Permission.ADVANCE_VISIT),
    (VisitStatus.CHECKED_IN, VisitAction.CANCEL): (VisitStatus.CANCELLED, Permission.ADVANCE_VISIT),
    (VisitStatus.IN_PROGRESS, VisitAction.COMPLETE): (VisitStatus.COMPLETED, Permission.TREAT_OWN_VISIT),
    (VisitStatus.IN_PROGRESS, VisitAction.CANCEL): (VisitStatus.CANCELLED, Permission.ADVANCE_VISIT),
}

SLOT: Mapping[tuple[SlotStatus, SlotAction], tuple[SlotStatus, Permission]] = {
    (SlotStatus.FREE, SlotAction.HOLD): (SlotStatus.HELD, Permission.BOOK),
    (SlotStatus.HELD, SlotAction.RELEASE): (SlotStatus.FREE, Permission.BOOK),
    (SlotStatus.FREE, SlotAction.BOOK): (SlotStatus.BOOKED, Permission.BOOK),
    (SlotStatus.HELD, SlotAction.BOOK): (SlotStatus.BOOKED, Permission.BOOK),
    (SlotStatus.BOOKED, SlotAction.FREE): (SlotStatus.FREE, Permission.BOOK),
    (SlotStatus.BOOKED, SlotAction.RETIRE): (SlotStatus.BLOCKED, Permission.BOOK),
    (SlotStatus.FREE, SlotAction.BLOCK): (SlotStatus.BLOCKED, Permission.BOOK),
    (SlotStatus.BLOCKED, SlotAction.UNBLOCK): (SlotStatus.FREE, Permission.BOOK),
}

REQUEST: Mapping[tuple[RequestStatus, RequestAction], tuple[RequestStatus, Permission]] = {
    (RequestStatus.NEW, RequestAction.TRIAGE): (RequestStatus.TRIAGED, Permission.TRIAGE),
    (RequestStatus.NEW, RequestAction.CANCEL): (RequestStatus.CANCELLED, Permission.TRIAGE),
    (RequestStatus.TRIAGED, RequestAction.PROPOSE): (RequestStatus.AWAITING_PATIENT_CONFIRMATION, Permission.TRIAGE),
    (RequestStatus.TRIAGED, RequestAction.CONVERT): (RequestStatus.CONVERTED_TO_VISIT, Permission.TRIAGE),
    (RequestStatus.TRIAGED, RequestAction.CANCEL): (RequestStatus.CANCELLED, Permission.TRIAGE),
    (RequestStatus.AWAITING_PATIENT_CONFIRMATION, RequestAction.CONVERT): (
        RequestStatus.CONVERTED_TO_VISIT,
        Permission.TRIAGE,
    ),
    (RequestStatus.AWAITING_PATIENT_CONFIRMATION, RequestAction.CANCEL): (RequestStatus.CANCELLED, Permission.TRIAGE),
}

TELEMED: Mapping[tuple[TelemedStatus, TelemedAction], TelemedStatus] = {
    (TelemedStatus.NOT_STARTED, TelemedAction.FIRST_JOIN): TelemedStatus.WAITING,
    (TelemedStatus.WAITING, TelemedAction.SECOND_JOIN): TelemedStatus.ACTIVE,
    (TelemedStatus.NOT_STARTED, TelemedAction.END): TelemedStatus.ENDED,
    (TelemedStatus.WAITING, TelemedAction.END): TelemedStatus.ENDED,
    (TelemedStatus.ACTIVE, TelemedAction.END): TelemedStatus.ENDED,
}

LAB: Mapping[tuple[LabOrderStatus, LabAction], tuple[LabOrderStatus, Permission]] = {
    (LabOrderStatus.ORDERED, LabAction.START): (LabOrderStatus.IN_PROGRESS, Permission.TRACK_ORDERS),
    (LabOrderStatus.ORDERED, LabAction.CANCEL): (LabOrderStatus.CANCELLED, Permission.ORDER),
    (LabOrderStatus.IN_PROGRESS, LabAction.COMPLETE): (LabOrderStatus.COMPLETED, Permission.TRACK_ORDERS),
    (LabOrderStatus.IN_PROGRESS, LabAction.CANCEL): (LabOrderStatus.CANCELLED, Permission.ORDER),
}

REFERRAL: Mapping[tuple[ReferralStatus, ReferralAction], tuple[ReferralStatus, Permission]] = {
    (ReferralStatus.PENDING, ReferralAction.SEND): (ReferralStatus.SENT, Permission.ORDER),
    (ReferralStatus.PENDING, ReferralAction.CANCEL): (ReferralStatus.CANCELLED, Permission.ORDER),
    (ReferralStatus.SENT, ReferralAction.ACCEPT): (ReferralStatus.ACCEPTED, Permission.TRACK_ORDERS),
    (ReferralStatus.SENT, ReferralAction.CANCEL): (ReferralStatus.CANCELLED, Permission.ORDER),
    (ReferralStatus.ACCEPTED, ReferralAction.COMPLETE): (ReferralStatus.COMPLETED, Permission.TRACK_ORDERS),
    (ReferralStatus.ACCEPTED, ReferralAction.CANCEL): (ReferralStatus.CANCELLED, Permission.ORDER),
}

NOTE: Mapping[tuple[ExcuseNoteStatus, NoteAction], tuple[ExcuseNoteStatus, Permission]] = {
    (ExcuseNoteStatus.DRAFT, NoteAction.SEND): (ExcuseNoteStatus.SENT, Permission.ORDER),
    (ExcuseNoteStatus.SENT, NoteAction.EXPIRE): (ExcuseNoteStatus.EXPIRED, Permission.DRAFT_NOTES),
}

ALERT: Mapping[tuple[AlertStatus, AlertAction], tuple[AlertStatus, Permission]] = {
    (AlertStatus.ACTIVE, AlertAction.RESOLVE): (AlertStatus.RESOLVED, Permission.RESOLVE_ALERTS),
    (AlertStatus.ACTIVE, AlertAction.DISMISS): (AlertStatus.DISMISSED, Permission.DISMISS_INFO_ALERTS),
}
"""Who may dismiss INFO alerts only may not dismiss others (`app/commands/alerts.py`)."""

LIVE_VISITS = frozenset({VisitStatus.PLANNED, VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS})
"""A visit in one of these states occupies its provider's time."""
CALLED_OFF = frozenset({VisitStatus.CANCELLED, VisitStatus.NO_SHOW})
"""A visit in one of these states gave its time back, even where its slot doesn't say so."""

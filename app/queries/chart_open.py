"""What is open in a chart: alerts, results to sign, drafts, messages, tasks; then orders and referrals under way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Text, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.db.models import (
    Alert,
    AlertDetail,
    ExcuseNote,
    LabOrder,
    LabReview,
    Message,
    MessageThread,
    Patient,
    Referral,
    Task,
    Visit,
    VisitNote,
    VisitSlot,
)
from app.db.types import UtcDateTime
from app.domain.enums import (
    ExcuseNoteStatus,
    LabOrderStatus,
    ReferralPriority,
    ReferralStatus,
    ReviewState,
    TaskStatus,
    VisitNoteStatus,
    VisitStatus,
)
from app.domain.referrals import DAYS, due_at
from app.domain.tasks import kind_word

MOST = 12
_TEXT = 160
"""Characters of a text that a line shows."""


class OpenKind(StrEnum):
    """What is open; the order is that of the list, critical ones first. REFERRAL: overdue, REFERRED: in time."""

    RESULTS = "results"
    ALERT = "alert"
    REFERRAL = "referral"
    MESSAGE = "message"
    TASK = "task"
    VISIT = "visit"
    NOTE = "note"
    EXCUSE = "excuse"
    ORDER = "order"
    REFERRED = "referred"


TAB = {
    OpenKind.RESULTS: "labs", OpenKind.ALERT: "timeline", OpenKind.REFERRAL: "referrals",
    OpenKind.MESSAGE: "messages", OpenKind.TASK: "timeline", OpenKind.VISIT: "visits", OpenKind.NOTE: "notes",
    OpenKind.EXCUSE: "notes", OpenKind.ORDER: "labs", OpenKind.REFERRED: "referrals",
}  # fmt: skip
_UNDER_WAY = (ReferralStatus.PENDING, ReferralStatus.SENT, ReferralStatus.ACCEPTED)
_ORDERED = (LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS)
_ORDER = {kind: number for number, kind in enumerate(OpenKind)}


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One open thing. ``what`` names it (tests, specialty, title, a quotation), ``word`` is its state or priority.

    ``at`` is aware UTC. ``mine``: it waits for the reader. ``tab`` is the tab of the chart where it is closed.
    """

    kind: OpenKind
    id: str
    at: datetime
    what: str
    word: str = ""
    critical: bool = False
    mine: bool = False
    corrected: bool = False
    partial: bool = False
    sent: bool = False

    @property
    def tab(self) -> str:
        """The tab where it is closed."""
        return TAB[self.kind]


def statements(patient: Any) -> dict[str, Any]:
    """Return the selects by name."""
    return {
        "open_results": _results(patient),
        "open_alerts": _alerts(patient),
        "open_referrals": _referrals(patient),
        "open_messages": unanswered(patient),
        "open_tasks": _tasks(patient),
        "open_visits": _visits(patient),
        "open_notes": _notes(patient),
        "open_excuses": _excuses(patient),
        "open_orders": _orders(patient),
    }


def _results(patient: Any) -> Any:
    return (
        select(
            LabReview.order_id.label("id"), LabReview.resulted_at.label("at"), LabOrder.tests, LabReview.critical,
            LabReview.owner_user, LabReview.corrected, LabReview.partial,
        )
        .join(LabOrder, LabOrder.id == LabReview.order_id)
        .where(LabReview.patient_id == patient, LabReview.state == ReviewState.WAITING)
        .order_by(LabReview.critical.desc(), LabReview.resulted_at, LabReview.order_id)
        .limit(MOST)
    )  # fmt: skip


def _alerts(patient: Any) -> Any:
    now = bindparam("now", type_=UtcDateTime())
    return (
        select(Alert.id, Alert.created_at.label("at"), short(Alert.title).label("what"), Alert.severity,
               AlertDetail.owner_user)
        .outerjoin(AlertDetail, AlertDetail.alert_id == Alert.id)
        .where(Alert.patient_id == patient, Alert.status == "ACTIVE",
               or_(AlertDetail.snoozed_until.is_(None), AlertDetail.snoozed_until <= now))
        .order_by(Alert.created_at, Alert.id)
        .limit(50)
    )  # fmt: skip


def _referrals(patient: Any) -> Any:
    """Those under way: not sent, sent, or accepted."""
    at = func.coalesce(Referral.sent_at, Referral.created_at, type_=UtcDateTime())
    return (
        select(Referral.id, at.label("at"), short(Referral.specialty).label("what"), Referral.priority,
               Referral.status, Referral.created_at, Referral.sent_at)
        .where(Referral.patient_id == patient, or_(*(Referral.status == one for one in _UNDER_WAY)))
        .order_by(at, Referral.id)
        .limit(50)
    )  # fmt: skip


def _orders(patient: Any) -> Any:
    """Orders that nothing came for, or not all, beside those whose results wait to be signed."""
    waits = select(LabReview.order_id).where(
        LabReview.order_id == LabOrder.id, LabReview.state == ReviewState.WAITING
    )  # fmt: skip
    return (
        select(LabOrder.id, LabOrder.ordered_at.label("at"), LabOrder.tests, LabOrder.status)
        .where(LabOrder.patient_id == patient, or_(*(LabOrder.status == one for one in _ORDERED)), ~waits.exists())
        .order_by(LabOrder.ordered_at, LabOrder.id)
        .limit(MOST)
    )


def unanswered(patient: Any) -> Any:
    """Return the threads whose last word is the patient's."""
    last = aliased(Message)
    newest = (
        select(last.id)
        .where(last.thread_id == MessageThread.id)
        .order_by(last.created_at.desc(), last.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(MessageThread.id, Message.created_at.label("at"), short(Message.content).label("what"), Message.read)
        .join(Message, Message.id == newest)
        .join(Patient, Patient.id == MessageThread.patient_id)
        .where(MessageThread.patient_id == patient, Message.sender_id == Patient.user_id)
        .order_by(Message.created_at, MessageThread.id)
        .limit(MOST)
    )


def _tasks(patient: Any) -> Any:
    return (
        select(Task.id, Task.created_at.label("at"), short(Task.title).label("what"), Task.kind, Task.due_on,
               Task.owner_user)
        .where(Task.patient_id == patient, Task.status == TaskStatus.OPEN)
        .order_by(Task.created_at, Task.id)
        .limit(MOST)
    )  # fmt: skip


def _visits(patient: Any) -> Any:
    """Visits that were begun and not completed."""
    return (
        select(Visit.id, VisitSlot.start_time.label("at"), short(Visit.reason_text).label("what"), Visit.provider_id)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .where(Visit.patient_id == patient, Visit.status == VisitStatus.IN_PROGRESS)
        .order_by(VisitSlot.start_time, Visit.id)
        .limit(MOST)
    )


def _notes(patient: Any) -> Any:
    return (
        select(VisitNote.id, VisitNote.updated_at.label("at"), short(VisitNote.reason).label("what"),
               VisitNote.author_id)
        .where(VisitNote.patient_id == patient, VisitNote.status == VisitNoteStatus.DRAFT)
        .order_by(VisitNote.created_at, VisitNote.id)
        .limit(MOST)
    )  # fmt: skip


def _excuses(patient: Any) -> Any:
    return (
        select(ExcuseNote.id, ExcuseNote.updated_at.label("at"), ExcuseNote.type, ExcuseNote.provider_id)
        .where(ExcuseNote.patient_id == patient, ExcuseNote.status == ExcuseNoteStatus.DRAFT)
        .order_by(ExcuseNote.created_at, ExcuseNote.id)
        .limit(MOST)
    )


def short(column: Any) -> Any:
    """Return the beginning of a text: what is shown of it, however long it is."""
    return func.substr(column, 1, _TEXT, type_=Text())


def open_items(
    rows: Mapping[str, Sequence[Any]], now: datetime, user_id: str, provider_id: str,
    days: Mapping[ReferralPriority, int] = DAYS,
) -> list[OpenItem]:  # fmt: skip
    """Make the list of what the statements found: critical first, then mine, then by kind and age.

    ``days``: after how many a referral is overdue, by priority.
    """
    found = [
        OpenItem(OpenKind.RESULTS, r.id, r.at, ", ".join(r.tests), critical=r.critical, mine=r.owner_user == user_id,
                 corrected=r.corrected, partial=r.partial)
        for r in rows["open_results"]
    ]  # fmt: skip
    found += [
        OpenItem(OpenKind.ALERT, r.id, r.at, r.what, r.severity, r.severity == "CRITICAL", r.owner_user == user_id)
        for r in rows["open_alerts"]
    ]
    found += [_referral(r, now, days) for r in rows["open_referrals"]]
    found += [OpenItem(OpenKind.ORDER, r.id, r.at, ", ".join(r.tests), r.status.value) for r in rows["open_orders"]]
    found += [OpenItem(OpenKind.MESSAGE, r.id, r.at, _one_line(r.what)) for r in rows["open_messages"]]
    found += [
        OpenItem(OpenKind.TASK, r.id, r.at, r.what or kind_word(r.kind), r.due_on.isoformat() if r.due_on else "",
                 mine=r.owner_user == user_id)
        for r in rows["open_tasks"]
    ]  # fmt: skip
    found += [
        OpenItem(OpenKind.VISIT, r.id, r.at, _one_line(r.what), mine=r.provider_id == provider_id)
        for r in rows["open_visits"]
    ]
    found += [
        OpenItem(OpenKind.NOTE, r.id, r.at, _one_line(r.what), mine=r.author_id == user_id) for r in rows["open_notes"]
    ]
    found += [
        OpenItem(OpenKind.EXCUSE, r.id, r.at, r.type.value, mine=r.provider_id == provider_id)
        for r in rows["open_excuses"]
    ]
    return sorted(found, key=lambda one: (not one.critical, not one.mine, _ORDER[one.kind], one.at, one.id))


def _referral(row: Any, now: datetime, days: Mapping[ReferralPriority, int]) -> OpenItem:
    """Overdue ones say how urgent they are, the others how far they are."""
    due = due_at(row.status, row.priority, row.created_at, row.sent_at, days)
    if due is not None and due <= now:
        sent = row.status is ReferralStatus.SENT
        return OpenItem(OpenKind.REFERRAL, row.id, row.at, row.what, row.priority.value, sent=sent)
    return OpenItem(OpenKind.REFERRED, row.id, row.at, row.what, row.status.value)


def _one_line(text: str) -> str:
    return " ".join(text.split())

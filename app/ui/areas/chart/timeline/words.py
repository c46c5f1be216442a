"""What an entry of the timeline is called and says."""

from __future__ import annotations

from app.domain.enums import LabOrderStatus, ReferralStatus, TaskStatus, VisitNoteStatus, VisitStatus
from app.domain.tasks import status_word as task_word
from app.domain.vitals_metrics import Metric, metric_title
from app.kernel.i18n import t, tn
from app.queries.timeline import TimelineEntry
from app.queries.timeline_sql import TimelineKind
from app.ui.parts.status import STATUS, status_word
from app.ui.theme.tokens import StatusKind

TABS = {
    TimelineKind.VISIT: "visits", TimelineKind.NOTE: "notes", TimelineKind.READINGS: "vitals",
    TimelineKind.LAB: "labs", TimelineKind.REFERRAL: "referrals", TimelineKind.EXCUSE: "notes",
    TimelineKind.MESSAGE: "messages", TimelineKind.PLAN: "care_plan", TimelineKind.DEVICE: "devices",
}  # fmt: skip
"""Where an entry's source is; the others are only here."""
_DEVICE = "DEVICE"


def kind_word(kind: TimelineKind) -> str:
    """Return what an entry is."""
    return {
        TimelineKind.VISIT: t("Visit"), TimelineKind.NOTE: t("Visit note"), TimelineKind.READINGS: t("Readings"),
        TimelineKind.LAB: t("Lab order"), TimelineKind.REFERRAL: t("Referral"), TimelineKind.EXCUSE: t("Excuse note"),
        TimelineKind.MESSAGE: t("Message"), TimelineKind.ALERT: t("Alert"), TimelineKind.PLAN: t("Care plan"),
        TimelineKind.TASK: t("Task"), TimelineKind.DEVICE: t("Device"),
    }[kind]  # fmt: skip


def what_text(entry: TimelineEntry) -> str:
    """Return what an entry says."""
    if entry.kind is TimelineKind.READINGS:
        return " · ".join(_metric(name) if count == 1 else f"{_metric(name)} × {count}" for name, count in entry.counts)
    if entry.kind is TimelineKind.PLAN:
        return t("Care plan begun")
    if entry.kind is TimelineKind.DEVICE:
        return t("{device} connected", device=entry.word.capitalize())
    return entry.what


def _metric(name: str) -> str:
    if name == _DEVICE:
        return t("device reading without values")
    if name == Metric.HRV:
        return t("HRV")
    return metric_title(Metric(name)) if name in Metric.__members__ else name.replace("_", " ").capitalize()


def who_text(entry: TimelineEntry) -> str:
    """Return who it was: the provider, or the patient."""
    if entry.kind is TimelineKind.MESSAGE and entry.word == "patient":
        return t("the patient")
    return entry.who


def state_text(entry: TimelineEntry) -> str:
    """Return how an entry stands, in words; nothing where there are no states."""
    if entry.kind is TimelineKind.VISIT:
        return status_word(VisitStatus(entry.word))
    if entry.kind is TimelineKind.READINGS:
        total = sum(count for _, count in entry.counts)
        return tn("{n} reading", "{n} readings", total)
    if entry.kind is TimelineKind.TASK:
        return task_word(TaskStatus(entry.word))
    return _states().get((entry.kind, entry.word), "")


def _states() -> dict[tuple[TimelineKind, str], str]:
    return {
        (TimelineKind.NOTE, VisitNoteStatus.DRAFT): t("Draft"),
        (TimelineKind.NOTE, VisitNoteStatus.SIGNED): t("Signed"),
        (TimelineKind.LAB, LabOrderStatus.ORDERED): t("Ordered"),
        (TimelineKind.LAB, LabOrderStatus.IN_PROGRESS): t("In progress"),
        (TimelineKind.LAB, LabOrderStatus.COMPLETED): t("Completed"),
        (TimelineKind.LAB, LabOrderStatus.CANCELLED): t("Cancelled"),
        (TimelineKind.REFERRAL, ReferralStatus.PENDING): t("Not sent"),
        (TimelineKind.REFERRAL, ReferralStatus.SENT): t("Sent"),
        (TimelineKind.REFERRAL, ReferralStatus.ACCEPTED): t("Accepted"),
        (TimelineKind.REFERRAL, ReferralStatus.COMPLETED): t("Completed"),
        (TimelineKind.REFERRAL, ReferralStatus.CANCELLED): t("Cancelled"),
        (TimelineKind.EXCUSE, "DRAFT"): t("Draft"),
        (TimelineKind.EXCUSE, "SENT"): t("Sent"),
        (TimelineKind.EXCUSE, "EXPIRED"): t("Expired"),
        (TimelineKind.ALERT, "ACTIVE"): t("Active"),
        (TimelineKind.ALERT, "RESOLVED"): t("Resolved"),
        (TimelineKind.ALERT, "DISMISSED"): t("Dismissed"),
    }  # fmt: skip


def state_kind(entry: TimelineEntry) -> StatusKind | None:
    """Return the status colour of an entry, where it has one."""
    if entry.kind is TimelineKind.VISIT:
        return STATUS[VisitStatus(entry.word)]
    if (entry.kind, entry.word) == (TimelineKind.ALERT, "ACTIVE"):
        return StatusKind.CRITICAL
    if entry.word == "DRAFT":
        return StatusKind.ARRIVED
    return None

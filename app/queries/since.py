"""What changed since my last visit with a patient: one line each, with where it is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Text, bindparam, null, or_, select

from app.db.models import (
    Alert,
    ExcuseNote,
    LabOrder,
    Message,
    MessageThread,
    Patient,
    Provider,
    Referral,
    Visit,
    VisitDetail,
    VisitNote,
    VisitSlot,
)
from app.db.types import Json, UtcDateTime
from app.domain.clinical_lists import ClinicalList
from app.domain.enums import ExcuseNoteStatus, LabOrderStatus, ReferralStatus, VisitNoteStatus, VisitStatus
from app.domain.lab_codes import read_results
from app.domain.labs import CRITICAL, LabResult
from app.domain.vitals_metrics import Metric, value_text
from app.domain.wallclock import first_instant
from app.queries.chart_open import short
from app.queries.chart_vitals import pressure_mean, weight_before

WITHOUT_VISIT = timedelta(days=90)
"""How far back when there was no visit yet."""
WEEK = timedelta(days=7)
_FEW, _ORDERS, _EACH = 6, 12, 2
_LEAST_KG, _LEAST_MMHG = 1.0, 4.0
"""Smaller changes are none."""


class SinceKind(StrEnum):
    """What changed."""

    LAB = "lab"
    PRESSURE = "pressure"
    WEIGHT = "weight"
    MESSAGE = "message"
    MEDICINE = "medicine"
    PROBLEM = "problem"
    VISIT = "visit"
    REFERRAL = "referral"
    ALERT = "alert"
    NOTE = "note"
    EXCUSE = "excuse"


TAB = {
    SinceKind.LAB: "labs", SinceKind.PRESSURE: "vitals", SinceKind.WEIGHT: "vitals", SinceKind.MESSAGE: "messages",
    SinceKind.MEDICINE: "summary", SinceKind.PROBLEM: "summary", SinceKind.VISIT: "visits",
    SinceKind.REFERRAL: "referrals", SinceKind.ALERT: "timeline", SinceKind.NOTE: "notes", SinceKind.EXCUSE: "notes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class SinceItem:
    """One change; ``at`` aware UTC. ``what`` names it, ``value`` is how it is now, ``before`` how it was.

    ``word`` is a state (of a visit, a referral, an alert's severity); ``unreadable`` counts values that can't be read.
    """

    kind: SinceKind
    id: str
    at: datetime
    what: str = ""
    value: str = ""
    unit: str = ""
    before: str = ""
    word: str = ""
    critical: bool = False
    unreadable: int = 0

    @property
    def tab(self) -> str:
        """The tab of the chart where its source is."""
        return TAB[self.kind]


def _since() -> Any:
    return bindparam("since", type_=UtcDateTime())


def reference(patient: Any) -> Any:
    """Return the reader's last completed visit with the patient; anybody's for readers who see no patients."""
    me = bindparam("provider_id", type_=Text())
    return (
        select(Visit.id, VisitSlot.start_time)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .where(Visit.patient_id == patient, Visit.status == VisitStatus.COMPLETED,
               VisitSlot.start_time < bindparam("now", type_=UtcDateTime()),
               or_(me == "", Visit.provider_id == me))
        .order_by(VisitSlot.start_time.desc(), Visit.id)
        .limit(1)
    )  # fmt: skip


def statements(patient: Any, *, values: bool) -> dict[str, Any]:
    """Return the selects by name; ``values``: the reader may see what laboratories found."""
    return {
        "new_labs": _labs(patient, values=values),
        "pressure_now": pressure_mean(patient, "week_ago", "soon"),
        "pressure_then": pressure_mean(patient, "week_before", "since"),
        "weight_then": weight_before(patient, "since"),
        "new_messages": _messages(patient),
        "new_visits": _visits(patient),
        "new_referrals": _referrals(patient),
        "new_alerts": _alerts(patient),
        "new_notes": _notes(patient),
        "new_excuses": _excuses(patient),
    }


def _labs(patient: Any, *, values: bool) -> Any:
    """The latest completed orders, older ones too: they say what a value was before."""
    results = LabOrder.results if values else null().cast(Json)
    return (
        select(LabOrder.id, LabOrder.completed_at.label("at"), LabOrder.tests, results.label("results"))
        .where(LabOrder.patient_id == patient, LabOrder.status == LabOrderStatus.COMPLETED,
               LabOrder.completed_at.is_not(None))
        .order_by(LabOrder.completed_at.desc(), LabOrder.id)
        .limit(_ORDERS)
    )  # fmt: skip


def _messages(patient: Any) -> Any:
    return (
        select(MessageThread.id, Message.created_at.label("at"), short(Message.content).label("what"))
        .join(Message, Message.thread_id == MessageThread.id)
        .join(Patient, Patient.id == MessageThread.patient_id)
        .where(MessageThread.patient_id == patient, Message.sender_id == Patient.user_id,
               Message.created_at > _since())
        .order_by(Message.created_at.desc(), Message.id)
        .limit(2)
    )  # fmt: skip


def _visits(patient: Any) -> Any:
    """Visits that took place or were called off since."""
    ended = (VisitStatus.COMPLETED, VisitStatus.CANCELLED, VisitStatus.NO_SHOW)
    return (
        select(Visit.id, VisitSlot.start_time.label("at"), Visit.status, short(Visit.reason_text).label("what"),
               Provider.name, VisitDetail.cancel_kind)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .where(Visit.patient_id == patient, VisitSlot.start_time > _since(),
               or_(*(Visit.status == one for one in ended)))
        .order_by(VisitSlot.start_time.desc(), Visit.id)
        .limit(_FEW)
    )  # fmt: skip


def _referrals(patient: Any) -> Any:
    moved = (ReferralStatus.SENT, ReferralStatus.ACCEPTED, ReferralStatus.COMPLETED)
    return (
        select(Referral.id, Referral.updated_at.label("at"), short(Referral.specialty).label("what"), Referral.status)
        .where(Referral.patient_id == patient, Referral.updated_at > _since(),
               or_(*(Referral.status == one for one in moved)))
        .order_by(Referral.updated_at.desc(), Referral.id)
        .limit(_FEW)
    )  # fmt: skip


def _alerts(patient: Any) -> Any:
    return (
        select(Alert.id, Alert.created_at.label("at"), short(Alert.title).label("what"), Alert.severity)
        .where(Alert.patient_id == patient, Alert.created_at > _since())
        .order_by(Alert.created_at.desc(), Alert.id)
        .limit(_FEW)
    )


def _notes(patient: Any) -> Any:
    mine = bindparam("user_id", type_=Text())
    return (
        select(VisitNote.id, VisitNote.signed_at.label("at"), short(VisitNote.assessment).label("what"), Provider.name)
        .outerjoin(Provider, Provider.id == VisitNote.provider_id)
        .where(VisitNote.patient_id == patient, VisitNote.status == VisitNoteStatus.SIGNED,
               VisitNote.signed_at > _since(), VisitNote.author_id != mine)
        .order_by(VisitNote.signed_at.desc(), VisitNote.id)
        .limit(3)
    )  # fmt: skip


def _excuses(patient: Any) -> Any:
    return (
        select(ExcuseNote.id, ExcuseNote.sent_at.label("at"), ExcuseNote.type)
        .where(ExcuseNote.patient_id == patient, ExcuseNote.status == ExcuseNoteStatus.SENT,
               ExcuseNote.sent_at > _since())
        .order_by(ExcuseNote.sent_at.desc(), ExcuseNote.id)
        .limit(2)
    )  # fmt: skip


def since_items(
    rows: Mapping[str, Sequence[Any]], since: datetime, now: datetime, lists: Sequence[ClinicalList], zone: ZoneInfo
) -> list[SinceItem]:
    """Make the lines: critical first, then the newest."""
    found = [
        *_lab_items(rows["new_labs"], since),
        *_pressure(rows, now),
        *_weight(rows),
        *_from_lists(lists, since, now, zone),
    ]
    found += [SinceItem(SinceKind.MESSAGE, r.id, r.at, _line(r.what)) for r in rows["new_messages"]]
    found += [
        SinceItem(SinceKind.VISIT, r.id, r.at, _line(r.what), value=r.name, before=r.cancel_kind or "",
                  word=r.status.value)
        for r in rows["new_visits"]
    ]  # fmt: skip
    found += [SinceItem(SinceKind.REFERRAL, r.id, r.at, r.what, word=r.status.value) for r in rows["new_referrals"]]
    found += [
        SinceItem(SinceKind.ALERT, r.id, r.at, r.what, word=r.severity, critical=r.severity == "CRITICAL")
        for r in rows["new_alerts"]
    ]
    found += [SinceItem(SinceKind.NOTE, r.id, r.at, _line(r.what), value=r.name or "") for r in rows["new_notes"]]
    found += [SinceItem(SinceKind.EXCUSE, r.id, r.at, word=r.type.value) for r in rows["new_excuses"]]
    return sorted(found, key=lambda one: (not one.critical, -one.at.timestamp(), one.kind, one.id, one.what))


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


def _lab_items(orders: Sequence[Any], since: datetime) -> list[SinceItem]:
    read = [(order, *read_results(order.results)) for order in orders]
    found: list[SinceItem] = []
    for place, (order, results, unreadable) in enumerate(read):
        if order.at <= since:
            break
        older = [one for _, earlier, _ in read[place + 1 :] for one in earlier]
        telling = sorted((one for one in results if one.flag), key=lambda one: one.flag not in CRITICAL)[:_EACH]
        found += [_result(order, one, older) for one in telling]
        if not telling or unreadable:
            tests = ", ".join(order.tests)
            found.append(SinceItem(SinceKind.LAB, order.id, order.at, tests, unreadable=unreadable))
    return found


def _result(order: Any, one: LabResult, older: Sequence[LabResult]) -> SinceItem:
    before = next((other for other in older if other.key == one.key and other.unit == one.unit), None)
    return SinceItem(
        SinceKind.LAB, order.id, order.at, one.name or one.code, str(one.value), one.unit,
        "" if before is None else str(before.value), critical=one.flag in CRITICAL,
    )  # fmt: skip


def _pressure(rows: Mapping[str, Sequence[Any]], now: datetime) -> list[SinceItem]:
    here, then = (next(iter(rows[key]), None) for key in ("pressure_now", "pressure_then"))
    if here is None or not here.n or then is None or not then.n:
        return []
    if max(abs(here.first - then.first), abs(here.second - then.second)) < _LEAST_MMHG:
        return []
    texts = [value_text(Metric.BLOOD_PRESSURE, float(one.first), float(one.second)) for one in (here, then)]
    return [SinceItem(SinceKind.PRESSURE, Metric.BLOOD_PRESSURE.value, now, value=texts[0], before=texts[1])]


def _weight(rows: Mapping[str, Sequence[Any]]) -> list[SinceItem]:
    latest = [r for r in rows["vitals"] if r.metric == Metric.WEIGHT.value and r.first is not None]
    then = [r for r in rows["weight_then"] if r.first is not None]
    if not latest or not then:
        return []
    here, was = max(latest, key=lambda r: r.at), max(then, key=lambda r: r.at)
    if here.at <= was.at or abs(here.first - was.first) < _LEAST_KG:
        return []
    value, change = value_text(Metric.WEIGHT, here.first), here.first - was.first
    return [SinceItem(SinceKind.WEIGHT, Metric.WEIGHT.value, here.at, value=value, unit="kg", before=f"{change:+.1f}")]


def _from_lists(lists: Sequence[ClinicalList], since: datetime, now: datetime, zone: ZoneInfo) -> list[SinceItem]:
    """Problems and medicines that began on a later day of the clinic, as far as their dates are known to the day."""
    found, seen = [], since.astimezone(zone).date()
    for one in lists:
        kind = SinceKind.PROBLEM if one.kind.value == "conditions" else SinceKind.MEDICINE
        for item in one.active:
            began = _day(item.since)
            if began is not None and began > seen:
                at = min(first_instant(began, time(12), zone), now)
                found.append(SinceItem(kind, item.id, at, item.name, value=item.dose))
    return found


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if len(text) >= 10 else None
    except ValueError:
        return None

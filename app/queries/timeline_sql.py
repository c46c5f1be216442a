"""The selects of the timeline: each kind's rows before a place, and the days with readings."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import Boolean, Double, Integer, Text, and_, bindparam, case, cast, func, literal, null, or_, select

from app.db.chart_functions import counts_of, day_start, has_words, latest_of
from app.db.models import (
    Alert,
    BMIReading,
    CarePlan,
    DeviceConnection,
    ExcuseNote,
    HRVReading,
    LabOrder,
    Measurement,
    Message,
    MessageThread,
    Patient,
    Provider,
    Referral,
    Task,
    Visit,
    VisitNote,
    VisitSlot,
    VitalReading,
)
from app.db.types import UtcDateTime
from app.domain.vitals_metrics import Metric
from app.queries.chart_open import short

PATIENT = bindparam("patient_id", type_=Text())
_BEFORE, _BEGIN = bindparam("before", type_=UtcDateTime()), bindparam("begin", type_=UtcDateTime())
_LIMIT, _WORDS = bindparam("limit", type_=Integer()), bindparam("words", type_=Text())


class TimelineKind(StrEnum):
    """What an entry is; the order decides between entries of the same instant."""

    VISIT = "visit"
    NOTE = "note"
    READINGS = "readings"
    LAB = "lab"
    REFERRAL = "referral"
    EXCUSE = "excuse"
    MESSAGE = "message"
    ALERT = "alert"
    PLAN = "plan"
    TASK = "task"
    DEVICE = "device"


def selects(*, words: bool) -> dict[TimelineKind, Any]:
    """Return each kind's select with the columns id, at, what, who, word; ``words``: only what holds some."""
    made = (_visits, _notes, _labs, _referrals, _excuses, _messages, _alerts, _plans, _tasks, _devices)
    return dict(one(words=words) for one in made)


def _page(kind: TimelineKind, found: Any, at: Any, key: Any, texts: tuple[Any, ...], *, words: bool) -> Any:
    """The page of a select: before the place, after the period's beginning, with the words in one of its texts."""
    after, ties = bindparam(f"key_{kind}", type_=Text()), bindparam(f"ties_{kind}", type_=Boolean())
    found = found.where(or_(at < _BEFORE, and_(at == _BEFORE, ties, key > after)), at >= _BEGIN)
    if words:
        found = found.where(or_(*(has_words(text, _WORDS) for text in texts)))
    return kind, found.order_by(at.desc(), key).limit(_LIMIT)


def _columns(key: Any, at: Any, what: Any, who: Any = None, word: Any = None) -> Any:
    nothing = cast(null(), Text)
    return select(
        key.label("id"), at.label("at"), short(what).label("what") if what is not None else nothing.label("what"),
        (who if who is not None else nothing).label("who"),
        (cast(word, Text) if word is not None else nothing).label("word"),
    )  # fmt: skip


def _visits(*, words: bool) -> Any:
    at = VisitSlot.start_time
    found = (
        _columns(Visit.id, at, Visit.reason_text, Provider.name, Visit.status)
        .join_from(Visit, VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .where(Visit.patient_id == PATIENT)
    )
    return _page(TimelineKind.VISIT, found, at, Visit.id, (Visit.reason_text, Provider.name), words=words)


def _notes(*, words: bool) -> Any:
    at = VisitNote.created_at
    texts = (VisitNote.reason, VisitNote.history, VisitNote.findings, VisitNote.assessment, VisitNote.plan)
    what = func.coalesce(func.nullif(VisitNote.assessment, ""), VisitNote.reason)
    found = (
        _columns(VisitNote.id, at, what, Provider.name, VisitNote.status)
        .join_from(VisitNote, Provider, Provider.id == VisitNote.provider_id, isouter=True)
        .where(VisitNote.patient_id == PATIENT)
    )
    return _page(TimelineKind.NOTE, found, at, VisitNote.id, texts, words=words)


def _labs(*, words: bool) -> Any:
    at = LabOrder.ordered_at
    tests = cast(LabOrder.tests, Text)
    found = (
        _columns(LabOrder.id, at, None, Provider.name, LabOrder.status)
        .add_columns(LabOrder.tests)
        .join_from(LabOrder, Provider, Provider.id == LabOrder.provider_id, isouter=True)
        .where(LabOrder.patient_id == PATIENT)
    )
    return _page(TimelineKind.LAB, found, at, LabOrder.id, (tests, LabOrder.notes), words=words)


def _referrals(*, words: bool) -> Any:
    at = Referral.created_at
    found = _columns(Referral.id, at, Referral.specialty, Provider.name, Referral.status).join_from(
        Referral, Provider, Provider.id == Referral.provider_id, isouter=True
    )
    found = found.where(Referral.patient_id == PATIENT)
    texts = (Referral.specialty, Referral.reason, Referral.referred_to)
    return _page(TimelineKind.REFERRAL, found, at, Referral.id, texts, words=words)


def _excuses(*, words: bool) -> Any:
    at = ExcuseNote.created_at
    found = _columns(ExcuseNote.id, at, ExcuseNote.reason, Provider.name, ExcuseNote.status).join_from(
        ExcuseNote, Provider, Provider.id == ExcuseNote.provider_id, isouter=True
    )
    found = found.where(ExcuseNote.patient_id == PATIENT)
    texts = (ExcuseNote.reason, ExcuseNote.restrictions)
    return _page(TimelineKind.EXCUSE, found, at, ExcuseNote.id, texts, words=words)


def _messages(*, words: bool) -> Any:
    """``who`` is the provider who wrote; ``word`` says whether the patient did."""
    at = Message.created_at
    writer = case((Message.sender_id == Patient.user_id, "patient"), else_="staff")
    found = (
        _columns(Message.id, at, Message.content, Provider.name, writer)
        .join_from(MessageThread, Message, Message.thread_id == MessageThread.id)
        .join(Patient, Patient.id == MessageThread.patient_id)
        .outerjoin(Provider, Provider.user_id == Message.sender_id)
        .where(MessageThread.patient_id == PATIENT)
    )
    return _page(TimelineKind.MESSAGE, found, at, Message.id, (Message.content,), words=words)


def _alerts(*, words: bool) -> Any:
    at = Alert.created_at
    found = _columns(Alert.id, at, Alert.title, None, Alert.status).where(Alert.patient_id == PATIENT)
    return _page(TimelineKind.ALERT, found, at, Alert.id, (Alert.title, Alert.body), words=words)


def _plans(*, words: bool) -> Any:
    at = CarePlan.created_at
    found = _columns(CarePlan.id, at, None).where(CarePlan.patient_id == PATIENT)
    return _page(TimelineKind.PLAN, found, at, CarePlan.id, (cast(CarePlan.phases, Text),), words=words)


def _tasks(*, words: bool) -> Any:
    at = Task.created_at
    called = func.coalesce(func.nullif(Task.title, ""), cast(Task.kind, Text))
    found = _columns(Task.id, at, called, None, Task.status).where(Task.patient_id == PATIENT)
    return _page(TimelineKind.TASK, found, at, Task.id, (Task.title, Task.detail), words=words)


def _devices(*, words: bool) -> Any:
    at = DeviceConnection.created_at
    found = _columns(DeviceConnection.id, at, None, None, DeviceConnection.provider)
    found = found.where(DeviceConnection.patient_id == PATIENT)
    name = cast(DeviceConnection.provider, Text)
    return _page(TimelineKind.DEVICE, found, at, DeviceConnection.id, (name,), words=words)


# -- days with readings ------------------------------------------------------------------------------------------------

_READ = (Measurement, VitalReading, HRVReading, BMIReading)


def readings() -> Any:
    """Return the last days with readings: first and last instant, metric, number; the days found by the index alone.

    The walk begins before the end of the cursor's day: what that day had before the cursor belongs to its entry.
    """
    zone = bindparam("zone", type_=Text())
    start = select(_latest(bindparam("day_end", type_=UtcDateTime())).label("last"), literal(1).label("n"))
    walk = start.cte("walk", recursive=True)
    next_day = select(_latest(day_start(walk.c.last, zone)), walk.c.n + 1)
    walk = walk.union_all(next_day.where(walk.c.last.is_not(None), walk.c.n < bindparam("days", type_=Integer())))
    days = select(day_start(walk.c.last, zone).label("first"), walk.c.last).where(walk.c.last.is_not(None)).cte("days")
    return select(
        days.c.first, days.c.last, _measured(days).label("measured"), _given(days).label("device"),
        _counted(days, HRVReading).label("hrv"), _counted(days, BMIReading).label("bmi"),
    )  # fmt: skip


def _latest(before: Any) -> Any:
    """The latest reading before an instant."""
    parts = (
        select(one.timestamp)  # not max(): under row security that reads all rows, this the index's last
        .where(one.patient_id == PATIENT, one.timestamp < before, one.timestamp >= _BEGIN)
        .order_by(one.timestamp.desc())
        .limit(1)
        .scalar_subquery()
        for one in _READ
    )
    return latest_of(*parts)


def _counted(days: Any, table: Any) -> Any:
    """How many readings of a table a day has: asked for each day, along the index."""
    return select(func.count()).where(*_on_day(days, table)).correlate(days).scalar_subquery()


GIVEN = (Metric.BLOOD_PRESSURE, Metric.HEART_RATE, Metric.SPO2, Metric.RESPIRATION)
"""What devices give, in the order of the numbers in the column ``device``; the last number is of what has nothing."""


def _given(days: Any) -> Any:
    """How often devices gave each metric on a day, as "2,1,1,0,0": in one walk, which five selects wouldn't be."""
    pressure = func.coalesce(VitalReading.systolic_bp, VitalReading.diastolic_bp)
    columns = (pressure, VitalReading.heart_rate, VitalReading.spo2, VitalReading.respiration)
    numbers: list[Any] = [func.count(one) for one in columns]
    numbers.append(func.count() - func.count(func.coalesce(*(cast(one, Double) for one in columns))))
    text: Any = cast(numbers[0], Text)
    for one in numbers[1:]:
        text = text + literal(",") + cast(one, Text)
    return select(text).select_from(VitalReading).where(*_on_day(days, VitalReading)).correlate(days).scalar_subquery()


def _measured(days: Any) -> Any:
    """How many measurements a day has, by type."""
    found = (
        select(Measurement.type.label("name"), func.count().label("n"))
        .where(*_on_day(days, Measurement)).group_by(Measurement.type).correlate(days).subquery()
    )  # fmt: skip
    return select(counts_of(found.c.name, found.c.n)).correlate(days).scalar_subquery()


def _on_day(days: Any, table: Any) -> tuple[Any, ...]:
    return table.patient_id == PATIENT, table.timestamp >= days.c.first, table.timestamp <= days.c.last

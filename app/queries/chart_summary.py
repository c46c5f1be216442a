"""The summary of a chart: everything that decides, in two trips however long the record is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Date, bindparam, or_, select
from sqlalchemy.orm import Session

from app.db.models import (
    AppointmentType,
    CarePlan,
    CareTaskMark,
    ClinicSettings,
    Patient,
    Provider,
    Visit,
    VisitDetail,
    VisitNote,
    VisitSlot,
)
from app.db.together import Together
from app.db.types import UtcDateTime
from app.domain.adherence import NOTHING_DUE, Followed, followed, in_total
from app.domain.care_plans import LOOK_BACK, CarePlanShape, current_phase, phase_dates, read_phases
from app.domain.clinical_lists import ClinicalList, ListKind, read_list
from app.domain.enums import Role, VisitMode, VisitNoteStatus, VisitStatus
from app.domain.referrals import days_of
from app.domain.vitals_ranges import vital_ranges
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries import chart_open, chart_vitals, since
from app.queries.chart import PATIENT
from app.queries.chart_open import OpenItem, open_items, short
from app.queries.chart_vitals import DAYS, YEAR, VitalLine, vital_lines
from app.queries.core import Reader, query
from app.queries.day_board import day_span
from app.queries.since import WITHOUT_VISIT, SinceItem, since_items

_COMING, _NOTES, _TASKS = 20, 4, 6
SEES_RESULTS = frozenset({Role.PROVIDER, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class ComingVisit:
    """A visit of today or later that isn't over; times aware UTC."""

    id: str
    start: datetime
    end: datetime
    status: VisitStatus
    mode: VisitMode
    provider_name: str
    type_name: str
    room: str
    confirmed: bool


@dataclass(frozen=True, slots=True)
class CareTaskLine:
    """A task of the care plan: how often it was done in the last 28 days, of how often it was due."""

    title: str
    done: int
    due: int


@dataclass(frozen=True, slots=True)
class CareSummary:
    """How the care plan goes. Percentages are None where nothing was due; ``before`` is of the 28 days before."""

    plan_id: str
    phase: str
    phase_number: int
    phases: int
    until: date | None
    percent: int | None
    before: int | None
    tasks: tuple[CareTaskLine, ...]
    unreadable: int


@dataclass(frozen=True, slots=True)
class NoteLine:
    """The beginning of a visit note. ``at`` aware UTC."""

    id: str
    at: datetime
    author: str
    text: str
    signed: bool


@dataclass(frozen=True, slots=True)
class ChartSummary:
    """Everything on one screen. ``since`` is the reader's last visit with the patient, None when there was none."""

    patient_id: str
    since: datetime | None
    changes: tuple[SinceItem, ...]
    problems: ClinicalList
    medicines: ClinicalList
    vitals: tuple[VitalLine, ...]
    open: tuple[OpenItem, ...]
    coming: tuple[ComingVisit, ...]
    care: CareSummary | None
    notes: tuple[NoteLine, ...]
    as_of: datetime


@query(offline=True)
def chart_summary(session: Session, reader: Reader, *, patient_id: str) -> ChartSummary:
    """Return the summary of a chart; two trips. Raises ``Refused`` "NoPatient"."""
    today, _ = day_span(reader, reader.today)
    first = _first().rows(session, patient_id=patient_id, now=reader.now, today=today,
                          provider_id=reader.provider_id or "")  # fmt: skip
    person = next(iter(first["person"]), None)
    if person is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    lists = [read_list(person.demographics, kind) for kind in (ListKind.CONDITIONS, ListKind.MEDICATIONS)]
    last = next((row.start_time for row in first["reference"]), None)
    began = last or reader.now - WITHOUT_VISIT
    rows = _second(values=bool(reader.roles & SEES_RESULTS)).rows(session, **_spans(reader, patient_id, began))
    return ChartSummary(
        patient_id=patient_id,
        since=last,
        changes=tuple(since_items(rows, began, reader.now, lists, reader.zone)),
        problems=lists[0],
        medicines=lists[1],
        vitals=vital_lines(rows, reader.now, vital_ranges(person.settings)),
        open=tuple(open_items(rows, reader.now, reader.user_id, reader.provider_id or "", days_of(person.settings))),
        coming=tuple(_coming(row) for row in first["coming"]),
        care=_care(first["plan"], rows["marks"], reader.today, reader),
        notes=tuple(_note(row) for row in rows["notes"]),
        as_of=reader.now,
    )


def _spans(reader: Reader, patient_id: str, began: datetime) -> dict[str, Any]:
    now = reader.now
    return {
        "patient_id": patient_id, "now": now, "since": began, "user_id": reader.user_id,
        "soon": now + timedelta(minutes=1), "week_ago": now - since.WEEK, "week_before": began - since.WEEK,
        "month_ago": now - DAYS, "year_ago": now - YEAR, "first_day": reader.today - 2 * LOOK_BACK,
    }  # fmt: skip


# -- statements --------------------------------------------------------------------------------------------------------


@cache
def _first() -> Together:
    """What needs to be known before anything else can be asked, and what costs nothing beside it."""
    person = (
        select(Patient.demographics, ClinicSettings.settings)
        .outerjoin(ClinicSettings, ClinicSettings.clinic_id == Patient.clinic_id)
        .where(Patient.id == PATIENT)
    )
    plan = (
        select(CarePlan.id, CarePlan.phases, CarePlan.created_at)
        .where(CarePlan.patient_id == PATIENT)
        .order_by(CarePlan.created_at.desc(), CarePlan.id)
        .limit(1)
    )
    return Together(person=person, reference=since.reference(PATIENT), coming=_visits(), plan=plan)


@cache
def _second(*, values: bool) -> Together:
    return Together(
        **since.statements(PATIENT, values=values), **chart_open.statements(PATIENT),
        vitals=chart_vitals.latest(PATIENT), trend=chart_vitals.trend(PATIENT), notes=_notes(), marks=_marks(),
    )  # fmt: skip


def _visits() -> Any:
    live = (VisitStatus.PLANNED, VisitStatus.CHECKED_IN, VisitStatus.IN_PROGRESS)
    return (
        select(
            Visit.id, VisitSlot.start_time, VisitSlot.end_time, Visit.status, Visit.visit_mode, Provider.name,
            AppointmentType.name.label("type_name"), VisitDetail.room, VisitDetail.confirmed_at,
        )
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Provider, Provider.id == Visit.provider_id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .outerjoin(AppointmentType, AppointmentType.id == VisitDetail.appointment_type_id)
        .where(
            Visit.patient_id == PATIENT, VisitSlot.start_time >= bindparam("today", type_=UtcDateTime()),
            or_(*(Visit.status == one for one in live)),
        )
        .order_by(VisitSlot.start_time, Visit.id)
        .limit(_COMING)
    )  # fmt: skip


def _coming(row: Any) -> ComingVisit:
    return ComingVisit(
        row.id, row.start_time, row.end_time, row.status, row.visit_mode, row.name, row.type_name or "",
        row.room or "", row.confirmed_at is not None,
    )  # fmt: skip


def _notes() -> Any:
    return (
        select(
            VisitNote.id, VisitNote.created_at, VisitNote.status, Provider.name,
            short(VisitNote.reason).label("reason"), short(VisitNote.assessment).label("assessment"),
        )
        .outerjoin(Provider, Provider.id == VisitNote.provider_id)
        .where(VisitNote.patient_id == PATIENT)
        .order_by(VisitNote.created_at.desc(), VisitNote.id)
        .limit(_NOTES)
    )  # fmt: skip


def _note(row: Any) -> NoteLine:
    text = " ".join((row.assessment or row.reason or "").split())
    return NoteLine(row.id, row.created_at, row.name or "", text, row.status is VisitNoteStatus.SIGNED)


def _marks() -> Any:
    first = bindparam("first_day", type_=Date())
    return (
        select(CareTaskMark.plan_id, CareTaskMark.plan_task, CareTaskMark.day)
        .where(CareTaskMark.patient_id == PATIENT, CareTaskMark.done.is_(True), CareTaskMark.day > first)
        .order_by(CareTaskMark.day, CareTaskMark.id)
    )


# -- the care plan -----------------------------------------------------------------------------------------------------


def _care(plans: Sequence[Any], marks: Sequence[Any], today: date, reader: Reader) -> CareSummary | None:
    plan = next(iter(plans), None)
    if plan is None:
        return None
    shape = read_phases(plan.phases)
    start = plan.created_at.astimezone(reader.zone).date()
    dates = phase_dates(shape.phases, start)
    place = current_phase(dates, today)
    kept: dict[str, set[date]] = {}
    for mark in marks:
        if mark.plan_id == plan.id:
            kept.setdefault(mark.plan_task, set()).add(mark.day)
    recent = followed(shape.phases, dates, kept, today)
    earlier = followed(shape.phases, dates, kept, today - LOOK_BACK) if kept else {}
    return CareSummary(
        plan_id=plan.id,
        phase=shape.phases[place].name if place is not None else "",
        phase_number=0 if place is None else place + 1,
        phases=len(shape.phases),
        until=dates[place].end if place is not None else None,
        percent=in_total(recent).percent,
        before=in_total(earlier).percent,
        tasks=_task_lines(shape, place, recent),
        unreadable=shape.unreadable + sum(phase.unreadable for phase in shape.phases),
    )


def _task_lines(shape: CarePlanShape, place: int | None, kept: Mapping[str, Followed]) -> tuple[CareTaskLine, ...]:
    """The tasks of the phase that runs, of which something was due."""
    tasks = shape.phases[place].tasks if place is not None else ()
    asked = [(task.title, kept.get(task.key, NOTHING_DUE)) for task in tasks]
    return tuple(CareTaskLine(title, one.done, one.due) for title, one in asked if one.due)[:_TASKS]

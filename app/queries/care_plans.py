"""A patient's care plans with how they are followed, and the templates to begin one from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import CarePlan, CarePlanTemplate, CareTaskMark
from app.domain.adherence import Followed, followed, in_total
from app.domain.care_plans import (
    LOOK_BACK,
    CarePlanShape,
    PhaseDates,
    current_phase,
    phase_dates,
    read_phases,
)
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class CarePlanView:
    """One plan. Days are the clinic's; ``marks`` are the days on which each task (by key) was done.

    ``followed`` says it by task over the last 28 days, ``total`` for all, ``before`` for the 28 days before those.
    ``current`` is the place of the phase that runs today.
    """

    id: str
    patient_id: str
    start: date
    created_at: datetime
    updated_at: datetime
    shape: CarePlanShape
    dates: tuple[PhaseDates, ...]
    current: int | None
    marks: Mapping[str, frozenset[date]]
    followed: Mapping[str, Followed]
    total: Followed
    before: Followed
    raw: Any

    @property
    def end(self) -> date | None:
        """The last day, None when a phase doesn't say how long it is."""
        return self.dates[-1].end if self.dates and all(one.end for one in self.dates) else None


@dataclass(frozen=True, slots=True)
class CareTemplate:
    """A template."""

    id: str
    name: str
    shape: CarePlanShape
    raw: Any
    active: bool = True


@query(offline=True)
def care_plans(session: Session, reader: Reader, *, patient_id: str) -> tuple[CarePlanView, ...]:
    """Return a patient's plans, the newest first. Two statements."""
    rows = session.execute(
        select(CarePlan.id, CarePlan.phases, CarePlan.created_at, CarePlan.updated_at)
        .where(CarePlan.patient_id == patient_id)
        .order_by(CarePlan.created_at.desc(), CarePlan.id)
    ).all()
    if not rows:
        return ()
    first = reader.today - 2 * LOOK_BACK
    marks = session.execute(
        select(CareTaskMark.plan_id, CareTaskMark.plan_task, CareTaskMark.day)
        .where(CareTaskMark.patient_id == patient_id, CareTaskMark.done.is_(True), CareTaskMark.day > first)
    ).all()  # fmt: skip
    return tuple(plan_view(row, marks, patient_id, reader.zone, reader.today) for row in rows)


def plan_view(row: Any, marks: Sequence[Any], patient_id: str, zone: ZoneInfo, today: date) -> CarePlanView:
    """Make the view of a row (id, phases, created_at, updated_at) and rows of marks (plan_id, plan_task, day)."""
    shape = read_phases(row.phases)
    start = row.created_at.astimezone(zone).date()
    dates = phase_dates(shape.phases, start)
    days: dict[str, set[date]] = {}
    for mark in marks:
        if mark.plan_id == row.id:
            days.setdefault(mark.plan_task, set()).add(mark.day)
    kept = {key: frozenset(found) for key, found in days.items()}
    now = followed(shape.phases, dates, kept, today)
    earlier = followed(shape.phases, dates, kept, today - LOOK_BACK) if kept else {}
    return CarePlanView(
        row.id, patient_id, start, row.created_at, row.updated_at, shape, dates, current_phase(dates, today), kept, now,
        in_total(now), in_total(earlier), row.phases,
    )  # fmt: skip


@query(offline=True)
def care_plan_templates(session: Session, reader: Reader, *, inactive: bool = False) -> tuple[CareTemplate, ...]:
    """Return the clinic's templates by name; those no longer offered only when asked for. One statement."""
    template = CarePlanTemplate
    found = select(template.id, template.name, template.phases, template.active)
    found = found.where(template.clinic_id == reader.clinic_id)
    if not inactive:
        found = found.where(template.active.is_(True))
    rows = session.execute(found).all()
    made = [CareTemplate(row.id, row.name, read_phases(row.phases), row.phases, row.active) for row in rows]
    return tuple(sorted(made, key=lambda one: (one.name.casefold(), one.id)))

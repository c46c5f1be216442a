"""Care plans → CarePlan: tasks are activities, each in its phase; a phase, which FHIR has no element for, is ours."""

from __future__ import annotations

import re

from app.domain.care_plans import CarePhase, CareTask, PhaseDates
from app.interop.fhir.export_parts import Json, bare, fhir_id, instant, own, ref, words
from app.queries.care_plans import CarePlanView
from app.queries.chart_record import ChartRecord

_TASK_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}", re.ASCII)


def care_plan(record: ChartRecord, plan: CarePlanView) -> Json:
    """Return a plan. What hasn't the shape of a phase or task is left out, never guessed."""
    laid = list(zip(plan.shape.phases, plan.dates, strict=True))
    ids = [task.key for task in plan.shape.tasks]
    activities = [
        _activity(place, task, dates, alone=ids.count(task.key) == 1)
        for place, (phase, dates) in enumerate(laid) for task in phase.tasks
    ]  # fmt: skip
    over = plan.end is not None and plan.end < record.today
    return bare(
        {
            "resourceType": "CarePlan",
            "id": fhir_id(plan.id),
            "extension": [_phase(phase) for phase in plan.shape.phases],
            "status": "completed" if over else "active",
            "intent": "plan",
            "title": words(", ".join(phase.name for phase in plan.shape.phases)),
            "subject": ref("Patient", record.patient["id"]),
            "period": bare({"start": plan.start.isoformat(), "end": plan.end.isoformat() if plan.end else ""}),
            "created": instant(plan.created_at),
            "activity": activities,
        }
    )


def _phase(phase: CarePhase) -> Json:
    weeks = [] if phase.weeks is None else [{"url": "durationWeeks", "valueDecimal": phase.weeks}]
    return own("phase", extension=[{"url": "name", "valueString": words(phase.name) or "?"}, *weeks])


def _activity(place: int, task: CareTask, dates: PhaseDates, *, alone: bool) -> Json:
    """``place`` is the phase's; ``alone``: no other task has the same id."""
    named = {"text": words(task.title)} if words(task.title) else None
    often = words(task.frequency)
    span = bare({"start": dates.start.isoformat(), "end": dates.end.isoformat() if dates.end else ""})
    detail = {
        "code": named,
        "status": "completed" if task.completed else "in-progress",
        "description": words(task.description),
        **({"scheduledString": often} if often else {"scheduledPeriod": span}),
    }
    known = alone and _TASK_ID.fullmatch(task.key)
    return bare(
        {"id": task.key if known else "", "extension": [own("phase", valueInteger=place)], "detail": bare(detail)}
    )

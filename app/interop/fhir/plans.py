"""CarePlan of a clinic's own export → a care plan with its phases. Others know no phases, and none are made up."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.care_plan_edits import MOST_PHASES, MOST_TASKS
from app.domain.imports import CarePlanRow, SourceId
from app.interop.fhir.export_parts import CODES
from app.interop.fhir.values import check_status, extensions
from app.interop.values import Object, SkipError, moment, number, obj, objects, string, token
from app.kernel.i18n import t
from app.kernel.text import MAX_LONG, MAX_SHORT

_NEVER = frozenset({"entered-in-error"})
_PHASE = f"{CODES}/phase"


def plan_row(resource: Object, source: SourceId, where: str, zone: ZoneInfo, now: datetime) -> CarePlanRow:
    """Map a CarePlan. Raises ``SkipError``, ``Refused`` for texts and for more than a plan may hold."""
    check_status(token(resource.get("status")), _NEVER)
    begun = moment(resource.get("created"), zone, "created")
    if begun is None:
        raise SkipError(t("no time"))
    if begun.at > now:
        raise SkipError(t("it lies in the future"))
    phases = [_phase(one) for one in extensions(resource, _PHASE)]  # one just begun has none, and no tasks either
    for activity in objects(resource.get("activity")):
        phases[_phase_of(activity, len(phases))]["tasks"].append(_task(activity))
    if len(phases) > MOST_PHASES or sum(len(phase["tasks"]) for phase in phases) > MOST_TASKS:
        raise SkipError(t("a care plan of more phases or tasks than are kept"))
    return CarePlanRow(source=source, where=where, at=begun.at, phases=tuple(phases))


def _phase(extension: Object) -> dict[str, Any]:
    name = next((string(one.get("valueString"), "phase", MAX_SHORT) for one in extensions(extension, "name")), "")
    weeks = next((number(one.get("valueDecimal")) for one in extensions(extension, "durationWeeks")), None)
    made: dict[str, Any] = {"name": name}
    if weeks is not None:
        made["durationWeeks"] = int(weeks) if weeks == weeks.to_integral_value() else float(weeks)
    return {**made, "tasks": []}


def _phase_of(activity: Object, phases: int) -> int:
    for one in extensions(activity, _PHASE):
        place = one.get("valueInteger")
        if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < phases:
            return place
    raise SkipError(t("a task of the care plan names no phase"))


def _task(activity: Object) -> dict[str, Any]:
    detail = obj(activity.get("detail"))
    made: dict[str, Any] = {
        "title": string(obj(detail.get("code")).get("text"), "title", MAX_SHORT),
        "description": string(detail.get("description"), "description", MAX_LONG),
        "frequency": string(detail.get("scheduledString"), "frequency", MAX_SHORT),
        "completed": token(detail.get("status")) == "completed",
    }
    known = token(activity.get("id"))
    return {"id": known, **made} if known else made

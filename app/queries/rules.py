"""Rules with what they last did, runs and what they hold, and trials of rules that aren't enabled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.orm import Session

from app.db.models import (
    ClinicalRule,
    ClinicSettings,
    Patient,
    RuleClinic,
    RuleExecution,
    RuleRun,
    RuleRunRule,
    RuleVersion,
)
from app.db.types import Json, UtcDateTime
from app.domain.enums import RunRuleState, RunState
from app.domain.patients import display_name
from app.domain.permissions import Permission
from app.domain.rules import RuleCondition, read_condition
from app.queries.core import Reader, query

MOST_PARTS = 200
"""So many parts of runs at a time, the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """A rule; ``condition`` is None when what stands there can't be understood. Times are aware UTC."""

    rule_id: str
    name: str
    description: str | None
    metric: str
    window_days: int
    condition: RuleCondition | None
    raw_condition: Any
    severity: str
    action: str
    action_params: Mapping[str, Any]
    enabled: bool
    priority: int
    shared: bool
    version: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPart:
    """What one rule did in a run."""

    run_id: str
    run_at: datetime
    rule_id: str
    rule_name: str
    state: RunRuleState
    patients: int
    triggered: int
    raised: int
    unreadable: int
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """An evaluation of the rules; ``figures`` as RunRules gives them."""

    run_id: str
    state: RunState
    run_at: datetime
    started_at: datetime
    finished_at: datetime | None
    scheduled: bool
    patients: int
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class TriedPatient:
    """Somebody whom a rule finds at an instant."""

    patient_id: str
    readings: int
    figure: float | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """Somebody whom a rule found in a run, with the figure that decided."""

    patient_id: str
    name: str
    figure: float | None
    readings: int


@query(offline=False)
def rules(session: Session, _reader: Reader) -> tuple[RuleRow, ...]:
    """Return the clinic's rules and the shared ones, the most important first."""
    r = ClinicalRule
    version = select(func.max(RuleVersion.number)).where(RuleVersion.rule_id == r.id).scalar_subquery()
    found = session.execute(
        select(r.id, r.name, r.description, r.metric, r.window_days, r.condition, r.severity, r.action, r.action_params,
               r.enabled, r.priority, r.updated_at, RuleClinic.clinic_id, version.label("version"))
        .outerjoin(RuleClinic, RuleClinic.rule_id == r.id).order_by(r.priority.desc(), r.created_at, r.id)
    ).all()  # fmt: skip
    return tuple(
        RuleRow(
            rule_id=x.id, name=x.name, description=x.description, metric=x.metric, window_days=x.window_days,
            condition=read_condition(x.condition), raw_condition=x.condition, severity=x.severity, action=x.action,
            action_params=x.action_params if isinstance(x.action_params, dict) else {}, enabled=x.enabled,
            priority=x.priority, shared=x.clinic_id is None, version=x.version or 0, updated_at=x.updated_at,
        )
        for x in found
    )  # fmt: skip


@query(offline=False)
def rule_runs(session: Session, _reader: Reader, limit: int = 20) -> tuple[RunRow, ...]:
    """Return the latest runs, newest first."""
    found = session.execute(select(RuleRun).order_by(RuleRun.started_at.desc()).limit(limit)).scalars()
    return tuple(
        RunRow(run_id=x.id, state=x.state, run_at=x.run_at, started_at=x.started_at, finished_at=x.finished_at,
               scheduled=x.scheduled_for is not None, patients=x.patients,
               figures=x.figures if isinstance(x.figures, dict) else {})
        for x in found
    )  # fmt: skip


@query(offline=False)
def run_parts(
    session: Session, _reader: Reader, run_id: str | None = None, held: bool = False, raised: bool = False
) -> tuple[RunPart, ...]:
    """Return what rules did in a run, all that is ``held`` and waits for a decision, or what was ``raised`` last."""
    part = select(RuleRunRule, RuleRun.run_at, ClinicalRule.name)
    part = part.join(RuleRun, RuleRun.id == RuleRunRule.run_id).join(
        ClinicalRule, ClinicalRule.id == RuleRunRule.rule_id
    )
    if run_id is not None:
        part = part.where(RuleRunRule.run_id == run_id)
    if held:
        part = part.where(RuleRunRule.state == RunRuleState.HELD)
    if raised:
        part = part.where(RuleRunRule.state == RunRuleState.RAISED, RuleRunRule.raised > 0)
    found = session.execute(
        part.order_by(RuleRun.started_at.desc(), ClinicalRule.priority.desc()).limit(MOST_PARTS)
    ).all()
    return tuple(
        RunPart(run_id=x.run_id, run_at=run_at, rule_id=x.rule_id, rule_name=name, state=x.state, patients=x.patients,
                triggered=x.triggered, raised=x.raised, unreadable=x.unreadable, limit=x.limit_patients)
        for x, run_at, name in found
    )  # fmt: skip


def waiting_parts(reader: Reader) -> Any:
    """Return a subquery: how many parts of runs wait for a decision; the number in the rail.

    0 for who may not decide, and offline: only the server keeps runs.
    """
    if not (reader.online and reader.may(Permission.EDIT_RULES)):
        return literal(0)
    held = (
        select(func.count())
        .select_from(RuleRunRule)
        .where(RuleRunRule.clinic_id == reader.clinic_id, RuleRunRule.state == RunRuleState.HELD)
    )
    return held.scalar_subquery()


@query(offline=False)
def try_rule(session: Session, _reader: Reader, *, rule: Mapping[str, Any], at: datetime) -> tuple[TriedPatient, ...]:
    """Return whom a rule {metric, windowDays, condition} would find at an instant. Nothing is written."""
    call = func.desktop.rule_try(literal(dict(rule), Json()), literal(at, UtcDateTime()))
    found = call.table_valued("patient_id", "readings", "unreadable", "figure", "last_at")
    c = found.c
    rows = session.execute(
        select(c.patient_id, c.readings, c.figure, func.coalesce(c.last_at, None, type_=UtcDateTime()))
    )
    return tuple(TriedPatient(*row) for row in rows)


@query(offline=False)
def cohort_size(session: Session, _reader: Reader, *, cohort: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many patients a cohort has now, and how many the clinic has."""
    found = func.desktop.rule_cohort_size(literal(dict(cohort), Json())).table_valued("about", "patients")
    row = session.execute(select(found.c.about, found.c.patients)).one()
    return row.about, row.patients


@query(offline=False)
def found_patients(
    session: Session, _reader: Reader, *, run_id: str, run_at: datetime, rule_id: str
) -> tuple[FoundPatient, ...]:
    """Return whom a rule found in a run, by name; at most 1,000."""
    e = RuleExecution
    rows = session.execute(
        select(e.patient_id, e.result, Patient.first_name, Patient.last_name).join(Patient, Patient.id == e.patient_id)
        .where(e.rule_id == rule_id, e.executed_at == run_at, e.triggered.is_(True)).limit(1000)
    ).all()  # fmt: skip
    found = [
        FoundPatient(row.patient_id, display_name(row.first_name, row.last_name), row.result.get("figure"),
                     int(row.result.get("readings") or 0))
        for row in rows if isinstance(row.result, dict) and row.result.get("runId") == run_id
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.name, one.patient_id)))


@query(offline=False)
def rules_due(session: Session, _reader: Reader) -> datetime | None:
    """Return the instant at which the rules were due and nobody has begun to run them; None when nothing is due."""
    due: datetime | None = session.scalar(select(func.desktop.rules_due(type_=UtcDateTime())))
    return due


@query(offline=False)
def rule_settings(session: Session, reader: Reader) -> Mapping[str, Any]:
    """Return what the clinic chose for its rules (``clinic_settings.settings``, key rules); empty where nothing is."""
    kept = session.execute(
        select(ClinicSettings.settings).where(ClinicSettings.clinic_id == reader.clinic_id)
    ).scalar_one_or_none()
    found = kept.get("rules") if isinstance(kept, dict) else None
    return found if isinstance(found, dict) else {}


@query(offline=False)
def patient_names(session: Session, _reader: Reader, *, patient_ids: tuple[str, ...]) -> Mapping[str, str]:
    """Return what patients are called, by their ids."""
    rows = session.execute(
        select(Patient.id, Patient.first_name, Patient.last_name).where(Patient.id.in_(patient_ids))
    ).all()
    return {row.id: display_name(row.first_name, row.last_name) for row in rows}

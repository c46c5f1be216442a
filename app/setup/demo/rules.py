"""The demo's rules: one of every kind, this morning's run, and a rule that it holds because it would flood.

What the run says is true of its time; run later it holds a few more, since no reading was added, and raises nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from app.domain.enums import RunRuleState, RunState
from app.kernel.ids import DerivedIds
from app.setup.demo.patients import DemoPatient
from app.setup.demo.watched import FLAG
from app.setup.demo.world import World

_RULES: tuple[tuple[str, str, int, dict[str, Any], str, str, bool], ...] = (
    ("Pressure above 140, RPM", "bp", 7, {"op": ">", "threshold": 140, "minReadings": 3,
     "cohort": {"flags": [FLAG], "minAge": 18}}, "warn", "alert", False),
    ("Pressure above 180, any", "bp", 7, {"op": ">", "threshold": 180, "aggregate": "any"}, "critical", "alert", True),
    ("Glucose above 250", "glucose", 7, {"op": ">", "threshold": 250}, "warn", "alert", True),
    ("Weight up 3 % in a week", "weight", 7, {"op": "trendUp", "threshold": 3}, "warn", "alert", True),
    ("No glucose in 5 days", "glucose", 5,
     {"op": "missing", "cohort": {"conditions": ["Type 2 diabetes mellitus"], "minAge": 18}}, "info", "alert", True),
    ("HRV falling 20 %", "hrv", 14, {"op": "trendDown", "threshold": 20}, "info", "alert", False),
    ("A1C above 9, book a visit", "a1c", 180, {"op": ">", "threshold": 9, "aggregate": "latest"}, "warn",
     "suggest_visit", True),
    ("Sleep under 5 h", "sleep", 7, {"op": "<", "threshold": 5}, "info", "assign_task", True),
    ("Pressure slowly rising", "bp", 30, {"op": "trendUp", "threshold": 10}, "info", "assign_content", False),
)  # fmt: skip
_BODY = ("name", "description", "metric", "window_days", "condition", "severity", "action", "action_params", "enabled",
         "priority")  # fmt: skip
"""What a version keeps of a rule (commands.rules.save_rule)."""
_PARAMS = {"Pressure slowly rising": {
    "subject": "Your blood pressure", "body": "Your blood pressure has been rising slowly. Please measure it every "
    "morning, and write to us if it stays above 140.",
}}  # fmt: skip
_HELD = "No glucose in 5 days"


def make_rules(world: World, patients: tuple[DemoPatient, ...], by_user: str) -> None:
    """Add them, as ``by_user`` saved them; where too few are found to be held, that rule is off."""
    ids = DerivedIds(f"demo-rules/{world.seed}")
    settings = next(row for row in world.rows["clinic_settings"])
    since = f"{world.ago(days=90):%Y-%m-%dT%H:%M:%S}Z"
    settings["settings"] = {**settings["settings"], "rules": {"every": "day", "at": "06:00", "since": since}}
    at = world.ago(hours=4, minutes=42)  # 06:00
    run = world.add(
        "rule_run", id=ids.uuid(), clinic_id=world.clinic_id, state=RunState.DONE, run_at=at, scheduled_for=at,
        started_at=at, finished_at=at, by_user=None, patients=len(patients), figures=None,
    )  # fmt: skip
    held = _without_glucose(world, patients, at)
    limit = min(20, len(patients) // 20) if len(patients) >= 100 else 20  # as desktop.rule_limit
    for place, (name, metric, days, condition, severity, action, on) in enumerate(_RULES):
        enabled = on and (name != _HELD or len(held) > limit)
        rule = world.add(
            "clinical_rules", id=ids.uuid(), name=name, description=None, metric=metric, window_days=days,
            condition=condition, severity=severity, action=action, action_params=_PARAMS.get(name), enabled=enabled,
            priority=90 - 10 * place, created_at=world.ago(days=100), updated_at=world.ago(days=30),
        )  # fmt: skip
        world.add("rule_clinic", rule_id=rule["id"], clinic_id=world.clinic_id)
    for rule in world.rows["clinical_rules"]:
        world.add("rule_version", id=ids.uuid(), clinic_id=world.clinic_id, rule_id=rule["id"], number=1,
                  body={key: rule[key] for key in _BODY}, back_test=None, by_user=by_user,
                  at=rule["created_at"])  # fmt: skip
    ran = [rule for rule in world.rows["clinical_rules"] if rule["enabled"]]
    for rule in ran:
        _part(world, ids, run, rule, held if rule["name"] == _HELD else (), limit)
    parts = world.rows["rule_run_rule"]
    triggered = sum(part["triggered"] for part in parts)
    run["figures"] = {
        "rules": len(ran), "patients": len(patients), "executions": sum(part["patients"] for part in parts),
        "triggered": triggered, "raised": 0, "alerts": 0, "held": 1 if triggered else 0, "unreadable": 0, "broken": 0,
    }  # fmt: skip


def _without_glucose(world: World, patients: tuple[DemoPatient, ...], at: datetime) -> tuple[DemoPatient, ...]:
    """Return whom the rule about missing readings finds: adults with diabetes, no glucose in five days up to ``at``."""
    measured = {row["patient_id"] for row in world.rows["measurements"]
                if row["type"] == "GLUCOSE" and at - timedelta(days=5) < row["timestamp"] <= at}  # fmt: skip
    adult = world.today.replace(year=world.today.year - 18, day=min(world.today.day, 28))
    return tuple(
        one for one in patients
        if "Type 2 diabetes mellitus" in one.conditions and one.id not in measured
        and one.born is not None and one.born <= adult
    )  # fmt: skip


def _part(
    world: World, ids: DerivedIds, run: dict[str, Any], rule: dict[str, Any], found: tuple[DemoPatient, ...], limit: int
) -> None:
    state = RunRuleState.HELD if found else RunRuleState.RAISED
    world.add(
        "rule_run_rule", id=ids.uuid(), clinic_id=world.clinic_id, run_id=run["id"], rule_id=rule["id"], version=1,
        state=state, patients=len(found), triggered=len(found), raised=0, unreadable=0, limit_patients=limit,
        rows=None, decided_by=None, decided_at=None,
    )  # fmt: skip
    for patient in found:
        world.add("rule_executions", id=ids.uuid(), rule_id=rule["id"], patient_id=patient.id, triggered=True,
                  result={"runId": run["id"], "readings": 0}, executed_at=run["run_at"])  # fmt: skip

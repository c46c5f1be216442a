"""The demo's rules: one of every kind, this morning's run, and a rule that it holds because it would flood."""

from __future__ import annotations

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
    ("No glucose in 7 days", "glucose", 7, {"op": "missing", "cohort": {"minAge": 18}}, "info", "alert", True),
    ("HRV falling 20 %", "hrv", 14, {"op": "trendDown", "threshold": 20}, "info", "alert", True),
    ("A1C above 9, book a visit", "a1c", 180, {"op": ">", "threshold": 9, "aggregate": "latest"}, "warn",
     "suggest_visit", True),
    ("Sleep under 5 h", "sleep", 7, {"op": "<", "threshold": 5}, "info", "assign_task", False),
    ("Pressure slowly rising", "bp", 30, {"op": "trendUp", "threshold": 10}, "info", "assign_content", False),
)  # fmt: skip
_HELD = "No glucose in 7 days"
HELD_PATIENTS = 38


def make_rules(world: World, patients: tuple[DemoPatient, ...]) -> None:
    """Add them; a clinic of fewer patients has fewer held."""
    ids = DerivedIds(f"demo-rules/{world.seed}")
    settings = next(row for row in world.rows["clinic_settings"])
    since = f"{world.ago(days=90):%Y-%m-%dT%H:%M:%S}Z"
    settings["settings"] = {**settings["settings"], "rules": {"every": "day", "at": "06:00", "since": since}}
    at = world.ago(hours=4, minutes=42)  # 06:00
    run = world.add(
        "rule_run", id=ids.uuid(), clinic_id=world.clinic_id, state=RunState.DONE, run_at=at, scheduled_for=at,
        started_at=at, finished_at=at, by_user=None, patients=len(patients), figures=None,
    )  # fmt: skip
    held = patients[-HELD_PATIENTS:]
    for place, (name, metric, days, condition, severity, action, enabled) in enumerate(_RULES):
        rule = world.add(
            "clinical_rules", id=ids.uuid(), name=name, description=None, metric=metric, window_days=days,
            condition=condition, severity=severity, action=action, action_params=None, enabled=enabled,
            priority=90 - 10 * place, created_at=world.ago(days=100), updated_at=world.ago(days=30),
        )  # fmt: skip
        world.add("rule_clinic", rule_id=rule["id"], clinic_id=world.clinic_id)
        if enabled:
            _part(world, ids, run, rule, held if name == _HELD else ())
    run["figures"] = {
        "rules": sum(one[-1] for one in _RULES), "patients": len(patients), "executions": len(patients),
        "triggered": len(held), "raised": 0, "alerts": 0, "held": 1, "unreadable": 2, "broken": 0,
    }  # fmt: skip


def _part(
    world: World, ids: DerivedIds, run: dict[str, Any], rule: dict[str, Any], found: tuple[DemoPatient, ...]
) -> None:
    state = RunRuleState.HELD if found else RunRuleState.RAISED
    world.add(
        "rule_run_rule", id=ids.uuid(), clinic_id=world.clinic_id, run_id=run["id"], rule_id=rule["id"], version=0,
        state=state, patients=len(found), triggered=len(found), raised=0, unreadable=0, limit_patients=20,
        rows=None, decided_by=None, decided_at=None,
    )  # fmt: skip
    for patient in found:
        world.add("rule_executions", id=ids.uuid(), rule_id=rule["id"], patient_id=patient.id, triggered=True,
                  result={"runId": run["id"], "readings": 0}, executed_at=run["run_at"])  # fmt: skip

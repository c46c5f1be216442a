"""The demo's alerts: readings above a rule's limit, and the alert that they raised, as the rule writes it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.setup.demo.patients import DemoPatient
from app.setup.demo.world import World

_PRESSURES = ((148, 92), (155, 94), (161, 97), (149, 90), (158, 95), (152, 91), (166, 99))
"""One a day, the oldest first: on average above 150."""


def pressure_alert(world: World, patient: DemoPatient, rule: Mapping[str, Any], *, earlier: bool) -> None:
    """Give a patient a week of high pressures and their alert; ``earlier``: it isn't the first one."""
    evidence = []
    for day, (systolic, diastolic) in enumerate(_PRESSURES):
        at = world.ago(days=len(_PRESSURES) - day, hours=2)
        world.add("measurements", id=world.ids.uuid(), patient_id=patient.id, type="BLOOD_PRESSURE",
                  value={"systolic": systolic, "diastolic": diastolic}, timestamp=at, source="MANUAL", metadata_=None,
                  created_at=at)  # fmt: skip
        evidence.append({"at": f"{at:%Y-%m-%dT%H:%M:%S}.000Z", "value": systolic})
    systolic_mean = sum(pair[0] for pair in _PRESSURES) / len(_PRESSURES)
    figures = {"figure": round(systolic_mean, 3), "readings": len(_PRESSURES)}
    payload = {
        "ruleId": rule["id"], "ruleName": rule["name"], "ruleVersion": 1, "metric": rule["metric"],
        "windowDays": rule["window_days"], "condition": rule["condition"], "figures": figures,
        "evidence": evidence[::-1],
    }  # fmt: skip
    if earlier:
        at = world.ago(days=23)
        _alert(world, patient, rule, at, status="RESOLVED", resolved_at=world.ago(days=22), payload=None)
    _alert(world, patient, rule, world.ago(hours=9), status="ACTIVE", resolved_at=None, payload=payload)


def _alert(world: World, patient: DemoPatient, rule: Mapping[str, Any], at: datetime, **more: Any) -> None:
    world.add("alerts", id=world.ids.uuid(), patient_id=patient.id, severity="WARNING", type="BP_HIGH",
              title=rule["name"], body="Blood pressure above 150 on average. Check the readings and call the patient.",
              created_at=at, **more)  # fmt: skip

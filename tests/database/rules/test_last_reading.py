"""An alert about a missing reading names the last one: that of this patient, readable, before the run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.domain.rules import RuleMetric
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, run
from tests.support.clinics import clinic_id

ODD = "g-'\\1 m.timestamp > $2"
"""Ids are the backend's: nothing in one is taken for a part of the statement."""


def measured(superuser: psycopg.Connection, who: str, kind: str, value: object, at: datetime) -> None:
    superuser.execute(
        "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source)"
        " VALUES (gen_random_uuid()::text, %s, %s, %s, %s, 'MANUAL')", [who, kind, Jsonb(value), at],
    )  # fmt: skip


def payloads(superuser: psycopg.Connection) -> dict[str, Any]:
    found = superuser.execute("SELECT patient_id, payload FROM public.alerts WHERE patient_id LIKE 'g-%'").fetchall()
    return dict(found)


@pytest.mark.parametrize(
    ("metric", "kind", "value", "said"),
    [(RuleMetric.GLUCOSE, "GLUCOSE", 104, 104), (RuleMetric.WEIGHT, "WEIGHT", 80.5, 80.5),
     (RuleMetric.BP, "BLOOD_PRESSURE", {"systolic": 131, "diastolic": 85}, 131), (RuleMetric.A1C, "A1C", 6.1, 6.1),
     (RuleMetric.SLEEP, "SLEEP", 7, 7)],
)  # fmt: skip
def test_it_is_this_patients_last_readable_one(
    admin: Workspace, superuser: psycopg.Connection, metric: RuleMetric, kind: str, value: object, said: float
) -> None:
    now = admin.clock.now().replace(tzinfo=None, microsecond=0)
    for who in (ODD, "g-2"):
        superuser.execute(
            "INSERT INTO public.patients (id, user_id, clinic_id, first_name, flags, created_at, updated_at)"
            " VALUES (%s, %s, %s, 'Gil', '{SUGAR}', now(), now())", [who, who, clinic_id(1)],
        )  # fmt: skip
    last = now - timedelta(days=12)
    measured(superuser, ODD, kind, value, last)
    measured(superuser, ODD, kind, value, last - timedelta(days=3))
    measured(superuser, ODD, kind, "unreadable", now - timedelta(days=10))
    measured(superuser, ODD, "HEART_RATE", 70, now - timedelta(days=9))
    measured(superuser, ODD, kind, value, now + timedelta(days=1))
    a_rule(admin, metric=metric, condition={"op": "missing", "cohort": {"flags": ["SUGAR"]}})
    assert run(admin).alerts == 2
    found = payloads(superuser)
    assert found[ODD]["last"] == {"at": f"{last:%Y-%m-%dT%H:%M:%S}.000Z", "value": said}
    assert (found["g-2"]["last"], found["g-2"]["evidence"]) == (None, [])


def test_what_was_measured_keeps_its_evidence_alone(admin: Workspace, superuser: psycopg.Connection) -> None:
    superuser.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, flags, created_at, updated_at)"
        " SELECT u, u, %s, 'Gil', '{SUGAR}', now(), now() FROM unnest(%s::text[]) u", [clinic_id(1), [ODD, "g-2"]],
    )  # fmt: skip
    at = admin.clock.now().replace(tzinfo=None) - timedelta(hours=1)
    for who, value in ((ODD, 190), ("g-2", 180)):
        measured(superuser, who, "BLOOD_PRESSURE", {"systolic": value, "diastolic": 90}, at)
    a_rule(admin, metric=RuleMetric.BP, condition={"op": ">", "threshold": 140, "cohort": {"flags": ["SUGAR"]}})
    run(admin)
    found = payloads(superuser)
    assert {who: [one["value"] for one in body["evidence"]] for who, body in found.items()} == {
        ODD: [190],
        "g-2": [180],
    }
    assert not any("last" in body for body in found.values())

"""What an alert says of itself, and a request that a rule makes: words, never the rule's codes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.commands.rules import SaveRule
from app.domain.rules import RuleAction, RuleMetric, RuleSeverity
from app.workspace.rule_runs import run_rules
from app.workspace.workspace import Workspace
from tests.support.clinics import clinic_id

_FLAG = {"cohort": {"flags": ["SAID"]}}


def read(superuser: psycopg.Connection, admin: Workspace, kind: str, *values: object) -> None:
    """Give one patient readings, the oldest first, an hour apart."""
    superuser.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, flags, created_at, updated_at)"
        " VALUES ('s-1', 'su-1', %s, 'Sol', '{SAID}', now(), now())",
        [clinic_id(1)],
    )
    for place, value in enumerate(values):
        at = (admin.clock.now() - timedelta(hours=len(values) - place)).replace(tzinfo=None)
        superuser.execute(
            "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source)"
            " VALUES (%s, 's-1', %s, %s, %s, 'MANUAL')",
            [f"s-{place}", kind, Jsonb(value), at],
        )


def said(superuser: psycopg.Connection, admin: Workspace, metric: RuleMetric, days: int, **condition: Any) -> str:
    """Run a rule and return what its alert says."""
    admin.execute(SaveRule(name="Watch", metric=metric, window_days=days, condition={**condition, **_FLAG},
                           severity=RuleSeverity.INFO, action=RuleAction.SUGGEST_VISIT, enabled=True))  # fmt: skip
    assert run_rules(admin) is not None
    (body,) = superuser.execute("SELECT body FROM public.alerts WHERE patient_id = 's-1'").fetchall()[0]
    (reason,) = superuser.execute("SELECT reason_text FROM public.visit_requests WHERE patient_id = 's-1'").fetchall()[
        0
    ]
    assert reason == f"Watch: {body}"
    return str(body)


PRESSURE = {"systolic": 150, "diastolic": 95}


@pytest.mark.parametrize(
    ("metric", "kind", "values", "days", "condition", "sentence", "spanish"),
    [
        (RuleMetric.A1C, "A1C", (9.1,), 180, {"op": ">", "threshold": 9, "aggregate": "latest"},
         "Latest A1C is 9.1 in 180 days, above the limit of 9 (1 reading).",
         "Último valor de A1C: 9.1 en 180 días, por encima del límite de 9 (1 lectura)."),
        (RuleMetric.BP, "BLOOD_PRESSURE", (PRESSURE, PRESSURE), 7, {"op": ">", "threshold": 140},
         "Average systolic blood pressure is 150 in 7 days, above the limit of 140 (2 readings).",
         "Media de presión arterial sistólica: 150 en 7 días, por encima del límite de 140 (2 lecturas)."),
        (RuleMetric.BP, "BLOOD_PRESSURE", (PRESSURE,), 1, {"op": ">", "threshold": 90, "component": "diastolic"},
         "Average diastolic blood pressure is 95 in 1 day, above the limit of 90 (1 reading).",
         "Media de presión arterial diastólica: 95 en 1 día, por encima del límite de 90 (1 lectura)."),
        (RuleMetric.GLUCOSE, "GLUCOSE", (80, 50), 7, {"op": "<", "threshold": 60, "aggregate": "any"},
         "Lowest glucose is 50 in 7 days, below the limit of 60 (2 readings).",
         "Valor más bajo de glucosa: 50 en 7 días, por debajo del límite de 60 (2 lecturas)."),
        (RuleMetric.GLUCOSE, "GLUCOSE", (80, 300), 7, {"op": ">", "threshold": 250, "aggregate": "any"},
         "Highest glucose is 300 in 7 days, above the limit of 250 (2 readings).",
         "Valor más alto de glucosa: 300 en 7 días, por encima del límite de 250 (2 lecturas)."),
        (RuleMetric.WEIGHT, "GLUCOSE", (80,), 14, {"op": "missing"}, "No weight reading in 14 days.",
         "Ninguna lectura de peso en 14 días."),
        (RuleMetric.HRV, "GLUCOSE", (80,), 1, {"op": "missing"}, "No heart-rate variability reading in 1 day.",
         "Ninguna lectura de variabilidad de la frecuencia cardíaca en 1 día."),
    ],
)  # fmt: skip
def test_it_is_said_in_words(
    superuser: psycopg.Connection, admin: Workspace, metric: RuleMetric, kind: str, values: tuple[object, ...],
    days: int, condition: dict[str, Any], sentence: str, spanish: str,
) -> None:  # fmt: skip
    read(superuser, admin, kind, *values)
    assert said(superuser, admin, metric, days, **condition) == sentence
    (again,) = superuser.execute(
        "SELECT desktop.rule_sentence(r, e.result, 'es-MX') FROM public.clinical_rules r"
        " JOIN public.rule_executions e ON e.rule_id = r.id WHERE e.triggered"
    ).fetchall()[0]
    assert again == spanish


def test_it_is_said_in_the_clinics_language(superuser: psycopg.Connection, admin: Workspace) -> None:
    """Also the reason of a request, which the patient's phone reads."""
    superuser.execute("UPDATE desktop.clinic_settings SET locale = 'es' WHERE clinic_id = %s", [clinic_id(1)])
    read(superuser, admin, "GLUCOSE", 80, 300)
    words = said(superuser, admin, RuleMetric.GLUCOSE, 7, op=">", threshold=250, aggregate="any")
    assert words == "Valor más alto de glucosa: 300 en 7 días, por encima del límite de 250 (2 lecturas)."


def test_a_trend_says_by_how_much(superuser: psycopg.Connection, admin: Workspace) -> None:
    read(superuser, admin, "GLUCOSE", 100, 110, 120, 130)
    words = said(superuser, admin, RuleMetric.GLUCOSE, 7, op="trendUp", threshold=5)
    assert words.startswith("Glucose changed by ")
    assert words.endswith(" % in 7 days (4 readings).")

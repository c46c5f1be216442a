"""The database's answer to a rule is the obvious one, whatever stands in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from tests.database.rules.oracle import Person, Raw, Reading, as_json, judge, window
from tests.support.clinics import clinic_id, staff
from tests.support.postgres import Server

AT = datetime(2026, 3, 9, 3, 30, tzinfo=UTC)
"""22:30 on Sunday 8 March in New York, the day on which clocks went forward: still the 8th there."""
DAY = AT.astimezone(ZoneInfo("America/New_York")).date()
SOURCES = {
    "bp": (("measurements", "BLOOD_PRESSURE"), ("vital_readings", "")),
    "glucose": (("measurements", "GLUCOSE"),),
    "weight": (("measurements", "WEIGHT"), ("bmi_readings", "")),
    "sleep": (("measurements", "SLEEP"),),
    "hrv": (("hrv_readings", ""),),
    "a1c": (("measurements", "A1C"), ("lab_orders", "")),
}
"""Where readings of a metric stand."""

whole = st.integers(98, 103)
WRITABLE = st.characters(exclude_characters="\x00", codec="utf-8")
"""What a JSON column takes."""
TINY = Raw("1e-400")
"""A number in JSON, and none that a float can be."""
no_number = st.sampled_from((float("nan"), float("inf"), -float("inf"), 1e13, 1e-310))
odd = st.one_of(st.none(), st.booleans(), st.text(WRITABLE, max_size=3), st.lists(whole, max_size=2), st.just(10**40),
                st.just(TINY), st.sampled_from(("NaN", "99", "1e3")), whole.map(lambda n: n + 0.1),
                st.dictionaries(st.sampled_from(("systolic", "diastolic", "x")), whole, max_size=3))  # fmt: skip
pressure = st.builds(lambda a, b: {"systolic": a, "diastolic": b}, whole, whole)
lab_item = st.fixed_dictionaries(
    {"code": st.sampled_from(("4548-4", "59261-8", "hba1c", "777-3", "LAB9", "")),
     "name": st.sampled_from(("A1C", "Hemoglobin A1c", "Platelets")),
     "value": st.one_of(whole, whole.map(str), st.sampled_from(("<4", "101.5 ", 10**40, TINY, "POSITIVE")))},
    optional={"status": st.sampled_from(("final", "corrected", "cancelled", "Entered-in-Error", "preliminary")),
              "unit": st.sampled_from(("%", "mmol/mol"))},
)  # fmt: skip
labs = st.one_of(
    st.lists(lab_item, max_size=2),
    st.dictionaries(
        st.sampled_from(("A1C", "hba1c", "CBC")), whole | whole.map(lambda n: {"value": n, "unit": "%"}), max_size=2
    ),
)
COHORTS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.just({}), st.just({}),
    st.fixed_dictionaries({}, optional={
        "flags": st.lists(st.sampled_from(("RPM", "$2", "$1", "it's", "INACTIVE")), max_size=2),
        "notFlags": st.just(["HIGH"]),
        "conditions": st.sampled_from([["ASTHMA"], ["e11", "x"]]), "notConditions": st.just(["Asthma"]),
        "minAge": st.sampled_from([0, 18, 65]), "maxAge": st.sampled_from([17, 64, 65]),
    }),
)  # fmt: skip


@st.composite
def readings(draw: st.DrawFn, metric: str, days: int) -> Reading:
    """A row that mostly belongs to the metric and mostly lies in the window, at its ends too."""
    table, kind = draw(st.sampled_from(SOURCES[metric] * 4 + tuple(one for all_ in SOURCES.values() for one in all_)))
    inside = st.integers(0, days * 24 - 1).map(lambda hours: AT - timedelta(hours=hours))
    ends = [AT, AT - timedelta(days=days), AT - timedelta(days=days) + timedelta(milliseconds=1),
            AT + timedelta(milliseconds=1)]  # fmt: skip
    at = draw(st.one_of(inside, inside, inside, st.sampled_from(ends)))
    if table == "vital_readings":
        value: Any = draw(st.fixed_dictionaries({"systolic": st.none() | whole, "diastolic": whole}))
    elif table == "measurements":
        good = pressure if kind == "BLOOD_PRESSURE" else whole
        value = draw(st.one_of(good, good, good, odd))
    elif table == "lab_orders":
        value = draw(labs)
    else:
        value = draw(st.one_of(whole, whole, whole, no_number))
    return Reading(table, kind, at, value, table == "measurements" and draw(st.integers(0, 9)) == 0)


@st.composite
def people(draw: st.DrawFn, metric: str, days: int) -> list[Person]:
    """A few patients."""
    found = []
    for number in range(draw(st.integers(1, 4))):
        born = draw(st.sampled_from([date(1961, 3, 8), date(1961, 3, 9), date(2010, 1, 1), None]))
        flags = draw(st.lists(st.sampled_from(("RPM", "HIGH", "$2", "DECEASED", "INACTIVE")), unique=True, max_size=2))
        states = (
            "active",
            "resolved",
            "RESOLVED",
            "entered_in_error",
            "not  taken",
            "in remission",
            "",
            None,
            7,
            {"a": 1},
        )
        status = draw(st.sampled_from(states))
        lists = [None, [], ["Asthma"], [{"name": "asthma", "status": status}, 7], [{"code": "E11", "status": status}],
                 [{"display": "Asthma", "status": status}, "x"], {"a": 1}, "Asthma"]  # fmt: skip
        rows = draw(st.lists(readings(metric, days), max_size=7))
        merged, elsewhere = draw(st.integers(0, 9)) == 0, draw(st.integers(0, 9)) == 0
        died = draw(st.sampled_from([None] * 8 + [True, False, "2026-01-01", " ", 7, {"x": 1}]))
        conditions = draw(st.sampled_from(lists))
        found.append(Person(f"rule-{number}", born, tuple(flags), conditions, tuple(rows), merged, elsewhere, died))
    return found


@st.composite
def scenes(draw: st.DrawFn) -> tuple[dict[str, Any], list[Person]]:
    """A rule of any sort and patients with readings around its limits."""
    metric, days = draw(st.sampled_from(tuple(SOURCES))), draw(st.sampled_from((1, 7, 30)))
    op = draw(st.sampled_from((">", "<", ">", "<", "trendUp", "trendDown", "missing")))
    condition: dict[str, Any] = {"op": op, "cohort": draw(COHORTS)}
    if op in (">", "<"):
        condition |= {"threshold": draw(whole), "aggregate": draw(st.sampled_from(("average", "any", "latest")))}
    elif op != "missing" and draw(st.booleans()):
        condition["threshold"] = draw(st.sampled_from((0.5, 1, 2, 4)))
    if draw(st.booleans()):
        condition["component"] = draw(st.sampled_from(("systolic", "diastolic")))
    if draw(st.integers(0, 3)) == 0:
        condition["minReadings"] = draw(st.integers(1, 4))
    return {"metric": metric, "windowDays": days, "condition": condition}, draw(people(metric, days))


@pytest.fixture
def superuser(server: Server, clinic_db: str) -> Iterator[psycopg.Connection]:
    """The two clinics, by somebody who may become anybody."""
    with psycopg.connect(server.url(clinic_db)) as connection:
        yield connection


@contextmanager
def filled(superuser: psycopg.Connection, group: list[Person]) -> Iterator[psycopg.Connection]:
    """People in clinic 1 for the time of an example, seen by its ADMIN."""
    with superuser.transaction(force_rollback=True):
        for person in group:
            _insert(superuser, person)
        superuser.execute("SELECT set_config('session_replication_role', 'origin', true)")
        superuser.execute(f"SET LOCAL SESSION AUTHORIZATION {staff('ADMIN').login}")
        yield superuser
        superuser.execute("RESET SESSION AUTHORIZATION")


def _insert(superuser: psycopg.Connection, person: Person) -> None:
    superuser.execute("SET LOCAL session_replication_role = replica")  # no triggers: thousands of rows are tried
    superuser.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, date_of_birth, demographics, flags,"
        " created_at, updated_at) VALUES (%s, %s, %s, 'A', %s, %s, %s, now(), now())",
        [person.key, f"u-{person.key}", clinic_id(2 if person.elsewhere else 1), person.born,
         Jsonb({"conditions": person.conditions} | ({} if person.died is None else {"deceased": person.died})),
         list(person.flags)],
    )  # fmt: skip
    if person.merged:
        superuser.execute("INSERT INTO desktop.patient_detail (patient_id, merged_into, updated_at)"
                          " VALUES (%s, 'somebody', now())", [person.key])  # fmt: skip
    for place, reading in enumerate(person.readings):
        _insert_reading(superuser, person.key, f"{person.key}-{place}", reading)


def _insert_reading(superuser: psycopg.Connection, patient: str, key: str, reading: Reading) -> None:
    at = reading.at.replace(tzinfo=None)
    if reading.table == "measurements":
        marks = Jsonb({"retracted": {"by": "u"}}) if reading.retracted else None
        superuser.execute("INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source, metadata)"
                          " VALUES (%s, %s, %s, %s, %s, 'MANUAL', %s)",
                          [key, patient, reading.kind, as_json(reading.value), at, marks])  # fmt: skip
    elif reading.table == "lab_orders":
        superuser.execute("INSERT INTO public.lab_orders (id, patient_id, provider_id, completed_at, results,"
                          " updated_at) VALUES (%s, %s, 'p', %s, %s, now())",
                          [key, patient, at, as_json(reading.value)])  # fmt: skip
    elif reading.table == "vital_readings":
        superuser.execute("INSERT INTO public.vital_readings (id, patient_id, timestamp, source, systolic_bp,"
                          " diastolic_bp) VALUES (%s, %s, %s, 'APPLE', %s, %s)",
                          [key, patient, at, reading.value["systolic"], reading.value["diastolic"]])  # fmt: skip
    elif reading.table == "hrv_readings":
        superuser.execute("INSERT INTO public.hrv_readings (id, patient_id, timestamp, source, rmssd_ms)"
                          " VALUES (%s, %s, %s, 'OURA', %s)", [key, patient, at, reading.value])  # fmt: skip
    else:
        superuser.execute("INSERT INTO public.bmi_readings (id, patient_id, timestamp, weight_kg, height_cm, bmi)"
                          " VALUES (%s, %s, %s, %s, 170, 25)", [key, patient, at, reading.value])  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scene=scenes())
def test_the_database_finds_whom_python_finds(
    superuser: psycopg.Connection, scene: tuple[dict[str, Any], list[Person]]
) -> None:
    rule, group = scene
    expected = {}
    for person in group:
        verdict = judge(rule, person, AT, DAY)
        if verdict is not None and verdict[0]:
            expected[person.key] = verdict[1]
    with filled(superuser, group) as admin:
        rows = admin.execute(
            "SELECT patient_id, figure FROM desktop.rule_try(%s, %s)", [Jsonb(rule), AT.replace(tzinfo=None)]
        ).fetchall()
    found = {patient: figure for patient, figure in rows if patient.startswith("rule-")}
    assert found.keys() == expected.keys()
    for patient, figure in expected.items():
        assert figure is None or found[patient] == pytest.approx(figure, rel=1e-6, abs=1e-5)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scene=scenes())
def test_a_run_writes_down_what_python_says_of_everybody(
    superuser: psycopg.Connection, scene: tuple[dict[str, Any], list[Person]]
) -> None:
    rule, group = scene
    with superuser.transaction(force_rollback=True):
        superuser.execute(
            'INSERT INTO public.clinical_rules (id, name, metric, "windowDays", condition, severity, action, enabled,'
            " updated_at) VALUES ('hyp-rule', 'Rule', %s, %s, %s, 'warn', 'alert', true, now())",
            [rule["metric"], rule["windowDays"], Jsonb(rule["condition"])],
        )
        with filled(superuser, group) as admin:
            admin.execute("SELECT count(*) FROM desktop.rule_run_begin('hyp-run', %s)", [AT.replace(tzinfo=None)])
            ((part,),) = admin.execute("SELECT desktop.rule_run_one('hyp-run', 'hyp-rule')").fetchall()
            admin.execute("RESET SESSION AUTHORIZATION")
            rows = admin.execute("SELECT patient_id, triggered, result FROM public.rule_executions"
                                 " WHERE rule_id = 'hyp-rule'").fetchall()  # fmt: skip
            alerts = admin.execute("SELECT patient_id FROM public.alerts WHERE payload ->> 'ruleId' = 'hyp-rule'")
            alerted = [who for (who,) in alerts.fetchall() if who.startswith("rule-")]
    written = {who: (triggered, result) for who, triggered, result in rows if who.startswith("rule-")}
    verdicts = {person.key: judge(rule, person, AT, DAY) for person in group}
    assert written.keys() == {who for who, verdict in verdicts.items() if verdict is not None}
    for person in group:
        verdict = verdicts[person.key]
        if verdict is None:
            continue
        triggered, result = written[person.key]
        looked_at = window(rule, person, AT)
        readable = [value for _, value in looked_at if value is not None]
        assert (triggered, result["readings"]) == (verdict[0], len(readable))
        assert result.get("unreadable", 0) == len(looked_at) - len(readable)
        assert verdict[1] is None or result["figure"] == pytest.approx(verdict[1], rel=1e-6, abs=1e-5)
    assert (part["patients"], part["triggered"]) == (len(rows), sum(triggered for _, triggered, _ in rows))
    if part["state"] == "RAISED":
        assert sorted(alerted) == sorted(who for who, (triggered, _) in written.items() if triggered)
    else:
        assert (part["state"], alerted) == ("HELD", [])

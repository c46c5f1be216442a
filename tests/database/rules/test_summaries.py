"""Weekly summaries are what an obvious computation in Python says, over clock changes, zones and odd values."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from statistics import fmean
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from app.domain.weekly_advice import RESTS_ON
from tests.database.rules.oracle import Raw, as_json
from tests.database.rules.test_oracle import WRITABLE
from tests.support.clinics import clinic_id, staff
from tests.support.postgres import Server
from tests.support.shapes import faults

WEEKS = (date(2026, 3, 2), date(2026, 3, 9), date(2026, 10, 26), date(2026, 6, 1))
"""Clocks change on Sundays 8 March and 1 November in America, 25 October in Europe."""
ZONES = ("America/New_York", "Europe/Madrid", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC")
_WHO = "week-1"
_PAIR = {"systolic": 150, "diastolic": 95}
Row = tuple[int, str, Any, bool]
"""Minutes after the week's first UTC midnight, type, value, retracted."""

_KINDS = ("GLUCOSE", "WEIGHT", "STEPS", "SLEEP", "BLOOD_PRESSURE", "VITAL")
"""VITAL: a row of vital_readings, where each pressure is a column."""
_values = st.one_of(
    st.integers(40, 300), st.integers(40, 300), st.none(), st.text(WRITABLE, max_size=2), st.just(10**40),
    st.just(Raw("1e-400")), st.booleans(),
    st.fixed_dictionaries({}, optional={"systolic": st.integers(90, 190), "diastolic": st.integers(50, 110)}),
)  # fmt: skip
ROWS: st.SearchStrategy[list[Row]] = st.lists(
    st.tuples(st.integers(-9 * 1440, 9 * 1440), st.sampled_from(_KINDS), _values, st.booleans()),
    max_size=12,
)


def number(value: Any) -> float | None:
    if isinstance(value, Raw):
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e12:
        return None
    return float(value)


def oracle(rows: list[Row], week: date, zone: str, *, before: int = 0) -> dict[str, tuple[float, int]]:
    """For each figure its average and how many values it has, of the week or of one ``before`` only.

    Steps are counted by the days on the clinic's wall that have any.
    """
    tz = ZoneInfo(zone)
    days: set[date] = set()
    found: dict[str, list[float]] = {}
    for minutes, kind, value, retracted in rows:
        day = (datetime.combine(week, datetime.min.time(), UTC) + timedelta(minutes=minutes)).astimezone(tz).date()
        first = week - timedelta(weeks=before)
        if retracted or not first <= day < first + timedelta(days=7):
            continue
        if kind in ("BLOOD_PRESSURE", "VITAL"):
            both = [number(value.get(side)) if isinstance(value, dict) else None for side in ("systolic", "diastolic")]
            if None not in both:
                found.setdefault("BLOOD_PRESSURE", []).append(both[0] or 0)
                found.setdefault("DIASTOLIC", []).append(both[1] or 0)
        elif (plain := number(value)) is not None:
            found.setdefault(kind, []).append(plain)
            if kind == "STEPS":
                days.add(day)
    if days:
        found["STEPS"] = [sum(found["STEPS"]) / len(days)] * len(days)
    return {kind: (fmean(values), len(values)) for kind, values in found.items()}


def read(summary: dict[str, Any]) -> dict[str, tuple[float, int]]:
    """The same, from what the database wrote."""
    keys = {"GLUCOSE": ("glucoseTrend", "average", "readings"), "WEIGHT": ("weightTrend", "average", "readings"),
            "SLEEP": ("sleep", "average", "nights"), "BLOOD_PRESSURE": ("bpTrend", "systolic", "readings"),
            "DIASTOLIC": ("bpTrend", "diastolic", "readings"), "STEPS": ("steps", "average", "days")}  # fmt: skip
    return {kind: (summary[key][value], summary[key][count])
            for kind, (key, value, count) in keys.items() if key in summary}  # fmt: skip


@pytest.fixture
def superuser(server: Server, clinic_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url(clinic_db)) as connection:
        yield connection


def made(superuser: psycopg.Connection, rows: list[Row], week: date, zone: str) -> tuple[dict[str, Any], int]:
    """Write the rows, make the summaries twice; the summary and how many the second time wrote."""
    superuser.execute("SET LOCAL session_replication_role = replica")
    superuser.execute("UPDATE desktop.clinic_settings SET timezone = %s WHERE clinic_id = %s", [zone, clinic_id(1)])
    superuser.execute("INSERT INTO public.patients (id, user_id, clinic_id, first_name, created_at, updated_at)"
                      " VALUES (%s, 'week-u', %s, 'A', now(), now())", [_WHO, clinic_id(1)])  # fmt: skip
    for place, (minutes, kind, value, retracted) in enumerate(rows):
        at = datetime.combine(week, datetime.min.time()) + timedelta(minutes=minutes)
        if kind == "VITAL":
            _insert_vital(superuser, f"week-m{place}", value, at)
            continue
        superuser.execute("INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source, metadata)"
                          " VALUES (%s, %s, %s, %s, %s, 'MANUAL', %s)",
                          [f"week-m{place}", _WHO, kind, as_json(value), at,
                           Jsonb({"retracted": {"by": "u"}}) if retracted else None])  # fmt: skip
    superuser.execute("SELECT set_config('session_replication_role', 'origin', true)")
    superuser.execute(f"SET LOCAL SESSION AUTHORIZATION {staff('PROVIDER').login}".encode())
    again = 0
    for _ in range(2):
        (again,) = superuser.execute("SELECT written FROM desktop.make_summaries(%s, '{}', '', 5000)",
                                     [week]).fetchall()[0]  # fmt: skip
    superuser.execute("RESET SESSION AUTHORIZATION")
    (summary,) = superuser.execute(
        "SELECT summary FROM public.weekly_summaries WHERE patient_id = %s AND week_start = %s", [_WHO, week]
    ).fetchall()[0]
    return summary, again


@pytest.mark.parametrize("week", WEEKS)
def test_everybody_has_one_for_monday_to_sunday_but_who_is_somebody_else_now(
    superuser: psycopg.Connection, week: date
) -> None:
    with superuser.transaction(force_rollback=True):
        superuser.execute("SET LOCAL session_replication_role = replica")
        for who in ("twin", "dropped"):
            superuser.execute("INSERT INTO public.patients (id, user_id, clinic_id, first_name, created_at, updated_at)"
                              " VALUES (%s, %s, %s, 'A', now(), now())", [who, f"u-{who}", clinic_id(1)])  # fmt: skip
        superuser.execute("INSERT INTO desktop.patient_detail (patient_id, merged_into, updated_at)"
                          " VALUES ('dropped', 'twin', now())")  # fmt: skip
        made(superuser, [], week, ZONES[0])
        assert superuser.execute(
            "SELECT patient_id, week_start, week_end FROM public.weekly_summaries"
            " WHERE patient_id IN ('twin', 'dropped', %s) ORDER BY 1 DESC", [_WHO],
        ).fetchall() == [
            (who, datetime.combine(week, datetime.min.time()), datetime.combine(week, datetime.min.time())
             + timedelta(days=6)) for who in sorted(("twin", _WHO), reverse=True)
        ]  # fmt: skip


def _insert_vital(superuser: psycopg.Connection, key: str, value: Any, at: datetime) -> None:
    both = [value.get(side) if isinstance(value, dict) else None for side in ("systolic", "diastolic")]
    superuser.execute("INSERT INTO public.vital_readings (id, patient_id, timestamp, source, systolic_bp, diastolic_bp)"
                      " VALUES (%s, %s, %s, 'APPLE', %s, %s)", [key, _WHO, at, *both])  # fmt: skip


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, week=st.sampled_from(WEEKS), zone=st.sampled_from(ZONES))
@example(rows=[(7 * 1440 + 4 * 60 - 1, "GLUCOSE", 100, False)], week=WEEKS[0], zone=ZONES[0])  # 23:59, summer time
@example(rows=[(7 * 1440 + 4 * 60, "GLUCOSE", 100, False)], week=WEEKS[0], zone=ZONES[0])  # midnight: the next week
@example(rows=[(5 * 60 - 1, "GLUCOSE", 100, False), (5 * 60, "GLUCOSE", 200, False)], week=WEEKS[0], zone=ZONES[0])
@example(rows=[(7 * 1440 + 4 * 60, "VITAL", _PAIR, False)], week=WEEKS[0], zone=ZONES[0])
@example(rows=[(7 * 1440 + 4 * 60 - 1, "VITAL", _PAIR, False)], week=WEEKS[0], zone=ZONES[0])
@example(
    rows=[(2 * 1440 + 120, "STEPS", 300, False), (2 * 1440 + 360, "STEPS", 200, False)], week=WEEKS[3], zone=ZONES[0]
)  # one day in UTC, two on the wall
@example(rows=[(-2880, "GLUCOSE", 100, False), (2880, "GLUCOSE", 103, False)], week=WEEKS[3], zone=ZONES[0])
@example(rows=[(-2880, "GLUCOSE", 100, False), (2880, "GLUCOSE", 101, False)], week=WEEKS[3], zone=ZONES[0])
@example(rows=[(-2880, "GLUCOSE", 103, False), (2880, "GLUCOSE", 100, False)], week=WEEKS[3], zone=ZONES[0])
def test_a_week_is_what_python_says(superuser: psycopg.Connection, rows: list[Row], week: date, zone: str) -> None:
    with superuser.transaction(force_rollback=True):
        summary, again = made(superuser, rows, week, zone)
    assert again == 0, "made again it writes nothing"
    assert faults("weekly_summaries", {"summary": summary}) == []
    rows = [row if row[1] != "VITAL" else (*row[:3], False) for row in rows]  # those can't be taken back
    expected = oracle(rows, week, zone)
    if (steps := expected.get("STEPS")) is not None:
        assert summary["steps"]["total"] == pytest.approx(steps[0] * steps[1], abs=0.51)
    assert summary["recommendations"] == advice(summary)
    found = read(summary)
    assert {kind: count for kind, (_, count) in found.items()} == {kind: n for kind, (_, n) in expected.items()}
    for kind, (mean, _) in expected.items():
        assert found[kind][0] == pytest.approx(mean, abs=0.501 if kind == "STEPS" else 0.0501)
    compare_with_before(summary, found, oracle(rows, week, zone, before=1))


def advice(summary: dict[str, Any]) -> list[str]:
    """What a week's figures suggest, one limit after the other."""

    def value(key: str, name: str) -> float:
        return float(summary.get(key, {}).get(name, "nan"))

    upper, lower = value("bpTrend", "systolic"), value("bpTrend", "diastolic")
    high = upper >= 140 or lower >= 90
    holds = (
        high, not high and (upper >= 130 or lower >= 80), value("glucoseTrend", "average") >= 180,
        value("glucoseTrend", "average") < 70, value("weightTrend", "change") >= 2, value("steps", "average") < 5000,
        value("sleep", "average") < 6, value("adherence", "percent") < 80,
    )  # fmt: skip
    return [words for words, here in zip(RESTS_ON, holds, strict=True) if here]


@pytest.mark.parametrize(
    ("key", "name", "edge", "sentence", "at_edge"),
    [
        ("bpTrend", "systolic", 140, 0, True), ("bpTrend", "diastolic", 90, 0, True),
        ("bpTrend", "systolic", 130, 1, True), ("bpTrend", "diastolic", 80, 1, True),
        ("glucoseTrend", "average", 180, 2, True), ("glucoseTrend", "average", 70, 3, False),
        ("weightTrend", "change", 2, 4, True), ("steps", "average", 5000, 5, False),
        ("sleep", "average", 6, 6, False), ("adherence", "percent", 80, 7, False),
    ],
)  # fmt: skip
def test_the_edges_of_what_is_recommended(
    superuser: psycopg.Connection, key: str, name: str, edge: float, sentence: int, at_edge: bool
) -> None:
    usual = {"systolic": 110, "diastolic": 70} if key == "bpTrend" else {}
    words = list(RESTS_ON)[sentence]
    for value in (edge - 0.1, edge, edge + 0.1):
        summary = {key: usual | {name: value}}
        ((said,),) = superuser.execute("SELECT desktop.week_advice(%s)", [Jsonb(summary)]).fetchall()
        rises = sentence in (0, 1, 2, 4)
        assert (words in said) is (at_edge if value == edge else (value > edge) is rises)
        assert said == advice(summary), "the oracle says so, too"


def compare_with_before(
    summary: dict[str, Any], found: dict[str, tuple[float, int]], before: dict[str, tuple[float, int]]
) -> None:
    for kind, key in (("GLUCOSE", "glucoseTrend"), ("WEIGHT", "weightTrend"), ("BLOOD_PRESSURE", "bpTrend")):
        if kind not in found:
            continue
        said = summary[key].get("previous")
        previous = said["systolic"] if isinstance(said, dict) else said
        assert (previous is None) is (kind not in before)
        if previous is not None:
            assert previous == pytest.approx(before[kind][0], abs=0.0501)
            assert summary[key]["change"] == pytest.approx(found[kind][0] - previous, abs=1e-6)
            apart = abs(found[kind][0] - previous) - 0.02 * abs(previous)
            if abs(apart) > 0.2:  # not on the edge, where the digits that were rounded off decide
                up = "up" if found[kind][0] > previous else "down"
                assert summary[key]["direction"] == (up if apart > 0 else "steady")

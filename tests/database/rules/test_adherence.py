"""How a week's care plans were followed is what an obvious count in Python says, whatever stands in the plans."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from app.domain.care_plans import CarePhase, phase_dates, weeks_of
from app.domain.frequencies import read_rate
from tests.support.clinics import clinic_id, staff
from tests.support.postgres import Server

WEEK = date(2026, 3, 2)
BEGAN = WEEK - timedelta(days=10)
"""The day on which the plans were made: a first phase of two weeks ends in the week."""
_WHO = "kept-1"
FREQUENCIES = ("daily", "3 times a week", "every 2 weeks", "monthly", "once", "as needed")
DUE = {words: rate.due(7) for words in FREQUENCIES if (rate := read_rate(words)) is not None}
Mark = tuple[int, str, int, bool]
"""Place of the plan, task, days after the Monday, done."""

_any: st.SearchStrategy[Any] = st.sampled_from((True, False, "yes", None))
_task = st.fixed_dictionaries(
    {"id": st.sampled_from(("a", "b", "c"))},
    optional={"frequency": st.sampled_from((*FREQUENCIES, None)), "completed": _any},
)
_item: st.SearchStrategy[Any] = st.one_of(_task, _task, _task, st.none(), st.just("walk"))
_tasks: st.SearchStrategy[Any] = st.one_of(st.lists(_item, max_size=3), st.none(), st.just({"id": "a"}))
_weeks: st.SearchStrategy[Any] = st.sampled_from((0, 0.5, 1, 1.5, 2, 3, None, "long", True, -1, 521))
_whole = st.fixed_dictionaries({"tasks": _tasks}, optional={"durationWeeks": _weeks})
_phase: st.SearchStrategy[Any] = st.one_of(_whole, _whole, st.just({}), st.integers())
_phases: st.SearchStrategy[Any] = st.lists(_phase, max_size=2)
PLANS: st.SearchStrategy[list[Any]] = st.lists(
    st.one_of(_phases, _phases, st.just({"tasks": []}), st.just("plan")), max_size=2
)
_mark = st.tuples(st.integers(0, 1), st.sampled_from("abc"), st.integers(-2, 8), st.sampled_from((True, True, False)))
MARKS = st.lists(_mark, max_size=9, unique_by=lambda one: one[:3])


def running(phases: Any) -> Iterator[tuple[Any, int]]:
    """The phases that run in the week, each with the days of the week on which it does."""
    objects = [phase for phase in phases if isinstance(phase, dict)] if isinstance(phases, list) else []
    laid = [CarePhase("", "", weeks_of(phase), ()) for phase in objects]
    for phase, span in zip(objects, phase_dates(laid, BEGAN), strict=True):
        week = [WEEK + timedelta(days=number) for number in range(7)]
        days = sum(1 for day in week if span.start <= day and (span.end is None or day <= span.end))
        if days:
            yield phase, days


def oracle(plans: list[Any], marks: list[Mark]) -> dict[str, int] | None:
    """Tasks done of tasks due: by days where any day was marked, else by what is called completed."""
    kept = [one for one in marks if one[3] and 0 <= one[2] < 7 and one[0] < len(plans)]
    done = due = 0
    for place, phases in enumerate(plans):
        for phase, share in running(phases):
            tasks = phase.get("tasks")
            for task in tasks if isinstance(tasks, list) else ():
                if not isinstance(task, dict):
                    continue
                days = sum(1 for one in kept if (one[0], one[1]) == (place, task["id"]))
                weekly = DUE.get(task.get("frequency") or "") if kept else None
                if weekly is None:
                    done, due = done + (task.get("completed") is True), due + 1
                else:
                    wanted = round(weekly * share / 7)
                    done, due = done + min(days, wanted), due + wanted
    return {"completed": done, "due": due} if due else None


@pytest.fixture
def superuser(server: Server, clinic_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url(clinic_db)) as connection:
        yield connection


def made(superuser: psycopg.Connection, plans: list[Any], marks: list[Mark]) -> Any:
    """Write the plans and marks, make the summary; what it says of adherence."""
    superuser.execute("SET LOCAL session_replication_role = replica")
    superuser.execute("INSERT INTO public.patients (id, user_id, clinic_id, first_name, created_at, updated_at)"
                      " VALUES (%s, 'kept-u', %s, 'A', now(), now())", [_WHO, clinic_id(1)])  # fmt: skip
    for place, phases in enumerate(plans):
        superuser.execute("INSERT INTO public.care_plans (id, patient_id, phases, created_at, updated_at)"
                          " VALUES (%s, %s, %s, %s, now())",
                          [f"kept-p{place}", _WHO, Jsonb(phases), datetime.combine(BEGAN, time(17))])  # fmt: skip
    for number, (place, task, days, done) in enumerate(one for one in marks if one[0] < len(plans)):
        superuser.execute(
            "INSERT INTO desktop.care_task_mark (id, clinic_id, patient_id, plan_id, plan_task, day, done, by_user,"
            " updated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, 'u', now())",
            [f"kept-m{number}", clinic_id(1), _WHO, f"kept-p{place}", task, WEEK + timedelta(days=days), done],
        )  # fmt: skip
    superuser.execute("SELECT set_config('session_replication_role', 'origin', true)")
    superuser.execute(f"SET LOCAL SESSION AUTHORIZATION {staff('PROVIDER').login}".encode())
    superuser.execute("SELECT desktop.make_summaries(%s, %s, '', 5000)", [WEEK, Jsonb(DUE)])
    superuser.execute("RESET SESSION AUTHORIZATION")
    (summary,) = superuser.execute(
        "SELECT summary FROM public.weekly_summaries WHERE patient_id = %s AND week_start = %s", [_WHO, WEEK]
    ).fetchall()[0]
    return summary.get("adherence")


_DAILY = [[{"tasks": [{"id": "a", "frequency": "daily", "completed": True}]}]]


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plans=PLANS, marks=MARKS)
@example(plans=_DAILY, marks=[])
@example(plans=[[{"tasks": [{"id": "a"}]}]], marks=[])  # nobody has said anything of it yet
@example(plans=_DAILY, marks=[(0, "a", 0, True), (0, "a", 6, True)])
@example(plans=_DAILY, marks=[(0, "a", -1, True), (0, "a", 7, True)])  # beside the week
@example(plans=_DAILY, marks=[(0, "a", 3, False)])  # taken back
@example(  # the first phase is over on Thursday, the next begins on Friday
    plans=[[{"durationWeeks": 2, "tasks": [{"id": "a", "frequency": "daily"}]},
            {"tasks": [{"id": "b", "frequency": "daily"}]}]],
    marks=[(0, "a", 0, True), (0, "b", 5, True)],
)  # fmt: skip
@example(plans=[[{"tasks": [{"id": "a", "frequency": "monthly"}]}]], marks=[(0, "a", 3, True)])  # not due in a week
def test_adherence_is_what_python_says(superuser: psycopg.Connection, plans: list[Any], marks: list[Mark]) -> None:
    with superuser.transaction(force_rollback=True):
        found = made(superuser, plans, marks)
    expected = oracle(plans, marks)
    if expected is None:
        assert found is None
        return
    assert {key: found[key] for key in ("completed", "due")} == expected
    assert found["percent"] == pytest.approx(100 * expected["completed"] / expected["due"], abs=0.5001)

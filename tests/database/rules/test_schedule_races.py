"""Programs of one clinic that come to the same due instant at the same moment, on connections of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.commands.rule_schedule import ClaimSummaries
from app.domain.enums import RunState
from app.queries.rules import rule_runs, rules_due
from app.workspace.rule_runs import RunReport, run_rules
from app.workspace.scheduled import Scheduled
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, people, sugar
from tests.support.clinics import clinic_id
from tests.support.postgres import Server
from tests.support.signed_in import signed_in

Said = TypeVar("Said")
ROUNDS = 8
_EVERY_HOUR = {"every": "hour", "at": "00:00", "since": "2020-01-01T00:00:00Z"}


@pytest.fixture
def programs(server: Server, clinic_db: str) -> Iterator[list[Workspace]]:
    """Four windows of the clinic: two of the provider's, two of the administrator's."""
    with (
        signed_in(server, clinic_db, "ADMIN") as admin,
        signed_in(server, clinic_db, "ADMIN") as other_admin,
        signed_in(server, clinic_db, "PROVIDER") as doctor,
        signed_in(server, clinic_db, "PROVIDER") as other_desk,
    ):
        yield [admin, doctor, other_admin, other_desk]


def at_once(*jobs: Callable[[], Said]) -> list[Said]:
    """Do them at the same moment, each in a thread of its own."""
    gate = Barrier(len(jobs))

    def one(job: Callable[[], Said]) -> Said:
        gate.wait(timeout=60)
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [running.result() for running in [pool.submit(one, job) for job in jobs]]


def due_again(superuser: psycopg.Connection) -> None:
    """Nobody has claimed the hour, and nothing that the rules raised is open."""
    superuser.execute("DELETE FROM desktop.rule_run")
    superuser.execute("DELETE FROM public.alerts")
    superuser.execute("DELETE FROM public.rule_executions")


def count(superuser: psycopg.Connection, table: str) -> int:
    return int(superuser.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


@pytest.fixture
def hourly(superuser: psycopg.Connection, programs: list[Workspace]) -> psycopg.Connection:
    superuser.execute("UPDATE desktop.clinic_settings SET settings = %s WHERE clinic_id = %s",
                      [Jsonb({"rules": _EVERY_HOUR}), clinic_id(1)])  # fmt: skip
    people(superuser, 5)
    sugar(superuser, programs[0], 300, 5)
    for name in ("First", "Second", "Third"):
        a_rule(programs[0], name)
    return superuser


def test_one_of_the_programs_runs_what_is_due(hourly: psycopg.Connection, programs: list[Workspace]) -> None:
    for _ in range(ROUNDS):
        due_again(hourly)
        reports = at_once(*(Scheduled(one).run_rules for one in programs))
        (report,) = [one for one in reports if one is not None]
        assert (report.executions, report.alerts) == (15, 15)
        (run,) = programs[0].ask(rule_runs)
        assert (run.run_id, run.scheduled, run.state) == (report.run_id, True, RunState.DONE)
        assert (count(hourly, "public.rule_executions"), count(hourly, "public.alerts")) == (15, 15)


def test_one_of_the_programs_takes_over_what_another_has_left(
    hourly: psycopg.Connection, programs: list[Workspace]
) -> None:
    for _ in range(ROUNDS):
        due_again(hourly)
        hourly.execute(
            "INSERT INTO desktop.rule_run (id, clinic_id, run_at, scheduled_for, started_at, by_user) VALUES"
            " ('dead', %s, now() AT TIME ZONE 'UTC', %s, (now() AT TIME ZONE 'UTC') - interval '61 minutes', %s)",
            [clinic_id(1), programs[0].ask(rules_due), programs[0].actor.user_id],
        )
        reports = at_once(*(Scheduled(one).run_rules for one in programs))
        assert [one.alerts for one in reports if one is not None] == [15]
        states = [run.state for run in programs[0].ask(rule_runs)]
        assert states == [RunState.DONE, RunState.FAILED]


def test_runs_by_hand_beside_the_scheduled_one_raise_nothing_twice(
    hourly: psycopg.Connection, programs: list[Workspace]
) -> None:
    admin, doctor, other_admin, other_desk = programs

    def by_hand(one: Workspace) -> Callable[[], RunReport | None]:
        return lambda: run_rules(one)

    for _ in range(ROUNDS):
        due_again(hourly)
        reports = at_once(
            by_hand(admin), Scheduled(doctor).run_rules, by_hand(other_admin), Scheduled(other_desk).run_rules
        )
        done = [one for one in reports if one is not None]
        assert len(done) == 3, "two by hand, one of the two on the schedule"
        assert sum(one.alerts for one in done) == count(hourly, "public.alerts") == 15
        assert {run.state for run in admin.ask(rule_runs)} == {RunState.DONE}


def test_one_of_the_programs_makes_last_weeks_summaries(
    superuser: psycopg.Connection, programs: list[Workspace]
) -> None:
    for _ in range(ROUNDS):
        superuser.execute("UPDATE desktop.clinic_settings SET settings = '{}'")
        weeks = at_once(*(lambda one=one: one.execute(ClaimSummaries()).result["week"] for one in programs))
        assert [week is not None for week in weeks].count(True) == 1


def test_one_of_the_programs_takes_summaries_over_that_another_has_left(
    superuser: psycopg.Connection, programs: list[Workspace]
) -> None:
    programs[0].execute(ClaimSummaries())
    for _ in range(ROUNDS):
        superuser.execute("UPDATE desktop.clinic_settings SET settings = jsonb_set(settings, '{summaries,at}',"
                          " '\"2020-01-01T00:00:00Z\"')")  # fmt: skip
        weeks = at_once(*(lambda one=one: one.execute(ClaimSummaries()).result["week"] for one in programs))
        assert [week is not None for week in weeks].count(True) == 1

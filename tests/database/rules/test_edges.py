"""Where a rule's limits lie, exactly: each of these scenes finds a plausible mistake that generated data may miss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.domain.demographics import read_demographics
from tests.database.rules.oracle import Person, Reading, judge
from tests.database.rules.test_oracle import AT, DAY, filled
from tests.support.clinics import staff
from tests.support.postgres import Server


@pytest.fixture
def superuser(server: Server, clinic_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url(clinic_db)) as connection:
        yield connection


def sugar(*values: Any, born: date | None = None, flags: tuple[str, ...] = (), conditions: Any = None) -> Person:
    """Somebody with glucose readings, a day apart, the last one a day ago."""
    rows = tuple(
        Reading("measurements", "GLUCOSE", AT - timedelta(days=len(values) - place), value)
        for place, value in enumerate(values)
    )
    return Person("rule-0", born, flags, conditions, rows)


def rule(op: str, threshold: float | None = None, days: int = 7, **more: Any) -> dict[str, Any]:
    condition = {"op": op, **more} | ({} if threshold is None else {"threshold": threshold})
    return {"metric": "glucose", "windowDays": days, "condition": condition}


@pytest.mark.parametrize(
    ("said", "person", "found"),
    [
        (rule(">", 100), sugar(100), False),
        (rule("<", 100), sugar(100), False),
        (rule(">", 100), sugar(99, 101), False),
        (rule(">", 100), sugar(99, 102), True),
        (rule(">", 101, aggregate="latest"), sugar(100, 102), True),
        (rule(">", 101, aggregate="latest"), sugar(102, 100), False),
        (rule("<", 101, aggregate="latest"), sugar(100, 102), False),
        (rule(">", 101, aggregate="any"), sugar(102, 90, 90), True),
        (rule("<", 91, aggregate="any"), sugar(102, 90, 102), True),
        (rule(">", 50, cohort={"minAge": 65}), sugar(100, born=date(1961, 3, 8)), True),
        (rule(">", 50, cohort={"minAge": 65}), sugar(100, born=date(1961, 3, 9)), False),
        (rule(">", 50, cohort={"maxAge": 64}), sugar(100, born=date(1961, 3, 8)), False),
        (rule(">", 50, cohort={"maxAge": 64}), sugar(100, born=date(1961, 3, 9)), True),
        (rule(">", 50, cohort={"minAge": 0}), sugar(100), False),
        (rule(">", 100, minReadings=3), sugar(200, 200), False),
        (rule(">", 100, minReadings=3), sugar(200, 200, "x"), False),
        (rule(">", 100, minReadings=3), sugar(200, 200, 200), True),
        (rule("trendUp"), sugar(100, 110), False),
        (rule("trendUp", 10), sugar(100, 102, 104), True),
        (rule("trendDown", 10), sugar(104, 102, 100), True),
        (rule("trendDown", 10), sugar(100, 102, 104), False),
        (rule("trendUp"), sugar(100, 100, 100), False),
        (rule("missing", days=3), sugar(100), False),
        (rule("missing", days=3), sugar("x"), True),
        (rule("missing", days=3), sugar(), True),
        (rule("missing", days=3, cohort={"flags": ["RPM"]}), sugar(), False),
        (rule("missing", days=3, cohort={"flags": ["RPM"]}), sugar(flags=("RPM",)), True),
    ],
)
def test_limits(superuser: psycopg.Connection, said: dict[str, Any], person: Person, found: bool) -> None:
    rows = tried(superuser, said, person)
    assert bool(rows) is found
    verdict = judge(said, person, AT, DAY)
    assert (verdict is not None and verdict[0]) is found, "the oracle says so, too"


@pytest.mark.parametrize(
    ("flags", "died", "found"),
    [((), None, True), (("INACTIVE",), None, False), (("inactive",), None, True), ((), False, True), ((), "", True),
     ((), "2026-01-01", False),
     ((), True, False), (("DECEASED",), None, False)],
)  # fmt: skip
@pytest.mark.parametrize("said", [rule(">", 50), rule("missing", days=3)], ids=["above", "missing"])
def test_nothing_is_found_of_who_has_died_or_comes_no_more(
    superuser: psycopg.Connection, said: dict[str, Any], flags: tuple[str, ...], died: object, found: bool
) -> None:
    """No message to the dead, and no alert that they measure nothing any more; nor for whom another program closed."""
    person = replace(sugar(100, flags=flags) if said["condition"]["op"] == ">" else sugar(flags=flags), died=died)
    assert bool(tried(superuser, said, person)) is found
    verdict = judge(said, person, AT, DAY)
    assert (verdict is not None and verdict[0]) is found


@pytest.mark.parametrize(("wanted", "found"), [(["INACTIVE"], True), (["RPM"], False), (["RPM", "INACTIVE"], True)])
def test_a_rule_about_the_inactive_finds_them(superuser: psycopg.Connection, wanted: list[str], found: bool) -> None:
    said, person = rule(">", 50, cohort={"flags": wanted}), sugar(100, flags=("RPM", "INACTIVE"))
    assert bool(tried(superuser, said, person)) is found
    assert (judge(said, person, AT, DAY) is not None) is found, "the oracle"


STATUSES = (
    None, "", "active", "recurrence", "unknown", "in remission", "on hold", "resolved?", 7, ["resolved"], "Resolved",
    " resolved ", "_resolved-", "entered_in_error", "Entered in  error", "entered-in-error", "NOT_TAKEN", "remission",
    "inactive", "refuted", "stopped", "completed", "ended", "cancelled",
)  # fmt: skip


@pytest.mark.parametrize("status", STATUSES, ids=str)
@pytest.mark.parametrize("key", ["conditions", "notConditions"])
def test_a_cohort_counts_the_conditions_that_hold_in_the_words_of_the_chart(
    superuser: psycopg.Connection, status: Any, key: str
) -> None:
    entry: dict[str, Any] = {"display": "Asthma", "code": "J45"} | ({} if status is None else {"status": status})
    holds = bool(read_demographics({"conditions": [entry]}).conditions.active)
    said, person = rule(">", 50, cohort={key: ["asthma"]}), sugar(100, conditions=[entry])
    assert bool(tried(superuser, said, person)) is (holds if key == "conditions" else not holds)
    assert (judge(said, person, AT, DAY) is not None) is (holds if key == "conditions" else not holds), "the oracle"


def tried(superuser: psycopg.Connection, said: dict[str, Any], person: Person) -> list[Any]:
    with filled(superuser, [person]) as admin:
        return admin.execute(
            "SELECT patient_id, figure FROM desktop.rule_try(%s, %s) WHERE patient_id LIKE 'rule-%%'",
            [Jsonb(said), AT.replace(tzinfo=None)],
        ).fetchall()


def test_the_change_of_a_trend_is_across_the_window_in_percent_of_its_beginning(
    superuser: psycopg.Connection,
) -> None:
    # 2 a day over 10 days from 98 where the line meets the window's beginning: 20 of 98.
    person = sugar(*(98 + 2 * day for day in range(1, 10)))
    rows = tried(superuser, rule("trendUp", 1, days=10), person)
    assert [figure for _, figure in rows] == [pytest.approx(20 / 98 * 100, abs=1e-4)]


def test_a_window_is_open_at_its_beginning_and_closed_at_its_end(superuser: psycopg.Connection) -> None:
    for back, inside in ((timedelta(days=7), False), (timedelta(days=7) - timedelta(milliseconds=1), True),
                         (timedelta(0), True), (timedelta(milliseconds=-1), False)):  # fmt: skip
        one = Person("rule-0", None, (), None, (Reading("measurements", "GLUCOSE", AT - back, 300),))
        assert bool(tried(superuser, rule(">", 100), one)) is inside


@pytest.mark.parametrize(
    "cohort",
    [
        {"flags": ["'; DROP TABLE public.alerts; --"]}, {"flags": ["{RPM}"]}, {"flags": ["%s", "$1", "%L"]},
        {"conditions": ["' OR 'a' = 'a"]}, {"conditions": ['{"x"}', "\\"]}, {"notFlags": ["RPM', 'x"]},
        {"minAge": "0) OR (1 = 1"}, {"flags": "RPM"}, {"flags": [1, None]}, {"minAge": 1e300}, 7, "x", [],
    ],
)  # fmt: skip
def test_words_of_a_cohort_are_never_a_statement(superuser: psycopg.Connection, cohort: Any) -> None:
    person = sugar(300, flags=("RPM",))
    rows = tried(superuser, rule(">", 100, cohort=cohort), person)
    narrows = isinstance(cohort, dict) and any(
        isinstance(cohort.get(key), list) and any(isinstance(word, str) for word in cohort[key])
        for key in ("flags", "conditions")
    )
    assert bool(rows) is not narrows


@pytest.mark.parametrize(
    "change",
    [
        {"metric": "bp; DROP TABLE public.alerts"}, {"windowDays": 0}, {"windowDays": "7; --"},
        {"condition": {"op": "> 0 OR true --", "threshold": 1}}, {"condition": {"op": ">", "threshold": "1 OR true"}},
        {"condition": {"op": ">"}}, {"condition": []}, {"condition": None},
    ],
)  # fmt: skip
def test_what_is_no_rule_is_refused(superuser: psycopg.Connection, change: dict[str, Any]) -> None:
    with pytest.raises(psycopg.Error) as refused:
        tried(superuser, rule(">", 100) | change, sugar(300))
    superuser.rollback()
    assert refused.value.sqlstate in ("MH003", "22P02")


def test_a_laboratory_result_counts_when_it_was_observed(superuser: psycopg.Connection) -> None:
    """Observed, else completed, else ordered; what was taken back or isn't measured yet doesn't count."""
    inside, outside = AT - timedelta(days=1), AT - timedelta(days=90)
    said = rule(">", 9, days=30) | {"metric": "a1c"}
    cases: list[tuple[dict[str, Any], datetime | None, datetime, bool]] = [
        ({"observedAt": inside.isoformat()}, outside, outside, True),
        ({"observedAt": outside.isoformat()}, inside, inside, False),
        ({"observedAt": "yesterday"}, inside, outside, True),
        ({"observedAt": 7}, None, inside, True),
        ({}, inside, outside, True),
        ({}, outside, inside, False),
        ({}, None, inside, True),
        *(({"status": status}, inside, inside, False) for status in ("entered-in-error", "cancelled", "registered")),
        *(({"status": status}, inside, inside, True) for status in ("final", "corrected", "preliminary", "")),
    ]
    for more, completed, ordered, found in cases:
        with filled(superuser, [Person("rule-0", None, (), None, ())]) as admin:
            admin.execute("RESET SESSION AUTHORIZATION")
            admin.execute("SET LOCAL session_replication_role = replica")
            admin.execute(
                "INSERT INTO public.lab_orders (id, patient_id, provider_id, ordered_at, completed_at, results,"
                " updated_at) VALUES ('lab', 'rule-0', 'p', %s, %s, %s, now())",
                [ordered.replace(tzinfo=None), completed.replace(tzinfo=None) if completed else None,
                 Jsonb([{"code": "4548-4", "name": "A1C", "value": 11} | more])],
            )  # fmt: skip
            admin.execute(f"SET LOCAL SESSION AUTHORIZATION {staff('ADMIN').login}".encode())
            rows = admin.execute("SELECT patient_id FROM desktop.rule_try(%s, %s) WHERE patient_id = 'rule-0'",
                                 [Jsonb(said), AT.replace(tzinfo=None)]).fetchall()  # fmt: skip
        assert bool(rows) is found, (more, completed, ordered)

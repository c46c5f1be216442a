"""Rules on the command line: what each verb prints, what it refuses and with which exit code, and the same by rpc."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from app.cli.rpc import serve
from app.setup.session import Session, SessionOptions
from tests.cli.test_contract import Call, call
from tests.support.clinics import clinic_id, staff
from tests.support.postgres import Server

__all__ = ["call"]

SHOWN = {"id", "name", "description", "metric", "windowDays", "condition", "severity", "action", "actionParams",
         "enabled", "priority", "shared", "version", "readable", "updatedAt"}  # fmt: skip
RAN = {"rules", "patients", "executions", "triggered", "alerts", "held", "unreadable", "seconds", "runId", "parts"}
SUGAR = {"name": "Sugar", "metric": "glucose", "windowDays": 7, "severity": "warn", "enabled": True, "priority": 3,
         "condition": {"op": ">", "threshold": 250}}  # fmt: skip


@pytest.fixture
def superuser(server: Server, clinic_db: str) -> Any:
    """Write past triggers and policies."""
    with psycopg.connect(server.url(clinic_db), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def rule(call: Call, tmp_path: Path) -> str:
    """A rule that is on; returns its id."""
    return save(call, tmp_path, SUGAR)


def save(call: Call, tmp_path: Path, rule: dict[str, Any], *more: str) -> str:
    file = tmp_path / "rule.json"
    file.write_text(json.dumps(rule))
    code, made = call("rules", "save", str(file), *more)
    assert (code, set(made)) == (0, {"ruleId", "version", "enabled"}), made
    return str(made["ruleId"])


def sick(superuser: psycopg.Connection, count: int, hours: int = 1) -> None:
    """Patients with a high glucose some hours ago."""
    superuser.execute(
        "INSERT INTO public.patients (id, user_id, clinic_id, first_name, last_name, flags, created_at, updated_at)"
        " SELECT 'g-' || n, 'gu-' || n, %s, 'Gil', 'No ' || n, '{}', now(), now() FROM generate_series(1, %s) n",
        [clinic_id(1), count],
    )
    superuser.execute(
        "INSERT INTO public.measurements (id, patient_id, type, value, timestamp, source)"
        " SELECT 'gm' || n, 'g-' || n, 'GLUCOSE', %s, %s, 'MANUAL' FROM generate_series(1, %s) n",
        [Jsonb(300), (datetime.now(UTC) - timedelta(hours=hours)).replace(tzinfo=None), count],
    )


def active(superuser: psycopg.Connection) -> int:
    (count,) = superuser.execute(
        "SELECT count(*) FROM public.alerts WHERE status = 'ACTIVE' AND patient_id LIKE 'g-%'"
    ).fetchall()[0]
    return int(count)


def test_rules_are_listed_the_most_important_first(call: Call, tmp_path: Path, rule: str) -> None:
    first = save(call, tmp_path, {**SUGAR, "name": "First", "priority": 9})
    code, found = call("rules", "list")
    assert (code, found["more"], [one["id"] for one in found["items"]]) == (0, False, [first, rule])
    assert all(set(one) == SHOWN for one in found["items"])


def test_a_rule_is_shown_by_its_id_and_by_its_name(call: Call, tmp_path: Path, rule: str) -> None:
    code, shown = call("rules", "show", rule)
    assert (code, set(shown)) == (0, SHOWN)
    assert {key: shown[key] for key in ("name", "metric", "windowDays", "severity", "enabled", "priority")} == {
        key: SUGAR[key] for key in ("name", "metric", "windowDays", "severity", "enabled", "priority")
    }  # fmt: skip
    assert (shown["condition"]["op"], shown["condition"]["threshold"]) == (">", 250)
    assert (shown["action"], shown["shared"], shown["version"], shown["readable"]) == ("alert", False, 1, True)
    assert datetime.fromisoformat(shown["updatedAt"]).tzinfo is not None
    assert call("rules", "show", " sugar ") == (0, shown)
    save(call, tmp_path, SUGAR)
    code, refused = call("rules", "show", "Sugar")
    assert (code, refused["error"], refused["field"]) == (1, "NoRule", "rule"), "two have that name"


@pytest.mark.parametrize("verb", ["show", "enable", "disable", "versions", "backtest"])
def test_a_rule_that_is_not_there_is_refused(call: Call, verb: str) -> None:
    code, refused = call("rules", verb, "nobody")
    assert (code, refused["error"], refused["field"]) == (1, "NoRule", "rule")


def test_a_rule_is_switched_off_and_on(call: Call, rule: str) -> None:
    assert call("rules", "disable", rule) == (0, {"ruleId": rule, "enabled": False})
    assert call("rules", "show", rule)[1]["enabled"] is False
    assert call("rules", "run")[1]["rules"] == 0
    assert call("rules", "enable", "sugar") == (0, {"ruleId": rule, "enabled": True})
    assert call("rules", "run")[1]["rules"] == 1


def test_missing_needs_a_cohort_before_it_is_switched_on(call: Call, tmp_path: Path) -> None:
    rule = save(call, tmp_path, {**SUGAR, "enabled": False, "condition": {"op": "missing"}})
    code, refused = call("rules", "enable", rule)
    assert (code, "error" in refused) == (1, True)
    assert call("rules", "show", rule)[1]["enabled"] is False


def test_versions_say_what_a_rule_was_the_newest_first(call: Call, tmp_path: Path, rule: str) -> None:
    save(call, tmp_path, {"condition": {"op": ">", "threshold": 270}}, "--rule", rule)
    code, found = call("rules", "versions", rule)
    assert (code, found["ruleId"], found["more"]) == (0, rule, False)
    assert [(one["number"], one["body"]["condition"]["threshold"]) for one in found["items"]] == [(2, 270), (1, 250)]
    assert all(set(one) == {"number", "at", "by", "body", "backTest"} for one in found["items"])
    names = {one["email"]: one["name"] for one in call("staff", "list")[1]["items"]}
    assert [one["by"] for one in found["items"]] == [names[staff("ADMIN").email]] * 2


def test_a_back_test_raises_nothing(call: Call, rule: str, superuser: psycopg.Connection) -> None:
    sick(superuser, 2)
    code, found = call("rules", "backtest", rule, "--days", "3")
    assert (code, set(found)) == (0, {"ruleId", "name", "action", "days", "from", "to", "alerts", "patients",
                                      "findsNow", "weeks", "items"})  # fmt: skip
    assert (found["days"], found["alerts"], found["patients"], found["findsNow"]) == (3, 2, 2, 2)
    assert [set(one) for one in found["items"]] == [{"patientId", "name", "alerts", "lastDay", "figure"}] * 2
    assert {(one["patientId"], one["name"], one["figure"]) for one in found["items"]} == {
        ("g-1", "Gil No 1", 300), ("g-2", "Gil No 2", 300)
    }  # fmt: skip
    assert sum(one["alerts"] for one in found["weeks"]) == 2
    assert active(superuser) == 0
    assert superuser.execute("SELECT count(*) FROM public.rule_executions").fetchall() == [(0,)]


@pytest.mark.parametrize("days", ["0", "367", "-1"])
def test_a_back_test_of_no_or_too_many_days_is_refused(call: Call, rule: str, days: str) -> None:
    code, refused = call("rules", "backtest", rule, "--days", days)
    assert (code, refused["error"], refused["field"]) == (1, "BadValue", "days")


def test_a_run_says_what_it_did(call: Call, rule: str, superuser: psycopg.Connection) -> None:
    sick(superuser, 2)
    code, found = call("rules", "run")
    assert (code, set(found)) == (0, RAN)
    assert {key: found[key] for key in ("rules", "executions", "triggered", "alerts", "held", "unreadable")} == {
        "rules": 1, "executions": 2, "triggered": 2, "alerts": 2, "held": 0, "unreadable": 0,
    }  # fmt: skip
    (part,) = found["parts"]
    assert (part["ruleId"], part["state"], part["raised"], part["alerts"]) == (rule, "RAISED", 2, 2)
    assert active(superuser) == 2


def test_a_run_looks_back_from_the_instant_that_is_said(call: Call, rule: str, superuser: psycopg.Connection) -> None:
    sick(superuser, 2, hours=3)
    before = (datetime.now(UTC) - timedelta(hours=5)).isoformat()
    assert call("rules", "run", "--at", before)[1]["triggered"] == 0
    since = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    assert call("rules", "run", "--at", since)[1]["triggered"] == 2
    code, refused = call("rules", "run", "--at", (datetime.now(UTC) + timedelta(hours=1)).isoformat())
    assert (code, refused["error"], refused["field"]) == (1, "BadValue", "at")
    assert call("rules", "run", "--at", "yesterday")[0] == 2


def test_what_is_held_is_raised_and_withdrawn(call: Call, rule: str, superuser: psycopg.Connection) -> None:
    sick(superuser, 21)
    assert call("rules", "held") == (0, {"items": [], "more": False})
    ran = call("rules", "run")[1]
    assert (ran["held"], ran["alerts"], ran["triggered"]) == (1, 0, 21)
    code, found = call("rules", "held")
    (part,) = found["items"]
    assert (code, set(part)) == (0, {"runId", "ruleId", "name", "triggered", "limit", "runAt"})
    assert (part["runId"], part["ruleId"], part["name"], part["triggered"], part["limit"]) == (
        ran["runId"], rule, "Sugar", 21, 20
    )  # fmt: skip
    told = ("rules", "decide", ran["runId"], rule)
    code, refused = call(*told, "WITHDRAW")
    assert (code, refused["error"]) == (1, "AlreadyDecided"), "nothing was raised yet"
    assert call(*told, "raise") == (0, {"runId": ran["runId"], "ruleId": rule, "state": "RAISED", "raised": 21})
    assert active(superuser) == 21
    assert call("rules", "held")[1]["items"] == []
    for decision in ("RAISE", "DROP"):
        code, refused = call(*told, decision)
        assert (code, refused["error"]) == (1, "AlreadyDecided")
    code, withdrawn = call(*told, "WITHDRAW")
    assert (code, withdrawn["state"], active(superuser)) == (0, "WITHDRAWN", 0)


def test_what_is_held_is_dropped(call: Call, rule: str, superuser: psycopg.Connection) -> None:
    sick(superuser, 21)
    told = ("rules", "decide", call("rules", "run")[1]["runId"], rule)
    code, refused = call(*told, "PERHAPS")
    assert (code, refused["error"], refused["field"]) == (1, "BadValue", "decision")
    code, dropped = call(*told, "DROP")
    assert (code, dropped["state"], dropped["raised"], active(superuser)) == (0, "DROPPED", 0, 0)
    assert call("rules", "held")[1]["items"] == []
    code, refused = call("rules", "decide", "no-such-run", rule, "DROP")
    assert (code, refused["error"]) == (1, "NoRun")


@pytest.mark.parametrize("role", ["PROVIDER", "MEDICAL_ASSISTANT"])
def test_only_an_admin_changes_runs_and_decides(call: Call, rule: str, role: str) -> None:
    for words in (("run",), ("enable", rule), ("disable", rule), ("backtest", rule), ("decide", "r", rule, "DROP")):
        code, refused = call("rules", *words, role=role)
        assert (code, refused["error"]) in {(1, "NotAllowed"), (1, "NoRule")}, words
    assert call("rules", "show", rule)[1]["enabled"] is True


def test_rules_by_rpc(call: Call, rule: str, superuser: psycopg.Connection) -> None:
    sick(superuser, 21)
    asked = [
        {"id": 1, "do": "rules list"}, {"id": 2, "do": "rules show", "args": {"rule": "sugar"}},
        {"id": 3, "do": "rules run"}, {"id": 4, "do": "rules held"},
        {"id": 5, "do": "rules backtest", "args": {"rule": rule, "days": 1}},
        {"id": 6, "do": "rules versions", "args": {"rule": rule}},
        {"id": 7, "do": "rules decide", "args": {"runId": "none", "ruleId": rule, "decision": "DROP"}},
        {"id": 8, "do": "rules disable", "args": {"rule": rule}},
    ]  # fmt: skip
    lines = io.StringIO("".join(json.dumps(one) + "\n" for one in asked))
    out = io.StringIO()
    with Session(SessionOptions.from_environment(email=staff("ADMIN").email), lambda _text: None) as session:
        serve(session.workspace(), lines, out)
    answers = {one["id"]: one for one in map(json.loads, out.getvalue().splitlines())}
    assert [number for number, one in answers.items() if not one["ok"]] == [7]
    assert set(answers[1]["result"]["items"][0]) == set(answers[2]["result"]) == SHOWN
    assert (set(answers[3]["result"]), answers[3]["result"]["held"]) == (RAN, 1)
    assert answers[4]["result"]["items"][0]["runId"] == answers[3]["result"]["runId"]
    assert answers[5]["result"]["findsNow"] == 21
    assert answers[6]["result"]["items"][0]["number"] == 1
    assert answers[8]["result"] == {"ruleId": rule, "enabled": False}

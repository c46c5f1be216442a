"""A run of the rules at a workstation that may work offline: two at a time, and others' commands are not held up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from app.commands.drafts import SaveDraft
from app.commands.rules import SaveRule
from app.domain.rules import RuleMetric, RuleSeverity
from app.kernel.errors import Unavailable
from app.workspace.rule_runs import LANES, run_rules
from app.workspace.workspace import ClinicProfile, Workspace
from tests.support.desk import CLINIC, NOW, ZONE, Desk
from tests.support.station import Station
from tests.support.waiting import eventually
from tests.sync.conftest import Enter

_WAITING = text(
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


def workspace_at(one: Station) -> Workspace:
    """What the window works through; the test's station closes the store."""
    profile = ClinicProfile(CLINIC, "Harbor Street", ZONE, "en", False, 15, 5, "US")
    return Workspace(one.store, one.actor, profile, one.clock, one.name)


def a_rule(ws: Workspace, name: str) -> None:
    ws.execute(SaveRule(name=name, metric=RuleMetric.GLUCOSE, window_days=7, severity=RuleSeverity.WARN, enabled=True,
                        condition={"op": ">", "threshold": 250}))  # fmt: skip


@pytest.fixture
def rules(station: Enter, clinic: Desk) -> tuple[Station, Workspace]:
    """The ADMIN at an enrolled workstation, with three rules that find Zygmunt Lis."""
    with clinic.session() as session:
        session.execute(text("INSERT INTO measurements (id, patient_id, type, value, timestamp, source) VALUES"
                             " ('m-1', 'pat-lis', 'GLUCOSE', '300', :at, 'MANUAL')"),
                        {"at": NOW.replace(tzinfo=None, hour=1)})  # fmt: skip
    one = station("ws-admin", "admin")
    ws = workspace_at(one)
    for number in range(LANES + 1):
        a_rule(ws, f"Rule {number}")
    return one, ws


def test_rules_run_two_at_a_time_and_nothing_waits_for_them(rules: tuple[Station, Workspace], clinic: Desk) -> None:
    one, ws = rules
    with ThreadPoolExecutor(1) as beside:
        with clinic.session() as session:
            lock = text("SELECT pg_advisory_xact_lock(hashtextextended('mha.rule_raise clinic-1', 0))")
            session.execute(lock)
            running = beside.submit(run_rules, ws)
            eventually(lambda: session.execute(_WAITING).scalar_one() == LANES)
            ws.execute(SaveDraft(kind="booking", subject="s", title="T", body={}, draft_id="d-1"))
            assert one.store.online
            assert clinic.rows(text("SELECT count(*) FROM desktop.draft"))[0][0] == 1, "it went to the server"
        report = running.result()
    assert report is not None
    assert (report.rules, report.alerts) == (LANES + 1, LANES + 1)


def test_without_the_server_it_is_said(rules: tuple[Station, Workspace]) -> None:
    one, ws = rules
    one.cut()
    with pytest.raises(Unavailable):
        run_rules(ws)
    one.remote.cut(False)

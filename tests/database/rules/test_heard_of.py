"""A run, and what is decided of it, is heard of at another administrator's window, though it is in no feed itself."""

from __future__ import annotations

from queue import SimpleQueue

import psycopg
import pytest

from app.commands.rules import DecideRuleRun
from app.domain.rail import COUNTED_TABLES
from app.queries.counts import rail_counts
from app.queries.rules import run_parts
from app.ui.areas.rules.page import RulesPage
from app.workspace.changes import ChangeSet
from app.workspace.workspace import Workspace
from tests.database.rules.test_runs import a_rule, people, run, sugar
from tests.support.postgres import Server
from tests.support.signed_in import signed_in

LONG = 30


class Colleague:
    """Another administrator, whose rules page asks anew when something that it watches has changed."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.heard: SimpleQueue[ChangeSet] = SimpleQueue()
        workspace.changed.subscribe(self._hear)

    def _hear(self, changes: ChangeSet) -> None:
        if changes.touches(RulesPage.watches) and changes.touches(COUNTED_TABLES):
            self.heard.put(changes)

    def held(self) -> int:
        """How many parts wait for a decision, once the page asked anew."""
        self.heard.get(timeout=LONG)
        while not self.heard.empty():
            self.heard.get()
        return len(self.workspace.ask(run_parts, held=True))


@pytest.mark.parametrize("decision", ["RAISE", "DROP"])
def test_a_colleague_sees_what_is_held_and_what_became_of_it(
    admin: Workspace, server: Server, clinic_db: str, superuser: psycopg.Connection, decision: str
) -> None:
    people(superuser, 30)
    sugar(superuser, admin, 300, 30)
    rule = a_rule(admin)
    with signed_in(server, clinic_db, "ADMIN") as workspace:  # after the rule was made: that isn't heard of any more
        colleague = Colleague(workspace)
        workspace.go_live()
        assert workspace.ask(rail_counts)["rules"] == 0
        report = run(admin)
        assert colleague.held() == 1
        assert workspace.ask(rail_counts)["rules"] == 1, "the number stands in the rail before the area was opened"
        admin.execute(DecideRuleRun(run_id=report.run_id, rule_id=rule, decision=decision))
        assert colleague.held() == 0
        assert workspace.ask(rail_counts)["rules"] == 0

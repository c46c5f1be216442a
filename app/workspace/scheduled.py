"""What the program does by itself where any window is open: alerts that waited, rules that are due, summaries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from app.commands.rule_schedule import ClaimSummaries
from app.domain.enums import Role
from app.kernel.errors import Cancelled
from app.kernel.i18n import t
from app.queries.alerts import escalate_alerts
from app.queries.rules import rules_due
from app.workspace.rule_runs import RunReport, run_rules
from app.workspace.summaries import run_summaries
from app.workspace.workspace import Workspace

_MAKES_SUMMARIES = frozenset({Role.ADMIN, Role.PROVIDER})


class Scheduled:
    """One turn a minute; the database computes what is due and lets one program of the clinic have it."""

    def __init__(self, workspace: Workspace, stopped: Callable[[], bool] = lambda: False) -> None:
        self._workspace = workspace
        self._stopped = stopped
        self._asked: date | None = None

    def turn(self) -> None:
        """Do what is due; nothing without a server, and nothing twice."""
        if not self._workspace.answered:
            return
        self._workspace.ask(escalate_alerts)
        self.run_rules()
        self.make_summaries()

    def run_rules(self) -> RunReport | None:
        """Run the rules if they are due and nobody else has begun."""
        due = self._workspace.ask(rules_due)
        if due is None:
            return None
        return run_rules(self._workspace, scheduled_for=due, progress=self._step)

    def make_summaries(self) -> date | None:
        """Make last week's summaries if nobody has; returns the week when this program made them."""
        workspace = self._workspace
        today = workspace.reader().today
        if today == self._asked or not workspace.actor.roles & _MAKES_SUMMARIES:
            return None
        said = workspace.execute(ClaimSummaries(), undoable=False).result["week"]
        if said is None:
            self._asked = today  # made, or somebody is at it: asked again tomorrow
            return None
        week = date.fromisoformat(said)
        run_summaries(workspace, week, progress=self._step)
        workspace.execute(ClaimSummaries(done=True), undoable=False)
        return week

    def _step(self, *_step: object) -> None:
        if self._stopped():
            raise Cancelled("Cancelled", t("Stopped."))

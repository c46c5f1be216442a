"""Running a clinic's rules rule by rule, with progress, and trying a rule on the last days."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.commands.rules import BeginRuleRun, EndRuleRun, RunRule
from app.domain.rule_trial import Trial, count_trial
from app.domain.rules import RuleAction, RuleOp, figure_triggers, loosest
from app.kernel.errors import AppError, Conflict
from app.kernel.ids import new_uuid
from app.queries.rules import try_rule
from app.workspace.workspace import Workspace

LANES = 2
"""So many rules are evaluated at a time, each on a connection and by a process of the server's of its own."""
Progress = Callable[[int, int, str], None]
"""Told how much is done of how much, and what comes next; may raise to break off."""


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did; ``parts`` in the order of the rules, as RunRule answers; GONE: deleted or switched off since."""

    run_id: str
    rules: int
    patients: int
    executions: int
    triggered: int
    alerts: int
    held: int
    unreadable: int
    seconds: float
    parts: tuple[Mapping[str, Any], ...]

    def to_json(self) -> dict[str, Any]:
        """Return the shape of ``rules run``."""
        return {
            "rules": self.rules, "patients": self.patients, "executions": self.executions, "triggered": self.triggered,
            "alerts": self.alerts, "held": self.held, "unreadable": self.unreadable, "seconds": round(self.seconds, 3),
            "runId": self.run_id, "parts": [dict(part) for part in self.parts],
        }  # fmt: skip


def run_rules(
    ws: Workspace,
    *,
    at: datetime | None = None,
    scheduled_for: datetime | None = None,
    progress: Progress | None = None,
) -> RunReport | None:
    """Evaluate all enabled rules as of ``at`` (aware; default now). None when another program claimed a scheduled run.

    Each rule is a transaction of its own; they begin in the order of their priority. Breaking off between two leaves
    what is done, waits for what is under way, and marks the run as failed.
    """
    began = time.monotonic()
    run_id = new_uuid()
    run_at = at or ws.clock.now()
    rules = ws.execute(BeginRuleRun(run_id=run_id, run_at=run_at, scheduled_for=scheduled_for)).result["rules"]
    if not rules and scheduled_for is not None:
        try:  # no rules are on, or the run is somebody else's: then there is nothing of ours to end
            ws.execute(EndRuleRun(run_id=run_id))
        except AppError as error:
            if error.code != "NoRun":
                raise
        return None
    try:
        parts = _run_parts(ws, run_id, rules, progress)
    except AppError:
        ws.execute(EndRuleRun(run_id=run_id, failed=True))
        raise
    totals = ws.execute(EndRuleRun(run_id=run_id)).result
    return RunReport(
        run_id, len(rules), totals["patients"], totals["executions"], totals["triggered"], totals["alerts"],
        totals["held"], totals["unreadable"], time.monotonic() - began, parts,
    )  # fmt: skip


def _run_parts(
    ws: Workspace, run_id: str, rules: Sequence[Mapping[str, str]], progress: Progress | None
) -> tuple[Mapping[str, Any], ...]:
    """Evaluate the rules, some side by side; returns what became of each, in their order."""
    parts: list[Future[Mapping[str, Any]]] = []
    with ThreadPoolExecutor(LANES, thread_name_prefix="rules") as lanes:  # leaving it waits for what is under way
        under_way: set[Future[Mapping[str, Any]]] = set()
        for place, rule in enumerate(rules):
            if len(under_way) == LANES:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for one in done:
                    one.result()  # the first failure breaks the run off
            if progress is not None:
                progress(place, len(rules), rule["name"])
            parts.append(lanes.submit(_run_part, ws, RunRule(run_id=run_id, rule_id=rule["ruleId"])))
            under_way.add(parts[-1])
        return tuple(part.result() for part in parts)


def _run_part(ws: Workspace, command: RunRule) -> Mapping[str, Any]:
    try:
        return ws.execute_beside(command).result
    except Conflict as error:
        if error.code != "Gone":  # a patient or the rule itself was deleted while it was evaluated: once more without
            raise
    return ws.execute_beside(command).result


def back_test(
    ws: Workspace, rule: Mapping[str, Any], *, action: str = RuleAction.ALERT, days: int = 90,
    progress: Progress | None = None,
) -> Trial:  # fmt: skip
    """Say what a rule {metric, windowDays, condition} would have raised on the last days, one evaluation a day.

    Read only. Each day is judged at the present time of day, on the clinic's wall.
    """
    return count_trial(_days_of(ws, rule, days, progress), _quiet(rule, action))


def _quiet(rule: Mapping[str, Any], action: str) -> int | None:
    """A message that was sent keeps the rule from the next one for its window (desktop.rule_open)."""
    return int(rule["windowDays"]) if action == RuleAction.ASSIGN_CONTENT else None


def back_tests(
    ws: Workspace, rule: Mapping[str, Any], thresholds: Sequence[float], *, action: str = RuleAction.ALERT,
    days: int = 90, progress: Progress | None = None,
) -> Mapping[float, Trial]:  # fmt: skip
    """Say it for several thresholds at once: the loosest is evaluated, the others are decided by its figures."""
    op = RuleOp(rule["condition"]["op"])
    body = {**rule, "condition": {**rule["condition"], "threshold": loosest(op, thresholds)}}
    found = _days_of(ws, body, days, progress)
    return {
        threshold: count_trial([
            (day, {who: figure for who, figure in people.items() if figure_triggers(op, figure, threshold)})
            for day, people in found
        ], _quiet(rule, action))
        for threshold in thresholds
    }  # fmt: skip


def _days_of(
    ws: Workspace, rule: Mapping[str, Any], days: int, progress: Progress | None
) -> list[tuple[date, Mapping[str, float | None]]]:
    wall = ws.clock.now().astimezone(ws.clinic.zone)
    found: list[tuple[date, Mapping[str, float | None]]] = []
    for back in range(days, -1, -1):
        if progress is not None:
            progress(days - back, days + 1, "")
        day = wall.date() - timedelta(days=back)
        at = wall.replace(year=day.year, month=day.month, day=day.day).astimezone(UTC)
        tried = ws.ask(try_rule, rule=rule, at=at)
        found.append((day, {one.patient_id: one.figure for one in tried}))
    return found

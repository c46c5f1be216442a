"""Rules and weekly summaries: looked after at the server only."""

from __future__ import annotations

from app.commands.core import Command
from app.commands.rule_schedule import ClaimSummaries, SetRuleSchedule
from app.commands.rules import BeginRuleRun, DecideRuleRun, EnableRule, EndRuleRun, RunRule, SaveRule
from app.commands.summaries import MakeSummaries
from app.domain.rules import RuleMetric, RuleSeverity
from tests.support.desk import DAY, NOW

RULES_SERVER_ONLY: tuple[Command, ...] = (
    SaveRule(name="High", metric=RuleMetric.BP, window_days=7, condition={"op": ">", "threshold": 140},
             severity=RuleSeverity.WARN),
    EnableRule(rule_id="rule-1", enabled=True),
    BeginRuleRun(run_at=NOW),
    RunRule(run_id="run-1", rule_id="rule-1"),
    EndRuleRun(run_id="run-1"),
    DecideRuleRun(run_id="run-1", rule_id="rule-1", decision="DROP"),
    SetRuleSchedule(every="day"),
    ClaimSummaries(),
    MakeSummaries(week=DAY, due={}),
)  # fmt: skip

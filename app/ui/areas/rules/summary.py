"""The line beside the area's title: how many rules, how many are on, when they last ran; what a run raised."""

from __future__ import annotations

from app.kernel.i18n import t, tn
from app.ui.areas.rules.desk import RulesState
from app.ui.parts.words import clock, day_inside
from app.ui.work import ShellApi
from app.workspace.rule_runs import RunReport


def summary_words(state: RulesState, api: ShellApi) -> str:
    """Return "9 rules, 6 on · last run today 06:00"."""
    on = sum(one.enabled for one in state.rules)
    count = tn("{n} rule, {on} on", "{n} rules, {on} on", len(state.rules), on=on)
    if not state.runs:
        return count
    local = state.runs[0].started_at.astimezone(api.zone)
    when = f"{day_inside(local.date(), api.workspace.reader().today)} {clock(local, api.zone)}"
    return f"{count} · {t('last run {when}', when=when)}"


def ran_words(report: RunReport) -> str:
    """Return what a run raised: "3 alerts raised · 2 messages and tasks"."""
    alerts = report.alerts
    others = sum(part.get("raised", 0) for part in report.parts) - alerts  # a visit is suggested with an alert
    said = [tn("{count} alert raised", "{count} alerts raised", alerts, count=f"{alerts:,}")]
    if others > 0:
        said.append(tn("{count} message or task", "{count} messages and tasks", others, count=f"{others:,}"))
    return " · ".join(said if alerts or others <= 0 else said[1:])

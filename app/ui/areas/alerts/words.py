"""Alerts in words: how severe, since when, until when, what raised them."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.domain.alert_facts import AlertFacts
from app.domain.rules import DEFAULT_TREND, Aggregate, RuleOp
from app.domain.vitals_metrics import UNIT_TEXT, Metric, metric_title, value_text
from app.kernel.i18n import t, tn
from app.queries.alerts import AlertRow, EarlierAlert
from app.ui.parts.patient_values import date_text
from app.ui.parts.words import clock, day_inside
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.lists import ChipSpec

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)


def severity_word(severity: str) -> str:
    """Return a severity in words; an unknown one as it is."""
    return {"CRITICAL": t("Critical"), "WARNING": t("Warning"), "INFO": t("Information")}.get(severity, severity)


_RESULT = "Critical result: "
"""How the server begins the title of an alert about a laboratory's result, in whatever language people read it."""


def title_word(alert: AlertRow) -> str:
    """Return the alert's heading: its writer's own words; the server's in the person's language."""
    head, sign, test = alert.title.partition(_RESULT)
    return t("Critical result: {test}", test=test) if sign and not head else alert.title


def severity_chip(severity: str) -> ChipSpec:
    """Return the chip of a severity: colour never alone."""
    kinds = {"CRITICAL": StatusKind.CRITICAL, "WARNING": StatusKind.ARRIVED}
    icons = {"CRITICAL": "warn", "WARNING": "bell"}
    return ChipSpec(severity_word(severity), icons.get(severity, "info"), kinds.get(severity))


def span_word(span: timedelta) -> str:
    """Return a stretch of time as people say it: "12 min", "5 h", "3 days"."""
    if span < _HOUR:
        return t("{n} min", n=max(0, span // timedelta(minutes=1)))
    if span < 2 * _DAY:
        return t("{n} h", n=span // _HOUR)
    return tn("{n} day", "{n} days", span // _DAY)


def day_clock(at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """Return an instant on the clinic's wall: "today 10:42", "Mon 4 May 08:00"."""
    local, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    day = day_inside(local, today) if local.year == today.year else date_text(local)
    return f"{day} {clock(at, zone)}"


def clock_word(alert: AlertRow, now: datetime, zone: ZoneInfo) -> str:
    """Return what the escalation clock says: "escalates in 12 min", "waited too long"; empty without one."""
    if alert.snoozed_until is not None and alert.snoozed_until > now:
        return t("sleeps until {time}", time=day_clock(alert.snoozed_until, now, zone))
    if alert.escalates_at is None:
        return ""
    left = alert.escalates_at - now
    return t("waited too long") if left <= timedelta(0) else t("escalates in {time}", time=span_word(left))


def told_word(alert: AlertRow, now: datetime, zone: ZoneInfo) -> str:
    """Return since when everybody knows of one that waited too long; empty before that, and after it slept."""
    told, slept = alert.escalated_at, alert.snoozed_until
    if told is None or (slept is not None and told < slept):
        return ""
    return t("everybody's since {time}", time=day_clock(told, now, zone))


def owner_word(alert: AlertRow, me: str) -> str:
    """Return whose it is."""
    if alert.owner_user is None:
        return t("nobody's yet")
    return t("mine") if alert.owner_user == me else alert.owner_name or t("a colleague's")


def end_word(alert: AlertRow, now: datetime, zone: ZoneInfo) -> str:
    """Return how and when an alert was closed, and why; empty while it waits."""
    word = {"RESOLVED": t("settled"), "DISMISSED": t("dismissed")}.get(alert.status)
    if word is None or alert.resolved_at is None:
        return ""
    return " · ".join(filter(None, (f"{word} {day_clock(alert.resolved_at, now, zone)}", alert.close_reason)))


def gone_word(alert: AlertRow, me: str, now: datetime, zone: ZoneInfo) -> str:
    """Return what a colleague did with an alert: closed it, put it off, gave it to somebody."""
    sleeps = alert.snoozed_until is not None and alert.snoozed_until > now
    asleep = clock_word(alert, now, zone) if sleeps else ""
    return end_word(alert, now, zone) or asleep or t("Whose: {owner}", owner=owner_word(alert, me))


def repeat_word(alert: AlertRow, zone: ZoneInfo, now: datetime) -> str:
    """Return "3rd since Mon 4 May", or nothing for a first one."""
    if not alert.repeats or alert.first_at is None:
        return ""
    return t("no. {n} since {day}", n=alert.repeats + 1, day=_day(alert.first_at, zone, now))


def _day(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    local, today = at.astimezone(zone).date(), now.astimezone(zone).date()
    return day_inside(local, today) if local.year == today.year else date_text(local)


def earlier_word(one: EarlierAlert) -> str:
    """Return what became of an earlier alert."""
    word = {"ACTIVE": t("still open"), "RESOLVED": t("settled"), "DISMISSED": t("dismissed")}.get(
        one.status, one.status
    )
    return " · ".join(filter(None, (word, one.closed_by_name, one.close_reason)))


def metric_word(facts: AlertFacts) -> str:
    """Return what was measured."""
    if facts.metric is None:
        return ""
    title = metric_title(facts.metric)
    if facts.metric is Metric.BLOOD_PRESSURE:
        low = facts.condition is not None and facts.condition.component == "diastolic"
        return t("{metric}, diastolic", metric=title) if low else t("{metric}, systolic", metric=title)
    return title


def _value(metric: Metric, value: float) -> str:
    return f"{value_text(metric, round(value, 1))} {UNIT_TEXT[metric]}".strip()


def last_word(alert: AlertRow, facts: AlertFacts, zone: ZoneInfo) -> str:
    """Return the last reading before one was missed, with its day; empty when it isn't known."""
    if facts.never:
        return t("None has come yet.")
    if facts.last is None or facts.metric is None:
        return ""
    at, value = facts.last
    day = at.astimezone(zone).date()
    days = max(0, (alert.created_at.astimezone(zone).date() - day).days)
    return t("The last one: {day} ({time} before), {value}.", day=date_text(day), value=_value(facts.metric, value),
             time=tn("{n} day", "{n} days", days))  # fmt: skip


def why_word(alert: AlertRow, facts: AlertFacts, zone: ZoneInfo) -> str:
    """Return in the person's language why the alert was raised; as its writer said it where that can't be read."""
    if facts.test and facts.order_id:
        return t("A result of {test} is critical. Open the results and act.", test=facts.test)
    condition, metric, days = facts.condition, facts.metric, facts.window_days
    if condition is None or metric is None or days is None:
        return alert.body
    name, within = metric_word(facts), tn("{n} day", "{n} days", days)
    if condition.op is RuleOp.MISSING:
        said = t("{metric}: no reading within {time}.", metric=name, time=within)
        return " ".join(filter(None, (said, last_word(alert, facts, zone))))
    if facts.figure is None:
        return alert.body
    count = tn("{n} reading", "{n} readings", facts.readings or 0)
    if condition.op in (RuleOp.TREND_UP, RuleOp.TREND_DOWN):
        limit = condition.threshold if condition.threshold is not None else DEFAULT_TREND
        values = {"metric": name, "figure": f"{abs(facts.figure):.1f}", "time": within, "count": count,
                  "limit": f"{limit:g}"}  # fmt: skip
        if condition.op is RuleOp.TREND_UP:
            return t("{metric} rose by {figure} % within {time} ({count}); the rule says {limit} % or more.", **values)
        return t("{metric} fell by {figure} % within {time} ({count}); the rule says {limit} % or more.", **values)
    which = {Aggregate.AVERAGE: t("on average"), Aggregate.ANY: t("at the most extreme"),
             Aggregate.LATEST: t("at the last reading")}[condition.aggregate]  # fmt: skip
    above = condition.op is RuleOp.ABOVE
    limit_text = _value(metric, condition.threshold or 0)
    side = t("above {value}", value=limit_text) if above else t("below {value}", value=limit_text)
    return t("{metric} is {figure} {which} within {time} ({count}), {side}.", metric=name, which=which, time=within,
             figure=_value(metric, facts.figure), count=count, side=side)  # fmt: skip


def rule_word(facts: AlertFacts) -> str:
    """Return which rule raised it: name and version; empty when none did."""
    if not facts.rule_name:
        return ""
    if facts.rule_version:
        return t("Rule “{name}”, version {n}", name=facts.rule_name, n=facts.rule_version)
    return t("Rule “{name}”", name=facts.rule_name)

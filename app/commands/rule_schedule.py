"""When a clinic's rules run by themselves. The database computes what is due (94_rule_schedule.sql)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import func, select, update

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.models import ClinicSettings
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t

EVERY = ("never", "hour", "day", "week")
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRuleSchedule(Command):
    """Let the rules run every ``hour``, ``day`` or ``week`` (Mondays) at ``at`` on the clinic's wall, or ``never``."""

    every: str
    at: str = "06:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimSummaries(Command):
    """Claim the making of last week's summaries for this program, or say that they are ``done``."""

    done: bool = False


@handles(SetRuleSchedule, permission=Permission.EDIT_RULES, offline=False)
def set_rule_schedule(cmd: SetRuleSchedule, ctx: Context) -> Outcome:
    """Keep it among the clinic's settings; nothing is due from before that moment."""
    if cmd.every not in EVERY:
        raise Refused("BadValue", t("Say hour, day, week or never."), field="every")
    if not _CLOCK.fullmatch(cmd.at):
        raise Refused("BadValue", t("Write the time as 06:00."), field="at")
    statement = select(ClinicSettings.settings, ClinicSettings.updated_at)
    row = ctx.first(ctx.lock(statement.where(ClinicSettings.clinic_id == ctx.actor.clinic_id)))
    if row is None:
        raise Conflict("Gone", t("This clinic is no longer there."))
    kept = row.settings if isinstance(row.settings, dict) else {}
    before = kept.get("rules")
    since = ctx.occurred_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    rules = {**(before if isinstance(before, dict) else {}), "every": cmd.every, "at": cmd.at, "since": since}
    ctx.emit(
        update(ClinicSettings).where(ClinicSettings.clinic_id == ctx.actor.clinic_id)
        .values(settings={**kept, "rules": rules}, updated_at=ctx.stamp(row.updated_at))
    )  # fmt: skip
    return Outcome(result={"every": cmd.every, "at": cmd.at},
                   changes=(Change("clinic_settings", ctx.actor.clinic_id),))  # fmt: skip


@handles(ClaimSummaries, offline=False)
def claim_summaries(cmd: ClaimSummaries, ctx: Context) -> Outcome:
    """Let the database say which week is this program's to make; None when there is none."""
    row = ctx.first(select(func.desktop.summaries_claim(cmd.done).label("week")))
    week = row.week if row is not None else None
    return Outcome(result={"week": week.isoformat() if week is not None else None})

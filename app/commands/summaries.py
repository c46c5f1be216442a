"""Weekly summaries of all patients, a part at a time. On the clinic's server only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Date, func, literal, select

from app.commands.core import Change, Command, Context, Outcome, handles
from app.db.types import Json
from app.kernel.errors import Refused
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSummaries(Command):
    """Make or renew the summaries of the week that begins on a Monday, for the next patients after an id.

    ``due`` says how often a week a task of a care plan is due, by the words of its frequency.
    """

    week: date
    due: Mapping[str, int]
    after: str = ""
    limit: int = 5000


@handles(MakeSummaries, offline=False, seconds=60.0)
def make_summaries(cmd: MakeSummaries, ctx: Context) -> Outcome:
    """Let the database make them; an ADMIN or PROVIDER may."""
    if cmd.week.weekday() != 0:
        raise Refused("NotMonday", t("A week begins on a Monday."), field="week")
    call = func.desktop.make_summaries(
        literal(cmd.week, Date()), literal(dict(cmd.due), Json()), cmd.after, cmd.limit
    ).table_valued("next_after", "patients", "written")
    row = ctx.first(select(call.c.next_after, call.c.patients, call.c.written))
    found = {"next": None, "patients": 0, "written": 0} if row is None else {
        "next": row.next_after, "patients": row.patients, "written": row.written}  # fmt: skip
    return Outcome(result=found, changes=(Change("weekly_summaries", cmd.week.isoformat()),))

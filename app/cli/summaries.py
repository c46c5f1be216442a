"""``summaries …``: a week in figures for every patient; one patient's weeks, and one of them as a message."""

from __future__ import annotations

import sys
from datetime import date
from typing import Any

from app.cli.living import living
from app.cli.verbs import verb
from app.commands.messages import SendMessage
from app.domain.weekly import FIGURES
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.weekly import WEEKS, WeekRow, weekly_summaries
from app.workspace.summaries import run_summaries
from app.workspace.workspace import Workspace


@verb("summaries run")
def run(ws: Workspace, week: date) -> dict[str, Any]:
    """Make or renew the summaries of the week in which --week D lies, Monday to Sunday, for all patients."""
    return run_summaries(ws, week, progress=_tell).to_json()


@verb("summaries list", positional=("patient",))
def list_weeks(ws: Workspace, patient: str, limit: int = WEEKS, cursor: str | None = None) -> dict[str, Any]:
    """List a patient's weeks, newest first, with their figures and recommendations."""
    living(ws, patient)
    page = ws.ask(weekly_summaries, patient_id=patient, cursor=cursor, limit=limit)
    return {"items": [_item(one) for one in page.items], "more": page.more, "cursor": page.cursor}


@verb("summaries send", positional=("patient",))
def send(ws: Workspace, patient: str, week: date, subject: str = "") -> dict[str, Any]:
    """Send the summary of the week in which --week D lies to the patient, in the words that the window proposes."""
    from app.documents.week_message import summary_message  # noqa: PLC0415 - Qt is loaded for papers only

    text = summary_message(week_of(ws, patient, week))
    command = SendMessage(text=text, patient_id=patient, subject=subject or t("Your week"))
    return {**ws.execute(command).result, "text": text}


def week_of(ws: Workspace, patient: str, day: date) -> WeekRow:
    """Return a patient's summary of the week in which a day lies; a merged record's only where there is no other."""
    cursor: str | None = None
    while True:
        page = ws.ask(weekly_summaries, patient_id=patient, cursor=cursor)
        found = [one for one in page.items if one.first <= day <= one.last]
        if found:
            return min(found, key=lambda one: one.merged)
        if not page.more or page.items[-1].first < day:
            raise Refused("NoSummary", t("There is no summary of this week yet."), field="week")
        cursor = page.cursor


def _item(one: WeekRow) -> dict[str, Any]:
    figures = {
        key: {"value": found.value, "second": found.second, "change": found.change, "words": found.words}
        for key in FIGURES if (found := one.figures.figures.get(key)) is not None
    }  # fmt: skip
    return {
        "id": one.id, "weekStart": one.first.isoformat(), "weekEnd": one.last.isoformat(), "figures": figures,
        "recommendations": list(one.figures.recommendations), "unreadable": list(one.figures.unreadable),
        "merged": one.merged,
    }  # fmt: skip


def _tell(done: int) -> None:
    sys.stderr.write(f"{done} …\n")

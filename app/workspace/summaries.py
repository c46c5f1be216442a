"""Making a week's summaries for every patient, part by part, with progress."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from app.commands.summaries import MakeSummaries
from app.domain.frequencies import read_rate
from app.domain.rule_trial import monday_of
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.summaries import task_frequencies
from app.workspace.workspace import Workspace

PART = 5000
Progress = Callable[[int], None]
"""Told how many patients are done; may raise to break off."""


@dataclass(frozen=True, slots=True)
class SummaryReport:
    """A week's summaries: for how many patients, how many of them were new or changed."""

    week: date
    patients: int
    written: int
    seconds: float

    def to_json(self) -> dict[str, Any]:
        """Return the shape of ``summaries run``."""
        end = self.week + timedelta(days=6)
        return {"weekStart": self.week.isoformat(), "weekEnd": end.isoformat(), "patients": self.patients,
                "written": self.written, "seconds": round(self.seconds, 3)}  # fmt: skip


def run_summaries(ws: Workspace, day: date, *, progress: Progress | None = None, part: int = PART) -> SummaryReport:
    """Make the summaries of the week of ``day`` (Monday to Sunday in the clinic's zone) for all patients.

    Every part is a transaction of its own; doing it again renews what changed and nothing else. Raises ``Refused``
    "WeekAhead" for a week that hasn't begun.
    """
    began = time.monotonic()
    week = monday_of(day)
    if week > ws.reader().today:
        raise Refused("WeekAhead", t("That week hasn't begun yet."), field="week")
    due = {words: rate.due(7) for words in ws.ask(task_frequencies) if (rate := read_rate(words)) is not None}
    patients = written = 0
    after: str | None = ""
    while after is not None:
        done = ws.execute(MakeSummaries(week=week, due=due, after=after, limit=part)).result
        patients += done["patients"]
        written += done["written"]
        after = done["next"]
        if progress is not None:
            progress(patients)
    return SummaryReport(week, patients, written, time.monotonic() - began)

"""``reports …``: an ADMIN's figures of a period, as JSON or as a CSV file."""

from __future__ import annotations

from datetime import date
from typing import Any

from app.cli.exports import write_file
from app.cli.verbs import verb
from app.domain.csv_text import csv_text
from app.domain.reports import Period, PeriodKind, ReportKind, period_of
from app.queries.reports import Report, ReportRow, report, report_table
from app.workspace.workspace import Workspace

_DAYS = {"first": "--from", "last": "--to"}


@verb("reports visits", names=_DAYS)
def visits(ws: Workspace, first: date | None = None, last: date | None = None, file: str | None = None) -> Any:
    """Count visits by provider and status; this month unless --from and --to are given."""
    return _made(ws, ReportKind.VISITS, first, last, file)


@verb("reports missed", names=_DAYS)
def missed(ws: Workspace, first: date | None = None, last: date | None = None, file: str | None = None) -> Any:
    """Count who did not arrive and who left before being seen, apart and together."""
    return _made(ws, ReportKind.MISSED, first, last, file)


@verb("reports over-time", names=_DAYS)
def over_time(ws: Workspace, first: date | None = None, last: date | None = None, file: str | None = None) -> Any:
    """Count visits by day, or by week beyond a month."""
    return _made(ws, ReportKind.OVER_TIME, first, last, file)


@verb("reports slots", names=_DAYS)
def slots(ws: Workspace, first: date | None = None, last: date | None = None, file: str | None = None) -> Any:
    """Say how much of the offered time was booked."""
    return _made(ws, ReportKind.SLOTS, first, last, file)


@verb("reports waiting", names=_DAYS)
def waiting(ws: Workspace, first: date | None = None, last: date | None = None, file: str | None = None) -> Any:
    """Say how long patients waited from check-in to the start of their visit."""
    return _made(ws, ReportKind.WAITING, first, last, file)


@verb("reports open")
def open_loops(ws: Workspace, file: str | None = None) -> Any:
    """Count what is open now, by age: results, referrals, follow-ups, drafts, alerts."""
    return _made(ws, ReportKind.OPEN, None, None, file)


def _made(ws: Workspace, kind: ReportKind, first: date | None, last: date | None, file: str | None) -> Any:
    month = period_of(PeriodKind.MONTH, first or ws.reader().today)
    found = ws.ask(report, kind=kind, period=Period(first or month.first, last or month.last))
    if file is not None:
        size = write_file(file, csv_text(report_table(found)))
        return {"file": file, "bytes": size, "rows": len(found.rows)}
    return _json(found)


def _json(found: Report) -> dict[str, Any]:
    total = None if found.total is None else dict(found.total.figures)
    period = {"from": found.period.first.isoformat(), "to": found.period.last.isoformat()}
    return {**period, "asOf": found.as_of.isoformat(), "items": [_item(row) for row in found.rows], "more": False,
            "total": total}  # fmt: skip


def _item(row: ReportRow) -> dict[str, Any]:
    return {"id": row.key, "name": row.name, **row.figures}

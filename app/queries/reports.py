"""Reports for an ADMIN: figures of a period by provider or day, counted as sets in SQL. They need the server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import Executable

from app.domain.permissions import Permission
from app.domain.reports import COLUMNS, OPEN_LOOPS, Period, ReportKind, loop_word
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query
from app.queries.day_board import day_span
from app.queries.referrals import overdue_referrals
from app.queries.reports_sql import LOOPS, OVER_TIME, SLOTS, VISITS, WAITING

DAYS_ONE_BY_ONE = 31
"""Up to so many days are counted one by one, more of them by weeks."""


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A provider's, a day's or a loop's figures by the names of ``COLUMNS``; None: there is nothing to tell."""

    key: str
    name: str
    figures: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Report:
    """A report; ``total`` is None where there is no sum. ``as_of`` aware UTC."""

    kind: ReportKind
    period: Period
    rows: tuple[ReportRow, ...]
    total: ReportRow | None
    as_of: datetime


@query(offline=False)
def report(session: Session, reader: Reader, *, kind: ReportKind, period: Period) -> Report:
    """Return a report over days of the clinic's wall; OPEN is as of now. One or two statements.

    Refused "NotAllowed", "BadPeriod".
    """
    if not reader.may(Permission.REPORTS):
        raise Refused("NotAllowed", t("Your role doesn't allow this."))
    period.check()
    rows, total = _COUNTED[kind](session, reader, period)
    return Report(kind, period, tuple(rows), total, reader.now)


def _asked(session: Session, reader: Reader, statement: Executable, period: Period, **more: Any) -> list[Any]:
    start, end = day_span(reader, period.first, period.days)
    values = {
        "clinic": reader.clinic_id, "start": start.replace(tzinfo=None), "until": end.replace(tzinfo=None), **more
    }  # fmt: skip
    return list(session.execute(statement, values))


def _visits(session: Session, reader: Reader, period: Period) -> tuple[list[ReportRow], ReportRow]:
    rows = [ReportRow(one.id, one.name, _counts(one)) for one in _asked(session, reader, VISITS, period)]
    keys = COLUMNS[ReportKind.VISITS]
    return rows, ReportRow("", t("All"), {key: sum(row.figures[key] or 0 for row in rows) for key in keys})


def _counts(row: Any) -> dict[str, float | None]:
    return {
        "visits": row.visits, "planned": row.planned, "arrived": row.arrived, "inProgress": row.in_progress,
        "completed": row.completed, "cancelled": row.cancelled, "didNotArrive": row.did_not_arrive,
        "leftBeforeSeen": row.left_before_seen,
    }  # fmt: skip


def _missed(session: Session, reader: Reader, period: Period) -> tuple[list[ReportRow], ReportRow]:
    rows, total = _visits(session, reader, period)
    return [ReportRow(row.key, row.name, _rates(row.figures)) for row in rows], ReportRow(
        total.key, total.name, _rates(total.figures)
    )


def _rates(counts: Mapping[str, float | None]) -> dict[str, float | None]:
    """Of those who were due: neither what is still to come counts nor what was called off."""
    absent, left = counts["didNotArrive"] or 0, counts["leftBeforeSeen"] or 0
    due = absent + left + sum(counts[key] or 0 for key in ("arrived", "inProgress", "completed"))
    return {
        "due": due, "didNotArrive": absent, "leftBeforeSeen": left, "didNotArrivePercent": _percent(absent, due),
        "leftBeforeSeenPercent": _percent(left, due), "missedPercent": _percent(absent + left, due),
    }  # fmt: skip


def _percent(part: float, whole: float) -> float | None:
    return round(100 * part / whole, 1) if whole else None


def _over_time(session: Session, reader: Reader, period: Period) -> tuple[list[ReportRow], None]:
    step = "day" if period.days <= DAYS_ONE_BY_ONE else "week"
    found = _asked(session, reader, OVER_TIME, period, zone=reader.zone.key, step=step, first=period.first,
                   last=period.last)  # fmt: skip
    return [
        ReportRow(one.day.isoformat(), one.day.isoformat(), {
            "visits": one.visits, "completed": one.completed, "cancelled": one.cancelled, "missed": one.missed,
            "toCome": one.visits - one.completed - one.cancelled - one.missed,
        })
        for one in found
    ], None  # fmt: skip


def _slots(session: Session, reader: Reader, period: Period) -> tuple[list[ReportRow], ReportRow]:
    rows = [ReportRow(one.id, one.name, _used(float(one.offered), float(one.booked)))
            for one in _asked(session, reader, SLOTS, period)]  # fmt: skip
    offered, booked = (sum(row.figures[key] or 0 for row in rows) for key in ("offeredMinutes", "bookedMinutes"))
    return rows, ReportRow("", t("All"), _used(offered, booked))


def _used(offered: float, booked: float) -> dict[str, float | None]:
    return {"offeredMinutes": offered, "bookedMinutes": booked, "usedPercent": _percent(booked, offered)}


def _waiting(session: Session, reader: Reader, period: Period) -> tuple[list[ReportRow], ReportRow | None]:
    rows = [
        ReportRow(one.id or "", one.name or t("All"), {
            "visits": one.visits, "medianMinutes": _minutes(one.median), "p90Minutes": _minutes(one.p90),
            "longestMinutes": _minutes(one.longest),
        })
        for one in _asked(session, reader, WAITING, period)
    ]  # fmt: skip
    return [row for row in rows if row.key], next((row for row in rows if not row.key), None)


def _minutes(seconds: Any) -> float | None:
    return None if seconds is None else round(float(seconds) / 60, 1)


def _open(session: Session, reader: Reader, period: Period) -> tuple[list[ReportRow], None]:
    found = {
        one.loop: one
        for one in _asked(session, reader, LOOPS, period, now=reader.now.replace(tzinfo=None), today=reader.today)
    }
    late = {"referrals": overdue_referrals(session, reader)}
    return [
        ReportRow(key, loop_word(key), {
            "open": one.open, "underOneDay": one.day, "underThreeDays": one.three, "underSevenDays": one.seven,
            "older": one.older, "overdue": late.get(key, one.overdue),
        })
        for key in OPEN_LOOPS if (one := found.get(key)) is not None
    ], None  # fmt: skip


_COUNTED: Mapping[ReportKind, Any] = {
    ReportKind.VISITS: _visits,
    ReportKind.MISSED: _missed,
    ReportKind.OVER_TIME: _over_time,
    ReportKind.SLOTS: _slots,
    ReportKind.WAITING: _waiting,
    ReportKind.OPEN: _open,
}


def report_table(found: Report) -> Iterable[tuple[str, ...]]:
    """Return a report as rows of a table: the names of ``COLUMNS`` first, numbers with a point."""
    keys = COLUMNS[found.kind]
    yield ("id", "name", *keys)
    for row in (*found.rows, *((found.total,) if found.total is not None else ())):
        yield (row.key, row.name, *(number_text(row.figures[key]) for key in keys))


def number_text(value: float | None) -> str:
    """Return a figure without needless digits; nothing for None."""
    return "" if value is None else f"{round(value, 1):g}" if value < 1e5 else f"{value:.0f}"

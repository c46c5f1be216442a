"""The report of an import as rows: counts by kind for what was taken, one row for each record that wasn't."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.imports import Tally
from app.kernel.i18n import t


class Fate(StrEnum):
    """What became of a record."""

    TAKEN = "taken"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REMARK = "remark"


def fate_text(fate: Fate) -> str:
    """Return a fate in words."""
    return {
        Fate.TAKEN: t("Taken"),
        Fate.UPDATED: t("Updated"),
        Fate.UNCHANGED: t("Unchanged"),
        Fate.SKIPPED: t("Skipped"),
        Fate.REMARK: t("Remark"),
    }[fate]


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One line of the report; ``count`` records alike."""

    fate: Fate
    count: int
    what: str
    file: str = ""
    why: str = ""


def report_rows(tally: Tally) -> tuple[ReportRow, ...]:
    """Return all rows: what was left out first, since it wants to be read."""
    rows = [ReportRow(Fate.SKIPPED, one.count, one.resource, one.source, one.reason) for one in tally.skipped]
    rows += [ReportRow(Fate.REMARK, 1, one.resource, one.source, one.text) for one in tally.remarks]
    for fate, counter in ((Fate.TAKEN, tally.taken), (Fate.UPDATED, tally.updated), (Fate.UNCHANGED, tally.unchanged)):
        rows += [ReportRow(fate, n, kind) for kind, n in sorted(counter.items()) if n]
    return tuple(rows)


def total(rows: Iterable[ReportRow], fate: Fate) -> int:
    """Return how many records had this fate."""
    return sum(row.count for row in rows if row.fate is fate)


@dataclass(frozen=True, slots=True)
class Report:
    """All rows, those of each fate, and how many records they stand for."""

    rows: tuple[ReportRow, ...]
    by_fate: Mapping[Fate, tuple[ReportRow, ...]]
    counts: Mapping[Fate, int]


def make_report(tally: Tally) -> Report:
    """Sort the rows out; for a worker thread, since there can be many."""
    rows = report_rows(tally)
    by_fate = {fate: tuple(row for row in rows if row.fate is fate) for fate in Fate}
    return Report(rows, by_fate, {fate: total(found, fate) for fate, found in by_fate.items()})


def csv_rows(rows: Sequence[ReportRow]) -> list[tuple[str, ...]]:
    """Return the rows as cells, with a head."""
    head = (t("Result"), t("Records"), t("Record"), t("File"), t("Reason"))
    return [head, *((fate_text(row.fate), str(row.count), row.what, row.file, row.why) for row in rows)]

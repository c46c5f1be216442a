"""The report of an import as the window shows it: what became of records, in words and as rows of a file."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.import_report import ReportLine, RowOutcome
from app.kernel.i18n import t
from app.workspace.import_report import REMARK, ReportTable


class Fate(StrEnum):
    """What became of a record; REMARK is what was taken although there is something to say about it."""

    TAKEN = RowOutcome.TAKEN.value
    UPDATED = RowOutcome.UPDATED.value
    UNCHANGED = RowOutcome.UNCHANGED.value
    SKIPPED = RowOutcome.SKIPPED.value
    REFUSED = RowOutcome.REFUSED.value
    REMARK = REMARK


def fate_text(fate: Fate) -> str:
    """Return a fate in words."""
    return {
        Fate.TAKEN: t("Taken"),
        Fate.UPDATED: t("Updated"),
        Fate.UNCHANGED: t("Unchanged"),
        Fate.SKIPPED: t("Skipped"),
        Fate.REFUSED: t("Refused"),
        Fate.REMARK: t("Remark"),
    }[fate]


def fate_heading(fate: Fate) -> str:
    """Return a fate as the heading over many; a language may have another form for them than for one."""
    return {
        Fate.TAKEN: t("taken"),
        Fate.UPDATED: t("updated"),
        Fate.UNCHANGED: t("unchanged"),
        Fate.SKIPPED: t("skipped"),
        Fate.REFUSED: t("refused"),
        Fate.REMARK: t("remarks"),
    }[fate].capitalize()


def outcome_text(line: ReportLine) -> str:
    """Return what became of a line's record in words."""
    return fate_text(Fate(line.outcome.value))


def record_text(line: ReportLine) -> str:
    """Return what a line is about: kind and id, and how many where a file was left out whole."""
    text = f"{line.kind}/{line.id}" if line.id else line.kind
    return text if line.count <= 1 else f"{text} ({line.count:,})"


@dataclass(frozen=True, slots=True)
class Report:
    """The lines, how many records had each fate, and the numbers of all lines in their order."""

    table: ReportTable
    counts: Mapping[str, int]
    numbers: array[int]


def make_report(table: ReportTable) -> Report:
    """Count the lines; for a worker thread, since there can be a million."""
    return Report(table, table.counts(), table.numbers())


def csv_rows(lines: Iterable[ReportLine]) -> Iterator[tuple[str, ...]]:
    """Yield the lines as cells, with a head."""
    yield (t("Result"), t("Records"), t("Record"), t("Id"), t("File"), t("Line or entry"), t("Reason"))
    for line in lines:
        yield (outcome_text(line), str(line.count), line.kind, line.id, line.file, line.place, line.reason)

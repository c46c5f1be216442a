"""What became of every single record of an import: one line each, told as it is decided and kept by whoever listens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.domain.imports import BmiRow, ImportBatch, ImportedRow, SourceId, Tally


class RowOutcome(StrEnum):
    """What became of a record. REFUSED: by a permission or by the database; SKIPPED: by what it says itself."""

    TAKEN = "taken"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A record of a file. ``place`` is a line or entry, "" for all of it; ``reason`` names the field where it is one.

    A reason beside a record that was taken is something to know about it. ``count`` is more than 1 only for a file
    that was left out as a whole, and 0 for what is no record itself.
    """

    file: str
    place: str
    kind: str
    id: str
    outcome: RowOutcome
    reason: str = ""
    count: int = 1


Tell = Callable[[ReportLine], object]
"""Hears of a record as soon as it is decided."""

Heard = Callable[[str, str, RowOutcome, str, int], object]
"""Hears of a record that was read: where it stood, what it is, what became of it, why, how many."""

_LETTERS = {
    "T": RowOutcome.TAKEN,
    "U": RowOutcome.UPDATED,
    "N": RowOutcome.UNCHANGED,
}


class Teller:
    """Makes lines of what importing says in its own words: "file, place" and "Kind/id"."""

    def __init__(self, tell: Tell, files: Iterable[str]) -> None:
        self._tell = tell
        self._files = frozenset(files)

    def say(self, where: str, label: str, outcome: RowOutcome, reason: str = "", count: int = 1) -> None:
        """Tell of one record."""
        file, place = self._split(where)
        kind, _, name = label.partition("/")
        self._tell(ReportLine(file, place, kind, name, outcome, reason, count))

    def file_of(self, where: str) -> str:
        """Return the name of the file that a record stood in."""
        return self._split(where)[0]

    def _split(self, where: str) -> tuple[str, str]:
        """A file's name may have a comma itself: the shortest beginning that is a file's name counts."""
        at = where.find(", ")
        while at >= 0:
            if where[:at] in self._files:
                return where[:at], where[at + 2 :]
            at = where.find(", ", at + 2)
        return where, ""

    def batch(self, batch: ImportBatch, tally: Tally) -> None:
        """Tell of a batch that was written, or tried."""
        remarks: dict[tuple[str, str], str] = {}
        for one in tally.remarks:
            before = remarks.get((one.source, one.resource))
            remarks[one.source, one.resource] = f"{before}; {one.text}" if before else one.text
        for row, letter in zip(report_rows(batch), tally.fates, strict=False):
            outcome = _LETTERS.get(letter)
            if outcome is not None:
                for source in _sources(row):
                    self.say(row.where, source.label, outcome, remarks.get((row.where, source.label), ""))
        for skipped in tally.skipped:
            self.say(skipped.source, skipped.resource, RowOutcome.SKIPPED, skipped.reason, skipped.count)

    def refuse(self, rows: Iterable[ImportedRow], reason: str) -> None:
        """Tell of rows that nobody may write, or that the database refuses."""
        for row in rows:
            for source in _sources(row):
                self.say(row.where, source.label, RowOutcome.REFUSED, reason)


def report_rows(batch: ImportBatch) -> Iterator[ImportedRow]:
    """Yield the rows of a batch in the order of ``Tally.fates``."""
    yield from batch.practitioners
    for item in batch.patients:
        if item.patient is not None:
            yield item.patient
        yield from item.records
        yield from item.bmi


def fates_of(batch: ImportBatch, marks: Mapping[int, str]) -> str:
    """Return a letter for each row of a batch: T, U or N, and - for what was left out (``marks`` go by ``id(row)``)."""
    return "".join(marks.get(id(row), "-") for row in report_rows(batch))


def _sources(row: ImportedRow) -> tuple[SourceId, ...]:
    """The records of a row; a body mass index computed here is none itself."""
    return row.also if isinstance(row, BmiRow) else (row.source, *row.also)

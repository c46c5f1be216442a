"""Keeping an import's report, record by record, without keeping it in memory: as a file, or as a table to page in."""

from __future__ import annotations

import csv
import json
import sqlite3
import threading
import weakref
from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

from app.domain.csv_text import BYTE_ORDER_MARK, safe_cell
from app.domain.import_report import ReportLine, RowOutcome
from app.kernel.errors import Refused
from app.kernel.i18n import t

COLUMNS = ("file", "place", "kind", "id", "outcome", "reason", "count")
REMARK = "remark"
"""The filter for what was taken although there is something to say about it."""

_WAITING = 1000
_CHUNK = 2000


def line_json(line: ReportLine) -> dict[str, Any]:
    """Return a line as the command line writes it."""
    return {
        "file": line.file, "place": line.place, "resourceType": line.kind, "id": line.id,
        "outcome": line.outcome.value, "reason": line.reason, "count": line.count,
    }  # fmt: skip


class ReportFile:
    """Writes lines to a file as they come: CSV for a name that ends so, else one JSON object a line.

    Raises ``Refused`` "NotWritten" naming the file when it can't be opened or written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._csv = path.suffix.lower() == ".csv"
        try:
            self._file: IO[str] = path.open("w", encoding="utf-8", newline="")
        except OSError as error:
            raise self._refused(error) from None
        self._cells = csv.writer(self._file, lineterminator="\r\n")
        if self._csv:
            self._write(lambda: self._file.write(BYTE_ORDER_MARK))
            self._write(lambda: self._cells.writerow(("file", "place", "resourceType", *COLUMNS[3:])))

    def add(self, line: ReportLine) -> None:
        """Write a line."""
        if self._csv:
            cells = [safe_cell(str(value).replace("\x00", "")) for value in line_json(line).values()]
            self._write(lambda: self._cells.writerow(cells))
        else:
            self._write(lambda: self._file.write(json.dumps(line_json(line), ensure_ascii=False) + "\n"))

    def _write(self, write: Any) -> None:
        try:
            write()
        except OSError as error:
            raise self._refused(error) from None

    def _refused(self, error: OSError) -> Refused:
        why = error.strerror or type(error).__name__
        text = t("{name} can't be written: {why}", name=self._path.name, why=why)
        return Refused("NotWritten", text, field="report")

    def close(self) -> None:
        """Finish the file."""
        self._write(self._file.close)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.close()
            return
        try:
            self._file.close()
        except OSError:
            return  # the error that is on its way says more


class ReportTable:
    """The lines of a report in a private file that has no name and goes with the table; any thread may ask.

    It is closed with its last reader. Lines are numbered from 1 in the order in which they came.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[tuple[Any, ...]] = []
        self._base = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        weakref.finalize(self, self._base.close)
        self._base.execute("PRAGMA journal_mode = OFF")
        self._base.execute("PRAGMA synchronous = OFF")
        self._base.execute("PRAGMA cache_size = -4000")
        self._base.execute(
            "CREATE TABLE line (n INTEGER PRIMARY KEY, file TEXT, place TEXT, kind TEXT, id TEXT, outcome TEXT,"
            " reason TEXT, count INTEGER)"
        )

    def add(self, line: ReportLine) -> None:
        """Keep a line."""
        row = (line.file, line.place, line.kind, line.id, line.outcome.value, line.reason, line.count)
        with self._lock:
            self._waiting.append(row)
            if len(self._waiting) >= _WAITING:
                self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._base.execute("BEGIN")
            self._base.executemany(
                "INSERT INTO line (file, place, kind, id, outcome, reason, count) VALUES (?, ?, ?, ?, ?, ?, ?)",
                self._waiting,
            )
            self._base.execute("COMMIT")
            self._waiting.clear()

    def counts(self) -> Mapping[str, int]:
        """Return how many records had each outcome, and how many of those taken have a remark."""
        with self._lock:
            self._flush()
            found = dict(self._base.execute("SELECT outcome, sum(count) FROM line GROUP BY outcome").fetchall())
            (remarks,) = self._base.execute(f"SELECT coalesce(sum(count), 0) FROM line WHERE {_REMARKED}").fetchone()  # noqa: S608 - our own text
        return {**{one.value: 0 for one in RowOutcome}, **found, REMARK: remarks}

    def numbers(self, outcome: str = "", text: str = "") -> array[int]:
        """Return the numbers of the lines with an outcome (or REMARK) whose file, record or reason has a text."""
        wanted, values = ["1"], list[str]()
        if outcome == REMARK:
            wanted.append(_REMARKED)
        elif outcome:
            wanted.append("outcome = ?")
            values.append(outcome)
        if text:
            wanted.append(f"instr(lower({_SAID}), lower(?)) > 0")
            values.append(text)
        with self._lock:
            self._flush()
            rows = self._base.execute(f"SELECT n FROM line WHERE {' AND '.join(wanted)} ORDER BY n", values)  # noqa: S608 - our own text
            return array("q", (n for (n,) in rows))

    def lines(self, numbers: Sequence[int]) -> list[ReportLine]:
        """Return lines by their numbers, in the order of these."""
        marks = ",".join("?" * len(numbers))
        with self._lock:
            self._flush()
            rows = self._base.execute(f"SELECT n, {', '.join(COLUMNS)} FROM line WHERE n IN ({marks})", tuple(numbers))  # noqa: S608 - our own text
            found = {row[0]: _line(row[1:]) for row in rows}
        return [found[n] for n in numbers]

    def all_lines(self, numbers: Sequence[int]) -> Iterator[ReportLine]:
        """Yield lines by their numbers, some at a time."""
        for at in range(0, len(numbers), _CHUNK):
            yield from self.lines(numbers[at : at + _CHUNK])

    def close(self) -> None:
        """Let the lines go; asking afterwards is an error."""
        with self._lock:
            self._base.close()


_SAID = "file || ' ' || place || ' ' || kind || '/' || id || ' ' || reason"
_REMARKED = "reason <> '' AND outcome IN ('taken', 'updated', 'unchanged')"


def _line(row: Sequence[Any]) -> ReportLine:
    file, place, kind, name, outcome, reason, count = row
    return ReportLine(file, place, kind, name, RowOutcome(outcome), reason, count)

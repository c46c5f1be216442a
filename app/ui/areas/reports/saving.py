"""A report as a CSV file with the person's words in its head."""

from __future__ import annotations

from pathlib import Path

from app.domain.csv_text import csv_text
from app.domain.reports import COLUMNS, column_word
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.reports import Report, report_table
from app.ui.work import Lane, Progress, ShellApi


def save_csv(api: ShellApi, lane: Lane, found: Report, path: str) -> None:
    """Write a report beside the event loop, and say so."""
    _, *lines = report_table(found)
    head = ("id", t("Name"), *(column_word(key) for key in COLUMNS[found.kind]))
    content = csv_text([head, *lines])

    def write(_progress: Progress) -> None:
        try:
            Path(path).write_text(content, encoding="utf-8", newline="")
        except OSError as error:
            raise Refused("NotWritten", t("Not written: {why}", why=error.strerror or ""), field="path") from error

    lane.run(write, on_result=lambda _: api.toast(t("Saved.")), on_error=api.problem)

"""What goes to standard output and standard error."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from rich.console import Console
from rich.markup import escape
from rich.measure import Measurement
from rich.table import Table

from app.cli.json_text import json_text
from app.kernel.errors import AppError, Unavailable

EXIT_REFUSED, EXIT_USAGE, EXIT_UNAVAILABLE = 1, 2, 3
_SLIPS = frozenset({"BadCommand"})
"""Refused before anything was asked, because no verb can mean it: "--severity PURPLE", "--minutes soon"."""
_WIDEST = 100_000
_ALTERNATIVE = ("startTime", "providerName", "id")


class TrialResult(dict[str, Any]):
    """A result that was told bit by bit already: in words only its ``message`` is printed. Not ``ok``: exit code 1."""


def speak_utf8(*streams: TextIO) -> None:
    """Let streams be UTF-8 whatever the terminal's language is: JSON is nothing else."""
    for stream in streams:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="surrogateescape")


@dataclass
class Output:
    """Prints results: one JSON document, or something to read."""

    as_json: bool = False

    def result(self, value: Any) -> None:
        """Print a verb's result."""
        if value is None and not self.as_json:
            return
        if self.as_json or (isinstance(value, Mapping) and "resourceType" in value):  # a bundle is for programs only
            print(json_text(value))  # noqa: T201
            return
        console = Console(highlight=False)
        if isinstance(value, TrialResult):
            console.print(_cell(value["message"]), soft_wrap=True)
        elif isinstance(value, Mapping) and isinstance(value.get("items"), Sequence):
            _table(console, value["items"])
            if value.get("more"):
                console.print("…")
        elif isinstance(value, Mapping):
            for key, item in value.items():
                console.print(f"[bold]{key}[/bold]  {_cell(item)}", soft_wrap=True)
        else:
            console.print(_cell(value), soft_wrap=True, markup=False)

    def problem(self, error: AppError) -> int:
        """Print an error; returns the exit code of its family."""
        if self.as_json:
            print(json_text(error.to_json()))  # noqa: T201
        else:
            where = f" ({error.field})" if error.field else ""
            print(f"{error.message}{where}", file=sys.stderr)  # noqa: T201
            for one in error.to_json().get("alternatives") or ():
                words = "  ".join(str(one[key]) for key in _ALTERNATIVE if key in one)
                print(f"  {words}", file=sys.stderr)  # noqa: T201
        if isinstance(error, Unavailable):
            return EXIT_UNAVAILABLE
        return EXIT_USAGE if error.code in _SLIPS else EXIT_REFUSED

    def progress(self, text: str) -> None:
        """Print a line of progress to standard error."""
        print(text, file=sys.stderr)  # noqa: T201


def _table(console: Console, items: Sequence[Any]) -> None:
    """Print a listing. An id is never cut: the next command takes it.

    What is too wide for the terminal comes as lines for each item; in a file or a pipe nothing is too wide.
    """
    if not items:
        return
    columns = [key for key in items[0] if not isinstance(items[0][key], (dict, list))]
    table = Table(box=None, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True)
    for item in items:
        table.add_row(*(_cell(item.get(column)) for column in columns))
    width = Measurement.get(console, console.options.update(max_width=_WIDEST), table).maximum
    if width <= console.width:
        console.print(table)
    elif not console.is_terminal:
        Console(file=console.file, width=width, highlight=False).print(table)
    else:
        for place, item in enumerate(items):
            if place:
                console.print()
            for column in columns:
                if item.get(column) is not None:
                    console.print(f"[bold]{column}[/bold]  {_cell(item[column])}", soft_wrap=True)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, (dict, list, tuple)):
        return escape(json.dumps(value, ensure_ascii=False, default=str))
    return escape(str(value))

"""Listings in words: every id whole, whatever the width."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from app.cli.output import Output, _table

LONG = "b23c1fa8-4e1c-49f8-9630-2dec021c513b"
ITEMS = [{"id": f"{LONG}-{n}", "name": "Íñigo [Ibarra]", "none": None, "text": "Follow-up " * 6} for n in (1, 2)]


def printed(width: int, *, terminal: bool) -> list[str]:
    found = io.StringIO()
    _table(Console(file=found, width=width, force_terminal=terminal, no_color=True, highlight=False), ITEMS)
    return found.getvalue().splitlines()


def test_in_a_pipe_a_line_for_each_item_however_wide(capsys: pytest.CaptureFixture[str]) -> None:
    Output().result({"items": ITEMS, "more": True})
    head, first, second, more = capsys.readouterr().out.splitlines()
    assert head.split() == ["id", "name", "none", "text"]
    assert first.startswith(f"{LONG}-1  Íñigo [Ibarra]")
    assert second.startswith(f"{LONG}-2  ")
    assert more == "…"


def test_on_a_terminal_that_is_wide_enough_it_is_a_table() -> None:
    assert len(printed(200, terminal=True)) == 3


def test_on_a_narrow_terminal_it_is_lines_for_each_item() -> None:
    lines = printed(60, terminal=True)
    plain = [line.replace("\x1b[1m", "").replace("\x1b[0m", "") for line in lines]
    assert plain[:2] == [f"id  {LONG}-1", "name  Íñigo [Ibarra]"]
    assert plain[3:5] == ["", f"id  {LONG}-2"]
    assert not any("none" in line for line in plain)

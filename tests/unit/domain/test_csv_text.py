"""CSV that a spreadsheet shows but never runs."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.csv_text import BYTE_ORDER_MARK, csv_text, safe_cell


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "|calc", " =1", "\u00a0=1", "\u200b=1", "\ufeff=1",
     "\uff1d1+1", "\uff20SUM", "\uff0b1", "\uff0d1"],
)  # fmt: skip
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "O'Brien", "a=b", "1-2", "(415) 555-0142", "'=1", "李秀英", "x@example.org"])
def test_everything_else_stays(text: str) -> None:
    assert safe_cell(text) == text


@given(st.lists(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
                         min_size=2, max_size=3), max_size=4))  # fmt: skip
def test_every_cell_comes_back_safe(rows: list[list[str]]) -> None:
    text = csv_text(rows)
    assert text.startswith(BYTE_ORDER_MARK)
    back = list(csv.reader(io.StringIO(text.removeprefix(BYTE_ORDER_MARK), newline="")))
    assert back == [[safe_cell(cell) for cell in row] for row in rows]

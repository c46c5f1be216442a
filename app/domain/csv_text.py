"""Writing tables as CSV that a spreadsheet shows but never runs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

BYTE_ORDER_MARK = "\ufeff"
"""Put first, so that a spreadsheet reads the file as UTF-8."""

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "|")


def safe_cell(text: str) -> str:
    """Return the text so that no spreadsheet takes it for a formula: with an apostrophe before it where it would.

    Signs that programs skip before they look (spaces, zero-width and full-width ones) don't help to get through.
    """
    bare = text.lstrip(" \u00a0\u200b\u2060\ufeff")
    narrow = bare[:1].translate({0xFF1D: "=", 0xFF0B: "+", 0xFF0D: "-", 0xFF20: "@"})
    return f"'{text}" if narrow.startswith(_RUN) else text


def csv_text(rows: Iterable[Sequence[str]]) -> str:
    """Return the rows as CSV (comma, double quotes, CRLF), each cell safe, with a byte order mark."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([safe_cell(cell.replace("\x00", "")) for cell in row] for row in rows)
    return BYTE_ORDER_MARK + out.getvalue()

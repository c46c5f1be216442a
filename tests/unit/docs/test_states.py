"""The page on states says what the tables say."""

from __future__ import annotations

from tests.support.state_docs import FILE, page


def test_the_page_follows_the_tables() -> None:
    assert FILE.read_text(encoding="utf-8") == page()

"""Lists that come by the page: walked row by row they give all that they give at once, once each."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from app.queries.core import Page
from tests.database.parity.questions import questions
from tests.support.twins import Twins

WHOLE = 50
_walked: set[Callable[..., Any]] = set()
"""Once is enough in a process: the clinics of the scenarios differ in what they hold, not in how a list is cut."""


def walk_pages(twins: Twins) -> None:
    """Walk each list that has several rows in this clinic and wasn't walked before."""
    for question, values in questions(twins):
        named = inspect.signature(question).parameters
        if question in _walked or "limit" not in named or "cursor" not in named or "cursor" in values:
            continue
        asked = {**values, "limit": WHOLE}
        whole, _ = twins.both_answers(question, **asked)
        if not isinstance(whole, Page) or len(whole.items) < 2 or whole.more:
            continue
        _walked.add(question)
        exact: Page[Any] = twins.desk.ask(question, **{**asked, "limit": len(whole.items)})
        assert (exact.items, exact.more, exact.cursor) == (whole.items, False, None), question.__name__
        assert _one_by_one(twins, question, asked, len(whole.items)) == list(whole.items), question.__name__


def _one_by_one(twins: Twins, question: Callable[..., Any], asked: dict[str, Any], most: int) -> list[Any]:
    found: list[Any] = []
    cursor: str | None = None
    for _ in range(most + 1):
        page: Page[Any] = twins.desk.ask(question, **{**asked, "limit": 1, "cursor": cursor})
        found += page.items
        cursor = page.cursor
        if not page.more:
            break
    return found

"""Tasks: what somebody still has to do for a patient, whose it is, and when it is overdue."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from app.domain.enums import Role, TaskKind, TaskStatus
from app.kernel.i18n import t

OWNER_ROLES = (Role.MEDICAL_ASSISTANT, Role.PROVIDER, Role.ADMIN)
"""Roles that a task can belong to, when it is no one person's."""
MOST_TITLE = 300
MOST_NOTE = 2000

DEFAULT_ROLE = {
    TaskKind.CALL_BACK: Role.MEDICAL_ASSISTANT,
    TaskKind.TELL_RESULT: Role.MEDICAL_ASSISTANT,
    TaskKind.BOOK_FOLLOW_UP: Role.MEDICAL_ASSISTANT,
    TaskKind.MOVE_VISIT: Role.MEDICAL_ASSISTANT,
    TaskKind.PROPOSE_MERGE: Role.ADMIN,
    TaskKind.REVIEW: Role.PROVIDER,
}
"""Whose a task is when nobody is named."""


def kind_word(kind: TaskKind) -> str:
    """Return what is to be done, in the person's language."""
    words = {
        TaskKind.CALL_BACK: t("Call back"),
        TaskKind.TELL_RESULT: t("Tell a result"),
        TaskKind.BOOK_FOLLOW_UP: t("Book a follow-up"),
        TaskKind.MOVE_VISIT: t("Move a visit"),
        TaskKind.PROPOSE_MERGE: t("Look at a merge"),
        TaskKind.REVIEW: t("Review"),
    }
    return words[kind]


def is_overdue(status: TaskStatus, due: date | None, today: date) -> bool:
    """Tell whether an open task should have been done before today (dates of the clinic)."""
    return status is TaskStatus.OPEN and due is not None and due < today


def follow_up_window(due: date, give_days: int) -> tuple[date, date]:
    """Return the first and last day (inclusive) on which a follow-up that is due on a day, give or take, may lie."""
    give = timedelta(days=give_days)
    return due - give, due + give


def status_word(status: TaskStatus) -> str:
    """Return where a task stands, in the person's language."""
    return {TaskStatus.OPEN: t("open"), TaskStatus.DONE: t("done"), TaskStatus.CANCELLED: t("cancelled")}[status]


_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_WORTHLESS = {"0", "1", "2", "3"}
"""Numbers that stand in any text ("call twice", "in 2 weeks")."""


def values_in(text: str, results: Any) -> bool:
    """Tell whether a text carries a value of an order's results (JSON of any shape): a number, or a word of one.

    Small whole numbers pass: they stand in any sentence.
    """
    numbers = {_plain(found) for found in _NUMBER.findall(text)} - _WORTHLESS
    words = text.casefold()
    for value in _values(results):
        if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
            if len(value.strip()) > 3 and value.strip().casefold() in words:
                return True
        elif _plain(value) in numbers:
            return True
    return False


def _values(results: Any) -> Iterator[Any]:
    if isinstance(results, Mapping):
        yield from (value for value in results.values() if isinstance(value, (int, float, str)))
    elif isinstance(results, list):
        yield from (
            item["value"]
            for item in results
            if isinstance(item, Mapping) and isinstance(item.get("value"), (int, float, str))
        )


def _plain(value: float | str) -> str:
    """Return "6.4" for 6.4, "6.40" and "6,4"; a text that is no number as it is."""
    try:
        return f"{float(value.strip().replace(',', '.')) if isinstance(value, str) else value:g}"
    except ValueError:
        return str(value)

"""Writes ``docs/states.md`` from the state tables: ``python -m tests.support.state_docs``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any

from app.domain import states

FILE = Path(__file__).resolve().parents[2] / "docs" / "states.md"

HEAD = """# States

Drawn from the tables in `app/domain/states.py`, which also guard the handlers and enable the buttons; the database has
triggers of its own for staff. After a change of a table: `python -m tests.support.state_docs`.
"""

TABLES: tuple[tuple[str, Mapping[Any, Any]], ...] = (
    ("Visit", states.VISIT),
    ("Slot", states.SLOT),
    ("Visit request", states.REQUEST),
    ("Virtual session", states.TELEMED),
    ("Lab order", states.LAB),
    ("Referral", states.REFERRAL),
    ("Excuse note", states.NOTE),
    ("Alert", states.ALERT),
)


def diagram(table: Mapping[Any, Any]) -> str:
    """Return a table as a Mermaid state diagram."""
    lines = ["```mermaid", "stateDiagram-v2"]
    for (state, action), found in table.items():
        following, permission = found if isinstance(found, tuple) else (found, None)
        note = f"{_word(action)} ({permission.value})" if permission else _word(action)
        lines.append(f"    {state.value} --> {following.value}: {note}")
    return "\n".join([*lines, "```"])


def _word(action: StrEnum) -> str:
    return action.value.replace("_", " ")


def page() -> str:
    """Return the whole page."""
    parts = [HEAD]
    for title, table in TABLES:
        parts.append(f"## {title}\n\n{diagram(table)}\n")
    parts.append("The way back in a visit is `desktop.undo_visit_status`: same person, 15 minutes, unchanged since.\n")
    others = "`desktop.undo_request_step` and `desktop.reopen_alerts`"
    parts.append(f"Those of a request and of an alert are {others}, with the same limits.\n"
                 "A proposed time that was booked is kept for the answer again, as long as it was, where nobody took "
                 "it meanwhile.\n")  # fmt: skip
    return "\n".join(parts)


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")

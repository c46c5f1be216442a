"""Drafts: what a person typed and has not sent yet. Kept through lock, quit and crash, and offered again."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import uuid4


@dataclass(frozen=True, slots=True)
class Draft:
    """An unfinished form. One draft per (kind, subject) and person; ``title`` is what the offer says."""

    kind: str
    subject: str
    title: str
    body: Mapping[str, Any] = field(default_factory=dict)
    updated_at: datetime | None = None


def new_subject() -> str:
    """Return the subject of a form of which a person may have several at once, begun anew: none replaces another."""
    return uuid4().hex


class DraftsPort(Protocol):
    """What areas see of the drafts; all of it returns at once and works in the background."""

    def keep(self, draft: Draft) -> None:
        """Save now (forms in panels are saved by the shell, after ``edited``)."""
        ...

    def discard(self, kind: str, subject: str) -> None:
        """Forget a draft: sent or given up."""
        ...

    def offer(self, kind: str, on_result: Callable[[Sequence[Draft]], object]) -> None:
        """Give the person's own drafts of a kind, newest first."""
        ...

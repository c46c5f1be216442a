"""What making weekly summaries asks beforehand."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.queries.core import Reader, query


@query(offline=False)
def task_frequencies(session: Session, _reader: Reader) -> tuple[str, ...]:
    """Return the different words with which tasks of the clinic's care plans say how often they are due."""
    word = func.desktop.task_frequencies().column_valued("word")
    return tuple(session.execute(select(word)).scalars())

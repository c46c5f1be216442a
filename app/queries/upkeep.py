"""What every program that is open asks of the database once a minute."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.queries.audit import SEAL_ROWS
from app.queries.core import Reader, query


@dataclass(frozen=True, slots=True)
class Kept:
    """How many rows went on the audit's chain, and how many left the feed; zeros when there was nothing to do."""

    sealed: int
    pruned: int

    @property
    def more(self) -> bool:
        """Whether there is more to seal at once."""
        return self.sealed >= SEAL_ROWS


@query(offline=False)
def upkeep(session: Session, _reader: Reader) -> Kept:
    """Seal what is settled, prune the feed once a day; nothing while another program is at it. One statement.

    For everybody of the staff: the database decides what is due.
    """
    found = func.desktop.upkeep().table_valued("sealed", "pruned")
    row = session.execute(select(*found.c)).one()
    return Kept(row.sealed, row.pruned)

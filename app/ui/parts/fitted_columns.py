"""In a narrow place a table leaves out what its rows' panels say as well, instead of cutting words or scrolling."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject

from app.ui.widgets.table import Table

REST = 101
"""What the column needs that takes what is left, in pixels."""


def left_out(widths: Sequence[int], spare: Sequence[bool], room: int) -> frozenset[int]:
    """Return the places of the columns that give way, the last one first; a width of 0 takes what is left."""
    need = sum(wide or REST for wide in widths)
    out: set[int] = set()
    for place in reversed([place for place, can in enumerate(spare) if can]):
        if need <= room:
            break
        need -= widths[place] or REST
        out.add(place)
    return frozenset(out)


class FittedColumns(QObject):
    """Follows one table's width."""

    def __init__(self, table: Table, widths: Sequence[int], spare: Sequence[bool]) -> None:
        super().__init__(table)
        self._table = table
        self._widths, self._spare = tuple(widths), tuple(spare)
        table.width_changed.connect(self.fit)

    def fit(self, room: int) -> None:
        """Show what fits into a table that is so wide, in pixels."""
        out = left_out(self._widths, self._spare, room)
        for place, can in enumerate(self._spare):
            if can:
                self._table.setColumnHidden(place, place in out)

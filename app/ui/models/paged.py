"""A table that asks for its rows page by page; what it shows comes from memory only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.ui.theme.tokens import StatusKind

T = TypeVar("T")
Index: TypeAlias = QModelIndex | QPersistentModelIndex
Fetch: TypeAlias = Callable[[str | None, Callable[[Page[T]], None], Callable[[AppError], None]], None]
"""Asks for the page after a cursor (None: the first one) and gives it, or an error, to one of the two functions."""

ROW_ROLE = Qt.ItemDataRole.UserRole + 1
"""The frozen row."""
ID_ROLE = Qt.ItemDataRole.UserRole + 2
"""The row's id."""
TONE_ROLE = Qt.ItemDataRole.UserRole + 3
"""A ``StatusKind`` or None: how the chip delegate paints the cell."""
STRONG_ROLE = Qt.ItemDataRole.UserRole + 4
"""Whether the cell is set in weight 600 (names, abnormal values)."""


@dataclass(frozen=True)  # no slots: Column[Row](...) sets an attribute
class Column(Generic[T]):
    """One column: ``title`` is the English source text, ``text`` makes a cell, ``width`` is in pixels (0: the rest).

    ``spare``: left out where there is no room for all; the row's panel says it too.
    """

    key: str
    title: str
    text: Callable[[T], str]
    width: int = 0
    spare: bool = False
    right: bool = False
    strong: Callable[[T], bool] | None = None
    tone: Callable[[T], StatusKind | None] | None = None
    tip: Callable[[T], str] | None = None


class PagedTableModel(QAbstractTableModel, Generic[T]):
    """Rows by keyset pages. ``reload`` keeps the old rows on the screen until the new ones are there."""

    loading = Signal(bool)
    """A page is under way."""
    failed = Signal(object)
    """The ``AppError`` that a page met; the rows stay."""
    loaded = Signal()
    """A page has come."""

    def __init__(
        self,
        columns: Sequence[Column[T]],
        *,
        row_id: Callable[[T], str],
        fetch: Fetch[T],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._row_id = row_id
        self._fetch = fetch
        self._rows: list[T] = []
        self._places: dict[str, int] = {}
        self._cursor: str | None = None
        self._more = False
        self._asking = False
        self._turn = 0

    @property
    def rows(self) -> Sequence[T]:
        """The rows that are here."""
        return tuple(self._rows)

    @property
    def has_more(self) -> bool:
        """Whether there are rows that are not here yet."""
        return self._more

    def reload(self) -> None:
        """Ask for the first page again, as many rows as fit into one; the old rows stay until it comes."""
        self._turn += 1
        self._ask(None, self._turn)

    def clear(self) -> None:
        """Show no rows and forget the page under way."""
        self._turn += 1
        self._asking = False
        self._put(Page(items=(), more=False))

    def row(self, index: Index) -> T | None:
        """Return the row of an index."""
        return self._rows[index.row()] if index.isValid() and index.row() < len(self._rows) else None

    def index_of(self, row_id: str, column: int = 0) -> QModelIndex:
        """Return where a row stands; invalid when it isn't here."""
        place = self._places.get(row_id)
        return self.index(place, column) if place is not None else QModelIndex()

    def replace(self, row: T) -> bool:
        """Put a newer version in the place of the row with the same id; False when it isn't here."""
        place = self._places.get(self._row_id(row))
        if place is None:
            return False
        self._rows[place] = row
        self.dataChanged.emit(self.index(place, 0), self.index(place, len(self._columns) - 1))
        return True

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of rows that are here."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def canFetchMore(self, parent: Index) -> bool:
        """Tell the view whether scrolling on makes sense."""
        return not parent.isValid() and self._more and not self._asking

    def fetchMore(self, parent: Index) -> None:
        """Ask for the page after the last row."""
        if self.canFetchMore(parent):
            self._ask(self._cursor, self._turn)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a column's title."""
        if orientation is not Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return t(column.title)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Answer from memory."""
        row = self.row(index)
        if row is None:
            return None
        column = self._columns[index.column()]
        answer = _ANSWERS.get(role)
        if answer is not None:
            return answer(column, row)
        if role == ROW_ROLE:
            return row
        return self._row_id(row) if role == ID_ROLE else None

    def _ask(self, cursor: str | None, turn: int) -> None:
        self._asking = True
        self.loading.emit(True)
        self._fetch(cursor, lambda page: self._came(turn, cursor, page), lambda error: self._failed(turn, error))

    def _came(self, turn: int, cursor: str | None, page: Page[T]) -> None:
        if turn != self._turn:
            return
        self._asking = False
        if cursor is None:
            self._put(page)
        else:
            self._append(page)
        self.loading.emit(False)
        self.loaded.emit()

    def _failed(self, turn: int, error: AppError) -> None:
        if turn == self._turn:
            self._asking = False
            self.loading.emit(False)
            self.failed.emit(error)

    def _append(self, page: Page[T]) -> None:
        # A row that moved from one page to the next meanwhile must not stand here twice.
        fresh = [row for row in page.items if self._row_id(row) not in self._places]
        self._more, self._cursor = page.more, page.cursor
        if fresh:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(fresh) - 1)
            self._rows += fresh
            self._places |= {self._row_id(row): first + n for n, row in enumerate(fresh)}
            self.endInsertRows()

    def _put(self, page: Page[T]) -> None:
        """Show another first page; persistent indexes (selection, focus) follow their row's id."""
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        ids = [self._row_id(self._rows[index.row()]) for index in before]
        self._rows = list(page.items)
        self._places = {self._row_id(row): n for n, row in enumerate(self._rows)}
        self._more, self._cursor = page.more, page.cursor
        after = [self.index_of(row_id, index.column()) for row_id, index in zip(ids, before, strict=True)]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()


def _alignment(column: Column[Any]) -> int:
    side = Qt.AlignmentFlag.AlignRight if column.right else Qt.AlignmentFlag.AlignLeft
    return int(side | Qt.AlignmentFlag.AlignVCenter)


_ANSWERS: dict[int, Callable[[Column[Any], Any], Any]] = {
    Qt.ItemDataRole.DisplayRole: lambda column, row: column.text(row),
    Qt.ItemDataRole.ToolTipRole: lambda column, row: column.tip(row) if column.tip else None,
    Qt.ItemDataRole.AccessibleTextRole: lambda column, row: f"{t(column.title)}: {column.text(row)}",
    Qt.ItemDataRole.TextAlignmentRole: lambda column, _: _alignment(column),
    TONE_ROLE: lambda column, row: column.tone(row) if column.tone else None,
    STRONG_ROLE: lambda column, row: bool(column.strong and column.strong(row)),
}

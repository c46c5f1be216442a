"""The paged model under Qt's own model tester, with pages that come late, twice, wrong and never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import QApplication, QTableView
from pytestqt.qtbot import QtBot

from app.kernel.errors import AppError, Unavailable
from app.queries.core import Page
from app.ui.models import ID_ROLE, ROW_ROLE, TONE_ROLE, ChipDelegate, Column, PagedTableModel, RowDelegate
from app.ui.theme.theme import Theme
from app.ui.theme.tokens import StatusKind
from app.ui.work.stall import StallWatchdog


@dataclass(frozen=True, slots=True)
class Person:
    id: str
    name: str


COLUMNS = (
    Column[Person]("name", "Name", lambda p: p.name, width=200, strong=lambda _: True),
    Column[Person]("status", "Status", lambda p: p.id, tone=lambda _: StatusKind.DONE, right=True),
)


class Source:
    """Keyset pages over a list; answers when the test says so."""

    def __init__(self, people: list[Person], size: int = 3) -> None:
        self.people = people
        self.size = size
        self.waiting: list[tuple[str | None, Callable[[Page[Person]], None], Callable[[AppError], None]]] = []

    def __call__(
        self, cursor: str | None, got: Callable[[Page[Person]], None], failed: Callable[[AppError], None]
    ) -> None:
        self.waiting.append((cursor, got, failed))

    def answer(self, n: int = 0) -> None:
        cursor, got, _ = self.waiting.pop(n)
        rest = [p for p in self.people if cursor is None or p.id > cursor]
        items = tuple(rest[: self.size])
        got(Page(items, len(rest) > self.size, items[-1].id if items else None))

    def fail(self) -> None:
        self.waiting.pop(0)[2](Unavailable("ServerGone", "gone"))


def people(n: int) -> list[Person]:
    return [Person(f"p{i:03}", f"Name {i}") for i in range(n)]


@pytest.fixture
def source() -> Source:
    return Source(people(8))


@pytest.fixture
def model(source: Source, qapp: QApplication) -> PagedTableModel[Person]:
    return PagedTableModel(COLUMNS, row_id=lambda p: p.id, fetch=source)


ROOT = QModelIndex()


def test_pages_follow_each_other(model: PagedTableModel[Person], source: Source) -> None:
    assert not model.canFetchMore(ROOT)
    model.reload()
    assert not model.canFetchMore(ROOT)
    source.answer()
    assert model.rowCount() == 3
    assert model.canFetchMore(ROOT)
    model.fetchMore(ROOT)
    model.fetchMore(ROOT)
    assert len(source.waiting) == 1, "one page at a time"
    source.answer()
    model.fetchMore(ROOT)
    source.answer()
    assert [p.id for p in model.rows] == [p.id for p in source.people]
    assert not model.canFetchMore(ROOT)


def test_qts_model_tester_finds_nothing_wrong(model: PagedTableModel[Person], source: Source) -> None:
    # The tester asks for pages itself, and complains by warnings, which fail the test.
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning, model)
    assert tester.model() is model
    model.reload()
    for _ in range(3):
        source.answer()
        model.fetchMore(ROOT)
    assert model.rowCount() == 8
    model.replace(Person("p001", "Renamed"))
    source.people = source.people[4:]
    model.reload()
    source.answer()
    model.clear()
    assert model.rowCount() == 0


def test_cells_answer_from_memory(model: PagedTableModel[Person], source: Source) -> None:
    model.reload()
    source.answer()
    cell = model.index(1, 0)
    assert cell.data() == "Name 1"
    assert cell.data(ROW_ROLE) == source.people[1]
    assert cell.data(ID_ROLE) == "p001"
    assert cell.data(TONE_ROLE) is None
    assert model.index(1, 1).data(TONE_ROLE) == StatusKind.DONE
    assert cell.data(Qt.ItemDataRole.AccessibleTextRole) == "Name: Name 1"
    assert model.headerData(1, Qt.Orientation.Horizontal) == "Status"
    assert model.data(model.index(7, 7)) is None
    assert source.waiting == []


def test_selection_follows_the_row_through_a_reload(
    model: PagedTableModel[Person], source: Source, qtbot: QtBot
) -> None:
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    model.reload()
    source.answer()
    view.selectionModel().setCurrentIndex(model.index(1, 0), QItemSelectionModel.SelectionFlag.SelectCurrent)
    source.people.insert(1, Person("p000a", "New second"))
    model.reload()
    assert model.rowCount() == 3, "old rows stay until the answer"
    source.answer()
    assert view.currentIndex().data(ID_ROLE) == "p001"
    assert view.currentIndex().row() == 2
    source.people = [p for p in source.people if p.id != "p001"]
    model.reload()
    source.answer()
    assert "p001" not in {p.id for p in model.rows}


def test_a_late_page_of_an_older_turn_is_dropped(model: PagedTableModel[Person], source: Source) -> None:
    model.reload()
    source.answer()
    model.fetchMore(ROOT)
    model.reload()
    source.answer(1)
    assert model.rowCount() == 3
    source.answer(0)
    assert model.rowCount() == 3
    assert model.canFetchMore(ROOT)


def test_a_failed_page_keeps_the_rows_and_can_be_asked_again(
    model: PagedTableModel[Person], source: Source, qtbot: QtBot
) -> None:
    model.reload()
    source.answer()
    model.fetchMore(ROOT)
    with qtbot.waitSignals([model.failed, model.loading]):
        source.fail()
    assert model.rowCount() == 3
    model.fetchMore(ROOT)
    source.answer()
    assert model.rowCount() == 6


def test_replace_and_find_by_id(model: PagedTableModel[Person], source: Source, qtbot: QtBot) -> None:
    model.reload()
    source.answer()
    with qtbot.waitSignal(model.dataChanged):
        assert model.replace(Person("p001", "Renamed"))
    assert model.index_of("p001").data() == "Renamed"
    assert not model.replace(Person("p777", "Nobody"))
    assert not model.index_of("p777").isValid()
    model.clear()
    assert model.rowCount() == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 30), max_size=20), st.integers(1, 5))
def test_no_row_is_shown_twice_when_pages_overlap(stall_watchdog: StallWatchdog, ids: list[int], size: int) -> None:
    stall_watchdog.stop()  # many calls, no events
    source = Source([], size)
    model = PagedTableModel(COLUMNS, row_id=lambda p: p.id, fetch=source)
    model.reload()
    for start in range(0, len(ids) + 1, size):
        if not source.waiting:
            break
        _, got, _ = source.waiting.pop(0)
        items = tuple({i: Person(f"p{i}", "x") for i in ids[start : start + size]}.values())
        got(Page(items, True, str(start)))
        model.fetchMore(ROOT)
    shown = [p.id for p in model.rows]
    assert len(shown) == len(set(shown))
    assert set(shown) <= {f"p{i}" for i in ids}


def test_a_view_pulls_pages_as_it_scrolls_and_delegates_paint(qtbot: QtBot) -> None:
    everyone = people(500)

    def fetch(cursor: str | None, got: Callable[[Page[Person]], None], failed: Callable[[AppError], None]) -> None:
        rest = [p for p in everyone if cursor is None or p.id > cursor][:50]
        got(Page(tuple(rest), rest[-1] is not everyone[-1], rest[-1].id))

    model = PagedTableModel(COLUMNS, row_id=lambda p: p.id, fetch=fetch)
    view = QTableView()
    qtbot.addWidget(view)
    view.setItemDelegate(RowDelegate(view))
    view.setItemDelegateForColumn(1, ChipDelegate(view))
    view.setModel(model)
    model.reload()
    view.resize(400, 300)
    view.show()
    with qtbot.waitExposed(view):
        view.show()
    assert model.rowCount() == 50
    view.scrollToBottom()
    qtbot.waitUntil(lambda: model.rowCount() > 50)
    last = model.rowCount() - 1
    view.selectRow(last)
    view.scrollToBottom()
    view.scrollTo(model.index(last, 0))  # another page may have come since
    picture = view.grab().toImage()
    colors = {picture.pixelColor(x, y).name() for x in range(0, 380, 3) for y in range(0, 280, 3)}
    assert Theme.current().status(StatusKind.DONE).fill.name() in colors
    assert Theme.current().colors.selected.name() in colors

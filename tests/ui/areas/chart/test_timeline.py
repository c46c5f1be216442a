"""The timeline and the access log in the window."""

from __future__ import annotations

from datetime import date

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.queries.audit import audit_search
from app.queries.core import Page
from app.ui.areas.chart.access.tab import AccessTab
from app.ui.areas.chart.timeline.tab import TimelineTab
from app.workspace.sync_state import SyncMode
from tests.support.sync import FakeSync
from tests.ui.areas.chart.conftest import Chart, Make

Key = Qt.Key


def opened(chart: Chart) -> TimelineTab:
    chart.open(tab="timeline")
    tab = chart.page.host.tab("timeline")
    assert isinstance(tab, TimelineTab)
    chart.wait(lambda: tab.model.rows)
    return tab


def ids(tab: TimelineTab) -> list[str]:
    return [entry.id for entry in tab.model.rows]


def test_words_kind_and_period_narrow_it_down(make_chart: Make) -> None:
    chart = make_chart()
    tab = opened(chart)
    whole = len(tab.model.rows)
    tab.words.setFocus()
    QTest.keyClicks(tab.words, "DIZZY")
    chart.wait(lambda: ids(tab) == ["ms-2"])
    QTest.keyClick(tab.words, Key.Key_Down)
    assert tab.table.hasFocus()
    tab.words.clear()
    chart.wait(lambda: len(tab.model.rows) == whole)
    tab.kind.set_current("alert")
    tab.kind.changed.emit("alert")
    chart.wait(lambda: ids(tab) == ["a-crit", "a-old"])
    tab.first.set_value(date(2026, 5, 1))
    tab.first.changed.emit(tab.first.value)
    chart.wait(lambda: ids(tab) == ["a-crit"])
    tab.last.set_value(date(2026, 5, 2))
    tab.last.changed.emit(tab.last.value)
    chart.wait(lambda: "Nothing here" in tab.states.shown.accessibleName())


def test_what_it_was_keeps_its_room_beside_a_panel(make_chart: Make) -> None:
    chart = make_chart()
    tab = opened(chart)
    header = tab.table.horizontalHeader()

    def hidden(width: int) -> list[int]:
        tab.table.setFixedWidth(width)
        chart.wait(lambda: tab.table.width() == width)
        return [place for place in range(6) if header.isSectionHidden(place)]

    assert [hidden(width) for width in (1000, 750, 690)] == [[], [4], [1, 4]]
    assert header.sectionSize(3) > 150


def test_enter_opens_where_an_entry_comes_from(make_chart: Make) -> None:
    chart = make_chart()
    tab = opened(chart)
    row = ids(tab).index("v-other")
    tab.table.setFocus()
    tab.table.setCurrentIndex(tab.model.index(row, 0))
    QTest.keyClick(tab.table, Key.Key_Return)
    chart.wait(lambda: chart.page.bar.current == "visits")


def test_another_patient_begins_without_filters(make_chart: Make) -> None:
    chart = make_chart()
    tab = opened(chart)
    tab.words.setText("dizzy")
    chart.wait(lambda: ids(tab) == ["ms-2"])
    chart.open("pat-kowalska", tab="timeline")
    chart.wait(lambda: ids(tab) == ["v-later"])
    assert tab.words.text() == ""


def test_the_access_log_is_for_those_who_read_the_audit(make_chart: Make) -> None:
    chart = make_chart()
    chart.open()
    assert "access" not in chart.page.bar.buttons


def test_an_admin_sees_who_opened_the_chart(make_chart: Make) -> None:
    chart = make_chart("admin")
    chart.workspace.answers[audit_search] = Page((), more=False)
    chart.open(tab="access")
    tab = chart.page.host.tab("access")
    assert isinstance(tab, AccessTab)
    chart.wait(lambda: "Nobody has opened" in tab.states.shown.accessibleName())
    (asked,) = [values for function, values in chart.workspace.asked if function is audit_search]
    assert (asked["what"].patient_id, asked["what"].kind) == ("pat-lis", "ACCESS")


def test_what_the_server_has_not_confirmed_says_so(make_chart: Make) -> None:
    sync = FakeSync()
    sync.rows = frozenset({("visits", "v-other")})
    chart = make_chart(sync=sync)
    tab = opened(chart)
    sync.tell(SyncMode.OFFLINE, waiting=1)
    row = ids(tab).index("v-other")
    state = tab.model.index(row, tab.model.columnCount() - 1)
    chart.wait(lambda: str(state.data()).endswith(" · not yet confirmed"))
    assert not [
        n for n in range(len(ids(tab))) if n != row and "confirmed" in str(state.sibling(n, state.column()).data())
    ]

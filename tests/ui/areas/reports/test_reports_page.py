"""The reports' page: figures from a real database, periods by key, a CSV file, and without the server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.permissions import Permission
from app.domain.reports import Period, PeriodKind, ReportKind
from app.kernel.errors import Unavailable
from app.kernel.i18n import set_language
from app.queries.reports import report
from app.ui.areas.reports.bars import figure_text
from app.ui.areas.reports.page import ReportsPage
from app.ui.areas.reports.spec import SPEC as REPORTS
from app.ui.areas.rules.words import number_text
from tests.support.desk import DAY, Desk
from tests.support.front_desk import Window
from tests.support.shell import FakeShell, FakeWorkspace

ALT = Qt.KeyboardModifier.AltModifier


@pytest.fixture
def page(window: Callable[..., Window], clinic: Desk) -> tuple[Window, ReportsPage]:
    """The ADMIN's window on the reports; Okafor has two visits this Monday, one of them the backend called off."""
    slots = clinic.slots("09:00", 2, day=DAY)
    clinic.backend_visit(slots[0])
    clinic.backend_visit(slots[1], "brandt")
    made = window("admin", more=(REPORTS,))
    found: ReportsPage = made.page("reports")
    made.wait(lambda: found.found is not None)
    made.sit_down()
    return made, found


def is_shown(page: ReportsPage, kind: ReportKind) -> bool:
    """Whether a report is what is shown."""
    return page.found is not None and page.found.kind is kind


def cells(page: ReportsPage) -> list[list[str]]:
    """What the table shows."""
    model = page.table.model()
    return [
        [str(model.index(line, place).data() or "") for place in range(model.columnCount())]
        for line in range(model.rowCount())
    ]


def test_visits_of_the_month_with_their_sum(page: tuple[Window, ReportsPage]) -> None:
    window, reports = page
    assert reports.period == Period(date(2026, 5, 1), date(2026, 5, 31))
    window.wait(lambda: len(cells(reports)) == 2)
    assert cells(reports)[0][:3] == ["Dr Ngozi Okafor", "2", "2"]
    assert cells(reports)[1][:3] == ["All", "2", "2"]
    spoken = [item.name for item in reports.bars.spoken_items()]
    parts = ("Completed 0", "With provider 0", "Arrived 0", "Planned 2", "Left before seen 0", "Did not arrive 0",
             "Cancelled 0")  # fmt: skip
    assert spoken == [f"Dr Ngozi Okafor: {', '.join(parts)}"]


def test_periods_are_gone_through_by_key(page: tuple[Window, ReportsPage]) -> None:
    window, reports = page
    window.wait(reports.kinds.isVisible)
    reports.kinds.setFocus()
    window.wait(reports.kinds.hasFocus)  # before that the window isn't active yet, and a key is nobody's
    QTest.keyClick(reports.kinds, Qt.Key.Key_Left, ALT)
    window.wait(lambda: reports.period.first == date(2026, 4, 1))
    window.wait(lambda: reports.states.shown is not reports.states.content)
    window.wait(reports.kinds.hasFocus)
    QTest.keyClick(reports.kinds, Qt.Key.Key_Right, ALT)
    window.wait(lambda: reports.period.first == date(2026, 5, 1))
    window.wait(lambda: reports.states.shown is reports.states.content)
    reports.periods.set_current(PeriodKind.WEEK.value)
    window.wait(lambda: reports.period == Period(DAY, DAY + timedelta(days=6)))
    reports.periods.set_current(PeriodKind.CUSTOM.value)
    window.wait(reports.first.isVisible)
    reports.first.set_value(DAY + timedelta(days=1))
    reports.first.changed.emit(reports.first.value)
    window.wait(lambda: reports.period.first == DAY + timedelta(days=1))
    window.wait(lambda: reports.states.shown is not reports.states.content)


def test_every_report_is_shown(page: tuple[Window, ReportsPage]) -> None:
    window, reports = page
    for kind in ReportKind:
        reports.kinds.set_current(kind.value)
        window.wait(partial(is_shown, reports, kind))
    window.wait(lambda: len(cells(reports)) == 6)
    assert not reports.periods.isEnabled(), "open loops are as of now"
    assert not reports.days.isVisible()
    period = reports.period
    reports.earlier()
    assert reports.period == period
    assert reports.found is not None
    assert reports.file_name(reports.found) == f"open-{DAY}.csv"


def test_over_time_every_day_is_drawn(page: tuple[Window, ReportsPage]) -> None:
    window, reports = page
    reports.kinds.set_current(ReportKind.OVER_TIME.value)
    window.wait(partial(is_shown, reports, ReportKind.OVER_TIME))
    window.wait(lambda: reports.bars.height() == reports.bars.sizeHint().height())
    columns = list(reports.bars.spoken_items())
    assert len(columns) == 31
    today = columns[DAY.day - 1]
    assert today.name.endswith(": Completed 0, To come or under way 2, Cancelled 0, Missed 0")
    places = [one.rect.left() for one in columns]
    assert places == sorted(set(places)), "side by side, none on another"
    assert columns[-1].rect.right() <= reports.bars.width()
    drawn = reports.bars.grab().toImage()
    middle, bottom = today.rect.center().x(), reports.bars.height() - 30
    empty = columns[DAY.day].rect.center().x()
    assert drawn.pixelColor(middle, bottom) != drawn.pixelColor(empty, bottom), "a column stands on its day"


def test_figures_read_the_same_in_both_languages_as_in_rules_and_results() -> None:
    for code in ("en", "es"):
        set_language(code)
        assert [figure_text(one) for one in (3.7, 4.0, 53780, None)] == ["3.7", "4", "53,780", ""]
        assert number_text(3.7) == "3.7"


def test_what_is_shown_is_saved_as_csv(page: tuple[Window, ReportsPage], tmp_path: Path) -> None:
    window, reports = page
    file = tmp_path / "visits.csv"
    reports.save_to(str(file))
    window.wait(lambda: file.exists() and file.stat().st_size > 0)
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0].startswith("id,Name,Visits,Planned")
    assert lines[1].startswith("p-okafor,Dr Ngozi Okafor,2,2")


def test_without_the_server_it_is_said(qtbot: QtBot) -> None:
    def unavailable(*_args: Any, **_more: Any) -> Any:
        raise Unavailable("NeedsServer", "Only with the server.")

    shell = FakeShell(FakeWorkspace(answers={report: unavailable}))
    page = ReportsPage(shell)
    qtbot.addWidget(page)
    page.show()
    page.refresh()
    qtbot.waitUntil(lambda: "counted on the server" in page.states.shown.accessibleName(), timeout=5000)
    assert not page.csv.isEnabled()


def test_it_is_the_administrators() -> None:
    assert REPORTS.permission is Permission.REPORTS

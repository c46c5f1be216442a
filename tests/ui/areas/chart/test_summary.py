"""The summary in the window: every line by keyboard and mouse, its states, and values that can't be read."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from sqlalchemy import update

from app.db.models import CarePlan, Patient
from app.domain.clinical_lists import ClinicalList, ListItem, ListKind
from app.kernel.errors import Unavailable
from app.kernel.i18n import set_language
from app.kernel.text import isolated
from app.queries.chart_summary import ChartSummary, chart_summary
from app.queries.since import SinceItem, SinceKind
from app.ui.areas.chart.head_words import allergy_chips
from app.ui.areas.chart.lists.panel import ListPanel
from app.ui.areas.chart.summary.change_words import since_line
from app.ui.areas.chart.summary.panels import LinesPanel
from app.ui.areas.chart.summary.words import medicine_line, problem_line, since_heading
from app.ui.areas.chart.timeline.tab import TimelineTab
from app.ui.widgets.line_list import LineList
from app.ui.widgets.lists import ChipSpec
from app.ui.work.places import OpenChart
from app.workspace.changes import ChangeSet
from tests.support.desk import NOW
from tests.ui.areas.chart.conftest import LIS, Chart, Make

Key, Mod = Qt.Key, Qt.KeyboardModifier


def said(panel: LinesPanel) -> list[str]:
    return [line.spoken() for line in panel.list.lines]


def test_everything_that_decides_is_on_the_screen(chart: Chart) -> None:
    tab = chart.summary
    assert said(tab.since)[:2] == ["Alert: Potassium crit, Critical, today", "Potassium 6.4 mmol/L, Critical, today"]
    assert "BP, 7 days: 144/89 , was 128/84, today" in said(tab.since)
    assert said(tab.problems) == ["Hypertension, I10, 2014", "Type 2 diabetes, E11.9, 2016"]
    assert said(tab.medicines)[0] == "Lisinopril, 20 mg, once daily, 2014"
    assert said(tab.vitals)[0] == "Blood pressure, 147/92, high, mmHg, 09:30, from a device"
    assert said(tab.coming)[0] == "Today 10:32, With provider, Follow-up · Dr Ngozi Okafor"
    assert tab.care.figure.text() == "74 %"
    assert said(tab.notes)[0] == "Orthostatic drop, Draft, today"
    assert tab.since.heading.text() == "Since your last visit"
    assert tab.since.meta.text() == "25 Mar, 40 days"


def test_open_items_are_numbered_and_alt_digit_opens_them(chart: Chart) -> None:
    lines = chart.summary.open_panel.list.lines
    assert [line.keys for line in lines] == [f"Alt+{n}" for n in range(1, 9)]
    assert [line.button for line in lines] == ["Review", "Open", "Open", "Continue", "Open", "Reply", "Open", "Open"]
    assert (lines[-1].title, lines[-1].subtitle) == ("Nephrology fine", "Sent, 18 Apr"), "a referral that is in time"
    QTest.keyClick(QApplication.focusWidget() or chart.page, Key.Key_2, Mod.AltModifier)
    chart.wait(lambda: chart.page.bar.current == "timeline")
    tab = chart.page.host.tab("timeline")
    assert isinstance(tab, TimelineTab)
    chart.wait(lambda: tab.table.currentIndex().row() >= 0 and tab.model.rows)
    entry = tab.model.row(tab.table.currentIndex())
    assert entry is not None
    assert entry.id == "a-crit"


def test_enter_and_a_click_open_a_lines_source(chart: Chart, monkeypatch: pytest.MonkeyPatch) -> None:
    places: list[object] = []
    monkeypatch.setattr(chart.summary.api, "navigate", places.append)
    line = chart.summary.since.list
    line.setFocus()
    QTest.keyClick(line, Key.Key_Down)
    QTest.keyClick(line, Key.Key_Return)
    vitals = chart.summary.vitals.list
    middle = vitals.line_rect(4).center()
    QTest.mouseClick(vitals, Qt.MouseButton.LeftButton, Mod.NoModifier, middle)
    assert places == [OpenChart(patient_id=LIS, tab="labs", item="l-cmp"),
                      OpenChart(patient_id=LIS, tab="vitals", item="WEIGHT")]  # fmt: skip


def test_the_focus_begins_with_what_is_open(chart: Chart) -> None:
    chart.wait(lambda: QApplication.focusWidget() is chart.summary.open_panel.list)


def test_lines_are_heard_by_screen_readers(chart: Chart) -> None:
    found = QAccessible.queryAccessibleInterface(chart.summary.open_panel.list)
    texts = [found.child(n).text(QAccessible.Text.Name) for n in range(found.childCount())]
    assert texts[0].startswith("CMP: unsigned, Critical, corrected, arrived 08:18, Review, Alt+1")


def test_an_unreadable_value_is_said_in_its_place(chart: Chart) -> None:
    assert "Glucose, unreadable value, mg/dL, 3 May, typed" in said(chart.summary.vitals)
    assert chart.summary.care.state.text() == "1 unreadable value"


def test_junk_in_the_record_blanks_nothing(make_chart: Make) -> None:
    chart = make_chart()
    chart.write(update(Patient).where(Patient.id == LIS).values(demographics=["x"]))
    chart.write(update(CarePlan).values(phases={"a": 1}))
    chart.open()
    assert chart.summary.problems.state.text() == "1 unreadable value", "nobody knows whether somebody asked"
    assert said(chart.summary.vitals)
    assert len(chart.summary.open_panel.list.lines) == 8


def test_an_empty_chart_says_so_panel_by_panel(make_chart: Make) -> None:
    chart = make_chart()
    chart.open("pat-brandt")
    tab = chart.summary
    assert [panel.state.text() for panel in (tab.since, tab.vitals, tab.open_panel, tab.coming, tab.notes)] == [
        "Nothing has changed.", "Nothing measured yet.", "Nothing is open.", "No visit is planned.", "No notes yet.",
    ]  # fmt: skip
    assert tab.care.state.text() == "No care plan."
    assert tab.problems.state.text() == "Not asked yet"


def test_without_an_answer_there_is_an_error_with_a_way_on(make_chart: Make) -> None:
    chart = make_chart()
    chart.workspace.answers[chart_summary] = Unavailable("NoServer", "The server can't be reached.")
    chart.shell.window.stack.open_area("chart")
    chart.page.open_chart(LIS)
    tab = chart.summary
    chart.wait(lambda: "can't be reached" in tab.states.shown.accessibleName())
    del chart.workspace.answers[chart_summary]
    tab.states.retry.emit()
    chart.wait(lambda: tab.summary is not None)


def test_an_error_later_leaves_what_is_shown(chart: Chart) -> None:
    chart.workspace.answers[chart_summary] = Unavailable("NoServer", "The server can't be reached.")
    chart.workspace.changed.publish(ChangeSet({"alerts": frozenset({"x"})}))
    chart.qtbot.wait(400)
    assert said(chart.summary.since)
    assert chart.summary.states.shown is chart.summary.states.content


@pytest.mark.parametrize(("width", "columns"), [(1440, 3), (1280, 3), (1000, 2)])
def test_columns_fit_the_window(chart: Chart, width: int, columns: int) -> None:
    chart.shell.window.resize(width, 800)
    chart.wait(lambda: chart.summary.columns.count == columns)
    assert chart.summary.columns.width() <= chart.summary.width()


def test_what_does_not_fit_is_counted(chart: Chart) -> None:
    chart.shell.window.resize(1280, 700)
    panel = chart.summary.since
    chart.wait(panel.rest.isVisible)
    shown = len(panel.list.lines)
    assert panel.rest.text() == f"{14 - shown} more"
    panel.rest.click()
    chart.wait(lambda: chart.page.bar.current == "timeline")


def test_a_list_keeps_its_line_by_key(chart: Chart) -> None:
    lines = chart.summary.open_panel.list.lines
    made = LineList("x", parent=chart.page)
    made.show_lines(lines)
    assert made.go_to(lines[3].key)
    made.show_lines(lines[2:])
    assert made.current == lines[3].key
    made.show_lines(lines[:1])
    assert made.current == lines[0].key
    assert not made.go_to("nothing")


def test_the_desk_opens_results_and_does_not_review_them(make_chart: Make) -> None:
    chart = make_chart("desk")
    chart.open()
    chart.wait(lambda: chart.summary.open_panel.list.lines)
    buttons = [line.button for line in chart.summary.open_panel.list.lines]
    assert "Review" not in buttons
    assert "Open" in buttons


@pytest.mark.parametrize(
    ("ago", "treats", "said"),
    [
        (3, True, ("Since your last visit", "1 May, 3 days")), (0, True, ("Since your last visit", "today")),
        (3, False, ("Since the last visit", "1 May, 3 days")),
        (None, True, ("In the last 90 days", "no visit with you yet")),
        (None, False, ("In the last 90 days", "nobody has seen them yet")),
    ],
)  # fmt: skip
def test_the_desk_has_no_visits_of_its_own(ago: int | None, treats: bool, said: tuple[str, str]) -> None:
    since = NOW - timedelta(days=ago) if ago is not None else None
    empty = cast(ChartSummary, SimpleNamespace(since=since, as_of=NOW))
    assert since_heading(empty, ZoneInfo("UTC"), treats=treats) == said


def test_where_nothing_stands_something_can_be_begun(chart: Chart) -> None:
    chart.open("pat-roux")
    tab = chart.summary
    chart.wait(lambda: tab.summary is not None and tab.summary.patient_id == "pat-roux")
    empty = {panel: panel.begin.text() for panel in tab._lists if not panel.list.lines}
    shown = {panel.begin.text() for panel in empty if panel.begin.isVisible()}
    assert shown == {"Add a problem", "Add a medicine", "Measure", "Book follow-up"}
    assert tab.care.begin.isVisible()
    assert not any(panel.begin.isVisible() for panel in tab._lists if panel.list.lines)
    tab.problems.begin.setFocus()
    QTest.keyClick(tab.problems.begin, Key.Key_Space)
    panel = chart.shell.window.panels.current
    assert isinstance(panel, ListPanel)
    assert panel.title().startswith("Problems")
    chart.open(LIS)
    chart.wait(lambda: tab.problems.list.lines)
    assert not tab.problems.begin.isVisible()


@pytest.mark.parametrize(
    ("key", "title"), [(Key.Key_D, "Problems"), (Key.Key_I, "Medicines"), (Key.Key_A, "Allergies")]
)
def test_each_list_is_a_key_away_on_every_tab(chart: Chart, key: Qt.Key, title: str) -> None:
    chart.page.show_tab("visits")
    chart.qtbot.wait(20)
    QTest.keyClick(QApplication.focusWidget() or chart.page, key, Mod.AltModifier)
    chart.wait(lambda: isinstance(chart.shell.window.panels.current, ListPanel))
    panel = chart.shell.window.panels.current
    assert isinstance(panel, ListPanel)
    assert panel.title().startswith(title)
    assert panel.item is None, "a new entry can be typed at once"


def test_an_arabic_name_keeps_its_figures_behind_it_and_others_stay_as_they_are() -> None:
    arabic = "\u0645\u064a\u062a\u0641\u0648\u0631\u0645\u064a\u0646 500 mg"
    apart = f"\u2068{arabic}\u2069"
    assert medicine_line(ListItem("m", arabic, dose="1 g")).title == apart
    assert problem_line(ListItem("p", arabic)).title == apart
    new = SinceItem(SinceKind.MEDICINE, "m", NOW, arabic, value="1 g")
    assert since_line(0, new, NOW, ZoneInfo("UTC")).title == f"New: {apart}, 1 g"
    assert isolated("\u202eMetformin 500 mg") == "\u202eMetformin 500 mg", "only what has such letters"
    assert isolated(f"\u2069{arabic}\u202e") == apart, "nothing within ends it early"
    assert medicine_line(ListItem("m", "Ácido fólico 5 mg")).title == "Ácido fólico 5 mg"


def test_how_severe_an_allergy_is_stands_in_the_language_of_the_window() -> None:
    set_language("es")
    penicillin = ListItem("a", "Penicillin", severity="severe", reaction="rash")
    (chip,) = allergy_chips(ClinicalList(ListKind.ALLERGIES, (penicillin,)))
    assert chip.text == "Penicillin: rash, grave"
    assert problem_line(ListItem("p", "Asthma", severity="mild")).chip == ChipSpec("leve")

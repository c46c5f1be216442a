"""A care plan by keyboard: tasks added, renamed, reordered, marked, taken away; conflicts side by side."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import delete, insert, select, update

from app.db.models import CarePlan, CarePlanTemplate, CareTaskMark
from app.ui.areas.chart.care_plan.tab import CarePlanTab
from app.ui.areas.chart.care_plan.template_panel import TemplatePanel
from tests.support.desk import NOW
from tests.ui.areas.chart.conftest import Chart, Make
from tests.ui.areas.chart_care.conftest import really

ALT = Qt.KeyboardModifier.AltModifier
TASK = "task:Keep on:t2"


def opened(chart: Chart) -> CarePlanTab:
    really(chart).open(tab="care_plan")
    tab: Any = chart.page.host.tab("care_plan")
    chart.wait(lambda: tab.sheet.rows or tab.head.none.isVisible())
    return tab  # type: ignore[no-any-return]


def phases(chart: Chart, plan: str = "c-1") -> list[Any]:
    with chart.workspace.alone:
        return list(chart.clinic.rows(select(CarePlan.phases).where(CarePlan.id == plan))[0].phases)


def typed(tab: CarePlanTab, text: str, end: Qt.Key = Qt.Key.Key_Return) -> None:
    """Type into the cell with the keyboard."""
    QTest.keyClick(tab.sheet, Qt.Key.Key_Return)
    assert tab.sheet.editor.isVisible()
    QTest.keyClicks(tab.sheet.editor, text)
    QTest.keyClick(tab.sheet.editor, end)


def test_a_task_is_added_renamed_and_said_how_often(chart: Chart) -> None:
    tab = opened(chart)
    tab.sheet.setFocus()
    assert tab.sheet.go_to(TASK, "title")
    QTest.keyClick(tab.sheet, Qt.Key.Key_Insert)
    QTest.keyClicks(tab.sheet.editor, "Sleep 8 hours")
    QTest.keyClick(tab.sheet.editor, Qt.Key.Key_Return)
    chart.wait(lambda: len(phases(chart)[1]["tasks"]) == 3)
    made = phases(chart)[1]["tasks"][2]
    row = f"task:Keep on:{made['id']}"
    chart.wait(lambda: tab.sheet.go_to(row, "frequency"))
    typed(tab, "3 times a week")
    chart.wait(lambda: phases(chart)[1]["tasks"][2]["frequency"] == "3 times a week")
    assert tab.sheet.go_to(row, "title")
    typed(tab, "Sleep", Qt.Key.Key_Tab)
    chart.wait(lambda: phases(chart)[1]["tasks"][2]["title"] == "Sleep")
    assert tab.sheet.cell == "description"
    assert phases(chart)[1]["tasks"][1] == 5, "what nobody can read stays"


def test_a_task_that_a_rule_gave_names_the_rule(chart: Chart) -> None:
    given = {"id": "r1", "title": "Sleep log", "description": "Mornings", "frequency": "daily", "completed": False}
    by: tuple[dict[str, str], ...] = ({"ruleId": "r", "ruleName": "Sleep under 5 h"}, {"ruleId": "r"}, {})
    plan = [
        {"name": "Begin", "durationWeeks": 4, "tasks": [{**given, **one, "id": f"r{n}"} for n, one in enumerate(by)]}
    ]
    with chart.workspace.alone:
        chart.clinic.write(update(CarePlan).where(CarePlan.id == "c-1").values(phases=plan))
    tab = opened(chart)
    rules = [row.rule for row in tab.sheet.rows if row.kind == "task"]
    assert rules == ["by the rule “Sleep under 5 h”", "by a rule", ""]
    assert tab.sheet.rows[1].spoken().startswith("Sleep log, Mornings, by the rule “Sleep under 5 h”, daily")


def test_phases_are_added_moved_and_lengthened(chart: Chart) -> None:
    tab = opened(chart)
    assert tab.sheet.go_to("phase:Begin:", "weeks")
    typed(tab, "6")
    chart.wait(lambda: phases(chart)[0]["durationWeeks"] == 6)
    assert tab.sheet.go_to("new_phase::")
    typed(tab, "Afterwards")
    chart.wait(lambda: len(phases(chart)) == 3)
    chart.wait(lambda: tab.sheet.go_to("phase:Afterwards:"))
    QTest.keyClick(tab.sheet, Qt.Key.Key_Up, ALT)
    chart.wait(lambda: [one["name"] for one in phases(chart)] == ["Begin", "Afterwards", "Keep on"])


def test_the_first_letter_on_a_line_for_something_new_is_typed(chart: Chart) -> None:
    tab = opened(chart)
    tab.sheet.setFocus()
    assert tab.sheet.go_to("new_phase::")
    QTest.keyClick(tab.sheet, Qt.Key.Key_H)
    assert tab.sheet.editor.isVisible()
    QTest.keyClicks(tab.sheet.editor, "ome readings")
    QTest.keyClick(tab.sheet.editor, Qt.Key.Key_Return)
    chart.wait(lambda: len(phases(chart)) == 3)
    chart.wait(lambda: [one["name"] for one in phases(chart)][2:] == ["home readings"])
    assert tab.sheet.go_to("phase:Begin:")
    QTest.keyClick(tab.sheet, Qt.Key.Key_X)
    assert not tab.sheet.editor.isVisible(), "a letter changes nothing that is there"


def test_weeks_that_are_no_number_are_refused(chart: Chart) -> None:
    tab = opened(chart)
    assert tab.sheet.go_to("phase:Begin:", "weeks")
    typed(tab, "soon")
    chart.wait(lambda: not tab.sheet.editor.isVisible())
    assert phases(chart)[0]["durationWeeks"] == 4


def test_a_task_moves_into_the_phase_before_and_is_taken_away(chart: Chart) -> None:
    tab = opened(chart)
    assert tab.sheet.go_to(TASK, "title")
    QTest.keyClick(tab.sheet, Qt.Key.Key_Up, ALT)
    chart.wait(lambda: [one["id"] for one in phases(chart)[0]["tasks"]] == ["t1", "t2"])
    chart.wait(lambda: tab.sheet.go_to("task:Begin:t2"))
    QTest.keyClick(tab.sheet, Qt.Key.Key_Delete)
    chart.wait(lambda: len(phases(chart)[0]["tasks"]) == 1)


def test_space_completes_a_task_and_marks_a_day(chart: Chart) -> None:
    plan: Any = [{"name": "Keep on", "durationWeeks": 12,
                  "tasks": [{"id": "t2", "title": "Walk", "frequency": "daily", "completed": False}]}]  # fmt: skip
    chart.write(update(CarePlan).where(CarePlan.id == "c-1").values(phases=plan))
    tab = opened(chart)
    assert tab.sheet.go_to(TASK, "completed")
    QTest.keyClick(tab.sheet, Qt.Key.Key_Space)
    chart.wait(lambda: phases(chart)[0]["tasks"][0]["completed"] is True)
    tab.sheet.setFocus()
    QTest.keyClick(tab.sheet, Qt.Key.Key_End)
    today = chart.workspace.reader().today
    assert tab.sheet.cell == f"day:{today.isoformat()}"
    chart.wait(lambda: tab.plan is not None and today not in tab.plan.marks["t2"])
    QTest.keyClick(tab.sheet, Qt.Key.Key_Space)
    chart.wait(lambda: tab.plan is not None and today in tab.plan.marks["t2"])


def test_the_box_and_a_day_are_clicked(chart: Chart) -> None:
    tab = opened(chart)
    number = next(n for n, row in enumerate(tab.sheet.rows) if row.id == TASK)
    place = tab.sheet.cell_rect(number, "completed").center()
    QTest.mouseClick(tab.sheet, Qt.MouseButton.LeftButton, pos=place)
    chart.wait(lambda: phases(chart)[1]["tasks"][0]["completed"] is True)


def test_two_people_change_the_same_title(chart: Chart) -> None:
    tab = opened(chart)
    assert tab.sheet.go_to(TASK, "title")
    theirs = phases(chart)
    theirs[1]["tasks"][0]["title"] = "Swim"
    chart.write(update(CarePlan).where(CarePlan.id == "c-1").values(phases=theirs))
    typed(tab, "Run")
    chart.wait(lambda: tab.conflict.open)
    line = tab.conflict.lines["title"]
    line.choice.set_current("theirs")
    chart.wait(lambda: not tab.conflict.open)
    assert phases(chart)[1]["tasks"][0]["title"] == "Swim"
    chart.wait(lambda: any(row.name == "Swim" for row in tab.sheet.rows))


def test_escape_gives_up_what_was_typed(chart: Chart) -> None:
    tab = opened(chart)
    assert tab.sheet.go_to(TASK, "title")
    typed(tab, "Nothing", Qt.Key.Key_Escape)
    assert not tab.sheet.editor.isVisible()
    assert tab.sheet.hasFocus()
    assert phases(chart)[1]["tasks"][0]["title"] == "Walk 30 minutes"


def test_what_cannot_be_read_is_said(chart: Chart) -> None:
    tab = opened(chart)
    assert tab.head.strange.isVisible()
    assert next(row for row in tab.sheet.rows if row.phase == "Keep on").unreadable == 1


def test_a_plan_is_begun_from_a_template_and_kept_as_one(chart: Chart) -> None:
    one: Any = [{"name": "Start", "durationWeeks": 2, "tasks": [{"title": "Walk", "frequency": "daily"}]}]
    clinic = chart.workspace.reader().clinic_id
    chart.write(
        delete(CareTaskMark), delete(CarePlan),
        insert(CarePlanTemplate).values(id="tpl", clinic_id=clinic, name="Pressure", phases=one, active=True,
                                        updated_at=NOW),
    )  # fmt: skip
    tab = opened(chart)
    chart.wait(lambda: tab.head.template.count() == 2)
    tab.head.template.set_current("tpl")
    tab.head.begin.click()
    chart.wait(lambda: tab.plan is not None and [row.name for row in tab.sheet.rows[:2]] == ["Start", "Walk"])
    tab.head.keep.click()
    (panel,) = chart.shell.window.findChildren(TemplatePanel)
    QTest.keyClicks(panel.name, "Mine")
    QTest.keyClick(panel.name, Qt.Key.Key_Return)
    chart.wait(lambda: tab.head.template.count() == 3)


def test_the_desk_reads_the_plan(make_chart: Make) -> None:
    chart = make_chart("desk")
    chart.open()
    tab = opened(chart)
    chart.wait(lambda: tab.sheet.rows)
    assert not any(row.kind.startswith("new") for row in tab.sheet.rows)
    assert tab.sheet.go_to(TASK, "title")
    QTest.keyClick(tab.sheet, Qt.Key.Key_Return)
    assert not tab.sheet.editor.isVisible()
    assert tab.head.begin.isHidden() or not tab.head.begin.isVisible()

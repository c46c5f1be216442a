"""The chart's frame: header on all tabs, tabs and patients by key, what is live and what isn't."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from sqlalchemy import insert, update

from app.commands.tasks import AddTask
from app.db.models import Measurement, Patient, PatientDetail
from app.queries.chart import chart_head
from app.ui.areas.chart.header import ChartHeader
from app.ui.areas.chart.labs.grid import COURSE
from app.ui.areas.chart.labs.tab import NARROW, LabsTab
from app.ui.areas.chart.lists.panel import ListPanel
from app.ui.areas.chart.messages.tab import MessagesTab
from app.ui.areas.chart.out.print_panel import ChartPrintPanel
from app.ui.areas.chart.timeline.tab import TimelineTab
from app.ui.parts.lab_order_view import LabOrderView
from app.ui.parts.task_panel import AddTaskPanel
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.paint import text_width
from app.ui.work import PanelPage
from app.ui.work.places import OpenChart
from app.workspace.changes import ChangeSet
from app.workspace.sync_state import SyncMode
from tests.support.desk import NOW
from tests.support.sync import FakeSync
from tests.ui.areas.chart.conftest import LIS, Chart, Make

Key, Mod = Qt.Key, Qt.KeyboardModifier


def press(chart: Chart, key: Qt.Key, modifier: Qt.KeyboardModifier = Mod.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or chart.shell.window, key, modifier)


def chips(chart: Chart) -> list[str]:
    return [chip.text for chip in chart.page.header.chips.chips]


def head_questions(chart: Chart) -> int:
    return sum(function is chart_head for function, _ in chart.workspace.asked)


def test_the_header_says_who_it_is_allergies_before_flags(chart: Chart) -> None:
    header = chart.page.header
    assert header.name.text() == "Zygmunt Lis"
    chart.wait(lambda: header.name.width() > 60)
    beside = header.who if header.who.isVisible() else header.who_below
    assert not header.name.geometry().intersects(beside.geometry()), "nothing is written over the name"
    assert header.who.text() == "birth date unknown  ·  female  ·  MRN 004417  ·  speaks Vietnamese, interpreter"
    assert chips(chart) == ["Identity to confirm", "Penicillin: anaphylaxis, severe", "Sulfonamides: rash, mild",
                            "High risk", "1 result to sign", "1 unread message"]  # fmt: skip
    assert [chip.kind for chip in header.chips.chips[1:3]] == ["critical", None]
    assert header.visits.text() == "Last visit 14 Apr 2026   ·   Next visit 18 May 2026 10:42"
    assert header.live.text() == "As of 10:42, live"


def test_the_header_stays_on_every_tab_and_the_rail_says_patients(chart: Chart) -> None:
    window = chart.shell.window
    assert window.stack.current == "chart"
    assert "chart" not in window.rail.keys
    assert window.rail.item("patients").isChecked()
    for key in chart.page.bar.buttons:
        chart.page.show_tab(key)
        assert chart.page.header.isVisible()
        chart.qtbot.wait(20)


def test_tabs_go_round_by_key_and_by_mouse(chart: Chart) -> None:
    keys = list(chart.page.bar.buttons)
    assert keys[:2] == ["summary", "timeline"]
    press(chart, Key.Key_PageDown, Mod.ControlModifier)
    assert chart.page.bar.current == "timeline"
    chart.qtbot.wait(20)
    press(chart, Key.Key_PageUp, Mod.ControlModifier)
    assert chart.page.bar.current == "summary"
    press(chart, Key.Key_PageUp, Mod.ControlModifier)
    assert chart.page.bar.current == keys[-1]
    QTest.mouseClick(chart.page.bar.buttons["timeline"], Qt.MouseButton.LeftButton)
    assert chart.page.bar.current == "timeline"


def test_arrows_go_along_the_row_of_tabs_and_the_focus_stays_there(chart: Chart) -> None:
    chart.page.bar.buttons["summary"].setFocus()
    press(chart, Key.Key_Right)
    assert chart.page.bar.current == "timeline"
    assert chart.page.bar.buttons["timeline"].hasFocus()


def test_the_next_patient_of_my_day_is_one_key_away(chart: Chart) -> None:
    button = chart.page.header.next
    assert button.isVisible()
    assert button.accessibleName() == "Next patient of my day: Anna Kowalska, 12:42"
    press(chart, Key.Key_Right, Mod.AltModifier)
    chart.wait(lambda: chart.page.header.name.text() == "Anna Kowalska")
    assert not button.isVisible()
    press(chart, Key.Key_Left, Mod.AltModifier)
    chart.wait(lambda: chart.page.header.name.text() == "Zygmunt Lis")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    chart.wait(lambda: chart.page.header.name.text() == "Anna Kowalska")
    assert "Not Anna Kowalski, birth date unknown, 13:42" in chips(chart)


def test_the_front_desk_has_no_day_of_its_own(make_chart: Make) -> None:
    chart = make_chart("desk")
    chart.open()
    assert not chart.page.header.next.isVisible()
    assert not chart.page.header.previous.isVisible()
    press(chart, Key.Key_Right, Mod.AltModifier)
    assert chart.page.presenter.patient_id == LIS


def test_another_patient_takes_the_one_before_off_the_screen_at_once(chart: Chart) -> None:
    chart.page.open_chart("pat-roux")
    assert chart.page.header.name.text() == ""
    assert chips(chart) == []
    assert chart.summary.summary is None
    chart.wait(lambda: chart.page.header.name.text() == "Élodie Roux")
    assert chart.page.bar.current == "summary"


def test_doubts_about_a_record_are_marked(make_chart: Make) -> None:
    chart = make_chart()
    values = {"identity_to_confirm": True, "merged_into": "pat-roux", "updated_at": chart.clinic.clock.now()}
    chart.write(insert(PatientDetail).values(patient_id=LIS, **values))
    chart.open()
    assert chips(chart)[0] == "Identity to confirm"
    assert chart.page.header.merged.isVisible()
    QTest.mouseClick(chart.page.header.merged.button, Qt.MouseButton.LeftButton)
    chart.wait(lambda: chart.page.header.name.text() == "Élodie Roux")
    assert not chart.page.header.merged.isVisible()


@pytest.mark.parametrize("width", [900, 1280, 1600])
def test_a_long_name_is_whole_or_cut_but_never_pushes_the_rest_away(make_chart: Make, width: int) -> None:
    chart = make_chart()
    long = "Maximiliana Alexandra-Theodora Wolfeschlegelsteinhausenberger Nguyễn Thị Lan " * 2
    chart.write(update(Patient).where(Patient.id == LIS).values(first_name=long))
    chart.shell.window.resize(width, 800)
    chart.open()
    header = chart.page.header
    chart.wait(header.who_below.isVisible)
    assert header.width() <= chart.page.width()
    assert header.name.geometry().right() < header.next.geometry().left()
    assert header.next.geometry().right() <= header.width()
    assert header.name.accessibleName().startswith("Maximiliana")


def test_a_change_elsewhere_arrives_and_the_focus_stays(chart: Chart) -> None:
    line = chart.summary.open_panel.list
    line.setFocus()
    press(chart, Key.Key_Down)
    before = line.current
    chart.write(update(Patient).where(Patient.id == LIS).values(first_name="Zygmund"))
    chart.workspace.changed.publish(ChangeSet({"patients": frozenset({LIS})}))
    chart.wait(lambda: chart.page.header.name.text() == "Zygmund Lis")
    assert QApplication.focusWidget() is line
    assert line.current == before


def test_a_hidden_tab_asks_anew_only_when_it_is_seen(chart: Chart) -> None:
    chart.page.show_tab("timeline")
    tab = chart.page.host.tab("timeline")
    assert isinstance(tab, TimelineTab)
    chart.wait(lambda: tab.model.rows)
    asked = len([1 for function, _ in chart.workspace.asked if function.__name__ == "chart_summary"])
    chart.workspace.changed.publish(ChangeSet({"alerts": frozenset({"a-crit"})}))
    chart.qtbot.wait(400)
    summaries = [1 for function, _ in chart.workspace.asked if function.__name__ == "chart_summary"]
    assert len(summaries) == asked
    chart.page.show_tab("summary")
    chart.wait(
        lambda: len([1 for function, _ in chart.workspace.asked if function.__name__ == "chart_summary"]) == asked + 1
    )


def test_what_is_of_nobody_here_asks_nothing(chart: Chart) -> None:
    asked = len(chart.workspace.asked)
    chart.workspace.changed.publish(ChangeSet({"order_set": frozenset({"x"})}))
    chart.qtbot.wait(300)
    assert len(chart.workspace.asked) == asked


def test_offline_the_header_says_since_when_and_marks_what_waits(make_chart: Make) -> None:
    sync = FakeSync()
    chart = make_chart(sync=sync)
    chart.open()
    sync.rows = frozenset({("patients", LIS)})
    sync.tell(SyncMode.OFFLINE)
    chart.wait(lambda: "not yet confirmed" in chips(chart))
    assert chart.page.header.live.text().startswith("As of ")
    assert "live" not in chart.page.header.live.text()
    assert "as of" in chart.summary.since.meta.text()


def test_details_and_foot_actions_name_the_patient(chart: Chart) -> None:
    press(chart, Key.Key_F2)
    assert chart.shell.window.stack.current == "patients"
    chart.open()
    ran: list[tuple[str, str]] = []
    chart.page._runs["book"] = lambda _api, patient, name: ran.append((patient, name))
    press(chart, Key.Key_B, Mod.AltModifier)
    QTest.mouseClick(chart.page.foot.buttons["book"], Qt.MouseButton.LeftButton)
    assert ran == [(LIS, "Zygmunt Lis")] * 2


def test_a_task_about_the_patient_is_made_beside_the_chart(chart: Chart) -> None:
    press(chart, Key.Key_O, Mod.AltModifier)
    chart.wait(lambda: chart.shell.window.findChildren(AddTaskPanel))
    (panel,) = chart.shell.window.findChildren(AddTaskPanel)
    assert panel.patient.text() == "Zygmunt Lis"
    chart.wait(panel.title_field.hasFocus)
    QTest.keyClicks(panel.title_field, "Ask about the inhaler")
    press(chart, Key.Key_Return, Mod.ControlModifier)
    chart.wait(lambda: chart.workspace.executed)
    (made,) = chart.workspace.executed
    assert isinstance(made, AddTask)
    assert (made.patient_id, made.title) == (LIS, "Ask about the inhaler")
    assert chart.page.isVisible(), "the chart stays"


def test_the_chart_is_one_of_the_last_five(chart: Chart) -> None:
    chart.open("pat-roux")
    desk = chart.shell.desk
    assert desk is not None
    assert [name for _, name in list(desk._charts)[:2]] == ["Élodie Roux", "Zygmunt Lis"]


def test_opening_is_told_once_for_each_opening(chart: Chart) -> None:
    openings = [values["opening"] for function, values in chart.workspace.asked if function is chart_head]
    assert openings[0] is True
    assert not any(openings[1:])
    chart.open("pat-roux")
    chart.open()
    openings = [values["opening"] for function, values in chart.workspace.asked if function is chart_head]
    assert sum(openings) == 3


def test_without_a_patient_the_page_offers_to_find_one(make_chart: Make) -> None:
    chart = make_chart()
    page = chart.shell.window.stack.open_area("chart")
    assert page is not None
    assert not chart.page.has_patient
    assert chart.page.states.shown.accessibleName() == "No chart is open."


def test_who_cannot_be_found_is_said(make_chart: Make) -> None:
    chart = make_chart()
    desk = chart.shell.desk
    assert desk is not None
    chart.shell.window.stack.open_area("chart")
    chart.page.open_chart("nobody")
    chart.wait(lambda: "no such patient" in chart.page.states.shown.accessibleName())


def test_the_header_takes_the_room_it_needs_when_a_panel_comes_and_goes(chart: Chart) -> None:
    page, desk = chart.page, chart.shell.desk
    assert desk is not None
    chart.shell.window.resize(1440, 880)
    header, bar = page.header, page.bar
    chart.wait(lambda: header.who.isVisible() and header.geometry().bottom() + 1 == bar.geometry().top())
    chart.wait(lambda: header.height() == header.heightForWidth(header.width()))  # it has settled
    before = header.height()
    panel = _Wide()
    desk.show_panel(panel)
    chart.wait(header.who_below.isVisible)
    chart.wait(lambda: header.geometry().bottom() + 1 == bar.geometry().top() and header.height() > before)
    chart.wait(lambda: header.chips.geometry().bottom() < header.height())
    assert header.name.width() >= header.name.sizeHint().width(), "who is next never costs the patient's own name"
    assert header.visits_below.isVisible()
    assert header.visits_below.text() == header.visits.text()
    desk.close_panel(panel)
    chart.wait(lambda: header.who.isVisible() and header.height() == before)
    chart.wait(lambda: header.geometry().bottom() + 1 == bar.geometry().top())
    assert header.name.geometry().right() < header.who.geometry().left()


def test_the_foot_leaves_out_hints_then_actions_and_never_cuts_a_word(chart: Chart) -> None:
    foot = chart.page.foot
    note = foot.buttons["note"]
    foot.setFixedWidth(1800)
    chart.wait(lambda: foot.width() == 1800)
    assert not foot.folded()
    wide = note.sizeHint().width()
    needed = sum(button.sizeHint().width() + 8 for button in foot.buttons.values()) - 8 + 2 * 24
    foot.setFixedWidth(needed - 1)
    chart.wait(lambda: foot.width() == needed - 1 and note.sizeHint().width() < wide)
    assert not foot.folded()
    foot.setFixedWidth(360)
    chart.wait(foot.more.isVisible)
    hidden = foot.folded()
    assert hidden[-1] == list(foot.buttons)[-1]
    assert "note" not in hidden
    for button in foot.buttons.values():
        assert button.isHidden() or button.width() >= button.sizeHint().width()
    menu = foot.open_more()
    assert [one.text() for one in menu.actions()] == [foot.buttons[key].text() for key in hidden]
    wanted: list[str] = []
    foot.wanted.connect(wanted.append)
    menu.actions()[-1].trigger()
    menu.close()
    assert wanted == [hidden[-1]]


class _Wide(PanelPage):
    """A wide panel of nobody's."""

    wide = True

    def title(self) -> str:
        """Return the heading."""
        return "Panel"


def test_a_result_is_marked_in_the_chart_and_no_panel_takes_the_grids_room(chart: Chart) -> None:
    desk = chart.shell.desk
    assert desk is not None
    desk.navigate(OpenChart(patient_id=LIS, tab="labs", item="l-cmp", mark=True))
    tab = chart.page.host.tab("labs")
    assert isinstance(tab, LabsTab)
    chart.wait(lambda: tab.orders.current_key == "l-cmp")
    assert not isinstance(chart.shell.window.panels.current, LabOrderView)
    desk.navigate(OpenChart(patient_id=LIS, tab="labs", item="l-cmp"))
    chart.wait(lambda: isinstance(chart.shell.window.panels.current, LabOrderView))
    chart.wait(lambda: tab.width() < NARROW)
    assert tab.table.isColumnHidden(COURSE), "beside a panel the values come first"


def test_tabs_without_room_go_into_more_and_the_open_one_stays(chart: Chart) -> None:
    bar = chart.page.bar
    chart.wait(lambda: bar.width() > 300)
    bar.setFixedWidth(420)
    chart.wait(lambda: bar.width() == 420 and bar.more.isVisible())
    last = list(bar.buttons)[-1]
    assert last in bar.folded()
    for button in bar.buttons.values():
        assert button.isHidden() or button.width() >= button.sizeHint().width(), "no title is cut"
    menu = bar.open_more()
    assert [one.text() for one in menu.actions()] == [bar.buttons[key].accessibleName() for key in bar.folded()]
    menu.actions()[-1].trigger()
    menu.close()
    assert bar.current == last
    assert bar.buttons[last].isVisible()
    bar.setFixedWidth(1600)
    chart.wait(lambda: not bar.folded() and not bar.more.isVisible())


def test_an_allergy_opens_the_list_of_allergies_by_mouse_and_by_key(chart: Chart) -> None:
    flow = chart.page.header.chips
    _doubt, (_allergy, left, top), *_ = flow._places(flow.width())
    QTest.mouseClick(flow, Qt.MouseButton.LeftButton, pos=QPoint(left + 20, top + 10))
    chart.wait(lambda: chart.shell.window.findChildren(ListPanel))
    (panel,) = chart.shell.window.findChildren(ListPanel)
    chart.wait(lambda: {"Penicillin", "Sulfonamides"} <= {item.name for item in panel.found.items})
    chart.shell.window.panels.close_panel(panel, finished=True)
    flow.setFocus()
    press(chart, Key.Key_Right)
    press(chart, Key.Key_Right)  # over the flag, which opens nothing, to the result that waits
    press(chart, Key.Key_Return)
    chart.wait(lambda: chart.page.bar.current == "labs")


def test_print_and_export_are_in_a_menu_of_the_header(chart: Chart) -> None:
    button = chart.page.header.out_button
    button.setFocus()
    press(chart, Key.Key_Space)
    chart.wait(lambda: QApplication.activePopupWidget() is not None)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    assert [(one.text(), one.shortcut().toString()) for one in menu.actions()] == [
        ("Print chart…", "Alt+P"), ("Export…", "Alt+E"),
    ]  # fmt: skip
    menu.actions()[0].trigger()
    menu.close()
    chart.wait(lambda: chart.shell.window.findChildren(ChartPrintPanel))


def test_a_critical_pressure_is_red_and_has_a_sign(chart: Chart) -> None:
    chart.write(
        insert(Measurement).values(id="crisis", patient_id=LIS, type="BLOOD_PRESSURE", source="DEVICE",
                                   value={"systolic": 192, "diastolic": 124}, timestamp=NOW, created_at=NOW)
    )  # fmt: skip
    chart.page.refresh()
    value = "▲ 192/124"
    chart.wait(lambda: value in [line.cells[0].text for line in chart.summary.vitals.list.lines])
    cell = next(line.cells[0] for line in chart.summary.vitals.list.lines if line.cells[0].text == value)
    assert (cell.tone, cell.spoken) == (Tone.CRITICAL, "192/124, critically high")


def test_what_waits_in_the_chart_before_is_not_counted_in_this_one(make_chart: Make) -> None:
    sync = FakeSync()
    chart = make_chart(sync=sync)
    chart.open(tab="messages")
    button = chart.page.bar.buttons["messages"]
    tab = chart.page.host.tab("messages")
    assert isinstance(tab, MessagesTab)
    chart.wait(lambda: button.count == 1 and len(tab.desk.list.items()) > 0)
    chart.page.show_tab("summary")
    chart.open("pat-roux")
    assert button.count is None
    live = chart.page.header.live
    sync.tell(SyncMode.OFFLINE, as_of=NOW)  # the other chart's conversations are painted anew
    chart.wait(lambda: not live.text().endswith("live"))
    assert button.count is None
    chart.open(LIS)
    chart.wait(lambda: button.count == 1)


@pytest.mark.parametrize(
    ("kept", "chip", "age"),
    [
        ({"deceased": "2020-02-02"}, "Died 2 Feb 2020", "80 y at death"),
        ({"deceased": "2020-02-02T10:00:00Z"}, "Died 2 Feb 2020", "80 y at death"),
        ({"deceased": "2020"}, "Died 2020", "born 1 Jan 1940"),
        ({"deceased": True}, "Deceased", "born 1 Jan 1940"),
        ({}, "Deceased", "born 1 Jan 1940"),
        ({"deceased": {"odd": 1}}, "Deceased", "born 1 Jan 1940"),
    ],
)
def test_who_has_died_is_not_said_to_be_older_each_year(
    make_chart: Make, kept: dict[str, object], chip: str, age: str
) -> None:
    chart = make_chart()
    born = datetime(1940, 1, 1, tzinfo=UTC).date()
    chart.write(
        update(Patient)
        .where(Patient.id == LIS)
        .values(date_of_birth=born, flags=["VIP", "DECEASED"], demographics=kept)
    )
    chart.open()
    assert chips(chart)[0] == chip, "before everything else"
    assert "VIP" in chips(chart)
    assert chips(chart).count("Deceased") == (chip == "Deceased")
    assert chart.page.header.who.text().startswith(age)


def test_the_chips_stand_on_one_line_wherever_they_can(chart: Chart) -> None:
    """A second line makes the summary scroll at 1440 × 900 and costs the vitals a lane at 1280 × 720."""
    header = chart.page.header
    chart.shell.window.resize(1280, 720)
    chart.wait(lambda: header.who_below.isVisible() and header.visits.isVisible())
    chart.wait(lambda: header.visits.geometry().center().y() == header.who_below.geometry().center().y())
    chart.wait(lambda: header.live.geometry().right() < header.width() and len(chips(chart)) == 6)
    chart.shell.window.resize(1440, 900)
    chart.wait(lambda: header.who.isVisible() and header.visits.y() > header.who.geometry().bottom())
    chart.wait(lambda: header.chips.height() < 30 and header.chips.wide(header.chips.chips) <= header.chips.width())
    assert chips(chart)[:4] == ["Identity to confirm", "Penicillin: anaphylaxis, severe", "Sulfonamides: rash, mild",
                                "High risk"], "only what the tabs count may be left out"  # fmt: skip


def test_the_name_is_cut_last(chart: Chart) -> None:
    desk, head, holder = chart.shell.desk, chart.page.header.head, QWidget()
    assert desk is not None
    assert head is not None
    chart.qtbot.addWidget(holder)
    header = ChartHeader(desk, holder)
    header.show_head(head)
    holder.resize(1100, 200)
    holder.show()
    needed = round(text_width(header.name.text(), TypeRole.PATIENT, True)) + 2
    shown: dict[bool, set[int]] = {True: set(), False: set()}
    for width in range(1100, 250, -10):
        header.resize(width, 160)
        shown[header.name.width() >= needed].add(header.next.sizeHint().width())
    assert len(shown[True]) == 3, "with the next one's name, with the time alone, without a word"
    assert shown[False] == {min(shown[True])}
    assert header.next.accessibleName() == "Next patient of my day: Anna Kowalska, 12:42"


def test_what_is_under_way_is_counted_before_a_tab_is_opened_and_the_same_after(chart: Chart) -> None:
    titles = chart.page.bar.buttons

    def counts() -> dict[str, int | None]:
        return {key: button.count for key, button in titles.items() if button.count}

    assert counts() == {"labs": 1, "referrals": 2, "messages": 1}
    labs = chart.page.host.show_tab("labs")
    assert isinstance(labs, LabsTab)
    chart.wait(labs.orders.items)
    chart.page.show_tab("referrals")
    assert counts() == {"labs": 1, "referrals": 2, "messages": 1}

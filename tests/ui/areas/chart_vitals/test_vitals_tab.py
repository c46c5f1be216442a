"""A weight is typed in the window and seen in the chart; what others write comes too; mistakes are taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QObject, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QRadioButton
from pytestqt.qtbot import QtBot
from sqlalchemy import insert, select, update

from app.commands.visits import CheckIn
from app.db.models import BMIReading, Draft, Measurement, Patient
from app.domain.measurements import MeasurementType as M
from app.domain.vitals_metrics import Metric
from app.kernel.errors import AppError
from app.kernel.ids import new_cuid, new_uuid
from app.queries.vitals import Extent, Extents, vital_extents
from app.queries.vitals_series import SeriesSet, vital_series
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.chart.vitals import export
from app.ui.areas.chart.vitals.source import AROUND, VitalsSource
from app.ui.areas.chart.vitals.tab import VitalsTab
from app.ui.widgets.states import EmptyState
from app.ui.widgets.timeseries.model import ms_of
from app.ui.widgets.timeseries.span import Span
from app.ui.work.places import OpenChart
from app.workspace.sync_state import SyncMode
from app.workspace.workspace import Workspace
from tests.support.desk import NOW, Desk
from tests.support.front_desk import Window, elsewhere
from tests.support.shell import FakeShell, FakeWorkspace
from tests.support.sync import FakeSync, work_with

PATIENT = "pat-lis"
DAY = timedelta(days=1)
CTRL = Qt.KeyboardModifier.ControlModifier


def measured(clinic: Desk, kind: M, value: Any, days: int, *, source: str = "DEVICE") -> str:
    """Put a measurement into the database as a device does."""
    row_id, at = new_uuid(), NOW - days * DAY
    clinic.write(
        insert(Measurement).values(
            id=row_id, patient_id=PATIENT, type=kind.value, value=value, timestamp=at, source=source, created_at=at
        )
    )
    return row_id


@pytest.fixture
def history(clinic: Desk) -> Desk:
    """A clinic with a patient of known height, pressures of a month and two weights."""
    clinic.write(update(Patient).where(Patient.id == PATIENT).values(height_cm=165.0))
    for day in range(28, 0, -2):
        measured(clinic, M.BLOOD_PRESSURE, {"systolic": 130 + day % 5, "diastolic": 84}, day)
    for day, weight in ((28, 84.0), (7, 82.4)):
        measured(clinic, M.WEIGHT, weight, day)
        clinic.write(
            insert(BMIReading).values(
                id=new_cuid(), patient_id=PATIENT, timestamp=NOW - day * DAY, weight_kg=weight, height_cm=165.0,
                bmi=weight / 1.65**2, created_at=NOW,
            )
        )  # fmt: skip
    return clinic


def test_without_any_reading_the_chart_says_so_until_there_is_one(window: Callable[..., Window]) -> None:
    """It was drawn empty, "since Dec 1969"."""
    made = window("desk", more=(CHART,))
    made.shell.window.stack.go(OpenChart(patient_id=PATIENT, tab="vitals"))
    made.wait(lambda: isinstance(tab(made).card.room.shown, EmptyState))
    made.sit_down()
    card = tab(made).card
    assert card.room.shown.accessibleName() == "Nothing measured yet."
    assert (card.legend.isVisible(), card.overview.isVisible(), card.ranges.isEnabled()) == (False, False, False)
    type_value(made, M.WEIGHT, "82")
    QTest.keyClick(tab(made).entry.value, Qt.Key.Key_Return, CTRL)
    made.wait(lambda: lane(made, Metric.WEIGHT) == [82.0])
    assert (card.legend.isVisible(), card.overview.isVisible(), card.ranges.isEnabled()) == (True, True, True)


@pytest.fixture
def desk(window: Callable[..., Window], history: Desk) -> Window:
    """The front desk's window on the vitals of Zygmunt Lis."""
    return opened(window("desk", more=(CHART,)))


def opened(made: Window) -> Window:
    made.shell.window.stack.go(OpenChart(patient_id=PATIENT, tab="vitals"))
    made.wait(lambda: lane(made, Metric.BLOOD_PRESSURE))
    made.wait(lambda: tab(made).model.rows)
    made.sit_down()
    return made


def tab(window: Window) -> VitalsTab:
    found: Any = window.page("chart").host.tab("vitals")
    return found  # type: ignore[no-any-return]


def lane(window: Window, metric: Metric) -> list[float]:
    """The values drawn of a metric."""
    return [
        round(point.mean, 1) for one in tab(window).card.chart.lanes if one.key == metric.value for point in one.points
    ]


def kept(clinic: Desk) -> list[Any]:
    """What was typed, oldest first."""
    rows = select(Measurement.__table__).where(Measurement.source == "MANUAL").order_by(Measurement.created_at)
    return clinic.rows(rows)


def type_value(window: Window, kind: M, value: str, unit: str = "") -> None:
    """Choose kind and unit, type the value: by keyboard."""
    entry = tab(window).entry
    entry.kind.setFocus()
    entry.kind.set_current(kind.value)
    if unit:
        entry.unit.set_current(unit)
    entry.value.setFocus()
    window.wait(entry.value.hasFocus)
    QTest.keyClick(entry.value, Qt.Key.Key_A, CTRL)
    QTest.keyClicks(entry.value, value)


def test_a_weight_typed_in_pounds_is_seen_in_the_chart(desk: Window, history: Desk) -> None:
    entry = tab(desk).entry
    desk.wait(lambda: tab(desk).glp1.figure.text() == "30.3")
    type_value(desk, M.WEIGHT, "182", "[lb_av]")
    assert entry.result.text() == "182 lb = 82.6 kg"
    assert entry.follows.text() == "BMI 30.3, up 0.2 kg"
    QTest.keyClick(entry.value, Qt.Key.Key_Return, CTRL)
    desk.wait(lambda: lane(desk, Metric.WEIGHT) == [84.0, 82.4, 82.6])
    assert [row.value for row in kept(history)] == [pytest.approx(82.55, abs=0.01)]
    desk.wait(lambda: any(row.metric is Metric.WEIGHT and row.at == NOW for row in tab(desk).model.rows))
    assert entry.value.text() == ""
    assert entry.value.hasFocus()


@pytest.fixture
def american_computer() -> Iterator[None]:
    """A computer that writes the month first."""
    before = QLocale()
    QLocale.setDefault(QLocale("en_US"))
    yield
    QLocale.setDefault(before)


@pytest.mark.usefixtures("american_computer")
def test_a_date_in_figures_is_read_in_the_clinics_order(desk: Window, history: Desk) -> None:
    """Search and birth dates went by the clinic, every other field by the computer: one 3/4 was two days."""
    type_value(desk, M.WEIGHT, "83")
    entry = tab(desk).entry
    entry.when.setFocus()
    QTest.keyClicks(entry.when, "3/4/2026 09:30")
    QTest.keyClick(entry.when, Qt.Key.Key_Return, CTRL)
    desk.wait(lambda: kept(history))
    assert [row.timestamp.date() for row in kept(history)] == [date(2026, 4, 3)]


def test_a_pressure_by_keyboard_alone(desk: Window, history: Desk) -> None:
    type_value(desk, M.BLOOD_PRESSURE, "148/92")
    QTest.keyClick(tab(desk).entry.value, Qt.Key.Key_Return)
    desk.wait(lambda: kept(history))
    assert kept(history)[0].value == {"systolic": 148, "diastolic": 92}
    desk.wait(lambda: lane(desk, Metric.BLOOD_PRESSURE)[-1] == 148)


def test_an_unlikely_value_is_saved_when_asked_again(desk: Window, history: Desk) -> None:
    entry = tab(desk).entry
    type_value(desk, M.WEIGHT, "320", "kg")
    QTest.keyClick(entry.value, Qt.Key.Key_Return)
    desk.wait(lambda: entry.save.isEnabled() and entry.problem.isVisible())
    assert kept(history) == []
    assert entry.save.text() == "Save anyway"
    QTest.keyClicks(entry.value, "1")  # another value is asked about anew
    assert entry.save.text() == "Save"
    QTest.keyClick(entry.value, Qt.Key.Key_Backspace)
    for _ in range(2):
        QTest.keyClick(entry.value, Qt.Key.Key_Return)
        desk.wait(entry.save.isEnabled)
    desk.wait(lambda: kept(history))
    assert kept(history)[0].value == 320


def test_what_cannot_be_is_said_at_the_field(desk: Window, history: Desk) -> None:
    entry = tab(desk).entry
    type_value(desk, M.BLOOD_PRESSURE, "80/120")
    QTest.keyClick(entry.value, Qt.Key.Key_Return)
    desk.wait(lambda: entry.problem.isVisible() and entry.save.isEnabled())
    assert entry.value.property("invalid")
    entry.when.setText("yesterdayish")
    QTest.keyClick(entry.when, Qt.Key.Key_Return, CTRL)
    assert entry.when.property("invalid")
    assert kept(history) == []


def test_a_time_of_one_s_own(desk: Window, history: Desk) -> None:
    entry = tab(desk).entry
    type_value(desk, M.HEART_RATE, "72")
    entry.when.setFocus()
    QTest.keyClicks(entry.when, "yesterday 18:05")
    QTest.keyClick(entry.when, Qt.Key.Key_Return, CTRL)
    desk.wait(lambda: kept(history))
    assert f"{kept(history)[0].timestamp:%d %H:%M}" == "03 16:05"


def test_the_visit_to_which_the_patient_came_is_chosen_by_itself(window: Callable[..., Window], history: Desk) -> None:
    visit = history.backend_visit(history.slot("10:20", origin=None), "lis")
    elsewhere(history.desk.run, CheckIn(visit_id=visit))
    made = opened(window("desk", more=(CHART,)))
    made.wait(lambda: tab(made).entry.visit.current == visit)
    type_value(made, M.HEART_RATE, "72")
    QTest.keyClick(tab(made).entry.value, Qt.Key.Key_Return)
    made.wait(lambda: kept(history))
    assert kept(history)[0].metadata_["visitId"] == visit


def test_undo_takes_it_back(desk: Window, history: Desk) -> None:
    type_value(desk, M.WEIGHT, "128", "kg")
    QTest.keyClick(tab(desk).entry.value, Qt.Key.Key_Return)
    desk.wait(lambda: 128.0 in lane(desk, Metric.WEIGHT))
    tab(desk).card.chart.setFocus()
    QTest.keyClick(tab(desk).card.chart, Qt.Key.Key_Z, CTRL)
    desk.wait(lambda: 128.0 not in lane(desk, Metric.WEIGHT))
    assert kept(history)[0].metadata_["retracted"]["reason"] == "Undone"


def test_a_mistake_is_taken_back_from_the_table(desk: Window, history: Desk) -> None:
    wrong = measured(history, M.BLOOD_PRESSURE, {"systolic": 190, "diastolic": 60}, 0, source="MANUAL")
    desk.wait(lambda: 190 in lane(desk, Metric.BLOOD_PRESSURE))
    table = tab(desk).table
    desk.wait(lambda: tab(desk).model.rows[0].id == wrong)
    table.setFocus()
    table.setCurrentIndex(tab(desk).model.index(0))
    QTest.keyClick(table, Qt.Key.Key_Delete)
    desk.wait(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu: Any = QApplication.activePopupWidget()
    QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    desk.wait(lambda: 190 not in lane(desk, Metric.BLOOD_PRESSURE))
    assert kept(history)[0].metadata_["retracted"]["by"] == "u-desk"


def test_what_a_device_writes_appears_by_itself(desk: Window, history: Desk) -> None:
    measured(history, M.WEIGHT, 81.1, 0)
    desk.wait(lambda: 81.1 in lane(desk, Metric.WEIGHT))


def test_the_cursor_lights_up_the_row(desk: Window) -> None:
    chart, model = tab(desk).card.chart, tab(desk).model
    row = next(one for one in model.rows if one.metric is Metric.WEIGHT)
    chart.set_cursor(ms_of(row.at))
    lit = [model.rows[n].id for n in range(len(model.rows)) if model._is_lit(model.rows[n])]
    assert row.id in lit
    chart.set_cursor(None)
    assert model.lit() == []


def test_all_readings_under_the_cursor_are_seen_in_the_table(desk: Window, history: Desk) -> None:
    table, model = tab(desk).table, tab(desk).model
    for weight in (83.0, 83.1):
        measured(history, M.WEIGHT, weight, 20, source="MANUAL")
    desk.wait(lambda: len([one for one in model.rows if one.at == NOW - 20 * DAY]) >= 3)
    table.setFixedHeight(6 * table.visualRect(model.index(0)).height())
    desk.qtbot.waitUntil(lambda: table.viewport().height() < 7 * table.visualRect(model.index(0)).height())
    tab(desk).entry.value.setFocus()
    tab(desk).card.chart.set_cursor(ms_of(NOW - 20 * DAY))
    assert len(model.lit()) >= 3
    seen = table.viewport().rect()
    assert all(seen.contains(table.visualRect(model.index(number))) for number in model.lit())


def test_a_range_is_on_only_while_it_is_shown_and_can_be_taken_again(desk: Window) -> None:
    card = tab(desk).card
    month = card.chart.span
    assert card.ranges.current == "month"
    card.zoom(1)
    assert card.ranges.current == "", "it isn't a month any more"
    segment = card.ranges.findChildren(QRadioButton)[1]
    QTest.mouseClick(segment, Qt.MouseButton.LeftButton)
    assert (card.chart.span, card.ranges.current) == (month, "month")
    card.earlier.click()
    assert (card.chart.span != month, card.ranges.current) == (True, "month"), "another month"
    QTest.mouseClick(segment, Qt.MouseButton.LeftButton)
    assert card.chart.span == month
    card.zoom(0)
    assert card.ranges.current == "all"


def test_how_many_there_are_is_said_when_all_of_them_are_loaded(desk: Window, history: Desk) -> None:
    history.write(
        insert(Measurement).values(
            [
                {"id": new_uuid(), "patient_id": PATIENT, "type": "WEIGHT", "value": 80.0, "source": "DEVICE",
                 "timestamp": NOW - timedelta(hours=n) - 60 * DAY, "created_at": NOW}
                for n in range(1200)
            ]
        )
    )  # fmt: skip
    shown = tab(desk)
    desk.wait(lambda: shown.source.extents.span and shown.source.extents.span[0] < NOW - 100 * DAY)
    shown.card.zoom(0)
    assert shown.panel.meta.text() == "", "what is loaded isn't all of it"
    desk.wait(lambda: shown.panel.meta.text() == "1,216 in this range")


def test_an_answer_that_is_late_is_said_in_the_chart(qtbot: QtBot) -> None:
    late, asked = threading.Event(), []

    def series(**question: Any) -> SeriesSet:
        asked.append(question["start"])
        if len(asked) > 2:
            assert late.wait(20)
        return SeriesSet(question["start"], question["end"], (), older_missing=False)

    there = Extents((Extent(Metric.WEIGHT, NOW - 900 * DAY, NOW), Extent(Metric.BLOOD_PRESSURE, NOW - 9 * DAY, NOW)))
    shell = FakeShell(FakeWorkspace(answers={vital_extents: there, vital_series: series}))
    parent = QObject()
    source = VitalsSource(shell, parent)
    told: list[Span | None] = []
    source.waiting.connect(told.append)
    month = Span(ms_of(NOW - 30 * DAY), ms_of(NOW))
    source.opened.connect(lambda _extents: source.show(month))
    source.open(PATIENT)
    qtbot.waitUntil(lambda: source.covers(month), timeout=10_000)
    qtbot.waitUntil(lambda: len(asked) == 2, timeout=10_000)
    assert min(asked) == NOW - 900 * DAY, "the strip shows a metric that is there all of the time"
    source.show(Span(ms_of(NOW - 900 * DAY), ms_of(NOW)))
    qtbot.waitUntil(lambda: bool(told and told[-1]), timeout=10_000)
    assert told[-1] == month.widened(AROUND)
    late.set()
    qtbot.waitUntil(lambda: told[-1] is None, timeout=10_000)
    parent.deleteLater()


def test_enter_in_the_table_moves_the_cursor(desk: Window) -> None:
    table, model = tab(desk).table, tab(desk).model
    table.setFocus()
    table.setCurrentIndex(model.index(2))
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert tab(desk).card.chart.cursor_at == ms_of(model.rows[2].at)


def test_an_admin_sees_and_cannot_enter(window: Callable[..., Window], history: Desk) -> None:
    made = opened(window("admin", more=(CHART,)))
    assert not tab(made).entry.isVisible()
    assert "measure" not in made.page("chart").foot.buttons


def test_alt_m_leads_to_the_entry(desk: Window) -> None:
    chart = desk.page("chart")
    chart.show_tab("summary")
    desk.qtbot.wait(20)
    QTest.keyClick(QApplication.focusWidget() or chart, Qt.Key.Key_M, Qt.KeyboardModifier.AltModifier)
    desk.wait(tab(desk).entry.value.hasFocus)


@pytest.mark.usefixtures("history")
def test_offline_it_says_what_only_the_server_has(
    sign_in: Callable[..., Workspace], window: Callable[..., Window]
) -> None:
    workspace, sync = sign_in("desk"), FakeSync()
    work_with(workspace, sync)
    made = opened(window(at=workspace, more=(CHART,)))
    sync.tell(SyncMode.OFFLINE, as_of=workspace.clock.now())
    made.wait(lambda: tab(made).as_of() is not None)
    card = tab(made).card
    assert card.note.isHidden(), "a month is here"
    card.ranges.set_current("year")
    made.wait(lambda: card.note.text() == "Older readings need the server.")
    sync.tell(SyncMode.ONLINE)
    made.wait(card.note.isHidden)


def test_a_reading_that_the_server_has_not_confirmed_says_so(
    sign_in: Callable[..., Workspace], window: Callable[..., Window], history: Desk
) -> None:
    late = measured(history, M.WEIGHT, 81.9, 1)
    workspace, sync = sign_in("desk"), FakeSync()
    sync.rows = frozenset({("measurements", late)})
    work_with(workspace, sync)
    made = opened(window(at=workspace, more=(CHART,)))
    sync.tell(SyncMode.OFFLINE, as_of=workspace.clock.now(), waiting=1)
    model = tab(made).model

    def marked() -> list[str]:
        tips = ((one.id, model.index(n).data(Qt.ItemDataRole.ToolTipRole)) for n, one in enumerate(model.rows))
        return [key for key, tip in tips if tip == "not yet confirmed"]

    made.wait(lambda: marked() == [late])
    spoken = model.sentence(next(n for n, one in enumerate(model.rows) if one.id == late))
    assert spoken.endswith(", not yet confirmed")


def test_another_patient_shows_nothing_of_the_one_before(desk: Window) -> None:
    shown = tab(desk)
    type_value(desk, M.WEIGHT, "82", "kg")
    shown.card.chart.set_cursor(ms_of(NOW))
    shown.show_patient("pat-roux", "")
    assert (shown.card.chart.lanes, shown.model.rows, shown.entry.value.text()) == ((), (), "")
    desk.wait(lambda: shown.panel.meta.text() == "no readings")
    assert shown.card.chart.lanes == ()


def test_what_was_typed_comes_back(desk: Window, history: Desk) -> None:
    shown = tab(desk)
    type_value(desk, M.WEIGHT, "81", "kg")
    desk.wait(lambda: history.rows(select(Draft.kind).where(Draft.kind == "measurement")))
    shown.show_patient("pat-roux", "")
    assert shown.entry.value.text() == ""
    shown.show_patient(PATIENT, "")
    desk.wait(lambda: shown.entry.value.text() == "81")
    assert shown.entry.kind.current == "WEIGHT"
    shown.entry.value.setFocus()
    QTest.keyClick(shown.entry.value, Qt.Key.Key_Return)
    desk.wait(lambda: not history.rows(select(Draft.kind).where(Draft.kind == "measurement")))


def test_more_readings_than_a_file_takes_are_refused_and_not_cut(
    desk: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "MOST_ROWS", 2)
    monkeypatch.setattr(export, "_PAGE", 1)
    shown = tab(desk)
    told: list[AppError] = []
    monkeypatch.setattr(shown.export._api, "problem", told.append)
    shown.export.save_csv(str(tmp_path / "v.csv"), PATIENT, shown.source.metrics, shown.card.chart.span)
    desk.wait(lambda: bool(told))
    assert (told[0].code, "more than 2 readings" in told[0].message) == ("TooMany", True)
    assert not (tmp_path / "v.csv").exists()


def test_csv_and_picture(desk: Window, tmp_path: Path) -> None:
    shown = tab(desk)
    chart = shown.card.chart
    shown.export.save_csv(str(tmp_path / "v.csv"), PATIENT, shown.source.metrics, chart.span)
    desk.wait(lambda: (tmp_path / "v.csv").exists() and (tmp_path / "v.csv").read_text(encoding="utf-8-sig"))
    lines = (tmp_path / "v.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "time,metric,value,second,unit,source,id"
    assert len(lines) == 1 + len(lane(desk, Metric.BLOOD_PRESSURE)) + len(lane(desk, Metric.WEIGHT))
    assert any(",Weight,82.4,,kg,device," in line for line in lines)
    shown.export.save_png(str(tmp_path / "v.png"), PATIENT, shown.card)
    desk.wait(lambda: not QImage(str(tmp_path / "v.png")).isNull())
    image = QImage(str(tmp_path / "v.png"))
    assert image.width() == 2 * chart.width()
    assert image.height() > 2 * chart.height(), "from when to when, and what the shapes mean, stand above"
    ground = image.pixelColor(0, 0)
    inked = [x for x in range(image.width()) if any(image.pixelColor(x, y) != ground for y in range(8, 48))]
    assert inked[0] < image.width() / 4 < 3 * image.width() / 4 < inked[-1]

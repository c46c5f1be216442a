"""In every width and in the longer language nothing of the vitals is cut off."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import cast
from zoneinfo import ZoneInfo

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QWidget
from pytestqt.qtbot import QtBot

from app.domain.vitals_glp1 import Eligibility, Glp1Rule, Reason
from app.kernel.i18n import set_language, t
from app.queries.vitals_panel import BmiPoint, Glp1Panel
from app.ui.areas.chart.care_plan.rows import often_text
from app.ui.areas.chart.vitals.chart_card import ChartCard
from app.ui.areas.chart.vitals.entry_form import EntryForm
from app.ui.areas.chart.vitals.glp1_card import Glp1Card
from app.ui.areas.chart.vitals.room import SIDE, VitalsRoom
from app.ui.parts.care_words import phase_text
from app.ui.parts.patient_values import language_text
from app.ui.widgets.panel import Panel
from app.ui.widgets.text import Label
from tests.support.shell import FakeShell, FakeWorkspace


def inside(card: QWidget, part: QWidget) -> bool:
    """Whether a part has at least the room it asks for, within its card."""
    left = part.mapTo(card, part.rect().topLeft()).x()
    wide = min(part.sizeHint().width(), part.maximumWidth())
    return left >= 0 and left + part.width() <= card.width() and part.width() >= wide


def read_whole(choice: QComboBox, text: str) -> bool:
    """Whether a choice has room for a text."""
    option = QStyleOptionComboBox()
    choice.initStyleOption(option)
    room = choice.style().subControlRect(
        QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, choice
    )
    return room.width() >= choice.fontMetrics().horizontalAdvance(text)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [620, 700, 830, 1200])
def test_what_the_shapes_mean_is_never_cut(qtbot: QtBot, width: int, language: str) -> None:
    set_language(language)
    card = ChartCard(ZoneInfo("UTC"))
    qtbot.addWidget(card)
    card.resize(width, 600)
    card.show()
    qtbot.waitUntil(lambda: inside(card, card.legend) and inside(card, card.more), timeout=10_000)
    card.resize(1400, 600)
    qtbot.waitUntil(lambda: card.legend.y() < card.ranges.geometry().bottom(), timeout=10_000)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [560, 700, 815, 1200])
def test_no_field_of_the_entry_is_cut(qtbot: QtBot, width: int, language: str) -> None:
    set_language(language)
    form = EntryForm(FakeShell(FakeWorkspace()))
    qtbot.addWidget(form)
    form.resize(width, 160)
    form.show()
    fields = (form.kind, form.value, form.unit, form.when, form.visit, form.save)
    qtbot.waitUntil(
        lambda: all(one.mapTo(form, one.rect().topRight()).x() < form.width() for one in fields), timeout=10_000
    )
    holders = [cast(QWidget, one.parentWidget()) for one in fields[:-1]]

    def apart() -> bool:
        boxes = [one.rect().translated(one.mapTo(form, one.rect().topLeft())) for one in holders]
        whole = all(box.width() >= one.width() for box, one in zip(boxes, fields, strict=False))
        return whole and not any(one.intersects(other) for n, one in enumerate(boxes) for other in boxes[n + 1 :])

    qtbot.waitUntil(apart, timeout=10_000)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("width", [560, 700, 851, 1200])
def test_the_visit_that_a_reading_belongs_to_is_read_whole(qtbot: QtBot, width: int, language: str) -> None:
    """851: beside the readings at 1440 × 900."""
    set_language(language)
    form = EntryForm(FakeShell(FakeWorkspace()))
    qtbot.addWidget(form)
    visit = t("Visit of {time}", time="10:40")
    form.visit.set_items([("v", visit)])
    form.resize(width, 160)
    form.show()
    qtbot.waitUntil(lambda: read_whole(form.visit, visit), timeout=10_000)


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize("button", ["Save", "Save anyway"])
def test_the_entry_takes_one_line_beside_the_readings_in_a_small_window(
    qtbot: QtBot, button: str, language: str
) -> None:
    """692: beside the readings at 1280 × 720. A second line would cost the chart a lane."""
    set_language(language)
    form = EntryForm(FakeShell(FakeWorkspace()))
    qtbot.addWidget(form)
    form.visit.set_items([("v", t("Visit of {time}", time="10:40"))])
    form.save.setText(t(button))
    form.resize(692, 160)
    form.show()
    fields = (form.kind, form.value, form.unit, form.when, form.visit)
    qtbot.waitUntil(lambda: len({one.mapTo(form, one.rect().topLeft()).y() for one in fields}) == 1, timeout=10_000)
    qtbot.waitUntil(lambda: inside(form, form.save), timeout=10_000)
    assert form.visit.mapTo(form, form.visit.rect().topRight()).x() < form.save.mapTo(form, QPoint()).x()
    if button == "Save":
        choices = [(one, one.itemText(number)) for one in (form.kind, form.unit, form.visit)
                   for number in range(one.count())]  # fmt: skip
        qtbot.waitUntil(lambda: all(read_whole(one, text) for one, text in choices), timeout=10_000)


@pytest.mark.parametrize("language", ["en", "es"])
def test_beside_a_wide_panel_the_readings_go_below_the_chart(qtbot: QtBot, language: str) -> None:
    set_language(language)
    card, entry = ChartCard(ZoneInfo("UTC")), EntryForm(FakeShell(FakeWorkspace()))
    readings, glp1 = Panel("Readings"), Glp1Card()
    room = VitalsRoom(card, entry, readings, glp1)
    qtbot.addWidget(room)
    room.resize(592, 600)
    room.show()
    parts = (card.ranges, card.earlier, card.later, card.more, card.legend)
    qtbot.waitUntil(lambda: all(inside(card, one) for one in parts), timeout=10_000)
    assert readings.mapTo(room, readings.rect().topRight()).x() < room.width()
    assert entry.save.mapTo(room, entry.save.rect().topRight()).x() < room.width()
    assert readings.mapTo(room, readings.rect().topLeft()).y() > entry.mapTo(room, entry.rect().bottomLeft()).y()
    room.resize(1072, 610)  # at 1280 × 800
    qtbot.waitUntil(
        lambda: readings.mapTo(room, readings.rect().topLeft()).y() == card.mapTo(room, card.rect().topLeft()).y(),
        timeout=10_000,
    )
    qtbot.waitUntil(lambda: entry.mapTo(room, entry.rect().bottomLeft()).y() < room.height(), timeout=10_000)


def test_words_of_the_window_not_of_the_database() -> None:
    set_language("es")
    assert language_text("Spanish, vi") == "español, vietnamita"
    assert language_text("Klingon") == "Klingon"
    assert (often_text("Daily"), often_text("3 × por semana")) == ("cada día", "3 × por semana")
    day = date(2026, 10, 31)
    assert phase_text("fase 1 de 1", day, day) == "fase 1 de 1, hasta el 31 oct 2026"
    assert phase_text("fase 1 de 1", day, date(2026, 11, 1)) == "fase 1 de 1, terminó el 31 oct 2026"
    assert phase_text("fase 1 de 1", None, day) == "fase 1 de 1"


@pytest.mark.parametrize("language", ["en", "es"])
def test_many_conditions_leave_what_they_answer_whole(qtbot: QtBot, language: str) -> None:
    set_language(language)
    named = ("Type 2 diabetes mellitus", "Essential hypertension", "Hyperlipidemia")
    latest = BmiPoint(datetime(2026, 11, 11, tzinfo=UTC), 86.8, 165.0, 31.9)
    verdict = Eligibility(True, Reason.BMI, named)
    panel = Glp1Panel(latest, latest, verdict, Glp1Rule(), None, None, ())
    card = Glp1Card()
    qtbot.addWidget(card)
    card.show_panel(panel, ZoneInfo("UTC"), older_missing=False)
    card.resize(SIDE, card.heightForWidth(SIDE))
    card.show()
    asked = next(one for one in card.findChildren(Label) if "27" in one.text())
    answer = next(one for one in card.findChildren(Label) if one.text() == ", ".join(named))
    qtbot.waitUntil(lambda: asked.width() >= asked.sizeHint().width(), timeout=10_000)
    qtbot.waitUntil(lambda: answer.height() >= answer.heightForWidth(answer.width()), timeout=10_000)
    assert answer.height() > asked.height(), "it wraps"
    assert answer.geometry().right() < card.width()


def test_what_was_saved_is_no_text_to_be_brought_back(qtbot: QtBot) -> None:
    form = EntryForm(FakeShell(FakeWorkspace()))
    qtbot.addWidget(form)
    QTest.keyClicks(form.value, "128/79")
    QTest.keyClicks(form.when, "10:24")
    form.clear()
    for field in (form.value, form.when):
        assert (field.text(), field.isUndoAvailable()) == ("", False)


def test_an_hour_that_the_clock_never_showed_is_refused_where_it_stands(qtbot: QtBot) -> None:
    workspace = FakeWorkspace()
    form = EntryForm(FakeShell(workspace))
    qtbot.addWidget(form)
    form.show_patient("p1")
    QTest.keyClicks(form.value, "71")
    QTest.keyClicks(form.when, "2026-03-08 02:30")
    form.submit()
    assert form.problem.text() == "The clocks change: there is no 02:30 on this day."
    assert form.when.property("invalid")
    assert form.when.text() == "2026-03-08 02:30", "it isn't turned into another hour"
    assert workspace.executed == []

"""How the rules' parts look: nothing cut where there is room, fields where they belong, words of the language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.domain.rule_trial import Trial, TrialPatient
from app.domain.rules import RuleAction, RuleCohort, RuleCondition, RuleOp, RuleSeverity
from app.kernel.i18n import set_language, t
from app.ui.areas.rules import words
from app.ui.areas.rules.editor import RuleEditor
from app.ui.areas.rules.room import ENOUGH, Room
from app.ui.areas.rules.rule_form import RuleForm
from app.ui.areas.rules.rule_list import RuleList
from app.ui.areas.rules.run_card import RunCard
from app.ui.areas.rules.schedule_panel import SchedulePanel
from app.ui.areas.rules.trial_panel import TrialPanel, TrialView
from app.ui.areas.rules.version_words import version_words
from app.ui.widgets.figures import FigureStrip
from app.ui.widgets.layouts import row
from app.ui.widgets.lists import ListItem
from app.ui.widgets.text import Label
from tests.support.shell import FakeShell, FakeWorkspace


@pytest.fixture(params=["en", "es"])
def spoken(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each language in turn."""
    set_language(request.param)
    yield request.param
    set_language("en")


@pytest.fixture
def api() -> Any:
    return FakeShell(FakeWorkspace())


def trial(alerts: int) -> Trial:
    people = tuple(TrialPatient(f"p-{n}", 3, date(2026, 9, 18), 140.4) for n in range(13))
    return Trial(date(2026, 8, 25), date(2026, 11, 23), alerts, people, ((date(2026, 8, 24), alerts),), 17)


@pytest.mark.usefixtures("spoken")
def test_a_back_test_isnt_cut(qtbot: QtBot) -> None:
    panel = TrialPanel()
    qtbot.addWidget(panel)
    panel.resize(361, 700)
    panel.show()
    others = {135.0: trial(139), 140.0: trial(120), 145.0: trial(111)}
    panel.show_view(TrialView(RuleOp.ABOVE, trial(120), others, {f"p-{n}": "Sol" for n in range(13)}, 140.0))
    qtbot.waitUntil(lambda: panel.table.width() > 0 and panel.model.rowCount() == 13)
    qtbot.wait(20)
    assert not panel.table.horizontalScrollBar().isVisible()
    metrics = panel.table.fontMetrics()
    for column, text in ((1, panel.model.index(0, 1).data()), (1, "23 Nov"), (2, "140.4"), (3, t("Count"))):
        assert metrics.horizontalAdvance(text) + 24 <= panel.table.columnWidth(column), text
    for strip in panel.findChildren(FigureStrip):
        assert strip.sizeHint().width() <= strip.width(), "the neighbouring thresholds read whole"
    assert "17" in panel.now.text(), "those whom it finds all the time are said, too"
    panel.show_view(TrialView(RuleOp.MISSING, trial(1), {}, {}, None))
    qtbot.waitUntil(lambda: panel.table.isColumnHidden(2) and not panel.strip.isVisible(), timeout=5000)
    qtbot.wait(20)
    panel.resize(304, 700)
    panel.show_view(TrialView(RuleOp.ABOVE, trial(120), others, {f"p-{n}": "Sol" for n in range(13)}, 140.0))
    qtbot.waitUntil(lambda: panel.strip.isVisible() and panel.table.isColumnHidden(1), timeout=5000)
    qtbot.waitUntil(lambda: panel.strip.sizeHint().width() <= panel.strip.width(), timeout=5000)
    panel.show_view(TrialView(RuleOp.MISSING, trial(1), {}, {}, None))
    qtbot.waitUntil(lambda: panel.table.columnWidth(0) >= 120, timeout=5000)


@pytest.mark.parametrize(
    ("action", "english", "spanish"),
    [
        (RuleAction.ALERT, ("1 alert", "120 alerts"), ("1 alerta", "120 alertas")),
        (RuleAction.SUGGEST_VISIT, ("1 visit request", "120 visit requests"),
         ("1 solicitud de visita", "120 solicitudes de visita")),
        (RuleAction.ASSIGN_TASK, ("1 care-plan task", "120 care-plan tasks"),
         ("1 tarea del plan", "120 tareas del plan")),
        (RuleAction.ASSIGN_CONTENT, ("1 message", "120 messages"), ("1 mensaje", "120 mensajes")),
    ],
)  # fmt: skip
def test_a_back_test_says_what_would_have_been_made(
    qtbot: QtBot, spoken: str, action: RuleAction, english: tuple[str, str], spanish: tuple[str, str]
) -> None:
    panel = TrialPanel()
    qtbot.addWidget(panel)
    for count, said in zip((1, 120), english if spoken == "en" else spanish, strict=True):
        panel.show_view(TrialView(RuleOp.MISSING, trial(count), {}, {}, None, action))
        assert panel.figure.text() == said


def test_what_does_not_fit_beside_a_figure_is_left_out_whole(qtbot: QtBot) -> None:
    panel = TrialPanel()
    qtbot.addWidget(panel)
    panel.resize(361, 700)
    for alerts, beside in ((99, True), (453, False)):
        others = {135.0: trial(alerts), 140.0: trial(alerts), 145.0: trial(alerts)}
        panel.show_view(TrialView(RuleOp.ABOVE, trial(alerts), others, {}, 140.0))
        cell = next(one for one in panel.strip.findChildren(QWidget) if one.accessibleName().startswith(f"{alerts:,}"))
        assert (" for 13," in cell.accessibleName()) is beside


def test_neighbouring_thresholds_are_named_shortly(spoken: str) -> None:
    said = [words.threshold_short(op, 140.0) for op in (RuleOp.ABOVE, RuleOp.BELOW, RuleOp.TREND_UP, RuleOp.TREND_DOWN)]
    assert (
        said
        == {
            "en": ["over 140", "under 140", "140 % up", "140 % down"],
            "es": ["más de 140", "menos de 140", "sube 140 %", "baja 140 %"],
        }[spoken]
    )


@pytest.mark.usefixtures("spoken")
def test_the_buttons_of_the_last_run_read_whole(qtbot: QtBot, api: Any) -> None:
    card = RunCard(api)
    qtbot.addWidget(card)
    card.setFixedWidth(256)
    card.withdraw_button.show()
    card.show()
    qtbot.waitUntil(lambda: card.run_button.width() > 0)
    for button in (card.run_button, card.withdraw_button):
        assert button.width() >= button.sizeHint().width(), button.text()


def test_the_fields_of_the_schedule_stand_together(qtbot: QtBot, api: Any) -> None:
    panel = SchedulePanel(api, {"every": "day", "at": "06:00"})
    qtbot.addWidget(panel)
    panel.resize(360, 800)
    panel.show()
    qtbot.waitUntil(panel.at.isVisible)
    qtbot.wait(20)
    below = (
        panel.at.mapTo(panel, panel.at.rect().topLeft()).y()
        - panel.every.mapTo(panel, panel.every.rect().bottomLeft()).y()
    )
    assert 0 < below < 64


def test_the_back_test_steps_aside_for_a_side_panel_only(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    room, panel, spare = Room(), QWidget(), QWidget()
    room.spare = spare
    row(spare, parent=room)
    row(room, panel, parent=window, gap=0)
    panel.setFixedWidth(600)
    panel.hide()
    window.resize(1184, 400)
    window.show()
    qtbot.waitUntil(lambda: room.width() >= ENOUGH)
    assert spare.isVisible()
    panel.show()
    qtbot.waitUntil(lambda: not spare.isVisible())
    panel.hide()
    qtbot.waitUntil(spare.isVisible)
    window.resize(ENOUGH - 100, 400)
    qtbot.waitUntil(lambda: room.width() < ENOUGH)
    qtbot.wait(20)
    assert spare.isVisible(), "a small window has it, too"


@pytest.mark.usefixtures("spoken")
def test_words_beside_a_field_stand_at_its_middle(qtbot: QtBot) -> None:
    editor = RuleEditor()
    editor.make_params()
    editor.put_together()
    qtbot.addWidget(editor)
    editor.resize(560, 800)
    editor.show()
    qtbot.waitUntil(editor.fewest.isVisible)
    qtbot.wait(20)
    said = next(one for one in editor.findChildren(Label) if one.text() == t("the higher the earlier"))
    middles = [one.mapTo(editor, one.rect().center()).y() for one in (editor.priority, said)]
    assert abs(middles[0] - middles[1]) <= 2
    assert said.height() < editor.priority.height()


@pytest.mark.usefixtures("spoken")
def test_versions_differ_in_words_where_anything_differs() -> None:
    """Whom it is for, what a message says and what the back-test said are no part of what is compared."""
    plain = RuleForm(name="Watch", condition=RuleCondition(RuleOp.ABOVE, 140), action=RuleAction.ASSIGN_CONTENT)
    others = [
        replace(plain, name="Watch it"), replace(plain, params={"body": "Drink."}), replace(plain, priority=7),
        replace(plain, condition=replace(plain.condition, cohort=RuleCohort(min_age=18))),
        replace(plain, condition=replace(plain.condition, min_readings=3)), replace(plain, window_days=30),
        replace(plain, condition=replace(plain.condition, threshold=150.0)), replace(plain, action=RuleAction.ALERT),
        replace(plain, action=RuleAction.ALERT, severity=RuleSeverity.INFO),
    ]  # fmt: skip
    said = [version_words(one, {}) for one in (plain, *others)]
    said.append(version_words(plain, {"alerts": 14, "patients": 1}))
    assert len(set(said)) == len(said)
    assert version_words(plain, {"alerts": "14"}) == said[0], "what isn't a number is left out"


def test_the_rule_that_is_shown_stays_in_view(qtbot: QtBot) -> None:
    """A run that found somebody says more below the list, which is lower then."""
    rules = RuleList()
    qtbot.addWidget(rules)
    rules.resize(256, 400)
    rules.set_items([ListItem(key=str(number), title=f"Rule {number}", subtitle="Alert") for number in range(8)])
    rules.show()
    rules.set_current("7")
    rules.resize(256, 200)
    assert rules.viewport().rect().contains(rules.visualRect(rules.currentIndex()))

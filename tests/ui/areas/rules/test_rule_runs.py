"""When rules run, breaking a run off, and taking back what it raised: by keyboard and mouse on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.domain.enums import RunState
from app.domain.rules import RuleAction
from app.queries.rules import rule_runs, rule_settings, run_parts
from app.ui.areas.rules.page import RulesPage
from app.ui.areas.rules.schedule_panel import SchedulePanel
from app.workspace.rule_runs import LANES
from app.workspace.workspace import Workspace
from tests.support.clinics import clinic_id
from tests.support.postgres import Server
from tests.support.shell import FakeShell
from tests.ui.areas.rules.test_rules_area import LONG, a_rule, page_of, readings, shell, workspace

__all__ = ["readings", "shell", "workspace"]
FEW = {"op": ">", "threshold": 250, "cohort": {"flags": ["FEW"]}}


@pytest.fixture
def superuser(server: Server, clinic_db: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(server.url(clinic_db), autocommit=True) as connection:
        yield connection


@pytest.fixture
def few(superuser: psycopg.Connection, readings: int) -> int:
    """Two of the patients with a reading are in a group of their own: too few to be held."""
    superuser.execute("UPDATE public.patients SET flags = '{FEW}' WHERE id IN ('g-1', 'g-2')")
    return 2


def schedule_of(qtbot: QtBot, page: RulesPage, shell: FakeShell) -> SchedulePanel:
    page.edit_schedule()
    panel: Any = shell.panels[-1]
    assert isinstance(panel, SchedulePanel)
    qtbot.addWidget(panel)
    panel.show()
    foot = panel.foot()
    assert foot is not None
    qtbot.addWidget(foot)
    return panel


def test_when_rules_run_is_chosen_by_keyboard(qtbot: QtBot, shell: FakeShell, workspace: Workspace) -> None:
    page = page_of(qtbot, shell)
    panel = schedule_of(qtbot, page, shell)
    assert not panel.dirty()
    assert not panel.at.isVisibleTo(panel)
    panel.every.setFocus()
    for _ in range(2):
        QTest.keyClick(panel.every, Qt.Key.Key_Down)
    assert panel.every.current == "day"
    assert panel.at.isVisibleTo(panel)
    assert panel.dirty()
    panel.at.selectAll()
    QTest.keyClicks(panel.at, "25:00")
    QTest.keyClick(panel.at, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(panel.form.field("at").error), timeout=LONG)
    assert rule_settings_of(workspace) == {}
    panel.at.selectAll()
    QTest.keyClicks(panel.at, "07:30")
    with qtbot.waitSignal(panel.finished, timeout=LONG):
        QTest.keyClick(panel.at, Qt.Key.Key_Return)
    kept = rule_settings_of(workspace)
    assert (kept["every"], kept["at"]) == ("day", "07:30")
    page.refresh()
    qtbot.waitUntil(lambda: page.state.settings.get("at") == "07:30", timeout=LONG)
    again = schedule_of(qtbot, page, shell)
    assert (again.every.current, again.at.text(), again.dirty()) == ("day", "07:30", False)


def test_they_never_run_by_themselves_again_by_mouse(qtbot: QtBot, shell: FakeShell, workspace: Workspace) -> None:
    panel = schedule_of(qtbot, page_of(qtbot, shell), shell)
    panel.every.set_current("hour")
    QTest.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: rule_settings_of(workspace).get("every") == "hour", timeout=LONG)
    panel.every.set_current("never")
    QTest.mouseClick(panel.save_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: rule_settings_of(workspace).get("every") == "never", timeout=LONG)


def rule_settings_of(workspace: Workspace) -> dict[str, Any]:
    return dict(workspace.ask(rule_settings))


def test_a_run_is_broken_off_between_two_rules(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, few: int, superuser: psycopg.Connection
) -> None:
    for number in range(LANES + 3):
        a_rule(workspace, f"Rule {number}", condition=FEW)
    page = page_of(qtbot, shell)
    waiting = ("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
               " (SELECT oid FROM pg_database WHERE datname = current_database())")  # fmt: skip
    with superuser.transaction():
        superuser.execute("SELECT pg_advisory_xact_lock(hashtextextended('mha.rule_raise ' || %s, 0))", [clinic_id(1)])
        page.run_card.run_button.setFocus()
        QTest.keyClick(page.run_card.run_button, Qt.Key.Key_Space)
        assert page.run_card.cancel.hasFocus(), "the keyboard stays at the run"
        qtbot.waitUntil(lambda: superuser.execute(waiting).fetchall() == [(LANES,)], timeout=60_000)
        assert not page.run_card.run_button.isVisibleTo(page)
        QTest.keyClick(page.run_card.cancel, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: page.run_card.run_button.isVisibleTo(page), timeout=60_000)
    assert page.run_card.run_button.hasFocus()
    (run,) = workspace.ask(rule_runs, limit=1)
    assert run.state is RunState.FAILED
    assert len(workspace.ask(run_parts, run_id=run.run_id)) == LANES
    qtbot.waitUntil(lambda: page.state.runs[:1] == (run,), timeout=LONG)
    assert not shell.problems, "breaking off is what was wanted"


def test_a_back_test_that_is_broken_off_leaves_the_keyboard_beside_it(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, few: int
) -> None:
    rule = a_rule(workspace, "Sugar of a few", condition=FEW)
    page = page_of(qtbot, shell)
    page._choose(rule.rule_id)
    page.trial.start.setFocus()
    QTest.keyClick(page.trial.start, Qt.Key.Key_Space)
    assert page.trial.stop.hasFocus()
    QTest.keyClick(page.trial.stop, Qt.Key.Key_Space)
    assert page.trial.start.hasFocus()


def test_messages_that_a_run_prepared_are_counted_and_a_rule_without_words_says_it_where_they_are_missing(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, few: int
) -> None:
    rule = a_rule(workspace, "Sugar of a few", condition=FEW, action=RuleAction.ASSIGN_CONTENT, enabled=False)
    page = page_of(qtbot, shell)
    page._choose(rule.rule_id)
    page.back_test()
    qtbot.waitUntil(lambda: page.trial.view is not None, timeout=60_000)
    page.enable()
    field = page.editor.params.fields["body"]
    qtbot.waitUntil(lambda: bool(field.error), timeout=LONG)
    assert not page.editor.error.isVisibleTo(page)
    qtbot.waitUntil(lambda: not field.visibleRegion().isEmpty(), timeout=LONG)
    QTest.keyClicks(page.editor.params.body, "Please measure again.")
    assert not field.error
    page.back_test()
    qtbot.waitUntil(lambda: page._seen == page.editor.form.body, timeout=60_000)
    page.enable()
    qtbot.waitUntil(lambda: any(one.enabled and one.name == "Sugar of a few" for one in page.state.rules), timeout=LONG)
    page.run_now()
    qtbot.waitUntil(lambda: page.run_card.values["others"].text() == str(few), timeout=60_000)
    assert page.run_card.values["others"].isVisibleTo(page)
    assert shell.toasts[-1] == f"{few} messages and tasks"


def test_what_a_rule_raised_is_withdrawn_after_ten_seconds(
    qtbot: QtBot, shell: FakeShell, workspace: Workspace, few: int, superuser: psycopg.Connection
) -> None:
    a_rule(workspace, "Sugar of a few", condition=FEW)
    page = page_of(qtbot, shell)
    assert not page.run_card.withdraw_button.isVisibleTo(page)
    page.run_now()
    qtbot.waitUntil(lambda: page.run_card.withdraw_button.isVisibleTo(page), timeout=60_000)
    qtbot.waitUntil(page.run_card.withdraw_button.isEnabled, timeout=LONG)
    (run,) = workspace.ask(rule_runs, limit=1)
    page.run_now()  # raises nothing more, and what the first one raised can still be withdrawn
    qtbot.waitUntil(lambda: len(page.state.runs) == 2 and not page.desk.running, timeout=60_000)
    assert page.run_card.withdraw_button.isVisibleTo(page)
    page.run_card.withdraw_button.setFocus()
    QTest.keyClick(page.run_card.withdraw_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu), timeout=LONG)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    (line,) = (action for action in menu.actions() if action.text())
    assert line.text().startswith(f"Sugar of a few ({few}) · today ")
    menu.setActiveAction(line)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(shell.pendings) == 1, timeout=LONG)
    active = "SELECT count(*) FROM public.alerts WHERE patient_id LIKE 'g-%' AND status = 'ACTIVE'"
    assert superuser.execute(active).fetchall() == [(few,)], "it waits ten seconds"
    page.run_card.withdraw_button.setFocus()
    assert page.run_card.withdraw_button.hasFocus()
    shell.pendings[0].elapse()
    qtbot.waitUntil(lambda: superuser.execute(active).fetchall() == [(0,)], timeout=LONG)
    qtbot.waitUntil(lambda: not page.run_card.withdraw_button.isVisibleTo(page), timeout=LONG)
    assert page.run_card.run_button.hasFocus(), "the keyboard stays at the run"
    assert [one.state for one in workspace.ask(run_parts, run_id=run.run_id)] == ["WITHDRAWN"]

"""A panel beside the rules has the same key as the page: it does what is meant where the keyboard is."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from sqlalchemy import select

from app.db.models import Task
from app.queries.rules import rules
from app.ui.areas.rules.page import RulesPage
from app.ui.areas.rules.spec import SPEC as RULES
from app.ui.parts.task_panel import AddTaskPanel
from tests.support.desk import Desk
from tests.support.front_desk import Window

CTRL = Qt.KeyboardModifier.ControlModifier


def edited(window: Window) -> RulesPage:
    """The rules with a new one written."""
    page: RulesPage = window.page("rules")
    window.wait(lambda: page.stack.shown is page.stack.content)
    window.sit_down()
    page.add()
    QTest.keyClicks(page.editor.name, "Sugar over 280")
    page.editor.sentence.metric_picker.set_current("glucose")
    return page


def beside(window: Window, page: RulesPage) -> AddTaskPanel:
    """A new task in the panel, with the keyboard in it."""
    panel = AddTaskPanel(page.api, body={"title": "Order strips", "patient": "pat-lis"})
    page.api.show_panel(panel)
    window.wait(panel.title_field.hasFocus)
    return panel


def tasks(clinic: Desk) -> list[str]:
    return [row.title for row in clinic.rows(select(Task.__table__))]


def press(window: Window) -> None:
    """Ctrl+Return where the keyboard is."""
    focus = window.shell.window.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Return, CTRL)


def test_in_the_panel_the_key_is_the_panels(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("admin", more=(RULES,))
    page = edited(desk)
    beside(desk, page)
    press(desk)
    desk.wait(lambda: tasks(clinic) == ["Order strips"])
    assert not page.editor.error.isVisible(), "the rule was let be"
    desk.wait(lambda: desk.panel is None)
    page.editor.name.setFocus()
    press(desk)
    assert "back-test first" in page.editor.error.lead.text(), "the page has its key again"


def test_on_the_panels_button_it_is_the_panels_too(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("admin", more=(RULES,))
    panel = beside(desk, edited(desk))
    panel.go.setFocus()
    press(desk)
    desk.wait(lambda: tasks(clinic) == ["Order strips"])


def test_in_the_page_the_key_enables_the_rule(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("admin", more=(RULES,))
    page = edited(desk)
    panel = beside(desk, page)
    page.editor.name.setFocus()
    press(desk)
    assert "back-test first" in page.editor.error.lead.text()
    desk.wait(lambda: page.trial.view is not None)
    page.editor.name.setFocus()
    press(desk)
    desk.wait(lambda: any(one.name == "Sugar over 280" and one.enabled for one in desk.workspace.ask(rules)))
    assert desk.panel is panel, "the task still waits"
    assert tasks(clinic) == []
    panel.title_field.setFocus()
    press(desk)
    desk.wait(lambda: tasks(clinic) == ["Order strips"])


def test_with_another_area_open_the_panel_has_the_key_everywhere(clinic: Desk, window: Callable[..., Window]) -> None:
    desk = window("admin", more=(RULES,))
    page = edited(desk)
    beside(desk, page)
    page.editor.name.setFocus()
    visits = desk.visits
    desk.wait(lambda: visits.isAncestorOf(desk.shell.window.focusWidget()))
    press(desk)
    desk.wait(lambda: tasks(clinic) == ["Order strips"])

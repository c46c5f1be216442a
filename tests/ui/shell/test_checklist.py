"""The first three minutes tick themselves from the program's own commands, and from nothing less."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from app.commands.core import Outcome
from app.commands.moving import MoveVisit
from app.commands.visits import CheckIn
from app.ui.shell import checklist as module
from app.ui.shell.checklist import Checklist
from app.ui.shell.checklist_view import ChecklistPanel, ChecklistView, StepLine
from tests.ui.conftest import open_shell
from tests.ui.shell.fakes import CARDS, DEMO, FakeSessions, areas


def test_the_names_that_it_listens_for_are_commands() -> None:
    assert {CheckIn.__name__} == module.ARRIVALS
    assert {MoveVisit.__name__} == module.MOVES


@pytest.mark.parametrize(
    ("typed", "ticks"),
    [
        ("gonsales nunyez", True),
        ("gonzalez nunez", False),
        ("Núñez Inés", False),
        ("nunyez", True),
        ("", False),
    ],
)
def test_only_a_misspelt_name_counts_as_found(qapp: object, typed: str, ticks: bool) -> None:
    parent = QObject()
    one = Checklist((), parent)
    one.found(typed, "Inés González Núñez")
    assert ("find" in one.done) is ticks


def test_checking_in_ticks(qapp: object) -> None:
    parent = QObject()
    one = Checklist((), parent)
    one.executed(CheckIn(visit_id="v"), Outcome())
    assert one.done == {"arrive"}


def test_an_undo_ticks_after_a_move_only(qapp: object) -> None:
    parent = QObject()
    one = Checklist((), parent)
    one.executed(CheckIn(visit_id="v"), Outcome())
    one.undone()
    assert "undo" not in one.done
    one.executed(MoveVisit(visit_id="v", slot_id="s"), Outcome())
    assert "undo" not in one.done
    one.undone()
    assert "undo" in one.done


def test_the_second_desk_ticks_when_it_has_booked(qapp: object) -> None:
    parent = QObject()
    one = Checklist((), parent)
    one.foreign_change(frozenset({"visits"}))
    one.desk_opened()
    one.foreign_change(frozenset({"draft"}))
    assert "desk" not in one.done
    one.foreign_change(frozenset({"visits", "visit_slots"}))
    assert one.progress() == "1 of 5 tried"


def test_the_count_is_the_same_before_and_after_sign_in(qtbot: QtBot, tmp_path: Path) -> None:
    """The sign-in page, the rail's foot and the panel count one list, wherever the connection can or can't be cut."""
    sessions = FakeSessions(DEMO)
    shell = open_shell(qtbot, sessions, tmp_path, areas())
    qtbot.waitUntil(lambda: shell.entry.ready)
    page = shell.window.front
    assert page is not None
    view = page.findChild(ChecklistView)
    assert view is not None
    before = view.progress.text()
    assert len(view.findChildren(StepLine)) == len(module.STEPS)
    assert before == "0 of 5 tried"
    qtbot.waitUntil(view.cut_button.isVisible)
    view.desk_button.click()  # the first of the cards signs in for it
    qtbot.waitUntil(lambda: shell.working and bool(sessions.second_desks))
    assert sessions.workspaces[0].actor.name == CARDS[0].name
    panel = shell.window.panels.current
    assert isinstance(panel, ChecklistPanel)
    assert panel.view.progress.text() == before
    assert before in shell.window.rail.demo.accessibleName()
    shell.window.close()

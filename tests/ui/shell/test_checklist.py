"""The first three minutes tick themselves from the program's own commands, and from nothing less."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject

from app.commands.core import Outcome
from app.commands.moving import MoveVisit
from app.commands.visits import CheckIn
from app.ui.shell import checklist as module
from app.ui.shell.checklist import Checklist


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
    assert one.progress() == "1 of 4 tried"

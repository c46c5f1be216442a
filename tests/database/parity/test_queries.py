"""Every question that works offline is answered alike by both databases; the scenarios ask them after all commands."""

from __future__ import annotations

import importlib
import pkgutil

import app.queries
from app.queries.core import questions_offline
from tests.database.parity.questions import ask_everything
from tests.database.parity.scenarios import booking, series
from tests.support.twins import Twins

for _module in pkgutil.iter_modules(app.queries.__path__):
    importlib.import_module(f"app.queries.{_module.name}")


def test_every_question_is_asked(twins: Twins) -> None:
    booking(twins)
    series(twins)
    asked = ask_everything(twins)
    ours = {question for question in questions_offline() if question.__module__.startswith("app.")}
    assert ours - asked == set(), "add them to questions.py"

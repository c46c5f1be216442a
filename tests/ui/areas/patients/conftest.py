"""The patients' page in a window, over a fake workspace that answers what the test prepares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.domain.enums import Role
from app.queries.core import Page
from app.queries.merges import merges_into
from app.queries.patient_card import patient_card, patient_list, patient_rows
from app.queries.patients import likely_duplicates, search_patients
from app.ui.areas.patients.page import PatientsPage
from tests.support.shell import FakeShell, FakeWorkspace, an_actor
from tests.ui.areas.patients.people import a_card, rows

MakePage = Callable[..., PatientsPage]


def answers(**more: Any) -> dict[Any, Any]:
    """What a clinic of three people answers; ``more`` by the query's name."""
    known: dict[Any, Any] = {
        patient_list: lambda **_: Page(rows(3), more=False),
        search_patients: lambda **_: Page((), more=False),
        patient_rows: (),
        patient_card: lambda patient_id, **_: a_card(patient_id),
        likely_duplicates: (),
        merges_into: (),
    }
    named = {function.__name__: function for function in known}
    return known | {named[name]: answer for name, answer in more.items()}


@pytest.fixture
def shell() -> FakeShell:
    """The front desk's shell."""
    return FakeShell(FakeWorkspace(answers=answers()))


@pytest.fixture
def admin_shell() -> FakeShell:
    """An administrator's shell."""
    return FakeShell(FakeWorkspace(answers=answers(), actor=an_actor(Role.ADMIN)))


@pytest.fixture
def show_page(qtbot: QtBot) -> MakePage:
    """Put the page on the screen and wait for its list: ``page = show_page(shell)``."""

    def make(shell: FakeShell, *, wait: bool = True) -> PatientsPage:
        page = PatientsPage(shell)
        qtbot.addWidget(page)
        page.resize(1180, 820)
        with qtbot.waitExposed(page):
            page.show()
        page.refresh()
        page.list.field.setFocus()
        if wait:
            qtbot.waitUntil(lambda: page.list.lines.shown_text is not None)
        return page

    return make

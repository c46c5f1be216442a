"""Clinical limits in the window, on a real database: what is saved, what is refused at its field."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.domain.vitals_glp1 import glp1_rule
from app.domain.vitals_ranges import vital_ranges
from app.queries.clinic import clinic_view
from app.ui.areas.settings.limits_section import LimitsSection
from app.ui.areas.settings.page import SettingsPage
from app.ui.work.places import ShowSettings
from app.workspace.workspace import Workspace
from tests.support.postgres import Server
from tests.support.shell import FakeShell
from tests.support.signed_in import shell_on, signed_in


@pytest.fixture
def workspace(server: Server, clinic_db: str) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "ADMIN") as one:
        yield one


@pytest.fixture
def shell(workspace: Workspace) -> FakeShell:
    return shell_on(workspace)


@pytest.fixture
def section(qtbot: QtBot, shell: FakeShell, home: Path) -> Iterator[LimitsSection]:
    del home
    page = SettingsPage(shell)
    qtbot.addWidget(page)
    page.resize(1000, 900)
    page.show()
    page.open(ShowSettings(section="limits"))
    found = page.section("limits")
    assert isinstance(found, LimitsSection)
    qtbot.waitUntil(lambda: found.fields["HRV.low"].text() == "19", timeout=20_000)
    yield found
    page.close()


def typed(section: LimitsSection, key: str, text: str) -> None:
    field = section.fields[key]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_limits_are_changed_by_keyboard(
    qtbot: QtBot, section: LimitsSection, shell: FakeShell, workspace: Workspace
) -> None:
    assert section.fields["SYSTOLIC.criticalHigh"].text() == "180"
    typed(section, "HRV.low", "25")
    typed(section, "glp1.bmi", "31.5")
    section.conditions.setPlainText("gout\nE11")
    section.save.setFocus()
    QTest.keyClick(section.save, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(shell.done), timeout=20_000)
    settings = workspace.ask(clinic_view).settings["settings"]
    assert (vital_ranges(settings).values["HRV"].low, glp1_rule(settings).bmi) == (25, 31.5)
    assert glp1_rule(settings).conditions == ("gout", "E11")
    assert set(settings["vitals"]) == {"HRV"}, "what nobody changed stays as usual, also when the usual changes"


def test_what_cannot_be_is_said_and_the_field_has_the_keyboard(qtbot: QtBot, section: LimitsSection) -> None:
    typed(section, "GLUCOSE.low", "many")
    section.save.click()
    assert section.error.text() == "Glucose, normal from: This is not a number."
    typed(section, "GLUCOSE.low", "500")
    section.save.click()
    qtbot.waitUntil(lambda: "The four limits go up" in section.error.text(), timeout=20_000)
    section.usual.click()
    assert section.fields["GLUCOSE.low"].text() == "70"

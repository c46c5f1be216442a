"""Message templates in the window: made, changed, retired, by keyboard and by mouse; explained and previewed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.commands.message_templates import SaveMessageTemplate
from app.queries.message_thread import TemplateRow, message_templates
from app.ui.areas.settings.page import SettingsPage
from app.ui.areas.settings.templates_section import TemplatesSection
from app.ui.parts.messages.reply import ReplyBox
from app.ui.work.places import ShowSettings
from app.workspace.workspace import Workspace
from tests.support.postgres import Server
from tests.support.shell import FakeShell
from tests.support.signed_in import shell_on, signed_in


@pytest.fixture
def workspace(server: Server, clinic_db: str) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "ADMIN") as one:
        one.execute(SaveMessageTemplate(name="Results", body="Dear {name}, your results are here.", sort_order=1))
        yield one


@pytest.fixture
def shell(workspace: Workspace) -> FakeShell:
    return shell_on(workspace)


@pytest.fixture
def section(qtbot: QtBot, shell: FakeShell, home: Path) -> Iterator[TemplatesSection]:
    page = SettingsPage(shell)
    qtbot.addWidget(page)
    page.resize(1100, 800)
    page.show()
    page.open(ShowSettings(section="templates"))
    found = page.section("templates")
    assert isinstance(found, TemplatesSection)
    qtbot.waitUntil(lambda: found.name.text() == "Results")
    yield found
    page.close()  # it must live as long as its section is used


def kept(workspace: Workspace) -> dict[str, TemplateRow]:
    return {one.name: one for one in workspace.ask(message_templates, every=True)}


def test_a_template_is_made_by_keyboard_with_words_to_fill_in(
    qtbot: QtBot, section: TemplatesSection, workspace: Workspace, shell: FakeShell
) -> None:
    section.add.setFocus()
    QTest.keyClick(section.add, Qt.Key.Key_Space)
    assert section.name.hasFocus()
    QTest.keyClicks(section.name, "Recall")
    section.body.setFocus()
    QTest.keyClicks(section.body, "Hello ")
    section.words["name"].setFocus()
    QTest.keyClick(section.words["name"], Qt.Key.Key_Space)
    assert section.body.hasFocus()
    QTest.keyClicks(section.body, ", it is time. ")
    QTest.mouseClick(section.words["provider"], Qt.MouseButton.LeftButton)
    assert section.preview.text() == f"Hello Alex Example, it is time. {workspace.actor.name}"
    section.save.setFocus()
    QTest.keyClick(section.save, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(shell.done) == 1)
    made = kept(workspace)["Recall"]
    assert (made.body, made.locale, made.active) == ("Hello {name}, it is time. {provider}", "en", True)
    qtbot.waitUntil(lambda: [item.title for item in section.list.items()] == ["Recall", "Results"])


def test_one_is_changed_and_another_language_chosen(
    qtbot: QtBot, section: TemplatesSection, workspace: Workspace, shell: FakeShell
) -> None:
    section.written_in.set_current("es")
    section.body.setPlainText("Sus resultados, {name}.")
    QTest.mouseClick(section.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shell.done) == 1)
    assert list(kept(workspace)) == ["Results"]
    assert (kept(workspace)["Results"].body, kept(workspace)["Results"].locale) == ("Sus resultados, {name}.", "es")


def test_a_word_that_is_never_filled_in_is_refused_at_the_text(
    qtbot: QtBot, section: TemplatesSection, workspace: Workspace, shell: FakeShell
) -> None:
    section.body.setPlainText("Dear {surname},")
    QTest.mouseClick(section.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "{surname}" in section.form.field("body").error)
    assert section.body.toPlainText() == "Dear {surname},"
    assert kept(workspace)["Results"].body.startswith("Dear {name}")
    assert not shell.done


def test_a_retired_one_is_offered_no_more_and_can_come_back(
    qtbot: QtBot, section: TemplatesSection, workspace: Workspace, shell: FakeShell
) -> None:
    section.active.setFocus()
    QTest.keyClick(section.active, Qt.Key.Key_Space)
    QTest.mouseClick(section.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: section.list.items()[0].meta == "not offered")
    assert workspace.ask(message_templates) == ()
    QTest.mouseClick(section.active, Qt.MouseButton.LeftButton)
    QTest.mouseClick(section.save, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(workspace.ask(message_templates)) == 1)


@pytest.mark.parametrize(("role", "shown"), [("ADMIN", True), ("PROVIDER", False)])
def test_the_box_leads_an_admin_to_the_templates(
    qtbot: QtBot, server: Server, clinic_db: str, workspace: Workspace, role: str, shown: bool
) -> None:
    assert len(workspace.ask(message_templates)) == 1
    with signed_in(server, clinic_db, role) as other:
        shell = shell_on(other)
        box = ReplyBox(shell)
        qtbot.addWidget(box)
        box.show()
        QTest.mouseClick(box.templates, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
        menu = QApplication.activePopupWidget()
        assert isinstance(menu, QMenu)
        words = {action.text(): action for action in menu.actions()}
        assert "Results" in words
        assert ("Change the templates" in words) is shown
        if shown:
            menu.setActiveAction(words["Change the templates"])
            QTest.keyClick(menu, Qt.Key.Key_Return)
            qtbot.waitUntil(lambda: shell.places == [ShowSettings(section="templates")])
        menu.close()

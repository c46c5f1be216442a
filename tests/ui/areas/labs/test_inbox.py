"""Laboratories' messages in the window: who is meant is chosen by a person, by keyboard or mouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.commands.core import Outcome
from app.commands.lab_messages import AssignLabMessage, RefuseLabMessage, ReopenLabMessage
from app.commands.lab_take_back import TakeBackLabMessage
from app.domain.enums import LabMessageState, Role
from app.domain.imports import Skipped
from app.kernel.errors import Refused
from app.kernel.i18n import set_language
from app.queries.core import Page
from app.queries.lab_inbox import LabCandidate, LabMessageRow, LabMessageText, lab_inbox, lab_message_count
from app.ui.areas.labs.head import InboxButton, ReviewHead, why_files_wait
from app.ui.areas.labs.inbox import InboxPanel
from app.ui.areas.labs.inbox_folder import InboxFolder
from app.ui.areas.labs.inbox_import import FilesTaker, InboxImport, summary
from app.ui.areas.labs.inbox_offers import InboxOffers
from app.ui.areas.labs.page import ResultsPage
from app.ui.widgets.text import Label
from app.ui.work import Progress
from app.ui.work.places import NewPatient
from app.workspace.hl7_import import Hl7Report, OpenMessage
from app.workspace.lab_folder import LabFolder
from app.workspace.lab_offers import LabOffer, OffersFiled
from app.workspace.watched_folder import FolderSetting, FolderState
from tests.support.hl7 import join, msh, obr, obx, pid, read, report
from tests.support.shell import FakeShell, FakeWorkspace, an_actor

BODY = join(msh(), pid(), obr(), obx("620", flag="HH")).decode()
AT = datetime(2026, 11, 24, 18, tzinfo=UTC)


def a_row(
    number: int = 1, state: LabMessageState = LabMessageState.UNMATCHED, by_person: bool = False
) -> LabMessageRow:
    return LabMessageRow(
        f"m{number}", AT, "a.hl7", "ORU^R01", "LAB / MAIN", "M1", state, "nobody here has this record number",
        "Zygmunt Lis", "1962-03-14", None, by_person,
        "Ann Roe" if state is LabMessageState.APPLIED else "",
    )  # fmt: skip


def an_open(row: LabMessageRow) -> OpenMessage:
    people = (
        LabCandidate("p1", "Zygmunt Lis", date(1962, 3, 14), "M", "4711", False, True, True),
        LabCandidate("p2", "Zygmund Lys", None, "", "", True, False, False),
    )
    return OpenMessage(LabMessageText(row, BODY), report(*BODY.split("\r")[:4]), people)


def panel(
    qtbot: QtBot,
    rows: tuple[LabMessageRow, ...],
    outcome: Any = None,
    offers: tuple[LabOffer, ...] = (),
    filed: list[LabOffer] | None = None,
) -> tuple[InboxPanel, FakeShell]:
    """The inbox; ``filed`` takes what is filed of ``offers``."""
    taken = filed if filed is not None else []
    done = outcome if outcome is not None else Outcome(result={})
    workspace = FakeWorkspace(
        answers={lab_inbox: Page(rows, more=False), lab_message_count: len(rows)},
        outcomes={AssignLabMessage: done, RefuseLabMessage: done, ReopenLabMessage: done, TakeBackLabMessage: done},
        actor=an_actor(Role.PROVIDER),
    )
    shell = FakeShell(workspace)
    by_id = {one.id: one for one in rows}

    def file(_workspace: object, wanted: Sequence[LabOffer]) -> OffersFiled:
        taken.extend(wanted)
        return OffersFiled(tuple(one.message_id for one in wanted), ())

    line = InboxOffers(shell, lambda _workspace: () if taken else offers, file)
    shown = InboxPanel(shell, lambda _workspace, message_id: an_open(by_id[message_id]), line)
    shown.resize(480, 800)
    qtbot.addWidget(shown)
    shown.show()
    return shown, shell


def test_birth_dates_and_sex_are_written_as_everywhere(qtbot: QtBot) -> None:
    shown, _ = panel(qtbot, (a_row(), replace(a_row(2), born="1962")))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    assert [item.sub_meta for item in shown.messages.items()] == ["14 Mar 1962", "1962"]
    assert [item.meta for item in shown.detail.people.items()] == ["14 Mar 1962", "no birth date"]
    said = [label.text() for label in shown.detail.findChildren(Label)]
    assert any(text.startswith("Zygmunt Lis\n14 Mar 1962\nmale\n") for text in said)


def test_whom_a_message_is_about_is_registered_with_what_it_says(qtbot: QtBot) -> None:
    shown, shell = panel(qtbot, (a_row(),))
    qtbot.waitUntil(shown.detail.register.isVisible, timeout=10_000)
    QTest.mouseClick(shown.detail.register, Qt.MouseButton.LeftButton)
    wanted = NewPatient(first_name="Zygmunt", last_name="Lis", born=date(1962, 3, 14), sex="male")
    assert shell.places == [wanted]


def test_a_reason_kept_in_english_is_read_in_the_windows_language(qtbot: QtBot) -> None:
    set_language("es")
    kind = replace(a_row(2), reason="not a result message: ACK is an acknowledgement")
    shown, _ = panel(qtbot, (a_row(), kind))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    assert shown.messages.items()[0].subtitle == shown.detail.reason_why.text() != a_row().reason
    assert shown.messages.items()[1].subtitle == "no es un mensaje de resultados: ACK es un acuse de recibo"


def test_nobody_is_chosen_beforehand_and_the_button_names_the_patient(qtbot: QtBot) -> None:
    shown, shell = panel(qtbot, (a_row(), a_row(2)))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    assert shown.detail.chosen is None
    assert not shown.assign.isEnabled()
    assert shown.detail.critical.text() == "Glucose: ▲ 620 mg/dL, critical"
    assert shown.detail.critical.isVisible()
    assert shown.detail.results.text() == ""
    shown.detail.people.setFocus()
    QTest.keyClick(shown.detail.people, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: "Zygmund Lys" in shown.assign.text(), timeout=10_000)
    QTest.keyClick(shown.detail.people, Qt.Key.Key_Up)
    qtbot.waitUntil(shown.assign.isEnabled, timeout=10_000)
    assert "Zygmunt Lis" in shown.assign.text()
    shown.submit()
    workspace: Any = shell.workspace
    qtbot.waitUntil(lambda: bool(workspace.executed), timeout=10_000)
    command = workspace.executed[0]
    assert (command.message_id, command.patient_id) == ("m1", "p1")


def test_what_a_person_chose_and_wrote_stays_while_other_messages_come(qtbot: QtBot) -> None:
    shown, shell = panel(qtbot, (a_row(),))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    shown._found("p9", "Anna Kowalska")
    shown.detail.reason.setText("half a reason")
    workspace: Any = shell.workspace
    workspace.answers[lab_inbox] = Page((a_row(2), a_row()), more=False)
    shown.refresh()
    qtbot.waitUntil(lambda: len(shown.messages.items()) == 2, timeout=10_000)
    assert shown.messages.current_key == "m1"
    assert shown.detail.chosen == ("p9", "Anna Kowalska")
    assert shown.detail.reason.text() == "half a reason"


def test_what_another_window_took_in_is_asked_for(qtbot: QtBot) -> None:
    shown, shell = panel(qtbot, (a_row(),))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    workspace: Any = shell.workspace
    workspace.answers[lab_inbox] = Page((a_row(2), a_row()), more=False)
    assert shown._timer.isActive()
    shown._timer.timeout.emit()
    qtbot.waitUntil(lambda: len(shown.messages.items()) == 2, timeout=10_000)
    workspace.answers[lab_message_count] = 7
    button = InboxButton(shell)
    qtbot.addWidget(button)
    button.show()
    assert button._timer.isActive()
    button._timer.timeout.emit()
    qtbot.waitUntil(lambda: button.text() == "Messages 7", timeout=10_000)


def test_the_head_says_how_many_there_are_and_more_are_listed_when_asked_for(qtbot: QtBot) -> None:
    rows = tuple(a_row(number) for number in range(450))
    shown, shell = panel(qtbot, rows)
    workspace: Any = shell.workspace
    workspace.answers[lab_inbox] = lambda limit, **_: Page(rows[:limit], more=limit < len(rows))
    workspace.answers[lab_message_count] = 450
    shown.refresh()
    qtbot.waitUntil(lambda: shown.meta() == "200 of 450", timeout=10_000)
    assert shown.more.isVisible()
    QTest.mouseClick(shown.more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.meta() == "400 of 450", timeout=10_000)
    QTest.mouseClick(shown.more, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.meta() == "450", timeout=10_000)
    assert not shown.more.isVisible()


@pytest.mark.parametrize(("state", "said"), [
    (LabMessageState.REFUSED, False), (LabMessageState.UNMATCHED, True), (LabMessageState.APPLIED, True),
])  # fmt: skip
def test_no_heading_stands_over_nothing(qtbot: QtBot, state: LabMessageState, said: bool) -> None:
    shown, _ = panel(qtbot, (a_row(state=state),))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    (here,) = (label for label in shown.detail.findChildren(Label) if label.text() == "Here")
    assert here.isVisible() is said


def test_a_patient_who_is_certain_by_now_is_proposed_and_all_such_are_filed_with_one_button(qtbot: QtBot) -> None:
    offer = LabOffer("m1", "p1", "Zygmunt Lis", report(*BODY.split("\r")[:4]))
    filed: list[LabOffer] = []
    shown, shell = panel(qtbot, (a_row(), a_row(2)), offers=(offer,), filed=filed)
    qtbot.waitUntil(lambda: shown.detail.chosen is not None and shown.offers.isVisible(), timeout=10_000)
    assert shown.detail.chosen == ("p1", "Zygmunt Lis")
    assert shown.assign.text() == "Assign to Zygmunt Lis"
    assert shown.detail.reason_why.text() == "agrees by now with Zygmunt Lis"
    assert [one.subtitle for one in shown.messages.items()] == [
        "agrees by now with Zygmunt Lis", "nobody here has this record number",
    ]  # fmt: skip
    assert not filed, "nothing is filed before the person says so"
    shown.offers.take.setFocus()
    QTest.keyClick(shown.offers.take, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not shown.offers.isVisible(), timeout=10_000)
    assert filed == [offer]
    assert shell.toasts[-1].startswith("1 message filed")


def test_a_person_who_chose_somebody_else_is_not_overruled_by_the_offer(qtbot: QtBot) -> None:
    shown, _ = panel(qtbot, (a_row(),))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    shown._found("p9", "Anna Kowalska")
    shown.offers._show((LabOffer("m1", "p1", "Zygmunt Lis", report(*BODY.split("\r")[:4])),))
    assert shown.detail.chosen == ("p9", "Anna Kowalska")


def test_a_refusal_needs_its_reason_and_says_so(qtbot: QtBot) -> None:
    shown, shell = panel(qtbot, (a_row(),), Refused("BadValue", "This field is needed.", field="reason"))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    QTest.mouseClick(shown.detail.refuse, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(shown.problem.isVisible, timeout=10_000)
    assert shown.problem.text() == "This field is needed."
    workspace: Any = shell.workspace
    assert isinstance(workspace.executed[0], RefuseLabMessage)


def test_somebody_else_is_looked_for(qtbot: QtBot) -> None:
    shown, _ = panel(qtbot, (a_row(),))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    shown._found("p9", "Anna Kowalska")
    assert shown.detail.chosen == ("p9", "Anna Kowalska")
    assert "Anna Kowalska" in shown.assign.text()


def test_the_message_is_readable_as_it_came(qtbot: QtBot) -> None:
    shown, _ = panel(qtbot, (a_row(),))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    assert not shown.detail.text.isVisible()
    QTest.mouseClick(shown.detail.show_text, Qt.MouseButton.LeftButton)
    assert shown.detail.text.isVisible()
    assert shown.detail.text.toPlainText().startswith("MSH|^~\\&|LAB")
    assert "\nPID|1||4711" in shown.detail.text.toPlainText()


def test_what_a_person_refused_may_wait_again(qtbot: QtBot) -> None:
    shown, shell = panel(qtbot, (a_row(state=LabMessageState.REFUSED, by_person=True),))
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    assert not shown.assign.isEnabled()
    QTest.mouseClick(shown.detail.reopen, Qt.MouseButton.LeftButton)
    workspace: Any = shell.workspace
    qtbot.waitUntil(lambda: bool(workspace.executed), timeout=10_000)
    assert isinstance(workspace.executed[0], ReopenLabMessage)


def test_an_empty_inbox_says_so(qtbot: QtBot) -> None:
    shown, _ = panel(qtbot, ())
    qtbot.waitUntil(lambda: not shown.messages.isVisible(), timeout=10_000)
    assert not shown.assign.isEnabled()
    assert shown.files.isVisible(), "a provider takes files in too"


def test_files_are_taken_in_off_the_windows_thread(qtbot: QtBot) -> None:
    shell = FakeShell(FakeWorkspace(actor=an_actor(Role.ADMIN)))
    found = Hl7Report(waiting=1, refused=1, skipped=[Skipped("a.hl7", "", "empty")])
    (message,) = read(BODY.encode())
    found.note(message, {"fate": "taken", "reason": ""})
    taker = FilesTaker(shell, lambda _workspace, _paths, _progress: found)
    widget = InboxImport(taker)
    qtbot.addWidget(widget)
    with qtbot.waitSignal(widget.done, timeout=10_000):
        taker.take([Path("somewhere")])
    assert summary(found) == "1 message taken, 1 waits for a person, 1 refused"
    assert widget.files.isEnabled()


def test_how_far_the_files_are_is_shown_and_stop_ends_it(qtbot: QtBot) -> None:
    shell = FakeShell(FakeWorkspace(actor=an_actor(Role.PROVIDER)))
    begun, ended = Event(), Hl7Report(cancelled=True)

    def slowly(_workspace: object, _paths: object, progress: Progress) -> Hl7Report:
        progress.report(1200, 0, "Messages read:")
        begun.set()
        while not progress.cancelled:
            begun.wait(0.01)
        return ended

    taker = FilesTaker(shell, slowly)
    widget = InboxImport(taker)
    qtbot.addWidget(widget)
    widget.show()
    widget.files.setFocus()
    assert not widget.stop.isVisible()
    taker.take([Path("somewhere")])
    qtbot.waitUntil(lambda: widget.progress.words == "Messages read: 1,200", timeout=10_000)
    assert widget.progress.isVisible()
    assert widget.stop.isVisible()
    with qtbot.waitSignal(widget.done, timeout=10_000):
        QTest.mouseClick(widget.stop, Qt.MouseButton.LeftButton)
    assert shell.toasts == ["Stopped. 0 messages taken"]
    assert widget.files.isEnabled()
    assert not widget.stop.isVisible()
    assert not widget.progress.isVisible()


def test_the_taking_goes_on_when_the_panel_is_closed_and_the_next_panel_shows_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = FakeWorkspace(actor=an_actor(Role.PROVIDER))
    workspace.answers.update({lab_inbox: Page((), more=False), lab_message_count: 0})
    monkeypatch.setattr("app.workspace.lab_offers.lab_offers", lambda _workspace: ())
    shell = FakeShell(workspace)
    released, stopped = Event(), Event()

    def slowly(
        _w: object, _p: object, progress: Callable[[int, int, int], None], cancelled: Callable[[], bool]
    ) -> Hl7Report:
        progress(0, 1, 1200)
        assert released.wait(10)
        if cancelled():
            stopped.set()
        return Hl7Report(waiting=1)

    monkeypatch.setattr("app.workspace.hl7_import.run_hl7_import", slowly)
    page = ResultsPage(shell)
    qtbot.addWidget(page)
    page.show_inbox()
    first = shell.panels[-1]
    assert isinstance(first, InboxPanel)
    page.files.take([Path("somewhere")])
    qtbot.waitUntil(lambda: first.files.progress.words == "Messages read: 1,200", timeout=10_000)
    with qtbot.waitSignal(first.destroyed):
        first.deleteLater()
    page.show_inbox()
    second = shell.panels[-1]
    assert isinstance(second, InboxPanel)
    qtbot.addWidget(second)
    assert second.files.progress.words == "Messages read: 1,200"
    assert not second.files.files.isEnabled(), "one at a time"
    with qtbot.waitSignal(second.files.done, timeout=10_000):
        released.set()
    assert not stopped.is_set(), "closing the panel stopped it"
    assert shell.toasts == ["0 messages taken, 1 waits for a person"]


def test_a_filed_message_is_taken_out_of_its_chart_with_the_reason(qtbot: QtBot) -> None:
    shown, shell = panel(qtbot, (a_row(state=LabMessageState.APPLIED),))
    shown.states.set_current(LabMessageState.APPLIED.value)
    qtbot.waitUntil(shown.detail.isVisible, timeout=10_000)
    assert shown.detail.take_out.isVisible()
    assert shown.detail.filed_with.text() == "In the chart of Ann Roe"
    assert not shown.detail.refuse.isVisible()
    assert not shown.assign.isEnabled()
    shown.detail.reason.setFocus()
    QTest.keyClicks(shown.detail.reason, "Roe's specimen")
    shown.detail.take_out.setFocus()
    QTest.keyClick(shown.detail.take_out, Qt.Key.Key_Space)
    workspace: Any = shell.workspace
    qtbot.waitUntil(lambda: bool(workspace.executed), timeout=10_000)
    command = workspace.executed[0]
    assert isinstance(command, TakeBackLabMessage)
    assert (command.message_id, command.reason, command.report.results) == ("m1", "Roe's specimen", 1)


class FakeFolder:
    """A watch that remembers what it was told."""

    def __init__(self) -> None:
        self.state = FolderState()

    def choose(self, setting: FolderSetting | None) -> None:
        if setting is not None and setting.folder.name == "nowhere":
            raise Refused("NoFile", "no folder", field="folder")
        self.state = FolderState(setting)


def test_a_folder_is_watched_shown_and_let_go(qtbot: QtBot, tmp_path: Path) -> None:
    shell, folder = FakeShell(FakeWorkspace(actor=an_actor(Role.ADMIN))), FakeFolder()
    line = InboxFolder(shell, cast("LabFolder", folder))
    qtbot.addWidget(line)
    line.show()
    assert line.choose.isVisible()
    assert not line.stop.isVisible()
    line.watch(tmp_path)
    qtbot.waitUntil(line.stop.isVisible, timeout=10_000)
    assert line.says.text() == f"Watches {tmp_path}"
    QTest.mouseClick(line.move_files, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: folder.state.setting == FolderSetting(tmp_path, move=True), timeout=10_000)
    folder.state = replace(folder.state, looked_at=AT, taken=3, waiting=1, problem="the server is away")
    qtbot.waitUntil(line.problem.isVisible, timeout=10_000)
    assert line.says.text() == f"Watches {tmp_path} · looked at 10:00 · 3 messages taken · 1 waits for a person"
    folder.state = replace(folder.state, elsewhere="Desk 2", problem="")
    qtbot.waitUntil(lambda: "is watched by Desk 2" in line.says.text(), timeout=10_000)
    line.stop.setFocus()
    QTest.keyClick(line.stop, Qt.Key.Key_Space)
    qtbot.waitUntil(line.choose.isVisible, timeout=10_000)


def test_a_folder_that_is_none_is_refused_and_nothing_is_watched(qtbot: QtBot, tmp_path: Path) -> None:
    shell, folder = FakeShell(FakeWorkspace(actor=an_actor(Role.ADMIN))), FakeFolder()
    line = InboxFolder(shell, cast("LabFolder", folder))
    qtbot.addWidget(line)
    line.show()
    line.watch(tmp_path / "nowhere")
    qtbot.waitUntil(lambda: bool(shell.problems), timeout=10_000)
    assert line.choose.isVisible()


@pytest.mark.parametrize(
    ("role", "told"), [(Role.MEDICAL_ASSISTANT, True), (Role.PROVIDER, False), (Role.ADMIN, False)]
)
def test_the_desk_is_told_why_laboratories_files_wait(qtbot: QtBot, tmp_path: Path, role: Role, told: bool) -> None:
    workspace = FakeWorkspace(actor=an_actor(role))
    folder = FakeFolder()
    folder.state = FolderState(FolderSetting(tmp_path), problem="Wait for a provider.")
    workspace.lab_folder = folder  # type: ignore[attr-defined]
    count, inbox, filters = QWidget(), QWidget(), QWidget()
    head = ReviewHead(count, inbox, filters, why_files_wait(FakeShell(workspace)))
    qtbot.addWidget(head)
    head.show()
    assert head.waiting.isVisible() is told
    assert head.waiting.text() == (f"{tmp_path} is not watched now. Wait for a provider." if told else "")


@pytest.mark.parametrize("language", ["en", "es"])
def test_nothing_is_wider_than_the_panel(qtbot: QtBot, tmp_path: Path, language: str) -> None:
    set_language(language)
    workspace = FakeWorkspace(
        actor=an_actor(Role.PROVIDER), answers={lab_inbox: Page((), more=False), lab_message_count: 0}
    )
    folder = FakeFolder()
    folder.state = FolderState(FolderSetting(tmp_path / "a rather long name of a folder of the laboratory"))
    workspace.lab_folder = folder  # type: ignore[attr-defined]
    shown = InboxPanel(FakeShell(workspace))
    qtbot.addWidget(shown)
    shown.show()
    assert shown.minimumSizeHint().width() <= 480 - 2 * 16, "a wide panel without its margins"

"""Forms beside the page: Esc parks, drafts survive, undo knows text from actions, pending actions wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.commands.drafts import DiscardDraft, SaveDraft
from app.commands.registry import Outcome
from app.kernel.errors import Conflict, Refused, Unavailable
from app.queries.drafts import DraftRow, my_drafts
from app.ui.shell import drafts as drafts_module
from app.ui.shell.drafts import draft_id, storable
from app.ui.shell.shell import Shell
from app.ui.shell.toasts import PendingToast, free_area
from app.ui.widgets.toast import Toast
from app.ui.work import Draft, Lane, PendingAction, RestoreDraft, ToastButton
from app.ui.work.bugs import BugReport, make_report
from app.ui.work.hub import hub
from tests.support.shell import FakeWorkspace
from tests.ui.shell.fakes import CheckIn, NotePanel, TestPage, areas, commands

CONTROL = Qt.KeyboardModifier.ControlModifier


def press(shell: Shell, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(QApplication.focusWidget() or shell.window, key, modifier)


def open_note(qtbot: QtBot, shell: Shell, text: str = "", subject: str = "p-1") -> NotePanel:
    assert shell.desk is not None
    panel = NotePanel(subject)
    shell.desk.show_panel(panel)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is panel.field)
    QTest.keyClicks(panel.field, text)
    return panel


def texts(shell: Shell) -> list[str]:
    return [toast.accessibleName() for toast in shell.window.toasts.toasts]


def next_free(session: Any, reader: Any) -> bool:
    """A question; the fake workspace answers it."""
    raise AssertionError("never called")


# -- parking -----------------------------------------------------------------------------------------------------


def test_escape_closes_what_is_clean_and_parks_what_is_not(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    today.button.setFocus()
    clean = open_note(qtbot, shell)
    press(shell, Qt.Key.Key_Escape)
    assert clean.closed
    assert not shell.window.panels.isVisible()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is today.button)
    typed = open_note(qtbot, shell, "half")
    press(shell, Qt.Key.Key_Escape)
    assert not typed.closed
    assert shell.window.panels.parked == (typed,)
    assert shell.window.rail.parked.isVisible()
    assert shell.window.rail.parked.text() == "Parked (1)"
    press(shell, Qt.Key.Key_E, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    assert shell.window.panels.current is typed
    assert typed.field.text() == "half"
    assert not shell.window.rail.parked.isVisible()


def test_another_panel_parks_the_one_shown_and_several_are_offered(qtbot: QtBot, shell: Shell) -> None:
    first = open_note(qtbot, shell, "one", "p-1")
    second = open_note(qtbot, shell, "two", "p-2")
    assert list(shell.window.panels.parked) == [first]
    press(shell, Qt.Key.Key_Escape)
    assert list(shell.window.panels.parked) == [second, first]
    assert shell.window.rail.parked.text() == "Parked (2)"
    QTest.mouseClick(shell.window.rail.parked, Qt.MouseButton.LeftButton)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    assert [action.text() for action in menu.actions()] == ["Note p-2", "Note p-1"]
    menu.actions()[1].trigger()
    menu.close()
    assert shell.window.panels.current is first


def test_the_focus_goes_back_to_where_it_was_before_the_first_of_several_panels(
    qtbot: QtBot, shell: Shell, today: TestPage
) -> None:
    today.button.setFocus()
    open_note(qtbot, shell)
    last = open_note(qtbot, shell, subject="p-2")
    assert shell.desk is not None
    shell.desk.toast("Booked", button=ToastButton("Undo", lambda: None))
    last.finished.emit()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is today.button)


def test_the_key_of_the_open_area_brings_the_keyboard_back_into_its_page(
    qtbot: QtBot, shell: Shell, today: TestPage
) -> None:
    panel = open_note(qtbot, shell, "half")
    assert shell.desk is not None
    assert panel.field.hasFocus()
    way = next(one for one in shell.window.book.all() if one.id == "open.today")
    shell.desk.run_action(way)
    qtbot.waitUntil(lambda: QApplication.focusWidget() is today.button)
    today.field.setFocus()
    shell.desk.run_action(way)
    assert today.field.hasFocus(), "who is in the page already stays there"


def test_a_form_beside_a_panel_keeps_its_key_and_the_panel_has_it_everywhere_else(
    qtbot: QtBot, shell: Shell, today: TestPage
) -> None:
    done: list[str] = []
    form = QWidget(today)
    value, more = QLineEdit(form), QLineEdit(form)
    own = QShortcut(QKeySequence("Ctrl+Return"), form, lambda: done.append("measured"))
    own.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
    for field in (value, more):
        field.show()
    form.show()
    panel = open_note(qtbot, shell)
    QShortcut(QKeySequence("Ctrl+Return"), panel, lambda: done.append("signed"))
    QShortcut(QKeySequence("Ctrl+S"), panel, lambda: done.append("saved"))
    for field, key in ((value, Qt.Key.Key_Return), (more, Qt.Key.Key_Return), (more, Qt.Key.Key_S),
                       (panel.field, Qt.Key.Key_Return), (today.field, Qt.Key.Key_Return)):  # fmt: skip
        field.setFocus()
        press(shell, key, CONTROL)
    assert done == ["measured", "measured", "saved", "signed", "signed"]


def test_the_page_gets_the_focus_when_what_had_it_is_out_of_sight(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    today.button.setFocus()
    panel = open_note(qtbot, shell)
    assert shell.desk is not None
    shell.desk.toast("Booked", button=ToastButton("Undo", lambda: None))
    QTest.keyClick(panel.field, Qt.Key.Key_2, CONTROL)
    panel.finished.emit()
    page = shell.window.stack.page("schedule")
    assert page is not None
    inside = (page, *page.findChildren(QWidget))
    qtbot.waitUntil(lambda: QApplication.focusWidget() in inside)


def test_a_finished_panel_goes_with_its_draft(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    panel = open_note(qtbot, shell, "done")
    qtbot.waitUntil(lambda: bool(commands(workspace, "SaveDraft")), timeout=3000)
    panel.finished.emit()
    assert panel.closed
    qtbot.waitUntil(lambda: bool(commands(workspace, "DiscardDraft")))
    assert shell.window.panels.current is None


# -- drafts ------------------------------------------------------------------------------------------------------


def test_a_draft_is_saved_within_two_seconds_of_typing(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    open_note(qtbot, shell, "first")
    assert commands(workspace, "SaveDraft") == []
    qtbot.waitUntil(lambda: bool(commands(workspace, "SaveDraft")), timeout=2000)
    saved = commands(workspace, "SaveDraft")[0]
    assert isinstance(saved, SaveDraft)
    assert (saved.kind, saved.subject, saved.title, saved.body) == ("note", "p-1", "Note p-1", {"text": "first"})
    assert saved.draft_id == draft_id("u-1", Draft("note", "p-1", "anything"))


def test_typing_on_does_not_put_the_saving_off(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts_module, "SAVE_AFTER_MS", 150)
    panel = open_note(qtbot, shell)
    for _ in range(8):
        QTest.keyClicks(panel.field, "x")
        qtbot.wait(50)
    assert len(commands(workspace, "SaveDraft")) >= 2


def test_drafts_are_kept_when_the_window_closes(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    open_note(qtbot, shell, "unsent")
    shell.window.close()
    qtbot.waitUntil(lambda: workspace.closed)
    saved = commands(workspace, "SaveDraft")
    assert [c.body for c in saved if isinstance(c, SaveDraft)] == [{"text": "unsent"}]
    assert commands(workspace, "DiscardDraft") == []


def test_drafts_wait_for_a_lost_server(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell.desk is not None
    monkeypatch.setattr(drafts_module, "RETRY_AFTER_MS", 50)
    shell.desk.drafts._retry.setInterval(50)
    workspace.outcomes[SaveDraft] = Unavailable("ServerGone", "gone")
    open_note(qtbot, shell, "kept")
    shell.desk.flush()
    qtbot.waitUntil(shell.window.notice.isVisible)
    assert shell.desk.drafts.unsaved == 1
    workspace.outcomes[SaveDraft] = Outcome()
    qtbot.waitUntil(lambda: shell.desk is not None and shell.desk.drafts.unsaved == 0)
    qtbot.waitUntil(lambda: not shell.window.notice.isVisible())


def test_drafts_are_offered_again(qtbot: QtBot, window_with: Callable[..., Shell], workspace: FakeWorkspace) -> None:
    at = datetime(2026, 11, 24, tzinfo=UTC)
    note = DraftRow("d-1", "note", "p-1", "Note for Ana", {"text": "unsent"}, at)
    unknown = DraftRow("d-2", "gone", "", "Something of an older program", {}, at)
    workspace.answers[my_drafts] = (note, unknown)
    shell = window_with(*areas(), workspace=workspace)
    qtbot.waitUntil(lambda: texts(shell) == ["Not finished: Note for Ana"])
    toast = shell.window.toasts.toasts[0]
    assert toast.button is not None
    QTest.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    page = shell.window.stack.page("today")
    assert isinstance(page, TestPage)
    place = page.places[0]
    assert isinstance(place, RestoreDraft)
    assert place.draft.body == {"text": "unsent"}
    shell.window.toasts.clear()  # put off: the key for parked forms still finds it
    QTest.keyClick(shell.window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: page.places == [place, place])


def test_a_crash_saves_the_form_and_tells_a_number(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    panel = open_note(qtbot, shell, "precious")
    report: BugReport = make_report(ValueError("Ana"), None)
    hub().bug.emit(report)
    qtbot.waitUntil(lambda: bool(commands(workspace, "SaveDraft")))
    dialog = shell._crash
    assert dialog.isVisible()
    assert report.id in dialog.ident.text()
    assert "Ana" not in dialog.ident.text() + dialog.place.text()
    hub().bug.emit(make_report(KeyError("x"), None))
    assert len(dialog.ident.text().split(",")) == 2, "one dialog for all"
    QTest.mouseClick(dialog.go_on, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible()
    assert panel.field.text() == "precious"


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a\0b", "ab"),
        ("x\ud800y", "x?y"),
        ({"k": ["a\0", 1, None]}, {"k": ["a", 1, None]}),
        ("Ana Ramírez 李", "Ana Ramírez 李"),
    ],
)
def test_a_draft_is_never_refused_for_odd_signs(value: Any, stored: Any) -> None:
    assert storable(value) == stored


# -- undo --------------------------------------------------------------------------------------------------------


def test_undo_outside_of_text_takes_back_the_last_action(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, today: TestPage
) -> None:
    workspace.undos = [("checking in Zygmunt Lis", Outcome())]
    today.button.setFocus()
    press(shell, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: texts(shell) == ["Undone: checking in Zygmunt Lis"])
    press(shell, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: "Nothing to undo." in texts(shell))


def test_undo_inside_of_text_undoes_typing_only(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, today: TestPage
) -> None:
    workspace.undos = [("checking in Zygmunt Lis", Outcome())]
    today.field.setFocus()
    QTest.keyClicks(today.field, "abc")
    for _ in range(3):
        press(shell, Qt.Key.Key_Z, CONTROL)
    qtbot.wait(50)
    assert today.field.text() == ""
    assert workspace.undos, "nothing that was done is taken back by mistake"
    assert texts(shell) == []


def test_a_refused_undo_says_why(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, today: TestPage) -> None:
    workspace.undos = [("moving a visit", Conflict("Changed", "A. Moreno changed this visit since."))]
    today.button.setFocus()
    press(shell, Qt.Key.Key_Z, CONTROL)
    qtbot.waitUntil(lambda: texts(shell) == ["A. Moreno changed this visit since."])


def test_the_toast_of_an_action_undoes_it(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    assert shell.desk is not None
    workspace.undos = [("check in", Outcome())]
    shell.desk.did("Checked in Zygmunt Lis", Outcome(undo=CheckIn(), undo_label="check in"))
    toast = shell.window.toasts.toasts[0]
    assert isinstance(toast, Toast)
    assert toast.button is not None
    QTest.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: texts(shell) == ["Undone: check in"])


def test_warnings_of_an_outcome_are_told(shell: Shell) -> None:
    assert shell.desk is not None
    shell.desk.did("Booked", Outcome(warnings=("Ana has another visit then.",)))
    assert texts(shell) == ["Booked · Ana has another visit then."]


def test_a_closed_panel_asks_no_more(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    """Qt deletes it a moment later: until then an answer would work on a page that may be gone already."""
    may_answer = threading.Event()
    workspace.answers[next_free] = lambda: may_answer.wait(5)
    assert shell.desk is not None
    panel = open_note(qtbot, shell)
    lane = Lane(QObject(panel), workspace)
    lane.ask(next_free, on_result=lambda _: pytest.fail("the panel is closed"))
    token = workspace.tokens[-1]
    shell.desk.close_panel(panel)
    may_answer.set()
    assert token.cancelled
    assert not lane.asking
    lane.ask(next_free, on_result=lambda _: pytest.fail("the panel is closed"))  # what answers a command may ask
    assert not lane.asking


# -- pending actions -----------------------------------------------------------------------------------------------


def fast(action: PendingAction, shell: Shell) -> Any:
    assert shell.desk is not None
    job: Any = shell.desk.pending(action)
    job._timer.setInterval(30)
    return job


def test_a_pending_action_waits_counts_and_is_sent(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    done: list[Outcome] = []
    draft = Draft("cancel", "v-1", "Cancel", {})
    fast(
        PendingAction(
            text="Cancelling the visit of Ana",
            command=CheckIn(),
            draft=draft,
            on_done=done.append,
            done_text="Cancelled the visit of Ana",
            seconds=3,
        ),
        shell,
    )
    assert texts(shell) == ["Cancelling the visit of Ana: in 3 s"]
    assert commands(workspace, "CheckIn") == []
    qtbot.waitUntil(lambda: "in 1 s" in texts(shell)[0] if texts(shell) else False)
    qtbot.waitUntil(lambda: len(done) == 1)
    assert len(commands(workspace, "CheckIn")) == 1
    qtbot.waitUntil(lambda: bool(commands(workspace, "DiscardDraft")))
    kinds = [type(c) for c in workspace.executed]
    assert kinds.index(SaveDraft) < kinds.index(CheckIn) < kinds.index(DiscardDraft)
    assert texts(shell) == ["Cancelled the visit of Ana"]


def test_cancel_stops_it_and_drops_the_draft(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    cancelled: list[bool] = []
    draft = Draft("cancel", "v-1", "Cancel", {})
    action = PendingAction(
        text="Cancelling", command=CheckIn(), draft=draft, on_cancelled=lambda: cancelled.append(True), seconds=3
    )
    fast(action, shell)
    toast = shell.window.toasts.toasts[0]
    assert isinstance(toast, PendingToast)
    assert toast.button.accessibleName() == "Cancel: Cancelling"
    QTest.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    assert cancelled == [True]
    assert texts(shell) == []
    qtbot.waitUntil(lambda: bool(commands(workspace, "DiscardDraft")))
    qtbot.wait(150)
    assert commands(workspace, "CheckIn") == []


@pytest.mark.parametrize("how", ["close", "switch", "crash and close"])
def test_quit_and_switch_never_send(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, how: str) -> None:
    draft = Draft("cancel", "v-1", "Cancel", {"reason": "ill"})
    fast(PendingAction(text="Cancelling", command=CheckIn(), draft=draft, seconds=2), shell)
    if how == "switch":
        shell.switch_person()
    else:
        shell.window.close()
    qtbot.waitUntil(lambda: workspace.closed)
    qtbot.wait(120)
    assert commands(workspace, "CheckIn") == []
    assert len(commands(workspace, "SaveDraft")) == 1
    assert commands(workspace, "DiscardDraft") == []


def test_a_refused_pending_action_comes_back_to_the_form(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    workspace.outcomes[CheckIn] = Refused("NotAllowed", "Only its provider may sign.")
    refused: list[Any] = []
    fast(PendingAction(text="Signing", command=CheckIn(), on_refused=refused.append, seconds=1), shell)
    qtbot.waitUntil(lambda: len(refused) == 1)
    fast(PendingAction(text="Signing", command=CheckIn(), seconds=1), shell)
    qtbot.waitUntil(lambda: texts(shell) == ["Only its provider may sign."])


@pytest.mark.parametrize("refused", [True, False])
def test_ten_seconds_later_the_panel_that_asked_may_be_gone(
    qtbot: QtBot, shell: Shell, workspace: FakeWorkspace, refused: bool
) -> None:
    """A refusal used to be told to nobody, and what was done to a panel that there was no more."""

    class Asking(QObject):
        def hear(self, _answer: object) -> None:
            pytest.fail("a panel that is gone")

    if refused:
        workspace.outcomes[CheckIn] = Refused("NotAllowed", "Only its provider may cancel.")
    panel = Asking()
    action = PendingAction(
        text="Cancelling",
        command=CheckIn(),
        on_refused=panel.hear,
        on_done=panel.hear,
        done_text="Cancelled",
        seconds=1,
    )
    fast(action, shell)
    delete(panel)
    qtbot.waitUntil(lambda: texts(shell) == ["Only its provider may cancel." if refused else "Cancelled"])


# -- toasts --------------------------------------------------------------------------------------------------------


def test_toasts_never_cover_a_field(qtbot: QtBot, shell: Shell, today: TestPage) -> None:
    layout = today.layout()
    assert layout is not None
    foot = QLineEdit()
    foot.setAccessibleName("At the foot")
    foot.setFixedHeight(80)
    layout.addWidget(foot)
    qtbot.waitUntil(lambda: foot.y() > 500)
    assert shell.desk is not None
    shell.desk.toast("Something happened", button=ToastButton("Show", lambda: None))
    toast = shell.window.toasts.toasts[0]
    assert not _global(toast).intersects(_global(foot))
    assert not _global(toast).intersects(_global(today.field))


def _global(widget: QWidget) -> QRect:
    return QRect(widget.mapToGlobal(widget.rect().topLeft()), widget.size())


def test_at_most_three_messages_at_once(shell: Shell) -> None:
    assert shell.desk is not None
    for n in range(5):
        shell.desk.toast(f"Message {n}")
    assert texts(shell) == ["Message 2", "Message 3", "Message 4"]


def test_the_least_covered_place_wins() -> None:
    places = [QRect(0, 0, 10, 10), QRect(20, 0, 10, 10), QRect(40, 0, 10, 10)]
    assert free_area(places, []) == places[0]
    assert free_area(places, [QRect(0, 0, 15, 5), QRect(18, 0, 5, 5)]) == places[2]
    assert free_area(places[:2], [QRect(0, 0, 10, 10), QRect(25, 0, 2, 2)]) == places[1]


def test_only_the_last_action_offers_undo(qtbot: QtBot, shell: Shell, workspace: FakeWorkspace) -> None:
    """A message of an action that isn't the last one any more would take back another one."""
    desk = shell.desk
    assert desk is not None
    desk.did("Checked in Ana", Outcome(undo_label="checking in Ana"))
    desk.toast("Printed")
    desk.did("Moved Ana", Outcome(undo_label="moving Ana"))
    assert texts(shell) == ["Printed", "Moved Ana"]
    workspace.undos = [("moving Ana", Outcome())]
    QTest.keyClick(shell.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: texts(shell) == ["Printed", "Undone: moving Ana"])

"""The inbox on a real database: by keyboard and mouse, beside a colleague, nothing sent without ten seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QMenu
from sqlalchemy import insert, select

from app.commands.messages import SendMessage
from app.commands.tasks import AddTask
from app.db.models import Draft, HeldMessage, Message, MessageTemplate, Task, ThreadDetail
from app.domain.enums import HeldMessageState, Role, TaskKind, TaskStatus
from app.ui.areas.chart.spec import SPEC as CHART
from app.ui.areas.messages.page import MessagesPage
from app.ui.areas.messages.spec import SPEC as MESSAGES
from app.ui.areas.tasks.spec import SPEC as TASKS
from app.ui.parts.messages.desk import SENT
from app.ui.shell.pending import PendingBook
from app.ui.work import Draft as FormDraft
from app.ui.work import RestoreDraft
from app.ui.work.places import NewMessage, OpenChart, ShowTasks
from tests.database.messages.test_attachments import papers
from tests.support.desk import NOW, Desk
from tests.support.front_desk import Window, elsewhere
from tests.support.letters import thread, wrote

CTRL, ALT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.AltModifier
Open = Callable[..., tuple[Window, MessagesPage]]


@pytest.fixture
def page(window: Callable[..., Window], clinic: Desk) -> Open:
    """Somebody's window on the messages of two patients; Zygmunt Lis wrote last, Élodie Roux's words are unread."""
    thread(clinic, "lis", people=["pu-lis", "u-desk"])
    wrote(clinic, "m-lis", "Thank you", hours=1, read=True)
    thread(clinic, "roux", people=["pu-roux", "u-desk"])
    wrote(clinic, "m-roux", "שלום, may I?", thread_id="th-roux", hours=5)

    def make(who: str = "desk", **more: Any) -> tuple[Window, MessagesPage]:
        made = window(who, more=(MESSAGES, *more.get("areas", ())))
        found: MessagesPage = made.page("messages")
        made.sit_down()
        made.wait(lambda: found.row is not None)
        return made, found

    return make


def lines(page: MessagesPage) -> list[str]:
    """Who stands in the list."""
    return [one.title for one in page.desk.list.items()]


def waiting(window: Window) -> PendingBook:
    """What waits for its ten seconds."""
    assert window.shell.desk is not None
    return window.shell.desk._pendings


def pending(window: Window) -> bool:
    """Whether something waits."""
    return waiting(window).waiting > 0


def skip(window: Window) -> None:
    """Let the ten seconds be over."""
    job = waiting(window)._jobs[0]
    job.left = 1
    job._tick()


def menu(window: Window) -> QMenu:
    """The menu that is open."""

    def shown() -> QMenu | None:
        found = QApplication.activePopupWidget()
        return found if isinstance(found, QMenu) else None

    window.wait(shown)
    found = shown()
    assert found is not None
    return found


def choose(window: Window, text: str) -> None:
    """Choose a line of the menu that is open."""
    found = menu(window)
    found.setActiveAction(next(one for one in found.actions() if one.text() == text))
    QTest.keyClick(found, Qt.Key.Key_Return)


def test_unread_ones_come_first_and_are_read_once_somebody_turned_to_them(clinic: Desk, page: Open) -> None:
    window, messages = page()
    assert lines(messages) == ["Élodie Roux", "Zygmunt Lis"]
    assert messages.desk.list.items()[0].chip is not None
    bubble = messages.desk.conversation.bubbles.bubbles["m-roux"]
    assert bubble.text.layoutDirection() is Qt.LayoutDirection.RightToLeft
    conversation = messages.desk.conversation
    window.wait(messages.desk.list.hasFocus)
    assert not conversation._timer.isActive(), "the first one is shown, but nobody has turned to it"
    box = messages.desk.list
    QTest.mouseClick(box.viewport(), Qt.MouseButton.LeftButton, pos=box.visualRect(box.currentIndex()).center())
    window.wait(lambda: clinic.rows(select(Message.read).where(Message.id == "m-roux")) == [(True,)])
    window.wait(lambda: messages.desk.list.items()[0].chip is None)
    assert lines(messages) == ["Élodie Roux", "Zygmunt Lis"], "what was read stays where it is"
    window.wait(lambda: messages.desk.boxes.current == "mine")


def test_who_has_nothing_of_their_own_begins_with_what_waits_for_somebody(
    clinic: Desk, window: Callable[..., Window]
) -> None:
    thread(clinic, "lis", people=["pu-lis"])
    wrote(clinic, "m-lis", "Hello?", hours=1)
    made = window("desk2", more=(MESSAGES,))
    found: MessagesPage = made.page("messages")
    made.wait(lambda: lines(found) == ["Zygmunt Lis"])
    assert found.desk.boxes.current == "all"
    found.desk.boxes.changed.emit("mine")
    made.wait(lambda: found.desk.states.isVisible() and not lines(found))
    assert found.desk.boxes.current == "mine", "asked for, it stays"


def test_an_answer_is_sent_by_keyboard_after_ten_seconds(clinic: Desk, page: Open) -> None:
    window, messages = page()
    window.wait(messages.desk.list.hasFocus)
    QTest.keyClick(messages.desk.list, Qt.Key.Key_A, ALT)
    box = messages.desk.conversation.reply
    window.wait(box.text.hasFocus)
    QTest.keyClick(box.text, Qt.Key.Key_Return, CTRL)
    assert box.problem.text() == "Write something first."
    QTest.keyClicks(box.text, "Yes, come in")
    assert box.send.text() == "Send to Élodie Roux"
    QTest.keyClick(box.text, Qt.Key.Key_Return, CTRL)
    window.wait(lambda: pending(window))
    assert box.text.toPlainText() == ""
    assert len(clinic.rows(select(Message.id))) == 2, "nothing is sent yet"
    waiting(window).cancel(waiting(window)._jobs[0])
    window.wait(lambda: box.text.toPlainText() == "Yes, come in")
    QTest.mouseClick(box.send, Qt.MouseButton.LeftButton)
    window.wait(lambda: pending(window))
    skip(window)
    sent = select(Message.content, Message.sender_id).where(Message.sender_id == "u-desk")
    window.wait(lambda: clinic.rows(sent) == [("Yes, come in", "u-desk")])
    window.wait(lambda: len(messages.desk.conversation.bubbles.bubbles) == 2)
    last = list(messages.desk.conversation.bubbles.bubbles.values())[-1]
    assert "not read yet" in last.meta.text()


def test_what_a_patient_writes_meanwhile_appears_without_moving_anything(clinic: Desk, page: Open) -> None:
    window, messages = page()
    messages.desk.list.set_current("th-lis")
    window.wait(lambda: messages.row is not None and messages.row.thread_id == "th-lis")
    box = messages.desk.conversation.reply.text
    box.setFocus()
    QTest.keyClicks(box, "Half a sent")
    elsewhere(lambda: wrote(clinic, "m-lis-2", "One more thing", hours=0.1))
    elsewhere(lambda: wrote(clinic, "m-roux-2", "Hello?", thread_id="th-roux", hours=0.05))
    window.wait(lambda: "m-lis-2" in messages.desk.conversation.bubbles.bubbles)
    assert box.hasFocus()
    assert box.toPlainText() == "Half a sent"
    assert messages.desk.list.current_key == "th-lis"
    window.wait(lambda: messages.desk.list.items()[0].key == "th-roux")


def test_a_conversation_is_given_away_done_and_opened_again_by_keyboard(clinic: Desk, page: Open) -> None:
    window, messages = page()
    QTest.keyClick(messages.desk.list, Qt.Key.Key_H, CTRL)
    choose(window, "Providers")
    window.wait(lambda: clinic.rows(select(ThreadDetail.owner_role)) == [(Role.PROVIDER,)])
    window.wait(lambda: lines(messages) == ["Zygmunt Lis"])
    messages.desk.list.set_current("th-lis")
    window.wait(lambda: messages.row is not None and messages.row.thread_id == "th-lis")
    QTest.keyClick(messages.desk.list, Qt.Key.Key_D, CTRL)
    window.wait(lambda: lines(messages) == [])
    done = next(one for one in messages.desk.boxes.findChildren(QAbstractButton) if one.text() == "Done")
    QTest.mouseClick(done, Qt.MouseButton.LeftButton)
    window.wait(lambda: lines(messages) == ["Zygmunt Lis"])
    window.wait(lambda: messages.row is not None and messages.row.done)
    QTest.mouseClick(messages.desk.conversation.done, Qt.MouseButton.LeftButton)
    window.wait(lambda: lines(messages) == [])
    messages.desk.show_box(SENT)
    window.wait(lambda: messages.desk.states.shown is not messages.desk.list)


def test_a_template_is_filled_in_and_nothing_open_is_sent(clinic: Desk, page: Open) -> None:
    clinic.write(insert(MessageTemplate).values(id="mt", clinic_id="clinic-1", name="Ready", updated_at=NOW,
                                                body="Dear {name}, {provider} of {clinic}, {date}"))  # fmt: skip
    window, messages = page()
    box = messages.desk.conversation.reply
    window.wait(lambda: box._recipient is not None)
    QTest.mouseClick(box.templates, Qt.MouseButton.LeftButton)
    choose(window, "Ready")
    window.wait(lambda: "Dear Élodie Roux, Dana Whitfield of Harbor Street, " in box.text.toPlainText())
    QTest.keyClicks(box.text, " {name}")
    QTest.keyClick(box.text, Qt.Key.Key_Return, CTRL)
    assert box.problem.text() == "Fill in {name} first."
    assert not pending(window)


def test_what_is_typed_is_kept_and_taken_up_again(clinic: Desk, page: Open) -> None:
    window, messages = page()
    box = messages.desk.conversation.reply
    box.text.setFocus()
    QTest.keyClicks(box.text, "Unfinished")
    messages.desk.list.set_current("th-lis")
    window.wait(lambda: messages.row is not None and messages.row.thread_id == "th-lis")
    assert box.text.toPlainText() == ""
    window.wait(lambda: [row.subject for row in clinic.rows(select(Draft.subject))] == ["th-roux"])
    messages.desk.list.set_current("th-roux")
    window.wait(lambda: box.text.toPlainText() == "Unfinished")
    body = {"patientId": "pat-brandt", "name": "Walter Brandt", "text": "Begun", "subject": "Form"}
    messages.open(RestoreDraft(draft=FormDraft("message", "new:pat-brandt", "", body)))
    assert (box.text.toPlainText(), box.subject.text(), box.send.text()) == ("Begun", "Form", "Send to Walter Brandt")


def test_links_say_where_they_lead_and_other_schemes_stay_shut(
    clinic: Desk, page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: gone.append(url.toString()))
    files = [{"type": "image/png", "url": "https://files.example/a.png", "filename": "a.png", "size": 20_480},
             {"type": "x", "url": "file:///bin/sh", "filename": "run.sh"},
             {"url": "https://bank.example@evil.example/"}, {"url": "ms-settings:"}, {"photo": 1}]  # fmt: skip
    window, messages = page()
    elsewhere(lambda: wrote(clinic, "m-file", "Look", thread_id="th-roux", hours=0.1, attachments=files))
    bubbles = messages.desk.conversation.bubbles
    window.wait(lambda: "m-file" in bubbles.bubbles)
    first, *others = bubbles.bubbles["m-file"].attachments
    assert first.text() == "a.png · image/png · 20 kB"
    assert [one.isEnabled() for one in others] == [False, False, False]
    assert "1 attachment can't be read" in bubbles.bubbles["m-file"].meta.text()
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    found = menu(window)
    assert [one.text() for one in found.actions() if one.text()] == [
        "Open files.example in the browser", "https://files.example/a.png"
    ]  # fmt: skip
    assert gone == []
    choose(window, "Open files.example in the browser")
    window.wait(lambda: gone == ["https://files.example/a.png"])


def test_papers_and_addresses_are_attached_and_open_where_they_belong(
    clinic: Desk, page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers(clinic, "pat-roux")
    papers(clinic, "pat-lis", "2")
    window, messages = page(areas=(CHART,))
    box = messages.desk.conversation.reply
    window.wait(messages.desk.list.hasFocus)
    QTest.keyClick(messages.desk.list, Qt.Key.Key_A, ALT)
    window.wait(box.text.hasFocus)
    QTest.keyClicks(box.text, "Here they are")
    QTest.keyClick(box.text, Qt.Key.Key_K, CTRL | Qt.KeyboardModifier.ShiftModifier)
    choose(window, "Excuse note (Work), 2026-05-05 – 2026-05-07")
    window.wait(lambda: len(box.attaching.chosen) == 1 and box.text.hasFocus())
    QTest.mouseClick(box.attach, Qt.MouseButton.LeftButton)
    offered = [one.text() for one in menu(window).actions()]
    assert "Excuse note (Work), 2026-05-05 – 2026-05-07" not in offered
    choose(window, "A web address")
    window.wait(box.attaching.address.hasFocus)
    QTest.keyClicks(box.attaching.address, "http://files.example/a.pdf")
    QTest.keyClick(box.attaching.address, Qt.Key.Key_Return)
    assert box.problem.text() == "An attachment is an address that begins with https://."
    box.attaching.address.clear()
    QTest.keyClicks(box.attaching.address, "https://files.example/a.pdf?x=1")
    QTest.keyClick(box.attaching.address, Qt.Key.Key_Return)
    assert [one.filename for one in box.attaching.chosen][1:] == ["files.example – a.pdf"]
    assert box.problem.isHidden()
    box.flush()
    window.wait(lambda: clinic.rows(select(Draft.body)) != [])
    QTest.keyClick(box.text, Qt.Key.Key_Return, CTRL)
    window.wait(lambda: pending(window))
    assert box.attaching.isHidden()
    waiting(window).cancel(waiting(window)._jobs[0])
    window.wait(lambda: len(box.attaching.chosen) == 2)
    QTest.mouseClick(box.attaching.removers[1], Qt.MouseButton.LeftButton)
    window.wait(lambda: len(box.attaching.chosen) == 1)
    QTest.keyClick(box.text, Qt.Key.Key_Return, CTRL)
    window.wait(lambda: pending(window))
    skip(window)
    bubbles = messages.desk.conversation.bubbles
    window.wait(lambda: len(bubbles.bubbles) == 2)
    (button,) = list(bubbles.bubbles.values())[-1].attachments
    assert button.text() == "Excuse note (Work), 2026-05-05 – 2026-05-07"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    window.wait(lambda: window.shell.window.stack.current == "chart")
    tab: Any = window.page("chart").host.tab("notes")
    window.wait(lambda: tab.excuse.desk.editor.view is not None)
    assert (tab.excuse.desk.editor.view.row.id, tab.excuse.desk.patient_id) == ("e-SENT", "pat-roux")


def test_what_a_message_names_of_another_patient_stays_shut(clinic: Desk, page: Open) -> None:
    papers(clinic, "pat-lis", "2")
    odd = [{"type": "excuse_note", "url": "myhealthally://excuse_notes/e2-SENT", "filename": "Mine"}]
    window, messages = page(areas=(CHART,))
    elsewhere(lambda: wrote(clinic, "m-odd", "Look", thread_id="th-roux", hours=0.1, attachments=odd))
    bubbles = messages.desk.conversation.bubbles
    window.wait(lambda: "m-odd" in bubbles.bubbles)
    (button,) = bubbles.bubbles["m-odd"].attachments
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    toasts = window.shell.window.toasts
    window.wait(lambda: "There is no such paper in this patient's record." in [
        one.accessibleName() for one in toasts._toasts
    ])  # fmt: skip


def test_a_rules_message_waits_for_a_person(clinic: Desk, page: Open) -> None:
    for key, patient in (("h-1", "lis"), ("h-2", "roux")):
        clinic.write(insert(HeldMessage).values(id=key, clinic_id="clinic-1", patient_id=f"pat-{patient}",
                                                subject="Weight", body="Please measure.", created_at=NOW))  # fmt: skip
    window, messages = page()
    window.wait(messages.held.isVisible)
    assert messages.held.send.text() == "Send to Zygmunt Lis"
    QTest.mouseClick(messages.held.drop, Qt.MouseButton.LeftButton)
    window.wait(lambda: messages.held.send.text() == "Send to Élodie Roux")
    QTest.mouseClick(messages.held.send, Qt.MouseButton.LeftButton)
    window.wait(lambda: pending(window) and messages.held.isHidden())
    skip(window)
    states = select(HeldMessage.state).order_by(HeldMessage.id)
    window.wait(lambda: clinic.rows(states) == [(HeldMessageState.DROPPED,), (HeldMessageState.SENT,)])


def test_the_chart_has_the_patients_conversations_and_a_key_for_a_new_one(clinic: Desk, page: Open) -> None:
    window, _ = page(areas=(CHART,))
    window.shell.window.stack.go(OpenChart(patient_id="pat-lis", tab="messages"))
    tab: Any = window.page("chart").host.tab("messages")
    window.wait(lambda: [one.title for one in tab.desk.list.items()] == ["Dose"])
    window.wait(lambda: "m-lis" in tab.desk.conversation.bubbles.bubbles)
    window.wait(tab.desk.list.hasFocus)
    QTest.keyClick(tab.desk.list, Qt.Key.Key_S, ALT)
    box = tab.desk.conversation.reply
    window.wait(box.text.hasFocus)
    assert box.subject.isVisible()
    QTest.keyClicks(box.text, "Your form is ready")
    window.wait(lambda: box.send.text() == "Send to Zygmunt Lis")
    QTest.keyClick(box.text, Qt.Key.Key_Return, CTRL)
    window.wait(lambda: pending(window))
    skip(window)
    window.wait(lambda: len(tab.desk.list.items()) == 2)
    window.shell.window.stack.go(OpenChart(patient_id="pat-horvath", tab="messages"))
    window.wait(lambda: tab.desk.list.items() == ())
    assert tab.desk.conversation.bubbles.bubbles == {}


def test_a_task_to_tell_a_result_leads_to_a_message_and_is_done_once_it_is_sent(clinic: Desk, page: Open) -> None:
    elsewhere(clinic.okafor.run, AddTask(kind=TaskKind.TELL_RESULT, patient_id="pat-brandt", title="All is well",
                                         task_id="task-1", payload={"nextStep": "MESSAGE"}))  # fmt: skip
    window, messages = page(areas=(TASKS,))
    window.shell.window.stack.go(ShowTasks(task_id="task-1"))
    tasks = window.page("tasks")
    window.wait(lambda: tasks.task is not None)
    tasks.open_source()
    box = messages.desk.conversation.reply
    window.wait(lambda: box.send.text() == "Send to Walter Brandt")
    QTest.keyClicks(box.text, "All is well.")
    QTest.mouseClick(box.send, Qt.MouseButton.LeftButton)
    window.wait(lambda: pending(window))
    skip(window)
    window.wait(lambda: clinic.rows(select(Task.status)) == [(TaskStatus.DONE,)])


def test_what_arrives_never_takes_somebody_out_of_the_new_message_they_write(clinic: Desk, page: Open) -> None:
    window, messages = page()
    window.wait(lambda: bool(messages.desk.list.current_key))
    messages.open(NewMessage(patient_id="pat-brandt", patient_name="Walter Brandt", task_id="task-1"))
    box = messages.desk.conversation.reply
    QTest.keyClicks(box.text, "All is")
    wrote(clinic, "m-more", "One more thing", hours=0)
    window.wait(lambda: any("One more thing" in one.subtitle for one in messages.desk.list.items()))
    QTest.keyClicks(box.text, " well.")
    letter = messages.desk.conversation.letter
    assert letter is not None
    assert (letter.patient_name, letter.text, letter.task_id) == ("Walter Brandt", "All is well.", "task-1")


def test_earlier_messages_come_above(clinic: Desk, page: Open) -> None:
    for number in range(29):
        clinic.desk.run(SendMessage(thread_id="th-roux", text=f"n{number}"))
    window, messages = page()
    bubbles = messages.desk.conversation.bubbles
    window.wait(lambda: len(bubbles.bubbles) == 25 and bubbles.older.isVisible())
    QTest.mouseClick(bubbles.older, Qt.MouseButton.LeftButton)
    window.wait(lambda: len(bubbles.bubbles) == 30 and not bubbles.older.isVisible())

"""Conversations on both databases: sent, read up to what was displayed, given away, done with until somebody writes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.commands.cover import SetCover
from app.commands.message_templates import SaveMessageTemplate
from app.commands.messages import AssignThread, CloseThread, MarkRead, ReopenThread, SendMessage
from app.commands.tasks import AddTask
from app.db.models import Message, MessageTemplate, MessageThread, PatientDetail, Task, ThreadDetail
from app.domain.enums import Role, TaskKind, TaskStatus
from app.domain.messages import Attachment
from app.kernel.errors import Conflict, Refused
from app.queries.message_thread import message_templates, recipient, sent_messages, thread_view
from app.queries.messages import ThreadBox, thread_page, unread_counts
from tests.support.desk import NOW, Desk
from tests.support.letters import thread, wrote


def listed(desk: Desk, who: str = "desk", box: ThreadBox = ThreadBox.MINE) -> list[str]:
    return [one.thread_id for one in getattr(desk, who).ask(thread_page, box=box).items]


def row(desk: Desk, key: str) -> Any:
    return desk.rows(select(Message.__table__).where(Message.id == key))[0]


def test_an_answer_is_in_the_senders_name_and_moves_the_conversation(desk: Desk) -> None:
    thread(desk, people=["pu-lis", {"role": "bot"}])
    wrote(desk, "m-1")
    link = Attachment("https://files.example/leaflet.pdf", "leaflet.pdf", "application/pdf", 2048)
    done = desk.okafor.run(SendMessage(thread_id="th-lis", text="  Twice a day. ", attachments=(link,)))
    assert done.undo is None
    sent = row(desk, str(done.result["messageId"]))
    assert (sent.sender_id, sent.content, sent.read, sent.created_at) == ("u-okafor", "Twice a day.", False, NOW)
    assert sent.attachments == [{"type": "application/pdf", "url": link.url, "filename": "leaflet.pdf", "size": 2048}]
    kept = desk.rows(select(MessageThread.participants, MessageThread.last_message_at, MessageThread.updated_at))[0]
    assert kept == (["pu-lis", {"role": "bot"}, "u-okafor"], NOW, NOW)
    desk.okafor.run(SendMessage(thread_id="th-lis", text="And rest."))
    view = desk.desk.ask(thread_view, thread_id="th-lis")
    assert [(one.text, one.from_patient, one.sender_name) for one in view.messages.items] == [
        ("And rest.", False, "Ngozi Okafor"), ("Twice a day.", False, "Ngozi Okafor"), ("May I?", True, "Zygmunt Lis")
    ]  # fmt: skip
    assert view.messages.items[1].attachments == (link,)


def test_a_new_conversation_looks_as_the_backend_makes_them_and_carries_out_its_task(desk: Desk) -> None:
    desk.okafor.run(AddTask(kind=TaskKind.TELL_RESULT, patient_id="pat-roux", task_id="task-1"))
    command = SendMessage(patient_id="pat-roux", subject="Your result", text="All is well.", task_id="task-1")
    desk.desk.run(command)
    made = desk.rows(select(MessageThread.__table__))[0]
    assert (made.id, made.clinic_id, made.participants, made.subject, made.last_message_at) == (
        command.new_thread_id, "clinic-1", ["pu-roux", "u-desk"], "Your result", NOW
    )  # fmt: skip
    assert desk.rows(select(Task.status, Task.done_by)) == [(TaskStatus.DONE, "u-desk")]
    desk.okafor.run(AddTask(kind=TaskKind.TELL_RESULT, patient_id="pat-lis", task_id="task-2"))
    with pytest.raises(Refused) as refused:
        desk.desk.run(SendMessage(patient_id="pat-roux", text="x", task_id="task-2"))
    assert refused.value.field == "taskId"
    assert len(desk.rows(select(Message.id))) == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"text": "x" * 10_000_000}, "text"), ({"text": " \n"}, "text"), ({"text": "a\x00b"}, "text"),
        ({"subject": "x" * 201}, "subject"), ({"thread_id": "th-none", "patient_id": None}, "threadId"),
        ({"patient_id": "pat-none"}, "patientId"), ({"thread_id": "th-lis"}, "patientId"),
        ({"patient_id": None}, "patientId"),
        ({"attachments": (Attachment("javascript:alert(1)"),)}, "attachments"),
        ({"attachments": (Attachment("file:///etc/passwd"),)}, "attachments"),
        ({"attachments": (Attachment("http://files.example/1"),)}, "attachments"),
        ({"attachments": (Attachment("https://files.example/1"),) * 11}, "attachments"),
        ({"attachments": (Attachment("myhealthally://users/u-desk"),)}, "attachments"),
        ({"attachments": (Attachment("myhealthally://excuse_notes/en-none"),)}, "attachments"),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused_by_field(desk: Desk, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        desk.desk.run(SendMessage(**{"patient_id": "pat-lis", "text": "Hello", **more}))
    assert refused.value.field == field
    assert desk.rows(select(MessageThread.id)) == []


def test_nobody_writes_to_a_merged_record(desk: Desk) -> None:
    desk.write(insert(PatientDetail).values(patient_id="pat-lis", merged_into="pat-roux", updated_at=NOW))
    with pytest.raises(Conflict) as refused:
        desk.desk.run(SendMessage(patient_id="pat-lis", text="Hello"))
    assert refused.value.code == "Merged"


def test_read_is_what_was_displayed_and_never_ones_own(desk: Desk) -> None:
    thread(desk)
    wrote(desk, "m-1", hours=5)
    wrote(desk, "m-2", sender="u-okafor", hours=4)
    wrote(desk, "m-3", hours=3)
    wrote(desk, "m-4", hours=2)
    done = desk.desk.run(MarkRead(thread_id="th-lis", message_id="m-3"))
    assert (done.result["read"], done.undo) == (2, None)
    assert [(one.read, one.read_at) for one in (row(desk, f"m-{n}") for n in range(1, 5))] == [
        (True, NOW), (False, None), (True, NOW), (False, None)
    ]  # fmt: skip
    desk.pass_time(timedelta(minutes=5))
    assert desk.okafor.run(MarkRead(thread_id="th-lis", message_id="m-3")).result["read"] == 0
    assert row(desk, "m-1").read_at == NOW
    with pytest.raises(Refused) as refused:
        desk.desk.run(MarkRead(thread_id="th-lis", message_id="m-none"))
    assert refused.value.field == "messageId"


def test_the_inbox_has_unread_first_then_the_latest_a_page_at_a_time(desk: Desk) -> None:
    for hours, patient in enumerate(("lis", "roux", "brandt", "horvath", "kowalska"), 1):
        thread(desk, patient)
        wrote(desk, f"m-{patient}", patient, thread_id=f"th-{patient}", hours=hours, read=patient in ("lis", "brandt"))
    wrote(desk, "m-answer", "Yes", thread_id="th-horvath", sender="u-desk", hours=0.5)
    everything = ["th-horvath", "th-roux", "th-kowalska", "th-lis", "th-brandt"]
    assert listed(desk, box=ThreadBox.ALL) == everything
    found, cursor = [], None
    for _ in range(5):
        page = desk.desk.ask(thread_page, box=ThreadBox.ALL, cursor=cursor, limit=1)
        found += [one.thread_id for one in page.items]
        cursor = page.cursor
    assert (found, cursor) == (everything, None)
    first = desk.desk.ask(thread_page, box=ThreadBox.ALL).items[0]
    assert (first.unread, first.answered, first.last_text, first.patient_name) == (1, True, "Yes", "Katalin Horváth")
    assert [one.thread_id for one in desk.desk.ask(thread_page, box=ThreadBox.ALL, patient_id="pat-lis").items] == [
        "th-lis"
    ]


def test_mine_are_mine_my_roles_and_of_whom_i_stand_in_for(desk: Desk) -> None:
    for patient, people in (("lis", ["pu-lis", "u-okafor"]), ("roux", ["pu-roux"]), ("brandt", {"odd": 1}),
                            ("horvath", ["pu-horvath"])):  # fmt: skip
        thread(desk, patient, people=people)
        wrote(desk, f"m-{patient}", thread_id=f"th-{patient}")
    desk.desk.run(AssignThread(thread_id="th-roux", owner_user="u-okafor"))
    desk.desk.run(AssignThread(thread_id="th-brandt", owner_role=Role.PROVIDER))
    assert sorted(listed(desk, "okafor")) == ["th-brandt", "th-lis", "th-roux"]
    assert listed(desk, "chen") == ["th-brandt"]
    assert listed(desk) == []
    assert sorted(listed(desk, box=ThreadBox.UNASSIGNED)) == ["th-horvath", "th-lis"]
    assert desk.okafor.ask(unread_counts) == {"mine": 3, "unassigned": 2, "all": 4}
    desk.okafor.run(SetCover(for_user="u-okafor", by_user="u-chen", starts_at=NOW, ends_at=NOW + timedelta(days=1)))
    assert sorted(listed(desk, "chen")) == ["th-brandt", "th-lis", "th-roux"]
    desk.pass_time(timedelta(days=2))
    assert listed(desk, "chen") == ["th-brandt"]


def test_a_conversation_is_given_away_once(desk: Desk) -> None:
    thread(desk)
    given = desk.desk.run(AssignThread(thread_id="th-lis", owner_user="u-okafor"))
    with pytest.raises(Conflict) as lost:
        desk.desk2.run(AssignThread(thread_id="th-lis", owner_user="u-chen"))
    assert (lost.value.code, lost.value.field) == ("StateChanged", "ownerUser")
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"owner_user": "u-none"}, "ownerUser"), ({"owner_role": Role.PATIENT}, "ownerRole"),
        ({"owner_user": "u-chen", "owner_role": Role.PROVIDER}, "ownerRole"),
    )  # fmt: skip
    for more, field in wrong:
        with pytest.raises(Refused) as refused:
            desk.desk.run(AssignThread(thread_id="th-lis", old_user="u-okafor", **more))
        assert refused.value.field == field
    assert given.undo is not None
    desk.desk.run(given.undo)
    assert desk.rows(select(ThreadDetail.owner_user)) == [(None,)]
    with pytest.raises(Conflict):
        desk.desk.run(AssignThread(thread_id="th-lis", owner_user="u-desk", old_user="u-okafor"))


def test_done_lasts_until_somebody_writes_again(desk: Desk) -> None:
    thread(desk)
    wrote(desk, "m-1", read=True)
    closed = desk.desk.run(CloseThread(thread_id="th-lis", message_id="m-1"))
    assert (listed(desk, box=ThreadBox.DONE), listed(desk, box=ThreadBox.ALL)) == (["th-lis"], [])
    assert closed.undo is not None
    desk.desk.run(closed.undo)
    assert listed(desk, box=ThreadBox.ALL) == ["th-lis"]
    desk.desk.run(CloseThread(thread_id="th-lis", message_id="m-1"))
    wrote(desk, "m-2", hours=0.99, read=True)  # before the closing by the clock, but nobody had seen it then
    assert (listed(desk, box=ThreadBox.DONE), listed(desk, box=ThreadBox.ALL)) == ([], ["th-lis"])
    stale = desk.desk.run(CloseThread(thread_id="th-lis", message_id="m-1"))
    assert (stale.result["closed"], len(stale.warnings), stale.undo) == (False, 1, None)
    desk.desk.run(CloseThread(thread_id="th-lis", message_id="m-2"))
    again = desk.desk2.run(CloseThread(thread_id="th-lis", message_id="m-2"))
    assert (again.result["closed"], again.undo) == (True, None), "who finds it done has done nothing"
    desk.okafor.run(SendMessage(thread_id="th-lis", text="One thing more"))
    assert listed(desk, box=ThreadBox.ALL) == ["th-lis"]
    assert desk.rows(select(ThreadDetail.closed_at)) == [(None,)]
    assert desk.desk.run(ReopenThread(thread_id="th-lis")).result["closed"] is False


def test_unread_words_keep_a_done_conversation_open(desk: Desk) -> None:
    thread(desk)
    wrote(desk, "m-1")
    desk.desk.run(CloseThread(thread_id="th-lis", message_id="m-1"))
    assert listed(desk, box=ThreadBox.ALL) == ["th-lis"]
    desk.desk.run(MarkRead(thread_id="th-lis", message_id="m-1"))
    assert listed(desk, box=ThreadBox.DONE) == ["th-lis"]


def test_sent_has_receipts_and_older_messages_come_by_the_page(desk: Desk) -> None:
    thread(desk)
    for number in range(5):
        desk.desk.run(SendMessage(thread_id="th-lis", text=f"{number}", message_id=f"s-{number}"))
    desk.okafor.run(SendMessage(thread_id="th-lis", text="mine"))
    desk.write(update(Message).where(Message.id == "s-1").values(read=True, read_at=NOW + timedelta(minutes=9)))
    sent = desk.desk.ask(sent_messages).items
    assert [(one.text, one.read_at) for one in sent] == [
        ("4", None), ("3", None), ("2", None), ("1", NOW + timedelta(minutes=9)), ("0", None)
    ]  # fmt: skip
    page = desk.desk.ask(sent_messages, limit=2)
    assert [one.text for one in desk.desk.ask(sent_messages, cursor=page.cursor, limit=2).items] == ["2", "1"]
    newest = desk.desk.ask(thread_view, thread_id="th-lis", limit=4).messages
    older = desk.desk.ask(thread_view, thread_id="th-lis", cursor=newest.cursor, limit=4).messages
    assert [one.text for one in (*newest.items, *older.items)] == ["mine", "4", "3", "2", "1", "0"]
    assert (newest.more, older.more) == (True, False)


def test_attachments_of_other_programs_are_read_without_trust(desk: Desk) -> None:
    thread(desk)
    odd: list[Any] = ["x", None, {"url": 5}, {"url": "ftp://a.example/b", "size": -1, "filename": 7}, {"size": True}]
    wrote(desk, "m-1", attachments=odd)
    wrote(desk, "m-2", attachments={"url": "https://a.example"}, hours=0.5)
    first, second = desk.desk.ask(thread_view, thread_id="th-lis").messages.items
    assert (first.attachments, second.attachments) == ((), (Attachment("ftp://a.example/b"),))
    assert (first.unreadable, second.unreadable) == (1, 4), "what can't be read is counted, not hidden"


def test_templates_are_the_administrators(desk: Desk) -> None:
    body = "Dear {name}, see you on {date}. {provider}, {clinic}"
    command = SaveMessageTemplate(name="Reminder", body=body, template_id="mt-1")
    made = desk.admin.run(command)
    for who in ("desk", "okafor"):
        with pytest.raises(Refused) as refused:
            getattr(desk, who).run(command)
        assert refused.value.code == "NotAllowed"
    changed = desk.admin.run(SaveMessageTemplate(name="Reminder", body="Soon", active=False, template_id="mt-1"))
    assert desk.desk.ask(message_templates) == ()
    assert changed.undo is not None
    desk.admin.run(changed.undo)
    assert [one.body for one in desk.desk.ask(message_templates)] == [body]
    assert made.undo is not None
    desk.admin.run(made.undo)
    assert desk.rows(select(MessageTemplate.active)) == [(False,)]
    wrong: tuple[tuple[dict[str, Any], str], ...] = (
        ({"body": "{nome}"}, "body"), ({"name": ""}, "name"), ({"locale": "xx"}, "locale"),
        ({"sort_order": -1}, "sortOrder"), ({"body": "x" * 20_001}, "body"),
    )  # fmt: skip
    for more, field in wrong:
        with pytest.raises(Refused) as refused:
            desk.admin.run(SaveMessageTemplate(**{"name": "A", "body": "b", **more}))
        assert refused.value.field == field


def test_a_recipient_is_known_by_name(desk: Desk) -> None:
    found = desk.desk.ask(recipient, patient_id="pat-lis")
    assert (found.name, found.first_name, found.clinic) == ("Zygmunt Lis", "Zygmunt", "Harbor Street")
    with pytest.raises(Refused):
        desk.desk.ask(recipient, patient_id="pat-none")

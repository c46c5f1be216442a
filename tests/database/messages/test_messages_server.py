"""What the server itself holds to: names, roles, and what rules would send."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import insert, select, update

from app.commands.held_messages import DecideHeldMessage
from app.commands.messages import SendMessage
from app.db.models import HeldMessage, Message, MessageThread, Patient
from app.domain.enums import HeldMessageState
from app.kernel.errors import Conflict, Refused, Unavailable
from app.queries.message_thread import held_messages
from tests.support.clinics import PASSWORD
from tests.support.desk import NOW, Desk, local_desk, login_of
from tests.support.letters import thread, wrote
from tests.support.postgres import Server


def held(desk: Desk, key: str = "h-1", patient: str = "lis", body: str = "Please measure.") -> str:
    desk.write(insert(HeldMessage).values(id=key, clinic_id="clinic-1", patient_id=f"pat-{patient}", body=body,
                                          subject="Weight", created_at=NOW))  # fmt: skip
    return key


def connect(server: Server, desk: Desk, who: str) -> psycopg.Connection[tuple[object, ...]]:
    with desk.session() as session:
        name = session.connection().exec_driver_sql("SELECT current_database()").scalar_one()
    return psycopg.connect(server.url(str(name), login_of(who).login, PASSWORD), autocommit=True)


@pytest.mark.parametrize("who", ["desk", "okafor", "admin"])
def test_nobody_writes_in_anothers_name_nor_changes_what_was_written(server: Server, pg_desk: Desk, who: str) -> None:
    thread(pg_desk)
    wrote(pg_desk, "m-1")
    forged = ("INSERT INTO public.messages (id, thread_id, sender_id, content, created_at)"
              " VALUES ('m-2', 'th-lis', {}, 'x', now())")  # fmt: skip
    with connect(server, pg_desk, who) as connection:
        for sender in ("u-chen", "pu-lis"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL(forged).format(sql.Literal(sender)))
        for change in ("UPDATE public.messages SET content = 'y'", "UPDATE public.messages SET sender_id = 'u-chen'",
                       "DELETE FROM public.messages", "UPDATE public.message_threads SET patient_id = 'pat-roux'",
                       ("INSERT INTO desktop.held_message (id, clinic_id, patient_id, body, created_at)"
                        " VALUES ('h', 'clinic-1', 'pat-lis', 'x', now())"),
                       "UPDATE desktop.held_message SET state = 'SENT'"):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(sql.SQL(change))
        own = sql.SQL(forged).format(sql.Literal(f"u-{who}"))
        assert connection.execute(own).rowcount == 1
    assert pg_desk.rows(select(Message.content).where(Message.id == "m-1")) == [("May I?",)]


def test_templates_are_refused_by_the_database_too(server: Server, pg_desk: Desk) -> None:
    row = ("INSERT INTO desktop.message_template (id, clinic_id, name, body, updated_at)"
           " VALUES ('mt', 'clinic-1', 'A', 'b', now())")  # fmt: skip
    for who in ("desk", "okafor"):
        with connect(server, pg_desk, who) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(sql.SQL(row))
    with connect(server, pg_desk, "admin") as connection:
        assert connection.execute(sql.SQL(row)).rowcount == 1


def test_a_rules_message_is_sent_in_the_name_of_who_approves_it(pg_desk: Desk) -> None:
    held(pg_desk)
    held(pg_desk, "h-2", "roux")
    assert [(one.patient_name, one.body) for one in pg_desk.desk.ask(held_messages)] == [
        ("Zygmunt Lis", "Please measure."), ("Élodie Roux", "Please measure.")
    ]  # fmt: skip
    done = pg_desk.desk.run(DecideHeldMessage(held_id="h-1", send=True, text="Please measure today."))
    sent = pg_desk.rows(select(Message.id, Message.sender_id, Message.content))
    assert sent == [(done.result["messageId"], "u-desk", "Please measure today.")]
    assert pg_desk.rows(select(MessageThread.patient_id, MessageThread.subject)) == [("pat-lis", "Weight")]
    with pytest.raises(Conflict) as late:
        pg_desk.okafor.run(DecideHeldMessage(held_id="h-1", send=True))
    assert late.value.field == "state"
    pg_desk.okafor.run(DecideHeldMessage(held_id="h-2", send=False))
    state = select(HeldMessage.state, HeldMessage.message_id, HeldMessage.decided_by).order_by(HeldMessage.id)
    assert pg_desk.rows(state) == [
        (HeldMessageState.SENT, done.result["messageId"], "u-desk"), (HeldMessageState.DROPPED, None, "u-okafor")
    ]  # fmt: skip
    assert pg_desk.desk.ask(held_messages) == ()
    assert len(pg_desk.rows(select(Message.id))) == 1


@pytest.mark.parametrize("died", [{"flags": ["DECEASED"]}, {"demographics": {"deceased": "2026-03-01"}}])
def test_a_rules_message_is_not_sent_to_who_died_while_it_waited(pg_desk: Desk, died: dict[str, object]) -> None:
    held(pg_desk)
    pg_desk.write(update(Patient).where(Patient.id == "pat-lis").values(**died))
    with pytest.raises(Refused) as refused:
        pg_desk.desk.run(DecideHeldMessage(held_id="h-1", send=True))
    assert refused.value.code == "PatientDeceased"
    assert pg_desk.rows(select(Message.id)) == []
    pg_desk.desk.run(DecideHeldMessage(held_id="h-1", send=False))
    assert pg_desk.rows(select(HeldMessage.state)) == [(HeldMessageState.DROPPED,)]


def test_a_held_message_is_not_called_sent_unless_it_was(server: Server, pg_desk: Desk) -> None:
    held(pg_desk)
    thread(pg_desk, "roux")
    wrote(pg_desk, "m-1", thread_id="th-roux")
    own = pg_desk.desk.run(SendMessage(thread_id="th-roux", text="Hello")).result["messageId"]
    with connect(server, pg_desk, "desk") as connection:
        for message in ("nothing", "m-1", str(own)):  # no message, somebody else's, to somebody else
            with pytest.raises(psycopg.Error, match="NotAllowed"):
                connection.execute("SELECT desktop.decide_held_message('h-1', %s)", (message,))
        with pytest.raises(psycopg.Error, match="NotAllowed"):
            connection.execute("SELECT desktop.decide_held_message('none', NULL)")
        connection.execute("SELECT desktop.decide_held_message('h-1', NULL)")
        with pytest.raises(psycopg.Error, match="StateChanged"):
            connection.execute("SELECT desktop.decide_held_message('h-1', NULL)")
    assert pg_desk.rows(select(HeldMessage.state)) == [(HeldMessageState.DROPPED,)]


def test_deciding_needs_the_server(pg_desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        pg_desk.desk.run(DecideHeldMessage(held_id="none", send=True))
    assert refused.value.field == "heldId"
    store = local_desk()
    try:
        with pytest.raises(Unavailable):
            store.desk.run(DecideHeldMessage(held_id="h-1", send=True))
    finally:
        store.close()

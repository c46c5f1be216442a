"""What a colleague wrote to a patient before their account was disabled, sent by an ADMIN."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text

from app.commands.messages import SendMessage
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of
from tests.support.postgres import Server
from tests.support.station import Station, differences

Enter = Callable[..., Station]


def as_admin(server: Server, database: str, statement: str) -> None:
    """Run a statement as the administrator."""
    url = server.url(database, login_of("admin").login, PASSWORD)
    with psycopg.connect(url, autocommit=True) as raw:
        raw.execute(statement.encode())


def test_an_admin_adopts_a_message_that_a_disabled_colleague_wrote(
    server: Server, clinic: Desk, clinic_name: str, station: Enter
) -> None:
    """What a patient reads stays the author's words: the ADMIN only sends it, and the audit says so."""
    here = station()
    here.cut()
    begun = SendMessage(patient_id="pat-lis", subject="Result", text="All well.", new_thread_id="th", message_id="m-1")
    here.run(begun)
    here.run(SendMessage(thread_id="th", text="And rest.", message_id="m-2"))
    as_admin(server, clinic_name, "SELECT desktop.disable_staff('u-desk')")
    here.sit_down("admin")
    here.remote.cut(False)
    here.engine.sync_now()
    first, second = here.sync.attention()
    here.sync.adopt(second.id)
    assert here.engine.sync_now().applied == 0, "it was decided on the first, which nobody has adopted"
    here.sync.adopt(first.id)
    assert here.engine.sync_now().applied == 2
    rows = clinic.rows(text("SELECT id, sender_id, content FROM messages ORDER BY id"))
    assert [tuple(row) for row in rows] == [("m-1", "u-desk", "All well."), ("m-2", "u-desk", "And rest.")]
    who = clinic.rows(text("SELECT DISTINCT user_id, on_behalf_of FROM desktop.audit WHERE table_name = 'messages'"))
    assert [(row.user_id, row.on_behalf_of) for row in who] == [("u-admin", "u-desk")]
    assert differences(here) == []


def test_nobody_writes_in_a_colleagues_name_without_their_command(
    server: Server, clinic: Desk, clinic_name: str, station: Enter
) -> None:
    """What the session says of itself isn't believed: only the log of adopted commands counts."""
    here = station()
    here.run(SendMessage(patient_id="pat-lis", subject="Result", text="All well.", new_thread_id="th"))
    insert = "INSERT INTO messages (id, thread_id, sender_id, content) VALUES ('m-9', 'th', 'u-desk', 'Mine')"
    for setting in ("mha.on_behalf_of", "mha.command"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_admin(server, clinic_name, f"SELECT set_config('{setting}', 'u-desk', true); {insert}")
    assert len(clinic.rows(text("SELECT 1 FROM messages"))) == 1

"""The test tools themselves: what they count and put right must be true."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import psycopg
import pytest
from psycopg import sql

from tests.support.clinics import staff
from tests.support.postgres import Server
from tests.support.wire import Message, Wire

Connect = Callable[..., psycopg.Connection]


def test_the_wire_counts_statements_and_round_trips(server: Server, empty_db: str, wire: Wire) -> None:
    with psycopg.connect(wire.through(server.owner_url(empty_db))) as connection:
        wire.reset()
        connection.execute("SELECT %s::int", [1])
        with connection.pipeline():
            connection.execute("SELECT %s::int", [2])
            connection.execute("SELECT %s::text", ["x"])
        connection.commit()
        assert wire.statements == ["BEGIN", "SELECT $1::int", "SELECT $1::int", "SELECT $1::text", "COMMIT"]
        assert wire.trips == 4, "BEGIN, one question, one pipeline, COMMIT"
        wire.reset()
        assert (wire.statements, wire.trips) == ([], 0)


def test_a_flush_behind_a_sync_is_no_trip_of_its_own(tmp_path: Path) -> None:
    """psycopg ends a pipeline by both; on a busy machine the answer is back before the second is sent."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(tmp_path / "s"))
    listener.listen()
    with listener, Wire(tmp_path / "s") as wire, socket.socket(socket.AF_UNIX) as client:
        client.connect(next(value for key, value in parse_qsl(urlsplit(wire.through("x://h/d")).query)) + "/s")
        server = listener.accept()[0]
        with server:
            client.sendall(struct.pack("!I", 4))
            assert len(server.recv(99)) == 4, "a client's first message has no letter"
            counts = []
            for letter, answered in (("E", False), ("S", True), ("H", False), ("H", False), ("E", False), ("H", True)):
                client.sendall(letter.encode() + struct.pack("!I", 4))
                assert len(server.recv(99)) == 5
                counts.append(wire.trips)
                if answered:
                    server.sendall(b"Z" + struct.pack("!I", 4))
                    assert len(client.recv(99)) == 5
            assert counts == [0, 1, 1, 1, 1, 2], "a flush that asks for new answers is a trip"


def test_the_wire_can_be_cut_before_a_commit(server: Server, empty_db: str, wire: Wire) -> None:
    def at_commit(message: Message) -> bool:
        return message.from_client and b"COMMIT" in message.body

    wire.cut_when = at_commit
    with psycopg.connect(wire.through(server.owner_url(empty_db))) as connection:
        connection.execute("CREATE TABLE lost (n int)")
        with pytest.raises(psycopg.OperationalError):
            connection.commit()
    with psycopg.connect(server.owner_url(empty_db)) as connection:
        assert connection.execute("SELECT to_regclass('lost')").fetchall() == [(None,)]


def test_the_wire_can_swallow_the_answer_to_a_commit(server: Server, empty_db: str, wire: Wire) -> None:
    def answer_to_commit(message: Message) -> bool:
        return not message.from_client and message.kind == b"C" and message.body.startswith(b"COMMIT")

    wire.cut_when = answer_to_commit
    with psycopg.connect(wire.through(server.owner_url(empty_db))) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        with pytest.raises(psycopg.OperationalError):
            connection.commit()
    with psycopg.connect(server.owner_url(empty_db)) as connection:
        assert connection.execute("SELECT to_regclass('kept')::text").fetchall() == [("kept",)]


@pytest.mark.parametrize("clinic", [1, 2])
@pytest.mark.parametrize("role", ["MEDICAL_ASSISTANT", "PROVIDER", "ADMIN"])
def test_everybody_signs_in_as_themselves(connect_as: Connect, role: str, clinic: int) -> None:
    who = connect_as(role, clinic).execute("SELECT session_user, desktop.my_clinic(), desktop.my_roles()").fetchall()
    assert who == [(staff(role, clinic).login, f"clinic-{clinic}", [role])]


def test_logins_are_put_right_after_a_test(server: Server, clinic_template: str) -> None:
    before = server.logins()
    victim, promoted, demoted = (staff(role).login for role in ("ADMIN", "MEDICAL_ASSISTANT", "PROVIDER"))
    assert {victim, promoted, demoted} <= before.keys()
    with server.admin() as connection:
        connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN PASSWORD 'other'").format(sql.Identifier(victim)))
        connection.execute("CREATE ROLE mha_u_new LOGIN")
        connection.execute("COMMENT ON ROLE mha_u_new IS 'MyHealthAlly login of database 4000000000'")  # there is none
    with psycopg.connect(server.owner_url(clinic_template), autocommit=True) as owner:
        owner.execute(sql.SQL("GRANT mha_admin TO {}").format(sql.Identifier(promoted)))
        owner.execute(sql.SQL("REVOKE mha_provider FROM {}").format(sql.Identifier(demoted)))
    assert server.logins() != before
    server.restore_logins(before)
    assert server.logins() == before


def test_databases_of_tests_are_owned_without_superuser(server: Server, empty_db: str) -> None:
    with psycopg.connect(server.owner_url(empty_db)) as connection:
        rights = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = current_user"
        ).fetchall()
    assert rights == [(False, True, False)]

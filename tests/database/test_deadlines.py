"""A connection that doesn't answer in time is broken, others are left alone; one thread watches all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.commands.core import patience
from app.commands.patients import RegisterPatient
from app.commands.rules import RunRule
from app.db.cancel import Deadline
from app.db.server import ServerDatabase
from tests.support.postgres import Server


def test_a_frozen_statement_is_broken_and_a_quick_one_is_not(server: Server) -> None:
    with psycopg.connect(server.url()) as slow, psycopg.connect(server.url()) as quick:
        with Deadline(quick, 30):
            assert quick.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.OperationalError), Deadline(slow, 0.2):
            slow.execute("SELECT pg_sleep(20)")
        assert quick.execute("SELECT 2").fetchone() == (2,)


def test_a_shorter_deadline_after_a_longer_one_still_comes_in_time(server: Server) -> None:
    with (
        psycopg.connect(server.url()) as patient,
        psycopg.connect(server.url()) as slow,
        Deadline(patient, 60),
        pytest.raises(psycopg.OperationalError),
        Deadline(slow, 0.2),
    ):
        slow.execute("SELECT pg_sleep(20)")


def test_one_thread_watches_all(server: Server) -> None:
    def wait(_: int) -> int:
        with psycopg.connect(server.url()) as connection, Deadline(connection, 60):
            connection.execute("SELECT pg_sleep(0.05)")
            return sum(thread.name == "deadlines" for thread in threading.enumerate())

    with ThreadPoolExecutor(4) as threads:
        assert set(threads.map(wait, range(8))) == {1}


def test_work_on_all_patients_is_given_more_time_than_the_usual(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.db.server.WRITE_SECONDS", 0.2)
    sleep = text("SELECT pg_sleep(1)")
    database = ServerDatabase({"conninfo": server.url()})
    try:
        with database.transaction(patience(RunRule)) as session:
            session.execute(sleep)
        with pytest.raises(OperationalError), database.transaction(patience(RegisterPatient)) as session:
            session.execute(sleep)
    finally:
        database.close()

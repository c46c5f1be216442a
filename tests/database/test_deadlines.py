"""A connection that doesn't answer in time is broken, others are left alone; one thread watches all."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from app.db.cancel import Deadline
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

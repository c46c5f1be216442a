"""The store's statements are prepared once: preparing takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db.local import STATEMENTS, LocalDatabase
from app.kernel.clock import FixedClock
from app.sync.file import open_store
from tests.support.desk import NOW

USUAL = ("SELECT last_name FROM patients WHERE id = ?", "UPDATE visits SET reason_text = '' WHERE id = ?")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalDatabase]:
    database = open_store(tmp_path / "store.db", bytes(32), FixedClock(NOW), create=True)
    yield database
    database.close()


def run(database: LocalDatabase, *statements: str) -> Any:
    """Run them in a transaction each; returns the driver's connection."""
    driver: Any = None
    for statement in statements:
        with database.transaction("u-1") as session:
            connection = session.connection()
            connection.exec_driver_sql(statement, ("x",) * statement.count("?"))
            driver = connection.connection.driver_connection
    return driver


def prepared(database: LocalDatabase) -> int:
    """How often SQLite asks what a statement may do, while the usual ones run again: only as it prepares it."""
    asked: list[tuple[Any, ...]] = []

    def allow(*what: Any) -> int:
        asked.append(what)
        return 0

    driver = run(database, *USUAL)
    driver.set_authorizer(allow)
    run(database, *USUAL)  # setting the authorizer made SQLite prepare all of them anew
    first = len(asked)
    run(database, *USUAL, *USUAL)
    driver.set_authorizer(None)
    assert first > 0, "the authorizer sees statements that are prepared"
    return sum(1 for what in asked[first:] if what[1] not in ("COMMIT", "BEGIN"))


def test_a_store_that_was_just_made_keeps_what_comes_after(store: LocalDatabase) -> None:
    assert prepared(store) == 0


def test_very_many_different_statements_push_nothing_out_for_long(store: LocalDatabase) -> None:
    before = run(store, *USUAL)
    with store.transaction("u-1") as session:
        for number in range(STATEMENTS + 1):
            session.connection().exec_driver_sql(f"SELECT {number}")
    assert run(store, *USUAL) is not before, "a connection whose room is used up gives way to a new one"
    assert prepared(store) == 0

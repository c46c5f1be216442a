"""What a refused trip leaves of a session's prepared statements: none that the server never saw."""

from __future__ import annotations

import contextlib

import psycopg
import pytest
from sqlalchemy import text

from app.commands.stores import ServerStore
from app.db.pipeline import run_all
from tests.support.desk import Desk

FIRST, LATER = text("SELECT 1 / CAST(:by AS integer)"), text("SELECT length(CAST(:word AS text))")


@pytest.mark.parametrize("often", range(3, 8))
def test_a_statement_behind_an_error_is_not_taken_for_prepared(pg_desk: Desk, often: int) -> None:
    """The driver prepares what comes again: here first in the very trip that ends before it."""
    store = pg_desk.admin.store
    assert isinstance(store, ServerStore)

    def trip(by: int) -> None:
        with store.database.transaction() as session:
            run_all(session, [(FIRST, {"by": by}), (LATER, {"word": "x"})])

    for _ in range(often):
        trip(1)
    for _ in range(2):
        with contextlib.suppress(psycopg.errors.DivisionByZero):
            trip(0)
    trip(1)

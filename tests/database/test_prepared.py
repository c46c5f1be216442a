"""What a trip of several statements prepared behind an error is not taken for prepared afterwards."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import bindparam, literal, select, text
from sqlalchemy.exc import DBAPIError

from app.db.pipeline import run_all
from app.db.server import ServerDatabase
from app.db.together import Together
from tests.support.postgres import Server

OFTEN = 8
"""psycopg prepares what it has sent five times."""

BROKEN = text("SELECT 1 / :by")
FINE = text("SELECT set_config('mha.test', :word, true)")


@pytest.fixture
def database(server: Server) -> Iterator[ServerDatabase]:
    """Connections of one kind: always the same one."""
    database = ServerDatabase({"conninfo": server.url()}, pool_size=1)
    yield database
    database.close()


@pytest.mark.parametrize("before", range(OFTEN))
def test_writes_behind_a_refused_one_are_sent_again_in_full(database: ServerDatabase, before: int) -> None:
    def trip(by: int) -> None:
        with database.transaction() as session:
            run_all(session, [(BROKEN.bindparams(by=by), None), (FINE.bindparams(word="x"), None)])

    for _ in range(before):
        trip(1)
    with pytest.raises((psycopg.Error, DBAPIError)):
        trip(0)
    trip(1)


@pytest.mark.parametrize("before", range(OFTEN))
def test_questions_behind_a_broken_one_are_asked_again_in_full(database: ServerDatabase, before: int) -> None:
    by = bindparam("by", type_=literal(1).type)
    asked = Together(first=select((literal(1) / by).label("share")), second=select((by + 7).label("sum")))

    def ask(value: int) -> int:
        with database.reading() as session:
            return int(asked.rows(session, by=value)["second"][0][0])

    for _ in range(before):
        ask(1)
    with pytest.raises((psycopg.Error, DBAPIError)):
        ask(0)
    assert ask(1) == 8

"""An embedded database thrown away and made anew, as the demo asks for."""

from __future__ import annotations

import psycopg
import pytest

from app.cluster.renew import renew_database
from tests.cluster.conftest import Make


def test_a_renewed_database_is_empty_and_the_owners(make: Make) -> None:
    server = make()
    info = server.start()
    with psycopg.connect(info.owner_url) as busy:
        busy.execute("CREATE TABLE old (n int)")
        busy.commit()
        renew_database(server)
        with pytest.raises(psycopg.OperationalError):
            busy.execute("SELECT 1")
    assert server.start() == info, "the server itself goes on"
    with psycopg.connect(info.owner_url) as connection:
        assert connection.execute("SELECT to_regclass('old')").fetchall() == [(None,)]
        connection.execute("CREATE SCHEMA mine")

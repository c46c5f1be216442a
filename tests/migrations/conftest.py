"""Databases of both PostgreSQL versions, upgraded or as the backend made them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest

from app.setup.migrate import upgrade
from tests.support.postgres import Server


@pytest.fixture(scope="session")
def each_migrated(each_server: Server) -> Iterator[str]:
    """The owner's URL of an upgraded database, on every PostgreSQL version; tests must leave it as it is."""
    name = each_server.create("migrated")
    upgrade(each_server.owner_url(name))
    yield each_server.owner_url(name)
    each_server.drop(name)


@pytest.fixture
def each_owner_url(each_server: Server, each_empty_db: str) -> str:
    """The owner's URL of an empty database, on every PostgreSQL version."""
    return each_server.owner_url(each_empty_db)


@pytest.fixture
def empty_owner_url(server: Server, empty_db: str) -> str:
    """The owner's URL of an empty database."""
    return server.owner_url(empty_db)


@pytest.fixture
def run_sql() -> Callable[..., list[tuple[object, ...]]]:
    """Run statements on a URL and return the last one's rows."""

    def run(url: str, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(url) as connection:
            cursor = connection.execute(statement.encode())
            while cursor.nextset():
                pass
            return cursor.fetchall() if cursor.description else []

    return run

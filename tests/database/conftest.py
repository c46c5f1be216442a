"""The secured database: two clinics with rows in every table, on every PostgreSQL version; tests leave it as it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import Server
from tests.support.secured import make_secured, walking
from tests.support.two_clinics import Row
from tests.support.walk import Walk

Secured = tuple[Server, str, dict[str, dict[str, Row]]]


@pytest.fixture(scope="session")
def secured(each_server: Server) -> Iterator[Secured]:
    """The server, the database's name and its rows."""
    name, seeded = make_secured(each_server)
    yield each_server, name, seeded
    each_server.drop(name)


@pytest.fixture
def walk(secured: Secured) -> Iterator[Walk]:
    """The walk over the secured database."""
    with walking(*secured) as walk:
        yield walk

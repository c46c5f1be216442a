"""The secured database: two clinics with rows in every table, on every PostgreSQL version; tests leave it as it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.postgres import Server
from tests.support.secured import make_secured, walking
from tests.support.town import Town, settle
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


@pytest.fixture(scope="session")
def settled(each_server: Server) -> Iterator[str]:
    """A database with two clinics and their first ADMINs, to be copied."""
    name = each_server.create("settled")
    settle(each_server, name)
    yield name
    each_server.drop(name)


@pytest.fixture
def town(each_server: Server, settled: str) -> Iterator[Town]:
    """A copy of the settled database; what a test does to login roles is put right after."""
    name = each_server.create("town", template=settled)
    before = each_server.logins()
    each_server.hand_logins_to(name)
    town = Town(each_server, name)
    yield town
    for database in town.opened:
        database.close()
    each_server.drop(name)
    each_server.restore_logins(before)

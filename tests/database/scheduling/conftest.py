"""The small clinic on PostgreSQL and on the workstation's store: each test runs on both."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.desk import Desk, desk_template_of, local_desk, server_desk
from tests.support.postgres import Server


@pytest.fixture(scope="session")
def desk_template(server: Server) -> str:
    """A migrated database with the small clinic."""
    return desk_template_of(server)


@pytest.fixture
def pg_desk(server: Server, desk_template: str) -> Iterator[Desk]:
    """The clinic in a PostgreSQL database of its own."""
    name = server.create("desk", template=desk_template)
    desk = server_desk(server, name)
    yield desk
    desk.close()
    server.drop(name)


@pytest.fixture(params=["server", "store"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    """The clinic on each of the two databases in turn."""
    if request.param == "server":
        yield request.getfixturevalue("pg_desk")
        return
    made = local_desk()
    yield made
    made.close()

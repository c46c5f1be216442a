"""The small clinic twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.database.scheduling.conftest import desk_template  # noqa: F401 - fixture
from tests.support.postgres import Server
from tests.support.twins import Twins, make_twins


@pytest.fixture
def twins(server: Server, desk_template: str) -> Iterator[Twins]:  # noqa: F811 - the fixture
    """The clinic on the server and in the store."""
    name = server.create("twins", template=desk_template)
    twins = make_twins(server, name)
    yield twins
    twins.close()
    server.drop(name)

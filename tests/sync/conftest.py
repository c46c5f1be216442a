"""A small clinic on PostgreSQL with workstations that have a store of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.database.scheduling.conftest import desk_template
from tests.support.desk import PEOPLE, Desk, login_of, server_desk
from tests.support.postgres import Server
from tests.support.station import Station

__all__ = ["desk_template"]

Enter = Callable[..., Station]


def own_logins(server: Server, database: str) -> None:
    """Make the people's logins look as if the program had made them in this database."""
    server.hand_logins_to(database)
    with server.admin() as admin:
        for person, *_ in PEOPLE:
            admin.execute(f"GRANT {login_of(person).login} TO mha_roleadmin WITH ADMIN OPTION".encode())


@pytest.fixture
def clinic_name(server: Server, desk_template: str) -> Iterator[str]:
    """The name of a fresh copy of the small clinic; its logins can be disabled as if the program had made them."""
    before = server.logins()
    name = server.create("sync", template=desk_template)
    own_logins(server, name)
    yield name
    server.drop(name)
    server.restore_logins(before)


@pytest.fixture
def clinic(server: Server, clinic_name: str) -> Iterator[Desk]:
    """The clinic as the backend and people without a store see it."""
    desk = server_desk(server, clinic_name)
    yield desk
    desk.close()


@pytest.fixture
def station(server: Server, clinic: Desk, clinic_name: str, tmp_path: Path) -> Iterator[Enter]:
    """Workstations: ``station("ws-1", "desk")`` is enrolled and has everything."""
    opened: list[Station] = []

    def enter(name: str = "ws-1", person: str = "desk", *, enrol: bool = True) -> Station:
        one = Station(server, clinic_name, name, tmp_path, clinic.clock, person)
        opened.append(one)
        if enrol:
            one.enrol()
        return one

    yield enter
    for one in opened:
        one.close()

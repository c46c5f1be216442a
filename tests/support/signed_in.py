"""People signed in to a real database, for tests that put real widgets on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.security.connection import Address, connection_parameters
from app.workspace.signin import open_workspace
from app.workspace.workspace import Workspace
from tests.support.clinics import PASSWORD, staff
from tests.support.postgres import Server
from tests.support.shell import FakeShell


@contextmanager
def signed_in(server: Server, database: str, role: str) -> Iterator[Workspace]:
    """Sign a member of staff of clinic 1 in to a copy of the two-clinic database."""
    address = Address(database=database, hosts=(str(server.folder),), ports=(5432,))
    parameters = connection_parameters(address, email=staff(role).email, password=PASSWORD)
    with open_workspace(parameters, workstation="desk") as workspace:
        yield workspace


def shell_on(workspace: Workspace) -> FakeShell:
    """A shell that records what an area asks for, over a real workspace."""
    real: Any = workspace
    return FakeShell(real)

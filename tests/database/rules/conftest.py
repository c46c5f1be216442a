"""Rules run by an ADMIN on patients and readings that a superuser puts there."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from app.workspace.workspace import Workspace
from tests.support.postgres import Server
from tests.support.signed_in import signed_in


@pytest.fixture
def superuser(server: Server, clinic_db: str) -> Iterator[psycopg.Connection]:
    """Write past triggers and policies."""
    with psycopg.connect(server.url(clinic_db), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        yield connection


@pytest.fixture
def admin(server: Server, clinic_db: str) -> Iterator[Workspace]:
    """Sign in as the clinic's ADMIN."""
    with signed_in(server, clinic_db, "ADMIN") as workspace:
        yield workspace

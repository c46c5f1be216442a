"""Two clinics with providers, patients and a backend role that knows nothing of our schema, on PostgreSQL 18 and 15."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from tests.database.triggers.base import BACKEND, SEED, Base
from tests.support.clinics import make_template
from tests.support.postgres import Server


@pytest.fixture(scope="session")
def base_template(
    each_server: Server, server: Server, base_templates: dict[str, str], request: pytest.FixtureRequest
) -> str:
    """A migrated database with the people and slots that the triggers are tried on."""
    if each_server.version not in base_templates:
        base_templates[each_server.version] = _made(each_server, server, request)
    return base_templates[each_server.version]


def _made(each_server: Server, server: Server, request: pytest.FixtureRequest) -> str:
    from app.setup.migrate import upgrade

    source = request.getfixturevalue("clinic_template") if each_server is server else make_template(each_server)
    name = each_server.create("base", template=source)
    with each_server.admin(name) as admin:
        made = admin.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [BACKEND]).fetchone()
        if made is None:
            admin.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(BACKEND), sql.Literal(each_server.password)
                )
            )
    with psycopg.connect(each_server.owner_url(name), autocommit=True) as owner:
        owner.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {BACKEND}")
        owner.execute(SEED)
    upgrade(each_server.owner_url(name))  # gives the backend's role its policies
    return name


@contextmanager
def _copy(server: Server, template: str) -> Iterator[Base]:
    name = server.create("triggers", template=template)
    with Base(server, name) as opened:
        yield opened
    server.drop(name)


@pytest.fixture
def base(each_server: Server, base_template: str) -> Iterator[Base]:
    """A copy of the database for one test."""
    with _copy(each_server, base_template) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared(each_server: Server, base_template: str) -> Iterator[Base]:
    """A copy of the database for all tests of a file that only read."""
    with _copy(each_server, base_template) as opened:
        yield opened

"""Changes that nobody is told of: on the server past its triggers, in the mirror past the feed."""

from __future__ import annotations

from tests.support.postgres import Server
from tests.support.station import Station


def behind(server: Server, database: str, statement: str) -> None:
    """Run a statement on the server without any trigger."""
    with server.admin(database) as raw:
        raw.execute("SET session_replication_role = replica")
        raw.execute(statement.encode())


def in_mirror(here: Station, statement: str) -> None:
    """Run a statement on a station's mirror, as if it were the server's."""
    with here.local.applying() as session:
        session.connection().exec_driver_sql(statement)

"""Connections to the embedded server as its superuser or its owner; only set-up, backup and supervision use them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import Connection

from app.cluster.initialise import DATABASE, SUPERUSER
from app.cluster.layout import Layout
from app.cluster.postmaster import Postmaster
from app.kernel.errors import Unavailable
from app.kernel.i18n import t

_SESSIONS = """
SELECT (SELECT coalesce(sum(sessions), 0)::bigint FROM pg_stat_database WHERE datname <> 'postgres'),
       EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())
"""


@contextmanager
def admin_connection(
    layout: Layout, server: Postmaster, database: str = "postgres"
) -> Iterator[Connection[tuple[object, ...]]]:
    """Connect as superuser, autocommitting; raises Unavailable (ServerUnreachable)."""
    try:
        connection = psycopg.connect(
            host=server.host,
            port=server.port,
            dbname=database,
            user=SUPERUSER,
            password=layout.superuser_password.read_text(encoding="utf-8"),
            application_name="myhealthally supervisor",
            connect_timeout=10,
            autocommit=True,
        )
    except (psycopg.Error, OSError) as error:
        raise Unavailable(
            "ServerUnreachable", t("The embedded database doesn't answer: {detail}", detail=str(error).strip()[-300:])
        ) from error
    with connection:
        yield connection


def count_sessions(connection: Connection[tuple[object, ...]]) -> tuple[int, bool]:
    """Return how many sessions there have been, and whether anybody else is connected now."""
    row = connection.execute(_SESSIONS).fetchone()
    return (int(str(row[0])), bool(row[1])) if row else (0, False)


def accepts(server: Postmaster) -> bool:
    """Tell whether the server takes connections now; needs no password."""
    conninfo = psycopg.conninfo.make_conninfo(
        host=server.host, port=server.port, dbname=DATABASE, user=SUPERUSER, connect_timeout=5
    )
    return psycopg.pq.PGconn.ping(conninfo.encode()) == psycopg.pq.Ping.OK

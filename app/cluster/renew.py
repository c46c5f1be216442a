"""Throw an embedded server's database away and make an empty one: for the demo, whose audit can't be emptied."""

from __future__ import annotations

from psycopg import sql

from app.cluster.access import admin_connection
from app.cluster.initialise import DATABASE, OWNER
from app.cluster.server import EmbeddedServer


def renew_database(server: EmbeddedServer) -> None:
    """Drop the database, whoever is connected, and create it again for the same owner."""
    layout, _, postmaster = server.require()
    name, owner = sql.Identifier(DATABASE), sql.Identifier(OWNER)
    with admin_connection(layout, postmaster) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))

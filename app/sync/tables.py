"""The tables of the store that the server doesn't have: the journal and what is needed to rebase.

They are this workstation's alone. The mirror beside them may be thrown away and built anew, the journal never.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, UniqueConstraint

from app.db.types import UtcDateTime

metadata = MetaData()

journal = Table(
    "journal",
    metadata,
    Column("n", Integer, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("clinic_id", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("provider_id", Text),
    Column("workstation", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("payload_hash", Text, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("client_version", Integer, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    Column("state", Text, nullable=False),
    Column("deps", Text, nullable=False, server_default="[]"),
    Column("lanes", Text, nullable=False, server_default="[]"),
    Column("sent", Integer, nullable=False, server_default="0"),
    Column("code", Text),
    Column("message", Text),
    Column("problem", Text),
    Column("outcome", Text),
    Column("closed_at", UtcDateTime),
    Column("closed_by", Text),
    Column("reason", Text),
    Column("adopted_by", Text),
    UniqueConstraint("id", name="journal_id_key"),
    Index("journal_state_idx", "state", "n"),
    sqlite_autoincrement=True,
)
"""One row for each command given here. ``deps``: numbers of the commands it was decided on; ``lanes``: the patients,
providers and rows it concerns; ``sent``: it may have reached the server. JSON columns are text."""

undo = Table(
    "undo",
    metadata,
    Column("u", Integer, primary_key=True, autoincrement=True),
    Column("entry", Integer, nullable=False),
    Column("table_name", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("old", Text),
    Index("undo_entry_idx", "entry"),
    Index("undo_key_idx", "table_name", "key"),
    sqlite_autoincrement=True,
)
"""What a row was before a command of the journal changed it here: literals of its columns; NULL: there was none."""

gap = Table(
    "gap",
    metadata,
    Column("table_name", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("user_id", Text, nullable=False),
)
"""Rows that changed while somebody was signed in who may not read all of them: read again by who may."""

meta = Table("meta", metadata, Column("key", Text, primary_key=True), Column("value", Text, nullable=False))
"""Cursor, epoch, window, generation and the like, as JSON."""

"""Ours, schema ``desktop``: what was done (commands, change feed, audit), and what is unfinished."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, LargeBinary, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import DESKTOP, Base, Id, parent, unique_index
from app.db.types import Json, Xid8

_SERVER_ONLY = {"schema": DESKTOP, "info": {"server_only": True}}


class AppliedCommand(Base):
    """A command that has been applied, by its own id: the same id never applies twice.

    ``user_id`` is its author; ``adopted_by`` the ADMIN who had it applied for a colleague whose account is disabled.
    No foreign keys: what was done stays known when the clinic's or the person's row goes.
    """

    __tablename__ = "applied_command"
    __table_args__ = (
        Index(None, "user_id", "applied_at"),
        Index(None, "clinic_id", "applied_at"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str]
    user_id: Mapped[str]
    kind: Mapped[str]
    workstation: Mapped[str]
    occurred_at: Mapped[datetime]
    applied_at: Mapped[datetime]
    outcome: Mapped[Any | None] = mapped_column(Json, nullable=True)
    xid: Mapped[int | None] = mapped_column(BigInteger)
    adopted_by: Mapped[str | None]


class DiscardedCommand(Base):
    """A command that was given offline and discarded instead of being applied: its id never applies any more."""

    __tablename__ = "discarded_command"
    __table_args__ = (Index(None, "clinic_id", "discarded_at"), _SERVER_ONLY)

    id: Mapped[Id]
    clinic_id: Mapped[str]
    user_id: Mapped[str]
    kind: Mapped[str]
    workstation: Mapped[str]
    occurred_at: Mapped[datetime]
    discarded_at: Mapped[datetime]
    discarded_by: Mapped[str]
    reason: Mapped[str]


class ChangeRow(Base):
    """The change feed: one row per written row of a synced table, whoever wrote it.

    ``clinic_id`` None goes to every clinic; ``op`` is I, U, D or T. A cursor is the pair (xid, seq).
    """

    __tablename__ = "change"
    __table_args__ = (Index(None, "xid", "seq"), _SERVER_ONLY)

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    xid: Mapped[str] = mapped_column(Xid8)
    at: Mapped[datetime]
    clinic_id: Mapped[str | None]
    table_name: Mapped[str]
    row_id: Mapped[str]
    op: Mapped[str]


class AuditRow(Base):
    """Every insert, update and delete, with before and after (secret columns left out).

    Append-only. ``chain_seq``, ``prev_hash`` and ``hash`` are filled by the sealer, in the feed's order.
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index(None, "table_name", "row_id", "seq"),
        Index(None, "clinic_id", "at"),
        Index(None, "command_id", postgresql_where=text("command_id IS NOT NULL")),
        Index("audit_chain_seq_key", "chain_seq", unique=True, postgresql_where=text("chain_seq IS NOT NULL")),
        Index("audit_unsealed_idx", "xid", "seq", postgresql_where=text("chain_seq IS NULL")),
        _SERVER_ONLY,
    )

    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime]
    xid: Mapped[str] = mapped_column(Xid8)
    who: Mapped[str]
    user_id: Mapped[str | None]
    clinic_id: Mapped[str | None]
    workstation: Mapped[str | None]
    command_id: Mapped[str | None]
    on_behalf_of: Mapped[str | None]
    table_name: Mapped[str]
    row_id: Mapped[str]
    op: Mapped[str]
    before: Mapped[Any | None] = mapped_column(Json, nullable=True)
    after: Mapped[Any | None] = mapped_column(Json, nullable=True)
    chain_seq: Mapped[int | None] = mapped_column(BigInteger)
    prev_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    hash: Mapped[bytes | None] = mapped_column(LargeBinary)


class AccessEvent(Base):
    """Somebody opened, printed or exported a chart; it outlives patient and account."""

    __tablename__ = "access_event"
    __table_args__ = (Index(None, "clinic_id", "at"), Index(None, "patient_id", "at"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str]
    user_id: Mapped[str]
    patient_id: Mapped[str]
    at: Mapped[datetime]
    kind: Mapped[str]
    reason: Mapped[str | None]
    workstation: Mapped[str]


class Draft(Base):
    """Something a person has begun to write and not yet saved."""

    __tablename__ = "draft"
    __table_args__ = (Index(None, "user_id", "kind", "subject"), Index(None, "clinic_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    user_id: Mapped[str] = mapped_column(parent("users.id"))
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    kind: Mapped[str]
    subject: Mapped[str | None]
    body: Mapped[Any] = mapped_column(Json, nullable=False)
    updated_at: Mapped[datetime]


class SavedView(Base):
    """A filter that somebody named; ``user_id`` None: the clinic's."""

    __tablename__ = "saved_view"
    __table_args__ = (Index(None, "clinic_id", "kind"), Index(None, "user_id"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    user_id: Mapped[str | None] = mapped_column(parent("users.id"))
    name: Mapped[str]
    kind: Mapped[str]
    body: Mapped[Any] = mapped_column(Json, nullable=False)
    sort_order: Mapped[int] = mapped_column(server_default=text("0"))
    updated_at: Mapped[datetime]


class ImportRun(Base):
    """One import of files and its count of what came in and what did not."""

    __tablename__ = "import_run"
    __table_args__ = (Index(None, "clinic_id", "started_at"), {"schema": DESKTOP})

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    kind: Mapped[str]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    by_user: Mapped[str]
    summary: Mapped[Any] = mapped_column(Json, nullable=False, server_default=text("'{}'"))


class ImportLink(Base):
    """Which row an imported thing became, so that importing it again changes it instead of doubling it."""

    __tablename__ = "import_link"
    __table_args__ = (
        unique_index("import_link", "clinic_id", "system", "type", "source_id", "table_name"),
        Index(None, "table_name", "row_id"),
        {"schema": DESKTOP},
    )

    id: Mapped[Id]
    clinic_id: Mapped[str] = mapped_column(parent("clinics.id"))
    system: Mapped[str]
    type: Mapped[str]
    source_id: Mapped[str]
    table_name: Mapped[str]
    row_id: Mapped[str]
    content_hash: Mapped[str]
    updated_at: Mapped[datetime]

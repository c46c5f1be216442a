"""The base of all mapped classes, and the names of keys and indexes, exactly as the backend's Prisma makes them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Annotated, Any, ClassVar

from sqlalchemy import Boolean, Date, ForeignKey, ForeignKeyConstraint, Index, Integer, MetaData, Text, Time
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, mapped_column
from sqlalchemy.sql.compiler import DDLCompiler, SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.db.types import DateAtMidnight, Real, StringList, UtcDateTime, WallTime, pg_enum
from app.domain import enums

DESKTOP = "desktop"
"""The PostgreSQL schema of everything that is ours; SQLite has no schemas and maps it to None."""

SHARED_ENUMS = (
    enums.VisitMode,
    enums.VisitType,
    enums.RequestType,
    enums.SeverityLevel,
    enums.SlotStatus,
    enums.RequestStatus,
    enums.VisitStatus,
    enums.TelemedStatus,
    enums.AvailabilityStatus,
    enums.DeviceProvider,
    enums.HRVContext,
    enums.LabOrderStatus,
    enums.ReferralPriority,
    enums.ReferralStatus,
    enums.ExcuseNoteType,
    enums.ExcuseNoteStatus,
)

metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pkey",
        "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
        "ix": "%(table_name)s_%(column_0_N_name)s_idx",
        "uq": "%(table_name)s_%(column_0_N_name)s_key",
        "ck": "%(table_name)s_%(constraint_name)s_check",
    }
)


class Base(DeclarativeBase):
    """A mapped table. Attributes are the columns' names in snake_case; nobody loads graphs of objects."""

    metadata = metadata
    type_annotation_map: ClassVar[Mapping[Any, Any]] = {
        str: Text(),
        bool: Boolean(),
        int: Integer(),
        float: Real(),
        datetime: UtcDateTime(),
        date: Date(),
        time: Time(),
        tuple[str, ...]: StringList(),
        **{enum: pg_enum(enum) for enum in SHARED_ENUMS},
    }


class current_instant(FunctionElement[datetime]):  # noqa: N801 - reads as the SQL function that it is
    """The database's own time as a column default: CURRENT_TIMESTAMP, with milliseconds on SQLite too."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(current_instant)
def _standard(_element: current_instant, _compiler: SQLCompiler, **_: Any) -> str:
    return "CURRENT_TIMESTAMP"


@compiles(current_instant, "sqlite")
def _sqlite(_element: current_instant, _compiler: SQLCompiler, **_: Any) -> str:
    return "(strftime('%Y-%m-%d %H:%M:%f', 'now'))"


@compiles(ForeignKeyConstraint, "sqlite")
def _across_schemas(constraint: ForeignKeyConstraint, compiler: DDLCompiler, **_: Any) -> str:
    """On SQLite all our tables share one schema: keys from ours to the shared ones hold and cascade there too."""
    return DDLCompiler.visit_foreign_key_constraint(compiler, constraint)


def unique_index(table: str, *columns: str) -> Index:
    """Return a unique index named as Prisma names it (``T_cols_key``); Prisma makes no UNIQUE constraints."""
    return Index(f"{table}_{'_'.join(columns)}_key", *columns, unique=True)


def parent(column: str, ondelete: str = "CASCADE") -> ForeignKey:
    """Return a foreign key as Prisma makes it: updates cascade, deletes as told."""
    return ForeignKey(column, ondelete=ondelete, onupdate="CASCADE")


Id = Annotated[str, mapped_column(primary_key=True)]
"""A client-made id: a uuid or a cuid, as the table's model says."""

CreatedAt = Annotated[datetime, mapped_column(server_default=current_instant())]
"""An instant that the database fills when the writer doesn't."""

MidnightDate = Annotated[date, mapped_column(DateAtMidnight())]
"""A calendar date in a timestamp column."""

WallClock = Annotated[time, mapped_column(WallTime())]
"""A time of day on the clinic's wall, in a timestamp column."""

Strings = Annotated[tuple[str, ...], mapped_column(StringList(), nullable=True, insert_default=())]
"""A list of strings, never NULL when we write it."""

"""SQL functions that read differently on the server and on the workstation's store."""

from __future__ import annotations

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.db.types import UtcDateTime


class db_now(FunctionElement[Any]):  # noqa: N801 - reads as a function in statements
    """The database's own present instant: what decides when a hold has expired.

    ``desktop.db_now()`` on PostgreSQL; on SQLite the function ``mha_now`` that the store registers.
    """

    type = UtcDateTime()
    inherit_cache = True
    name = "db_now"


@compiles(db_now, "postgresql")
def _on_server(_element: db_now, _compiler: Any, **_options: Any) -> str:
    return "desktop.db_now()"


@compiles(db_now, "sqlite")
def _on_store(_element: db_now, _compiler: Any, **_options: Any) -> str:
    return "mha_now()"

"""Which rows of the mirror the server would show a person: what is somebody else's may be there or not."""

from __future__ import annotations

from collections.abc import Collection
from json import dumps

from sqlalchemy import Connection

from app.commands.registry import Actor
from app.db.catalog import Scope
from app.domain.enums import Role
from app.sync.mirrored import MirroredTable

_CONDITION = {
    Scope.OWN_USER: "user_id = :who",
    Scope.OWN_OR_SHARED: "(user_id = :who OR user_id IS NULL)",
    Scope.OWN_OR_ADMIN: "user_id = :who",
}


def visible(connection: Connection, table: MirroredTable, who: Actor, among: Collection[str] | None = None) -> set[str]:
    """The keys of the mirror's rows (all, or ``among`` these) that are this person's to see, if they still exist."""
    personal = _CONDITION.get(table.entry.scope)
    if table.entry.scope is Scope.OWN_OR_ADMIN and Role.ADMIN in who.roles:
        personal = None
    conditions, values = [], {"who": who.user_id}
    if personal is not None:
        conditions.append(personal)
    if among is not None:
        conditions.append(f'"{table.key}" IN (SELECT value FROM json_each(:among))')
        values["among"] = dumps(sorted(among))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return set(connection.exec_driver_sql(f'SELECT "{table.key}" FROM "{table.name}"{where}', values).scalars())

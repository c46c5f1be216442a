"""Reading the server: where its feed stands, what changed, and rows as the store keeps them.

Everything is read as the signed-in person, under their own row security.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, LiteralString

import psycopg

from app.db.cancel import Deadline
from app.db.one_trip import one_trip
from app.domain.enums import Role
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.sync.mirrored import MirroredTable, mirrored_tables
from app.sync.scope import Window, condition

Row = tuple[Any, ...]
PAGE = 20_000
"""Changes read in one pull; what is beyond comes with the next."""
CHUNK = 4_000
"""Rows of a snapshot read and written at a time."""

_IDS = 5_000
ANSWER_SECONDS = 8.0
ROWS_SECONDS = 30.0
"""Without an answer for so long the server is frozen, or the line swallows everything."""
_WRITING: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ"
_MOMENT: LiteralString = f"{_WRITING} READ ONLY"
_POSITION = """
SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint, i.epoch, i.system_identifier, i.pruned_before,
       i.schema_version, i.min_client, desktop.db_now()
FROM desktop.installation i
"""
_CHANGES = """
SELECT c.xid::text::bigint, c.seq, c.table_name, c.row_id, c.op FROM desktop.change c
WHERE c.xid >= %(xid)s::text::xid8 AND (c.xid, c.seq) > (%(xid)s::text::xid8, %(seq)s)
ORDER BY c.xid, c.seq LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Position:
    """Where the server stands. Transactions below ``xmin`` are over; ``now`` is the server's clock, aware UTC."""

    xmin: int
    epoch: str
    system_identifier: str
    pruned_before: int
    schema_version: int
    min_client: int
    now: datetime

    @property
    def incarnation(self) -> list[str]:
        """What changes when the database was restored or truncated: then everything is read anew."""
        return [self.epoch, self.system_identifier]


@dataclass(frozen=True, slots=True)
class FeedChange:
    """A row that was written, inserted or deleted (``op`` I, U, D; T: everything)."""

    xid: int
    seq: int
    table: str
    key: str
    op: str


class ServerFeed:
    """One connection of one person; not for several threads at once."""

    def __init__(self, raw: psycopg.Connection, roles: Collection[Role]) -> None:
        raw.autocommit = True
        self.raw = raw
        self.roles = frozenset(roles)

    @contextmanager
    def moment(self, *, read_only: bool = True) -> Iterator[None]:
        """Several questions on one state of the database; what an error leaves behind is rolled back."""
        self.raw.execute(_MOMENT if read_only else _WRITING)
        try:
            yield
        finally:
            if not self.raw.closed and not self.raw.broken:
                self.raw.execute("COMMIT")

    def ask(self, statement: LiteralString | bytes, values: Any = None, seconds: float | None = None) -> list[Row]:
        """All rows of a question; a server that doesn't answer in time counts as gone."""
        with Deadline(self.raw, seconds or ANSWER_SECONDS):
            return self.raw.execute(statement, values).fetchall()

    def position(self) -> Position:
        """Where the server stands now. Refused "NoAccount" where the person was disabled: they would see nothing."""
        rows = self.ask(_POSITION)
        if not rows:
            raise Refused("NoAccount", t("This account has no access to the clinic any more."))
        xmin, epoch, identifier, pruned_before, schema_version, min_client, now = rows[0]
        now = now.replace(tzinfo=UTC)
        return Position(xmin, epoch, identifier, pruned_before, schema_version, min_client, now)

    def changes(self, cursor: Sequence[int], limit: int = PAGE) -> list[FeedChange]:
        """What was written beyond the cursor, in the feed's order."""
        values = {"xid": cursor[0], "seq": cursor[1], "limit": limit}
        return [FeedChange(*row) for row in self.ask(_CHANGES, values)]

    def which_applied(self, ids: Collection[str]) -> set[str]:
        """Which of these commands have been applied, whoever gave them."""
        asked, found = list(ids), set()
        for start in range(0, len(asked), _IDS):
            part = asked[start : start + _IDS]
            found |= {row[0] for row in self.ask("SELECT desktop.which_applied(%s)", (part,))}
        return found

    def rows(self, wanted: Mapping[str, Collection[str]]) -> dict[str, list[Row]]:
        """Rows of tables by key, as the store keeps them; all in one trip. What isn't there (any more) is left out."""
        cursors: dict[str, psycopg.Cursor[Row]] = {}
        with Deadline(self.raw, ROWS_SECONDS), one_trip(self.raw):
            for name, keys in wanted.items():
                table = mirrored_tables()[name]
                statement = f'{table.server_select(self.roles)} WHERE r."{table.key}" = ANY (%s)'
                cursors[name] = self.raw.execute(statement.encode(), (list(keys),))
        return {name: cursor.fetchall() for name, cursor in cursors.items()}

    def chunks(self, table: MirroredTable, window: Window, today: date, after: str) -> Iterator[list[Row]]:
        """All mirrored rows of a table by key, beginning after one; each chunk in a short transaction of its own."""
        scope = condition(table.name)
        where = f'r."{table.key}" > %(after)s' + (f" AND ({scope})" if scope else "")
        statement = f'{table.server_select(self.roles)} WHERE {where} ORDER BY r."{table.key}" LIMIT {CHUNK}'
        at = table.columns_for(self.roles).index(table.key)
        parameters: dict[str, Any] = dict(window.parameters(today))
        while True:
            parameters["after"] = after
            rows = self.ask(statement.encode(), parameters, ROWS_SECONDS)
            if rows:
                yield rows
            if len(rows) < CHUNK:
                return
            after = rows[-1][at]

"""Which server may be written to after a fail-over: never one that another has taken over from.

A standby that is promoted goes on under the next timeline; the server it took over from keeps its own, and both call
themselves writable when the old one comes back. What was written there would be lost when it is put right.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

_WHERE = """
SELECT system_identifier::text, ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::integer
FROM pg_control_system()
"""


class StaleServerError(psycopg.OperationalError):
    """The server answers, but this program has worked with one that took over from it."""


def has_several_hosts(parameters: Mapping[str, Any]) -> bool:
    """Tell whether libpq's parameters name more than one server: only then one can come after the other."""
    given = {**conninfo_to_dict(str(parameters.get("conninfo", ""))), **parameters}
    return "," in str(given.get("host") or "")


class Timelines:
    """The greatest timeline seen of each cluster, for all connections of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: dict[str, int] = {}

    def check(self, raw: psycopg.Connection) -> None:
        """Refuse a server that is behind one seen before. Costs a trip."""
        autocommit, raw.autocommit = raw.autocommit, True
        row = raw.execute(_WHERE).fetchone()
        raw.autocommit = autocommit
        if row is None:
            return
        cluster, timeline = row
        with self._lock:
            newest = max(timeline, self._seen.get(cluster, 0))
            self._seen[cluster] = newest
        if timeline < newest:
            raise StaleServerError(f"timeline {timeline}, but {newest} was seen")


TIMELINES = Timelines()

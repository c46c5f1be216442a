"""What belongs to a visit or a slot that comes into the mirror because it changed, not because it is new.

It lay outside the days that are kept. The feed tells of that one row; the slot, its details and what happened to the
visit didn't change, and would be missing beside it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from app.db.local import LocalDatabase
from app.sync import apply
from app.sync.feed import FeedChange, Row, ServerFeed
from app.sync.mirrored import mirrored_tables

_CARRIERS = ("visits", "visit_slots")
_OF_VISIT = ("visit_detail", "visit_event", "virtual_visit_sessions")
_OF_SLOT = ("slot_detail", "slot_lease")


def newcomers(database: LocalDatabase, changes: Iterable[FeedChange]) -> dict[str, set[str]]:
    """Visits and slots that were changed on the server, aren't new there, and aren't in the mirror."""
    found: dict[str, set[str]] = {name: set() for name in _CARRIERS}
    fresh = set()
    for change in changes:
        if change.table in found:
            if change.op == "U":
                found[change.table].add(change.key)
            else:
                fresh.add(change.key)
    found = {name: keys - fresh for name, keys in found.items()}
    if not any(found.values()):
        return found
    with database.reading() as session:
        connection = session.connection()
        return {name: keys - apply.present(connection, name, sorted(keys)) for name, keys in found.items()}


def company(feed: ServerFeed, came: dict[str, set[str]], rows: dict[str, list[Row]]) -> dict[str, list[Row]]:
    """What goes with them, read in the same moment; ``rows`` are what the feed has brought so far."""
    visits, slots = came["visits"], came["visit_slots"]
    slot_at = _place(feed, "visits", "slot_id")
    found = {"visits": _by(feed, "visits", "slot_id", slots)}
    of_visits = [row for row in rows.get("visits", ()) if row[_place(feed, "visits", "id")] in visits]
    slots = slots | {row[slot_at] for row in of_visits if row[slot_at] is not None}
    visits = visits | {row[_place(feed, "visits", "id")] for row in found["visits"]}
    found["visit_slots"] = _by(feed, "visit_slots", "id", slots)
    found.update({name: _by(feed, name, "slot_id", slots) for name in _OF_SLOT})
    found.update({name: _by(feed, name, "visit_id", visits) for name in _OF_VISIT})
    return found


def _place(feed: ServerFeed, name: str, column: str) -> int:
    return mirrored_tables()[name].columns_for(feed.roles).index(column)


def _by(feed: ServerFeed, name: str, column: str, keys: Collection[str]) -> list[Row]:
    if not keys:
        return []
    statement = f'{mirrored_tables()[name].server_select(feed.roles)} WHERE r."{column}" = ANY (%s)'
    return feed.ask(statement.encode(), (sorted(keys),))

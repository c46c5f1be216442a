"""What PostgreSQL's triggers do, on the workstation's SQLite: visit events and what search reads.

The triggers call Python functions that ``register_functions`` puts on each connection, so that fold, clock and
person are the program's own. Claims, guards, audit and feed are the server's alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from app.db import local_search, search_text
from app.kernel.clock import Clock, truncate_ms
from app.kernel.fold import fold


def _event(at: str) -> str:
    return f"""
    INSERT INTO visit_event (id, visit_id, status, at, by_user, reason, command_id)
    SELECT mha_event_id(NEW.id, NEW.status, {at}), NEW.id, NEW.status, {at}, mha_user(),
           CASE WHEN NEW.status IN ('CANCELLED', 'NO_SHOW') THEN
               (SELECT d.cancel_reason FROM visit_detail d WHERE d.visit_id = NEW.id) END,
           mha_command()
    WHERE true
    ON CONFLICT (id) DO NOTHING;
    """  # noqa: S608 - no value of anybody's goes into the text


def _step(values: str) -> str:
    return f"""
    DELETE FROM step_before WHERE at < (SELECT strftime('%Y-%m-%d %H:%M:%f', mha_now(), '-1 day'));
    INSERT INTO step_before (command_id, visit_id, at, cancel_kind, cancel_reason, flow, room)
    VALUES (mha_command(), NEW.visit_id, mha_now(), {values}) ON CONFLICT DO NOTHING;
    """  # noqa: S608 - no value of anybody's goes into the text


_STEPS = """
    CREATE TABLE IF NOT EXISTS step_before (command_id TEXT NOT NULL, visit_id TEXT NOT NULL, at TEXT NOT NULL,
        cancel_kind TEXT, cancel_reason TEXT, flow TEXT, room TEXT, PRIMARY KEY (command_id, visit_id)) WITHOUT ROWID
"""
_OURS = "mha_tracks() AND mha_command() IS NOT NULL"
_LATER = "CASE WHEN NEW.updated_at > OLD.updated_at THEN NEW.updated_at ELSE mha_after(OLD.updated_at) END"

TRIGGERS = {
    "mha_event_i": f"AFTER INSERT ON visits WHEN mha_tracks() BEGIN {_event('NEW.updated_at')} END",
    "mha_event_u": "AFTER UPDATE OF status ON visits WHEN OLD.status <> NEW.status AND mha_tracks() BEGIN "
    f"{_event(_LATER)} END",
    # What a step changed beside the status, for its undo; the server reads that in the audit.
    "mha_step_i": f"AFTER INSERT ON visit_detail WHEN {_OURS} BEGIN {_step('NULL, NULL, NULL, NULL')} END",
    "mha_step_u": f"AFTER UPDATE ON visit_detail WHEN {_OURS} BEGIN "
    f"{_step('OLD.cancel_kind, OLD.cancel_reason, OLD.flow, OLD.room')} END",
    # A slot that is booked or given back is kept for no workstation any more (migrations/sql/52_leases.sql).
    "mha_lease_u": "AFTER UPDATE OF status, held_until ON visit_slots WHEN OLD.status = 'HELD' AND OLD.held_until IS "
    "NULL AND (NEW.status <> 'HELD' OR NEW.held_until IS NOT NULL) AND mha_tracks() BEGIN "
    "DELETE FROM slot_lease WHERE slot_id = NEW.id; END",
}


def create_tables(connection: Connection) -> None:
    """Make what the triggers write and the mapped classes don't have."""
    connection.exec_driver_sql(_STEPS)


def install(connection: Connection) -> None:
    """Make the triggers; the tables must be there. Safe to repeat."""
    make_missing(connection, {**TRIGGERS, **local_search.TRIGGERS})


def make_missing(connection: Connection, bodies: Mapping[str, str]) -> None:
    """Make the triggers (what follows their names in the statement, by name) that are missing or of another version."""
    made = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").all()
    present = {str(name): str(sql) for name, sql in made}
    for name, body in bodies.items():
        statement = f"CREATE TRIGGER {name} {body}"
        if present.get(name) == statement:  # a store is opened often, and making them all takes its time
            continue
        if name in present:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(statement)


def drop(connection: Connection) -> None:
    """Take the triggers off while many rows come from the server; ``rebuild_search`` and ``install`` end that."""
    for name in TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
    local_search.drop_triggers(connection)


def rebuild_search(connection: Connection) -> None:
    """Make what search reads anew from the patients; takes search's triggers off, ``install`` puts them back."""
    local_search.rebuild(connection)


def register_functions(
    connection: Any,
    clock: Clock,
    actor: Callable[[], str | None],
    *,
    command: Callable[[], str | None] = lambda: None,
    tracks: Callable[[], bool] = lambda: True,
    entry: Callable[[], int] = lambda: 0,
) -> None:
    """Put the functions that the triggers and ``mha_now()`` in statements call on a SQLite connection.

    ``actor`` tells who acts, ``command`` the id of the command under way. ``tracks`` is False while rows of the
    server are applied: their events come from the server too. ``entry`` is the number of the journal's entry whose
    effects are written, 0 for none.
    """

    def now() -> str:
        return _stored(clock.now())

    def after(stored: str) -> str:
        return max(now(), _stored(_read(stored) + timedelta(milliseconds=1)))

    for name, arguments, function in (
        ("mha_now", 0, now),
        ("mha_after", 1, after),
        ("mha_user", 0, actor),
        ("mha_command", 0, command),
        ("mha_tracks", 0, lambda: int(tracks())),
        ("mha_entry", 0, entry),
    ):
        connection.create_function(name, arguments, function)
    for name, arguments, pure in _PURE:
        connection.create_function(name, arguments, pure, deterministic=True)


def day_start(at: str | None, zone: str) -> str | None:
    """Return when the day of an instant begins in a time zone; instants as SQLite stores them."""
    if at is None:
        return None
    local = _read(at).astimezone(ZoneInfo(zone))
    return _stored(local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0).astimezone(UTC))


def visit_event_id(visit_id: str, status: str, at: str) -> str:
    """Return the id that ``desktop.visit_event_id`` makes on the server; ``at`` as SQLite stores instants."""
    milliseconds = round((_read(at) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    return str(UUID(bytes=sha256(f"{visit_id}/{status}/{milliseconds}".encode()).digest()[:16]))


def _stored(instant: datetime) -> str:
    return truncate_ms(instant).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _read(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


@lru_cache(maxsize=4)
def _json(stored: str | float | None) -> Any:
    """What a patient's demographics hold: asked three times for each, by functions that only read it."""
    if not isinstance(stored, str):  # SQLite keeps a bare JSON number as a number
        return stored
    try:
        return json.loads(stored)
    except ValueError:
        return None


_PURE: tuple[tuple[str, int, Callable[..., Any]], ...] = (
    ("mha_fold", 1, lambda text: None if text is None else fold(str(text))),
    ("mha_digits", 1, lambda text: None if text is None else search_text.digits_of(str(text))),
    ("mha_folded_names", 3, lambda first, last, extra: search_text.folded_names(first, last, _json(extra))),
    ("mha_sort_key", 2, search_text.sort_key),
    ("mha_phone_digits", 1, lambda extra: search_text.phone_digits(_json(extra))),
    ("mha_record_number", 1, lambda extra: search_text.record_number(_json(extra))),
    ("mha_name_words", 1, lambda folded: json.dumps(search_text.name_words(folded), ensure_ascii=False)),
    ("mha_typo_keys", 1, lambda name: json.dumps(search_text.typo_keys(name), ensure_ascii=False)),
    ("mha_event_id", 3, visit_event_id),
    ("mha_day_start", 2, day_start),
)
"""What statements and triggers on the store call that depends on its arguments alone: name, how many, what."""

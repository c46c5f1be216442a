"""What PostgreSQL's triggers do, on the workstation's SQLite: visit events and what search reads.

The triggers call Python functions that ``register_functions`` puts on each connection, so that fold, clock and
person are the program's own. Claims, guards, audit and feed are the server's alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from app.db import search_text
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


def _search(row: str, condition: str) -> str:
    return f"""
    INSERT INTO patient_search (patient_id, clinic_id, folded, sort_key, birth_date, phones, mrn)
    SELECT p.id, p.clinic_id, mha_folded_names(p.first_name, p.last_name, p.demographics),
           mha_sort_key(p.first_name, p.last_name), substr(p.date_of_birth, 1, 10),
           mha_phone_digits(p.demographics), mha_record_number(p.demographics)
    FROM patients p WHERE p.id = {row} AND {condition}
    ON CONFLICT (patient_id) DO UPDATE SET clinic_id = excluded.clinic_id, folded = excluded.folded,
        sort_key = excluded.sort_key, birth_date = excluded.birth_date, phones = excluded.phones, mrn = excluded.mrn;
    INSERT INTO search_name (clinic_id, name, uses)
    SELECT s.clinic_id, w.value, 1 FROM patient_search s, json_each(mha_name_words(s.folded)) w
    WHERE s.patient_id = {row}
    ON CONFLICT (clinic_id, name) DO NOTHING;
    """  # noqa: S608 - no value of anybody's goes into the text


_NOT_MERGED = "NOT EXISTS (SELECT 1 FROM patient_detail d WHERE d.patient_id = p.id AND d.merged_into IS NOT NULL)"
_MERGED_GOES = "DELETE FROM patient_search WHERE patient_id = NEW.patient_id AND NEW.merged_into IS NOT NULL;"
_LATER = "CASE WHEN NEW.updated_at > OLD.updated_at THEN NEW.updated_at ELSE mha_after(OLD.updated_at) END"

TRIGGERS = {
    "mha_event_i": f"AFTER INSERT ON visits WHEN mha_tracks() BEGIN {_event('NEW.updated_at')} END",
    "mha_event_u": "AFTER UPDATE OF status ON visits WHEN OLD.status <> NEW.status AND mha_tracks() BEGIN "
    f"{_event(_LATER)} END",
    "mha_search_i": f"AFTER INSERT ON patients BEGIN {_search('NEW.id', _NOT_MERGED)} END",
    "mha_search_u": "AFTER UPDATE OF clinic_id, first_name, last_name, date_of_birth, demographics ON patients BEGIN "
    f"{_search('NEW.id', _NOT_MERGED)} END",
    "mha_merge_i": f"AFTER INSERT ON patient_detail WHEN NEW.merged_into IS NOT NULL BEGIN {_MERGED_GOES} END",
    "mha_merge_u": "AFTER UPDATE OF merged_into ON patient_detail WHEN OLD.merged_into IS NOT NEW.merged_into BEGIN "
    f"{_MERGED_GOES} {_search('NEW.patient_id', 'NEW.merged_into IS NULL')} END",
}


def install(connection: Connection) -> None:
    """Make the triggers anew; the tables must be there. Safe to repeat."""
    for name, body in TRIGGERS.items():
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        connection.exec_driver_sql(f"CREATE TRIGGER {name} {body}")


def drop(connection: Connection) -> None:
    """Take the triggers off while many rows come from the server; ``rebuild_search`` and ``install`` end that."""
    for name in TRIGGERS:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")


def rebuild_search(connection: Connection) -> None:
    """Make what search reads anew from the patients, with the triggers off."""
    connection.exec_driver_sql("DELETE FROM patient_search")
    connection.exec_driver_sql("DELETE FROM search_name")
    connection.exec_driver_sql(
        f"""
        INSERT INTO patient_search (patient_id, clinic_id, folded, sort_key, birth_date, phones, mrn)
        SELECT p.id, p.clinic_id, mha_folded_names(p.first_name, p.last_name, p.demographics),
               mha_sort_key(p.first_name, p.last_name), substr(p.date_of_birth, 1, 10),
               mha_phone_digits(p.demographics), mha_record_number(p.demographics)
        FROM patients p WHERE {_NOT_MERGED}
        """  # noqa: S608 - no value of anybody's goes into the text
    )
    connection.exec_driver_sql(
        """
        INSERT INTO search_name (clinic_id, name, uses)
        SELECT s.clinic_id, w.value, count(*) FROM patient_search s, json_each(mha_name_words(s.folded)) w
        GROUP BY s.clinic_id, w.value
        """
    )


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
    for name, arguments, pure in (
        ("mha_fold", 1, lambda text: None if text is None else fold(str(text))),
        ("mha_digits", 1, lambda text: None if text is None else search_text.digits_of(str(text))),
        ("mha_folded_names", 3, lambda first, last, extra: search_text.folded_names(first, last, _json(extra))),
        ("mha_sort_key", 2, search_text.sort_key),
        ("mha_phone_digits", 1, lambda extra: search_text.phone_digits(_json(extra))),
        ("mha_record_number", 1, lambda extra: search_text.record_number(_json(extra))),
        ("mha_name_words", 1, lambda folded: json.dumps(search_text.name_words(folded))),
        ("mha_event_id", 3, visit_event_id),
    ):
        connection.create_function(name, arguments, pure, deterministic=True)


def visit_event_id(visit_id: str, status: str, at: str) -> str:
    """Return the id that ``desktop.visit_event_id`` makes on the server; ``at`` as SQLite stores instants."""
    milliseconds = round((_read(at) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(milliseconds=1))
    return str(UUID(bytes=sha256(f"{visit_id}/{status}/{milliseconds}".encode()).digest()[:16]))


def _stored(instant: datetime) -> str:
    return truncate_ms(instant).replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _read(stored: str) -> datetime:
    return datetime.fromisoformat(stored).replace(tzinfo=UTC)


def _json(stored: str | float | None) -> Any:
    if not isinstance(stored, str):  # SQLite keeps a bare JSON number as a number
        return stored
    try:
        return json.loads(stored)
    except ValueError:
        return None

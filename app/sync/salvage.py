"""Salvaging the journal from a damaged store: page by page, as far as any can be read.

SQLite's own tree isn't needed: every page that opens is looked through for rows of the journal, and a row counts when
its payload still has the hash that it was written with. Sending a command twice is harmless (its id is known), so a row
that was once in the journal may come back; one that was decided already comes back as decided.
"""

from __future__ import annotations

import json
import logging
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import Connection

from app.db.local import LocalDatabase
from app.sync.cipher import PAGE, USABLE, PageKeys, frames, wal_of
from app.sync.model import EntryState
from app.sync.tables import journal

log = logging.getLogger(__name__)

_COLUMNS: Final = [column.name for column in journal.columns]
_NEEDED: Final = _COLUMNS.index("deps") + 1
"""Rows of older stores may lack columns that were added since, at the end."""
_LEAF: Final = 0x0D
_MOST_BYTES: Final = 64_000_000
_STATES: Final = frozenset(state.value for state in EntryState)
_FURTHEST: Final = {
    EntryState.PENDING: 0,
    EntryState.ACKED: 1,
    EntryState.BLOCKED: 2,
    EntryState.ATTENTION: 2,
    EntryState.DONE: 3,
    EntryState.DISCARDED: 3,
    EntryState.REFUSED: 3,
}


class _BadRow(ValueError):
    """Bytes that are no row of ours."""


class _Pages:
    """The newest readable content of each page, read when it is asked for: a store may be larger than the memory."""

    def __init__(self, store: Path, keys: PageKeys) -> None:
        self._keys = keys
        self._files = ExitStack()
        self._main = self._files.enter_context(store.open("rb"))
        self._logged: dict[int, list[int]] = {}
        """Where a page lies in the log, the newest last."""
        log_file = wal_of(store)
        self._log = self._files.enter_context(log_file.open("rb")) if log_file.exists() else None
        waiting: list[tuple[int, int]] = []
        for frame in frames(store):
            waiting.append((frame.number, frame.offset))
            if frame.commits:  # what no commit follows was never confirmed to anybody
                for number, offset in waiting:
                    self._logged.setdefault(number, []).append(offset)
                waiting.clear()
        self.numbers = sorted({*range(1, -(-store.stat().st_size // PAGE) + 1), *self._logged})

    def close(self) -> None:
        self._files.close()

    def get(self, number: int) -> bytes | None:
        """Return a page's content, an older one where the newest is broken; None when none can be read."""
        if self._log is not None:
            for offset in reversed(self._logged.get(number, [])):
                found = self._open(self._log, offset, number)
                if found is not None:
                    return found
        return self._open(self._main, (number - 1) * PAGE, number) if number > 0 else None

    def _open(self, stream: IO[bytes], offset: int, number: int) -> bytes | None:
        stream.seek(offset)
        return self._keys.open(number, stream.read(PAGE))


def salvage_journal(store: Path, data_key: bytes, into: LocalDatabase) -> int:
    """Copy every journal row that can still be read into another store; returns how many were new there.

    Numbers stay (rows name each other by them) unless they are taken; then all of them move up together. Safe to
    repeat: rows whose id is there already stay as they are.
    """
    found = _Pages(store, PageKeys.of(data_key))
    try:
        rows = _rows(found)
    finally:
        found.close()
    with into.applying() as session:
        return _copy(session.connection(), rows)


def _rows(found: _Pages) -> list[dict[str, Any]]:
    best: dict[str, dict[str, Any]] = {}
    broken = 0
    for number in found.numbers:
        page = found.get(number)
        if page is None:
            broken += 1
            continue
        for rowid, payload in _cells(page, number, found):
            try:
                row = _journal_row(rowid, _record(payload))
            except (_BadRow, IndexError, struct.error):
                continue
            known = best.get(row["id"])
            if known is None or _FURTHEST[EntryState(row["state"])] > _FURTHEST[EntryState(known["state"])]:
                best[row["id"]] = row
    if broken:
        log.warning(
            "salvage: %d of %d pages can't be read, %d journal rows found", broken, len(found.numbers), len(best)
        )
    return sorted(best.values(), key=lambda row: int(row["n"]))


def _cells(page: bytes, number: int, found: _Pages) -> Iterator[tuple[int, bytes]]:
    """Yield row number and payload of each cell of a table's leaf page."""
    start = 100 if number == 1 else 0
    if page[start] != _LEAF:
        return
    (count,) = struct.unpack(">H", page[start + 3 : start + 5])
    for at in range(min(count, USABLE // 4)):
        pointer = page[start + 8 + 2 * at : start + 10 + 2 * at]
        try:
            (offset,) = struct.unpack(">H", pointer)
            size, offset = _varint(page, offset)
            rowid, offset = _varint(page, offset)
            yield rowid, _payload(page, offset, size, found)
        except (_BadRow, IndexError, struct.error):
            continue


def _payload(page: bytes, offset: int, size: int, found: _Pages) -> bytes:
    """Return a cell's payload, with what overflows onto other pages."""
    if size > _MOST_BYTES:
        raise _BadRow("no command is as long")
    most = USABLE - 35
    if size <= most:
        return page[offset : offset + size]
    least = (USABLE - 12) * 32 // 255 - 23
    local = least + (size - least) % (USABLE - 4)
    local = local if local <= most else least
    parts = [page[offset : offset + local]]
    (following,) = struct.unpack(">I", page[offset + local : offset + local + 4])
    left = size - local
    while left > 0:
        more = found.get(following)
        if more is None:
            raise _BadRow("it goes on on a page that can't be read")
        parts.append(more[4 : 4 + min(left, USABLE - 4)])
        left -= USABLE - 4
        (following,) = struct.unpack(">I", more[:4])
    return b"".join(parts)


def _varint(source: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(8):
        byte = source[at + place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + place + 1
    return value << 8 | source[at + 8], at + 9


def _record(payload: bytes) -> list[Any]:
    """Return a record's values, for the storage classes that the journal has."""
    length, at = _varint(payload, 0)
    kinds = []
    while at < length:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    values = []
    for kind in kinds:
        value, at = _value(payload, at, kind)
        values.append(value)
    if at != len(payload):
        raise _BadRow("another length")
    return values


_INTEGER_BYTES: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


def _value(payload: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in (0, 8, 9):
        return {0: None, 8: 0, 9: 1}[kind], at
    if kind in _INTEGER_BYTES:
        end = at + _INTEGER_BYTES[kind]
        return int.from_bytes(payload[at:end], "big", signed=True), end
    if kind >= 13 and kind % 2:
        end = at + (kind - 13) // 2
        try:
            return payload[at:end].decode("utf-8"), end
        except UnicodeDecodeError as error:
            raise _BadRow("no text") from error
    raise _BadRow("the journal has no such values")


def _journal_row(rowid: int, values: list[Any]) -> dict[str, Any]:
    if not _NEEDED <= len(values) <= len(_COLUMNS):
        raise _BadRow("another number of columns")
    row = dict(zip(_COLUMNS, values, strict=False))
    row["n"] = rowid
    payload = row["payload"]
    whole = isinstance(payload, str) and row["payload_hash"] == sha256(payload.encode()).hexdigest()
    if not whole or row["state"] not in _STATES or not isinstance(row["id"], str) or len(values[1]) > PAGE:
        raise _BadRow("not of the journal")
    return row


def _copy(connection: Connection, rows: list[dict[str, Any]]) -> int:
    here = {int(row.n): str(row.id) for row in connection.exec_driver_sql("SELECT n, id FROM journal")}
    known = set(here.values())
    new = [row for row in rows if row["id"] not in known]
    taken = any(here.get(row["n"], row["id"]) != row["id"] for row in rows)
    shift = max([*here, *(row["n"] for row in rows)], default=0) if taken else 0
    for row in new:
        moved = {**row, "n": row["n"] + shift}
        if shift:
            moved["deps"] = json.dumps([n + shift for n in json.loads(row["deps"])])
        names = ", ".join(moved)
        marks = ", ".join("?" for _ in moved)
        connection.exec_driver_sql(
            f"INSERT INTO journal ({names}) VALUES ({marks})",
            tuple(moved.values()),
        )
    return len(new)

"""The store's file: mirror and journal of an enrolled workstation in one SQLCipher database.

Opened with the data key as a raw key. A file that is in plain text, damaged, newer than the program or sealed with
another key is refused by name and left as it is; a damaged one is put aside, never deleted, and its journal salvaged.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import sqlcipher3.dbapi2 as driver
from sqlalchemy.exc import DBAPIError

from app.db.errors import driver_error
from app.db.local import STATEMENTS, LocalDatabase
from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.private_file import private_folder, sync_folder
from app.sync import store_migrations
from app.sync.cipher import PAGE, PLAIN_HEADER, PageKeys, wal_damage

STORE: Final = "store.db"
_BESIDE: Final = ("", "-wal", "-shm")
_BUSY_MS: Final = 10_000
WIPE_MEMORY = False
"""SQLCipher's memory security: every piece of memory that SQLite takes is locked, and wiped when given back. It costs
two to eight times the processor time of all work on the store, and protects little here: rows pass through Python's
memory, which nobody wipes (docs/decisions/0008-memory-of-the-store.md). The first connection with it turns it on for
the whole process, for good.
"""


def open_store(path: Path, data_key: bytes, clock: Clock, *, create: bool = False) -> LocalDatabase:
    """Open a store, or make it where there is none and ``create`` is given, and bring it up to date.

    Raises Refused "StoreMissing", "StoreClosed" (another key), "StoreDamaged", "StorePlain", "StoreTooNew".
    One process at a time (``single.py``), or what one of them repairs another may be writing.
    """
    _finish_quarantine(path.parent)
    if create:
        _make_empty(path)
    keys = PageKeys.of(data_key)
    _look_at(path, keys)
    _probe(path, keys)
    database = LocalDatabase(clock, creator=_creator(path, keys), module=driver)
    try:
        store_migrations.migrate(database)
        _refuse_plain(path)
    except DBAPIError as error:
        database.close()
        if is_damage(error):
            raise _unreadable(path, keys) from error
        raise
    except BaseException:
        database.close()
        raise
    return database


def check_store(path: Path, data_key: bytes) -> list[str]:
    """Read every page and say what is wrong; nothing in a sound store. Raises Refused "StoreClosed", "StorePlain".

    The write-ahead log comes first: SQLite itself would take its first damaged page for its end.
    """
    keys = PageKeys.of(data_key)
    found = _cut_off(path)
    try:
        _look_at(path, keys)
        _probe(path, keys)
    except Refused as error:
        if error.code != "StoreDamaged":
            raise
        return [*found, str(error.data["why"])]
    if _header(path) != keys.salt:
        found.append("store: its first bytes are damaged")
    connection = connect(path, keys)
    try:
        found += [str(row[0]) for row in connection.execute("PRAGMA cipher_integrity_check")]
        if not found:
            found += [str(row[0]) for row in connection.execute("PRAGMA quick_check") if row[0] != "ok"]
    except driver.DatabaseError as error:
        found.append(f"store: {error}")
    finally:
        connection.close()
    return found


def quarantine(folder: Path, now: datetime) -> Path:
    """Put a store aside, with its log, under a name that says when; returns its new path. Nothing is deleted.

    The store goes first: killed in between, its log follows before anything is opened in its place.
    """
    _finish_quarantine(folder)
    stamp = now.strftime("%Y%m%dT%H%M%SZ")
    place = _free_place(folder, f"damaged-{stamp}")
    private_folder(place)
    _move(folder, place)
    return place / STORE


def _finish_quarantine(folder: Path) -> None:
    """Let a log follow its store: SQLite would take it for the next store's own."""
    alone = not (folder / STORE).exists() and any((folder / (STORE + suffix)).exists() for suffix in _BESIDE)
    if alone:
        places = [place for place in folder.glob("damaged-*") if (place / STORE).exists()]
        place = max(places, key=lambda place: place.stat().st_mtime_ns, default=folder / "damaged-log")
        private_folder(place)
        _move(folder, place)


def _move(folder: Path, place: Path) -> None:
    for suffix in _BESIDE:
        found = folder / (STORE + suffix)
        if found.exists():
            found.replace(place / found.name)
            sync_folder(place)
            sync_folder(folder)


def _free_place(folder: Path, name: str) -> Path:
    place, number = folder / name, 1
    while (place / STORE).exists():
        number += 1
        place = folder / f"{name}-{number}"
    return place


def connect(path: Path, keys: PageKeys) -> Any:
    """Open a connection of the driver with the key; nothing is read yet."""
    connection = driver.connect(
        str(path),
        check_same_thread=False,
        isolation_level=None,
        timeout=_BUSY_MS / 1000,
        cached_statements=STATEMENTS,
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        connection.execute(f"PRAGMA cipher_memory_security = {'ON' if WIPE_MEMORY else 'OFF'}")
        connection.execute(keys.pragma())
        if not connection.execute("PRAGMA cipher_version").fetchall():
            raise RuntimeError("this build of SQLite doesn't encrypt")
        connection.execute("PRAGMA temp_store = MEMORY")
    except BaseException:
        connection.close()
        raise
    return connection


def _creator(path: Path, keys: PageKeys) -> Callable[[], Any]:
    return partial(connect, path, keys)


def _make_empty(path: Path) -> None:
    private_folder(path.parent)
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))  # the log takes over its mode
        sync_folder(path.parent)
    elif sys.platform != "win32":
        path.chmod(0o600)


def _look_at(path: Path, keys: PageKeys) -> None:
    """Refuse what the header tells, before SQLite touches anything."""
    if not path.exists():
        raise Refused("StoreMissing", t("This workstation's offline data are missing."), field="store")
    _refuse_plain(path)
    if 0 < path.stat().st_size < PAGE:  # SQLite would take it for an empty file and write over it
        raise _unreadable(path, keys)
    why = wal_damage(path)
    if why is not None:
        raise _damaged(why)


def _refuse_plain(path: Path) -> None:
    if _header(path) == PLAIN_HEADER:
        message = t("This workstation's offline data aren't encrypted. They are not used, and left as they are.")
        raise Refused("StorePlain", message, field="store")


def _header(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(16)


def _probe(path: Path, keys: PageKeys) -> None:
    """Read the first page: a wrong key shows here, on a connection of its own."""
    connection = connect(path, keys)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except driver.DatabaseError as error:
        if is_damage(error):
            raise _unreadable(path, keys) from error
        raise
    finally:
        connection.close()


def is_damage(error: BaseException) -> bool:
    """Tell whether an error of the store means that the file can't be read (and not that a disk is full, say)."""
    return any(word in str(driver_error(error)) for word in ("not a database", "malformed", "file is encrypted"))


def _unreadable(path: Path, keys: PageKeys) -> Refused:
    """Tell another key from damage: the first bytes follow from the key."""
    return _damaged("store: it can't be read") if _header(path) == keys.salt else _closed()


def _closed() -> Refused:
    return Refused("StoreClosed", t("The key doesn't open this workstation's offline data."), field="store")


def _damaged(why: str) -> Refused:
    message = t("This workstation's offline data are damaged. They are put aside, and what was entered is saved.")
    return Refused("StoreDamaged", message, field="store", why=why)


def _cut_off(path: Path) -> list[str]:
    rest = path.stat().st_size % PAGE
    return [f"store: its last page has {rest} bytes"] if rest else []

"""The journal is saved from a damaged store, row by row, as far as its pages can be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select, update

from app.db.local import LocalDatabase
from app.kernel.errors import Refused
from app.sync import file as store_file
from app.sync.cipher import PAGE, PageKeys, wal_damage
from app.sync.file import STORE, open_store
from app.sync.salvage import salvage_journal
from app.sync.store_migrations import migrate
from app.sync.tables import journal
from tests.support.store_rows import CLOCK, KEY, WORD, enter, entered

NAMES = [f"entry {number:04}" for number in range(200)]


@pytest.fixture
def into(tmp_path: Path) -> Iterator[LocalDatabase]:
    database = open_store(tmp_path / "new" / STORE, KEY, CLOCK, create=True)
    yield database
    database.close()


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    """A store of 200 entries, some long, closed properly; tests damage it."""
    path = tmp_path / "damaged" / STORE
    database = open_store(path, KEY, CLOCK, create=True)
    enter(database, NAMES[:120])
    enter(database, NAMES[120:130], note=WORD * 500)
    enter(database, NAMES[130:])
    database.close()
    return path


def spoil(path: Path, page: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[(page - 1) * PAGE + 777] ^= 0xFF
    path.write_bytes(raw)


def test_a_sound_journal_is_copied_whole(damaged: Path, into: LocalDatabase) -> None:
    assert salvage_journal(damaged, KEY, into) == 200
    assert list(entered(into)) == NAMES
    before = open_store(damaged, KEY, CLOCK)
    with before.reading() as old, into.reading() as new:
        rows = select(journal).order_by(journal.c.n)
        assert old.execute(rows).all() == new.execute(rows).all()
    before.close()


def test_each_damaged_page_costs_its_own_rows_only(damaged: Path) -> None:
    good = damaged.read_bytes()
    pages = len(good) // PAGE
    lost_at_once = []
    for page in range(1, pages + 1, max(1, pages // 25)):
        spoil(damaged, page)
        into = LocalDatabase(CLOCK)
        migrate(into)
        count = salvage_journal(damaged, KEY, into)
        here = entered(into)
        assert count == len(here)
        assert set(here) <= set(NAMES)
        lost_at_once.append(200 - count)
        into.close()
        damaged.write_bytes(good)
    assert max(lost_at_once) <= 20
    assert sum(lost == 0 for lost in lost_at_once) > len(lost_at_once) // 2


def test_without_the_first_page_the_rows_are_found_as_well(damaged: Path, into: LocalDatabase) -> None:
    raw = bytearray(damaged.read_bytes())
    raw[: 2 * PAGE] = bytes(2 * PAGE)
    damaged.write_bytes(raw)
    assert salvage_journal(damaged, KEY, into) == 200


def test_most_of_a_store_that_is_half_gone(damaged: Path, into: LocalDatabase) -> None:
    raw = damaged.read_bytes()
    damaged.write_bytes(raw[: len(raw) // 2 + 1234])
    count = salvage_journal(damaged, KEY, into)
    assert set(entered(into)) <= set(NAMES)
    assert count == len(entered(into))


def test_it_can_be_repeated_and_leaves_what_is_there(damaged: Path, into: LocalDatabase) -> None:
    salvage_journal(damaged, KEY, into)
    with into.transaction(None) as session:
        session.execute(update(journal).where(journal.c.id == NAMES[0]).values(state="DONE"))
    assert salvage_journal(damaged, KEY, into) == 0
    assert entered(into)[NAMES[0]] == "DONE"
    assert len(entered(into)) == 200


def test_numbers_that_are_taken_move_with_what_names_them(damaged: Path, into: LocalDatabase) -> None:
    store = open_store(damaged, KEY, CLOCK)
    with store.transaction(None) as session:
        session.execute(update(journal).where(journal.c.id == NAMES[9]).values(deps="[1, 5]"))
    store.close()
    enter(into, ["entered since"])
    assert salvage_journal(damaged, KEY, into) == 200
    with into.reading() as session:
        numbers = {row.id: row.n for row in session.execute(select(journal.c.id, journal.c.n))}
        deps = session.execute(select(journal.c.deps).where(journal.c.id == NAMES[9])).scalar_one()
    assert numbers["entered since"] == 1
    assert json.loads(deps) == [numbers[NAMES[0]], numbers[NAMES[4]]]
    assert list(entered(into))[1:] == NAMES


def test_the_wrong_key_finds_nothing(damaged: Path, into: LocalDatabase) -> None:
    assert salvage_journal(damaged, bytes(32), into) == 0


def test_what_lies_in_the_log_counts(tmp_path: Path, into: LocalDatabase) -> None:
    path = tmp_path / "old" / STORE
    database = open_store(path, KEY, CLOCK, create=True)
    enter(database, ["written first", "decided later"])
    with database.transaction(None) as session:
        session.execute(update(journal).where(journal.c.id == "decided later").values(state="DISCARDED"))
    copy = tmp_path / "copy" / STORE
    copy.parent.mkdir()
    for suffix in ("", "-wal"):
        (copy.parent / (STORE + suffix)).write_bytes((path.parent / (STORE + suffix)).read_bytes())
    database.close()
    assert salvage_journal(copy, KEY, into) == 2
    assert entered(into) == {"written first": "PENDING", "decided later": "DISCARDED"}


def test_a_flipped_byte_in_the_log_is_found_and_what_followed_is_saved(tmp_path: Path) -> None:
    # SQLite itself would take the broken frame for the log's end and forget the rest without a word.
    path = tmp_path / "old" / STORE
    open_store(path, KEY, CLOCK, create=True).close()
    database = open_store(path, KEY, CLOCK)
    enter(database, NAMES[:20])
    raw = {suffix: (path.parent / (STORE + suffix)).read_bytes() for suffix in ("", "-wal")}
    database.close()
    frames = (len(raw["-wal"]) - 32) // (24 + PAGE)
    assert frames > 20
    for number, place in enumerate((5, 32 + 9, 32 + 17, 32 + 24 + 100, 32 + (frames // 2) * (24 + PAGE) + 2000)):
        copy = tmp_path / f"copy {number}" / STORE
        copy.parent.mkdir()
        copy.write_bytes(raw[""])
        log = bytearray(raw["-wal"])
        assert wal_damage(copy) is None
        log[place] ^= 0x01
        copy.with_name(STORE + "-wal").write_bytes(log)
        why = wal_damage(copy)
        assert why is not None, place
        assert store_file.check_store(copy, KEY) == [why]
        with pytest.raises(Refused) as caught:
            open_store(copy, KEY, CLOCK)
        assert caught.value.code == "StoreDamaged"
        into = open_store(tmp_path / f"new {number}" / STORE, KEY, CLOCK, create=True)
        assert salvage_journal(copy, KEY, into) >= 19
        into.close()


def test_a_log_cut_off_in_the_middle_of_a_write_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "old" / STORE
    open_store(path, KEY, CLOCK, create=True).close()
    database = open_store(path, KEY, CLOCK)
    enter(database, NAMES[:5])
    raw = {suffix: (path.parent / (STORE + suffix)).read_bytes() for suffix in ("", "-wal")}
    database.close()
    for number, size in enumerate((0, 10, 32, 40, len(raw["-wal"]) - 1, len(raw["-wal"]) - PAGE, 32 + 24 + PAGE)):
        copy = tmp_path / f"copy {number}" / STORE
        copy.parent.mkdir()
        copy.write_bytes(raw[""])
        copy.with_name(STORE + "-wal").write_bytes(raw["-wal"][:size])
        assert wal_damage(copy) is None
        with_part = open_store(copy, KEY, CLOCK)
        assert list(entered(with_part)) == NAMES[: len(entered(with_part))]
        with_part.close()


def test_a_log_whose_frames_name_absurd_pages_costs_no_time(tmp_path: Path, into: LocalDatabase) -> None:
    path = tmp_path / "old" / STORE
    open_store(path, KEY, CLOCK, create=True).close()
    database = open_store(path, KEY, CLOCK)
    enter(database, NAMES[:3])
    raw = {suffix: bytearray((path.parent / (STORE + suffix)).read_bytes()) for suffix in ("", "-wal")}
    database.close()
    raw["-wal"][32:36] = b"\xff\xff\xff\xff"
    copy = tmp_path / "copy" / STORE
    copy.parent.mkdir()
    for suffix, content in raw.items():
        (copy.parent / (STORE + suffix)).write_bytes(content)
    assert salvage_journal(copy, KEY, into) >= 2


def test_what_was_never_committed_does_not_come_back(tmp_path: Path, into: LocalDatabase) -> None:
    path = tmp_path / "old" / STORE
    open_store(path, KEY, CLOCK, create=True).close()
    connection = store_file.connect(path, PageKeys.of(KEY))
    connection.execute("PRAGMA cache_size = 5")  # so that it writes to the log before it commits
    columns = ("id", "user_id", "clinic_id", "email", "name", "roles", "workstation", "kind")
    marks = ", ".join("'x'" for _ in columns[1:])
    connection.execute("BEGIN IMMEDIATE")
    for number in range(200):
        connection.execute(
            f"INSERT INTO journal ({', '.join(columns)}, payload, payload_hash, schema_version, client_version, "
            f"occurred_at, state) VALUES (?, {marks}, ?, ?, 1, 1, 'x', 'PENDING')",
            (f"unsaid {number}", WORD * 10, sha256((WORD * 10).encode()).hexdigest()),
        )
    raw = {suffix: (path.parent / (STORE + suffix)).read_bytes() for suffix in ("", "-wal")}
    connection.execute("ROLLBACK")
    connection.close()
    assert len(raw["-wal"]) > 20 * PAGE
    copy = tmp_path / "copy" / STORE
    copy.parent.mkdir()
    for suffix, content in raw.items():
        (copy.parent / (STORE + suffix)).write_bytes(content)
    assert salvage_journal(copy, KEY, into) == 0

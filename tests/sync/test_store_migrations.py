"""The store's own migrations: the tables they make, each step whole or not at all, newer stores refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlcipher3.dbapi2
from sqlalchemy import Connection, insert, select, text

from app.db.local import LocalDatabase
from app.db.people import Provider
from app.kernel.errors import Refused
from app.sync import file, meta, store_migrations
from app.sync.cipher import PageKeys
from app.sync.file import STORE, open_store
from app.sync.store_migrations import local_migrations, migrate, statements, store_version
from app.sync.tables import metadata
from tests.support.kill_steps import steps
from tests.support.store_rows import CLOCK, KEY, NOW, enter, entered


def shape(connection: Connection) -> dict[str, object]:
    """Columns and indexes of the journal and its neighbours, as SQLite sees them."""
    found: dict[str, object] = {}
    for table in metadata.sorted_tables:
        ask = connection.exec_driver_sql
        found[table.name] = [tuple(row) for row in ask(f"PRAGMA table_info({table.name})")]
        for index in ask(f"PRAGMA index_list({table.name})").all():
            columns = [row[2] for row in ask(f"PRAGMA index_info({index[1]})")]
            found[f"{table.name} {columns}"] = (index[2], index[3])
    return found


def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    migrated = LocalDatabase(CLOCK)
    migrate(migrated)
    made = LocalDatabase(CLOCK)
    with made.applying() as session:
        metadata.create_all(session.connection())
    with migrated.reading() as one, made.reading() as other:
        assert shape(one.connection()) == shape(other.connection())
    migrated.close()
    made.close()


def test_a_new_store_has_the_last_version_and_opening_again_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / STORE
    database = open_store(path, KEY, CLOCK, create=True)
    assert store_version(database) == max(local_migrations())
    database.close()
    database = open_store(path, KEY, CLOCK)
    with database.reading() as session:
        before = session.execute(text("SELECT count(*) FROM sqlite_master WHERE type = 'trigger'")).scalar_one()
    assert before > 100
    database.close()


def test_a_store_of_a_newer_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / STORE
    database = open_store(path, KEY, CLOCK, create=True)
    enter(database, ["one"])
    with database.applying() as session:
        session.execute(text("UPDATE store_version SET version = 99"))
        session.execute(text("ALTER TABLE journal ADD COLUMN of_the_future TEXT"))
    database.close()
    before = path.read_bytes()
    with pytest.raises(Refused) as caught:
        open_store(path, KEY, CLOCK)
    assert caught.value.code == "StoreTooNew"
    assert (caught.value.data["found"], caught.value.data["known"]) == (99, max(local_migrations()))
    assert path.read_bytes() == before


def later(folder: Path) -> dict[int, Path]:
    """The program's migrations and two of a later version."""
    folder.mkdir(exist_ok=True)
    second = folder / "0002_more.sql"
    second.write_text(
        "ALTER TABLE journal ADD COLUMN mood TEXT;\nCREATE TABLE half (a TEXT); -- half of it\n"
        "INSERT INTO half VALUES ('a;b');"
    )
    third = folder / "0003_moods.sql"
    third.write_text("UPDATE journal\nSET mood = 'good; mostly';\nDELETE FROM half;\n-- the end\n")
    return {**local_migrations(), 2: second, 3: third}


def test_steps_are_applied_in_order_and_keep_the_journal(tmp_path: Path) -> None:
    database = open_store(tmp_path / STORE, KEY, CLOCK, create=True)
    enter(database, ["one"])
    migrate(database, later(tmp_path / "later"))
    assert store_version(database) == 3
    assert list(entered(database)) == ["one"]
    with database.reading() as session:
        assert session.execute(text("SELECT mood FROM journal")).scalar_one() == "good; mostly"
    migrate(database, later(tmp_path / "later"))
    database.close()


@pytest.mark.parametrize("broken", [2, 3])
def test_a_step_that_fails_leaves_nothing_of_itself(tmp_path: Path, broken: int) -> None:
    database = open_store(tmp_path / STORE, KEY, CLOCK, create=True)
    files = later(tmp_path / "later")
    good = files[broken].read_text()
    files[broken].write_text(good + "\nINSERT INTO no_such_table VALUES (1);")
    with pytest.raises(Exception, match="no_such_table"):
        migrate(database, files)
    assert store_version(database) == broken - 1
    with database.reading() as session:
        tables = session.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'half'")).scalar_one()
    assert tables == (0 if broken == 2 else 1)
    files[broken].write_text(good)
    migrate(database, files)
    assert store_version(database) == 3
    database.close()


def upgrade_and_die(path: str, folder: str) -> None:
    """Migrate, and be killed at one of the statements (``os.replace`` is what the helper counts)."""
    from sqlalchemy import event

    database = open_store(Path(path), KEY, CLOCK)
    marker = Path(folder) / "marker"

    def touch() -> None:
        marker.touch()
        marker.replace(marker)

    def before(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("PRAGMA", "SELECT", "BEGIN", "DROP TRIGGER", "CREATE TRIGGER")):
            touch()

    event.listen(database.engine, "before_cursor_execute", before)
    event.listen(database.engine, "commit", lambda _: touch())
    migrate(database, later(Path(folder)))
    database.close()


def test_a_kill_at_any_statement_leaves_the_step_before_or_after(tmp_path: Path) -> None:
    path = tmp_path / STORE
    database = open_store(path, KEY, CLOCK, create=True)
    enter(database, ["one"])
    database.close()
    raw = path.read_bytes()
    seen = set()
    for step in steps("tests.sync.test_store_migrations:upgrade_and_die", str(path), str(tmp_path / "later")):
        database = open_store_of_any_version(path)
        version = store_version(database)
        seen.add(version)
        with database.reading() as session:
            columns = [row[1] for row in session.connection().exec_driver_sql("PRAGMA table_info(journal)")]
            half = session.execute(text("SELECT count(*) FROM sqlite_master WHERE name = 'half'")).scalar_one()
        assert ("mood" in columns, half) == ((False, 0) if version == 1 else (True, 1)), step
        migrate(database, later(tmp_path / "later"))
        assert store_version(database) == 3
        assert list(entered(database)) == ["one"]
        database.close()
        for found in tmp_path.glob(f"{STORE}*"):
            found.unlink()
        path.write_bytes(raw)
        if version == 3:
            break
    assert seen == {1, 2, 3}


def open_store_of_any_version(path: Path) -> LocalDatabase:
    return LocalDatabase(CLOCK, creator=lambda: file.connect(path, PageKeys.of(KEY)), module=sqlcipher3.dbapi2)


def test_a_changed_mirror_keeps_its_rows_and_asks_for_a_snapshot(tmp_path: Path) -> None:
    path = tmp_path / STORE
    database = open_store(path, KEY, CLOCK, create=True)
    enter(database, ["one"])
    with database.applying() as session:
        session.execute(insert(Provider).values(id="p1", name="Dr. Ayo", clinic_id="c1", user_id="u1", updated_at=NOW))
        connection = session.connection()
        for key, value in ((meta.CURSOR, [7, 1]), (meta.GENERATION, 12)):
            meta.put(connection, key, value)
        connection.exec_driver_sql("ALTER TABLE providers RENAME COLUMN user_id TO owner")  # as an older program had it
        connection.exec_driver_sql("ALTER TABLE providers ADD COLUMN fax TEXT")
        connection.exec_driver_sql("INSERT INTO undo (entry, table_name, key) VALUES (1, 'providers', 'p1')")
    database.close()
    database = open_store(path, KEY, CLOCK)
    with database.reading() as session:
        connection = session.connection()
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(providers)")]
        assert columns == [column.name for column in Provider.__table__.columns]
        assert session.execute(select(Provider.id)).scalars().all() == ["p1"]
        assert meta.get(connection, meta.CURSOR) is None
        assert meta.get(connection, meta.GENERATION) == 12
        assert connection.exec_driver_sql("SELECT count(*) FROM undo").scalar_one() == 0
        triggers = connection.exec_driver_sql(
            "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'providers'"
        ).scalar_one()
        assert triggers >= 3
        assert connection.exec_driver_sql("PRAGMA foreign_key_list(visits)").all()
    assert list(entered(database)) == ["one"]
    database.close()


def test_statements_are_told_apart() -> None:
    script = "-- first; a note\nCREATE TABLE a (x TEXT DEFAULT ';');\nINSERT INTO a VALUES ('it''s; so');\n-- end\n"
    assert [one.splitlines()[-1] for one in statements(script)] == [
        "CREATE TABLE a (x TEXT DEFAULT ';');",
        "INSERT INTO a VALUES ('it''s; so');",
    ]
    with pytest.raises(ValueError, match="no end"):
        list(statements("CREATE TABLE a (x TEXT)"))


def test_a_missing_number_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "local").mkdir()
    (tmp_path / "local" / "0001_a.sql").touch()
    (tmp_path / "local" / "0003_c.sql").touch()
    monkeypatch.setattr(store_migrations, "migrations_root", lambda: tmp_path)
    with pytest.raises(ValueError, match="missing"):
        local_migrations()

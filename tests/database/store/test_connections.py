"""The store's connections: readers beside the writer, what each is about, rows of the server."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3.dbapi2
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.db.local import LocalDatabase
from app.db.models import Clinic, Provider
from app.kernel.clock import FixedClock

NOW = datetime(2031, 5, 5, 9, 0, tzinfo=UTC)
ABOUT = text("SELECT mha_user(), mha_command(), mha_tracks(), mha_entry()")
NOBODY = (None, None, 1, 0)


@pytest.fixture(params=["memory", "file"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LocalDatabase]:
    database = _in_file(tmp_path) if request.param == "file" else LocalDatabase(FixedClock(NOW))
    database.create()
    yield database
    database.close()


@pytest.fixture
def in_file(tmp_path: Path) -> Iterator[LocalDatabase]:
    database = _in_file(tmp_path)
    database.create()
    yield database
    database.close()


def _in_file(folder: Path) -> LocalDatabase:
    key = "ab" * 32

    def connect() -> Any:
        connection = sqlcipher3.dbapi2.connect(str(folder / "store.db"), check_same_thread=False)
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
        return connection

    return LocalDatabase(FixedClock(NOW), creator=connect, module=sqlcipher3.dbapi2)


def _clinic(session: Session, name: str = "C") -> None:
    session.execute(insert(Clinic).values(id=name, name=name, updated_at=NOW))


def _fail_after_writing(database: LocalDatabase) -> None:
    with database.transaction("u") as session:
        _clinic(session)
        raise ZeroDivisionError


def _names(session: Session) -> list[str]:
    return list(session.execute(select(Clinic.name).order_by(Clinic.id)).scalars())


def test_a_transaction_tells_who_acts_and_forgets_it(database: LocalDatabase) -> None:
    with database.transaction("u-1", command_id="c-1", entry=7) as session:
        assert session.execute(ABOUT).one() == ("u-1", "c-1", 1, 7)
    with database.applying() as session:
        assert session.execute(ABOUT).one() == (None, None, 0, 0)
    with pytest.raises(ZeroDivisionError), database.transaction("u-2"):
        raise ZeroDivisionError
    with database.reading() as session:
        assert session.execute(ABOUT).one() == NOBODY


def test_what_fails_leaves_nothing(database: LocalDatabase) -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_after_writing(database)
    with database.transaction("u") as session:
        _clinic(session, "D")
    with database.reading() as session:
        assert _names(session) == ["D"]


def test_rows_of_the_server_come_in_any_order(database: LocalDatabase) -> None:
    orphan = insert(Provider).values(name="D", clinic_id="not yet here", updated_at=NOW)
    with database.applying() as session:
        session.execute(orphan.values(id="d-1"))
    with database.transaction("u") as session, pytest.raises(IntegrityError):
        session.execute(orphan.values(id="d-2"))


def test_a_reader_cannot_write(database: LocalDatabase) -> None:
    with pytest.raises(OperationalError), database.reading() as session:
        _clinic(session)
    with database.transaction("u") as session:
        _clinic(session)


def test_a_transaction_inside_another_is_told_apart(database: LocalDatabase) -> None:
    with database.transaction("u") as session:
        _clinic(session)
        with pytest.raises(RuntimeError), database.transaction("u"):
            pass
    with database.reading() as session:
        assert _names(session) == ["C"]


def test_readers_go_on_beside_the_writer(in_file: LocalDatabase) -> None:
    with in_file.transaction("u-writer", command_id="c") as writer:
        _clinic(writer)
        with in_file.reading() as reader:
            assert _names(reader) == []
            assert reader.execute(ABOUT).one() == NOBODY
            writer.commit()
            assert _names(reader) == []  # still the state that it began with
    with in_file.reading() as reader:
        assert _names(reader) == ["C"]


def test_writers_wait_for_one_another(database: LocalDatabase) -> None:
    with database.transaction("u") as session:
        _clinic(session)
    problems: list[BaseException] = []

    def add_one(user: str) -> None:
        try:
            for _ in range(10):
                with database.transaction(user) as session:
                    name = session.execute(select(Clinic.name)).scalar_one()
                    assert session.execute(ABOUT).one()[0] == user
                    session.execute(update(Clinic).values(name=f"{name}x"))
        except BaseException as error:  # noqa: BLE001 - shown by the test's own thread
            problems.append(error)

    threads = [threading.Thread(target=add_one, args=(f"u-{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with database.reading() as session:
        assert _names(session) == ["C" + 40 * "x"]


def test_errors_of_the_driver_are_wrapped_and_the_file_is_unreadable(in_file: LocalDatabase, tmp_path: Path) -> None:
    with in_file.transaction("u") as session:
        _clinic(session, "Harbor Street")
    with pytest.raises(IntegrityError), in_file.transaction("u") as session:
        _clinic(session, "Harbor Street")
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert stored
    assert b"Harbor" not in stored
    with in_file.reading() as session:
        assert session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
        assert session.execute(text("PRAGMA synchronous")).scalar_one() == 2


def test_a_connection_at_work_closes_when_it_comes_back(in_file: LocalDatabase, tmp_path: Path) -> None:
    with in_file.reading() as session:
        _names(session)
        in_file.close()
    assert not (tmp_path / "store.db-wal").exists()

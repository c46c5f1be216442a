"""What the store searches with follows the patients, row by row and after very many at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import delete, insert, inspect, select, text, update

from app.commands.local_store import LocalStore
from app.db import local_triggers
from app.db.local import LocalDatabase
from app.db.models import Patient, PatientDetail, PatientSearch, User
from app.kernel.clock import FixedClock
from app.queries.patients import search_patients
from tests.support.crowd import fill, insert_people, make_crowd
from tests.support.desk import NOW, Desk, seed

TEXTS = ("maria", "m", "gonz", "kowalzka", "nzal", "415", "1962", "A00012", "李", "maria gonzales")


@pytest.fixture
def store() -> Iterator[tuple[LocalDatabase, Desk]]:
    database = LocalDatabase(FixedClock(NOW))
    database.create()
    with database.transaction(None) as session:
        seed(session)
    desk = Desk(database.engine, lambda _: LocalStore(database), online=False, clock=FixedClock(NOW))
    yield database, desk
    desk.close()


def found(desk: Desk, text: str) -> list[tuple[str, float]]:
    return [(hit.id, hit.score) for hit in desk.desk.ask(search_patients, text=text, limit=50).items]


def indexed(database: LocalDatabase) -> dict[str, Any]:
    """Everything but how often names occur, which row by row isn't counted, and the indexes' own layout."""
    statements = {
        "rows": "SELECT patient_id, clinic_id, folded, sort_key, birth_date, phones, mrn FROM patient_search "
        "ORDER BY 1",
        "names": "SELECT clinic_id, name FROM search_name ORDER BY 1, 2",
        "parts": "SELECT name, clinic_id FROM search_name_parts ORDER BY 1",
        "typos": "SELECT * FROM search_typo ORDER BY 1, 2, 3",
    }
    with database.reading() as session:
        return {name: session.execute(text(sql)).all() for name, sql in statements.items()}


def test_many_at_once_are_indexed_as_one_by_one(store: tuple[LocalDatabase, Desk]) -> None:
    database, desk = store
    people = make_crowd(300)
    with database.applying() as session:
        insert_people(session, people)
    by_row = indexed(database), [found(desk, text) for text in TEXTS]
    assert sum(map(len, by_row[1])) > 100
    with database.applying() as session:
        local_triggers.drop(session.connection())
        local_triggers.rebuild_search(session.connection())
        local_triggers.install(session.connection())
    assert (indexed(database), [found(desk, text) for text in TEXTS]) == by_row


def test_what_changes_is_found_anew_and_no_more_as_before(store: tuple[LocalDatabase, Desk]) -> None:
    database, desk = store
    fill(desk, make_crowd(50))
    with database.applying() as session:
        session.execute(update(Patient).where(Patient.id == "pat-roux").values(last_name="Quixote", demographics=None))
    assert [one for one, _ in found(desk, "quixote")] == ["pat-roux"]
    assert [one for one, _ in found(desk, "quixoet")] == ["pat-roux"]
    assert "pat-roux" not in [one for one, _ in found(desk, "roux")]
    assert "pat-roux" not in [one for one, _ in found(desk, "5550163")]


def test_who_is_gone_is_found_no_more(store: tuple[LocalDatabase, Desk]) -> None:
    """While rows of the server are applied nothing cascades: search looks after itself."""
    database, desk = store
    with database.applying() as session:
        session.execute(delete(Patient).where(Patient.id == "pat-brandt"))
        session.execute(delete(User).where(User.id == "pu-brandt"))
    assert found(desk, "brandt") == []
    with database.reading() as session:
        assert (
            session.execute(select(PatientSearch.patient_id).where(PatientSearch.patient_id == "pat-brandt")).all()
            == []
        )


def test_a_merge_that_is_gone_brings_the_patient_back(store: tuple[LocalDatabase, Desk]) -> None:
    database, desk = store
    merged = {"patient_id": "pat-lis", "merged_into": "pat-roux", "updated_at": NOW}
    with database.applying() as session:
        session.execute(insert(PatientDetail).values(**merged))
    assert found(desk, "zygmunt") == []
    with database.applying() as session:
        session.execute(delete(PatientDetail).where(PatientDetail.patient_id == "pat-lis"))
    assert [one for one, _ in found(desk, "zygmunt")] == ["pat-lis"]


def test_the_indexes_outlive_a_vacuum(store: tuple[LocalDatabase, Desk]) -> None:
    database, desk = store
    fill(desk, make_crowd(120))
    with database.applying() as session:
        session.execute(delete(Patient).where(Patient.id < "c-00060", Patient.id >= "c-"))
    before = [found(desk, text) for text in TEXTS]
    with database.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute("PRAGMA query_only = OFF")
        driver.execute("VACUUM")
    assert [found(desk, text) for text in TEXTS] == before


def test_patient_search_has_the_columns_of_the_mapped_class(store: tuple[LocalDatabase, Desk]) -> None:
    """The store makes this table itself, to number its rows."""
    columns = inspect(store[0].engine).get_columns("patient_search")
    assert [column["name"] for column in columns] == ["n", *(column.name for column in PatientSearch.__table__.columns)]
    assert {column["name"]: column["nullable"] for column in columns if column["name"] != "n"} == {
        column.name: bool(column.nullable) for column in PatientSearch.__table__.columns
    }

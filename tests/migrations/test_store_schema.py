"""The same mapped classes make the workstation's store on SQLite, and nobody loads secrets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, create_engine, insert, inspect, select
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import Session, configure_mappers

from app.db.models import DeviceConnection, Measurement, Patient, Provider, RefreshToken, SlotDetail, User, metadata
from app.domain.enums import DeviceProvider, SlotOrigin

NOW = datetime(2026, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
MIRRORED = [table for table in metadata.tables.values() if not table.info.get("server_only")]


@pytest.fixture
def store() -> Iterator[Connection]:
    engine = create_engine("sqlite://").execution_options(schema_translate_map={"desktop": None})
    with engine.connect() as connection:
        metadata.create_all(connection, tables=MIRRORED)
        yield connection


def test_names_are_unique_across_both_schemas() -> None:
    names = [table.name for table in metadata.tables.values()]
    assert len(names) == len(set(names))
    configure_mappers()
    assert {table.name for table in metadata.tables.values() if table.info.get("server_only")} == {
        "slot_claim",
        "change",
        "audit",
        "account_log",
        "discarded_command",
        "lab_message",
        "rule_version",
        "rule_run",
        "rule_run_rule",
        "held_message",
        "unread_message",
    }


def test_every_mirrored_table_is_made(store: Connection) -> None:
    made = inspect(store)
    assert set(made.get_table_names()) == {table.name for table in MIRRORED}
    for table in MIRRORED:
        assert [column["name"] for column in made.get_columns(table.name)] == [c.name for c in table.columns]


def test_columns_that_the_database_fills_read_like_written_ones(store: Connection) -> None:
    store.execute(
        insert(Measurement).values(
            id="m",
            patient_id="p",
            type="WEIGHT",
            value=70.5,
            timestamp=NOW,
            source="MANUAL",
            metadata_={"visitId": "v"},
        )
    )
    row = store.execute(select(Measurement.created_at, Measurement.value, Measurement.metadata_)).one()
    assert row.created_at.tzinfo is UTC
    assert abs((datetime.now(UTC) - row.created_at).total_seconds()) < 60
    assert (row.value, row.metadata_) == (70.5, {"visitId": "v"})
    stored = store.exec_driver_sql("SELECT created_at FROM measurements").scalar_one()
    assert len(stored) == len("2026-01-02 03:04:05.678")


def test_camel_case_columns_go_by_their_snake_case_names(store: Connection) -> None:
    store.execute(insert(Provider).values(id="d", name="Dr A", telemed_enabled=False, updated_at=NOW))
    assert store.execute(select(Provider.telemed_enabled, Provider.specialties)).one() == (False, ())
    assert store.exec_driver_sql('SELECT "telemedEnabled", specialties FROM providers').one() == (0, "[]")


def test_tables_of_ours_are_found_without_their_schema(store: Connection) -> None:
    store.execute(insert(SlotDetail).values(slot_id="s", origin=SlotOrigin.MADE, updated_at=NOW))
    assert store.execute(select(SlotDetail.origin, SlotDetail.overbook)).one() == (SlotOrigin.MADE, False)


def test_secret_columns_can_be_written_but_are_never_loaded(store: Connection) -> None:
    """Not by loading a whole row, and not later through the loaded object either."""
    connection = {"external_id": "x", "access_token": "secret", "refresh_token": "secret", "updated_at": NOW}
    store.execute(insert(User).values(id="u", email="e", password_hash="secret", role="PATIENT", updated_at=NOW))
    store.execute(insert(RefreshToken).values(id="t", user_id="u", token="secret", expires_at=NOW))
    store.execute(insert(DeviceConnection).values(id="d", patient_id="p", provider=DeviceProvider.OURA, **connection))
    secrets = ((User, "password_hash"), (RefreshToken, "token"), (DeviceConnection, "access_token"))
    with Session(store) as session:
        for model, secret in secrets:
            statement = select(model)
            assert f"{model.__tablename__}.{secret}" not in str(statement)
            loaded = session.execute(statement).scalar_one()
            with pytest.raises(InvalidRequestError, match="raiseload"):
                getattr(loaded, secret)


def test_an_own_list_is_made_for_each_row(store: Connection) -> None:
    for n in ("1", "2"):
        store.execute(insert(Patient).values(id=n, user_id=n, clinic_id="c", updated_at=NOW))
    assert store.execute(select(Patient.flags, Patient.demographics)).all() == [((), None)] * 2

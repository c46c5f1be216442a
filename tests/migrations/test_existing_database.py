"""A database that the backend has made and filled: taken as it is, or refused with each difference named."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest

from app.db.drift import read_schema
from app.kernel.errors import Refused
from app.setup.migrate import upgrade
from tests.migrations import prisma

Run = Callable[..., list[tuple[object, ...]]]

_ROWS = """
CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL);
INSERT INTO _prisma_migrations VALUES ('1', 'c');
INSERT INTO clinics (id, name, updated_at) VALUES ('c1', 'Harbour', '2026-01-02 03:04:05.678');
INSERT INTO users (id, email, password_hash, role, clinic_id, patient_id, updated_at)
    VALUES ('u1', 'p@example.org', '$2b$10$x', 'PATIENT', 'c1', 'p1', '2026-01-02');
INSERT INTO patients (id, user_id, clinic_id, first_name, date_of_birth, flags, updated_at)
    VALUES ('p1', 'u1', 'c1', 'Zoë', '1980-02-29', NULL, '2026-01-02');
INSERT INTO providers (id, name, specialties, clinic_id, updated_at) VALUES ('d1', 'Dr A', '{GP}', 'c1', '2026-01-02');
INSERT INTO visit_slots (id, provider_id, start_time, end_time, visit_mode, status, updated_at)
    VALUES ('s1', 'd1', '2026-03-01 09:00', '2026-03-01 09:20', 'IN_PERSON', 'BOOKED', '2026-01-02');
INSERT INTO visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text, updated_at)
    VALUES ('v1', 'p1', 'd1', 's1', 'SCHEDULED', 'IN_PERSON', 'check', '2026-01-02');
"""


def _fill(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(prisma.parse_model().ddl().encode())
        connection.execute(_ROWS.encode())


def test_our_reading_of_the_backends_ddl_yields_the_facts(each_owner_url: str) -> None:
    _fill(each_owner_url)
    with psycopg.connect(each_owner_url) as connection:
        connection.execute("DROP TABLE _prisma_migrations")
        assert read_schema(connection) == prisma.parse_model().facts()


def test_a_filled_database_is_upgraded_and_keeps_its_rows(each_owner_url: str, run_sql: Run) -> None:
    _fill(each_owner_url)
    tables = ["clinics", "users", "patients", "providers", "visit_slots", "visits", "_prisma_migrations"]
    before = [run_sql(each_owner_url, f"SELECT * FROM {table}") for table in tables]
    assert upgrade(each_owner_url).current
    assert [run_sql(each_owner_url, f"SELECT * FROM {table}") for table in tables] == before
    assert run_sql(each_owner_url, "SELECT count(*) FROM desktop.installation") == [(1,)]


def test_a_column_that_came_later_may_stand_last(empty_owner_url: str, run_sql: Run) -> None:
    _fill(empty_owner_url)
    run_sql(empty_owner_url, "ALTER TABLE clinics DROP COLUMN branding_config")
    run_sql(empty_owner_url, "ALTER TABLE clinics ADD COLUMN branding_config jsonb")
    assert upgrade(empty_owner_url).current


DRIFTS = {
    "ALTER TABLE visits ADD COLUMN extra text": ["column visits.extra should not be there"],
    "ALTER TABLE messages DROP COLUMN read_at": ["column messages.read_at is missing"],
    "ALTER TABLE users ALTER COLUMN email DROP NOT NULL": ["column users.email is text, but should be text not null"],
    "ALTER TABLE alerts ALTER COLUMN status SET DEFAULT 'NEW'": [
        "column alerts.status is text not null default 'NEW'::text, but should be text not null default 'ACTIVE'::text"
    ],
    "ALTER TABLE patients ALTER COLUMN date_of_birth TYPE date": [
        "column patients.date_of_birth is date, but should be timestamp(3) without time zone"
    ],
    "DROP INDEX visits_slot_id_key": ["index visits_slot_id_key is missing"],
    "ALTER INDEX visits_slot_id_key RENAME TO one_visit": [
        "index one_visit should not be there",
        "index visits_slot_id_key is missing",
    ],
    "ALTER TABLE clinics ADD CHECK (name <> '')": [
        "constraint clinics.clinics_name_check should not be there",
    ],
    "ALTER TABLE patients DROP CONSTRAINT patients_user_id_fkey, ADD CONSTRAINT patients_user_id_fkey"
    " FOREIGN KEY (user_id) REFERENCES users(id) ON UPDATE CASCADE ON DELETE CASCADE": [
        (
            "constraint patients.patients_user_id_fkey is"
            " FOREIGN KEY (user_id) REFERENCES users(id) ON UPDATE CASCADE ON DELETE CASCADE, but should be"
            " FOREIGN KEY (user_id) REFERENCES users(id) ON UPDATE CASCADE ON DELETE RESTRICT"
        )
    ],
    "ALTER TYPE \"SlotStatus\" ADD VALUE 'LOST'": [
        "enum SlotStatus is FREE, HELD, BOOKED, BLOCKED, LOST, but should be FREE, HELD, BOOKED, BLOCKED"
    ],
    "CREATE VIEW busy AS SELECT id FROM visits": [
        "column busy.id should not be there",
        "table busy should not be there",
    ],
    "ALTER TABLE messages SET UNLOGGED": ["table messages is table, unlogged, but should be table"],
}


@pytest.mark.parametrize("change", DRIFTS)
def test_a_drifted_database_is_refused_with_the_difference_named(
    empty_owner_url: str, run_sql: Run, change: str
) -> None:
    _fill(empty_owner_url)
    run_sql(empty_owner_url, change)
    with pytest.raises(Refused) as refused:
        upgrade(empty_owner_url)
    assert refused.value.code == "SchemaDrift"
    assert refused.value.data["differences"] == DRIFTS[change]
    assert all(difference in refused.value.message for difference in DRIFTS[change])
    assert run_sql(empty_owner_url, "SELECT to_regnamespace('desktop'), to_regnamespace('mha_expected')") == [
        (None, None)
    ]


def test_half_of_the_tables_is_refused(each_owner_url: str, run_sql: Run) -> None:
    _fill(each_owner_url)
    run_sql(each_owner_url, "DROP TABLE messages; DROP TABLE message_threads")
    with pytest.raises(Refused) as refused:
        upgrade(each_owner_url)
    assert "table messages is missing" in refused.value.data["differences"]
    assert "table message_threads is missing" in refused.value.data["differences"]

"""A clinic with many providers and full days on a PostgreSQL of its own, for the calendar's benchmarks."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.setup.migrate import upgrade
from tests.support.clinics import PASSWORD
from tests.support.desk import CLINIC, NOW, Desk, login_of, make_logins, owner_engine, seed, server_desk
from tests.support.postgres import Server, running_server

PROVIDERS = 20
PATIENTS = 2000
DAYS = 60
VISITS_A_DAY = 500
"""Visits on each of the first days: 25 a provider, on slots of 20 minutes from 06:00 on (UTC)."""

_FILL = """
INSERT INTO providers (id, name, specialties, clinic_id, updated_at)
    SELECT 'bench-p' || n, 'Dr Bench ' || n, '{Family medicine}', :clinic, :now FROM generate_series(1, :providers) n;
INSERT INTO desktop.provider_settings (provider_id, short_name, sort_order, updated_at)
    SELECT 'bench-p' || n, 'Bench ' || n, n, :now FROM generate_series(1, :providers) n;
INSERT INTO users (id, email, password_hash, role, clinic_id, patient_id, updated_at)
    SELECT 'bench-u' || n, 'bench-' || n || '@patients.example', '!', 'PATIENT', :clinic, 'bench-' || n, :now
    FROM generate_series(0, :patients - 1) n;
INSERT INTO patients (id, user_id, clinic_id, first_name, last_name, date_of_birth, demographics, flags, updated_at)
    SELECT 'bench-' || n, 'bench-u' || n, :clinic, initcap(translate(md5('f' || n % 300), '0123456789', 'aeioulmnrs')),
           initcap(left(translate(md5('l' || n), '0123456789', 'aeioulmnrs'), 9)), date '1950-01-01' + n * 11,
           jsonb_build_object('phones', jsonb_build_array(jsonb_build_object('value', '+1 415 555 ' || n))), '{}', :now
    FROM generate_series(0, :patients - 1) n;
INSERT INTO visit_slots (id, provider_id, start_time, end_time, visit_mode, status, updated_at)
    SELECT 'bench-s' || p || '-' || d || '-' || k, 'bench-p' || p, s.start, s.start + interval '20 minutes',
           'IN_PERSON', (CASE WHEN d < 5 AND k < 25 THEN 'BOOKED' ELSE 'FREE' END)::"SlotStatus", :now
    FROM generate_series(1, :providers) p, generate_series(0, :days - 1) d, generate_series(0, 32) k,
         LATERAL (SELECT CAST(:first AS timestamp) + d * interval '1 day' + k * interval '20 minutes' AS start) s;
INSERT INTO desktop.slot_detail (slot_id, origin, updated_at)
    SELECT id, 'grid', :now FROM visit_slots WHERE id LIKE 'bench-s%';
INSERT INTO visits (id, patient_id, provider_id, slot_id, visit_type, visit_mode, reason_text, status, updated_at)
    SELECT 'bench-v' || substr(s.id, 8), 'bench-' || (hashtext(s.id) & 1023), s.provider_id, s.id, 'SCHEDULED',
           'IN_PERSON', 'Follow-up', 'PLANNED', :now
    FROM visit_slots s WHERE s.id LIKE 'bench-s%' AND s.status = 'BOOKED';
INSERT INTO desktop.visit_detail (visit_id, appointment_type_id, minutes, updated_at)
    SELECT id, 't-20', 20, :now FROM visits WHERE id LIKE 'bench-v%';
"""


@dataclass(frozen=True, slots=True)
class BusyClinic:
    """The clinic, ready to be measured."""

    server: Server
    database: str
    desk: Desk

    def staff_url(self, name: str) -> str:
        """The URL with which one of the people signs in."""
        return self.server.url(self.database, login_of(name).login, PASSWORD)

    def patient(self, number: int) -> str:
        """The id of a patient."""
        return f"bench-{number % PATIENTS}"

    def free_slots(self, count: int) -> list[tuple[str, str]]:
        """Ids of FREE slots, with their provider: nearest first, so that days are as full as in life."""
        statement = text(
            "SELECT id, provider_id FROM visit_slots WHERE status = 'FREE' ORDER BY start_time, provider_id LIMIT :n"
        )
        return [(row[0], row[1]) for row in self.desk.rows(statement.bindparams(n=count))]


@contextmanager
def busy_clinic(version: str = "18") -> Iterator[BusyClinic]:
    """Run a cluster with 20 providers, 500 visits a day and 60 days of slots."""
    with tempfile.TemporaryDirectory(prefix="mha-bench-", dir="/tmp") as folder:
        Path(folder).chmod(0o711)
        with running_server(Path(folder) / "cluster", version) as server:
            name = server.create("bench")
            upgrade(server.owner_url(name))
            engine = owner_engine(server, name)
            with Session(engine) as session, session.begin():
                seed(session)
                _fill(session)
            with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM ANALYZE")
            engine.dispose()
            make_logins(server)
            desk = server_desk(server, name)
            yield BusyClinic(server, name, desk)
            desk.close()


def _fill(session: Session) -> None:
    midnight = NOW.replace(hour=6, minute=0, tzinfo=None) + timedelta(days=0)
    values = {
        "clinic": CLINIC, "now": NOW.replace(tzinfo=None), "first": midnight, "providers": PROVIDERS,
        "patients": PATIENTS, "days": DAYS,
    }  # fmt: skip
    for statement in filter(str.strip, _FILL.split(";\n")):
        used = {key: value for key, value in values.items() if f":{key}" in statement}
        session.execute(text(statement).bindparams(**used))

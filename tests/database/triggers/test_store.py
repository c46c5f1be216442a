"""The workstation's store writes visit events and search rows as the server's triggers do."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.orm import Session

from app.db import local_triggers
from app.db.local import LocalDatabase
from app.db.models import (
    Clinic,
    Patient,
    PatientDetail,
    PatientSearch,
    Provider,
    SearchName,
    User,
    Visit,
    VisitDetail,
    VisitEvent,
    VisitSlot,
)
from app.kernel.clock import FixedClock
from tests.database.triggers.base import Base, one

NOW = datetime(2031, 5, 5, 9, 0, 0, 250_000, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def session(clock: FixedClock) -> Iterator[Session]:
    database = LocalDatabase(clock)
    database.create()
    with database.transaction("u-desk") as opened:
        opened.execute(insert(Clinic).values(id="c", name="C", updated_at=NOW))
        opened.execute(
            insert(User).values(id="u", email="u@x", password_hash="!", role="PATIENT", clinic_id="c", updated_at=NOW)
        )
        opened.execute(insert(Provider).values(id="d", name="D", clinic_id="c", updated_at=NOW))
        opened.execute(
            insert(Patient).values(
                id="p", user_id="u", clinic_id="c", first_name="Zoë", last_name="de la Cruz",
                date_of_birth=date(1980, 2, 29), demographics={"phones": ["+1 555 0100"], "mrn": "A-1"}, updated_at=NOW,
            )
        )  # fmt: skip
        yield opened
    database.close()


def _visit(session: Session) -> None:
    session.execute(
        insert(VisitSlot).values(
            id="s", provider_id="d", start_time=NOW, end_time=NOW + timedelta(minutes=20), visit_mode="VIRTUAL",
            status="BOOKED", updated_at=NOW,
        )
    )  # fmt: skip
    session.execute(
        insert(Visit).values(
            id="v", patient_id="p", provider_id="d", slot_id="s", visit_type="SCHEDULED", visit_mode="VIRTUAL",
            reason_text="", status="PLANNED", updated_at=NOW,
        )
    )  # fmt: skip


def _events(session: Session) -> list[Any]:
    found = select(VisitEvent.id, VisitEvent.status, VisitEvent.at, VisitEvent.by_user, VisitEvent.reason)
    return list(session.execute(found.order_by(VisitEvent.at)).all())


def test_events_are_those_of_the_server_to_the_id(session: Session, clock: FixedClock, shared: Base) -> None:
    _visit(session)
    session.execute(update(Visit).values(status="CHECKED_IN", updated_at=NOW + timedelta(milliseconds=7)))
    session.execute(update(Visit).values(reason_text="no event", updated_at=NOW + timedelta(milliseconds=8)))
    session.execute(insert(VisitDetail).values(visit_id="v", cancel_reason="ill", updated_at=NOW))
    session.execute(update(Visit).values(status="CANCELLED"))  # forgets updated_at
    events = _events(session)
    assert [(e.status, e.by_user, e.reason) for e in events] == [
        ("PLANNED", "u-desk", None), ("CHECKED_IN", "u-desk", None), ("CANCELLED", "u-desk", "ill"),
    ]  # fmt: skip
    assert [e.at - NOW for e in events] == [timedelta(), timedelta(milliseconds=7), timedelta(milliseconds=9)]
    server = shared.owner()
    for event in events:
        naive = event.at.replace(tzinfo=None)
        assert one(server, "SELECT desktop.visit_event_id('v', %s, %s)", (event.status, naive)) == (event.id,)


def test_rows_that_come_from_the_server_bring_their_own_events(session: Session, clock: FixedClock) -> None:
    raw = session.connection().connection.driver_connection
    local_triggers.register_functions(raw, clock, lambda: "u-desk", tracks=lambda: False)
    _visit(session)
    assert _events(session) == []


def test_search_rows_follow_the_patient(session: Session) -> None:
    row = session.execute(select(PatientSearch)).scalar_one()
    assert (row.folded, row.sort_key, row.phones, row.mrn, row.birth_date) == (
        " zoe de la cruz delacruz ", "de la cruz  zoe", " 15550100 ", "a1", date(1980, 2, 29),
    )  # fmt: skip
    assert set(session.execute(select(SearchName.name)).scalars()) == {"zoe", "de", "la", "cruz", "delacruz"}
    session.execute(update(Patient).values(last_name="Łuk", date_of_birth=None, demographics=None))
    session.expire_all()
    row = session.execute(select(PatientSearch)).scalar_one()
    assert (row.folded, row.phones, row.mrn, row.birth_date) == (" zoe luk ", "", "", None)


def test_a_merged_patient_is_not_found_until_the_merge_is_undone(session: Session) -> None:
    session.execute(insert(PatientDetail).values(patient_id="p", merged_into="other", updated_at=NOW))
    assert session.execute(select(PatientSearch.patient_id)).all() == []
    session.execute(update(Patient).values(first_name="Changed"))
    assert session.execute(select(PatientSearch.patient_id)).all() == []
    session.execute(update(PatientDetail).values(merged_into=None))
    assert session.execute(select(PatientSearch.folded)).scalar_one() == " changed de la cruz delacruz "


def test_broken_json_stops_nothing(session: Session) -> None:
    session.execute(text("UPDATE patients SET demographics = '{broken'"))
    assert session.execute(select(PatientSearch.phones, PatientSearch.mrn)).one() == ("", "")


def test_installing_twice_changes_nothing(session: Session) -> None:
    before = session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1")).all()
    local_triggers.install(session.connection())
    assert (
        session.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY 1")).all() == before
    )

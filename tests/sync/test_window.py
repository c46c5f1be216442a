"""The days that are kept move with the day; what comes back from outside brings what belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.commands.patients import EditPatient, FieldChange
from app.domain.enums import VisitStatus
from app.domain.mirror_scope import AHEAD, BACK, READINGS_BACK
from app.sync import meta
from app.sync.journal import KEPT
from app.sync.window import widen
from tests.support.desk import DAY, Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]

OF_A_VISIT = ("visit_slots", "slot_detail", "visits", "visit_detail", "visit_event")


READING = """
INSERT INTO measurements (id, patient_id, type, value, source, "timestamp", created_at)
VALUES (:id, 'pat-lis', 'WEIGHT', '{"value": 80}', 'MANUAL', :at, :at)
"""


def edit(field: str, old: object, new: object) -> EditPatient:
    return EditPatient(patient_id="pat-lis", changes=(FieldChange(field, old, new),))


def counts(here: Station) -> dict[str, int]:
    return {table: here.count(table) for table in OF_A_VISIT}


@pytest.fixture
def old(clinic: Desk) -> tuple[str, str]:
    """A visit that was over long ago, with everything that belongs to it; returns slot and visit."""
    slot = clinic.slot("09:00", day=DAY - 2 * BACK)
    visit = clinic.backend_visit(slot, "brandt")
    clinic.write(
        text("INSERT INTO desktop.visit_detail (visit_id, updated_at) VALUES (:id, now())").bindparams(id=visit),
        text("UPDATE visits SET status = 'COMPLETED' WHERE id = :id").bindparams(id=visit),
    )
    return slot, visit


@pytest.mark.parametrize("status", [VisitStatus.COMPLETED, VisitStatus.IN_PROGRESS])
def test_an_old_visit_that_changes_brings_what_belongs_to_it(
    clinic: Desk, station: Enter, old: tuple[str, str], status: VisitStatus
) -> None:
    here = station()
    assert set(counts(here).values()) == {0}
    clinic.write(text("UPDATE visits SET reason_text = 'again', status = :to").bindparams(to=status))
    here.engine.sync_now()
    assert counts(here) == {table: len(clinic.rows(text(f"SELECT 1 FROM {name_of(table)}"))) for table in OF_A_VISIT}
    assert differences(here) == []


def name_of(table: str) -> str:
    return table if table in ("visits", "visit_slots") else f"desktop.{table}"


def test_a_slot_that_is_moved_into_the_kept_days_brings_its_visit(
    clinic: Desk, station: Enter, old: tuple[str, str]
) -> None:
    here = station()
    clinic.write(text("UPDATE visit_slots SET start_time = start_time + interval '60 days', "
                      "end_time = end_time + interval '60 days'"))  # fmt: skip
    here.engine.sync_now()
    assert here.count("visits") == 1
    assert differences(here) == []


def test_days_come_in_as_time_goes_on_and_what_falls_out_goes(clinic: Desk, station: Enter) -> None:
    today, far = clinic.slot("11:00"), clinic.slot("11:00", day=DAY + AHEAD + timedelta(days=3))
    clinic.backend_visit(today)
    here = station()
    assert [row.id for row in here.rows(text("SELECT id FROM visit_slots"))] == [today]
    clinic.write(text("UPDATE visits SET status = 'COMPLETED'"))
    for days in (2, 3, BACK.days):
        clinic.pass_time(timedelta(days=days))
        here.engine.sync_now()
    assert {row.id for row in here.rows(text("SELECT id FROM visit_slots"))} == {far}
    assert counts(here) == {"visit_slots": 1, "slot_detail": 1, "visits": 0, "visit_detail": 0, "visit_event": 0}
    assert differences(here) == []
    clinic.write(text("UPDATE visits SET reason_text = 'said later'"))
    here.engine.sync_now()
    assert here.count("visits") == 1, "what changes comes back, with what belongs to it"
    assert differences(here) == []
    clinic.pass_time(timedelta(days=1))
    here.engine.sync_now()
    assert here.count("visits") == 0
    with here.local.reading() as session:
        first, last = meta.get(session.connection(), meta.WINDOW)
    now = clinic.clock.now().date()
    assert (first, last) == ((now - BACK).isoformat(), (now + AHEAD).isoformat())


def test_open_visits_stay_and_nothing_goes_while_something_waits(clinic: Desk, station: Enter) -> None:
    ended, still = clinic.slot("11:00"), clinic.slot("12:00")
    clinic.backend_visit(ended)
    clinic.write(text("UPDATE visits SET status = 'COMPLETED'"))
    clinic.backend_visit(still, "brandt")
    here = station()
    here.cut()
    here.run(edit("lastName", "Lis", "Mine"))
    clinic.desk2.run(edit("lastName", "Lis", "Theirs"))
    clinic.pass_time(BACK + timedelta(days=5))
    assert here.mend().needs_attention == 1
    assert {row.id for row in here.rows(text("SELECT id FROM visit_slots"))} == {ended, still}
    here.sync.discard(here.sync.attention()[0].id, "given up")
    here.engine.sync_now()
    assert {row.id for row in here.rows(text("SELECT id FROM visit_slots"))} == {still}
    assert counts(here)["visits"] == 1
    assert differences(here) == []


def test_readings_of_half_a_year_ago_go(clinic: Desk, station: Enter) -> None:
    clinic.write(*(text(READING).bindparams(id=name, at=clinic.clock.now().replace(tzinfo=None) - timedelta(days=ago))
                   for name, ago in (("new", 1), ("old", READINGS_BACK.days - 1))))  # fmt: skip
    here = station()
    assert here.count("measurements") == 2
    clinic.pass_time(timedelta(days=3))
    here.engine.sync_now()
    assert [row.id for row in here.rows(text("SELECT id FROM measurements"))] == ["new"]
    assert differences(here) == []


def test_away_so_long_that_no_day_of_before_is_left(clinic: Desk, station: Enter) -> None:
    away = BACK + AHEAD + timedelta(days=20)
    between = clinic.slot("11:00", day=DAY + AHEAD + timedelta(days=5))
    here = station()
    assert here.count("visit_slots") == 0
    near = clinic.slot("12:00", day=DAY + away)
    clinic.pass_time(away)
    with here.feed() as feed:
        widen(here.local, feed)
    with here.local.reading() as session:
        first, last = meta.get(session.connection(), meta.WINDOW)
    today = DAY + away
    assert (first, last) == ((today - BACK).isoformat(), (today + AHEAD).isoformat()), "the days between aren't here"
    assert {row.id for row in here.rows(text("SELECT id FROM visit_slots"))} == {near} != {between}


def test_days_that_came_in_while_offline_are_fetched_under_what_was_done_here(clinic: Desk, station: Enter) -> None:
    from app.commands.booking import BookVisit
    from app.domain.enums import VisitMode

    clinic.slot("11:00", day=DAY + AHEAD + timedelta(days=3))
    near = clinic.slot("12:00")
    here = station()
    here.cut()
    here.run(BookVisit(slot_id=near, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON, visit_id="v-here"))
    clinic.pass_time(timedelta(days=10))
    assert here.mend().applied == 1
    assert differences(here) == []


def test_what_has_been_over_for_30_days_leaves_the_journal(clinic: Desk, station: Enter) -> None:
    assert timedelta(days=30) == KEPT
    here = station()
    here.run(edit("lastName", "Lis", "First"))
    here.cut()
    here.run(edit("lastName", "First", "Mine"))
    clinic.desk2.run(edit("lastName", "First", "Theirs"))
    assert here.mend().needs_attention == 1
    clinic.pass_time(KEPT - timedelta(hours=1))
    here.engine.sync_now()
    assert here.count("journal") == 2
    clinic.pass_time(timedelta(days=1))
    here.engine.sync_now()
    assert [row.state for row in here.rows(text("SELECT state FROM journal"))] == ["ATTENTION"], "that one is open"
    here.sync.discard(here.sync.attention()[0].id, "given up")
    clinic.pass_time(KEPT - timedelta(hours=1))
    here.engine.sync_now()
    assert here.count("journal") == 1, "it counts from the decision"
    clinic.pass_time(timedelta(days=1))
    here.engine.sync_now()
    assert here.count("journal") == 0

"""The days that are kept move with the day; what comes back from outside brings what belongs to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.domain.enums import VisitStatus
from app.domain.mirror_scope import AHEAD, BACK
from app.sync import meta
from tests.support.desk import DAY, Desk
from tests.support.station import Station, differences

Enter = Callable[..., Station]

OF_A_VISIT = ("visit_slots", "slot_detail", "visits", "visit_detail", "visit_event")


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


def test_days_come_in_as_time_goes_on_and_what_falls_out_is_kept_right(clinic: Desk, station: Enter) -> None:
    today, far = clinic.slot("11:00"), clinic.slot("11:00", day=DAY + AHEAD + timedelta(days=3))
    clinic.backend_visit(today)
    here = station()
    assert [row.id for row in here.rows(text("SELECT id FROM visit_slots"))] == [today]
    clinic.write(text("UPDATE visits SET status = 'COMPLETED'"))
    for days in (2, 3, BACK.days):
        clinic.pass_time(timedelta(days=days))
        here.engine.sync_now()
    assert {row.id for row in here.rows(text("SELECT id FROM visit_slots"))} == {today, far}
    assert differences(here) == []
    clinic.write(text("UPDATE visits SET reason_text = 'said later'"))
    here.engine.sync_now()
    assert differences(here) == []
    with here.local.reading() as session:
        first, last = meta.get(session.connection(), meta.WINDOW)
    now = clinic.clock.now().date()
    assert (first, last) == ((DAY - BACK).isoformat(), (now + AHEAD).isoformat())


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

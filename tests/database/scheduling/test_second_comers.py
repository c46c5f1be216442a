"""Who comes second on a slot is told at once; who on that day has a similar name the server looks for itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update

from app.commands.booking import BookVisit
from app.commands.holds import HoldSlot
from app.commands.stores import ServerStore
from app.db.models import ClinicSettings, Patient, VisitSlot
from app.domain.enums import VisitMode
from app.domain.namesakes import is_alike
from app.kernel.errors import Conflict, Refused
from tests.support.desk import Desk, at

HERE = VisitMode.IN_PERSON


def taken_slot(desk: Desk) -> str:
    slots = desk.slots("14:00", 4)
    desk.desk.run(BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=HERE))
    return slots[0]


def test_who_comes_second_waits_for_nobody(pg_desk: Desk) -> None:
    slot = taken_slot(pg_desk)
    with pg_desk.session() as busy:  # somebody is about to call that visit off, and takes their time
        busy.execute(select(VisitSlot.id).where(VisitSlot.id == slot).with_for_update())
        for command in (BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=HERE), HoldSlot(slot_id=slot)):
            with pytest.raises(Conflict) as refused:
                pg_desk.desk2.run(command)
            assert (refused.value.code, len(refused.value.data["alternatives"])) == ("SlotTaken", 3)


def test_what_is_free_is_still_locked(pg_desk: Desk) -> None:
    slot = pg_desk.slot("14:00")
    facts = text("SELECT count(*) FROM desktop.booking_facts(:slot, :now, NULL, NULL, NULL, false, true)")
    skipped = select(VisitSlot.id).where(VisitSlot.id == slot).with_for_update(skip_locked=True)
    assert isinstance(pg_desk.desk.store, ServerStore)
    with pg_desk.desk.store.database.transaction() as session:
        session.execute(facts, {"slot": slot, "now": at("12:00").replace(tzinfo=None)})
        assert pg_desk.rows(skipped) == []
    assert len(pg_desk.rows(skipped)) == 1


def test_a_refusal_leaves_the_sessions_statements_prepared(pg_desk: Desk) -> None:
    """psycopg's rollback would forget them, and the next bookings would be planned anew."""
    slots = pg_desk.slots("14:00", 8)
    visits = [pg_desk.desk.run(BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=HERE)) for slot in slots[1:]]
    known = visits[0].result["visitId"]
    store = pg_desk.desk.store
    prepared = text("SELECT count(*) FROM pg_prepared_statements")
    before = store.read(lambda session: session.execute(prepared).scalar_one())
    for command in (
        BookVisit(slot_id=slots[1], patient_id="pat-roux", visit_mode=HERE),  # refused here
        BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=HERE, visit_id=known),  # by the server
        BookVisit(slot_id=slots[0], patient_id="nobody", visit_mode=HERE),
    ):
        with pytest.raises((Conflict, Refused)):
            pg_desk.desk.run(command)
    assert before >= 5
    assert store.read(lambda session: session.execute(prepared).scalar_one()) >= before
    pg_desk.desk.run(BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=HERE))


names = st.text(alphabet="aábcEé -'lL", max_size=9) | st.sampled_from(
    ["Anna", "Ana", "Anna Maria", "Maria Anna", "Éva", "Eva", "Garcia Lopez", "García", "Lopez", "O'Neil", "ONeil", ""]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(one=st.tuples(names, names), other=st.tuples(names, names))
def test_the_server_overlooks_no_namesake(pg_desk: Desk, one: tuple[str, str], other: tuple[str, str]) -> None:
    parts = text("SELECT desktop.maybe_alike(desktop.fold(:a), desktop.fold(:b))")

    def maybe(two: tuple[str, str]) -> bool:
        return all(session.execute(parts, {"a": a, "b": b}).scalar() for a, b in zip(one, two, strict=True))

    with pg_desk.session() as session:
        assert maybe(other) or maybe((other[1], other[0])) or not is_alike(one, other)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Pacific/Kiritimati", "America/Los_Angeles", "Mars/Olympus"])
def test_the_day_of_the_clinic_is_looked_at(pg_desk: Desk, zone: str) -> None:
    """A zone that the server doesn't know makes the span longer, not the booking fail."""
    pg_desk.write(update(ClinicSettings).values(timezone=zone))
    moment = datetime(2026, 10, 25, 0, 30, tzinfo=UTC).replace(tzinfo=None)
    with pg_desk.session() as session:
        day = session.execute(
            text("SELECT since, until FROM desktop.around_day('clinic-1', :at)"), {"at": moment}
        ).one()
    assert day.since < moment < day.until
    assert timedelta(hours=26) <= day.until - day.since <= timedelta(hours=52)


def test_somebody_with_the_same_names_is_found_and_others_are_not(pg_desk: Desk) -> None:
    slots = pg_desk.slots("14:00", 4)
    for slot, patient in zip(slots, ("kowalski", "lis", "horvath"), strict=False):
        pg_desk.desk.run(BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=HERE))
    found = text("SELECT n.patient_id FROM desktop.namesakes_of_day('clinic-1', :providers, 'pat-kowalska', :at) n")
    values = {"providers": ["p-okafor", "p-chen"], "at": at("14:00").replace(tzinfo=None)}
    with pg_desk.session() as session:
        assert list(session.execute(found, values).scalars()) == ["pat-kowalski"]
        session.execute(update(Patient).where(Patient.id == "pat-kowalski").values(last_name="Nowak"))
        assert list(session.execute(found, values).scalars()) == []

"""What stands beside the calendar's visits: hours in any mode, and who agreed to another time; on both stores."""

from __future__ import annotations

from datetime import time, timedelta

from sqlalchemy import event

from app.commands.availability import AddHours
from app.commands.booking import BookVisit
from app.commands.closing import CloseDay, ReopenDay
from app.commands.contacts import RecordContact
from app.commands.moving import MoveVisit
from app.commands.stores import ServerStore
from app.domain.enums import VisitMode
from app.domain.visits import ContactResult
from app.queries.calendar_week import CalendarWeek, calendar_week
from app.queries.to_move import to_move
from tests.support.desk import DAY, Desk, at

SUNDAY = DAY + timedelta(days=6)


def week(desk: Desk) -> CalendarWeek:
    return desk.desk.ask(calendar_week, first=DAY, last=SUNDAY)


def closed_with_two(desk: Desk) -> tuple[str, str, str]:
    """Two visits in a closed hour; returns the closure and both."""
    slots = desk.slots("14:00", 2)
    visits = []
    for slot, patient in zip(slots, ("lis", "roux"), strict=True):
        booking = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=VisitMode.IN_PERSON)
        visits.append(str(desk.desk.run(booking).result["visitId"]))
    desk.pass_time(timedelta(minutes=1))
    closure = CloseDay(provider_id="p-okafor", start=at("14:00"), end=at("15:00"), reason="Ill")
    desk.desk.run(closure)
    return closure.closure_id, visits[0], visits[1]


def agree(desk: Desk, visit: str, patient: str = "lis", result: ContactResult = ContactResult.AGREED) -> None:
    desk.pass_time(timedelta(minutes=1))
    desk.desk.run(RecordContact(patient_id=f"pat-{patient}", visit_id=visit, result=result))


def test_hours_of_both_modes_are_one_and_time_off_is_left_out(desk: Desk) -> None:
    hours = AddHours(
        provider_id="p-okafor", days=(1,), start_time=time(9), end_time=time(11), modes=(VisitMode.IN_PERSON,)
    )
    desk.admin.run(hours)
    desk.admin.run(
        AddHours(provider_id="p-okafor", date=DAY, start_time=time(10), end_time=time(12), modes=(VisitMode.VIRTUAL,))
    )
    desk.admin.run(
        AddHours(
            provider_id="p-okafor", date=DAY, start_time=time(9), end_time=time(9, 30), modes=tuple(VisitMode),
            paused=True,
        )
    )  # fmt: skip
    found = week(desk).hours
    assert set(found) == {"p-okafor"}
    assert [(span.start, span.end) for span in found["p-okafor"]] == [(at("09:30"), at("12:00"))]


def test_without_any_hours_the_calls_are_counted_all_the_same(desk: Desk) -> None:
    slot = desk.slot("16:00")
    _, visit, _ = closed_with_two(desk)
    agree(desk, visit)
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=slot))
    assert week(desk) == CalendarWeek({}, 1)


def test_who_agreed_counts_once_and_others_do_not(desk: Desk) -> None:
    slot = desk.slot("16:00")
    closure, first, second = closed_with_two(desk)
    assert [one.agreed for one in desk.desk.ask(to_move)] == [0, 0]
    agree(desk, first)
    agree(desk, first)
    agree(desk, second, "roux", ContactResult.DECLINED)
    assert [(one.agreed, one.outcome, one.attempts) for one in desk.desk.ask(to_move)] == [
        (0, "agreed", 2),
        (0, "declined", 1),
    ], "who has no other time yet is left, whatever was said"
    moved = desk.desk.run(MoveVisit(visit_id=first, slot_id=slot))
    assert [(one.visit_id, one.agreed) for one in desk.desk.ask(to_move)] == [(second, 1)]
    assert week(desk).agreed == 1
    assert moved.undo is not None
    back = desk.desk.run(moved.undo)
    assert [one.agreed for one in desk.desk.ask(to_move)] == [0, 0], "whose move was taken back waits again"
    assert week(desk).agreed == 0
    assert back.undo is not None
    desk.desk.run(back.undo)
    assert week(desk).agreed == 1
    desk.desk.run(ReopenDay(closure_id=closure))
    assert week(desk).agreed == 0


def test_what_was_agreed_before_the_time_was_closed_is_something_else(desk: Desk) -> None:
    slot, other = desk.slots("16:00", 2)
    booking = BookVisit(slot_id=slot, patient_id="pat-brandt", visit_mode=VisitMode.IN_PERSON)
    visit = str(desk.desk.run(booking).result["visitId"])
    agree(desk, visit, "brandt")
    closed_with_two(desk)
    desk.desk.run(MoveVisit(visit_id=visit, slot_id=other))
    assert week(desk).agreed == 0


def test_both_are_one_statement(pg_desk: Desk) -> None:
    slot = pg_desk.slot("16:00")
    _, visit, _ = closed_with_two(pg_desk)
    agree(pg_desk, visit)
    pg_desk.desk.run(MoveVisit(visit_id=visit, slot_id=slot))
    store = pg_desk.desk.store
    assert isinstance(store, ServerStore)
    seen: list[str] = []

    def note(*args: object) -> None:
        seen.append(str(args[2]))

    event.listen(store.database.engine, "before_cursor_execute", note)
    assert week(pg_desk).agreed == 1
    assert len(pg_desk.desk.ask(to_move)) == 1
    event.remove(store.database.engine, "before_cursor_execute", note)
    assert len(seen) == 2

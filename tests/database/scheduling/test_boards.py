"""The screens' questions: day, week, month, today, to move, visits, hours, waiting list; the same on both databases."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

from sqlalchemy import event, update

from app.commands.availability import AddAvailability, PauseAvailability
from app.commands.blocking import BlockTime
from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit, DidNotArrive
from app.commands.closing import CloseDay
from app.commands.contacts import RecordContact
from app.commands.holds import HoldSlot, HoldTime
from app.commands.patients import ConfirmIdentity
from app.commands.stores import ServerStore
from app.commands.visits import CheckIn, StartVisit
from app.commands.waiting_list import AddToWaitingList
from app.commands.walk_ins import AddWalkIn, PlaceWalkIn
from app.db.models import Visit
from app.domain.enums import SlotStatus, VisitMode, VisitStatus
from app.domain.spans import Span
from app.domain.visits import ContactResult
from app.queries.day_board import BoardSlot, DayBoard, day_board, week_board
from app.queries.hours import opening_hours, provider_hours
from app.queries.month import month_capacity
from app.queries.to_move import to_move
from app.queries.today import today_board
from app.queries.visit_list import visit_list
from app.queries.waiting import freed_times, waiting_list
from tests.support.desk import DAY, NOW, Desk, at

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL
FREE, HELD, BOOKED, BLOCKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED, SlotStatus.BLOCKED


def book(desk: Desk, slot: str, patient: str = "lis", **more: Any) -> str:
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=HERE, **more)
    return str(desk.desk.run(command).result["visitId"])


def column(board: DayBoard, provider: str = "p-okafor") -> dict[str, BoardSlot]:
    found = next(one for one in board.columns if one.provider_id == provider)
    return {slot.id: slot for slot in found.slots}


def statements(desk: Desk, ask: Any, **values: Any) -> int:
    store = desk.desk.store
    assert isinstance(store, ServerStore)
    seen: list[str] = []

    def note(*args: Any) -> None:
        seen.append(args[2])

    event.listen(store.database.engine, "before_cursor_execute", note)
    desk.desk.ask(ask, **values)
    event.remove(store.database.engine, "before_cursor_execute", note)
    return len(seen)


def test_a_day_shows_slots_visits_holds_and_blocks(desk: Desk) -> None:
    slots = desk.slots("14:00", 6)
    visit = book(desk, slots[0], minutes=40, reason_text="Dizzy", appointment_type_id="t-40")
    desk.desk2.run(HoldSlot(slot_id=slots[2]))
    desk.desk.run(BlockTime(provider_id="p-okafor", start=at("15:00"), end=at("15:20"), reason="Call"))
    cancelled = book(desk, slots[4], "roux")
    desk.desk.run(CancelVisit(visit_id=cancelled))
    board = desk.desk.ask(day_board, day=DAY)
    shown = column(board)
    assert [shown[one].status for one in slots] == [BOOKED, BLOCKED, HELD, BLOCKED, FREE, FREE]
    assert len(shown) == 6  # the retired copy is out of sight
    booked = shown[slots[0]].visit
    assert booked is not None
    assert (booked.id, booked.patient_name, booked.type_name) == (visit, "Zygmunt Lis", "New patient")
    assert (shown[slots[2]].held_name, shown[slots[3]].reason) == ("Alma Moreno", "Call")
    assert [one.provider_id for one in board.columns] == ["p-chen", "p-okafor"]
    assert next(one for one in board.columns if one.provider_id == "p-okafor").free == 2


def test_what_cannot_be_booked_does_not_look_free(desk: Desk) -> None:
    slots = desk.slots("14:00", 2)
    twin = desk.slot("14:00", mode=VIDEO)
    desk.desk.run(HoldTime(provider_id="p-okafor", start=at("12:10"), minutes=20))
    held = desk.slot("16:00")
    desk.desk2.run(HoldSlot(slot_id=held))
    book(desk, slots[0])
    desk.pass_time(timedelta(minutes=6))
    shown = column(desk.desk.ask(day_board, day=DAY))
    assert set(shown) == {*slots, held}  # neither the twin in the other mode nor what the lapsed hold was made of
    assert twin not in shown
    assert [shown[one].status for one in (*slots, held)] == [BOOKED, FREE, FREE]


def test_a_slot_over_midnight_belongs_to_both_days(desk: Desk) -> None:
    night = desk.slot("23:40", 40)
    assert night in column(desk.desk.ask(day_board, day=DAY))
    assert night in column(desk.desk.ask(day_board, day=DAY + timedelta(days=1)))
    assert night not in column(desk.desk.ask(day_board, day=DAY + timedelta(days=2)))


def test_a_closed_day_shows_its_closure_and_who_is_to_move(desk: Desk) -> None:
    slots = desk.slots("14:00", 2)
    visit = book(desk, slots[0])
    desk.desk.run(CloseDay(provider_id="p-okafor", start=at("00:00"), end=at("23:59"), reason="Off sick"))
    desk.desk.run(RecordContact(patient_id="pat-lis", visit_id=visit, result=ContactResult.NO_ANSWER))
    board = desk.desk.ask(day_board, day=DAY)
    closed = next(one for one in board.columns if one.provider_id == "p-okafor")
    assert ([one.reason for one in closed.closures], closed.to_move, closed.free) == (["Off sick"], 1, 0)
    listed = desk.desk.ask(to_move)
    assert [(one.visit_id, one.phone, one.attempts, one.outcome) for one in listed] == [
        (visit, "(415) 555-0163", 1, "no answer")
    ]
    desk.desk.run(CancelVisit(visit_id=visit))
    assert desk.desk.ask(to_move) == ()


def test_a_week_of_one_provider(desk: Desk) -> None:
    monday, friday = desk.slot("14:00"), desk.slot("14:00", day=DAY + timedelta(days=4))
    desk.slot("14:00", day=DAY + timedelta(days=7))
    desk.slot("14:00", provider="p-chen")
    board = desk.desk.ask(week_board, monday=DAY, provider_id="p-okafor")
    assert set(column(board)) == {monday, friday}
    assert len(board.columns) == 1


def test_a_month_counts_what_can_be_booked(desk: Desk) -> None:
    slots = desk.slots("14:00", 4)
    desk.slot("14:00", mode=VIDEO)
    desk.slot("14:30", 30, mode=VIDEO)
    desk.slot("09:00")
    desk.slot("14:00", day=DAY + timedelta(days=1))
    book(desk, slots[0])
    desk.desk2.run(HoldSlot(slot_id=slots[2]))
    found = {
        one.day: (one.free, one.total) for one in desk.desk.ask(month_capacity, first=DAY, last=DAY + timedelta(days=2))
    }
    assert found == {DAY: (2, 7), DAY + timedelta(days=1): (1, 1), DAY + timedelta(days=2): (0, 0)}


def test_a_month_counts_what_the_backend_books_and_calls_off(desk: Desk) -> None:
    theirs, ours = desk.slot("14:00", origin=None), desk.slot("14:20")
    desk.slot("14:10", mode=VIDEO)
    desk.backend_visit(theirs)
    visit = book(desk, ours)

    def free() -> int:
        return desk.desk.ask(month_capacity, first=DAY, last=DAY)[0].free

    assert free() == 0, "a visit on a slot that says FREE takes the time"
    desk.write(update(Visit).where(Visit.id == visit).values(status=VisitStatus.CANCELLED))
    assert (desk.status(ours), free()) == (BOOKED, 1), "called off elsewhere: it can be booked"


def test_today_in_columns_with_waits(desk: Desk) -> None:
    slots = desk.slots("10:40", 5)
    seen, arrived, missed = book(desk, slots[0]), book(desk, slots[1], "roux"), book(desk, slots[2], "brandt")
    expected = book(desk, slots[4], "horvath")
    desk.pass_time(timedelta(minutes=1))
    desk.desk.run(CheckIn(visit_id=seen))
    desk.pass_time(timedelta(minutes=5))
    desk.okafor.run(StartVisit(visit_id=seen))
    desk.desk.run(CheckIn(visit_id=arrived))
    desk.desk.run(DidNotArrive(visit_id=missed))
    board = desk.desk.ask(today_board)
    cards = {card.visit_id: card for card in board.cards}
    assert [cards[one].status for one in (seen, arrived, missed, expected)] == [
        VisitStatus.IN_PROGRESS, VisitStatus.CHECKED_IN, VisitStatus.CANCELLED, VisitStatus.PLANNED,
    ]  # fmt: skip
    first, later = NOW + timedelta(minutes=1), NOW + timedelta(minutes=6)
    assert (cards[seen].arrived, cards[seen].started, cards[arrived].arrived) == (first, later, later)
    assert cards[missed].cancel_kind == "did_not_arrive"


def test_who_came_without_an_appointment_has_waited_since_then(desk: Desk) -> None:
    desk.slots("10:40", 5)
    waiting = desk.desk.run(AddWalkIn(patient_id="pat-roux", reason="Cut hand")).result["walkInId"]
    desk.pass_time(timedelta(minutes=8))
    assert [(one.id, one.arrived) for one in desk.desk.ask(today_board).walk_ins] == [(waiting, NOW)]
    placed = desk.desk.run(PlaceWalkIn(walk_in_id=waiting, provider_id="p-okafor")).result["visitId"]
    board = desk.desk.ask(today_board)
    assert [(card.visit_id, card.arrived) for card in board.cards] == [(placed, NOW)]
    assert board.walk_ins == ()


def test_visits_are_listed_in_pages(desk: Desk) -> None:
    slots = desk.slots("14:00", 3)
    visits = [book(desk, slot, patient) for slot, patient in zip(slots, ("lis", "roux", "brandt"), strict=True)]
    desk.desk.run(CancelVisit(visit_id=visits[2]))
    first = desk.desk.ask(visit_list, first=DAY, last=DAY, status=[VisitStatus.PLANNED], limit=1)
    assert ([row.id for row in first.items], first.more) == ([visits[0]], True)
    rest = desk.desk.ask(visit_list, first=DAY, last=DAY, status=[VisitStatus.PLANNED], limit=1, cursor=first.cursor)
    assert ([row.id for row in rest.items], rest.more) == ([visits[1]], False)
    called_off = desk.desk.ask(visit_list, patient_id="pat-brandt").items
    assert [(row.id, row.retired, row.start) for row in called_off] == [(visits[2], True, at("14:40"))]


def test_each_screen_is_one_statement(pg_desk: Desk) -> None:
    for slot in pg_desk.slots("14:00", 3):
        book(pg_desk, slot)
    assert statements(pg_desk, day_board, day=DAY) == 1
    assert statements(pg_desk, week_board, monday=DAY, provider_id="p-okafor") == 1
    assert statements(pg_desk, month_capacity, first=DAY, last=DAY) == 1
    assert statements(pg_desk, to_move) == 1
    assert statements(pg_desk, waiting_list) == 1
    assert statements(pg_desk, today_board) == 1


def test_hours_as_rows_and_as_opening_times(desk: Desk) -> None:
    week: dict[str, Any] = {"provider_id": "p-okafor", "start_time": time(9), "end_time": time(12)}
    tuesday = desk.admin.run(AddAvailability(**week, day_of_week=2)).result["availabilityId"]
    monday = desk.admin.run(AddAvailability(**week, day_of_week=1)).result["availabilityId"]
    desk.admin.run(AddAvailability(**week, day_of_week=0, visit_mode=VIDEO))
    off = AddAvailability(provider_id="p-okafor", start_time=time(10), end_time=time(11), date=DAY, paused=True)
    extra = AddAvailability(provider_id="p-okafor", start_time=time(14), end_time=time(15), date=DAY)
    desk.admin.run(off)
    desk.admin.run(extra)
    rows = desk.desk.ask(provider_hours, provider_id="p-okafor")
    assert [(row.weekday, row.time_off) for row in rows] == [
        (1, False),
        (2, False),
        (0, False),
        (None, True),
        (None, False),
    ]
    hours = desk.desk.ask(opening_hours, first=DAY, last=DAY)
    assert hours["p-okafor", HERE] == (
        Span(at("09:00"), at("10:00")), Span(at("11:00"), at("12:00")), Span(at("14:00"), at("15:00")),
    )  # fmt: skip
    desk.admin.run(PauseAvailability(availability_id=tuesday))
    desk.admin.run(PauseAvailability(availability_id=monday))
    assert [row.paused for row in desk.desk.ask(provider_hours, provider_id="p-okafor")][:2] == [True, True]


def test_a_freed_time_is_offered_to_the_waiting_best_first(desk: Desk) -> None:
    slot, later = desk.slot("14:00"), desk.slot("16:00")
    dates = {"earliest": DAY, "latest": DAY + timedelta(days=3)}
    has_one = book(desk, later, "roux")

    def wait(patient: str, **more: Any) -> str:
        values: dict[str, Any] = {"minutes": 20, **dates, **more}
        entry = desk.desk.run(AddToWaitingList(patient_id=f"pat-{patient}", **values)).result["entryId"]
        desk.pass_time(timedelta(seconds=1))
        return str(entry)

    first = wait("lis", minutes=10)
    asked = wait("roux", provider_id="p-okafor")
    fits = wait("brandt")
    wait("horvath", minutes=40)
    wait("kowalska", time_from=time(15))
    wait("kowalski", provider_id="p-chen")
    (freed,) = desk.desk.ask(freed_times, slot_ids=(slot,))
    offers = freed.offers
    assert [one.row.id for one in offers] == [asked, fits, first]
    assert [one.reasons for one in offers] == [
        ("asked for this provider", "fills the time exactly"), ("fills the time exactly",), ("has waited longest",),
    ]  # fmt: skip
    assert (offers[0].row.visit_id, offers[0].row.booked_for) == (has_one, at("16:00"))
    assert desk.desk.ask(freed_times, slot_ids=("nothing",)) == ()
    book(desk, slot, "brandt", waiting_entry_id=fits)
    assert fits not in [row.id for row in desk.desk.ask(waiting_list)]


def test_a_visit_of_the_backend_shows_like_ours(desk: Desk) -> None:
    slot = desk.slot("14:00", origin=None)
    visit = desk.backend_visit(slot, "lis")
    shown = column(desk.desk.ask(day_board, day=DAY))[slot]
    assert shown.status is BOOKED
    assert shown.visit is not None
    assert shown.visit.id == visit
    assert shown.visit.identity_to_confirm, "nobody knows the birth date of whom the backend registered"
    assert desk.desk.ask(today_board).cards[0].identity_to_confirm
    desk.desk.run(ConfirmIdentity(patient_id="pat-lis"))
    assert not desk.desk.ask(today_board).cards[0].identity_to_confirm
    desk.write(update(Visit).where(Visit.id == visit).values(status=VisitStatus.CANCELLED, updated_at=NOW))
    assert column(desk.desk.ask(day_board, day=DAY))[slot].status is FREE

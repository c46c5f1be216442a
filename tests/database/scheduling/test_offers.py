"""Offering freed times to those who wait: who comes first and why, contact attempts, booking and taking it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.holds import HoldSlot, ReleaseHold
from app.commands.moving import MoveVisit, ResizeVisit
from app.commands.waiting_list import AddToWaitingList, ChangeWaiting, NoteOffer, SetWaitingStatus
from app.db.models import ContactAttempt, Visit, WaitingListEntry
from app.domain.enums import VisitMode, VisitStatus, WaitingStatus
from app.domain.visits import ContactResult
from app.kernel.errors import Conflict, Refused
from app.queries.together import Seat, family_times
from app.queries.waiting import freed_times, waiting_list
from tests.support.desk import DAY, Desk, at

HERE = VisitMode.IN_PERSON
BRIEF = timedelta(minutes=1)


def wait(desk: Desk, patient: str, **more: Any) -> str:
    desk.pass_time(BRIEF)
    values = {"minutes": 20, "earliest": DAY, "latest": DAY + timedelta(days=5), **more}
    return str(desk.desk.run(AddToWaitingList(patient_id=f"pat-{patient}", **values)).result["entryId"])


def status(desk: Desk, entry: str) -> WaitingStatus:
    found = desk.rows(select(WaitingListEntry.status).where(WaitingListEntry.id == entry))[0].status
    assert isinstance(found, WaitingStatus)
    return found


def test_a_visit_that_is_called_off_frees_a_time_for_those_who_wait(desk: Desk) -> None:
    slot, spare = desk.slots("14:00", 2)
    visit = desk.desk.run(BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=HERE)).result["visitId"]
    assert desk.desk.ask(freed_times) == ()
    wait(desk, "brandt")
    asked = wait(desk, "lis", provider_id="p-okafor")
    assert desk.desk.ask(freed_times) == ()
    desk.desk.run(CancelVisit(visit_id=str(visit)))
    found = desk.desk.ask(freed_times)
    assert [one.time.slot_id for one in found] == [slot]
    best = found[0].offers[0]
    assert (best.row.id, best.reasons) == (asked, ("asked for this provider", "fills the time exactly"))
    assert "has waited longest" in found[0].offers[1].reasons
    assert [one.time.slot_id for one in desk.desk.ask(freed_times, slot_ids=(spare,))] == [slot, spare]


def test_a_time_that_a_moved_or_shortened_visit_left_is_offered_at_desks_that_open_later(desk: Desk) -> None:
    left, theirs, taken, later, covered = *desk.slots("14:00", 2), *desk.slots("15:00", 3)
    moved, long = BookVisit(slot_id=left, patient_id="pat-roux", visit_mode=HERE), BookVisit(
        slot_id=later, patient_id="pat-brandt", visit_mode=HERE, minutes=40)  # fmt: skip
    desk.desk.run(moved)
    desk.desk.run(long)
    desk.desk.run(HoldSlot(slot_id=theirs))
    desk.desk.run(ReleaseHold(slot_id=theirs))
    wait(desk, "lis")
    assert desk.desk.ask(freed_times) == (), "a hold that was given back is no time that a visit left"
    desk.desk.run(MoveVisit(visit_id=moved.visit_id, slot_id=taken))
    desk.desk.run(ResizeVisit(visit_id=long.visit_id, minutes=20))
    assert [one.time.slot_id for one in desk.desk.ask(freed_times)] == [left, covered]
    desk.pass_time(timedelta(days=1))
    assert desk.desk.ask(freed_times) == ()


def test_what_the_backend_calls_off_is_offered_too(desk: Desk) -> None:
    ours, theirs = desk.slot("14:00"), desk.slot("15:00", origin=None)
    booked = BookVisit(slot_id=ours, patient_id="pat-roux", visit_mode=HERE)
    desk.desk.run(booked)
    visits = [booked.visit_id, desk.backend_visit(theirs)]
    entry = wait(desk, "lis")
    called_off = {"status": VisitStatus.CANCELLED, "updated_at": desk.clock.now()}
    desk.write(update(Visit).where(Visit.id.in_(visits)).values(**called_off))
    assert [one.time.slot_id for one in desk.desk.ask(freed_times)] == [ours, theirs]
    desk.desk.run(BookVisit(slot_id=theirs, patient_id="pat-lis", visit_mode=HERE, waiting_entry_id=entry))
    assert desk.desk.ask(freed_times) == ()


def test_only_what_can_be_booked_is_offered(desk: Desk) -> None:
    slot, video = desk.slot("14:00"), desk.slot("14:10", mode=VisitMode.VIRTUAL)
    booked = BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=HERE)
    desk.desk.run(booked)
    wait(desk, "lis")
    desk.desk.run(CancelVisit(visit_id=booked.visit_id))
    desk.desk2.run(HoldSlot(slot_id=slot))
    assert desk.desk.ask(freed_times) == ()
    desk.pass_time(timedelta(minutes=6))
    assert [one.time.slot_id for one in desk.desk.ask(freed_times)] == [slot], "a hold that ran out counts as free"
    desk.desk.run(BookVisit(slot_id=video, patient_id="pat-brandt", visit_mode=VisitMode.VIRTUAL))
    assert desk.desk.ask(freed_times) == (), "the provider is somewhere else then"


def test_who_declined_today_is_asked_last(desk: Desk) -> None:
    slot = desk.slot("14:00")
    first, second = wait(desk, "lis"), wait(desk, "brandt")
    desk.desk.run(NoteOffer(entry_id=first, result=ContactResult.DECLINED))
    (freed,) = desk.desk.ask(freed_times, slot_ids=(slot,))
    offers = freed.offers
    assert [one.row.id for one in offers] == [second, first]
    assert offers[1].reasons[-1] == "declined a time today"
    assert (offers[1].row.attempts, offers[1].row.outcome) == (1, "declined")
    assert status(desk, first) is WaitingStatus.WAITING


def test_an_attempt_is_logged_and_an_awaited_answer_shows(desk: Desk) -> None:
    entry = wait(desk, "lis")
    desk.desk.run(NoteOffer(entry_id=entry, result=ContactResult.LEFT_MESSAGE, note="on the machine"))
    assert status(desk, entry) is WaitingStatus.OFFERED
    desk.desk.run(NoteOffer(entry_id=entry, result=ContactResult.NO_ANSWER))
    assert status(desk, entry) is WaitingStatus.WAITING
    logged = desk.rows(select(ContactAttempt.patient_id, ContactAttempt.outcome, ContactAttempt.by_user))
    assert {tuple(row) for row in logged} == {
        ("pat-lis", "left message", "u-desk"), ("pat-lis", "no answer", "u-desk")
    }  # fmt: skip
    with pytest.raises(Refused):
        desk.desk.run(NoteOffer(entry_id="nothing", result=ContactResult.NO_ANSWER))


def test_taking_a_booked_offer_back_lets_the_patient_wait_again(desk: Desk) -> None:
    slot = desk.slot("14:00")
    entry = wait(desk, "lis")
    book = BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=HERE, waiting_entry_id=entry)
    outcome = desk.desk.run(book)
    assert status(desk, entry) is WaitingStatus.BOOKED
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert status(desk, entry) is WaitingStatus.WAITING


def test_moving_a_visit_earlier_fulfils_the_entry_and_the_undo_takes_both_back(desk: Desk) -> None:
    early, late = desk.slot("14:00"), desk.slot("16:00")
    visit = str(desk.desk.run(BookVisit(slot_id=late, patient_id="pat-lis", visit_mode=HERE)).result["visitId"])
    entry = wait(desk, "lis")
    moved = desk.desk.run(MoveVisit(visit_id=visit, slot_id=early, waiting_entry_id=entry))
    assert (status(desk, entry), desk.visit(visit).slot_id) == (WaitingStatus.BOOKED, early)
    assert moved.undo is not None
    desk.desk.run(moved.undo)
    assert (status(desk, entry), desk.visit(visit).slot_id) == (WaitingStatus.WAITING, late)


def test_two_desks_cannot_give_one_who_waits_two_times(desk: Desk) -> None:
    first, second = desk.slots("14:00", 2)
    entry = wait(desk, "lis")
    offer = BookVisit(slot_id=first, patient_id="pat-lis", visit_mode=HERE, waiting_entry_id=entry)
    desk.desk.run(offer)
    with pytest.raises(Conflict) as lost:
        desk.desk2.run(replace(offer, slot_id=second, visit_id="v-second"))
    assert lost.value.code == "StateChanged"
    assert desk.status(second) == "FREE"


def test_an_entry_is_changed_and_changed_back(desk: Desk) -> None:
    entry = wait(desk, "lis", note="mornings")
    wishes = ChangeWaiting(entry_id=entry, minutes=40, earliest=DAY, latest=DAY, provider_id="p-chen")
    outcome = desk.desk.run(wishes)
    row = desk.desk.ask(waiting_list)[0]
    assert (row.minutes, row.provider_id, row.note) == (40, "p-chen", "")
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    row = desk.desk.ask(waiting_list)[0]
    assert (row.minutes, row.provider_id, row.note) == (20, None, "mornings")
    desk.desk.run(SetWaitingStatus(entry_id=entry, status=WaitingStatus.REMOVED))
    with pytest.raises(Conflict):
        desk.desk.run(wishes)
    with pytest.raises(Refused) as refused:
        desk.desk.run(replace(wishes, latest=DAY - timedelta(days=1)))
    assert refused.value.field == "latest"


def seats(*wanted: tuple[str, int]) -> tuple[Seat, ...]:
    return tuple(Seat(f"pat-{name}", minutes, HERE) for name, minutes in wanted)


def test_a_family_one_after_the_other_with_different_lengths(desk: Desk) -> None:
    desk.slots("14:00", 4)
    found = desk.desk.ask(family_times, seats=seats(("lis", 20), ("brandt", 40)))
    first = found[0]
    assert [(one.patient_id, one.time.start, one.time.end) for one in first] == [
        ("pat-lis", at("14:00"), at("14:20")), ("pat-brandt", at("14:20"), at("15:00"))
    ]  # fmt: skip
    assert len({one.time.provider_id for group in found for one in group}) == 1


def test_a_family_side_by_side_needs_as_many_providers(desk: Desk) -> None:
    desk.slots("14:00", 2)
    desk.slots("14:20", 2, "p-chen")
    found = desk.desk.ask(family_times, seats=seats(("lis", 20), ("brandt", 20)), side_by_side=True)
    assert [{one.time.start for one in group} for group in found] == [{at("14:20")}]
    assert {one.time.provider_id for one in found[0]} == {"p-okafor", "p-chen"}
    three = seats(("lis", 20), ("brandt", 20), ("roux", 20))
    assert desk.desk.ask(family_times, seats=three, side_by_side=True) == ()


def test_a_family_member_who_is_elsewhere_then_is_named(desk: Desk) -> None:
    desk.slots("14:00", 2)
    other = desk.slot("14:20", 20, "p-chen")
    desk.desk.run(BookVisit(slot_id=other, patient_id="pat-brandt", visit_mode=HERE))
    found = desk.desk.ask(family_times, seats=seats(("lis", 20), ("brandt", 20)), provider_ids=("p-okafor",))
    assert [one.elsewhere for one in found[0]] == [None, at("14:20")]

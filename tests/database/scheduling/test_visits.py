"""A visit's way through the clinic: every step of the machine with its rule, rooms, marks, contacts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit, DidNotArrive, MarkNoShow
from app.commands.contacts import RecordContact
from app.commands.core import Command
from app.commands.visits import (
    CheckIn,
    CompleteVisit,
    ConfirmVisit,
    FollowUp,
    SetFlow,
    SetRoom,
    StartVisit,
)
from app.db.models import ContactAttempt, Room, VirtualVisitSession, VisitDetail, VisitEvent
from app.domain.enums import FlowMark, TelemedStatus, VisitMode, VisitStatus
from app.domain.visits import ContactResult
from app.kernel.errors import AppError, Conflict, Refused
from app.kernel.ids import new_cuid
from tests.support.desk import NOW, Desk, at

HERE, VIDEO = VisitMode.IN_PERSON, VisitMode.VIRTUAL
STEPS: dict[str, Any] = {
    "check in": ("desk", lambda visit: CheckIn(visit_id=visit)),
    "start": ("okafor", lambda visit: StartVisit(visit_id=visit)),
    "complete": ("okafor", lambda visit: CompleteVisit(visit_id=visit)),
    "left": ("desk", lambda visit: MarkNoShow(visit_id=visit)),
    "cancel": ("desk", lambda visit: CancelVisit(visit_id=visit)),
}
WAYS = {
    VisitStatus.PLANNED: [],
    VisitStatus.CHECKED_IN: ["check in"],
    VisitStatus.IN_PROGRESS: ["check in", "start"],
    VisitStatus.COMPLETED: ["check in", "start", "complete"],
    VisitStatus.CANCELLED: ["cancel"],
    VisitStatus.NO_SHOW: ["check in", "left"],
}
ALLOWED = {
    (VisitStatus.PLANNED, "check in"): VisitStatus.CHECKED_IN,
    (VisitStatus.PLANNED, "cancel"): VisitStatus.CANCELLED,
    (VisitStatus.CHECKED_IN, "start"): VisitStatus.IN_PROGRESS,
    (VisitStatus.CHECKED_IN, "left"): VisitStatus.NO_SHOW,
    (VisitStatus.CHECKED_IN, "cancel"): VisitStatus.CANCELLED,
    (VisitStatus.IN_PROGRESS, "complete"): VisitStatus.COMPLETED,
    (VisitStatus.IN_PROGRESS, "cancel"): VisitStatus.CANCELLED,
}
REACHED = {
    "check in": VisitStatus.CHECKED_IN,
    "start": VisitStatus.IN_PROGRESS,
    "complete": VisitStatus.COMPLETED,
    "left": VisitStatus.NO_SHOW,
    "cancel": VisitStatus.CANCELLED,
}


def book(desk: Desk, clock: str = "10:40", patient: str = "lis", mode: VisitMode = HERE) -> str:
    slot = desk.slot(clock, mode=mode)
    command = BookVisit(slot_id=slot, patient_id=f"pat-{patient}", visit_mode=mode)
    return str(desk.desk.run(command).result["visitId"])


def step(desk: Desk, visit: str, name: str) -> None:
    person, make = STEPS[name]
    command: Command = make(visit)
    getattr(desk, person).run(command)


def walk(desk: Desk, visit: str, status: VisitStatus) -> None:
    for name in WAYS[status]:
        step(desk, visit, name)


def detail(desk: Desk, visit: str) -> Any:
    return desk.rows(select(VisitDetail.__table__).where(VisitDetail.visit_id == visit))[0]


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("status", VisitStatus)
def test_every_step_from_every_status(desk: Desk, status: VisitStatus, name: str) -> None:
    visit = book(desk)
    walk(desk, visit, status)
    wanted = ALLOWED.get((status, name))
    if wanted is not None:
        step(desk, visit, name)
        assert desk.visit(visit).status == wanted
    elif REACHED[name] is status:
        before = desk.visit(visit)
        step(desk, visit, name)  # a target that is reached already is success
        assert desk.visit(visit) == before
    else:
        with pytest.raises(Conflict) as refused:
            step(desk, visit, name)
        assert refused.value.code in {"BadTransition", "StateChanged"}
        assert desk.visit(visit).status == status


def test_each_step_is_an_event_with_person_and_time(desk: Desk) -> None:
    visit = book(desk)
    desk.pass_time(timedelta(minutes=3))
    step(desk, visit, "check in")
    desk.pass_time(timedelta(minutes=9))
    step(desk, visit, "start")
    events = select(VisitEvent.status, VisitEvent.by_user, VisitEvent.at).where(VisitEvent.visit_id == visit)
    assert [tuple(row) for row in desk.rows(events.order_by(VisitEvent.at))] == [
        ("PLANNED", "u-desk", NOW),
        ("CHECKED_IN", "u-desk", NOW + timedelta(minutes=3)),
        ("IN_PROGRESS", "u-okafor", NOW + timedelta(minutes=12)),
    ]


@pytest.mark.parametrize("person", ["desk", "chen", "admin"])
def test_only_its_provider_starts_and_completes_a_visit(desk: Desk, person: str) -> None:
    visit = book(desk)
    step(desk, visit, "check in")
    for command, then in ((StartVisit(visit_id=visit), "start"), (CompleteVisit(visit_id=visit), "complete")):
        with pytest.raises(Refused) as refused:
            getattr(desk, person).run(command)
        assert refused.value.code == "NotAllowed"
        step(desk, visit, then)


def test_somebody_faster_is_named_with_the_status_there_is(desk: Desk) -> None:
    visit = book(desk)
    desk.desk2.run(CancelVisit(visit_id=visit))
    with pytest.raises(Conflict) as refused:
        desk.desk.run(CheckIn(visit_id=visit))
    assert refused.value.code == "StateChanged"
    assert refused.value.data["server"] == {"visitId": visit, "status": "CANCELLED"}


def test_an_unknown_visit_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as refused:
        desk.desk.run(CheckIn(visit_id="nothing"))
    assert (refused.value.code, refused.value.field) == ("NoSuchVisit", "visitId")


def test_check_in_warns_of_a_similar_name(desk: Desk) -> None:
    visit = book(desk, "10:40", "kowalska")
    book(desk, "15:00", "kowalski")
    outcome = desk.desk.run(CheckIn(visit_id=visit))
    assert outcome.warnings == ("Similar name on this day: Anna Kowalski, 15:00. Ask for the birth date.",)


def test_rooms_and_marks_follow_the_patient_through_the_clinic(desk: Desk) -> None:
    visit = book(desk)
    for command in (SetRoom(visit_id=visit, room="Room 1"), SetFlow(visit_id=visit, flow=FlowMark.READY)):
        with pytest.raises(Conflict):
            desk.desk.run(command)
    desk.desk.run(CheckIn(visit_id=visit, room="Room 1"))
    desk.desk.run(SetFlow(visit_id=visit, flow=FlowMark.READY))
    assert (detail(desk, visit).room, detail(desk, visit).flow) == ("Room 1", FlowMark.READY)
    moved = desk.desk.run(SetRoom(visit_id=visit, room="Room 2"))
    assert moved.undo == SetRoom(visit_id=visit, room="Room 1", undoes="Room 2")
    desk.desk2.run(SetRoom(visit_id=visit, room="Room 3"))
    with pytest.raises(Conflict):
        desk.desk.run(moved.undo)  # a colleague took the patient on: there they stay
    desk.desk2.run(SetRoom(visit_id=visit, room="Room 2"))
    step(desk, visit, "start")
    assert (detail(desk, visit).room, detail(desk, visit).flow) == ("Room 2", None)
    desk.desk.run(SetFlow(visit_id=visit, flow=FlowMark.TO_CHECK_OUT))
    step(desk, visit, "complete")
    assert detail(desk, visit).flow is None


def test_a_closed_room_is_refused(desk: Desk) -> None:
    from sqlalchemy import insert

    desk.write(insert(Room).values(id="r1", clinic_id="clinic-1", name="Room 9", active=False))
    visit = book(desk)
    step(desk, visit, "check in")
    with pytest.raises(Refused) as refused:
        desk.desk.run(SetRoom(visit_id=visit, room="Room 9"))
    assert (refused.value.code, refused.value.field) == ("RoomClosed", "room")


def test_a_virtual_session_ends_with_its_visit(desk: Desk) -> None:
    visit = book(desk, mode=VIDEO)
    joined = {"status": TelemedStatus.ACTIVE, "patient_joined_at": NOW, "provider_joined_at": NOW}
    desk.write(update(VirtualVisitSession).values(**joined))
    walk(desk, visit, VisitStatus.IN_PROGRESS)
    step(desk, visit, "complete")
    row = desk.rows(select(VirtualVisitSession.status, VirtualVisitSession.ended_at))[0]
    assert (row.status, row.ended_at) == (TelemedStatus.ENDED, desk.clock.now())


def test_undoing_the_end_opens_the_session_again(desk: Desk) -> None:
    visit = book(desk, mode=VIDEO)
    joined = {"status": TelemedStatus.ACTIVE, "patient_joined_at": NOW, "provider_joined_at": NOW}
    desk.write(update(VirtualVisitSession).values(**joined))
    walk(desk, visit, VisitStatus.IN_PROGRESS)
    outcome = desk.okafor.run(CompleteVisit(visit_id=visit))
    assert outcome.undo is not None
    desk.okafor.run(outcome.undo)
    row = desk.rows(select(VirtualVisitSession.status, VirtualVisitSession.ended_at))[0]
    assert (desk.visit(visit).status, row.status, row.ended_at) == ("IN_PROGRESS", TelemedStatus.ACTIVE, None)


def test_completing_orders_a_follow_up(desk: Desk) -> None:
    visit = book(desk)
    walk(desk, visit, VisitStatus.IN_PROGRESS)
    with pytest.raises(Refused) as refused:
        desk.okafor.run(CompleteVisit(visit_id=visit, follow_up=FollowUp(weeks=0)))
    assert refused.value.field == "followUp"
    desk.okafor.run(CompleteVisit(visit_id=visit, follow_up=FollowUp(weeks=6)))
    assert detail(desk, visit).follow_up == {"weeks": 6, "toleranceWeeks": 1, "providerId": "p-okafor", "note": ""}


def test_a_planned_visit_is_confirmed(desk: Desk) -> None:
    visit = book(desk)
    outcome = desk.desk.run(ConfirmVisit(visit_id=visit))
    desk.pass_time(timedelta(minutes=2))
    assert desk.desk2.run(ConfirmVisit(visit_id=visit)).undo is None
    assert detail(desk, visit).confirmed_at == NOW
    assert outcome.undo is not None
    desk.desk.run(outcome.undo)
    assert detail(desk, visit).confirmed_at is None
    step(desk, visit, "check in")
    with pytest.raises(Conflict):
        desk.desk.run(ConfirmVisit(visit_id=visit))


def test_a_visit_of_the_backend_without_any_detail_goes_the_same_way(desk: Desk) -> None:
    slot = desk.slot("10:40", origin=None)
    visit = desk.backend_visit(slot, "lis")
    desk.desk.run(CheckIn(visit_id=visit, room="Room 1"))
    assert detail(desk, visit).room == "Room 1"
    desk.desk.run(CancelVisit(visit_id=visit))
    assert desk.visit(visit).slot_id != slot


def test_contact_attempts_are_kept(desk: Desk) -> None:
    visit = book(desk, "15:00")
    desk.desk.run(
        RecordContact(patient_id="pat-lis", visit_id=visit, result=ContactResult.LEFT_MESSAGE, note=" Call at noon ")
    )
    row = desk.rows(select(ContactAttempt.__table__))[0]
    assert (row.visit_id, row.by_user, row.channel, row.outcome, row.note, row.at) == (
        visit, "u-desk", "phone", "left message", "Call at noon", NOW,
    )  # fmt: skip


def test_did_not_arrive_is_for_planned_visits_of_any_age(desk: Desk) -> None:
    visit = book(desk, "10:40")
    desk.pass_time(timedelta(hours=26))
    desk.desk.run(DidNotArrive(visit_id=visit))
    assert desk.visit(visit).status == "CANCELLED"
    assert desk.visit(visit).updated_at > at("10:42")


def test_two_desks_check_in_at_once(pg_desk: Desk) -> None:
    """Both succeed, one event is written."""
    from concurrent.futures import ThreadPoolExecutor

    visit = book(pg_desk)
    people = [pg_desk.desk, pg_desk.desk2]

    def check_in(index: int) -> str:
        try:
            return str(people[index].run(CheckIn(visit_id=visit), command_id=new_cuid()).result["status"])
        except AppError as error:
            return error.code

    with ThreadPoolExecutor(2) as threads:
        assert set(threads.map(check_in, range(2))) == {"CHECKED_IN"}
    events = select(VisitEvent.status).where(VisitEvent.visit_id == visit)
    assert sorted(row.status for row in pg_desk.rows(events)) == ["CHECKED_IN", "PLANNED"]

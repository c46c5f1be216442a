"""The rooms of virtual visits on both databases: who joins when, where, and how they end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.virtual_visits import EndSession, JoinSession
from app.commands.visits import CheckIn, CompleteVisit, StartVisit
from app.db.models import ClinicSettings, VirtualVisitSession, Visit
from app.domain.enums import TelemedStatus, VisitMode, VisitStatus
from app.kernel.errors import Conflict, Refused
from app.queries.virtual_visits import RoomView, video_room
from tests.support.desk import NOW, Desk

ENDED = TelemedStatus.ENDED


def booked(desk: Desk, clock: str = "11:00", mode: VisitMode = VisitMode.VIRTUAL) -> str:
    """A visit with Dr Okafor; the clinic has an address for its rooms."""
    desk.write(update(ClinicSettings).values(room_url_template="https://meet.example.org/{room}"))
    slot = desk.slot(clock, mode=mode)
    made = desk.desk.run(BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=mode))
    return str(made.result["visitId"])


def session_of(desk: Desk, visit: str) -> Any:
    return desk.rows(select(VirtualVisitSession.__table__).where(VirtualVisitSession.visit_id == visit))[0]


def set_session(desk: Desk, visit: str, **values: Any) -> None:
    """As the backend writes it."""
    desk.write(update(VirtualVisitSession).where(VirtualVisitSession.visit_id == visit).values(**values))


def seen(desk: Desk, visit: str, who: str = "okafor") -> RoomView:
    found = getattr(desk, who).ask(video_room, visit_id=visit)
    assert isinstance(found, RoomView)
    return found


def test_the_provider_waits_until_the_patient_comes(desk: Desk) -> None:
    visit = booked(desk)
    room = session_of(desk, visit).room_id
    done = desk.okafor.run(JoinSession(visit_id=visit))
    assert done.result["roomUrl"] == f"https://meet.example.org/{room}"
    row = session_of(desk, visit)
    assert (row.status, row.provider_joined_at, row.patient_joined_at) == (TelemedStatus.WAITING, NOW, None)
    assert seen(desk, visit).open
    assert not seen(desk, visit, "desk").open, "the desk sees the room and doesn't enter it"
    set_session(desk, visit, patient_joined_at=NOW, status=TelemedStatus.ACTIVE)
    again = desk.okafor.run(JoinSession(visit_id=visit))
    assert (again.result["status"], again.result["providerJoinedAt"]) == ("ACTIVE", NOW.isoformat())


def test_the_patient_came_first(desk: Desk) -> None:
    visit = booked(desk)
    set_session(desk, visit, patient_joined_at=NOW, status=TelemedStatus.WAITING)
    assert desk.okafor.run(JoinSession(visit_id=visit)).result["status"] == "ACTIVE"
    other = booked(desk, "11:40")
    set_session(desk, other, patient_joined_at=NOW)  # said by a program that forgot the state
    assert desk.okafor.run(JoinSession(visit_id=other)).result["status"] == "ACTIVE"
    assert session_of(desk, other).provider_joined_at == NOW


def test_who_comes_back_joined_when_they_came_first(desk: Desk) -> None:
    """The patient came meanwhile, said by a program that forgot the state."""
    visit = booked(desk)
    desk.okafor.run(JoinSession(visit_id=visit))
    set_session(desk, visit, patient_joined_at=NOW)
    desk.pass_time(timedelta(minutes=4))
    again = desk.okafor.run(JoinSession(visit_id=visit))
    assert (again.result["status"], again.result["providerJoinedAt"]) == ("ACTIVE", NOW.isoformat())
    assert session_of(desk, visit).provider_joined_at == NOW


def test_the_room_of_a_visit_that_another_program_called_off_is_closed(desk: Desk) -> None:
    visit = booked(desk)
    desk.write(update(Visit).where(Visit.id == visit).values(status=VisitStatus.CANCELLED))
    with pytest.raises(Conflict) as closed:
        desk.okafor.run(JoinSession(visit_id=visit))
    assert closed.value.code == "SessionEnded"
    assert session_of(desk, visit).provider_joined_at is None


def test_a_room_that_the_backend_made_is_used_as_it_is(desk: Desk) -> None:
    visit = booked(desk)
    set_session(desk, visit, room_id="https://video.example.net/r/1")
    assert desk.okafor.run(JoinSession(visit_id=visit)).result["roomUrl"] == "https://video.example.net/r/1"
    for unsafe in ("http://video.example.net/r/1", "https://me@video.example.net/"):
        set_session(desk, visit, room_id=unsafe)
        with pytest.raises(Refused) as refused:
            desk.okafor.run(JoinSession(visit_id=visit))
        assert refused.value.code == "UnsafeAddress"
        assert seen(desk, visit).address is None


def test_a_visit_without_a_room_gets_one(desk: Desk) -> None:
    visit = booked(desk)
    desk.write(delete(VirtualVisitSession))
    assert seen(desk, visit).status is TelemedStatus.NOT_STARTED
    assert desk.okafor.run(JoinSession(visit_id=visit)).result["status"] == "WAITING"


def test_without_an_address_nobody_joins(desk: Desk) -> None:
    visit = booked(desk)
    desk.write(update(ClinicSettings).values(room_url_template=None))
    with pytest.raises(Refused) as refused:
        desk.okafor.run(JoinSession(visit_id=visit))
    assert refused.value.field == "room_url_template"
    assert session_of(desk, visit).status is TelemedStatus.NOT_STARTED


def test_only_the_visits_own_provider_joins_and_only_virtual_visits_have_rooms(desk: Desk) -> None:
    visit, here = booked(desk), booked(desk, "12:00", VisitMode.IN_PERSON)
    for person in (desk.desk, desk.chen, desk.admin):
        for command in (JoinSession(visit_id=visit), EndSession(visit_id=visit)):
            with pytest.raises(Refused) as refused:
                person.run(command)
            assert refused.value.code == "NotAllowed"
    with pytest.raises(Refused) as refused:
        desk.okafor.run(JoinSession(visit_id=here))
    assert refused.value.code == "NotVirtual"
    assert desk.okafor.ask(video_room, visit_id=here) is None


@pytest.mark.parametrize("way", ["close", "complete", "cancel"])
def test_the_room_ends_by_hand_and_with_the_visit(desk: Desk, way: str) -> None:
    visit = booked(desk)
    desk.okafor.run(JoinSession(visit_id=visit))
    if way == "close":
        desk.okafor.run(EndSession(visit_id=visit))
        desk.okafor.run(EndSession(visit_id=visit))
    elif way == "complete":
        desk.desk.run(CheckIn(visit_id=visit))
        desk.okafor.run(StartVisit(visit_id=visit))
        desk.okafor.run(CompleteVisit(visit_id=visit))
    else:
        desk.desk.run(CancelVisit(visit_id=visit))
    row = session_of(desk, visit)
    assert (row.status, row.ended_at) == (ENDED, NOW)
    assert not seen(desk, visit).open
    with pytest.raises(Conflict) as closed:
        desk.okafor.run(JoinSession(visit_id=visit))
    assert closed.value.code == "SessionEnded"

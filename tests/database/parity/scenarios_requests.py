"""Visit requests that are triaged, offered a time, booked and called off; the rooms of virtual visits."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import insert, update

from app.commands.booking import BookVisit
from app.commands.core import Command
from app.commands.request_undo import UndoRequestStep
from app.commands.requests import CancelRequest, ConvertRequest, ProposeSlot, TriageRequest
from app.commands.virtual_visits import EndSession, JoinSession
from app.db.models import ClinicSettings, VirtualVisitSession, VisitRequest, VisitSlot
from app.domain.enums import RequestStatus, RequestType, SeverityLevel, SlotStatus, TelemedStatus, VisitMode
from app.kernel.errors import AppError
from tests.support.desk import NOW
from tests.support.twins import Twins


def requests(twins: Twins) -> None:
    """From NEW to a visit by every way, with renewals, somebody else's hands, and holds that end."""
    slots = twins.slots("14:00", 6)
    for number, severity in enumerate(SeverityLevel):
        twins.write(
            insert(VisitRequest).values(
                id=f"req-{number}", patient_id="pat-lis" if number % 2 else "pat-roux",
                request_type=RequestType.SCHEDULED, visit_mode=list(VisitMode)[number % 2], reason_text="Dizzy",
                severity=severity, status=RequestStatus.NEW, created_at=NOW - timedelta(hours=number),
                updated_at=NOW - timedelta(hours=number),
            )
        )  # fmt: skip
    desk, other = twins.desk, twins.desk2
    with suppress(AppError):  # triage comes first
        desk.run(ConvertRequest(request_id="req-0", slot_id=slots[0]))
    _there_and_back(twins, slots)
    desk.run(TriageRequest(request_id="req-0", severity=SeverityLevel.RED, note="Call", owner_user="u-okafor"))
    again = other.run(TriageRequest(request_id="req-0", severity=SeverityLevel.ORANGE, owner_user=""))
    assert again.undo is not None
    other.run(again.undo)
    desk.run(ProposeSlot(request_id="req-0", slot_id=slots[0]))
    changed = other.run(ProposeSlot(request_id="req-0", slot_id=slots[1]))
    assert changed.undo is not None
    other.run(changed.undo)
    desk.run(TriageRequest(request_id="req-1", severity=SeverityLevel.YELLOW))
    with suppress(AppError):  # it is kept for somebody else
        desk.run(ProposeSlot(request_id="req-1", slot_id=slots[0]))
    other.run(ConvertRequest(request_id="req-0"))
    with suppress(AppError):  # somebody did that
        desk.run(ConvertRequest(request_id="req-0"))
    desk.run(ConvertRequest(request_id="req-1", slot_id=slots[2]))
    desk.run(TriageRequest(request_id="req-2", severity=SeverityLevel.GREEN))
    desk.run(ProposeSlot(request_id="req-2", slot_id=slots[3]))
    twins.write(update(VisitSlot).where(VisitSlot.id == slots[3]).values(held_until=NOW - timedelta(minutes=1)))
    desk.run(ProposeSlot(request_id="req-2", slot_id=slots[3]))
    other.run(CancelRequest(request_id="req-2", reason="Went elsewhere"))
    desk.run(TriageRequest(request_id="req-3", severity=SeverityLevel.RED))
    twins.write(  # the backend proposes too
        update(VisitSlot).where(VisitSlot.id == slots[4]).values(
            status=SlotStatus.HELD, held_until=NOW + timedelta(hours=3)
        ),
        update(VisitRequest).where(VisitRequest.id == "req-3").values(
            status=RequestStatus.AWAITING_PATIENT_CONFIRMATION, proposed_slot_id=slots[4]
        ),
    )  # fmt: skip
    desk.run(ProposeSlot(request_id="req-3", slot_id=slots[5]))


def _there_and_back(twins: Twins, slots: list[str]) -> None:
    """Each step of a request, and each taken back by who did it: triage, proposal, the booking of either."""
    triaged = twins.desk.run(TriageRequest(request_id="req-0", severity=SeverityLevel.YELLOW))
    assert triaged.undo is not None
    with suppress(AppError):  # somebody else's
        twins.desk2.run(triaged.undo)
    twins.desk.run(triaged.undo)
    twins.desk.run(TriageRequest(request_id="req-0", severity=SeverityLevel.YELLOW))
    each: tuple[list[Command], ...] = (
        [ConvertRequest(request_id="req-0", slot_id=slots[0])],
        [ProposeSlot(request_id="req-0", slot_id=slots[1])],
        [ProposeSlot(request_id="req-0", slot_id=slots[2]), ConvertRequest(request_id="req-0")],
    )
    for steps in each:
        for done in reversed([twins.desk.run(one) for one in steps]):
            assert done.undo is not None
            twins.desk.run(done.undo)
            with suppress(AppError):  # it is taken back already
                twins.desk.run(done.undo)


def rooms(twins: Twins) -> None:
    """The provider joins before and after the patient, again, and closes; a colleague and the desk may not."""
    early, late, here = twins.slots("14:00", 3)
    twins.write(update(ClinicSettings).values(room_url_template="https://meet.example.org/{room}"))
    booked = []
    for slot, mode in ((early, VisitMode.VIRTUAL), (late, VisitMode.VIRTUAL), (here, VisitMode.IN_PERSON)):
        made = twins.desk.run(BookVisit(slot_id=slot, patient_id="pat-lis", visit_mode=mode))
        booked.append(made.result["visitId"])
    for person, visit in ((twins.desk, booked[0]), (twins.chen, booked[0]), (twins.okafor, booked[2])):
        with suppress(AppError):
            person.run(JoinSession(visit_id=visit))
    twins.okafor.run(JoinSession(visit_id=booked[0]))
    twins.okafor.run(JoinSession(visit_id=booked[0]))
    twins.write(
        update(VirtualVisitSession).where(VirtualVisitSession.visit_id == booked[1]).values(
            patient_joined_at=NOW, status=TelemedStatus.WAITING
        )
    )  # fmt: skip
    twins.okafor.run(JoinSession(visit_id=booked[1]))
    twins.okafor.run(EndSession(visit_id=booked[1]))
    twins.okafor.run(EndSession(visit_id=booked[1]))
    with suppress(AppError):  # it is closed
        twins.okafor.run(JoinSession(visit_id=booked[1]))


REQUEST_SCENARIOS: dict[Callable[[Twins], None], frozenset[type[Command]]] = {
    requests: frozenset({TriageRequest, ProposeSlot, ConvertRequest, CancelRequest, UndoRequestStep}),
    rooms: frozenset({JoinSession, EndSession}),
}

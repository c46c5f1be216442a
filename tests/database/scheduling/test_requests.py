"""Visit requests on both databases: the order of the board, the state table, the time that is kept, whose hands."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit
from app.commands.clinic import ChangeClinic
from app.commands.holds import HoldSlot, ReleaseHold
from app.commands.request_undo import UndoRequestStep
from app.commands.requests import CancelRequest, ConvertRequest, ProposeSlot, TriageRequest
from app.db.models import RequestDetail, RequestVisit, Visit, VisitRequest, VisitSlot
from app.domain.enums import RequestStatus, RequestType, SeverityLevel, SlotStatus, VisitMode, VisitStatus, VisitType
from app.kernel.errors import Conflict, Refused
from app.queries.counts import rail_counts
from app.queries.requests import ProposalState, RequestBox, RequestRow, request_page, request_view
from tests.support.desk import DAY, NOW, Desk, Person, at

FREE, HELD, BOOKED = SlotStatus.FREE, SlotStatus.HELD, SlotStatus.BOOKED
AWAITING = RequestStatus.AWAITING_PATIENT_CONFIRMATION
RED, GREEN = SeverityLevel.RED, SeverityLevel.GREEN
TOMORROW = DAY + timedelta(days=1)


def ask_for(desk: Desk, key: str = "req", *, ago: timedelta = timedelta(0), patient: str = "lis", **more: Any) -> str:
    """A request as the backend writes one."""
    values = {
        "id": key, "patient_id": f"pat-{patient}", "request_type": RequestType.SCHEDULED,
        "visit_mode": VisitMode.VIRTUAL, "reason_text": "Dizzy", "severity": GREEN, "status": RequestStatus.NEW,
        "created_at": NOW - ago, "updated_at": NOW - ago, **more,
    }  # fmt: skip
    desk.write(insert(VisitRequest).values(**values))
    return key


def triaged(desk: Desk, key: str = "req", **more: Any) -> str:
    """One that was looked at."""
    ask_for(desk, key, **more)
    desk.desk.run(TriageRequest(request_id=key, severity=GREEN))
    return key


def near_to(found: datetime | None, wanted: datetime) -> bool:
    """The server's clock goes on while a test runs."""
    return found is not None and abs(found - wanted) < timedelta(minutes=5)


def row(desk: Desk, key: str = "req") -> Any:
    return desk.rows(select(VisitRequest.__table__).where(VisitRequest.id == key))[0]


def shown(person: Person, key: str = "req") -> RequestRow:
    return person.ask(request_view, request_id=key).row


def keys(person: Person, box: RequestBox = RequestBox.OPEN, **more: Any) -> list[str]:
    return [one.request_id for one in person.ask(request_page, box=box, **more).items]


def test_the_most_severe_come_first_then_the_oldest(desk: Desk) -> None:
    ask_for(desk, "green", ago=timedelta(days=3))
    ask_for(desk, "red-new", severity=RED, ago=timedelta(minutes=1))
    ask_for(desk, "yellow", severity=SeverityLevel.YELLOW, ago=timedelta(days=2))
    ask_for(desk, "red-old", severity=RED, ago=timedelta(minutes=5))
    ask_for(desk, "orange", severity=SeverityLevel.ORANGE)
    ask_for(desk, "gone", severity=RED, status=RequestStatus.CANCELLED)
    order = ["red-old", "red-new", "orange", "yellow", "green"]
    assert keys(desk.desk) == order
    first = desk.desk.ask(request_page, limit=2)
    rest = desk.desk.ask(request_page, limit=9, cursor=first.cursor)
    assert ([one.request_id for one in (*first.items, *rest.items)], first.more, rest.more) == (order, True, False)
    assert keys(desk.desk, RequestBox.CLOSED) == ["gone"]
    assert desk.desk.ask(rail_counts)["requests"] == 5


def test_triage_comes_first_and_can_be_said_anew(desk: Desk) -> None:
    ask_for(desk)
    slot = desk.slot("14:20", day=TOMORROW)
    for command in (ProposeSlot(request_id="req", slot_id=slot), ConvertRequest(request_id="req", slot_id=slot)):
        with pytest.raises(Refused) as early:
            desk.desk.run(command)
        assert (early.value.code, early.value.field) == ("BadTransition", "status")
    first = desk.desk.run(TriageRequest(request_id="req", severity=RED, note=" Call ", owner_user="u-okafor"))
    assert isinstance(first.undo, UndoRequestStep), "back to NEW by the guarded step alone"
    one = shown(desk.desk)
    assert (one.severity, one.status, one.note, one.owner_name) == (
        RED, RequestStatus.TRIAGED, "Call", "Ngozi Okafor"
    )  # fmt: skip
    again = desk.desk2.run(TriageRequest(request_id="req", severity=GREEN, owner_user=""))
    assert shown(desk.desk).owner_user is None
    assert again.undo is not None
    desk.desk2.run(again.undo)
    assert (shown(desk.desk).severity, shown(desk.desk).owner_user, shown(desk.desk).note) == (RED, "u-okafor", "Call")
    with pytest.raises(Conflict) as late:
        desk.desk.run(TriageRequest(request_id="req", severity=GREEN, expected=RequestStatus.NEW))
    assert late.value.data["server"]["by"] == "Alma Moreno"
    assert "Alma Moreno" in late.value.message


def test_a_proposed_time_is_kept_a_day_and_no_longer_than_two_hours_before(desk: Desk) -> None:
    near, far, soon = (desk.slot("14:20", day=TOMORROW), desk.slot("10:00", day=DAY + timedelta(days=9)),
                       desk.slot("12:00"))  # fmt: skip
    triaged(desk)
    with pytest.raises(Refused) as hasty:
        desk.desk.run(ProposeSlot(request_id="req", slot_id=soon))
    assert (hasty.value.code, hasty.value.field) == ("TooSoon", "slotId")
    done = desk.desk.run(ProposeSlot(request_id="req", slot_id=far))
    assert near_to(datetime.fromisoformat(done.result["heldUntil"]), NOW + timedelta(hours=24))
    assert (row(desk).status, row(desk).proposed_slot_id, desk.status(far)) == (AWAITING, far, HELD)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=near))
    assert (desk.status(far), desk.status(near)) == (FREE, HELD)
    evening = desk.slot("12:00", day=TOMORROW)
    done = desk.desk.run(ProposeSlot(request_id="req", slot_id=evening))
    assert done.result["heldUntil"] == (at("12:00", TOMORROW) - timedelta(hours=2)).isoformat()
    ends = desk.rows(select(RequestDetail.proposal_ends_at))[0][0]
    assert ends == desk.rows(select(VisitSlot.held_until).where(VisitSlot.id == evening))[0][0]
    proposal = shown(desk.desk).proposal
    assert proposal is not None
    assert (proposal.state, proposal.start, proposal.ends_at) == (ProposalState.HELD, at("12:00", TOMORROW), ends)


def test_the_clinic_says_how_long_a_proposed_time_waits(desk: Desk) -> None:
    far = desk.slot("10:00", day=DAY + timedelta(days=9))
    triaged(desk)
    for hours in (0, 337, True):
        with pytest.raises(Refused) as wrong:
            desk.admin.run(ChangeClinic(settings={"proposal_hours": hours}))
        assert (wrong.value.code, wrong.value.field) == ("BadValue", "proposal_hours")
    desk.admin.run(ChangeClinic(settings={"proposal_hours": 72}))
    done = desk.desk.run(ProposeSlot(request_id="req", slot_id=far))
    assert near_to(datetime.fromisoformat(done.result["heldUntil"]), NOW + timedelta(hours=72))
    assert desk.status(far) is HELD
    desk.admin.run(ChangeClinic(settings={"proposal_hours": 3}))
    again = desk.desk.run(ProposeSlot(request_id="req", slot_id=far, expected=AWAITING))
    assert near_to(datetime.fromisoformat(again.result["heldUntil"]), NOW + timedelta(hours=3))


def test_another_proposal_can_be_taken_back_to_the_first(desk: Desk) -> None:
    one, other = desk.slot("14:20", day=TOMORROW), desk.slot("15:20", day=TOMORROW)
    triaged(desk)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=one))
    changed = desk.desk.run(ProposeSlot(request_id="req", slot_id=other))
    assert changed.undo is not None
    desk.desk.run(changed.undo)
    assert (row(desk).proposed_slot_id, desk.status(one), desk.status(other)) == (one, HELD, FREE)


def test_a_kept_time_is_nobodys_on_the_staff_but_whoever_talks_to_the_patient_books_it(desk: Desk) -> None:
    slot = desk.slot("14:20", day=TOMORROW)
    triaged(desk, request_type=RequestType.WALK_IN)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    desk.desk.run(ReleaseHold(slot_id=slot))
    for command in (
        HoldSlot(slot_id=slot),
        BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=VisitMode.VIRTUAL),
        ConvertRequest(request_id=triaged(desk, "rival", patient="roux"), slot_id=slot),
    ):
        with pytest.raises(Conflict) as taken:
            desk.desk.run(command)
        assert (taken.value.code, taken.value.data["heldBy"]) == ("SlotTaken", "Dana Whitfield")
    done = desk.okafor.run(ConvertRequest(request_id="req", slot_id=slot))
    visit = desk.visit(done.result["visitId"])
    assert (visit.slot_id, visit.patient_id, visit.visit_mode, visit.visit_type, visit.reason_text) == (
        slot, "pat-lis", VisitMode.VIRTUAL, VisitType.WALK_IN, "Dizzy"
    )  # fmt: skip
    assert (row(desk).status, desk.status(slot)) == (RequestStatus.CONVERTED_TO_VISIT, BOOKED)
    assert desk.detail(slot).held_name is None
    assert desk.rows(select(RequestVisit.request_id, RequestVisit.visit_id)) == [("req", visit.id)]
    assert shown(desk.desk).visit_id == visit.id
    with pytest.raises(Conflict) as twice:
        desk.desk.run(ConvertRequest(request_id="req"))
    assert (twice.value.data["server"]["visitId"], twice.value.data["server"]["by"]) == (visit.id, "Ngozi Okafor")
    desk.desk.run(CancelVisit(visit_id=visit.id))
    assert desk.status(slot) is FREE


def test_a_triaged_request_is_booked_at_once_and_a_kept_time_comes_free(desk: Desk) -> None:
    kept, agreed = desk.slot("14:20", day=TOMORROW), desk.slot("12:00")
    triaged(desk)
    with pytest.raises(Refused) as where:
        desk.desk.run(ConvertRequest(request_id="req"))
    assert where.value.field == "slotId"
    desk.desk.run(ProposeSlot(request_id="req", slot_id=kept))
    desk.desk.run(ConvertRequest(request_id="req", slot_id=agreed))
    assert (desk.status(kept), desk.status(agreed), row(desk).proposed_slot_id) == (FREE, BOOKED, agreed)


def test_a_hold_that_ended_is_shown_and_the_time_proposed_again(desk: Desk) -> None:
    slot = desk.slot("14:20", day=DAY + timedelta(days=3))
    triaged(desk)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    desk.pass_time(timedelta(hours=25))
    proposal = shown(desk.desk).proposal
    assert proposal is not None
    assert (proposal.state, row(desk).status) == (ProposalState.ENDED, AWAITING)
    desk.desk2.run(ProposeSlot(request_id="req", slot_id=slot, expected=AWAITING))
    proposal = shown(desk.desk).proposal
    assert proposal is not None
    assert proposal.state is ProposalState.HELD
    assert near_to(proposal.ends_at, NOW + timedelta(hours=49))


def test_a_time_that_went_to_somebody_else_is_not_taken_from_them(desk: Desk) -> None:
    slot = desk.slot("14:20", day=DAY + timedelta(days=3))
    spare = desk.slot("14:40", day=DAY + timedelta(days=3))
    triaged(desk)
    triaged(desk, "other", patient="roux")
    desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    desk.pass_time(timedelta(hours=25))
    desk.desk.run(ProposeSlot(request_id="other", slot_id=slot))
    proposal = shown(desk.desk).proposal
    assert proposal is not None
    assert proposal.state is ProposalState.TAKEN
    with pytest.raises(Conflict) as taken:
        desk.desk.run(ConvertRequest(request_id="req"))
    assert (taken.value.code, taken.value.data["alternatives"][0]["id"]) == ("SlotTaken", spare)
    desk.desk.run(CancelRequest(request_id="req", reason="Better"))
    assert desk.status(slot) is HELD, "the other patient's time stays"
    desk.desk.run(ConvertRequest(request_id="other"))


def test_what_the_backend_proposed_is_booked_and_renewed(desk: Desk) -> None:
    slot = desk.slot("14:20", day=TOMORROW, origin=None, status=HELD)
    desk.write(update(VisitSlot).where(VisitSlot.id == slot).values(held_until=NOW + timedelta(hours=3)))
    ask_for(desk, status=AWAITING, proposed_slot_id=slot)
    proposal = shown(desk.desk).proposal
    assert proposal is not None
    assert proposal.state is ProposalState.HELD
    desk.desk.run(ConvertRequest(request_id="req"))
    assert desk.status(slot) is BOOKED


def test_what_the_backend_booked_for_the_patient_only_has_to_be_closed(desk: Desk) -> None:
    triaged(desk)
    slot = desk.slot("14:20", day=TOMORROW)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    desk.write(
        insert(Visit).values(
            id="by-phone",
            patient_id="pat-lis",
            provider_id="p-okafor",
            slot_id=slot,
            visit_type=VisitType.SCHEDULED,
            visit_mode=VisitMode.VIRTUAL,
            reason_text="Dizzy",
            status=VisitStatus.PLANNED,
            created_at=NOW,
            updated_at=NOW,
        )
    )
    proposal = shown(desk.desk).proposal
    assert proposal is not None
    assert proposal.state is ProposalState.BOOKED
    other = desk.slot("15:00", day=TOMORROW)
    for again in (ProposeSlot(request_id="req", slot_id=other), ConvertRequest(request_id="req", slot_id=other)):
        with pytest.raises(Conflict) as twice:
            desk.desk.run(again)
        assert twice.value.data["server"]["visitId"] == "by-phone", "one request would have two visits"
    assert desk.status(other) is FREE
    with pytest.raises(Conflict) as booked:
        desk.desk.run(CancelRequest(request_id="req", reason="No visit comes of it"))
    assert booked.value.data["server"]["visitId"] == "by-phone", "a visit did come of it: that one is called off first"
    assert row(desk).status is AWAITING
    done = desk.desk.run(ConvertRequest(request_id="req"))
    assert (done.result["status"], done.result["visitId"]) == ("CONVERTED_TO_VISIT", "by-phone")
    assert desk.rows(select(RequestVisit.visit_id))[0].visit_id == "by-phone"
    after = shown(desk.desk).proposal
    assert after is not None
    assert (after.state, after.start) == (ProposalState.BOOKED, proposal.start)


def test_a_slot_that_is_gone_says_so(desk: Desk) -> None:
    ask_for(desk, status=AWAITING, proposed_slot_id="no-slot")
    proposal = shown(desk.desk).proposal
    assert proposal is not None
    assert (proposal.state, proposal.start) == (ProposalState.GONE, None)
    slot = desk.slot("14:20", day=TOMORROW)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    assert desk.status(slot) is HELD


def test_cancelling_needs_a_reason_and_frees_the_time(desk: Desk) -> None:
    slot = desk.slot("14:20", day=TOMORROW)
    triaged(desk)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    with pytest.raises(Refused) as why:
        desk.desk.run(CancelRequest(request_id="req", reason="  "))
    assert why.value.field == "reason"
    desk.desk2.run(CancelRequest(request_id="req", reason="Went elsewhere"))
    assert (row(desk).status, row(desk).proposed_slot_id, desk.status(slot)) == (RequestStatus.CANCELLED, None, FREE)
    assert shown(desk.desk).close_reason == "Went elsewhere"
    desk.desk2.run(CancelRequest(request_id="req", reason="Again"))
    with pytest.raises(Conflict) as late:
        desk.desk.run(TriageRequest(request_id="req", severity=RED))
    assert late.value.data["server"]["status"] == "CANCELLED"


def test_each_step_is_taken_back_by_who_did_it(desk: Desk) -> None:
    slot = desk.slot("14:00", day=TOMORROW)
    ask_for(desk, visit_mode=VisitMode.IN_PERSON)
    steps = [desk.desk.run(one) for one in (
        TriageRequest(request_id="req", severity=RED), ProposeSlot(request_id="req", slot_id=slot),
        ConvertRequest(request_id="req"),
    )]  # fmt: skip
    triage, proposal, booking = [one.undo for one in steps]
    assert triage is not None
    assert proposal is not None
    assert booking is not None
    with pytest.raises(Refused) as refused:
        desk.desk2.run(booking)
    assert refused.value.code == "UndoNotYours"
    with pytest.raises(Conflict):
        desk.desk.run(proposal)  # it is booked by now
    desk.desk.run(booking)
    assert (row(desk).status, row(desk).proposed_slot_id, desk.status(slot)) == (AWAITING, slot, HELD)
    assert desk.visit(str(steps[2].result["visitId"])).status is VisitStatus.CANCELLED
    assert not desk.rows(select(RequestVisit.request_id))
    kept = shown(desk.desk).proposal
    assert kept is not None
    assert (kept.state, str(kept.ends_at.isoformat() if kept.ends_at else "")) == (
        ProposalState.HELD, steps[1].result["heldUntil"]
    ), "it waits for the answer as long as it did"  # fmt: skip
    with pytest.raises(Conflict):
        desk.desk2.run(BookVisit(slot_id=slot, patient_id="pat-roux", visit_mode=VisitMode.VIRTUAL))
    desk.desk.run(proposal)
    assert (row(desk).status, row(desk).proposed_slot_id, desk.status(slot)) == (RequestStatus.TRIAGED, None, FREE)
    desk.desk.run(triage)
    assert (row(desk).status, row(desk).severity) == (RequestStatus.NEW, GREEN)
    again = [desk.desk.run(one) for one in (
        TriageRequest(request_id="req", severity=RED), ProposeSlot(request_id="req", slot_id=slot))]  # fmt: skip
    assert again[1].undo is not None
    desk.desk.run(again[1].undo)
    assert desk.status(slot) is FREE, "what was kept for the patient is free with the proposal"


def test_a_booked_proposal_taken_back_is_kept_again_only_where_it_still_can_be(desk: Desk) -> None:
    """Another time was booked than the proposed one; meanwhile somebody took that, or it waited long enough."""
    proposed, booked = desk.slot("14:00", day=TOMORROW), desk.slot("15:00", day=TOMORROW)
    triaged(desk)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=proposed))
    other = desk.desk.run(ConvertRequest(request_id="req", slot_id=booked))
    assert (desk.status(proposed), desk.status(booked)) == (FREE, BOOKED)
    assert other.undo is not None
    desk.desk.run(other.undo)
    assert (desk.status(proposed), desk.status(booked)) == (HELD, FREE), "the one that was proposed waits again"
    taken = desk.desk.run(ConvertRequest(request_id="req", slot_id=booked))
    desk.desk2.run(BookVisit(slot_id=proposed, patient_id="pat-roux", visit_mode=VisitMode.VIRTUAL))
    assert taken.undo is not None
    desk.desk.run(taken.undo)
    assert (row(desk).status, desk.status(proposed), desk.status(booked)) == (AWAITING, BOOKED, FREE)
    assert shown(desk.desk).proposal.state is ProposalState.TAKEN  # type: ignore[union-attr]


def test_a_proposal_that_ended_meanwhile_is_not_kept_again(desk: Desk) -> None:
    slot = desk.slot("13:00")
    triaged(desk)
    kept = desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    assert near_to(datetime.fromisoformat(kept.result["heldUntil"]), at("11:00"))
    desk.pass_time(timedelta(minutes=15))
    done = desk.desk.run(ConvertRequest(request_id="req"))
    desk.pass_time(timedelta(minutes=5))
    assert done.undo is not None
    desk.desk.run(done.undo)
    assert (row(desk).status, desk.status(slot)) == (AWAITING, FREE)
    assert shown(desk.desk).proposal.state is ProposalState.ENDED  # type: ignore[union-attr]


def test_a_proposed_time_that_has_begun_is_not_offered_again(desk: Desk) -> None:
    slot = desk.slot("13:00")
    triaged(desk)
    desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    desk.pass_time(timedelta(minutes=30))
    assert shown(desk.desk).proposal.state is ProposalState.ENDED  # type: ignore[union-attr]
    desk.pass_time(timedelta(hours=2))
    assert shown(desk.desk).proposal.state is ProposalState.TAKEN  # type: ignore[union-attr]


def test_a_time_into_which_another_visit_reaches_is_not_proposed(desk: Desk) -> None:
    """Another program's visit of half an hour on a slot that overlaps the free one."""
    slot = desk.slot("14:20", day=TOMORROW)
    reaching = desk.slot("14:00", 30, day=TOMORROW, status=BOOKED, origin=None)
    values = {"visit_type": VisitType.SCHEDULED, "visit_mode": VisitMode.VIRTUAL, "reason_text": "", "updated_at": NOW}
    desk.write(insert(Visit).values(id="long", patient_id="pat-roux", provider_id="p-okafor", slot_id=reaching,
                                    status=VisitStatus.PLANNED, created_at=NOW, **values))  # fmt: skip
    triaged(desk)
    with pytest.raises(Conflict) as taken:
        desk.desk.run(ProposeSlot(request_id="req", slot_id=slot))
    assert (taken.value.code, desk.status(slot), row(desk).status) == ("SlotTaken", FREE, RequestStatus.TRIAGED)


def test_taking_a_step_back_forgets_who_took_it_and_touches_no_other_visit(desk: Desk) -> None:
    mine, other = desk.slot("14:00", day=TOMORROW), desk.slot("15:00", day=TOMORROW)
    for key, slot in (("req", mine), ("req2", other)):
        ask_for(desk, key, visit_mode=VisitMode.IN_PERSON)
        desk.desk.run(TriageRequest(request_id=key, severity=RED))
        desk.desk.run(ProposeSlot(request_id=key, slot_id=slot))
    booked = [desk.desk.run(ConvertRequest(request_id=key)) for key in ("req", "req2")]
    ids = [str(one.result["visitId"]) for one in booked]
    undo = booked[0].undo
    assert isinstance(undo, UndoRequestStep)
    with pytest.raises(Refused) as refused:
        desk.desk.run(replace(undo, visit_id=ids[1]))
    assert refused.value.code == "NothingToUndo"
    assert [desk.visit(one).status for one in ids] == [VisitStatus.PLANNED, VisitStatus.PLANNED]
    known = select(RequestDetail.__table__).where(RequestDetail.request_id == "req")
    assert desk.rows(known)[0].closed_by is not None
    desk.desk.run(undo)
    assert [desk.visit(one).status for one in ids] == [VisitStatus.CANCELLED, VisitStatus.PLANNED]
    assert desk.rows(known)[0].closed_by is None


def test_a_step_is_not_taken_back_after_a_quarter_of_an_hour(desk: Desk) -> None:
    ask_for(desk)
    done = desk.desk.run(TriageRequest(request_id="req", severity=RED))
    desk.pass_time(timedelta(minutes=16))
    assert done.undo is not None
    with pytest.raises(Refused) as refused:
        desk.desk.run(done.undo)
    assert refused.value.code == "UndoTooLate"


def test_the_glimpse_of_the_chart(desk: Desk) -> None:
    ask_for(desk)
    view = desk.desk.ask(request_view, request_id="req")
    assert (view.row.patient_name, view.phone, view.last_visit, view.allergies.asked) == (
        "Zygmunt Lis", "(415) 555-0163", None, False
    )  # fmt: skip
    with pytest.raises(Refused) as unknown:
        desk.desk.ask(request_view, request_id="nothing")
    assert unknown.value.field == "requestId"


@pytest.mark.parametrize("who", ["desk", "okafor", "admin"])
def test_every_role_triages_proposes_and_books(desk: Desk, who: str) -> None:
    slot = desk.slot("14:20", day=TOMORROW)
    ask_for(desk)
    person: Person = getattr(desk, who)
    person.run(TriageRequest(request_id="req", severity=RED))
    person.run(ProposeSlot(request_id="req", slot_id=slot))
    person.run(ConvertRequest(request_id="req"))
    assert row(desk).status is RequestStatus.CONVERTED_TO_VISIT

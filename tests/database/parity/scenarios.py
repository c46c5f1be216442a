"""What people do in a clinic, area by area: together every command that there is, and every undo that they offer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, time, timedelta
from typing import Any, TypeAlias

from sqlalchemy import select

from app.commands.availability import (
    AddAvailability,
    AddHours,
    ChangeAvailability,
    PauseAvailability,
    RemoveAvailability,
    RemoveHours,
)
from app.commands.blocking import BlockTime, UnblockTime
from app.commands.booking import BookVisit
from app.commands.booking_together import BookTogether, CancelTogether, OneOfSeveral
from app.commands.cancelling import CancelVisit, DidNotArrive, MarkNoShow
from app.commands.clinic import ChangeClinic, SaveAppointmentType, SaveProvider, SaveRoom
from app.commands.closing import CloseDay, ReopenDay
from app.commands.contacts import RecordContact
from app.commands.core import Command, Outcome
from app.commands.drafts import DiscardDraft, SaveDraft
from app.commands.holds import HoldSlot, HoldTime, ReleaseHold, RenewHold
from app.commands.households import EndHousehold, JoinHousehold, LeaveHousehold, MakeHousehold
from app.commands.imports import NoteImport
from app.commands.leases import SetOfflineLeases
from app.commands.limits import SetClinicalLimits
from app.commands.moving import MoveVisit, ResizeVisit
from app.commands.patients import ConfirmIdentity, EditPatient, FieldChange, FlagPatient, RegisterPatient
from app.commands.saved_views import RemoveView, SaveView
from app.commands.series import BookSeries, CancelSeries, MoveSeries, RestoreSeries, SeriesMove, SeriesVisit
from app.commands.slots import GenerateSlots
from app.commands.undoing import UndoVisitStatus
from app.commands.visits import CheckIn, CompleteVisit, ConfirmVisit, FollowUp, SetFlow, SetRoom, StartVisit
from app.commands.waiting_list import AddToWaitingList, ChangeWaiting, NoteOffer, SetWaitingStatus
from app.commands.walk_ins import AddWalkIn, BookWalkIn, PlaceWalkIn, ReturnToQueue, WalkInLeft
from app.db.models import VisitSlot
from app.domain.enums import FlowMark, VisitMode, VisitStatus, WaitingStatus
from app.domain.visits import CancelKind, ContactResult
from app.kernel.errors import AppError
from tests.database.parity.scenarios_alerts import ALERT_SCENARIOS
from tests.database.parity.scenarios_care import CARE_SCENARIOS
from tests.database.parity.scenarios_imports import IMPORT_SCENARIOS
from tests.database.parity.scenarios_labs import LAB_SCENARIOS
from tests.database.parity.scenarios_messages import MESSAGE_SCENARIOS
from tests.database.parity.scenarios_notes import NOTE_SCENARIOS
from tests.database.parity.scenarios_papers import PAPER_SCENARIOS
from tests.database.parity.scenarios_requests import REQUEST_SCENARIOS
from tests.database.parity.scenarios_vitals import VITAL_SCENARIOS
from tests.support.desk import DAY, NOW, at
from tests.support.twins import Twins

HERE = VisitMode.IN_PERSON
OKAFOR = "p-okafor"
Scenario: TypeAlias = Callable[[Twins], None]
SCENARIOS: dict[Scenario, frozenset[type[Command]]] = {}
"""Each scenario with the commands that it must give."""


def gives(*kinds: type[Command]) -> Callable[[Scenario], Scenario]:
    """Register a scenario and what it is there for."""

    def register(scenario: Scenario) -> Scenario:
        SCENARIOS[scenario] = frozenset(kinds)
        return scenario

    return register


def undo(twins: Twins, outcome: Outcome, who: str = "desk") -> Outcome:
    """Take something back, as Ctrl+Z does."""
    assert outcome.undo is not None
    twins.pass_time(timedelta(seconds=20))
    return getattr(twins, who).run(outcome.undo)  # type: ignore[no-any-return]


def book(twins: Twins, clock: str, patient: str = "lis", **more: Any) -> str:
    """Book a slot of Dr Okafor made for it; returns the visit's id."""
    command = BookVisit(slot_id=twins.slot(clock), patient_id=f"pat-{patient}", visit_mode=HERE, **more)
    twins.desk.run(command)
    return command.visit_id


@gives(BookVisit, CancelVisit, HoldSlot, HoldTime, RenewHold, ReleaseHold, MoveVisit, ResizeVisit, RecordContact)
def booking(twins: Twins) -> None:
    slots = twins.slots("11:00", 6)
    twins.desk.run(HoldSlot(slot_id=slots[0]))
    twins.pass_time(timedelta(minutes=2))
    twins.desk.run(RenewHold(slot_id=slots[0]))
    booked = BookVisit(slot_id=slots[0], patient_id="pat-kowalska", visit_mode=HERE, minutes=30, reason_text="Cough")
    done = twins.desk.run(booked)
    undo(twins, done)
    twins.desk2.run(HoldSlot(slot_id=slots[0]))
    with suppress(AppError):  # somebody else holds it
        twins.desk.run(BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=HERE))
    twins.desk2.run(ReleaseHold(slot_id=slots[0]))
    again = BookVisit(slot_id=slots[0], patient_id="pat-lis", visit_mode=HERE, appointment_type_id="t-40")
    twins.desk.run(again)
    free = HoldTime(provider_id="p-chen", start=at("13:05"), minutes=25)
    twins.desk.run(free)
    twins.desk.run(ReleaseHold(slot_id=free.slot_id))
    moved = twins.desk.run(MoveVisit(visit_id=again.visit_id, slot_id=slots[4], from_slot_id=slots[0]))
    undo(twins, moved)
    twins.desk.run(MoveVisit(visit_id=again.visit_id, provider_id="p-chen", start=at("15:10"), minutes=15))
    resized = twins.desk.run(ResizeVisit(visit_id=again.visit_id, minutes=35))
    undo(twins, resized)
    over = BookVisit(
        slot_id=twins.slot("15:20", provider="p-chen"), patient_id="pat-roux", visit_mode=HERE, overbook=True
    )
    undo(twins, twins.desk.run(over))
    twins.desk.run(CancelVisit(visit_id=again.visit_id, kind=CancelKind.PATIENT, reason="Has a cold"))
    twins.desk.run(RecordContact(patient_id="pat-lis", result=ContactResult.NO_ANSWER, visit_id=again.visit_id))
    twins.desk.run(RecordContact(patient_id="pat-roux", result=ContactResult.AGREED, note="Will call"))


@gives(BookTogether, CancelTogether)
def family(twins: Twins) -> None:
    slots = twins.slots("13:00", 3)
    people = ("lis", "kowalska", "brandt")
    together = BookTogether(
        visits=tuple(OneOfSeveral(slot, f"pat-{name}") for slot, name in zip(slots, people, strict=True))
    )
    undo(twins, twins.desk.run(together))
    twins.desk.run(BookTogether(visits=(OneOfSeveral(slots[0], "pat-lis"), OneOfSeveral(slots[2], "pat-roux"))))


@gives(BookSeries, MoveSeries, CancelSeries, RestoreSeries)
def series(twins: Twins) -> None:
    week = timedelta(days=7)
    slots = [twins.slot("14:00", day=DAY + week * n) for n in range(3)]
    other = [twins.slot("15:00", day=DAY + week * n) for n in range(3)]
    visits = tuple(SeriesVisit(slot_id=slot) for slot in slots)
    twins.desk.run(BookSeries(patient_id="pat-lis", visits=visits, minutes=20, visit_mode=HERE))
    moves = tuple(SeriesMove(visit_id=one.visit_id, slot_id=slot) for one, slot in zip(visits, other, strict=True))
    undo(twins, twins.desk.run(MoveSeries(moves=moves)))
    called_off = twins.desk.run(CancelSeries(visit_ids=tuple(one.visit_id for one in visits[1:])))
    back = undo(twins, called_off)
    assert back.result
    off_grid = (SeriesVisit(provider_id="p-chen", start=at("16:05")),)
    undo(twins, twins.desk.run(BookSeries(patient_id="pat-roux", visits=off_grid, minutes=25, visit_mode=HERE)))


@gives(CheckIn, StartVisit, CompleteVisit, SetFlow, SetRoom, ConfirmVisit, UndoVisitStatus, DidNotArrive, MarkNoShow)
def visits(twins: Twins) -> None:
    one, other = book(twins, "10:40"), book(twins, "11:00", "roux")
    undo(twins, twins.desk.run(ConfirmVisit(visit_id=one)))
    undo(twins, twins.desk.run(CheckIn(visit_id=one, room="Room 2")))
    twins.desk.run(CheckIn(visit_id=one))
    twins.desk.run(SetFlow(visit_id=one, flow=FlowMark.READY))
    undo(twins, twins.desk.run(SetRoom(visit_id=one, room="Room 1")))
    twins.pass_time(timedelta(minutes=5))
    undo(twins, twins.okafor.run(StartVisit(visit_id=one)), "okafor")
    twins.okafor.run(StartVisit(visit_id=one))
    twins.pass_time(timedelta(minutes=10))
    done = CompleteVisit(visit_id=one, follow_up=FollowUp(6, note="Blood pressure"))
    undo(twins, twins.okafor.run(done), "okafor")
    twins.okafor.run(done)
    with suppress(AppError):  # only the provider of the visit starts it
        twins.chen.run(StartVisit(visit_id=other, expected=VisitStatus.PLANNED))
    twins.desk.run(CheckIn(visit_id=other))
    undo(twins, twins.desk.run(MarkNoShow(visit_id=other, reason="Left after an hour")))
    late = book(twins, "11:20", "brandt")
    twins.pass_time(timedelta(hours=1))
    undo(twins, twins.desk.run(DidNotArrive(visit_id=late)))
    twins.desk.run(DidNotArrive(visit_id=late))
    virtual = twins.slot("13:00", mode=VisitMode.VIRTUAL)
    call = BookVisit(slot_id=virtual, patient_id="pat-horvath", visit_mode=VisitMode.VIRTUAL)
    twins.desk.run(call)
    twins.desk.run(CheckIn(visit_id=call.visit_id))
    undo(twins, twins.okafor.run(StartVisit(visit_id=call.visit_id)), "okafor")
    twins.okafor.run(StartVisit(visit_id=call.visit_id))
    twins.okafor.run(CompleteVisit(visit_id=call.visit_id))


@gives(BlockTime, UnblockTime, CloseDay, ReopenDay)
def blocking(twins: Twins) -> None:
    slots = twins.slots("13:00", 4)
    booked = book(twins, "14:20")
    block = BlockTime(provider_id=OKAFOR, start=at("12:50"), end=at("13:50"), reason="Meeting")
    undo(twins, twins.desk.run(block))
    block = BlockTime(provider_id=OKAFOR, start=at("13:00"), end=at("14:00"), reason="Call")
    twins.desk.run(block)
    twins.desk.run(UnblockTime(slot_ids=(slots[0],)))
    twins.desk.run(BookVisit(slot_id=slots[1], patient_id="pat-roux", visit_mode=HERE, over_blocked=True))
    twins.desk.run(UnblockTime(batch_id=block.batch_id))
    closure = CloseDay(provider_id=OKAFOR, start=at("12:00"), end=at("17:00"), reason="Off sick")
    twins.desk.run(closure)
    twins.desk.run(CancelVisit(visit_id=booked, kind=CancelKind.CLINIC))
    twins.desk.run(ReopenDay(closure_id=closure.closure_id))


@gives(
    AddAvailability, AddHours, ChangeAvailability, PauseAvailability, RemoveAvailability, RemoveHours, GenerateSlots
)  # fmt: skip
def hours(twins: Twins) -> None:
    twins.admin.run(ChangeClinic(settings={"horizon_days": 14}))
    nine, noon = time(9), time(12)
    added = AddAvailability(provider_id=OKAFOR, start_time=nine, end_time=noon, day_of_week=1, generate=True)
    twins.admin.run(added)
    week = AddHours(provider_id="p-chen", days=(1, 3), start_time=nine, end_time=noon, generate=True)
    undo(twins, twins.admin.run(week), "admin")
    twins.admin.run(week)
    off = AddAvailability(
        provider_id=OKAFOR, start_time=time(10), end_time=noon, date=DAY + timedelta(days=7), paused=True, generate=True
    )
    twins.admin.run(off)
    slot = twins.rows(select(VisitSlot.id).where(VisitSlot.start_time == at("11:00"), VisitSlot.provider_id == OKAFOR))
    twins.desk.run(BookVisit(slot_id=slot[0].id, patient_id="pat-lis", visit_mode=HERE))
    changed = ChangeAvailability(
        availability_id=added.availability_id, start_time=nine, end_time=time(10, 30), generate=True
    )
    undo(twins, twins.admin.run(changed), "admin")
    undo(twins, twins.admin.run(PauseAvailability(availability_id=added.availability_id, generate=True)), "admin")
    twins.admin.run(RemoveAvailability(availability_id=off.availability_id))
    twins.admin.run(GenerateSlots(days=21))
    twins.admin.run(GenerateSlots(days=21))


@gives(AddToWaitingList, SetWaitingStatus, ChangeWaiting, NoteOffer)
def waiting(twins: Twins) -> None:
    entry = AddToWaitingList(patient_id="pat-brandt", minutes=20, earliest=DAY, latest=DAY + timedelta(days=10),
                             time_from=time(9), note="Mornings")  # fmt: skip
    undo(twins, twins.desk.run(entry))
    entry = AddToWaitingList(patient_id="pat-brandt", minutes=20, earliest=DAY, latest=DAY + timedelta(days=10))
    twins.desk.run(entry)
    change = ChangeWaiting(entry_id=entry.entry_id, minutes=40, earliest=DAY, latest=DAY, provider_id=OKAFOR)
    undo(twins, twins.desk.run(change))
    twins.desk.run(NoteOffer(entry_id=entry.entry_id, result=ContactResult.LEFT_MESSAGE))
    undo(twins, twins.desk.run(SetWaitingStatus(entry_id=entry.entry_id, status=WaitingStatus.REMOVED)))
    booked = BookVisit(slot_id=twins.slot("13:00"), patient_id="pat-brandt", visit_mode=HERE,
                       waiting_entry_id=entry.entry_id)  # fmt: skip
    undo(twins, twins.desk.run(booked))


@gives(AddWalkIn, PlaceWalkIn, ReturnToQueue, WalkInLeft, BookWalkIn)
def walk_ins(twins: Twins) -> None:
    twins.slots("10:40", 4)
    first, second = AddWalkIn(patient_id="pat-lis", reason="Cut finger"), AddWalkIn(patient_id="pat-roux")
    twins.desk.run(first)
    twins.desk.run(second)
    twins.pass_time(timedelta(minutes=3))
    undo(twins, twins.desk.run(PlaceWalkIn(walk_in_id=first.walk_in_id, provider_id=OKAFOR)))
    twins.desk.run(PlaceWalkIn(walk_in_id=first.walk_in_id, provider_id=OKAFOR, start=at("12:10"), minutes=15))
    undo(twins, twins.desk.run(WalkInLeft(walk_in_id=second.walk_in_id)))
    undo(twins, twins.desk.run(BookWalkIn(provider_id=OKAFOR, patient_id="pat-horvath", overbook=True, minutes=10)))
    twins.desk.run(BookWalkIn(provider_id="p-chen", patient_id="pat-horvath", arrived=False, start=at("14:10")))


@gives(
    RegisterPatient, EditPatient, FlagPatient, ConfirmIdentity, MakeHousehold, JoinHousehold, LeaveHousehold,
    EndHousehold,
)  # fmt: skip
def patients(twins: Twins) -> None:
    somebody = RegisterPatient(
        patient_id="11111111-0000-4000-8000-000000000001", user_id="11111111-0000-4000-8000-000000000002",
        first_name="Zoë", last_name="de la Cruz", date_of_birth=date(1980, 2, 29), email="zoe@example.org",
        demographics={"phones": [{"system": "phone", "value": "+49 30 1234"}], "mrn": "A-17", "sex": "female"},
        flags=("VIP",), height_cm=171.5,
    )  # fmt: skip
    twins.desk.run(somebody)
    new = RegisterPatient(patient_id="11111111-0000-4000-8000-000000000003",
                          user_id="11111111-0000-4000-8000-000000000004", first_name="王")  # fmt: skip
    twins.desk.run(new)
    undo(twins, twins.desk.run(ConfirmIdentity(patient_id=new.patient_id)))
    edit = EditPatient(
        patient_id=somebody.patient_id,
        changes=(FieldChange("lastName", "de la Cruz", "Núñez"), FieldChange("heightCm", 171.5, None)),
    )
    undo(twins, twins.desk.run(edit))
    twins.desk.run(edit)
    with suppress(AppError):  # somebody changed the name before
        twins.desk2.run(EditPatient(patient_id=somebody.patient_id, changes=(FieldChange("lastName", "X", "Y"),)))
    undo(twins, twins.desk.run(FlagPatient(patient_id=somebody.patient_id, add=("HIGH_RISK",), remove=("VIP",))))
    house = MakeHousehold(household_id="22222222-0000-4000-8000-000000000001", name="Kowalski",
                          patient_ids=("pat-kowalska", "pat-kowalski"))  # fmt: skip
    undo(twins, twins.desk.run(house))
    house = MakeHousehold(household_id="22222222-0000-4000-8000-000000000002", name="Kowalski",
                          patient_ids=("pat-kowalska", "pat-kowalski"))  # fmt: skip
    twins.desk.run(house)
    join = JoinHousehold(
        household_id=house.household_id, patient_id=somebody.patient_id, relation="aunt", guardian=True
    )
    undo(twins, twins.desk.run(join))
    twins.desk.run(join)
    undo(twins, twins.desk.run(LeaveHousehold(household_id=house.household_id, patient_id="pat-kowalski")))
    twins.desk.run(EndHousehold(household_id=house.household_id))


@gives(ChangeClinic, SaveAppointmentType, SaveRoom, SaveProvider, SetOfflineLeases, SetClinicalLimits)
def clinic(twins: Twins) -> None:
    twins.admin.run(ChangeClinic(name="Quay Street", branding={"primaryColor": "#112233"}))
    twins.admin.run(ChangeClinic(settings={"slot_minutes": 25}))
    own = {"low": 30.0, "high": 90.0, "criticalLow": None, "criticalHigh": None}
    twins.admin.run(SetClinicalLimits(vitals={"HRV": own}, glp1={"bmi": 31, "conditions": ["gout"]}))
    twins.admin.run(SetClinicalLimits(vitals={"HRV": None, "SPO2": {"low": 94.0, "criticalLow": 90.0}}))
    twins.admin.run(SaveAppointmentType(type_id="t-new", name="Check", minutes=15, visit_mode=HERE))
    twins.admin.run(SaveAppointmentType(type_id="t-20", name="Follow-up", minutes=25, active=False))
    twins.admin.run(SaveRoom(room_id="room-1", name="Room 1"))
    twins.admin.run(SaveRoom(room_id="room-1", name="Room one", sort_order=3))
    twins.admin.run(SaveProvider(provider_id=OKAFOR, name="Dr N. Okafor", specialties=("Cardiology",), slot_minutes=15))
    twins.admin.run(SaveProvider(provider_id="p-new", name="Dr New"))
    undo(twins, twins.admin.run(SetOfflineLeases(share=0.2)), "admin")


@gives(SaveDraft, DiscardDraft, SaveView, RemoveView, NoteImport)
def own_things(twins: Twins) -> None:
    draft = SaveDraft(draft_id="33333333-0000-4000-8000-000000000001", kind="booking", subject="pat-lis",
                      title="Lis", body={"reason": "Cough", "minutes": 20})  # fmt: skip
    twins.desk.run(draft)
    twins.pass_time(timedelta(seconds=2))
    twins.desk.run(SaveDraft(draft_id=draft.draft_id, kind="booking", subject="pat-lis", body={}))
    twins.desk.run(DiscardDraft(draft_id=draft.draft_id))
    twins.desk.run(DiscardDraft(draft_id=draft.draft_id))
    twins.desk.run(draft)
    view = SaveView(name="Mine", kind="schedule", body={"providers": [OKAFOR]})
    twins.desk.run(view)
    twins.desk.run(SaveView(name="Ours", kind="schedule", body={}, view_id=view.view_id))
    undo(twins, twins.desk.run(RemoveView(view_id=view.view_id)))
    run = NoteImport(run_id="44444444-0000-4000-8000-000000000001", kind="csv", started_at=NOW)
    twins.admin.run(run)
    twins.admin.run(
        NoteImport(run_id=run.run_id, kind="csv", started_at=NOW, finished_at=NOW, summary={"taken": {"Patient": 1}})
    )


SCENARIOS |= VITAL_SCENARIOS
SCENARIOS |= NOTE_SCENARIOS
SCENARIOS |= LAB_SCENARIOS
SCENARIOS |= PAPER_SCENARIOS
SCENARIOS |= ALERT_SCENARIOS
SCENARIOS |= REQUEST_SCENARIOS
SCENARIOS |= CARE_SCENARIOS
SCENARIOS |= MESSAGE_SCENARIOS
SCENARIOS |= IMPORT_SCENARIOS

"""Random front-desk work on a clinic, and what must hold after every step; for either database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import delete, select, text, update

from app.commands.blocking import BlockTime, UnblockTime
from app.commands.booking import BookVisit
from app.commands.cancelling import CancelVisit, MarkNoShow
from app.commands.closing import CloseDay, ReopenDay
from app.commands.core import Command, Outcome
from app.commands.holds import HoldSlot, HoldTime, ReleaseHold
from app.commands.moving import MoveVisit, ResizeVisit
from app.commands.visits import CheckIn
from app.commands.walk_ins import BookWalkIn
from app.db.models import ContactAttempt, DayClosure, SlotDetail, Visit, VisitSlot
from app.domain.agenda import SlotState
from app.domain.enums import SlotOrigin, SlotStatus, VisitMode, VisitStatus
from app.domain.states import LIVE_VISITS
from app.kernel.errors import AppError
from app.queries.agenda import slot_columns, slot_state, slots_with_details
from tests.support.desk import NOW, Desk, at

PROVIDERS = ("p-okafor", "p-chen")
PEOPLE = ("desk", "desk2")
PATIENTS = ("pat-lis", "pat-roux", "pat-brandt", "pat-horvath")
STARTS = ("10:20", "10:40", "11:00", "11:20", "11:40", "12:20", "12:40")
index = st.integers(0, 40)
minutes = st.sampled_from([10, 20, 30, 40, 60])
clocks = st.sampled_from(["10:20", "10:40", "10:50", "11:00", "11:15", "11:40", "12:05", "12:20", "12:50"])
MUST_NOT_HAPPEN = {"AlreadyThere", "Gone", "BadValue", "NotAllowed", "Busy"}


@dataclass(frozen=True, slots=True)
class World:
    """Everything that the invariants look at."""

    now: datetime
    slots: tuple[SlotState, ...]
    visits: dict[str, Any]
    closures: tuple[Any, ...]

    def future(self, slot: SlotState) -> bool:
        return slot.span.start >= self.now


class FrontDesk(RuleBasedStateMachine):
    """People book, hold, move, cancel, resize, block, close and undo, and another program interferes."""

    make_desk: ClassVar[Callable[[], Desk]]

    def __init__(self) -> None:
        super().__init__()
        self.desk = type(self).make_desk()
        self.grid: dict[str, tuple[datetime, datetime]] = {}
        self.undos: list[tuple[str, Command]] = []
        self.batches: list[str] = []
        self.closures: list[str] = []
        self.elsewhere: set[str] = set()

    def teardown(self) -> None:
        self.desk.close()

    @initialize()
    def hours(self) -> None:
        for provider in PROVIDERS:
            for clock in STARTS:
                self._add(self.desk.slot(clock, provider=provider))
            self._add(self.desk.slot("11:00", 30, provider, mode=VisitMode.VIRTUAL))
        self._add(self.desk.slot("12:00", origin=None))

    def _add(self, slot_id: str) -> None:
        row = self.desk.rows(select(VisitSlot.start_time, VisitSlot.end_time).where(VisitSlot.id == slot_id))[0]
        self.grid[slot_id] = (row.start_time, row.end_time)

    def _run(self, person: str, command: Command) -> Outcome | None:
        """Give a command; a rule may say no, nothing else may go wrong."""
        try:
            outcome = self.desk.__getattr__(person).run(command)
        except AppError as error:
            if error.code in MUST_NOT_HAPPEN:
                raise
            return None
        if outcome.undo is not None:
            self.undos.append((person, outcome.undo))
        return outcome

    def _slot(self, number: int) -> str:
        ids = [row.id for row in self.desk.rows(select(VisitSlot.id).order_by(VisitSlot.start_time, VisitSlot.id))]
        return str(ids[number % len(ids)])

    def _visit(self, number: int) -> str | None:
        ids = [row.id for row in self.desk.rows(select(Visit.id).order_by(Visit.created_at, Visit.id))]
        return str(ids[number % len(ids)]) if ids else None

    @rule(who=st.sampled_from(PEOPLE), slot=index, patient=st.sampled_from(PATIENTS), length=st.none() | minutes,
          over=st.sampled_from([{}, {}, {}, {"over_blocked": True}, {"overbook": True}]))  # fmt: skip
    def book(self, who: str, slot: int, patient: str, length: int | None, over: dict[str, Any]) -> None:
        mode = VisitMode.IN_PERSON
        self._run(who, BookVisit(slot_id=self._slot(slot), patient_id=patient, visit_mode=mode, minutes=length, **over))

    @rule(who=st.sampled_from(PEOPLE), slot=index)
    def hold(self, who: str, slot: int) -> None:
        self._run(who, HoldSlot(slot_id=self._slot(slot)))

    @rule(who=st.sampled_from(PEOPLE), provider=st.sampled_from(PROVIDERS), clock=clocks, length=minutes)
    def hold_time(self, who: str, provider: str, clock: str, length: int) -> None:
        self._run(who, HoldTime(provider_id=provider, start=at(clock), minutes=length))

    @rule(who=st.sampled_from(PEOPLE), slot=index)
    def release(self, who: str, slot: int) -> None:
        self._run(who, ReleaseHold(slot_id=self._slot(slot)))

    @rule(by=st.integers(1, 7))
    def time_passes(self, by: int) -> None:
        self.desk.pass_time(timedelta(minutes=by))

    @precondition(lambda self: self._visit(0) is not None)
    @rule(who=st.sampled_from(PEOPLE), visit=index, kind=st.sampled_from(["cancel", "check in", "left"]))
    def advance(self, who: str, visit: int, kind: str) -> None:
        visit_id = self._visit(visit) or ""
        commands: dict[str, Command] = {
            "cancel": CancelVisit(visit_id=visit_id),
            "check in": CheckIn(visit_id=visit_id),
            "left": MarkNoShow(visit_id=visit_id),
        }
        self._run(who, commands[kind])

    @precondition(lambda self: self._visit(0) is not None)
    @rule(who=st.sampled_from(PEOPLE), visit=index, slot=st.none() | index, provider=st.sampled_from(PROVIDERS),
          clock=clocks, length=st.none() | minutes,
          over=st.sampled_from([{}, {}, {"over_blocked": True}, {"overbook": True}]))  # fmt: skip
    def move(
        self, who: str, visit: int, slot: int | None, provider: str, clock: str, length: int | None,
        over: dict[str, Any],
    ) -> None:  # fmt: skip
        where: dict[str, Any] = {"provider_id": provider, "start": at(clock)}
        if slot is not None:
            where = {"slot_id": self._slot(slot)}
        self._run(who, MoveVisit(visit_id=self._visit(visit) or "", minutes=length, **where, **over))

    @precondition(lambda self: self._visit(0) is not None)
    @rule(who=st.sampled_from(PEOPLE), visit=index, length=minutes, overbook=st.sampled_from([False, False, True]))
    def resize(self, who: str, visit: int, length: int, overbook: bool) -> None:
        self._run(who, ResizeVisit(visit_id=self._visit(visit) or "", minutes=length, overbook=overbook))

    @rule(who=st.sampled_from(PEOPLE), provider=st.sampled_from(PROVIDERS), start=clocks, length=minutes)
    def block(self, who: str, provider: str, start: str, length: int) -> None:
        begin = at(start)
        command = BlockTime(provider_id=provider, start=begin, end=begin + timedelta(minutes=length), reason="Call")
        if self._run(who, command) is not None:
            self.batches.append(command.batch_id)

    @precondition(lambda self: self.batches)
    @rule(who=st.sampled_from(PEOPLE), batch=index)
    def unblock(self, who: str, batch: int) -> None:
        self._run(who, UnblockTime(batch_id=self.batches.pop(batch % len(self.batches))))

    @precondition(lambda self: len(self.closures) < 2)
    @rule(who=st.sampled_from(PEOPLE), provider=st.sampled_from(PROVIDERS), start=clocks, length=minutes)
    def close_time(self, who: str, provider: str, start: str, length: int) -> None:
        begin = at(start)
        command = CloseDay(provider_id=provider, start=begin, end=begin + timedelta(minutes=length), reason="Off sick")
        if self._run(who, command) is not None:
            self.closures.append(command.closure_id)

    @precondition(lambda self: self.closures)
    @rule(who=st.sampled_from(PEOPLE))
    def reopen(self, who: str) -> None:
        self._run(who, ReopenDay(closure_id=self.closures.pop()))

    @rule(who=st.sampled_from(PEOPLE), provider=st.sampled_from(PROVIDERS), patient=st.sampled_from(PATIENTS),
          overbook=st.booleans())  # fmt: skip
    def walk_in(self, who: str, provider: str, patient: str, overbook: bool) -> None:
        self._run(who, BookWalkIn(provider_id=provider, patient_id=patient, overbook=overbook))

    @precondition(lambda self: self.undos)
    @rule()
    def undo(self) -> None:
        person, command = self.undos.pop()
        try:
            self.desk.__getattr__(person).run(command)
        except AppError as error:
            if error.code in MUST_NOT_HAPPEN:
                raise

    @precondition(lambda self: self._visit(0) is not None)
    @rule(visit=index)
    def backend_cancels(self, visit: int) -> None:
        visit_id = self._visit(visit) or ""
        if self.desk.visit(visit_id).status == VisitStatus.PLANNED:
            later = self.desk.visit(visit_id).updated_at + timedelta(milliseconds=1)
            values = {"status": VisitStatus.CANCELLED, "updated_at": later}
            self.desk.write(update(Visit).where(Visit.id == visit_id).values(**values))
            self.elsewhere.add(visit_id)

    def _world(self) -> World:
        rows = self.desk.rows(slots_with_details(*slot_columns()))
        visits = {row.id: row for row in self.desk.rows(select(Visit.__table__))}
        closures = self.desk.rows(select(DayClosure.__table__).where(DayClosure.reopened_at.is_(None)))
        return World(self.desk.clock.now(), tuple(slot_state(row) for row in rows), visits, tuple(closures))

    @invariant()
    def everything_fits_together(self) -> None:
        world = self._world()
        for check in (_claims_apart, _visits_on_slots, _covered, _set_aside, _free_is_free):
            check(world, self.elsewhere)
        _times_of_the_grid(world, self.grid)
        if self.desk.online:
            _claims_as_kept(self.desk, world)


def _claims_apart(world: World, _: set[str]) -> None:
    """A provider is in one place at a time, unless somebody chose otherwise."""
    claiming = [slot for slot in world.slots if slot.claims(world.now) and not slot.overbook]
    for one, other in combinations(claiming, 2):
        assert one.provider_id != other.provider_id or not one.span.overlaps(other.span), (one, other)


def _visits_on_slots(world: World, elsewhere: set[str]) -> None:
    """Every live visit has a booked slot of its provider, every booked slot one visit that took place or will."""
    slots = {slot.id: slot for slot in world.slots}
    for visit in world.visits.values():
        slot = slots[visit.slot_id]
        assert slot.provider_id == visit.provider_id
        if visit.status in LIVE_VISITS:
            assert slot.status is SlotStatus.BOOKED, (visit.status, slot)
    for slot in world.slots:
        if slot.status is SlotStatus.BOOKED:
            assert slot.live_visit or slot.visit_id in elsewhere, slot


def _covered(world: World, _: set[str]) -> None:
    """What lies under a booking that leaves the grid is covered by one, and comes back when that goes."""
    slots = {slot.id: slot for slot in world.slots}
    stretched = [slot for slot in world.slots if slot.stretched and slot.status is SlotStatus.BOOKED]
    for slot in world.slots:
        if slot.covered_by is not None and world.future(slot) and not slot.hidden:
            coverer = slots.get(slot.covered_by)
            assert slot.status is SlotStatus.BLOCKED, slot
            assert coverer is not None, slot
            assert coverer.status is SlotStatus.BOOKED, (slot, coverer)
            assert coverer.span.overlaps(slot.span), (slot, coverer)
        if slot.status is SlotStatus.FREE and world.future(slot):
            over = [one for one in stretched if one.provider_id == slot.provider_id and one.span.overlaps(slot.span)]
            assert not over, (slot, over)


def _set_aside(world: World, elsewhere: set[str]) -> None:
    """What was called off here is on a retired slot, and retired slots block and claim nothing."""
    slots = {slot.id: slot for slot in world.slots}
    for visit in world.visits.values():
        if visit.status in {VisitStatus.CANCELLED, VisitStatus.NO_SHOW} and visit.id not in elsewhere:
            assert slots[visit.slot_id].origin is SlotOrigin.RETIRED, visit
    for slot in world.slots:
        if slot.hidden:
            assert slot.status is SlotStatus.BLOCKED, slot
            assert not slot.live_visit, slot


def _free_is_free(world: World, _: set[str]) -> None:
    """A future FREE slot is not made, not marked, not held by anybody and not in a closure."""
    for slot in world.slots:
        if slot.status is SlotStatus.FREE and world.future(slot):
            assert not slot.made, slot
            assert (slot.batch_id, slot.held_by, slot.covered_by) == (None, None, None), slot
            closed = [one for one in world.closures if one.provider_id == slot.provider_id]
            assert not any(one.start_time < slot.span.end and slot.span.start < one.end_time for one in closed), slot
        if slot.made and slot.status is SlotStatus.FREE:
            raise AssertionError(slot)


def _times_of_the_grid(world: World, grid: dict[str, tuple[datetime, datetime]]) -> None:
    """A slot of the grid keeps its start for ever, and its end but for a booking of another length."""
    for slot in world.slots:
        if slot.id in grid:
            start, end = grid[slot.id]
            assert slot.span.start == start
            assert slot.ungridded.end == end, slot
            if slot.status is not SlotStatus.BOOKED:
                assert slot.span.end == end, slot
    assert set(grid) <= {slot.id for slot in world.slots}


def _claims_as_kept(desk: Desk, world: World) -> None:
    """The server's claims are those of the slots (a hold that ran out may still have one until somebody looks)."""
    kept = {row[0]: row[1] for row in desk.rows(text("SELECT slot_id, overbook FROM desktop.slot_claim"))}
    wanted = {slot.id for slot in world.slots if slot.claims(world.now) and not slot.span.empty}
    lapsed = {slot.id for slot in world.slots if slot.status is SlotStatus.HELD and not slot.held(world.now)}
    assert wanted <= set(kept) <= wanted | lapsed


def empty(desk: Desk) -> None:
    """Leave the clinic without slots and visits, at its first moment."""
    desk.write(delete(ContactAttempt), delete(Visit), delete(DayClosure), delete(SlotDetail), delete(VisitSlot))
    desk.clock.set(NOW)
    desk.set_database_clock()

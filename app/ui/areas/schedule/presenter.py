"""What the schedule page does: load a day, judge drops from memory, move, resize, hold; no widgets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from PySide6.QtCore import QObject, Signal

from app.commands.core import Command, Outcome
from app.commands.moving import MoveVisit, ResizeVisit
from app.domain.enums import SlotStatus, VisitStatus
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.day_board import BoardColumn, BoardSlot, BoardVisit, DayBoard, day_board
from app.ui.areas.schedule.day_model import DayMaker, instant
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.calendar.model import DayEvent, DayModel, DropKind, DropVerdict
from app.ui.work import Lane, ShellApi


@dataclass(frozen=True, slots=True)
class Found:
    """A visit on the board, with where it stands."""

    column: BoardColumn
    slot: BoardSlot
    visit: BoardVisit


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """What the page shows."""

    day: date
    model: DayModel | None = None
    to_move: int = 0
    sick: str = ""
    tray: tuple[str, ...] = field(default=())


class SchedulePresenter(QObject):
    """Holds the day shown and the tray; emits ``state`` and ``failed``."""

    state = Signal(object)
    failed = Signal(object)

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self.api = api
        self.day = api.workspace.reader().today
        self.board: DayBoard | None = None
        self.lane = Lane(self, api.workspace)
        self._acts = Lane(self, api.workspace)
        self._providers: frozenset[str] = frozenset()
        self._numbers: dict[str, int] = {}
        self._tray: dict[str, tuple[Found, DayEvent]] = {}

    def show_day(self, day: date) -> None:
        """Go to a date."""
        self.day = day
        self._numbers = {}
        self.refresh()

    def step(self, days: int) -> None:
        """Go some days on or back."""
        self.show_day(self.day + timedelta(days=days))

    def today(self) -> None:
        """Go to the clinic's date."""
        self.show_day(self.api.workspace.reader().today)

    def refresh(self) -> None:
        """Ask for the day anew; the old one stays until the answer is there."""
        self.lane.ask(day_board, on_result=self._take, on_error=self.failed.emit, day=self.day)

    def _take(self, board: DayBoard) -> None:
        self.board = board
        self.emit_state()

    def emit_state(self) -> None:
        """Tell the page what to show."""
        if self.board is None:
            return
        columns = [c for c in self.board.columns if not self._providers or c.provider_id in self._providers]
        shown = DayBoard(self.board.day, self.board.first, self.board.last, self.board.now, tuple(columns))
        maker = DayMaker(shown, self.api.zone, self.api.workspace.actor.user_id, self.api.now())
        closed = [column for column in self.board.columns if column.to_move]
        sick = t("{name}: {reason}", name=closed[0].short_name, reason=closed[0].closures[0].reason) if closed else ""
        self.state.emit(
            ScheduleState(
                day=self.day,
                model=maker.model(self._numbers),
                to_move=sum(column.to_move for column in closed),
                sick=sick,
                tray=tuple(self._tray),
            )
        )

    def choose_providers(self, provider_ids: frozenset[str]) -> None:
        """Show only these providers' columns; none means all."""
        self._providers = provider_ids
        self.emit_state()

    @property
    def providers(self) -> tuple[tuple[str, str], ...]:
        """Id and name of the columns of the day."""
        return tuple((c.provider_id, c.name) for c in self.board.columns) if self.board else ()

    def number(self, slots: dict[str, int]) -> None:
        """Number alternatives in the calendar."""
        self._numbers = slots
        self.emit_state()

    def find_visit(self, visit_id: str) -> Found | None:
        """Return a visit of the day shown, or one in the tray."""
        if visit_id in self._tray:
            return self._tray[visit_id][0]
        for column in self.board.columns if self.board else ():
            for slot in column.slots:
                if slot.visit is not None and slot.visit.id == visit_id:
                    return Found(column, slot, slot.visit)
        return None

    def find_slot(self, slot_id: str) -> tuple[BoardColumn, BoardSlot] | None:
        """Return a slot of the day shown."""
        for column in self.board.columns if self.board else ():
            for slot in column.slots:
                if slot.id == slot_id:
                    return column, slot
        return None

    def check_drop(self, event: DayEvent, column_id: str, start: int, end: int) -> DropVerdict:
        """Judge a drop from what is on the screen; the database decides again when it is done."""
        column = next((c for c in self.board.columns if c.provider_id == column_id), None) if self.board else None
        if column is None:
            return DropVerdict(DropKind.REFUSED, t("There is no provider here."))
        first, last = instant(self.day, start, self.api.zone), instant(self.day, end, self.api.zone)
        if last <= self.api.now():
            return DropVerdict(DropKind.REFUSED, t("This time is over."), t("Esc puts it back"))
        if any(c.start < last and first < c.end for c in column.closures):
            return DropVerdict(DropKind.REFUSED, t("{name} is away.", name=column.short_name), t("Esc puts it back"))
        over = [s for s in column.slots if s.start < last and first < s.end and s.covered_by is None]
        other = next((s for s in over if s.visit is not None and s.visit.id != event.id), None)
        if other is not None and other.visit is not None:
            text = t("{name} is booked here until {time} · you may double-book", name=other.visit.patient_name,
                     time=other.end.astimezone(self.api.zone).strftime("%H:%M"))  # fmt: skip
            return DropVerdict(DropKind.WARN, text, t("Release to double-book, Undo stays"))
        if any(s.status is SlotStatus.HELD and s.held_by != self.api.workspace.actor.user_id for s in over):
            return DropVerdict(DropKind.REFUSED, t("Somebody is booking this time."), t("Esc puts it back"))
        block = next((s for s in over if s.status is SlotStatus.BLOCKED and s.visit is None), None)
        if block is not None:
            text = t("{name} has {reason} until {time} · you may override", name=column.short_name,
                     reason=block.reason or t("blocked time"),
                     time=block.end.astimezone(self.api.zone).strftime("%H:%M"))  # fmt: skip
            return DropVerdict(DropKind.WARN, text, t("Release to override, Undo stays"))
        if not over:
            text = t("{name} doesn't work at this hour · you may override", name=column.short_name)
            return DropVerdict(DropKind.WARN, text, t("Release to override, Undo stays"))
        return DropVerdict()

    def move(self, visit_id: str, column_id: str, start: int) -> None:
        """Move a visit to a provider's time: to the slot that starts there, else off the grid."""
        found = self.find_visit(visit_id)
        if found is None:
            return
        minutes = int((found.slot.end - found.slot.start).total_seconds() // 60)
        event = DayEvent(id=visit_id, column_id=column_id, start=start, end=start + minutes, name="", type="",
                         status=StatusKind.PLANNED, spoken_status="")  # fmt: skip
        verdict = self.check_drop(event, column_id, start, start + minutes)
        at = instant(self.day, start, self.api.zone)
        column = next((c for c in self.board.columns if c.provider_id == column_id), None) if self.board else None
        same = (s for s in column.slots if s.start == at and s.status is SlotStatus.FREE) if column else iter(())
        slot = next(same, None)
        forced = verdict.kind is DropKind.WARN
        command = MoveVisit(
            visit_id=visit_id,
            slot_id=slot.id if slot else None,
            provider_id=None if slot else column_id,
            start=None if slot else at,
            minutes=minutes,
            overbook=forced and self._double(column, at, minutes, visit_id),
            over_blocked=forced,
            from_slot_id=found.slot.id,
        )
        self._tray.pop(visit_id, None)
        name = found.visit.patient_name
        self._acts.execute(command, on_done=lambda outcome: self._moved(name, outcome), on_refused=self._not_moved)

    def _double(self, column: BoardColumn | None, at: datetime, minutes: int, visit_id: str) -> bool:
        """Whether another visit stands where this one goes: only then it is double-booked on purpose."""
        if column is None:
            return False
        for slot in column.slots:
            if slot.visit is None or slot.visit.id == visit_id or slot.visit.status is VisitStatus.COMPLETED:
                continue
            if slot.start < at + timedelta(minutes=minutes) and at < slot.end:
                return True
        return False

    def _moved(self, name: str, outcome: Outcome) -> None:
        self.api.did(t("Moved {name}", name=name), outcome)
        self.refresh()

    def _not_moved(self, error: AppError) -> None:
        self.api.problem(error)
        self.refresh()

    def resize(self, visit_id: str, end: int) -> None:
        """Change a visit's length to end at a minute of the day."""
        found = self.find_visit(visit_id)
        if found is None:
            return
        minutes = int((instant(self.day, end, self.api.zone) - found.slot.start).total_seconds() // 60)
        at = found.slot.start
        command = ResizeVisit(visit_id=visit_id, minutes=minutes, over_blocked=True,
                              overbook=self._double(found.column, at, minutes, visit_id))  # fmt: skip
        text = t("{name} now takes {n} minutes", name=found.visit.patient_name, n=minutes)
        self._acts.execute(command, on_done=lambda o: self._resized(text, o), on_refused=self._not_moved)

    def _resized(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self.refresh()

    def to_tray(self, visit_id: str, event: DayEvent) -> None:
        """Lay a visit aside while going to another date; it stays where it is until it is placed."""
        found = self.find_visit(visit_id)
        if found is not None:
            self._tray[visit_id] = (found, event)
            self.emit_state()

    def tray_events(self) -> tuple[tuple[DayEvent, str], ...]:
        """Return the tray's visits with their detail line."""
        return tuple(
            (event, f"{found.visit.type_name} · " + t("{n} min", n=event.end - event.start))
            for found, event in self._tray.values()
        )

    def act(self, command: Command, done: Callable[[Outcome], None]) -> None:
        """Carry out another command of the page."""
        self._acts.execute(command, on_done=done, on_refused=self._not_moved)

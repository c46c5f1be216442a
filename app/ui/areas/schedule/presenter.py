"""What the schedule page does: load a day, a week or a month, move, resize, lay aside; no widgets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.commands.core import Command, Outcome
from app.commands.moving import MoveVisit, ResizeVisit
from app.domain.spans import Span
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.day_board import BoardSlot, DayBoard, day_board, week_board
from app.queries.month import DayCapacity, month_capacity
from app.ui.areas.schedule.day_model import DayMaker, instant
from app.ui.areas.schedule.drops import judge, moved_text
from app.ui.areas.schedule.hours_week import WeekHours
from app.ui.areas.schedule.sheet import Drop, Found, Sheet, day_sheets, week_sheets
from app.ui.parts.link_state import LinkState
from app.ui.parts.words import clock
from app.ui.widgets.calendar.model import DayEvent, DayModel, DropKind, DropVerdict
from app.ui.widgets.calendar.month_grid import month_range
from app.ui.widgets.dates import add_months
from app.ui.work import Lane, ShellApi


class View(StrEnum):
    """How much of the calendar is shown."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def days_of(view: View, day: date) -> tuple[date, date]:
    """Return the first and the last day that a view of a day shows."""
    if view is View.DAY:
        return day, day
    if view is View.WEEK:
        monday = day - timedelta(days=day.weekday())
        return monday, monday + timedelta(days=6)
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """What the page shows: a model for day and week, capacities for a month."""

    view: View
    day: date
    model: DayModel | None = None
    month: tuple[DayCapacity, ...] = ()
    provider: str = ""
    to_move: int = 0
    sick: str = ""


class SchedulePresenter(QObject):
    """Holds what is shown and the tray; emits ``state`` and ``failed``, and a ``Drop`` of a visit of a series."""

    state = Signal(object)
    failed = Signal(object)
    series_dropped = Signal(object)

    def __init__(self, api: ShellApi, parent: QObject) -> None:
        super().__init__(parent)
        self.api = api
        self.view = View.DAY
        self.day = api.workspace.reader().today
        self.looked_at = False
        self.board: DayBoard | None = None
        self._board_of = View.DAY
        self.sheets: tuple[Sheet, ...] = ()
        self.week_provider = api.workspace.actor.provider_id or ""
        self.booking = ""
        self.lane = Lane(self, api.workspace)
        api.sync.changed.connect(self.emit_state)
        self._acts = Lane(self, api.workspace)
        self._known: dict[str, tuple[str, str]] = {}
        self._shown: frozenset[str] = frozenset()
        self._numbers: Mapping[str, int] = {}
        self._tray: dict[str, tuple[Found, DayEvent]] = {}
        self.drawing = False
        self._hours = WeekHours(api, self)
        self._hours.changed.connect(self.emit_state)

    # What is shown

    @property
    def day_looked_at(self) -> date | None:
        """The day to look for times from: None while the schedule isn't in sight."""
        return self.day if self.looked_at else None

    def show_day(self, day: date) -> None:
        """Go to a date, as a day unless a week is shown."""
        if self.view is View.MONTH:
            self.view = View.DAY
        self.day = day
        self._numbers = {}
        self.refresh()

    def show_view(self, view: str) -> None:
        """Show more or less of the calendar around the same date."""
        self.view = View(view)
        self.refresh()

    def show_week_of(self, provider_id: str) -> None:
        """Show the week of a provider."""
        self.week_provider = provider_id
        self.show_view(View.WEEK)

    def step(self, by: int) -> None:
        """Go a day, a week or a month on or back."""
        if self.view is View.MONTH:
            self.day = add_months(self.day, by)
            self.refresh()
        else:
            self.show_day(self.day + timedelta(days=by * (7 if self.view is View.WEEK else 1)))

    def today(self) -> None:
        """Go to the clinic's date."""
        self.day = self.api.workspace.reader().today
        self._numbers = {}
        self.refresh()

    def hours_changed(self) -> None:
        """Somebody's hours are others now."""
        self._hours.forget()

    @property
    def calls_left(self) -> bool:
        """Whether the strip counts visits to move: a move, or one taken back, changes who has agreed."""
        board = self.board
        closed = board is not None and any(column.to_move for column in board.columns)
        return closed or (board is not None and self._hours.agreed(board.day) > 0)

    def when_hours_known(self, sheet: Sheet, go_on: Callable[[], object]) -> None:
        """Call ``go_on`` when the hours around a column's day are known, or can't be."""
        self._hours.when_known(sheet.day, go_on)

    def within_hours(self, sheet: Sheet, start: int, end: int) -> bool:
        """Whether a range (minutes of a column's day) lies in the provider's hours, all of it."""
        span = Span(*(instant(sheet.day, minute, self.api.zone) for minute in (start, end)))
        return any(one.covers(span) for one in (self._hours.of(sheet.day) or {}).get(sheet.provider_id, ()))

    def refresh(self) -> None:
        """Ask anew; what is shown stays until the answer is there."""
        if self.view is not View.MONTH:
            self._hours.want(self.day)
        if self.view is View.MONTH:
            first, last = month_range(self.day)
            self.lane.ask(month_capacity, on_result=self._take_month, on_error=self.failed.emit, first=first,
                          last=last, provider_ids=tuple(self._shown))  # fmt: skip
        elif self.view is View.WEEK and self._week_of():
            monday = self.day - timedelta(days=self.day.weekday())
            self.lane.ask(week_board, on_result=partial(self._take, View.WEEK), on_error=self.failed.emit,
                          monday=monday, provider_id=self._week_of())  # fmt: skip
        else:
            self.lane.ask(day_board, on_result=partial(self._take, View.DAY), on_error=self.failed.emit, day=self.day)

    def _week_of(self) -> str:
        chosen = next(iter(self._shown)) if len(self._shown) == 1 else ""
        return chosen or self.week_provider or next(iter(self._known), "")

    def _take(self, view: View, board: DayBoard) -> None:
        self.board, self._board_of = board, view
        if view is View.DAY:
            self._known = {c.provider_id: (c.name, c.short_name) for c in board.columns}
        self.emit_state()

    def _take_month(self, days: tuple[DayCapacity, ...]) -> None:
        self.state.emit(ScheduleState(View.MONTH, self.day, month=days))

    def emit_state(self) -> None:
        """Tell the page what to show."""
        if self.board is None or self.view is not self._board_of:
            return
        week = self.view is View.WEEK
        zone = self.api.zone
        self.sheets = week_sheets(self.board, zone) if week else day_sheets(self.board, self._shown)
        maker = DayMaker(self.sheets, zone, self.api.workspace.actor.user_id, self.api.now(), week=week,
                         booking=self.booking, hours=self._hours.of(self.board.day), drawing=self.drawing,
                         link=LinkState.of(self.api.sync),
                         workstation=self.api.workspace.reader().workstation)  # fmt: skip
        names = self._known.get(self._week_of(), ("", ""))
        self.state.emit(
            ScheduleState(
                view=self.view, day=self.day, model=maker.model(self.board.day, self._numbers),
                provider=names[0] if week else "", to_move=sum(c.to_move for c in self.board.columns),
                sick=self._sick(self.board),
            )
        )  # fmt: skip

    def _sick(self, board: DayBoard) -> str:
        """Who is away, and whom to call next."""
        closed = [column for column in board.columns if column.to_move]
        if not closed:
            return ""
        reasons = {column.closures[0].reason if column.closures else t("Closed") for column in closed}
        names = ", ".join(column.short_name for column in closed)
        text = t("{name}: {reason}", name=names, reason=", ".join(sorted(reasons)))
        agreed = self._hours.agreed(board.day)
        if agreed:
            text += " · " + tn("{n} agreed to another time", "{n} agreed to another time", agreed)
        slots = sorted((one for column in closed for one in column.slots), key=lambda one: one.start)
        visits = ((s.start, s.visit) for s in slots if s.visit is not None and s.visit.to_move)
        waiting = [(start, visit.patient_name, visit.phone) for start, visit in visits]
        if not waiting:
            return text
        start, patient, phone = next((one for one in waiting if one[0] > self.api.now()), waiting[0])
        said = ", ".join(filter(None, (patient, clock(start, self.api.zone), phone)))
        return text + " · " + t("Next: {visit}", visit=said)

    def choose_providers(self, provider_ids: frozenset[str]) -> None:
        """Show only these providers' columns; none means all."""
        self._shown = provider_ids
        if self.view is View.DAY:
            self.emit_state()
        else:
            self.refresh()

    @property
    def shown(self) -> frozenset[str]:
        """Whose columns are shown; empty means all."""
        return self._shown

    @property
    def providers(self) -> tuple[tuple[str, str], ...]:
        """Id and name of the clinic's providers, in the calendar's order."""
        return tuple((key, names[0]) for key, names in self._known.items())

    def short(self, provider_id: str, otherwise: str = "") -> str:
        """Return a provider's short name."""
        return self._known.get(provider_id, ("", otherwise))[1]

    def number(self, slots: Mapping[str, int]) -> None:
        """Number alternatives in the calendar."""
        if dict(slots) != dict(self._numbers):
            self._numbers = slots
            self.emit_state()

    def book_for(self, patient: str) -> None:
        """Write a name on the time that is held here."""
        if patient != self.booking:
            self.booking = patient
            self.emit_state()

    # What stands where

    def sheet(self, column_id: str) -> Sheet | None:
        """Return a column."""
        return next((one for one in self.sheets if one.id == column_id), None)

    def find_visit(self, visit_id: str) -> Found | None:
        """Return a visit of what is shown, or one in the tray."""
        if visit_id in self._tray:
            return self._tray[visit_id][0]
        for sheet in self.sheets:
            for slot in sheet.slots:
                if slot.visit is not None and slot.visit.id == visit_id:
                    return Found(sheet.column, slot, slot.visit)
        return None

    def find_slot(self, slot_id: str) -> tuple[Sheet, BoardSlot] | None:
        """Return a slot of what is shown, with its column."""
        return next(((sheet, s) for sheet in self.sheets for s in sheet.slots if s.id == slot_id), None)

    def check_drop(self, event: DayEvent, column_id: str, start: int, end: int) -> DropVerdict:
        """Judge a drop from what is on the screen; the database decides again when it is done."""
        sheet = self.sheet(column_id)
        if sheet is None:
            return DropVerdict(DropKind.REFUSED, t("There is no provider here."))
        first, last = instant(sheet.day, start, self.api.zone), instant(sheet.day, end, self.api.zone)
        return judge(sheet, event.id, first, last, self.api)

    # What is done

    def move(self, visit_id: str, column_id: str, start: int) -> None:
        """Move a visit to a provider's time: to the slot that starts there, else off the grid."""
        found, sheet = self.find_visit(visit_id), self.sheet(column_id)
        if found is None or sheet is None:
            return
        at = instant(sheet.day, start, self.api.zone)
        length = found.slot.end - found.slot.start
        slot = sheet.free_at(at)
        forced = judge(sheet, visit_id, at, at + length, self.api).kind is DropKind.WARN
        command = MoveVisit(
            visit_id=visit_id,
            slot_id=slot.id if slot else None,
            provider_id=None if slot else sheet.provider_id,
            start=None if slot else at,
            minutes=int(length.total_seconds() // 60),
            overbook=forced and sheet.double(at, at + length, visit_id) is not None,
            over_blocked=forced,
            from_slot_id=found.slot.id,
        )
        text = moved_text(found.visit.patient_name, at, found.slot.start, self.api.zone)
        move = partial(self.act, command, partial(self._moved, visit_id, text))
        if found.visit.series_id is None:
            move()
        else:
            self.series_dropped.emit(Drop(visit_id, sheet.provider_id, at, move))

    def _moved(self, visit_id: str, text: str, outcome: Outcome) -> None:
        self._tray.pop(visit_id, None)
        self.done(text, outcome)

    def done(self, text: str, outcome: Outcome) -> None:
        """Say what was done and show it."""
        self.api.did(text, outcome)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.api.problem(error)
        self.refresh()

    def resize(self, visit_id: str, end: int) -> None:
        """Change a visit's length to end at a minute of the day."""
        found = self.find_visit(visit_id)
        sheet = next((s for s in self.sheets if found is not None and found.slot in s.slots), None)
        if found is None or sheet is None:
            return
        at, last = found.slot.start, instant(sheet.day, end, self.api.zone)
        minutes = int((last - at).total_seconds() // 60)
        doubled = sheet.double(at, last, visit_id) is not None
        command = ResizeVisit(visit_id=visit_id, minutes=minutes, over_blocked=True, overbook=doubled)
        text = t("{name} now takes {n} minutes", name=found.visit.patient_name, n=minutes)
        self.act(command, lambda outcome: self.done(text, outcome))

    def to_tray(self, visit_id: str, event: DayEvent) -> None:
        """Lay a visit aside while going to another date; it stays where it is until it is placed."""
        found = self.find_visit(visit_id)
        if found is not None:
            self._tray[visit_id] = (found, event)
            self.emit_state()

    def from_tray(self, visit_id: str) -> None:
        """Take a visit out of the tray; it stays where it always was."""
        if self._tray.pop(visit_id, None) is not None:
            self.emit_state()

    def in_tray(self, visit_id: str) -> bool:
        """Whether a visit is laid aside."""
        return visit_id in self._tray

    def tray_events(self) -> tuple[tuple[DayEvent, str], ...]:
        """Return the tray's visits with their detail line."""
        return tuple(
            (event, f"{found.visit.type_name} · " + t("{n} min", n=event.end - event.start))
            for found, event in self._tray.values()
        )

    def act(self, command: Command, done: Callable[[Outcome], None]) -> None:
        """Carry out a command of the page."""
        self._acts.execute(command, on_done=done, on_refused=self._refused)

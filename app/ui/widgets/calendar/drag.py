"""A move or a change of length on its way: where it would land, by mouse or by keyboard. Pure on frozen models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from app.ui.widgets.calendar.arrange import bounds
from app.ui.widgets.calendar.model import DayEvent, DayModel


class DragKind(StrEnum):
    """What is being changed."""

    MOVE = "move"
    RESIZE = "resize"


@dataclass(frozen=True, slots=True)
class Drag:
    """The state of a drag. ``grab`` is where in the event it was taken, in minutes; ``foreign`` came from the tray."""

    event: DayEvent
    kind: DragKind
    column: int
    start: int
    end: int
    grab: float = 0.0
    keyboard: bool = False
    foreign: bool = False
    free_only: bool = False
    nowhere: bool = False

    @property
    def length(self) -> int:
        """Length in minutes."""
        return self.end - self.start


def starts_in(model: DayModel, column: int, length: int, *, free_only: bool) -> list[int]:
    """Return where something may begin in a column: at free slots, and (unless ``free_only``) on the grid."""
    first, last = bounds(model)
    column_id = model.columns[column].id
    slots = {slot.start for slot in model.slots if slot.column_id == column_id}
    if free_only:
        return sorted(slots)
    grid = {minute for minute in range(first, last, model.step) if minute + length <= 24 * 60}
    return sorted(grid | slots)


def moved_to(drag: Drag, model: DayModel, column: int, minute: float, *, free_only: bool = False) -> Drag:
    """Return the drag with its target at the pointer: the nearest start in the column under it."""
    if drag.kind is DragKind.RESIZE:
        return resized_to(drag, model, minute)
    if column < 0:
        return replace(drag, nowhere=True)
    wanted = minute - drag.grab
    choices = starts_in(model, column, drag.length, free_only=free_only)
    if not choices:
        return replace(drag, column=column, nowhere=True, free_only=free_only)
    start = min(choices, key=lambda choice: abs(choice - wanted))
    return replace(drag, column=column, start=start, end=start + drag.length, nowhere=False, free_only=free_only)


def resized_to(drag: Drag, model: DayModel, minute: float) -> Drag:
    """Return the drag with its end at the nearest step, at least one step long."""
    step = model.step
    length = max(step, round((minute - drag.start) / step) * step)
    return replace(drag, end=min(24 * 60, drag.start + length))


def stepped(drag: Drag, model: DayModel, across: int, down: int) -> Drag:
    """Return the drag one key press further: ``across`` columns, ``down`` steps of time."""
    if drag.kind is DragKind.RESIZE:
        return resized_to(drag, model, drag.end + down * model.step)
    column = min(len(model.columns) - 1, max(0, drag.column + across))
    choices = starts_in(model, column, drag.length, free_only=False)
    later = [choice for choice in choices if choice > drag.start]
    earlier = [choice for choice in choices if choice < drag.start]
    start = drag.start
    if down > 0 and later:
        start = later[0]
    elif down < 0 and earlier:
        start = earlier[-1]
    return replace(drag, column=column, start=start, end=start + drag.length)


def changes_nothing(drag: Drag, model: DayModel) -> bool:
    """Return whether dropping it now would leave all as it is."""
    event = drag.event
    if drag.foreign:
        return False
    same_column = model.columns[drag.column].id == event.column_id
    return same_column and (drag.start, drag.end) == (event.start, event.end)

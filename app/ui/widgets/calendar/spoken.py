"""What screen readers and tooltips say about the things of a calendar."""

from __future__ import annotations

from datetime import datetime

from app.kernel.i18n import t
from app.ui.widgets.calendar.model import CalendarItem, DayModel, EventLook, ItemKind, clock_text
from app.ui.widgets.calendar.overlay import hold_text


def spoken(model: DayModel, item: CalendarItem, now: datetime) -> str:
    """Return a sentence such as "10:40 Zygmunt Lis, Echo, planned"."""
    start = clock_text(item.start)
    if item.kind is ItemKind.EVENT:
        event = next(event for event in model.events if event.id == item.id)
        status = t("to move") if event.look is EventLook.TO_MOVE else event.spoken_status
        return ", ".join(part for part in (f"{start} {event.name}", event.type, status) if part)
    if item.kind is ItemKind.HOLD:
        hold = next(hold for hold in model.holds if hold.id == item.id)
        return f"{start} {hold_text(hold, now)}"
    if item.kind is ItemKind.BLOCK:
        block = next(block for block in model.blocks if block.id == item.id)
        return t("{start} to {end} {reason}, blocked", start=start, end=clock_text(item.end), reason=block.text)
    if item.kind is ItemKind.SLOT:
        return t("{start} free, {minutes} minutes", start=start, minutes=item.end - item.start)
    return t("{start} open time", start=start)


def tooltip(model: DayModel, item: CalendarItem) -> str:
    """Return the tooltip of an item; plain text, for Qt shows markup otherwise."""
    text = ""
    if item.kind is ItemKind.EVENT:
        event = next(event for event in model.events if event.id == item.id)
        span = f"{clock_text(event.start)}–{clock_text(event.end)}"
        text = event.tooltip or f"{event.name}\n{span} · {event.type}\n{event.spoken_status}"
    elif item.kind is ItemKind.SLOT:
        text = next((slot.tooltip for slot in model.slots if slot.id == item.id), "")
    elif item.kind is ItemKind.BLOCK:
        text = next((block.text for block in model.blocks if block.id == item.id), "")
    return text.replace("<", "‹")

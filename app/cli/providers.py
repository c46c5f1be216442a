"""``providers``, ``availability``, ``slots generate``, ``schedule``."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from app.cli.verbs import verb
from app.commands.availability import AddAvailability
from app.commands.slots import GenerateSlots
from app.domain.enums import VisitMode
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.clinic import providers
from app.queries.day_board import BoardSlot, BoardVisit, day_board
from app.workspace.workspace import Workspace

_DAYS = {"SUN": 0, "MON": 1, "TUE": 2, "WED": 3, "THU": 4, "FRI": 5, "SAT": 6}


@verb("providers list")
def list_providers(ws: Workspace, inactive: bool = False) -> dict[str, Any]:
    """List who sees patients."""
    items = [
        {"id": one.id, "name": one.name, "specialties": list(one.specialties), "telemedEnabled": one.telemed_enabled}
        for one in ws.ask(providers, inactive=inactive)
    ]
    return {"items": items, "more": False}


@verb("availability add", positional=("provider",), names={"start": "--from", "end": "--to"})
def add_availability(
    ws: Workspace,
    provider: str,
    start: time,
    end: time,
    days: tuple[str, ...] = (),
    on: date | None = None,
    mode: VisitMode = VisitMode.IN_PERSON,
    location: str | None = None,
    off: bool = False,
) -> dict[str, Any]:
    """Add hours on weekdays (--days MON,TUE) or on a date (--on); --off takes the range out of that date."""
    weekdays = [_weekday(day) for part in days for day in part.split(",") if day.strip()]
    if bool(weekdays) == (on is not None):
        raise Refused("BadValue", t("Give either --days or --on."), field="days")
    made = []
    chosen: list[int | None] = [*weekdays] or [None]
    for weekday in chosen:
        command = AddAvailability(provider_id=provider, start_time=start, end_time=end, visit_mode=mode,
                                  day_of_week=weekday, date=on, location=location, paused=off)  # fmt: skip
        ws.execute(command)
        made.append(command.availability_id)
    return {"providerId": provider, "ids": made}


def _weekday(word: str) -> int:
    found = _DAYS.get(word.strip().upper()[:3])
    if found is None:
        raise Refused("BadValue", t("Days are MON, TUE, WED, THU, FRI, SAT, SUN."), field="days")
    return found


@verb("slots generate")
def generate(ws: Workspace, days: int | None = None, provider: tuple[str, ...] = ()) -> dict[str, Any]:
    """Make the slots that the availability asks for, over the horizon or so many days."""
    return dict(ws.execute(GenerateSlots(days=days, provider_ids=provider)).result)


@verb("schedule day", positional=("day",))
def schedule_day(ws: Workspace, day: date) -> dict[str, Any]:
    """Show a day with a column for each provider."""
    board = ws.ask(day_board, day=day)
    columns = [
        {"id": column.provider_id, "name": column.name, "slots": [slot_json(slot) for slot in column.slots]}
        for column in board.columns
    ]
    return {"date": board.day.isoformat(), "providers": columns}


def slot_json(slot: BoardSlot) -> dict[str, Any]:
    """Return a slot of a day in the shape scripts rely on."""
    return {
        "id": slot.id,
        "startTime": slot.start.isoformat(),
        "endTime": slot.end.isoformat(),
        "visitMode": slot.mode.value,
        "status": slot.status.value,
        "reason": slot.reason,
        "visit": None if slot.visit is None else _visit_json(slot.visit),
        "heldBy": slot.held_name or slot.held_by,
        "heldUntil": slot.held_until.isoformat() if slot.held_until else None,
    }


def _visit_json(visit: BoardVisit) -> dict[str, Any]:
    return {
        "id": visit.id, "patientId": visit.patient_id, "patientName": visit.patient_name,
        "status": visit.status.value, "visitType": visit.visit_type.value, "visitMode": visit.mode.value,
        "type": visit.type_name, "reason": visit.reason, "room": visit.room, "toMove": visit.to_move,
    }  # fmt: skip

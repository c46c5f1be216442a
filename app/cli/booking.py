"""``slots next``, ``hold``, ``release``, ``book``: looking for time and taking it."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from app.cli.verbs import verb
from app.commands.booking import BookVisit
from app.commands.holds import HoldSlot, ReleaseHold
from app.commands.walk_ins import BookWalkIn
from app.domain.enums import VisitMode
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.clinic import AppointmentTypeView, appointment_types
from app.queries.openings import OpenTime, next_available
from app.workspace.workspace import Workspace

MOST_TIMES = 1000
"""Times that are listed at once."""


def open_time_json(found: OpenTime) -> dict[str, Any]:
    """Return a bookable time in the shape scripts rely on."""
    return {
        "id": found.slot_id, "providerId": found.provider_id, "providerName": found.provider_name,
        "startTime": found.start.isoformat(), "endTime": found.end.isoformat(), "visitMode": found.mode.value,
        "status": "FREE",
    }  # fmt: skip


def appointment_type(ws: Workspace, name: str | None) -> AppointmentTypeView | None:
    """Return the type of that id, name or short name; None when none is given."""
    if not name:
        return None
    for one in ws.ask(appointment_types):
        if name in (one.id, one.name, one.short_name) or one.name.casefold() == name.casefold():
            return one
    raise Refused("NoType", t("There is no appointment type {name}.", name=name), field="type")


@verb("slots next")
def slots_next(
    ws: Workspace,
    provider: str | None = None,
    specialty: str = "",
    mode: VisitMode | None = None,
    minutes: int | None = None,
    after: datetime | None = None,
    days: tuple[int, ...] = (),
    time_from: time | None = None,
    time_to: time | None = None,
    count: int = 10,
    each_day: bool = False,
) -> dict[str, Any]:
    """List the next free times; two offers of one provider never overlap."""
    if not 1 <= count <= MOST_TIMES:
        raise Refused("BadValue", t("Between 1 and {n}.", n=MOST_TIMES), field="count")
    found = ws.ask(
        next_available, provider_ids=(provider,) if provider else (), specialty=specialty, mode=mode, minutes=minutes,
        weekdays=days, time_from=time_from, time_to=time_to, after=after, count=count + 1, each_day=each_day,
    )  # fmt: skip
    return {"items": [open_time_json(one) for one in found[:count]], "more": len(found) > count}


@verb("hold", positional=("slot",))
def hold(ws: Workspace, slot: str, minutes: int | None = None) -> dict[str, Any]:
    """Hold a slot for yourself."""
    return dict(ws.execute(HoldSlot(slot_id=slot, minutes=minutes)).result)


@verb("release", positional=("slot",))
def release(ws: Workspace, slot: str) -> dict[str, Any]:
    """Give a held slot back."""
    return dict(ws.execute(ReleaseHold(slot_id=slot)).result)


@verb("walk-in", names={"kind": "--type"})
def walk_in(
    ws: Workspace,
    patient: str,
    provider: str,
    mode: VisitMode = VisitMode.IN_PERSON,
    kind: str | None = None,
    reason: str = "",
    minutes: int | None = None,
    start: datetime | None = None,
    overbook: bool = False,
) -> dict[str, Any]:
    """Take somebody without an appointment: now or in the provider's next gap."""
    chosen = appointment_type(ws, kind)
    outcome = ws.execute(
        BookWalkIn(
            provider_id=provider, patient_id=patient, reason_text=reason, visit_mode=mode, start=start,
            appointment_type_id=chosen.id if chosen else None, overbook=overbook,
            minutes=minutes or (chosen.minutes if chosen else None),
        )
    )  # fmt: skip
    return {**outcome.result, "warnings": list(outcome.warnings)}


@verb("book", names={"kind": "--type"})
def book(
    ws: Workspace,
    patient: str,
    slot: str,
    mode: VisitMode = VisitMode.IN_PERSON,
    kind: str | None = None,
    reason: str = "",
    minutes: int | None = None,
    overbook: bool = False,
) -> dict[str, Any]:
    """Book a visit on a free or own held slot."""
    chosen = appointment_type(ws, kind)
    outcome = ws.execute(
        BookVisit(
            slot_id=slot, patient_id=patient, visit_mode=mode, reason_text=reason, overbook=overbook,
            appointment_type_id=chosen.id if chosen else None,
            minutes=minutes or (chosen.minutes if chosen else None),
        )
    )  # fmt: skip
    return {**outcome.result, "warnings": list(outcome.warnings)}

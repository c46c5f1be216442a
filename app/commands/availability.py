"""A provider's hours: the weekly pattern, one-day additions and time off. A provider keeps their own, an ADMIN all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.slots import regenerate
from app.db.models import ClinicSettings, Provider, ProviderAvailability
from app.domain.enums import AvailabilityStatus, VisitMode
from app.domain.permissions import Permission
from app.domain.wallclock import instants_of, weekday_of
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid
from app.kernel.text import clean_optional
from app.queries.agenda import AnyRow


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAvailability(Command):
    """Add hours: on a weekday (0 is Sunday) or on a date. Times are on the clinic's wall.

    An end at or before the start is on the next day. `paused` with a date takes the range out (time off). With
    `generate` the slots are made at once, else with the next `GenerateSlots`.
    """

    provider_id: str
    start_time: time
    end_time: time
    visit_mode: VisitMode = VisitMode.IN_PERSON
    day_of_week: int | None = None
    date: date | None = None
    location: str | None = None
    paused: bool = False
    generate: bool = False
    availability_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAvailability(Command):
    """Change a row's times, mode or place. `old_start` and `old_end` are what the person saw."""

    availability_id: str
    start_time: time
    end_time: time
    visit_mode: VisitMode | None = None
    location: str | None = None
    old_start: time | None = None
    old_end: time | None = None
    generate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseAvailability(Command):
    """Turn a row of the weekly pattern off or on again. Only future FREE slots go."""

    availability_id: str
    paused: bool = True
    generate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAvailability(Command):
    """Take a row out of use for good. Rows are never deleted: it stays as a paused one of its weekday."""

    availability_id: str
    generate: bool = False


@handles(AddAvailability)
def add_availability(cmd: AddAvailability, ctx: Context) -> Outcome:
    """Insert the row; time off takes FREE slots away at once."""
    _check_right(ctx, cmd.provider_id)
    _check_day(ctx, cmd)
    known = select(Provider.id).where(Provider.id == cmd.provider_id, Provider.clinic_id == ctx.actor.clinic_id)
    if ctx.first(known) is None:
        raise Refused("NoSuchProvider", t("This provider is not known."), field="providerId")
    status = AvailabilityStatus.PAUSED if cmd.paused else AvailabilityStatus.ACTIVE
    ctx.emit(
        insert(ProviderAvailability).values(
            id=cmd.availability_id, provider_id=cmd.provider_id, date=cmd.date, day_of_week=cmd.day_of_week,
            start_time=cmd.start_time, end_time=cmd.end_time, visit_mode=cmd.visit_mode, status=status,
            location=clean_optional(cmd.location, "location", 300), created_at=ctx.occurred_at,
            updated_at=ctx.occurred_at,
        )
    )  # fmt: skip
    undo = RemoveAvailability(availability_id=cmd.availability_id, generate=cmd.generate or cmd.paused)
    takes_out = cmd.paused and cmd.date is not None
    return _changed(ctx, cmd.availability_id, cmd.provider_id, undo, remove=takes_out, add=cmd.generate)


@handles(ChangeAvailability)
def change_availability(cmd: ChangeAvailability, ctx: Context) -> Outcome:
    """Update the row if it still is what the person saw."""
    row = _load(ctx, cmd.availability_id)
    if (cmd.old_start or row.start_time, cmd.old_end or row.end_time) != (row.start_time, row.end_time):
        raise Conflict(
            "StateChanged", t("Someone changed these hours in the meantime."),
            server={"startTime": row.start_time.isoformat(), "endTime": row.end_time.isoformat()},
        )  # fmt: skip
    location = row.location if cmd.location is None else clean_optional(cmd.location, "location", 300)
    mode = cmd.visit_mode or row.visit_mode
    _set(ctx, row, start_time=cmd.start_time, end_time=cmd.end_time, visit_mode=mode, location=location)
    undo = ChangeAvailability(
        availability_id=row.id, start_time=row.start_time, end_time=row.end_time, visit_mode=row.visit_mode,
        location=row.location or "", generate=True,
    )  # fmt: skip
    return _changed(ctx, row.id, row.provider_id, undo, remove=True, add=cmd.generate)


@handles(PauseAvailability)
def pause_availability(cmd: PauseAvailability, ctx: Context) -> Outcome:
    """ACTIVE ⇄ PAUSED."""
    row = _load(ctx, cmd.availability_id)
    status = AvailabilityStatus.PAUSED if cmd.paused else AvailabilityStatus.ACTIVE
    if row.status is status:
        return Outcome(result={"availabilityId": row.id})
    _set(ctx, row, status=status)
    undo = PauseAvailability(availability_id=row.id, paused=not cmd.paused, generate=True)
    return _changed(ctx, row.id, row.provider_id, undo, remove=cmd.paused, add=cmd.generate)


@handles(RemoveAvailability)
def remove_availability(cmd: RemoveAvailability, ctx: Context) -> Outcome:
    """A paused row of the weekly pattern counts for nothing, here and at the backend: that is what is left of it."""
    row = _load(ctx, cmd.availability_id)
    weekday = row.day_of_week if row.date is None else weekday_of(row.date)
    _set(ctx, row, status=AvailabilityStatus.PAUSED, date=None, day_of_week=weekday)
    again = AddAvailability(
        provider_id=row.provider_id, start_time=row.start_time, end_time=row.end_time, visit_mode=row.visit_mode,
        day_of_week=None if row.date is not None else row.day_of_week, date=row.date, location=row.location,
        paused=row.status is AvailabilityStatus.PAUSED, generate=True, availability_id=ctx.ids.cuid(),
    )  # fmt: skip
    return _changed(ctx, row.id, row.provider_id, again, remove=True, add=cmd.generate)


def _check_right(ctx: Context, provider_id: str) -> None:
    own = ctx.actor.provider_id == provider_id and ctx.actor.may(Permission.OWN_AVAILABILITY)
    if not own and not ctx.actor.may(Permission.ALL_AVAILABILITY):
        raise not_allowed()


def _check_day(ctx: Context, cmd: AddAvailability) -> None:
    """A row has a weekday or a date, and a date's times exist on that day."""
    if (cmd.date is None) == (cmd.day_of_week is None):
        raise Refused("BadValue", t("Choose either a weekday or a date."), field="dayOfWeek")
    if cmd.day_of_week is not None and not 0 <= cmd.day_of_week <= 6:
        raise Refused("BadValue", t("A weekday is 0 (Sunday) to 6."), field="dayOfWeek")
    if cmd.date is None:
        return
    row = ctx.first(select(ClinicSettings.timezone).where(ClinicSettings.clinic_id == ctx.actor.clinic_id))
    zone = ZoneInfo(row.timezone if row is not None else "UTC")
    for name, at in (("startTime", cmd.start_time), ("endTime", cmd.end_time)):
        day = cmd.date if name == "startTime" or cmd.end_time > cmd.start_time else None
        if day is not None and not instants_of(day, at, zone):
            raise Refused("NoSuchTime", t("The clocks change: there is no {time} on this day.", time=f"{at:%H:%M}"),
                          field=name)  # fmt: skip


def _load(ctx: Context, availability_id: str) -> AnyRow:
    row = ProviderAvailability
    columns = (row.id, row.provider_id, row.date, row.day_of_week, row.start_time, row.end_time)
    statement = select(*columns, row.visit_mode, row.location, row.status, row.updated_at)
    found = ctx.first(statement.where(row.id == availability_id))
    if found is None:
        raise Refused("NoSuchAvailability", t("These hours are not known."), field="availabilityId")
    _check_right(ctx, found.provider_id)
    return found


def _set(ctx: Context, row: AnyRow, **values: Any) -> None:
    statement = update(ProviderAvailability).where(ProviderAvailability.id == row.id)
    ctx.emit(statement.values(updated_at=ctx.stamp(row.updated_at), **values))


def _changed(
    ctx: Context, availability_id: str, provider_id: str, undo: Command, *, remove: bool, add: bool
) -> Outcome:
    added, removed = 0, 0
    if remove or add:
        done = regenerate(ctx, [provider_id], add=add, remove=remove)
        added, removed = done.added, done.removed
    return Outcome(
        result={"availabilityId": availability_id, "added": added, "removed": removed},
        changes=(Change("provider_availability", availability_id), Change("visit_slots", "")),
        undo=undo,
        undo_label=t("change of hours"),
    )

"""A provider's hours: the weekly pattern, one-day additions and time off. A provider keeps their own, an ADMIN all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select, update

from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.slots import Regenerated, regenerate
from app.db.models import ClinicSettings, Provider, ProviderAvailability
from app.domain.availability import Availability
from app.domain.enums import AvailabilityStatus, VisitMode
from app.domain.permissions import Permission
from app.domain.wallclock import typed_instant
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
class AddHours(Command):
    """Add the same hours on several weekdays (0 is Sunday) or on a date, in several modes: one step, one undo.

    `paused` takes the range out of the date (time off). The rows are those of `AddAvailability`.
    """

    provider_id: str
    start_time: time
    end_time: time
    days: tuple[int, ...] = ()
    date: date | None = None
    modes: tuple[VisitMode, ...] = (VisitMode.IN_PERSON,)
    location: str | None = None
    paused: bool = False
    generate: bool = False


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
    """Delete a row; undo adds it anew."""

    availability_id: str
    generate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveHours(Command):
    """Take several rows out of use: what `AddHours` is taken back with. All belong to one provider."""

    availability_ids: tuple[str, ...]
    generate: bool = False


@handles(AddAvailability)
def add_availability(cmd: AddAvailability, ctx: Context) -> Outcome:
    """Insert the row; time off takes FREE slots away at once."""
    _check_right(ctx, cmd.provider_id)
    _check_day(ctx, cmd)
    _check_provider(ctx, cmd.provider_id)
    _insert(ctx, cmd)
    undo = RemoveAvailability(availability_id=cmd.availability_id, generate=cmd.generate or cmd.paused)
    takes_out = cmd.paused and cmd.date is not None
    before = {cmd.availability_id: None}
    return _changed(ctx, cmd.provider_id, before, undo, remove=takes_out, add=cmd.generate)


@handles(AddHours)
def add_hours(cmd: AddHours, ctx: Context) -> Outcome:
    """Insert a row for each weekday (or the date) and mode, each once."""
    _check_right(ctx, cmd.provider_id)
    _check_days(ctx, cmd)
    _check_provider(ctx, cmd.provider_id)
    days: tuple[int | None, ...] = tuple(dict.fromkeys(cmd.days)) or (None,)
    rows = {ctx.ids.cuid(): (day, mode) for day in days for mode in dict.fromkeys(cmd.modes)}
    for row_id, (day, mode) in rows.items():
        one = AddAvailability(
            provider_id=cmd.provider_id, start_time=cmd.start_time, end_time=cmd.end_time, visit_mode=mode,
            day_of_week=day, date=cmd.date, location=cmd.location, paused=cmd.paused, availability_id=row_id,
        )  # fmt: skip
        _insert(ctx, one)
    undo = RemoveHours(availability_ids=tuple(rows), generate=True)
    return _changed(ctx, cmd.provider_id, dict.fromkeys(rows), undo, remove=cmd.paused, add=cmd.generate)


@handles(ChangeAvailability)
def change_availability(cmd: ChangeAvailability, ctx: Context) -> Outcome:
    """Update the row if it still is what the person saw."""
    row = _load(ctx, cmd.availability_id)
    if (cmd.old_start or row.start_time, cmd.old_end or row.end_time) != (row.start_time, row.end_time):
        raise Conflict(
            "StateChanged", t("Someone changed these hours in the meantime."),
            server={"startTime": row.start_time.isoformat(), "endTime": row.end_time.isoformat()},
        )  # fmt: skip
    if row.date is not None:
        _check_clock(ctx, row.date, cmd.start_time, cmd.end_time)
    location = row.location if cmd.location is None else clean_optional(cmd.location, "location", 300)
    mode = cmd.visit_mode or row.visit_mode
    _set(ctx, row, start_time=cmd.start_time, end_time=cmd.end_time, visit_mode=mode, location=location)
    undo = ChangeAvailability(
        availability_id=row.id, start_time=row.start_time, end_time=row.end_time, visit_mode=row.visit_mode,
        location=row.location or "", generate=True,
    )  # fmt: skip
    return _changed(ctx, row.provider_id, _before(row), undo, remove=True, add=cmd.generate)


@handles(PauseAvailability)
def pause_availability(cmd: PauseAvailability, ctx: Context) -> Outcome:
    """ACTIVE ⇄ PAUSED."""
    row = _load(ctx, cmd.availability_id)
    status = AvailabilityStatus.PAUSED if cmd.paused else AvailabilityStatus.ACTIVE
    if row.status is status:
        return Outcome(result={"availabilityId": row.id})
    _set(ctx, row, status=status)
    undo = PauseAvailability(availability_id=row.id, paused=not cmd.paused, generate=True)
    return _changed(ctx, row.provider_id, _before(row), undo, remove=cmd.paused, add=cmd.generate)


@handles(RemoveAvailability)
def remove_availability(cmd: RemoveAvailability, ctx: Context) -> Outcome:
    """Delete the row; undo adds it anew."""
    row = _load(ctx, cmd.availability_id)
    _delete(ctx, row)
    again = AddAvailability(
        provider_id=row.provider_id, start_time=row.start_time, end_time=row.end_time, visit_mode=row.visit_mode,
        day_of_week=None if row.date is not None else row.day_of_week, date=row.date, location=row.location,
        paused=row.status is AvailabilityStatus.PAUSED, generate=True, availability_id=ctx.ids.cuid(),
    )  # fmt: skip
    return _changed(ctx, row.provider_id, _before(row), again, remove=True, add=cmd.generate)


@handles(RemoveHours)
def remove_hours(cmd: RemoveHours, ctx: Context) -> Outcome:
    """Take the rows out, all or none; there is no way back but to add them again."""
    rows = [_load(ctx, row_id) for row_id in cmd.availability_ids]
    if len({row.provider_id for row in rows}) != 1:
        raise Refused("BadValue", t("These hours are not known."), field="availabilityId")
    for row in rows:
        _delete(ctx, row)
    before = {row.id: _stood(row) for row in rows}
    return _changed(ctx, rows[0].provider_id, before, None, remove=True, add=cmd.generate)


def _insert(ctx: Context, cmd: AddAvailability) -> None:
    status = AvailabilityStatus.PAUSED if cmd.paused else AvailabilityStatus.ACTIVE
    ctx.emit(
        insert(ProviderAvailability).values(
            id=cmd.availability_id, provider_id=cmd.provider_id, date=cmd.date, day_of_week=cmd.day_of_week,
            start_time=cmd.start_time, end_time=cmd.end_time, visit_mode=cmd.visit_mode, status=status,
            location=clean_optional(cmd.location, "location", 300), created_at=ctx.occurred_at,
            updated_at=ctx.occurred_at,
        )
    )  # fmt: skip


def _delete(ctx: Context, row: AnyRow) -> None:
    ctx.emit(delete(ProviderAvailability).where(ProviderAvailability.id == row.id))


def _check_provider(ctx: Context, provider_id: str) -> None:
    known = select(Provider.id).where(Provider.id == provider_id, Provider.clinic_id == ctx.actor.clinic_id)
    if ctx.first(known) is None:
        raise Refused("NoSuchProvider", t("This provider is not known."), field="providerId")


def _check_weekday(day: int) -> None:
    if not 0 <= day <= 6:
        raise Refused("BadValue", t("A weekday is 0 (Sunday) to 6."), field="dayOfWeek")


def _check_right(ctx: Context, provider_id: str) -> None:
    own = ctx.actor.provider_id == provider_id and ctx.actor.may(Permission.OWN_AVAILABILITY)
    if not own and not ctx.actor.may(Permission.ALL_AVAILABILITY):
        raise not_allowed()


def _check_day(ctx: Context, cmd: AddAvailability) -> None:
    """A row has a weekday or a date, and a date's times exist on that day."""
    if (cmd.date is None) == (cmd.day_of_week is None):
        raise Refused("BadValue", t("Choose either a weekday or a date."), field="dayOfWeek")
    if cmd.day_of_week is not None:
        _check_weekday(cmd.day_of_week)
    if cmd.date is not None:
        _check_clock(ctx, cmd.date, cmd.start_time, cmd.end_time)


def _check_days(ctx: Context, cmd: AddHours) -> None:
    if cmd.date is not None and not cmd.days:
        _check_clock(ctx, cmd.date, cmd.start_time, cmd.end_time)
    elif cmd.date is not None or cmd.paused:
        raise Refused("BadValue", t("Choose either weekdays or a date; time off has a date."), field="dayOfWeek")
    elif not cmd.days:
        raise Refused("BadValue", t("Choose at least one day."), field="dayOfWeek")
    for day in cmd.days:
        _check_weekday(day)
    if not cmd.modes:
        raise Refused("BadValue", t("Choose how the visits take place."), field="visitMode")


def _check_clock(ctx: Context, on: date, start: time, end: time) -> None:
    """Both times are shown by the clinic's clock: the end on the next day when it is not after the start."""
    row = ctx.first(select(ClinicSettings.timezone).where(ClinicSettings.clinic_id == ctx.actor.clinic_id))
    zone = ZoneInfo(row.timezone if row is not None else "UTC")
    ends_on = on if end > start else on + timedelta(days=1)
    for name, day, at in (("startTime", on, start), ("endTime", ends_on, end)):
        typed_instant(day, at, zone, name)


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


def _stood(row: AnyRow) -> Availability:
    """The row as it was loaded."""
    return Availability(
        id=row.id, provider_id=row.provider_id, mode=row.visit_mode, status=row.status, start=row.start_time,
        end=row.end_time, on=row.date, weekday=row.day_of_week,
    )  # fmt: skip


def _before(row: AnyRow) -> dict[str, Availability | None]:
    return {row.id: _stood(row)}


def _changed(
    ctx: Context, provider_id: str, before: Mapping[str, Availability | None], undo: Command | None, *, remove: bool,
    add: bool,
) -> Outcome:  # fmt: skip
    """Bring the slots in line; the result counts those that came and went, and the visits left outside the hours."""
    done = Regenerated(0, 0)
    if remove or add:
        done = regenerate(ctx, [provider_id], add=add, remove=remove, before=before)
    first, *_ = before
    return Outcome(
        result={"availabilityId": first, "added": done.added, "removed": done.removed, "outside": done.outside},
        changes=(*(Change("provider_availability", one) for one in before), Change("visit_slots", "")),
        undo=undo,
        undo_label=t("change of hours") if undo is not None else "",
    )

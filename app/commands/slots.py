"""Generating slots from availability over the rolling horizon."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, insert, select

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.releasing import give_back, uncover
from app.commands.slot_rows import lock_calendars, remove_slots, save_detail, set_slot, take_over
from app.db.bulk import insert_rows
from app.db.models import ClinicSettings, Provider, ProviderAvailability, ProviderSettings, SlotDetail, VisitSlot
from app.domain.agenda import Agenda, SlotState
from app.domain.availability import Availability, left_outside
from app.domain.enums import SlotOrigin, SlotStatus
from app.domain.permissions import Permission
from app.domain.slots import ExistingSlot, GridSlot, Horizon, grid, plan
from app.domain.spans import Span
from app.domain.wallclock import days_of, local_date
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.agenda import read_agenda

LONGEST_HORIZON_DAYS = 730
_IDS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerateSlots(Command):
    """Make the slots that availability asks for and take away FREE ones that it asks for no more; safe to repeat.

    `days` None is the clinic's horizon; without `provider_ids` all providers.
    """

    days: int | None = None
    provider_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Regenerated:
    """How many slots came and went, and how many booked visits a change of hours leaves outside of them."""

    added: int
    removed: int
    outside: int = 0


@handles(GenerateSlots, permission=Permission.BOOK)
def generate_slots(cmd: GenerateSlots, ctx: Context) -> Outcome:
    """Bring the calendars in line with availability, and tidy what holds and cancellations left behind."""
    if cmd.days is not None and not 0 < cmd.days <= LONGEST_HORIZON_DAYS:
        raise Refused("BadValue", t("Enter 1 to {limit} days.", limit=LONGEST_HORIZON_DAYS), field="days")
    mine = select(Provider.id).where(Provider.clinic_id == ctx.actor.clinic_id)
    if cmd.provider_ids:
        mine = mine.where(Provider.id.in_(cmd.provider_ids))
    provider_ids = [row.id for row in ctx.all(mine.order_by(Provider.id))]
    done = regenerate(ctx, provider_ids, add=True, remove=True, tidy_up=True, days=cmd.days)
    return Outcome(
        result={"added": done.added, "removed": done.removed, "providers": len(provider_ids)},
        changes=(Change("visit_slots", ""),) if done.added or done.removed else (),
    )


def regenerate(
    ctx: Context,
    provider_ids: Collection[str],
    *,
    add: bool = False,
    remove: bool = False,
    tidy_up: bool = False,
    days: int | None = None,
    before: Mapping[str, Availability | None] | None = None,
) -> Regenerated:
    """Compare availability with the slots of these providers and change what is free and in the future.

    With `remove` alone slots only go (time off takes effect at once), with `add` alone they only come. `before` says
    what the rows of availability that were just written used to be, by id; None for a new one.
    """
    if not provider_ids:
        return Regenerated(0, 0)
    lock_calendars(ctx, provider_ids)
    horizon = _horizon(ctx, provider_ids, days)
    agenda = read_agenda(ctx.session, ctx.actor.clinic_id, provider_ids, [horizon.span], ctx.occurred_at)
    closures: dict[str, list[Span]] = {}
    for closure in agenda.closures:
        closures.setdefault(closure.provider_id, []).append(closure.span)
    rows = _availability(ctx, provider_ids)
    wanted = grid(rows, horizon, closures)
    inside = [slot for slot in agenda.slots if horizon.span.contains(slot.span.start)]
    change = plan(wanted, (_existing(slot) for slot in inside), ctx.occurred_at)
    if tidy_up:
        tidy(ctx, agenda)
    going, coming = change.remove if remove else (), change.add if add else ()
    for start in range(0, len(going), _IDS_AT_ONCE):
        remove_slots(ctx, going[start : start + _IDS_AT_ONCE])
    if coming:
        _insert(ctx, coming)
    if add:
        for start in range(0, len(change.take_over), _IDS_AT_ONCE):
            take_over(ctx, change.take_over[start : start + _IDS_AT_ONCE])
    outside = _left_outside(agenda, rows, before, horizon) if before and remove else 0
    return Regenerated(len(coming), len(going), outside)


def _left_outside(
    agenda: Agenda, rows: list[Availability], before: Mapping[str, Availability | None], horizon: Horizon
) -> int:
    """How many booked visits to come lay inside the hours and do so no more."""
    visits = [
        (slot.provider_id, slot.span)
        for slot in agenda.slots
        if slot.live_visit and not slot.hidden and horizon.span.contains(slot.span.start)
    ]
    older = [row for row in rows if row.id not in before] + [row for row in before.values() if row is not None]
    return left_outside(visits, older, rows, horizon.zone)


def tidy(ctx: Context, agenda: Agenda) -> None:
    """Queue freeing slots whose hold ran out, and covered ones whose booking has gone without us.

    What another program put into a closed time is shut like the rest of it.
    """
    for slot in agenda.slots:
        if slot.status is SlotStatus.HELD and not slot.held(agenda.now) and not slot.live_visit:
            agenda = give_back(ctx, agenda, slot)
    claiming = {slot.id for slot in agenda.slots if slot.claims(agenda.now)}
    orphans = {slot.covered_by for slot in agenda.slots if slot.covered_by is not None} - claiming
    for slot in agenda.slots:
        if slot.id in orphans:
            agenda = uncover(ctx, agenda, slot)
    for slot in agenda.slots:
        theirs = slot.origin in {None, SlotOrigin.ADOPTED} and slot.status is SlotStatus.FREE and not slot.live_visit
        closure = agenda.closure_of(slot) if theirs else None
        if closure is not None:
            set_slot(ctx, slot, status=SlotStatus.BLOCKED, held_until=None)
            save_detail(ctx, slot.id, batch_id=closure.id, reason=closure.reason)


def _horizon(ctx: Context, provider_ids: Collection[str], days: int | None) -> Horizon:
    columns = (ClinicSettings.timezone, ClinicSettings.slot_minutes, ClinicSettings.horizon_days)
    row = ctx.first(select(*columns).where(ClinicSettings.clinic_id == ctx.actor.clinic_id))
    zone = ZoneInfo(row.timezone) if row is not None else ZoneInfo("UTC")
    length = days or (row.horizon_days if row is not None else 90)
    today = local_date(ctx.occurred_at, zone)
    end = days_of(today, today + timedelta(days=length), zone).end
    own = select(ProviderSettings.provider_id, ProviderSettings.slot_minutes).where(
        ProviderSettings.provider_id.in_(provider_ids), ProviderSettings.slot_minutes.is_not(None)
    )
    minutes = {one.provider_id: one.slot_minutes for one in ctx.all(own)}
    return Horizon(Span(ctx.occurred_at, end), zone, row.slot_minutes if row is not None else 20, minutes)


def _availability(ctx: Context, provider_ids: Collection[str]) -> list[Availability]:
    """The rows of active providers; one who is not active any more asks for no slots."""
    row = ProviderAvailability
    columns = (row.id, row.provider_id, row.visit_mode, row.status, row.start_time, row.end_time, row.day_of_week)
    statement = (
        select(*columns, row.date)
        .outerjoin(ProviderSettings, ProviderSettings.provider_id == row.provider_id)
        .where(row.provider_id.in_(provider_ids), ProviderSettings.active.is_not(False))
    )
    return [
        Availability(
            id=one.id, provider_id=one.provider_id, mode=one.visit_mode, status=one.status, start=one.start_time,
            end=one.end_time, on=one.date, weekday=one.day_of_week,
        )
        for one in ctx.all(statement)
    ]  # fmt: skip


def _existing(slot: SlotState) -> ExistingSlot:
    return ExistingSlot(
        slot.id, slot.provider_id, slot.mode, slot.span, slot.status, slot.origin,
        covered=slot.covered_by is not None, has_visit=slot.visit_id is not None,
    )  # fmt: skip


def _insert(ctx: Context, slots: Iterable[GridSlot]) -> None:
    at = ctx.occurred_at
    made = [(ctx.ids.cuid(), slot) for slot in slots]
    rows = [
        {
            "id": slot_id, "provider_id": slot.provider_id, "start_time": slot.span.start, "end_time": slot.span.end,
            "visit_mode": slot.mode, "status": SlotStatus.FREE, "created_at": at, "updated_at": at,
        }
        for slot_id, slot in made
    ]  # fmt: skip
    details = [{"slot_id": slot_id, "origin": SlotOrigin.GRID, "updated_at": at} for slot_id, _ in made]
    ctx.flush()
    for model, values in ((VisitSlot, rows), (SlotDetail, details)):
        _insert_all(ctx, model, values)


def _insert_all(ctx: Context, model: Any, rows: list[dict[str, Any]]) -> None:
    table: Table = model.__table__
    if ctx.online:
        insert_rows(ctx.session.connection(), table, rows)
    else:
        ctx.session.execute(insert(model), rows)

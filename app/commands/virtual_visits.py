"""The rooms of virtual visits: the provider joins, the session ends. The visit's own end closes the room too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from app.commands.booking import new_session
from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.visit_rows import VisitState, end_session, load_visit
from app.db.models import ClinicSettings, VirtualVisitSession
from app.domain.enums import TelemedStatus, VisitMode
from app.domain.permissions import Permission
from app.domain.states import LIVE_VISITS
from app.domain.video import joined, may_open, room_address
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinSession(Command):
    """The visit's provider enters the room; the result has its address. Again: the same room, the first time stays."""

    visit_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSession(Command):
    """Close the room of a virtual visit; the visit itself goes on until it is completed."""

    visit_id: str


@handles(JoinSession, permission=Permission.TREAT_OWN_VISIT)
def join_session(cmd: JoinSession, ctx: Context) -> Outcome:
    """NOT_STARTED → WAITING, or → ACTIVE when the patient is there."""
    visit = _own(ctx, cmd.visit_id)
    row = _session(ctx, visit.id)
    if row is None and visit.status in LIVE_VISITS:  # a visit of another program that made no room
        new_session(ctx, visit.id)
        row = _session(ctx, visit.id)
    if row is None or row.status is TelemedStatus.ENDED or visit.status not in LIVE_VISITS:
        raise Conflict("SessionEnded", t("The room of this visit is closed."), field="status",
                       server={"visitId": visit.id, "status": TelemedStatus.ENDED.value})  # fmt: skip
    address = _address(ctx, row.room_id)
    at = row.provider_joined_at or ctx.occurred_at
    states = joined(row.status, patient=row.patient_joined_at is not None)
    for status in states or ((row.status,) if row.provider_joined_at is None else ()):
        _set(ctx, row, status=status, provider_joined_at=at)
    status = states[-1] if states else row.status
    result = {"visitId": visit.id, "status": status.value, "roomUrl": address, "providerJoinedAt": at.isoformat()}
    return Outcome(result=result, changes=(Change("virtual_visit_sessions", row.id),))


@handles(EndSession, permission=Permission.TREAT_OWN_VISIT)
def close_session(cmd: EndSession, ctx: Context) -> Outcome:
    """Any state → ENDED; one that has ended is fine."""
    visit = _own(ctx, cmd.visit_id)
    row = _session(ctx, visit.id)
    end_session(ctx, visit)
    result = {"visitId": visit.id, "status": TelemedStatus.ENDED.value}
    return Outcome(result=result, changes=(Change("virtual_visit_sessions", row.id if row is not None else ""),))


def _own(ctx: Context, visit_id: str) -> VisitState:
    visit = load_visit(ctx, visit_id)
    if visit.mode is not VisitMode.VIRTUAL:
        raise Refused("NotVirtual", t("This visit takes place at the clinic."), field="visitId")
    if visit.provider_id != ctx.actor.provider_id:
        raise not_allowed()
    return visit


def _session(ctx: Context, visit_id: str) -> Any:
    columns = (
        VirtualVisitSession.id, VirtualVisitSession.room_id, VirtualVisitSession.status,
        VirtualVisitSession.patient_joined_at, VirtualVisitSession.provider_joined_at, VirtualVisitSession.updated_at,
    )  # fmt: skip
    return ctx.first(ctx.lock(select(*columns).where(VirtualVisitSession.visit_id == visit_id)))


def _address(ctx: Context, room_id: str) -> str:
    found = ctx.first(select(ClinicSettings.room_url_template).where(ClinicSettings.clinic_id == ctx.actor.clinic_id))
    address = room_address(found.room_url_template if found is not None else None, room_id)
    if address is None:
        message = t("The clinic has no address of video rooms yet: an administrator sets it in the settings.")
        raise Refused("NoRoomAddress", message, field="room_url_template")
    if not may_open(address):
        raise Refused("UnsafeAddress", t("The address of this room isn't a safe one."), field="roomId")
    return address


def _set(ctx: Context, row: Any, **values: Any) -> None:
    statement = update(VirtualVisitSession).where(VirtualVisitSession.id == row.id)
    ctx.emit(statement.values(updated_at=ctx.stamp(row.updated_at), **values))

"""Read and write visits for the commands that change them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, literal, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.commands.core import Context
from app.db.frozen import table_of
from app.db.models import Patient, SlotDetail, VirtualVisitSession, Visit, VisitDetail, VisitSlot
from app.db.types import UtcDateTime
from app.domain.agenda import Agenda, SlotState
from app.domain.enums import FlowMark, TelemedStatus, VisitMode, VisitStatus, VisitType
from app.domain.slots import LONGEST_MINUTES
from app.domain.spans import Span
from app.domain.states import VISIT, VisitAction
from app.domain.visits import status_word
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.queries.agenda import read_agenda, slot_columns, slot_state

_AROUND = timedelta(minutes=LONGEST_MINUTES)
_VISITS = table_of(Visit)
_SET_VISIT = update(_VISITS).where(_VISITS.c.id == bindparam("row"))


@dataclass(frozen=True, slots=True)
class VisitState:
    """A visit with its detail and slot, as a command found it (the visit's row is locked)."""

    id: str
    patient_id: str
    provider_id: str
    kind: VisitType
    mode: VisitMode
    status: VisitStatus
    updated_at: datetime
    slot: SlotState
    minutes: int | None
    room: str | None
    flow: FlowMark | None
    confirmed: bool
    first_name: str
    last_name: str

    @property
    def patient_name(self) -> str:
        """First and last name."""
        return f"{self.first_name} {self.last_name}".strip()


def load_visit(ctx: Context, visit_id: str) -> VisitState:
    """Lock a visit and read it with its slot; refuses an unknown one."""
    statement = (
        select(
            *slot_columns(), Visit.patient_id, Visit.visit_type, Visit.visit_mode.label("mode"),
            Visit.updated_at.label("visit_at"), VisitDetail.minutes, VisitDetail.room, VisitDetail.flow,
            VisitDetail.confirmed_at, Patient.first_name, Patient.last_name,
        )
        .select_from(Visit)
        .join(VisitSlot, VisitSlot.id == Visit.slot_id)
        .join(Patient, Patient.id == Visit.patient_id)
        .outerjoin(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
        .outerjoin(VisitDetail, VisitDetail.visit_id == Visit.id)
        .where(Visit.id == visit_id)
    )  # fmt: skip
    row = ctx.first(ctx.lock(statement, of=[Visit, VisitSlot]))
    if row is None:
        raise Refused("NoSuchVisit", t("This visit is not known."), field="visitId")
    return VisitState(
        id=visit_id, patient_id=row.patient_id, provider_id=row.provider_id, kind=row.visit_type, mode=row.mode,
        status=row.visit_status, updated_at=row.visit_at, slot=slot_state(row), minutes=row.minutes, room=row.room,
        flow=row.flow, confirmed=row.confirmed_at is not None, first_name=row.first_name or "",
        last_name=row.last_name or "",
    )  # fmt: skip


def check_step(ctx: Context, visit: VisitState, action: VisitAction, expected: VisitStatus | None) -> VisitStatus:
    """Return the next status by the state table; refuse a step that is not there or not the person's.

    `expected` is the status that the person saw: somebody else's change in between is a conflict.
    """
    step = VISIT.get((visit.status, action))
    if step is None or (expected is not None and expected is not visit.status):
        raise Conflict(
            "StateChanged" if expected is not None and expected is not visit.status else "BadTransition",
            t("This visit is now: {status}.", status=status_word(visit.status)),
            field="status", server={"visitId": visit.id, "status": visit.status.value},
        )  # fmt: skip
    next_status, permission = step
    ctx.require(permission)
    return next_status


def agenda_around(ctx: Context, *spans: tuple[str, Span], patient_ids: Collection[str] = ()) -> Agenda:
    """The agenda of the providers and spans named, for the person's present; with patients, where they are too.

    It reaches further than the spans: a slot that is given back may stick out of them, and lie under another booking.
    """
    ctx.flush()
    providers = {provider_id for provider_id, _ in spans}
    wanted = [Span(span.start - _AROUND, span.end + _AROUND) for _, span in spans]
    return read_agenda(ctx.session, ctx.actor.clinic_id, providers, wanted, ctx.occurred_at, patient_ids=patient_ids)


def set_visit(ctx: Context, visit: VisitState, **values: Any) -> None:
    """Queue an update of the visit's row; `updated_at` is set."""
    ctx.emit_with(_SET_VISIT, {"row": visit.id, "updated_at": ctx.stamp(visit.updated_at), **values})


def save_visit_detail(ctx: Context, visit_id: str, **values: Any) -> None:
    """Queue setting fields of a visit's detail; one that another program's visit lacks is made."""
    changed = {"updated_at": ctx.occurred_at, **values}
    insert = postgresql.insert if ctx.online else sqlite.insert
    statement = insert(VisitDetail).values(visit_id=visit_id, **changed)
    ctx.emit(statement.on_conflict_do_update(index_elements=[VisitDetail.visit_id], set_=changed))


def reopen_session(ctx: Context, visit_id: str, old: datetime) -> None:
    """Queue opening the room again that was closed when the visit was moved to the clinic; it has begun by nobody."""
    at = ctx.stamp(old)
    if ctx.online:  # the machine has no way back: a guarded function of the server's
        ctx.emit(select(func.desktop.reopen_session(visit_id, literal(at, UtcDateTime()))))
        return
    closed = VirtualVisitSession.visit_id == visit_id, VirtualVisitSession.status == TelemedStatus.ENDED
    fresh = {"patient_joined_at": None, "provider_joined_at": None, "ended_at": None, "updated_at": at}
    ctx.emit(update(VirtualVisitSession).where(*closed).values(status=TelemedStatus.NOT_STARTED, **fresh))


def end_session(ctx: Context, visit: VisitState) -> None:
    """Queue ending the room of a virtual visit: visit and session end together."""
    if visit.mode is VisitMode.VIRTUAL:
        statement = update(VirtualVisitSession).where(
            VirtualVisitSession.visit_id == visit.id, VirtualVisitSession.status != TelemedStatus.ENDED
        )
        values = {"status": TelemedStatus.ENDED, "ended_at": ctx.occurred_at, "updated_at": ctx.occurred_at}
        ctx.emit(statement.values(**values))

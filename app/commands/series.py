"""A series of appointments: booked, moved and called off in one go, all of its visits or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.commands.booking import booked, new_visit, set_ended_aside
from app.commands.booking_together import CancelTogether
from app.commands.cancelling import CancelVisit, cancel_visit
from app.commands.clashes import clashes
from app.commands.core import Change, Command, Context, Outcome, handles, on_conflict
from app.commands.living import merged_record, no_such_patient
from app.commands.moving import MoveVisit, move_visit
from app.commands.namesakes import Coming, similar_names_of
from app.commands.placing import NOTHING_OVER, Place, checked_minutes, made_slot, place_at, place_on, placed
from app.commands.undoing import UndoVisitStatus, undo_visit_status
from app.commands.visit_rows import agenda_around, save_visit_detail
from app.db.models import Patient, PatientDetail, Provider, VisitSlot
from app.domain.agenda import Agenda, SlotState
from app.domain.enums import VisitMode, VisitStatus, VisitType
from app.domain.permissions import Permission
from app.domain.series import MOST_VISITS
from app.domain.spans import Span
from app.domain.visits import CancelKind
from app.kernel.errors import AppError, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid, new_uuid
from app.queries.core import Reader
from app.queries.openings import with_alternatives


@dataclass(frozen=True, slots=True)
class SeriesVisit:
    """One date of a series: on a free slot, or at an instant of the provider's hours that has no slots yet."""

    slot_id: str | None = None
    provider_id: str | None = None
    start: datetime | None = None
    visit_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class BookSeries(Command):
    """Book all dates of a series for a patient, or none; a refusal says by ``index`` which date it is about."""

    patient_id: str
    visits: tuple[SeriesVisit, ...]
    minutes: int
    visit_mode: VisitMode
    reason_text: str = ""
    appointment_type_id: str | None = None
    series_id: str = field(default_factory=new_uuid)


@dataclass(frozen=True, slots=True)
class SeriesMove:
    """Where one visit of a series goes: to a slot, or to an instant of a provider."""

    visit_id: str
    slot_id: str | None = None
    provider_id: str | None = None
    start: datetime | None = None
    from_slot_id: str | None = None
    minutes: int | None = None
    over_blocked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveSeries(Command):
    """Move several visits of a series, all or none, in the order given.

    The order matters where one visit goes to the time of another: that one has to leave first.
    """

    moves: tuple[SeriesMove, ...]
    taking_back: bool = False
    """An undo puts visits back on times that are over meanwhile, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelSeries(Command):
    """Call several visits of a series off, all or none."""

    visit_ids: tuple[str, ...]
    kind: CancelKind = CancelKind.PATIENT
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreSeries(Command):
    """Take calling off back for all of them; the undo of `CancelSeries`, with the guards of `UndoVisitStatus`."""

    visit_ids: tuple[str, ...]


@handles(BookSeries, permission=Permission.BOOK)
def book_series(cmd: BookSeries, ctx: Context) -> Outcome:
    """Place one date after the other, link them, and warn where the patient is elsewhere."""
    minutes = checked_minutes(cmd.minutes)
    _check_count(len(cmd.visits))
    name = _checked_patient(cmd, ctx)
    agenda = _agenda(cmd, ctx, minutes)
    alike = similar_names_of(ctx, _coming(cmd, agenda, name)) if ctx.warns else ()
    results: list[dict[str, Any]] = []
    warnings: list[str] = []
    for index, one in enumerate(cmd.visits):
        try:
            place, slot = _place(ctx, agenda, one, minutes, cmd.visit_mode)
        except AppError as error:
            error.data = {**error.data, "index": index}
            raise
        new_visit(
            ctx, one.visit_id, place, cmd.patient_id, slot.provider_id, mode=cmd.visit_mode, kind=VisitType.SCHEDULED,
            reason=cmd.reason_text, type_id=cmd.appointment_type_id, minutes=minutes,
        )  # fmt: skip
        save_visit_detail(ctx, one.visit_id, series_id=cmd.series_id)
        results.append(booked(one.visit_id, place))
        warnings.extend(clashes(agenda, cmd.patient_id, place.span, one.visit_id))
        agenda = placed(agenda, slot, place)
    return Outcome(
        result={"seriesId": cmd.series_id, "visits": results},
        changes=tuple(Change("visits", one.visit_id) for one in cmd.visits)
        + tuple(Change("visit_slots", str(one["slotId"])) for one in results),
        undo=CancelTogether(visit_ids=tuple(one.visit_id for one in cmd.visits)),
        undo_label=t("booking the series"),
        warnings=tuple(dict.fromkeys((*warnings, *alike))),
    )


@handles(MoveSeries, permission=Permission.BOOK)
def move_series(cmd: MoveSeries, ctx: Context) -> Outcome:
    """Move each as a single move would; the undo moves them back, the last one first."""
    _check_count(len(cmd.moves))
    outcomes = []
    for index, one in enumerate(cmd.moves):
        move = MoveVisit(
            visit_id=one.visit_id, slot_id=one.slot_id, provider_id=one.provider_id, start=one.start,
            from_slot_id=one.from_slot_id, minutes=one.minutes, over_blocked=one.over_blocked,
            taking_back=cmd.taking_back,
        )  # fmt: skip
        try:
            outcomes.append(move_visit(move, ctx))
        except AppError as error:
            error.data = {**error.data, "index": index}
            raise
        ctx.flush()
    back = tuple(_back(outcome.undo) for outcome in reversed(outcomes) if isinstance(outcome.undo, MoveVisit))
    return Outcome(
        result={"visits": [dict(outcome.result) for outcome in outcomes]},
        changes=tuple(change for outcome in outcomes for change in outcome.changes),
        undo=MoveSeries(moves=back, taking_back=True) if back else None,
        undo_label=t("moving the series"),
        warnings=tuple(dict.fromkeys(text for outcome in outcomes for text in outcome.warnings)),
    )


@handles(CancelSeries, permission=Permission.ADVANCE_VISIT)
def cancel_series(cmd: CancelSeries, ctx: Context) -> Outcome:
    """Call each off; one that is under way or over keeps all of them."""
    _check_count(len(cmd.visit_ids))
    outcomes = []
    called_off: list[str] = []
    for visit_id in cmd.visit_ids:
        cancel = CancelVisit(visit_id=visit_id, kind=cmd.kind, reason=cmd.reason, expected=VisitStatus.PLANNED)
        outcomes.append(cancel_visit(cancel, ctx))
        # One that somebody had called off before is no part of what an undo brings back.
        called_off += [visit_id] if outcomes[-1].changes else []
        ctx.flush()
    return Outcome(
        result={"visits": [dict(outcome.result) for outcome in outcomes]},
        changes=tuple(change for outcome in outcomes for change in outcome.changes),
        undo=RestoreSeries(visit_ids=tuple(called_off)) if called_off else None,
        undo_label=t("cancelling the series"),
    )


@handles(RestoreSeries, permission=Permission.ADVANCE_VISIT)
def restore_series(cmd: RestoreSeries, ctx: Context) -> Outcome:
    """Plan each again on the slot that it had; one that can't be keeps all of them called off."""
    undone = [UndoVisitStatus(visit_id=visit_id, expected=VisitStatus.CANCELLED) for visit_id in cmd.visit_ids]
    outcomes = [undo_visit_status(one, ctx) for one in undone]
    return Outcome(
        result={"visits": [dict(outcome.result) for outcome in outcomes]},
        changes=tuple(change for outcome in outcomes for change in outcome.changes),
    )


@on_conflict(BookSeries)
def offer_others(cmd: BookSeries, error: AppError, session: Session, reader: Reader) -> AppError:
    """Name the nearest free times for the date whose slot was taken."""
    index = error.data.get("index")
    slot_id = cmd.visits[index].slot_id if isinstance(index, int) else None
    if slot_id is None:
        return error
    return with_alternatives(error, session, reader, slot_id=slot_id, minutes=cmd.minutes)


def _check_count(number: int) -> None:
    if not 0 < number <= MOST_VISITS:
        message = t("A series has 1 to {limit} visits.", limit=MOST_VISITS)
        raise Refused("BadValue", message, field="visits")


def _checked_patient(cmd: BookSeries, ctx: Context) -> tuple[str, str]:
    """Refuse somebody unknown, or merged into another; returns the name."""
    known = select(Patient.id, Patient.first_name, Patient.last_name, PatientDetail.merged_into)
    known = known.outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id).where(Patient.id == cmd.patient_id)
    row = ctx.first(known)
    if row is None:
        raise no_such_patient()
    if row.merged_into is not None:
        raise merged_record(row.merged_into)
    return row.first_name or "", row.last_name or ""


def _coming(cmd: BookSeries, agenda: Agenda, name: tuple[str, str]) -> list[Coming]:
    slots = ((one, agenda.slot(one.slot_id) if one.slot_id else None) for one in cmd.visits)
    starts = (slot.span.start if slot is not None else one.start for one, slot in slots)
    return [Coming(cmd.patient_id, name, start) for start in starts if start is not None]


def _agenda(cmd: BookSeries, ctx: Context, minutes: int) -> Agenda:
    """Lock the slots, in one order, and read what lies around every date."""
    wanted = [one.slot_id for one in cmd.visits if one.slot_id is not None]
    if len(set(wanted)) < len(wanted):
        raise Refused("BadValue", t("Every date needs a slot of its own."), field="visits")
    columns = (VisitSlot.id, VisitSlot.provider_id, VisitSlot.start_time, VisitSlot.end_time)
    rows = ctx.all(ctx.lock(select(*columns).where(VisitSlot.id.in_(wanted)).order_by(VisitSlot.id)))
    found = {row.id for row in rows}
    for index, one in enumerate(cmd.visits):
        if one.slot_id is not None and one.slot_id not in found:
            raise Refused("NoSuchSlot", t("This slot no longer exists."), field="visits", index=index)
    length = timedelta(minutes=minutes)
    spans = [(row.provider_id, Span(row.start_time, max(row.end_time, row.start_time + length))) for row in rows]
    loose = [one for one in cmd.visits if one.slot_id is None]
    _check_loose(loose, ctx)
    spans += [(one.provider_id, Span(one.start, one.start + length)) for one in loose if one.provider_id and one.start]
    return agenda_around(ctx, *spans, patient_ids=[cmd.patient_id])


def _check_loose(visits: list[SeriesVisit], ctx: Context) -> None:
    """A date without a slot names provider and instant."""
    for one in visits:
        if one.provider_id is None or one.start is None:
            raise Refused("BadValue", t("Say when each visit shall be."), field="visits")
        if one.start <= ctx.occurred_at:
            raise Refused("SlotPast", t("This time is over."), field="visits")
    ids = {one.provider_id for one in visits if one.provider_id}
    known = select(Provider.id).where(Provider.id.in_(ids), Provider.clinic_id == ctx.actor.clinic_id)
    if ids and ids - {row.id for row in ctx.all(known)}:
        raise Refused("NoSuchProvider", t("This provider is not known."), field="visits")


def _place(ctx: Context, agenda: Agenda, one: SeriesVisit, minutes: int, mode: VisitMode) -> tuple[Place, SlotState]:
    """Queue taking the time of one date; returns it with the slot as it was, or that was made."""
    if one.slot_id is None:
        if one.provider_id is None or one.start is None:
            raise Refused("BadValue", t("Say when each visit shall be."), field="visits")
        span = Span(one.start, one.start + timedelta(minutes=minutes))
        place = place_at(ctx, agenda, one.provider_id, span, mode, NOTHING_OVER)
        return place, made_slot(place, one.provider_id, mode, ctx.occurred_at)
    slot = agenda.slot(one.slot_id)
    if slot is None:
        raise Refused("NoSuchSlot", t("This slot no longer exists."), field="visits")
    if slot.span.end <= ctx.occurred_at:
        raise Refused("SlotPast", t("This time is over."), field="visits")
    place = place_on(ctx, agenda, slot, minutes, NOTHING_OVER)
    if place.slot_id == slot.id and slot.visit_id is not None:
        set_ended_aside(ctx, slot)
    return place, slot


def _back(move: MoveVisit) -> SeriesMove:
    return SeriesMove(
        visit_id=move.visit_id, slot_id=move.slot_id, provider_id=move.provider_id, start=move.start,
        from_slot_id=move.from_slot_id, minutes=move.minutes, over_blocked=True,
    )  # fmt: skip

"""The triage board: the most severe first, then the oldest; one request with a glimpse of the chart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, and_, case, cast, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.db.functions import db_now
from app.db.models import Login, Patient, Provider, RequestDetail, RequestVisit, SlotDetail, Visit, VisitRequest
from app.db.models import VisitSlot as Slot
from app.db.types import UtcDateTime
from app.domain.clinical_lists import ClinicalList
from app.domain.enums import RequestStatus, RequestType, SeverityLevel, SlotStatus, VisitMode
from app.domain.lifetime import Death, death_of
from app.domain.patients import display_name
from app.domain.requests import OPEN_REQUESTS, QUEUE_ORDER
from app.domain.states import LIVE_VISITS
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.chart import HeadVisit, chart_head
from app.queries.chart_open import OpenItem
from app.queries.chart_summary import chart_summary
from app.queries.core import Page, Reader, instant, query, read_cursor

_RANK: ColumnElement[int] = case(
    {severity: place for place, severity in enumerate(QUEUE_ORDER)}, value=VisitRequest.severity
)


class RequestBox(StrEnum):
    """Which requests: all that are open, those that wait for us, those that wait for the patient, or closed ones."""

    OPEN = "open"
    OURS = "ours"
    PATIENT = "patient"
    CLOSED = "closed"


class ProposalState(StrEnum):
    """What became of a proposed time: kept, no longer kept but free, the patient's visit, somebody else's, gone."""

    HELD = "held"
    ENDED = "ended"
    BOOKED = "booked"
    TAKEN = "taken"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Proposal:
    """The time that was offered to the patient; times aware UTC, None for a slot that is gone."""

    slot_id: str
    state: ProposalState
    start: datetime | None
    end: datetime | None
    provider_name: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """A request on the board; times aware UTC, ``wanted`` a date of the patient's choice."""

    request_id: str
    patient_id: str
    patient_name: str
    born: date | None
    severity: SeverityLevel
    status: RequestStatus
    kind: RequestType
    mode: VisitMode
    reason: str
    category: str
    wanted: date | None
    window_start: datetime | None
    window_end: datetime | None
    created_at: datetime
    note: str
    owner_user: str | None
    owner_name: str
    triaged_at: datetime | None
    close_reason: str
    proposal: Proposal | None
    visit_id: str | None
    death: Death | None = None
    """Set when the patient has died."""


@dataclass(frozen=True, slots=True)
class RequestView:
    """One request with what helps to decide: allergies, problems, last and next visit, what is open."""

    row: RequestRow
    allergies: ClinicalList
    problems: ClinicalList
    last_visit: HeadVisit | None
    next_visit: HeadVisit | None
    open: tuple[OpenItem, ...]
    phone: str
    as_of: datetime


@query(offline=True)
def request_page(
    session: Session, reader: Reader, *, box: RequestBox = RequestBox.OPEN, severity: SeverityLevel | None = None,
    status: RequestStatus | None = None, patient_id: str | None = None, cursor: str | None = None, limit: int = 50,
) -> Page[RequestRow]:  # fmt: skip
    """Return a page of requests (keyset: rank, time, id); closed ones newest first. One statement."""
    closed = box is RequestBox.CLOSED
    created, key = VisitRequest.created_at, VisitRequest.id
    order = (created.desc(), key.desc()) if closed else (_RANK, created, key)
    if reader.online and patient_id is None:
        page = _server_page(_statuses(box) if status is None else (status,), severity, cursor, limit, closed=closed)
    else:
        page = _page(reader, box, severity, status, patient_id, cursor).order_by(*order).limit(limit + 1).subquery()
    rows = session.execute(_select(reader, page).order_by(*order)).all()
    items = tuple(_row(row) for row in rows[:limit])
    more = len(rows) > limit
    return Page(items, more, _cursor(rows[limit - 1]) if more else None)


def _page(
    reader: Reader, box: RequestBox, severity: SeverityLevel | None, status: RequestStatus | None,
    patient_id: str | None, cursor: str | None,
) -> Any:  # fmt: skip
    """Which ones is decided on the narrow rows: names, slots and details are looked up for a page only."""
    closed = box is RequestBox.CLOSED
    found = select(VisitRequest.id).join(Patient, Patient.id == VisitRequest.patient_id)
    found = found.where(Patient.clinic_id == reader.clinic_id)
    found = found.where(_in_box(box) if status is None else VisitRequest.status == status)
    if severity is not None:
        found = found.where(VisitRequest.severity == severity)
    if patient_id is not None:
        found = found.where(VisitRequest.patient_id == patient_id)
    return found.where(_after(cursor, closed=closed)) if cursor else found


def _server_page(
    statuses: Sequence[RequestStatus], severity: SeverityLevel | None, cursor: str | None, limit: int, *, closed: bool
) -> Any:
    """The same, by the server's function: row-level security would look every request's patient up."""
    after: list[Any] = []
    if cursor:
        rank, at, key = read_cursor(cursor, int, instant, str)
        after = [rank, literal(at, UtcDateTime()), key]
    call = func.desktop.request_ids(
        cast([one.value for one in statuses], ARRAY(Text)), severity.value if severity else None, closed, limit + 1,
        *after,
    )  # fmt: skip
    return call.table_valued("id")


@query(offline=True)
def request_view(session: Session, reader: Reader, *, request_id: str) -> RequestView:
    """Return one request with the glimpse of the chart; four trips. Refused "NoSuchRequest"."""
    one = select(VisitRequest.id).where(VisitRequest.id == request_id).subquery()
    row = session.execute(_select(reader, one)).first()
    if row is None:
        raise Refused("NoSuchRequest", t("This request is not known."), field="requestId")
    head = chart_head(session, reader, patient_id=row.patient_id)
    summary = chart_summary(session, reader, patient_id=row.patient_id)
    return RequestView(
        row=_row(row), allergies=head.allergies, problems=summary.problems, last_visit=head.last_visit,
        next_visit=head.next_visit, open=summary.open, phone=head.details.phone, as_of=reader.now,
    )  # fmt: skip


def waiting_requests(reader: Reader) -> Any:
    """How many requests are open, as a scalar: the number in the rail."""
    if reader.online:
        return func.desktop.requests_waiting()
    return (
        select(func.count())
        .select_from(VisitRequest)
        .join(Patient, Patient.id == VisitRequest.patient_id)
        .where(Patient.clinic_id == reader.clinic_id, _in_box(RequestBox.OPEN))
        .scalar_subquery()
    )


def _select(reader: Reader, chosen: FromClause) -> Any:
    """Everything of the chosen requests; they come first, or the planner would look everything up for all of them."""
    other = aliased(Visit)
    live = select(other.id).where(other.slot_id == Slot.id, other.status.in_(tuple(sorted(LIVE_VISITS))))
    return (
        select(
            VisitRequest.id, VisitRequest.patient_id, VisitRequest.severity, VisitRequest.status,
            VisitRequest.request_type, VisitRequest.visit_mode, VisitRequest.reason_text,
            VisitRequest.reason_category, VisitRequest.requested_date, VisitRequest.window_start,
            VisitRequest.window_end, VisitRequest.created_at, VisitRequest.proposed_slot_id, Patient.first_name,
            Patient.last_name, Patient.date_of_birth, Patient.demographics, Patient.flags,
            RequestDetail.note, RequestDetail.owner_user,
            RequestDetail.triaged_at, RequestDetail.close_reason, RequestDetail.proposal_ends_at,
            Login.display_name.label("owner_name"), RequestVisit.visit_id, Slot.id.label("slot_id"),
            Visit.id.label("own_visit"),
            Slot.status.label("slot_status"), Slot.held_until, Slot.start_time, Slot.end_time, SlotDetail.held_by,
            SlotDetail.held_name, Provider.name.label("provider_name"), live.exists().label("live"),
            db_now().label("now"), _RANK.label("rank"),
        )
        .select_from(chosen)
        .join(VisitRequest, VisitRequest.id == chosen.c.id)
        .join(Patient, Patient.id == VisitRequest.patient_id)
        .outerjoin(RequestDetail, RequestDetail.request_id == VisitRequest.id)
        .outerjoin(Login, Login.user_id == RequestDetail.owner_user)
        .outerjoin(RequestVisit, RequestVisit.request_id == VisitRequest.id)
        .outerjoin(Slot, Slot.id == VisitRequest.proposed_slot_id)
        .outerjoin(Visit, own_visit(Visit))
        .outerjoin(SlotDetail, SlotDetail.slot_id == Slot.id)
        .outerjoin(Provider, Provider.id == Slot.provider_id)
        .where(Patient.clinic_id == reader.clinic_id)
    )  # fmt: skip


def own_visit(visit: type[Visit]) -> ColumnElement[bool]:
    """On which a request's proposed time joins the patient's own visit in it, whoever booked that."""
    return and_(
        visit.slot_id == VisitRequest.proposed_slot_id, visit.patient_id == VisitRequest.patient_id,
        visit.status.in_(tuple(sorted(LIVE_VISITS))),
    )  # fmt: skip


def _in_box(box: RequestBox) -> ColumnElement[bool]:
    return VisitRequest.status.in_(_statuses(box))


def _statuses(box: RequestBox) -> Sequence[RequestStatus]:
    ours = (RequestStatus.NEW, RequestStatus.TRIAGED)
    states = {
        RequestBox.OPEN: OPEN_REQUESTS,
        RequestBox.OURS: ours,
        RequestBox.PATIENT: (RequestStatus.AWAITING_PATIENT_CONFIRMATION,),
        RequestBox.CLOSED: tuple(one for one in RequestStatus if one not in OPEN_REQUESTS),
    }
    return tuple(states[box])


def _rank(text: str) -> int:
    """A place in the queue's order of severities."""
    return range(len(QUEUE_ORDER))[int(text)]


def _after(cursor: str, *, closed: bool) -> ColumnElement[bool]:
    place, when, key = read_cursor(cursor, _rank, instant, str)
    created = VisitRequest.created_at
    if closed:
        return or_(created < when, and_(created == when, VisitRequest.id < key))
    later = or_(created > when, and_(created == when, VisitRequest.id > key))
    milder = VisitRequest.severity.in_(QUEUE_ORDER[place + 1 :])
    return or_(milder, and_(VisitRequest.severity == QUEUE_ORDER[place], later))


def _cursor(row: Any) -> str:
    return f"{row.rank}|{row.created_at.isoformat()}|{row.id}"


def _row(row: Any) -> RequestRow:
    return RequestRow(
        request_id=row.id, patient_id=row.patient_id, patient_name=display_name(row.first_name, row.last_name),
        born=row.date_of_birth, death=death_of(row.demographics, row.flags),
        severity=row.severity, status=row.status, kind=row.request_type, mode=row.visit_mode,
        reason=row.reason_text, category=row.reason_category or "", wanted=row.requested_date,
        window_start=row.window_start, window_end=row.window_end, created_at=row.created_at, note=row.note or "",
        owner_user=row.owner_user, owner_name=row.owner_name or "", triaged_at=row.triaged_at,
        close_reason=row.close_reason or "", proposal=_proposal(row), visit_id=row.visit_id,
    )  # fmt: skip


def _proposal(row: Any) -> Proposal | None:
    """The proposed time, while the patient is to answer; afterwards the one that was booked."""
    if row.status is RequestStatus.CONVERTED_TO_VISIT and row.own_visit is not None:
        return Proposal(row.proposed_slot_id, ProposalState.BOOKED, row.start_time, row.end_time,
                        row.provider_name or "", None)  # fmt: skip
    if row.status is not RequestStatus.AWAITING_PATIENT_CONFIRMATION or row.proposed_slot_id is None:
        return None
    state = _proposal_state(row)
    ends_at = row.held_until if state is ProposalState.HELD else row.proposal_ends_at
    return Proposal(row.proposed_slot_id, state, row.start_time, row.end_time, row.provider_name or "", ends_at)


def _proposal_state(row: Any) -> ProposalState:
    if row.slot_id is None:
        return ProposalState.GONE
    if row.own_visit is not None:
        return ProposalState.BOOKED
    held = row.slot_status is SlotStatus.HELD and (row.held_until is None or row.held_until > row.now)
    if held and not row.live:
        if row.proposal_ends_at is None:
            ours = row.held_by is None and row.held_name is None and row.held_until is not None
        else:
            ours = row.held_until == row.proposal_ends_at
        return ProposalState.HELD if ours else ProposalState.TAKEN
    free = row.slot_status in (SlotStatus.FREE, SlotStatus.HELD) and not row.live
    return ProposalState.ENDED if free and row.start_time > row.now else ProposalState.TAKEN

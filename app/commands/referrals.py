"""Referrals: written with their letter, sent to somebody, followed until the answer is there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.commands.core import Change, Command, Context, Outcome, handles, not_allowed
from app.commands.paper_edits import Cleaner, apply_changes
from app.commands.paper_rows import check_about
from app.commands.patients import FieldChange
from app.commands.referral_heard import Heard, changed_fields, heard_of
from app.db.models import LabOrder, Referral, ReferralDetail, VisitNote
from app.domain.enums import ReferralPriority, ReferralStatus
from app.domain.permissions import Permission
from app.domain.referrals import (
    Attachment,
    Recipient,
    check_attachments,
    clean_recipient,
    status_word,
)
from app.domain.states import REFERRAL, ReferralAction
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.ids import new_cuid
from app.kernel.text import MAX_LONG, MAX_SHORT, clean_optional, clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateReferral(Command):
    """Write a referral; it stays PENDING until it is sent. ``provider_id`` None: the person's own."""

    patient_id: str
    specialty: str
    reason: str
    priority: ReferralPriority = ReferralPriority.ROUTINE
    referred_to: str | None = None
    recipient: Recipient | None = None
    letter: str = ""
    notes: str | None = None
    visit_id: str | None = None
    provider_id: str | None = None
    referral_id: str = field(default_factory=new_cuid)


@dataclass(frozen=True, slots=True, kw_only=True)
class EditReferral(Command):
    """Change fields of a PENDING referral (names of ``EDITABLE``); to the same field two people conflict."""

    referral_id: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendReferral(Command):
    """Send it; a recipient is needed. `expected` is the status that the person saw."""

    referral_id: str
    expected: ReferralStatus = ReferralStatus.PENDING


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptReferral(Command):
    """The other side takes the patient, on ``appointment_on`` (a day there) if that is known.

    With ``seen`` a day that somebody else noted since conflicts.
    """

    referral_id: str
    appointment_on: date | None = None
    expected: ReferralStatus = ReferralStatus.SENT
    seen: Heard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteReferral(Command):
    """The answer is there: in words, and as results or notes of the chart; these are added to what is attached.

    With ``seen`` an answer that somebody else noted since conflicts.
    """

    referral_id: str
    answer: str = ""
    attachments: tuple[Attachment, ...] = ()
    expected: ReferralStatus = ReferralStatus.ACCEPTED
    seen: Heard | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelReferral(Command):
    """It is not needed any more, or was refused there; with the reason."""

    referral_id: str
    reason: str
    expected: ReferralStatus | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackReferral(Command):
    """Note what is heard of a sent referral: when the appointment is, what they say, what came back.

    All three as they are to stand afterwards. With ``seen`` only what differs from it is set, and conflicts where
    somebody else changed the same field since; without, all three are set.
    """

    referral_id: str
    appointment_on: date | None = None
    answer: str = ""
    attachments: tuple[Attachment, ...] = ()
    seen: Heard | None = None


def _specialty(value: Any, name: str) -> str:
    return clean_text(str(value or ""), name, MAX_SHORT, required=True)


def _long(value: Any, name: str) -> str:
    return clean_text(str(value or ""), name, MAX_LONG)


def _reason(value: Any, name: str) -> str:
    return clean_text(str(value or ""), name, MAX_LONG, required=True)


def _short(value: Any, name: str) -> str | None:
    return clean_optional(None if value is None else str(value), name, MAX_SHORT)


def _priority(value: Any, name: str) -> str:
    try:
        return ReferralPriority(value).value
    except ValueError as error:
        raise Refused("BadValue", t("There is no such priority."), field=name) from error


def _recipient(value: Any, _name: str) -> dict[str, str] | None:
    return clean_recipient(value)


EDITABLE: Mapping[str, Cleaner] = {
    "specialty": _specialty, "reason": _reason, "priority": _priority, "referredTo": _short, "notes": _long,
    "letter": _long, "recipient": _recipient,
}  # fmt: skip
_COLUMNS = {"specialty": "specialty", "reason": "reason", "priority": "priority", "referredTo": "referred_to",
            "notes": "notes"}  # fmt: skip


@handles(CreateReferral, permission=Permission.ORDER)
def create_referral(cmd: CreateReferral, ctx: Context) -> Outcome:
    """Insert the referral and its detail."""
    values = {
        "specialty": _specialty(cmd.specialty, "specialty"), "reason": _reason(cmd.reason, "reason"),
        "referred_to": _short(cmd.referred_to, "referredTo"), "notes": _short_long(cmd.notes),
    }  # fmt: skip
    letter, recipient = _long(cmd.letter, "letter"), clean_recipient(cmd.recipient)
    provider, visit_id = check_about(ctx, cmd.patient_id, cmd.provider_id, cmd.visit_id)
    ctx.emit(
        insert(Referral).values(
            id=cmd.referral_id, patient_id=cmd.patient_id, visit_id=visit_id, provider_id=provider,
            priority=cmd.priority, status=ReferralStatus.PENDING, created_at=ctx.occurred_at,
            updated_at=ctx.occurred_at, **values,
        ),
        insert(ReferralDetail).values(
            referral_id=cmd.referral_id, clinic_id=ctx.actor.clinic_id, letter=letter, recipient=recipient, answer="",
            updated_at=ctx.occurred_at,
        ),
    )  # fmt: skip
    return _outcome(cmd.referral_id, ReferralStatus.PENDING)


def _short_long(value: str | None) -> str | None:
    return clean_optional(value, "notes", MAX_LONG)


@handles(EditReferral, permission=Permission.ORDER)
def edit_referral(cmd: EditReferral, ctx: Context) -> Outcome:
    """Merge by field; what was sent is not changed any more."""
    row = _load(ctx, cmd.referral_id)
    if row.status is not ReferralStatus.PENDING:
        raise Conflict("DocumentLocked", t("This referral was sent; it can't be changed any more."), field="status",
                       server={"referralId": row.id, "status": row.status.value})  # fmt: skip
    current = {"specialty": row.specialty, "reason": row.reason, "priority": row.priority.value,
               "referredTo": row.referred_to, "notes": row.notes, "letter": row.letter or "",
               "recipient": row.recipient}  # fmt: skip
    applied, back = apply_changes(cmd.changes, current, EDITABLE)
    if not applied:
        return _outcome(row.id, row.status)
    columns = {_COLUMNS[name]: value for name, value in applied.items() if name in _COLUMNS}
    if "priority" in columns:
        columns["priority"] = ReferralPriority(columns["priority"])
    _set(ctx, row, **columns)
    inner = {name: applied[name] for name in ("letter", "recipient") if name in applied}
    if inner:
        _save_detail(ctx, row, **inner)
    undo = EditReferral(referral_id=row.id, changes=back)
    return Outcome(result={"referralId": row.id, "status": row.status.value, "changed": sorted(applied)},
                   changes=_changes(row.id), undo=undo, undo_label=t("the change of the referral"))  # fmt: skip


@handles(SendReferral, permission=Permission.ORDER)
def send_referral(cmd: SendReferral, ctx: Context) -> Outcome:
    """PENDING → SENT; refuses one that goes to nobody."""
    row = _load(ctx, cmd.referral_id)
    if row.status is ReferralStatus.SENT:
        return _outcome(row.id, row.status)
    status = _step(ctx, row, ReferralAction.SEND, cmd.expected)
    if not (row.referred_to or "").strip():
        raise Refused("RecipientNeeded", t("Say who the patient is referred to."), field="referredTo")
    _set(ctx, row, status=status, sent_at=ctx.occurred_at)
    _save_detail(ctx, row, sent_by=ctx.actor.user_id)
    return _outcome(row.id, status)


@handles(AcceptReferral, permission=Permission.TRACK_ORDERS)
def accept_referral(cmd: AcceptReferral, ctx: Context) -> Outcome:
    """SENT → ACCEPTED. One that is accepted already still takes a day that isn't known yet."""
    row = _load(ctx, cmd.referral_id)
    now = heard_of(row)
    again = row.status is ReferralStatus.ACCEPTED
    if again and cmd.seen is None:
        return _outcome(row.id, row.status)
    status = row.status if again else _step(ctx, row, ReferralAction.ACCEPT, cmd.expected)
    mine = now if cmd.appointment_on is None else replace(now, appointment_on=cmd.appointment_on)
    more = _news(now, mine, cmd.seen and replace(now, appointment_on=cmd.seen.appointment_on))
    if not again:
        _set(ctx, row, status=status)
        _save_detail(ctx, row, accepted_at=ctx.occurred_at, **more)
    elif more:
        _save_detail(ctx, row, **more)
    return _outcome(row.id, status)


@handles(CompleteReferral, permission=Permission.TRACK_ORDERS)
def complete_referral(cmd: CompleteReferral, ctx: Context) -> Outcome:
    """ACCEPTED → COMPLETED, with what came back. To one that is completed already it is still added."""
    row = _load(ctx, cmd.referral_id)
    again = row.status is ReferralStatus.COMPLETED
    if again and cmd.seen is None:
        return _outcome(row.id, row.status)
    status = row.status if again else _step(ctx, row, ReferralAction.COMPLETE, cmd.expected)
    now, known = heard_of(row), cmd.seen.attachments if cmd.seen is not None else ()
    came = tuple(one for one in cmd.attachments if one not in known)
    mine = replace(now, answer=_long(cmd.answer, "answer") or now.answer, attachments=(*now.attachments, *came))
    more = _news(now, mine, cmd.seen and replace(now, answer=cmd.seen.answer))
    if "attachments" in more:
        more["attachments"] = _attached(ctx, row, more["attachments"])
    if not again:
        _set(ctx, row, status=status, completed_at=ctx.occurred_at)
    if more or not again:
        _save_detail(ctx, row, **more)
    return _outcome(row.id, status)


def _news(now: Heard, mine: Heard, seen: Heard | None) -> dict[str, Any]:
    """Return the columns to set; raises ``Conflict`` where somebody else changed one of them since it was seen."""
    return {name: getattr(mine, name) for name in changed_fields(now, mine, now if seen is None else seen)}


@handles(CancelReferral, permission=Permission.ORDER)
def cancel_referral(cmd: CancelReferral, ctx: Context) -> Outcome:
    """Any but COMPLETED → CANCELLED."""
    reason = clean_text(cmd.reason, "reason", 1000, required=True)
    row = _load(ctx, cmd.referral_id)
    if row.status is ReferralStatus.CANCELLED:
        return _outcome(row.id, row.status)
    status = _step(ctx, row, ReferralAction.CANCEL, cmd.expected)
    _set(ctx, row, status=status)
    _save_detail(ctx, row, cancel_reason=reason)
    return _outcome(row.id, status)


@handles(TrackReferral, permission=Permission.TRACK_ORDERS)
def track_referral(cmd: TrackReferral, ctx: Context) -> Outcome:
    """Set what is known of a sent referral."""
    row = _load(ctx, cmd.referral_id)
    if row.status in (ReferralStatus.PENDING, ReferralStatus.CANCELLED):
        raise _wrong(row)
    now = heard_of(row)
    mine = Heard(appointment_on=cmd.appointment_on, answer=_long(cmd.answer, "answer"),
                 attachments=check_attachments(cmd.attachments))  # fmt: skip
    news = _news(now, mine, cmd.seen)
    if not news:
        return _outcome(row.id, row.status)
    after = replace(now, **news)
    if "attachments" in news:
        news["attachments"] = _attached(ctx, row, mine.attachments)
    _save_detail(ctx, row, **news)
    back = TrackReferral(referral_id=row.id, appointment_on=now.appointment_on, answer=now.answer,
                         attachments=now.attachments, seen=after)  # fmt: skip
    return Outcome(result={"referralId": row.id, "status": row.status.value}, changes=_changes(row.id), undo=back,
                   undo_label=t("the note on the referral"))  # fmt: skip


def _load(ctx: Context, referral_id: str) -> Any:
    """Lock a referral and read it with its detail (None fields where another program made it).

    What was heard is merged with what stands there: of two at one moment the second reads what the first wrote. Whoever
    tracks may lock the detail, in every state; then it is read, as the one before left it.
    """
    detail = select(ReferralDetail.referral_id).where(ReferralDetail.referral_id == referral_id)
    if ctx.online:
        ctx.first(ctx.lock(detail))
    statement = (
        select(
            Referral.id, Referral.patient_id, Referral.status, Referral.specialty, Referral.reason, Referral.priority,
            Referral.referred_to, Referral.notes, Referral.updated_at, ReferralDetail.letter, ReferralDetail.recipient,
            ReferralDetail.attachments, ReferralDetail.answer, ReferralDetail.appointment_on,
            ReferralDetail.updated_at.label("detail_at"),
        )
        .outerjoin(ReferralDetail, ReferralDetail.referral_id == Referral.id)
        .where(Referral.id == referral_id)
    )  # fmt: skip
    # who only tracks may not lock what isn't sent; the database's trigger keeps the steps anyway
    row = ctx.first(ctx.lock(statement, of=Referral) if ctx.actor.may(Permission.ORDER) else statement)
    if row is None:
        raise Refused("NoSuchReferral", t("This referral is not known."), field="referralId")
    return row


def _set(ctx: Context, row: Any, **values: Any) -> None:
    """Queue an update of the referral's row; it is always touched, so that everybody hears of a change."""
    stamp = ctx.stamp(row.updated_at)
    ctx.emit(update(Referral).where(Referral.id == row.id).values(updated_at=stamp, **values))


def _save_detail(ctx: Context, row: Any, **values: Any) -> None:
    """Queue setting fields of the detail; one that another program's referral lacks is made where the person may."""
    changed = {"updated_at": ctx.stamp(row.detail_at), **values}
    if row.detail_at is not None:
        ctx.emit(update(ReferralDetail).where(ReferralDetail.referral_id == row.id).values(**changed))
        return
    if not ctx.actor.may(Permission.ORDER):
        if any(value for name, value in values.items() if name != "accepted_at"):
            raise not_allowed()  # the detail of another program's referral is a provider's to begin
        return
    made = {"letter": "", "answer": "", **changed}
    build = postgresql.insert if ctx.online else sqlite.insert
    statement = build(ReferralDetail).values(referral_id=row.id, clinic_id=ctx.actor.clinic_id, **made)
    ctx.emit(statement.on_conflict_do_update(index_elements=[ReferralDetail.referral_id], set_=changed))


def _attached(ctx: Context, row: Any, wanted: tuple[Attachment, ...]) -> list[dict[str, str]] | None:
    """Return the JSON of attachments; refuses what isn't this patient's."""
    found = check_attachments(wanted)
    if not found:
        return None
    orders = [one.id for one in found if one.table == "lab_orders"]
    notes = [one.id for one in found if one.table == "visit_note"]
    known = {("lab_orders", r.id) for r in _of_patient(ctx, LabOrder, row.patient_id, orders)}
    known |= {("visit_note", r.id) for r in _of_patient(ctx, VisitNote, row.patient_id, notes)}
    if any((one.table, one.id) not in known for one in found):
        raise Refused("BadValue", t("Only results and notes of this patient can be attached."), field="attachments")
    return [{"table": one.table, "id": one.id} for one in found]


def _of_patient(ctx: Context, model: Any, patient_id: str, ids: list[str]) -> list[Any]:
    if not ids:
        return []
    return list(ctx.all(select(model.id).where(model.patient_id == patient_id, model.id.in_(ids))))


def _step(ctx: Context, row: Any, action: ReferralAction, expected: ReferralStatus | None) -> ReferralStatus:
    step = REFERRAL.get((row.status, action))
    if step is None or (expected is not None and expected is not row.status):
        raise _wrong(row)
    status, permission = step
    ctx.require(permission)
    return status


def _wrong(row: Any) -> Conflict:
    return Conflict("StateChanged", t("This referral is now: {status}.", status=status_word(row.status)),
                    field="status", server={"referralId": row.id, "status": row.status.value})  # fmt: skip


def _changes(referral_id: str) -> tuple[Change, ...]:
    return Change("referrals", referral_id), Change("referral_detail", referral_id)


def _outcome(referral_id: str, status: ReferralStatus) -> Outcome:
    return Outcome(result={"referralId": referral_id, "status": status.value}, changes=_changes(referral_id))

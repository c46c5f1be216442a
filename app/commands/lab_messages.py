"""Laboratories' messages: taken from files, matched without guessing, assigned or refused by a person.

They need the server: the inbox is the clinic's, and no workstation keeps it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from app.commands.core import AnyRow, Change, Command, Context, Outcome, handles
from app.commands.lab_filing import Filed, Filing, Matched
from app.commands.lab_take_back import note_chart
from app.commands.living import merged_meanwhile
from app.db.batches import batch_inserts
from app.db.models import LabMessage, Patient, PatientDetail
from app.domain.enums import LabMessageState
from app.domain.lab_matching import Known, Match, disagreement
from app.domain.lab_messages import LabReport, TakenMessage
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text
from app.queries.lab_matching import LabKnowledge, MessageRef, load_knowledge, match_message

TAKEN, UPDATED, UNCHANGED, WAITING, REFUSED = "taken", "updated", "unchanged", "waiting", "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeLabMessages(Command):
    """Take messages in, each once: those whose patient is certain are filed, the others wait for a person.

    The outcome's result has for each message its ``fate`` (taken, updated, unchanged, waiting, refused), the
    ``reason``, and counts of what was filed.
    """

    messages: Sequence[TakenMessage]


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignLabMessage(Command):
    """Say whose a waiting message is. ``report`` is what it says, read from its text.

    ``certain``: only if the rules by which files are taken in say that it is this patient's, too; else refused.
    """

    message_id: str
    patient_id: str
    report: LabReport
    certain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefuseLabMessage(Command):
    """Lay a waiting message aside with the reason: nobody of this clinic, a test, sent by mistake."""

    message_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenLabMessage(Command):
    """Let a message that a person laid aside wait again."""

    message_id: str


@handles(TakeLabMessages, permission=Permission.LAB_INBOX, offline=False)
def take_lab_messages(cmd: TakeLabMessages, ctx: Context) -> Outcome:
    """One look at the database for all, then each message by itself, in their order; all rows go in one trip."""
    known = load_knowledge(ctx.all, ctx.actor.clinic_id, cmd.messages)
    waited = _lock_waiting(ctx, cmd, known)
    fresh = [message for message in cmd.messages if known.is_open(message.content_hash)]
    matches = {message.content_hash: _match(message, known) for message in fresh}
    matched = [one for one in matches.values() if isinstance(one, Matched)]
    taking = _Taking(ctx, known, matched, len(cmd.messages))
    for message in cmd.messages:
        taking.take(message, matches)
    taking.filing.send()
    ctx.emit(*batch_inserts(LabMessage, taking.rows, online=ctx.online))
    for message_id, fate in taking.again:
        at = ctx.stamp(waited[message_id])
        ctx.emit(update(LabMessage).where(LabMessage.id == message_id).values(**fate, updated_at=at))
    return Outcome(result={"messages": taking.fates}, changes=tuple(dict.fromkeys(taking.changes)))


def _lock_waiting(ctx: Context, cmd: TakeLabMessages, known: LabKnowledge) -> dict[str, datetime]:
    """Hold those that wait already and may find their patient now, with the time of their last change.

    A person may be deciding about one at this moment: that one isn't open any more.
    """
    here = {one.content_hash for one in cmd.messages} & known.messages.keys()
    waiting = {known.messages[one].id: one for one in here if known.is_open(one)}
    if not waiting:
        return {}
    wanted = (
        select(LabMessage.id, LabMessage.updated_at)
        .where(LabMessage.id.in_(sorted(waiting)), LabMessage.state == LabMessageState.UNMATCHED)
        .where(LabMessage.handled_by.is_(None))
        .order_by(LabMessage.id)
    )
    held = {row.id: row.updated_at for row in ctx.all(ctx.lock(wanted))}
    for message_id in waiting.keys() - held.keys():
        known.close(waiting[message_id])
    return held


def _match(message: TakenMessage, known: LabKnowledge) -> Matched | Match:
    """Say whose a message is; for one without results why it is refused."""
    match = match_message(message, known)
    if match.patient_id is None:
        return match
    again = known.before(message)
    mine = again is not None and again.patient_id == match.patient_id
    return Matched(message, match.patient_id, again.order_ids if again is not None and mine else ())


class _Taking:
    """Takes the messages of a command; ``rows`` are those of the messages themselves, ``again`` what waited before.

    ``count``: how many messages there are at most.
    """

    def __init__(self, ctx: Context, known: LabKnowledge, matched: Sequence[Matched], count: int) -> None:
        self.filing = Filing(ctx, known, matched, by_person=False)
        self.rows: list[dict[str, Any]] = []
        self.again: list[tuple[str, dict[str, Any]]] = []
        self.fates: list[dict[str, Any]] = []
        self.changes: list[Change] = []
        self._ctx = ctx
        self._known = known
        # In their order, so that a list by time and id has the messages of one batch as the file had them.
        self._message_ids = iter(sorted(ctx.ids.uuid() for _ in range(count)))

    def take(self, message: TakenMessage, matches: dict[str, Matched | Match]) -> None:
        """File a message, or keep it with the reason; one that is here already is left alone.

        Unless it waited, and its patient is certain by now. Each of ``matches`` counts once.
        """
        before = self._known.messages.get(message.content_hash)
        match = matches.pop(message.content_hash, None)
        if before is not None and not isinstance(match, Matched):
            still = {} if before.state is LabMessageState.APPLIED else {"open": True}
            self.fates.append({"fate": UNCHANGED, "reason": _seen_before(before), "messageId": before.id, **still})
        elif isinstance(match, Matched):
            self._file(message, match)
        else:
            state = LabMessageState.REFUSED if message.report is None else LabMessageState.UNMATCHED
            self._keep(message, state, match.reason if match is not None else "")

    def _file(self, message: TakenMessage, match: Matched) -> None:
        assert message.report is not None  # noqa: S101 - else nobody would be matched
        again = self._known.before(message)
        if again is not None and again.patient_id == match.patient_id:  # it may stand earlier in this very batch
            match = Matched(message, match.patient_id, again.order_ids)
        try:
            filed = self.filing.file(match, message.report)
        except Refused as problem:
            other = problem.code == "OtherPatient"
            state = LabMessageState.UNMATCHED if other else LabMessageState.REFUSED
            self._keep(message, state, f"{problem.field}: {problem.message}" if problem.field else problem.message)
            return
        late = t("{count} of its results are older than what is in the chart", count=filed.late) if filed.late else ""
        self._keep(message, LabMessageState.APPLIED, late, match.patient_id, filed)

    def _keep(
        self, message: TakenMessage, state: LabMessageState, reason: str, patient_id: str | None = None,
        filed: Filed | None = None,
    ) -> None:  # fmt: skip
        """Queue the message's row, anew or over the one that waited; what became of it is its fate."""
        ctx, before = self._ctx, self._known.messages.get(message.content_hash)
        message_id = before.id if before is not None else next(self._message_ids)
        order_ids = list(filed.order_ids) if filed is not None else None
        person = message.report.claims() if message.report is not None else None
        fate = {"state": state, "reason": reason[:2000], "patient_id": patient_id, "order_ids": order_ids}
        if before is not None:
            self.again.append((message_id, fate))
        else:
            self.rows.append(
                {"id": message_id, "clinic_id": ctx.actor.clinic_id, "received_at": ctx.occurred_at,
                 "source": message.source[:500], "content_hash": message.content_hash, "kind": message.kind,
                 "sender": message.sender, "control_id": message.control_id, "person": person, "body": message.body,
                 "updated_at": ctx.occurred_at, **fate}
            )  # fmt: skip
        self._known.keep_message(
            MessageRef(message_id, message.content_hash, message.sender, message.control_id, state, patient_id,
                       tuple(order_ids or ()))
        )  # fmt: skip
        told = {"fate": _fate_of(state, filed), "reason": reason, "messageId": message_id, **_counts(filed)}
        self.fates.append(told)
        self.changes.append(Change("lab_message", message_id))
        self.changes.extend(filed.changes if filed is not None else ())


def _seen_before(before: MessageRef) -> str:
    words = {
        LabMessageState.APPLIED: t("the same message was taken before"),
        LabMessageState.UNMATCHED: t("the same message is waiting for a person already"),
        LabMessageState.REFUSED: t("the same message was refused before"),
    }
    return words[before.state]


def _fate_of(state: LabMessageState, filed: Filed | None) -> str:
    if filed is None:
        return WAITING if state is LabMessageState.UNMATCHED else REFUSED
    if not filed.changed:
        return UNCHANGED
    return TAKEN if filed.made or not filed.corrected else UPDATED


def _counts(filed: Filed | None) -> dict[str, Any]:
    if filed is None:
        return {}
    return {
        "orderIds": list(filed.order_ids),
        "corrected": filed.corrected,
        "late": filed.late,
        "history": filed.history,
        "alerts": filed.alerts,
    }


@handles(AssignLabMessage, permission=Permission.LAB_INBOX, offline=False)
def assign_lab_message(cmd: AssignLabMessage, ctx: Context) -> Outcome:
    """File a waiting message for the patient whom a person chose; what doesn't agree comes back as a warning."""
    row = _waiting(ctx, cmd.message_id)
    patient = _patient(ctx, cmd.patient_id)
    message = TakenMessage(
        source=row.source, content_hash=row.content_hash, sender=row.sender, control_id=row.control_id, body=row.head,
        report=cmd.report,
    )  # fmt: skip
    apart = frozenset(row.order_ids) if isinstance(row.order_ids, list) else frozenset()
    match = Matched(message, cmd.patient_id, apart=apart)
    known = load_knowledge(ctx.all, ctx.actor.clinic_id, (message,))
    if cmd.certain:
        _check_certain(cmd, message, known)
    filing = Filing(ctx, known, (match,))
    filed = filing.file(match, cmd.report)
    filing.send()
    note_chart(ctx, cmd.patient_id)
    _move(ctx, row, LabMessageState.APPLIED, "", patient_id=cmd.patient_id, order_ids=list(filed.order_ids))
    problem = disagreement(cmd.report.person, patient, needs_birth=False)
    return Outcome(
        result={"messageId": row.id, "state": LabMessageState.APPLIED.value, **_counts(filed)},
        changes=(Change("lab_message", row.id), *filed.changes),
        warnings=(t("Assigned although {problem}.", problem=problem),) if problem else (),
    )


def _check_certain(cmd: AssignLabMessage, message: TakenMessage, known: LabKnowledge) -> None:
    """Refuse what the rules don't give to this patient (any more): it was offered a while ago."""
    found = _match(message, known)
    if not isinstance(found, Matched):
        raise Refused(
            "NotCertain", t("It isn't certain whose this is: {reason}", reason=found.reason), field="patientId"
        )
    if found.patient_id != cmd.patient_id:
        raise Refused("NotCertain", t("By its number this is another patient's."), field="patientId")


@handles(RefuseLabMessage, permission=Permission.LAB_INBOX, offline=False)
def refuse_lab_message(cmd: RefuseLabMessage, ctx: Context) -> Outcome:
    """UNMATCHED → REFUSED with the reason; the undo lets it wait again."""
    reason = clean_text(cmd.reason, "reason", 2000, required=True)
    row = _waiting(ctx, cmd.message_id)
    _move(ctx, row, LabMessageState.REFUSED, reason)
    return Outcome(
        result={"messageId": row.id, "state": LabMessageState.REFUSED.value},
        changes=(Change("lab_message", row.id),),
        undo=ReopenLabMessage(message_id=row.id),
        undo_label=t("refused message"),
    )


@handles(ReopenLabMessage, permission=Permission.LAB_INBOX, offline=False)
def reopen_lab_message(cmd: ReopenLabMessage, ctx: Context) -> Outcome:
    """REFUSED by a person → UNMATCHED; what the program could not read stays refused."""
    row = _message(ctx, cmd.message_id)
    if row.state is not LabMessageState.REFUSED or row.handled_by is None:
        raise _changed(row)
    _move(ctx, row, LabMessageState.UNMATCHED, t("was refused: {reason}", reason=row.reason))
    return Outcome(
        result={"messageId": row.id, "state": LabMessageState.UNMATCHED.value},
        changes=(Change("lab_message", row.id),),
    )


def _message(ctx: Context, message_id: str) -> AnyRow:
    columns = (
        LabMessage.id, LabMessage.source, LabMessage.content_hash, LabMessage.sender, LabMessage.control_id,
        LabMessage.state, LabMessage.reason, LabMessage.handled_by, LabMessage.updated_at, LabMessage.order_ids,
        func.substr(LabMessage.body, 1, 400).label("head"),
    )  # fmt: skip
    here = select(*columns).where(LabMessage.id == message_id, LabMessage.clinic_id == ctx.actor.clinic_id)
    row = ctx.first(ctx.lock(here))
    if row is None:
        raise Refused("NoSuchMessage", t("There is no such message here."), field="messageId")
    return row


def _waiting(ctx: Context, message_id: str) -> AnyRow:
    row = _message(ctx, message_id)
    if row.state is not LabMessageState.UNMATCHED:
        raise _changed(row)
    return row


def _changed(row: AnyRow) -> Conflict:
    words = {
        LabMessageState.APPLIED: t("This message is in a chart already."),
        LabMessageState.UNMATCHED: t("This message is waiting already."),
        LabMessageState.REFUSED: t("This message was refused."),
    }
    server = {"messageId": row.id, "state": row.state.value}
    return Conflict("StateChanged", words[row.state], field="state", server=server)


def _patient(ctx: Context, patient_id: str) -> Known:
    columns = (
        Patient.id, Patient.first_name, Patient.last_name, Patient.date_of_birth, Patient.demographics,
        PatientDetail.merged_into,
    )  # fmt: skip
    row = ctx.first(
        select(*columns)
        .outerjoin(PatientDetail, PatientDetail.patient_id == Patient.id)
        .where(Patient.id == patient_id, Patient.clinic_id == ctx.actor.clinic_id)
    )
    if row is None:
        raise Refused("NoPatient", t("There is no such patient here."), field="patientId")
    if row.merged_into is not None:
        raise merged_meanwhile(row.merged_into)
    demographics = row.demographics if isinstance(row.demographics, dict) else None
    return Known(
        patient_id=row.id, first_name=row.first_name or "", last_name=row.last_name or "", born=row.date_of_birth,
        demographics=demographics,
    )  # fmt: skip


def _move(ctx: Context, row: AnyRow, state: LabMessageState, reason: str, **values: Any) -> None:
    ctx.emit(
        update(LabMessage)
        .where(LabMessage.id == row.id)
        .values(
            state=state, reason=reason[:2000], handled_by=ctx.actor.user_id, handled_at=ctx.occurred_at,
            updated_at=ctx.stamp(row.updated_at), **values,
        )
    )  # fmt: skip

"""Signing results, with what happens next; handing them over to somebody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select, update

from app.commands.alerts import resolve_critical_results
from app.commands.clinic_time import clinic_day
from app.commands.core import AnyRow, Change, Command, Context, Outcome, handles
from app.commands.labs_rows import OrderState, insert_order, load_order, load_review
from app.commands.task_rows import check_user
from app.db.models import Cover, LabReview, LabSignature, Login, Task
from app.domain.enums import NextStep, ReviewState, Role, TaskKind
from app.domain.lab_codes import read_results
from app.domain.labs import content_hash, is_to_read
from app.domain.permissions import Permission
from app.domain.tasks import MOST_TITLE, OWNER_ROLES, values_in
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t
from app.kernel.text import clean_text

MOST_TOGETHER = 200


@dataclass(frozen=True, slots=True)
class Shown:
    """An order whose results were on the screen; ``results`` is their digest (``content_hash``)."""

    order_id: str
    results: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignResults(Command):
    """Sign the results that were displayed, and say what happens next.

    ``sign_for``: the user whose results they are, when the person isn't and covers for nobody: on purpose.
    ``released_text`` is what the desk reads, never a value; ``owner_user`` or ``owner_role`` does it by ``due_on``
    (a day of the clinic) or ``due_at``; ``weeks`` until tests are repeated.
    """

    shown: Sequence[Shown]
    next_step: NextStep = NextStep.NOTHING
    sign_for: str | None = None
    released_text: str = ""
    owner_user: str | None = None
    owner_role: Role | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    weeks: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOverResults(Command):
    """Let somebody else review results; ``old_user`` is the owner that was seen."""

    order_id: str
    owner_user: str
    old_user: str | None = None


@handles(SignResults, permission=Permission.SIGN_RESULTS)
def sign_results(cmd: SignResults, ctx: Context) -> Outcome:
    """Keep a signature for each order and do what happens next. Refused as Conflict when results changed since."""
    _check(cmd)
    note = clean_text(cmd.note, "note", 2000)
    released = clean_text(cmd.released_text, "releasedText", MOST_TITLE)
    if cmd.owner_user is not None and cmd.owner_user != ctx.actor.user_id:
        check_user(ctx, cmd.owner_user, "ownerUser")
    changes: list[Change] = []
    signed = 0
    for shown in cmd.shown:
        order = load_order(ctx, shown.order_id, results=True)
        review = _reviewed(ctx, order, shown, several=len(cmd.shown) > 1)
        if review.state is ReviewState.SIGNED:
            _nothing_lost(cmd, review)
            continue
        if released and values_in(released, order.results):
            message = t("This text has a value of the result in it. Tasks are read by the front desk too.")
            raise Refused("ValuesInText", message, field="releasedText")
        for_user = _for_user(ctx, review.owner_user, cmd.sign_for)
        _sign(cmd, ctx, order, review, (shown.results, for_user, released, note))
        changes += [order.change, Change("lab_review", order.id), *_next(cmd, ctx, order, released)]
        # also where a correction took away what was critical: the alert of it is still open
        changes += resolve_critical_results(ctx, order.id, order.patient_id)
        signed += 1
    result = {"signed": signed, "orderIds": [shown.order_id for shown in cmd.shown], "nextStep": cmd.next_step.value}
    return Outcome(result=result, changes=tuple(changes))


def _check(cmd: SignResults) -> None:
    if not cmd.shown or len({shown.order_id for shown in cmd.shown}) != len(cmd.shown):
        raise Refused("NoResults", t("Choose results to sign, each once."), field="shown")
    if len(cmd.shown) > MOST_TOGETHER:
        raise Refused("TooMany", t("At most {n} results are signed together.", n=MOST_TOGETHER), field="shown")
    if cmd.next_step is NextStep.REPEAT and not (cmd.weeks is not None and 1 <= cmd.weeks <= 520):
        raise Refused("BadValue", t("Enter 1 to 520 weeks."), field="weeks")
    if cmd.owner_role is not None and cmd.owner_role not in OWNER_ROLES:
        raise Refused("BadValue", t("Patients have no tasks here."), field="ownerRole")


def _reviewed(ctx: Context, order: OrderState, shown: Shown, *, several: bool) -> AnyRow:
    """Return the review of an order whose results are still those that were shown."""
    review: Any = load_review(ctx, order.id)
    if review is None:
        raise Refused("NoResults", t("This order has no results yet."), field="shown")
    if content_hash(order.results) != shown.results:
        raise Conflict("ResultsChanged", t("These results changed while you looked at them. Look again."),
                       field="shown", server={"orderId": order.id})  # fmt: skip
    if review.state is ReviewState.SIGNED and review.signed_by != ctx.actor.user_id:
        raise Conflict("StateChanged", t("Somebody else has signed these results."), field="shown",
                       server={"orderId": order.id, "signedBy": review.signed_by})  # fmt: skip
    items, unreadable = read_results(order.results)
    inspected = review.critical or review.abnormal or review.partial or unreadable or any(map(is_to_read, items))
    if several and inspected and not review.history:
        message = t("Only final results that are all in range are signed together. Sign this one by itself.")
        raise Refused("NotTogether", message, field="shown", orderId=order.id)
    return review  # type: ignore[no-any-return]


def _nothing_lost(cmd: SignResults, review: Any) -> None:
    """Refuse a second signature of one's own (from another window) whose next step would not happen."""
    if cmd.next_step not in (NextStep.NOTHING, review.next_step):
        raise Conflict("StateChanged", t("You have signed these results already, with another next step."),
                       field="nextStep")  # fmt: skip


def _for_user(ctx: Context, owner: str | None, chosen: str | None) -> str | None:
    """Return for whom the person signs (None: for themselves); refuses ("NotYours") who doesn't say so."""
    if owner is None or owner == ctx.actor.user_id:
        return None
    at = ctx.occurred_at
    covers = select(Cover.id).where(
        Cover.for_user == owner, Cover.by_user == ctx.actor.user_id, Cover.may_sign.is_(True), Cover.starts_at <= at,
        Cover.ends_at > at,
    )  # fmt: skip
    if chosen == owner or ctx.first(covers) is not None:
        return owner
    name = ctx.first(select(Login.display_name).where(Login.user_id == owner))
    who = name.display_name if name is not None else t("somebody else")
    raise Refused("NotYours", t("These results wait for {name}. Say that you sign for them.", name=who),
                  field="signFor", ownerUser=owner)  # fmt: skip


def _sign(
    cmd: SignResults, ctx: Context, order: OrderState, review: Any, words: tuple[str, str | None, str, str]
) -> None:
    digest, for_user, released, note = words
    ctx.emit(
        insert(LabSignature).values(
            id=ctx.ids.uuid(), clinic_id=ctx.actor.clinic_id, order_id=order.id, by_user=ctx.actor.user_id,
            at=ctx.occurred_at, for_user=for_user, results_hash=digest, next_step=cmd.next_step, note=note,
        ),
        update(LabReview)
        .where(LabReview.order_id == order.id)
        .values(
            state=ReviewState.SIGNED, signed_at=ctx.occurred_at, signed_by=ctx.actor.user_id, next_step=cmd.next_step,
            released_text=released, updated_at=ctx.stamp(review.updated_at),
        ),
    )  # fmt: skip


def _next(cmd: SignResults, ctx: Context, order: OrderState, released: str) -> list[Change]:
    """Queue what happens next: a task whose text carries no values, and the order that repeats this one."""
    if cmd.next_step is NextStep.NOTHING:
        return []
    changes = []
    source, weeks = order.id, cmd.weeks or 0
    due_on = cmd.due_on
    if cmd.next_step is NextStep.REPEAT:
        source = ctx.ids.cuid()
        due_on = due_on or clinic_day(ctx) + timedelta(weeks=weeks)
        insert_order(
            ctx, order_id=source, detail={"repeat_of": order.id}, patient_id=order.patient_id, visit_id=None,
            provider_id=order.provider_id, tests=order.tests, notes=t("Repeat in {n} weeks", n=weeks),
        )  # fmt: skip
        changes.append(Change("lab_orders", source))
    task_id = ctx.ids.uuid()
    kind, title = _task_words(cmd.next_step)
    ctx.emit(
        insert(Task).values(
            id=task_id, clinic_id=ctx.actor.clinic_id, patient_id=order.patient_id, kind=kind,
            title=released or title, owner_user=cmd.owner_user,
            owner_role=None if cmd.owner_user else cmd.owner_role or Role.MEDICAL_ASSISTANT, due_on=due_on,
            due_at=cmd.due_at, source_table="lab_orders", source_id=source,
            payload={"nextStep": cmd.next_step.value, "orderId": order.id, **({"weeks": weeks} if weeks else {})},
            created_by=ctx.actor.user_id, created_at=ctx.occurred_at, updated_at=ctx.occurred_at,
        )
    )  # fmt: skip
    return [*changes, Change("task", task_id)]


def _task_words(step: NextStep) -> tuple[TaskKind, str]:
    if step is NextStep.MESSAGE:
        return TaskKind.TELL_RESULT, t("Send a message about the results")
    if step is NextStep.CALL:
        return TaskKind.TELL_RESULT, t("Call about the results")
    if step is NextStep.VISIT:
        return TaskKind.BOOK_FOLLOW_UP, t("Book a visit about the results")
    return TaskKind.BOOK_FOLLOW_UP, t("Repeat the tests")


@handles(HandOverResults, permission=Permission.SIGN_RESULTS)
def hand_over_results(cmd: HandOverResults, ctx: Context) -> Outcome:
    """Change who is to sign. Signed results stay where they are."""
    order = load_order(ctx, cmd.order_id)
    review: Any = load_review(ctx, cmd.order_id)
    if review is None or review.state is ReviewState.SIGNED:
        raise Conflict("StateChanged", t("These results don't wait for anybody."), field="orderId")
    if review.owner_user == cmd.owner_user:
        return Outcome(result={"orderId": order.id, "ownerUser": cmd.owner_user})
    if review.owner_user != cmd.old_user:
        raise Conflict("StateChanged", t("Someone handed these results over in the meantime."), field="oldUser",
                       server={"ownerUser": review.owner_user})  # fmt: skip
    _check_signer(ctx, cmd.owner_user)
    ctx.emit(
        update(LabReview)
        .where(LabReview.order_id == order.id)
        .values(owner_user=cmd.owner_user, updated_at=ctx.stamp(review.updated_at))
    )
    undo = None
    if review.owner_user is not None:
        undo = HandOverResults(order_id=order.id, owner_user=review.owner_user, old_user=cmd.owner_user)
    return Outcome(
        result={"orderId": order.id, "ownerUser": cmd.owner_user},
        changes=(Change("lab_review", order.id),),
        undo=undo,
        undo_label=t("handing over"),
    )


def _check_signer(ctx: Context, user_id: str) -> None:
    check_user(ctx, user_id, "ownerUser")
    row = ctx.first(select(Login.roles).where(Login.user_id == user_id))
    if row is None or Role.PROVIDER not in row.roles:
        raise Refused("NotAllowed", t("Only providers sign results."), field="ownerUser")

"""Results of a lab order: typed in or imported; what they replace is kept, what is critical raises an alert once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.commands.core import Change, Command, Context, Outcome, handles
from app.commands.lab_results_book import CRITICAL_ALERT, CommandBook, ResultsBook
from app.commands.labs_rows import OrderState, next_status, waiting_again
from app.db.models import Alert, LabOrder, LabResultHistory, LabReview
from app.domain.enums import LabOrderStatus, ReviewState
from app.domain.lab_codes import with_flag
from app.domain.lab_merge import Merge, checked_items, merge_results
from app.domain.labs import LabResult, content_hash, entries_of, results_json
from app.domain.permissions import Permission
from app.domain.states import LabAction
from app.kernel.clock import truncate_ms
from app.kernel.errors import Conflict
from app.kernel.i18n import t
from app.kernel.text import clean_text

HISTORY_AFTER = timedelta(days=14)
"""Imported results observed longer ago are filed as history: they raise no alert."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordResults(Command):
    """Results came in for an order. Those of a test that has one already replace it; the others stay.

    ``complete``: nothing more is to come. ``imported``: the laboratory sent them, so they are taken as they are;
    typed ones must be possible. ``reason`` says why earlier results are corrected. ``seen`` is the digest of the
    results that the person saw (``content_hash``); None doesn't compare. ``late``: what is there was sent after these.
    """

    order_id: str
    items: Sequence[LabResult]
    complete: bool = True
    imported: bool = False
    reason: str = ""
    laboratory: str = ""
    filler_id: str | None = None
    collected_at: datetime | None = None
    seen: str | None = None
    late: bool = False


@handles(RecordResults, permission=Permission.ORDER)
def record_results(cmd: RecordResults, ctx: Context) -> Outcome:
    """Merge the results into the order, keep what they replace, let them wait for a signature."""
    return recorded(cmd, ctx, CommandBook(ctx))


def recorded(cmd: RecordResults, ctx: Context, book: ResultsBook) -> Outcome:
    """Do what ``RecordResults`` says with the orders of a book: the database's, or a batch's."""
    order = book.order(cmd.order_id)
    if order.status is LabOrderStatus.CANCELLED and not cmd.imported:
        raise Conflict("StateChanged", t("This order was cancelled."), field="status",
                       server={"orderId": order.id, "status": order.status.value})  # fmt: skip
    if cmd.seen is not None and cmd.seen != content_hash(order.results):
        raise Conflict("ResultsChanged", t("Other results came in meanwhile."), field="items")
    entries = entries_of(order.results)
    earlier = tuple(with_flag(item) for _, item in entries if item is not None)
    items = checked_items(cmd.items, ctx.occurred_at, typed=not cmd.imported)
    items = tuple(with_flag(item) for item in items)
    merge = merge_results(earlier, items, late=cmd.late)
    step = _Step(cmd, ctx, book, order, merge, entries)
    for item in merge.late:
        _keep(step, item, t("came after a later version of it"))
    if not merge.changed:
        return _outcome(order, merge, order.status)
    status = _write(step)
    _keep_replaced(step, clean_text(cmd.reason, "reason", 2000))
    history = cmd.imported and _is_history(merge.fresh, ctx.occurred_at)
    _review(step, status, history=history)
    alerts = () if history else _alerts(step)
    return _outcome(order, merge, status, alerts)


@dataclass(frozen=True, slots=True)
class _Step:
    """What the parts of the handler work on."""

    cmd: RecordResults
    ctx: Context
    book: ResultsBook
    order: OrderState
    merge: Merge
    entries: Sequence[tuple[Any, LabResult | None]]
    """What stood there, entry by entry, with the result that each is."""


def _write(step: _Step) -> LabOrderStatus:
    """Queue the order's rows; returns where it stands then."""
    cmd, ctx, order = step.cmd, step.ctx, step.order
    complete = cmd.complete and not step.merge.preliminary
    status, stamp = order.status, ctx.stamp(order.updated_at)
    if status is LabOrderStatus.ORDERED:
        status = next_status(order, LabAction.START)
        step.book.change(LabOrder, order.id, updated_at=stamp, status=status)
    values: dict[str, Any] = {"results": _document(step)}
    if complete and status is LabOrderStatus.IN_PROGRESS:
        status = LabOrderStatus.COMPLETED
        values |= {"status": status, "completed_at": ctx.occurred_at}
    step.book.change(LabOrder, order.id, updated_at=stamp, **values)
    detail: dict[str, Any] = {}
    if cmd.laboratory:
        detail["laboratory"] = clean_text(cmd.laboratory, "laboratory", 200)
    if cmd.filler_id:
        detail["filler_id"] = clean_text(cmd.filler_id, "fillerId", 200)
    if cmd.collected_at is not None:
        detail["collected_at"] = truncate_ms(cmd.collected_at)
    if detail:
        step.book.save_detail(order, **detail)
    return status


def _document(step: _Step) -> list[Any]:
    """The new list: entries that didn't change stay as others wrote them, those that can't be read come first."""
    as_ours = step.entries if isinstance(step.order.results, list) else ()
    kept = {with_flag(item): entry for entry, item in as_ours if item is not None}
    unreadable = [entry for entry, item in step.entries if item is None]
    return [*unreadable, *(kept[item] if item in kept else results_json((item,))[0] for item in step.merge.items)]


def _keep_replaced(step: _Step, reason: str) -> None:
    for old, new in step.merge.replaced:
        # what was preliminary is no correction of the laboratory's: it has become final, or preliminary anew
        _keep(step, old, (reason if old.final or not step.cmd.imported else "") or new.note[:2000])


def _keep(step: _Step, item: LabResult, reason: str) -> None:
    """Queue a version of a result that isn't the one which counts."""
    step.book.add(
        LabResultHistory, id=step.ctx.ids.uuid(), clinic_id=step.ctx.actor.clinic_id, order_id=step.order.id,
        code=item.key, item=results_json((item,))[0], reason=reason, replaced_at=step.ctx.occurred_at,
        by_user=step.ctx.actor.user_id,
    )  # fmt: skip


def _is_history(fresh: Sequence[LabResult], now: datetime) -> bool:
    return all(item.observed_at is not None and now - item.observed_at > HISTORY_AFTER for item in fresh)


def _review(step: _Step, status: LabOrderStatus, *, history: bool) -> None:
    """Queue that the order's results wait; a signature that was given before is of the earlier ones."""
    ctx, order, merge = step.ctx, step.order, step.merge
    review = step.book.review(order.id)
    values: dict[str, Any] = {
        "resulted_at": ctx.occurred_at,
        "critical": any(item.critical for item in merge.items),
        "abnormal": any(item.abnormal for item in merge.items),
        "partial": status is LabOrderStatus.IN_PROGRESS or merge.preliminary,
        "corrected": merge.corrected or bool(review is not None and review.corrected),
        "history": history and (review is None or review.history or review.state is ReviewState.SIGNED),
    }
    if review is None:
        step.book.add(
            LabReview, order_id=order.id, clinic_id=ctx.actor.clinic_id, patient_id=order.patient_id,
            state=ReviewState.WAITING, owner_user=step.book.owner(order.provider_id), updated_at=ctx.occurred_at,
            **values,
        )  # fmt: skip
        return
    stamp = ctx.stamp(review.updated_at)
    step.book.change(LabReview, order.id, updated_at=stamp, **values, **waiting_again(review.state))


def _alerts(step: _Step) -> tuple[Change, ...]:
    """Queue one alert for each test that has become critical and has none that is active."""
    order = step.order
    critical = {item.key: item for item in step.merge.fresh if item.critical}
    if not critical:
        return ()
    raised, changes = step.book.raised(order), []
    for key, item in critical.items():
        if key in raised:
            continue
        alert_id = step.ctx.ids.uuid()
        step.book.add(
            Alert, id=alert_id, patient_id=order.patient_id, severity="CRITICAL", type=CRITICAL_ALERT,
            title=t("Critical result: {test}", test=item.name),
            body=t("A laboratory result is critical. Open the results and act."),
            payload={"orderId": order.id, "code": key, "name": item.name}, status="ACTIVE",
            created_at=step.ctx.occurred_at,
        )  # fmt: skip
        changes.append(Change("alerts", alert_id))
    return tuple(changes)


def _outcome(order: OrderState, merge: Merge, status: LabOrderStatus, alerts: tuple[Change, ...] = ()) -> Outcome:
    result = {
        "orderId": order.id,
        "status": status.value,
        "results": len(merge.items),
        "corrected": len(merge.replaced),
        "late": len(merge.late),
        "critical": sum(item.critical for item in merge.items),
        "alerts": len(alerts),
    }
    return Outcome(result=result, changes=(order.change, *alerts) if merge.changed else ())

"""Taking a laboratory's message out of a chart that it should not be in: it waits for a person again.

Its results leave the chart: an entry that says so stands in the place of each, what stood there is kept as an earlier
version with the reason, their critical alerts are closed, and whoever signed them reviews the order again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ARRAY, Text, bindparam, func, select, update

from app.commands.core import AnyRow, Change, Command, Context, Outcome, handles
from app.commands.lab_filing_book import FilingBook
from app.commands.lab_results_book import CRITICAL_ALERT
from app.commands.labs_rows import OrderState, waiting_again
from app.db.models import Alert, LabMessage, LabOrder, LabResultHistory, LabReview
from app.domain.enums import LabMessageState
from app.domain.lab_codes import with_flag
from app.domain.lab_merge import checked_items
from app.domain.lab_messages import LabReport
from app.domain.labs import CANCELLED_BY_MISTAKE, LabResult, entries_of, results_json
from app.domain.permissions import Permission
from app.kernel.errors import Conflict, Refused
from app.kernel.i18n import t, tn
from app.kernel.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBackLabMessage(Command):
    """Take a message's results out of the chart that they were filed in, with the reason; the message waits again.

    ``report`` is what the message says, read from its text.
    """

    message_id: str
    reason: str
    report: LabReport


@handles(TakeBackLabMessage, permission=Permission.LAB_INBOX, offline=False)
def take_back_lab_message(cmd: TakeBackLabMessage, ctx: Context) -> Outcome:
    """APPLIED → UNMATCHED; both steps of moving it to another chart say in the access log whose chart was touched."""
    reason = clean_text(cmd.reason, "reason", 2000, required=True)
    row = _filed(ctx, cmd.message_id)
    order_ids = [one for one in row.order_ids or () if isinstance(one, str)] if isinstance(row.order_ids, list) else []
    book = FilingBook(ctx)
    book.lock((row.patient_id,))
    book.load(order_ids)
    items = [item for order in cmd.report.orders if order.items
             for item in checked_items(order.items, ctx.occurred_at, typed=False)]  # fmt: skip
    mine = {_same(with_flag(item)) for item in items}
    taken = [_take_out(ctx, book, book.order(one), mine, reason) for one in order_ids if book.has(one)]
    alerts = _close_alerts(ctx, book, row.patient_id, taken, reason)
    book.send()
    note_chart(ctx, row.patient_id)
    why = t("was filed with somebody else: {reason}", reason=reason)
    ctx.emit(
        update(LabMessage).where(LabMessage.id == row.id).values(
            state=LabMessageState.UNMATCHED, reason=why[:2000], patient_id=None, handled_by=ctx.actor.user_id,
            handled_at=ctx.occurred_at, updated_at=ctx.stamp(row.updated_at),
        )
    )  # fmt: skip
    touched = [Change("lab_orders", one.order_id) for one in taken if one.items]
    return Outcome(
        result={"messageId": row.id, "state": LabMessageState.UNMATCHED.value, "patientId": row.patient_id,
                "results": sum(len(one.items) for one in taken), "alerts": len(alerts)},
        changes=(Change("lab_message", row.id), *touched, *(Change("alerts", one) for one in alerts)),
        warnings=_warnings(ctx, row, order_ids),
    )  # fmt: skip


def note_chart(ctx: Context, patient_id: str) -> None:
    """Queue that the person had to do with a chart: its access log says so."""
    ids = bindparam(None, [patient_id], type_=ARRAY(Text), unique=True)
    ctx.emit(select(func.desktop.note_access(ids, "OPEN", ctx.workstation)))


def _filed(ctx: Context, message_id: str) -> Any:
    columns = (LabMessage.id, LabMessage.state, LabMessage.patient_id, LabMessage.order_ids, LabMessage.updated_at)
    here = select(*columns).where(LabMessage.id == message_id, LabMessage.clinic_id == ctx.actor.clinic_id)
    row: AnyRow | None = ctx.first(ctx.lock(here))
    if row is None:
        raise Refused("NoSuchMessage", t("There is no such message here."), field="messageId")
    found: Any = row
    if found.state is not LabMessageState.APPLIED or found.patient_id is None:
        server = {"messageId": found.id, "state": found.state.value}
        raise Conflict("StateChanged", t("This message is in no chart."), field="state", server=server)
    return found


@dataclass(frozen=True, slots=True)
class _Taken:
    """What was taken out of an order."""

    order_id: str
    items: tuple[LabResult, ...]


def _same(item: LabResult) -> tuple[object, ...]:
    """What says that a result of the chart is the one of the message: a later correction is another message's."""
    return item.key, item.observed_at, item.value, item.unit


def _take_out(
    ctx: Context, book: FilingBook, order: OrderState, mine: set[tuple[object, ...]], reason: str
) -> _Taken:  # fmt: skip
    """Decide on the order's rows."""
    entries = entries_of(order.results)
    stands = (item for _, item in entries if item is not None and item.status != CANCELLED_BY_MISTAKE)
    gone = tuple(item for item in stands if _same(item) in mine)
    if not gone:
        return _Taken(order.id, ())
    left: list[Any] = []
    for entry, item in entries:
        left.append(results_json((_gap(item, reason),))[0] if item is not None and item in gone else entry)
    book.begin()
    book.change(LabOrder, order.id, results=left, updated_at=ctx.stamp(order.updated_at))
    for item in gone:
        book.add(
            LabResultHistory, id=ctx.ids.uuid(), clinic_id=ctx.actor.clinic_id, order_id=order.id, code=item.key,
            item=results_json((item,))[0], reason=reason, replaced_at=ctx.occurred_at, by_user=ctx.actor.user_id,
        )  # fmt: skip
    _review(ctx, book, order.id, [with_flag(item) for _, item in entries_of(left) if item is not None])
    return _Taken(order.id, gone)


def _gap(item: LabResult, reason: str) -> LabResult:
    """What stands where a result was: the test and its time, no value."""
    note = t("Taken out of this chart, where it was filed by mistake: {reason}", reason=reason)
    return replace(item, value="", unit="", low=None, high=None, flag="", status=CANCELLED_BY_MISTAKE, note=note)


def _review(ctx: Context, book: FilingBook, order_id: str, items: Sequence[LabResult]) -> None:
    """What was signed is no longer what stands there: it is looked at again."""
    review = book.review(order_id)
    if review is None:
        return
    book.change(
        LabReview, order_id, updated_at=ctx.stamp(review.updated_at), resulted_at=ctx.occurred_at,
        critical=any(item.critical for item in items), abnormal=any(item.abnormal for item in items),
        partial=any(not item.final and not item.void for item in items), corrected=True, history=False,
        **waiting_again(review.state),
    )  # fmt: skip


def _close_alerts(
    ctx: Context, book: FilingBook, patient_id: str, taken: Sequence[_Taken], reason: str
) -> list[str]:  # fmt: skip
    """Dismiss what these results raised; ``body`` carries the reason to the function that writes it."""
    gone = {(one.order_id, item.key) for one in taken for item in one.items}
    rows = ctx.all(
        select(Alert.id, Alert.payload).where(
            Alert.patient_id == patient_id, Alert.type == CRITICAL_ALERT, Alert.status == "ACTIVE"
        )
    )
    ids = [
        row.id for row in rows
        if isinstance(row.payload, dict) and (row.payload.get("orderId"), row.payload.get("code")) in gone
    ]  # fmt: skip
    for alert_id in ids:
        book.change(Alert, alert_id, resolved_at=ctx.occurred_at, body=reason)
    return ids


def _warnings(ctx: Context, row: Any, order_ids: Sequence[str]) -> tuple[str, ...]:
    """Other messages that filled the same orders: they are taken out one by one."""
    if not order_ids:
        return ()
    wanted = bindparam(None, list(order_ids), type_=ARRAY(Text), unique=True)
    others = ctx.all(
        select(LabMessage.id).where(
            LabMessage.patient_id == row.patient_id, LabMessage.state == LabMessageState.APPLIED,
            LabMessage.id != row.id, func.jsonb_exists_any(LabMessage.order_ids, wanted),
        )
    )  # fmt: skip
    if not others:
        return ()
    return (tn("{n} other message filled this order, too.", "{n} other messages filled this order, too.", len(others)),)

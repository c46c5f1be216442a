"""Filing the laboratory orders that a clinic's own export brings, as the results are that laboratories send."""

from __future__ import annotations

from collections.abc import Sequence

from app.commands.core import Context
from app.commands.lab_filing_book import FilingBook
from app.commands.labs_results import RecordResults, recorded
from app.db.models import LabOrder
from app.domain.enums import LabOrderStatus
from app.domain.import_plan import OrderFiling
from app.kernel.i18n import t

_ON = {LabOrderStatus.ORDERED: LabOrderStatus.IN_PROGRESS, LabOrderStatus.IN_PROGRESS: LabOrderStatus.COMPLETED}


def file_orders(filings: Sequence[OrderFiling], ctx: Context) -> None:
    """Queue the rows of all orders: made where they aren't here, with their results; what is here goes on only."""
    if not filings:
        return
    book = FilingBook(ctx)
    book.lock({one.patient_id for one in filings})
    book.load({one.order_id for one in filings if not one.made})
    for one in filings:
        book.begin()
        _file(one, ctx, book)
    book.send()


def _file(one: OrderFiling, ctx: Context, book: FilingBook) -> None:
    row = one.row
    if one.made:
        book.add(
            LabOrder, id=one.order_id, patient_id=one.patient_id, visit_id=one.visit_id, provider_id=one.provider_id,
            tests=list(row.tests), notes=row.notes or None, status=LabOrderStatus.ORDERED, ordered_at=row.at,
            created_at=ctx.occurred_at, updated_at=ctx.occurred_at,
        )  # fmt: skip
    before = book.order(one.order_id).status
    if row.items:
        done = row.status is LabOrderStatus.COMPLETED
        recorded(RecordResults(order_id=one.order_id, items=row.items, complete=done, imported=True,
                               reason=t("corrected at its source")), ctx, book)  # fmt: skip
    elif row.status is not LabOrderStatus.CANCELLED:
        _go_on(one, ctx, book)
    if one.made and row.status is LabOrderStatus.CANCELLED and not row.items:
        book.change(LabOrder, one.order_id, status=row.status)
    after = book.order(one.order_id).status
    if after is LabOrderStatus.COMPLETED and before is not after and row.completed_at is not None:
        book.change(LabOrder, one.order_id, completed_at=row.completed_at)


def _go_on(one: OrderFiling, ctx: Context, book: FilingBook) -> None:
    """Take an order without results as far as it has come, step by step; never back."""
    here = book.order(one.order_id)
    steps = [LabOrderStatus.ORDERED, LabOrderStatus.IN_PROGRESS, LabOrderStatus.COMPLETED]
    while here.status in _ON and steps.index(here.status) < steps.index(one.row.status):
        book.change(LabOrder, one.order_id, updated_at=ctx.stamp(here.updated_at), status=_ON[here.status])
        here = book.order(one.order_id)

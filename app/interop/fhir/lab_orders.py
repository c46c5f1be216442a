"""Laboratory orders with the results that name them, joined when all of a patient's records are known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from app.domain.enums import LabOrderStatus
from app.domain.imports import ImportedRow, LabOrderRow, SourceId
from app.domain.lab_merge import checked_items
from app.interop.fhir.orders import LabItemRow, LabReportRow
from app.kernel.errors import Refused
from app.kernel.i18n import t

Left = tuple[ImportedRow, str]
"""A row that is not taken, and why."""


def with_results(
    orders: Sequence[LabOrderRow], items: Iterable[LabItemRow], reports: Iterable[LabReportRow]
) -> tuple[list[LabOrderRow], list[Left]]:
    """Return the orders with what belongs to them, and what can't be taken."""
    parts: dict[SourceId, tuple[list[LabItemRow], list[LabReportRow]]] = {one.source: ([], []) for one in orders}
    left: list[Left] = []
    for row in items:
        if row.order in parts:
            parts[row.order][0].append(row)
        else:
            left.append((row, t("its order is not in these files")))
    for report in reports:
        if report.order in parts:
            parts[report.order][1].append(report)
        else:
            left.append((report, t("its order is not in these files")))
    whole: list[LabOrderRow] = []
    for order in orders:
        try:
            whole.append(_joined(order, *parts[order.source]))
        except Refused as problem:
            left += [(row, str(problem)) for row in (order, *parts[order.source][0], *parts[order.source][1])]
    return whole, left


def _joined(order: LabOrderRow, items: list[LabItemRow], reports: list[LabReportRow]) -> LabOrderRow:
    found = tuple(row.item for row in items)
    if found:
        found = checked_items(found, order.at, typed=False)
    issued = next((row.issued for row in reports if row.issued), None)
    return replace(
        order,
        items=found,
        completed_at=issued if order.status is LabOrderStatus.COMPLETED else None,
        also=tuple(row.source for row in (*items, *reports)),
    )

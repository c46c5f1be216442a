"""All results of a patient as a grid, tests by dates; order sets; who may review results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import LabOrder, Login, OrderSet, Patient
from app.domain.enums import Role
from app.domain.lab_codes import OrderedTest, expected, find_test, lab_panels, lab_tests, read_results
from app.domain.labs import LabResult
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.queries.core import Reader, query
from app.queries.labs import may_read_values

MOST_ORDERS = 600
MOST_DATES = 40


@dataclass(frozen=True, slots=True)
class Point:
    """A value of a test at an instant (aware UTC); ``order_id`` is where it stands."""

    at: datetime
    item: LabResult
    order_id: str


@dataclass(frozen=True, slots=True)
class GridRow:
    """One test in one unit: its value on each date of the grid, and all its points, oldest first."""

    key: str
    name: str
    unit: str
    low: float | None
    high: float | None
    cells: tuple[Point | None, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class LabGrid:
    """The grid, newest date first; ``earlier_dates`` are there but not shown."""

    dates: tuple[date, ...]
    rows: tuple[GridRow, ...]
    unreadable: int
    earlier_dates: int


@dataclass(frozen=True, slots=True)
class OrderSetView:
    """An order set; ``id`` is empty for a usual one that the clinic hasn't changed."""

    id: str
    name: str
    tests: tuple[OrderedTest, ...]
    active: bool
    sort_order: int

    @property
    def single_tests(self) -> tuple[OrderedTest, ...]:
        """What its panels stand for."""
        return expected([one.name or one.code for one in self.tests])


@dataclass(frozen=True, slots=True)
class Signer:
    """Somebody who may review and sign results."""

    user_id: str
    name: str


@query(offline=True)
def lab_grid(session: Session, reader: Reader, *, patient_id: str) -> LabGrid:
    """Return a patient's results by test and date; one statement. Refuses ("NotAllowed") who may not read values."""
    if not may_read_values(reader):
        raise Refused("NotAllowed", t("Your role doesn't show the values of results."), field="patientId")
    at = func.coalesce(LabOrder.completed_at, LabOrder.ordered_at)
    orders = session.execute(
        select(LabOrder.id, LabOrder.results, at.label("at"))
        .join(Patient, Patient.id == LabOrder.patient_id)
        .where(LabOrder.patient_id == patient_id, Patient.clinic_id == reader.clinic_id, LabOrder.results.is_not(None))
        .order_by(at.desc(), LabOrder.id.desc())
        .limit(MOST_ORDERS)
    ).all()
    found: dict[tuple[str, str], list[Point]] = {}
    unreadable = 0
    for order in orders:
        items, bad = read_results(order.results)
        unreadable += bad
        for item in items:
            if not item.void:
                found.setdefault((item.key, item.unit), []).append(Point(item.observed_at or order.at, item, order.id))
    days = sorted({_day(point, reader) for points in found.values() for point in points}, reverse=True)
    shown = tuple(days[:MOST_DATES])
    rows = [_grid_row(key, unit, points, shown, reader) for (key, unit), points in found.items()]
    return LabGrid(shown, tuple(sorted(rows, key=_place)), unreadable, len(days) - len(shown))


def _day(point: Point, reader: Reader) -> date:
    return point.at.astimezone(reader.zone).date()


def _grid_row(key: str, unit: str, points: list[Point], dates: Iterable[date], reader: Reader) -> GridRow:
    points = sorted(points, key=lambda point: (point.at, point.order_id))
    by_day = {_day(point, reader): point for point in points}
    latest = points[-1].item
    known = find_test(latest.code) if latest.code else None
    return GridRow(
        key=key,
        name=known.name if known is not None and known.code == latest.code else latest.name,
        unit=unit,
        low=latest.low,
        high=latest.high,
        cells=tuple(by_day.get(day) for day in dates),
        points=tuple(points),
    )


def _place(row: GridRow) -> tuple[int, str, str]:
    codes = list(lab_tests())
    known = find_test(row.points[-1].item.code) if row.points[-1].item.code else find_test(row.key)
    return (codes.index(known.code) if known is not None else len(codes), row.name.casefold(), row.unit)


@query(offline=True)
def order_sets(session: Session, reader: Reader, *, inactive: bool = False) -> tuple[OrderSetView, ...]:
    """Return the clinic's order sets and the usual ones that it hasn't replaced. One statement."""
    rows = session.execute(
        select(OrderSet.id, OrderSet.name, OrderSet.tests, OrderSet.active, OrderSet.sort_order)
        .where(OrderSet.clinic_id == reader.clinic_id)
        .order_by(OrderSet.sort_order, OrderSet.id)
    ).all()
    own = [OrderSetView(row.id, row.name, _refs(row.tests), row.active, row.sort_order) for row in rows]
    taken = {one.name.casefold() for one in own}
    usual = [
        OrderSetView("", panel.key, (OrderedTest(panel.code, panel.key),), True, place)
        for place, panel in enumerate(lab_panels().values())
        if panel.key.casefold() not in taken
    ]
    both = [*usual, *(one for one in own if one.active or inactive)]
    return tuple(sorted(both, key=lambda one: (one.sort_order, one.name.casefold(), one.id)))


def _refs(tests: Any) -> tuple[OrderedTest, ...]:
    if not isinstance(tests, list):
        return ()
    return tuple(
        OrderedTest(str(one.get("code") or ""), str(one.get("name") or one.get("code") or ""))
        for one in tests
        if isinstance(one, dict) and (one.get("code") or one.get("name"))
    )


@query(offline=True)
def lab_signers(session: Session, reader: Reader) -> tuple[Signer, ...]:
    """Return who may review results: the clinic's providers, by name. One statement."""
    rows = session.execute(
        select(Login.user_id, Login.display_name, Login.roles)
        .where(Login.clinic_id == reader.clinic_id, Login.disabled_at.is_(None))
        .order_by(Login.display_name, Login.user_id)
    ).all()
    people = [Signer(row.user_id, row.display_name) for row in rows if Role.PROVIDER.value in row.roles]
    return tuple(sorted(people, key=lambda one: (one.name.casefold(), one.user_id)))

"""The orders that a batch of laboratories' messages is about, held in memory, and the rows that it makes of them.

Each message is decided on what those before it made, and leaves nothing when it is refused. What was decided goes to
one function of the database in as few statements as the order of changes allows: who imports may be an ADMIN, who may
not write orders otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Executable, Text, bindparam, func, insert, inspect, select, update

from app.commands.core import AnyRow, Context
from app.commands.lab_results_book import CRITICAL_ALERT, ReviewRef
from app.commands.labs_rows import OrderState
from app.db.base import Base
from app.db.batches import as_json
from app.db.models import Alert, LabOrder, LabOrderDetail, LabResultHistory, LabReview, Patient, Provider
from app.kernel.errors import Refused
from app.kernel.i18n import t

_TABLES: dict[type[Base], str] = {
    LabOrder: "lab_orders", LabOrderDetail: "lab_order_detail", LabResultHistory: "lab_result_history",
    LabReview: "lab_review", Alert: "alerts",
}  # fmt: skip
_STEPS = {
    (table, insert): place
    for place, (table, insert) in enumerate((t, i) for t in _TABLES.values() for i in (True, False))
}
"""In which order rows of one wave are written: what others point at goes first."""
_DETAIL = ("laboratory", "filler_id", "collected_at")


@dataclass(slots=True)
class _Row:
    """A row to be written. Rows of one wave touch each row of the database once."""

    model: type[Base]
    insert: bool
    key: str
    wave: int
    values: dict[str, Any]

    @property
    def step(self) -> tuple[int, int]:
        return self.wave, _STEPS[_TABLES[self.model], self.insert]


class FilingBook:
    """The book of a batch: ``load`` first, ``begin`` each message, ``take_back`` a refused one, ``send`` at the end."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._orders: dict[str, OrderState] = {}
        self._details: dict[str, dict[str, Any]] = {}
        self._reviews: dict[str, ReviewRef] = {}
        self._raised: dict[str, frozenset[str]] | None = None
        self._owners: dict[str, str | None] | None = None
        self._patients: set[str] = set()
        self._rows: list[_Row] = []
        self._waves: dict[tuple[str, str], int] = {}
        self._mark = 0
        self._making: dict[tuple[str, str], _Row] = {}
        self._before: list[tuple[dict[Any, Any], Any, Any]] = []

    # -- what is known

    def lock(self, patient_ids: Collection[str], order_ids: Collection[str] = ()) -> None:
        """Queue that nobody else files results of these patients, or changes these orders, until the end."""
        if (patient_ids or order_ids) and self._ctx.online:
            self._ctx.emit(select(func.desktop.lock_lab_filing(_texts(patient_ids), _texts(order_ids))))
        self._patients.update(patient_ids)

    def load(self, order_ids: Collection[str]) -> None:
        """Lock and read orders with their results; unknown ones are none."""
        if not order_ids:
            return
        self.lock((), order_ids)
        for row in self._ctx.all(_states(self._ctx.actor.clinic_id, order_ids)):
            self._keep(row)

    def _keep(self, row: AnyRow) -> None:
        one: Any = row
        self._orders[one.id] = OrderState(
            one.id, one.patient_id, one.provider_id, one.visit_id, tuple(one.tests or ()), one.status, one.results,
            one.updated_at, one.detail_at,
        )  # fmt: skip
        if one.detail_at is not None:
            self._details[one.id] = {name: getattr(one, name) for name in _DETAIL}
        if one.state is not None:
            self._reviews[one.id] = ReviewRef(one.state, one.corrected, one.history, one.review_at)

    def has(self, order_id: str) -> bool:
        """Tell whether the order is here."""
        return order_id in self._orders

    def order(self, order_id: str) -> OrderState:
        """Return the order as the messages so far have left it."""
        found = self._orders.get(order_id)
        if found is None:
            raise Refused("NoSuchOrder", t("There is no such order here."), field="orderId")
        return found

    def review(self, order_id: str) -> ReviewRef | None:
        """Return the review as the messages so far have left it."""
        return self._reviews.get(order_id)

    def owner(self, provider_id: str) -> str | None:
        """Return the account of a provider of this clinic."""
        if self._owners is None:
            here = select(Provider.id, Provider.user_id).where(Provider.clinic_id == self._ctx.actor.clinic_id)
            self._owners = {row.id: row.user_id for row in self._ctx.all(here)}
        return self._owners.get(provider_id)

    def raised(self, order: OrderState) -> Collection[str]:
        """Return the tests of the order that have an active critical alert, those of this batch too."""
        if self._raised is None:
            self._raised = self._load_raised()
        return self._raised.get(order.id, frozenset())

    def _load_raised(self) -> dict[str, frozenset[str]]:
        active = select(Alert.payload).where(
            Alert.patient_id.in_(sorted(self._patients)), Alert.type == CRITICAL_ALERT, Alert.status == "ACTIVE"
        )
        found: dict[str, frozenset[str]] = {}
        for row in self._ctx.all(active):
            if isinstance(row.payload, dict):
                order_id = str(row.payload.get("orderId"))
                found[order_id] = found.get(order_id, frozenset()) | {str(row.payload.get("code"))}
        return found

    # -- what is decided

    def begin(self) -> None:
        """A message begins: ``take_back`` comes back to here."""
        self._mark = len(self._rows)
        self._making.clear()
        self._before.clear()

    def take_back(self) -> None:
        """Forget what was decided since ``begin``."""
        del self._rows[self._mark :]
        self._making.clear()
        while self._before:
            known, key, old = self._before.pop()
            if old is None:
                known.pop(key, None)
            else:
                known[key] = old

    def _set(self, known: dict[Any, Any], key: Any, value: Any) -> None:
        self._before.append((known, key, known.get(key)))
        known[key] = value

    def add(self, model: type[Base], **values: Any) -> None:
        """Decide on a new row."""
        key = str(values[_key_of(model)])
        if model is LabOrder:
            self._set(self._orders, key, _new_order(values))
        elif model is LabOrderDetail:
            self._set(self._details, key, {name: values.get(name) for name in _DETAIL})
            self._set(self._orders, key, replace(self._orders[key], detail_at=values["updated_at"]))
        elif model is LabReview:
            self._set(self._reviews, key, _review(values))
        elif model is Alert:
            self._note_alert(values)
        row = _Row(model, True, key, self._wave(model, key, values), dict(values))
        self._making[_TABLES[model], key] = row
        self._rows.append(row)

    def change(self, model: type[Base], key: str, **values: Any) -> None:
        """Decide on a change; one of a row that this very message makes becomes part of making it."""
        if model is LabOrder:
            self._set(self._orders, key, replace(self._orders[key], **values_of(OrderState, values)))
        elif model is LabReview:
            self._set(self._reviews, key, replace(self._reviews[key], **values_of(ReviewRef, values)))
        made = self._making.get((_TABLES[model], key))
        if made is not None:
            made.values.update(values)
            return
        name = _key_of(model)
        self._rows.append(_Row(model, False, key, self._wave(model, key, values), {name: key, **values}))

    def save_detail(self, order: OrderState, **values: Any) -> None:
        """Decide on the detail; what it says already is left out."""
        known = self._details.get(order.id)
        if known is None:
            fixed = {"clinic_id": self._ctx.actor.clinic_id, "updated_at": self._ctx.occurred_at}
            self.add(LabOrderDetail, order_id=order.id, **fixed, **values)
            return
        fresh = {name: value for name, value in values.items() if known.get(name) != value}
        if fresh:
            stamp = self._ctx.stamp(self._orders[order.id].detail_at)
            self._set(self._details, order.id, {**known, **fresh})
            self._set(self._orders, order.id, replace(self._orders[order.id], detail_at=stamp))
            self.change(LabOrderDetail, order.id, updated_at=stamp, **fresh)

    def _wave(self, model: type[Base], key: str, values: dict[str, Any]) -> int:
        """The wave of a row: the order's present one, or a new one when this row is in that already."""
        order_id = _order_of(model, key, values)
        at = self._waves.get(("order", order_id), 0)
        mine = (_TABLES[model], key)
        if self._waves.get(mine, -1) == at:
            at += 1
            self._set(self._waves, ("order", order_id), at)
        self._set(self._waves, mine, at)
        return at

    def _note_alert(self, values: dict[str, Any]) -> None:
        payload = values["payload"]
        assert self._raised is not None  # noqa: S101 - asked before any is raised
        order_id = payload["orderId"]
        self._set(self._raised, order_id, self._raised.get(order_id, frozenset()) | {payload["code"]})

    # -- what is written

    def send(self) -> None:
        """Queue what writes what was decided: a call, or on a workstation's store plain statements."""
        rows, self._rows = sorted(self._rows, key=lambda row: row.step), []
        self._mark = 0
        self._making.clear()
        self._waves.clear()
        if not self._ctx.online:
            self._ctx.emit(*map(_statement, rows))
        elif rows:
            self._ctx.call("file_lab_rows", json.dumps(_groups(rows), ensure_ascii=False, allow_nan=False))


def _statement(row: _Row) -> Executable:
    if row.insert:
        return insert(row.model).values(**row.values)
    name = _key_of(row.model)
    fresh = {key: value for key, value in row.values.items() if key != name}
    return update(row.model).where(inspect(row.model).primary_key[0] == row.key).values(**fresh)


@cache
def _key_of(model: type[Base]) -> str:
    return str(inspect(model).primary_key[0].key)


def _texts(values: Collection[str]) -> Any:
    return bindparam(None, sorted(values), type_=ARRAY(Text), unique=True)


def _states(clinic_id: str, order_ids: Collection[str]) -> Any:
    return (
        select(
            LabOrder.id, LabOrder.patient_id, LabOrder.provider_id, LabOrder.visit_id, LabOrder.tests, LabOrder.status,
            LabOrder.results, LabOrder.updated_at, LabOrderDetail.updated_at.label("detail_at"),
            LabOrderDetail.laboratory, LabOrderDetail.filler_id, LabOrderDetail.collected_at,
            LabReview.state, LabReview.corrected, LabReview.history, LabReview.updated_at.label("review_at"),
        )
        .join(Patient, Patient.id == LabOrder.patient_id)
        .outerjoin(LabOrderDetail, LabOrderDetail.order_id == LabOrder.id)
        .outerjoin(LabReview, LabReview.order_id == LabOrder.id)
        .where(LabOrder.id.in_(sorted(order_ids)), Patient.clinic_id == clinic_id)
    )  # fmt: skip


def _new_order(values: dict[str, Any]) -> OrderState:
    return OrderState(
        values["id"], values["patient_id"], values["provider_id"], None, tuple(values["tests"]), values["status"], None,
        values["updated_at"], None,
    )  # fmt: skip


def _review(values: dict[str, Any]) -> ReviewRef:
    updated: datetime = values["updated_at"]
    return ReviewRef(values["state"], values["corrected"], values["history"], updated)


def values_of(kind: type[Any], values: dict[str, Any]) -> dict[str, Any]:
    """Return those values that a dataclass holds."""
    return {name: value for name, value in values.items() if name in kind.__dataclass_fields__}


def _order_of(model: type[Base], key: str, values: dict[str, Any]) -> str:
    if model is Alert:
        return str(values["payload"]["orderId"]) if "payload" in values else key
    return str(values["order_id"]) if model is LabResultHistory else key


def _groups(rows: Sequence[_Row]) -> list[dict[str, Any]]:
    """Rows of one table, one kind and the same columns side by side go in one statement."""
    groups: list[dict[str, Any]] = []
    before: tuple[Any, ...] = ()
    for row in rows:
        about = (*row.step, frozenset(row.values))
        if about != before:
            groups.append({"into": _TABLES[row.model], "insert": row.insert, "rows": []})
            before = about
        groups[-1]["rows"].append(as_json(row.model, row.values))
    return groups

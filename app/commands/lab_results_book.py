"""Where recording results reads and writes: the database row by row, or what a batch of messages holds in memory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import insert, inspect, select, update

from app.commands.core import Context
from app.commands.labs_rows import OrderState, load_order, load_review, save_order_detail, user_of
from app.db.base import Base
from app.db.models import Alert
from app.domain.enums import ReviewState

CRITICAL_ALERT = "LAB_CRITICAL"


@dataclass(frozen=True, slots=True)
class ReviewRef:
    """Where the results of an order stand. ``updated_at`` is aware UTC."""

    state: ReviewState
    corrected: bool
    history: bool
    updated_at: datetime


class ResultsBook(Protocol):
    """What ``record_results`` asks and writes."""

    def order(self, order_id: str) -> OrderState:
        """Return the order with its results, locked; refuses an unknown one ("NoSuchOrder")."""
        ...

    def review(self, order_id: str) -> ReviewRef | None:
        """Return where its results stand; None without results."""
        ...

    def owner(self, provider_id: str) -> str | None:
        """Return the account of a provider; None when there is none."""
        ...

    def raised(self, order: OrderState) -> Collection[str]:
        """Return the tests of the order that have an active critical alert."""
        ...

    def add(self, model: type[Base], **values: Any) -> None:
        """Queue a new row."""
        ...

    def change(self, model: type[Base], key: str, **values: Any) -> None:
        """Queue an update of a row."""
        ...

    def save_detail(self, order: OrderState, **values: Any) -> None:
        """Queue what the order says beside its row."""
        ...


class CommandBook:
    """The book of a command on one order: every question goes to the database, on either of the two."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx

    def order(self, order_id: str) -> OrderState:
        """Lock and read the order."""
        return load_order(self._ctx, order_id, results=True)

    def review(self, order_id: str) -> ReviewRef | None:
        """Lock and read the review."""
        row: Any = load_review(self._ctx, order_id)
        return ReviewRef(row.state, row.corrected, row.history, row.updated_at) if row is not None else None

    def owner(self, provider_id: str) -> str | None:
        """Read the provider's account."""
        return user_of(self._ctx, provider_id)

    def raised(self, order: OrderState) -> Collection[str]:
        """Read the patient's active alerts."""
        rows = self._ctx.all(
            select(Alert.payload).where(
                Alert.patient_id == order.patient_id, Alert.type == CRITICAL_ALERT, Alert.status == "ACTIVE"
            )
        )
        return {
            str(row.payload.get("code")) for row in rows
            if isinstance(row.payload, dict) and row.payload.get("orderId") == order.id
        }  # fmt: skip

    def add(self, model: type[Base], **values: Any) -> None:
        """Queue an insert."""
        self._ctx.emit(insert(model).values(**values))

    def change(self, model: type[Base], key: str, **values: Any) -> None:
        """Queue an update by key."""
        self._ctx.emit(update(model).where(inspect(model).primary_key[0] == key).values(**values))

    def save_detail(self, order: OrderState, **values: Any) -> None:
        """Queue the detail."""
        save_order_detail(self._ctx, order, **values)

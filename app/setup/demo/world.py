"""What every part of the demo shares: the dice, the clock, and the rows made so far."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.kernel.ids import DerivedIds
from app.kernel.resources import resource

ZONE = ZoneInfo("America/Los_Angeles")
CLINIC_NAME = "Harbor Street Clinic"
MORNING = time(10, 42)
"""The demo's hour: mid-morning, with half a day behind and half to come."""


@dataclass
class World:
    """The demo under construction. ``now`` is the demo's present (aware UTC)."""

    seed: int
    now: datetime
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)  # noqa: S311 - invented people, not secrets
        self.ids = DerivedIds(f"demo/{self.seed}")
        self.clinic_id = self.ids.uuid()
        self.people: Mapping[str, Any] = json.loads(resource("demo", "people.json").read_text(encoding="utf-8"))

    @property
    def today(self) -> date:
        """The demo's date in the clinic's zone."""
        return self.now.astimezone(ZONE).date()

    def at(self, day: date, hour: int, minute: int = 0) -> datetime:
        """Return the instant of a wall-clock time at the clinic."""
        return datetime.combine(day, time(hour, minute), ZONE).astimezone(self.now.tzinfo)

    def ago(self, **span: float) -> datetime:
        """Return an instant before the demo's present."""
        return self.now - timedelta(**span)

    def add(self, table: str, **values: Any) -> dict[str, Any]:
        """Add a row for bulk insert; the keys are mapped attribute names."""
        self.rows.setdefault(table, []).append(values)
        return values

    def some(self, chance: float) -> bool:
        """Throw the dice."""
        return self.dice.random() < chance


def demo_morning(real_now: datetime) -> datetime:
    """Return the demo's present: 10:42 at the clinic, today or on the next weekday."""
    day = real_now.astimezone(ZONE).date()
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return datetime.combine(day, MORNING, ZONE).astimezone(real_now.tzinfo)

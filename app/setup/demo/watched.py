"""The demo's patients who are watched from home: a pressure nearly every morning, good weeks and bad ones."""

from __future__ import annotations

import math
import random
from typing import Any

from app.domain.enums import DeviceProvider
from app.kernel.ids import DerivedIds
from app.setup.demo.world import World

FLAG = "RPM_ENROLLED"
DAYS = 97
"""A back-test looks at 90 days, its first day at the week before."""
_USUAL = (137, 126, 134, 140, 129, 136, 122, 138, 131)
"""What the systolic pressure of one after the other varies about, in mmHg."""


def make_watched(world: World) -> None:
    """Give everybody who is enrolled in remote monitoring a device and its pressures.

    With dice and ids of their own, so that the rest of the demo stays as it is.
    """
    ids = DerivedIds(f"demo-watched/{world.seed}")
    connected = {row["patient_id"] for row in world.rows.get("device_connections", ())}
    watched = [row["id"] for row in world.rows["patients"] if FLAG in row["flags"]]
    for place, patient_id in enumerate(watched):
        dice = random.Random(f"{world.seed}/{patient_id}")  # noqa: S311 - invented readings, not secrets
        if patient_id not in connected:
            _connect(world, ids, patient_id)
        for day in range(DAYS, 0, -1):
            if dice.random() < 0.85:
                wave = 7 * math.sin(2 * math.pi * (day / 46 + place / 5))
                systolic = round(_USUAL[place % len(_USUAL)] + wave + dice.gauss(0, 6))
                _reading(world, ids, patient_id, dice, day, systolic)


def _connect(world: World, ids: DerivedIds, patient_id: str) -> None:
    world.add("device_connections", id=ids.cuid(), patient_id=patient_id, provider=DeviceProvider.WITHINGS,
              external_id=f"demo-{patient_id[:8]}", access_token="demo", refresh_token=None,  # noqa: S106 - invented
              expires_at=world.ago(days=-40), created_at=world.ago(days=DAYS + 3),
              updated_at=world.ago(days=1))  # fmt: skip


def _reading(
    world: World, ids: DerivedIds, patient_id: str, dice: random.Random, day: int, systolic: int
) -> dict[str, Any]:
    at = world.ago(days=day, minutes=dice.randrange(150, 270))
    return world.add(
        "vital_readings", id=ids.cuid(), patient_id=patient_id, timestamp=at, source=DeviceProvider.WITHINGS,
        heart_rate=round(dice.gauss(72, 6)), spo2=None, respiration=None, systolic_bp=systolic,
        diastolic_bp=round(systolic * 0.61 + dice.gauss(2, 3)), created_at=at,
    )  # fmt: skip

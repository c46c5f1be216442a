"""Half blood pressures of one moment and device → pairs. A half that stands there twice is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from app.interop.devices.findings import HalfPressure, Pressure
from app.kernel.i18n import t

Leave = Callable[[HalfPressure, str], None]


class HalfBook:
    """The halves of one file."""

    def __init__(self) -> None:
        self._halves: dict[tuple[datetime, str], dict[tuple[bool, float], HalfPressure]] = {}

    def add(self, half: HalfPressure) -> bool:
        """Keep a half; False for one that stood there before: exports repeat them outside their pair."""
        here = self._halves.setdefault((half.when.at, half.device), {})
        key = (half.systolic, half.value)
        if key in here:
            return False
        here[key] = half
        return True

    def pairs(self, leave: Leave) -> Iterator[tuple[Pressure, HalfPressure, str]]:
        """Yield each pair as its systolic record, with the diastolic one and the place; tell of what has no pair."""
        for halves in self._halves.values():
            upper = [half for half in halves.values() if half.systolic]
            lower = [half for half in halves.values() if not half.systolic]
            if len(upper) != 1 or len(lower) != 1:
                reason = t("several pressures of the same time can't be paired")
                if not upper or not lower:
                    reason = t("no diastolic pressure") if upper else t("no systolic pressure")
                for half in halves.values():
                    leave(half, reason)
                continue
            first, second = upper[0], lower[0]
            whole = Pressure(kind=first.kind, when=first.when, place=first.place, key=first.key, device=first.device,
                             systolic=first.value, diastolic=second.value)  # fmt: skip
            yield whole, second, first.place

"""What the readers of JSON share: a record that can't be taken is left out with its reason, the next one is read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from app.domain.measurements import MeasurementType
from app.domain.units import Quantity
from app.interop.devices.amounts import amount, decimal_of, device_name
from app.interop.devices.findings import Asleep, Item, Left, Value
from app.interop.values import Moment, Object, SkipError
from app.kernel.errors import Refused
from app.kernel.i18n import t

MOST_STEPS = 250_000


def each(kind: str, place: str, make: Callable[..., Iterable[Item]], *given: object) -> Iterator[Item]:
    """Yield what one record brings by ``make(*given)``, or why it brings nothing."""
    try:
        yield from list(make(*given))
    except SkipError as problem:
        yield Left(kind=kind, reason=problem.reason, place=place, general=problem.general)
    except Refused as problem:
        yield Left(kind=kind, reason=problem.message, place=place)


def numbered(values: object) -> Iterator[tuple[str, Object]]:
    """Yield the objects of a list with their places; what is none of an object's has nothing to say."""
    for number, value in enumerate(values if isinstance(values, list) else (), 1):
        if isinstance(value, dict):
            yield t("entry {number}", number=number), value


def measured(
    kind: str, measure: MeasurementType, quantity: Quantity, value: object, unit: str, when: Moment, **more: Any
) -> Value:
    """Make a reading of a number and its unit. Raises ``SkipError``."""
    stored, original = amount(measure, quantity, value, unit)
    more["device"] = device_name(more.get("device"))
    return Value(kind=kind, when=when, measure=measure, value=stored, original=original, **more)


def not_kept(kind: str, place: str = "", count: int = 1) -> Left:
    """Say that a kind of record isn't one that is kept here."""
    reason = t("not one of the measurements kept here: {name}", name=kind)
    return Left(kind=kind, reason=reason, place=place, general=True, count=count)


def steps_in(value: object) -> float:
    """Return a count of steps. Raises ``SkipError`` for what is none."""
    found = decimal_of(value)
    if found is None or not 0 <= found <= MOST_STEPS:
        raise SkipError(t("its value is no number that can be kept"))
    return float(found)


def slept(
    kind: str, begin: Moment, end: Moment, seconds: object, night: date, *, key: str = "", place: str = "",
    device: str = "",
) -> Asleep:  # fmt: skip
    """Return sleep of so many seconds within a span. Raises ``SkipError`` for what can't be."""
    length, found = end.at - begin.at, decimal_of(seconds)
    if found is None:
        raise SkipError(t("no time asleep"))
    if not timedelta() < length <= timedelta(hours=24) or not 0 <= found <= Decimal(length.total_seconds()) + 60:
        raise SkipError(t("it doesn't end after it begins, or lasts over a day"))
    return Asleep(kind=kind, when=begin, place=place, key=key, device=device_name(device), end=end.at,
                  seconds=float(found), night=night)  # fmt: skip

"""What new results make of those that an order has: which replace which, and whether typed ones can be true."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.lab_codes import find_test, is_possible
from app.domain.labs import CORRECTED, FINAL, FLAGS, MAX_SYSTEM, PRELIMINARY, LabResult, Value, bounded
from app.kernel.clock import truncate_ms
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.text import MAX_LONG, clean_text

MOST_RESULTS = 1000
MOST_CHARACTERS = 1_000_000
_AHEAD = timedelta(minutes=10)
"""How far the clocks of two machines may differ."""
_COMMA = re.compile(r"([<>≤≥]=?|)\s*([+-]?\d+),(\d+)")


@dataclass(frozen=True, slots=True)
class Merge:
    """The results of an order after new ones came.

    ``fresh``: what is new or different; ``replaced``: what stood there (before, after), when its value, unit, range
    or meaning changed; ``corrected``: whether one of them was final; ``late``: what came after a later version of it.
    """

    items: tuple[LabResult, ...]
    fresh: tuple[LabResult, ...]
    replaced: tuple[tuple[LabResult, LabResult], ...]
    late: tuple[LabResult, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything is different from before."""
        return bool(self.fresh)

    @property
    def corrected(self) -> bool:
        """Whether a result that was final has become another."""
        return any(old.final for old, _ in self.replaced)

    @property
    def preliminary(self) -> bool:
        """Whether a result is not final yet."""
        return any(_is_open(item) for item in self.items)


def merge_results(earlier: Sequence[LabResult], new: Sequence[LabResult], *, late: bool = False) -> Merge:
    """Put new results in the place of those of the same test, the rest behind them.

    The same test at another time is another result, unless the laboratory says that it corrects one, or the earlier
    was preliminary or without a time. A final result that changes is marked as corrected. ``late``: the new ones were
    sent before those that are there; they replace nothing. Nor does a preliminary one ever replace a final one: what is
    final, a laboratory only corrects or takes back, so the preliminary one came late.
    """
    items, fresh, replaced, behind = list(earlier), [], [], []
    places: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        places.setdefault(_test(item), []).append(number)
    for item in new:
        place = _place(items, places.get(_test(item), ()), item)
        if place is None:
            places.setdefault(_test(item), []).append(len(items))
            items.append(item)
            fresh.append(item)
            continue
        old = items[place]
        if old.system and not item.system:
            item = replace(item, system=old.system)  # noqa: PLW2901 - the one that is kept
        if _meaning(old) == _meaning(item) and old.status == item.status and old.observed_at == item.observed_at:
            continue
        changed = _meaning(old) != _meaning(item)
        if late or (old.final and _is_open(item)):
            if changed:
                behind.append(item)
            continue
        if changed and old.final and item.status == FINAL:
            item = replace(item, status=CORRECTED)  # noqa: PLW2901 - the one that is kept
        elif not changed and old.status == CORRECTED and item.status == FINAL:
            continue
        items[place] = item
        fresh.append(item)
        if changed or item.void:
            replaced.append((old, item))
    return Merge(tuple(items), tuple(fresh), tuple(replaced), tuple(behind))


def _test(item: LabResult) -> str:
    return item.code or item.name.casefold()


def _place(items: Sequence[LabResult], same: Sequence[int], new: LabResult) -> int | None:
    """Which of the results with the same code (``same``) a new one takes the place of; no system fits every one."""
    same = [place for place in same if items[place].key == new.key or not (items[place].system and new.system)]
    for place in same:
        if items[place].observed_at == new.observed_at:
            return place
    for place in reversed(same):
        item = items[place]
        open_yet = item.status == PRELIMINARY or item.observed_at is None or new.observed_at is None
        if open_yet or (new.status != FINAL and not _is_open(new)):
            return place
    return None


def _is_open(item: LabResult) -> bool:
    """Whether the laboratory has not decided on it yet."""
    return not item.final and not item.void


def _meaning(item: LabResult) -> tuple[object, ...]:
    return item.value, item.unit, item.low, item.high, item.flag, item.void


def checked_items(items: Sequence[LabResult], now: datetime, *, typed: bool) -> tuple[LabResult, ...]:
    """Return results as they are kept; refuses ("BadValue", "ImpossibleValue", "NoResults") naming the field.

    ``typed``: a person entered them, so a number that can't be true or a time still to come is refused.
    """
    if not items:
        raise Refused("NoResults", t("Enter at least one result."), field="items")
    if len(items) > MOST_RESULTS:
        raise Refused("TooMany", t("At most {n} results go on one order.", n=MOST_RESULTS), field="items")
    checked = tuple(_checked(item, f"items[{place}]", now, typed=typed) for place, item in enumerate(items))
    if sum(len(str(item.value)) + len(item.note) for item in checked) > MOST_CHARACTERS:
        raise Refused("BadValue", t("These results are too long to be kept."), field="items")
    return checked


def _checked(item: LabResult, field: str, now: datetime, *, typed: bool) -> LabResult:
    code = clean_text(item.code, f"{field}.code", 100)
    name = clean_text(item.name, f"{field}.name", 500)
    if not (code or name):
        raise Refused("BadValue", t("Say which test this is."), field=f"{field}.name")
    value = _number(item.value, field) if not isinstance(item.value, str) else item.value
    if isinstance(value, str) and typed:
        value = typed_value(value, f"{field}.value")
    if isinstance(value, str):
        value = clean_text(value, f"{field}.value", MAX_LONG)
    low, high = _limit(item.low, f"{field}.low"), _limit(item.high, f"{field}.high")
    if low is not None and high is not None and low > high:
        raise Refused("BadValue", t("The range ends below where it begins."), field=f"{field}.high")
    if item.flag and item.flag not in FLAGS:
        raise Refused("BadValue", t("This is no flag of a result."), field=f"{field}.flag")
    unit = clean_text(item.unit, f"{field}.unit", 100)
    observed = truncate_ms(item.observed_at) if item.observed_at is not None else None
    note = clean_text(item.note, f"{field}.note", MAX_LONG)
    status = clean_text(item.status, f"{field}.status", 40).lower() or FINAL
    done = LabResult(code=code, name=name or code, value=value, unit=unit, low=low, high=high, flag=item.flag,
                     observed_at=observed, note=note, status=status,
                     system=clean_text(item.system, f"{field}.system", MAX_SYSTEM))  # fmt: skip
    if typed:
        _check_typed(done, field, now)
    return done


def _check_typed(item: LabResult, field: str, now: datetime) -> None:
    if item.value == "" and not item.void:
        raise Refused("BadValue", t("Enter the result."), field=f"{field}.value")
    if item.observed_at is not None and item.observed_at > now + _AHEAD:
        raise Refused("BadValue", t("This time is still to come."), field=f"{field}.observedAt")
    test = find_test(item.code) if item.code else None
    if test is None or test.code != item.code or test.possible is None:
        return
    if isinstance(item.value, str) and item.value[:1].isdigit() and bounded(item.value)[1] is None:
        raise Refused("BadValue", t("Write the number alone: its unit stands beside it."), field=f"{field}.value")
    if item.number is None:
        return
    if not is_possible(test, item.number, item.unit):
        low, high = (f"{end:g}" for end in test.possible)
        message = t("This value cannot be true: it must lie between {low} and {high}.", low=low, high=high)
        raise Refused("ImpossibleValue", message, field=f"{field}.value")


def typed_value(text: str, field: str) -> Value:
    """Return what a person typed as a result: a number with point or comma, a bound ("<0.5"), or other text.

    Refuses a comma that may group thousands ("BadValue"): as text it would count as nothing out of range.
    """
    found = _COMMA.fullmatch(text.strip()) if text.isascii() or text[:1] in "≤≥" else None
    if found is not None:
        sign, whole, rest = found.groups()
        if len(rest) == 3 and whole.lstrip("+-") != "0":
            message = t("A comma before three digits can mean two things: write 1200, or 1.2.")
            raise Refused("BadValue", message, field=field)
        text = f"{sign}{whole}.{rest}"
    sign, number = bounded(text)
    return text.strip() if number is None or sign else _plain(number)


def _number(value: Value, field: str) -> Value:
    if isinstance(value, str | bool) or not _finite(value):
        raise Refused("BadValue", t("This is not a number."), field=f"{field}.value")
    return _plain(value)


def _limit(value: float | None, field: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not _finite(value):
        raise Refused("BadValue", t("This is not a number."), field=field)
    return _plain(value)


def _finite(value: float) -> bool:
    try:
        return math.isfinite(value) and abs(value) < 1e15
    except OverflowError:
        return False


def _plain(value: float) -> int | float:
    """Return a whole number as int: JSON writes both one way then."""
    return int(value) if float(value).is_integer() else value

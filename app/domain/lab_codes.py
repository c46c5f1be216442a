"""The tests and panels that are known by code: names, units, usual ranges, what is possible, what is critical.

Read once from ``resources/codes`` (sources in its README). A test that isn't there can be ordered and reported all
the same: it has no limits then.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from app.domain.labs import LabResult, Limits, flag_of, parse_results, same_unit
from app.kernel.fold import fold
from app.kernel.resources import resource


@dataclass(frozen=True, slots=True)
class LabTest:
    """One test; limits in ``unit`` (UCUM), None where there is none."""

    code: str
    name: str
    short: str
    unit: str
    low: float | None
    high: float | None
    possible: tuple[float, float] | None
    critical: Limits | None
    same_as: tuple[str, ...]

    @property
    def numeric(self) -> bool:
        """Whether its result is a number."""
        return self.possible is not None


@dataclass(frozen=True, slots=True)
class LabPanel:
    """Tests that are ordered under one name; ``members`` are codes in the order in which they are shown."""

    key: str
    name: str
    code: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderedTest:
    """A test or panel as an order names it; ``code`` is LOINC, or empty."""

    code: str
    name: str


def _number(text: str) -> float | None:
    return float(text) if text else None


def _test(line: Mapping[str, str]) -> LabTest:
    low, high = _number(line["critical_low"]), _number(line["critical_high"])
    possible = _number(line["possible_low"]), _number(line["possible_high"])
    return LabTest(
        code=line["loinc"],
        name=line["name"],
        short=line["short"],
        unit=line["unit"],
        low=_number(line["low"]),
        high=_number(line["high"]),
        possible=(possible[0], possible[1]) if possible[0] is not None and possible[1] is not None else None,
        critical=None if low is None and high is None else Limits(line["unit"], low, high),
        same_as=tuple(line["same_as"].split()),
    )


def _lines(name: str) -> list[dict[str, str]]:
    with resource("codes", name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def lab_tests() -> Mapping[str, LabTest]:
    """Return the known tests by LOINC code, in the order of the file."""
    return {test.code: test for test in map(_test, _lines("lab_tests.csv"))}


@cache
def lab_panels() -> Mapping[str, LabPanel]:
    """Return the known panels by key."""
    panels = (
        LabPanel(line["key"], line["name"], line["loinc"], tuple(line["members"].split()))
        for line in _lines("lab_panels.csv")
    )
    return {panel.key: panel for panel in panels}


@cache
def _by_word() -> Mapping[str, str]:
    """Codes by every folded word that means the test: code, name, short name, other codes."""
    found: dict[str, str] = {}
    for test in lab_tests().values():
        for word in (test.code, test.name, test.short, *test.same_as):
            found.setdefault(fold(word), test.code)
    return found


@cache
def _panel_by_word() -> Mapping[str, str]:
    return {fold(word): panel.key for panel in lab_panels().values() for word in (panel.key, panel.name, panel.code)}


def find_test(word: str) -> LabTest | None:
    """Return the test of a code, name or short name, or of another code for the same test; None when unknown."""
    code = _by_word().get(fold(word))
    return None if code is None else lab_tests()[code]


def find_panel(word: str) -> LabPanel | None:
    """Return the panel of a key, name or code; None when unknown."""
    key = _panel_by_word().get(fold(word))
    return None if key is None else lab_panels()[key]


def critical_limits(code: str) -> Limits | None:
    """Return from where on results of this very code are critical; None when there is no limit."""
    test = lab_tests().get(code)
    return test.critical if test is not None else None


def expected(tests: Sequence[str]) -> tuple[OrderedTest, ...]:
    """Return the single tests that an order's names stand for, each once, in the order of its panels."""
    found: dict[str, OrderedTest] = {}
    for word in tests:
        panel = find_panel(word)
        codes = panel.members if panel is not None else ()
        test = None if panel is not None else find_test(word)
        if panel is None:
            found.setdefault(
                test.code if test else fold(word), OrderedTest(test.code, test.name) if test else _free(word)
            )
        for code in codes:
            found.setdefault(code, OrderedTest(code, lab_tests()[code].name))
    return tuple(found.values())


def _free(word: str) -> OrderedTest:
    return OrderedTest("", word)


def in_order(items: Sequence[LabResult], tests: Sequence[str]) -> tuple[LabResult, ...]:
    """Return results as they are read: critical ones first, then in the order of the panels, then as they came."""
    places = {ref.code or fold(ref.name): place for place, ref in enumerate(expected(tests))}

    def place(item: LabResult) -> int:
        known = find_test(item.code) if item.code else None
        return places.get(known.code if known else item.code or fold(item.name), len(places))

    return tuple(sorted(items, key=lambda item: (not item.critical, place(item))))


def is_possible(test: LabTest, value: float, unit: str) -> bool:
    """Tell whether a typed value can be true; one in another unit isn't judged."""
    if test.possible is None or not same_unit(unit, test.unit):
        return True
    return test.possible[0] <= value <= test.possible[1]


def flagged(item: LabResult) -> str:
    """Return the flag of a result: the laboratory's own, else what range and critical limits say."""
    if item.flag or item.void:
        return item.flag
    return flag_of(item.value, item.low, item.high, critical_limits(item.code), item.unit)


def with_flag(item: LabResult) -> LabResult:
    """Return the result with the flag that it has or that follows."""
    flag = flagged(item)
    return item if flag == item.flag else replace(item, flag=flag)


def read_results(document: Any) -> tuple[tuple[LabResult, ...], int]:
    """Read ``lab_orders.results`` with every flag that follows from ranges, and how many entries can't be read."""
    items, unreadable = parse_results(document)
    return tuple(with_flag(item) for item in items), unreadable


def search_tests(text: str, limit: int = 12) -> tuple[OrderedTest, ...]:
    """Return panels and tests whose name, short name or code has every word of the text; panels come first."""
    words = fold(text).split()
    if not words:
        return ()
    panels = [
        OrderedTest(panel.code, panel.key)
        for panel in lab_panels().values()
        if all(word in fold(f"{panel.key} {panel.name} {panel.code}") for word in words)
    ]
    tests = [
        OrderedTest(test.code, test.name)
        for test in lab_tests().values()
        if all(word in fold(f"{test.name} {test.short} {test.code} {' '.join(test.same_as)}") for word in words)
    ]
    named = {ref.code for ref in panels}
    return (*panels, *(ref for ref in tests if ref.code not in named))[:limit]

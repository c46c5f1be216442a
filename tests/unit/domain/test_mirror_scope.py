"""What a workstation keeps, and what it says that it doesn't."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.db.catalog import TABLES
from app.domain import mirror_scope
from app.domain.mirror_scope import Kept, MirrorWindow, Missing, kept, midnight
from app.domain.states import LIVE_VISITS
from app.sync import scope

DAY = date(2026, 5, 4)
WINDOW = MirrorWindow.on(DAY)


def test_the_mirror_is_filled_by_this_rule() -> None:
    filled = scope.Window.on(DAY)
    assert (filled.first, filled.last) == (WINDOW.first, WINDOW.last)
    assert {name for name in scope.WINDOWED if kept(name) is not Kept.CALENDAR} == set()
    for table in TABLES:
        assert (scope.condition(table) is None) == (kept(table) is Kept.WHOLE), table
    assert mirror_scope.OPEN_VISITS == LIVE_VISITS


@pytest.mark.parametrize(
    ("table", "days", "here"),
    [
        ("visits", -31, False), ("visits", -30, True), ("visits", 119, True), ("visits", 120, False),
        ("measurements", -180, True), ("measurements", -181, False), ("measurements", 500, True),
        ("patients", -9999, True),
    ],
)  # fmt: skip
def test_the_days_at_the_edge(table: str, days: int, here: bool) -> None:
    assert WINDOW.holds(table, midnight(DAY + timedelta(days=days))) is here


def test_a_span_says_what_of_it_needs_the_server() -> None:
    def missing(table: str, first: int, last: int) -> Missing | None:
        return WINDOW.missing(table, midnight(DAY + timedelta(days=first)), midnight(DAY + timedelta(days=last)))

    assert missing("visit_slots", -30, 120) is None
    assert missing("visit_slots", -31, 1) == Missing(earlier=True, later=False)
    assert missing("visit_slots", 0, 121) == Missing(earlier=False, later=True)
    assert missing("visit_slots", -400, 400) == Missing(earlier=True, later=True)
    assert missing("bmi_readings", -365, 1) == Missing(earlier=True, later=False)
    assert missing("patients", -9999, 9999) is None
    assert missing("visits", 400, 400) is None
    assert WINDOW.holds("visits", datetime(2026, 4, 3, 23, 59, 59, 999_000, tzinfo=UTC)) is False


@pytest.mark.parametrize(
    ("table", "missing", "note"),
    [
        ("bmi_readings", Missing(earlier=True, later=False), "Older readings need the server."),
        ("visits", Missing(earlier=True, later=False), "Older visits need the server."),
        ("visit_slots", Missing(earlier=False, later=True), "Later visits need the server."),
        ("visits", Missing(earlier=True, later=True), "Older and later visits need the server."),
    ],
)
def test_people_are_told(table: str, missing: Missing, note: str) -> None:
    assert missing.note(table) == note

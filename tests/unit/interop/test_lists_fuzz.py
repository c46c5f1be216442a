"""Whatever stands in a list of patients: every row is taken, known already or left out by its line; twice is once."""

from __future__ import annotations

import csv
import io
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.import_people import plan_import
from app.domain.import_plan import Draft, ImportState
from app.domain.imports import ImportBatch
from app.interop.lists.columns import COLUMNS
from app.kernel.errors import Refused
from app.kernel.ids import FreshIds
from tests.support.fhir import NOW
from tests.unit.interop.test_lists import listed

CELLS = st.sampled_from([
    "", "Winter", "Ada", "García López, Ana", "O’Hara", '"', "a\nb", "x" * 600, "\x00", "\ud800", "a\u200bb",
    "N/A", "-",
    "1970-03-04", "03/04/1970", "13/04/1970", "4 de marzo de 1970", "0000-00-00", "2999-01-01", "25631", "1.5E+12",
    '="00123"', "=1+1", "H", "M", "F", "mal", "a@example.org", "600 123", "7", "8",
]) | st.text(max_size=5)  # fmt: skip
TITLES = st.lists(
    st.sampled_from([title for titles in COLUMNS.values() for title in titles] + ["shoes", "", "DOB (MM/DD/YYYY)"]),
    max_size=6,
).map(lambda more: ["last name", *more])  # fmt: skip
TABLES = st.tuples(TITLES, st.lists(st.lists(CELLS, max_size=8), max_size=8))


def written(table: Any, divider: str) -> bytes:
    out = io.StringIO()
    csv.writer(out, delimiter=divider).writerows([table[0], *table[1]])
    return out.getvalue().encode("utf-8", "surrogatepass")


@settings(max_examples=300, deadline=None)
@given(TABLES, st.sampled_from(",;\t|"))
def test_every_row_is_accounted_for_and_can_be_written(table: Any, divider: str) -> None:
    data = written(table, divider)
    try:
        found = listed(data)
    except Refused:
        return
    people = [item.patient for item in found.patients()]
    left = [row for row in found.skipped if row.resource]
    assert len(people) + found.repeated.total() + len(left) >= found.total
    assert all(row.reason.strip() and ", line " in row.source for row in left)
    assert [item.patient for item in listed(data).patients()] == people
    sources = [person.source for person in people if person is not None]
    assert len(set(sources)) == len(sources)
    batch = ImportBatch(patients=tuple(listed(data).patients()))
    plan = plan_import(batch, Draft(ImportState(), "c-1", NOW, FreshIds()))
    assert len(plan.inserts["patients"]) == len(people)
    for rows in plan.inserts.values():
        assert "\x00" not in repr(rows)
        repr(rows).encode("utf-8")

"""Any chart as this program writes it goes to an empty clinic as FHIR and leaves it again saying the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from app.domain.import_own import own_system
from app.interop.fhir.export import bundle
from app.queries.chart_record import chart_record
from tests.database.clinical.test_fhir_export import LIS
from tests.database.clinical.test_fhir_round_trip import ELSEWHERE, moved, newcomer
from tests.database.imports.test_import import Importer
from tests.support.any_chart import charts
from tests.support.desk import CLINIC, Desk, local_desk


@pytest.fixture(scope="module")
def store() -> Iterator[Desk]:
    """One workstation's store for many examples."""
    made = local_desk()
    yield made
    made.close()


def said(made: dict[str, Any]) -> dict[str, list[str]]:
    """All that a bundle says, by kind, without ids and without the addresses of what it names."""
    found: dict[str, list[str]] = {}
    for entry in json.loads(json.dumps(made).replace(own_system(ELSEWHERE), own_system(CLINIC)))["entry"]:
        one = entry["resource"]
        del one["id"]
        found.setdefault(one["resourceType"], []).append(json.dumps(_plain(one), sort_keys=True))
    return {kind: sorted(rows) for kind, rows in found.items()}


def _plain(value: Any) -> Any:
    """Only a conversation's name and an addition's key are ids that stand elsewhere than in a reference."""
    if isinstance(value, dict):
        if value.get("url") == "id":
            return None
        return {key: _plain(inner) for key, inner in value.items() if key not in ("reference", "partOf")}
    return [_plain(inner) for inner in value] if isinstance(value, list) else value


@settings(max_examples=10, deadline=None)
@given(statements=charts())
def test_it_comes_out_as_it_went_in(
    store: Desk, tmp_path_factory: pytest.TempPathFactory, statements: list[Any]
) -> None:
    store.write(*statements)
    first, empty = bundle(store.okafor.ask(chart_record, patient_id=LIS)), local_desk()
    try:
        bring = Importer(empty, Path(tmp_path_factory.mktemp("any")))
        report = bring(moved(first))
        assert [(row.resource, row.reason) for row in report.tally.skipped] == []
        back = bundle(empty.okafor.ask(chart_record, patient_id=newcomer(empty)))
        assert said(back) == said(first)
        assert dict(bring(moved(first)).tally.taken) == {}
        assert said(bundle(empty.okafor.ask(chart_record, patient_id=newcomer(empty)))) == said(back)
    finally:
        empty.close()

"""The report of an import, record by record: everything that stood in the files is told once, with where and why."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.import_report import ReportLine, RowOutcome, Teller
from app.kernel.errors import Refused
from app.workspace.import_report import REMARK, ReportFile, ReportTable
from app.workspace.imports import ImportReport, run_import, run_list_import
from tests.database.imports.test_import import Importer
from tests.support.desk import Desk
from tests.support.fhir import REAL, encounter, observation, patient

WEIGHT = observation("29463-7", 81, "kg")
CLAIM = {"resourceType": "Claim", "id": "k1"}


@pytest.fixture
def bring(desk: Desk, tmp_path: Path) -> Importer:
    return Importer(desk, tmp_path)


def agrees(lines: list[ReportLine], report: ImportReport) -> bool:
    """Whether lines and figures say the same."""
    counted = Counter[RowOutcome]()
    for line in lines:
        counted[line.outcome] += line.count
    tally = report.tally
    return (
        counted[RowOutcome.TAKEN] == tally.taken.total()
        and counted[RowOutcome.UPDATED] == tally.updated.total()
        and counted[RowOutcome.UNCHANGED] == tally.unchanged.total()
        and counted[RowOutcome.SKIPPED] + counted[RowOutcome.REFUSED] == sum(one.count for one in tally.skipped)
    )


def test_each_record_is_told_with_its_place_outcome_and_reason(bring: Importer) -> None:
    resources: list[Any] = [
        patient(), patient("p2", birthDate="2999-01-01"), encounter("e1"), WEIGHT, WEIGHT, CLAIM
    ]  # fmt: skip
    lines: list[ReportLine] = []
    report = bring(*resources, tell=lines.append)
    told = {(line.kind, line.id, line.place): line for line in lines}
    assert agrees(lines, report)
    assert {line.file for line in lines} == {"file1.json"}
    taken = [key[:2] for key, line in told.items() if line.outcome is RowOutcome.TAKEN]
    assert {("Patient", "p1"), ("Encounter", "e1"), ("Observation", "o-29463-7")} <= set(taken)
    (claim,) = [line for line in lines if line.kind == "Claim"]
    assert (claim.id, claim.outcome, claim.reason) == ("k1", RowOutcome.SKIPPED, "Claim is not imported")
    assert claim.place
    (again,) = [line for line in lines if line.outcome is RowOutcome.UNCHANGED]
    assert (again.kind, again.id) == ("Observation", "o-29463-7")
    (born,) = [line for line in lines if line.id == "p2"]
    assert born.outcome is RowOutcome.SKIPPED or born.reason
    assert "birthDate" in born.reason or "birth" in born.reason


def test_a_second_import_tells_of_what_changed(bring: Importer) -> None:
    bring(patient(), encounter("e1"))
    lines: list[ReportLine] = []
    report = bring(patient(gender="male"), encounter("e1"), tell=lines.append)
    assert agrees(lines, report)
    assert {(line.kind, line.outcome) for line in lines} == {
        ("Patient", RowOutcome.UPDATED), ("Encounter", RowOutcome.UNCHANGED)
    }  # fmt: skip
    trial: list[ReportLine] = []
    bring(patient(gender="male"), encounter("e1"), dry_run=True, tell=trial.append)
    assert {line.outcome for line in trial} == {RowOutcome.UNCHANGED}


def test_the_real_files_are_told_record_by_record(bring: Importer) -> None:
    """Everything that the figures count is told once, over all shapes of files and their traps."""
    lines: list[ReportLine] = []
    report = run_import(bring.workspace, [REAL], tell=lines.append)
    assert agrees(lines, report)
    assert len(lines) > 1000
    assert all(line.reason for line in lines if line.outcome in {RowOutcome.SKIPPED, RowOutcome.REFUSED})


def test_what_a_role_may_not_import_is_refused_row_by_row(desk: Desk, tmp_path: Path) -> None:
    bring = Importer(desk, tmp_path, "desk")
    lines: list[ReportLine] = []
    report = bring(patient(), encounter("e1"), WEIGHT, tell=lines.append)
    assert agrees(lines, report)
    refused = {(line.kind, line.id) for line in lines if line.outcome is RowOutcome.REFUSED}
    assert refused == {("Encounter", "e1"), ("Observation", "o-29463-7")}
    assert all("administrator" in line.reason and line.place for line in lines if line.outcome is RowOutcome.REFUSED)


def test_a_list_is_told_line_by_line(bring: Importer, tmp_path: Path) -> None:
    file = tmp_path / "people, of 2026.csv"
    file.write_text(
        "mrn,last name,first name,date of birth\n1,Lis,Anna,1980-01-02\n1,Lis,Anna,1980-01-02\n2,Kot,Jan,1980-13-02\n",
        encoding="utf-8",
    )
    lines: list[ReportLine] = []
    report = run_list_import(bring.workspace, file, tell=lines.append)
    assert agrees(lines, report)
    told = sorted((line.place, line.outcome.value, line.reason) for line in lines)
    assert [one[:2] for one in told] == [("line 2", "taken"), ("line 3", "unchanged"), ("line 4", "skipped")]
    assert told[2][2].startswith("birthDate: ")
    assert {line.file for line in lines} == {"people, of 2026.csv"}


LINE = ReportLine("a.json", "entry 1", "Patient", "p1", RowOutcome.TAKEN)


def test_what_a_list_leaves_out_stands_beside_its_record_and_its_columns_with_the_file(
    bring: Importer, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text("mrn,name,dob,email,shoes\n1,Ada Winter,1970-03-04,ada at home,38\n2,Bo Frost,1971-03-04,,\n")
    lines: list[ReportLine] = []
    report = run_list_import(bring.workspace, file, tell=lines.append)
    assert agrees(lines, report)
    columns, one, other = lines
    assert (columns.place, columns.kind, columns.outcome) == ("", "", RowOutcome.SKIPPED)
    assert columns.reason == "columns that are not kept: shoes"
    assert (one.outcome, one.reason) == (RowOutcome.TAKEN, "email left out: it is no address")
    assert (other.outcome, other.reason) == (RowOutcome.TAKEN, "")
    assert [remark.text for remark in report.tally.remarks] == ["email left out: it is no address"]


@pytest.mark.parametrize("name", ["report.jsonl", "report.csv", "REPORT.CSV"])
def test_a_report_is_written_as_it_comes(tmp_path: Path, name: str) -> None:
    evil = ReportLine("=1+1.json", "", "Patient", "x", RowOutcome.SKIPPED, "birthDate: no such date")
    with ReportFile(tmp_path / name) as file:
        file.add(LINE)
        file.add(evil)
    text = (tmp_path / name).read_text(encoding="utf-8-sig")
    if name.lower().endswith("csv"):
        rows = list(csv.DictReader(text.splitlines()))
        assert rows[1]["file"] == "'=1+1.json"
    else:
        rows = [json.loads(line) for line in text.splitlines()]
        assert rows[1]["file"] == "=1+1.json"
    assert [row["resourceType"] for row in rows] == ["Patient", "Patient"]
    assert [row["outcome"] for row in rows] == ["taken", "skipped"]
    assert rows[1]["reason"] == "birthDate: no such date"


def test_a_report_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        ReportFile(tmp_path / "no folder" / "report.csv")
    assert (refused.value.code, refused.value.field) == ("NotWritten", "report")
    full = ReportFile(Path("/dev/full"))
    with pytest.raises(Refused) as refused, full:
        full.add(LINE)
    assert refused.value.code == "NotWritten"


def test_the_table_counts_filters_and_pages() -> None:
    table = ReportTable()
    for number in range(2500):
        outcome = RowOutcome.TAKEN if number % 5 else RowOutcome.SKIPPED
        reason = "no unit" if outcome is RowOutcome.SKIPPED else "to confirm" if number == 1 else ""
        table.add(ReportLine("f.ndjson", f"line {number + 1}", "Observation", f"o{number}", outcome, reason))
    table.add(ReportLine("old.json", "", "all resources", "", RowOutcome.SKIPPED, "FHIR 3", 40))
    assert table.counts() == {
        "taken": 2000, "updated": 0, "unchanged": 0, "skipped": 540, "refused": 0, REMARK: 1
    }  # fmt: skip
    assert len(table.numbers()) == 2501
    assert list(table.numbers(REMARK)) == [2]
    skipped = table.numbers("skipped", "UNIT")
    assert len(skipped) == 500
    page = table.lines(skipped[100:103])
    assert [line.id for line in page] == ["o500", "o505", "o510"]
    assert [line.id for line in table.lines([3, 1])] == ["o2", "o0"]
    assert list(table.numbers("", "observation/o2499")) == [2500]
    assert sum(1 for _ in table.all_lines(table.numbers())) == 2501
    table.close()


@given(name=st.text(min_size=1).filter(lambda text: ", " not in text), place=st.text(min_size=1))
def test_file_and_place_come_apart_again(name: str, place: str) -> None:
    told: list[ReportLine] = []
    Teller(told.append, [name]).say(f"{name}, {place}", "Patient/a/b", RowOutcome.TAKEN)
    (line,) = told
    assert (line.file, line.place, line.kind, line.id) == (name, place, "Patient", "a/b")


def test_what_a_record_says_that_is_not_kept_stands_beside_it(bring: Importer) -> None:
    pulse = {"code": {"text": "pulse"}, "valueQuantity": {"value": 70, "unit": "/min"}}
    lines: list[ReportLine] = []
    report = bring(patient(), observation("59408-5", 97, "%", component=[pulse]), WEIGHT, tell=lines.append)
    assert agrees(lines, report)
    assert {line.id: line.reason for line in lines} == {
        "p1": "",
        "o-59408-5": "not kept of it: pulse",
        "o-29463-7": "",
    }

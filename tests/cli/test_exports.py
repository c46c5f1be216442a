"""Exports on the command line: a bundle that validates, safe tables, a calendar."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from fhir.resources.R4B.bundle import Bundle
from icalendar import Calendar

from app.cli.output import Output
from app.kernel.i18n import set_language
from tests.cli.test_contract import Call, call, clinic  # noqa: F401 - fixtures
from tests.support.papers import text_of_file
from tests.support.postgres import Server


def test_a_record_as_fhir(call: Call, clinic: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    code, made = call("export", "fhir", "--patient", clinic["patient"], role="PROVIDER")
    assert (code, made["resourceType"]) == (0, "Bundle")
    Bundle.model_validate(made)
    target = tmp_path / "record.json"
    code, written = call("export", "fhir", "--patient", clinic["patient"], "--file", str(target), role="PROVIDER")
    assert (code, written["bytes"]) == (0, target.stat().st_size)
    code, refused = call("export", "fhir", "--patient", "nobody", role="PROVIDER")
    assert (code, refused["error"]) == (1, "NoPatient")
    code, refused = call("export", "fhir", "--patient", clinic["patient"], "--file", str(tmp_path / "no" / "x"))
    assert (code, refused["error"], refused["field"]) == (1, "NoFile", "file")


def test_a_bundle_is_json_without_being_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    Output().result({"resourceType": "Bundle", "entry": []})
    assert json.loads(capsys.readouterr().out) == {"resourceType": "Bundle", "entry": []}


def test_tables(call: Call, clinic: dict[str, str]) -> None:  # noqa: F811
    code, text = call("export", "csv", "patients")
    assert code == 0
    assert text.splitlines()[0].endswith("id,name,dateOfBirth,phone,mrn,flags")
    assert clinic["patient"] in text
    assert call("export", "csv", "visits", "--patient", clinic["patient"])[0] == 0
    desk = "MEDICAL_ASSISTANT"
    right, wrong = (call("measure", clinic["patient"], "HEART_RATE", value, role=desk)[1] for value in ("71", "73"))
    call("measurement", "retract", wrong["measurementId"], "--reason", "another patient's", role=desk)
    code, text = call("export", "csv", "measurements", "--patient", clinic["patient"])
    assert code == 0
    assert right["measurementId"] in text
    assert wrong["measurementId"] not in text, "what was entered in error is in no table"
    code, refused = call("export", "csv", "labs")
    assert (code, refused["field"]) == (1, "patient")
    code, refused = call("export", "csv", "labs", "--patient", clinic["patient"], role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")


def test_a_provider_as_calendar(call: Call, clinic: dict[str, str]) -> None:  # noqa: F811
    code, text = call("export", "ics", "--provider", clinic["provider"])
    assert code == 0
    assert Calendar.from_ical(text)["version"] == "2.0"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("export", "ics", "--provider", "nobody"), "NoProvider"),
        (("export", "ics", "--provider", ""), "NoProvider"),
        (("export", "csv", "visits", "--patient", "nobody"), "NoPatient"),
        (("export", "csv", "patients", "--patient", ""), "NoPatient"),
        (("labs", "grid", ""), "NoPatient"),
    ],
)
def test_an_id_that_nobody_has_is_no_empty_export(call: Call, words: tuple[str, ...], error: str) -> None:  # noqa: F811
    """A calendar or table without rows would read as "nothing there"."""
    code, refused = call(*words, role="PROVIDER")
    assert (code, refused["error"], refused["field"]) == (1, error, error.removeprefix("No").lower())


def test_a_chart_as_pdf(call: Call, clinic: dict[str, str], tmp_path: Path) -> None:  # noqa: F811
    target = tmp_path / "chart.pdf"
    given = ("export", "pdf", "chart", clinic["patient"], str(target))
    code, written = call(*given, "--sections", "problems,vitals,care_plan", role="PROVIDER")
    assert (code, written["bytes"]) == (0, target.stat().st_size)
    text = text_of_file(target)
    assert "Care plan" in text
    assert "Referrals" not in text
    code, refused = call(*given, "--sections", "secrets", role="PROVIDER")
    assert (code, refused["field"]) == (1, "sections")


@pytest.fixture
def spanish(clinic_db: str, server: Server) -> Iterator[None]:
    """A clinic that works in Spanish."""
    with psycopg.connect(server.url(clinic_db)) as connection:
        connection.execute("UPDATE desktop.clinic_settings SET locale = 'es'")
    yield
    set_language("en")


@pytest.mark.usefixtures("spanish")
def test_letters_and_refusals_are_in_the_clinics_language(
    call: Call,  # noqa: F811
    clinic: dict[str, str],  # noqa: F811
    tmp_path: Path,
) -> None:
    """They were in English whatever the clinic spoke."""
    code, refused = call("patients", "show", "nobody")
    assert (code, refused["message"]) == (1, "Aquí no hay tal paciente.")
    target = tmp_path / "chart.pdf"
    assert call("export", "pdf", "chart", clinic["patient"], str(target), role="PROVIDER")[0] == 0
    assert "Medicamentos" in text_of_file(target)

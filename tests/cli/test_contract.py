"""The command line as scripts know it: shapes, exit codes, options anywhere, rpc; on the test clinic."""

from __future__ import annotations

import io
import json
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest

from app.cli.groups import group_help
from app.cli.main import global_options, run
from app.cli.output import Output
from app.cli.rpc import MAX_LINE, serve
from app.cli.verbs import VERBS
from app.kernel.errors import Conflict
from app.setup.session import Session, SessionOptions
from app.workspace.imports import ImportReport, run_import
from tests.support.clinics import PASSWORD, staff
from tests.support.device_files import apple, record
from tests.support.postgres import Server

Call = Callable[..., tuple[int, Any]]


@pytest.fixture
def call(server: Server, clinic_db: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
         home: Path) -> Call:  # fmt: skip
    """Run a command line with --json as somebody; returns the exit code and the document."""
    monkeypatch.setenv("MHA_DATABASE_URL", f"postgresql:///{clinic_db}?host={server.folder}&port=5432")
    monkeypatch.setenv("MHA_PASSWORD", PASSWORD)

    def do(*words: str, role: str = "ADMIN") -> tuple[int, Any]:
        capsys.readouterr()
        code = run([*words, "--as", staff(role).email, "--json"])
        printed = capsys.readouterr().out.strip()
        return code, json.loads(printed) if printed else None

    return do


@pytest.fixture
def clinic(call: Call) -> dict[str, str]:
    """A provider with tomorrow's slots and a patient."""
    from app.commands.clinic import SaveProvider
    from app.kernel.ids import new_cuid

    provider = new_cuid()
    with Session(SessionOptions.from_environment(email=staff("ADMIN").email), lambda _text: None) as session:
        session.workspace().execute(SaveProvider(provider_id=provider, name="Dr Ngozi Okafor"))
    days = "MON,TUE,WED,THU,FRI,SAT,SUN"
    code, _ = call("availability", "add", provider, "--days", days, "--from", "09:00", "--to", "12:00")
    assert code == 0
    code, made = call("slots", "generate", "--days", "3")
    assert code == 0
    assert made["added"] > 0
    code, patient = call("patients", "add", "--first-name", "Zygmunt", "--last-name", "Lis", "--date-of-birth",
                         "1949-11-30", role="MEDICAL_ASSISTANT")  # fmt: skip
    assert code == 0
    return {"provider": provider, "patient": patient["id"]}


def test_a_new_patient_is_given_with_details_as_json(call: Call) -> None:
    details = {"sex": "female", "allergies": [{"display": "\U0001f95c peanut", "status": "active"}]}
    code, made = call("patients", "add", "--last-name", "Pérez", "--demographics", json.dumps(details))
    assert code == 0, made
    _, shown = call("patients", "show", made["patientId"])
    assert shown["demographics"]["allergies"][0]["display"] == "\U0001f95c peanut"


def test_global_options_stand_anywhere() -> None:
    rest, invocation = global_options(["--json", "patients", "--as", "a@b.c", "search", "--profile=x", "lis"])
    assert rest == ["patients", "search", "lis"]
    assert (invocation.output.as_json, invocation.options.email, invocation.options.profile) == (True, "a@b.c", "x")


def test_from_search_to_a_completed_visit(call: Call, clinic: dict[str, str]) -> None:
    _, found = call("patients", "search", "zigmunt lis")
    assert set(found["items"][0]) == {"id", "firstName", "lastName", "dateOfBirth", "phone", "mrn", "score"}
    _, free = call("slots", "next", "--count", "2", "--provider", clinic["provider"])
    assert len(free["items"]) == 2
    assert set(free["items"][0]) == {
        "id", "providerId", "providerName", "startTime", "endTime", "visitMode", "status"
    }  # fmt: skip
    slot = free["items"][0]["id"]
    code, held = call("hold", slot, role="MEDICAL_ASSISTANT")
    assert (code, set(held)) == (0, {"slotId", "heldUntil"})
    code, booked = call("book", "--patient", clinic["patient"], "--slot", slot, role="MEDICAL_ASSISTANT")
    assert code == 0
    assert {"visitId", "slotId", "status", "startTime"} <= set(booked)
    code, taken = call("book", "--patient", clinic["patient"], "--slot", slot)
    assert (code, taken["error"]) == (1, "SlotTaken")
    assert len(taken["alternatives"]) == 3
    code, advanced = call("visit", "advance", booked["visitId"], "CHECKED_IN", role="MEDICAL_ASSISTANT")
    assert (code, advanced["status"]) == (0, "CHECKED_IN")
    code, refused = call("visit", "advance", booked["visitId"], "IN_PROGRESS", role="MEDICAL_ASSISTANT")
    assert (code, refused["error"]) == (1, "NotAllowed")
    day = booked["startTime"][:10]
    _, board = call("schedule", "day", day)
    assert {"date", "providers"} == set(board)
    shown = [slot["visit"]["id"] for column in board["providers"] for slot in column["slots"] if slot["visit"]]
    assert shown == [booked["visitId"]]


def test_moving_a_visit(call: Call, clinic: dict[str, str]) -> None:
    _, free = call("slots", "next", "--count", "2", "--provider", clinic["provider"])
    first, second = (one["id"] for one in free["items"])
    _, booked = call("book", "--patient", clinic["patient"], "--slot", first)
    code, moved = call("visit", "move", booked["visitId"], "--slot", second)
    assert (code, moved["slotId"]) == (0, second)
    _, listed = call("visits", "list", "--patient", clinic["patient"])
    assert [one["slotId"] for one in listed["items"]] == [second]
    code, refused = call("visits", "list", "--limit", "-5")
    assert (code, refused["error"], refused["field"]) == (1, "BadValue", "limit")
    for cursor in ("no such page", "2026-03-08T02:30:00|x"):
        code, refused = call("visits", "list", "--cursor", cursor)
        assert (code, refused["error"], refused["field"]) == (1, "BadCursor", "cursor")
    for verb, field in (
        (("measurement", "retract", "nothing", "--reason", "x"), "measurementId"),
        (("lists", "confirm", "nobody", "allergies"), "patient"),
    ):
        code, refused = call(*verb, role="PROVIDER")
        assert (code, refused["field"]) == (1, field), refused
    assert call("slots", "next", "--count", "0")[1]["field"] == "count"


def test_accounts(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    code, made = call("staff", "add", "new.desk@clinic1.example", "--role", "MEDICAL_ASSISTANT", "--name", "New Desk")
    assert code == 0
    assert len(made["password"]) >= 16
    code, refused = call("staff", "add", "New.Desk@clinic1.example", "--role", "PROVIDER", "--name", "New Desk")
    assert (code, refused["error"], refused["field"]) == (1, "EmailTaken", "email")
    assert refused["message"] == "This e-mail address already has an account."
    monkeypatch.setenv("MHA_NEW_PASSWORD", "quite another phrase 7")
    code, reset = call("staff", "reset", "new.desk@clinic1.example")
    assert (code, "password" in reset) == (0, False)
    code, _ = call("staff", "disable", "new.desk@clinic1.example")
    assert code == 0
    _, listed = call("staff", "list")
    disabled = {one["email"] for one in listed["items"] if one["disabledAt"]}
    assert disabled == {"new.desk@clinic1.example"}
    code, refused = call("staff", "disable", staff("ADMIN").email)
    assert (code, refused["error"]) == (1, "LastAdmin")


def test_usage_and_refusals_have_their_exit_codes(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call("patients", "frobnicate")[0] == 2
    assert call("patients", "search")[0] == 2
    code, refused = call("patients", "add", "--first-name", "X", "--date-of-birth", "2999-01-01")
    assert (code, refused["error"], refused["field"]) == (1, "BadValue", "dateOfBirth")
    monkeypatch.setenv("MHA_PASSWORD", "not the password at all")
    assert call("providers", "list")[1]["error"] == "WrongPassword"
    monkeypatch.setenv("MHA_DATABASE_URL", "postgresql:///clinic?host=/nowhere/at/all")
    code, gone = call("providers", "list")
    assert (code, gone["error"]) == (3, "NoAnswer")


def test_doctor_looks_at_the_server_for_whoever_signs_in(call: Call) -> None:
    code, found = call("doctor")
    assert code == 0
    (server,) = [one for one in found["items"] if one["check"] == "server"]
    assert server["detail"].startswith("PostgreSQL 1")


def test_a_fault_of_the_program_is_a_json_document_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_: object) -> None:
        """Something that should never happen."""
        raise ZeroDivisionError

    monkeypatch.setitem(VERBS, "doctor", replace(VERBS["doctor"], function=fail))
    assert run(["doctor", "--json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out) == {"error": "Bug", "message": "ZeroDivisionError"}
    with pytest.raises(ZeroDivisionError):
        run(["doctor"])


def test_a_likely_duplicate_is_refused_until_confirmed(call: Call, clinic: dict[str, str]) -> None:
    words = ("patients", "add", "--first-name", "Zigmunt", "--last-name", "Lis", "--date-of-birth", "1949-11-30")
    code, refused = call(*words)
    assert (code, refused["error"], refused["server"][0]["id"]) == (1, "LikelyDuplicate", clinic["patient"])
    assert call(*words, "--confirm")[0] == 0


def test_rpc_answers_every_line_and_goes_on(call: Call, clinic: dict[str, str]) -> None:
    lines = [
        {"id": 1, "do": "slots next", "args": {"provider": clinic["provider"], "count": 3}},
        {"id": 2, "do": "slots next", "args": {"colour": "red"}},
        {"id": 3, "do": "demo"},
        {"id": 4, "do": "patients search", "args": {"text": "lis"}},
        {"id": 5, "do": "patients show", "args": {}},
        {"id": 6, "do": "hold", "args": {"slot": "no such slot"}},
        {"id": 7, "do": "patients show", "args": {"id": clinic["patient"]}},
        {"id": 8, "do": "schedule day", "args": {"date": "2026-11-24"}},
        {"id": 9, "do": "patients show", "args": {"id": clinic["patient"], "patient": clinic["patient"]}},
    ]
    bad = ["this is not JSON", "[]", json.dumps({"id": 0, "do": "x" * (2 * MAX_LINE + 5)})]
    given = io.StringIO("\n".join([*bad, *(json.dumps(line) for line in lines)]))
    answers = io.StringIO()
    with Session(SessionOptions.from_environment(email=staff("ADMIN").email), lambda _text: None) as session:
        serve(session.workspace(), given, answers)
    heard = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert [(one["id"], one["ok"]) for one in heard] == [
        (None, False), (None, False), (None, False),
        (1, True), (2, False), (3, False), (4, True), (5, False), (6, False),
        (7, True), (8, True), (9, False),
    ]  # fmt: skip
    assert len(heard[3]["result"]["items"]) == 3
    assert heard[4]["field"] == "colour"
    assert heard[7]["field"] == "patient"
    assert (heard[9]["result"]["id"], heard[10]["result"]["date"]) == (clinic["patient"], "2026-11-24")
    assert heard[11]["field"] == "id"


def test_the_audit(call: Call, clinic: dict[str, str], tmp_path: Path, server: Server, clinic_db: str) -> None:
    code, found = call("audit", "search", "--patient", clinic["patient"], "--kind", "ADDED", "--limit", "2")
    assert (code, len(found["items"]), found["more"]) == (0, 2, True)
    entry = found["items"][0]
    assert {"id", "at", "kind", "who", "workstation", "command", "commandId", "table", "rowId", "changes"} <= set(entry)
    assert (entry["command"], entry["kind"]) == ("RegisterPatient", "ADDED")
    code, rest = call("audit", "search", "--patient", clinic["patient"], "--cursor", found["cursor"])
    assert (code, entry["id"] in {one["id"] for one in rest["items"]}) == (0, False)
    assert call("audit", "search", "--person", "medical.assistant@clinic1.example")[1]["items"]
    assert call("audit", "search", "--person", "nobody@clinic1.example")[1]["error"] == "NoAccount"
    code, written = call("audit", "search", "--table", "patients", "--export", str(tmp_path / "audit.csv"))
    assert (code, written["entries"]) == (0, 1)
    code, checked = call("audit", "verify")
    assert (code, checked["ok"], len(checked["head"])) == (0, True, 64)
    assert call("audit", "verify", "--anchor", "ab" * 32)[1]["problem"] == "the anchored row is missing"
    with psycopg.connect(server.owner_url(clinic_db), autocommit=True) as owner:
        owner.execute("ALTER TABLE desktop.audit DISABLE TRIGGER USER")
        owner.execute("UPDATE desktop.audit SET who = 'x' WHERE table_name = 'patients'")
    code, broken = call("audit", "verify")
    assert (code, broken["error"], broken["ok"]) == (1, "AuditBroken", False)
    assert (broken["entry"]["table"], broken["entry"]["rowId"]) == ("patients", clinic["patient"])
    for words in (("audit", "search"), ("audit", "verify")):
        assert call(*words, role="PROVIDER")[1]["error"] == "NotAllowed"


def test_an_import_that_is_interrupted_reports_and_can_be_repeated(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [{"resourceType": "Patient", "id": f"int{n}", "name": [{"family": f"Halt{n}"}]} for n in range(600)]
    file = tmp_path / "people.ndjson"
    file.write_text("\n".join(map(json.dumps, people)), encoding="utf-8")

    def interrupted(*given: Any, **more: Any) -> ImportReport:
        os.kill(os.getpid(), signal.SIGINT)
        return run_import(*given, **more)

    before = signal.getsignal(signal.SIGINT)
    with monkeypatch.context() as patched:
        patched.setattr("app.cli.imports.run_import", interrupted)
        code, halted = call("import", "fhir", str(file))
    assert (code, halted.get("cancelled")) == (0, True), halted
    assert signal.getsignal(signal.SIGINT) is before
    code, done = call("import", "fhir", str(file))
    assert (code, done["cancelled"]) == (0, False)
    assert done["taken"].get("Patient", 0) + done["unchanged"].get("Patient", 0) == len(people)


def test_an_import_tells_of_every_record_in_a_file(call: Call, tmp_path: Path) -> None:
    file, report = tmp_path / "people.csv", tmp_path / "report.jsonl"
    file.write_text("mrn,last name,date of birth\n1,Lis,1949-11-30\n2,Kot,2999-01-01\n", encoding="utf-8")
    code, done = call("import", "csv", str(file), "--report", str(report))
    assert (code, done["taken"], len(done["skipped"])) == (0, {"Patient": 1}, 1)
    told = [json.loads(line) for line in report.read_text(encoding="utf-8").splitlines()]
    assert sorted((one["place"], one["outcome"]) for one in told) == [("line 2", "taken"), ("line 3", "skipped")]
    assert next(one for one in told if one["outcome"] == "skipped")["reason"].startswith("birthDate: ")
    resource = {"resourceType": "Patient", "id": "p1", "name": [{"family": "Winter"}], "birthDate": "1970-03-04"}
    (tmp_path / "p1.json").write_text(json.dumps(resource), encoding="utf-8")
    code, _ = call("import", "fhir", str(tmp_path / "p1.json"), "--dry-run", "--report", str(tmp_path / "report.csv"))
    assert code == 0
    lines = (tmp_path / "report.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines == ["file,place,resourceType,id,outcome,reason,count", "p1.json,,Patient,p1,taken,,1"]
    code, refused = call("import", "csv", str(file), "--report", str(tmp_path / "no folder" / "report.csv"))
    assert (code, refused["error"], refused["field"]) == (1, "NotWritten", "report")


def test_every_verb_explains_itself_and_takes_its_parameters() -> None:
    for found in VERBS.values():
        assert found.help, found.words
        assert set(found.positional) <= set(found.parameters()), found.words
        assert set(found.names) <= set(found.parameters()), found.words


def test_every_group_of_verbs_says_what_it_is_about() -> None:
    assert run(["--help"]) == 0, "all verbs are known"
    words = [one.words.split() for one in VERBS.values()]
    groups = {" ".join(one[:number]) for one in words for number in range(1, len(one))}
    assert groups == set(group_help())


def test_who_loses_a_time_reads_the_others_in_words_too(capsys: pytest.CaptureFixture[str]) -> None:
    free = {"id": "slot-2", "startTime": "2026-11-24T17:20:00+00:00", "providerId": "p", "providerName": "Dr Okafor"}
    assert Output().problem(Conflict("SlotTaken", "This time has just been taken.", alternatives=[free])) == 1
    assert capsys.readouterr().err.splitlines() == [
        "This time has just been taken.",
        "  2026-11-24T17:20:00+00:00  Dr Okafor  slot-2",
    ]


def test_files_of_devices_are_read_by_the_command_line(call: Call, clinic: dict[str, str], tmp_path: Path) -> None:
    file = tmp_path / "whatever.bin"
    file.write_bytes(apple([record("QuantityTypeIdentifierHeartRate", 70, "2026-01-02 07:00:00 -0500",
                                   unit="count/min")]))  # fmt: skip
    words = ("import", "device", str(file), "--patient", clinic["patient"])
    code, tried = call(*words, "--dry-run")
    assert (code, tried["taken"], tried["dryRun"]) == (0, {"HeartRate": 1}, True)
    code, made = call(*words, "--report", str(tmp_path / "report.jsonl"))
    assert (code, made["taken"], made["skipped"]) == (0, {"HeartRate": 1}, [])
    (line,) = map(json.loads, (tmp_path / "report.jsonl").read_text().splitlines())
    assert (line["resourceType"], line["outcome"]) == ("HeartRate", "taken")
    assert call(*words)[1]["unchanged"] == {"HeartRate": 1}
    code, series = call(
        "series", clinic["patient"], "hr", "--from", "2026-01-01", "--to", "2026-01-03", role="PROVIDER"
    )
    assert (code, [item["value"] for item in series["items"]]) == (0, [70])
    assert call(*words, role="PROVIDER")[0] == 1
    assert call(*words, role="MEDICAL_ASSISTANT")[1]["error"] == "NotAllowed"
    assert call("import", "device", str(file))[0] == 2
    file.write_text("nonsense")
    assert call(*words)[1]["skipped"] == [
        {"source": "whatever.bin", "resource": "", "reason": "not a file of devices that is known here"}
    ]

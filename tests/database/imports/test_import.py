"""Imports on both databases: taken once, updated with care, repeated without harm, each record accounted for."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from app.commands.imports import ImportRecords, NoteImport
from app.db.models import (
    BMIReading,
    ImportLink,
    ImportRun,
    Measurement,
    Patient,
    PatientDetail,
    Provider,
    ProviderSettings,
    SlotClaim,
    SlotDetail,
    User,
    VirtualVisitSession,
    Visit,
    VisitSlot,
)
from app.domain.enums import SlotOrigin, SlotStatus, TelemedStatus, VisitStatus
from app.domain.imports import Tally
from app.kernel.errors import Refused
from app.queries.imports import import_preview, import_runs
from app.queries.vitals_sql import not_retracted
from app.workspace.imports import ImportProgress, ImportReport, run_import, run_list_import
from app.workspace.workspace import ClinicProfile, Workspace
from tests.support.desk import CLINIC, NOW, ZONE, Desk
from tests.support.fhir import REAL, encounter, observation, of, patient

DOCTOR = {"resourceType": "Practitioner", "id": "d1", "name": [{"family": "Careful", "given": ["Adam"]}]}
CONDITION = {"resourceType": "Condition", "id": "c1", "subject": of(), "code": {"text": "Asthma"},
             "clinicalStatus": {"coding": [{"code": "active"}]}}  # fmt: skip
NO_ALLERGIES = {"resourceType": "AllergyIntolerance", "id": "a0", "patient": of(),
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "716186003"}]}}  # fmt: skip


class Importer:
    """Somebody who imports resources into the clinic under test."""

    def __init__(self, desk: Desk, folder: Path, who: str = "admin") -> None:
        person = getattr(desk, who)
        profile = ClinicProfile(CLINIC, "Harbor Street", ZONE, "en", False, 5, 5, "US")
        self.workspace = Workspace(person.store, person.actor, profile, desk.clock, person.workstation)
        self.folder = folder
        self.count = 0

    def __call__(self, *resources: Any, **how: Any) -> ImportReport:
        self.count += 1
        file = self.folder / f"file{self.count}.json"
        file.write_text(json.dumps(list(resources)), encoding="utf-8")
        return run_import(self.workspace, [file], **how)


@pytest.fixture
def bring(desk: Desk, tmp_path: Path) -> Importer:
    return Importer(desk, tmp_path)


def reasons(report: ImportReport) -> Counter[str]:
    return Counter({row.reason: row.count for row in report.tally.skipped})


def the_patient(desk: Desk, first: str = "Ada") -> Any:
    (row,) = desk.rows(select(Patient.__table__).where(Patient.first_name == first))
    return row


def count(desk: Desk, model: Any) -> int:
    found: int = desk.rows(select(func.count()).select_from(model))[0][0]
    return found


def test_a_patient_with_everything(desk: Desk, bring: Importer) -> None:
    visit = encounter(participant=[{"individual": {"reference": "Practitioner/d1"}}])
    report = bring(
        DOCTOR,
        patient(gender="female", telecom=[{"system": "phone", "value": "555-0100"}]),
        visit,
        observation("29463-7", 81, "kg", encounter={"reference": "Encounter/e1"}),
        observation("8302-2", 180, "cm", encounter={"reference": "Encounter/e1"}),
        CONDITION,
        NO_ALLERGIES,
    )
    assert report.tally.taken == Counter(
        Practitioner=1, Patient=1, Encounter=1, Observation=2, Condition=1, AllergyIntolerance=1
    )
    assert not report.tally.skipped
    row = the_patient(desk)
    assert (row.last_name, row.date_of_birth.isoformat(), row.height_cm) == ("Winter", "1970-03-04", 180)
    assert row.demographics["phones"] == [{"system": "phone", "value": "555-0100"}]
    assert [entry["display"] for entry in row.demographics["conditions"]] == ["Asthma"]
    assert row.demographics["allergies"] == []
    assert row.demographics["listsConfirmed"]["allergies"]["noneKnown"] is True
    (user,) = desk.rows(select(User.__table__).where(User.id == row.user_id))
    assert (user.patient_id, user.role, user.email) == (row.id, "PATIENT", f"patient-{row.id}@no-login.invalid")
    (made,) = desk.rows(select(Visit.__table__).where(Visit.patient_id == row.id))
    assert (made.status, made.reason_text) == (VisitStatus.COMPLETED, "Check-up")
    weight = desk.rows(select(Measurement.__table__).where(Measurement.type == "WEIGHT"))[0]
    assert (weight.value, weight.source, weight.timestamp) == (81, "DEVICE", datetime(2024, 5, 6, 14, tzinfo=UTC))
    assert weight.metadata_["visitId"] == made.id
    assert weight.metadata_["sourceId"] == "o-29463-7"
    (bmi,) = desk.rows(select(BMIReading.__table__))
    assert (bmi.bmi, bmi.timestamp) == (25, weight.timestamp)


def test_a_past_visit_claims_no_time(desk: Desk, bring: Importer) -> None:
    bring(DOCTOR, patient(), encounter(participant=[{"individual": {"reference": "Practitioner/d1"}}]))
    row = desk.rows(
        select(VisitSlot.id, VisitSlot.status, SlotDetail.origin, Provider.name, ProviderSettings.active)
        .join(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
        .join(Provider, Provider.id == VisitSlot.provider_id)
        .join(ProviderSettings, ProviderSettings.provider_id == Provider.id)
        .where(SlotDetail.origin == SlotOrigin.HISTORY)
    )[0]
    assert (row.status, row.name, row.active) == (SlotStatus.BLOCKED, "Adam Careful", False)
    if desk.online:
        assert not desk.rows(select(SlotClaim.slot_id).where(SlotClaim.slot_id == row.id))


def test_visits_without_a_known_practitioner_share_external_records(desk: Desk, bring: Importer) -> None:
    stranger = [{"individual": {"reference": "Practitioner/x", "display": "Dr Eve Other"}}]
    bring(patient(), encounter("e1", participant=stranger), encounter("e2"))
    bring(patient(), encounter("e3"))
    found = desk.rows(
        select(Provider.name, SlotDetail.reason)
        .join(VisitSlot, VisitSlot.provider_id == Provider.id)
        .join(SlotDetail, SlotDetail.slot_id == VisitSlot.id)
        .where(SlotDetail.origin == SlotOrigin.HISTORY)
    )
    assert Counter(tuple(row) for row in found) == Counter(
        {("External records", "Dr Eve Other"): 1, ("External records", None): 2}
    )
    assert len(desk.rows(select(Provider.id).where(Provider.name == "External records"))) == 1


def test_a_virtual_visit_has_its_ended_session(desk: Desk, bring: Importer) -> None:
    bring(patient(), encounter(**{"class": {"code": "VR"}}))
    (session,) = desk.rows(select(VirtualVisitSession.__table__))
    assert (session.status, session.ended_at) == (TelemedStatus.ENDED, datetime(2024, 5, 6, 14, 20, tzinfo=UTC))


def test_again_changes_nothing(desk: Desk, bring: Importer) -> None:
    everything = [DOCTOR, patient(), encounter(), observation("29463-7", 81, "kg"), CONDITION, NO_ALLERGIES]
    first = bring(*everything)
    counts = {
        model: count(desk, model) for model in (Patient, User, Visit, VisitSlot, Measurement, ImportLink, Provider)
    }
    before = the_patient(desk)
    again = bring(*reversed(everything))
    assert again.tally.unchanged == first.tally.taken
    assert not again.tally.taken + again.tally.updated
    assert not again.tally.skipped
    assert {model: count(desk, model) for model in counts} == counts
    assert the_patient(desk) == before


def test_a_rehearsal_writes_nothing_and_says_the_same(desk: Desk, bring: Importer) -> None:
    everything = [DOCTOR, patient(), encounter(), observation("29463-7", 81, "kg"), observation("1-2", 1, "kg")]
    before = {model: count(desk, model) for model in (Patient, Visit, Measurement, ImportLink, ImportRun)}
    rehearsal = bring(*everything, dry_run=True)
    assert {model: count(desk, model) for model in before} == before
    real = bring(*everything)
    assert rehearsal.tally.taken == real.tally.taken
    assert reasons(rehearsal) == reasons(real)
    assert rehearsal.to_json()["dryRun"] is True


def test_later_records_find_their_patient_and_visit(desk: Desk, bring: Importer) -> None:
    bring(patient(), encounter())
    report = bring(observation("29463-7", 81, "kg", encounter={"reference": "Encounter/e1"}))
    assert report.tally.taken == Counter(Observation=1)
    (row,) = desk.rows(select(Measurement.__table__))
    assert row.patient_id == the_patient(desk).id
    assert "visitId" in row.metadata_


def test_records_of_nobody_are_left_out(desk: Desk, bring: Importer) -> None:
    report = bring(encounter(), observation("29463-7", 81, "kg"), CONDITION)
    assert reasons(report) == {"its patient is neither in these files nor was imported before": 1}
    assert len(report.tally.skipped) == 3
    assert count(desk, Measurement) == 0


def test_corrections_at_the_source_arrive(desk: Desk, bring: Importer) -> None:
    heavy, tall = observation("29463-7", 81, "kg"), observation("8302-2", 180, "cm")
    bring(DOCTOR, patient(), encounter(), heavy, tall, CONDITION)
    report = bring(
        {**DOCTOR, "name": [{"family": "Careful-Smith", "given": ["Adam"]}]},
        patient(birthDate="1970-03-05"),
        encounter(
            reasonCode=[{"text": "Cough"}], period={"start": "2024-05-06T15:00:00Z", "end": "2024-05-06T16:00:00Z"}
        ),
        observation("29463-7", 90, "kg", status="corrected"),
        tall,
        {**CONDITION, "clinicalStatus": {"coding": [{"code": "resolved"}]}},
    )
    assert report.tally.updated == Counter(Practitioner=1, Patient=1, Encounter=1, Observation=1, Condition=1)
    assert report.tally.unchanged == Counter(Observation=1)
    row = the_patient(desk)
    assert row.date_of_birth.isoformat() == "1970-03-05"
    assert row.demographics["conditions"][0]["status"] == "resolved"
    weight = desk.rows(select(Measurement.__table__).where(Measurement.type == "WEIGHT"))[0]
    assert (weight.value, weight.metadata_["status"]) == (90, "corrected")
    assert desk.rows(select(BMIReading.weight_kg))[0].weight_kg == 90
    (visit,) = desk.rows(select(Visit.__table__))
    assert visit.reason_text == "Check-up: Cough"
    (slot,) = desk.rows(select(VisitSlot.__table__))
    assert (slot.start_time, slot.end_time) == (
        datetime(2024, 5, 6, 15, tzinfo=UTC),
        datetime(2024, 5, 6, 16, tzinfo=UTC),
    )
    assert desk.rows(select(Provider.name).where(Provider.name == "Adam Careful-Smith"))


def test_what_people_here_changed_is_kept(desk: Desk, bring: Importer) -> None:
    bring(patient(telecom=[{"system": "phone", "value": "1"}], gender="female"), CONDITION)
    row = the_patient(desk)
    edited = {**row.demographics, "phones": [{"value": "2"}], "note": "asked"}
    edited["conditions"] = [{**edited["conditions"][0], "status": "resolved"}, {"display": "Hay fever"}]
    desk.write(update(Patient).where(Patient.id == row.id).values(demographics=edited, last_name="Winter-Hill"))
    report = bring(
        patient(
            telecom=[{"system": "phone", "value": "3"}], gender="male", name=[{"family": "Frost", "given": ["Ada"]}]
        ),
        {**CONDITION, "code": {"text": "Severe asthma"}},
    )
    now = the_patient(desk)
    assert now.last_name == "Winter-Hill"
    assert now.demographics["phones"] == [{"value": "2"}]
    assert now.demographics["sex"] == "male"
    assert now.demographics["note"] == "asked"
    assert [entry["display"] for entry in now.demographics["conditions"]] == ["Asthma", "Hay fever"]
    texts = {remark.text for remark in report.tally.remarks}
    assert "changed here since; kept as it is here: lastName, phones" in texts
    assert "changed at its source and here; the entry here is kept" in texts


def test_what_was_withdrawn_is_marked_not_hidden(desk: Desk, bring: Importer) -> None:
    wrong = observation("29463-7", 81, "kg")
    bring(patient(), encounter(), wrong, CONDITION)
    gone = [
        {**wrong, "status": "entered-in-error"},
        {**CONDITION, "verificationStatus": {"coding": [{"code": "entered-in-error"}]}},
        encounter(status="entered-in-error"),
        observation("8302-2", 180, "cm", status="entered-in-error"),
    ]
    report = bring(patient(), *gone)
    assert report.tally.updated == Counter(Observation=1, Condition=1, Encounter=1)
    assert reasons(report) == {"its status is entered-in-error": 1}
    retracted = desk.rows(select(Measurement.metadata_))[0].metadata_["retracted"]
    assert (retracted["by"], retracted["reason"]) == ("import", "its status is entered-in-error")
    assert desk.rows(select(func.count()).select_from(Measurement).where(not_retracted()))[0][0] == 0
    assert the_patient(desk).demographics["conditions"][0]["status"] == "entered-in-error"
    again = bring(patient(), *gone)
    assert again.tally.unchanged == Counter(Patient=1, Observation=1, Condition=1, Encounter=1)


def test_an_id_that_now_means_somebody_else_touches_nobody(desk: Desk, bring: Importer) -> None:
    bring(patient(), observation("29463-7", 81, "kg"))
    before = the_patient(desk)
    other = patient(name=[{"family": "Summer", "given": ["Bo"]}], birthDate="1999-09-09")
    report = bring(other, observation("29463-7", 50, "kg"))
    assert reasons(report) == {"its patient's id belongs to somebody else here: name and birth date differ": 1}
    assert the_patient(desk) == before
    named = bring(observation("8302-2", 180, "cm", subject={"reference": "Patient/p1", "display": "Bo Summer"}))
    assert len(named.tally.skipped) == 1
    assert [row.value for row in desk.rows(select(Measurement.value))] == [81]


def test_a_records_id_never_moves_to_another_patient(desk: Desk, bring: Importer) -> None:
    bring(patient("p1"), observation("29463-7", 81, "kg"), encounter())
    other = patient("p2", name=[{"family": "Summer", "given": ["Bo"]}])
    report = bring(other, observation("29463-7", 50, "kg", subject=of("p2")), encounter(subject=of("p2")))
    assert reasons(report) == {"its id belongs to another patient's record here": 1}
    assert report.tally.taken == Counter(Patient=1)
    assert [row.value for row in desk.rows(select(Measurement.value))] == [81]


def test_likely_duplicates_are_named(desk: Desk, bring: Importer) -> None:
    bring(patient("p1"))
    report = bring(
        patient("p9", name=[{"family": "Wintr", "given": ["Ada"]}]), patient("p8", name=[{"family": "Else"}])
    )
    assert report.tally.taken == Counter(Patient=2)
    assert [remark.resource for remark in report.tally.remarks] == ["Patient/p9"]


def test_a_birth_date_known_by_its_year_stays_to_be_confirmed(desk: Desk, bring: Importer) -> None:
    report = bring(patient(birthDate="1970"))
    row = the_patient(desk)
    assert row.date_of_birth is None
    assert row.demographics["birthDatePartial"] == "1970"
    (detail,) = desk.rows(select(PatientDetail.identity_to_confirm).where(PatientDetail.patient_id == row.id))
    assert detail.identity_to_confirm
    assert "1970" in report.tally.remarks[0].text


def test_an_assistant_imports_patients_only(desk: Desk, tmp_path: Path) -> None:
    bring = Importer(desk, tmp_path, "desk")
    report = bring(DOCTOR, patient(), encounter(), observation("29463-7", 81, "kg"), CONDITION)
    assert report.tally.taken == Counter(Patient=1)
    assert {row.resource: row.reason for row in report.tally.skipped} == dict.fromkeys(
        ("Practitioner", "Encounter", "Observation", "Condition"), "only an administrator imports these"
    )
    assert {row.source for row in report.tally.skipped} == {"file1.json"}
    assert the_patient(desk).last_name == "Winter"
    batch = ImportRecords(patients=())
    assert desk.desk.run(batch).result["taken"] == {}


def test_what_an_assistant_may_not_import_is_counted_by_file(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "a, b.json").write_text(
        json.dumps([patient(), observation("29463-7", 80, "kg"), observation("8302-2", 180, "cm")])
    )
    (tmp_path / "c.json").write_text(json.dumps([patient("p2", name=[{"family": "Sole"}]), encounter(), CONDITION]))
    report = run_import(Importer(desk, tmp_path, "desk").workspace, [tmp_path])
    found = {(row["source"], row["resource"]): row.get("count", 1) for row in report.to_json()["skipped"]}
    assert found == {
        ("a, b.json", "Observation"): 2,
        ("c.json", "Encounter"): 1,
        ("c.json", "Condition"): 1,
    }


def test_a_provider_imports_nothing(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refusal:
        Importer(desk, tmp_path, "okafor")(patient())
    assert refusal.value.code == "NotAllowed"
    with pytest.raises(Refused):
        desk.okafor.run(ImportRecords())
    with pytest.raises(Refused):
        desk.okafor.run(NoteImport(run_id="r", kind="fhir", started_at=NOW))


def test_the_run_is_kept_with_its_figures(desk: Desk, bring: Importer) -> None:
    report = bring(patient(), observation("1-2", 1, "kg"))
    (run,) = desk.admin.ask(import_runs).items
    assert run.id == report.run_id
    assert run.summary["taken"] == {"Patient": 1}
    assert run.summary["skipped"][0]["count"] == 1
    assert run.finished_at is not None


def test_cancelling_keeps_what_was_written_and_starting_again_goes_on(desk: Desk, bring: Importer) -> None:
    people = [patient(f"p{n}", name=[{"family": "Many", "given": [f"N{n}"]}]) for n in range(700)]
    seen: list[ImportProgress] = []

    def stop() -> bool:
        return any(progress.writing for progress in seen)

    report = bring(*people, progress=seen.append, cancelled=stop)
    assert report.cancelled
    taken = report.tally.taken["Patient"]
    assert 0 < taken < 700
    assert count(desk, Patient) == taken + 6
    rest = bring(*people, progress=seen.append)
    assert (rest.tally.unchanged["Patient"], rest.tally.taken["Patient"]) == (taken, 700 - taken)
    assert (seen[-1].done, seen[-1].total, seen[-1].writing) == (700, 700, True)


def test_a_lost_answer_is_not_imported_twice(desk: Desk) -> None:
    command = ImportRecords(patients=())
    first = desk.admin.run(command, command_id="11111111-0000-4000-8000-000000000001")
    assert desk.admin.run(command, command_id="11111111-0000-4000-8000-000000000001").result == first.result


def test_files_and_folders(desk: Desk, bring: Importer, tmp_path: Path) -> None:
    folder = tmp_path / "export with space ä"
    (folder / "deep").mkdir(parents=True)
    (folder / ".hidden.json").write_text("{", encoding="utf-8")
    (folder / "notes.txt").write_text("x", encoding="utf-8")
    (folder / "export.ZIP").write_bytes(b"PK")
    (folder / "deep" / "Observation.ndjson").write_text(json.dumps(observation("29463-7", 81, "kg")), encoding="utf-8")
    (folder / "Patient.json").write_text(json.dumps(patient()), encoding="utf-8")
    report = run_import(bring.workspace, [folder])
    assert report.tally.taken == Counter(Patient=1, Observation=1)
    assert [(row.source, row.reason) for row in report.tally.skipped] == [
        ("export.ZIP", "a ZIP archive; unpack it first"),
        ("notes.txt", "not a FHIR file by its name"),
    ]
    assert report.files == 2
    with pytest.raises(Refused) as refusal:
        run_import(bring.workspace, [tmp_path / "nowhere"])
    assert refusal.value.code == "NoFile"


def test_a_preview_is_a_question_anybody_may_put_who_may_import(desk: Desk) -> None:
    from app.domain.imports import ImportBatch

    assert desk.admin.ask(import_preview, batch=ImportBatch()).to_json() == Tally().to_json()


def test_two_desks_importing_the_same_files_make_each_record_once(pg_desk: Desk, tmp_path: Path) -> None:
    people = [patient(f"p{n}", name=[{"family": "Many", "given": [f"N{n}"]}]) for n in range(300)]
    visits = [encounter(f"e{n}", subject=of(f"p{n}")) for n in range(300)]
    folders = [tmp_path / "one", tmp_path / "two"]
    importers = []
    for folder in folders:
        folder.mkdir()
        importers.append(Importer(pg_desk, folder))
        pg_desk.people.clear()  # the next one gets connections of their own
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda bring: bring(*people, *visits), importers))
    for importer in importers:
        importer.workspace.store.close()
    total = reports[0].tally.taken + reports[1].tally.taken
    assert total == Counter(Patient=300, Encounter=300)
    assert reports[0].tally.unchanged + reports[1].tally.unchanged == total
    assert count(pg_desk, Patient) == 306
    assert count(pg_desk, Visit) == 300
    assert len(pg_desk.rows(select(Provider.id).where(Provider.name == "External records"))) == 1


def test_only_imported_readings_can_be_corrected_and_only_by_an_administrator(pg_desk: Desk, tmp_path: Path) -> None:
    Importer(pg_desk, tmp_path)(patient(), observation("29463-7", 81, "kg"))
    (row,) = pg_desk.rows(select(Measurement.__table__))
    change = {"id": row.id, "type": "WEIGHT", "value": 1, "timestamp": "2024-01-01T00:00:00", "metadata": {}}
    call = text("SELECT desktop.correct_import(:rows)").bindparams(rows=json.dumps({"measurements": [change]}))
    with pytest.raises(Refused):
        pg_desk.desk.ask(lambda session, _: session.execute(call))
    pg_desk.admin.ask(lambda session, _: session.execute(call))
    assert pg_desk.rows(select(Measurement.value))[0].value == 1
    pg_desk.write(update(ImportLink).values(row_id="elsewhere"), update(Measurement).values(value=81))
    pg_desk.admin.ask(lambda session, _: session.execute(call))
    assert pg_desk.rows(select(Measurement.value))[0].value == 81


def test_a_list_of_patients_is_safe_to_repeat(desk: Desk, bring: Importer, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(
        "mrn;nazwisko;imie;data urodzenia;telefon\n7;Łęcka;Żaneta;04.03.1970;1\n8;Ślązak;;;\n".encode("cp1250")
    )
    first = run_list_import(bring.workspace, file)
    assert first.tally.taken == Counter(Patient=2)
    assert the_patient(desk, "Żaneta").date_of_birth.isoformat() == "1970-03-04"
    file.write_text("mrn,last name,first name,dob,phone\n7,Łęcka,Żaneta,1970-03-04,2\n8,Ślązak,,,\n", encoding="utf-8")
    again = run_list_import(bring.workspace, file)
    assert (again.tally.updated, again.tally.unchanged) == (Counter(Patient=1), Counter(Patient=1))
    assert the_patient(desk, "Żaneta").demographics["phones"] == [{"system": "phone", "value": "2"}]
    (run, _) = desk.admin.ask(import_runs).items
    assert run.kind == "csv"
    with pytest.raises(Refused) as refusal:
        run_list_import(bring.workspace, tmp_path)
    assert refusal.value.code == "NoFile"


def test_real_lists_make_their_patients(desk: Desk, bring: Importer) -> None:
    lists = REAL.parent / "csv" / "generated"
    report = run_list_import(bring.workspace, lists / "patients_pl_cp1250_semicolon.csv")
    assert report.tally.taken == Counter(Patient=200)
    assert count(desk, Patient) == 206


def test_the_real_files_in_one_import(desk: Desk, bring: Importer) -> None:
    report = run_import(bring.workspace, [REAL])
    assert report.tally.taken == Counter(
        Patient=33, Practitioner=79, PractitionerRole=43, Encounter=1587, Condition=714, Observation=732,
        MedicationRequest=92,
    )  # fmt: skip
    total = report.tally.taken + report.tally.unchanged + report.tally.updated
    assert total.total() + sum(row.count for row in report.tally.skipped) == 8605
    assert count(desk, Visit) == 1587
    assert count(desk, BMIReading) == 116
    again = run_import(bring.workspace, [REAL])
    assert again.tally.unchanged == total
    assert not again.tally.taken + again.tally.updated

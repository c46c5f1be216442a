"""Merging two patients on the server: every row moves, an undo brings exactly those back, later writes follow."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from sqlalchemy import delete, func, insert, select, text, update

from app.commands.clinical_lists import AddListItem, ConfirmList
from app.commands.households import MakeHousehold
from app.commands.merging import MergePatients, UnmergePatients
from app.commands.patients import EditPatient, FieldChange, FlagPatient
from app.db.catalog import TABLES
from app.db.models import (
    Alert,
    BMIReading,
    CarePlan,
    ClinicalRule,
    ContactAttempt,
    DeviceConnection,
    ExcuseNote,
    HouseholdMember,
    HRVReading,
    ImportLink,
    LabOrder,
    Measurement,
    MessageThread,
    Patient,
    PatientDetail,
    PatientMerge,
    PatientMergeRow,
    Referral,
    RuleExecution,
    Visit,
    VisitRequest,
    VitalReading,
    WaitingListEntry,
    WalkIn,
    WeeklySummary,
    metadata,
)
from app.domain.clinical_lists import ListKind
from app.domain.enums import DeviceProvider, ExcuseNoteType, RequestType, VisitMode
from app.domain.patient_merge import Meeting, compare, fields_of
from app.kernel.errors import Conflict, Refused, Unavailable
from app.queries.chart_record import chart_record
from app.queries.devices import devices
from app.queries.merges import merge_sides, merges_into
from app.queries.patient_card import patient_card
from app.queries.patients import search_patients
from app.queries.weekly import weekly_summaries
from tests.support.clinics import PASSWORD
from tests.support.desk import CLINIC, DAY, NOW, Desk, login_of
from tests.support.postgres import Server

KEEP, DROP = "pat-kowalska", "pat-kowalski"
STAMP: Mapping[str, Any] = {"created_at": NOW, "updated_at": NOW}
WEEKS = {"newer": 18, "phone": 25}
NOT_MOVED = {"patient_detail", "patient_search", "access_event"}


def rows_of(patient_id: str, tag: str) -> list[tuple[Any, dict[str, Any]]]:
    """A row of each table for a patient; visits and households are made apart."""
    me = {"patient_id": patient_id}
    day = {"start_date": DAY, "end_date": DAY}
    week = {"week_start": DAY.replace(day=WEEKS.get(tag, 4)), "week_end": DAY}
    thread = {"clinic_id": CLINIC, "participants": []}
    found: list[tuple[Any, dict[str, Any]]] = [
        (Measurement, {"type": "WEIGHT", "value": 70, "timestamp": NOW, "source": "MANUAL"}),
        (CarePlan, {"phases": [], **STAMP}),
        (Alert, {"severity": "INFO", "type": "x", "title": "x", "body": "x", "created_at": NOW}),
        (VisitRequest, {"request_type": RequestType.SCHEDULED, "visit_mode": VisitMode.VIRTUAL, "reason_text": "",
                        **STAMP}),
        (DeviceConnection, {"provider": DeviceProvider.OURA, "external_id": tag, "access_token": "t", **STAMP}),
        (VitalReading, {"timestamp": NOW, "source": DeviceProvider.OURA}),
        (HRVReading, {"timestamp": NOW, "source": DeviceProvider.OURA, "rmssd_ms": 30.0}),
        (BMIReading, {"timestamp": NOW, "weight_kg": 70.0, "height_cm": 170.0, "bmi": 24.2}),
        (LabOrder, {"provider_id": "p-okafor", "tests": [], "ordered_at": NOW, **STAMP}),
        (Referral, {"provider_id": "p-okafor", "specialty": "x", "reason": "x", **STAMP}),
        (ExcuseNote, {"provider_id": "p-okafor", "type": ExcuseNoteType.WORK, "reason": "x", **day, **STAMP}),
        (MessageThread, {**thread, **STAMP}),
        (RuleExecution, {"rule_id": "rule", "executed_at": NOW}),
        (WeeklySummary, {"summary": {}, "created_at": NOW, **week}),
        (ContactAttempt, {"clinic_id": CLINIC, "at": NOW, "by_user": "u-desk", "channel": "phone", "outcome": "no"}),
        (WaitingListEntry, {"clinic_id": CLINIC, "minutes": 20, "earliest": DAY, "latest": DAY, "created_by": "u-desk",
                            **STAMP}),
        (WalkIn, {"clinic_id": CLINIC, "reason": "", "arrived_at": NOW, "created_by": "u-desk", "updated_at": NOW}),
    ]  # fmt: skip
    return [(model, {"id": f"{model.__tablename__}-{tag}", **me, **values}) for model, values in found]


def add(desk: Desk, patient_id: str, tag: str) -> None:
    desk.write(*(insert(model).values(**values) for model, values in rows_of(patient_id, tag)))


@pytest.fixture
def full(pg_desk: Desk) -> Desk:
    """Both patients with a row in every table; they share a week, a device and a household."""
    pg_desk.write(
        insert(ClinicalRule).values(
            id="rule", name="x", metric="bp", condition={}, severity="INFO", action="alert", **STAMP
        )
    )
    add(pg_desk, KEEP, "keep")
    add(pg_desk, DROP, "drop")
    pg_desk.write(
        insert(DeviceConnection).values(id="device-same", patient_id=DROP, provider=DeviceProvider.OURA,
                                        external_id="keep", access_token="t", **STAMP),
        insert(WeeklySummary).values(id="week-after", patient_id=DROP, week_start=DAY.replace(day=11),
                                     week_end=DAY.replace(day=17), summary={}, created_at=NOW),
        insert(ImportLink).values(id="link", clinic_id=CLINIC, system="s", type="Patient", source_id="1",
                                  table_name="patients", row_id=DROP, content_hash="", updated_at=NOW),
    )  # fmt: skip
    pg_desk.desk.run(MakeHousehold(household_id="both", name="Both", patient_ids=(KEEP, DROP)))
    pg_desk.desk.run(MakeHousehold(household_id="one", name="One", patient_ids=(DROP,)))
    pg_desk.backend_visit(pg_desk.slot("14:20"), DROP.removeprefix("pat-"))
    return pg_desk


def owners(desk: Desk) -> dict[str, dict[str, str]]:
    """Every row with a patient_id: table → id → patient."""
    found = {}
    for table in metadata.tables.values():
        if "patient_id" in table.c and "id" in table.c and table.name != "users":
            found[table.name] = {row[0]: row[1] for row in desk.rows(select(table.c.id, table.c.patient_id))}
    return found


def counts(desk: Desk, patient_id: str) -> dict[str, int]:
    return {table: n for table, rows in owners(desk).items() if (n := list(rows.values()).count(patient_id))}


LOCKED = {"excuse_notes", "referrals", "visit_note"}
STAY = {"weekly_summaries": 1, "device_connections": 1, "household_member": 1}


def test_every_table_of_patients_is_moved_or_said_not_to(pg_desk: Desk) -> None:
    """A table that a later migration adds must be put in one of the two lists."""
    tables = {t.name for t in metadata.tables.values() if "patient_id" in t.c and t.name in TABLES} - {"users"}
    moved = {row[0] for row in pg_desk.rows(text("SELECT table_name FROM desktop.patient_tables()"))}
    assert moved | NOT_MOVED == tables
    assert not moved & NOT_MOVED


def test_everything_moves_but_what_would_collide(full: Desk) -> None:
    before, keeps = counts(full, DROP), counts(full, KEEP)
    assert len(before) == 19
    outcome = full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    assert counts(full, DROP) == STAY
    assert counts(full, KEEP) == {table: n + before[table] - STAY.get(table, 0) for table, n in keeps.items()} | {
        "visits": 1
    }
    assert outcome.result["stays"] == STAY
    assert outcome.result["moved"]["measurements"] == 1
    detail = full.rows(
        select(PatientDetail.merged_into, PatientDetail.merged_at).where(PatientDetail.patient_id == DROP)
    )[0]
    assert detail.merged_into == KEEP
    assert detail.merged_at is not None
    assert full.rows(select(ImportLink.row_id))[0][0] == KEEP


def test_what_would_collide_is_shown_with_the_survivor(full: Desk) -> None:
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    full.admin.run(MergePatients(keep_id="pat-lis", drop_id=KEEP))
    full.write(update(WeeklySummary).where(WeeklySummary.patient_id != DROP).values(patient_id="pat-lis"))
    weeks = full.desk.ask(weekly_summaries, patient_id="pat-lis")
    assert [(one.id, one.merged) for one in weeks.items] == [
        ("week-after", False), ("weekly_summaries-keep", False), ("weekly_summaries-drop", True)
    ]  # fmt: skip
    first = full.desk.ask(weekly_summaries, patient_id="pat-lis", limit=1)
    rest = full.desk.ask(weekly_summaries, patient_id="pat-lis", limit=1, cursor=first.cursor)
    assert [len(page.items) for page in (first, rest)] == [1, 2]
    assert not rest.more
    rows = full.desk.ask(devices, patient_id="pat-lis")
    assert {(one.id, one.merged) for one in rows} == {
        ("device_connections-keep", False), ("device_connections-drop", False), ("device-same", True)
    }  # fmt: skip


def test_what_was_signed_or_sent_moves_and_comes_back_as_it_is(full: Desk) -> None:
    """Nobody may change it any more; whose it is was found out to be somebody else."""
    full.write(
        text("UPDATE excuse_notes SET status = 'SENT' WHERE patient_id = :drop").bindparams(drop=DROP),
        text("UPDATE referrals SET status = 'SENT', referred_to = 'Dr Who' WHERE patient_id = :d").bindparams(d=DROP),
        text("INSERT INTO desktop.visit_note (id, clinic_id, patient_id, author_id, provider_id, status, signed_at, "
             "signed_by, created_at, updated_at) VALUES ('signed', :here, :drop, 'u-okafor', 'p-okafor', 'SIGNED', "
             "now(), 'u-okafor', now(), now())").bindparams(here=CLINIC, drop=DROP),
    )  # fmt: skip
    locked = {table: counts(full, DROP)[table] for table in counts(full, DROP) if table in LOCKED}
    assert set(locked) == LOCKED
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    assert not LOCKED & set(counts(full, DROP))
    full.admin.run(UnmergePatients(drop_id=DROP))
    assert {table: counts(full, DROP)[table] for table in LOCKED} == locked


def test_undo_brings_exactly_those_back_and_leaves_newer_rows(full: Desk) -> None:
    before = owners(full)
    outcome = full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    add(full, KEEP, "newer")
    assert outcome.undo == UnmergePatients(drop_id=DROP)
    full.admin.run(outcome.undo)
    after = owners(full)
    assert all(after[table] | rows == after[table] for table, rows in before.items()), "all are where they were"
    newer = {row: owner for rows in after.values() for row, owner in rows.items() if row.endswith("-newer")}
    assert set(newer.values()) == {KEEP}
    assert full.rows(select(PatientDetail.merged_into).where(PatientDetail.patient_id == DROP))[0][0] is None
    assert full.rows(select(ImportLink.row_id))[0][0] == DROP


def test_the_dropped_patient_is_found_no_more_until_the_undo(full: Desk) -> None:
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    assert [hit.id for hit in full.desk.ask(search_patients, text="kowalsk").items] == [KEEP]
    assert full.desk.ask(patient_card, patient_id=DROP).merged_into == KEEP
    full.admin.run(UnmergePatients(drop_id=DROP))
    assert {hit.id for hit in full.desk.ask(search_patients, text="kowalsk").items} == {KEEP, DROP}


def test_the_number_of_a_merged_record_finds_whom_it_is_part_of(full: Desk) -> None:
    """Somebody comes with the old card: offered to be registered, they would be there twice again."""
    full.desk.run(EditPatient(patient_id=DROP, changes=(FieldChange("mrn", None, "40455"),)))
    full.desk.run(EditPatient(patient_id=KEEP, changes=(FieldChange("mrn", None, "40405"),)))
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    full.admin.run(MergePatients(keep_id="pat-lis", drop_id=KEEP))
    for typed in ("40455", "mrn 40455", "#40455"):
        (found,) = full.desk.ask(search_patients, text=typed).items
        assert (found.id, found.mrn) == ("pat-lis", "40455")
    assert full.desk.ask(search_patients, text="4045").items == ()
    assert full.desk.ask(search_patients, text="Kowalski 40455").items == ()
    full.admin.run(UnmergePatients(drop_id=KEEP))
    assert [(one.id, one.mrn) for one in full.desk.ask(search_patients, text="40455").items] == [(KEEP, "40405, 40455")]


def test_no_record_is_given_out_of_whom_nothing_is_left(full: Desk) -> None:
    """Paper and export of a merged record would say under a person's name that there is nothing."""
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    with pytest.raises(Conflict) as problem:
        full.okafor.ask(chart_record, patient_id=DROP)
    assert (problem.value.code, problem.value.data["into"]) == ("Merged", KEEP)
    assert full.okafor.ask(chart_record, patient_id=KEEP).measurements
    full.admin.run(UnmergePatients(drop_id=DROP))
    assert full.okafor.ask(chart_record, patient_id=DROP).measurements


def test_later_writes_to_the_dropped_patient_follow(full: Desk) -> None:
    """The phone and the backend don't know of the merge; a second row of the same week stays and disturbs nobody."""
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    add(full, DROP, "phone")
    found = {t: rows[f"{t}-phone"] for t, rows in owners(full).items() if f"{t}-phone" in rows}
    assert {t for t, owner in found.items() if owner == DROP} == set()
    assert len(found) == 17
    full.write(
        insert(WeeklySummary).values(id="again", patient_id=DROP, week_start=DAY.replace(day=11),
                                     week_end=DAY.replace(day=17), summary={}, created_at=NOW)
    )  # fmt: skip
    assert owners(full)["weekly_summaries"]["again"] == DROP


def test_two_rows_of_one_statement_that_collide_disturb_nobody(full: Desk) -> None:
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    full.admin.run(MergePatients(keep_id=KEEP, drop_id="pat-lis"))
    week = {"week_start": DAY.replace(day=18), "week_end": DAY.replace(day=24), "summary": {}, "created_at": NOW}
    full.write(
        insert(WeeklySummary).values(
            [{"id": "a", "patient_id": DROP, **week}, {"id": "b", "patient_id": "pat-lis", **week}]
        )
    )
    assert sorted(owners(full)["weekly_summaries"][one] == KEEP for one in ("a", "b")) == [False, True]


@pytest.mark.parametrize("give_back", [False, True])
def test_what_followed_goes_back_only_when_asked(full: Desk, give_back: bool) -> None:
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    add(full, DROP, "phone")
    outcome = full.admin.run(UnmergePatients(drop_id=DROP, give_back=give_back))
    after = owners(full)
    assert after["measurements"]["measurements-phone"] == (DROP if give_back else KEEP)
    assert bool(outcome.warnings) != give_back
    assert outcome.result["later"] == (0 if give_back else 17)


def test_merges_of_merges_and_their_order(full: Desk) -> None:
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    full.admin.run(MergePatients(keep_id="pat-lis", drop_id=KEEP))
    full.write(
        insert(Alert).values(id="late", patient_id=DROP, severity="INFO", type="x", title="", body="", created_at=NOW)
    )
    assert owners(full)["alerts"] == dict.fromkeys(("alerts-keep", "alerts-drop", "late"), "pat-lis")
    with pytest.raises(Conflict) as conflict:
        full.admin.run(UnmergePatients(drop_id=DROP))
    assert conflict.value.code == "UndoLaterMerge"
    full.admin.run(UnmergePatients(drop_id=KEEP))
    assert owners(full)["alerts"]["alerts-drop"] == KEEP
    full.admin.run(UnmergePatients(drop_id=DROP))
    assert owners(full)["alerts"] == {"alerts-keep": KEEP, "alerts-drop": DROP, "late": "pat-lis"}


@pytest.mark.parametrize(
    ("keep", "drop", "code"),
    [(KEEP, KEEP, "SamePatient"), (KEEP, "nobody", "NoPatient"), ("nobody", DROP, "NoPatient")],
)
def test_what_can_never_be_merged(pg_desk: Desk, keep: str, drop: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        pg_desk.admin.run(MergePatients(keep_id=keep, drop_id=drop))
    assert refused.value.code == code


def test_a_merged_patient_is_not_merged_again(pg_desk: Desk) -> None:
    pg_desk.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    for keep, drop in ((DROP, "pat-lis"), ("pat-lis", DROP), (KEEP, DROP)):
        with pytest.raises(Conflict) as conflict:
            pg_desk.admin.run(MergePatients(keep_id=keep, drop_id=drop))
        assert conflict.value.code == "AlreadyMerged"
    pg_desk.admin.run(UnmergePatients(drop_id=DROP))
    with pytest.raises(Conflict) as conflict:
        pg_desk.admin.run(UnmergePatients(drop_id=DROP))
    assert conflict.value.code == "NotMerged"


@pytest.mark.parametrize("who", ["desk", "okafor"])
def test_only_an_admin_merges_whatever_the_window_says(server: Server, pg_desk: Desk, who: str) -> None:
    with pytest.raises(Refused):
        getattr(pg_desk, who).run(MergePatients(keep_id=KEEP, drop_id=DROP))
    database = str(pg_desk.rows(text("SELECT current_database()"))[0][0])
    with psycopg.connect(server.url(database, login_of(who).login, PASSWORD), autocommit=True) as connection:
        for statement in (
            "SELECT desktop.merge_patients('pat-kowalska', 'pat-kowalski')",
            "SELECT desktop.unmerge_patients('pat-kowalski')",
            "UPDATE desktop.patient_detail SET merged_into = 'pat-lis'",
            "SELECT * FROM desktop.patient_merge",
            "SELECT * FROM desktop.patient_merge_row",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement.encode())


def test_the_store_sends_the_person_to_the_server(desk: Desk) -> None:
    if desk.online:
        desk.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
        return
    for command in (MergePatients(keep_id=KEEP, drop_id=DROP), UnmergePatients(drop_id=DROP)):
        with pytest.raises(Unavailable) as found:
            desk.admin.run(command)
        assert found.value.code == "NeedsServer"


def patient(desk: Desk, patient_id: str = KEEP) -> Any:
    return desk.rows(select(Patient.__table__).where(Patient.id == patient_id))[0]


def test_the_survivor_takes_fields_and_flags_and_gives_them_back(pg_desk: Desk) -> None:
    pg_desk.desk.run(FlagPatient(patient_id=KEEP, add=("VIP",)))
    before = patient(pg_desk)
    take = (FieldChange("dateOfBirth", None, "1962-03-14"), FieldChange("allergies", None, [{"display": "Penicillin"}]))
    pg_desk.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP, take=take, add_flags=("HIGH_RISK", "VIP")))
    merged = patient(pg_desk)
    assert merged.date_of_birth.isoformat() == "1962-03-14"
    assert merged.demographics["allergies"] == [{"display": "Penicillin"}]
    assert merged.flags == ("VIP", "HIGH_RISK")
    pg_desk.admin.run(UnmergePatients(drop_id=DROP))
    after = patient(pg_desk)
    assert (after.date_of_birth, after.demographics, after.flags) == (
        before.date_of_birth,
        before.demographics,
        ("VIP",),
    )


def test_none_known_gives_way_in_a_merge_and_comes_back_with_its_undo(pg_desk: Desk) -> None:
    pg_desk.desk.run(ConfirmList(patient_id=KEEP, list=ListKind.ALLERGIES, none_known=True))
    pg_desk.desk.run(AddListItem(patient_id=DROP, list=ListKind.ALLERGIES, fields={"name": "Latex"}, item_id="a"))
    before = patient(pg_desk)
    kept, dropped = (
        fields_of(one.first_name, one.last_name, one.date_of_birth, one.height_cm, one.demographics)
        for one in (before, patient(pg_desk, DROP))
    )
    (met,) = (one for one in compare(kept, dropped) if one.field == "allergies")
    assert met.meeting is Meeting.UNITED
    take = (FieldChange(met.field, met.kept, met.suggested),)
    pg_desk.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP, take=take))
    merged = patient(pg_desk).demographics
    assert [entry["display"] for entry in merged["allergies"]] == ["Latex"]
    assert "listsConfirmed" not in merged
    outcome = pg_desk.admin.run(UnmergePatients(drop_id=DROP))
    assert (outcome.warnings, patient(pg_desk).demographics) == ((), before.demographics)


def test_what_was_changed_since_the_merge_stays(pg_desk: Desk) -> None:
    pg_desk.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP, take=(FieldChange("mrn", None, "7"),)))
    pg_desk.desk.run(EditPatient(patient_id=KEEP, changes=(FieldChange("mrn", "7", "8"),)))
    outcome = pg_desk.admin.run(UnmergePatients(drop_id=DROP))
    assert patient(pg_desk).demographics["mrn"] == "8"
    assert outcome.warnings == ("MRN was changed since and stays.",)


def test_a_survivor_that_changed_meanwhile_is_a_conflict_and_nothing_moves(full: Desk) -> None:
    full.desk.run(EditPatient(patient_id=KEEP, changes=(FieldChange("mrn", None, "8"),)))
    before = owners(full)
    with pytest.raises(Conflict) as conflict:
        full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP, take=(FieldChange("mrn", None, "7"),)))
    assert conflict.value.code == "FieldChanged"
    assert owners(full) == before
    assert full.rows(select(func.count()).select_from(PatientMerge))[0][0] == 0


def test_both_sides_and_past_merges_can_be_seen(full: Desk) -> None:
    one, other = full.admin.ask(merge_sides, one=KEEP, other=DROP)
    assert (one.id, one.name, other.rows["visits"], one.rows["measurements"]) == (KEEP, "Anna Kowalska", 1, 1)
    assert one.login_email == "kowalska@patients.example"
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    past = full.admin.ask(merges_into, patient_id=KEEP)
    assert [(merge.dropped_id, merge.name, merge.merged_by) for merge in past] == [(DROP, "Anna Kowalski", "Ada Admin")]
    with pytest.raises(Refused):
        full.admin.ask(merge_sides, one=KEEP, other="nobody")


def test_rows_of_the_record_are_those_that_moved(full: Desk) -> None:
    outcome = full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    noted = full.rows(select(PatientMergeRow.table_name, func.count()).group_by(PatientMergeRow.table_name))
    assert {row[0]: row[1] for row in noted} == {**outcome.result["moved"], "import_link": 1}


def test_a_row_deleted_since_is_no_obstacle(full: Desk) -> None:
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    full.write(delete(Measurement).where(Measurement.id == "measurements-drop"))
    full.admin.run(UnmergePatients(drop_id=DROP))
    assert "measurements-drop" not in owners(full)["measurements"]


def test_a_sent_note_moves_unchanged(full: Desk) -> None:
    """Guards bind people, not the merge: the note's text is untouched."""
    full.write(update(ExcuseNote).where(ExcuseNote.id == "excuse_notes-drop").values(status="SENT", sent_at=NOW))
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    row = full.rows(select(ExcuseNote.patient_id, ExcuseNote.status).where(ExcuseNote.id == "excuse_notes-drop"))[0]
    assert (row.patient_id, row.status) == (KEEP, "SENT")


def test_writers_and_merges_at_the_same_moment_lose_nothing(full: Desk) -> None:
    """Rows written to either patient while they are merged and unmerged end with one of the two, never in between."""
    stop = threading.Event()
    problems: list[BaseException] = []

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            try:
                full.write(
                    insert(Alert).values(id=f"race-{number}", patient_id=DROP, severity="INFO", type="x", title="",
                                         body="", created_at=NOW)
                )  # fmt: skip
            except BaseException as error:  # noqa: BLE001 - reported below
                problems.append(error)
                return

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(6):
        full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
        full.admin.run(UnmergePatients(drop_id=DROP, give_back=True))
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    stop.set()
    writer.join(30)
    assert not problems
    alerts = owners(full)["alerts"]
    assert len(alerts) > 10
    assert set(alerts.values()) == {KEEP}


def test_two_merges_the_other_way_round_wait_for_each_other(pg_desk: Desk) -> None:
    results: list[object] = []

    def merge(who: str, keep: str, drop: str) -> None:
        person = pg_desk.person("admin", who)
        try:
            results.append(person.run(MergePatients(keep_id=keep, drop_id=drop)))
        except Conflict as conflict:
            results.append(conflict.code)
        finally:
            person.store.close()

    threads = [threading.Thread(target=merge, args=args) for args in (("a", KEEP, DROP), ("b", DROP, KEEP))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(isinstance(one, str) for one in results) == [False, True]
    assert "AlreadyMerged" in results


def test_the_audit_says_who_moved_what(full: Desk) -> None:
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    with full.session() as session:
        found = session.connection().exec_driver_sql(
            "SELECT user_id, before ->> 'patient_id', after ->> 'patient_id' FROM desktop.audit "
            "WHERE table_name = 'measurements' AND op = 'U'"
        )
        assert [tuple(row) for row in found] == [("u-admin", DROP, KEEP)]


def test_the_visit_is_the_survivors_and_keeps_its_slot(full: Desk) -> None:
    before = full.rows(select(Visit.id, Visit.slot_id))
    full.admin.run(MergePatients(keep_id=KEEP, drop_id=DROP))
    assert full.rows(select(Visit.id, Visit.slot_id)) == before
    assert [visit.id for visit in full.desk.ask(patient_card, patient_id=KEEP).visits] == [before[0].id]
    assert (
        full.rows(select(func.count()).select_from(HouseholdMember).where(HouseholdMember.patient_id == DROP))[0][0]
        == 1
    )

"""Reading the audit on a real server: who did what to whom, page by page; the chain; what an export leaves behind."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.commands.clinic import SaveRoom
from app.commands.patients import FlagPatient, RegisterPatient
from app.db.base import Base
from app.db.catalog import TABLES as CATALOG
from app.domain.audit_words import TABLES, command_source, field_source, table_source, value_words
from app.kernel.errors import Refused
from app.kernel.ids import new_uuid
from app.kernel.paths import Paths
from app.queries import audit as queries
from app.queries.access import Access, note_access
from app.queries.audit import AuditEntry, AuditFilter, AuditKind, audit_names, audit_seal, audit_search
from app.queries.core import Page
from app.queries.patient_card import patient_card
from app.security.audit import Anchors
from app.security.connection import Address, connection_parameters
from app.workspace.audit import check_chain, export_audit
from app.workspace.signin import open_workspace
from app.workspace.workspace import Workspace
from tests.support.clinics import PASSWORD, staff
from tests.support.postgres import Server
from tests.support.signed_in import signed_in
from tests.support.wire import Wire
from tests.unit.test_translations import spanish


@pytest.fixture
def admin(server: Server, clinic_db: str, home: Path) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "ADMIN") as workspace:
        yield workspace


@pytest.fixture
def desk(server: Server, clinic_db: str) -> Iterator[Workspace]:
    with signed_in(server, clinic_db, "MEDICAL_ASSISTANT") as workspace:
        yield workspace


def register(workspace: Workspace, last: str = "Lis") -> str:
    command = RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), first_name="Zygmunt", last_name=last,
                              date_of_birth=date(1949, 11, 30))  # fmt: skip
    workspace.execute(command)
    return command.patient_id


def found(workspace: Workspace, **what: object) -> tuple[AuditEntry, ...]:
    return workspace.ask(audit_search, what=AuditFilter(**what)).items  # type: ignore[arg-type]


def opened(url: str, patient_id: str, kind: str, reason: str | None = None) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT desktop.record_access(%s, %s, %s)", (patient_id, kind, reason))


def test_an_entry_says_who_did_what_to_whom(admin: Workspace, desk: Workspace) -> None:
    patient = register(desk)
    desk.execute(FlagPatient(patient_id=patient, add=("NEEDS_INTERPRETER",)), command_id="the-command")
    (flagged,) = found(admin, command_id="the-command")
    assert (flagged.kind, flagged.table, flagged.row_id) == (AuditKind.CHANGED, "patients", patient)
    assert (flagged.who, flagged.workstation, flagged.command) == ("Medical_Assistant 1", "desk", "FlagPatient")
    assert (flagged.patient_id, flagged.patient_name) == (patient, "Zygmunt Lis")
    assert "flags" in flagged.changed
    assert flagged.after is not None
    assert flagged.after["flags"] == ["NEEDS_INTERPRETER"]
    assert flagged.done_at is not None
    assert abs(flagged.at - flagged.done_at) < timedelta(minutes=5)


def test_filters_find_what_they_say(admin: Workspace, desk: Workspace, server: Server, clinic_db: str) -> None:
    one, other = register(desk, "Lis"), register(desk, "Kot")
    admin.execute(SaveRoom(room_id="room-1", name="Room 1"))
    opened(server.url(clinic_db, staff("PROVIDER").login, "correct horse battery"), one, "BREAK_GLASS", "an emergency")
    today = admin.reader().today
    assert {e.patient_id for e in found(admin, patient_id=one)} == {one}
    assert {e.table for e in found(admin, patient_id=one)} >= {"patients", "patient_detail", "users", "access_event"}
    assert {e.row_id for e in found(admin, table="patients")} == {one, other}
    assert {e.who for e in found(admin, person_id=staff("ADMIN").user_id)} == {"Admin 1"}
    assert {e.kind for e in found(admin, kind=AuditKind.ADDED)} == {AuditKind.ADDED}
    assert [e.row_id for e in found(admin, row_id="room-1")] == ["room-1"]
    (access,) = found(admin, kind=AuditKind.ACCESS)
    assert (access.who, access.detail, access.reason) == ("Provider 1", "BREAK_GLASS", "an emergency")
    assert (access.patient_id, access.patient_name, access.before, access.after) == (one, "Zygmunt Lis", None, None)
    assert len(found(admin, workstation="DES")) > 0
    assert found(admin, workstation="d%k") == ()
    assert found(admin, first=today + timedelta(days=2)) == ()
    assert found(admin, last=today - timedelta(days=2)) == ()
    assert len(found(admin, first=today - timedelta(days=1), last=today + timedelta(days=1))) > 0
    assert found(admin, table="access_event") == (access,)


def test_opening_and_printing_are_kept_with_who_and_where(admin: Workspace, desk: Workspace) -> None:
    one, other = register(desk, "Lis"), register(desk, "Kot")
    desk.ask(patient_card, patient_id=one)  # looked up for a form: nobody opened the chart
    assert found(admin, kind=AuditKind.ACCESS) == ()
    assert desk.ask(patient_card, patient_id=one, opening=True).last_name == "Lis"
    (event,) = found(admin, patient_id=one, kind=AuditKind.ACCESS)
    assert (event.who, event.detail, event.workstation) == ("Medical_Assistant 1", "OPEN", "desk")
    assert admin.ask(note_access, patient_ids=(one, other, "nobody"), kind=Access.PRINT) == 2
    printed = found(admin, patient_id=other, kind=AuditKind.ACCESS)
    assert [(e.who, e.detail) for e in printed] == [("Admin 1", "PRINT")]
    with pytest.raises(Refused):
        desk.ask(patient_card, patient_id="nobody", opening=True)
    assert len(found(admin, kind=AuditKind.ACCESS)) == 3


def test_pages_follow_one_another_without_gap_or_repetition(admin: Workspace, desk: Workspace) -> None:
    for number in range(4):
        register(desk, f"Number{number}")
    whole = admin.ask(audit_search, limit=500).items
    assert [e.at for e in whole] == sorted((e.at for e in whole), reverse=True)
    cursor, seen = None, list[str]()
    while True:
        page: Page[AuditEntry] = admin.ask(audit_search, cursor=cursor, limit=3)
        seen += [entry.key for entry in page.items]
        if not page.more:
            break
        cursor = page.cursor
    assert seen == [entry.key for entry in whole]
    for cursor in ("nowhere|x", "2026-03-08T02:30:00|x", "nowhere"):
        with pytest.raises(Refused) as refused:
            admin.ask(audit_search, cursor=cursor)
        assert (refused.value.code, refused.value.field) == ("BadCursor", "cursor")


def test_a_page_is_one_statement(server: Server, clinic_db: str, wire: Wire) -> None:
    with signed_in(server, clinic_db, "ADMIN") as workspace:
        register(workspace)
    address = Address(database=clinic_db, hosts=(str(Path(wire._folder.name)),), ports=(5432,))
    parameters = connection_parameters(address, email=staff("ADMIN").email, password=PASSWORD)
    with open_workspace(parameters, workstation="desk") as workspace:
        workspace.ask(audit_search)
        wire.reset()
        page = workspace.ask(audit_search, what=AuditFilter(patient_id="x", workstation="desk"), limit=2)
        assert page.items == ()
        assert len(wire.statements) == 1
        wire.reset()
        assert len(workspace.ask(audit_search, limit=2).items) == 2
        assert len(wire.statements) == 1


def test_nobody_sees_another_clinics_audit(admin: Workspace, server: Server, clinic_db: str) -> None:
    with psycopg.connect(server.owner_url(clinic_db), autocommit=True) as owner:
        owner.execute("UPDATE public.clinics SET name = 'Changed' WHERE id = 'clinic-2'")
        owner.execute("UPDATE public.clinics SET name = 'Changed' WHERE id = 'clinic-1'")
    assert {e.row_id for e in found(admin, table="clinics", kind=AuditKind.CHANGED)} == {"clinic-1"}
    assert admin.ask(audit_names, ids=[staff("ADMIN", 2).user_id, staff("PROVIDER").user_id]) == {
        staff("PROVIDER").user_id: "Provider 1"
    }


@pytest.mark.parametrize("role", ["MEDICAL_ASSISTANT", "PROVIDER"])
def test_only_administrators_read_check_and_export_it(
    server: Server, clinic_db: str, role: str, tmp_path: Path, home: Path
) -> None:
    with signed_in(server, clinic_db, role) as workspace:
        for attempt in (
            lambda: workspace.ask(audit_search),
            lambda: workspace.ask(audit_names, ids=["x"]),
            lambda: workspace.ask(audit_seal),
            lambda: check_chain(workspace),
            lambda: export_audit(workspace, tmp_path / "audit.csv", AuditFilter()),
        ):
            with pytest.raises(Refused) as refused:
                attempt()
            assert refused.value.code == "NotAllowed"
    assert not (tmp_path / "audit.csv").exists()


def test_without_the_server_it_says_so(admin: Workspace) -> None:
    offline = replace(admin.reader(), online=False)
    with pytest.raises(Refused) as refused:
        admin.store.read(lambda session: audit_search(session, offline))
    assert refused.value.code == "NeedsServer"


def test_the_chain_is_checked_and_its_head_kept(
    admin: Workspace, desk: Workspace, server: Server, clinic_db: str
) -> None:
    register(desk)
    check = check_chain(admin)
    assert (check.state.ok, check.state.problem) == (True, "")
    assert check.sealed > 0
    kept = Anchors(Paths.from_environment())
    assert kept.head("clinic-1") == check.state.head
    assert kept.path.stat().st_mode & 0o077 == 0
    with psycopg.connect(server.owner_url(clinic_db), autocommit=True) as owner:
        owner.execute("ALTER TABLE desktop.audit DISABLE TRIGGER USER")
        owner.execute("DELETE FROM desktop.audit WHERE chain_seq = (SELECT max(chain_seq) FROM desktop.audit)")
    cut = check_chain(admin)
    assert (cut.state.ok, cut.state.first_bad, cut.state.problem) == (False, None, "the anchored row is missing")
    assert kept.head("clinic-1") == check.state.head, "a bad chain's head is not kept"


def test_a_chain_longer_than_a_part_is_checked_to_its_end(
    admin: Workspace, desk: Workspace, server: Server, clinic_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "VERIFY_ROWS", 4)
    patients = [register(desk, f"Number{number}") for number in range(3)]
    heard = list[int]()
    first = check_chain(admin, tell=heard.append)
    assert first.state.ok
    assert first.state.checked > 12
    assert first.state.checked - first.state.checked % 4 in heard
    register(desk)
    again = check_chain(admin)  # the head that was kept stands in the middle of it now
    assert again.state.ok
    assert again.state.checked > first.state.checked
    with psycopg.connect(server.owner_url(clinic_db), autocommit=True) as owner:
        owner.execute("ALTER TABLE desktop.audit DISABLE TRIGGER USER")
        owner.execute("UPDATE desktop.audit SET who = 'x' WHERE table_name = 'patients' AND row_id = %s", patients[2:])
    assert check_chain(admin).entry is not None


def test_the_first_bad_row_is_named(admin: Workspace, desk: Workspace, server: Server, clinic_db: str) -> None:
    patient = register(desk)
    check_chain(admin)
    with psycopg.connect(server.owner_url(clinic_db), autocommit=True) as owner:
        owner.execute("ALTER TABLE desktop.audit DISABLE TRIGGER USER")
        owner.execute("UPDATE desktop.audit SET who = 'x' WHERE table_name = 'patients' AND row_id = %s", (patient,))
    check = check_chain(admin)
    assert not check.state.ok
    assert check.entry is not None
    assert (check.entry.table, check.entry.row_id) == ("patients", patient)
    assert check.entry.key == f"c{check.state.first_bad:020}"
    with pytest.raises(Refused, match="hexadecimal"):
        check_chain(admin, anchor="no hash")


def test_an_export_is_a_table_and_leaves_an_access_event(admin: Workspace, desk: Workspace, tmp_path: Path) -> None:
    patient = register(desk, "=Formula")
    file = tmp_path / "audit.csv"
    number = export_audit(admin, file, AuditFilter(patient_id=patient))
    assert number == len(found(admin, patient_id=patient))
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][0] == "When"
    assert {row[10] for row in rows[1:]} >= {"First name", "Last name", "Date of birth"}
    assert [row[12] for row in rows[1:] if row[10] == "Last name"] == ["'=Formula"]
    assert [row[12] for row in rows[1:] if row[10] == "Date of birth"] == ["1949-11-30"]
    (event,) = found(admin, kind=AuditKind.ACCESS)
    assert (event.detail, event.reason) == ("EXPORT", f"audit: patient_id={patient}")
    assert (event.who, event.patient_name) == ("Admin 1", "")


def test_an_export_that_fails_leaves_its_event_and_no_file(admin: Workspace, tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        export_audit(admin, tmp_path / "no folder" / "audit.csv", AuditFilter())
    assert refused.value.code == "NotWritten"
    assert [e.detail for e in found(admin, kind=AuditKind.ACCESS)] == ["EXPORT"]

    def stop(_done: int) -> None:
        raise KeyError("stopped")

    with pytest.raises(KeyError):
        export_audit(admin, tmp_path / "audit.csv", AuditFilter(), stop)
    assert not (tmp_path / "audit.csv").exists()


@given(st.text(max_size=80))
def test_an_anchor_that_is_no_hash_is_never_kept(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "anchors"
    anchors = Anchors(Paths(folder, folder, folder))
    anchors.keep("c", text)
    assert anchors.head("c") is None or anchors.head("c") == text


def test_tables_and_columns_are_called_in_both_languages() -> None:
    """What is new is called by its name until it gets words in audit_words.py: a few may wait for theirs."""
    audited = {entry.table for entry in CATALOG.values() if entry.audited}
    assert len(audited - TABLES.keys()) < len(audited) / 10, sorted(audited - TABLES.keys())
    assert {table_source(name) for name in TABLES} - spanish().keys() == set()
    columns = {column.name for table in Base.metadata.tables.values() if table.name in audited
               for column in table.columns}  # fmt: skip
    unknown = {name for name in columns if field_source(name) not in spanish()}
    assert len(unknown) < len(columns) / 10, sorted(unknown)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("provider_id", "p-1", "Dr Okafor"),
        ("active", False, "no"),
        ("note", None, ""),
        ("start_time", "2026-11-24T18:42:00", "2026-11-24 10:42:00"),
        ("start_time", "1970-01-01T09:30:00", "09:30"),
        ("date_of_birth", "1949-11-30T00:00:00", "1949-11-30"),
        ("flags", ["A", "B"], "A, B"),
        ("demographics", {"b": 1, "a": "é"}, '{"a": "é", "b": 1}'),
    ],
)
def test_values_are_said_for_people(column: str, value: object, said: str) -> None:
    assert value_words(column, value, ZoneInfo("America/Los_Angeles"), {"p-1": "Dr Okafor"}) == said


def test_names_are_made_from_columns_and_commands() -> None:
    assert [field_source(name) for name in ("provider_id", "requestType", "spo2", "id")] == [
        "Provider", "Request type", "Oxygen saturation", "Id"
    ]  # fmt: skip
    assert command_source("BookVisit") == "Book visit"

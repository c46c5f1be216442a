"""The one door, on a real server: once is once, lost answers are looked up, other desks follow, undo is guarded."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import psycopg
import pytest

from app.commands.core import Outcome
from app.commands.patients import EditPatient, FieldChange, FlagPatient, RegisterPatient
from app.kernel.errors import AppError, Cancelled, Conflict, Refused, Unavailable
from app.kernel.ids import new_uuid
from app.queries.core import Reader, query
from app.queries.patient_card import patient_card
from app.security.connection import Address, connection_parameters
from app.setup.schema_status import program_version
from app.workspace.changes import ChangeSet
from app.workspace.signin import open_workspace
from app.workspace.versions import SCHEMA_VERSION
from app.workspace.workspace import Workspace
from tests.support.clinics import PASSWORD, staff
from tests.support.postgres import Server
from tests.support.wire import Message, Wire

Open = Callable[..., Workspace]


@pytest.fixture
def open_desk(server: Server, clinic_db: str) -> Iterator[Open]:
    """Sign people in; everything is closed at the end."""
    opened: list[Workspace] = []

    def sign_in(role: str = "MEDICAL_ASSISTANT", *, live: bool = False, password: str = PASSWORD,
                through: Path | None = None) -> Workspace:  # fmt: skip
        hosts = (str(through or server.folder),)
        address = Address(database=clinic_db, hosts=hosts, ports=(5432,))
        parameters = connection_parameters(address, email=staff(role).email, password=password)
        workspace = open_workspace(parameters, workstation="desk", live=live)
        opened.append(workspace)
        return workspace

    yield sign_in
    for workspace in opened:
        workspace.close()


def register(workspace: Workspace, last: str = "Lis", **more: object) -> str:
    """Register somebody and return the patient's id."""
    command = RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), first_name="Zygmunt", last_name=last,
                              date_of_birth=date(1949, 11, 30))  # fmt: skip
    workspace.execute(command, **more)  # type: ignore[arg-type]
    return command.patient_id


def count(owner_url: str, statement: str, *values: object) -> int:
    """Ask the owner for a number."""
    with psycopg.connect(owner_url) as connection:
        row = connection.execute(statement.encode(), values).fetchone()
    assert row is not None
    return int(row[0])


def test_the_program_and_its_migrations_agree() -> None:
    assert program_version() == SCHEMA_VERSION


def test_sign_in_knows_who_and_where(open_desk: Open) -> None:
    workspace = open_desk("ADMIN")
    assert workspace.actor.user_id == staff("ADMIN").user_id
    assert {role.value for role in workspace.actor.roles} == {"ADMIN"}
    assert str(workspace.clinic.zone) == "America/New_York"


def test_a_wrong_password_is_named(open_desk: Open) -> None:
    with pytest.raises(Refused) as caught:
        open_desk(password="not the password")
    assert (caught.value.code, caught.value.field) == ("WrongPassword", "password")


def test_a_newer_database_is_refused_and_an_older_one_too(open_desk: Open, owner_url: str) -> None:
    with psycopg.connect(owner_url) as owner:
        owner.execute("UPDATE desktop.installation SET min_client = 99")
    with pytest.raises(Refused, match="newer"):
        open_desk()
    with psycopg.connect(owner_url) as owner:
        owner.execute("UPDATE desktop.installation SET min_client = 1, schema_version = 0")
    with pytest.raises(Refused, match="older"):
        open_desk()


def test_the_same_command_id_is_applied_once(open_desk: Open, owner_url: str) -> None:
    workspace = open_desk()
    command = RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), last_name="Once")
    command_id = new_uuid()
    first = workspace.execute(command, command_id=command_id)
    again = workspace.execute(command, command_id=command_id)
    assert again == first
    assert count(owner_url, "SELECT count(*) FROM patients WHERE id = %s", command.patient_id) == 1


def test_two_twins_in_flight_make_one_effect(open_desk: Open, owner_url: str) -> None:
    desks = [open_desk(), open_desk()]
    command = RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), last_name="Twin")
    command_id = new_uuid()
    answers: list[Outcome | AppError] = []

    def send(workspace: Workspace) -> None:
        try:
            answers.append(workspace.execute(command, command_id=command_id))
        except AppError as error:
            answers.append(error)

    threads = [threading.Thread(target=send, args=(desk,)) for desk in desks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer for answer in answers if isinstance(answer, AppError)] == []
    assert answers[0] == answers[1]
    assert count(owner_url, "SELECT count(*) FROM patients WHERE id = %s", command.patient_id) == 1


@pytest.mark.parametrize("letter", [b"C", b"Z"])
def test_a_lost_answer_to_commit_is_looked_up(open_desk: Open, owner_url: str, wire: Wire, letter: bytes) -> None:
    """Cut at the server's answer to COMMIT: the work is done, nobody heard."""
    workspace = open_desk(through=Path(wire._folder.name))
    register(workspace, "Warm")
    commits: list[str] = []

    def cut_at_commit(message: Message) -> bool:
        if message.from_client and b"COMMIT" in message.body:
            commits.append("sent")
            return False
        if commits == ["sent"] and not message.from_client and message.kind == letter:
            commits.append("cut")
            return True
        return False

    wire.cut_when = cut_at_commit
    patient = register(workspace, "Lost")
    assert commits[:2] == ["sent", "cut"]
    assert count(owner_url, "SELECT count(*) FROM patients WHERE id = %s", patient) == 1
    assert count(owner_url, "SELECT count(*) FROM desktop.audit WHERE row_id = %s AND table_name = 'patients'",
                 patient) == 1  # fmt: skip


def test_another_desk_hears_within_half_a_second(open_desk: Open) -> None:
    here, there = open_desk(), open_desk(live=True)
    heard: list[tuple[float, ChangeSet]] = []
    arrived, listening = threading.Event(), threading.Event()

    def hear(changes: ChangeSet) -> None:
        heard.append((time.monotonic(), changes))
        if "patients" in changes.tables:
            arrived.set()

    there.changed.subscribe(hear)
    there.live_changed.append(lambda live, _error: listening.set() if live else None)
    if not there.live:
        assert listening.wait(5)
    began = time.monotonic()
    patient = register(here)
    assert arrived.wait(2)
    at, changes = next((at, one) for at, one in heard if "patients" in one.tables)
    assert patient in changes.rows["patients"]
    assert not changes.own
    assert at - began < 0.5


def test_own_writes_are_told_at_once(open_desk: Open) -> None:
    workspace = open_desk()
    heard: list[ChangeSet] = []
    workspace.changed.subscribe(heard.append)
    patient = register(workspace)
    assert [(one.own, one.rows["patients"]) for one in heard] == [(True, frozenset({patient}))]


def test_undo_takes_the_last_action_back_and_only_it(open_desk: Open) -> None:
    workspace = open_desk()
    patient = register(workspace)
    workspace.execute(FlagPatient(patient_id=patient, add=("HIGH_RISK",)))
    workspace.execute(FlagPatient(patient_id=patient, add=("RPM_ENROLLED",)))
    assert workspace.undo() is not None
    assert workspace.ask(patient_card, patient_id=patient).flags == ("HIGH_RISK",)
    assert workspace.undo() is not None
    assert workspace.ask(patient_card, patient_id=patient).flags == ()
    assert workspace.undo() is None


def test_undo_is_refused_when_somebody_changed_the_field_since(open_desk: Open) -> None:
    workspace, other = open_desk(), open_desk("PROVIDER")
    patient = register(workspace)
    workspace.execute(EditPatient(patient_id=patient, changes=(FieldChange("lastName", "Lis", "Fox"),)))
    other.execute(EditPatient(patient_id=patient, changes=(FieldChange("lastName", "Fox", "Reynard"),)))
    with pytest.raises(Conflict) as caught:
        workspace.undo()
    assert caught.value.data["server"] == {"lastName": "Reynard"}


def test_other_fields_merge_and_the_same_field_conflicts(open_desk: Open) -> None:
    one, other = open_desk(), open_desk("PROVIDER")
    patient = register(one)
    one.execute(EditPatient(patient_id=patient, changes=(FieldChange("firstName", "Zygmunt", "Zyg"),)))
    other.execute(EditPatient(patient_id=patient, changes=(FieldChange("heightCm", None, 171.0),)))
    card = one.ask(patient_card, patient_id=patient)
    assert (card.first_name, card.height_cm) == ("Zyg", 171.0)
    with pytest.raises(Conflict) as caught:
        other.execute(EditPatient(patient_id=patient, changes=(FieldChange("firstName", "Zygmunt", "Z."),)))
    assert caught.value.field == "firstName"


@query(offline=False)
def sleeping(session: object, reader: Reader, *, seconds: float) -> float:
    """A question that takes its time on the server."""
    from sqlalchemy import text

    session.execute(text("SELECT pg_sleep(:seconds)"), {"seconds": seconds})  # type: ignore[attr-defined]
    return seconds


def test_a_withdrawn_question_ends_on_the_server_too(open_desk: Open) -> None:
    workspace = open_desk()
    token = workspace.cancel_token()
    ended: list[BaseException] = []

    def ask() -> None:
        try:
            workspace.ask_cancellable(token, sleeping, seconds=30)
        except AppError as error:
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    deadline = time.monotonic() + 10
    while token._raw is None and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    token.cancel()
    thread.join(10)
    assert not thread.is_alive()
    assert [type(error) for error in ended] == [Cancelled]


def test_a_broken_connection_is_opened_again_and_a_missing_server_is_told(open_desk: Open, wire: Wire) -> None:
    workspace = open_desk(through=Path(wire._folder.name))
    patient = register(workspace)
    wire.cut()
    assert workspace.ask(patient_card, patient_id=patient).last_name == "Lis"
    wire.cut()
    assert register(workspace, "After")
    wire.__exit__(None, None, None)
    with pytest.raises(Unavailable) as caught:
        workspace.ask(patient_card, patient_id=patient)
    assert caught.value.code == "NoAnswer"


def test_nothing_is_answered_after_signing_out(open_desk: Open) -> None:
    workspace = open_desk()
    workspace.close()
    with pytest.raises(Refused) as caught:
        register(workspace)
    assert caught.value.code == "SignedOut"

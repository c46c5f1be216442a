"""Enrol, work without the server, come back, decide: on the command line, with a server that really stops."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, TextIO, cast

import pytest
from sqlalchemy import text

from app.cli.main import run
from app.cli.rpc import serve
from app.commands.booking import BookVisit
from app.db.server import ServerDatabase
from app.domain.enums import VisitMode
from app.setup.session import Session, SessionOptions
from app.sync.routed import RoutedStore
from app.sync.single import SingleInstance
from tests.database.scheduling.conftest import desk_template
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of
from tests.support.postgres import Server
from tests.sync.conftest import clinic, clinic_name

__all__ = ["clinic", "clinic_name", "desk_template"]

Cli = Callable[..., tuple[int, Any]]


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """Keep the workstation secret in this process: this machine has no keyring (tests/sync tries a real one)."""
    kept: dict[str, bytes] = {}
    module = "app.security.workstation_key"
    monkeypatch.setattr(f"{module}.workstation_secret", kept.get)
    monkeypatch.setattr(f"{module}.make_workstation_secret", lambda name: kept.setdefault(name, os.urandom(32)))
    monkeypatch.setattr(f"{module}.forget_workstation_secret", lambda name: kept.pop(name, None))
    return kept


@pytest.fixture
def cli(
    home: Path, server: Server, clinic_name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    keyring: dict[str, bytes],
) -> Cli:  # fmt: skip
    """Run a command as somebody; returns the exit code and its JSON."""
    monkeypatch.setenv("MHA_DATABASE_URL", f"postgresql:///{clinic_name}?host={server.folder}&port=5432")
    monkeypatch.setenv("MHA_PASSWORD", PASSWORD)

    def call(*words: str, who: str = "desk") -> tuple[int, Any]:
        code = run([*words, "--json", "--as", login_of(who).email])
        out = capsys.readouterr().out.strip()
        return code, json.loads(out) if out else None

    return call


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bool], None]]:
    """Let the server be gone, for every connection that is opened from now on."""
    made = ServerDatabase.__init__

    def switch(on: bool) -> None:
        def cut(self: ServerDatabase, *arguments: Any, **more: Any) -> None:
            made(self, *arguments, **more)
            self.cut(on)

        monkeypatch.setattr(ServerDatabase, "__init__", cut)

    yield switch
    monkeypatch.setattr(ServerDatabase, "__init__", made)


def test_what_another_window_has_open_is_not_said_to_be_nothing(clinic: Desk, cli: Cli) -> None:
    assert cli("offline", "enrol", who="admin")[0] == 0
    with SingleInstance(*Path(os.environ["MHA_HOME"]).glob("data/offline/*")):
        code, status = cli("offline", "status")
    assert (code, status["enrolled"], status["problem"]["error"]) == (0, True, "StoreInUse")
    assert (status["waiting"], status["needsAttention"]) == (None, None)
    assert cli("offline", "status")[1]["waiting"] == 0


def test_a_morning_without_the_server(clinic: Desk, cli: Cli, gone: Callable[[bool], None]) -> None:
    first, second = clinic.slots("11:00", 2)
    assert cli("offline", "status")[1]["enrolled"] is False
    assert cli("offline", "enrol", who="desk")[0] == 1, "only an administrator lets a workstation in"
    code, made = cli("offline", "enrol", who="admin")
    assert (code, made["enrolled"]) == (0, True)
    assert len(made["recoveryKey"]) > 20
    assert cli("sync", "now")[1]["needsAttention"] == 0
    assert cli("offline", "reading", "store")[0] == 0
    assert cli("offline", "reading")[1] == {"reading": "store", "slowLine": False}
    gone(True)
    code, status = cli("offline", "status")
    assert (code, status["mode"], status["enrolled"]) == (0, "offline", True)
    assert cli("patients", "search", "lis")[1]["items"]
    for slot in (first, second):
        assert cli("book", "--slot", slot, "--patient", "pat-lis")[0] == 0
    assert cli("offline", "status")[1]["waiting"] == 2
    assert cli("staff", "list", who="admin")[0] == 3
    gone(False)
    clinic.desk2.run(booked_by_another(second))
    code, report = cli("sync", "now")
    assert (code, report["sent"], report["applied"], report["needsAttention"]) == (0, 2, 1, 1)
    assert str(clinic.status(first)) == "BOOKED"
    conflicts = cli("conflicts", "list")[1]["items"]
    assert [(one["kind"], one["error"]) for one in conflicts] == [("BookVisit", "SlotTaken")]
    assert conflicts[0]["alternatives"] == []
    third = clinic.slots("13:00", 1)[0]
    code, settled = cli("conflicts", "resolve", conflicts[0]["id"], "--keep", "mine", "--slot", third)
    assert (code, settled["resolved"], settled["needsAttention"]) == (0, True, 0)
    assert str(clinic.status(third)) == "BOOKED"


def test_an_rpc_process_goes_on_without_the_server_and_sends_when_it_is_back(
    clinic: Desk, cli: Cli, gone: Callable[[bool], None]
) -> None:
    (slot,) = clinic.slots("11:00", 1)
    assert cli("offline", "enrol", who="admin")[0] == 0
    assert cli("sync", "now")[0] == 0
    gone(True)
    answers = io.StringIO()

    def lines() -> Iterator[str]:
        book = {"slot": slot, "patient": "pat-lis"}
        yield json.dumps({"id": 1, "do": "book", "args": book}) + "\n"
        yield '{"id": 2, "do": "offline status"}\n'
        assert isinstance(workspace.store, RoutedStore)
        workspace.store.server.database.cut(False)
        for _ in range(3000):
            yield '{"id": 3, "do": "offline status"}\n'
            if not last(answers)["waiting"] and last(answers)["mode"] == "online":
                return
            threading.Event().wait(0.02)

    with Session(SessionOptions.from_environment(email=login_of("desk").email), lambda _text: None) as session:
        workspace = session.workspace()
        script = lines()
        serve(workspace, cast("TextIO", SimpleNamespace(readline=lambda _most: next(script, ""))), answers)
    heard = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert heard[0]["ok"], heard[0]
    assert (heard[1]["result"]["mode"], heard[1]["result"]["waiting"]) == ("offline", 1)
    assert (heard[-1]["result"]["mode"], heard[-1]["result"]["waiting"]) == ("online", 0)
    assert str(clinic.status(slot)) == "BOOKED"


def last(answers: io.StringIO) -> Any:
    return json.loads(answers.getvalue().splitlines()[-1])["result"]


def test_the_key_in_the_safe_opens_the_store_again(
    clinic: Desk, cli: Cli, gone: Callable[[bool], None], keyring: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    slot = clinic.slots("11:00", 1)[0]
    recovery_key = cli("offline", "enrol", who="admin")[1]["recoveryKey"]
    cli("sync", "now")
    gone(True)
    assert cli("book", "--slot", slot, "--patient", "pat-lis")[0] == 0
    gone(False)
    keyring.clear()
    assert cli("offline", "status")[1]["problem"]["error"] == "NoWorkstationSecret"
    assert cli("conflicts", "list")[1]["error"] == "NoWorkstationSecret", "nothing to decide on isn't the same"
    assert cli("offline", "recover") == (1, {**cli("offline", "recover")[1], "error": "NoRecoveryKey"})
    monkeypatch.setenv("MHA_RECOVERY_KEY", recovery_key)
    code, report = cli("offline", "recover")
    assert (code, report["recovered"], report["applied"]) == (0, True, 1)
    assert str(clinic.status(slot)) == "BOOKED"
    keyring.clear()
    monkeypatch.delenv("MHA_RECOVERY_KEY")
    code, made = cli("offline", "enrol", "--anew", who="admin")
    assert (code, made["enrolled"]) == (0, True)
    assert made["recoveryKey"] != recovery_key


def booked_by_another(slot_id: str) -> Any:
    return BookVisit(slot_id=slot_id, patient_id="pat-roux", visit_mode=VisitMode.IN_PERSON)


def test_a_server_put_back_to_an_earlier_day_holds_nobody_up(
    clinic: Desk, cli: Cli, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everybody goes on with the store and is told who ends it; an administrator's command ends it, for colleagues
    who come to this workstation for the first time afterwards, too."""
    (slot,) = clinic.slots("11:00", 1)
    assert cli("offline", "enrol", who="admin")[0] == 0
    assert cli("sync", "now")[0] == 0
    clinic.write(text("DELETE FROM desktop.workstation"))
    assert run(["patients", "search", "lis", "--json", "--as", login_of("desk").email]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["items"]
    assert "sync now" in said.err
    assert "administrator" in said.err
    assert cli("book", "--slot", slot, "--patient", "pat-lis")[0] == 0
    status = cli("offline", "status")[1]
    assert (status["state"], status["waiting"]) == ("held", 1)
    code, refused = cli("sync", "now")
    assert (code, refused["error"]) == (1, "SyncHeld")
    problem = cli("offline", "status", who="desk2")[1]["problem"]
    assert (problem["error"], "administrator" in problem["message"]) == ("NotKnownHere", True)
    assert cli("sync", "now", who="admin")[0] == 0
    assert "problem" not in cli("offline", "status", who="desk2")[1]
    assert cli("sync", "now")[1]["applied"] == 1
    assert str(clinic.status(slot)) == "BOOKED"

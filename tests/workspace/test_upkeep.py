"""The program does its share of the database's upkeep while somebody is signed in."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from app.cli.main import run
from app.commands.patients import RegisterPatient
from app.kernel.errors import Unavailable
from app.kernel.ids import new_uuid
from app.queries.upkeep import Kept
from app.workspace import upkeep as module
from app.workspace.out_of_date import OutOfDate
from app.workspace.upkeep import Upkeep
from app.workspace.workspace import Workspace
from tests.support.postgres import Server
from tests.support.signed_in import signed_in

LONG = 30.0


@pytest.mark.logs_errors
@pytest.mark.parametrize("trouble", [Unavailable("ServerLost", "gone"), KeyError("a fault of ours")])
def test_turns_go_on_after_one_that_failed_and_end_with_stop(trouble: Exception) -> None:
    turns, enough = list[int](), threading.Event()

    def turn() -> Kept:
        turns.append(len(turns))
        if len(turns) == 1:
            raise trouble
        if len(turns) == 5:
            enough.set()
        return Kept(5000, 0) if len(turns) < 4 else Kept(1, 0)

    share = Upkeep(turn, every=0.01, spread=0.0)
    share.start()
    assert enough.wait(LONG)
    share.stop()
    count = len(turns)
    assert not share._thread.is_alive()
    assert len(turns) == count


def test_cron_seals_and_prunes_where_no_window_is_open(
    server: Server, clinic_db: str, capsys: pytest.CaptureFixture[str]
) -> None:
    owner_url = server.owner_url(clinic_db)
    with signed_in(server, clinic_db, "MEDICAL_ASSISTANT") as workspace:
        workspace.execute(
            RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), first_name="Ada", last_name="Winter")
        )
    with psycopg.connect(owner_url, autocommit=True) as owner:
        owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 120")
        owner.execute("UPDATE desktop.change SET at = at - interval '20 days'")
        (unsealed,) = owner.execute("SELECT count(*) FROM desktop.audit WHERE chain_seq IS NULL").fetchall()[0]
        (changes,) = owner.execute("SELECT count(*) FROM desktop.change").fetchall()[0]
        assert run(["db", "upkeep", owner_url, "--json"]) == 0
        assert json.loads(capsys.readouterr().out) == {"sealed": unsealed, "pruned": changes}
        assert unsealed > 0 < changes
        assert owner.execute("SELECT ok FROM desktop.audit_verify()").fetchone() == (True,)
    assert run(["db", "upkeep", owner_url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"sealed": 0, "pruned": 0}


def test_a_live_workspace_seals_the_audit(server: Server, clinic_db: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.Upkeep.__init__, "__kwdefaults__", {"every": 0.05, "spread": 0.0})
    owner_url = server.owner_url(clinic_db)
    with signed_in(server, clinic_db, "MEDICAL_ASSISTANT") as workspace, psycopg.connect(owner_url) as owner:
        owner.autocommit = True
        workspace.execute(
            RegisterPatient(patient_id=new_uuid(), user_id=new_uuid(), first_name="Ada", last_name="Winter",
                            date_of_birth=date(1970, 1, 1))
        )  # fmt: skip
        owner.execute("UPDATE desktop.installation SET clock_offset_seconds = 120")
        workspace.go_live()
        left, row = threading.Event(), None
        for _ in range(int(LONG / 0.05)):
            row = owner.execute(
                "SELECT count(*) FILTER (WHERE chain_seq IS NULL AND table_name = 'patients') FROM desktop.audit"
            ).fetchone()
            if row == (0,):
                break
            left.wait(0.05)
        assert row == (0,)
        assert owner.execute("SELECT ok, checked > 0 FROM desktop.audit_verify()").fetchone() == (True, True)


def test_a_live_workspace_writes_down_once_a_day_which_notes_are_out_of_date(server: Server, clinic_db: str) -> None:
    class Told:
        """A workspace that counts what it is asked."""

        def __init__(self, real: Workspace) -> None:
            self.real, self.asked = real, 0
            self.actor, self.reader, self.execute = real.actor, real.reader, real.execute

        def ask(self, *args: Any, **more: Any) -> Any:
            self.asked += 1
            return self.real.ask(*args, **more)

    with signed_in(server, clinic_db, "PROVIDER") as workspace, psycopg.connect(server.owner_url(clinic_db)) as owner:
        owner.autocommit = True
        note, patient, today = f"c{new_uuid()}", new_uuid(), workspace.reader().today
        workspace.execute(RegisterPatient(patient_id=patient, user_id=new_uuid(), first_name="Ada"))
        owner.execute(
            "INSERT INTO public.providers (id, clinic_id, name, specialties, updated_at) "
            "VALUES (%s, %s, 'Dr Okafor', '{}', now())", (patient, workspace.actor.clinic_id),
        )  # fmt: skip
        owner.execute(
            "INSERT INTO public.excuse_notes (id, patient_id, provider_id, type, start_date, end_date, reason, status, "
            "updated_at) VALUES (%s, %s, %s, 'WORK', %s, %s, 'x', 'SENT', now())",
            (note, patient, patient, today - timedelta(days=3), today - timedelta(days=1)),
        )
        told = Told(workspace)
        out_of_date = OutOfDate(told)  # type: ignore[arg-type]
        out_of_date.turn()
        found = owner.execute("SELECT status::text FROM public.excuse_notes WHERE id = %s", (note,)).fetchone()
        assert found == ("EXPIRED",)
        asked = told.asked
        out_of_date.turn()
        assert told.asked == asked, "once for each day"
    with signed_in(server, clinic_db, "ADMIN") as workspace:
        told = Told(workspace)
        OutOfDate(told).turn()  # type: ignore[arg-type]
        assert told.asked == 0

"""Enrolled on a real server, signed in with and without it, everybody as themselves; on the demo's kind of secret."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any, cast

import pytest

from app.commands.booking import BookVisit
from app.commands.staff import DisableStaff, EnableStaff
from app.commands.workstations import RevokeWorkstation
from app.domain.enums import VisitMode
from app.kernel.clock import FixedClock
from app.kernel.errors import AppError, Refused, Unavailable
from app.kernel.ids import new_cuid
from app.kernel.paths import Paths
from app.queries.patients import search_patients
from app.security.vault import Vault, destroy_keys
from app.setup.offline import OfflineWork
from app.sync import engine
from app.sync.file import STORE
from app.sync.model import Reading, SyncMode
from app.ui.work import SyncView, WorkspacePort
from app.workspace.workspace import Workspace
from tests.database.scheduling.conftest import desk_template
from tests.support.clinics import PASSWORD
from tests.support.desk import Desk, login_of, server_desk
from tests.support.postgres import Server
from tests.sync.conftest import clinic, clinic_name

__all__ = ["clinic", "clinic_name", "desk_template", "server_desk"]

Enter = Callable[..., Workspace]


@pytest.fixture
def work(home: Path, clinic: Desk) -> OfflineWork:
    return OfflineWork(
        Paths.from_environment(), "harbor", is_demo=True, clock=clinic.clock, workspace_clock=clinic.clock
    )


@pytest.fixture
def enter(server: Server, clinic_name: str, work: OfflineWork) -> Iterator[Enter]:
    """Sign in: ``enter("desk")``; ``enter("desk", gone=True)`` without a server."""
    opened: list[Workspace] = []

    def sign_in(person: str, *, gone: bool = False, password: str = PASSWORD) -> Workspace:
        def find() -> dict[str, Any]:
            if gone:
                raise Unavailable("NoAnswer", "gone")
            return {"conninfo": server.url(clinic_name, login_of(person).login, password), "connect_timeout": 4}

        made = work.sign_in(find, login_of(person).email, password)
        opened.append(made)
        return made

    yield sign_in
    for one in opened:
        one.close()


def book(slot_id: str) -> BookVisit:
    return BookVisit(visit_id=new_cuid(), slot_id=slot_id, patient_id="pat-lis", visit_mode=VisitMode.IN_PERSON)


def sync(workspace: Workspace) -> Any:
    assert workspace.sync is not None
    return workspace.sync


def test_a_colleague_who_was_here_works_without_the_server_and_sends_it_later(
    clinic: Desk, work: OfflineWork, enter: Enter
) -> None:
    slot = clinic.slots("11:00", 1)[0]
    admin = enter("admin")
    assert admin.sync is None
    recovery_key = work.enrol(admin, PASSWORD)
    assert len(recovery_key) > 20
    assert sync(admin).status().mode is SyncMode.ONLINE
    admin.close()
    enter("desk").close()  # lets the workstation know them
    without = enter("desk", gone=True)
    assert (sync(without).status().mode, sync(without).status().reason) == (SyncMode.OFFLINE, "gone")
    assert SyncView(cast("WorkspacePort", without)).heard, "the badge would say that it is connecting"
    assert without.ask(search_patients, text="Lis").items
    without.execute(book(slot))
    without.close()
    again = enter("desk")
    assert sync(again).sync_now().applied == 1
    assert str(clinic.status(slot)) == "BOOKED"


def test_the_recovery_key_opens_what_a_lost_keyring_closed(clinic: Desk, work: OfflineWork, enter: Enter) -> None:
    slot = clinic.slots("11:00", 1)[0]
    admin = enter("admin")
    recovery_key = work.enrol(admin, PASSWORD)
    admin.close()
    enter("desk").close()
    without = enter("desk", gone=True)
    without.execute(book(slot))
    without.close()
    work._place().keys(admin.workstation).forget()
    again = enter("admin")
    problem = again.store_problem
    assert problem is not None
    assert problem.code == "NoWorkstationSecret"
    with pytest.raises(Refused) as caught:
        work.recover(again, recovery_key[:-1] + ("0" if recovery_key[-1] != "0" else "1"), PASSWORD)
    assert (caught.value.code, caught.value.field) == ("WrongRecoveryKey", "recoveryKey")
    work.recover(again, recovery_key, PASSWORD)
    assert again.store_problem is None
    assert sync(again).status().mode is SyncMode.ONLINE
    again.close()
    colleague = enter("desk")  # let in by the key that the server has again
    assert sync(colleague).sync_now().applied == 1
    assert str(clinic.status(slot)) == "BOOKED"


def test_without_any_key_the_workstation_begins_anew(work: OfflineWork, enter: Enter) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    with pytest.raises(Refused, match="open"):
        work.put_aside(admin)
    former = admin.workstation
    admin.close()
    work._place().keys(former).forget()
    again = enter("admin")
    work.put_aside(again)
    assert not work.enrolled
    work.enrol(again, PASSWORD)
    assert again.workstation != former
    assert sync(again).status().mode is SyncMode.ONLINE
    assert len(list(work.folder.glob("damaged-*/keys.json"))) == 1, "kept, sealed, for whoever finds the key"


def test_a_full_disk_keeps_nobody_from_the_server_and_takes_no_store_away(
    clinic: Desk, work: OfflineWork, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    admin.close()
    assert isinstance(clinic.clock, FixedClock)
    clinic.clock.advance(timedelta(minutes=5))

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        for act in (lambda: enter("admin", gone=True), lambda: work.put_aside(enter("admin"))):
            with pytest.raises(AppError, match="disk is full") as caught:
                act()
            assert caught.value.code == "DiskFull"
        online = enter("admin")
        assert online.sync is None
        assert online.store_problem is not None
        assert online.ask(search_patients, text="Lis").items
        online.close()
    again = enter("admin", gone=True)
    assert again.ask(search_patients, text="Lis").items, "keys and store are as they were"


def test_who_was_never_here_and_wrong_words_stay_out(work: OfflineWork, enter: Enter) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    admin.close()
    for person, password, code in (
        ("desk", PASSWORD, "NotKnownHere"),
        ("admin", "wrong words here", "WrongPassword"),
    ):
        with pytest.raises(Refused) as caught:
            enter(person, gone=True, password=password)
        assert caught.value.code == code


def test_the_lease_ends(clinic: Desk, work: OfflineWork, enter: Enter) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    admin.close()
    clock = clinic.clock
    assert isinstance(clock, FixedClock)
    clock.advance(timedelta(days=8))
    with pytest.raises(AppError) as caught:
        enter("admin", gone=True)
    assert caught.value.code == "LeaseEnded"


def test_revoked_its_keys_are_gone_at_the_next_contact(clinic: Desk, work: OfflineWork, enter: Enter) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    clinic.admin.run(RevokeWorkstation(workstation_id=admin.workstation))
    with pytest.raises(AppError):
        sync(admin).sync_now()
    assert not work.enrolled
    assert not (work.folder / "keys.json").exists()
    with pytest.raises(Refused, match="closed"):
        sync(admin).waiting_rows()
    assert not (work.folder / "store.db").exists(), "made anew by whoever still asked"
    admin.close()
    with pytest.raises(Unavailable):
        enter("admin", gone=True)


def test_revoked_meanwhile_its_keys_are_gone_with_the_next_sign_in(
    clinic: Desk, work: OfflineWork, enter: Enter
) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    workstation = admin.workstation
    admin.close()
    clinic.admin.run(RevokeWorkstation(workstation_id=workstation))
    again = enter("admin")
    assert again.sync is None
    assert again.store_problem is not None
    assert again.store_problem.code == "WorkstationRevoked"
    assert not (work.folder / "keys.json").exists()
    assert again.ask(search_patients, text="Lis").items, "the server is worked with as ever"


def test_revoked_while_at_work_its_keys_are_gone_at_once(clinic: Desk, work: OfflineWork, enter: Enter) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    told: list[AppError] = []
    out = Event()

    def hear(_live: bool, error: AppError | None) -> None:
        if error is not None:
            told.append(error)
            out.set()

    admin.live_changed.append(hear)
    admin.go_live()
    sync(admin).sync_now()
    clinic.admin.run(RevokeWorkstation(workstation_id=admin.workstation))
    assert out.wait(60), "connected all the time, it never asked again"
    assert told[0].code == "WorkstationRevoked"
    assert not work.enrolled
    assert not (work.folder / "keys.json").exists()
    with pytest.raises(Refused, match="out of service"):
        admin.ask(search_patients, text="Lis")
    admin.close()


def test_who_is_let_in_no_more_has_no_way_in_without_the_server_either(
    clinic: Desk, work: OfflineWork, enter: Enter
) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    admin.close()
    dana, out = enter("desk"), Event()
    dana.live_changed.append(lambda _, error: out.set() if error is not None else None)
    dana.go_live()
    clinic.admin.run(DisableStaff(user_id="u-desk"))
    assert out.wait(60)
    dana.close()
    with pytest.raises(Refused) as caught:
        enter("desk", gone=True)
    assert caught.value.code == "NotKnownHere"
    clinic.admin.run(EnableStaff(user_id="u-desk"))
    enter("desk").close()
    enter("desk", gone=True).close()


def test_a_second_process_works_with_the_server_only(work: OfflineWork, enter: Enter) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    second = enter("desk")
    assert second.sync is None
    with pytest.raises(Unavailable):
        enter("desk", gone=True)


def test_the_present_is_kept_when_work_ends_and_now_and_then(
    clinic: Desk, work: OfflineWork, enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def latest() -> datetime:
        return Vault.load(work.folder).latest

    clock = clinic.clock
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    before = latest()
    clock.advance(timedelta(hours=1))
    admin.close()
    assert latest() >= before + timedelta(hours=1)
    monkeypatch.setattr(engine, "BEAT_SECONDS", 0.0)
    without = enter("admin", gone=True)
    kept = sync(without)._engine
    beat, told = kept.beat, Event()

    def heard() -> None:
        beat()
        told.set()

    kept.beat = heard
    clock.advance(timedelta(hours=1))
    without.go_live()
    assert told.wait(60), "the thread remembers the time without a server too"
    assert latest() >= before + timedelta(hours=2)
    without.close()
    clock.advance(-timedelta(hours=1))
    with pytest.raises(Refused) as caught:
        enter("admin", gone=True)
    assert caught.value.code == "ClockSetBack"


def test_leaving_does_not_stumble_over_keys_that_are_gone(work: OfflineWork, enter: Enter) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    destroy_keys(work.folder)
    admin.close()


def test_what_was_chosen_for_the_workstation_outlasts_its_store(work: OfflineWork, enter: Enter) -> None:
    admin = enter("admin")
    work.enrol(admin, PASSWORD)
    sync(admin).read_from(Reading.STORE)
    admin.close()
    store = work.folder / STORE
    raw = bytearray(store.read_bytes())
    raw[2000] ^= 1
    store.write_bytes(raw)
    again = enter("admin")
    assert list(work.folder.glob("damaged-*")), "the store was made anew"
    assert sync(again).status().reading is Reading.STORE
    sync(again).read_from(Reading.AUTOMATIC)
    again.close()
    assert sync(enter("admin")).status().reading is Reading.AUTOMATIC

"""Enrolment, signing in without the server, renewal, recovery and revocation: a real server, an encrypted store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import keyring
import psycopg
import pytest
from sqlalchemy import func, select, update

from app.commands.registry import Actor
from app.db.local import LocalDatabase
from app.db.models import Login, Patient
from app.db.server import ServerDatabase
from app.kernel.clock import Clock, FixedClock, OffsetClock
from app.kernel.errors import Refused, Unavailable
from app.security import keyring as ours
from app.security.vault import KEYS, LEASE, Vault
from app.sync import meta
from app.sync.file import STORE, check_store, open_store
from app.sync.mirrored import mirrored_tables
from app.sync.single import SingleInstance
from app.sync.snapshot import SnapshotProgress
from app.workspace import enrolment, offline_signin
from app.workspace.enrolment import Enrolled, Place, enrol, fetch_all, put_aside
from app.workspace.enrolment_state import STATE, Step, is_enrolled, offline_folder, read_state
from app.workspace.kept_key import KeptKey
from app.workspace.offline_signin import (
    OnlineSignIn,
    destroy,
    offline_sign_in,
    online_sign_in,
    recovered_sign_in,
    renew,
)
from app.workspace.store_time import LATEST, latest_in_store, note_time
from tests.support.clinics import PASSWORD
from tests.support.desk import CLINIC, PATIENTS, Desk, login_of
from tests.support.kill_steps import steps
from tests.support.postgres import Server
from tests.support.station import actor_of
from tests.support.store_rows import enter, entered
from tests.unit.security.test_workstation_key import Box

ADMIN = "admin@quay.example"
DANA = "desk@quay.example"
WORDS = "seven quiet lanterns"


def open_with_recovery(folder: Path, recovery_key: str, clock: Clock) -> LocalDatabase:
    """Open a store, in use or put aside with its keys, with nothing but the recovery key."""
    return open_store(folder / STORE, Vault.load(folder).open_with_recovery(recovery_key), clock)


@dataclass
class Machine:
    """A workstation that isn't enrolled yet, and its way to the server."""

    place: Place
    single: SingleInstance
    clock: FixedClock
    url: Callable[[str], str]

    @property
    def folder(self) -> Path:
        return self.place.folder

    @property
    def secret(self) -> bytes | None:
        state = read_state(self.folder)
        assert state is not None
        return self.place.keys(state.id).find()

    def server(self, person: str) -> ServerDatabase:
        return ServerDatabase({"conninfo": self.url(person)}, pool_size=1)

    def enrol(
        self, person: str = "admin", snapshot: enrolment.Snapshot = fetch_all, kept: KeptKey | None = None
    ) -> Enrolled:
        return enrol(
            self.place, self.single, self.server(person), actor_of(person), PASSWORD,
            store_clock=self.clock, snapshot=snapshot, kept=None if kept is None else lambda _: kept,
        )  # fmt: skip

    def enrolled(self) -> Enrolled:
        """Enrol, and leave."""
        done = self.enrol()
        done.database.close()
        return done

    def sign_in(self, email: str = ADMIN, password: str = PASSWORD) -> offline_signin.OfflineSignIn:
        return offline_sign_in(self.folder, email, password, self.secret, self.clock)

    def sign_in_online(self, email: str = ADMIN, password: str = PASSWORD) -> OnlineSignIn:
        told = Vault.load(self.folder).server_time(self.clock.now())
        return online_sign_in(self.folder, email, password, self.secret, self.clock, server_now=told)

    def renew(self, email: str, password: str, **more: object) -> bytes:
        now = self.clock.now()
        told = Vault.load(self.folder).server_time(now)
        return renew(self.folder, email, password, self.secret, server_now=told, now=now, **more)  # type: ignore[arg-type]


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Box:
    """A keyring."""
    box = Box()
    monkeypatch.setattr(keyring, "get_keyring", lambda: box)
    monkeypatch.setattr(ours, "ALLOWED", frozenset({f"{Box.__module__}.{Box.__qualname__}"}))
    return box


@pytest.fixture
def machine(server: Server, clinic: Desk, clinic_name: str, tmp_path: Path, box: Box) -> Iterator[Machine]:
    """A workstation in the small clinic, with a keyring."""
    clock = FixedClock(datetime.now(UTC))

    def url(person: str) -> str:
        return server.url(clinic_name, login_of(person).login, PASSWORD)

    folder = tmp_path / "offline" / "quay"
    single = SingleInstance(folder)
    yield Machine(Place(folder, "quay", "desk 2", clock), single, clock, url)
    single.release()


def refusal(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value


def patients(database: LocalDatabase) -> int:
    with database.reading() as session:
        return int(session.execute(select(func.count()).select_from(Patient)).scalar_one())


# --- enrolment -------------------------------------------------------------------------------------------------------


def test_an_enrolled_workstation_opens_without_the_server(machine: Machine, clinic: Desk, box: Box) -> None:
    seen: list[SnapshotProgress] = []

    def snapshot(database: LocalDatabase, server: ServerDatabase, actor: Actor, progress: enrolment.Progress) -> None:
        fetch_all(database, server, actor, seen.append)

    done = machine.enrol(snapshot=snapshot)
    assert patients(done.database) == len(PATIENTS)
    assert seen[-1].tables_done == seen[-1].tables
    with done.database.reading() as session:
        assert meta.get(session.connection(), meta.GENERATION) == 0
    done.database.close()
    assert is_enrolled(machine.folder)
    assert [account for _, account in box.kept] == [f"quay {done.workstation_id}"]
    assert done.recovery_key not in repr(done)
    signed_in = machine.sign_in()
    assert patients(signed_in.database) == len(PATIENTS)
    assert signed_in.facts["user_id"] == "u-admin"
    assert signed_in.facts["clinic_id"] == CLINIC
    assert signed_in.facts["roles"] == ("ADMIN",)
    assert signed_in.facts["timezone"] == "Europe/Berlin"
    assert signed_in.workstation_id == done.workstation_id
    assert isinstance(signed_in.clock, OffsetClock)
    assert abs(signed_in.clock.now() - clinic.clock.now()) < timedelta(minutes=10), (
        "the clinic's time, not the machine's"
    )
    signed_in.database.close()
    assert check_store(machine.folder / STORE, done.data_key) == []


def test_nothing_in_the_folder_tells_a_secret_or_a_patient(machine: Machine, box: Box) -> None:
    done = machine.enrol()
    enter(done.database, ["one"])
    (secret,) = box.kept.values()
    for file in machine.folder.iterdir():
        raw = file.read_bytes()
        plain = (done.recovery_key, PASSWORD, secret, done.data_key.hex(), "Kowalska", "Zygmunt", "quay.example")
        assert [word for word in plain if word.encode() in raw] == [], file.name
        assert done.data_key not in raw
    done.database.close()


def test_the_recovery_key_is_returned_once_and_opens_the_journal(machine: Machine, box: Box) -> None:
    done = machine.enrol()
    enter(done.database, ["entered offline"])
    done.database.close()
    assert refusal(machine.enrol).code == "AlreadyEnrolled"
    box.kept.clear()
    assert refusal(machine.sign_in).code == "NoWorkstationSecret"
    database = open_with_recovery(machine.folder, done.recovery_key, machine.clock)
    assert entered(database) == {"entered offline": "PENDING"}
    database.close()


def test_without_a_keyring_enrolment_is_refused_and_leaves_nothing(
    machine: Machine, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    from keyring.backends import null

    monkeypatch.setattr(keyring, "get_keyring", null.Keyring)
    error = refusal(machine.enrol)
    assert (error.code, error.field) == ("NoKeyring", "keyring")
    assert "null" in error.message
    assert {file.name for file in machine.folder.iterdir()} == {"lock"}


def test_the_demo_is_enrolled_without_a_keyring(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import null

    monkeypatch.setattr(keyring, "get_keyring", null.Keyring)
    machine.place = replace(machine.place, is_demo=True)
    machine.enrolled()
    machine.sign_in().database.close()


def test_only_an_admin_may_enrol(machine: Machine) -> None:
    error = refusal(lambda: machine.enrol("desk"))
    assert error.code == "NotAllowed"
    assert not is_enrolled(machine.folder)


def test_two_processes_do_not_enrol_at_once(machine: Machine) -> None:
    other = SingleInstance(machine.folder)
    assert other.acquire()
    assert refusal(machine.enrol).code == "StoreInUse"
    other.release()


def test_a_snapshot_that_breaks_off_is_gone_on_with(machine: Machine) -> None:
    tables: list[list[str]] = [[], []]

    def broken(database: LocalDatabase, server: ServerDatabase, actor: Actor, progress: enrolment.Progress) -> None:
        def note(step: SnapshotProgress) -> None:
            tables[0].append(step.table)
            if step.tables_done == 6:
                raise Unavailable("ServerLost", "gone")

        fetch_all(database, server, actor, note)

    def whole(database: LocalDatabase, server: ServerDatabase, actor: Actor, progress: enrolment.Progress) -> None:
        fetch_all(database, server, actor, lambda step: tables[1].append(step.table))

    with pytest.raises(Unavailable):
        machine.enrol(snapshot=broken)
    assert not is_enrolled(machine.folder)
    assert refusal(machine.sign_in).code == "NotEnrolled"
    before = (machine.folder / STORE).stat().st_ino
    done = machine.enrol(snapshot=whole)
    assert patients(done.database) == len(PATIENTS)
    assert (machine.folder / STORE).stat().st_ino == before
    assert tables[0][0] not in tables[1], "what was fetched isn't fetched again"
    done.database.close()
    machine.sign_in().database.close()


def test_no_transaction_is_open_between_the_chunks_of_a_snapshot(machine: Machine) -> None:
    states: list[list[str]] = []
    mine = "SELECT state FROM pg_stat_activity WHERE usename = session_user AND pid <> pg_backend_pid()"

    def watched(database: LocalDatabase, server: ServerDatabase, actor: Actor, progress: enrolment.Progress) -> None:
        with psycopg.connect(machine.url("admin"), autocommit=True) as onlooker:
            fetch_all(database, server, actor, lambda _: states.append([s for (s,) in onlooker.execute(mine)]))

    machine.enrol(snapshot=watched).database.close()
    assert len(states) > len(mirrored_tables()), "each table, and each chunk of one with rows"
    assert {state for seen in states for state in seen} == {"idle"}, "one left open would hold vacuum back for all"


def test_begun_by_one_admin_and_finished_with_another_password(machine: Machine) -> None:
    def broken(*_: object) -> None:
        raise Unavailable("ServerLost", "gone")

    with pytest.raises(Unavailable):
        machine.enrol(snapshot=broken)
    vault = Vault.load(machine.folder)
    vault.remove_person(ADMIN)  # as if somebody else had begun
    done = machine.enrolled()
    machine.sign_in().database.close()
    assert Vault.load(machine.folder).open_with_recovery(done.recovery_key) == done.data_key


def enrol_demo(folder: str, url: str) -> None:
    """What a killed process was doing."""
    clock = FixedClock(datetime.now(UTC))
    place = Place(Path(folder), "demo", "desk 2", clock, is_demo=True)
    server = ServerDatabase({"conninfo": url}, pool_size=1)
    enrol(place, SingleInstance(place.folder), server, actor_of("admin"), PASSWORD, store_clock=clock).database.close()


def test_a_kill_midway_is_made_up_for_by_enrolling_again(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    from keyring.backends import null

    monkeypatch.setattr(keyring, "get_keyring", null.Keyring)
    machine.place = replace(machine.place, is_demo=True)
    folder, url = str(machine.folder), machine.url("admin")
    kills = 0
    for _ in steps("tests.sync.test_enrolment:enrol_demo", folder, url, every=6):
        kills += 1
        state = read_state(machine.folder)
        if state is not None and state.step is Step.COMPLETE:
            break
    assert kills >= 4
    if not is_enrolled(machine.folder):
        machine.enrolled()
    signed_in = machine.sign_in()
    assert patients(signed_in.database) == len(PATIENTS)
    signed_in.database.close()


def test_enrolling_again_starts_apart_and_the_former_store_is_kept(machine: Machine, box: Box) -> None:
    first = machine.enrol()
    enter(first.database, ["entered before"])
    first.database.close()
    aside = put_aside(machine.place)
    assert aside is not None
    assert box.kept == {}
    second = machine.enrolled()
    assert second.workstation_id != first.workstation_id
    assert second.data_key != first.data_key
    database = open_with_recovery(aside.parent, first.recovery_key, machine.clock)
    assert list(entered(database)) == ["entered before"]
    database.close()
    assert refusal(lambda: open_with_recovery(machine.folder, first.recovery_key, machine.clock)).code == (
        "WrongRecoveryKey"
    )


# --- signing in without the server -----------------------------------------------------------------------------------


def test_only_who_signed_in_here_within_the_lease(machine: Machine) -> None:
    machine.enrolled()
    assert refusal(lambda: machine.sign_in(password="a guess")).code == "WrongPassword"
    assert refusal(lambda: machine.sign_in(DANA)).code == "NotKnownHere"
    machine.clock.advance(LEASE - timedelta(minutes=1))
    machine.sign_in().database.close()
    machine.clock.advance(timedelta(minutes=1))
    assert refusal(machine.sign_in).code == "LeaseEnded"
    machine.renew(ADMIN, PASSWORD)
    machine.sign_in().database.close()


def test_two_people_at_one_workstation_each_have_their_own_way_in(machine: Machine) -> None:
    done = machine.enrolled()
    machine.renew(DANA, WORDS, held=done.data_key)
    signed_in = machine.sign_in(DANA, WORDS)
    assert signed_in.facts["user_id"] == "u-desk"
    assert signed_in.facts["display_name"] == "Dana Whitfield"
    signed_in.database.close()
    assert machine.sign_in().facts["user_id"] == "u-admin"


class Shelf:
    """What the server keeps."""

    def __init__(self) -> None:
        self.sealed: bytes | None = None

    def keep(self, sealed: bytes) -> None:
        self.sealed = sealed

    def fetch(self) -> bytes | None:
        return self.sealed


def test_somebody_new_or_with_a_new_password_gets_the_key_by_way_of_the_server(machine: Machine) -> None:
    shelf = Shelf()
    done = machine.enrol(kept=shelf)
    done.database.close()
    assert refusal(lambda: machine.renew(DANA, WORDS)).code == "NotKnownHere"
    assert machine.renew(DANA, WORDS, kept=shelf) == done.data_key
    machine.sign_in(DANA, WORDS).database.close()
    assert refusal(lambda: machine.renew(DANA, "changed at the web", kept=None)).code == "WrongPassword"
    assert machine.renew(DANA, "changed at the web", kept=shelf) == done.data_key
    machine.sign_in(DANA, "changed at the web").database.close()
    shelf.sealed = None  # revoked
    assert refusal(lambda: machine.renew(DANA, WORDS, kept=shelf)).code == "WrongPassword"


def test_a_clock_set_back_is_noticed_by_keys_and_by_store(machine: Machine) -> None:
    done = machine.enrolled()
    forged = (machine.folder / KEYS).read_bytes()
    machine.clock.advance(timedelta(days=3))
    signed_in = machine.sign_in()
    machine.clock.advance(timedelta(days=1))
    note_time(Vault.load(machine.folder), signed_in.database, machine.clock.now())
    signed_in.database.close()
    machine.clock.advance(timedelta(days=-2))
    assert refusal(machine.sign_in).code == "ClockSetBack"
    for file in machine.folder.glob("keys*.json"):
        file.write_bytes(forged)  # keys.json of the first day: the store knows better
    assert refusal(machine.sign_in).code == "ClockSetBack"
    machine.clock.advance(timedelta(days=2))
    machine.sign_in().database.close()
    assert done.data_key


def test_the_lease_ends_by_the_store_too(machine: Machine) -> None:
    done = machine.enrolled()
    keys = (machine.folder / KEYS).read_bytes()
    database = open_store(machine.folder / STORE, done.data_key, machine.clock)
    with database.applying() as session:
        late = Vault.load(machine.folder).latest + LEASE + timedelta(seconds=30)
        meta.put(session.connection(), LATEST, late.isoformat())
    assert latest_in_store(database) == late
    database.close()
    (machine.folder / KEYS).write_bytes(keys)
    machine.clock.advance(LEASE - timedelta(seconds=60))
    assert refusal(machine.sign_in).code == "LeaseEnded"


def test_a_disabled_account_cannot_sign_in_offline_once_the_store_knows(machine: Machine) -> None:
    done = machine.enrol()
    with done.database.applying() as session:
        session.execute(update(Login).where(Login.user_id == "u-admin").values(disabled_at=machine.clock.now()))
    done.database.close()
    assert refusal(machine.sign_in).code == "NoAccount"


def test_signing_in_online_puts_right_what_a_clock_had_run_ahead(machine: Machine) -> None:
    machine.enrolled()
    right = Vault.load(machine.folder).server_time(machine.clock.now())
    machine.clock.advance(timedelta(days=2000))
    machine.sign_in_online().database.close()
    now = machine.clock.now()
    machine.clock.advance(timedelta(days=-2000))
    assert refusal(machine.sign_in).code == "ClockSetBack"
    signed_in = online_sign_in(
        machine.folder, ADMIN, PASSWORD, machine.secret, machine.clock, server_now=right + timedelta(minutes=1)
    )
    assert latest_in_store(signed_in.database) == right + timedelta(minutes=1)
    assert now > right
    signed_in.database.close()
    machine.sign_in().database.close()


# --- damage, recovery, revocation ------------------------------------------------------------------------------------


def test_a_damaged_store_is_put_aside_and_its_journal_goes_on(machine: Machine) -> None:
    done = machine.enrol()
    enter(done.database, [f"entry {number}" for number in range(40)], state="DONE")
    done.database.close()
    store = machine.folder / STORE
    raw = bytearray(store.read_bytes())
    raw[2000] ^= 1
    store.write_bytes(raw)
    assert refusal(machine.sign_in).code == "StoreDamaged"
    assert store.read_bytes() == raw, "refused, not touched"
    database = machine.sign_in_online().database
    assert len(entered(database)) == 40
    fetch_all(database, machine.server("admin"), actor_of("admin"), lambda _: None)
    assert patients(database) == len(PATIENTS)
    database.close()
    (aside,) = machine.folder.glob("damaged-*")
    assert (aside / STORE).read_bytes() == raw
    machine.sign_in().database.close()


def test_damage_that_nobody_meets_is_found_within_a_day(machine: Machine) -> None:
    done = machine.enrol()
    enter(done.database, [f"entry {number}" for number in range(40)], state="DONE")
    done.database.close()
    machine.sign_in_online().database.close()
    store = machine.folder / STORE
    raw = bytearray(store.read_bytes())
    raw[len(raw) // 2] ^= 1  # a page of the mirror
    store.write_bytes(raw)
    machine.sign_in_online().database.close()
    assert list(machine.folder.glob("damaged-*")) == [], "its page isn't read to open it"
    machine.clock.advance(timedelta(days=1))
    database = machine.sign_in_online().database
    (aside,) = machine.folder.glob("damaged-*")
    assert (aside / STORE).read_bytes() == raw
    assert len(entered(database)) == 40
    database.close()


def test_a_lost_keyring_is_made_up_for_with_the_recovery_key(machine: Machine, box: Box) -> None:
    done = machine.enrolled()
    machine.renew(DANA, WORDS, held=done.data_key)
    box.kept.clear()
    keys = machine.place.keys(done.workstation_id)
    now = machine.clock.now()

    def recover(key: str) -> OnlineSignIn:
        return recovered_sign_in(machine.folder, key, keys, ADMIN, PASSWORD, machine.clock, server_now=now)

    assert refusal(lambda: recover("0" * 36)).code == "WrongRecoveryKey"
    assert box.kept == {}, "nothing is made anew for a wrong key"
    opened = recover(done.recovery_key)
    opened.database.close()
    assert opened.data_key == done.data_key
    machine.sign_in().database.close()
    assert refusal(lambda: machine.sign_in(DANA, WORDS)).code == "NotKnownHere"


def test_a_forgotten_password_needs_the_recovery_key_only_once(machine: Machine, box: Box) -> None:
    done = machine.enrolled()
    before = dict(box.kept)
    keys, now = machine.place.keys(done.workstation_id), machine.clock.now()
    recovered_sign_in(
        machine.folder, done.recovery_key, keys, ADMIN, WORDS, machine.clock, server_now=now
    ).database.close()
    assert box.kept == before
    assert refusal(machine.sign_in).code == "WrongPassword"
    machine.sign_in(ADMIN, WORDS).database.close()


def test_revocation_destroys_every_key(machine: Machine, box: Box) -> None:
    done = machine.enrol()
    enter(done.database, ["entered offline"])
    done.database.close()
    keys = machine.place.keys(done.workstation_id)
    destroy(machine.folder, keys, machine.clock.now())
    destroy(machine.folder, keys, machine.clock.now())
    assert box.kept == {}
    assert not list(machine.folder.rglob("*keys*"))
    assert not (machine.folder / STORE).exists()
    (aside,) = machine.folder.glob("damaged-*")
    assert (aside / STORE).exists(), "there, and of no use to anybody"
    error = refusal(lambda: offline_sign_in(machine.folder, ADMIN, PASSWORD, bytes(32), machine.clock))
    assert error.code == "WorkstationRevoked"
    now = machine.clock.now()
    again = refusal(lambda: renew(machine.folder, ADMIN, PASSWORD, bytes(32), server_now=now, now=now))
    assert again.code == "WorkstationRevoked"
    for folder in (machine.folder, aside):
        assert refusal(lambda folder=folder: open_with_recovery(folder, done.recovery_key, machine.clock)).code == (  # type: ignore[misc]
            "NotEnrolled"
        )


def test_a_revoked_workstation_can_be_enrolled_anew(machine: Machine) -> None:
    done = machine.enrolled()
    destroy(machine.folder, machine.place.keys(done.workstation_id), machine.clock.now())
    again = machine.enrolled()
    assert again.workstation_id != done.workstation_id
    machine.sign_in().database.close()


def test_the_folder_lies_where_it_is_said(tmp_path: Path) -> None:
    from app.kernel.paths import Paths

    paths = Paths(tmp_path / "data", tmp_path / "config", tmp_path / "logs")
    assert offline_folder(paths, "quay") == tmp_path / "data" / "offline" / "quay"
    assert not is_enrolled(offline_folder(paths, "quay"))


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"id": "x", "name": "y", "step": "lost"}', b"\xff"])
def test_a_damaged_state_says_so(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / STATE).write_bytes(raw)
    assert refusal(lambda: read_state(tmp_path)).code == "KeysDamaged"

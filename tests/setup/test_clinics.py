"""Clinics are set up: provisioned again and again, taken over from the backend, made with bookable slots tomorrow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from app.cluster.backup import backup
from app.cluster.server import EmbeddedServer
from app.domain.enums import Role, SlotStatus
from app.kernel.errors import Cancelled, Refused
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, ProfileKind, load_profiles
from app.queries.clinic import appointment_types, providers, staff
from app.queries.day_board import day_board
from app.setup import doctor
from app.setup.attempts import SignInAttempts
from app.setup.connect import demo_sign_ins, keep_demo_sign_ins
from app.setup.databases import check, init, provision, restore
from app.setup.demo.sign_ins import SignIn
from app.setup.plan import (
    ClinicPlan,
    NewAccount,
    NewAppointmentType,
    NewProvider,
    ServerAddress,
    WeeklyHours,
)
from app.setup.services import Sessions, SetUp, profile_name
from app.setup.session import Session, SessionOptions
from app.workspace.enrolment_state import offline_folder
from tests.migrations.test_existing_database import _fill
from tests.support.clinics import staff as people
from tests.support.postgres import Server

PASSWORD = "correct horse battery"
OTHER = "seven velvet trombones"
ADMIN = "admin@elm.example"


def quiet(*_: object) -> None:
    """Progress that nobody watches."""


@pytest.fixture
def owner(server: Server) -> Iterator[str]:
    """The owner's URL of an empty database; staff logins made in it go again."""
    before = server.logins()
    name = server.create("empty")
    yield server.owner_url(name)
    server.drop(name)
    server.restore_logins(before)


def run(owner_url: str, *, clinic: str | None = "Elm Street", clinic_id: str | None = None,
        password: str | None = None) -> dict[str, object]:  # fmt: skip
    return provision(owner_url, clinic=clinic, clinic_id=clinic_id, timezone="Europe/Madrid", admin=ADMIN,
                     admin_name="Ada", password=password, progress=quiet)  # fmt: skip


def test_a_database_is_provisioned_once_however_often_it_is_asked_for(owner: str) -> None:
    first = run(owner)
    again = run(owner)
    assert len(str(first["password"])) >= 12
    assert (first["made"], again["made"]) == (True, False)
    assert "password" not in again, "a password that exists is not made again"
    assert (first["clinicId"], first["userId"]) == (again["clinicId"], again["userId"])
    with psycopg.connect(owner) as raw:
        assert raw.execute("SELECT count(*) FROM clinics").fetchone() == (1,)
    assert check(owner)["problems"] == []


def test_a_clinic_of_the_backend_is_taken_over_by_its_id(owner: str) -> None:
    _fill(owner)
    made = run(owner, clinic=None, clinic_id="c1", password=PASSWORD)
    assert made["clinicId"] == "c1"
    assert "password" not in made
    with psycopg.connect(owner) as raw:
        assert raw.execute("SELECT id, name FROM clinics").fetchall() == [("c1", "Harbour")]
        assert raw.execute("SELECT clinic_id, timezone FROM desktop.clinic_settings").fetchall() == [
            ("c1", "Europe/Madrid")
        ]
        assert raw.execute("SELECT patient_id FROM desktop.patient_search").fetchall() == [("p1",)]


def test_an_unknown_clinic_or_zone_is_refused(owner: str) -> None:
    with pytest.raises(Refused) as refused:
        run(owner, clinic=None, clinic_id="no such")
    assert refused.value.code == "NoClinic"
    with pytest.raises(Refused) as refused:
        provision(owner, clinic="Elm", clinic_id=None, timezone="Mars/Olympus", admin=None, admin_name="",
                  password=None, progress=quiet)  # fmt: skip
    assert refused.value.field == "timezone"


def test_a_new_clinic_without_a_time_zone_has_utc_and_it_is_said_once(owner: str) -> None:
    said = [provision(owner, clinic="Elm", clinic_id=None, timezone=None, admin=None, admin_name="",
                      password=None, progress=quiet)["warnings"] for _ in range(2)]  # fmt: skip
    assert [["UTC" in one for one in warnings if "--timezone" in one] for warnings in said] == [[True], []]
    with psycopg.connect(owner) as raw:
        assert raw.execute("SELECT timezone FROM desktop.clinic_settings").fetchall() == [("UTC",)]


def test_each_demo_at_a_server_keeps_its_own_sign_ins(tmp_path: Path) -> None:
    paths = Paths.from_environment({"MHA_HOME": str(tmp_path)})
    one, other = "postgresql://owner:a@db.example/demo", "postgresql://owner:b@db.example/other"
    keep_demo_sign_ins(paths, (SignIn("dana@harbor.example", "kept words here", Role.ADMIN, "Dana"),), one)
    assert [found.password for found in demo_sign_ins(paths, one.replace(":a@", ":c@"))] == ["kept words here"]
    assert demo_sign_ins(paths, other) == demo_sign_ins(paths) == ()


def test_joining_without_a_host_names_the_field(tmp_path: Path) -> None:
    setup = SetUp(Paths.from_environment({"MHA_HOME": str(tmp_path)}))
    with pytest.raises(Refused) as refused:
        setup.join(ServerAddress(hosts=()), ADMIN, PASSWORD)
    assert refused.value.field == "host"


def test_wrong_passwords_at_this_computer_are_counted_slowed_and_told(
    tmp_path: Path, server: Server, clinic_db: str
) -> None:
    paths = Paths.from_environment({"MHA_HOME": str(tmp_path)})
    here = partial(ServerAddress, hosts=(str(server.folder),))
    desk = people("MEDICAL_ASSISTANT").email
    assert SetUp(paths).test_server(here(database=clinic_db), desk, PASSWORD)
    with pytest.raises(Refused) as refused:
        SetUp(paths).test_server(here(database="postgres"), desk, PASSWORD)
    assert (refused.value.code, refused.value.field) == ("NoClinic", "database")
    for _ in range(3):
        with pytest.raises(Refused) as refused:
            SetUp(paths).test_server(here(database=clinic_db), desk, "not my password")
        assert refused.value.code == "WrongPassword"
    with pytest.raises(Refused) as refused:
        SetUp(paths).test_server(here(database=clinic_db), desk, PASSWORD)
    assert (refused.value.code, refused.value.field) == ("TooManyTries", "password")
    assert SignInAttempts(paths, lambda: datetime.now(UTC) + timedelta(seconds=3)).wait_seconds(desk) == 0
    profile = Profile("here", ProfileKind.SERVER, hosts=(str(server.folder),), port=5432, database=clinic_db)
    Sessions(paths).sign_in(profile, desk, PASSWORD).close()
    with Sessions(paths).sign_in(profile, people("ADMIN").email, PASSWORD) as admin:
        assert {one.email: one.wrong_passwords for one in admin.ask(staff) if one.wrong_passwords} == {desk: 3}


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("db.example.org", "db.example.org-clinic"),
        ("/run/postgresql", "run-postgresql-clinic"),
        ("fe80::1", "fe80-1-clinic"),
        ("../../elsewhere", "elsewhere-clinic"),
    ],
)
def test_what_a_joined_server_is_called_is_one_folder_of_ours(tmp_path: Path, host: str, name: str) -> None:
    found = profile_name(ServerAddress(hosts=(host,), database="clinic"))
    assert found == name
    paths = Paths.from_environment({"MHA_HOME": str(tmp_path)})
    assert offline_folder(paths, found).parent == paths.data / "offline"


def a_plan() -> ClinicPlan:
    hours = WeeklyHours(days=frozenset(range(7)), start=time(9), end=time(11))
    return ClinicPlan(
        name="Elm Street Practice",
        timezone="Europe/Madrid",
        admin=NewAccount(name="Ada Admin", email=ADMIN, roles=frozenset({Role.ADMIN}), password=PASSWORD),
        providers=(NewProvider(name="Dr Chen", specialty="Pediatrics", email="chen@elm.example", hours=(hours,)),),
        types=(NewAppointmentType(name="Check-up", minutes=20),),
        staff=(NewAccount(name="Dana", email="dana@elm.example", roles=frozenset({Role.MEDICAL_ASSISTANT})),),
    )


def stop_on_the_way(done: int, _total: int, _text: str) -> None:
    """What the person's *Cancel* does, once the clinic is there and its people are being entered."""
    if done > 1:
        raise Cancelled("Cancelled", "stopped")


def test_a_clinic_set_up_here_can_be_booked_tomorrow_and_doctor_finds_it_well(
    home: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = Paths.from_environment()
    steps: list[tuple[int, int, str]] = []
    try:
        with pytest.raises(Cancelled):
            SetUp(paths).create_clinic(a_plan(), stop_on_the_way)
        assert load_profiles(paths).items == (), "half a clinic is none"
        made = SetUp(paths).create_clinic(a_plan(), lambda done, total, text: steps.append((done, total, text)))
        assert [(one.email, bool(one.password)) for one in made.accounts] == [
            (ADMIN, False),
            ("chen@elm.example", True),
            ("dana@elm.example", True),
        ]
        profile = load_profiles(paths).choose(None)
        assert (profile.name, profile.title) == (made.profile, "Elm Street Practice")
        with Sessions(paths).sign_in(profile, "dana@elm.example", made.accounts[2].password) as workspace:
            assert workspace.lab_folder is None, "only who may take files in watches a folder"
            tomorrow = workspace.reader().today + timedelta(days=1)
            board = workspace.ask(day_board, day=tomorrow)
            (column,) = board.columns
            assert [slot.status for slot in column.slots] == [SlotStatus.FREE] * 6
            assert [one.name for one in workspace.ask(appointment_types)] == ["Check-up"]
            assert [one.name for one in workspace.ask(providers)] == ["Dr Chen"]
            assert workspace.must_change_password
            first = made.accounts[2].password
            for old, new, code in (("not my old one", OTHER, "WrongPassword"), (first, first, "WeakPassword")):
                with pytest.raises(Refused) as refused:
                    Sessions(paths).change_password(workspace, profile, old, new)
                assert refused.value.code == code
            Sessions(paths).change_password(workspace, profile, first, OTHER)
        with Sessions(paths).sign_in(profile, "dana@elm.example", OTHER) as workspace:
            assert not workspace.must_change_password
        with Sessions(paths).sign_in(profile, ADMIN, PASSWORD) as workspace:
            assert workspace.lab_folder is not None
            assert workspace.lab_folder.state.setting is None
            assert {one.email for one in workspace.ask(staff)} == {ADMIN, "chen@elm.example", "dana@elm.example"}
        assert steps[-1][0] == steps[-1][1]
        found = next(one for one in doctor.examine(paths, None) if one.check == f"database {made.profile}")
        assert found.ok, found
        folder = next(one for one in doctor.examine(paths, None) if one.check == f"data {made.profile}")
        assert (Path(folder.detail) / "PG_VERSION").is_file()
        assert next(one for one in doctor.examine(paths, None) if one.check == f"sync {made.profile}").ok
        with pytest.raises(Refused) as refused:
            init(paths, clinic="Again", timezone="Europe/Madrid", admin=ADMIN, admin_name="", password=None,
                 profile=made.profile, progress=quiet)  # fmt: skip
        assert refused.value.code == "AlreadyThere"
        _brought_back_beside_it(paths, profile)
        _brought_back_by_the_command_line(paths, tmp_path_factory.mktemp("new"), monkeypatch)
    finally:
        for name in ("clinic", "clinic-2"):
            EmbeddedServer(name, paths).stop()


def _brought_back_beside_it(paths: Paths, profile: Profile) -> None:
    """The clinic's backup becomes another clinic of the computer; its people enter it with their passwords."""
    file = paths.data / "saved.mhabackup"
    backup(EmbeddedServer(profile.name, paths), file, "correct horse battery")
    with pytest.raises(Refused) as refused:
        SetUp(paths).restore_clinic(file, "not this one", print)
    assert refused.value.field == "passphrase"
    assert load_profiles(paths).items[-1].name == profile.name, "nothing is remembered of what failed"
    made = SetUp(paths).restore_clinic(file, "correct horse battery", print)
    again = load_profiles(paths).choose(None)
    assert (again.name, again.title) == (made.profile, "Elm Street Practice") == ("clinic-2", "Elm Street Practice")
    with Sessions(paths).sign_in(again, ADMIN, PASSWORD) as workspace:
        assert [one.name for one in workspace.ask(providers)] == ["Dr Chen"]


def _brought_back_by_the_command_line(paths: Paths, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a new computer ``db restore`` makes the clinic; one that is misspelt makes none."""
    new = Paths.from_environment({"MHA_HOME": str(home)})
    monkeypatch.setenv("MHA_PASSPHRASE", "correct horse battery")
    file = paths.data / "saved.mhabackup"
    assert Session(SessionOptions(new), print).profile_here() is None
    with pytest.raises(Refused):
        Session(SessionOptions(new, profile="clinc"), print).profile_here()
    try:
        found = restore(new, None, file, print)
        assert found["profile"] == load_profiles(new).choose(None).name == "clinic"
        assert found["rows"] > 0
        with Sessions(new).sign_in(load_profiles(new).choose(None), ADMIN, PASSWORD) as workspace:
            assert [one.name for one in workspace.ask(providers)] == ["Dr Chen"]
    finally:
        EmbeddedServer("clinic", new).stop()


def test_doctor_looks_at_a_computer_without_a_clinic(tmp_path: Path) -> None:
    paths = Paths.from_environment({"MHA_HOME": str(tmp_path / "nowhere yet")})
    findings = {one.check: one for one in doctor.examine(paths, None)}
    assert findings["versions"].ok
    assert findings["qt"].ok, findings["qt"]
    assert findings["disk space"].ok is not None
    assert findings["clinics"].ok is None
    assert findings["clinics"].advice == "myhealthally demo"
    assert not paths.data.exists(), "looking makes nothing"


def test_doctor_names_a_damaged_file_and_goes_on(tmp_path: Path) -> None:
    paths = Paths.from_environment({"MHA_HOME": str(tmp_path)})
    paths.config.mkdir(parents=True)
    paths.profiles_file.write_text("{")
    findings = doctor.examine(paths, None)
    assert findings[-1].check == "BadProfiles"
    assert str(paths.profiles_file) in findings[-1].detail
    assert findings[0].check == "versions"

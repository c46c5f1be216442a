"""Start, stop and share the embedded server."""

from __future__ import annotations

import multiprocessing
import os
import stat
from pathlib import Path

import psutil
import psycopg
import pytest

from app.cluster.keeper import supervisor
from app.cluster.layout import find_layout
from app.cluster.postmaster import wait_for_end
from app.cluster.server import EmbeddedServer
from app.kernel.errors import Refused
from app.kernel.paths import Paths
from tests.cluster.conftest import Make


def one(url: str, statement: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(statement).fetchone()
        assert row is not None
        return row[0] if len(row) == 1 else row


def test_the_owner_can_make_roles_and_owns_the_database_but_is_no_superuser(make: Make) -> None:
    info = make().start()
    rights = one(
        info.owner_url,
        "SELECT rolsuper, rolcreaterole, rolbypassrls, rolreplication FROM pg_roles WHERE rolname = current_user",
    )
    assert rights == (False, True, False, False)
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert one(info.owner_url, owner) == "clinic_owner"


def test_the_cluster_has_checksums_a_portable_locale_and_safe_settings(make: Make) -> None:
    info = make(fresh=True).start()
    with psycopg.connect(info.owner_url) as connection:
        rows = connection.execute("SELECT name, setting FROM pg_settings").fetchall()
        settings: dict[str, str] = dict(rows)
        locale = connection.execute(
            "SELECT datlocprovider, datlocale, pg_encoding_to_char(encoding) FROM pg_database "
            "WHERE datname = current_database()"
        ).fetchone()
    assert locale in {("b", "C.UTF-8", "UTF8"), (b"b", "C.UTF-8", "UTF8")}
    wanted = {
        "data_checksums": "on",
        "fsync": "on",
        "synchronous_commit": "on",
        "jit": "off",
        "TimeZone": "UTC",
        "password_encryption": "scram-sha-256",
        "log_statement": "none",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_parameter_max_length_on_error": "0",
        "listen_addresses": "",
    }
    assert {name: settings[name] for name in wanted} == wanted


def test_nobody_gets_in_without_a_password(make: Make) -> None:
    server = make(fresh=True)
    info = server.start()
    for user in ("postgres", "clinic_owner", "myhealthally", "root"):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(info.url(user))
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(info.url(user, "guess"))
    hba = (info.data / "pg_hba.conf").read_text(encoding="utf-8")
    methods = {line.split()[-1] for line in hba.splitlines() if line.strip() and not line.startswith("#")}
    assert methods == {"scram-sha-256"}


def test_the_owner_cannot_reach_the_other_databases_of_the_server(make: Make) -> None:
    info = make().start()
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(info.owner_url.replace("/clinic?", "/postgres?"))


def test_passwords_and_sockets_are_private(make: Make) -> None:
    server = make(fresh=True)
    info = server.start()
    for name in ("owner.password", "superuser.password", "cluster.json"):
        assert stat.S_IMODE((server.home / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(Path(info.host).stat().st_mode) == 0o700
    assert stat.S_IMODE(info.data.stat().st_mode) == 0o700


def test_no_secret_is_in_any_process_argument_or_environment(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MHA_PASSWORD", "a person's secret")
    server = make()
    info = server.start()
    layout = find_layout(server.home)
    assert layout is not None
    keeper = supervisor(layout)
    assert keeper is not None
    secrets = {info.owner_password, layout.superuser_password.read_text(encoding="utf-8"), "a person's secret"}
    for process in (keeper, psutil.Process(info.pid)):
        seen = " ".join([*process.cmdline(), *process.environ().values()])
        assert not [secret for secret in secrets if secret in seen]


def test_the_log_holds_nothing_that_people_typed(make: Make) -> None:
    server = make()
    info = server.start()
    with psycopg.connect(info.owner_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE t (name text PRIMARY KEY)")
        connection.execute("INSERT INTO t VALUES (%s)", ["Zebedee Quux"])
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO t VALUES (%s)", ["Zebedee Quux"])
        with pytest.raises(psycopg.errors.InvalidTextRepresentation):
            connection.execute("SELECT 'Zebedee Quux'::int")
        with pytest.raises(psycopg.errors.SyntaxError):
            connection.execute("SELECT Zebedee Quux oops")
    server.stop()
    layout = find_layout(server.home)
    assert layout is not None
    log = layout.log.read_text(encoding="utf-8")
    assert "database system is shut down" in log
    assert "Zebedee" not in log


def test_a_second_start_finds_the_first_server(make: Make) -> None:
    server = make(fresh=True)
    steps: list[str] = []
    first = server.start(steps.append)
    assert steps == ["Preparing the embedded database", "Starting the embedded database"]
    steps.clear()
    assert server.start(steps.append) == first
    assert steps == []
    assert server.status().running
    assert server.status().supervised


def test_stop_ends_server_and_supervisor_and_keeps_the_data(make: Make) -> None:
    server = make()
    info = server.start()
    layout = find_layout(server.home)
    assert layout is not None
    with psycopg.connect(info.owner_url) as connection:
        connection.execute("CREATE TABLE kept (n int)")
    assert server.stop()
    assert not server.stop()
    assert not server.status().running
    assert supervisor(layout) is None
    again = server.start()
    assert again.pid != info.pid
    assert one(again.owner_url, "SELECT count(*) FROM kept") == 0


def test_status_of_a_server_that_was_never_made(make: Make) -> None:
    server = make(fresh=True)
    assert not server.status().set_up
    assert not server.stop()
    assert not server.home.exists()


def test_profiles_have_servers_of_their_own(make: Make) -> None:
    a, b = make("a", fresh=True).start(), make("b", fresh=True).start()
    assert a.pid != b.pid
    assert a.owner_url != b.owner_url


@pytest.mark.parametrize("name", ["", "..", "a/b", "a\\b", "a\0b", "x" * 65])
def test_a_profile_name_never_leaves_its_folder(name: str) -> None:
    with pytest.raises(Refused) as refused:
        EmbeddedServer(name)
    assert refused.value.code == "BadValue"


def test_it_stops_when_nobody_has_been_connected_for_a_while(make: Make) -> None:
    server = make(idle_seconds=1.0)
    info = server.start()
    with psycopg.connect(info.owner_url) as connection:
        assert not wait_for_end(info.pid, info.data, 3.0), "it must not stop under a connection"
        connection.execute("SELECT 1")
    assert wait_for_end(info.pid, info.data, 10.0)
    assert one(server.start().owner_url, "SELECT 1") == 1


def test_short_sessions_keep_it_awake(make: Make) -> None:
    server = make(idle_seconds=2.0)
    info = server.start()
    for _ in range(8):
        assert one(info.owner_url, "SELECT 1") == 1
        assert not wait_for_end(info.pid, info.data, 0.5)


def test_loopback_where_there_are_no_sockets(make: Make) -> None:
    server = make(tcp=True)
    info = server.start()
    assert info.host == "127.0.0.1"
    assert one(info.owner_url, "SELECT host(inet_server_addr())") == "127.0.0.1"
    with pytest.raises(psycopg.OperationalError, match="no password supplied"):
        psycopg.connect(info.url("clinic_owner"))
    assert server.start() == info


def _start(home: str, results: multiprocessing.Queue[tuple[int, str]]) -> None:
    root = Path(home)
    info = EmbeddedServer("p", Paths(root / "data", root / "config", root / "logs")).start()
    results.put((info.pid, info.owner_url))


def test_processes_starting_at_once_from_nothing_share_one_server(make: Make, folder: Path) -> None:
    server = make(fresh=True)
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[tuple[int, str]] = context.Queue()
    starters = [context.Process(target=_start, args=(str(folder / "home"), results)) for _ in range(5)]
    for starter in starters:
        starter.start()
    answers = {results.get(timeout=60) for _ in starters}
    for starter in starters:
        starter.join(20)
        assert starter.exitcode == 0
    assert len(answers) == 1
    info = server.start()
    assert answers == {(info.pid, info.owner_url)}, "it must have outlived its starters"
    assert one(info.owner_url, "SELECT 1") == 1


def test_root_never_runs_the_server_itself(make: Make) -> None:
    info = make().start()
    assert psutil.Process(info.pid).uids().real == (os.geteuid() or info.data.stat().st_uid)
    assert psutil.Process(info.pid).uids().real != 0

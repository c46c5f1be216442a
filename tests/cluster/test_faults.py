"""What goes wrong with a database server on a desk's computer, made for real."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from app.cluster import binaries, initialise
from app.cluster.account import root_folder, server_account
from app.cluster.keeper import supervisor
from app.cluster.layout import Layout, find_layout
from app.cluster.postmaster import running, wait_for_end
from app.cluster.server import ClusterInfo, EmbeddedServer
from app.cluster.sockets import PATH_LIMIT, socket_path
from app.db.errors import ConnectError
from app.db.server import ServerDatabase
from app.kernel.errors import AppError, Refused, Unavailable
from tests.cluster.conftest import Make
from tests.support.waiting import eventually


def layout_of(server: EmbeddedServer) -> Layout:
    found = find_layout(server.home)
    assert found is not None
    return found


def write(info: ClusterInfo, text: str) -> None:
    with psycopg.connect(info.owner_url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def notes_in(info: ClusterInfo) -> list[str]:
    with psycopg.connect(info.owner_url) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM note ORDER BY 1").fetchall()]


def kill(pid: int) -> None:
    process = psutil.Process(pid)
    process.kill()
    process.wait(20)


def test_an_open_window_brings_back_a_server_killed_with_its_supervisor(make: Make) -> None:
    server = make()
    info = server.start()
    database = ServerDatabase({"conninfo": info.owner_url}, pool_size=1, revive=server.revive)
    database.connect().close()
    keeper = supervisor(layout_of(server))
    assert keeper is not None
    kill(keeper.pid)
    kill(info.pid)
    with database.connect() as again:
        assert again.execute("SELECT 1").fetchall() == [(1,)]
    assert server.status().supervised
    assert not server.revive(), "it runs"
    server.stop()
    with pytest.raises(ConnectError):
        database.connect()
    assert not server.status().running, "who was stopped on purpose stays so"


def test_a_killed_server_is_back_by_itself_with_everything_committed(make: Make) -> None:
    server = make()
    info = server.start()
    write(info, "kept")
    os.kill(info.pid, signal.SIGKILL)
    eventually(lambda: (now := running(info.data)) is not None and now.ready and now.pid != info.pid)
    assert supervisor(layout_of(server)) is not None
    assert notes_in(server.start()) == ["kept"]


def test_a_server_killed_with_its_supervisor_starts_again(make: Make) -> None:
    server = make()
    info = server.start()
    write(info, "kept")
    keeper = supervisor(layout_of(server))
    assert keeper is not None
    keeper.kill()
    keeper.wait(10)
    os.kill(info.pid, signal.SIGKILL)
    again = server.start()
    assert again.pid != info.pid
    assert notes_in(again) == ["kept"]


def test_a_server_that_lost_its_supervisor_is_adopted(make: Make) -> None:
    server = make()
    info = server.start()
    keeper = supervisor(layout_of(server))
    assert keeper is not None
    keeper.kill()
    keeper.wait(10)
    assert server.start() == info, "the running server must not be disturbed"
    assert server.status().supervised


def test_a_server_that_somebody_started_by_hand_is_adopted(make: Make) -> None:
    server = make()
    info = server.start()
    server.stop()
    account = server_account()
    command = [server._programs().program("pg_ctl"), "-D", str(info.data), "-w", "-o"]
    options = f"-c listen_addresses= -k '{info.host}' -p 5439"
    subprocess.run(
        [*command, options, "start"],
        check=True,
        cwd="/",
        env=initialise.server_environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **account.popen_options(),
    )
    found = server.start()
    assert found.port == 5439
    write(found, "kept")
    assert server.stop()
    assert notes_in(server.start()) == ["kept"]


def test_a_stale_pid_file_of_a_dead_process(make: Make) -> None:
    server = make()
    info = server.start()
    pid_file = info.data / "postmaster.pid"
    text = pid_file.read_text(encoding="utf-8")
    server.stop()
    pid_file.write_text(text, encoding="utf-8")
    server_account().own(pid_file)
    assert not server.status().running
    assert server.start().pid != info.pid


def test_a_stale_pid_file_whose_process_id_belongs_to_another_program_now(make: Make) -> None:
    server = make()
    info = server.start()
    pid_file = info.data / "postmaster.pid"
    lines = pid_file.read_text(encoding="utf-8").splitlines()
    server.stop()
    account = server_account()
    with subprocess.Popen(["/bin/sleep", "60"], **account.popen_options()) as other:
        try:
            pid_file.write_text("\n".join([str(other.pid), *lines[1:]]) + "\n", encoding="utf-8")
            account.own(pid_file)
            assert not server.status().running
            again = server.start()
            assert again.pid != other.pid
            assert other.poll() is None, "the other program must be left alone"
        finally:
            other.kill()


def test_a_socket_that_another_program_listens_on_is_left_to_it(make: Make) -> None:
    server = make()
    info = server.start()
    server.stop()
    with socket.socket(socket.AF_UNIX) as taken:
        taken.bind(str(socket_path(Path(info.host), info.port)))
        taken.listen()
        again = server.start()
        assert again.port == info.port + 1
        write(again, "kept")
    assert socket_path(Path(info.host), info.port).exists()


def test_a_socket_that_a_killed_server_left_is_cleared(make: Make) -> None:
    server = make()
    info = server.start()
    server.stop()
    path = socket_path(Path(info.host), info.port)
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    path.with_name(f"{path.name}.lock").write_text(f"{os.getpid()}\n", encoding="utf-8")
    assert server.start().port == info.port


@pytest.mark.parametrize(
    "name",
    [
        "mit Leerzeichen",
        "clínica ñandú 診療所 🏥",
        "quote ' and \" quote",
        "comma, and percent % 20",
        "back\\slash $HOME",
    ],
)
def test_awkward_paths(make: Make, folder: Path, name: str) -> None:
    info = make(home=folder / name).start()
    write(info, "kept")
    assert notes_in(info) == ["kept"]


def test_a_path_too_long_for_a_socket(make: Make, folder: Path) -> None:
    server = make(home=folder / ("long " * 20))
    info = server.start()
    assert len(os.fsencode(str(socket_path(Path(info.host), info.port)))) <= PATH_LIMIT
    assert Path(info.host).stat().st_mode & 0o077 == 0
    write(info, "kept")
    server.stop()
    eventually(lambda: not Path(info.host).exists())
    assert notes_in(server.start()) == ["kept"]


def test_a_home_that_the_servers_user_cannot_reach(make: Make, folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = make(home=closed)
    info = server.start()
    root = server_account().uid is not None
    assert info.data.is_relative_to(root_folder() if root else closed)
    write(info, "kept")
    server.stop()
    assert notes_in(server.start()) == ["kept"]


def test_a_home_made_anew_never_meets_the_data_of_an_older_one(make: Make, folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    server = make(home=closed)
    first = server.start()
    notes_in_new(first)
    server.stop()
    shutil.rmtree(closed)
    closed.mkdir(mode=0o700)
    second = server.start()
    with psycopg.connect(second.owner_url) as connection:
        row = connection.execute("SELECT count(*) FROM pg_class WHERE relname = 'note'").fetchone()
    assert row == (0,)
    if first.data.exists():  # root's data lies outside the home
        shutil.rmtree(first.data.parent)


def test_programs_that_the_servers_user_cannot_reach_are_copied(make: Make, folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    package = binaries.wheel_binaries().folder.parents[1]
    shutil.copytree(package, closed / package.name, ignore=shutil.ignore_patterns("include"))
    shutil.copytree(package.with_name(f"{package.name}.libs"), closed / f"{package.name}.libs")
    mine = binaries.Binaries(closed / package.name / "pginstall" / "bin")
    info = make(fresh=True, binaries=mine).start()
    assert notes_in_new(info) == []


def notes_in_new(info: ClusterInfo) -> list[str]:
    with psycopg.connect(info.owner_url) as connection:
        connection.execute("CREATE TABLE note (text text)")
    return notes_in(info)


def test_the_wheel_is_missing(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda _name: None)
    with pytest.raises(Unavailable) as unavailable:
        make(fresh=True).start()
    assert unavailable.value.code == "EmbeddedServerMissing"


def test_programs_that_cannot_run_here(make: Make, folder: Path) -> None:
    broken = folder / "bin"
    broken.mkdir()
    (broken / "postgres").write_bytes(b"\x7fELF nonsense")
    (broken / "postgres").chmod(0o755)
    with pytest.raises(Unavailable) as unavailable:
        make(fresh=True, binaries=binaries.Binaries(broken)).start()
    assert unavailable.value.code == "EmbeddedServerBroken"


def refusal(server: EmbeddedServer) -> AppError:
    with pytest.raises(AppError) as caught:
        server.start()
    return caught.value


def test_data_of_another_version_is_refused_and_left_alone(make: Make) -> None:
    server = make()
    info = server.start()
    server.stop()
    (info.data / "PG_VERSION").write_text("17\n", encoding="ascii")
    error = refusal(server)
    assert isinstance(error, Refused)
    assert (error.code, error.data["found"], error.data["expected"]) == ("DataVersion", "17", 18)
    assert (info.data / "global" / "pg_control").exists()


def test_data_that_has_gone_is_never_replaced_by_an_empty_clinic(make: Make) -> None:
    server = make()
    info = server.start()
    server.stop()
    info.data.rename(info.data.with_name("elsewhere"))
    assert refusal(server).code == "DataMissing"
    assert not info.data.exists()
    info.data.with_name("elsewhere").rename(info.data)
    assert server.start().owner_url == info.owner_url


def test_a_damaged_record_is_named(make: Make) -> None:
    server = make()
    server.start()
    server.stop()
    record = server.home / "cluster.json"
    good = record.read_text(encoding="utf-8")
    record.write_text('{"id": ', encoding="utf-8")
    assert refusal(server).code == "ClusterRecordDamaged"
    record.write_text(good, encoding="utf-8")
    assert server.start().pid


def test_damaged_data_is_named(make: Make) -> None:
    server = make()
    info = server.start()
    server.stop()
    shutil.rmtree(info.data / "pg_wal")
    error = refusal(server)
    assert error.code in {"DataDamaged", "ServerStartFailed"}
    assert "pg_wal" in error.message
    eventually(lambda: supervisor(layout_of(server)) is None)


def test_an_initialisation_that_was_killed_leaves_no_half_made_server(make: Make) -> None:
    server = make(fresh=True)
    server.start()
    server.stop()
    layout = layout_of(server)
    shutil.rmtree(layout.data)
    layout.save(type(layout.record)(layout.record.id, layout.record.base, initialised=False))
    half = layout.base / "new-0000"
    (half / "data").mkdir(parents=True)
    (half / "data" / "PG_VERSION").write_text("18\n", encoding="ascii")
    write(server.start(), "kept")
    assert not half.exists()


def test_stop_while_people_are_connected(make: Make) -> None:
    server = make()
    info = server.start()
    with psycopg.connect(info.owner_url) as connection:
        connection.execute("SELECT 1")
        assert server.stop()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    assert wait_for_end(info.pid, info.data, 1.0)


if os.geteuid() == 0:  # only root can mount a small disk

    @pytest.fixture
    def small_disk(folder: Path) -> Iterator[Path]:
        place = folder / "disk"
        place.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m,mode=0755", "tmpfs", str(place)], check=True)
        yield place
        subprocess.run(["umount", "-l", str(place)], check=True)

    def grow(disk: Path, size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(disk)], check=True)

    def fill_table(info: ClusterInfo) -> int:
        """Insert until the disk is full; returns the number of rows that were acknowledged."""
        acknowledged = 0
        with psycopg.connect(info.owner_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE bulk (text text)")
            for _ in range(200):
                try:
                    connection.execute(
                        "INSERT INTO bulk SELECT repeat(md5(n::text), 30) FROM generate_series(1, 1000) n"
                    )
                except (psycopg.errors.DiskFull, psycopg.OperationalError):
                    return acknowledged
                acknowledged += 1000
        raise AssertionError("the disk is too large")

    def fill_disk(filler: Path) -> None:
        with suppress(OSError), filler.open("ab", buffering=0) as file:
            while True:
                file.write(b"\0" * 4096)

    def test_the_disk_is_full_when_the_server_is_made(small_disk: Path, make: Make) -> None:
        server = make(home=small_disk)
        error = refusal(server)
        assert isinstance(error, Unavailable)
        assert error.code == "DiskFull"
        assert not list(small_disk.rglob("new-*"))
        grow(small_disk, "200m")
        write(server.start(), "kept")

    def test_the_disk_fills_up_and_nothing_acknowledged_is_lost(small_disk: Path, make: Make) -> None:
        grow(small_disk, "110m")
        server = make(home=small_disk)
        info = server.start()
        write(info, "kept")
        acknowledged = fill_table(info)
        assert acknowledged
        grow(small_disk, "300m")
        again = server.start()
        assert notes_in(again)[0] == "kept"
        with psycopg.connect(again.owner_url) as connection:
            row = connection.execute("SELECT count(*) FROM bulk").fetchone()
        assert row == (acknowledged,)

    def test_the_supervisor_brings_a_server_back_that_a_full_disk_killed(small_disk: Path, make: Make) -> None:
        grow(small_disk, "110m")
        server = make(home=small_disk)
        info = server.start()
        write(info, "kept")
        filler = small_disk / "filler"
        fill_disk(filler)
        os.kill(info.pid, signal.SIGKILL)

        def down() -> bool:  # a start may just fit in what the crash freed: fill that too
            fill_disk(filler)
            if (now := running(info.data)) is not None and now.ready:
                os.kill(now.pid, signal.SIGKILL)
            return server.status().problem == "DiskFull"

        eventually(down)
        assert not server.status().running
        filler.unlink()
        eventually(lambda: (now := running(info.data)) is not None and now.ready and now.pid != info.pid, 60)
        assert notes_in(server.start()) == ["kept"]

"""The store's file: encrypted whole, refused by name when it isn't what it should be, and put aside when damaged."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import sqlcipher3.dbapi2 as driver
from sqlalchemy.exc import DBAPIError

from app.db.errors import translate
from app.db.local import LocalDatabase
from app.kernel.errors import Refused
from app.sync import file as store_file
from app.sync.cipher import PAGE, PLAIN_HEADER, PageKeys
from app.sync.file import STORE, WIPE_MEMORY, check_store, is_damage, open_store, quarantine
from tests.support.kill_steps import steps
from tests.support.store_rows import CLOCK, KEY, NOW, WORD, enter, entered

OTHER = bytes(32)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinic" / STORE


@contextmanager
def opened(path: Path, key: bytes = KEY, *, create: bool = False) -> Iterator[LocalDatabase]:
    database = open_store(path, key, CLOCK, create=create)
    try:
        yield database
    finally:
        database.close()


def refused(path: Path, key: bytes = KEY, *, create: bool = False) -> str:
    with pytest.raises(Refused) as caught:
        open_store(path, key, CLOCK, create=create).close()
    assert caught.value.field == "store"
    return caught.value.code


def flip(path: Path, position: int) -> None:
    raw = bytearray(path.read_bytes())
    raw[position] ^= 0x40
    path.write_bytes(raw)


# --- what lies on the disk ---------------------------------------------------------------------------------------


def test_nothing_is_in_plain_text_anywhere(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "temporary"
    elsewhere.mkdir()
    for name in ("TMPDIR", "SQLITE_TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(elsewhere))
    with opened(path, create=True) as database:
        enter(database, ["one", "two"])
        enter(database, ["long"], note=WORD * 400)
        with database.reading() as session:  # sorts more than fits in the cache
            session.connection().exec_driver_sql(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
                "SELECT count(*) FROM (SELECT i, ? || i AS w FROM n ORDER BY w DESC)", (WORD,)
            ).all()  # fmt: skip
        while_open = {found.name: found.read_bytes() for found in path.parent.iterdir()}
        assert set(while_open) == {STORE, f"{STORE}-wal", f"{STORE}-shm"}
        assert len(while_open[f"{STORE}-wal"]) > 10 * PAGE
    after = {f"{found.name} later": found.read_bytes() for found in path.parent.iterdir()}
    for name, raw in {**while_open, **after}.items():
        for word in (WORD, "Haemochromatosis", "Robin Ito", "harbor.example", "CREATE TABLE", "patients", "PENDING"):
            assert word.encode() not in raw, name
            assert word.encode("utf-16-le") not in raw, name
        assert KEY not in raw
        assert KEY.hex().encode() not in raw.lower()
        assert PLAIN_HEADER not in raw
    assert list(elsewhere.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_only_this_person_may_read_it(path: Path) -> None:
    with opened(path, create=True) as database:
        enter(database, ["one"])
        assert {stat.S_IMODE(found.stat().st_mode) for found in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_every_connection_has_the_same_safe_settings(path: Path) -> None:
    with opened(path, create=True) as database, database.reading() as one, database.reading() as two:
        for session in (one, two):
            ask = session.connection().exec_driver_sql
            assert str(ask("PRAGMA cipher_version").scalar_one()).startswith("4.")
            assert ask("PRAGMA journal_mode").scalar_one() == "wal"
            assert ask("PRAGMA synchronous").scalar_one() == 2, "FULL"
            assert ask("PRAGMA temp_store").scalar_one() == 2, "memory"
            assert str(ask("PRAGMA cipher_memory_security").scalar_one()) == str(int(WIPE_MEMORY))
            settings = {row[0] for row in ask("PRAGMA cipher_settings")}
            # What salvage reads pages by:
            assert {"PRAGMA cipher_page_size = 4096;", "PRAGMA cipher_use_hmac = 1;"} <= settings
            assert "PRAGMA cipher_hmac_algorithm = HMAC_SHA512;" in settings
            assert "PRAGMA cipher_plaintext_header_size = 0;" in settings


def test_a_driver_that_does_not_encrypt_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_file, "driver", sqlite3)
    with pytest.raises(RuntimeError, match="doesn't encrypt"):
        open_store(path, KEY, CLOCK, create=True)
    assert path.read_bytes() == b""


def test_a_store_made_without_the_key_is_noticed(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # SQLCipher without a key silently writes plain text.
    monkeypatch.setattr(PageKeys, "pragma", lambda _: "SELECT 1")
    with pytest.raises(Refused) as caught:
        open_store(path, KEY, CLOCK, create=True)
    assert caught.value.code == "StorePlain"


def test_the_key_shows_in_no_message_and_no_log(
    path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    with opened(path, create=True) as database:
        enter(database, ["one"])
        assert KEY.hex() not in repr(PageKeys.of(KEY))
        with pytest.raises(DBAPIError) as caught, database.reading() as session:
            session.connection().exec_driver_sql("SELECT nothing FROM nowhere")
    assert refused(path, OTHER) == "StoreClosed"
    flip(path, 5 * PAGE + 7)
    found = check_store(path, KEY)
    out = capfd.readouterr()
    texts = (str(caught.value), str(found), caplog.text, out.out, out.err)
    for text in texts:
        assert KEY.hex() not in text.lower()
        assert repr(KEY) not in text
    assert out.err == ""


# --- keys and files that aren't what they should be ------------------------------------------------------------------


def test_what_was_written_is_there_again(path: Path) -> None:
    with opened(path, create=True) as database:
        enter(database, ["one"])
    with opened(path) as database:
        assert entered(database) == {"one": "PENDING"}
    with opened(path, create=True) as database:
        assert entered(database) == {"one": "PENDING"}


def test_another_key_opens_nothing_and_changes_nothing(path: Path) -> None:
    with opened(path, create=True) as database:
        enter(database, ["one"])
    before = path.read_bytes()
    assert refused(path, OTHER) == "StoreClosed"
    assert refused(path, OTHER, create=True) == "StoreClosed"
    with pytest.raises(Refused, match="key"):
        check_store(path, OTHER)
    assert path.read_bytes() == before
    with opened(path) as database:
        assert entered(database) == {"one": "PENDING"}


def test_a_missing_store_is_not_made_by_the_way(path: Path) -> None:
    assert refused(path) == "StoreMissing"
    assert not path.parent.exists()


def test_a_plain_database_is_refused_and_left_as_it_is(path: Path) -> None:
    path.parent.mkdir(parents=True)
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE patients (name TEXT)")
    plain.commit()
    plain.close()
    before = path.read_bytes()
    assert refused(path) == "StorePlain"
    assert refused(path, create=True) == "StorePlain"
    with pytest.raises(Refused, match="aren't encrypted"):
        check_store(path, KEY)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"x", b"no database at all" * 1000, bytes(3 * PAGE)])
def test_other_files_are_refused(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert refused(path) == "StoreClosed"
    assert path.read_bytes() == content


# --- damage ----------------------------------------------------------------------------------------------------------


def test_a_flipped_byte_is_found_wherever_it_is(path: Path) -> None:
    with opened(path, create=True) as database:
        enter(database, [f"entry {number}" for number in range(30)])
    assert check_store(path, KEY) == []
    good = path.read_bytes()
    last = len(good) // PAGE
    for page in (1, 2, last // 3, last // 2, last):
        for place in (0, 1, 15, 16, 99, 2000, PAGE - 81, PAGE - 70, PAGE - 1):
            flip(path, (page - 1) * PAGE + place)
            found = check_store(path, KEY)
            assert found, (page, place)
            assert not any(WORD in text for text in found)
            path.write_bytes(good)
    assert check_store(path, KEY) == []


def test_a_file_that_was_cut_off_is_found(path: Path) -> None:
    with opened(path, create=True) as database:
        enter(database, ["one"])
    good = path.read_bytes()
    for size in (len(good) - 1, len(good) - PAGE, len(good) // 2, PAGE, PAGE - 1, 17):
        path.write_bytes(good[:size])
        assert check_store(path, KEY), size


def test_damage_to_the_first_page_is_told_from_another_key(path: Path) -> None:
    with opened(path, create=True):
        pass
    flip(path, 2000)
    assert refused(path) == "StoreDamaged"
    assert check_store(path, KEY) == ["store: it can't be read"]


def test_damage_met_while_working_is_known_as_such(path: Path) -> None:
    with opened(path, create=True) as database:
        enter(database, [f"entry {number}" for number in range(60)])
    connection = store_file.connect(path, PageKeys.of(KEY))
    root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'journal'").fetchone()[0]
    connection.close()
    flip(path, (root - 1) * PAGE + 300)
    with opened(path) as database, pytest.raises(DBAPIError) as caught:
        entered(database)
    assert is_damage(caught.value)


def test_quarantine_keeps_every_byte_and_makes_room(path: Path) -> None:
    with opened(path, create=True) as database:
        enter(database, ["one"])
        kept = {found.name: found.read_bytes() for found in path.parent.iterdir() if not found.name.endswith("-shm")}
        aside = path.parent / "aside"
        aside.mkdir()
        for name, raw in kept.items():
            (aside / name).write_bytes(raw)  # a store with its log, as a kill leaves it
    folder = path.parent
    first = quarantine(aside, NOW)
    assert {found.name: found.read_bytes() for found in first.parent.iterdir()} == kept
    assert [found.name for found in aside.iterdir()] == ["damaged-20260302T093000Z"]
    assert quarantine(folder, NOW).parent.name == "damaged-20260302T093000Z"
    with opened(path, create=True) as database:
        assert entered(database) == {}
    second = quarantine(folder, NOW)
    assert second.parent.name == "damaged-20260302T093000Z-2"
    with opened(first) as database:
        assert entered(database) == {"one": "PENDING"}


def put_aside(folder: str) -> None:
    """What a killed process was doing."""
    quarantine(Path(folder), NOW)


def test_a_kill_while_a_store_is_put_aside_loses_nothing_of_it(path: Path, tmp_path: Path) -> None:
    with opened(path, create=True) as database:
        enter(database, ["in the log alone"])
        kept = {name: (path.parent / name).read_bytes() for name in (STORE, f"{STORE}-wal")}
    folder = tmp_path / "killed"

    def begin() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        for name, raw in kept.items():
            (folder / name).write_bytes(raw)

    begin()
    places = set()
    for _ in steps("tests.sync.test_file:put_aside", str(folder)):
        places.add(tuple(sorted(found.name for found in folder.iterdir())))
        if (folder / STORE).exists():
            quarantine(folder, NOW)
        else:
            assert refused(folder / STORE) == "StoreMissing"  # opening puts the rest aside first
        assert not list(folder.glob(f"{STORE}*"))
        aside = [place for place in folder.glob("damaged-*") if (place / STORE).exists()]
        assert [{found.name: found.read_bytes() for found in place.iterdir()} for place in aside] == [kept]
        begin()
    assert len(places) > 2  # before, between, after


# --- kills and full disks --------------------------------------------------------------------------------------------


def write_until_killed(path: str) -> None:
    """What a killed process was doing: one entry after the other, each said when it was safe."""
    database = open_store(Path(path), KEY, CLOCK, create=True)
    number = len(entered(database))
    while True:
        number += 1
        enter(database, [f"entry {number}"], note=WORD * (number % 7 * 20 + 1))
        os.write(1, f"{number}\n".encode())


def test_kill_9_while_writing_loses_nothing_that_was_confirmed(path: Path) -> None:
    code = f"from tests.sync.test_file import write_until_killed as w; w({str(path)!r})"
    confirmed = 0
    for run in range(6):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(3 + 5 * run)]
        process.send_signal(signal.SIGKILL)
        said += [int(line) for line in process.stdout.read().splitlines()]
        process.stdout.close()
        process.wait()
        confirmed = max(confirmed, *said)
        with opened(path) as database:
            here = entered(database)
        assert set(here) >= {f"entry {number}" for number in range(1, confirmed + 1)}
        assert len(here) <= confirmed + 1
        confirmed = len(here)
        assert check_store(path, KEY) == []


def open_first(path: str) -> None:
    """What a killed process was doing: making the store."""
    open_store(Path(path), KEY, CLOCK, create=True).close()


def test_a_kill_while_the_store_is_made_is_made_up_for(path: Path) -> None:
    code = f"from tests.sync.test_file import open_first as w; import os; os.write(1, b'x'); w({str(path)!r})"
    for wait in (0.0, 0.05, 0.15, 0.3, 0.5):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=ROOT)
        assert process.stdout is not None
        process.stdout.read(1)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.kill()
        process.stdout.close()
        process.wait()
        with opened(path, create=True) as database:
            enter(database, ["one"])
            assert entered(database) == {"one": "PENDING"}
        assert check_store(path, KEY) == []
        for found in path.parent.iterdir():
            found.unlink()


FULL = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from sqlalchemy.exc import DBAPIError
from app.db.errors import translate
from app.sync.file import open_store
from tests.support.kill_steps import steps
from tests.support.store_rows import CLOCK, KEY, enter, entered
path = Path(sys.argv[1])
database = open_store(path, KEY, CLOCK, create=True)
enter(database, ["before"])
wal = path.with_name(path.name + "-wal").stat().st_size
limit = max(path.stat().st_size, wal) + 200_000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
number = 0
try:
    while True:
        enter(database, [f"entry {number + 1}"], note="x" * 30_000)
        number += 1
except DBAPIError as error:
    print(translate(error).code)
print(number)
print(len(entered(database)))
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
enter(database, ["after"])
print(len(entered(database)))
database.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no RLIMIT_FSIZE")
def test_a_full_disk_refuses_the_entry_and_keeps_the_others(path: Path) -> None:
    command = [sys.executable, "-c", FULL, str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    code, number, full, after = done.stdout.split()
    assert code == "DiskFull"
    assert int(number) > 0
    assert (int(full), int(after)) == (int(number) + 1, int(number) + 2)
    with opened(path) as database:
        assert len(entered(database)) == int(after)
    assert check_store(path, KEY) == []


def fill(file: Path) -> None:
    with file.open("wb", buffering=0) as stream, suppress(OSError):
        while stream.write(bytes(PAGE)):
            pass


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root may mount")
def test_a_disk_that_is_full_for_everybody(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(small)], check=False)
    if mounted.returncode != 0:
        pytest.skip("this container may not mount")
    try:
        with opened(small / STORE, create=True) as database:
            enter(database, ["before"])
            filler = small / "filler"
            fill(filler)
            with pytest.raises(DBAPIError) as caught:
                enter(database, ["too much"], note="x" * 200_000)
            error = translate(caught.value)
            assert error is not None
            assert error.code == "DiskFull"
            assert not is_damage(caught.value)
            assert entered(database) == {"before": "PENDING"}
            filler.unlink()
            enter(database, ["after"], note="x" * 200_000)
        assert check_store(small / STORE, KEY) == []
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_the_driver_wraps_its_errors() -> None:
    assert issubclass(driver.OperationalError, driver.DatabaseError)
    assert re.match(r"\d+\.\d+\.\d+", driver.sqlite_version)

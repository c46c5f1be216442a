"""The vault: password and workstation secret, leases by the server's time, recovery, damage, kills while writing."""

from __future__ import annotations

import base64
import json
import logging
import os
import stat
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.kernel.errors import Refused
from app.security import vault_file
from app.security.vault import KEYS, KEYS_COPY, LEASE, Vault, destroy_keys
from tests.support.kill_steps import steps

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECRET = bytes(range(32))
ROBIN, PASSWORD = "Robin.Ito@harbor.example", "granite umbrella seven"
SAM, SAMS = "sam@harbor.example", "a lamp beside the door"
HERE = "tests.unit.security.test_vault"


@pytest.fixture
def made(tmp_path: Path) -> tuple[Vault, bytes, str]:
    vault, data_key, recovery = Vault.create(tmp_path / "clinic", SECRET, now=NOW)
    vault.add_person(ROBIN, PASSWORD, data_key, SECRET, server_now=NOW, now=NOW)
    return vault, data_key, recovery


@pytest.fixture
def folder(made: tuple[Vault, bytes, str], tmp_path: Path) -> Path:
    return tmp_path / "clinic"


def refused(call: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        call()
    return caught.value


def opened(folder: Path, password: str = PASSWORD, secret: bytes | None = SECRET, *, now: datetime = NOW) -> bytes:
    return Vault.load(folder).open(ROBIN, password, secret, now=now)


# --- who gets in -------------------------------------------------------------------------------------------------


def test_password_and_workstation_secret_together_open_it(made: tuple[Vault, bytes, str], folder: Path) -> None:
    _, data_key, _ = made
    assert len(data_key) == 32
    assert opened(folder) == data_key
    assert Vault.load(folder).open(" robin.ito@HARBOR.example ", PASSWORD, SECRET, now=NOW) == data_key


def test_the_data_key_is_new_each_time(tmp_path: Path) -> None:
    keys = {Vault.create(tmp_path / str(number), SECRET, now=NOW)[1] for number in range(20)}
    assert len(keys) == 20


def test_a_wrong_password_opens_nothing(folder: Path) -> None:
    for typed in ("", "granite umbrella eight", PASSWORD + " ", PASSWORD.upper(), "\ud800"):
        assert refused(lambda typed=typed: opened(folder, typed)).code == "WrongPassword"  # type: ignore[misc]


def test_without_the_workstation_secret_the_password_opens_nothing(folder: Path) -> None:
    for secret in (None, b"", bytes(32), SECRET[:-1], SECRET + b"\x00"):
        error = refused(lambda secret=secret: opened(folder, PASSWORD, secret))  # type: ignore[misc]
        assert (error.code, error.field) == ("NoWorkstationSecret", "keyring")


def test_the_secret_is_part_of_the_key_and_not_only_compared(folder: Path) -> None:
    # Somebody who changes the file so that another secret passes the comparison is none the wiser.
    vault = Vault.load(folder)
    forged = replace(vault._keys, secret_check=_check_of(bytes(32), vault.id))
    (folder / KEYS).write_bytes(forged.to_bytes())
    assert refused(lambda: opened(folder, PASSWORD, bytes(32))).code == "WrongPassword"


def _check_of(secret: bytes, identity: str) -> bytes:
    from app.security import vault

    return vault._secret_check(secret, identity)


def test_only_who_signed_in_online_here_is_known(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, _ = made
    assert refused(lambda: vault.open(SAM, SAMS, SECRET, now=NOW)).code == "NotKnownHere"
    vault.add_person(SAM, SAMS, data_key, SECRET, server_now=NOW, now=NOW)
    assert Vault.load(folder).open(SAM, SAMS, SECRET, now=NOW) == data_key
    assert refused(lambda: vault.open(SAM, PASSWORD, SECRET, now=NOW)).code == "WrongPassword"
    assert opened(folder) == data_key
    vault.remove_person(SAM)
    assert refused(lambda: Vault.load(folder).open(SAM, SAMS, SECRET, now=NOW)).code == "NotKnownHere"
    assert opened(folder) == data_key


def test_one_persons_seal_is_of_no_use_to_another(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, _ = made
    vault.add_person(SAM, SAMS, data_key, SECRET, server_now=NOW, now=NOW)
    robins, sams = vault._keys.people.values()
    names = list(vault._keys.people)
    for entry in (robins, sams):
        assert entry.wrapped.sealed != data_key
    swapped = replace(vault._keys, people={names[0]: sams, names[1]: robins})
    (folder / KEYS).write_bytes(swapped.to_bytes())
    assert refused(lambda: Vault.load(folder).open(ROBIN, SAMS, SECRET, now=NOW)).code == "KeysDamaged"


def test_a_changed_password_replaces_the_former(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, _ = made
    vault.add_person(ROBIN, "another four words", data_key, SECRET, server_now=NOW, now=NOW)
    assert refused(lambda: opened(folder)).code == "WrongPassword"
    assert opened(folder, "another four words") == data_key


def test_the_same_password_typed_on_another_keyboard_opens(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, _ = made
    vault.add_person(ROBIN, "caf\u00e9 crème brûlée", data_key, SECRET, server_now=NOW, now=NOW)
    assert opened(folder, "cafe\u0301 crème brûlée") == data_key


def test_another_data_key_is_never_sealed(made: tuple[Vault, bytes, str]) -> None:
    vault, _, _ = made
    with pytest.raises(ValueError, match="another workstation"):
        vault.add_person(SAM, SAMS, bytes(32), SECRET, server_now=NOW)
    with pytest.raises(ValueError, match="another workstation"):
        vault.new_recovery_key(bytes(32))


# --- leases ------------------------------------------------------------------------------------------------------


def test_the_lease_ends_after_seven_days(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, _ = made
    assert vault.lease_until(ROBIN) == NOW + timedelta(days=7) == NOW + LEASE
    assert vault.lease_until(SAM) is None
    assert opened(folder, now=NOW + LEASE - timedelta(milliseconds=1)) == data_key
    assert refused(lambda: opened(folder, now=NOW + LEASE)).code == "LeaseEnded"


def test_it_counts_by_the_servers_time(tmp_path: Path) -> None:
    vault, data_key, _ = Vault.create(tmp_path, SECRET, now=NOW)
    wrong = NOW - timedelta(days=400)  # what this workstation's clock says
    vault.add_person(ROBIN, PASSWORD, data_key, SECRET, server_now=NOW, now=wrong)
    assert vault.lease_until(ROBIN) == NOW + LEASE
    assert vault.server_time(wrong) == NOW
    assert opened(tmp_path, now=wrong + timedelta(days=6)) == data_key
    assert refused(lambda: opened(tmp_path, now=wrong + timedelta(days=7))).code == "LeaseEnded"


def test_a_clock_set_back_does_not_extend_it(made: tuple[Vault, bytes, str], folder: Path) -> None:
    _, data_key, _ = made
    assert refused(lambda: opened(folder, now=NOW + timedelta(days=8))).code == "LeaseEnded"
    for back in (timedelta(days=6), timedelta(0), timedelta(days=-300)):
        error = refused(lambda back=back: opened(folder, now=NOW + back))  # type: ignore[misc]
        assert (error.code, error.field) == ("ClockSetBack", "clock")
    vault = Vault.load(folder)
    vault.add_person(ROBIN, PASSWORD, data_key, SECRET, server_now=NOW + timedelta(days=9), now=NOW)
    assert opened(folder, now=NOW) == data_key


def test_a_clock_before_the_sign_in_is_refused_even_if_the_file_forgets_the_time(folder: Path) -> None:
    vault = Vault.load(folder)
    forged = replace(vault._keys, latest=NOW - timedelta(days=900))
    (folder / KEYS).write_bytes(forged.to_bytes())
    assert refused(lambda: opened(folder, now=NOW - timedelta(days=1))).code == "ClockSetBack"


def test_time_that_was_noted_counts(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, _ = made
    vault.note_time(NOW + timedelta(days=3))
    vault.note_time(NOW + timedelta(days=2))
    assert Vault.load(folder).latest == NOW + timedelta(days=3)
    assert refused(lambda: opened(folder, now=NOW + timedelta(days=1))).code == "ClockSetBack"
    assert opened(folder, now=NOW + timedelta(days=3) - timedelta(seconds=90)) == data_key  # what two clocks differ by


def test_a_wrong_password_notes_no_time(folder: Path) -> None:
    assert refused(lambda: opened(folder, "guess", now=NOW + timedelta(days=5000))).code == "WrongPassword"
    assert Vault.load(folder).latest == NOW


def test_signing_in_online_puts_a_clock_right_that_had_run_ahead(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, _ = made
    vault.note_time(NOW + timedelta(days=5000))
    assert refused(lambda: opened(folder)).code == "ClockSetBack"
    vault.add_person(ROBIN, PASSWORD, data_key, SECRET, server_now=NOW + timedelta(hours=1), now=NOW)
    assert opened(folder, now=NOW + timedelta(hours=1)) == data_key


@pytest.mark.parametrize("field", ["until", "granted", "skewMs"])
def test_a_changed_lease_opens_nothing(folder: Path, field: str) -> None:
    vault = Vault.load(folder)
    (name, entry), *_ = vault._keys.people.items()
    longer = {
        "until": replace(entry, until=entry.until + timedelta(days=3650)),
        "granted": replace(entry, granted=entry.granted - timedelta(days=1)),
        "skewMs": replace(entry, skew=timedelta(days=-3650)),
    }[field]
    forged = vault._keys.with_person(name, longer)
    (folder / KEYS).write_bytes(forged.to_bytes())
    assert refused(lambda: opened(folder)).code == "KeysDamaged"


def test_who_the_server_vouches_for_needs_no_lease_but_the_password(made: tuple[Vault, bytes, str]) -> None:
    vault, data_key, _ = made
    for now in (NOW + timedelta(days=30), NOW - timedelta(days=30)):
        assert vault.open(ROBIN, PASSWORD, SECRET, now=now, vouched=True) == data_key
    assert vault.latest == NOW
    error = refused(lambda: vault.open(ROBIN, "something else", SECRET, now=NOW, vouched=True))
    assert error.code == "WrongPassword"
    error = refused(lambda: vault.open(ROBIN, PASSWORD, None, now=NOW, vouched=True))
    assert error.code == "NoWorkstationSecret"


def test_what_the_server_keeps_opens_with_the_workstation_secret_alone(
    made: tuple[Vault, bytes, str], folder: Path, tmp_path: Path
) -> None:
    vault, data_key, _ = made
    kept = vault.seal_for_server(data_key, SECRET)
    assert data_key not in kept
    assert Vault.load(folder).open_from_server(kept, SECRET) == data_key
    assert refused(lambda: vault.open_from_server(kept, None)).code == "NoWorkstationSecret"
    assert refused(lambda: vault.open_from_server(kept, bytes(32))).code == "NoWorkstationSecret"
    for bad in (b"", kept[:-1], bytes([kept[0] ^ 1]) + kept[1:]):
        assert refused(lambda bad=bad: vault.open_from_server(bad, SECRET)).code == "KeysDamaged"  # type: ignore[misc]
    other, _, _ = Vault.create(tmp_path / "other", SECRET, now=NOW)
    assert refused(lambda: other.open_from_server(kept, SECRET)).code == "KeysDamaged"
    for file in folder.iterdir():
        assert base64.b64encode(kept[12:]) not in file.read_bytes()


# --- recovery ----------------------------------------------------------------------------------------------------


def test_the_recovery_key_opens_without_password_keyring_or_lease(made: tuple[Vault, bytes, str], folder: Path) -> None:
    _, data_key, recovery = made
    assert Vault.load(folder).open_with_recovery(recovery.lower()) == data_key


def test_another_workstations_recovery_key_opens_nothing(made: tuple[Vault, bytes, str], tmp_path: Path) -> None:
    vault, _, _ = made
    _, _, other = Vault.create(tmp_path / "other", SECRET, now=NOW)
    error = refused(lambda: vault.open_with_recovery(other))
    assert error.code == "WrongRecoveryKey"
    assert "another workstation" in error.message


def test_a_new_recovery_key_ends_the_former(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, former = made
    latter = vault.new_recovery_key(data_key)
    assert Vault.load(folder).open_with_recovery(latter) == data_key
    assert refused(lambda: Vault.load(folder).open_with_recovery(former)).code == "WrongRecoveryKey"
    assert opened(folder) == data_key


def test_a_new_workstation_secret_ends_every_seal_of_the_former(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, data_key, recovery = made
    latter = bytes(reversed(SECRET))
    vault.new_workstation_secret(data_key, latter)
    assert refused(lambda: opened(folder)).code == "NoWorkstationSecret"
    assert refused(lambda: opened(folder, PASSWORD, latter)).code == "NotKnownHere"
    assert vault.open_with_recovery(recovery) == data_key
    vault.add_person(ROBIN, PASSWORD, data_key, latter, server_now=NOW, now=NOW)
    assert opened(folder, PASSWORD, latter) == data_key


def test_destroyed_keys_open_nothing_any_more(made: tuple[Vault, bytes, str], folder: Path) -> None:
    vault, _, _ = made
    vault.destroy()
    assert list(folder.iterdir()) == []
    assert refused(lambda: Vault.load(folder)).code == "NotEnrolled"
    vault.destroy()


def test_damaged_keys_are_destroyed_too(folder: Path) -> None:
    (folder / KEYS).write_bytes(b"{")
    (folder / f".{KEYS}.left").write_bytes(b"a killed write")
    destroy_keys(folder)
    assert list(folder.iterdir()) == []


# --- the file ----------------------------------------------------------------------------------------------------


def test_the_file_holds_nothing_in_plain(made: tuple[Vault, bytes, str], folder: Path) -> None:
    _, data_key, recovery = made
    for file in folder.iterdir():
        raw = file.read_bytes()
        for secret in (data_key, SECRET, recovery.replace("-", "").encode()):
            for form in (secret, secret.hex().encode(), base64.b64encode(secret)):
                assert form not in raw
        for word in (PASSWORD, "robin", "harbor", "Ito"):
            assert word.lower().encode() not in raw.lower()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
def test_only_this_person_may_read_it(folder: Path) -> None:
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {
        KEYS: 0o600,
        KEYS_COPY: 0o600,
    }


def test_no_secret_in_representations_messages_or_logs(
    made: tuple[Vault, bytes, str], folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    vault, data_key, recovery = made
    guess = "a quite " + "wrong guess"  # in two, since a traceback shows this file's lines
    texts = [repr(vault), str(vault), repr(vault._keys)]
    for call in (
        lambda: opened(folder, guess),
        lambda: opened(folder, PASSWORD, bytes(31) + b"\x01"),
        lambda: vault.open_with_recovery(recovery[:-1] + ("0" if recovery[-1] != "0" else "1")),
    ):
        error = refused(call)
        texts += [str(error), json.dumps(error.to_json()), "".join(traceback.format_exception(error))]
    texts.append(caplog.text)
    from app.security.vault_wrap import person_key

    texts.append(repr(person_key(PASSWORD, SECRET, bytes(16))))
    key = person_key(PASSWORD, SECRET, bytes(16))
    whole = "\n".join(texts)
    for secret in (PASSWORD, guess, recovery, data_key.hex(), repr(data_key), repr(key.wrapping)):
        assert secret not in whole


def positions(file: Path) -> Iterator[int]:
    size = file.stat().st_size
    yield from range(0, size, max(1, size // 60))


def test_a_flipped_byte_is_noticed_and_the_copy_opens(made: tuple[Vault, bytes, str], folder: Path) -> None:
    _, data_key, recovery = made
    good = (folder / KEYS).read_bytes()
    for position in positions(folder / KEYS):
        bad = bytearray(good)
        bad[position] ^= 0x15
        (folder / KEYS).write_bytes(bad)
        vault = Vault.load(folder)
        assert vault.open_with_recovery(recovery) == data_key
        assert (folder / KEYS).read_bytes() == good, "put right by loading"


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b'{"content": {}, "sum": ""}', b"\xff" * 40, b"[" * 5000])
def test_damaged_keys_say_so(folder: Path, raw: bytes) -> None:
    (folder / KEYS).write_bytes(raw)
    (folder / KEYS_COPY).write_bytes(raw)
    assert refused(lambda: Vault.load(folder)).code == "KeysDamaged"


def test_a_missing_file_is_made_again_from_the_copy(made: tuple[Vault, bytes, str], folder: Path) -> None:
    (folder / KEYS).unlink()
    assert opened(folder) == made[1]
    assert (folder / KEYS).exists()


def test_no_vault_is_not_enrolled(tmp_path: Path) -> None:
    assert refused(lambda: Vault.load(tmp_path)).code == "NotEnrolled"


def test_a_vault_in_use_is_not_made_anew(folder: Path) -> None:
    assert refused(lambda: Vault.create(folder, SECRET, now=NOW)).code == "AlreadyEnrolled"


def test_absurd_costs_in_a_changed_file_are_not_paid(folder: Path) -> None:
    raw = json.loads((folder / KEYS).read_bytes())
    (entry,) = raw["content"]["people"].values()
    entry["cost"]["memory"] = 1 << 40
    raw["sum"] = vault_file._sum(raw["content"])
    for name in (KEYS, KEYS_COPY):
        (folder / name).write_text(json.dumps(raw))
    assert refused(lambda: Vault.load(folder)).code == "KeysDamaged"


# --- kills -------------------------------------------------------------------------------------------------------


def note(folder: str) -> None:
    """What a killed process was doing: any change of the keys, here that it is a day later."""
    Vault.load(Path(folder)).note_time(NOW + timedelta(days=1))


def test_a_kill_at_any_step_leaves_the_old_or_the_new_keys(made: tuple[Vault, bytes, str], folder: Path) -> None:
    _, data_key, recovery = made
    before = (folder / KEYS).read_bytes()
    seen = set()
    for _ in steps(f"{HERE}:note", str(folder)):
        vault = Vault.load(folder)
        assert vault.open_with_recovery(recovery) == data_key
        seen.add(vault.latest)
        for name in (KEYS, KEYS_COPY):
            (folder / name).write_bytes(before)
    assert seen == {NOW, NOW + timedelta(days=1)}
    assert opened(folder, now=NOW + timedelta(days=1)) == data_key
    assert sorted(file.name for file in folder.iterdir()) == [KEYS_COPY, KEYS]


def make(folder: str) -> None:
    """What a killed process was doing: the vault's first writing."""
    Vault.create(Path(folder), SECRET, now=NOW)


def test_a_kill_while_it_is_made_leaves_nothing_or_a_whole_vault(tmp_path: Path) -> None:
    for step in steps(f"{HERE}:make", str(tmp_path / "made")):
        if any((tmp_path / "made" / name).exists() for name in (KEYS, KEYS_COPY)):
            assert not Vault.load(tmp_path / "made").is_usable, step
        else:
            assert refused(lambda: Vault.load(tmp_path / "made")).code == "NotEnrolled"
    assert not Vault.load(tmp_path / "made").is_usable


def drop(folder: str) -> None:
    """What a killed process was doing: destroying the keys."""
    destroy_keys(Path(folder))


def test_a_kill_while_keys_are_destroyed_is_finished_the_next_time(
    made: tuple[Vault, bytes, str], folder: Path
) -> None:
    copies = {file.name: file.read_bytes() for file in folder.iterdir()}
    for _ in steps(f"{HERE}:drop", str(folder)):
        destroy_keys(folder)
        assert list(folder.iterdir()) == []
        for name, raw in copies.items():
            (folder / name).write_bytes(raw)
    assert list(folder.iterdir()) == []


def test_a_full_disk_leaves_the_old_keys(
    made: tuple[Vault, bytes, str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault, data_key, _ = made

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            vault.add_person(SAM, SAMS, data_key, SECRET, server_now=NOW)
    assert vault.lease_until(SAM) is None
    assert opened(folder) == data_key
    assert sorted(file.name for file in folder.iterdir()) == [KEYS_COPY, KEYS]

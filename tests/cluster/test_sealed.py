"""Encrypted files: whole or refused, whatever is done to them."""

from __future__ import annotations

import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.cluster import sealed
from app.cluster.sealed import SealedWriter, open_sealed
from app.kernel.errors import Refused

PASS = "three plain words"


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_PIECE", 1024)


def seal(*parts: bytes) -> bytes:
    file = io.BytesIO()
    writer = SealedWriter(file, PASS)
    for part in parts:
        writer.write(part)
    writer.close()
    return file.getvalue()


def unseal(data: bytes, passphrase: str = PASS) -> bytes:
    return b"".join(open_sealed(io.BytesIO(data), passphrase))


def refusal(data: bytes, passphrase: str = PASS) -> str:
    with pytest.raises(Refused) as refused:
        unseal(data, passphrase)
    return refused.value.code


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.binary(max_size=3000), max_size=6))
def test_what_goes_in_comes_out(parts: list[bytes]) -> None:
    assert unseal(seal(*parts)) == b"".join(parts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=300)
@given(st.data())
def test_any_flipped_bit_is_noticed(data: st.DataObject) -> None:
    whole = bytearray(seal(b"x" * 2500))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] ^= 1 << data.draw(st.integers(0, 7))
    assert refusal(bytes(whole)) in {"BackupDamaged", "WrongPassphrase", "NotABackup"}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(st.integers(0, 3000))
def test_any_cut_is_noticed(length: int) -> None:
    whole = seal(b"x" * 2500)
    assert refusal(whole[: min(length, len(whole) - 1)]) in {"BackupDamaged", "NotABackup"}


def test_a_cut_between_two_pieces_is_noticed() -> None:
    whole = seal(b"x" * 4096)
    piece = 1024 + 16
    for count in (1, 2, 3):
        assert refusal(whole[: len(whole) - count * piece]) == "BackupDamaged"


def test_pieces_cannot_change_places_or_come_from_another_file() -> None:
    whole = seal(bytes(1024), bytes(1024), bytes(10))
    start = len(whole) - 2 * (1024 + 16) - (10 + 16)
    first, second, rest = (
        whole[start : start + 1040],
        whole[start + 1040 : start + 2080],
        whole[start + 2080 :],
    )
    assert unseal(whole[:start] + first + second + rest) == bytes(2058)
    assert refusal(whole[:start] + second + first + rest) == "BackupDamaged"
    other = seal(bytes(1024), bytes(1024), bytes(10))
    assert refusal(other[:start] + first + second + rest) in {"BackupDamaged", "WrongPassphrase"}


def test_the_wrong_passphrase_is_told_from_damage() -> None:
    assert refusal(seal(b"x"), "three other words") == "WrongPassphrase"


def test_other_files_are_no_backups() -> None:
    for data in (b"", b"PGDMP", b"MHABACK1", b"MHABACK1\xff\xff\xff\xff", b"MHABACK1\0\0\0\2{}", bytes(5000)):
        assert refusal(data) == "NotABackup"


def test_a_header_cannot_ask_for_absurd_amounts_of_memory() -> None:
    whole = seal(b"x")
    assert refusal(whole.replace(b'"memory": 64', b'"memory": 64000000')) == "NotABackup"


def test_nothing_plain_is_in_the_file() -> None:
    assert b"Zebedee" not in seal(b"Zebedee " * 500)


def test_a_short_passphrase_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        SealedWriter(io.BytesIO(), "short")
    assert (refused.value.code, refused.value.field) == ("WeakPassphrase", "passphrase")

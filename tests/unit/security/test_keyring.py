"""Secrets go to a real keyring or nowhere."""

from __future__ import annotations

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import KeyringLocked, PasswordDeleteError

from app.kernel.errors import Refused
from app.security import keyring as ours


class Vault(KeyringBackend):
    """A keyring in memory."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def _open(self) -> dict[tuple[str, str], str]:
        if self.locked:
            raise KeyringLocked
        return self.kept

    def get_password(self, service: str, username: str) -> str | None:
        return self._open().get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if self._open().pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> Vault:
    vault = Vault()
    monkeypatch.setattr(keyring, "get_keyring", lambda: vault)
    monkeypatch.setattr(ours, "ALLOWED", frozenset({f"{Vault.__module__}.{Vault.__qualname__}"}))
    return vault


def test_a_real_keyring_keeps_and_forgets(vault: Vault) -> None:
    assert ours.keyring_state().usable
    assert ours.recall("clinic", "robin@x.example") is None
    ours.remember("clinic", "robin@x.example", "granite umbrella")
    assert ours.recall("clinic", "robin@x.example") == "granite umbrella"
    assert ours.recall("other", "robin@x.example") is None
    assert list(vault.kept) == [("MyHealthAlly clinic", "robin@x.example")]
    ours.forget("clinic", "robin@x.example")
    ours.forget("clinic", "robin@x.example")
    assert ours.recall("clinic", "robin@x.example") is None


def test_a_locked_keyring_says_so_and_nothing_is_remembered(vault: Vault) -> None:
    vault.locked = True
    with pytest.raises(Refused) as caught:
        ours.remember("clinic", "robin@x.example", "granite umbrella")
    assert caught.value.code == "NoKeyring"
    assert ours.recall("clinic", "robin@x.example") is None
    ours.forget("clinic", "robin@x.example")


class PlainFile(Vault):
    """What keyrings.alt offers: a file anybody can read."""


@pytest.mark.parametrize("backend", [null.Keyring, fail.Keyring, PlainFile])
def test_anything_else_is_no_keyring(monkeypatch: pytest.MonkeyPatch, backend: type[KeyringBackend]) -> None:
    monkeypatch.setattr(keyring, "get_keyring", backend)
    state = ours.keyring_state()
    assert not state.usable
    assert backend.__qualname__ in state.reason
    with pytest.raises(Refused) as caught:
        ours.remember("clinic", "robin@x.example", "granite umbrella")
    assert caught.value.code == "NoKeyring"
    assert ours.recall("clinic", "robin@x.example") is None
    ours.forget("clinic", "robin@x.example")


def test_a_chain_is_as_good_as_the_real_one_in_it(monkeypatch: pytest.MonkeyPatch, vault: Vault) -> None:
    from keyring.backends.chainer import ChainerBackend

    monkeypatch.setattr(ChainerBackend, "backends", [PlainFile(), vault])
    monkeypatch.setattr(keyring, "get_keyring", ChainerBackend)
    ours.remember("clinic", "robin@x.example", "granite umbrella")
    assert vault.kept

"""The workstation secret: in a keyring that is known to keep secrets, or enrolment is refused with the reason."""

from __future__ import annotations

import importlib
import stat
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import fail, null
from keyring.errors import InitError, KeyringLocked, PasswordDeleteError, PasswordSetError

from app.kernel.errors import Refused
from app.security import keyring as ours
from app.security.workstation_key import (
    DEMO_SECRET,
    WorkstationKeys,
    forget_workstation_secret,
    make_workstation_secret,
    workstation_secret,
)


class Box(KeyringBackend):
    """A keyring in memory; ``trouble`` is raised by every call."""

    priority = 1

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.trouble: Exception | None = None
        self.forgetful = False

    def _open(self) -> dict[tuple[str, str], str]:
        if self.trouble is not None:
            raise self.trouble
        return self.kept

    def get_password(self, service: str, username: str) -> str | None:
        return self._open().get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self._open()[service, username] = password
        if self.forgetful:
            self.kept.clear()

    def delete_password(self, service: str, username: str) -> None:
        if self._open().pop((service, username), None) is None:
            raise PasswordDeleteError


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Box:
    box = Box()
    monkeypatch.setattr(keyring, "get_keyring", lambda: box)
    monkeypatch.setattr(ours, "ALLOWED", frozenset({f"{Box.__module__}.{Box.__qualname__}"}))
    return box


def refusal(profile: str = "clinic") -> Refused:
    with pytest.raises(Refused) as caught:
        make_workstation_secret(profile)
    assert (caught.value.code, caught.value.field) == ("NoKeyring", "keyring")
    return caught.value


def test_a_secret_is_made_once_and_kept(box: Box) -> None:
    assert workstation_secret("clinic") is None
    made = make_workstation_secret("clinic")
    assert len(made) == 32
    assert make_workstation_secret("clinic") == workstation_secret("clinic") == made
    assert make_workstation_secret("other") != made
    forget_workstation_secret("clinic")
    forget_workstation_secret("clinic")
    assert workstation_secret("clinic") is None
    assert [account for _, account in box.kept] == ["other"]


@pytest.mark.parametrize(
    ("trouble", "word"),
    [(KeyringLocked("locked"), "KeyringLocked"), (InitError("no bus"), "InitError"), (PasswordSetError("no"), "Set")],
)
def test_a_keyring_that_is_locked_or_broken_says_why(box: Box, trouble: Exception, word: str) -> None:
    box.trouble = trouble
    assert word in refusal().message
    with pytest.raises(Refused, match=word):
        workstation_secret("clinic")
    forget_workstation_secret("clinic")


def test_a_keyring_that_keeps_nothing_is_found_out(box: Box) -> None:
    box.forgetful = True
    assert "didn't keep" in refusal().message


@pytest.mark.parametrize("kept", ["", "granite", "00" * 31, "00" * 33, "zz" * 32])
def test_what_is_no_secret_of_ours_counts_as_none(box: Box, kept: str) -> None:
    box.kept["MyHealthAlly workstation", "clinic"] = kept
    assert workstation_secret("clinic") is None


class PlainFile(Box):
    """What keyrings.alt offers: a file anybody can read."""


@pytest.mark.parametrize("backend", [null.Keyring, fail.Keyring, PlainFile])
def test_backends_that_keep_nothing_or_plain_text_are_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, backend: type[KeyringBackend]
) -> None:
    monkeypatch.setattr(keyring, "get_keyring", backend)
    assert backend.__qualname__ in refusal().message
    with pytest.raises(Refused) as caught:
        workstation_secret("clinic")
    assert caught.value.code == "NoKeyring"


@pytest.mark.parametrize(
    "name",
    [
        "keyring.backends.macOS.Keyring",
        "keyring.backends.Windows.WinVaultKeyring",
        "keyring.backends.SecretService.Keyring",
        "keyring.backends.libsecret.Keyring",
        "keyring.backends.kwallet.DBusKeyring",
    ],
)
def test_the_real_keyrings_of_every_platform_count_by_name(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    module, _, kind = name.rpartition(".")
    if module.rpartition(".")[2] not in ("macOS",) or sys.platform == "darwin":
        assert hasattr(importlib.import_module(module), kind), "the package still calls it so"
    backend = type(kind, (Box,), {"__module__": module, "__qualname__": kind})
    monkeypatch.setattr(keyring, "get_keyring", backend)
    assert ours.keyring_state() == ours.KeyringState(True, name)
    lookalike = type(kind, (Box,), {"__module__": "keyrings.alt.file", "__qualname__": kind})
    monkeypatch.setattr(keyring, "get_keyring", lookalike)
    assert not ours.keyring_state().usable


def test_the_demo_may_keep_it_in_a_file_and_nobody_else(tmp_path: Path) -> None:
    real = WorkstationKeys("clinic", tmp_path / "clinic")
    with pytest.raises(Refused, match="null"):
        real.make()
    assert not (tmp_path / "clinic").exists()
    demo = WorkstationKeys("demo", tmp_path / "demo", is_demo=True)
    assert demo.find() is None
    made = demo.make()
    assert demo.make() == demo.find() == made
    file = tmp_path / "demo" / DEMO_SECRET
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(Refused, match="null"):
        WorkstationKeys("demo", tmp_path / "demo").find()
    demo.forget()
    assert demo.find() is None
    assert not file.exists()


def test_the_demo_uses_the_keyring_where_there_is_one(box: Box, tmp_path: Path) -> None:
    demo = WorkstationKeys("demo", tmp_path, is_demo=True)
    made = demo.make()
    assert list(tmp_path.iterdir()) == []
    assert workstation_secret("demo") == made
    demo.forget()
    assert box.kept == {}

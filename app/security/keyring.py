"""Remembering secrets in the operating system's keyring, and only there.

Backends that keep nothing, keep plain text or are unknown don't count: then nothing is remembered, and whoever
needs a secret kept says why not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.kernel.errors import Refused
from app.kernel.i18n import t

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

TITLES = {
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
    "keyring.backends.SecretService.Keyring": "Secret Service (GNOME Keyring)",
    "keyring.backends.libsecret.Keyring": "Secret Service (libsecret)",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
}
"""The real ones, by the names that people know them by."""
ALLOWED = frozenset(TITLES)
_CHAINER = "keyring.backends.chainer.ChainerBackend"


@dataclass(frozen=True, slots=True)
class KeyringState:
    """Whether secrets can be kept here: the backend's name, and the reason when they can't."""

    usable: bool
    backend: str
    reason: str = ""

    @property
    def title(self) -> str:
        """The name that people know it by."""
        return TITLES.get(self.backend, self.backend)


def keyring_state() -> KeyringState:
    """Look for a real keyring, without asking it for anything."""
    found, name = _find()
    if found is not None:
        return KeyringState(True, name)
    return KeyringState(False, name, t("This computer has no keyring that keeps secrets safe ({name}).", name=name))


def remember(service: str, account: str, secret: str) -> None:
    """Keep a secret. Refused "NoKeyring" with the reason when there is no real keyring or it is locked."""
    backend = _backend()
    try:
        backend.set_password(_named(service), account, secret)
    except Exception as error:
        raise _failed(error) from error


def recall(service: str, account: str) -> str | None:
    """Return a kept secret; None when there is none, or no keyring that can be asked."""
    found, _ = _find()
    if found is None:
        return None
    try:
        return found.get_password(_named(service), account)
    except Exception as error:
        if _is_keyring_error(error):
            return None
        raise


def recall_or_refuse(service: str, account: str) -> str | None:
    """Return a kept secret, None when there is none. Refused "NoKeyring" with the reason when nobody can be asked."""
    backend = _backend()
    try:
        return backend.get_password(_named(service), account)
    except Exception as error:
        raise _failed(error) from error


def forget(service: str, account: str) -> None:
    """Delete a kept secret, if there is one."""
    found, _ = _find()
    if found is None:
        return
    try:
        found.delete_password(_named(service), account)
    except Exception as error:
        if not _is_keyring_error(error):
            raise


def _named(service: str) -> str:
    return f"MyHealthAlly {service}"


def _full_name(backend: object) -> str:
    kind = type(backend)
    return f"{kind.__module__}.{kind.__qualname__}"


def _find() -> tuple[KeyringBackend | None, str]:
    """Return the real backend and its name, or None and the name of what is there instead."""
    import keyring  # noqa: PLC0415  looking for backends takes a while: not at the program's start

    chosen = keyring.get_keyring()
    inner = getattr(chosen, "backends", ()) if _full_name(chosen) == _CHAINER else (chosen,)
    for backend in inner:
        if _full_name(backend) in ALLOWED:
            return backend, _full_name(backend)
    return None, _full_name(chosen)


def _backend() -> KeyringBackend:
    found, name = _find()
    if found is None:
        message = t("This computer has no keyring that keeps secrets safe ({name}).", name=name)
        raise Refused("NoKeyring", message, field="keyring", backend=name)
    return found


def _is_keyring_error(error: BaseException) -> bool:
    from keyring.errors import KeyringError  # noqa: PLC0415

    return isinstance(error, KeyringError)


def _failed(error: Exception) -> Exception:
    if _is_keyring_error(error):
        return Refused("NoKeyring", t("The keyring can't be opened: {why}", why=type(error).__name__), field="keyring")
    return error

"""The workstation secret: half of every offline sign-in, kept in the operating system's keyring and nowhere else.

Without it a stolen disk and a known password open nothing. The demo clinic alone, whose people are invented, may keep
it in a file beside the store, so that its outage can be tried on machines without a keyring.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.private_file import destroy_private, private_folder, write_private
from app.security.keyring import forget, keyring_state, recall_or_refuse, remember
from app.security.vault_wrap import same

SECRET_BYTES: Final = 32
DEMO_SECRET: Final = "demo-secret"  # noqa: S105 - a file's name
_SERVICE: Final = "workstation"


def workstation_secret(profile: str) -> bytes | None:
    """Return the kept secret, None when there is none. Raises Refused "NoKeyring" when the keyring can't be asked."""
    kept = recall_or_refuse(_SERVICE, profile)
    return None if kept is None else _decoded(kept)


def make_workstation_secret(profile: str) -> bytes:
    """Return the kept secret, or make and keep one. Raises Refused "NoKeyring" with the reason.

    One that is there stays: another store may hang on it.
    """
    found = workstation_secret(profile)
    if found is not None:
        return found
    made = os.urandom(SECRET_BYTES)
    remember(_SERVICE, profile, made.hex())
    kept = workstation_secret(profile)
    if kept is None or not same(kept, made):
        name = keyring_state().backend
        message = t("The keyring of this computer didn't keep what it was given ({name}).", name=name)
        raise Refused("NoKeyring", message, field="keyring", backend=name)
    return made


def forget_workstation_secret(profile: str) -> None:
    """Delete the kept secret, if there is one and the keyring can be asked."""
    forget(_SERVICE, profile)


@dataclass(frozen=True, slots=True)
class WorkstationKeys:
    """Where one enrolled workstation's secret lies: in the keyring under ``account``; for the demo beside the store."""

    account: str
    folder: Path
    is_demo: bool = False

    def find(self) -> bytes | None:
        """Return the secret, None when there is none. Raises Refused "NoKeyring" when the keyring can't be asked."""
        if self.is_demo and self._file.exists():
            return _decoded(self._file.read_text(encoding="ascii", errors="replace"))
        return None if self._in_file() else workstation_secret(self.account)

    def make(self) -> bytes:
        """Return the secret, or make and keep one. Raises Refused "NoKeyring" with the reason."""
        found = self.find()
        if found is not None:
            return found
        if not self._in_file():
            return make_workstation_secret(self.account)
        private_folder(self.folder)
        made = os.urandom(SECRET_BYTES)
        write_private(self._file, made.hex().encode("ascii"))
        return made

    def forget(self) -> None:
        """Destroy the secret wherever it is."""
        destroy_private(self._file)
        forget_workstation_secret(self.account)

    @property
    def _file(self) -> Path:
        return self.folder / DEMO_SECRET

    def _in_file(self) -> bool:
        return self.is_demo and not keyring_state().usable


def _decoded(kept: str) -> bytes | None:
    """Return a secret of the right form; anything else is none of ours."""
    try:
        secret = bytes.fromhex(kept)
    except ValueError:
        return None
    return secret if len(secret) == SECRET_BYTES else None

"""The workstation's data key, sealed, at the server: for people whom no seal at the workstation knows (yet)."""

from __future__ import annotations

from typing import Protocol


class KeptKey(Protocol):
    """What the server keeps for one workstation. The server can't open it: that takes the workstation secret."""

    def keep(self, sealed: bytes) -> None:
        """Let the server keep it, in place of what it had."""
        ...

    def fetch(self) -> bytes | None:
        """Return it to somebody who is signed in; None when there is none or the workstation was revoked."""
        ...

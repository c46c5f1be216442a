"""What the clinic's server keeps of a workstation, asked as the person who signs in there."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from app.db.errors import as_app_errors
from app.db.server import ServerDatabase


@dataclass(frozen=True, slots=True)
class KeptByServer:
    """The store's key, sealed, at the server: for people whom no seal at the workstation knows (yet)."""

    server: ServerDatabase
    workstation: str

    def keep(self, sealed: bytes) -> None:
        """Let the server keep it, in place of what it had."""
        kept = base64.b64encode(sealed).decode("ascii")
        self._ask("SELECT desktop.keep_workstation_key(%s, %s)", (self.workstation, kept))

    def fetch(self) -> bytes | None:
        """Return it; None when there is none or the workstation was revoked."""
        kept = self._ask("SELECT desktop.workstation_key(%s)", (self.workstation,))
        return base64.b64decode(kept) if kept else None

    def revoked(self) -> bool:
        """Whether an ADMIN took the workstation out of service; False too where the server doesn't know it."""
        return bool(self._ask("SELECT count(*) FROM desktop.workstation WHERE id = %s AND revoked_at IS NOT NULL",
                              (self.workstation,)))  # fmt: skip

    def _ask(self, statement: str, values: tuple[str, ...]) -> Any:
        with as_app_errors(), self.server.connect() as raw:
            raw.autocommit = True
            return raw.execute(statement.encode(), values).fetchall()[0][0]

"""Who signed in at this computer, and how often with a wrong password before: counted, slowed, told to the ADMIN.

The server hears nothing of a wrong password, so the count is kept here until the person gets in, for the window and the
command line together. The file names nobody: people are kept by the opaque name of their login role.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.commands.stores import ServerStore
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.security.accounts import record_sign_in
from app.security.identity import login_role
from app.sync.routed import RoutedStore
from app.workspace.workspace import Workspace

FREE_TRIES = 3
LONGEST_SECONDS = 60
SCRIPTS_TELL_AFTER = timedelta(hours=1)
"""A script may sign in every minute: the server keeps one of them an hour, and each that follows wrong passwords."""
_FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong passwords since the person last got in; times as seconds since 1970."""

    wrong: int = 0
    last: float = 0.0
    told: float = 0.0


class SignInAttempts:
    """Reads the file anew each time: windows and scripts share it. A damaged one counts as empty."""

    def __init__(self, paths: Paths, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file = paths.config / "sign-in-attempts.json"
        self._now = now

    def wait_seconds(self, email: str) -> int:
        """Return for how long the next try has to wait: 2, 4, 8 … up to 60 seconds after the third wrong password."""
        tries = self._read().get(login_role(email), Tries())
        if tries.wrong < FREE_TRIES:
            return 0
        until = tries.last + min(2 ** min(tries.wrong - FREE_TRIES + 1, 10), LONGEST_SECONDS)
        return max(0, -int(-(until - self._now().timestamp()) // 1))

    @contextmanager
    def counted(self, email: str, *, slowed: bool = True) -> Iterator[None]:
        """Count what goes wrong inside; ``slowed``: refuse "TooManyTries" while the next try has to wait."""
        wait = self.wait_seconds(email) if slowed else 0
        if wait:
            raise Refused("TooManyTries", t("Too many wrong passwords. Wait {n} s.", n=wait), field="password")
        try:
            yield
        except Refused as error:
            if error.code == "WrongPassword":
                self.failed(email)
            raise

    def failed(self, email: str) -> None:
        """Count a wrong password."""
        known = self._read()
        before = known.get(login_role(email), Tries())
        known[login_role(email)] = Tries(before.wrong + 1, self._now().timestamp(), before.told)
        self._write(known)

    def tell(self, workspace: Workspace, *, every_time: bool = True) -> None:
        """Have the server keep that the person came, after so many wrong passwords; ``every_time`` False: a script."""
        server = server_of(workspace)
        if server is None:
            return
        known, key, now = self._read(), login_role(workspace.actor.email), self._now().timestamp()
        tries = known.get(key, Tries())
        if not every_time and not tries.wrong and now - tries.told < SCRIPTS_TELL_AFTER.total_seconds():
            return
        record_sign_in(server.database, "SIGN_IN", platform.node() or "desk", tries.wrong)
        known[key] = Tries(told=now)
        self._write(known)

    def _read(self) -> dict[str, Tries]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
            return {str(key): Tries(**value) for key, value in found.items()}
        except (OSError, ValueError, TypeError, AttributeError):
            return {}

    def _write(self, known: dict[str, Tries]) -> None:
        oldest = self._now().timestamp() - _FORGOTTEN_AFTER.total_seconds()
        kept = {key: asdict(one) for key, one in known.items() if max(one.last, one.told) >= oldest}
        fresh = self._file.with_name(f"{self._file.name}.{os.getpid()}")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write_private(fresh, json.dumps(kept))
            fresh.replace(self._file)
        except OSError:
            fresh.unlink(missing_ok=True)  # a full disk keeps nobody from signing in


def _write_private(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)


def server_of(workspace: Workspace) -> ServerStore | None:
    """The server that a workspace works with now; None while it works without one."""
    store = workspace.store
    if isinstance(store, RoutedStore):
        return store.server if workspace.answered else None
    return store if isinstance(store, ServerStore) else None

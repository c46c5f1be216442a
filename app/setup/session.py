"""One call of the program without a window: which clinic, as whom, and the workspace for it."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Any, Self

from app.kernel.clock import Clock
from app.kernel.errors import Refused, Unavailable
from app.kernel.i18n import t
from app.kernel.paths import Paths
from app.kernel.profiles import Profile, load_profiles
from app.security.identity import email_key
from app.security.keyring import recall
from app.setup import connect
from app.setup.attempts import SignInAttempts
from app.setup.knock import knock
from app.setup.offline import OfflineWork, profile_of_address
from app.workspace.workspace import Workspace

PASSWORDS = "password"
"""The keyring's name (after "MyHealthAlly") of passwords that people keep there for scripts, by e-mail address."""


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What the environment and the global options say."""

    paths: Paths
    profile: str | None = None
    email: str | None = None
    password: str | None = None
    database_url: str | None = None
    recovery_key: str | None = None

    @classmethod
    def from_environment(
        cls, *, profile: str | None = None, email: str | None = None, environment: Mapping[str, str] | None = None
    ) -> SessionOptions:
        """Read MHA_HOME, MHA_DATABASE_URL, MHA_PASSWORD and MHA_RECOVERY_KEY."""
        values = os.environ if environment is None else environment
        return cls(
            paths=Paths.from_environment(values),
            profile=profile or None,
            email=email or None,
            password=values.get("MHA_PASSWORD"),
            database_url=values.get("MHA_DATABASE_URL"),
            recovery_key=values.get("MHA_RECOVERY_KEY"),
        )


class Session:
    """Opens the workspace when it is first needed and closes it at the end."""

    def __init__(self, options: SessionOptions, progress: Callable[[str], None], clock: Clock | None = None) -> None:
        self.options = options
        self.progress = progress
        self._clock = clock
        self._workspace: Workspace | None = None
        self.password = ""
        """What the person signed in with; enrolling needs it."""

    @property
    def paths(self) -> Paths:
        """The program's folders."""
        return self.options.paths

    def profile(self) -> Profile:
        """Return the clinic that is meant; refuses when none is set up."""
        return load_profiles(self.paths).choose(self.options.profile)

    def profile_here(self) -> Profile | None:
        """Return the clinic that is meant; None where this computer has none and none was named."""
        known = load_profiles(self.paths)
        return known.choose(self.options.profile) if known.items or self.options.profile else None

    def workspace(self) -> Workspace:
        """Sign in (once) and return the workspace."""
        if self._workspace is None:
            profile, email = self._who()
            self.password = self._password(profile, email)
            find = partial(self._parameters, profile, email, self.password)
            self._workspace = self._signed_in(find, email)
            self._catch_up(self._workspace)
        return self._workspace

    def _signed_in(self, find: Callable[[], Mapping[str, Any]], email: str) -> Workspace:
        """Wrong passwords are counted and slowed as in the window; a script can't try thousands."""
        attempts = SignInAttempts(self.paths)
        with attempts.counted(email):
            workspace = self.offline().sign_in(find, email, self.password)
        attempts.tell(workspace, every_time=False)
        return workspace

    def _catch_up(self, workspace: Workspace) -> None:
        """A single call has no thread that sends and fetches: it does both once before anything else.

        A server that holds what was done here (it was put back to an earlier day, or wants a newer program) stops
        nobody from going on with the store, as in the window; why, and what ends it, is said.
        """
        sync = workspace.sync
        if sync is None or not workspace.answered:
            return
        try:
            with suppress(Unavailable):
                workspace.caught_up = sync.sync_now()
        except Refused as error:
            if error.code != "SyncHeld" or sync.status().revoked:
                raise
            self.progress(error.message)
            if sync.status().unknown:
                command = "myhealthally --as E-MAIL sync now"
                self.progress(t("An administrator does that here with: {command}", command=command))

    def offline(self) -> OfflineWork:
        """Offline work of the clinic that is meant, on this computer."""
        profile, _ = self._who()
        if profile is not None:
            return OfflineWork(self.paths, profile.name, profile.is_demo, workspace_clock=self._clock)
        address = connect.conninfo(connect.target_of_url(self.options.database_url or ""), "", "")
        return OfflineWork(self.paths, profile_of_address(address), workspace_clock=self._clock)

    def _who(self) -> tuple[Profile | None, str]:
        """The profile (None: a server by its URL) and the person."""
        if self.options.database_url and not self.options.profile:
            profile, email = None, self.options.email or ""
        else:
            profile = self.profile()
            email = self.options.email or profile.last_email or connect.first_demo_email(self.paths, profile)
        if not email:
            raise Refused("NoAccount", t("Say who you are: --as EMAIL"), field="as")
        return profile, email

    def _parameters(self, profile: Profile | None, email: str, password: str) -> Mapping[str, Any]:
        if profile is None:
            target = connect.target_of_url(self.options.database_url or "")
        else:
            target = connect.target_of_profile(self.paths, profile, self.progress)
        if self.offline().enrolled:  # it can do without: nobody waits for long
            knock(target.address)
        return connect.conninfo(target, email, password)

    def _password(self, profile: Profile | None, email: str) -> str:
        known = self.options.password or connect.known_password(self.paths, profile, email)
        known = known or recall(PASSWORDS, email_key(email))
        if known is not None:
            return known
        if sys.stdin.isatty():
            return getpass.getpass(t("Password of {email}: ", email=email))
        raise Refused("NoPassword", t("No password: set MHA_PASSWORD or use a keyring."), field="password")

    def recovery_key(self) -> str:
        """The recovery key from the clinic's safe: from the environment, or typed. Raises Refused "NoRecoveryKey"."""
        if self.options.recovery_key:
            return self.options.recovery_key
        if sys.stdin.isatty():
            return getpass.getpass(t("Recovery key: "))
        raise Refused("NoRecoveryKey", t("No recovery key: set MHA_RECOVERY_KEY."), field="recoveryKey")

    def close(self) -> None:
        """Sign out."""
        if self._workspace is not None:
            self._workspace.close()
            self._workspace = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

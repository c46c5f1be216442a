"""First start and sign-in for the window: try the demo, set up a clinic here, join a server, sign in."""

from __future__ import annotations

import base64
import platform
import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.cluster.server import EmbeddedServer
from app.domain.permissions import Permission
from app.kernel.clock import Clock
from app.kernel.errors import Refused
from app.kernel.i18n import t
from app.kernel.ids import new_uuid
from app.kernel.paths import Paths
from app.kernel.profiles import FIRST, Profile, ProfileKind, Profiles, load_profiles, remember
from app.kernel.program import own_command
from app.security.connection import Address
from app.security.passwords import check_password
from app.security.provision import as_owner, make_account, make_clinic
from app.setup.attempts import SignInAttempts, server_of
from app.setup.backups import plan_backup
from app.setup.bring_back import bring_back, whole_or_aside
from app.setup.connect import Target, cluster_address, conninfo, reach, target_of_profile
from app.setup.demo_profile import prepare_demo, present_email
from app.setup.fill import fill_clinic
from app.setup.migrate import upgrade
from app.setup.offline import OfflineWork
from app.setup.plan import ClinicPlan, MadeAccount, Report, ServerAddress, SetUpResult
from app.workspace.signin import open_workspace
from app.workspace.staff import change_own_password
from app.workspace.workspace import Workspace

MAX_LOGO = 512_000
_UNKNOWN = frozenset({"WrongPassword", "NoAccount"})


class SetUp:
    """What the first screen offers. Every call may take seconds and belongs on a worker thread."""

    def __init__(self, paths: Paths, clock: Clock | None = None) -> None:
        self._paths = paths
        self._clock = clock

    def make_demo(self, report: Report) -> SetUpResult:
        """Make (once) or refresh the demo clinic."""
        made = prepare_demo(self._paths, report, clock=self._clock)
        accounts = tuple(
            MadeAccount(name=one.name, email=one.email, roles=frozenset({one.role}), password=one.password)
            for one in made.sign_ins
        )
        return SetUpResult(profile="demo", accounts=accounts)

    def begin_here(self, report: Report) -> None:
        """Start the embedded server and make its tables while the wizard is filled in."""
        info = EmbeddedServer(self._new_name(), self._paths).start(lambda text: report(0, 0, text))
        upgrade(info.owner_url, progress=lambda text: report(0, 0, text))

    def _new_name(self) -> str:
        """The profile of the first clinic here; a second one gets a number."""
        known = {profile.name for profile in load_profiles(self._paths).items}
        names = [FIRST, *(f"{FIRST}-{n}" for n in range(2, 100))]
        return next(name for name in names if name not in known)

    def create_clinic(self, plan: ClinicPlan, report: Report) -> SetUpResult:
        """Make the clinic with all that was entered; ends with bookable slots from tomorrow on."""
        check_password(plan.admin.password, email=plan.admin.email, name=plan.admin.name)
        name = self._new_name()
        server = EmbeddedServer(name, self._paths)
        info = server.start(lambda text: report(0, 0, text))
        upgrade(info.owner_url, progress=lambda text: report(0, 0, text))
        with whole_or_aside(server):
            accounts = self._begin(plan, cluster_address(info), info.owner_url, report)
            profile = Profile(name=name, kind=ProfileKind.EMBEDDED, title=plan.name, last_email=plan.admin.email)
            remember(self._paths, profile)
        if plan.backup is not None:
            plan_backup(self._paths, profile, plan.backup.folder, plan.backup.passphrase, report)
        admin = MadeAccount(name=plan.admin.name, email=plan.admin.email, roles=plan.admin.roles)
        return SetUpResult(profile=name, accounts=(admin, *accounts))

    def _begin(self, plan: ClinicPlan, address: Address, owner_url: str, report: Report) -> tuple[MadeAccount, ...]:
        """Enter clinic and administrator, who enters all the rest; returns the colleagues' accounts."""
        clinic_id, admin = new_uuid(), plan.admin
        with as_owner(owner_url) as connection:
            make_clinic(connection, clinic_id, plan.name, plan.timezone)
            make_account(
                connection, clinic_id=clinic_id, user_id=new_uuid(), email=admin.email, name=admin.name,
                password=admin.password, roles=tuple(admin.roles),
            )  # fmt: skip
        parameters = conninfo(Target(address), admin.email, admin.password)
        with open_workspace(parameters, workstation=platform.node(), clock=self._clock) as workspace:
            return fill_clinic(workspace, plan, _logo(plan), report)

    def restore_clinic(self, file: Path, passphrase: str, report: Report) -> SetUpResult:
        """Make a clinic of this computer out of a backup, beside those that are here."""
        profile, _ = bring_back(self._paths, self._new_name(), file, passphrase, lambda text: report(0, 0, text))
        return SetUpResult(profile=profile.name)

    def test_server(self, address: ServerAddress, email: str, password: str) -> str:
        """Connect once and return the clinic's name."""
        with self._open(address, email, password) as workspace:
            return workspace.clinic.name

    def _open(self, address: ServerAddress, email: str, password: str) -> Workspace:
        profile = _server_profile("", address, email)
        parameters = conninfo(target_of_profile(self._paths, profile), email, password)
        with SignInAttempts(self._paths).counted(email):
            return open_workspace(parameters, workstation=platform.node(), clock=self._clock)

    def join(self, address: ServerAddress, email: str, password: str) -> SetUpResult:
        """Remember the server as a profile, after a successful connection."""
        with self._open(address, email, password) as workspace:
            title = workspace.clinic.name
        name = profile_name(address)
        remember(self._paths, replace(_server_profile(title, address, email), name=name))
        return SetUpResult(profile=name)


def profile_name(address: ServerAddress) -> str:
    """The name of a server's profile. Folders are called by it: a socket's path or an IPv6 address becomes one word."""
    return re.sub(r"[^\w.-]+", "-", f"{address.hosts[0]}-{address.database}").strip("-.")


def _server_profile(title: str, address: ServerAddress, email: str) -> Profile:
    if not address.hosts:
        raise Refused("BadValue", t("This field is needed."), field="host")
    return Profile(name="server", kind=ProfileKind.SERVER, title=title, hosts=address.hosts, port=address.port,
                   database=address.database, ca_file=str(address.ca_file or ""), last_email=email)  # fmt: skip


def _logo(plan: ClinicPlan) -> str | None:
    """Return the logo as a data URL: it travels inside branding_config."""
    if plan.logo is None:
        return None
    kinds = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
    kind = kinds.get(plan.logo.suffix.lower())
    if kind is None:
        raise Refused("BadValue", t("A logo is a PNG, JPEG or SVG file."), field="logo")
    data = plan.logo.read_bytes()
    if len(data) > MAX_LOGO:
        raise Refused("BadValue", t("The logo is larger than {limit} kB.", limit=MAX_LOGO // 1000), field="logo")
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


class Sessions:
    """Signing in and out of configured clinics."""

    def __init__(self, paths: Paths, clock: Clock | None = None) -> None:
        self._paths = paths
        self._clock = clock
        self._attempts = SignInAttempts(paths)

    def profiles(self) -> Profiles:
        """Read the configured clinics."""
        return load_profiles(self._paths)

    def sign_in(self, profile: Profile, email: str, password: str) -> Workspace:
        """Sign in and begin to follow live changes; earlier wrong passwords are told to the ADMIN.

        A card of the demo may still have the e-mail from before it was corrected: nobody types it there.
        """
        try:
            return self._sign_in(profile, email, password)
        except Refused as error:
            changed = profile.is_demo and error.code in _UNKNOWN
            now = present_email(self._paths, email) if changed else email
            if now == email:
                raise
        return self._sign_in(profile, now, password)

    def _sign_in(self, profile: Profile, email: str, password: str) -> Workspace:
        work = self.offline(profile)
        find = reach if work.enrolled else target_of_profile  # who can do without doesn't wait for long
        with self._attempts.counted(email, slowed=False):  # the window slows people down itself
            workspace = work.sign_in(
                lambda: conninfo(find(self._paths, profile), email, password), email, password, live=True
            )
        self._attempts.tell(workspace)
        remember(self._paths, replace(profile, last_email=email, title=workspace.clinic.name))
        self._watch_folder(workspace)
        return workspace

    def _watch_folder(self, workspace: Workspace) -> None:
        """Watch this computer's folder of laboratories' files while somebody who may file results is signed in.

        For others the workspace knows why nothing is taken, where a folder is to be watched.
        """
        file = self._paths.config / "lab_folders.json"
        if workspace.actor.may(Permission.LAB_INBOX) or file.exists():
            from app.workspace.lab_folder import watch_folder  # noqa: PLC0415  others sign in sooner without it

            watch_folder(workspace, file)

    def offline(self, profile: Profile) -> OfflineWork:
        """Offline work of a profile on this computer."""
        return OfflineWork(self._paths, profile.name, profile.is_demo, workspace_clock=self._clock)

    def change_password(self, workspace: Workspace, profile: Profile, old: str, new: str) -> None:
        """Give the signed-in person another password, after the old one has been proved."""
        email = workspace.actor.email
        target = target_of_profile(self._paths, profile)
        open_workspace(conninfo(target, email, old), workstation=platform.node()).close()
        change_own_password(workspace, old=old, new=new)
        server = server_of(workspace)
        if server is not None:
            server.database.use_password(new)
        self.offline(profile).password_changed(workspace, new)


def start_second_desk(arguments: list[str], run: Callable[..., Any] = subprocess.Popen) -> None:
    """Start another window of the program as a process of its own."""
    run(own_command(*arguments), start_new_session=True)

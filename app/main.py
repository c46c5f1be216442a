"""The composition root: without a verb it opens the window, with one it is the command line.

Qt is only imported for a window; everything that reaches a database is imported on worker threads, after the
window is on the screen.
"""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from app.domain.rail import COUNTED_TABLES
from app.kernel.i18n import t
from app.kernel.log_file import log_to_file
from app.kernel.paths import Paths
from app.kernel.program import leave_bundle, screen_missing

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QApplication

    from app.kernel.profiles import Profile, Profiles
    from app.setup.offline import OfflineWork
    from app.setup.plan import ClinicPlan, Report, ServerAddress, SetUpResult
    from app.setup.services import Sessions, SetUp
    from app.ui.shell.services import DemoInfo, OfflineDoor, SignInCard
    from app.ui.shell.shell import Shell
    from app.ui.work import AreaSpec, WorkspacePort
    from app.ui.work.enrol_port import EnrolState
    from app.ui.work.enrol_port import Report as EnrolReport
    from app.workspace.workspace import Workspace

log = logging.getLogger("app.main")
DESK_VARIABLE = "MHA_DESK"
"""Number of this window among those of one computer, set by the window that starts another."""
_END_MS = 10_000


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """What the command line says when it only asks for a window."""

    profile: str = ""
    email: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns the exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    leave_bundle()
    part = _PARTS.get(given[0]) if given else None
    if part is not None:
        return part(given[1:])
    options = window_options(given)
    if options is not None:
        return open_window(options)
    from app.cli.main import run

    return run(given)


def _supervise(arguments: list[str]) -> int:
    """Be the embedded server's keeper."""
    from app.cluster.supervisor import main as supervise

    return supervise(arguments)


def _try_display(arguments: list[str]) -> int:
    """Start Qt and write a PDF into the folder given; says on standard output how that went."""
    from app.documents.trial import main as try_display

    return try_display(arguments)


def _try_window(arguments: list[str]) -> int:
    """Open the window, sign in, look at every area and close it again; says how long that took."""
    application = make_application()
    from app.ui.shell.trial import Trial

    options = window_options(arguments) or WindowOptions()
    shell = build(application, Paths.from_environment(), options)
    trial = Trial(shell, options.email, os.environ.get("MHA_PASSWORD", ""))
    shell.start()
    trial.begin()
    application.exec()
    from app.ui.work.threads import threads

    threads().finish(_END_MS)
    return trial.report()


_PARTS: dict[str, Callable[[list[str]], int]] = {
    "supervise-embedded": _supervise,
    "try-display": _try_display,
    "try-window": _try_window,
}
"""What the program starts itself for: not verbs, nobody types them."""


def window_options(arguments: Sequence[str]) -> WindowOptions | None:
    """Return the options when there is no verb (only ``--profile`` and ``--as``), else None."""
    found = {"--profile": "", "--as": ""}
    pending = iter(arguments)
    for argument in pending:
        name, equals, value = argument.partition("=")
        if name not in found:
            return None
        found[name] = value if equals else next(pending, "")
    return WindowOptions(found["--profile"], found["--as"])


def make_application() -> QApplication:
    """Make the window's application: its memory is kept small, and garbage is collected on this thread only."""
    from PySide6.QtWidgets import QApplication

    from app.ui.work.garbage import GuiThreadGarbage
    from app.ui.work.memory import leave_sources_alone, share_one_heap

    leave_sources_alone()
    share_one_heap()
    application = QApplication(sys.argv[:1])
    GuiThreadGarbage(application)
    return application


def open_window(options: WindowOptions) -> int:
    """Show the window at once and run until it is closed; where there is one already, that one comes forward."""
    if screen_missing():
        print(t("There is no screen here to open a window on."), file=sys.stderr)  # noqa: T201
        return 1
    from app.setup.one_window import OneWindow

    paths = Paths.from_environment()
    one = OneWindow(paths, options.profile)
    if _desk_number() == 1 and not one.take() and one.bring_forward():
        return 0
    application = make_application()
    from app.ui.shell.outside import heed

    log_to_file(paths, _desk_number())
    shell = build(application, paths, options)
    shell.start()
    heed(shell, one.was_called)
    log.info("window open")
    code = application.exec()
    from app.ui.work.threads import threads

    # The window is gone; what was typed last is still on its way to the server.
    threads().finish(_END_MS)
    return code


def build(application: Any, paths: Paths, options: WindowOptions) -> Shell:
    """Wire theme, services, areas and window."""
    from app.ui.shell.brand import window_icon
    from app.ui.shell.preferences import PreferencesStore
    from app.ui.shell.services import DeskStart, ShellServices
    from app.ui.shell.shell import Shell
    from app.ui.shell.window import MainWindow
    from app.ui.theme.theme import Appearance, Theme
    from app.ui.work.bugs import install_hooks

    install_hooks()
    application.setApplicationName("myhealthally")
    application.setApplicationDisplayName("MyHealthAlly Clinic")
    application.setDesktopFileName("myhealthally")
    desk = DeskStart(number=_desk_number(), profile=options.profile, email=options.email)
    file = "window.json" if desk.number == 1 else f"window-{desk.number}.json"
    preferences = PreferencesStore(paths.config / file)
    Theme.current().install(application, Appearance(preferences.load().appearance))
    application.setWindowIcon(window_icon())
    sessions = WiredSessions(paths, first_desk=desk.number == 1)
    services = ShellServices(
        sessions=sessions,
        setup=WiredSetUp(paths),
        preferences=preferences,
        search_patients=_patient_search,
        counts=_rail_counts,
        count_tables=COUNTED_TABLES,
        desk=desk,
        enrolment=WiredEnrolment(sessions, paths),
    )
    return Shell(MainWindow(), services, area_specs())


AREAS = ("today", "schedule", "patients", "chart", "visits", "requests", "messages", "labs", "alerts", "tasks",
         "referrals", "notes", "attention", "rules", "reports", "staff", "settings")  # fmt: skip
"""The areas in the order of the rail: packages of ``app.ui.areas``. A new area adds its name here."""


def area_specs() -> tuple[AreaSpec, ...]:
    """Return what the shell knows of each area before it is opened."""
    return tuple(cast("AreaSpec", import_module(f"app.ui.areas.{name}.spec").SPEC) for name in AREAS)


def _patient_search() -> Callable[..., Any]:
    from app.queries.patients import search_patients

    return search_patients


def _rail_counts() -> Callable[..., Any]:
    from app.queries.counts import rail_counts

    return rail_counts


class WiredSessions:
    """``SessionService`` on ``app.setup``; imported by the first call, which runs on a worker thread."""

    def __init__(self, paths: Paths, *, first_desk: bool) -> None:
        self._paths = paths
        self._first_desk = first_desk
        self._profile: Profile | None = None

    def _sessions(self) -> Sessions:
        from app.setup.services import Sessions

        return Sessions(self._paths)

    def profiles(self) -> Profiles:
        """Read the configured clinics; refuses a damaged file by name."""
        from app.kernel.profiles import load_profiles

        return load_profiles(self._paths)

    def start(self, profile: Profile, report: Report) -> DemoInfo | None:
        """Make the profile's database reachable; the demo is brought back to its morning by the first desk."""
        from app.setup.connect import demo_sign_ins, reach

        if not profile.is_demo:
            reach(self._paths, profile, lambda text: report(0, 0, text))
            return None
        from app.setup.demo_profile import open_demo
        from app.ui.shell.demo_info import demo_info

        figures = open_demo(self._paths, report, first_desk=self._first_desk)
        return demo_info(profile.title, demo_sign_ins(self._paths), figures)

    def sign_in(self, profile: Profile, email: str, password: str) -> WorkspacePort:
        """Sign in and begin to follow live changes."""
        workspace = self._sessions().sign_in(profile, email, password)
        _patient_search()  # imported here, so that the first key in the palette doesn't wait for it
        _rail_counts()
        self._profile = profile
        return workspace

    def offline_door(self, profile: Profile) -> OfflineDoor | None:
        """Whether people may sign in without the server, and when somebody last did with it."""
        from app.setup.offline import door_of
        from app.ui.shell.services import OfflineDoor

        found = door_of(self._sessions().offline(profile), profile.last_email)
        return OfflineDoor(last_online=found[0], in_use=found[1]) if found is not None else None

    def must_change_password(self, workspace: WorkspacePort) -> bool:
        """Whether the person has to choose a password of their own first; never in the demo."""
        return cast("Workspace", workspace).must_change_password and not workspace.clinic.is_demo

    def change_password(self, workspace: WorkspacePort, old: str, new: str) -> None:
        """Give the signed-in person another password."""
        if self._profile is not None:
            self._sessions().change_password(cast("Workspace", workspace), self._profile, old, new)

    def offline(self) -> OfflineWork | None:
        """Offline work of the profile in use; None before anybody signed in."""
        return self._sessions().offline(self._profile) if self._profile is not None else None

    def open_second_desk(self, profile: Profile, card: SignInCard | None) -> None:
        """Start another window of the program on the same profile, as another process."""
        from app.setup.services import start_second_desk

        environment = {**os.environ, DESK_VARIABLE: str(_desk_number() + 1)}
        arguments = ["--profile", profile.name, *(["--as", card.email] if card is not None else [])]
        start_second_desk(arguments, partial(subprocess.Popen, env=environment))


class WiredEnrolment:
    """``EnrolPort`` on ``app.setup.offline``, for the profile that somebody is signed in to."""

    def __init__(self, sessions: WiredSessions, paths: Paths) -> None:
        self._wired, self._paths = sessions, paths

    def _work(self) -> OfflineWork | None:
        return self._wired.offline()

    def state(self, workspace: WorkspacePort) -> EnrolState:
        """Look how this computer stands."""
        from app.setup.offline import standing
        from app.ui.work.enrol_port import EnrolState

        work = self._work()
        if work is None:
            return EnrolState()
        return EnrolState(**standing(work), problem=cast("Workspace", workspace).store_problem)

    def enrol(self, workspace: WorkspacePort, password: str, report: EnrolReport) -> str:
        """Let it work offline, as the ADMIN signed in; the demo's passwords are known."""
        work, password = self._with_password(workspace, password)
        text = t("Fetching the clinic's records")
        return work.enrol(
            cast("Workspace", workspace), password, lambda step: report(step.tables_done, step.tables, text)
        )

    def recover(self, workspace: WorkspacePort, recovery_key: str, password: str) -> None:
        """Open the store that stays closed with the recovery key."""
        work, password = self._with_password(workspace, password)
        work.recover(cast("Workspace", workspace), recovery_key, password)

    def put_aside(self, workspace: WorkspacePort) -> None:
        """Put a store that stays closed aside."""
        work = self._work()
        if work is not None:
            work.put_aside(cast("Workspace", workspace))

    def _with_password(self, workspace: WorkspacePort, password: str) -> tuple[OfflineWork, str]:
        from app.setup.connect import demo_sign_ins

        work = self._work()
        if work is None:
            raise RuntimeError("nobody is signed in")
        if work.is_demo:
            people = demo_sign_ins(self._paths)
            password = next((one.password for one in people if one.email == workspace.actor.email), password)
        return work, password

    def was_called(self) -> bool:
        """Whether another window asked this one to come forward."""
        work = self._work()
        return work is not None and work.was_called()

    def ask_forward(self) -> None:
        """Ask the window that has the store to come forward."""
        work = self._work()
        if work is not None:
            work.ask_forward()


class WiredSetUp:
    """``SetupService`` on ``app.setup``; imported by the first call, which runs on a worker thread."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    def _setup(self) -> SetUp:
        from app.setup.services import SetUp

        return SetUp(self._paths)

    def make_demo(self, report: Report) -> SetUpResult:
        """Make (once) or refresh the demo clinic."""
        return self._setup().make_demo(report)

    def begin_here(self, report: Report) -> None:
        """Get the embedded server ready."""
        self._setup().begin_here(report)

    def create_clinic(self, plan: ClinicPlan, report: Report) -> SetUpResult:
        """Make the clinic with all that was entered."""
        return self._setup().create_clinic(plan, report)

    def restore_clinic(self, file: Path, passphrase: str, report: Report) -> SetUpResult:
        """Make a clinic of this computer out of a backup."""
        return self._setup().restore_clinic(file, passphrase, report)

    def test_server(self, address: ServerAddress, email: str, password: str) -> str:
        """Connect once and return the clinic's name."""
        return self._setup().test_server(address, email, password)

    def join(self, address: ServerAddress, email: str, password: str) -> SetUpResult:
        """Remember the server as a profile."""
        return self._setup().join(address, email, password)


def _desk_number() -> int:
    text = os.environ.get(DESK_VARIABLE, "1")
    return int(text) if text.isdecimal() and 1 <= int(text) <= 99 else 1


if __name__ == "__main__":
    sys.exit(main())

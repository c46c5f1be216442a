"""The ways to begin: the demo, a clinic of one's own, a server. Everything in the same window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.kernel.errors import AppError, Cancelled
from app.kernel.i18n import t
from app.setup.plan import ClinicPlan, ServerAddress, SetUpResult
from app.ui.shell.person import FirstSignIn
from app.ui.shell.preload import Preload
from app.ui.shell.restore_page import RestorePage
from app.ui.shell.setup_service import SetupService
from app.ui.shell.welcome_page import ProgressPage, WelcomePage
from app.ui.shell.window import MainWindow
from app.ui.work import Lane, Progress

if TYPE_CHECKING:
    from app.ui.shell.join_page import JoinPage
    from app.ui.shell.wizard.wizard import Wizard

_SELDOM = ("app.ui.shell.wizard.wizard", "app.ui.shell.join_page")


class FirstStart(QObject):
    """``made`` names the profile to sign in to, with the sign-in if it is known; ``left``: the person went back."""

    made = Signal(str, object)
    """A profile's name, and a ``FirstSignIn`` or None."""
    left = Signal()
    language_chosen = Signal(str)

    def __init__(self, window: MainWindow, setup: SetupService, parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._setup = setup
        self._lane = Lane(self)
        self._work: Progress | None = None
        self._preload = Preload(_SELDOM, self)

    def welcome(self, problem: str = "") -> None:
        """Show the three choices."""
        page = WelcomePage()
        page.demo.connect(self.make_demo)
        page.set_up.connect(self.set_up)
        page.join.connect(self.join)
        page.links.restore.connect(self.restore)
        page.links.language_chosen.connect(self.language_chosen)
        self._window.show_front(page)
        if problem:
            page.show_problem(problem)
        page.focus_first()
        self._preload.start()  # what the other ways need comes while the person reads

    def _loaded(self, go_on: Callable[[], object]) -> None:
        """Import what is only needed once, then go on."""
        self._preload.start()
        self._preload.then(go_on)

    def make_demo(self) -> None:
        """Make the demo clinic, with its progress in the window."""
        page = ProgressPage(t("Making the demo clinic"))
        page.cancelled.connect(self._stop)
        page.retry.connect(self.make_demo)
        self._window.show_front(page)
        self._work = self._lane.run(
            lambda progress: self._setup.make_demo(progress.report),
            on_result=lambda result: self.made.emit(result.profile, None),
            on_error=lambda error: self._demo_failed(page, error),
            on_progress=page.show_step,
        )

    def set_up(self) -> None:
        """Open the wizard; the embedded server starts behind it."""
        self._loaded(self._open_wizard)

    def _open_wizard(self) -> None:
        from app.ui.shell.wizard.wizard import Wizard

        wizard = Wizard()
        wizard.left.connect(self.left)
        wizard.complete.connect(lambda plan: self._create(wizard, plan))
        self._window.show_front(wizard)
        wizard.focus_first()
        self._lane.run(
            lambda progress: self._setup.begin_here(progress.report),
            on_result=lambda _: wizard.show_server_ready(),
            on_error=lambda error: wizard.show_server_problem(error.message),
            on_progress=wizard.show_server_step,
        )

    def join(self) -> None:
        """Ask for the server."""
        self._loaded(self._open_join)

    def _open_join(self) -> None:
        from app.ui.shell.join_page import JoinPage

        page = JoinPage()
        page.left.connect(self.left)
        page.tested.connect(lambda address, email, password: self._test(page, address, email, password))
        page.submitted.connect(lambda address, email, password: self._join(page, address, email, password))
        self._window.show_front(page)
        page.focus_first()

    def restore(self) -> None:
        """Ask for a backup."""
        page = RestorePage()
        page.left.connect(self._stop)
        page.submitted.connect(lambda file, passphrase: self._restore(page, file, passphrase))
        self._window.show_front(page)
        page.focus_first()

    def _restore(self, page: RestorePage, file: Path, passphrase: str) -> None:
        self._work = self._lane.run(
            lambda progress: self._setup.restore_clinic(file, passphrase, progress.report),
            on_result=lambda result: self.made.emit(result.profile, None),
            on_error=lambda error: page.show_error(error) if self._window.front is page else None,
            on_progress=page.show_step,
        )

    def _stop(self) -> None:
        if self._work is not None:
            self._work.cancel()
        self.left.emit()

    def _demo_failed(self, page: ProgressPage, error: AppError) -> None:
        if not isinstance(error, Cancelled) and self._window.front is page:
            page.show_problem(error.message)

    def _create(self, wizard: Wizard, plan: ClinicPlan) -> None:
        wizard.set_busy(True)
        self._lane.run(
            lambda progress: self._setup.create_clinic(plan, progress.report),
            on_result=lambda result: self._created(plan, result),
            on_error=wizard.show_error,
            on_progress=wizard.show_step,
        )

    def _created(self, plan: ClinicPlan, result: SetUpResult) -> None:
        first = FirstSignIn(plan.admin.email, plan.admin.password, tomorrow=True)
        shown_once = [account for account in result.accounts if account.password]
        if not shown_once:
            self.made.emit(result.profile, first)
            return
        from app.ui.shell.accounts_page import AccountsPage

        page = AccountsPage(shown_once)
        page.go_on.connect(lambda: self.made.emit(result.profile, first))
        self._window.show_front(page)
        page.focus_first()

    def _test(self, page: JoinPage, address: ServerAddress, email: str, password: str) -> None:
        page.set_busy(True)
        self._lane.run(
            lambda _: self._setup.test_server(address, email, password),
            on_result=page.show_success,
            on_error=page.show_error,
        )

    def _join(self, page: JoinPage, address: ServerAddress, email: str, password: str) -> None:
        page.set_busy(True)
        self._lane.run(
            lambda _: self._setup.join(address, email, password),
            on_result=lambda result: self.made.emit(result.profile, FirstSignIn(email, password)),
            on_error=page.show_error,
        )

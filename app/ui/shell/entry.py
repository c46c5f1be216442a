"""From the start to a signed-in person: which clinic, is its database there, who are you."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.kernel.errors import AppError, Unavailable
from app.kernel.i18n import t
from app.kernel.profiles import Profile, Profiles
from app.ui.shell.checklist import Checklist
from app.ui.shell.checklist_view import ChecklistView
from app.ui.shell.connection import Connection, Link
from app.ui.shell.first_start import FirstStart
from app.ui.shell.offline_words import door_words, refusal_words
from app.ui.shell.passwords import PasswordCheck, Throttle
from app.ui.shell.person import FirstSignIn, SignedIn
from app.ui.shell.preload import Preload, modules_of
from app.ui.shell.services import DemoInfo, OfflineDoor, ShellServices, SignInCard
from app.ui.shell.sign_in_page import SignInPage
from app.ui.shell.window import MainWindow
from app.ui.work import AreaSpec, Lane, Progress, Step
from app.ui.work.memory import keep_what_is_loaded

_WRONG = frozenset({"WrongPassword", "NoAccount"})
_LEAVES_SECONDS = 15.0
"""So long is waited for whoever signed out last; a server that hangs may keep their connections longer."""


class Entry(QObject):
    """Owns the pages before work; ``entered`` carries a ``SignedIn``."""

    entered = Signal(object)
    clinic_changed = Signal()
    """Another profile is shown, or more is known of it."""
    language_chosen = Signal(str)
    demo_wanted = Signal(str)
    """What of the demo is to be tried at once: "desk" or "cut"."""

    def __init__(
        self,
        window: MainWindow,
        services: ShellServices,
        specs: Sequence[AreaSpec],
        connection: Connection,
        checklist: Checklist,
        throttle: Throttle,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self._specs = specs
        self._connection = connection
        self._checklist = checklist
        self._throttle = throttle
        self._lane = Lane(self)
        self._starting: Progress | None = None
        self._preload = Preload(modules_of(specs), self)
        self._preload.ended.connect(keep_what_is_loaded)
        self._profiles = Profiles()
        self._left = threading.Event()
        self._left.set()  # nobody is on the way out
        self._desk_taken = False
        self._again = self._why = ""
        self._first_sign_in: FirstSignIn | None = None
        self.show_tomorrow = False
        """Whether a set-up has just ended: it ends on tomorrow's schedule."""
        self.ready = False
        """Whether the database of the profile shown can be reached."""
        self.demo: DemoInfo | None = None
        self.profile: Profile | None = None
        self._first = FirstStart(window, services.setup, self)
        self._first.made.connect(self._profile_made)
        self._first.left.connect(self.begin)
        self._first.language_chosen.connect(self.language_chosen)

    def begin(self) -> None:
        """Look which clinics there are, and go to sign-in or to the first choice."""
        self._show_rail_off()
        self._lane.run(
            lambda _: self._services.sessions.profiles(),
            on_result=self._profiles_known,
            on_error=lambda error: self._first.welcome(problem=error.message),
        )

    def _profiles_known(self, profiles: Profiles) -> None:
        self._profiles = profiles
        desk = self._services.desk
        wanted = profiles.find(desk.profile if desk is not None and desk.profile else profiles.last)
        profile = wanted or (profiles.items[0] if profiles.items else None)
        if profile is None:
            self._first.welcome()
        else:
            self.show_sign_in(profile)

    def _profile_made(self, name: str, first: FirstSignIn | None) -> None:
        self._first_sign_in = first

        def known(profiles: Profiles) -> None:
            self._profiles = profiles
            made = profiles.find(name)
            if made is not None:
                self.show_sign_in(made)
            else:
                self._first.welcome()

        self._lane.run(lambda _: self._services.sessions.profiles(), on_result=known)

    def show_sign_in(self, profile: Profile, *, again: str = "", why: str = "") -> None:
        """Show the sign-in of a clinic, and make its database reachable meanwhile.

        ``again`` is the e-mail of the demo's person who is signed in once more as soon as it is. ``why`` says what
        ended the work of whoever was signed in.
        """
        self._again, self._why = again, why
        self.profile, self.demo, self.ready = profile, None, False
        self._show_rail_off()
        page = self._sign_in_page(profile)
        self._window.show_front(page)
        page.focus_first()
        self._reach(profile, page)

    def _load_areas(self) -> None:
        """Load the areas' code, once the clinic is reached: two threads that work make each other wait."""
        self._preload.start()

    def _sign_in_page(self, profile: Profile) -> SignInPage:
        view = ChecklistView(self._checklist, heading=True) if profile.is_demo else None
        page = SignInPage(profile, self._profiles.items, checklist=view)
        if view is not None:
            view.allow(second_desk=False, cut=False)
            view.second_desk.connect(lambda: self.demo_wanted.emit("desk"))
            view.cut.connect(lambda: self.demo_wanted.emit("cut"))
        page.card_chosen.connect(self._card_chosen)
        page.form.submitted.connect(self.sign_in)
        page.form.profile_chosen.connect(self._other_profile)
        page.form.retry.connect(lambda: self._reach(profile, page))
        page.links.demo.connect(self._first.make_demo)
        page.links.set_up.connect(self._first.set_up)
        page.links.join.connect(self._first.join)
        page.links.restore.connect(self._first.restore)
        page.links.language_chosen.connect(self.language_chosen)
        return page

    def _other_profile(self, name: str) -> None:
        profile = self._profiles.find(name)
        if profile is not None:
            self.show_sign_in(profile)

    def _reach(self, profile: Profile, page: SignInPage) -> None:
        if self._starting is not None:
            self._starting.cancel()
        self._connection.reset(Link.STARTING)
        page.show_starting(t("Getting the clinic ready …"))
        self._starting = self._lane.run(
            lambda progress: self._services.sessions.start(profile, progress.report),
            on_result=lambda demo: self._ready(page, demo),
            on_error=lambda error: self._not_ready(page, error),
            on_progress=lambda step: self._say_starting(page, step),
        )

    def _is_front(self, page: SignInPage) -> bool:
        return self._window.front is page

    def _say_starting(self, page: SignInPage, step: Step) -> None:
        if self._is_front(page) and step.text:
            page.show_starting(step.text)

    def _ready(self, page: SignInPage, demo: DemoInfo | None) -> None:
        self._load_areas()
        if not self._is_front(page):
            return
        self._connection.reached()
        self.demo, self.ready = demo, True
        page.show_ready(demo, demo.when if demo is not None else "")
        if isinstance(page.checklist, ChecklistView):
            page.checklist.allow(second_desk=True, cut=True)
        if self._why:
            page.say(self._why)
            self._why = ""
        self.clinic_changed.emit()
        wanted = self._wanted_person()
        card = next((card for card in demo.cards if card.email == wanted), None) if demo is not None else None
        if card is not None:
            self._card_chosen(card)
        first, self._first_sign_in = self._first_sign_in, None
        if first is not None:
            self.show_tomorrow = first.tomorrow
            self.sign_in(first.email, first.password)

    def _wanted_person(self) -> str:
        """Who is signed in without being asked: only once, who signs out stays out."""
        again, self._again = self._again, ""
        taken, self._desk_taken = self._desk_taken, True
        return again or ("" if taken or self._services.desk is None else self._services.desk.email)

    def _not_ready(self, page: SignInPage, error: AppError) -> None:
        self._load_areas()
        if not self._is_front(page):
            return
        if not isinstance(error, Unavailable):
            page.show_problem(error.message)
            return
        self._connection.lost()
        profile = page.profile
        self._lane.run(
            lambda _: self._services.sessions.offline_door(profile),
            on_result=partial(self._at_door, page, error),
            on_error=lambda _: page.show_problem(error.message),
        )

    def _at_door(self, page: SignInPage, error: AppError, door: OfflineDoor | None) -> None:
        """Without the server: an enrolled computer lets people in all the same."""
        if not self._is_front(page):
            return
        page.set_busy(False)
        if door is None:
            page.show_problem(error.message)
            return
        self.ready = not door.in_use
        lead, text = door_words(door, self._services.clock.now())
        page.show_offline(lead, text, can_sign_in=not door.in_use)

    def met_bug(self) -> None:
        """Something failed that was never meant to: whoever waits here for its end may try once more."""
        page = self._window.front
        if isinstance(page, SignInPage):
            page.set_busy(False)
            if not self.ready:
                page.show_problem(t("Something went wrong while the clinic was being made ready."))

    def _card_chosen(self, card: SignInCard) -> None:
        self.sign_in(card.email, card.password)

    def sign_in(self, email: str, password: str) -> None:
        """Sign in with e-mail and password at the profile shown."""
        page, profile = self._window.front, self.profile
        if not isinstance(page, SignInPage) or profile is None:
            return
        wait = self._throttle.wait_seconds(email)
        if wait:
            page.form.hold(wait)
            return
        page.set_busy(True)
        left = self._left

        def work(_: Progress) -> SignedIn:
            left.wait(_LEAVES_SECONDS)
            workspace = self._services.sessions.sign_in(profile, email, password)
            self._preload.wait()
            must_change = self._services.sessions.must_change_password(workspace)
            return SignedIn(workspace, email, PasswordCheck(password), must_change)

        self._lane.run(
            work,
            on_result=partial(self._signed_in, page),
            on_error=partial(self._sign_in_failed, page, email),
        )

    def before_others(self, close: Callable[[], object]) -> Callable[[], None]:
        """Return what closes a workspace such that whoever signs in next waits for it.

        It holds the workstation's store until then: who came sooner worked without it, on the server alone.
        """
        left = self._left = threading.Event()

        def closed() -> None:
            try:
                close()
            finally:
                left.set()

        return closed

    def _sign_in_failed(self, page: SignInPage, email: str, error: AppError) -> None:
        if not self._is_front(page):
            return
        page.set_busy(False)
        if error.code in _WRONG:
            self._throttle.failed(email)
            page.form.show_wrong_password(error.message, self._throttle.wait_seconds(email))
        elif isinstance(error, Unavailable):
            self._not_ready(page, error)
        else:
            page.show_problem(*refusal_words(error))

    def _signed_in(self, page: SignInPage, person: SignedIn) -> None:
        if not self._is_front(page):
            self._lane.call(self.before_others(person.workspace.close), on_result=lambda _: None)
            return
        self._throttle.succeeded(person.email)
        self.entered.emit(person)

    def _show_rail_off(self) -> None:
        self._window.rail.show_areas([spec for spec in self._specs if not spec.enrolled_only], enabled=False)
        self._window.rail.set_parked(0)
        self._window.palette_list.set_source(None, None)
        self.clinic_changed.emit()

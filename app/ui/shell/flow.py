"""The flow of the program: first start, sign-in, work, lock, switch, quit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from app.kernel.errors import AppError
from app.kernel.i18n import LANGUAGES, language, set_language, t
from app.ui.shell.checklist import Checklist
from app.ui.shell.connection import Connection
from app.ui.shell.crash_dialog import CrashDialog
from app.ui.shell.demo_info import next_card
from app.ui.shell.desk import Desk
from app.ui.shell.entry import Entry
from app.ui.shell.idle import IdleWatch
from app.ui.shell.lock_minutes import LockMinutes
from app.ui.shell.lock_page import LockPage
from app.ui.shell.password_panel import FirstPasswordPage, PasswordPanel
from app.ui.shell.passwords import PasswordCheck, Throttle
from app.ui.shell.person import SignedIn, role_text, shut_out_words
from app.ui.shell.services import ShellServices
from app.ui.shell.shortcuts import ShortcutsPanel
from app.ui.shell.window import MainWindow
from app.ui.theme.theme import Appearance, Theme
from app.ui.work import Action, AreaSpec, Lane, Progress, ToastTone, WorkspacePort
from app.ui.work.bugs import BugReport
from app.ui.work.hub import hub
from app.ui.work.places import ShowDay, ShowSettings

_ALWAYS = frozenset({"shell.quit"})


class Flow(QObject):
    """Decides what the window shows; ``Shell`` adds what a person can ask it for."""

    signed_in = Signal()
    desk_made = Signal(object)
    """A ``Desk`` is about to be shown."""
    locked = Signal()

    def __init__(self, window: MainWindow, services: ShellServices, specs: Sequence[AreaSpec]) -> None:
        super().__init__(window)
        self.window = window
        self._services = services
        self._specs = tuple(specs)
        self.preferences = services.preferences.load()
        self.connection = Connection(services.clock, self)
        self.connection.changed.connect(self._show_link)
        self.checklist = Checklist(self.preferences.done_steps, self)
        self.checklist.changed.connect(self._show_demo_mark)
        self._throttle = Throttle(services.clock)
        self.idle = IdleWatch(services.clock, self)
        self.idle.idle.connect(self.lock)
        self._lane = Lane(self)
        self.desk: Desk | None = None
        self._person: SignedIn | None = None
        self.entry = Entry(window, services, self._specs, self.connection, self.checklist, self._throttle)
        self.entry.entered.connect(self._entered)
        self.entry.clinic_changed.connect(self._show_demo_mark)
        self.entry.language_chosen.connect(self.choose_language)
        self._crash = CrashDialog(window)
        self._wire()

    def _wire(self) -> None:
        signals = hub()
        signals.reached.connect(self._reached)
        signals.unavailable.connect(self._unavailable)
        signals.unheard.connect(self._unheard)
        signals.bug.connect(self._bug)
        signals.executed.connect(self.checklist.executed)
        signals.enrolled.connect(self._enrolled)
        self.window.closing.connect(self._closing)

    def own_actions(self) -> Sequence[Action]:
        """Return the actions that belong to no area."""
        return ()

    def add_own_actions(self) -> None:
        """Enter them in the window's book, as they are called in the language of now."""
        for action in self.own_actions():
            self.window.book.add(action, lambda action: action.handler(self.window), always=action.id in _ALWAYS)

    # -- beginning -------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Show the window at once; everything that waits comes after."""
        if self.preferences.language and self.preferences.language != language():
            set_language(self.preferences.language)
            self.window.retranslate()  # it was built before anybody said which language
        self.window.restore_place(self.preferences.geometry)
        self.window.collapse_rail(self.preferences.rail_collapsed)
        self.window.show()
        QTimer.singleShot(0, self, self.entry.begin)

    def _entered(self, person: SignedIn) -> None:
        self._person = person
        self._follow_clinic(person.workspace)
        if person.must_change_password:
            self._choose_first_password(person)
        else:
            self._open_desk(person)

    def _follow_clinic(self, workspace: WorkspacePort) -> None:
        self.connection.set_clock(workspace.clock)
        self.connection.reached()
        if not self.preferences.language and workspace.clinic.locale in LANGUAGES:
            set_language(workspace.clinic.locale)
            self.window.retranslate()

    def _choose_first_password(self, person: SignedIn) -> None:
        page = FirstPasswordPage(person.workspace.actor.name)
        page.form.submitted.connect(
            partial(self._change_password, page.form.show_error, lambda: self._open_desk(person))
        )
        self.window.show_front(page)
        page.form.old.setFocus()

    def _open_desk(self, person: SignedIn) -> None:
        workspace = person.workspace
        desk = Desk(self.window, workspace, self._specs, self._services, self.connection, self.checklist)
        self.desk = desk
        number = self._services.desk.number if self._services.desk is not None else 1
        detail = " · ".join(part for part in (role_text(workspace.actor.roles), t("Desk {n}", n=number)) if part)
        self.window.top.user.show_person(workspace.actor.name, detail)
        desk.live.shut_out.connect(self._shut_out)
        self.desk_made.emit(desk)
        desk.begin()
        self._show_link()
        self._show_demo_mark()
        self.idle.start(workspace.clinic.auto_lock_minutes)
        LockMinutes(workspace, desk.live, self.idle, desk)
        if self.entry.show_tomorrow:
            self.entry.show_tomorrow = False
            tomorrow = workspace.reader().today + timedelta(days=1)
            desk.navigate(ShowDay(day=tomorrow))
        self.signed_in.emit()

    # -- at work -----------------------------------------------------------------------------------------------------

    @property
    def zone(self) -> ZoneInfo | None:
        """The clinic's zone; None (the computer's) before sign-in."""
        return self._person.workspace.clinic.zone if self._person is not None else None

    @property
    def email(self) -> str:
        """Who is signed in; empty when nobody is."""
        return self._person.email if self._person is not None else ""

    @property
    def working(self) -> bool:
        """Whether somebody is signed in and the window isn't locked."""
        return self.desk is not None and self.window.front is None

    def lock(self) -> None:
        """Hide everything of patients until the password is given again."""
        person, desk = self._person, self.desk
        if person is None or desk is None or not self.working:
            return
        for extra in QApplication.topLevelWidgets():
            if extra is not self.window and extra.isVisible():
                extra.close()
        kept = desk.lock()
        self.idle.stop()
        clinic = person.workspace.clinic
        page = LockPage(person.workspace.actor.name, clinic.name, needs_password=not clinic.is_demo, kept=kept)
        page.unlock.connect(partial(self._unlock, page))
        page.switch_person.connect(self.switch_person)
        self.window.show_front(page)
        self.window.rail.setEnabled(False)
        page.focus_first()
        self.locked.emit()

    def _unlock(self, page: LockPage, password: str) -> None:
        person = self._person
        if person is None:
            return
        wait = self._throttle.wait_seconds(person.email)
        if wait:
            page.fields.show_error("password", t("Too many wrong passwords. Wait {n} s.", n=wait))
            return
        if person.workspace.clinic.is_demo:
            self._unlocked(page, person, True)
            return
        page.set_busy(True)
        check = person.password
        self._lane.run(lambda _: check.matches(password), on_result=partial(self._unlocked, page, person))

    def _unlocked(self, page: LockPage, person: SignedIn, right: bool) -> None:
        if self.window.front is not page or self.desk is None:
            return
        page.set_busy(False)
        if not right:
            self._throttle.failed(person.email)
            page.show_wrong()
            return
        self._throttle.succeeded(person.email)
        self.window.rail.setEnabled(True)
        self.desk.unlock()
        self.idle.begin_again()

    def switch_person(self) -> None:
        """Sign out and let somebody else in."""
        self._leave()

    def _shut_out(self, error: AppError) -> None:
        """Their account was disabled, or has another password: nothing of a patient stays on the screen."""
        if self.desk is not None:
            self._leave(shut_out_words(error))

    def _leave(self, why: str = "") -> None:
        self.sign_out()
        if self.entry.profile is not None:
            self.entry.show_sign_in(self.entry.profile, why=why)

    def sign_out(self, then: Callable[[], object] = lambda: None) -> None:
        """End the person's desk; drafts stay, nothing is sent. ``then`` is called when the workspace is closed."""
        desk, self.desk = self.desk, None
        person, self._person = self._person, None
        self.idle.stop()
        if desk is not None:
            desk.end()
            desk.deleteLater()
        self.window.book.clear(keep=[action.id for action in self.own_actions()])
        self.window.book.set_place("", active=False)
        self.window.rail.setEnabled(True)
        self.window.top.user.show_nobody()
        if person is not None:
            self._close_later(person.workspace, then)

    def quit(self) -> None:
        """Close the window; drafts are kept first."""
        self.window.close()

    def _close_later(self, workspace: WorkspacePort, then: Callable[[], object]) -> None:
        # Among the commands: the drafts that were just sent off come first.
        close = self.entry.before_others(workspace.close)
        self._lane.call(close, on_result=lambda _: then(), on_error=lambda _: then())

    def change_password(self) -> None:
        """Open the form in the side panel."""
        if self.desk is None or not self.working:
            return
        panel, desk = PasswordPanel(), self.desk

        def done() -> None:
            panel.finished.emit()
            desk.toast(t("Your password is changed."), tone=ToastTone.GOOD)

        panel.form.submitted.connect(partial(self._change_password, panel.form.show_error, done))
        desk.show_panel(panel)

    def _change_password(
        self, on_error: Callable[[AppError], object], on_done: Callable[[], object], old: str, new: str
    ) -> None:
        person = self._person
        if person is None:
            return

        def work(_: Progress) -> PasswordCheck:
            self._services.sessions.change_password(person.workspace, old, new)
            return PasswordCheck(new)

        def changed(check: PasswordCheck) -> None:
            if self._person is person:
                self._person = replace(person, password=check, must_change_password=False)
            on_done()

        self._lane.run(work, on_result=changed, on_error=on_error)

    def choose_language(self, code: str) -> None:
        """Speak another language from now on; open forms are kept as drafts and offered again."""
        set_language(code)
        self.preferences = replace(self.preferences, language=code)
        self._save_preferences()
        self.window.retranslate()
        if self._person is not None and self.desk is not None:
            self._renew_desk()
        elif self.entry.profile is not None:
            self.entry.show_sign_in(self.entry.profile)
        else:
            self.entry.begin()

    def _renew_desk(self) -> None:
        """Make the desk anew for the same person: in another language, or with offline work."""
        person, desk = self._person, self.desk
        if person is not None and desk is not None:
            desk.end()
            desk.deleteLater()
            self.window.book.clear()
            self.add_own_actions()
            self._open_desk(person)

    def _enrolled(self) -> None:
        self._renew_desk()
        if self.desk is not None:
            self.desk.navigate(ShowSettings(section="workstations"))
            self.desk.toast(t("This workstation works offline from now on."), tone=ToastTone.GOOD)

    def choose_appearance(self, appearance: Appearance) -> None:
        """Look light, dark, or as the system does."""
        Theme.current().set_appearance(appearance)
        self.preferences = replace(self.preferences, appearance=appearance.value)
        self._save_preferences()

    def toggle_rail(self) -> None:
        """Collapse the rail or show its titles (Ctrl+B)."""
        self.window.collapse_rail(not self.window.rail_wanted_collapsed)

    def show_shortcuts(self) -> None:
        """List every shortcut (F1)."""
        if self.desk is not None and self.working:
            self.desk.show_panel(ShortcutsPanel(self.window.book.all(), self.window.stack.specs))

    def show_badge(self) -> None:
        """Say what waits to be sent, under the badge."""
        if self.desk is not None and self.working:
            self.desk.offline.open_popover()

    def open_second_desk(self) -> None:
        """Start another window on the same clinic, in the demo as the next person."""
        profile, person = self.entry.profile, self._person
        if profile is None or person is None or self.desk is None:
            return
        card = next_card(self.entry.demo, person.email)
        self._lane.run(
            lambda _: self._services.sessions.open_second_desk(profile, card),
            on_result=lambda _: self.checklist.desk_opened(),
            on_error=self.desk.problem,
        )

    # -- what concerns the whole window --------------------------------------------------------------------------------

    def _reached(self) -> None:
        if self._person is not None:
            self.connection.reached()

    def _unavailable(self, _error: AppError) -> None:
        # Before sign-in the entry knows which server is meant: one that can't be joined is not the clinic's.
        if self._person is not None:
            self.connection.lost()

    def _unheard(self, error: AppError) -> None:
        if self.desk is not None and self.working:
            self.desk.problem(error)

    def _bug(self, report: BugReport) -> None:
        if self.desk is not None:
            self.desk.flush()
        self.entry.met_bug()
        self._crash.show_report(report)

    def _show_link(self) -> None:
        self.window.top.badge.show_link(self.connection, self.zone)
        self.window.notice.show_link(self.connection, self.zone)

    def _show_demo_mark(self) -> None:
        demo = self.entry.profile is not None and self.entry.profile.is_demo
        if demo:
            name = self.entry.demo.clinic if self.entry.demo is not None else t("Demo clinic")
            self.window.rail.demo.show_demo(name, self.checklist.progress())
        else:
            self.window.rail.demo.hide()
        if self.checklist.done != frozenset(self.preferences.done_steps):
            self.preferences = replace(self.preferences, done_steps=tuple(sorted(self.checklist.done)))
            self._save_preferences()

    def _save_preferences(self) -> None:
        kept = self.preferences
        self._lane.call(lambda: self._services.preferences.save(kept), on_result=lambda _: None)

    def _closing(self) -> None:
        self.preferences = replace(
            self.preferences,
            geometry=self.window.place_text(),
            rail_collapsed=self.window.rail_wanted_collapsed,
        )
        self._save_preferences()
        self.sign_out()

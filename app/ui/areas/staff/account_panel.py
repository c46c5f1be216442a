"""One account: name and e-mail, roles, a new password, web sessions, closing and opening."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.cover import ReassignOpenItems
from app.commands.staff import DisableStaff, EnableStaff, EndSessions, SetRoles
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.clinic import StaffView
from app.queries.cover import Colleague, colleagues
from app.queries.open_counts import open_count_of
from app.ui.areas.staff.heir import HeirChoice
from app.ui.areas.staff.once import PasswordOnce
from app.ui.areas.staff.roles import RoleBoxes
from app.ui.areas.staff.who_form import WhoForm
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column
from app.ui.widgets.panel import Note
from app.ui.widgets.text import Divider, Label
from app.ui.work import Lane, PanelPage, PendingAction, Progress, ShellApi
from app.workspace.staff import make_password, set_password


class AccountPanel(PanelPage):
    """Changes one account; every button names the person."""

    def __init__(self, api: ShellApi, person: StaffView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self.person = person
        self._let_go = False
        self._act, self._open, self._staff = (Lane(self, api.workspace) for _ in range(3))
        self._boxes = RoleBoxes(person.roles)
        self.who = WhoForm(person, own=person.user_id == api.workspace.actor.user_id)
        self._note = Note("")
        self._note.hide()
        self._once = PasswordOnce()
        self._once.hide()
        save = Button(t("Save the roles of {name}", name=person.name), kind=ButtonKind.PRIMARY)
        reset = Button(t("Make a new password for {name}", name=person.name), icon="key")
        own = person.user_id == api.workspace.actor.user_id
        if own:
            reset.hide()  # one's own is changed with the present one, at the top right
        # Phones and browsers open sessions without telling this window, so ending them is always there.
        ended = tn("End {n} web session", "End {n} web sessions", person.sessions)
        sessions = Button(ended if person.sessions else t("End web and phone sessions"), icon="logout")
        active = person.disabled_at is None
        toggle = Button(t("Disable {name}", name=person.name) if active else t("Enable {name}", name=person.name),
                        icon="block" if active else "undo")  # fmt: skip
        save.clicked.connect(self._save_roles)
        reset.clicked.connect(self._reset)
        sessions.clicked.connect(self._end_sessions)
        toggle.clicked.connect(self._disable if active else self._enable)
        self._boxes.changed.connect(self.edited)
        self.who.changed.connect(self.edited)
        self.who.save.clicked.connect(self._save_who)
        self.heir = HeirChoice(person.name)
        column(
            *_provider(person), *_wrong_passwords(person), self._note, self.who, Divider(),
            Label(t("Roles"), role=TypeRole.META, strong=True), self._boxes, save, Divider(), reset, self._once,
            sessions, Divider(), self.heir, toggle, STRETCH, gap=12, parent=self,
        )  # fmt: skip
        if active:
            self._open.ask(open_count_of, user_id=person.user_id, on_result=self._show_open, on_error=_unknown)

    def _show_open(self, count: int) -> None:
        """Ask who takes over, once it is known that something is open."""
        if count:
            self.heir.show_count(count)
            self._staff.ask(colleagues, on_result=self._show_heirs, on_error=_unknown)

    def _show_heirs(self, found: tuple[Colleague, ...]) -> None:
        self.heir.show_people([(one.user_id, one.name) for one in found if one.user_id != self.person.user_id])

    def first_focus(self) -> QWidget | None:
        """Begin with the roles."""
        return self._boxes.first()

    def closing(self) -> None:
        """What is still to come is told in passing."""
        self._let_go = True

    def title(self) -> str:
        """Return the person's name."""
        return self.person.name

    def dirty(self) -> bool:
        """Whether roles have been ticked, or a name or an e-mail typed, and not saved."""
        return set(self._boxes.roles()) != set(self.person.roles) or self.who.command() is not None

    def _run(self, command: Command, text: str) -> None:
        self._note.hide()
        self._act.execute(command, on_done=lambda outcome: self._done(text, outcome), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self.api.did(text, outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        if self._let_go:
            self.api.problem(error)
            return
        if self.who.show_error(error):
            return
        self._note.show_text(error.message)
        self._note.show()

    def _save_who(self) -> None:
        command = self.who.command()
        if command is None:
            self.who.say(t("Nothing was changed."))
        elif command.email is None:
            self._run(command, t("Saved the name of {name}", name=command.name))
        else:
            said = t("{name} signs in with {email} from now on, with the same password",
                     name=command.name or self.person.name, email=command.email)  # fmt: skip
            self._run(command, said)

    def _save_roles(self) -> None:
        command = SetRoles(user_id=self.person.user_id, roles=self._boxes.roles())
        self._run(command, t("Saved the roles of {name}", name=self.person.name))

    def _end_sessions(self) -> None:
        command = EndSessions(user_id=self.person.user_id)
        self._run(command, t("Ended the web sessions of {name}", name=self.person.name))

    def _enable(self) -> None:
        self._run(EnableStaff(user_id=self.person.user_id), t("Enabled {name}", name=self.person.name))

    def _disable(self) -> None:
        text = t("Disabling {name}", name=self.person.name)
        self._note.hide()
        if not self.heir.decided:
            self.heir.ask()
            return
        done = partial(self._disabled, self.heir.chosen, self.heir.name)
        self.api.pending(
            PendingAction(text=text, command=DisableStaff(user_id=self.person.user_id), on_done=done,
                          on_refused=self._refused, done_text=t("Disabled {name}", name=self.person.name))
        )  # fmt: skip

    def _disabled(self, heir: str, heir_name: str, _outcome: Outcome) -> None:
        if heir:
            _hand_over(self.api, self.person, heir, heir_name)
        if not self._let_go:
            self.finished.emit()

    def _reset(self) -> None:
        password = make_password()
        person, workspace = self.person, self.api.workspace

        def work(_progress: Progress) -> Outcome:
            return set_password(workspace, user_id=person.user_id, password=password, email=person.email)

        self._act.run(work, on_result=lambda _outcome: self._show_once(password), on_error=self._refused)

    def _show_once(self, password: str) -> None:
        self._once.show_password(password)


def _provider(person: StaffView) -> list[QWidget]:
    return [Label(person.provider_name, tone=Tone.MUTED, wrap=True)] if person.provider_name else []


def _wrong_passwords(person: StaffView) -> list[QWidget]:
    """Somebody else may have tried: the ADMIN asks the person."""
    if not person.wrong_passwords:
        return []
    said = tn("{n} wrong password in the last 7 days", "{n} wrong passwords in the last 7 days", person.wrong_passwords)
    return [Note(said, kind=StatusKind.ARRIVED)]


def _hand_over(api: ShellApi, person: StaffView, heir: str, heir_name: str) -> None:
    """Give what is open to the one who was chosen, whether or not the panel is still there."""
    lane = Lane(api.sync, api.workspace)

    def done(_outcome: Outcome) -> None:
        lane.deleteLater()
        api.toast(t("{other} has taken over what {name} had open", other=heir_name, name=person.name))

    def refused(error: AppError) -> None:
        lane.deleteLater()
        api.problem(error)

    lane.execute(ReassignOpenItems(from_user=person.user_id, to_user=heir), on_done=done, on_refused=refused)


def _unknown(_error: object) -> None:
    """Without an answer the account can be disabled all the same; what is open stays listed under everybody's."""

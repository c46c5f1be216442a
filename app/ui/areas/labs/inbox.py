"""Laboratories' messages that wait for a person: whose are they? The message and people here side by side."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QSignalBlocker, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.lab_messages import AssignLabMessage, RefuseLabMessage, ReopenLabMessage
from app.commands.lab_take_back import TakeBackLabMessage
from app.domain.enums import LabMessageState
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import again, t
from app.queries.core import Page
from app.queries.lab_inbox import LabMessageRow, lab_inbox, lab_message_count
from app.ui.areas.labs.head import LOOK_MS
from app.ui.areas.labs.inbox_detail import SEX, InboxDetail
from app.ui.areas.labs.inbox_folder import InboxFolder
from app.ui.areas.labs.inbox_import import FilesTaker, InboxImport
from app.ui.areas.labs.inbox_offers import InboxOffers
from app.ui.parts.words import born_date, day_month
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import ChangesPort, Lane, PanelPage, ShellApi, WorkspacePort
from app.ui.work.places import NewPatient

if TYPE_CHECKING:
    from app.workspace.hl7_import import OpenMessage
    from app.workspace.workspace import Workspace

PAGE = 200
"""Messages that the list shows at first, and more at each *Show more*."""
Opener = Callable[[WorkspacePort, str], "OpenMessage"]


def opened(workspace: WorkspacePort, message_id: str) -> OpenMessage:
    """Open a message. On a worker thread."""
    from app.workspace.hl7_import import open_message

    return open_message(cast("Workspace", workspace), message_id)


def _folder_line(api: ShellApi) -> InboxFolder | None:
    """The watched folder, for whoever may take files in; None where no window of this kind watches."""
    folder = getattr(api.workspace, "lab_folder", None)
    return InboxFolder(api, folder) if folder is not None and api.can(Permission.LAB_INBOX) else None


def _nothing(state: LabMessageState) -> str:
    words = {
        LabMessageState.UNMATCHED: t("No message waits for a person."),
        LabMessageState.REFUSED: t("No message was refused."),
        LabMessageState.APPLIED: t("No message is filed yet."),
    }
    return words[state]


class InboxPanel(PanelPage):
    """The list above, the chosen message below; Ctrl+Enter assigns it to the person chosen."""

    wide = True
    watches = frozenset({"lab_message", "patients"})

    def __init__(
        self, api: ShellApi, opener: Opener = opened, offers: InboxOffers | None = None,
        taker: FilesTaker | None = None, parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._api, self._open = api, opener
        self._list, self._count, self._one, self._work = (Lane(self, api.workspace) for _ in range(4))
        self._rows: dict[str, LabMessageRow] = {}
        self._shown: OpenMessage | None = None
        self._wanted, self._all = PAGE, 0
        self.states = SegmentedControl(
            [
                (LabMessageState.UNMATCHED.value, t("Waiting")),
                (LabMessageState.REFUSED.value, t("refused").capitalize()),
                (LabMessageState.APPLIED.value, t("Filed")),
            ],
            name=t("Which messages"),
        )
        self.messages = ListCard(name=t("Messages"), row_height=52, max_rows=5)
        self.more = Button(t("Show more"), icon="down", small=True)
        self.more.hide()
        self.detail = InboxDetail()
        self.files = InboxImport(taker or FilesTaker(api, parent=self))
        if not api.can(Permission.LAB_INBOX):
            self.files.hide()
        self.folder = _folder_line(api)
        self.offers = offers or InboxOffers(api)
        self.problem = Label("", role=TypeRole.META, tone=Tone.CRITICAL, wrap=True)
        self.problem.hide()
        self.assign = Button(t("Assign"), kind=ButtonKind.PRIMARY, icon="check", keys="Ctrl+Return")
        self.assign.setEnabled(False)
        self._build()
        self._timer = QTimer(self, interval=LOOK_MS)  # no feed tells of messages: only the server has them
        self._timer.timeout.connect(self.refresh)
        self._timer.start()
        self.refresh()

    def _build(self) -> None:
        content = QWidget()
        column(self.messages, row(self.more, STRETCH), self.detail, STRETCH, gap=12, parent=content)
        self.stack = StateStack(content)
        above = [self.folder] if self.folder is not None else []
        # Beside each other they would be wider than the panel in Spanish.
        head = (row(self.states, STRETCH), self.files)
        column(*head, *above, self.offers, self.problem, self.stack, gap=12, parent=self)
        self.states.changed.connect(lambda _key: self._other_state())
        self.more.clicked.connect(self._show_more)
        self.messages.current_changed.connect(self._load)
        self.stack.retry.connect(self.refresh)
        self.files.done.connect(self.refresh)
        self.offers.known.connect(self._offered)
        self.offers.done.connect(self.refresh)
        self.detail.people.current_changed.connect(lambda _key: self._name_button())
        self.detail.people.chosen.connect(lambda _key: self.submit())
        self.detail.other.clicked.connect(self._find)
        self.detail.register.clicked.connect(self.register)
        self.detail.refuse.clicked.connect(self._refuse)
        self.detail.reopen.clicked.connect(self._reopen)
        self.detail.take_out.clicked.connect(self._take_out)
        self.assign.clicked.connect(self.submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self.submit)

    def title(self) -> str:
        """Return the heading."""
        return t("Laboratories' messages")

    def meta(self) -> str:
        """Return how many there are, and how many of them are listed where not all are."""
        listed, there = len(self._rows), max(self._all, len(self._rows))
        if there > listed:
            return t("{n} of {all}", n=f"{listed:,}", all=f"{there:,}")
        return f"{listed:,}" if listed else ""

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self.assign

    def first_focus(self) -> QWidget | None:
        """Begin in the list."""
        return self.messages

    def changed(self, changes: ChangesPort) -> None:
        """Somebody settled one, or others came; or a patient was registered whom one is about."""
        if changes.everything or changes.touches({"lab_message"}):
            self.refresh()
        else:
            self._ask_offers()

    def refresh(self) -> None:
        """Ask for the list anew; the chosen message stays chosen."""
        if not self._rows:
            self.stack.set_loading()
        self._list.ask(
            lab_inbox,
            on_result=self._show,
            on_error=self._failed,
            state=LabMessageState(self.states.current),
            limit=self._wanted,
        )
        self._count.ask(
            lab_message_count, on_result=self._counted, state=LabMessageState(self.states.current),
        )  # fmt: skip
        self._ask_offers()

    def _other_state(self) -> None:
        self._wanted, self._all = PAGE, 0
        self.refresh()

    def _show_more(self) -> None:
        self._wanted += PAGE
        self.refresh()

    def _counted(self, there: int) -> None:
        self._all = there
        self.retitle()

    def _ask_offers(self) -> None:
        if self.states.current == LabMessageState.UNMATCHED.value and self._api.can(Permission.LAB_INBOX):
            self.offers.refresh()
        else:
            self.offers.clear()

    def _offered(self) -> None:
        """Say in the list which messages are certain by now; the open one has its patient chosen."""
        if self._rows:
            self._set_items()
        self._propose()

    def _set_items(self) -> None:
        """Replace the rows; what is open stays as it is, with whom the person chose and the reason under way."""
        blocked = QSignalBlocker(self.messages)
        self.messages.set_items([self._item(one) for one in self._rows.values()])
        blocked.unblock()

    def _propose(self) -> None:
        """Choose the patient who is certain, where the person has chosen nobody; it is they who say yes."""
        shown = self._shown
        offer = self.offers.offers.get(shown.text.row.id) if shown is not None else None
        if offer is not None and self._is_waiting() and self.detail.chosen is None:
            self.detail.propose(offer.patient_id, offer.patient_name)
        self._name_button()

    def _failed(self, error: AppError) -> None:
        self.stack.set_error(t("The messages can't be shown"), error.message)

    def _show(self, page: Page[LabMessageRow]) -> None:
        self._rows = {one.id: one for one in page.items}
        self.more.setVisible(page.more)
        self.retitle()
        self._set_items()
        if not page.items:
            self._clear()
            self.stack.set_empty(_nothing(LabMessageState(self.states.current)))
            return
        self.stack.set_ready()
        if self.messages.current_key not in self._rows:
            self.messages.set_current(page.items[0].id)
        elif self._shown is None or self._shown.text.row != self._rows[self.messages.current_key]:
            self._load(self.messages.current_key)

    def _item(self, one: LabMessageRow) -> ListItem:
        at = one.received_at.astimezone(self._api.zone)
        when = f"{day_month(at.date())} {at:%H:%M}"
        offer = self.offers.offers.get(one.id)
        why = t("agrees by now with {name}", name=offer.patient_name) if offer is not None else again(one.reason)
        return ListItem(
            key=one.id, title=one.name or one.kind or t("Nobody is named"), subtitle=why or one.sender,
            meta=when, sub_meta=_born(one.born),
        )  # fmt: skip

    def _clear(self) -> None:
        self._shown = None
        self.detail.clear()
        self.assign.setEnabled(False)

    def _load(self, message_id: str) -> None:
        self._clear()
        if message_id not in self._rows:
            return
        workspace, opener = self._api.workspace, self._open
        self._one.run(
            lambda _progress: opener(workspace, message_id),
            on_result=lambda found: self._show_one(message_id, found), on_error=self._refused,
        )  # fmt: skip

    def _show_one(self, message_id: str, found: OpenMessage) -> None:
        if message_id != self.messages.current_key:
            return
        self._shown = found
        self.detail.show_message(found)
        self._propose()

    def _name_button(self) -> None:
        """The person's name stands on the button."""
        person = self.detail.chosen
        waits = self._shown is not None and self._shown.report is not None and self._is_waiting()
        self.assign.setEnabled(waits and person is not None)
        self.assign.setText(t("Assign to {name}", name=person[1]) if waits and person else t("Assign"))

    def _is_waiting(self) -> bool:
        return self._shown is not None and self._shown.text.row.state is LabMessageState.UNMATCHED

    def _find(self) -> None:
        self._api.find_patient(self._found)

    def register(self) -> None:
        """Register whom the message is about, with what it says; it then names them by itself, or by name and birth."""
        person = self._shown.report.person if self._shown is not None and self._shown.report is not None else None
        if person is not None and person.names and self._is_waiting():
            name = person.names[0]
            self._api.navigate(NewPatient(first_name=name.given.title() if name.given.isupper() else name.given,
                                          last_name=name.family.title() if name.family.isupper() else name.family,
                                          born=person.birth_date, sex=SEX.get(person.sex, "")))  # fmt: skip

    def _found(self, patient_id: str, name: str) -> None:
        self.detail.add_person(patient_id, name)
        self._name_button()

    def submit(self) -> None:
        """File the message for the person chosen."""
        shown, person = self._shown, self.detail.chosen
        if shown is None or shown.report is None or person is None or not self.assign.isEnabled():
            return
        command = AssignLabMessage(message_id=shown.text.row.id, patient_id=person[0], report=shown.report)
        self._execute(command, t("Results filed for {name}", name=person[1]))

    def _refuse(self) -> None:
        if self._shown is not None:
            command = RefuseLabMessage(message_id=self._shown.text.row.id, reason=self.detail.reason.text())
            self._execute(command, t("Message refused"))

    def _reopen(self) -> None:
        if self._shown is not None:
            self._execute(ReopenLabMessage(message_id=self._shown.text.row.id), t("The message waits again"))

    def _take_out(self) -> None:
        shown = self._shown
        if shown is not None and shown.report is not None:
            command = TakeBackLabMessage(
                message_id=shown.text.row.id, reason=self.detail.reason.text(), report=shown.report
            )  # fmt: skip
            self._execute(command, t("Taken out of the chart; the message waits again"))

    def _execute(self, command: Command, text: str) -> None:
        self.problem.hide()
        self._work.execute(command, on_done=lambda outcome: self._done(text, outcome), on_refused=self._refused)

    def _done(self, text: str, outcome: Outcome) -> None:
        self._api.did(text, outcome)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self.problem.setText(error.message)
        self.problem.show()


def _born(text: str) -> str:
    """The birth date that a message states, as dates are written here; what is no day stays as it stands there."""
    try:
        return born_date(date.fromisoformat(text))
    except ValueError:
        return text

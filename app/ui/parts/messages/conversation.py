"""One conversation: who it is with, its messages, the answer; read once somebody turned to it for a moment."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.commands.core import Command, Outcome
from app.commands.messages import AssignThread, CloseThread, MarkRead, ReopenThread
from app.domain.messages import THREAD_ROLES, RecordLink
from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.attachable import known_paper
from app.queries.cover import Colleague, colleagues
from app.queries.message_thread import MessageRow, ThreadView, thread_view
from app.queries.messages import ThreadRow
from app.ui.parts.messages.bubbles import Bubbles, Moment
from app.ui.parts.messages.reply import ReplyBox
from app.ui.parts.messages.sending import Letter, send_letter, why_not
from app.ui.parts.messages.words import owner_word
from app.ui.parts.patient_values import born_text
from app.ui.parts.words import role_word
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import column, row
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Divider, Label
from app.ui.work import Lane, ShellApi, draft_kinds
from app.ui.work.places import OpenChart

SHOWN_MS = 700
"""How long a conversation is on the screen before it counts as read: walking through the list reads nothing."""
PAGE = 25
TABS = {"excuse_notes": "notes", "referrals": "referrals", "lab_orders": "labs"}
"""Where the chart shows what a message may refer to."""


class Conversation(QWidget):
    """Shows a conversation, or writes the first message of a new one."""

    moved = Signal()
    """Something was sent, given away or done: the list asks anew."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._load, self._older, self._act, self._staff, self._paper = (Lane(self, api.workspace) for _ in range(5))
        self.row: ThreadRow | None = None
        self._wanted = ""
        self._new: Letter | None = None
        self._task_id = ""
        self._messages: dict[str, MessageRow] = {}
        self._cursor: str | None = None
        self._reached = False
        self._kept: dict[str, Letter] = {}
        self._marked = ""
        self._turned_to = False
        self.name = Label("", role=TypeRole.SECTION, strong=True)
        self.meta = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.chart = Button(t("Chart"), icon="right", keys="Ctrl+O", small=True)
        self.assign = Button(t("Give to"), icon="swap", keys="Ctrl+H", small=True)
        self.done = Button(t("Done"), icon="check", keys="Ctrl+D", small=True)
        self.bubbles = Bubbles()
        self.reply = ReplyBox(api)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._build()
        self._connect()
        self.clear()

    def _build(self) -> None:
        inside = QWidget()
        body = column(gap=12, parent=inside)
        below = row(gap=8)  # the name has a line of its own: beside the buttons a narrow window cut it
        below.addWidget(self.meta, 1)
        for button in (self.assign, self.done, self.chart):
            below.addWidget(button)
        body.addLayout(column(self.name, below, gap=0))
        body.addWidget(Divider())
        body.addWidget(self.bubbles, 1)
        body.addWidget(self.reply)
        self.states = StateStack(inside)
        column(self.states, gap=0, parent=self)

    def _connect(self) -> None:
        self.bubbles.older_wanted.connect(self._ask_older)
        self.bubbles.paper_wanted.connect(self.open_paper)
        self.reply.sent.connect(self.send)
        self.reply.edited.connect(self._keep)
        self.reply.edited.connect(self.turn_to)
        self.states.retry.connect(self.refresh)
        self._timer.timeout.connect(self._mark_read)
        self.chart.clicked.connect(self.open_chart)
        self.assign.clicked.connect(self.give)
        self.done.clicked.connect(self.finish)
        self._api.sync.changed.connect(self._paint)

    # -- what is shown -------------------------------------------------------------------------------------------------

    def clear(self, text: str = "") -> None:
        """Show nothing."""
        self._switch()
        self.states.set_empty(text or t("Choose a conversation."))

    def show_thread(self, thread_id: str, *, chosen: bool = True) -> None:
        """Show a conversation; the same one again only asks anew. Not ``chosen``: shown by itself, it stays unread."""
        if thread_id != self._wanted:
            self._switch()
            self._wanted, self._turned_to = thread_id, chosen
            self.states.set_loading()
        self.refresh()

    def turn_to(self) -> None:
        """Somebody turned to what is shown: after a moment it counts as read."""
        if not self._turned_to:
            self._turned_to = True
            self._count()

    def _count(self) -> None:
        if self._turned_to and self.row is not None and self.row.unread and self._last() != self._marked:
            self._timer.start()

    def begin(self, letter: Letter) -> None:
        """Write the first message of a new conversation with a patient."""
        self._switch()
        self._new, self._task_id = letter, letter.task_id
        self.name.setText(letter.patient_name)
        self.meta.setText(t("New conversation"))
        self.assign.hide()
        self.done.hide()
        self.states.set_ready()
        self.reply.address(letter.patient_id, letter.patient_name, new=True)
        known = self._kept.get(letter.key, letter) if not letter.text else letter
        self.reply.put(known.text, known.subject, known.attachments)

    def restore(self, letter: Letter) -> None:
        """Take up a message that was begun."""
        self._kept[letter.key] = letter
        if letter.thread_id:
            self._wanted = ""
            self.show_thread(letter.thread_id)
        else:
            self.begin(letter)

    def refresh(self) -> None:
        """Ask anew for what is shown: as much as is shown already."""
        if self._wanted:
            self._load.ask(thread_view, thread_id=self._wanted, limit=PAGE, on_result=self._show,
                           on_error=self._failed)  # fmt: skip

    def _switch(self) -> None:
        """Leave what was shown; what was typed there is kept."""
        self.reply.flush()
        self._timer.stop()
        self._load.drop()
        self._older.drop()
        self.row, self._new, self._wanted, self._task_id, self._marked = None, None, "", "", ""
        self._messages, self._cursor, self._reached = {}, None, False
        self.bubbles.clear()

    def _failed(self, error: AppError) -> None:
        if self.row is None:
            self.states.set_error(error.message)
        else:
            self._api.problem(error)

    def _show(self, view: ThreadView) -> None:
        if view.row.thread_id != self._wanted:
            return
        first = self.row is None
        self.row = view.row
        if not self._reached:
            self._cursor = view.messages.cursor
        self._messages |= {one.message_id: one for one in view.messages.items}
        if first:
            self.reply.address(view.row.patient_id, view.row.patient_name, new=False)
            letter = self._kept.get(view.row.thread_id)
            self.reply.put(*((letter.text, "", letter.attachments) if letter else ("",)))
            self._task_id = letter.task_id if letter else ""
        self._paint()
        self.states.set_ready()
        self._count()

    def _paint(self) -> None:
        row = self.row
        if row is None:
            return
        reader = self._api.workspace.reader()
        self.name.setText(row.patient_name)
        born = born_text(row.born, reader.today, row.death)
        owner = owner_word(row)
        whose = t("for {owner}", owner=owner) if owner else t("nobody's yet")
        state = t("done with") if row.done else ""
        self.meta.setText(" · ".join(filter(None, (t("Born {date}", date=born), row.subject, whose, state))))
        allowed = self._api.can(Permission.MESSAGE)
        self.assign.setVisible(allowed)
        self.done.setVisible(allowed)
        self.done.setText(t("Open again") if row.done else t("Done"))
        self.reply.setVisible(allowed)
        ordered = sorted(self._messages.values(), key=lambda one: (one.created_at, one.message_id))
        waiting = frozenset(key for table, key in self._api.sync.waiting if table == "messages")
        self.bubbles.show_messages(ordered, Moment(reader.zone, reader.today), more=self._cursor is not None,
                                   unsent=waiting)  # fmt: skip

    def _ask_older(self) -> None:
        self._older.ask(thread_view, thread_id=self._wanted, cursor=self._cursor, limit=PAGE,
                        on_result=self._add_older, on_error=self._api.problem)  # fmt: skip

    def _add_older(self, view: ThreadView) -> None:
        self._reached = True
        self._cursor = view.messages.cursor
        self._messages |= {one.message_id: one for one in view.messages.items}
        self._paint()

    # -- read ----------------------------------------------------------------------------------------------------------

    def _last(self) -> str:
        ordered = sorted(self._messages.values(), key=lambda one: (one.created_at, one.message_id))
        return ordered[-1].message_id if ordered else ""

    def _mark_read(self) -> None:
        last = self._last()
        if not last or not self.isVisible() or not self._api.can(Permission.MESSAGE):
            return
        self._marked = last
        self._act.execute(MarkRead(thread_id=self._wanted, message_id=last), on_done=lambda _outcome: self._again(),
                          on_refused=lambda _error: self._again(), aside=True)  # fmt: skip

    # -- doing ---------------------------------------------------------------------------------------------------------

    @property
    def letter(self) -> Letter | None:
        """What stands in the box, and where it would go."""
        text, subject = self.reply.text.toPlainText(), self.reply.subject.text()
        chosen = self.reply.attaching.chosen
        if self.row is not None:
            return Letter(self.row.patient_id, self.row.patient_name, self.row.thread_id, text, "", self._task_id,
                          chosen)  # fmt: skip
        if self._new is not None:
            return Letter(self._new.patient_id, self._new.patient_name, "", text, subject, self._task_id, chosen)
        return None

    def _keep(self) -> None:
        """Keep what was typed: here, and as a draft that outlives the window."""
        letter = self.letter
        if letter is None:
            return
        self._kept[letter.key] = letter
        if letter.text.strip() or letter.attachments:
            self._api.drafts.keep(letter.draft())
        else:
            self._api.drafts.discard(draft_kinds.MESSAGE, letter.key)

    def send(self) -> None:
        """Send what is written, after ten seconds."""
        letter = self.letter
        if letter is None:
            return
        if reason := why_not(letter):
            self.reply.refuse(reason)
            return
        self._kept.pop(letter.key, None)
        self.reply.put("")
        send_letter(self._api, letter, done=partial(self._sent, letter), back=self._came_back)

    def _sent(self, letter: Letter, outcome: Outcome) -> None:
        if self._new is not None and letter.key == self._new.key:
            self.show_thread(str(outcome.result["threadId"]))
        self._again()

    def _came_back(self, letter: Letter, error: AppError | None) -> None:
        now = self.letter
        self._kept[letter.key] = letter
        if now is not None and now.key == letter.key and not now.text.strip():
            self._task_id = letter.task_id
            self.reply.put(letter.text, letter.subject, letter.attachments)
            self.reply.refuse(error.message if error is not None else "")
        elif error is not None:
            self._api.problem(error)

    def open_chart(self) -> None:
        """Open the patient's chart."""
        letter = self.letter
        if letter is not None:
            self._api.navigate(OpenChart(patient_id=letter.patient_id))

    def open_paper(self, paper: RecordLink) -> None:
        """Show a paper of this conversation's patient in their chart; what is another's, or nobody's, is refused."""
        if self.row is not None:
            self._paper.ask(known_paper, patient_id=self.row.patient_id, link=paper, on_error=self._api.problem,
                            on_result=partial(self._show_paper, self.row.patient_id))  # fmt: skip

    def _show_paper(self, patient_id: str, paper: RecordLink) -> None:
        self._api.navigate(OpenChart(patient_id=patient_id, tab=TABS[paper.table], item=paper.id))

    def finish(self) -> None:
        """Done with until the patient writes again; or not done with after all."""
        row, last = self.row, self._last()
        if row is None or not last:
            return
        if row.done:
            self._do(ReopenThread(thread_id=row.thread_id), t("Open again: {name}", name=row.patient_name))
        else:
            self._do(CloseThread(thread_id=row.thread_id, message_id=last), t("Done: {name}", name=row.patient_name))

    def give(self) -> None:
        """Give it to a role, a colleague or nobody."""
        if self.row is not None:
            self._staff.ask(colleagues, on_result=self._offer, on_error=self._api.problem)

    def _offer(self, found: tuple[Colleague, ...]) -> None:
        row = self.row
        if row is None:
            return
        as_is = AssignThread(thread_id=row.thread_id, old_user=row.owner_user, old_role=row.owner_role)
        items: list[MenuItem | None] = [
            MenuItem(role_word(role), partial(self._assign, replace(as_is, owner_role=role)), "users")
            for role in THREAD_ROLES if role is not row.owner_role
        ]  # fmt: skip
        items.append(None)
        items += [
            MenuItem(one.name, partial(self._assign, replace(as_is, owner_user=one.user_id)), "user")
            for one in found if one.user_id != row.owner_user
        ]  # fmt: skip
        if row.owner_user is not None or row.owner_role is not None:
            items += [None, MenuItem(t("Nobody"), partial(self._assign, as_is), "close")]
        open_menu(self.assign, t("Give to"), items)

    def _assign(self, command: AssignThread) -> None:
        self._do(command, t("Given away: {name}", name=self.name.text()))

    def _do(self, command: Command, text: str) -> None:
        def done(outcome: Outcome) -> None:
            self._api.did(text, outcome)
            self._again()

        def refused(error: AppError) -> None:
            self._api.problem(error)
            self._again()

        self._act.execute(command, on_done=done, on_refused=refused)

    def _again(self) -> None:
        self.refresh()
        self.moved.emit()

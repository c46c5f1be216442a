"""Conversations: the list at the left, one at the right. The inbox shows the clinic's, a chart its patient's."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.message_thread import SentRow, sent_messages
from app.queries.messages import ThreadBox, ThreadRow, thread_page
from app.ui.parts.messages.conversation import Conversation
from app.ui.parts.messages.sending import Letter
from app.ui.parts.messages.words import owner_word, receipt_word, time_word
from app.ui.theme.tokens import StatusKind
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.panel import Card
from app.ui.widgets.states import StateStack
from app.ui.widgets.toggles import SegmentedControl
from app.ui.work import Lane, ShellApi

LIST_WIDTH = 380
SENT = "sent"
BOXES = (ThreadBox.MINE.value, ThreadBox.UNASSIGNED.value, ThreadBox.ALL.value, SENT, ThreadBox.DONE.value)


def box_word(key: str) -> str:
    """Return what a box is called."""
    return {
        ThreadBox.MINE.value: t("Mine"),
        ThreadBox.UNASSIGNED.value: t("Nobody's"),
        ThreadBox.ALL.value: t("All"),
        SENT: t("Sent"),
        ThreadBox.DONE.value: t("Done"),
    }[key]


class MessageDesk(QWidget):
    """With ``patient_id`` one patient's conversations, else the boxes of the clinic."""

    unread = Signal(int)
    """How many of the conversations shown have something unread."""

    def __init__(self, api: ShellApi, *, boxes: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api, self._boxed = api, boxes
        self._list, self._more_lane = Lane(self, api.workspace), Lane(self, api.workspace)
        self.patient_id = self.patient_name = ""
        self._items: dict[str, ThreadRow | SentRow] = {}
        self._cursor: str | None = None
        self._wanted = ""
        self._loaded = self._focus_later = False
        self._begins = True
        self.boxes = SegmentedControl([(key, box_word(key)) for key in BOXES], name=t("Which messages"))
        self.list = ListCard(name=t("Conversations"), row_height=56, fit=False)
        self.more = Button(t("Show more"), icon="down", small=True)
        self.more.hide()
        self.new = Button(t("New message"), icon="plus", small=True)
        self.conversation = Conversation(api)
        self._build()
        self._connect()
        self.boxes.setVisible(boxes)  # not before they have a parent: they would be windows
        self.new.setVisible(api.can(Permission.MESSAGE))

    def _build(self) -> None:
        left = QWidget()
        left.setFixedWidth(LIST_WIDTH)
        self.states = StateStack(self.list)
        inner = column(gap=8, parent=left)
        inner.addWidget(self.states, 1)
        inner.addLayout(row(self.new, self.more, STRETCH))
        right = Card(padding=16, gap=0)
        right.body.addWidget(self.conversation, 1)
        beside = row(gap=16)
        beside.addWidget(left)
        beside.addWidget(right, 1)
        body = column(row(self.boxes, STRETCH), gap=8, parent=self)  # above both: five words are wider than the list
        body.addLayout(beside, 1)

    def _connect(self) -> None:
        self.boxes.changed.connect(self.show_box)
        self.list.current_changed.connect(self._choose)
        self.list.chosen.connect(lambda _key: self.conversation.reply.text.setFocus())
        for turned in (self.list.chosen, self.list.clicked):
            turned.connect(lambda _which: self.conversation.turn_to())
        self.more.clicked.connect(self._ask_more)
        self.states.retry.connect(self.refresh)
        self.conversation.moved.connect(self.refresh)
        self.new.clicked.connect(self.begin)
        self._api.sync.changed.connect(self._paint)

    # -- what is shown -------------------------------------------------------------------------------------------------

    def of_patient(self, patient_id: str, name: str) -> None:
        """Show one patient's only; what was shown of another one goes at once."""
        if patient_id != self.patient_id:
            self._forget()
        self.patient_id, self.patient_name = patient_id, name
        self.refresh()

    def show_box(self, key: str) -> None:
        """Show a box."""
        self.boxes.set_current(key)
        self._forget()
        self.refresh()

    def show_thread(self, thread_id: str) -> None:
        """Show a conversation, whichever box it is in."""
        self._wanted = thread_id
        if thread_id in self._items:
            self.list.set_current(thread_id)
        self.conversation.show_thread(thread_id)
        self.conversation.turn_to()

    def first_focus(self) -> QWidget:
        """The list has the keyboard as soon as it is there; the box, while a new message is written."""
        if self._wanted == "new":
            return self.conversation.reply.text
        self._focus_later = not self.list.isVisible()
        return self.list

    def _forget(self) -> None:
        self._more_lane.drop()  # another box's, or another patient's, is never added here
        self._items, self._cursor, self._wanted, self._loaded = {}, None, "", False
        self.list.set_items(())
        self.conversation.clear()

    def refresh(self) -> None:
        """Ask anew; rows stay where they are."""
        if not self._loaded:
            self.states.set_loading()
        self._ask(self._list, None, max(50, len(self._items)))
        self.conversation.refresh()

    def _ask(self, lane: Lane, cursor: str | None, limit: int) -> None:
        got = self._show if cursor is None else self._append
        if self._boxed and self.boxes.current == SENT:
            lane.ask(sent_messages, cursor=cursor, limit=limit, on_result=got, on_error=self._failed)
            return
        box = ThreadBox(self.boxes.current) if self._boxed else ThreadBox.EVERY
        lane.ask(thread_page, box=box, patient_id=self.patient_id or None, cursor=cursor, limit=limit, on_result=got,
                 on_error=self._failed)  # fmt: skip

    def _ask_more(self) -> None:
        if self._cursor is not None:
            self._ask(self._more_lane, self._cursor, 50)

    def _failed(self, error: AppError) -> None:
        if self._loaded:
            self._api.problem(error)
        else:
            self.states.set_error(error.message)

    def _show(self, page: Page[ThreadRow] | Page[SentRow]) -> None:
        found = {_key(one): one for one in page.items}
        self._items = {key: found[key] for key in self._order(found)}
        self._cursor = page.cursor
        first, self._loaded = not self._loaded, True
        self._paint()
        begins, self._begins = self._begins, False
        if not self._items:
            if begins and not self._wanted and self._boxed and self.boxes.current == ThreadBox.MINE.value:
                self.show_box(ThreadBox.ALL.value)  # nothing of one's own: what waits for somebody
                return
            self.states.set_empty(self._nothing())
            return
        if first and not self._wanted and self.conversation.letter is None:
            self._offer(next(iter(self._items)))
        elif self._wanted in self._items:
            self.list.set_current(self._wanted)
        self.states.set_ready()  # with a row that is current: the focus would choose one
        if self._focus_later:
            self._focus_later = False
            self.list.setFocus()

    def _append(self, page: Page[ThreadRow] | Page[SentRow]) -> None:
        self._items |= {_key(one): one for one in page.items}
        self._cursor = page.cursor
        self._paint()

    def _order(self, found: dict[str, ThreadRow | SentRow]) -> Sequence[str]:
        """What is new, or has something unread that it hadn't, comes first; the others stay where they are."""

        def stays(key: str) -> bool:
            old, new = self._items.get(key), found[key]
            if old is None or key == self.list.current_key:
                return old is not None
            return not (isinstance(new, ThreadRow) and isinstance(old, ThreadRow) and new.unread and not old.unread)

        kept = [key for key in self._items if key in found and stays(key)]
        places = {key: place for place, key in enumerate(found)}
        last = max((places[key] for key in kept), default=len(found))
        fresh = [key for key in found if key not in set(kept)]
        return [*(key for key in fresh if places[key] < last), *kept, *(key for key in fresh if places[key] > last)]

    def _nothing(self) -> str:
        if self.patient_id:
            return t("No messages with this patient yet.")
        return t("Nothing was sent yet.") if self.boxes.current == SENT else t("No conversations here.")

    def _paint(self) -> None:
        with QSignalBlocker(self.list):  # nobody chose a row: who writes to somebody new, or reads another, stays there
            self.list.set_items([self._line(one) for one in self._items.values()])
        self.more.setVisible(self._cursor is not None)
        self.unread.emit(sum(1 for one in self._items.values() if _unread(one)))

    def _line(self, one: ThreadRow | SentRow) -> ListItem:
        reader = self._api.workspace.reader()
        text = " ".join((one.last_text if isinstance(one, ThreadRow) else one.text).split())
        title = one.subject if self.patient_id and one.subject else one.patient_name
        waiting = self._api.sync.waiting
        if isinstance(one, SentRow):
            unsent = ("messages", one.message_id) in waiting
            receipt = t("not yet sent") if unsent else receipt_word(one.read_at, reader.zone, reader.today)
            return ListItem(key=one.message_id, title=title, subtitle=text, dashed=unsent,
                            meta=time_word(one.created_at, reader.zone, reader.today), sub_meta=receipt)  # fmt: skip
        new = ChipSpec(t("{n} unread", n=one.unread), icon="mail", kind=StatusKind.PLANNED) if one.unread else None
        unsent = ("message_threads", one.thread_id) in waiting
        said = t("We: {words}", words=text) if one.answered else text
        return ListItem(
            key=one.thread_id, title=title, subtitle=said, chip=new, title_strong=bool(one.unread), dashed=unsent,
            meta=time_word(one.last_at, reader.zone, reader.today),
            sub_meta=t("Done with") if one.done else owner_word(one),
        )  # fmt: skip

    def _offer(self, key: str) -> None:
        """Show the first one, so that nothing is blank; nobody has chosen it, so it isn't read by that."""
        self._wanted = key
        with QSignalBlocker(self.list):
            self.list.set_current(key)
        one = self._items[key]
        self.conversation.show_thread(one.thread_id, chosen=False)

    def _choose(self, key: str) -> None:
        one = self._items.get(key)
        if one is not None:
            self._wanted = key
            self.conversation.show_thread(one.thread_id)

    # -- doing ---------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Write to a patient; without one ask to whom."""
        if self.patient_id:
            self.write(Letter(self.patient_id, self.patient_name))
        else:
            self._api.find_patient(lambda patient_id, name: self.write(Letter(patient_id, name)))

    def write(self, letter: Letter) -> None:
        """Begin a new conversation."""
        self._wanted, self._focus_later = "new", False
        self.conversation.begin(letter)
        self.conversation.reply.text.setFocus()

    def restore(self, letter: Letter) -> None:
        """Take up a message that was begun."""
        self._focus_later = False
        self._wanted = letter.thread_id or "new"
        self.conversation.restore(letter)
        self.conversation.reply.text.setFocus()


def _key(one: ThreadRow | SentRow) -> str:
    return one.thread_id if isinstance(one, ThreadRow) else one.message_id


def _unread(one: ThreadRow | SentRow) -> bool:
    return isinstance(one, ThreadRow) and one.unread > 0

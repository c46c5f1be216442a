"""The inbox: conversations at the left, unread ones first; one at the right; what rules would send above."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.messages import ThreadBox, ThreadRow, unread_counts
from app.ui.areas.messages.held import HeldCard
from app.ui.parts.messages.desk import MessageDesk, box_word
from app.ui.parts.messages.sending import Letter, letter_of
from app.ui.theme.tokens import TypeRole
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.text import Label
from app.ui.work import AreaPage, Lane, Place, RestoreDraft, ShellApi
from app.ui.work.places import NewMessage, ShowMessages


class MessagesPage(AreaPage):
    """Everything by key too: ↑ ↓ conversations, Alt+A answers, Ctrl+Enter sends, Ctrl+H gives away, Ctrl+D is done."""

    watches = frozenset({"messages", "message_threads", "thread_detail", "held_message", "cover", "patients"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._counts = Lane(self, api.workspace)
        self.held = HeldCard(api)
        self.desk = MessageDesk(api, boxes=True)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addLayout(row(Label(t("Messages"), role=TypeRole.PATIENT, strong=True), STRETCH))
        body.addWidget(self.held)
        body.addWidget(self.desk, 1)
        self.held.decided.connect(self.desk.refresh)
        self.desk.conversation.moved.connect(self._ask_counts)

    @property
    def row(self) -> ThreadRow | None:
        """The conversation that is open."""
        return self.desk.conversation.row

    def refresh(self) -> None:
        """Ask for everything anew; nothing moves under the focus."""
        self.desk.refresh()
        self.held.refresh()
        self._ask_counts()

    def _ask_counts(self) -> None:
        self._counts.ask(unread_counts, on_result=self._show_counts, on_error=self._no_counts)

    def _show_counts(self, counts: Mapping[str, int]) -> None:
        for box in (ThreadBox.MINE.value, ThreadBox.UNASSIGNED.value, ThreadBox.ALL.value):
            number = counts.get(box, 0)
            self.desk.boxes.set_text(box, f"{box_word(box)} {number}" if number else box_word(box))

    def _no_counts(self, _error: AppError) -> None:
        """The list says what is wrong."""

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.desk.first_focus()

    def open(self, place: Place) -> None:
        """Show a conversation, begin one, or take up a draft."""
        if isinstance(place, ShowMessages):
            if place.thread_id:
                self.desk.show_thread(place.thread_id)
        elif isinstance(place, NewMessage):
            if place.patient_id:
                self.desk.write(Letter(place.patient_id, place.patient_name, "", place.text, place.subject,
                                       place.task_id))  # fmt: skip
            else:
                self.begin()
        elif isinstance(place, RestoreDraft):
            self.desk.restore(letter_of(place.draft))

    # -- doing ---------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Write to a patient."""
        self.desk.begin()

    def open_chart(self) -> None:
        """Open the patient's chart."""
        self.desk.conversation.open_chart()

    def give(self) -> None:
        """Give the conversation away."""
        self.desk.conversation.give()

    def finish(self) -> None:
        """Be done with the conversation."""
        self.desk.conversation.finish()

    def answer(self) -> None:
        """Go to the box."""
        self.desk.conversation.reply.text.setFocus()

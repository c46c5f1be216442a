"""A patient's conversations in the chart: those that are done with too."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtWidgets import QWidget

from app.domain.permissions import Permission
from app.ui.areas.chart.tab import ChartTab
from app.ui.parts.messages.desk import MessageDesk
from app.ui.widgets.layouts import column
from app.ui.work import ShellApi
from app.ui.work.places import NEW_ITEM


class MessagesTab(ChartTab):
    """The same list and bubbles as the inbox, of one patient."""

    watches: ClassVar[frozenset[str]] = frozenset({"messages", "message_threads", "thread_detail"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.desk = MessageDesk(api, boxes=False)
        self.desk.conversation.chart.hide()
        self.desk.unread.connect(lambda number: self.counted.emit(number or None))
        column(self.desk, gap=0, margins=(24, 12, 24, 16), parent=self)

    def show_patient(self, patient_id: str, name: str) -> None:
        """Show another patient's."""
        self.desk.of_patient(patient_id, name)

    def refresh(self) -> None:
        """Ask anew."""
        self.desk.refresh()

    def open_item(self, item: str) -> None:
        """Open a conversation, or begin one."""
        if item != NEW_ITEM:
            self.desk.show_thread(item)
        elif self.api.can(Permission.MESSAGE):
            self.desk.patient_name = self.desk.patient_name or self.patient_name
            self.desk.begin()

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return self.desk.first_focus()

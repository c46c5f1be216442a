"""A conversation as bubbles: the patient's at the left, the clinic's at the right, a line between days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from app.kernel.i18n import t, tn
from app.queries.message_thread import MessageRow
from app.ui.parts.messages.links import AttachmentButton
from app.ui.parts.messages.words import receipt_word
from app.ui.parts.words import clock, day_title
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.panel import Card
from app.ui.widgets.text import Label, text_direction

WIDEST = 560


@dataclass(frozen=True, slots=True)
class Moment:
    """What times are shown against."""

    zone: ZoneInfo
    today: date


class Bubble(Card):
    """One message with who, when, and whether the other side has read it; dashed while it isn't sent."""

    def __init__(self, message: MessageRow, parent: QWidget | None = None) -> None:
        super().__init__(padding=12, gap=4, parent=parent)
        self.text = Label(message.text, wrap=True, theirs=True)
        self.text.setLayoutDirection(text_direction(message.text))
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.meta = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.body.addWidget(self.text)
        self.attachments = [AttachmentButton(one) for one in message.attachments]
        for button in self.attachments:
            self.body.addLayout(row(button, STRETCH))
        self.body.addWidget(self.meta)
        self.set_selected(not message.from_patient)
        self.setMaximumWidth(WIDEST)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)

    def show_state(self, message: MessageRow, moment: Moment, *, unsent: bool) -> None:
        """Show when it was written, by whom, and what became of it. Of a patient's only that it was read waits."""
        unsent = unsent and not message.from_patient
        who = message.sender_name or (t("The patient") if message.from_patient else t("Somebody of the clinic"))
        parts = [who, clock(message.created_at, moment.zone)]
        if message.cut:
            parts.append(t("only the beginning is shown"))
        if message.unreadable:
            n = message.unreadable
            parts.append(tn("{n} attachment can't be read", "{n} attachments can't be read", n))
        if unsent:
            parts.append(t("not yet sent"))
        elif not message.from_patient:
            parts.append(receipt_word(message.read_at if message.read else None, moment.zone, moment.today))
        elif not message.read:
            parts.append(t("new"))
        self.meta.setText(" · ".join(parts))
        self.set_dashed(unsent)
        self.setAccessibleName(f"{message.text[:500]}, {self.meta.text()}")


class Bubbles(QScrollArea):
    """The messages, newest at the foot. What is there already keeps its widget: neither focus nor place moves."""

    older_wanted = Signal()
    paper_wanted = Signal(object)
    """An attachment was pressed that is a paper of the patient's: its ``RecordLink``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(t("Messages"))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._inside = QWidget()
        self._list = column(gap=8, margins=(4, 4, 12, 4))
        self.older = Button(t("Show earlier messages"), icon="up", small=True)
        self.older.hide()
        body = column(row(STRETCH, self.older, STRETCH), gap=8, parent=self._inside)
        body.addLayout(self._list)
        body.addStretch(1)
        self.setWidget(self._inside)
        self._rows: dict[str, QWidget] = {}
        self.bubbles: dict[str, Bubble] = {}
        self._follow = True
        self.older.clicked.connect(self.older_wanted)
        self.verticalScrollBar().rangeChanged.connect(self._range_changed)

    def clear(self) -> None:
        """Show another conversation: nothing of the one before stays."""
        for widget in self._rows.values():
            widget.hide()
            widget.deleteLater()
        self._rows, self.bubbles = {}, {}
        self._follow = True
        self.older.hide()

    def show_messages(
        self, messages: Sequence[MessageRow], moment: Moment, *, more: bool, unsent: frozenset[str]
    ) -> None:
        """Show messages (oldest first); ``more``: earlier ones can be had."""
        bar = self.verticalScrollBar()
        self._follow = not self._rows or bar.value() >= bar.maximum() - 4
        self.older.setVisible(more)
        wanted: list[str] = []
        day: date | None = None
        for message in messages:
            written = message.created_at.astimezone(moment.zone).date()
            if written != day:
                day = written
                wanted.append(self._day(written))
            wanted.append(self._bubble(message, moment, unsent=message.message_id in unsent))
        for gone in [key for key in self._rows if key not in set(wanted)]:
            self.bubbles.pop(gone, None)
            self._rows.pop(gone).deleteLater()
        for place, key in enumerate(wanted):
            if self._list.indexOf(self._rows[key]) != place:
                self._list.insertWidget(place, self._rows[key])
        if self._follow:
            QTimer.singleShot(0, self, self._to_end)

    def _day(self, day: date) -> str:
        key = day.isoformat()
        if key not in self._rows:
            line = Label(day_title(day), role=TypeRole.META, tone=Tone.MUTED, strong=True)
            line.setAlignment(Qt.AlignmentFlag.AlignCenter)
            self._rows[key] = line
        return key

    def _bubble(self, message: MessageRow, moment: Moment, *, unsent: bool) -> str:
        key = message.message_id
        if key not in self._rows:
            bubble = Bubble(message)
            for button in bubble.attachments:
                button.paper_wanted.connect(self.paper_wanted)
            holder = QWidget()
            line = row(gap=0, parent=holder)
            if not message.from_patient:
                line.addStretch(1)
            line.addWidget(bubble, 4)
            if message.from_patient:
                line.addStretch(1)
            self._rows[key], self.bubbles[key] = holder, bubble
        self.bubbles[key].show_state(message, moment, unsent=unsent)
        return key

    def _range_changed(self, _low: int, _high: int) -> None:
        if self._follow:
            self._to_end()

    def _to_end(self) -> None:
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

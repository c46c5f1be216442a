"""One thing that needs attention: why, both sides, whom to call, and the ways out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from app.commands.another_way import Sides as Fields
from app.kernel.i18n import again, t
from app.ui.areas.attention.ways import OtherTime
from app.ui.parts.clash_words import Show, TitleOf
from app.ui.parts.command_facts import Facts
from app.ui.parts.conflict_view import ConflictView
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind
from app.ui.widgets.chip import Icon
from app.ui.widgets.flow import FlowLayout
from app.ui.widgets.inputs import Combo, LineEdit
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.panel import Card, Note
from app.ui.widgets.text import Label
from app.workspace.sync_state import AttentionItem

MOST_TIMES = 3


class Sides(QWidget):
    """What was done here, and what the server has, side by side."""

    def __init__(self) -> None:
        super().__init__()
        self.mine, self.theirs = Label("", strong=True, wrap=True), Label("", strong=True, wrap=True)
        self.mine_by = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        left, right = Card(padding=12, gap=4), Card(padding=12, gap=4)
        for card, head, text in ((left, t("Done here"), self.mine), (right, t("On the server"), self.theirs)):
            card.body.addWidget(Label(head, role=TypeRole.META, tone=Tone.MUTED))
            card.body.addWidget(text)
        left.body.addWidget(self.mine_by)
        for card in (left, right):
            card.body.addStretch(1)
        both = row(gap=12, parent=self)
        both.addWidget(left, 1)
        both.addWidget(right, 1)

    def show_sides(self, mine: str, by: str, theirs: str) -> None:
        """Show both."""
        self.mine.setText(mine)
        self.mine_by.setText(by)
        self.theirs.setText(theirs)


class AttentionDetail(QWidget):
    """The right half of the page. It only shows; the page decides."""

    time_chosen = Signal(str)
    """A slot's id: book or move there instead."""
    discard_wanted = Signal(str)
    """With the reason."""
    hand_wanted = Signal(str)
    """With the id of the colleague."""

    def __init__(self) -> None:
        super().__init__()
        self.title = Label("", role=TypeRole.SECTION, strong=True, wrap=True)
        self.why = Note("", kind=StatusKind.ARRIVED)
        self.sides = Sides()
        self.conflict = ConflictView()
        self.save = Button(t("Save with these choices"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self.call = self._call_line()
        self.times_title = Label("", role=TypeRole.META, strong=True)
        self.times = ListCard(name=t("Other times"), fit=True, by_click=True)
        self.times.chosen.connect(self.time_chosen)
        self.decided_title = Label(t("Decided on it"), role=TypeRole.META, strong=True)
        self.decided = Label("", tone=Tone.MUTED, wrap=True)
        self.reason = LineEdit(max_length=500, name=t("Why is it given up?"))
        self.reason.setPlaceholderText(t("Why is it given up?"))
        self.reason.returnPressed.connect(self._discard)
        self.discard = Button(t("Discard"), icon="trash")
        self.discard.clicked.connect(self._discard)
        self._reason_row = QWidget()
        asking = row(gap=8, parent=self._reason_row)
        asking.addWidget(self.reason, 1)
        asking.addWidget(self.discard)
        self.colleagues = Combo(name=t("Colleague"))
        self.hand = Button(t("Hand over"), icon="right")
        self.hand.clicked.connect(lambda: self.hand_wanted.emit(self.colleagues.current))
        self._hand_row = QWidget()
        handing = row(gap=8, parent=self._hand_row)
        handing.addWidget(self.colleagues, 1)
        handing.addWidget(self.hand)
        self.ways = QWidget()
        self.buttons = FlowLayout(self.ways, gap=8)
        self.needs = Label("", role=TypeRole.META, tone=Tone.MUTED, wrap=True)
        self.problem = Note("", kind=StatusKind.CRITICAL)
        column(self.title, self.why, self.call, self.sides, self.conflict, row(self.save, STRETCH), self.times_title,
               self.times, self.decided_title, self.decided, self.problem, self.ways, self._reason_row,
               self._hand_row, self.needs, STRETCH, gap=12, margins=(4, 4, 12, 4), parent=self)  # fmt: skip
        for hidden in (self.conflict, self.save, self._reason_row, self._hand_row, self.problem):
            hidden.hide()

    def _call_line(self) -> QWidget:
        line = QWidget()
        self.phone = Label("", role=TypeRole.PATIENT, strong=True)
        self.phone.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.whom = Label("", role=TypeRole.META, tone=Tone.MUTED)
        row(Icon("phone", size=20), column(self.phone, self.whom, gap=0), STRETCH, gap=12, parent=line)
        return line

    def begin(self) -> None:
        """Another item: a typed reason, a chosen colleague and what was refused are those of the one before."""
        self.ask_reason(asking=False)
        self._hand_row.hide()
        self.problem.hide()

    def show_item(self, item: AttentionItem, title: str, by: str, decided: Sequence[str], instead: str = "") -> None:
        """Show what happened, and what the server has ``instead``. What is being typed or chosen stays."""
        self.title.setText(title)
        self.why.show_text(again(item.message) or t("The server did not accept it."))
        unsent = item.code in ("AuthorDisabled", "HandedOver")
        said = again(str(item.problem.get("message") or "")) or self.why.lead.text()
        self.sides.show_sides(title, by, t("Nothing of it yet") if unsent else instead or said)
        self.decided.setText("\n".join(decided))
        for part in (self.decided, self.decided_title):
            part.setVisible(bool(decided))

    def show_clashes(self, clashes: Fields, words: tuple[TitleOf, Show]) -> None:
        """Show base, mine and theirs for each field that both changed, in the words of what was edited."""
        self.conflict.speak(*words)
        self.conflict.show_conflict(clashes)
        self.save.setVisible(bool(clashes))
        self.sides.setVisible(not clashes)
        self.why.setVisible(not clashes)

    def show_call(self, name: str, phone: str, *, shown: bool) -> None:
        """Show whom to call, and where."""
        self.call.setVisible(shown)
        self.phone.setText(phone or t("No phone number"))
        self.whom.setText(name)

    def show_times(self, times: Sequence[OtherTime], facts: Facts, *, move: bool, enabled: bool) -> None:
        """Offer other times, numbered: Alt and the number takes one."""
        shown = times[:MOST_TIMES]
        self.times_title.setText(t("Nearest free times: one click moves it there") if move
                                 else t("Nearest free times: one click books it"))  # fmt: skip
        self.times.set_items([
            ListItem(key=one.slot_id, title=f"{facts.at(one.start)}, {one.provider}", number=str(number))
            for number, one in enumerate(shown, start=1)
        ])  # fmt: skip
        self.times.setEnabled(enabled)
        for part in (self.times, self.times_title):
            part.setVisible(bool(shown))

    def show_needs(self, text: str) -> None:
        """Say what can't be done now, and why."""
        self.needs.setText(text)
        self.needs.setVisible(bool(text))

    def ask_reason(self, *, asking: bool) -> None:
        """Show or hide the field for the reason."""
        self._reason_row.setVisible(asking)
        if asking:
            self._hand_row.hide()
            self.reason.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            self.reason.clear()

    def ask_colleague(self, people: Sequence[tuple[str, str]]) -> None:
        """Ask to whom it is handed over."""
        self.ask_reason(asking=False)
        self.colleagues.set_items(people)
        self._hand_row.show()
        self.colleagues.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def show_problem(self, text: str) -> None:
        """Say why a decision could not be carried out."""
        self.problem.show_text(text)
        self.problem.show()

    def _discard(self) -> None:
        if self.reason.text().strip():
            self.discard_wanted.emit(self.reason.text().strip())
        else:
            self.show_problem(t("Say why this is given up."))

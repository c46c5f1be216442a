"""The page: what needs a decision at the left, one of it with both sides at the right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from app.commands import another_way
from app.commands.registry import Command, Outcome
from app.domain.enums import Role
from app.kernel.errors import AppError
from app.kernel.i18n import t
from app.queries.named import Named, named
from app.queries.openings import OpenTime, alternatives
from app.ui.areas.attention import ways
from app.ui.areas.attention.actions import ACTIONS
from app.ui.areas.attention.detail import MOST_TIMES, AttentionDetail
from app.ui.areas.attention.lists import AttentionLists
from app.ui.parts.clash_words import words_of
from app.ui.parts.command_facts import Facts, ids_in
from app.ui.parts.command_words import sentence
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.states import StateStack
from app.ui.widgets.text import Label
from app.ui.work import AreaPage, Lane, ShellApi, ToastTone, bind
from app.ui.work.hub import hub
from app.workspace.sync_state import AttentionItem, EntryState

LIST_WIDTH = 400


class AttentionPage(AreaPage):
    """Every way out is here, by mouse and by key. Nothing leaves the list before somebody decided."""

    watches = frozenset({"visits", "visit_slots", "patients"})

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self._items: dict[str, AttentionItem] = {}
        self._facts = self._facts_of(Named(), ())
        self._current = ""
        self._changing = ""
        self._deciding = False
        self._look, self._names, self._times, self._act = (Lane(self, api.workspace) for _ in range(4))
        self._others: tuple[ways.OtherTime, ...] = ()
        self.count = Label("", tone=Tone.MUTED)
        self.lists, self.detail = AttentionLists(), AttentionDetail()
        self.buttons: dict[str, Button] = {}
        self._build()
        self._connect()

    def _build(self) -> None:
        for action in ACTIONS:
            name = action.id.partition(".")[2]
            beside_choices = name == "save"  # where the sides are chosen, not among the ways out
            button = (
                self.detail.save if beside_choices else Button(t(action.title), icon=action.icon, keys=action.shortcut)
            )
            bind(button, action, self)
            self.buttons[name] = button
            if not beside_choices:
                self.detail.buttons.addWidget(button)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(self.detail)
        self.lists.setFixedWidth(LIST_WIDTH)
        content = QWidget()
        beside = row(gap=24, parent=content)
        beside.addWidget(self.lists)
        beside.addWidget(scroll, 1)
        self._stack = StateStack(content)
        self._stack.retry.connect(self.refresh)
        head = row(Label(t("Needs attention"), role=TypeRole.PATIENT, strong=True), self.count, STRETCH, gap=12)
        body = column(gap=12, margins=(24, 16, 24, 16), parent=self)
        body.addLayout(head)
        body.addWidget(self._stack, 1)

    def _connect(self) -> None:
        self.api.sync.changed.connect(self.refresh)
        self.lists.current_changed.connect(self._choose)
        self.detail.time_chosen.connect(self._take_time)
        self.detail.discard_wanted.connect(self._discard)
        self.detail.hand_wanted.connect(self._hand_over)
        hub().executed.connect(self._given_elsewhere)
        for number in range(MOST_TIMES):
            QShortcut(QKeySequence(f"Alt+{number + 1}"), self, lambda at=number: self._take_number(at))

    # -- showing ------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask what needs attention, then what its ids mean."""
        sync = self.api.workspace.sync
        if sync is None:
            self._show((), Named())
            return
        if not self._items:
            self._stack.set_loading()
        self._look.run(lambda _: sync.attention(), on_result=self._know, on_error=self._failed)

    def _failed(self, error: AppError) -> None:
        self._stack.set_error(error.message)

    def _know(self, items: Sequence[AttentionItem]) -> None:
        ids = ids_in(item.command for item in items)
        self._names.ask(named, on_result=lambda found: self._show(items, found),
                        on_error=lambda _: self._show(items, Named()), ids=ids)  # fmt: skip

    def _facts_of(self, found: Named, items: Sequence[AttentionItem]) -> Facts:
        zone = self.api.zone
        return Facts(found, zone, self.api.now().astimezone(zone).date(), [item.command for item in items])

    def _show(self, items: Sequence[AttentionItem], found: Named) -> None:
        before, self._items = [*self._items], {item.id: item for item in items}
        self._facts = self._facts_of(found, items)
        self.count.setText(str(len(items)) if items else "")
        if not items:
            self._current = ""
            # Not the program's: that is None in a window behind another. Nor need a window have one, as its type says.
            focused = cast("QWidget | None", self.window().focusWidget())
            if self.isVisible() and (focused is None or self.isAncestorOf(focused)):
                self.setFocus(Qt.FocusReason.OtherFocusReason)  # or it would wander off to the rail
            self._stack.set_empty(t("Nothing needs attention. What the server doesn't accept as it was done offline "
                                    "waits here for a decision."))  # fmt: skip
            return
        self._stack.set_ready()
        self.lists.show_items(items, self._facts)
        at = before.index(self._current) if self._current in before else 0  # what follows the one that was decided
        wanted = self._current if self._current in self._items else items[min(at, len(items) - 1)].id
        self.lists.choose(wanted)
        self._choose(wanted)
        focus = self.first_focus()
        if focus is not None and self.isVisible() and self.window().focusWidget() in (None, self):
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _choose(self, key: str) -> None:
        item = self._items.get(key)
        if item is None:
            return
        fresh, self._current = key != self._current, key
        followers = [self._words(one) for one in self._items.values() if one.blocked_by == key and one.id != key]
        if fresh:
            self.detail.begin()
        self.detail.show_item(item, self._words(item), self._by(item), followers, self._theirs(item))
        sides = another_way.sides_of(item.command, item.problem)
        if fresh or sides != self.detail.conflict.fields:
            self.detail.show_clashes(sides, words_of(item.command, self._facts))
        patient = self._facts.patient_of(item.command) if item.command is not None else ""
        name = self._facts.patient(patient)
        self.detail.show_call(name, self._facts.phone(patient), shown=self._facts.knows_patient(patient))
        self._show_buttons()
        self._offer(item)

    def _words(self, item: AttentionItem) -> str:
        return sentence(item.kind, item.command, self._facts)

    def _theirs(self, item: AttentionItem) -> str:
        """What stands there instead, where that can be told."""
        slot = ways.lost_slot(item.command)
        name = self._facts.has_now(slot) if item.code == "SlotTaken" else ""
        return f"{name}, {self._facts.time(slot)}" if name else ""

    def _by(self, item: AttentionItem) -> str:
        who = t("you") if item.mine else item.author_name
        return t("{who}, {time}, offline", who=who, time=self._facts.at(item.occurred_at))

    def _offer(self, item: AttentionItem) -> None:
        """Offer times that are free now; those the server named then, until that is known."""
        slot = ways.lost_slot(item.command) if item.code == "SlotTaken" else ""
        self._show_times(ways.times_of(item.problem) if slot else ())
        if slot:
            minutes = getattr(item.command, "minutes", None)
            self._times.ask(alternatives, on_result=self._times_known, on_error=lambda _: None, slot_id=slot,
                            minutes=minutes)  # fmt: skip

    def _times_known(self, found: Sequence[OpenTime]) -> None:
        if found:
            self._show_times([ways.OtherTime(o.slot_id, o.start, o.provider_id, o.provider_name) for o in found])

    def _show_times(self, times: Sequence[ways.OtherTime]) -> None:
        self._others = tuple(times)
        item = self.item
        move = item is not None and item.kind == "MoveVisit"
        self.detail.show_times(times, self._facts, move=move, enabled=self.may_give_up)

    # -- what may be done ---------------------------------------------------------------------------------------------

    @property
    def item(self) -> AttentionItem | None:
        """The one that is shown."""
        return self._items.get(self._current)

    @property
    def may_decide(self) -> bool:
        """Whether the person may decide: it is theirs, or they are an ADMIN."""
        item = self.item
        admin = Role.ADMIN in self.api.workspace.actor.roles
        waits = item is not None and item.state is EntryState.PENDING
        return item is not None and not self._deciding and not waits and (item.mine or admin)

    @property
    def may_give_up(self) -> bool:
        """Giving up is told to the server, where it is audited: it needs the server."""
        item = self.item
        orphan = item is not None and item.adoptable and not self._deciding
        return (self.may_decide or orphan) and not self.api.sync.offline

    @property
    def may_save_choices(self) -> bool:
        """Whether there are fields to choose a side of, and the server to tell."""
        return self.may_give_up and bool(self.detail.conflict.fields)

    @property
    def may_change(self) -> bool:
        """Whether there is a form for it."""
        item = self.item
        return self.may_give_up and item is not None and ways.form_for(item, self._facts, self.api.zone) is not None

    @property
    def may_adopt(self) -> bool:
        """Whether an ADMIN may send it for a colleague whose account was disabled."""
        return self.item is not None and self.item.adoptable and not self._deciding

    @property
    def may_hand_over(self) -> bool:
        """Whether an ADMIN may let a colleague do it in their own name: the server is asked first."""
        item = self.item
        return item is not None and item.left_behind and not self._deciding and not self.api.sync.offline

    def _show_buttons(self) -> None:
        for action in ACTIONS:
            self.buttons[action.id.partition(".")[2]].setEnabled(action.is_enabled(self))
        item = self.item
        self.buttons["adopt"].setVisible(item is not None and item.adoptable)
        self.buttons["hand"].setVisible(item is not None and item.left_behind)
        self.detail.hand.setEnabled(self.may_hand_over)
        self.detail.discard.setEnabled(self.may_give_up)
        self.detail.show_needs(self._needs(item))

    def _needs(self, item: AttentionItem | None) -> str:
        if item is None:
            return ""
        if not item.mine and not item.adoptable and Role.ADMIN not in self.api.workspace.actor.roles:
            return t("This was {name}'s: they or an administrator decide.", name=item.author_name)
        if self.api.sync.offline:
            return t("Trying again can be chosen now. The other ways need the server, where they are audited.")
        return ""

    # -- deciding -----------------------------------------------------------------------------------------------------

    def retry(self) -> None:
        """Send it again, and what was decided on it."""
        self._decide(lambda sync, ident: sync.retry(ident), t("It is sent again."))

    def take_theirs(self) -> None:
        """Leave things as the server has them."""
        self._decide(lambda sync, ident: sync.take_theirs(ident), t("It stays as the server has it."))

    def adopt(self) -> None:
        """Send it for its author."""
        self._decide(lambda sync, ident: sync.adopt(ident), t("It is sent in the name of its author."))

    def begin_hand_over(self) -> None:
        """Ask to whom: somebody whose role allows it."""
        item, sync = self.item, self.api.workspace.sync
        if item is not None and sync is not None:
            self._act.call(lambda: sync.recipients(item.id), on_result=self._ask_colleague, on_error=self._refused)

    def _ask_colleague(self, people: Sequence[tuple[str, str]]) -> None:
        if people:
            self.detail.ask_colleague(people)
        else:
            self.detail.show_problem(t("Nobody may do this for them. A signature is everybody's own."))

    def _hand_over(self, to: str) -> None:
        self._decide(lambda sync, ident: sync.hand_over(ident, to), t("It waits here for them to decide."))

    def begin_discard(self) -> None:
        """Ask for the reason."""
        self.detail.ask_reason(asking=True)

    def change(self) -> None:
        """Open its form; once something is given there, this one is given up."""
        item = self.item
        place = ways.form_for(item, self._facts, self.api.zone) if item is not None else None
        if item is not None and place is not None:
            self._changing = item.id
            self.api.navigate(place)

    def _discard(self, reason: str) -> None:
        self._decide(lambda sync, ident: sync.discard(ident, reason), t("It is discarded; the reason is kept."))

    def _take_number(self, number: int) -> None:
        if number < len(self._others) and self.may_give_up:
            self._take_time(self._others[number].slot_id)

    def _take_time(self, slot_id: str) -> None:
        item = self.item
        other = another_way.on_time(item.command, slot_id) if item is not None else None
        if other is not None:
            said = (
                t("Moved to the other time.") if item and item.kind == "MoveVisit" else t("Booked at the other time.")
            )
            self._another_way(other, said)

    def save_choices(self) -> None:
        """Write what was chosen field by field; where theirs was taken everywhere it stays as the server has it."""
        item = self.item
        if item is None:
            return
        edit = another_way.with_choices(item.command, self.detail.conflict.choices())
        if edit is None:
            self.take_theirs()
        else:
            self._another_way(edit, t("Saved with these choices."))

    def _another_way(self, command: Command, said: str) -> None:
        execute = self.api.workspace.execute
        self._decide(lambda sync, ident: sync.change(ident, command, execute), said)

    def _decide(self, do: Callable[..., None], said: str) -> None:
        sync, item = self.api.workspace.sync, self.item
        if sync is None or item is None or self._deciding:
            return
        self._focus_list()  # the buttons are out of reach meanwhile, and the keyboard would wander off the page
        self.detail.problem.hide()
        self._set_deciding(deciding=True)
        self._act.call(lambda: do(sync, item.id), on_result=lambda _: self._decided(said), on_error=self._refused)

    def _focus_list(self) -> None:
        focused, cards = QApplication.focusWidget(), self.first_focus()
        if cards is not None and focused is not None and self.detail.isAncestorOf(focused):
            cards.setFocus(Qt.FocusReason.OtherFocusReason)

    def _decided(self, said: str) -> None:
        self._set_deciding(deciding=False)
        self.detail.begin()
        self.api.toast(said, tone=ToastTone.GOOD)
        self.refresh()

    def _refused(self, error: AppError) -> None:
        self._set_deciding(deciding=False)
        self.detail.show_problem(error.message)
        self.refresh()

    def _set_deciding(self, *, deciding: bool) -> None:
        self._deciding = deciding
        self._show_buttons()

    def _given_elsewhere(self, command: Command, _outcome: Outcome) -> None:
        """A form that was opened from here has been saved: the old one is given up."""
        item, sync = self._items.get(self._changing), self.api.workspace.sync
        if item is None or sync is None or not ways.settles(item, command, self._facts):
            return
        self._changing = ""
        reason = t("Done another way.")
        self._act.call(lambda: sync.discard(item.id, reason), on_result=lambda _: self.refresh(),
                       on_error=self.api.problem)  # fmt: skip

    def first_focus(self) -> QWidget | None:
        """The list has the keyboard."""
        return next((cards for cards in (self.lists.mine, self.lists.others) if cards.items()), None)

"""The two lists: this person's, and colleagues' who worked at this desk. Oldest first, followers below their cause."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import again, t
from app.ui.parts.command_facts import Facts
from app.ui.parts.command_words import icon_of, sentence
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.layouts import column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.text import Label
from app.workspace.sync_state import AttentionItem, EntryState

MOST_ROWS = 9


def in_groups(items: Iterable[AttentionItem]) -> list[AttentionItem]:
    """Return them with what was decided on something directly below it; all of them, each once."""
    given = list(items)
    ids = {item.id for item in given}
    below: dict[str, list[AttentionItem]] = {}
    roots = []
    for item in given:
        if item.blocked_by in ids and item.blocked_by != item.id:
            below.setdefault(item.blocked_by or "", []).append(item)
        else:
            roots.append(item)
    ordered: list[AttentionItem] = []

    def take(item: AttentionItem) -> None:
        ordered.append(item)
        for follower in below.pop(item.id, ()):
            take(follower)

    for root in roots:
        take(root)
    for rest in below.values():  # a ring can't be, but nothing may be left out
        ordered += rest
    return ordered


class AttentionLists(QWidget):
    """``current_changed`` carries an item's id."""

    current_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.mine = ListCard(name=t("Mine"), fit=True)
        self.others = ListCard(name=t("Colleagues'"), fit=True)
        self._titles = {}
        body = column(gap=8, parent=self)
        for cards, title in ((self.mine, t("Mine")), (self.others, t("Colleagues'"))):
            cards.set_max_rows(MOST_ROWS)
            label = Label(title, role=TypeRole.META, strong=True, tone=Tone.MUTED)
            self._titles[cards] = label
            body.addWidget(label)
            body.addWidget(cards)
        body.addStretch(1)
        self.mine.current_changed.connect(self._from_mine)
        self.others.current_changed.connect(self._from_others)

    def show_items(self, items: Sequence[AttentionItem], facts: Facts) -> None:
        """Show them; the current one stays current while it is there."""
        for cards, mine in ((self.mine, True), (self.others, False)):
            own = [item for item in items if item.mine is mine]
            cards.set_items([_line(item, facts) for item in in_groups(own)])
            cards.setVisible(bool(own))
            self._titles[cards].setVisible(bool(own))

    def choose(self, key: str) -> None:
        """Make an item current."""
        for cards in (self.mine, self.others):
            if key in {item.key for item in cards.items()}:
                cards.set_current(key)

    def _from_mine(self, key: str) -> None:
        self.others.clearSelection()
        self.current_changed.emit(key)

    def _from_others(self, key: str) -> None:
        self.mine.clearSelection()
        self.current_changed.emit(key)


def _line(item: AttentionItem, facts: Facts) -> ListItem:
    waits = item.state is EntryState.BLOCKED
    who = "" if item.mine else item.author_name
    why = " · ".join(part for part in (who, again(item.message)) if part)
    return ListItem(key=item.id, title=sentence(item.kind, item.command, facts), subtitle=why,
                    icon="right" if waits else icon_of(item.kind), meta=facts.at(item.occurred_at),
                    title_strong=not waits, dashed=waits)  # fmt: skip

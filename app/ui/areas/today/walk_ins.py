"""The walk-in queue under the board, and the form that adds somebody to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from app.commands.core import Outcome
from app.commands.walk_ins import AddWalkIn
from app.kernel.errors import AppError
from app.kernel.i18n import t, tn
from app.queries.core import Page
from app.queries.patients import PatientHit, search_patients
from app.queries.today import WalkInCard
from app.ui.parts.link_state import LinkState, not_yet
from app.ui.parts.words import birth
from app.ui.theme.tokens import Tone, TypeRole
from app.ui.widgets.button import Button, ButtonKind, IconButton
from app.ui.widgets.chip import Chip
from app.ui.widgets.form import Form, FormField
from app.ui.widgets.inputs import LineEdit, SearchField
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.panel import Card
from app.ui.widgets.text import ElidedLabel, Label
from app.ui.work import Lane, PanelPage, ShellApi
from app.ui.work.places import NewPatient

SHOWN = 3
REGISTER = "register"


class WalkInRow(QWidget):
    """Waiting walk-ins side by side, longest first, and the button that adds one."""

    add_wanted = Signal()
    place_wanted = Signal(object)
    left_wanted = Signal(object)

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._title = Label(t("Walk-ins"), strong=True)
        self._count = Label("", tone=Tone.MUTED)
        self._order = Label(t("Longest first"), role=TypeRole.META, tone=Tone.MUTED)
        add = Button(t("Add a walk-in"), icon="walk", small=True)
        add.setToolTip(t("Add a walk-in") + " (Ctrl+Shift+N)")
        add.clicked.connect(self.add_wanted)
        self._cards = row(gap=12)
        head = row(self._title, self._count, self._order, STRETCH, add, gap=8)
        body = column(head, gap=8, parent=self)
        body.addLayout(self._cards)

    def show_cards(self, cards: Sequence[WalkInCard], now: datetime) -> None:
        """Show who waits."""
        self._count.setText(str(len(cards)))
        focused = QApplication.focusWidget()
        had = focused.accessibleName() if focused is not None and self.isAncestorOf(focused) else ""
        self._clear()
        for card in cards[:SHOWN]:
            self._cards.addWidget(self._card(card, now), 1)
        if len(cards) > SHOWN:
            self._cards.addWidget(self._others(cards[SHOWN:]))
        if had:
            self._focus(had)

    def _clear(self) -> None:
        while self._cards.count():
            item = self._cards.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()  # a layout shows what is new a moment later: without a parent it would be a window
                widget.setParent(None)
                widget.deleteLater()

    def _focus(self, name: str) -> None:
        """Somebody else's change, or a minute gone by, moves no focus."""
        same = next((one for one in self.findChildren(QAbstractButton) if one.accessibleName() == name), None)
        if same is not None:
            same.setFocus(Qt.FocusReason.OtherFocusReason)

    def _others(self, cards: Sequence[WalkInCard]) -> Button:
        """Who waits beyond those for whom there is room, in a menu."""
        more = Button(tn("{n} more", "{n} more", len(cards)), small=True)
        items: list[MenuItem | None] = []
        for card in cards:
            items.append(MenuItem(t("Place {name}", name=card.patient_name), partial(self._place, card)))
            items.append(MenuItem(t("{name} left", name=card.patient_name), partial(self._left, card)))
        more.clicked.connect(lambda: open_menu(more, more.text(), items))
        return more

    def _card(self, card: WalkInCard, now: datetime) -> Card:
        box = Card(padding=12, gap=4)
        minutes = max(0, int((now - card.arrived).total_seconds() // 60))
        name = ElidedLabel(card.patient_name, strong=True)
        link = LinkState.of(self._api.sync)
        wait = Chip(t("{n} min", n=minutes), icon="clock")
        if link.unsent(card.id, ("walk_in",)):
            box.set_dashed(True)
            wait.setToolTip(not_yet())
            box.setAccessibleDescription(not_yet())
        elif link.as_of is not None:
            since = card.arrived.astimezone(self._api.zone)
            wait.show_state(t("since {time}", time=f"{since:%H:%M}"), icon="clock")
        place = Button(t("Place"), small=True, name=t("Place {name}", name=card.patient_name))
        place.clicked.connect(partial(self._place, card))
        left = IconButton("close", t("{name} left", name=card.patient_name), small=True)
        left.clicked.connect(partial(self._left, card))
        top = row(gap=8)
        top.addWidget(name, 1)
        top.addWidget(wait)
        under = row(gap=4)
        under.addWidget(ElidedLabel(card.reason, role=TypeRole.META, tone=Tone.MUTED), 1)
        under.addWidget(place)
        under.addWidget(left)
        box.body.addLayout(top)
        box.body.addLayout(under)
        return box

    def _place(self, card: WalkInCard, _checked: bool = False) -> None:
        self.place_wanted.emit(card)

    def _left(self, card: WalkInCard, _checked: bool = False) -> None:
        self.left_wanted.emit(card)


class WalkInPanel(PanelPage):
    """Asks who came and why."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.api = api
        self._hits: tuple[PatientHit, ...] = ()
        self._patient: PatientHit | None = None
        self._search_lane, self._act = Lane(self, api.workspace), Lane(self, api.workspace)
        self._search = SearchField(name=t("Patient"), placeholder=t("Name, birth date, phone or MRN"))
        self._results = ListCard(name=t("Patients found"), max_rows=5, by_click=True)
        self._results.hide()
        self._reason = LineEdit(name=t("Reason"))
        self._form = Form()
        self._form.add("patientId", FormField(t("Patient"), self._search))
        self._form.body.addWidget(self._results)
        self._form.add("reason", FormField(t("Reason"), self._reason))
        self._go = Button(t("Add to the queue"), kind=ButtonKind.PRIMARY, keys="Ctrl+Return")
        self._go.setEnabled(False)
        self._go.clicked.connect(self._submit)
        QShortcut(QKeySequence("Ctrl+Return"), self, self._submit)
        column(self._form, STRETCH, gap=0, parent=self)
        self._typing = QTimer(self, interval=80, singleShot=True)
        self._typing.timeout.connect(self._ask)
        self._search.textEdited.connect(self._typed)
        self._search.results_wanted.connect(self._results.setFocus)
        self._search.chosen.connect(self._choose_first)
        self._results.chosen.connect(self._choose)

    def title(self) -> str:
        """Return the heading."""
        return t("Add a walk-in")

    def foot(self) -> QWidget | None:
        """Return the one button."""
        return self._go

    def first_focus(self) -> QWidget | None:
        """Begin with the patient."""
        return self._search

    def dirty(self) -> bool:
        """Whether something has been typed."""
        return bool(self._search.text().strip() or self._reason.text().strip())

    def _typed(self, _text: str) -> None:
        self._patient = None
        self._go.setEnabled(False)
        self._typing.start()

    def _ask(self) -> None:
        text = self._search.text().strip()
        if text:
            self._search_lane.ask(search_patients, on_result=self._show, text=text, limit=6)
        else:
            self._results.hide()

    def _show(self, page: Page[PatientHit]) -> None:
        self._hits = page.items
        rows = [
            ListItem(key=hit.id, title=hit.name, subtitle=birth(hit.born), meta=hit.phone, subtitle_text=True)
            for hit in page.items
        ]
        rows.append(ListItem(key=REGISTER, title=t("Register “{name}”", name=self._search.text().strip()), icon="plus"))
        self._results.set_items(rows)
        self._results.set_current(rows[0].key)
        self._results.show()

    def _choose_first(self) -> None:
        if self._hits:
            self._choose(self._hits[0].id)

    def _choose(self, key: str) -> None:
        if key == REGISTER:
            self.api.navigate(NewPatient(text=self._search.text().strip()))
            return
        self._patient = next((hit for hit in self._hits if hit.id == key), None)
        if self._patient is not None:
            self._search.setText(self._patient.name)
            self._results.hide()
            self._reason.setFocus()
            self._go.setEnabled(True)

    def _submit(self) -> None:
        if self._patient is None:
            return
        command = AddWalkIn(patient_id=self._patient.id, reason=self._reason.text())
        self._act.execute(command, on_done=self._done, on_refused=self._refused)

    def _done(self, outcome: Outcome) -> None:
        name = self._patient.name if self._patient else ""
        self.api.did(t("{name} waits", name=name), outcome)
        self.finished.emit()

    def _refused(self, error: AppError) -> None:
        self._form.show_error(error.field, error.message)

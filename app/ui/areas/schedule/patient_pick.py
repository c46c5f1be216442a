"""Choosing a patient in a panel: type, arrows or the mouse, Enter."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.queries.core import Page
from app.queries.patients import PatientHit, search_patients
from app.ui.parts.words import birth
from app.ui.widgets.form import FormField
from app.ui.widgets.inputs import SearchField
from app.ui.widgets.layouts import column
from app.ui.widgets.lists import ListCard, ListItem
from app.ui.work import Lane, ShellApi

TYPING_MS = 80
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Who:
    """A patient, as far as a form has to know them."""

    id: str
    name: str
    born: date | None = None


class PatientPick(QWidget):
    """A search field with its results. ``chosen`` carries a ``Who``; with ``keep`` the name stays in the field."""

    chosen = Signal(object)
    cleared = Signal()

    def __init__(self, api: ShellApi, label: str, *, keep: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.who: Who | None = None
        self._keep = keep
        self._hits: tuple[PatientHit, ...] = ()
        self._lane = Lane(self, api.workspace)
        self.search = SearchField(name=label, placeholder=t("Name, birth date, phone or MRN"))
        self.results = ListCard(name=t("Patients found"), max_rows=4, by_click=True)
        self.results.hide()
        self.field = FormField(label, self.search)
        column(self.field, self.results, gap=8, parent=self)
        self._typing = QTimer(self, interval=TYPING_MS, singleShot=True)
        self._typing.timeout.connect(self._look)
        self.search.textEdited.connect(self._typed)
        self.search.textChanged.connect(self._emptied)
        self.search.results_wanted.connect(self.results.setFocus)
        self.search.chosen.connect(self._choose_first)
        self.results.chosen.connect(self._choose)

    def use(self, who: Who) -> None:
        """Show a patient who is known already, without a signal."""
        self.who = who
        self.search.setText(who.name)
        self.search.set_trailing(birth(who.born) if who.born else "")
        self._hide()

    def _typed(self, _text: str) -> None:
        if self.who is not None:
            self.who = None
            self.search.set_trailing("")
            self.cleared.emit()
        self._typing.start()

    def _emptied(self, text: str) -> None:
        """Esc empties the field without typing."""
        if not text:
            self._typed("")

    def _look(self) -> None:
        text = self.search.text().strip()
        if text and self.who is None:
            self._lane.ask(search_patients, on_result=self._show, text=text, limit=SHOWN)
        else:
            self._lane.drop()
            self._hide()

    def _show(self, page: Page[PatientHit]) -> None:
        if self.who is not None:
            return
        self._hits = page.items
        self.results.set_items(
            [
                ListItem(key=hit.id, title=hit.name, subtitle=birth(hit.born), sub_meta=hit.phone,
                         subtitle_text=True, meta=t("MRN {number}", number=hit.mrn) if hit.mrn else "")
                for hit in page.items
            ]
        )  # fmt: skip
        self.results.setVisible(bool(page.items))
        if page.items:
            self.results.set_current(page.items[0].id)

    def _choose_first(self) -> None:
        if self.who is None and self._hits:
            self._choose(self._hits[0].id)

    def _choose(self, key: str) -> None:
        hit = next((one for one in self._hits if one.id == key), None)
        if hit is None:
            return
        who = Who(hit.id, hit.name, hit.born)
        if self._keep:
            self.use(who)
        else:
            self.search.clear()
            self._hide()
        self.chosen.emit(who)

    def _hide(self) -> None:
        self._hits = ()
        self.results.hide()

"""The hours that a provider has: the weekly pattern and the days that differ, with what can be done to a row."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.kernel.i18n import t
from app.queries.hours import HoursRow
from app.ui.areas.schedule.hours_words import day_text, mode_text, range_text, row_text
from app.ui.theme.tokens import StatusKind, Tone, TypeRole
from app.ui.widgets.button import Button
from app.ui.widgets.layouts import STRETCH, column, row
from app.ui.widgets.lists import ChipSpec, ListCard, ListItem
from app.ui.widgets.text import Label

MOST_ROWS = 6


class HoursLists(QWidget):
    """Shows rows; ``change``, ``switch`` (pause or take up again) and ``remove`` carry the chosen ``HoursRow``."""

    change = Signal(object)
    switch = Signal(object)
    remove = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[HoursRow, ...] = ()
        self._allowed = False
        self.week = ListCard(name=t("Every week"), max_rows=MOST_ROWS)
        self.dated = ListCard(name=t("Days that differ"), max_rows=MOST_ROWS)
        self._last = self.week
        self._no_week = Label(t("No weekly hours yet."), role=TypeRole.META, tone=Tone.MUTED)
        self._no_dated = Label(t("No exceptions from today on."), role=TypeRole.META, tone=Tone.MUTED)
        self.change_button = Button(t("Change"), icon="edit", small=True)
        self.switch_button = Button(t("Pause"), icon="pause", small=True)
        self.remove_button = Button(t("Remove"), icon="trash", small=True)
        self._tools = QWidget()
        row(self.change_button, self.switch_button, self.remove_button, STRETCH, gap=8, parent=self._tools)
        heads = [Label(text, strong=True) for text in (t("Every week"), t("Days that differ"))]
        column(heads[0], self.week, self._no_week, 4, heads[1], self.dated, self._no_dated, self._tools, gap=6,
               parent=self)  # fmt: skip
        self._connect()
        self.show_rows((), allowed=False)

    def _connect(self) -> None:
        for card in (self.week, self.dated):
            card.current_changed.connect(self._moved)
            card.chosen.connect(self._changed)
            delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), card, self._removed)
            delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        self.change_button.clicked.connect(self._changed)
        self.switch_button.clicked.connect(self._switched)
        self.remove_button.clicked.connect(self._removed)

    def show_rows(self, rows: Sequence[HoursRow], *, allowed: bool) -> None:
        """Show a provider's rows; ``allowed`` lets them be changed."""
        self._rows, self._allowed = tuple(rows), allowed
        week = [one for one in rows if one.day is None]
        dated = [one for one in rows if one.day is not None]
        for card, found, nothing in ((self.week, week, self._no_week), (self.dated, dated, self._no_dated)):
            card.set_items([_item(one) for one in found])
            card.setVisible(bool(found))
            nothing.setVisible(not found)
        self._tools.setVisible(allowed and bool(rows))
        self._moved()

    @property
    def current(self) -> HoursRow | None:
        """The row that the buttons are about: the one last gone to, in either list."""
        key = self._last.current_key
        return next((one for one in self._rows if one.id == key), None)

    def _moved(self, _key: str = "") -> None:
        sender = self.sender()
        if isinstance(sender, ListCard):
            self._last = sender
            other = self.dated if sender is self.week else self.week
            other.clearSelection()
        found = self.current
        for button in (self.change_button, self.remove_button):
            button.setEnabled(found is not None)
        self.switch_button.setEnabled(found is not None and found.day is None)
        self.switch_button.setText(t("Take up again") if found is not None and _off(found) else t("Pause"))
        if found is not None:
            self.remove_button.setAccessibleName(t("Remove {what}", what=row_text(found)))
            self.change_button.setAccessibleName(t("Change {what}", what=row_text(found)))

    def _changed(self, _key: object = None) -> None:
        if self._allowed and self.current is not None:
            self.change.emit(self.current)

    def _switched(self) -> None:
        if self._allowed and self.current is not None and self.current.day is None:
            self.switch.emit(self.current)

    def _removed(self) -> None:
        if self._allowed and self.current is not None:
            self.remove.emit(self.current)


def _off(found: HoursRow) -> bool:
    """A row of the weekly pattern that is turned off."""
    return found.day is None and found.paused


def _item(found: HoursRow) -> ListItem:
    chip = None
    if found.time_off:
        chip = ChipSpec(t("Time off"), icon="minus")
    elif found.day is not None:
        chip = ChipSpec(t("Extra"), icon="plus", kind=StatusKind.DONE)
    elif found.paused:
        chip = ChipSpec(t("Paused"), icon="pause", outlined=True)
    where = " · ".join(part for part in (mode_text((found.mode,)), found.location) if part)
    return ListItem(key=found.id, lead=day_text(found), title=range_text(found.start, found.end), meta=where,
                    chip=chip, title_strong=False)  # fmt: skip

"""A field for the name of an entry: offers what was used here and what is common, by words or code."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QStringListModel, Signal
from PySide6.QtWidgets import QCompleter, QListView, QWidget

from app.domain.entry_suggestions import Suggestion, matching
from app.kernel.i18n import tn
from app.ui.widgets.inputs import LineEdit

MOST_SHOWN = 8


class _Offers(QCompleter):
    """Shows what was found for the text; what is taken over is the name alone."""

    def __init__(self, parent: QWidget) -> None:
        self.lines = QStringListModel()
        self.found: tuple[Suggestion, ...] = ()
        super().__init__(self.lines, parent)
        self.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self.setMaxVisibleItems(MOST_SHOWN)

    def show_found(self, found: tuple[Suggestion, ...]) -> None:
        """Offer these."""
        if found != self.found:
            self.found = found
            self.lines.setStringList([_line(one) for one in found])

    def pathFromIndex(self, index: QModelIndex | QPersistentModelIndex) -> str:
        """Return what is put into the field."""
        return self.found[index.row()].name if index.isValid() and index.row() < len(self.found) else ""


def _line(one: Suggestion) -> str:
    used = tn("used once", "used {n} times", one.used) if one.used else ""
    return " · ".join(part for part in (one.name, one.code, used) if part)


class OfferField(LineEdit):
    """``taken`` carries what was chosen from the offers; typing on is always possible."""

    taken = Signal(object)

    def __init__(self, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(name=name, parent=parent)
        self.offers: tuple[Suggestion, ...] = ()
        self._offers = _Offers(self)
        self.setCompleter(self._offers)
        self.textEdited.connect(self._look)
        self._offers.activated[QModelIndex].connect(self._take)  # type: ignore[index]  # one of two
        self.popup = QListView()
        self.popup.setAccessibleName(name)
        self._offers.setPopup(self.popup)

    @property
    def found(self) -> tuple[Suggestion, ...]:
        """What is offered for the text that stands there."""
        return self._offers.found

    def _look(self, text: str) -> None:
        self._offers.show_found(matching(text, self.offers, MOST_SHOWN))
        if self._offers.found and self.hasFocus():
            self._offers.complete()
        else:
            self.popup.hide()

    def _take(self, index: QModelIndex) -> None:
        if index.isValid() and index.row() < len(self._offers.found):
            self.taken.emit(self._offers.found[index.row()])

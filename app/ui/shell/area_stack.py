"""The areas' pages: made when first opened, refreshed when stale, silent while hidden."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from app.kernel.i18n import t
from app.ui.work import AreaPage, AreaSpec, ChangesPort, Place, RestoreDraft, ShellApi, drop_questions


class AreaStack(QStackedWidget):
    """One page per area, at most one of them seen."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api: ShellApi | None = None
        self._specs: dict[str, AreaSpec] = {}
        self._pages: dict[str, AreaPage] = {}
        self._stale: set[str] = set()
        self._current = ""

    def begin(self, specs: Sequence[AreaSpec], api: ShellApi) -> None:
        """Work for a person who signed in."""
        self.end()
        self._api = api
        self._specs = {spec.key: spec for spec in specs}

    def end(self) -> None:
        """Destroy all pages."""
        for page in self._pages.values():
            self.removeWidget(page)
            page.hide()
            drop_questions(page)
            page.deleteLater()
        self._pages, self._specs, self._stale, self._current = {}, {}, set(), ""

    @property
    def current(self) -> str:
        """The key of the open area."""
        return self._current

    def line_of(self, key: str) -> str:
        """Return the key of the line in the rail that stands for an area."""
        spec = self._specs.get(key)
        return spec.within or key if spec is not None else key

    @property
    def specs(self) -> Sequence[AreaSpec]:
        """The areas that may be opened."""
        return tuple(self._specs.values())

    def page(self, key: str) -> AreaPage | None:
        """Return an area's page if it has been opened."""
        return self._pages.get(key)

    def open_area(self, key: str, *, focus: bool = True) -> AreaPage | None:
        """Show an area; None when the person may not."""
        page = self._pages.get(key) or self._make(key)
        if page is None:
            return None
        changed = key != self._current
        self._current = key
        self.setCurrentWidget(page)
        self.freshen()
        if changed:
            self.opened.emit(key)
            if focus:
                self.focus_page()
        return page

    def come_back(self) -> None:
        """Whoever asks for the area that is open already, from the rail or a panel, has the keyboard in its page."""
        page, focus = self._pages.get(self._current), QApplication.focusWidget()
        if page is not None and (focus is None or not page.isAncestorOf(focus)):
            self.focus_page()

    def area_for(self, place: Place) -> AreaSpec | None:
        """Return the area that takes a place."""
        if isinstance(place, RestoreDraft):
            kind = place.draft.kind
            return next((spec for spec in self._specs.values() if kind in spec.draft_kinds), None)
        return next((spec for spec in self._specs.values() if type(place) in spec.opens), None)

    def go(self, place: Place) -> bool:
        """Open the area that takes a place, and the place in it."""
        spec = self.area_for(place)
        page = self.open_area(spec.key, focus=False) if spec is not None else None
        if page is None:
            return False
        self.focus_page()
        page.open(place)
        return True

    def focus_page(self) -> None:
        """Give the focus to the open page."""
        page = self._pages.get(self._current)
        if page is not None:
            (page.first_focus() or page).setFocus(Qt.FocusReason.OtherFocusReason)

    def take_changes(self, changes: ChangesPort) -> None:
        """Tell the page that is seen; mark the others stale."""
        for key, page in self._pages.items():
            if not changes.touches(page.watches):
                continue
            if key == self._current and page.isVisible() and key not in self._stale:
                page.changed(changes)
            else:
                self._stale.add(key)

    def all_stale(self) -> None:
        """Have every page ask anew when it is seen next."""
        self._stale |= set(self._pages)

    def freshen(self) -> None:
        """Have the open page ask anew if it went stale."""
        page = self._pages.get(self._current)
        if page is not None and self._current in self._stale:
            self._stale.discard(self._current)
            page.refresh()

    def _make(self, key: str) -> AreaPage | None:
        spec = self._specs.get(key)
        if spec is None or self._api is None:
            return None
        page = spec.factory(self._api)
        page.setAccessibleName(page.accessibleName() or t(spec.title))
        if page.focusPolicy() == Qt.FocusPolicy.NoFocus:
            page.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
            page.setProperty("ownFocus", True)  # no ring around a whole page
        self._pages[key] = page
        self._stale.add(key)
        self.addWidget(page)
        return page

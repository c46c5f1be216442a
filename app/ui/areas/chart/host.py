"""Keeps the chart's tabs: made when first shown, told of changes while seen, stale while hidden."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.kernel.i18n import t
from app.ui.areas.chart.tab import ChartTab, TabSpec
from app.ui.work import ChangesPort, ShellApi


class TabHost(QStackedWidget):
    """One widget per tab, for one patient at a time."""

    counted = Signal(str, object)
    """A tab's key and the number beside its title."""

    made = Signal(object)
    """The tables that a tab watches, when it is made."""

    def __init__(self, api: ShellApi, specs: Sequence[TabSpec], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._api = api
        self._specs = {spec.key: spec for spec in specs}
        self._tabs: dict[str, ChartTab] = {}
        self._told: dict[str, str] = {}
        self._stale: set[str] = set()
        self._patient, self._name, self._current = "", "", ""

    @property
    def current(self) -> ChartTab | None:
        """The tab that is seen."""
        return self._tabs.get(self._current)

    def tab(self, key: str) -> ChartTab | None:
        """Return a tab that has been opened."""
        return self._tabs.get(key)

    def set_patient(self, patient_id: str, name: str) -> None:
        """Show another patient: the tab that is seen at once, the others when they are."""
        self._patient, self._name = patient_id, name
        for key in self._specs:
            self.counted.emit(key, None)
        self._stale.clear()
        if self._current:
            self.show_tab(self._current)

    def set_name(self, name: str) -> None:
        """Say what the patient is called."""
        self._name = name
        for key, tab in self._tabs.items():
            if self._told.get(key) == self._patient:
                tab.patient_name = name

    def show_tab(self, key: str) -> ChartTab | None:
        """Bring a tab to the front; None when there is no such tab for this person."""
        tab = self._tabs.get(key) or self._make(key)
        if tab is None:
            return None
        self._current = key
        self.setCurrentWidget(tab)
        if not self._patient:
            return tab
        if self._told.get(key) != self._patient:
            self._told[key] = self._patient
            self._stale.discard(key)
            tab.patient_name = self._name
            tab.show_patient(self._patient, self._name)
        elif key in self._stale:
            self._stale.discard(key)
            tab.refresh()
        return tab

    def changed(self, changes: ChangesPort) -> None:
        """Pass a change on to the tab that is seen; the others ask anew when they are."""
        for key, tab in self._tabs.items():
            if self._told.get(key) != self._patient or not changes.touches(tab.watches):
                continue
            if key == self._current:
                tab.refresh()
            else:
                self._stale.add(key)

    def all_stale(self) -> None:
        """Have the tab that is seen ask anew, and the others when they are."""
        self._stale |= set(self._tabs)
        if self._current:
            self.show_tab(self._current)

    def as_of(self) -> datetime | None:
        """Return since when the tab that is seen isn't live."""
        return self.current.as_of() if self.current is not None else None

    def _counted(self, key: str, count: object) -> None:
        """Pass a tab's number on; a tab that still holds the patient before has nothing to say of this one."""
        if self._told.get(key) == self._patient:
            self.counted.emit(key, count)

    def _make(self, key: str) -> ChartTab | None:
        spec = self._specs.get(key)
        if spec is None:
            return None
        tab = spec.factory(self._api)
        tab.setAccessibleName(tab.accessibleName() or t(spec.title))
        tab.counted.connect(partial(self._counted, key))
        self._tabs[key] = tab
        self.addWidget(tab)
        self.made.emit(tab.watches)
        return tab

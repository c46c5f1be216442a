"""The chart's page: the header on all tabs, the row of tabs, the tab that is open, the actions at the foot."""

from __future__ import annotations

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from app.domain.clinical_lists import ListKind
from app.kernel.i18n import t
from app.ui.areas.chart.actions import FOOT
from app.ui.areas.chart.devices.items import READ_FILES, TAKE_BACK
from app.ui.areas.chart.drafts import RESTORES
from app.ui.areas.chart.foot import FootBar
from app.ui.areas.chart.head_words import ALLERGIES
from app.ui.areas.chart.header import ChartHeader
from app.ui.areas.chart.host import TabHost
from app.ui.areas.chart.lists.opening import open_list_item
from app.ui.areas.chart.out.opening import open_export, open_print
from app.ui.areas.chart.presenter import HEAD_TABLES, ChartPresenter
from app.ui.areas.chart.tab_bar import TabBar
from app.ui.areas.chart.tabs import TABS
from app.ui.areas.chart.vitals.items import CSV_ITEM, PNG_ITEM, SHOWN_ITEM
from app.ui.widgets.layouts import column
from app.ui.widgets.menu import MenuItem, open_menu
from app.ui.widgets.states import StateStack
from app.ui.work import AreaPage, ChangesPort, Place, RestoreDraft, ShellApi
from app.ui.work.places import EditDetails, OpenChart


class ChartPage(AreaPage):
    """Shows one patient's chart at a time."""

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        specs = [spec for spec in TABS if spec.permission is None or api.can(spec.permission)]
        actions = [action for action in FOOT if action.permission is None or api.can(action.permission)]
        self._first = specs[0].key
        self.header = ChartHeader(api)
        self.bar = TabBar([(spec.key, t(spec.title)) for spec in specs])
        self.host = TabHost(api, specs)
        self.foot = FootBar(actions)
        self._runs = {action.key: action.run for action in actions}
        whole = QWidget()
        column(self.header, self.bar, self.host, self.foot, gap=0, parent=whole).setStretch(2, 1)
        self.states = StateStack(whole, parent=self)
        column(self.states, gap=0, parent=self)
        self.presenter = ChartPresenter(api, self, self)
        self.watches = HEAD_TABLES
        self._connect()
        self.states.set_empty(t("No chart is open."), t("Find a patient"), self._find)

    def _connect(self) -> None:
        self.bar.chosen.connect(self.show_tab)
        self.host.counted.connect(self.bar.set_count)
        self.host.made.connect(self._watch)
        self.foot.wanted.connect(self.run_foot)
        self.header.details.connect(self.details)
        self.header.chip.connect(self._open_chip)
        self.header.out.connect(self._open_out)
        self.header.stepped.connect(self.presenter.step)
        self.header.survivor.connect(self._open_survivor)
        self.states.retry.connect(self.presenter.refresh)
        for keys, step in (("Ctrl+Tab", 1), ("Ctrl+Shift+Tab", -1)):
            shortcut = QShortcut(QKeySequence(keys), self, lambda step=step: self._step(step))
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

        for number in range(1, 10):
            shortcut = QShortcut(QKeySequence(f"Alt+{number}"), self, lambda number=number: self._choose(number))
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _choose(self, number: int) -> None:
        """Alt+digit: the numbered choice of the tab that is open; where it has none, the open item of the summary."""
        tab = self.host.current
        if tab is None or not self.has_patient or tab.choose(number):
            return
        summary = self.host.tab("summary")
        if summary is not None and summary is not tab:
            summary.choose(number)

    # -- the page ------------------------------------------------------------------------------------------------------

    @property
    def has_patient(self) -> bool:
        """Whether a chart is shown."""
        return bool(self.presenter.patient_id) and self.presenter.head is not None

    def open(self, place: Place) -> None:
        """Show a patient's chart, a tab of it, a row there."""
        if isinstance(place, OpenChart):
            self.open_chart(place.patient_id, place.tab, place.item, mark=place.mark)
        elif isinstance(place, RestoreDraft):
            RESTORES[place.draft.kind](self.api, place.draft)

    def open_chart(self, patient_id: str, tab: str = "", item: str = "", *, mark: bool = False) -> None:
        """Show a patient's chart; without a tab another patient's begins with the first, the same one's stays."""
        another = patient_id != self.presenter.patient_id
        self.bar.set_current(self._wanted(tab, another))
        self.states.set_ready()
        self.presenter.show(patient_id)
        shown = self.host.show_tab(self.bar.current)
        if shown is not None and item:
            (shown.mark_item if mark else shown.open_item)(item)
        self.focus_tab()

    def _wanted(self, tab: str, another: bool) -> str:
        """The tab that is opened; a tab that isn't there for this person is on the timeline, like everything."""
        if tab in self.bar.buttons:
            return tab
        if tab and "timeline" in self.bar.buttons:
            return "timeline"
        return self._first if another or tab else self.bar.current

    def refresh(self) -> None:
        """Ask anew for the header and the tab that is seen."""
        if self.presenter.patient_id:
            self.presenter.refresh()
            self.host.all_stale()

    def changed(self, changes: ChangesPort) -> None:
        """Follow what others change in this chart."""
        self.presenter.changed(changes)

    def first_focus(self) -> QWidget | None:
        """Return the tab's own choice."""
        tab = self.host.current
        return (tab.first_focus() or tab) if tab is not None else None

    def _watch(self, tables: frozenset[str]) -> None:
        self.watches |= tables

    def as_of(self) -> datetime | None:
        """Return since when what is seen isn't live."""
        return self.host.as_of()

    # -- tabs ----------------------------------------------------------------------------------------------------------

    def show_tab(self, key: str) -> None:
        """Open a tab; the focus stays in the row of tabs when it is there."""
        in_bar = any(button.hasFocus() for button in self.bar.buttons.values())
        self.bar.set_current(key)
        self.host.show_tab(key)
        if in_bar:
            self.bar.buttons[key].setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.focus_tab()

    def next_tab(self) -> None:
        """Open the tab to the right (Ctrl+Page Down)."""
        self._step(1)

    def previous_tab(self) -> None:
        """Open the tab to the left (Ctrl+Page Up)."""
        self._step(-1)

    def _step(self, step: int) -> None:
        if self.has_patient:
            self.show_tab(self.bar.beside(step))

    def focus_tab(self) -> None:
        """Give the focus to the tab that is open."""
        target = self.first_focus()
        if target is not None:
            target.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- actions -------------------------------------------------------------------------------------------------------

    def run_foot(self, key: str) -> None:
        """Carry out an action of the foot for the patient shown."""
        head = self.presenter.head
        if head is not None and key in self._runs:
            self._runs[key](self.api, self.presenter.patient_id, head.name)

    def next_patient(self) -> None:
        """Open the chart of the next patient of my day (Alt+Right)."""
        self.presenter.step(1)

    def previous_patient(self) -> None:
        """Open the chart of the previous patient of my day (Alt+Left)."""
        self.presenter.step(-1)

    def _open_survivor(self) -> None:
        head = self.presenter.head
        if head is not None and head.merged_into:
            self.open_chart(head.merged_into)

    def details(self) -> None:
        """Show the patient's details at the desk."""
        if self.presenter.patient_id:
            self.api.navigate(EditDetails(patient_id=self.presenter.patient_id))

    def problems(self) -> None:
        """Show the list of problems beside whatever tab is open (Alt+D)."""
        self._open_list(ListKind.CONDITIONS)

    def medicines(self) -> None:
        """Show the list of medicines (Alt+I)."""
        self._open_list(ListKind.MEDICATIONS)

    def allergies(self) -> None:
        """Show the list of allergies (Alt+A)."""
        self._open_list(ListKind.ALLERGIES)

    def add_task(self) -> None:
        """Open the form of a task about the patient beside the chart (Alt+O)."""
        head = self.presenter.head
        if head is not None:
            from app.ui.parts.task_panel import AddTaskPanel

            self.api.show_panel(AddTaskPanel(self.api, body={"patient": head.id, "name": head.name}))

    def read_devices(self) -> None:
        """Show what reads files of devices into the chart (Alt+F)."""
        self._open_item("devices", READ_FILES)

    def take_back_devices(self) -> None:
        """Offer the files of devices whose readings can be taken back (Alt+K)."""
        self._open_item("devices", TAKE_BACK)

    def vitals_shown(self) -> None:
        """Offer what the vitals can show (Alt+V)."""
        self._open_item("vitals", SHOWN_ITEM)

    def vitals_csv(self) -> None:
        """Ask where the readings shown are to go as a file (Alt+C)."""
        self._open_item("vitals", CSV_ITEM)

    def vitals_png(self) -> None:
        """Ask where the picture of the vitals is to go (Alt+G)."""
        self._open_item("vitals", PNG_ITEM)

    def _open_item(self, key: str, item: str) -> None:
        if self.has_patient and key in self.bar.buttons:
            self.show_tab(key)
            tab = self.host.tab(key)
            if tab is not None:
                tab.open_item(item)

    def _open_list(self, kind: ListKind) -> None:
        if self.has_patient:
            open_list_item(self.api, self.presenter.patient_id, kind)

    def _open_chip(self, key: str) -> None:
        """Open what a chip of the header stands for: the list of allergies, or a tab."""
        if key == ALLERGIES:
            self.allergies()
        elif key in self.bar.buttons:
            self.show_tab(key)

    def _open_out(self) -> None:
        """Offer the ways out of the chart."""
        items = [
            MenuItem(t("Print chart…"), self.print_chart, icon="print", keys="Alt+P"),
            MenuItem(t("Export…"), self.export_chart, icon="export", keys="Alt+E"),
        ]
        open_menu(self.header.out_button, t("Print, export"), items)

    def print_chart(self) -> None:
        """Choose what of the chart is printed (Alt+P)."""
        if self.presenter.head is not None:
            open_print(self.api, self.presenter.patient_id, self.presenter.head.name)

    def export_chart(self) -> None:
        """Write the record for other programs (Alt+E)."""
        if self.presenter.head is not None:
            open_export(self.api, self.presenter.patient_id, self.presenter.head.name)

    def _find(self) -> None:
        self.api.find_patient(lambda patient_id, _name: self.open_chart(patient_id))

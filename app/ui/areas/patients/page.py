"""The patients' page: the list, one patient's card, or the import."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from app.domain.permissions import Permission
from app.kernel.i18n import t
from app.queries.patient_card import PatientRow, patient_rows
from app.ui.areas.patients.card_presenter import CardPresenter
from app.ui.areas.patients.card_view import CardView
from app.ui.areas.patients.list_view import PatientListView
from app.ui.areas.patients.openers import PatientOpeners
from app.ui.widgets.button import ButtonKind
from app.ui.widgets.menu import open_menu
from app.ui.widgets.toolbar import ToolAction, Toolbar
from app.ui.work import AreaPage, ChangesPort, Lane, Place, RestoreDraft, ShellApi
from app.ui.work.places import EditDetails, FindPatients, ImportPatients, NewPatient, OpenChart

LISTED = frozenset({"patients", "patient_detail"})
ON_CARD = frozenset({"patients", "patient_detail", "household", "household_member", "visits", "visit_detail"})
_FEW = 50


class PatientsPage(AreaPage):
    """Finds patients and shows one of them."""

    watches = LISTED | ON_CARD

    def __init__(self, api: ShellApi, parent: QWidget | None = None) -> None:
        super().__init__(api, parent)
        self.list = PatientListView(api, self._tools(), self)
        self.card = CardView(api, self)
        self.presenter = CardPresenter(api, self.card, self)
        self.openers = PatientOpeners(api, self.presenter, self.open_patient)
        self._import: QWidget | None = None
        self._rows = Lane(self, api.workspace)
        self._stale_list = False
        self._chart_before = ""
        self._stack = QStackedLayout(self)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self.card)
        self._connect()

    def _tools(self) -> QWidget:
        bar = Toolbar(name=t("Patients"))
        if self.api.can(Permission.IMPORT_PATIENTS):
            bar.add_action(ToolAction("import", t("Import"), self.show_import, "import", "Ctrl+Shift+I"))
        if self.api.can(Permission.EDIT_PATIENTS):
            bar.add_action(ToolAction("new", t("Register a patient"), self.register, "plus", "Ctrl+Shift+R",
                                      ButtonKind.PRIMARY))  # fmt: skip
        return bar

    def _connect(self) -> None:
        self.list.opened.connect(self.open_chart)
        self.list.details_wanted.connect(self.open_patient)
        self.list.register_wanted.connect(self.openers.register)
        header = self.card.header
        header.back.connect(self.back)
        header.chart.connect(self.open_chart_shown)
        header.edit.connect(self.edit)
        header.book.connect(self.book)
        header.more.connect(self._open_more)
        self.card.list_edit.connect(self.openers.edit_list)
        self.card.household.edit.connect(self.household)
        self.card.household.together.connect(self.openers.several)
        self.card.household.opened.connect(lambda key: self.open_patient(key.rpartition("/")[2]))
        self.card.visits.opened.connect(self.openers.open_visit)
        self.card.merged.opened.connect(self.open_patient)

    # -- what is shown -------------------------------------------------------------------------------------------------

    @property
    def list_shown(self) -> bool:
        """Whether the list is on the screen."""
        return self._stack.currentWidget() is self.list

    @property
    def has_card(self) -> bool:
        """Whether a patient is shown who can be edited and booked."""
        return self._stack.currentWidget() is self.card and self.presenter.living is not None

    @property
    def row_marked(self) -> bool:
        """Whether the list is shown and one of its rows is marked."""
        return self.list_shown and bool(self.list.marked)

    @property
    def identity_open(self) -> bool:
        """Whether the patient shown has an identity to confirm."""
        card = self.presenter.living
        return self.has_card and card is not None and card.identity_to_confirm

    def back(self) -> None:
        """Go back to the chart that the details were opened from, else to the list."""
        chart = self._chart_before
        if self._stack.currentWidget() is self.card and chart and chart == self.presenter.patient_id:
            self._leave_card()
            self.api.navigate(OpenChart(patient_id=chart))
        else:
            self.show_list()

    def _leave_card(self) -> None:
        self._came_from("")
        self._stack.setCurrentWidget(self.list)

    def _came_from(self, chart: str) -> None:
        """Remember whose chart the details were opened from; the way back says so."""
        self._chart_before = chart
        self.card.header.show_way_back(to_chart=bool(chart))

    def show_list(self) -> None:
        """Go back to the list, to the row where one was."""
        self._leave_card()
        if self._stale_list:
            self._stale_list = False
            self.list.ask()
        focus = self.list.table if self.list.table.currentIndex().isValid() else self.list.field
        focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def find_in_list(self) -> None:
        """Search in the list (Ctrl+F)."""
        self._stack.setCurrentWidget(self.list)
        self.list.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.list.field.selectAll()

    def open_chart(self, patient_id: str) -> None:
        """Open a patient's chart."""
        self.api.navigate(OpenChart(patient_id=patient_id))

    def open_chart_shown(self) -> None:
        """Open the chart of the patient whose details are shown (Ctrl+O)."""
        if self.presenter.living is not None and not self.list_shown:
            self.open_chart(self.presenter.patient_id)

    def open_patient(self, patient_id: str) -> None:
        """Show a patient's details."""
        if patient_id != self._chart_before:
            self._came_from("")
        self._stack.setCurrentWidget(self.card)
        self.presenter.show(patient_id)
        self.card.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_import(self) -> None:
        """Show the import of files; what is on its way there goes on."""
        if self._import is None:
            from app.ui.areas.patients.import_view import import_view

            view = import_view(self.api)
            view.left.connect(self.show_list)
            self._import = view
            self._stack.addWidget(view)
        self._stack.setCurrentWidget(self._import)
        self._import.setFocus(Qt.FocusReason.OtherFocusReason)

    def open(self, place: Place) -> None:
        """Go to a place of the spec."""
        if isinstance(place, FindPatients):
            self._stack.setCurrentWidget(self.list)
            self.list.show_text(place.text)
            self.list.field.setFocus(Qt.FocusReason.OtherFocusReason)
        elif isinstance(place, NewPatient):
            self.openers.register_known(place) if place.last_name else self.openers.register(place.text)
        elif isinstance(place, ImportPatients):
            self.show_import()
        elif isinstance(place, EditDetails):
            self._came_from(place.patient_id)
            self.open_patient(place.patient_id)
            if place.section is not None:
                self.openers.edit_by_id(place.patient_id, place.section)
        elif isinstance(place, RestoreDraft):
            self.openers.restore(place.draft)

    def home(self) -> None:
        """Go to the list."""
        if not self.list_shown:
            self.show_list()

    def first_focus(self) -> QWidget | None:
        """The search field, unless a card is open."""
        return self.list.field if self.list_shown else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc goes from the details back to where they were opened."""
        if event.key() == Qt.Key.Key_Escape and not self.list_shown:
            self.back()
            event.accept()
            return
        super().keyPressEvent(event)

    # -- changes -------------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Ask anew for what is shown."""
        if self.list_shown:
            self.list.ask()
        else:
            self._stale_list = True
            self.presenter.refresh()

    def changed(self, changes: ChangesPort) -> None:
        """Follow others: the card as a whole, in the list only the rows that are there, so that nothing moves."""
        if not self.list_shown:
            self._stale_list = self._stale_list or changes.touches(LISTED)
            self.presenter.refresh()
        elif changes.everything:
            self.list.ask()
        elif changes.touches(LISTED):
            self._change_rows({row for table in LISTED for row in changes.rows.get(table, ())})

    def _change_rows(self, ids: set[str]) -> None:
        shown = {line.id for line in self.list.lines.model.rows}
        if len(ids) > _FEW or (ids - shown and not self.list.scrolled):
            self.list.ask()
            return
        here = tuple(ids & shown)
        if here:
            self._rows.ask(patient_rows, on_result=self._replace, on_error=lambda _: None, ids=here)

    def _replace(self, rows: tuple[PatientRow, ...]) -> None:
        self.list.lines.replace(rows)

    # -- actions -------------------------------------------------------------------------------------------------------

    def register(self) -> None:
        """Open the registration, with what was searched for in vain."""
        empty = self.list_shown and not self.list.lines.model.rows
        self.openers.register(self.list.field.text() if empty else "")

    def edit(self) -> None:
        """Edit the patient shown; in the list, show the details of the one who is marked (F2)."""
        if self.row_marked:
            self.open_patient(self.list.marked)
        else:
            self.openers.edit()

    def book(self) -> None:
        """Book for the patient shown."""
        self.openers.book()

    def flags(self) -> None:
        """Change the flags of the patient shown."""
        self.openers.flags()

    def household(self) -> None:
        """Change the household of the patient shown."""
        self.openers.household()

    def confirm_identity(self) -> None:
        """Say that the identity of the patient shown was seen."""
        self.presenter.confirm_identity()

    def merge(self) -> None:
        """Merge the patient shown with another record."""
        self.openers.merge()

    def _open_more(self) -> None:
        open_menu(self.card.header.more_button, t("More"), self.openers.menu())
